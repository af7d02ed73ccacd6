//! The cluster's side: objects that are missing are made, one after the other, as they are rendered.

use super::plan::ToProvision;
use super::render::read;
use crate::apply::journal::Journal;
use crate::apply::kubernetes::NotMade;
use crate::apply::lease::Lease;
use crate::apply::{account, spaces_key};
use crate::pipeline::ended::Ended;
use crate::pipeline::journals::{begun, run_name};
use crate::pipeline::others;
use crate::pipeline::repair;
use crate::pipeline::repair::hand::Hand;
use crate::pipeline::repair::site::Site;
use crate::pipeline::turn::Turn;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::journal::{Head, Intent, Record};
use envcheck_core::plan::{Deed, Making, Outcome, PlannedCluster, Provisioning, Run, Verified, meaning_hash};
use envcheck_core::provision::account::KeyPlace;
use envcheck_core::provision::elsewhere::{elsewhere as stands_elsewhere, is_marked, sought};
use envcheck_core::provision::objects::{Desired, objects};
use envcheck_core::provision::{Elsewhere, labels};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeMap;
use std::time::Duration;

/// A kind that an object has brought along is served a little later.
const LOOKS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(500);

/// Whether a deed needs the cluster: an object, or a key whose secret goes into one.
pub(super) fn is_made_inside(deed: &Deed) -> bool {
    let of_keys = matches!(
        deed.action,
        FixAction::SpacesKeyCreate | FixAction::SpacesKeyDelete
    );
    deed.in_cluster() || of_keys
}

/// What the cluster should hold.
pub(super) fn desired(wanted: &ToProvision) -> Result<Desired, Ended> {
    let manifest = wanted.argocd_manifest.as_deref();
    let read = read(&wanted.spec, manifest, wanted.offline, &wanted.interrupt)?;
    let mut desired = objects(&wanted.spec, &read.material)?;
    desired.notes.extend(read.notes);
    Ok(desired)
}

/// What was seen in the cluster.
pub(super) struct Seen {
    /// Those of the desired objects that stand.
    pub(super) objects: BTreeMap<ResourceRef, Value>,
    /// Which cluster it is.
    pub(super) cluster: PlannedCluster,
    /// Why nothing may be made in it.
    pub(super) objection: Option<Diagnostic>,
}

/// Those of the desired objects that stand. Whoever cannot look at one of them knows nothing of it, and plans nothing.
pub(super) fn standing(wanted: &ToProvision, desired: &Desired) -> Result<Seen, Ended> {
    let hand = entered(wanted)?;
    let (cluster, objection) = (hand.cluster.clone(), hand.objection(&wanted.target));
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
    if wanted.interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    match unread {
        Some(why) => Err(Diagnostic::new(why)
            .hint("grant the credentials `get` on it: no plan is made on a partial view")
            .into()),
        None => Ok(Seen {
            objects: found,
            cluster,
            objection,
        }),
    }
}

/// What of the missing ones stands under other names. Where there is nothing that could be it, nothing more is read.
pub(super) fn elsewhere(
    wanted: &ToProvision,
    desired: &Desired,
    live: &BTreeMap<ResourceRef, Value>,
) -> Result<Elsewhere, Ended> {
    let there = |one: &ResourceRef| live.get(one);
    let missing = sought(desired, &there);
    let missing: Vec<&ResourceRef> = missing.iter().map(|one| &one.reference).collect();
    if missing.is_empty() {
        return Ok(Elsewhere::new());
    }
    let hand = entered(wanted)?;
    let listed = candidates(&hand, &missing, wanted.spec.name());
    hand.end();
    let listed = listed.map_err(|why| {
        Diagnostic::new(format!("whether others made what is declared is not known: {why}")).hint(
            "grant the credentials `list` on networkpolicies and applications.argoproj.io: no plan is made on a partial view",
        )
    })?;
    if wanted.interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    if !listed {
        return Ok(Elsewhere::new());
    }
    let others = others::read(&wanted.spec, &wanted.target, wanted.started, &wanted.interrupt)?;
    Ok(stands_elsewhere(&wanted.spec, desired, &there, &others))
}

/// Whether others made NetworkPolicies where some are missing, or applications.
fn candidates(hand: &Hand, missing: &[&ResourceRef], environment: &str) -> Result<bool, String> {
    let is_of = |kind: &str| missing.iter().any(|one| one.kind == kind);
    if (is_of("Application") || is_of("AppProject")) && !hand.applications()?.is_empty() {
        return Ok(true);
    }
    if !is_of("NetworkPolicy") {
        return Ok(false);
    }
    let policies = hand.wait(hand.objects.all("networking.k8s.io", "NetworkPolicy"))?;
    let mut others = policies.iter().filter(|one| !is_marked(one, environment));
    Ok(others.any(|other| {
        let home = other.text_at(&["metadata", "namespace"]);
        missing
            .iter()
            .any(|one| one.kind == "NetworkPolicy" && one.namespace.as_deref() == home)
    }))
}

