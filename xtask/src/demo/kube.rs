//! Builders of Kubernetes objects as an API server would return them, without the fields nobody reads.

use super::world::{World, merge, number, uid};
use envcheck_core::inventory::snapshot::sha256;
use serde_json::{Value, json};

/// Who wrote an object, which decides its labels and its field manager.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// DOKS: field manager `c3`; the text is the component.
    Doks(&'static str),
    /// An Argo CD application, whose name this is.
    Argo(&'static str),
    /// Someone with kubectl.
    Kubectl,
    /// The control plane.
    Controller,
    /// Any other field manager.
    Other(&'static str),
}

/// An object: metadata is built, and `body` (spec, data, further metadata …) merged over it.
pub(super) fn object(
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
    author: Author,
    body: &Value,
) -> Value {
    let created = created(kind, namespace, name, author);
    let (manager, operation) = match author {
        Author::Doks(_) => ("c3", "Apply"),
        Author::Argo(_) => ("argocd-controller", "Apply"),
        Author::Kubectl => ("kubectl-client-side-apply", "Update"),
        Author::Controller => ("kube-controller-manager", "Update"),
        Author::Other(manager) => (manager, "Update"),
    };
    let mut metadata = json!({"name": name});
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    metadata["uid"] = json!(uid(kind, namespace, name));
    let version = 1_000_000 + number(&format!("{kind}/{namespace}/{name}/version"), 60_000_000);
    metadata["resourceVersion"] = json!(version.to_string());
    metadata["creationTimestamp"] = json!(created);
    match author {
        Author::Doks(component) => metadata["labels"] = doks_labels(component),
        Author::Argo(application) => {
            let group = api_version.split_once('/').map_or("", |(group, _)| group);
            let id = format!("{application}:{group}/{kind}:{namespace}/{name}");
            metadata["annotations"] = json!({"argocd.argoproj.io/tracking-id": id});
        }
        _ => {}
    }
    metadata["managedFields"] =
        json!([{"manager": manager, "operation": operation, "apiVersion": api_version, "time": created}]);
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
    merge(&mut object, body);
    object
}

/// The three labels on everything that DOKS manages.
pub(super) fn doks_labels(component: &str) -> Value {
    json!({
        "c3.doks.digitalocean.com/component": component,
        "c3.doks.digitalocean.com/plane": "data",
        "doks.digitalocean.com/managed": "true",
    })
}

/// When an object was made: the cluster first, then the platform, then the applications; Pods live shorter.
fn created(kind: &str, namespace: &str, name: &str, author: Author) -> String {
    let second = number(&format!("{kind}/{namespace}/{name}/created"), 3_000);
    let (minute, second) = (second / 60, second % 60);
    let day = match (kind, namespace, author) {
        ("Pod" | "ReplicaSet", "back" | "b2b" | "front-web", _) => "2026-11-19T09",
        ("Pod" | "ReplicaSet", _, _) => "2026-11-15T03",
        (_, "kube-system" | "kube-public" | "kube-node-lease" | "default", _) | (_, _, Author::Doks(_)) => {
            "2026-03-14T08"
        }
        (_, "back" | "b2b" | "front-web", _) => "2026-04-02T10",
        _ => "2026-03-16T12",
    };
    format!("{day}:{minute:02}:{second:02}Z")
}

/// A reference from an object to what made it.
pub(super) fn owner(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!([{
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": uid(kind, namespace, name),
        "controller": true,
        "blockOwnerDeletion": true,
    }])
}

/// A Namespace with what every Namespace of a DOKS cluster holds: its label, the default ServiceAccount, the cluster's
/// certificate authority, and a copy of the registry's Secret.
pub(super) fn namespace(world: &mut World, name: &str, labels: &Value) {
    let mut all = json!({"kubernetes.io/metadata.name": name});
    merge(&mut all, labels);
    let author = if name.starts_with("kube-") || name == "default" {
        Author::Other("kube-apiserver")
    } else {
        Author::Kubectl
    };
    let body = json!({
        "metadata": {"labels": all}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    });
    world.add(object("v1", "Namespace", "", name, author, &body));
    let pull = json!({"imagePullSecrets": [{"name": "acme"}]});
    world.add(object(
        "v1",
        "ServiceAccount",
        name,
        "default",
        Author::Controller,
        &pull,
    ));
    let certificate =
        "-----BEGIN CERTIFICATE-----\n(the cluster's certificate authority)\n-----END CERTIFICATE-----\n";
    let body = json!({
        "metadata": {"annotations": {
            "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver.",
        }},
        "data": {"ca.crt": certificate},
    });
    world.add(object(
        "v1",
        "ConfigMap",
        name,
        "kube-root-ca.crt",
        Author::Controller,
        &body,
    ));
    // DOKS keeps the registry's credential in kube-system and copies it everywhere else.
    let mark = if name == "kube-system" {
        json!({"annotations": {"digitalocean.com/dosecret-identifier": "acme"}})
    } else {
        json!({"labels": {"digitalocean.com/copy-identifier": "acme"}})
    };
    let body = json!({
        "metadata": mark,
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": digest("registry credential")},
    });
    world.add(object(
        "v1",
        "Secret",
        name,
        "acme",
        Author::Other("dosecret-operator"),
        &body,
    ));
}

/// What stands in a snapshot for a Secret's value: equal values have equal digests, nothing else can be learnt.
pub(super) fn digest(value: &str) -> String {
    format!(
        "digest:{}",
        &sha256(format!("demo capture key/{value}").as_bytes())[..32]
    )
}

/// A Secret of a type, with keys.
pub(super) fn secret(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    type_: &str,
    keys: &[&str],
) {
    let mut data = json!({});
    for key in keys {
        data[*key] = json!(digest(&format!("{namespace}/{name}/{key}")));
    }
    world.add(object(
        "v1",
        "Secret",
        namespace,
        name,
        author,
        &json!({"type": type_, "data": data}),
    ));
}

/// A ConfigMap.
pub(super) fn config_map(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    labels: &Value,
    data: &Value,
) {
    let body = json!({"metadata": {"labels": labels}, "data": data});
    world.add(without_empty_labels(object(
        "v1",
        "ConfigMap",
        namespace,
        name,
        author,
        &body,
    )));
}

/// A ServiceAccount of its own for a component.
pub(super) fn service_account(world: &mut World, namespace: &str, name: &str, author: Author) {
    world.add(object(
        "v1",
        "ServiceAccount",
        namespace,
        name,
        author,
        &json!({}),
    ));
}

/// A ClusterRole of this name bound to a ServiceAccount of this name.
pub(super) fn cluster_role(world: &mut World, namespace: &str, account: &str, author: Author, rules: &Value) {
    let api = "rbac.authorization.k8s.io/v1";
    world.add(object(
        api,
        "ClusterRole",
        "",
        account,
        author,
        &json!({"rules": rules}),
    ));
    let body = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": account},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    world.add(object(api, "ClusterRoleBinding", "", account, author, &body));
}

/// A Role of this name bound to a ServiceAccount of this name, both in one namespace.
pub(super) fn role(world: &mut World, namespace: &str, account: &str, author: Author, rules: &Value) {
    let api = "rbac.authorization.k8s.io/v1";
    world.add(object(
        api,
        "Role",
        namespace,
        account,
        author,
        &json!({"rules": rules}),
    ));
    let body = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    world.add(object(api, "RoleBinding", namespace, account, author, &body));
}

fn without_empty_labels(mut object: Value) -> Value {
    if object["metadata"]["labels"]
        .as_object()
        .is_some_and(serde_json::Map::is_empty)
        && let Some(metadata) = object["metadata"].as_object_mut()
    {
        metadata.shift_remove("labels");
    }
    object
}
