//! Policies of other APIs: which workloads they may select. What they allow is not modelled, so those workloads are not
//! evaluated; the reading here only ever errs towards selecting too many.

use crate::value::{Value, ValueExt};

use super::endpoint::Endpoint;
use super::labels::Labels;
use super::policy::identity;
use super::selector::{NAMESPACE_NAME, Operator, Selector, present};

/// One policy of another API.
#[derive(Debug, Clone)]
pub(super) struct ForeignPolicy {
    /// Why the selected workloads are not evaluated.
    pub(super) reason: String,
    subjects: Vec<Subject>,
}

#[derive(Debug, Clone)]
struct Subject {
    /// None: of every namespace.
    namespace: Option<String>,
    /// Labels of the namespace.
    namespaces: Selector,
    pods: Selector,
}

impl ForeignPolicy {
    pub(super) fn parse(object: &Value) -> Self {
        let kind = object.text_at(&["kind"]).unwrap_or_default();
        let (namespace, name) = identity(object);
        let namespace = object
            .text_at(&["metadata", "namespace"])
            .is_some()
            .then(|| namespace.to_owned())
            .or_else(|| {
                matches!(kind, "CiliumNetworkPolicy" | "NetworkPolicy").then(|| "default".to_owned())
            });
        let spec = present(object, "spec").unwrap_or(&Value::Null);
        let version = object.text_at(&["apiVersion"]).unwrap_or_default();
        let subjects = if kind.starts_with("Cilium") {
            std::iter::once(spec)
                .chain(object.items_at(&["specs"]))
                .filter(|spec| matches!(spec, Value::Object(_)))
                .map(|spec| cilium(spec, namespace.as_deref()))
                .collect()
        } else if version.contains("projectcalico.org/") {
            vec![Subject {
                namespaces: calico(spec.text_at(&["namespaceSelector"])),
                pods: calico(spec.text_at(&["selector"])),
                namespace: namespace.clone(),
            }]
        } else {
            vec![admin(
                spec.field("subject").unwrap_or(&Value::Null),
                namespace.as_deref(),
            )]
        };
        let place = namespace.map_or_else(String::new, |namespace| format!("{namespace}/"));
        Self {
            reason: format!(
                "{kind} {place}{name} may select it, and only networking.k8s.io policies are evaluated"
            ),
            subjects,
        }
    }

    /// Whether it may select the endpoint, given the labels of its namespace.
    pub(super) fn may_select(&self, endpoint: &Endpoint, namespace_labels: &Labels) -> bool {
        self.subjects.iter().any(|subject| {
            subject
                .namespace
                .as_ref()
                .is_none_or(|namespace| *namespace == endpoint.workload.namespace)
                && subject.namespaces.matches(namespace_labels)
                && subject.pods.matches(&endpoint.labels)
        })
    }
}

/// A selector, or everything when it is malformed.
fn lenient(value: Option<&Value>) -> Selector {
    value.map_or_else(Selector::default, |value| {
        Selector::parse(value).unwrap_or_default()
    })
}

fn admin(subject: &Value, namespace: Option<&str>) -> Subject {
    let namespace = namespace.map(ToOwned::to_owned);
    match (present(subject, "namespaces"), present(subject, "pods")) {
        (Some(namespaces), None) => Subject {
            namespace,
            namespaces: lenient(Some(namespaces)),
            pods: Selector::default(),
        },
        (None, Some(pods)) => Subject {
            namespace,
            namespaces: lenient(pods.field("namespaceSelector")),
            pods: lenient(pods.field("podSelector")),
        },
        _ => Subject {
            namespace,
            namespaces: Selector::default(),
            pods: Selector::default(),
        },
    }
}

/// The prefixes by which Cilium names the source of a label, and its labels for the namespace's own.
const CILIUM_SOURCES: [&str; 2] = ["any:", "k8s:"];
const CILIUM_NAMESPACE: &str = "io.kubernetes.pod.namespace";
const CILIUM_NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";

