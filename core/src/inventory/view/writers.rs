//! Which workloads write to declared buckets, found while objects stream by: by the Secret of a key that may write, or by
//! the bucket's name in what configures a container. Nothing is kept of workloads that do neither.

use super::workload::{pod_template, workload_id};
use crate::inventory::by_reference::ByReference;
use crate::inventory::declared::DeclaredBucket;
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// The number of a declared bucket.
type Bucket = usize;

/// What a workload says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// Buckets that its Secrets open or its containers name.
    buckets: BTreeSet<Bucket>,
    /// ConfigMaps that it refers to, each with the one key that it reads, or all.
    config_maps: BTreeSet<(Box<str>, Option<Box<str>>)>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Writers {
    workloads: ByReference<Said>,
    /// Buckets that ConfigMaps name, by key.
    config_maps: ByReference<Vec<(Box<str>, Bucket)>>,
}

impl Writers {
    /// Takes in a workload of which a record is made, or a ConfigMap.
    pub(super) fn absorb(&mut self, reference: &ResourceRef, value: &Value, buckets: &[DeclaredBucket]) {
        if buckets.is_empty() {
            return;
        }
        if reference.kind == "ConfigMap" {
            let named: Vec<(Box<str>, Bucket)> = value
                .field("data")
                .into_iter()
                .flat_map(ValueExt::members)
                .flat_map(|(key, text)| {
                    let text = text.text().unwrap_or_default();
                    names(text, buckets).map(move |bucket| (key.into(), bucket))
                })
                .collect();
            self.config_maps.remove(reference);
            if !named.is_empty() {
                self.config_maps.insert(reference, named);
            }
            return;
        }
        let said = said(reference, value, buckets);
        self.workloads.remove(reference);
        if said != Said::default() {
            self.workloads.insert(reference, said);
        }
    }

    /// Forgets a workload that another one turns out to own.
    pub(super) fn remove(&mut self, reference: &ResourceRef) {
        self.workloads.remove(reference);
    }

    /// Ids of workloads by bucket.
    pub(super) fn resolve(self) -> BTreeMap<Bucket, BTreeSet<String>> {
        let mut found: BTreeMap<Bucket, BTreeSet<String>> = BTreeMap::new();
        for (reference, said) in self.workloads.iter() {
            let by_config = said.config_maps.iter().flat_map(|(name, key)| {
                let map = ResourceRef::kubernetes("v1", "ConfigMap", reference.namespace.as_deref(), name);
                let named = self.config_maps.get(&map).into_iter().flatten();
                named
                    .filter(move |(own, _)| key.as_ref().is_none_or(|key| key == own))
                    .map(|(_, bucket)| *bucket)
            });
            for bucket in said.buckets.iter().copied().chain(by_config) {
                found.entry(bucket).or_default().insert(workload_id(&reference));
            }
        }
        found
    }
}

fn said(reference: &ResourceRef, value: &Value, buckets: &[DeclaredBucket]) -> Said {
    let mut said = Said::default();
    let Some(spec) = pod_template(&reference.kind, value).and_then(|template| template.field("spec")) else {
        return said;
    };
    let namespace = reference.namespace.as_deref().unwrap_or("default");
    let mut secrets: BTreeSet<&str> = BTreeSet::new();
    let mut config_map = |map: Option<&Value>, name: &str, key: Option<&str>| {
        if let Some(name) = map.and_then(|map| map.text_at(&[name])) {
            said.config_maps.insert((name.into(), key.map(Into::into)));
        }
    };
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    for container in lists.iter().flat_map(|list| spec.items_at(&[list])) {
        for variable in container.items_at(&["env"]) {
            let from = |source: &str| variable.at(&["valueFrom", source]);
            said.buckets
                .extend(names(variable.text_at(&["value"]).unwrap_or_default(), buckets));
            secrets.extend(from("secretKeyRef").and_then(|secret| secret.text_at(&["name"])));
            let map = from("configMapKeyRef");
            config_map(map, "name", map.and_then(|map| map.text_at(&["key"])));
        }
        for source in container.items_at(&["envFrom"]) {
            secrets.extend(source.text_at(&["secretRef", "name"]));
            config_map(source.field("configMapRef"), "name", None);
        }
        for word in ["command", "args"]
            .iter()
            .flat_map(|list| container.items_at(&[list]))
        {
            said.buckets
                .extend(names(word.text().unwrap_or_default(), buckets));
        }
    }
    for volume in spec.items_at(&["volumes"]) {
        secrets.extend(volume.text_at(&["secret", "secretName"]));
        config_map(volume.field("configMap"), "name", None);
        for source in volume.items_at(&["projected", "sources"]) {
            secrets.extend(source.text_at(&["secret", "name"]));
            config_map(source.field("configMap"), "name", None);
        }
    }
    for (number, bucket) in buckets.iter().enumerate() {
        let mut own = bucket.secrets.iter().filter(|(own, _)| own == namespace);
        if own.any(|(_, name)| secrets.contains(name.as_str())) {
            said.buckets.insert(number);
        }
    }
    // In every Pod, and never about a bucket.
    said.config_maps
        .retain(|(name, _)| name.as_ref() != "kube-root-ca.crt");
    said
}

/// The buckets that a text names, as whole words: `s3://acme-dumps/db` names `acme-dumps`, not `dumps`.
fn names<'b>(text: &'b str, buckets: &'b [DeclaredBucket]) -> impl Iterator<Item = Bucket> + 'b {
    let in_word =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let found = move |name: &str| {
        text.match_indices(name).any(|(start, name)| {
            let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
            !in_word(before) && !in_word(text.as_bytes().get(start + name.len()))
        })
    };
    let named = buckets.iter().enumerate();
    named
        .filter(move |(_, bucket)| found(&bucket.name))
        .map(|(number, _)| number)
}
