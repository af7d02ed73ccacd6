//! What the environments run that share the registry with this one: an image that only they use must not be taken for
//! garbage. Each is read where its own spec says, with the credentials that its own spec names.

use super::ended::Ended;
use super::filling::fill;
use super::live;
use super::setup::environment;
use super::target::{Place, TargetChoice};
use crate::collect::cluster::Wanted;
use crate::collect::meter::Meter;
use crate::collect::units::UnitSender;
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::inventory::view::Section;
use envcheck_core::inventory::{Declared, InventoryBuilder, Loaded, Origin, Unit};
use envcheck_core::policy::Needed;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt, object};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const COLLECTION: &str = "digitalocean.registry_uses";

/// The other environments, about to be read.
pub(super) struct Uses {
    /// Their names and where their specs are looked for.
    others: Vec<(String, PathBuf)>,
    choice: TargetChoice,
    /// One for all of them.
    deadline: Instant,
    interrupt: CancellationToken,
}

impl Uses {
    /// The environments that share this one's registry, when some policy wants to know.
    pub(super) fn of(
        spec: &Spec,
        needed: &Needed,
        choice: &TargetChoice,
        interrupt: &CancellationToken,
    ) -> Option<Self> {
        if !needed.collections.contains_key(COLLECTION) {
            return None;
        }
        let registry = Declared::of(spec).registry;
        let own = spec.files().next().map(PathBuf::from).unwrap_or_default();
        let others = registry.into_iter().flat_map(|registry| registry.others);
        Some(Self {
            others: others
                .map(|name| {
                    let file = own.with_file_name(format!("{name}.yaml"));
                    (name, file)
                })
                .collect(),
            choice: TargetChoice {
                timeout: choice.timeout,
                allowances: choice.allowances.clone(),
                commands: choice.commands,
                ..TargetChoice::default()
            },
            deadline: Instant::now() + choice.timeout,
            interrupt: interrupt.clone(),
        })
    }

    /// Begins to read, on a thread of its own: other clusters have threads of their own.
    pub(super) fn start(&self, meter: &Arc<Meter>, units: UnitSender) -> Result<(), Diagnostic> {
        let (others, mut choice, deadline) = (self.others.clone(), self.choice.clone(), self.deadline);
        let (interrupt, meter) = (self.interrupt.clone(), Arc::clone(meter));
        meter.plan(COLLECTION);
        let reading = move || {
            meter.ask(COLLECTION);
            let mut loaded = Loaded::default();
            for (name, file) in &others {
                choice.timeout = deadline.saturating_duration_since(Instant::now());
                let rows = match used(name, file, &choice, &interrupt) {
                    Ok(rows) => rows,
                    Err(None) => return,
                    Err(Some(words)) => vec![unread(name, &words)],
                };
                let rows = rows.into_iter();
                loaded
                    .collections
                    .extend(rows.map(|row| (COLLECTION.to_owned(), row, Origin::Live)));
            }
            meter.count(COLLECTION, loaded.collections.len() as u64);
            meter.end(COLLECTION, true);
            loaded.read_collections.push(COLLECTION.to_owned());
            let unit: Arc<Unit> = Arc::new(move || loaded.clone());
            // Nobody takes units any more once the run is over.
            let _ = units.blocking_send(unit);
        };
        thread::Builder::new()
            .name("uses".to_owned())
            .spawn(reading)
            .map(drop)
            .map_err(|error| Diagnostic::new(format!("cannot start a thread: {error}")))
    }
}

/// The images that an environment uses. `Err(None)`: the run was interrupted.
fn used(
    name: &str,
    file: &std::path::Path,
    choice: &TargetChoice,
    interrupt: &CancellationToken,
) -> Result<Vec<Value>, Option<String>> {
    let first = |problems: Vec<Diagnostic>| problems.first().map(|problem| problem.message.clone());
    let spec = environment(&file.display().to_string()).map_err(first)?;
    let workloads = Section::kinds("workloads").unwrap_or_default();
    let mut inventory = InventoryBuilder::new(false).about(Declared::of(&spec));
    let (live, feed) = match choice.place(Some(&spec)).map_err(first)? {
        // What ran when it was made says nothing of what runs now.
        Place::Snapshot(_) => {
            return Err(Some(format!(
                "the target of {name} is a snapshot, which does not tell what runs now"
            )));
        }
        Place::Cluster(way) => {
            let needed = Needed::of_kinds(workloads.iter().copied());
            let wanted = Wanted {
                needed: &needed,
                all_kinds: false,
            };
            // What is read does not depend on when: dates matter to backups only.
            let opened = live::open(
                &way,
                Some(&spec),
                wanted,
                choice,
                Timestamp::UNIX_EPOCH,
                interrupt,
            );
            let opened = opened.map_err(|ended| match ended {
                Ended::Interrupted(_) => None,
                Ended::Refused(problems) => first(problems),
            })?;
            // Another cluster's images would leave this one's without a use.
            if let Some(why) = opened.cluster.reading().unverified {
                let words = format!("which cluster {name} runs in could not be verified: {why}");
                opened.end();
                return Err(Some(words));
            }
            opened.describe(&mut inventory);
            let feed = opened.feed(&Arc::default()).map_err(|_| None)?;
            (opened, feed)
        }
    };
    fill(&mut inventory, &*feed);
    live.end();
    if interrupt.is_cancelled() {
        return Err(None);
    }
    let inventory = inventory.build();
    if let Some(gap) = workloads.iter().find_map(|kind| inventory.kind_gaps(kind).pop()) {
        return Err(Some(gap.detail));
    }
    let mut rows = rows(name, &inventory.view.document);
    let doubt = inventory.view.running_unknown.as_deref();
    rows.extend(doubt.map(|words| unread(name, words)));
    Ok(rows)
}

/// An environment of which nobody knows what it uses: figures can be told, nothing may be removed.
fn unread(environment: &str, words: &str) -> Value {
    let why = object([
        ("reason", Value::from(reason::UNAVAILABLE)),
        ("detail", Value::from(words)),
    ]);
    object([("environment", Value::from(environment)), ("unread", why)])
}

/// One row for each image and each digest that runs under its name; one without an image when there is none.
fn rows(environment: &str, view: &Value) -> Vec<Value> {
    let row = |image: Value, digest: Value, workload: Value| {
        object([
            ("environment", Value::from(environment)),
            ("image", image),
            ("digest", digest),
            ("workload", workload),
        ])
    };
    let mut rows = Vec::new();
    for image in view.items_at(&["images"]) {
        let name = image.field("image").cloned().unwrap_or(Value::Null);
        let workload = image.items_at(&["workloads"]).first().cloned();
        let running = image.items_at(&["running"]).iter().cloned();
        rows.extend(
            std::iter::once(Value::Null)
                .chain(running)
                .map(|digest| row(name.clone(), digest, workload.clone().unwrap_or(Value::Null))),
        );
    }
    if rows.is_empty() {
        rows.push(row(Value::Null, Value::Null, Value::Null));
    }
    rows
}
