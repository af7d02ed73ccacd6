//! What the Pods of a workload refer to, gathered while objects stream by: ConfigMaps, Secrets and claims by name, and the
//! Services whose address stands in their settings. No value is kept.

use crate::inventory::ResourceRef;
use crate::inventory::view::workload::{is_workload, pod_template, workload_id};
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// In every Pod, and nobody's choice.
const ROOT_CA: &str = "kube-root-ca.crt";

/// What one workload refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Referred {
    /// ConfigMaps of its namespace.
    pub config_maps: BTreeSet<String>,
    /// Secrets of its namespace.
    pub secrets: BTreeSet<String>,
    /// PersistentVolumeClaims of its namespace.
    pub claims: BTreeSet<String>,
    /// Claims that a StatefulSet makes for each Pod, with the size they ask for.
    pub claim_templates: BTreeMap<String, Option<String>>,
    /// Services whose cluster address stands in `env`, `command` or `args`: namespace and name.
    pub services: BTreeSet<(String, String)>,
}

/// What workloads refer to, by their id. Pods and whatever else others own are not looked at: their owner says the same.
#[derive(Debug, Default)]
pub struct Parts(BTreeMap<String, Referred>);

impl Parts {
    /// Takes in an object of any kind.
    pub fn absorb(&mut self, reference: &ResourceRef, value: &Value) {
        let made = matches!(reference.kind.as_str(), "Pod" | "ReplicaSet" | "Job")
            && !value.items_at(&["metadata", "ownerReferences"]).is_empty();
        if made || !is_workload(reference) {
            return;
        }
        let spec = pod_template(&reference.kind, value).and_then(|template| template.field("spec"));
        let mut referred = spec.map(of_pods).unwrap_or_default();
        for claim in value.items_at(&["spec", "volumeClaimTemplates"]) {
            if let Some(name) = claim.text_at(&["metadata", "name"]) {
                let size = claim.text_at(&["spec", "resources", "requests", "storage"]);
                let size = size.map(ToOwned::to_owned);
                referred.claim_templates.insert(name.to_owned(), size);
            }
        }
        self.0.insert(workload_id(reference), referred);
    }

    /// What a workload refers to; nothing for one that was not seen.
    pub fn of(&self, id: &str) -> Referred {
        self.0.get(id).cloned().unwrap_or_default()
    }
}

fn of_pods(spec: &Value) -> Referred {
    let mut found = Referred::default();
    let mut note = |secret: bool, name: Option<&str>| {
        let set = if secret {
            &mut found.secrets
        } else {
            &mut found.config_maps
        };
        set.extend(name.filter(|name| *name != ROOT_CA).map(ToOwned::to_owned));
    };
    let mut texts: Vec<&str> = Vec::new();
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    for container in lists.iter().flat_map(|list| spec.items_at(&[list])) {
        for variable in container.items_at(&["env"]) {
            note(true, variable.text_at(&["valueFrom", "secretKeyRef", "name"]));
            note(false, variable.text_at(&["valueFrom", "configMapKeyRef", "name"]));
            texts.extend(variable.text_at(&["value"]));
        }
        for source in container.items_at(&["envFrom"]) {
            note(true, source.text_at(&["secretRef", "name"]));
            note(false, source.text_at(&["configMapRef", "name"]));
        }
        for list in ["command", "args"] {
            texts.extend(container.items_at(&[list]).iter().filter_map(ValueExt::text));
        }
    }
    for pull in spec.items_at(&["imagePullSecrets"]) {
        note(true, pull.text_at(&["name"]));
    }
    for volume in spec.items_at(&["volumes"]) {
        note(true, volume.text_at(&["secret", "secretName"]));
        note(false, volume.text_at(&["configMap", "name"]));
        for source in volume.items_at(&["projected", "sources"]) {
            note(true, source.text_at(&["secret", "name"]));
            note(false, source.text_at(&["configMap", "name"]));
        }
    }
    let claims = spec.items_at(&["volumes"]).iter();
    let claims = claims.filter_map(|volume| volume.text_at(&["persistentVolumeClaim", "claimName"]));
    found.claims.extend(claims.map(ToOwned::to_owned));
    found.services.extend(texts.into_iter().flat_map(addresses));
    found
}

