//! Which images workloads use, taken from objects as they stream by: every text, every set of texts and every running
//! digest is kept once, however many Pods there are.

use super::containers::{Run, named, runs};
use super::used::{ImageUse, Uses};
use crate::inventory::reference::ResourceRef;
use crate::inventory::view::record::Record;
use crate::inventory::view::registry::Digest;
use crate::inventory::view::workload::{finished, pod_template, workload_id};
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

const REVISION: &str = "deployment.kubernetes.io/revision";
/// What a Deployment keeps when it does not say.
const HISTORY: usize = 10;
/// So many of the places where nobody knows what runs are named.
const SHOWN: usize = 3;

/// What an object that others own uses: small, and the same for all Pods of a ReplicaSet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::inventory::view) struct OwnedUse {
    /// The number of a set of images.
    images: u32,
    /// The revision of a Deployment's ReplicaSet.
    revision: Option<u64>,
    /// Scaled to zero, as old ReplicaSets are.
    idle: bool,
}

/// The images met so far.
#[derive(Debug)]
pub(in crate::inventory::view) struct ImageUses {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    set_numbers: HashMap<Box<[u32]>, u32>,
    sets: Vec<Box<[u32]>>,
    /// What runs: the image as the Pod names it, and the repository and digest as the node does.
    running: BTreeSet<(u32, u32, Digest)>,
    /// What runs in Pods and nobody says what it is: the number of the image where one is named, and whose it is.
    unknown: BTreeMap<ResourceRef, Vec<(Option<u32>, String)>>,
    /// How many old ReplicaSets a Deployment keeps, where it says so.
    histories: BTreeMap<ResourceRef, usize>,
}

impl Default for ImageUses {
    fn default() -> Self {
        let none: Box<[u32]> = Box::default();
        Self {
            numbers: HashMap::new(),
            texts: Vec::new(),
            // Number 0: nothing.
            set_numbers: HashMap::from([(none.clone(), 0)]),
            sets: vec![none],
            running: BTreeSet::new(),
            unknown: BTreeMap::new(),
            histories: BTreeMap::new(),
        }
    }
}