/// Which keys these Secrets hold, each by the name of the key that it is to hold.
pub(super) fn key_places(
    wanted: &ToProvision,
    places: &[(String, ResourceRef)],
) -> Result<BTreeMap<String, KeyPlace>, Ended> {
    let all = |place: &KeyPlace| {
        let names = places.iter().map(|(key, _)| key.clone());
        names.map(|key| (key, place.clone())).collect()
    };
    let hand = match entered(wanted) {
        Ok(hand) => hand,
        Err(Ended::Interrupted(rest)) => return Err(Ended::Interrupted(rest)),
        Err(why) => return Ok(all(&KeyPlace::Unread(why.words()))),
    };
    let mut found = BTreeMap::new();
    for (key, secret) in places {
        let place = match hand.wait(hand.objects.access_key_in(secret)) {
            Ok(None) => KeyPlace::Absent,
            Ok(Some(held)) => KeyPlace::Holds(held),
            Err(why) => KeyPlace::Unread(why),
        };
        found.insert(key.clone(), place);
    }
    hand.end();
    if wanted.interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    Ok(found)
}

fn entered(wanted: &ToProvision) -> Result<Hand, Ended> {
    Hand::open(&wanted.spec, &wanted.target, wanted.started, &wanted.interrupt)
}

/// Makes the objects whose turn has come.
pub(super) fn made(
    wanted: &ToProvision,
    plan: &Provisioning,
    steps: &[&Making],
    turn: Turn<'_>,
    ground: &repair::Ground<'_>,
) -> Result<Run, Ended> {
    let name = run_name((ground.clock)())?;
    if let Some(run) = turn.none_begins(&name, steps) {
        return Ok(run);
    }
    let hand = entered(wanted)?;
    if let Err(another) = is_still(plan, &hand.cluster) {
        hand.end();
        return Err(another.into());
    }
    let head = Head {
        run: name.clone(),
        environment: plan.environment.clone(),
        cluster: hand.cluster.clone(),
        started: (ground.clock)().to_string(),
        undoes: None,
        steps: Some(turn.agreed(steps)),
    };
    let (lease, journal) = match held(wanted, &hand, &head, ground) {
        Ok(held) => held,
        Err(ended) => {
            hand.end();
            return Err(ended);
        }
    };
    let mut inside = Inside {
        wanted,
        hand,
        former: Vec::new(),
        lease,
        journal,
        ground,
        turn,
    };
    let mut run = Run {
        name,
        journal: Some(inside.journal.place()),
        steps: Vec::new(),
    };
    for making in steps {
        let outcome = inside.step(making);
        inside.turn.ended(*making, &outcome);
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
    let _ = hand.wait(journal.add(&Record::End { stopped: None }));
    hand.wait(lease.release());
    hand.end();
    former.into_iter().for_each(Hand::end);
    Ok(run)
}

/// That the cluster is the one that the plan looked into, where it did.
fn is_still(plan: &Provisioning, cluster: &PlannedCluster) -> Result<(), Diagnostic> {
    let planned = plan.made_for.cluster.as_ref();
    match planned.filter(|planned| planned.uid.is_some() && !planned.is(cluster)) {
        None => Ok(()),
        Some(planned) => Err(Diagnostic::new(format!(
            "nothing was made in the cluster: the plan is of {}, and {} is another one",
            planned.name, cluster.name
        ))
        .hint("make a new plan")),
    }
}

/// The Secret into which a key's secret goes.
fn secret_of(deed: &Deed) -> ResourceRef {
    let text = |key: &str| deed.data.text_at(&["secret", key]).unwrap_or_default();
    ResourceRef::kubernetes("v1", "Secret", Some(text("namespace")), text("name"))
}

/// The environment's Lease and the run's journal, or neither.
fn held(
    wanted: &ToProvision,
    hand: &Hand,
    head: &Head,
    ground: &repair::Ground<'_>,
) -> Result<(Lease, Journal), Ended> {
    if let Some(objection) = hand.objection(&wanted.target) {
        return Err(objection.into());
    }
    let now = (ground.clock)();
    let lease = hand.wait(Lease::take(
        hand.objects.api(),
        &head.environment,
        &head.run,
        &[],
        now,
    ));
    let lease = lease.map_err(|error| {
        let hint = error.hint();
        Diagnostic::new(format!("nothing was made in the cluster: {error}")).hint(hint)
    })?;
    match hand.wait(begun(&ground.journals, head, "nothing was made in the cluster")) {
        Ok(journal) => Ok((lease, journal)),
        Err(error) => {
            hand.wait(lease.release());
            Err(error.into())
        }
    }
}

struct Inside<'a> {
    wanted: &'a ToProvision,
    hand: Hand,
    /// Those that were entered before, and knew fewer kinds.
    former: Vec<Hand>,
    lease: Lease,
    journal: Journal,
    ground: &'a repair::Ground<'a>,
    turn: Turn<'a>,
}

