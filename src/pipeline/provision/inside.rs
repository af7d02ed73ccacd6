//! The cluster's side: objects that are missing are made, one after the other, as they are rendered.

use super::ground::ToProvision;
use super::render::read;
use crate::apply::journal::Journal;
use crate::apply::kubernetes::NotMade;
use crate::apply::lease::Lease;
use crate::apply::spaces_key;
use crate::pipeline::ended::Ended;
use crate::pipeline::repair::hand::Hand;
use crate::pipeline::repair::site::Site;
use crate::pipeline::repair::{self, journals, run_name};
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::journal::{Head, Intent, Record};
use envcheck_core::plan::{Consent, Deed, Making, Outcome, Run, Verified, meaning_hash};
use envcheck_core::provision::labels;
use envcheck_core::provision::objects::{Desired, objects};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A kind that an object has brought along is served a little later.
const LOOKS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(500);

/// Whether a deed needs the cluster: an object, or a key whose secret goes into one.
pub(super) fn is_made_inside(deed: &Deed) -> bool {
    deed.in_cluster() || deed.action == FixAction::SpacesKeyCreate
}

/// What the cluster should hold.
pub(super) fn desired(wanted: &ToProvision) -> Result<Desired, Ended> {
    let manifest = wanted.argocd_manifest.as_deref();
    let read = read(&wanted.spec, manifest, wanted.offline, &wanted.interrupt)?;
    let mut desired = objects(&wanted.spec, &read.material)?;
    desired.notes.extend(read.notes);
    Ok(desired)
}

/// Those of the desired objects that stand. Whoever cannot look at one of them knows nothing of it, and plans nothing.
pub(super) fn standing(
    wanted: &ToProvision,
    desired: &Desired,
) -> Result<BTreeMap<ResourceRef, Value>, Ended> {
    let hand = entered(wanted)?;
    let mut found = BTreeMap::new();
    let mut unread = None;
    for one in &desired.objects {
        // What is of a kind that is not served yet does not exist.
        if hand.objects.path(&one.reference).is_err() {
            continue;
        }
        match hand.wait(hand.objects.read(&one.reference)) {
            Ok(Some(object)) => {
                found.insert(one.reference.clone(), object);
            }
            Ok(None) => {}
            Err(why) => {
                unread = Some(format!("whether {} exists is not known: {why}", one.reference));
                break;
            }
        }
    }
    hand.end();
    match unread {
        Some(why) => Err(Diagnostic::new(why)
            .hint("grant the credentials `get` on it: no plan is made on a partial view")
            .into()),
        None => Ok(found),
    }
}

fn entered(wanted: &ToProvision) -> Result<Hand, Ended> {
    Hand::open(&wanted.spec, &wanted.target, wanted.started, &wanted.interrupt)
}

/// Makes the objects that the consent covers. `broken` are the steps before them that were not done.
pub(super) fn made(
    wanted: &ToProvision,
    environment: &str,
    steps: &[&Making],
    broken: BTreeSet<String>,
    consent: &Consent,
    ground: &repair::Ground<'_>,
) -> Result<Run, Ended> {
    let name = run_name((ground.clock)())?;
    let mut run = Run {
        name: name.clone(),
        journal: None,
        steps: Vec::new(),
    };
    let agreed = steps
        .iter()
        .filter(|one| consent.covers(&one.step).is_ok())
        .count();
    let waits = steps
        .iter()
        .all(|one| one.after.iter().any(|before| broken.contains(before)));
    if agreed == 0 || waits {
        let outcome = |one: &&Making| match consent.covers(&one.step) {
            Err(why) => Outcome::Skipped(why),
            Ok(()) => Outcome::Skipped("it waits for a step that was not done".to_owned()),
        };
        run.steps = steps.iter().map(|one| (one.step.clone(), outcome(one))).collect();
        return Ok(run);
    }
    let hand = entered(wanted)?;
    if let Some(objection) = hand.objection(&wanted.target) {
        hand.end();
        return Err(objection.into());
    }
    let lease = hand
        .wait(Lease::take(
            hand.objects.api(),
            environment,
            &name,
            None,
            (ground.clock)(),
        ))
        .map_err(|error| {
            Diagnostic::new(format!("nothing was made in the cluster: {error}")).hint(
                "wait until the other run has ended; a Lease that nobody renews is free after two minutes",
            )
        })?;
    let head = Head {
        run: name,
        environment: environment.to_owned(),
        cluster: hand.cluster.clone(),
        started: (ground.clock)().to_string(),
        undoes: None,
        steps: Some(agreed),
    };
    let journals = journals::opened(&ground.journals)?;
    let journal = match hand.wait(journals.begin(&head)) {
        Ok(journal) => journal,
        Err(error) => {
            hand.wait(lease.release());
            let problem = format!("the journal cannot be written below {}: {error}", ground.journals);
            return Err(Diagnostic::new(problem)
                .hint("name another place: --journal PLACE")
                .into());
        }
    };
    run.journal = Some(journal.place());
    let mut inside = Inside {
        wanted,
        hand,
        former: Vec::new(),
        lease,
        journal,
        ground,
        broken,
    };
    for making in steps {
        let outcome = inside.step(making, consent);
        if !outcome.is_well() {
            inside.broken.insert(making.step.id.clone());
        }
        run.steps.push((making.step.clone(), outcome));
    }
    let Inside {
        hand,
        former,
        lease,
        mut journal,
        ..
    } = inside;
    // Where this cannot be kept, the journal says less than there is to say, and nothing wrong.
    let _ = hand.wait(journal.add(&Record::End));
    hand.wait(lease.release());
    hand.end();
    former.into_iter().for_each(Hand::end);
    Ok(run)
}

