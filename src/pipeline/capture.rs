//! `snapshot`: what an audit would read, and what plan, import and drift look at, into a file.

use super::ended::Ended;
use super::filling::take;
use super::judge::{Judging, Session};
use super::ledger::Ledger;
use super::live::Live;
use super::looked_at::looked_at;
use super::target::{Place, TargetChoice, Watch, Way};
use crate::apply::snapshot::{SnapshotWriteError, SnapshotWriter, Summary};
use crate::collect::units::Units;
use crate::history::StatePlace;
use envcheck_core::findings::{ClusterReading, Verb};
use envcheck_core::inventory::observation::{ACCOUNT, COLLECTIONS, OBSERVATIONS, answers};
use envcheck_core::inventory::snapshot::{self, Cluster, FORMAT, Format, Subject, Tool, VERSION};
use envcheck_core::inventory::{Declared, Feed, Gap, GapSubject, InventoryBuilder, Loaded};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What was captured.
#[derive(Debug)]
pub struct Captured {
    /// How much, and where it lies.
    pub summary: Summary,
    /// What could not be read, one line each.
    pub gaps: Vec<String>,
    /// What the user should know besides.
    pub warnings: Vec<String>,
}

/// Whether facts of earlier runs are told by this collection.
fn is_sighted(collection: &str) -> bool {
    collection == ACCOUNT || COLLECTIONS.contains(&collection)
}

/// Captures what an audit with these policies would read and what plan, import and drift look at, with `all_kinds` every kind that
/// holds state, and what earlier runs saw (`state`). Nothing is left behind when it does not come to its end. `watch` is given the counter before the cluster is read.
pub fn capture(
    judging: Judging,
    choice: &TargetChoice,
    state: &StatePlace,
    out: &Path,
    all_kinds: bool,
    watch: Watch<'_>,
) -> Result<Captured, Ended> {
    let Place::Cluster(way) = choice.place(judging.spec.as_ref())? else {
        return Err(Diagnostic::new(
            "there is no running cluster to capture: the target is a snapshot already",
        )
        .hint("name the cluster with --context")
        .into());
    };
    let started = judging.started;
    let besides = judging.spec.as_ref().map(looked_at).unwrap_or_default();
    let session = Session::new(judging, Verb::Audit, true).reading(besides);
    let live = session.open(&way, all_kinds, choice)?;
    let format = Format {
        format: FORMAT.to_owned(),
        version: VERSION,
        captured_at: started,
        environment: session.spec().map_or("", Spec::name).to_owned(),
        cluster: None,
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    };
    let mut writer = SnapshotWriter::create(out, format).map_err(|error| refused(&error))?;
    watch(live.meter());
    let mut gaps = BTreeSet::new();
    let observed = session
        .needs(OBSERVATIONS)
        .then(|| Ledger::open(state, live.runtime.handle()));
    let mut sighted = Sighted::new(session.spec(), observed.is_some());
    let memory = observed.as_ref().map(|ledger| Arc::clone(&ledger.memory));
    let feed = live.feed(&memory.unwrap_or_default())?;
    let read = write(&live, &feed, &mut writer, &mut gaps, &mut sighted)?;
    let meter = live.meter();
    let reading = live.cluster.reading();
    let interrupt = session.interrupt().clone();
    if interrupt.is_cancelled() {
        live.end();
        return Err(Ended::Interrupted(meter.unfinished()));
    }
    live.settle()?;
    sighted.inventory.unverified(live.cluster.unverified());
    writer.cluster(identity(&live, &way));
    tell(&mut writer, &read, &reading);
    let mut warnings = Vec::new();
    if let Some(ledger) = observed {
        let environment = session.spec().map_or("", Spec::name);
        warnings = remember(ledger, environment, started, sighted, &mut writer)?;
    }
    if live.cluster.all_kinds() {
        writer.all_kinds();
    }
    let finished = writer.finish(&|| interrupt.is_cancelled());
    // Signals are watched until everything is written.
    live.end();
    let Some(summary) = finished.map_err(|error| refused(&error))? else {
        return Err(Ended::Interrupted(vec![
            "all of it: writing was not finished".to_owned(),
        ]));
    };
    Ok(Captured {
        summary,
        gaps: gaps.into_iter().collect(),
        warnings,
    })
}

/// Which cluster it is; its id in the account where that is certain: it was proved, or the account itself let in.
fn identity(live: &Live, way: &Way) -> Option<Cluster> {
    let certain = matches!(way, Way::FromDigitalOcean) || live.cluster.unverified().is_none();
    let id = live.account.cluster_by_now().filter(|_| certain);
    live.cluster.identity().map(|cluster| Cluster { id, ..cluster })
}

/// What must be known of a capture to tell which facts earlier runs may have seen, too.
struct Sighted {
    inventory: InventoryBuilder,
    wanted: bool,
}

impl Sighted {
    fn new(spec: Option<&Spec>, wanted: bool) -> Self {
        let declared = spec.map(Declared::of).unwrap_or_default();
        Self {
            inventory: InventoryBuilder::new(false).about(declared),
            wanted,
        }
    }