/// The Services that a text names by their address in the cluster: `http://ii.back.svc:8080` names `back/ii`, and so does
/// `ii-0.ii.back.svc`, the Pod of a StatefulSet. Without `svc` only where a port or a scheme says that it is an address: two words
/// with a dot between them may be anything.
fn addresses(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let hosts = text.split(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '.')));
    hosts.filter_map(|host| {
        let labels: Vec<&str> = host.split('.').collect();
        let (name, namespace) = match labels.iter().position(|label| *label == "svc") {
            Some(2) => (labels[0], labels[1]),
            Some(3) => (labels[1], labels[2]),
            None if labels.len() == 2 && is_address(text, host) => (labels[0], labels[1]),
            _ => return None,
        };
        let told = !name.is_empty() && !namespace.is_empty();
        told.then(|| (namespace.to_owned(), name.to_owned()))
    })
}

/// `scheme://HOST`, `user@HOST` or `HOST:6379`.
fn is_address(text: &str, host: &str) -> bool {
    let start = host.as_ptr() as usize - text.as_ptr() as usize;
    let (before, after) = (&text[..start], &text[start + host.len()..]);
    let port = after.strip_prefix(':');
    let port = port.is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()));
    before.ends_with("://") || before.ends_with('@') || port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absorbed(text: &str) -> Parts {
        let value = Value::from_json_str(text).unwrap();
        let text = |path: &[&str]| value.text_at(path).unwrap_or_default();
        let reference = ResourceRef::kubernetes(
            text(&["apiVersion"]),
            text(&["kind"]),
            Some("back"),
            text(&["metadata", "name"]),
        );
        let mut parts = Parts::default();
        parts.absorb(&reference, &value);
        parts
    }

    #[test]
    fn every_way_to_refer_is_known_and_no_value_is_kept() {
        let parts = absorbed(
            r#"{"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "keydb"}, "spec": {
              "template": {"spec": {
                "containers": [{"env": [
                    {"name": "A", "value": "redis://:hunter2@cache.other.svc.cluster.local:6379"},
                    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "auth", "key": "password"}}}],
                  "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "more"}}]}],
                "initContainers": [{"args": ["--to=ii.back.svc", "svc", "a.b.c", "keydb-0.keydb.back.svc.cluster.local", "postgres://u@pg.stores:5432/d", "node.js"]}],
                "imagePullSecrets": [{"name": "pull"}],
                "volumes": [{"persistentVolumeClaim": {"claimName": "dumps"}},
                  {"projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}, {"secret": {"name": "token"}}]}}]}},
              "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "10Gi"}}}}]}}"#,
        );
        let found = parts.of("back/keydb[StatefulSet]");
        let names = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(names(&found.secrets), "auth more pull token");
        assert_eq!(names(&found.config_maps), "settings");
        assert_eq!(names(&found.claims), "dumps");
        assert_eq!(found.claim_templates["data"].as_deref(), Some("10Gi"));
        let pair = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
        assert_eq!(
            found.services,
            [
                pair("back", "ii"),
                pair("back", "keydb"),
                pair("other", "cache"),
                pair("stores", "pg")
            ]
            .into()
        );
        assert!(!format!("{parts:?}").contains("hunter2"));
    }

    #[test]
    fn what_an_owner_made_is_left_to_the_owner() {
        let parts = absorbed(
            r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "ownerReferences": [{"kind": "ReplicaSet"}]},
                "spec": {"volumes": [{"secret": {"secretName": "token"}}]}}"#,
        );
        assert_eq!(parts.of("back/web-1[Pod]"), Referred::default());
    }
}
