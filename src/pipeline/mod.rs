//! Each whole flow on one screen: read → judge objects → join → judge the environment → conclude. The command line calls
//! these and nothing below them.

mod account;
mod account_hand;
mod capture;
mod connections;
mod destroy;
mod document;
mod drift;
mod ended;
mod filling;
mod guarded;
mod import;
mod input;
mod journals;
mod judge;
mod leased;
mod ledger;
mod live;
mod looked_at;
mod needed;
mod new_policy;
mod others;
mod pauses;
mod policy_tests;
mod proofs;
mod provision;
mod repair;
mod second_look;
mod setup;
mod target;
mod turn;
mod uses;
mod waivers;
mod walking;
mod ways;

pub use capture::{Captured, capture};
pub use destroy::{Choice, ToDestroy, destroy, destroyed_kinds, plan_removal};
pub use document::{DocumentChoice, Files, document};
pub use drift::{ToCompare, drift};
pub use ended::Ended;
pub use envcheck_core::evaluate::Clock;
pub use import::{Draft, ToImport, import};
pub use judge::{GateOptions, Judging, unjudged};
pub use looked_at::captured_besides;
pub use needed::needed;
pub use new_policy::{NewPolicy, new_policy};
pub use pauses::{Awaited, Watching};
pub use policy_tests::{Outcome, PolicyTest, test_policies};
pub use provision::{
    RenderChoice, Rendered, ToProvision, plan_environment, plan_provisioning, provision, render,
};
pub use repair::{
    Allowed, Edits, FileEdit, FilesPlan, GitChoice, Ground, MadeBranch, PlannedRepair, Remembered, Repairing,
    Witness, carry_out, chosen, editable, plan_again, plan_files, plan_repair, plan_rollback, runs,
    write_files,
};
pub(crate) use setup::examples;
pub use setup::{
    catalogue, environment, environment_with, is_environment, is_taken, save, save_secret, spec_file, text_of,
};
pub use target::{TargetChoice, Watch};
pub use waivers::{RefusedWaivers, judged_waivers, waivers};

pub use crate::apply::journal::{GoesOn, JournalPlace};
pub use crate::apply::patch_names::Applied;
pub use crate::clients::digitalocean::Allowances;
pub use crate::clients::runtime::unless_interrupted;
pub use crate::collect::meter::{Look, Meter};
pub use crate::history::StatePlace;

use crate::collect::cluster::Wanted;
use crate::collect::manifests::Manifests;
use crate::collect::sources::Sources;
use drift::{Keeping, Kept};
use envcheck_core::findings::{Assessment, Reading, Verb};
use envcheck_core::inventory::{Feed, InventoryBuilder, Loaded, LoadedObject, OwnerIndex};
use envcheck_core::network::{self, Network};
use envcheck_core::plan::{Overlaid, Overlay};
use envcheck_core::policy::Needed;
use envcheck_core::spec::Spec;
use input::{Input, numbered};
use jiff::Timestamp;
use judge::{Session, gatherer, judge};
use ledger::Ledger;
use live::Live;
use std::path::Path;
use std::sync::Arc;
use target::{Place, open_snapshot};
use tokio_util::sync::CancellationToken;

/// Judges manifests; with `on`, as if they were applied over that snapshot.
pub fn check(
    judging: Judging,
    paths: &[String],
    complete: bool,
    on: Option<&Path>,
) -> Result<Assessment, Ended> {
    checked(judging, paths, complete, on, None)
}

/// The same as the manifests would be after some edits.
fn check_as_if(
    judging: Judging,
    paths: &[String],
    complete: bool,
    overlay: &Arc<Overlay>,
) -> Result<Assessment, Ended> {
    checked(judging, paths, complete, None, Some(Arc::clone(overlay)))
}

