//! What traffic goes to and comes from: the Pods of workloads, grouped under the owner that is known.

use std::collections::BTreeSet;
use std::fmt;

use crate::value::{Value, ValueExt};

use super::labels::Labels;
use super::policy::identity;
use super::ports::Protocol;
use super::selector::present;

/// A workload, shown as `ns/name[Kind]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WorkloadId {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its kind, as `Deployment`.
    pub kind: String,
}

impl fmt::Display for WorkloadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}[{}]", self.namespace, self.name, self.kind)
    }
}

/// A port that a container declares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContainerPort {
    /// Its name, by which policies and Services may refer to it.
    pub name: Option<String>,
    /// Its number.
    pub number: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

/// One Pod template or one Pod. Several endpoints may have the same workload: replicas that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The workload under which it is shown.
    pub workload: WorkloadId,
    /// The labels of the Pods.
    pub labels: Labels,
    /// What the containers declare.
    pub ports: Vec<ContainerPort>,
    /// Whether the Pods use the node's network.
    pub host_network: bool,
}

/// Where each kind of workload keeps the `metadata` and `spec` of its Pods.
const TEMPLATES: [(&str, &[&str]); 8] = [
    ("Pod", &[]),
    ("ReplicationController", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("Deployment", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
];

/// The endpoints of one object, under its own name; empty when it has no Pods.
pub fn endpoints_from_object(object: &Value) -> Vec<Endpoint> {
    let kind = object.text_at(&["kind"]).unwrap_or_default();
    let Some((_, path)) = TEMPLATES.iter().find(|(known, _)| *known == kind) else {
        return Vec::new();
    };
    let Some(template) = object.at(path).filter(|_| known_group(object)) else {
        return Vec::new();
    };
    let (namespace, name) = identity(object);
    let spec = present(template, "spec").unwrap_or(&Value::Null);
    let mut ports = Vec::new();
    let sidecars = spec
        .items_at(&["initContainers"])
        .iter()
        .filter(|container| container.text_at(&["restartPolicy"]) == Some("Always"));
    for container in spec.items_at(&["containers"]).iter().chain(sidecars) {
        ports.extend(container.items_at(&["ports"]).iter().filter_map(container_port));
    }
    vec![Endpoint {
        workload: WorkloadId {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
        },
        labels: Labels::of(template.at(&["metadata", "labels"])),
        ports,
        host_network: spec.field("hostNetwork").is_some_and(ValueExt::is_true),
    }]
}

/// Kinds of other API groups may share a name (a `Job` of a batch scheduler).
fn known_group(object: &Value) -> bool {
    let version = object.text_at(&["apiVersion"]).unwrap_or("v1");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    matches!(group, "" | "apps" | "batch" | "extensions")
}

fn container_port(port: &Value) -> Option<ContainerPort> {
    Some(ContainerPort {
        name: port
            .text_at(&["name"])
            .filter(|name| !name.is_empty())
            .map(ToOwned::to_owned),
        number: port
            .field("containerPort")?
            .int()
            .and_then(|number| u16::try_from(number).ok())?,
        protocol: match present(port, "protocol") {
            None => Protocol::Tcp,
            Some(name) => Protocol::parse(name.text()?)?,
        },
    })
}

/// The endpoints of all objects together. What a present object owns is left to that owner's template; where the owner
/// is not present, Pods are grouped under its name; everything else counts as itself.
pub fn resolve_owners<'v>(objects: impl IntoIterator<Item = &'v Value>) -> Vec<Endpoint> {
    let objects: Vec<&Value> = objects.into_iter().collect();
    let templates: BTreeSet<(&str, &str, &str)> = objects
        .iter()
        .filter(|object| !endpoints_from_object(object).is_empty())
        .map(|object| key(object))
        .collect();
    let mut endpoints = Vec::new();
    for object in objects {
        let (kind, namespace, _) = key(object);
        let owner = controller(object);
        if owner.is_some_and(|(kind, name)| templates.contains(&(kind, namespace, name))) {
            continue;
        }
        for mut endpoint in endpoints_from_object(object) {
            if let Some((owner_kind, owner)) = owner.filter(|_| kind == "Pod") {
                owner_kind.clone_into(&mut endpoint.workload.kind);
                owner.clone_into(&mut endpoint.workload.name);
            }
            endpoints.push(endpoint);
        }
    }
    endpoints
}

fn key(object: &Value) -> (&str, &str, &str) {
    let (namespace, name) = identity(object);
    (object.text_at(&["kind"]).unwrap_or_default(), namespace, name)
}

/// Kind and name of the owner that controls the object; a node is nobody's workload.
pub(super) fn controller(object: &Value) -> Option<(&str, &str)> {
    let owners = object.items_at(&["metadata", "ownerReferences"]);
    let owner = owners
        .iter()
        .find(|owner| owner.field("controller").is_some_and(ValueExt::is_true))
        .or_else(|| owners.first().filter(|owner| owner.field("controller").is_none()))?;
    // The API server demands a kind; hand-written objects do without.
    let kind = owner.text_at(&["kind"]).unwrap_or("Pod");
    Some((kind, owner.text_at(&["name"])?)).filter(|_| kind != "Node")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, name: &str, owner: Option<(&str, &str)>) -> Value {
        let owner = owner.map_or_else(String::new, |(kind, name)| {
            format!(r#""ownerReferences":[{{"kind":"{kind}","name":"{name}","controller":true}}]"#)
        });
        let (spec, template) = (
            r#"{"containers":[{"ports":[{"containerPort":80}]}]}"#,
            kind != "Pod",
        );
        let spec = if template {
            format!(r#"{{"template":{{"spec":{spec}}}}}"#)
        } else {
            spec.to_owned()
        };
        let comma = if owner.is_empty() { "" } else { "," };
        let text =
            format!(r#"{{"kind":"{kind}","metadata":{{"name":"{name}"{comma}{owner}}},"spec":{spec}}}"#);
        Value::from_json_str(&text).unwrap()
    }

    fn resolved(objects: &[Value]) -> Vec<String> {
        resolve_owners(objects)
            .iter()
            .map(|endpoint| endpoint.workload.to_string())
            .collect()
    }

    #[test]
    fn what_a_present_object_owns_is_left_to_it() {
        let objects = [
            object("Deployment", "web", None),
            object("ReplicaSet", "web-1", Some(("Deployment", "web"))),
            object("Pod", "web-1-a", Some(("ReplicaSet", "web-1"))),
        ];
        assert_eq!(resolved(&objects), ["default/web[Deployment]"]);
        assert_eq!(resolved(&objects[1..]), ["default/web-1[ReplicaSet]"]);
        assert_eq!(resolved(&objects[2..]), ["default/web-1[ReplicaSet]"]);
    }

    #[test]
    fn nodes_own_no_workloads() {
        let objects = [
            object("Pod", "etcd", Some(("Node", "n1"))),
            object("Pod", "bare", None),
        ];
        assert_eq!(resolved(&objects), ["default/etcd[Pod]", "default/bare[Pod]"]);
    }

    #[test]
    fn templates_are_found_where_each_kind_keeps_them() {
        let text = r#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c","namespace":"n"},"spec":{"jobTemplate":
            {"spec":{"template":{"metadata":{"labels":{"a":"b"}},"spec":{"hostNetwork":true,"containers":[
            {"ports":[{"name":"dns","containerPort":53,"protocol":"UDP"}]}],"initContainers":[{"ports":[{"containerPort":1}]},
            {"restartPolicy":"Always","ports":[{"containerPort":2}]}]}}}}}}"#;
        let endpoints = endpoints_from_object(&Value::from_json_str(text).unwrap());
        assert_eq!(endpoints.len(), 1);
        assert_eq!(endpoints[0].workload.to_string(), "n/c[CronJob]");
        assert_eq!(endpoints[0].labels, Labels::from_iter([("a", "b")]));
        assert_eq!(
            endpoints[0]
                .ports
                .iter()
                .map(|port| port.number)
                .collect::<Vec<_>>(),
            [53, 2]
        );
        assert!(endpoints[0].host_network);
        let foreign = Value::from_json_str(&text.replace("batch/v1", "batch.volcano.sh/v1")).unwrap();
        assert!(endpoints_from_object(&foreign).is_empty());
    }
}
