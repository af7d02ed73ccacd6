//! Each whole flow on one screen: read → judge objects → join → judge the environment → conclude. The command line calls
//! these and nothing below them.

mod judge;
mod needed;
mod policy_tests;
mod setup;

pub use judge::{GateOptions, Judging};
pub use needed::needed;
pub use policy_tests::{Outcome, PolicyTest, test_policies};
pub use setup::{catalogue, environment, save};

use crate::collect::manifests::Manifests;
use crate::collect::snapshot::{self, SnapshotReader};
use crate::collect::sources::Sources;
use envcheck_core::findings::{Assessment, Reading, Verb};
use envcheck_core::inventory::InventoryBuilder;
use envcheck_core::network::Network;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::ValueExt;
use judge::{Input, gatherer, judge};
use std::path::Path;

/// Judges manifests; with `on`, as if they were applied over the snapshot in that directory.
pub fn check(
    judging: Judging,
    paths: &[String],
    complete: bool,
    on: Option<&Path>,
) -> Result<Assessment, Vec<Diagnostic>> {
    let below = on.map(open).transpose()?;
    let manifests = Manifests::find(paths)?;
    let complete = complete || on.is_some();
    let reading = Reading {
        kind: "manifests".to_owned(),
        from: paths.to_vec(),
        files: manifests.files,
        skipped: manifests.skipped.clone(),
        ..Reading::default()
    };
    judge(
        judging,
        Verb::Check,
        complete,
        Input::of(Sources::new(Some(manifests), below)),
        reading,
    )
}

/// Judges a snapshot of a cluster and its account: the one in this directory, else the target of the spec.
pub fn audit(judging: Judging, directory: Option<&Path>) -> Result<Assessment, Vec<Diagnostic>> {
    let snapshot = match (directory, &judging.spec) {
        (Some(directory), _) => open(directory)?,
        (None, Some(spec)) => target(spec)?,
        (None, None) => return Err(vec![Diagnostic::new("nothing says what to audit")]),
    };
    let reading = Reading {
        kind: "snapshot".to_owned(),
        from: vec![snapshot.dir().display().to_string()],
        ..Reading::default()
    };
    judge(
        judging,
        Verb::Audit,
        true,
        Input::of(Sources::new(None, Some(snapshot))),
        reading,
    )
}

/// What `reach` looks at.
#[derive(Debug)]
pub enum ReachTarget<'a> {
    /// Manifests at these paths.
    Manifests(&'a [String]),
    /// A snapshot of this environment: the one in the directory, else the one that the spec names.
    Environment(&'a Spec, Option<&'a Path>),
}

/// Works out what NetworkPolicies allow. The second part names what could not be read.
pub fn reach(target_of: &ReachTarget<'_>) -> Result<(Network, Vec<String>), Vec<Diagnostic>> {
    let (spec, sources) = match target_of {
        ReachTarget::Manifests(paths) => (None, Sources::new(Some(Manifests::find(paths)?), None)),
        ReachTarget::Environment(spec, directory) => (
            Some(*spec),
            Sources::new(None, Some(directory.map_or_else(|| target(spec), open)?)),
        ),
    };
    let mut network = gatherer(spec, true);
    let mut inventory = InventoryBuilder::new(false);
    sources.describe(&mut inventory);
    for unit in 0..sources.len() {
        let loaded = sources.load(unit);
        for gap in loaded.gaps {
            inventory.gap(gap);
        }
        for object in loaded.objects {
            network.absorb(&object.value);
        }
    }
    let (network, mut unread) = network.build();
    let gaps = inventory.build(None, None).gaps;
    unread.extend(
        gaps.into_iter()
            .map(|gap| format!("{}: {}", gap.reason, gap.detail)),
    );
    if unread.is_empty() && network.workloads().next().is_none() {
        unread.push("there was no workload in what was given".to_owned());
    }
    Ok((network, unread))
}

fn open(directory: &Path) -> Result<SnapshotReader, Vec<Diagnostic>> {
    snapshot::open(directory).map_err(|error| vec![Diagnostic::from(error)])
}

/// The snapshot that the spec names as its target.
fn target(spec: &Spec) -> Result<SnapshotReader, Vec<Diagnostic>> {
    match spec.value.text_at(&["target", "snapshot"]) {
        Some(directory) => open(Path::new(directory)),
        None if spec.value.at(&["target"]).is_some() => Err(vec![
            Diagnostic::new(format!(
                "the target of {} is a running cluster, which this version does not read",
                spec.name()
            ))
            .hint(
                "read a capture of it with --snapshot DIR, or name one in the spec: target: {snapshot: DIR}",
            ),
        ]),
        None => Err(vec![
            Diagnostic::new(format!("{} declares no target to read", spec.name()))
                .hint("read a capture with --snapshot DIR, or name one in the spec: target: {snapshot: DIR}"),
        ]),
    }
}
