//! Which deeds may change who may connect to whom, and where it has to be looked for what they change. What they do change is worked
//! out from all objects that connections depend on, by whoever has read these.

use super::Reach;
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::Deed;
use crate::value::patch::Operation;
use crate::value::{Value, ValueExt};

/// Labels that are about what Pods may do, and about no connections but where a NetworkPolicy says so.
const POD_SECURITY: &str = "pod-security.kubernetes.io/";
/// The kinds whose Pods policies select by labels.
const WORKLOADS: [&str; 8] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/// Where it has to be looked for what these change.
pub fn reach(deeds: &[&Deed]) -> Reach {
    let namespace = |deed: &&Deed| {
        let own = deed.target.namespace.clone();
        own.unwrap_or_else(|| deed.target.name.clone())
    };
    Reach {
        namespaces: deeds.iter().map(namespace).collect(),
        everywhere: deeds.iter().any(|deed| deed.target.kind == "Namespace"),
    }
}

/// Whether who may connect to this namespace may be changed by it.
pub fn decides(deed: &Deed, namespace: &str) -> bool {
    if deed.target.kind != "Namespace" {
        return deed.target.namespace.as_deref() == Some(namespace);
    }
    let keys = deed.marks().into_iter().flat_map(|(_, marks)| marks.members());
    let mut keys = keys.map(|(key, _)| key).peekable();
    keys.peek().is_none() || keys.any(|key| !key.starts_with(POD_SECURITY))
}

/// Of an API whose policies are enforced beside those of Kubernetes.
pub fn is_of_another_api(target: &ResourceRef) -> bool {
    target.group() == "policy.networking.k8s.io"
        || target.kind.ends_with("NetworkPolicy") && target.group() != "networking.k8s.io"
}

/// Whether it may change who may connect to whom.
pub fn of_network(deed: &Deed) -> bool {
    let kind = deed.target.kind.as_str();
    if kind.ends_with("NetworkPolicy") || is_of_another_api(&deed.target) {
        return true;
    }
    let pods = WORKLOADS.contains(&kind);
    match deed.action {
        FixAction::KubernetesLabel => kind == "Namespace" || kind == "Pod",
        FixAction::KubernetesCreate => pods || kind == "Namespace" && has_labels(&deed.data),
        FixAction::KubernetesPatch if kind == "Namespace" || pods => {
            let operations = deed.operations().unwrap_or_default();
            let mut places = operations.iter().flat_map(Operation::touched);
            places.any(|path| matters(kind, path))
        }
        _ => false,
    }
}

fn has_labels(namespace: &Value) -> bool {
    let labels = namespace.at(&["metadata", "labels"]);
    labels.is_some_and(|labels| labels.members().next().is_some())
}

/// Labels, what holds them, and the network of the host.
fn matters(kind: &str, path: &[String]) -> bool {
    let of: &[&str] = match kind {
        "Namespace" | "Pod" => &[],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => &["spec", "template"],
    };
    let touches = |place: &[&str]| {
        let place = of.iter().chain(place);
        place.zip(path).all(|(one, other)| one == other)
    };
    touches(&["metadata", "labels"]) || touches(&["spec", "hostNetwork"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(action: FixAction, api: &str, kind: &str, data: &str) -> Deed {
        Deed {
            action,
            target: ResourceRef::kubernetes(api, kind, Some("b2b"), "it"),
            data: Value::from_json_str(data).unwrap(),
        }
    }

    #[test]
    fn what_may_change_connections_is_looked_at() {
        let patch = |kind: &str, path: &str| {
            let data = format!(r#"[{{"op":"remove","path":"{path}"}}]"#);
            of_network(&deed(FixAction::KubernetesPatch, "apps/v1", kind, &data))
        };
        for (kind, path) in [
            ("Namespace", "/metadata/labels/team"),
            ("Namespace", "/metadata/labels"),
            ("Namespace", "/metadata"),
            ("Namespace", ""),
            ("Deployment", "/spec/template/metadata/labels/app"),
            ("Deployment", "/spec/template"),
            ("Deployment", "/spec"),
            ("Deployment", "/spec/template/spec/hostNetwork"),
            ("Deployment", "/spec/template/spec"),
            ("CronJob", "/spec/jobTemplate/spec/template/metadata"),
            ("Pod", "/metadata/labels/app"),
            ("Pod", "/spec/hostNetwork"),
        ] {
            assert!(patch(kind, path), "{kind} {path}");
        }
        for (kind, path) in [
            ("Namespace", "/metadata/annotations/x"),
            ("Namespace", "/spec/finalizers"),
            ("Deployment", "/metadata/labels/app"),
            ("Deployment", "/spec/replicas"),
            ("Deployment", "/spec/template/spec/containers/0/image"),
            ("Service", "/spec/type"),
            ("ConfigMap", ""),
        ] {
            assert!(!patch(kind, path), "{kind} {path}");
        }
        let of = |action, api: &str, kind: &str, data: &str| of_network(&deed(action, api, kind, data));
        assert!(of(
            FixAction::KubernetesDelete,
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "{}"
        ));
        assert!(of(
            FixAction::KubernetesCreate,
            "cilium.io/v2",
            "CiliumNetworkPolicy",
            "{}"
        ));
        assert!(of(
            FixAction::KubernetesDelete,
            "policy.networking.k8s.io/v1alpha2",
            "ClusterNetworkPolicy",
            "{}"
        ));
        assert!(of(
            FixAction::KubernetesLabel,
            "v1",
            "Namespace",
            r#"{"labels":{"a":"b"}}"#
        ));
        assert!(of(
            FixAction::KubernetesLabel,
            "v1",
            "Pod",
            r#"{"labels":{"a":"b"}}"#
        ));
        assert!(of(FixAction::KubernetesCreate, "apps/v1", "Deployment", "{}"));
        let labelled = r#"{"metadata":{"labels":{"a":"b"}}}"#;
        assert!(of(FixAction::KubernetesCreate, "v1", "Namespace", labelled));
        assert!(!of(FixAction::KubernetesCreate, "v1", "Namespace", "{}"));
        assert!(!of(
            FixAction::KubernetesAnnotate,
            "v1",
            "Namespace",
            r#"{"annotations":{"a":"b"}}"#
        ));
    }

    #[test]
    fn policies_of_other_apis_are_not_understood() {
        let is =
            |api: &str, kind: &str| is_of_another_api(&ResourceRef::kubernetes(api, kind, Some("a"), "b"));
        assert!(!is("networking.k8s.io/v1", "NetworkPolicy"));
        assert!(is("cilium.io/v2", "CiliumNetworkPolicy"));
        assert!(is("crd.projectcalico.org/v1", "NetworkPolicy"));
        assert!(is("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"));
        assert!(is("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"));
        assert!(!is("v1", "Namespace"));
    }

    #[test]
    fn levels_of_pod_security_decide_nothing_about_connections() {
        let label = |key: &str| {
            let mut deed = deed(
                FixAction::KubernetesLabel,
                "v1",
                "Namespace",
                &format!(r#"{{"labels":{{"{key}":"x"}}}}"#),
            );
            deed.target.namespace = None;
            deed
        };
        assert!(decides(&label("team"), "anywhere"));
        assert!(!decides(&label("pod-security.kubernetes.io/warn"), "anywhere"));
        let policy = deed(
            FixAction::KubernetesDelete,
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "{}",
        );
        assert!(decides(&policy, "b2b"));
        assert!(!decides(&policy, "back"));
    }
}
