//! What others made in a cluster and may do what is declared, under names of its own: NetworkPolicies, read with all that they are about,
//! and the applications of Argo CD.

use super::ended::Ended;
use super::filling::fill_before;
use super::input::numbered;
use super::judge::gatherer;
use super::live;
use super::target::{Place, TargetChoice};
use crate::collect::cluster::Wanted;
use crate::collect::snapshot::SnapshotReader;
use crate::collect::sources::Sources;
use envcheck_core::inventory::view::Section;
use envcheck_core::inventory::{Feed, Inventory, InventoryBuilder, ResourceRef};
use envcheck_core::network;
use envcheck_core::policy::Needed;
use envcheck_core::provision::Others;
use envcheck_core::provision::elsewhere::is_marked;
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
use jiff::Timestamp;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const APPLICATION: &str = "argoproj.io/v1alpha1/Application";

/// Reads what is at the place of this choice.
pub(super) fn read(
    spec: &Spec,
    target: &TargetChoice,
    started: Timestamp,
    interrupt: &CancellationToken,
) -> Result<Others, Ended> {
    let way = match target.place(Some(spec))? {
        Place::Snapshot(snapshot) => return Ok(of_snapshot(spec, *snapshot, &mut |_, _| {}).1),
        Place::Cluster(way) => way,
    };
    let needed = Needed::of_kinds(network::reads().chain([APPLICATION]));
    let wanted = Wanted {
        needed: &needed,
        all_kinds: false,
    };
    let live = live::open(&way, Some(spec), wanted, target, started, interrupt)?;
    let mut inventory = InventoryBuilder::new(false);
    live.describe(&mut inventory);
    let feed = live.feed(&Arc::default())?;
    let (_, others) = sorted(spec, inventory, &*feed, &mut |_, _| {});
    live.over(interrupt)?;
    Ok(others)
}

/// What a capture holds: all that is known of it, and what others made. Each object is shown as it comes.
pub(super) fn of_snapshot(
    spec: &Spec,
    snapshot: SnapshotReader,
    seen: &mut dyn FnMut(&ResourceRef, &Value),
) -> (Inventory, Others) {
    let sources = Sources::new(None, Some(snapshot));
    let mut inventory = InventoryBuilder::new(false);
    sources.describe(&mut inventory);
    sorted(spec, inventory, &numbered(Arc::new(sources)), seen)
}

fn sorted(
    spec: &Spec,
    mut inventory: InventoryBuilder,
    feed: &dyn Feed,
    seen: &mut dyn FnMut(&ResourceRef, &Value),
) -> (Inventory, Others) {
    let mut network = gatherer(Some(spec), false);
    let runs = Section::kinds("workloads").unwrap_or_default();
    let mut applications = Vec::new();
    fill_before(&mut inventory, feed, &mut |inventory, reference, value, _| {
        if reference.kind == "Application" && reference.group() == "argoproj.io" {
            applications.push(value.clone());
        }
        // What was made from the spec has the names that are looked for; and what selects some Pods says nothing of the next one.
        let policy = reference.kind == "NetworkPolicy" && reference.group() == "networking.k8s.io";
        let counts = !policy || network::selects_every_pod(value) && !is_marked(value, spec.name());
        if counts && !runs.contains(&format!("{}/{}", reference.api_version, reference.kind).as_str()) {
            network.absorb(value, inventory.owners());
        }
        seen(reference, value);
    });
    let inventory = inventory.build();
    for namespace in &spec.environment.spec.namespaces {
        let pod = network::newcomer(namespace.name.as_str());
        network.absorb(&pod, &inventory.owners);
    }
    let known = network::reads().all(|kind| inventory.kind_gaps(kind).is_empty());
    let network = known.then(|| network.build(&inventory.owners).0);
    (
        inventory,
        Others {
            network,
            applications,
        },
    )
}
