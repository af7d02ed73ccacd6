//! What a run reads, as numbered units: manifests first, then the snapshot below them.

use super::manifests::Manifests;
use super::snapshot::{Item, SnapshotReader};
use envcheck_core::findings::{ClusterReading, KindReading};
use envcheck_core::inventory::snapshot::{Gap as SnapshotGap, Subject};
use envcheck_core::inventory::{Gap, GapSubject, InventoryBuilder, Loaded, LoadedObject, Origin, identify};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;

/// Manifests, a snapshot, or manifests over a snapshot.
#[derive(Debug)]
pub struct Sources {
    manifests: Option<Manifests>,
    snapshot: Option<SnapshotReader>,
}

impl Sources {
    /// Both are optional; with both, manifests replace what the snapshot has under the same identity.
    pub fn new(manifests: Option<Manifests>, snapshot: Option<SnapshotReader>) -> Self {
        Self { manifests, snapshot }
    }

    /// The number of units.
    pub fn len(&self) -> usize {
        self.manifests.as_ref().map_or(0, Manifests::len)
            + self.snapshot.as_ref().map_or(0, SnapshotReader::units)
    }

    /// True when there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the snapshot was taken.
    pub fn captured_at(&self) -> Option<Timestamp> {
        self.snapshot
            .as_ref()
            .map(|snapshot| snapshot.format().captured_at)
    }

    /// The version of the captured cluster.
    pub fn cluster_version(&self) -> Option<String> {
        self.snapshot.as_ref()?.format().cluster.as_ref()?.version.clone()
    }

    /// How the captured cluster was read.
    pub fn cluster_reading(&self) -> Option<ClusterReading> {
        let snapshot = self.snapshot.as_ref().filter(|_| self.manifests.is_none())?;
        let (cluster, manifest) = (snapshot.format().cluster.as_ref()?, snapshot.manifest());
        let kinds = manifest.files.iter().filter_map(|entry| {
            if entry.resource_versions.is_empty() {
                return None;
            }
            Some(KindReading {
                kind: Subject::from_path(&entry.path)?.to_string(),
                objects: entry.count,
                resource_versions: entry.resource_versions.clone(),
            })
        });
        let mut kinds: Vec<KindReading> = kinds.collect();
        kinds.sort();
        Some(ClusterReading {
            uid: Some(cluster.uid.clone()),
            unverified: cluster.unverified.clone(),
            milliseconds: manifest.read_seconds.map(|seconds| seconds.saturating_mul(1000)),
            kinds,
            ..ClusterReading::default()
        })
    }

    /// What the user should know of the capture besides: that nobody proved which cluster it is of, or that it is of another
    /// environment than the one it is judged by.
    pub fn warnings(&self, environment: Option<&str>) -> Vec<String> {
        let Some(format) = self.snapshot.as_ref().map(SnapshotReader::format) else {
            return Vec::new();
        };
        let other = environment.filter(|name| !format.environment.is_empty() && *name != format.environment);
        let unverified = self.unverified().map(super::cluster::unverified);
        let other = other.map(|name| {
            format!(
                "the snapshot is of environment {}, and is judged by the spec of {name}",
                format.environment
            )
        });
        unverified.into_iter().chain(other).collect()
    }

    /// Why nobody knew, while capturing, that the cluster is the declared one.
    pub fn unverified(&self) -> Option<&str> {
        let cluster = self.snapshot.as_ref()?.format().cluster.as_ref()?;
        cluster.unverified.as_deref()
    }

    /// Tells the inventory what is known before reading: gaps, that a snapshot holds only the kinds it names, and
    /// whether anybody knew which cluster it is of.
    pub fn describe(&self, inventory: &mut InventoryBuilder) {
        for gap in self.manifests.iter().flat_map(|manifests| &manifests.gaps) {
            inventory.gap(gap.clone());
        }
        inventory.unverified(self.unverified());
        if let Some(snapshot) = &self.snapshot {
            inventory.only_named_kinds(snapshot.manifest().all_kinds);
            snapshot.for_each_known(&mut |item| tell(inventory, item));
        }
    }

    /// Reads a unit.
    pub fn load(&self, unit: usize) -> Loaded {
        let manifests = self.manifests.as_ref().map_or(0, Manifests::len);
        if unit < manifests {
            return self
                .manifests
                .as_ref()
                .map(|manifests| manifests.load(unit))
                .unwrap_or_default();
        }
        let mut loaded = Loaded {
            below: manifests > 0 || self.manifests.is_some(),
            ..Loaded::default()
        };
        if let Some(snapshot) = &self.snapshot {
            // Below manifests, places are told from where the user stands; otherwise from the snapshot, which the report
            // names.
            let below = loaded.below.then(|| snapshot.dir());
            snapshot.read_unit(unit - manifests, &mut |item| take(&mut loaded, item, below));
        }
        loaded
    }
}

fn tell(inventory: &mut InventoryBuilder, item: Item) {
    match item {
        // What is not served cannot exist: that is complete knowledge.
        Item::NotServed(Subject::Kind { group, kind, .. }) => inventory.read_kind(&group, &kind),
        Item::Gap(gap) => inventory.gap(translated(&gap)),
        _ => {}
    }
}

fn take(loaded: &mut Loaded, item: Item, below: Option<&Path>) {
    let shown = |file: String| below.map_or(file.clone(), |dir| dir.join(file).display().to_string());
    match item {
        Item::Object { value, file, line } => match identify(&value) {
            Ok((reference, generated)) => loaded.objects.push(LoadedObject {
                reference,
                generated,
                value,
                origin: Origin::Snapshot {
                    file: Arc::from(shown(file)),
                    line,
                },
            }),
            Err(words) => loaded.gaps.push(Gap {
                subject: GapSubject::Document {
                    file: file.clone(),
                    line: Some(line),
                },
                reason: "is no object".to_owned(),
                detail: format!("{file}:{line}: {words}"),
            }),
        },
        Item::Account {
            collection,
            value,
            file,
            line,
        } => {
            let origin = Origin::Snapshot {
                file: Arc::from(shown(file)),
                line,
            };
            loaded
                .collections
                .push((format!("digitalocean.{collection}"), value, origin));
        }
        Item::Spaces {
            collection,
            value,
            file,
            line,
        } => {
            let origin = Origin::Snapshot {
                file: Arc::from(shown(file)),
                line,
            };
            loaded
                .collections
                .push((format!("spaces.{collection}"), value, origin));
        }
        Item::Read {
            subject: Subject::Kind { group, kind, .. },
            ..
        } => loaded.read_kinds.push((group, kind)),
        Item::Read { subject, .. } => loaded.read_collections.push(subject.to_string()),
        Item::NotServed(_) => {}
        Item::Gap(gap) => loaded.gaps.push(translated(&gap)),
    }
}

fn translated(gap: &SnapshotGap) -> Gap {
    let subject = match (&gap.subject, gap.subject.as_group()) {
        (_, Some(group)) => GapSubject::Group(group.to_owned()),
        (kind @ Subject::Kind { .. }, None) => GapSubject::Kind(kind.to_string()),
        (collection, None) => GapSubject::Collection(collection.to_string()),
    };
    Gap {
        subject,
        reason: gap.reason.clone(),
        detail: gap.detail.clone(),
    }
}
