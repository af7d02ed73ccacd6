//! The cluster's side: objects that are missing are made, one after the other, as they are rendered.

use super::closing::still_allowed;
use super::plan::ToProvision;
use super::seen::entered;
use crate::apply::journal::Journal;
use crate::apply::kubernetes::NotMade;
use crate::apply::lease::{Lease, REST, Seen, WAIT, lost};
use crate::pipeline::ended::Ended;
use crate::pipeline::journals::{begun, run_name};
use crate::pipeline::leased::{Watched, leased};
use crate::pipeline::others;
use crate::pipeline::repair;
use crate::pipeline::repair::hand::Hand;
use crate::pipeline::repair::site::Site;
use crate::pipeline::turn::Turn;
use crate::pipeline::walking::Walking;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::journal::{Head, Intent, Record};
use envcheck_core::plan::{Deed, Making, Outcome, PlannedCluster, Provisioning, Run, Verified, meaning_hash};
use envcheck_core::provision::elsewhere::is_done_by_others;
use envcheck_core::provision::objects::{self, DesiredObject, Part};
use envcheck_core::provision::{allows_less, not_yet_open};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};
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
        fresh: BTreeSet::new(),
    };
    let run = inside.run(name, steps);
    let Inside {
        hand, former, lease, ..
    } = inside;
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
    let mut take = |watched: Option<&Seen>| {
        hand.wait(Lease::take(
            hand.objects.api(),
            &head.environment,
            &head.run,
            (&[], watched),
            (ground.clock)(),
        ))
    };
    let watched = Watched {
        clock: ground.clock,
        watching: ground.watching,
        interrupt: &wanted.interrupt,
        pause: &|time| hand.pause_unless(time, &wanted.interrupt),
    };
    let mut lease = leased(&mut take, &watched).map_err(|error| {
        let hint = error.hint();
        Diagnostic::new(format!("nothing was made in the cluster: {error}")).hint(hint)
    })?;
    let begun = hand.wait(begun(&ground.journals, head, "nothing was made in the cluster"));
    let told = begun.and_then(|journal| {
        let told = hand.wait(lease.journalled(journal.identity(), (ground.clock)()));
        let lost = |error| {
            Diagnostic::new(format!(
                "nothing was made in the cluster: the Lease was lost: {error}"
            ))
            .hint(WAIT)
        };
        told.map(|()| journal).map_err(lost)
    });
    match told {
        Ok(journal) => Ok((lease, journal)),
        Err(error) => {
            hand.wait(lease.release());
            Err(error.into())
        }
    }
}

/// A run in the cluster, under way.
pub(super) struct Inside<'a> {
    pub(super) wanted: &'a ToProvision,
    pub(super) hand: Hand,
    /// Those that were entered before, and knew fewer kinds.
    former: Vec<Hand>,
    lease: Lease,
    journal: Journal,
    ground: &'a repair::Ground<'a>,
    turn: Turn<'a>,
    /// The namespaces that this run made: nothing runs in them yet.
    fresh: BTreeSet<String>,
}

/// In which way a NetworkPolicy that somebody made meanwhile allows less than the declared one.
fn unlike(deed: &Deed, there: &Value) -> Option<String> {
    (deed.target.kind == "NetworkPolicy")
        .then(|| allows_less(&deed.data, there))
        .flatten()
}

