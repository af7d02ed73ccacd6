//! `snapshot`: what an audit would read, into a file.

use super::judge::{Ended, Judging, Session};
use super::target::{Live, Place, TargetChoice, Watch};
use crate::apply::snapshot::{SnapshotWriteError, SnapshotWriter, Summary};
use envcheck_core::findings::{ClusterReading, Verb};
use envcheck_core::inventory::snapshot::{self, FORMAT, Format, Subject, Tool, VERSION};
use envcheck_core::inventory::{Feed, Gap, GapSubject, Loaded};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// What was captured.
#[derive(Debug)]
pub struct Captured {
    /// How much, and where it lies.
    pub summary: Summary,
    /// What could not be read, one line each.
    pub gaps: Vec<String>,
}

/// Captures what an audit with these policies would read, with `all_kinds` every kind that holds state. Nothing is left
/// behind when it does not come to its end. `watch` is given the counter before the cluster is read.
pub fn capture(
    judging: Judging,
    choice: &TargetChoice,
    out: &Path,
    all_kinds: bool,
    watch: Watch<'_>,
) -> Result<Captured, Ended> {
    let Place::Cluster(access) = choice.place(judging.spec.as_ref())? else {
        return Err(Diagnostic::new(
            "there is no running cluster to capture: the target is a snapshot already",
        )
        .hint("name the cluster with --context")
        .into());
    };
    let started = judging.started;
    let session = Session::new(judging, Verb::Audit, true);
    let live = session.open_cluster(&access, all_kinds, choice.timeout)?;
    let format = Format {
        format: FORMAT.to_owned(),
        version: VERSION,
        captured_at: started,
        environment: session.spec().map_or("", Spec::name).to_owned(),
        cluster: live.cluster.identity(),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    };
    let mut writer = SnapshotWriter::create(out, format).map_err(|error| refused(&error))?;
    watch(live.cluster.meter());
    let mut gaps = BTreeSet::new();
    let read = write(&live, &mut writer, &mut gaps)?;
    let meter = live.cluster.meter();
    let reading = live.cluster.reading();
    let interrupt = session.interrupt().clone();
    if interrupt.is_cancelled() {
        live.end();
        return Err(Ended::Interrupted(meter.unfinished()));
    }
    tell(&mut writer, &read, &reading);
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
    })
}

/// Writes what comes; the kinds that were read to their end.
fn write(
    live: &Live,
    writer: &mut SnapshotWriter,
    told: &mut BTreeSet<String>,
) -> Result<BTreeSet<(String, String)>, Ended> {
    let mut read = BTreeSet::new();
    for (group, kind) in live.cluster.absent() {
        if let Some(subject) = Subject::kind(group, "v1", kind) {
            writer.not_served(subject);
        }
    }
    for gap in live.cluster.gaps() {
        note(writer, gap, told)?;
    }
    let feed = live.feed()?;
    while let Some(unit) = feed.next() {
        let Loaded {
            objects,
            gaps,
            read_kinds,
            ..
        } = unit();
        for gap in &gaps {
            note(writer, gap, told)?;
        }
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
