//! The declared namespaces, with the labels of Pod Security.
//!
//! `enforce` is set at once, as policy `namespace-declared` proposes: nothing runs in a new namespace that it could break.
//! `warn` and `audit` stand beside it, so that what is refused is also told (policy `pod-security-level`).

use super::marks::{made, put};
use super::{Making, Part};
use crate::spec::{Namespace, PodSecurity, Spec};
use crate::value::Value;

const MODES: [&str; 3] = ["audit", "enforce", "warn"];

pub(super) fn make(spec: &Spec, making: &mut Making<'_>) {
    for namespace in &spec.environment.spec.namespaces {
        let name = namespace.name.as_str();
        if kubernetes_own(name) {
            if let Some(level) = level(namespace) {
                making.notes.push(format!(
                    "namespace {name} is Kubernetes' own and is not made: its labels for Pod Security level {level} are yours to set"
                ));
            }
            continue;
        }
        making.push(Part::Namespaces, labelled(namespace));
    }
}

/// True for namespaces that come with every cluster, or belong to it.
pub(super) fn kubernetes_own(name: &str) -> bool {
    name == "default" || name.starts_with("kube-")
}

fn labelled(namespace: &Namespace) -> Value {
    let mut value = made("v1", "Namespace", None, namespace.name.as_str(), []);
    if let Some(level) = level(namespace) {
        for mode in MODES {
            let label = format!("pod-security.kubernetes.io/{mode}");
            // Metadata was just made as a mapping.
            let _ = put(&mut value, &["metadata", "labels", &label], Value::from(level));
        }
    }
    value
}

fn level(namespace: &Namespace) -> Option<&'static str> {
    Some(match namespace.pod_security? {
        PodSecurity::Privileged => "privileged",
        PodSecurity::Baseline => "baseline",
        PodSecurity::Restricted => "restricted",
    })
}