impl Inside<'_> {
    fn step(&mut self, making: &Making) -> Outcome {
        if let Some(outcome) = self.turn.held_back(making) {
            return outcome;
        }
        (self.ground.tell)(&making.step);
        self.attempt(making).unwrap_or_else(Outcome::NotDone)
    }

    fn attempt(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let renewed = self.hand.wait(self.lease.renew((self.ground.clock)()));
        renewed.map_err(|error| format!("the Lease of this environment was lost: {error}"))?;
        match deed.action {
            FixAction::SpacesKeyCreate => return self.key(making),
            FixAction::SpacesKeyDelete => return self.lost_key(making),
            _ => {}
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
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => return Ok(self.not_made(making, why)),
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

    /// A key whose secret nobody has goes, where that still is so: it is the only one of its name, and no Secret holds it.
    fn lost_key(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let secret = secret_of(deed);
        let rows = self.hand.rows.clone()?;
        let (name, id) = (
            deed.target.name.as_str(),
            deed.target.id.as_deref().unwrap_or_default(),
        );
        let named = self.hand.wait(rows.spaces_keys(name))?;
        match named.as_slice() {
            [] => return Ok(Outcome::Done(Verified::WasGone)),
            [only] if only == id => {}
            _ => {
                return Err(format!(
                    "the keys called {name} are others by now ({}): make a new plan",
                    named.join(", ")
                ));
            }
        }
        if self
            .hand
            .wait(self.hand.objects.access_key_in(&secret))?
            .is_some()
        {
            return Err(format!("{secret} is there by now: make a new plan"));
        }
        self.begins(making)?;
        let mut removed = self.hand.wait(account::make(rows.api(), deed, None));
        if let Err(NotMade::Unknown(_) | NotMade::Cancelled) = removed {
            // No answer came: the list tells.
            let there = self.hand.wait(rows.spaces_keys(name));
            if there.is_ok_and(|there| !there.iter().any(|one| one == id)) {
                removed = Ok(());
            }
        }
        match removed {
            Ok(()) => {
                let record = Record::Done {
                    step: making.step.id.clone(),
                    after: None,
                    uid: None,
                };
                let _ = self.hand.wait(self.journal.add(&record));
                Ok(Outcome::Done(Verified::Removed))
            }
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => Ok(self.not_made(making, why)),
            Err(NotMade::Unknown(why)) => Ok(Outcome::Unknown(why)),
            Err(NotMade::Cancelled) => Ok(Outcome::Unknown("interrupted".to_owned())),
        }
    }

    /// Keeps that something is done in the account, before it is.
    fn begins(&mut self, making: &Making) -> Result<(), String> {
        let deed = &making.step.deed;
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
        kept.map_err(|error| format!("it cannot be kept what is done: {error}"))
    }

    /// A key for Spaces, and the Secret that holds its secret. A Secret that is there is never rewritten.
    fn key(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let secret = secret_of(deed);
        if self.hand.wait(self.hand.objects.read(&secret))?.is_some() {
            return Err(format!(
                "{secret} exists already: what a Secret holds is never rewritten"
            ));
        }
        let path = self.hand.objects.list_path(&secret)?;
        let rows = self.hand.rows.clone()?;
        // Nothing keeps two keys from having one name.
        if !self.hand.wait(rows.spaces_keys(&deed.target.name))?.is_empty() {
            return Err(format!(
                "the account has a key called {} by now, whose secret nobody knows any more: delete it, or put it into {secret} yourself",
                deed.target.name
            ));
        }
        self.begins(making)?;
        let labels = labels(self.wanted.spec.name());
        let api = self.hand.objects.api();
        let held = async || {
            let found = self.hand.objects.access_key_in(&secret).await;
            found.map(Option::flatten)
        };
        match self
            .hand
            .wait(spaces_key::make(rows.api(), api, &path, &labels, deed, held))
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
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => Ok(self.not_made(making, why)),
            // The next plan shows what came of it, and what to do with a key whose secret nobody has.
            Err(other) => Ok(Outcome::Unknown(format!(
                "{other}; the next plan tells whether the account has key {} by then",
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