struct Inside<'a> {
    wanted: &'a ToProvision,
    hand: Hand,
    /// Those that were entered before, and knew fewer kinds.
    former: Vec<Hand>,
    lease: Lease,
    journal: Journal,
    ground: &'a repair::Ground<'a>,
    broken: BTreeSet<String>,
}

impl Inside<'_> {
    fn step(&mut self, making: &Making, consent: &Consent) -> Outcome {
        if let Err(why) = consent.covers(&making.step) {
            return Outcome::Skipped(why);
        }
        if self.wanted.interrupt.is_cancelled() {
            return Outcome::Skipped("interrupted".to_owned());
        }
        if let Some(before) = making.after.iter().find(|before| self.broken.contains(*before)) {
            return Outcome::Skipped(format!("it waits for step {before}, which was not done"));
        }
        (self.ground.tell)(&making.step);
        self.attempt(making).unwrap_or_else(Outcome::NotDone)
    }

    fn attempt(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let renewed = self.hand.wait(self.lease.renew((self.ground.clock)()));
        renewed.map_err(|error| format!("the Lease of this environment was lost: {error}"))?;
        if deed.action == FixAction::SpacesKeyCreate {
            return self.key(making);
        }
        self.until_it_is_served(&deed.target)?;
        let site = Site::of(&self.hand, deed)?;
        if site.read(deed)?.is_some() {
            return Ok(Outcome::Done(Verified::Stood));
        }
        let tried = site.try_out(deed, None)?;
        let after = tried.object.as_ref().map(meaning_hash);
        let intent = Intent {
            step: making.step.id.clone(),
            summary: making.step.summary.clone(),
            deed: deed.clone(),
            before: None,
            after: after.clone(),
            undo: deed.undo(None, tried.object.as_ref()),
        };
        let kept = self
            .hand
            .wait(self.journal.add(&Record::Intent(Box::new(intent))));
        kept.map_err(|error| format!("its undo cannot be kept: {error}"))?;
        let made = match site.make(deed, None) {
            Ok(object) => object,
            Err(NotMade::Refused(why)) => return Ok(self.not_made(making, why)),
            Err(NotMade::Unknown(why)) => match site.read(deed) {
                // It was made after all.
                Ok(Some(object)) => Some(object),
                Ok(None) => return Ok(self.not_made(making, why)),
                Err(_) => return Ok(Outcome::Unknown(why)),
            },
            Err(NotMade::Cancelled) => return Ok(Outcome::Unknown("interrupted".to_owned())),
        };
        let uid = made
            .as_ref()
            .and_then(|object| object.text_at(&["metadata", "uid"]));
        let record = Record::Done {
            step: making.step.id.clone(),
            after: made.as_ref().map(meaning_hash),
            uid: uid.map(ToOwned::to_owned),
        };
        Ok(match self.hand.wait(self.journal.add(&record)) {
            Ok(()) => Outcome::Done(Verified::Made),
            Err(error) => Outcome::Done(Verified::CouldNotVerify(format!(
                "the journal could not be written: {error}"
            ))),
        })
    }

    /// A key for Spaces, and the Secret that holds its secret. A Secret that is there is never rewritten.
    fn key(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let text = |key: &str| deed.data.text_at(&["secret", key]).unwrap_or_default();
        let secret = ResourceRef::kubernetes("v1", "Secret", Some(text("namespace")), text("name"));
        if self.hand.wait(self.hand.objects.read(&secret))?.is_some() {
            return Err(format!(
                "{secret} exists already: what a Secret holds is never rewritten"
            ));
        }
        let path = self.hand.objects.list_path(&secret)?;
        let intent = Intent {
            step: making.step.id.clone(),
            summary: making.step.summary.clone(),
            deed: deed.clone(),
            before: None,
            after: None,
            undo: deed.undo(None, None),
        };
        let kept = self
            .hand
            .wait(self.journal.add(&Record::Intent(Box::new(intent))));
        kept.map_err(|error| format!("it cannot be kept what is done: {error}"))?;
        let rows = self.hand.rows.clone()?;
        let labels = labels(self.wanted.spec.name());
        let api = self.hand.objects.api();
        match self
            .hand
            .wait(spaces_key::make(rows.api(), api, &path, &labels, deed))
        {
            Ok(access_key) => {
                let record = Record::Done {
                    step: making.step.id.clone(),
                    after: None,
                    uid: Some(access_key),
                };
                let _ = self.hand.wait(self.journal.add(&record));
                Ok(Outcome::Done(Verified::Made))
            }
            Err(NotMade::Refused(why)) => Ok(self.not_made(making, why)),
            // A second key would do no harm, and one that nobody can use is told.
            Err(other) => Ok(Outcome::Unknown(format!(
                "{other}; look for key {} in the account before the next run",
                deed.target.name
            ))),
        }
    }

    fn not_made(&mut self, making: &Making, why: String) -> Outcome {
        let record = Record::Failed {
            step: making.step.id.clone(),
            why: why.clone(),
        };
        let _ = self.hand.wait(self.journal.add(&record));
        Outcome::NotDone(why)
    }

    /// What the server serves is known from when it was entered: a kind that was made since needs another look.
    fn until_it_is_served(&mut self, target: &ResourceRef) -> Result<(), String> {
        for _ in 0..LOOKS {
            match self.hand.objects.path(target) {
                Ok(_) => return Ok(()),
                Err(why) => {
                    self.hand.pause(PAUSE);
                    let again = entered(self.wanted).map_err(|_| why)?;
                    // The Lease and the journal still go by its threads.
                    self.former.push(std::mem::replace(&mut self.hand, again));
                }
            }
        }
        self.hand.objects.path(target).map(drop)
    }
}