    fn see(&mut self, loaded: &Loaded) {
        if !self.wanted {
            return;
        }
        let rows = loaded.collections.iter();
        let services = loaded.objects.iter();
        let seen = Loaded {
            gaps: loaded.gaps.clone(),
            read_kinds: loaded.read_kinds.clone(),
            read_collections: loaded.read_collections.clone(),
            collections: rows
                .filter(|(collection, ..)| is_sighted(collection))
                .cloned()
                .collect(),
            objects: services
                .filter(|object| object.reference.kind == "Service")
                .cloned()
                .collect(),
            ..Loaded::default()
        };
        take(&mut self.inventory, seen, &mut |_, _, _, _| {});
    }
}

/// Compares what was captured with what earlier runs saw, and writes what is known now into the capture.
fn remember(
    mut ledger: Ledger,
    environment: &str,
    now: Timestamp,
    sighted: Sighted,
    writer: &mut SnapshotWriter,
) -> Result<Vec<String>, Ended> {
    let mut inventory = sighted.inventory.build();
    let answers = answers(&inventory);
    ledger.record(environment, now, &answers, &mut inventory);
    if let Ok(subject) = OBSERVATIONS.parse::<Subject>() {
        for row in inventory.collections.get(OBSERVATIONS).into_iter().flatten() {
            writer.add(&subject, row).map_err(|error| broken(&error))?;
        }
        writer.read(subject, Vec::new());
    }
    Ok(ledger.warnings())
}

/// Writes what comes; the kinds that were read to their end.
fn write(
    live: &Live,
    feed: &Units,
    writer: &mut SnapshotWriter,
    told: &mut BTreeSet<String>,
    sighted: &mut Sighted,
) -> Result<BTreeSet<(String, String)>, Ended> {
    let mut read = BTreeSet::new();
    for (group, kind) in live.cluster.absent() {
        if let Some(subject) = Subject::kind(group, "v1", kind) {
            writer.not_served(subject);
        }
    }
    for gap in live.cluster.gaps().iter().chain(live.account.gaps()) {
        note(writer, gap, told)?;
    }
    live.describe(&mut sighted.inventory);
    let known_empty = live.account.known_empty().map(ToOwned::to_owned);
    let mut collections: BTreeSet<String> = known_empty.collect();
    while let Some(unit) = feed.next() {
        let loaded = unit();
        sighted.see(&loaded);
        let Loaded {
            objects,
            collections: rows,
            gaps,
            read_kinds,
            read_collections,
            ..
        } = loaded;
        for gap in &gaps {
            note(writer, gap, told)?;
        }
        for (collection, row, _) in &rows {
            if let Ok(subject) = collection.parse::<Subject>() {
                writer.add(&subject, row).map_err(|error| broken(&error))?;
            }
        }
        collections.extend(read_collections);
        for object in &objects {
            let reference = &object.reference;
            if let Some(subject) = Subject::of(&reference.api_version, &reference.kind) {
                writer
                    .add(&subject, &object.value)
                    .map_err(|error| broken(&error))?;
            }
        }
        read.extend(read_kinds);
    }
    for collection in collections {
        if let Ok(subject) = collection.parse::<Subject>() {
            writer.read(subject, Vec::new());
        }
    }
    Ok(read)
}

/// A gap as the format names it; one that it cannot name must not be lost.
fn note(writer: &mut SnapshotWriter, gap: &Gap, told: &mut BTreeSet<String>) -> Result<(), Ended> {
    told.insert(format!("{}: {}", gap.subject, gap.detail));
    let subject = match &gap.subject {
        GapSubject::Kind(name) | GapSubject::Collection(name) => name.parse().ok(),
        GapSubject::Group(group) => Subject::group(group),
        GapSubject::Document { .. } => None,
    };
    let Some(subject) = subject else {
        let words = format!("the snapshot cannot say that {} was not read", gap.subject);
        return Err(Diagnostic::new(words).into());
    };
    writer.gap(snapshot::Gap {
        subject,
        namespace: None,
        reason: gap.reason.clone(),
        detail: gap.detail.clone(),
    });
    Ok(())
}

/// What was read completely, if only to find it empty, and as of which version.
fn tell(writer: &mut SnapshotWriter, read: &BTreeSet<(String, String)>, reading: &ClusterReading) {
    for kind in &reading.kinds {
        let Ok(subject) = kind.kind.parse::<Subject>() else {
            continue;
        };
        let Subject::Kind {
            group, kind: name, ..
        } = &subject
        else {
            continue;
        };
        if read.contains(&(group.clone(), name.clone())) {
            writer.read(subject, kind.resource_versions.clone());
        }
    }
    if let Some(milliseconds) = reading.milliseconds {
        writer.took(milliseconds.div_ceil(1000));
    }
}

fn refused(error: &SnapshotWriteError) -> Ended {
    let hint = error.hint();
    Diagnostic::new(error.to_string()).hint(hint).into()
}

fn broken(error: &io::Error) -> Ended {
    Diagnostic::new(format!("the snapshot cannot be written: {error}"))
        .hint("see whether the disk is full")
        .into()
}