fn cilium(spec: &Value, namespace: Option<&str>) -> Subject {
    let mut subject = Subject {
        namespace: namespace.map(ToOwned::to_owned),
        namespaces: Selector::default(),
        pods: Selector::default(),
    };
    for (key, operator) in lenient(spec.field("endpointSelector")).0 {
        let bare = CILIUM_SOURCES
            .iter()
            .find_map(|source| key.strip_prefix(source))
            .unwrap_or(&key);
        if bare == CILIUM_NAMESPACE {
            subject.namespaces.0.push((NAMESPACE_NAME.to_owned(), operator));
        } else if let Some(label) = bare.strip_prefix(CILIUM_NAMESPACE_LABELS) {
            subject.namespaces.0.push((label.to_owned(), operator));
        } else if !bare.contains(':') && !bare.starts_with("io.cilium") {
            subject.pods.0.push((bare.to_owned(), operator));
        }
    }
    subject
}

/// The conjunctions of Calico's selector language; a term it does not know selects everything.
fn calico(selector: Option<&str>) -> Selector {
    let text = selector.unwrap_or_default();
    if text.contains("||") || text.contains('(') && text.contains("&&") && !text.contains("has(") {
        return Selector::default();
    }
    let requirements = text.split("&&").filter_map(|term| {
        let term = term.trim();
        if let Some(key) = term.strip_prefix("has(").and_then(|rest| rest.strip_suffix(')')) {
            return Some((key.trim().to_owned(), Operator::Exists));
        }
        let (key, value) = term.split_once("==")?;
        let (key, value) = (key.trim(), value.trim());
        let value = value.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
        let plain = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        };
        (plain(key) && plain(value) && key != "projectcalico.org/name")
            .then(|| (key.to_owned(), Operator::In(vec![value.to_owned()])))
    });
    Selector(requirements.collect())
}

#[cfg(test)]
mod tests {
    use super::super::endpoint::WorkloadId;
    use super::*;

    fn selects(policy: &str, namespace: &str, app: &str) -> bool {
        let policy = ForeignPolicy::parse(&Value::from_json_str(policy).unwrap());
        let endpoint = Endpoint {
            workload: WorkloadId {
                namespace: namespace.to_owned(),
                name: "w".to_owned(),
                kind: "Pod".to_owned(),
            },
            labels: Labels::from_iter([("app", app)]),
            ports: Vec::new(),
            host_network: false,
        };
        policy.may_select(&endpoint, &Labels::from_iter([(NAMESPACE_NAME, namespace)]))
    }

    #[test]
    fn cilium_selects_in_its_namespace() {
        let policy = r#"{"kind":"CiliumNetworkPolicy","metadata":{"name":"p","namespace":"a"},
            "spec":{"endpointSelector":{"matchLabels":{"any:app":"x"}}}}"#;
        assert!(selects(policy, "a", "x"));
        assert!(!selects(policy, "a", "y") && !selects(policy, "b", "x"));
        let wide = r#"{"kind":"CiliumClusterwideNetworkPolicy","metadata":{"name":"p"},
            "spec":{"endpointSelector":{"matchLabels":{"k8s:io.kubernetes.pod.namespace":"a"}}}}"#;
        assert!(selects(wide, "a", "y") && !selects(wide, "b", "x"));
    }

    #[test]
    fn admin_policies_select_by_subject() {
        let policy = r#"{"kind":"AdminNetworkPolicy","apiVersion":"policy.networking.k8s.io/v1alpha1","metadata":{"name":"p"},
            "spec":{"subject":{"pods":{"namespaceSelector":{},"podSelector":{"matchLabels":{"app":"x"}}}}}}"#;
        assert!(selects(policy, "a", "x") && !selects(policy, "a", "y"));
    }

    #[test]
    fn calico_terms_that_are_not_understood_select_everything() {
        let policy = |selector: &str| {
            format!(
                r#"{{"kind":"GlobalNetworkPolicy","apiVersion":"projectcalico.org/v3","metadata":{{"name":"p"}},
                "spec":{{"selector":"{selector}"}}}}"#
            )
        };
        assert!(selects(&policy("app == 'x'"), "a", "x") && !selects(&policy("app == 'x'"), "a", "y"));
        assert!(selects(&policy("all()"), "a", "y"));
        assert!(selects(&policy("app == 'x' || app == 'y'"), "a", "y"));
        assert!(selects(&policy("(app == 'x') && all()"), "a", "y"));
        assert!(!selects(&policy("has(tier) && app == 'x'"), "a", "x"));
    }
}