fn checked(
    judging: Judging,
    paths: &[String],
    complete: bool,
    on: Option<&Path>,
    overlay: Option<Arc<Overlay>>,
) -> Result<Assessment, Ended> {
    let below = on.map(open_snapshot).transpose()?;
    let manifests = Manifests::find(paths)?;
    let complete = complete || on.is_some();
    let reading = Reading {
        kind: "manifests".to_owned(),
        from: paths.to_vec(),
        files: manifests.files,
        skipped: manifests.skipped.clone(),
        ..Reading::default()
    };
    let name = judging.spec.as_ref().map(|spec| spec.name().to_owned());
    let mut input = Input::of(Sources::new(Some(manifests), below), name.as_deref());
    if let Some(overlay) = overlay {
        input.feed = Arc::new(Overlaid::new(input.feed, overlay));
    }
    judge(Session::new(judging, Verb::Check, complete), input, reading)
}

/// Judges a running cluster, or a snapshot of one and its account: what the command line names, else the spec's target.
/// What earlier audits of the running one saw is in `state`; a snapshot neither reads nor adds to it. `watch` is given the
/// counter before a cluster is read.
pub fn audit(
    judging: Judging,
    choice: &TargetChoice,
    state: &StatePlace,
    watch: Watch<'_>,
) -> Result<Assessment, Ended> {
    audited(judging, choice, state, watch, As::Is)
}

/// The same as the environment would be after some steps. Nothing of it is remembered.
fn audit_as_if(judging: Judging, choice: &TargetChoice, overlay: &Arc<Overlay>) -> Result<Assessment, Ended> {
    audited(judging, choice, &StatePlace::Nowhere, &|_| {}, As::After(overlay))
}

/// The same once more within a run. Nothing of it is remembered.
fn audit_again(judging: Judging, choice: &TargetChoice) -> Result<Assessment, Ended> {
    audited(judging, choice, &StatePlace::Nowhere, &|_| {}, As::Is)
}

/// The same, keeping what is compared with other sides. Nothing of it is remembered.
fn audit_keeping(
    judging: Judging,
    choice: &TargetChoice,
    watch: Watch<'_>,
    kept: &Arc<Kept>,
) -> Result<Assessment, Ended> {
    audited(judging, choice, &StatePlace::Nowhere, watch, As::Kept(kept))
}

/// As what an environment is judged.
#[derive(Clone, Copy)]
enum As<'a> {
    /// As it is.
    Is,
    /// As it would be after some steps.
    After(&'a Arc<Overlay>),
    /// As it is, where some of it is kept.
    Kept(&'a Arc<Kept>),
}

impl As<'_> {
    fn seen(self, feed: Arc<dyn Feed>) -> Arc<dyn Feed> {
        match self {
            Self::Is => feed,
            Self::After(overlay) => Arc::new(Overlaid::new(feed, Arc::clone(overlay))),
            Self::Kept(kept) => Arc::new(Keeping::new(feed, kept)),
        }
    }
}

fn audited(
    judging: Judging,
    choice: &TargetChoice,
    state: &StatePlace,
    watch: Watch<'_>,
    seen_as: As<'_>,
) -> Result<Assessment, Ended> {
    let place = choice.place(judging.spec.as_ref())?;
    let mut session = Session::new(judging, Verb::Audit, true);
    if let As::Kept(kept) = seen_as {
        session = session.reading(kept.needed());
    }
    match place {
        Place::Snapshot(snapshot) => {
            let reading = Reading {
                kind: "snapshot".to_owned(),
                from: vec![snapshot.dir().display().to_string()],
                ..Reading::default()
            };
            let sources = Sources::new(None, Some(*snapshot));
            if let As::Kept(kept) = seen_as {
                kept.described(&|inventory| sources.describe(inventory));
            }
            let mut input = Input::of(sources, session.spec().map(Spec::name));
            input.feed = seen_as.seen(input.feed);
            judge(session, input, reading)
        }
        Place::Cluster(way) => {
            let mut live = session.open(&way, false, choice)?;
            if let As::Kept(kept) = seen_as {
                live.key = Some(kept.key);
                kept.described(&|inventory| live.describe(inventory));
            }
            let meter = live.meter();
            watch(Arc::clone(&meter));
            let reading = Reading {
                kind: "cluster".to_owned(),
                from: vec![live.cluster.name()],
                ..Reading::default()
            };
            let ledger = Ledger::open(state, live.runtime.handle());
            let mut input = Input::live(live, ledger, &session)?;
            input.feed = seen_as.seen(input.feed);
            judge(session, input, reading).map_err(|ended| match ended {
                Ended::Interrupted(_) => Ended::Interrupted(meter.unfinished()),
                refused @ Ended::Refused(_) => refused,
            })
        }
    }
}

