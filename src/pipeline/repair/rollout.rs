//! Whether a workload came up with what was changed in it.

use envcheck_core::plan::Deed;
use envcheck_core::remediate::replicas;
use envcheck_core::value::{Value, ValueExt};
use std::time::Duration;

/// How long a changed workload may take until all its Pods are new.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);

/// True for a deed after which Pods are replaced: their template is another one. Where nobody does that by himself (`paused`,
/// `OnDelete`) they stay.
pub(super) fn replaces(deed: &Deed, before: Option<&Value>) -> bool {
    let rolls = ["Deployment", "StatefulSet", "DaemonSet"].contains(&deed.target.kind.as_str());
    let after = deed.done_to(before).ok().flatten();
    let (true, "apps", Some(before), Some(after)) = (rolls, deed.target.group(), before, after) else {
        return false;
    };
    let template = ["spec", "template"];
    let by_hand = after.at(&["spec", "paused"]).is_some_and(ValueExt::is_true)
        || after.text_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete");
    !by_hand && after.at(&template) != before.at(&template)
}

/// True for a deed after which new Pods have to come up, however it goes about it: they are replaced, or there are to be more.
pub(super) fn follows(deed: &Deed, before: Option<&Value>) -> bool {
    let rolls = ["Deployment", "StatefulSet", "DaemonSet"].contains(&deed.target.kind.as_str());
    if !rolls || deed.target.group() != "apps" {
        return false;
    }
    let Some(after) = deed.done_to(before).ok().flatten() else {
        return false;
    };
    let Some(before) = before else { return true };
    replaces(deed, Some(before)) || replicas(&after) > replicas(before)
}

/// How far it is: `at 1 new of 3 Pods, 2 available`.
pub(super) fn state(object: &Value) -> String {
    let number = |path: &[&str]| object.at(path).and_then(ValueExt::int).unwrap_or(0);
    let (wanted, new, available) = if object.text_at(&["kind"]) == Some("DaemonSet") {
        (
            number(&["status", "desiredNumberScheduled"]),
            number(&["status", "updatedNumberScheduled"]),
            number(&["status", "numberAvailable"]),
        )
    } else {
        (
            replicas(object),
            number(&["status", "updatedReplicas"]),
            number(&["status", "availableReplicas"]),
        )
    };
    format!("at {new} new of {wanted} Pods, {available} available")
}

/// True once all Pods are of the new template and available.
pub(super) fn has_ended(object: &Value) -> bool {
    let number = |path: &[&str]| object.at(path).and_then(ValueExt::int).unwrap_or(0);
    let observed = number(&["status", "observedGeneration"]) >= number(&["metadata", "generation"]);
    if object.text_at(&["kind"]) == Some("DaemonSet") {
        let wanted = number(&["status", "desiredNumberScheduled"]);
        return observed
            && number(&["status", "updatedNumberScheduled"]) == wanted
            && number(&["status", "numberAvailable"]) == wanted;
    }
    let wanted = replicas(object);
    observed
        && number(&["status", "updatedReplicas"]) == wanted
        && number(&["status", "replicas"]) == wanted
        && number(&["status", "availableReplicas"]) == wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::findings::FixAction;
    use envcheck_core::inventory::ResourceRef;

    #[test]
    fn new_pods_are_waited_for_however_a_patch_goes_about_it() {
        let value = |text: &str| Value::from_json_str(text).unwrap();
        let patch = |operations: &str| Deed {
            action: FixAction::KubernetesPatch,
            target: ResourceRef::kubernetes("apps/v1", "Deployment", Some("b2b"), "web"),
            data: value(operations),
        };
        let live = value(r#"{"metadata":{"name":"web"},"spec":{"replicas":2,"template":{"a":1}}}"#);
        for operations in [
            r#"[{"op":"replace","path":"/spec/template/a","value":2}]"#,
            r#"[{"op":"replace","path":"/spec","value":{"replicas":2,"template":{"a":2}}}]"#,
            r#"[{"op":"replace","path":"/spec/replicas","value":4}]"#,
        ] {
            assert!(follows(&patch(operations), Some(&live)), "{operations}");
        }
        for operations in [
            r#"[{"op":"replace","path":"/spec/replicas","value":1}]"#,
            r#"[{"op":"add","path":"/metadata/labels","value":{}}]"#,
            r#"[{"op":"replace","path":"/spec/template/a","value":1}]"#,
            r#"[{"op":"replace","path":"/spec","value":{"replicas":2,"paused":true,"template":{"a":2}}}]"#,
        ] {
            assert!(!follows(&patch(operations), Some(&live)), "{operations}");
        }
    }

    #[test]
    fn a_rollout_has_ended_when_all_pods_are_new_and_available() {
        let object = |kind: &str, status: &str| {
            let text = format!(
                r#"{{"kind":"{kind}","metadata":{{"generation":2}},"spec":{{"replicas":2}},"status":{{{status}}}}}"#
            );
            Value::from_json_str(&text).unwrap()
        };
        for (kind, status, ended) in [
            (
                "Deployment",
                r#""observedGeneration":2,"updatedReplicas":2,"replicas":2,"availableReplicas":2"#,
                true,
            ),
            (
                "Deployment",
                r#""observedGeneration":1,"updatedReplicas":2,"replicas":2,"availableReplicas":2"#,
                false,
            ),
            (
                "Deployment",
                r#""observedGeneration":2,"updatedReplicas":2,"replicas":3,"availableReplicas":2"#,
                false,
            ),
            (
                "StatefulSet",
                r#""observedGeneration":2,"updatedReplicas":1,"replicas":2,"availableReplicas":2"#,
                false,
            ),
            (
                "DaemonSet",
                r#""observedGeneration":2,"desiredNumberScheduled":3,"updatedNumberScheduled":3,"numberAvailable":3"#,
                true,
            ),
            (
                "DaemonSet",
                r#""observedGeneration":2,"desiredNumberScheduled":3,"updatedNumberScheduled":3,"numberAvailable":2"#,
                false,
            ),
        ] {
            assert_eq!(has_ended(&object(kind, status)), ended, "{kind} {status}");
        }
        let half = r#""updatedReplicas":1,"availableReplicas":2"#;
        assert_eq!(
            state(&object("Deployment", half)),
            "at 1 new of 2 Pods, 2 available"
        );
        let half = r#""desiredNumberScheduled":3,"numberAvailable":2"#;
        assert_eq!(
            state(&object("DaemonSet", half)),
            "at 0 new of 3 Pods, 2 available"
        );
    }
}
