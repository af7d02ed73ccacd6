//! `document`: the same reading as an audit, written down instead of judged.

use super::ended::Ended;
use super::filling::fill_before;
use super::input::numbered;
use super::judge::gatherer;
use super::live::{self, Live};
use super::target::{Place, TargetChoice, Watch};
use crate::apply::files::{Readers, write_atomically};
use crate::collect::cluster::Wanted;
use crate::collect::sources::Sources;
use crate::collect::texts;
use envcheck_core::findings::waiver::{Noted, Written};
use envcheck_core::inventory::{Declared, Feed, InventoryBuilder};
use envcheck_core::policy::{Needed, PolicyIds};
use envcheck_core::report::document::{self, Document, Observed, Parts, Source};
use envcheck_core::spec::Spec;
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What is wanted of a document.
#[derive(Debug, Clone, Copy)]
pub struct DocumentChoice {
    /// Also figures that change by themselves.
    pub figures: bool,
    /// The real time.
    pub started: Timestamp,
}

/// Where a document is read from, once that is open.
struct Opened {
    feed: Arc<dyn Feed>,
    live: Option<Live>,
    version: Option<String>,
    source: Source,
    notes: Vec<String>,
}

/// Reads an environment, as an audit does, and writes its document. `waivers` are those of files; `watch` is given the counter before a cluster is read.
pub fn document(
    spec: &Spec,
    target: &TargetChoice,
    choice: DocumentChoice,
    waivers: Vec<Written>,
    interrupt: &CancellationToken,
    watch: Watch<'_>,
) -> Result<Document, Ended> {
    let mut inventory = InventoryBuilder::new(false)
        .about(Declared::of(spec))
        .keeping(document::kept(&spec.value, choice.figures));
    let opened = open(spec, target, choice, interrupt, watch, &mut inventory)?;
    let mut network = gatherer(Some(spec), false);
    let mut parts = Parts::default();
    let mut noted = Vec::new();
    fill_before(
        &mut inventory,
        &*opened.feed,
        &mut |inventory, reference, value, origin| {
            network.absorb(value, inventory.owners());
            parts.absorb(reference, value);
            noted.extend(Noted::annotated(reference, value, origin));
        },
    );
    let mut notes = opened.notes;
    let mut settled = Ok(());
    if let Some(live) = &opened.live {
        settled = live.settle();
        inventory.unverified(live.cluster.unverified());
        notes.extend(live.cluster.warnings());
    }
    let unfinished = opened.live.map(Live::end).unwrap_or_default();
    if interrupt.is_cancelled() {
        return Err(Ended::Interrupted(unfinished));
    }
    settled?;
    let inventory = inventory.build();
    let (network, network_gaps) = network.build(&inventory.owners);
    let facts = network.facts();
    let mut waivers = waivers;
    waivers.extend(Noted::written(noted, &inventory.owners));
    let now = match opened.source {
        Source::Snapshot(captured) => captured,
        Source::Running => choice.started,
    };
    Ok(document::document(&Observed {
        spec: &spec.value,
        inventory: &inventory,
        network: &facts,
        network_gaps: &network_gaps,
        parts: &parts,
        source: opened.source,
        version: opened.version.as_deref(),
        notes: &notes,
        waivers: &waivers,
        figures: choice.figures.then_some(now),
    }))
}

fn open(
    spec: &Spec,
    target: &TargetChoice,
    choice: DocumentChoice,
    interrupt: &CancellationToken,
    watch: Watch<'_>,
    inventory: &mut InventoryBuilder,
) -> Result<Opened, Ended> {
    match target.place(Some(spec))? {
        Place::Snapshot(snapshot) => {
            let sources = Sources::new(None, Some(*snapshot));
            sources.describe(inventory);
            Ok(Opened {
                live: None,
                version: sources.cluster_version(),
                source: Source::Snapshot(sources.captured_at().unwrap_or(choice.started)),
                notes: sources.warnings(Some(spec.name())),
                feed: Arc::new(numbered(Arc::new(sources))),
            })
        }
        Place::Cluster(way) => {
            let needed = needed(spec, choice.figures);
            let wanted = Wanted {
                needed: &needed,
                all_kinds: false,
            };
            let live = live::open(&way, Some(spec), wanted, target, choice.started, interrupt)?;
            watch(live.meter());
            live.describe(inventory);
            Ok(Opened {
                feed: live.feed(&Arc::default())?,
                version: live.cluster.version().map(ToOwned::to_owned),
                source: Source::Running,
                notes: Vec::new(),
                live: Some(live),
            })
        }
    }
}

fn needed(spec: &Spec, figures: bool) -> Needed {
    let collections = document::collections(&spec.value, figures).into_iter();
    Needed {
        collections: collections
            .map(|name| (name.to_owned(), PolicyIds::new()))
            .collect(),
        ..Needed::of_kinds(document::kinds(&spec.value))
    }
}

/// A document as it is written: the file itself first, then what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files(pub Vec<(PathBuf, Vec<u8>)>);

impl Files {
    /// As Markdown, its drawings beside it.
    pub fn markdown(document: &Document, file: &Path) -> io::Result<Self> {
        let prefix = file.file_stem().unwrap_or_default().to_string_lossy();
        let mut text = Vec::new();
        document::markdown::render(document, Some(&prefix), &mut text)?;
        let mut files = vec![(file.to_path_buf(), text)];
        for drawing in document.drawings() {
            let name = document::markdown::file_name(&prefix, drawing);
            files.push((file.with_file_name(name), drawing.svg().into_bytes()));
        }
        Ok(Self(files))
    }

    /// As one page of HTML, its drawings within it.
    pub fn html(document: &Document, file: &Path) -> io::Result<Self> {
        let mut text = Vec::new();
        document::html::render(document, &mut text)?;
        Ok(Self(vec![(file.to_path_buf(), text)]))
    }

    /// Writes them, each whole or not at all; the document last, so that it never refers to what is not there yet.
    pub fn write(&self) -> Result<(), (PathBuf, io::Error)> {
        for (path, bytes) in self.0.iter().rev() {
            write_atomically(path, Readers::Usual, &mut |out| out.write_all(bytes))
                .map_err(|error| (path.clone(), error))?;
        }
        Ok(())
    }

    /// The files of a committed copy that differ from these, or are not there. When a snapshot was captured makes no
    /// difference.
    pub fn stale(&self) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
        let mut stale = Vec::new();
        for (path, bytes) in &self.0 {
            let committed = texts::read(path).map_err(|error| (path.clone(), error))?;
            let same = committed.is_some_and(|committed| document::same(&committed, bytes));
            if !same {
                stale.push(path.clone());
            }
        }
        Ok(stale)
    }
}