/// What `reach` looks at.
pub enum ReachTarget<'a> {
    /// Manifests at these paths.
    Manifests(&'a [String]),
    /// What this environment's target is, or what the command line names instead.
    Environment(&'a Spec, &'a TargetChoice, Watch<'a>),
}

/// Works out what NetworkPolicies allow. The second part names what could not be read.
pub fn reach(
    target_of: &ReachTarget<'_>,
    interrupt: &CancellationToken,
) -> Result<(Network, Vec<String>), Ended> {
    let (network, mut unread) = reach_kept(target_of, interrupt, &mut |_| {})?;
    if unread.is_empty() && network.workloads().next().is_none() {
        unread.push("there was no workload in what was given".to_owned());
    }
    Ok((network, unread))
}

/// The same, with a look at each object on the way.
fn reach_kept(
    target_of: &ReachTarget<'_>,
    interrupt: &CancellationToken,
    keep: &mut dyn FnMut(LoadedObject),
) -> Result<(Network, Vec<String>), Ended> {
    let mut inventory = InventoryBuilder::new(false);
    let mut live = None;
    let (spec, feed): (Option<&Spec>, Arc<dyn Feed>) = match target_of {
        ReachTarget::Manifests(paths) => {
            let sources = Sources::new(Some(Manifests::find(paths)?), None);
            sources.describe(&mut inventory);
            (None, Arc::new(numbered(Arc::new(sources))))
        }
        ReachTarget::Environment(spec, choice, watch) => match choice.place(Some(spec))? {
            Place::Snapshot(snapshot) => {
                let sources = Sources::new(None, Some(*snapshot));
                sources.describe(&mut inventory);
                (Some(*spec), Arc::new(numbered(Arc::new(sources))))
            }
            Place::Cluster(way) => {
                let needed = Needed::of_kinds(network::reach_reads());
                let wanted = Wanted {
                    needed: &needed,
                    all_kinds: false,
                };
                // Of the account only what tells whose cluster it is: dates matter to nothing here.
                let now = Timestamp::UNIX_EPOCH;
                let opened = live::open(&way, Some(spec), wanted, choice, now, interrupt)?;
                watch(opened.meter());
                opened.describe(&mut inventory);
                let feed = opened.feed(&Arc::default())?;
                live = Some(opened);
                (Some(*spec), feed)
            }
        },
    };
    let mut network = gatherer(spec, true);
    let mut owners = OwnerIndex::default();
    while let Some(unit) = feed.next() {
        let Loaded { gaps, objects, .. } = unit();
        for gap in gaps {
            inventory.gap(gap);
        }
        for object in objects {
            owners.absorb(&object.value);
            network.absorb(&object.value, &owners);
            keep(object);
        }
    }
    let settled = live.as_ref().map_or(Ok(()), Live::settle);
    let unfinished = live.map(Live::end).unwrap_or_default();
    if interrupt.is_cancelled() {
        return Err(Ended::Interrupted(unfinished));
    }
    settled?;
    let (network, mut unread) = network.build(&owners);
    let gaps = inventory.build().gaps;
    unread.extend(
        gaps.into_iter()
            .map(|gap| format!("{}: {}", gap.reason, gap.detail)),
    );
    Ok((network, unread))
}
