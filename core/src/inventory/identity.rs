//! Who an object is: what makes a document a Kubernetes object, the items of lists, names and namespaces.

use super::reference::ResourceRef;
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// Kinds that live outside namespaces, by group. Everything else of Kubernetes' own groups is namespaced; kinds of
/// other groups are what their CustomResourceDefinition says, or namespaced when a namespace is written.
const CLUSTER_SCOPED: [(&str, &[&str]); 16] = [
    ("", &["Namespace", "Node", "PersistentVolume", "ComponentStatus"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("authentication.k8s.io", &["SelfSubjectReview", "TokenReview"]),
    (
        "authorization.k8s.io",
        &[
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ],
    ),
    (
        "certificates.k8s.io",
        &["CertificateSigningRequest", "ClusterTrustBundle"],
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    ("internal.apiserver.k8s.io", &["StorageVersion"]),
    ("networking.k8s.io", &["IngressClass", "IPAddress", "ServiceCIDR"]),
    ("node.k8s.io", &["RuntimeClass"]),
    (
        "rbac.authorization.k8s.io",
        &["ClusterRole", "ClusterRoleBinding"],
    ),
    ("resource.k8s.io", &["DeviceClass", "ResourceSlice"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    (
        "storage.k8s.io",
        &[
            "StorageClass",
            "VolumeAttachment",
            "CSIDriver",
            "CSINode",
            "VolumeAttributesClass",
        ],
    ),
    ("storagemigration.k8s.io", &["StorageVersionMigration"]),
];

/// The groups that Kubernetes itself serves. Others of its community, as `gateway.networking.k8s.io`, `metrics.k8s.io` and
/// `snapshot.storage.k8s.io`, come with definitions of kinds or with an API server of their own.
/// <https://kubernetes.io/docs/reference/kubernetes-api/>
const BUILT_IN: [&str; 23] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// Whether the API server itself brings the kinds of a group along: `apps`, `networking.k8s.io`. An object of them without a namespace
/// is in `default`.
pub fn is_built_in(group: &str) -> bool {
    BUILT_IN.contains(&group)
}

/// Whether kinds are namespaced: Kubernetes' own table plus the definitions seen in this run.
#[derive(Debug, Clone, Default)]
pub struct Scopes {
    custom: BTreeMap<(String, String), bool>,
}

impl Scopes {
    /// Learns from a CustomResourceDefinition.
    pub fn learn(&mut self, definition: &Value) {
        if let (Some(group), Some(kind), Some(scope)) = (
            definition.text_at(&["spec", "group"]),
            definition.text_at(&["spec", "names", "kind"]),
            definition.text_at(&["spec", "scope"]),
        ) {
            self.custom
                .insert((group.to_owned(), kind.to_owned()), scope == "Namespaced");
        }
    }

    /// True when the kind lives in namespaces; `None` when nobody knows.
    pub fn namespaced(&self, group: &str, kind: &str) -> Option<bool> {
        if CLUSTER_SCOPED
            .iter()
            .any(|(known, kinds)| *known == group && kinds.contains(&kind))
        {
            return Some(false);
        }
        if is_built_in(group) {
            return Some(true);
        }
        self.custom.get(&(group.to_owned(), kind.to_owned())).copied()
    }

    /// The namespace an API server would put the object in.
    pub fn settle(&self, reference: &mut ResourceRef) {
        match self.namespaced(reference.group(), &reference.kind) {
            Some(true) if reference.namespace.is_none() => reference.namespace = Some("default".to_owned()),
            Some(false) => reference.namespace = None,
            _ => {}
        }
    }
}

/// What a document is.
#[derive(Debug)]
pub enum Content {
    /// Objects, each with its index below `items` when the document is a list.
    Objects(Vec<(Option<usize>, Value)>),
    /// Something without `apiVersion` and `kind`.
    NotKubernetes,
}

/// Takes a document apart: one object, the items of a `List` kind, or something else.
pub fn content(value: Value) -> Content {
    let Some((api_version, kind)) = type_of(&value) else {
        return Content::NotKubernetes;
    };
    let Some(items) = value.field("items").filter(|_| kind.ends_with("List")) else {
        return Content::Objects(vec![(None, value)]);
    };
    if items.as_array().is_err() && *items != Value::Null {
        // No list: whoever takes it up finds that it has no identity.
        return Content::Objects(vec![(Some(0), items.clone())]);
    }
    let item_kind = kind.strip_suffix("List").unwrap_or_default();
    let mut objects = Vec::new();
    for (index, item) in items.items().iter().enumerate() {
        if type_of(item).is_some() {
            // Lists in lists are legal; their items are placed at the outer index.
            match content(item.clone()) {
                Content::Objects(inner) => {
                    objects.extend(inner.into_iter().map(|(_, object)| (Some(index), object)));
                }
                Content::NotKubernetes => {}
            }
        } else if !item_kind.is_empty() && item.as_object().is_ok() {
            // Items of a typed list (PodList) carry no type of their own.
            let mut typed = item.clone();
            if let Ok(members) = typed.as_object_mut() {
                members.insert(Value::from("apiVersion"), Value::from(api_version));
                members.insert(Value::from("kind"), Value::from(item_kind));
            }
            objects.push((Some(index), typed));
        } else {
            // What is no object is not left out: whoever takes it up finds that it has no identity.
            objects.push((Some(index), item.clone()));
        }
    }
    Content::Objects(objects)
}

/// Files of tools, ours among them, that look like objects and are never sent to an API server.
const FOR_TOOLS: [&str; 2] = ["envcheck.dev/", "kustomize.config.k8s.io/"];

fn type_of(value: &Value) -> Option<(&str, &str)> {
    let api_version = value
        .text_at(&["apiVersion"])
        .filter(|text| !text.is_empty() && !FOR_TOOLS.iter().any(|group| text.starts_with(group)))?;
    let kind = value.text_at(&["kind"]).filter(|text| !text.is_empty())?;
    Some((api_version, kind))
}

/// The reference of an object, with the namespace as written. The flag says that the name is only a prefix
/// (`generateName`), to which an ordinal must be added.
/// `Err` says in words what is missing.
pub fn identify(object: &Value) -> Result<(ResourceRef, bool), String> {
    let Some((api_version, kind)) = type_of(object) else {
        return Err("the object has no apiVersion or kind".to_owned());
    };
    let metadata = object.field("metadata");
    let text = |key: &str| {
        metadata
            .and_then(|metadata| metadata.text_at(&[key]))
            .filter(|text| !text.is_empty())
    };
    let (name, generated) = match (text("name"), text("generateName")) {
        (Some(name), _) => (name, false),
        (None, Some(prefix)) => (prefix, true),
        (None, None) => {
            // `name: n` is false and `name: 5` a number: a search for a missing name would find it there.
            let other = metadata.and_then(|metadata| metadata.field("name"));
            return Err(
                match other.filter(|other| other.text().is_none() && **other != Value::Null) {
                    Some(_) => format!("metadata.name of the {kind} is not text: put it in quotes"),
                    None => format!("the {kind} has no metadata.name"),
                },
            );
        }
    };
    Ok((
        ResourceRef::kubernetes(api_version, kind, text("namespace"), name),
        generated,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json_str(json).unwrap()
    }

    #[test]
    fn what_comes_with_definitions_of_its_own_is_not_built_in() {
        for group in [
            "",
            "apps",
            "networking.k8s.io",
            "resource.k8s.io",
            "storagemigration.k8s.io",
        ] {
            assert!(is_built_in(group), "{group}");
        }
        for group in [
            "gateway.networking.k8s.io",
            "policy.networking.k8s.io",
            "snapshot.storage.k8s.io",
            "metrics.k8s.io",
            "autoscaling.k8s.io",
            "argoproj.io",
        ] {
            assert!(!is_built_in(group), "{group}");
        }
        let unplaced = CLUSTER_SCOPED.iter().find(|(group, _)| !is_built_in(group));
        assert_eq!(unplaced, None);
    }

    #[test]
    fn lists_are_taken_apart_and_typed_items_inherit_their_type() {
        let Content::Objects(objects) = content(value(
            r#"{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}"#,
        )) else {
            panic!("a list of objects")
        };
        assert_eq!(objects.len(), 2);
        assert_eq!(objects[1].0, Some(1));
        assert_eq!(objects[1].1.text_at(&["kind"]), Some("Pod"));
        assert!(matches!(
            content(value(r#"{"image":"x"}"#)),
            Content::NotKubernetes
        ));
    }

    #[test]
    fn a_namespaced_kind_without_namespace_is_in_default() {
        let scopes = Scopes::default();
        let settled = |json: &str| {
            let (mut reference, _) = identify(&value(json)).unwrap();
            scopes.settle(&mut reference);
            reference.namespace
        };
        assert_eq!(
            settled(r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"}}"#).as_deref(),
            Some("default")
        );
        assert_eq!(
            settled(r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x","namespace":"y"}}"#),
            None
        );
        assert_eq!(
            settled(r#"{"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"x"}}"#),
            None
        );
        assert_eq!(
            settled(r#"{"apiVersion":"acme.io/v1","kind":"Thing","metadata":{"name":"x"}}"#),
            None
        );
    }
}