impl ImageUses {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = Arc::from(text);
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.push(text);
        number
    }

    fn set<'v>(&mut self, images: impl Iterator<Item = &'v str>) -> u32 {
        let mut set: Vec<u32> = images.map(|image| self.number(image)).collect();
        set.sort_unstable();
        set.dedup();
        if let Some(number) = self.set_numbers.get(set.as_slice()) {
            return *number;
        }
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        let set = set.into_boxed_slice();
        self.set_numbers.insert(set.clone(), number);
        self.sets.push(set);
        number
    }

    /// Notes what a Pod runs and what a Deployment keeps.
    pub(in crate::inventory::view) fn learn(&mut self, reference: &ResourceRef, workload: &Value) {
        match reference.kind.as_str() {
            "Pod" => {
                // Of what was read twice the later one counts.
                self.unknown.remove(reference);
                if !finished("Pod", workload) {
                    self.learn_running(reference, workload);
                }
            }
            "Deployment" => {
                let limit = workload
                    .at(&["spec", "revisionHistoryLimit"])
                    .and_then(ValueExt::int);
                match limit.and_then(|limit| usize::try_from(limit).ok()) {
                    Some(limit) => self.histories.insert(reference.clone(), limit),
                    None => self.histories.remove(reference),
                };
            }
            _ => {}
        }
    }

    fn learn_running(&mut self, reference: &ResourceRef, pod: &Value) {
        let mut unknown = Vec::new();
        for Run { whose, image, pulled } in runs(pod) {
            let image = image.map(|image| self.number(image));
            match (image, pulled) {
                (Some(image), Some((repository, digest))) => {
                    let known = (image, self.number(repository), digest);
                    self.running.insert(known);
                }
                (image, _) => unknown.push((image, whose)),
            }
        }
        if !unknown.is_empty() {
            self.unknown.insert(reference.clone(), unknown);
        }
    }

    /// What an object uses of which no record is made.
    pub(in crate::inventory::view) fn of_object(
        &mut self,
        reference: &ResourceRef,
        value: &Value,
    ) -> OwnedUse {
        let kind = reference.kind.as_str();
        let revision = || value.text_at(&["metadata", "annotations", REVISION]);
        let spec = pod_template(kind, value).and_then(|template| template.field("spec"));
        let images = spec.into_iter().flat_map(named);
        self.owned_use(
            kind,
            finished(kind, value),
            images,
            revision(),
            value.at(&["spec", "replicas"]),
        )
    }

    /// The same of an object whose record turns out not to be needed.
    pub(in crate::inventory::view) fn of_record(
        &mut self,
        reference: &ResourceRef,
        record: &Record,
    ) -> OwnedUse {
        let finished = record.get("finished").is_some_and(ValueExt::is_true);
        let revision = record
            .get("annotations")
            .and_then(|annotations| annotations.text_at(&[REVISION]));
        self.owned_use(
            &reference.kind,
            finished,
            images(record),
            revision,
            record.get("replicas"),
        )
    }

    fn owned_use<'v>(
        &mut self,
        kind: &str,
        finished: bool,
        images: impl Iterator<Item = &'v str>,
        revision: Option<&str>,
        replicas: Option<&Value>,
    ) -> OwnedUse {
        // What has finished runs no more, and nothing starts it again.
        if finished {
            return OwnedUse::default();
        }
        let images = self.set(images);
        if kind != "ReplicaSet" {
            return OwnedUse {
                images,
                ..OwnedUse::default()
            };
        }
        OwnedUse {
            images,
            revision: revision.and_then(|text| text.parse().ok()),
            idle: replicas.and_then(ValueExt::int) == Some(0),
        }
    }

    /// Every image with its uses: those of the workloads that have a record, and of what these own, under their top owner.
    pub(in crate::inventory::view) fn resolve(
        mut self,
        workloads: &[Record],
        owned: &BTreeSet<(ResourceRef, OwnedUse)>,
    ) -> Uses {
        let mut uses: BTreeMap<u32, ImageUse> = BTreeMap::new();
        for workload in workloads {
            if workload.get("finished").is_some_and(ValueExt::is_true) {
                continue;
            }
            for image in images(workload) {
                let found = uses.entry(self.number(image)).or_default();
                found.desired = true;
                found
                    .workloads
                    .extend(workload.get("id").and_then(ValueExt::text).map(ToOwned::to_owned));
            }
        }
        for (id, set) in self.kept_sets(owned) {
            for image in self.sets.get(set as usize).into_iter().flatten() {
                uses.entry(*image).or_default().workloads.insert(id.clone());
            }
        }
        for (image, repository, digest) in &self.running {
            let found = uses.entry(*image).or_default();
            found.running.insert(*digest);
            let repository = self.texts.get(*repository as usize);
            found
                .pulled
                .extend(repository.map(|text| (Arc::clone(text), *digest)));
        }
        for image in self.unknown.values().flatten().filter_map(|(image, _)| *image) {
            uses.entry(image).or_default().unknown = true;
        }
        let unknown = self.doubt();
        let named = uses.into_iter();
        Uses {
            images: named
                .filter_map(|(image, found)| Some((Arc::clone(self.texts.get(image as usize)?), found)))
                .collect(),
            unknown,
        }
    }

    /// Why it is not known of everything that runs what it is: how many there are, and where the first of them are.
    fn doubt(&self) -> Option<String> {
        let pods = self.unknown.iter().flat_map(|(pod, runs)| {
            runs.iter().map(move |(_, whose)| {
                let namespace = pod.namespace.as_deref().unwrap_or("default");
                format!("{whose} of Pod {namespace}/{}", pod.name)
            })
        });
        let shown: Vec<String> = pods.clone().take(SHOWN).collect();
        let more = match pods.count() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!shown.is_empty()).then(|| format!("no digest is told of what runs as {}{more}", shown.join(", ")))
    }

    /// The sets that owned objects use. Of a Deployment's ReplicaSets the newest, as many of those before it as it keeps,
    /// and those that still have Pods.
    fn kept_sets(&self, owned: &BTreeSet<(ResourceRef, OwnedUse)>) -> Vec<(String, u32)> {
        let mut kept = Vec::new();
        let mut histories: BTreeMap<&ResourceRef, Vec<OwnedUse>> = BTreeMap::new();
        for (top, used) in owned {
            if used.revision.is_some() {
                histories.entry(top).or_default().push(*used);
            } else {
                kept.push((workload_id(top), used.images));
            }
        }
        for (top, mut revisions) in histories {
            let limit = self.histories.get(top).copied().unwrap_or(HISTORY);
            revisions.sort_by_key(|used| std::cmp::Reverse(used.revision));
            let newest = limit.saturating_add(1);
            let within = revisions.iter().enumerate();
            let within = within.filter(|(age, used)| *age < newest || !used.idle);
            kept.extend(within.map(|(_, used)| (workload_id(top), used.images)));
        }
        kept
    }
}

/// The images in a workload's record.
fn images(record: &Record) -> impl Iterator<Item = &str> {
    let listed = ["containers", "imageVolumes"].into_iter();
    let listed = listed.flat_map(|list| record.get(list).map_or(&[][..], ValueExt::items));
    listed.filter_map(|item| item.text_at(&["image"]))
}
