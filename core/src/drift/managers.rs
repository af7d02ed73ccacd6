//! Who writes to objects: those who deliver them, the cluster's machinery, and everybody else.

use crate::fields::managed::{Writer, entries};
use crate::fields::noters;
use crate::plan::MANAGER;
use crate::value::Value;

/// Those who bring what is declared into clusters, whatever they are called after.
const DELIVERING: [&str; 9] = [
    MANAGER,
    "argocd",
    "flux",
    "helm",
    "helm-controller",
    "kustomize-controller",
    "pulumi",
    "terraform",
    "Terraform",
];
/// By these a person delivers, where nobody else does. `kubectl` is none, unless it applies: so `kubectl scale` and `kubectl rollout undo`
/// are called, which change what runs.
const BY_HAND: [&str; 3] = [
    "before-first-apply",
    "kubectl-client-side-apply",
    "kubectl-create",
];
/// How the names of what runs in the cluster itself end.
const MACHINERY: [&str; 10] = [
    "-agent",
    "-autoscaler",
    "-cainjector",
    "-controller",
    "-controller-manager",
    "-manager",
    "-operator",
    "-provisioner",
    "-scheduler",
    "-webhook",
];
/// Others of it. `Go-http-client`, as every program is called that does not say its name, is none: nobody knows who that was.
const PARTS: [&str; 5] = [
    "cilium",
    "kube-apiserver",
    "kubelet",
    "manager",
    "prometheus-operator",
];

/// How far a writer is from who delivers the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Deliverer,
    Machinery,
    Stranger,
}

fn delivers(writer: &Writer) -> bool {
    let name = writer.manager.as_str();
    DELIVERING
        .iter()
        .any(|own| name == *own || name.strip_prefix(own).is_some_and(|rest| rest.starts_with('-')))
}

fn delivers_by_hand(writer: &Writer) -> bool {
    let known = BY_HAND.contains(&writer.manager.as_str()) || writer.operation == "Apply";
    known && writer.subresource.is_empty()
}

fn is_machinery(writer: &Writer) -> bool {
    let name = writer.manager.as_str();
    !writer.subresource.is_empty() && writer.subresource != "scale"
        || PARTS.contains(&name)
        || MACHINERY.iter().any(|end| name.ends_with(end))
}

/// Whose hand this is at a live object.
pub(super) fn whose(writer: &Writer, live: &Value) -> Whose {
    if delivers(writer) {
        return Whose::Deliverer;
    }
    if is_machinery(writer) {
        return Whose::Machinery;
    }
    let by_others = entries(live).any(|(other, _)| delivers(&other));
    if delivers_by_hand(writer) && !by_others {
        Whose::Deliverer
    } else {
        Whose::Stranger
    }
}

/// Whether what is noted as applied from a file was applied by somebody who does not deliver the object.
pub(super) fn is_noted_by_stranger(live: &Value) -> bool {
    noters(live).any(|writer| whose(&writer, live) == Whose::Stranger)
}

/// Whether somebody wrote to the object who neither delivers it nor is of the cluster's machinery.
pub fn has_strangers(live: &Value) -> bool {
    entries(live).any(|(writer, _)| whose(&writer, live) == Whose::Stranger)
}

/// What is known of who wrote an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Who wrote which field.
    Read,
    /// Who wrote, and not which field: so a list tells it.
    NamesOnly,
    /// Nothing: the server keeps none, or somebody removed it.
    None,
}

/// What is known of who wrote a live object.
pub fn record(live: &Value) -> Record {
    let mut all = entries(live).peekable();
    if all.peek().is_none() {
        Record::None
    } else if all.any(|(_, fields)| !matches!(fields, Value::Null)) {
        Record::Read
    } else {
        Record::NamesOnly
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_scales_or_rolls_back_delivers_nothing() {
        let scaled = |subresource: &str| {
            Value::from_json_str(&format!(
                r#"{{"metadata": {{"managedFields": [
                    {{"manager": "kubectl-create", "operation": "Update", "fieldsV1": {{"f:spec": {{}}}}}},
                    {{"manager": "kubectl", "operation": "Update", "subresource": "{subresource}",
                      "fieldsV1": {{"f:spec": {{"f:replicas": {{}}}}}}}}]}}}}"#
            ))
            .unwrap()
        };
        assert!(has_strangers(&scaled("scale")));
        // As `kubectl rollout undo` does it.
        assert!(has_strangers(&scaled("")));
    }

    #[test]
    fn who_does_not_say_its_name_is_a_stranger() {
        let live = |manager: &str| {
            Value::from_json_str(&format!(
                r#"{{"metadata": {{"managedFields": [
                    {{"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {{"f:spec": {{}}}}}},
                    {{"manager": "{manager}", "operation": "Update", "fieldsV1": {{"f:spec": {{"f:hostNetwork": {{}}}}}}}}]}}}}"#
            ))
            .unwrap()
        };
        for stranger in ["Go-http-client", "kubectl-edit", "somebody"] {
            assert!(has_strangers(&live(stranger)), "{stranger}");
        }
        for own in ["kube-controller-manager", "vpa-recommender-controller", "cilium"] {
            assert!(!has_strangers(&live(own)), "{own}");
        }
    }
}