impl<'a> Walking<'a, Making> for Inside<'a> {
    fn turn(&mut self) -> &mut Turn<'a> {
        &mut self.turn
    }

    fn ground(&self) -> &'a repair::Ground<'a> {
        self.ground
    }

    fn keep(&mut self, record: &Record) -> Result<(), String> {
        self.hand.wait(self.journal.add(record))
    }

    fn place(&self) -> String {
        self.journal.place()
    }

    fn attempt(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let renewed = self.hand.wait(self.lease.renew((self.ground.clock)()));
        renewed.map_err(|error| lost(&error, REST))?;
        match deed.action {
            FixAction::SpacesKeyCreate => return self.key(making),
            FixAction::SpacesKeyDelete => return self.lost_key(making),
            _ => {}
        }
        self.until_it_is_served(&deed.target)?;
        let site = Site::of(&self.hand, deed)?;
        if let Some(there) = site.read(deed)? {
            return match unlike(deed, &there) {
                None => Ok(Outcome::Done(Verified::Stood)),
                // What waits for it would close what it does not let in.
                Some(why) => Err(format!(
                    "{} is there by now, and is not as declared: {why}",
                    deed.target
                )),
            };
        }
        self.may_close(making)?;
        let site = Site::of(&self.hand, deed)?;
        let tried = site.try_out(deed, None)?;
        self.makes(making, tried.object.as_ref())?;
        let site = Site::of(&self.hand, deed)?;
        let made = match site.make(deed, None) {
            Ok(object) => object,
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => return Ok(self.not_done(&making.step, &why)),
            Err(NotMade::Unknown(why)) => match site.read(deed) {
                // It was made after all.
                Ok(Some(object)) => Some(object),
                Ok(None) => return Ok(self.not_done(&making.step, &why)),
                Err(_) => return Ok(Outcome::Unknown(why)),
            },
            Err(NotMade::Cancelled) => return Ok(Outcome::Unknown("interrupted".to_owned())),
        };
        let uid = made
            .as_ref()
            .and_then(|object| object.text_at(&["metadata", "uid"]));
        let uid = uid.map(ToOwned::to_owned);
        if deed.target.kind == "Namespace" {
            self.fresh.insert(deed.target.name.clone());
        }
        Ok(match self.is_done(making, made.as_ref(), uid) {
            Ok(()) => Outcome::Done(Verified::Made),
            Err(error) => Outcome::Done(Verified::CouldNotVerify(format!(
                "the journal could not be written: {error}"
            ))),
        })
    }
}

impl Inside<'_> {
    /// Keeps that a step is done, before it is; `made` is what there will be of it in the cluster.
    pub(super) fn makes(&mut self, making: &Making, made: Option<&Value>) -> Result<(), String> {
        let deed = &making.step.deed;
        let intent = Intent {
            step: making.step.id.clone(),
            summary: making.step.summary.clone(),
            deed: deed.clone(),
            before: None,
            after: made.map(meaning_hash),
            undo: deed.undo(None, made),
        };
        self.begins(intent)
    }

    /// Keeps that it is done; `uid` tells what was made from everything else of its name.
    pub(super) fn is_done(
        &mut self,
        making: &Making,
        made: Option<&Value>,
        uid: Option<String>,
    ) -> Result<(), String> {
        let record = Record::Done {
            step: making.step.id.clone(),
            after: made.map(meaning_hash),
            uid,
        };
        self.keep(&record)
    }

    /// That a NetworkPolicy closes nothing which is declared to stay open, and nobody off whom the API server or the ingress controller
    /// has to reach: what lets them in may have changed since it was planned, and others may have come.
    fn may_close(&self, making: &Making) -> Result<(), String> {
        let deed = &making.step.deed;
        if deed.target.kind != "NetworkPolicy" {
            return Ok(());
        }
        let own = objects::own(&self.wanted.spec);
        let closes = own
            .iter()
            .any(|one| one.reference == deed.target && one.part == Part::Denying);
        if closes {
            self.is_open(&own, deed)?;
        }
        let namespace = deed.target.namespace.as_deref().unwrap_or_default();
        if self.fresh.contains(namespace) {
            return Ok(());
        }
        still_allowed(self.wanted, &self.hand.callers(), &making.step)
    }

    /// That all stands which lets through what is declared, where this closes the rest.
    fn is_open(&self, own: &[DesiredObject], deed: &Deed) -> Result<(), String> {
        let mut there = BTreeMap::new();
        let home = &deed.target.namespace;
        for one in own
            .iter()
            .filter(|one| one.part == Part::Allowing && one.reference.namespace == *home)
        {
            let Some(object) = self.hand.wait(self.hand.objects.read(&one.reference))? else {
                return Err(format!(
                    "{} is not there, and would have to let through what this closes",
                    one.reference
                ));
            };
            there.insert(one.reference.clone(), object);
        }
        let live = |target: &ResourceRef| there.get(target);
        let Some((one, why)) = not_yet_open(own, &deed.target, &live, &|_| false) else {
            return Ok(());
        };
        // Others may let in what it does not.
        let wanted = self.wanted;
        let others = others::read(&wanted.spec, &wanted.target, wanted.started, &wanted.interrupt);
        let others = others.map_err(|ended| ended.words())?;
        let network = others.network.as_ref();
        if network.is_some_and(|network| is_done_by_others(&wanted.spec, one, network)) {
            return Ok(());
        }
        Err(format!(
            "{} lets through less than is declared ({why}), and this would close that",
            one.reference
        ))
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
