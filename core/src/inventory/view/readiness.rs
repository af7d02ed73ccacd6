//! How many of a workload's Pods are ready, as its controller says.

use crate::value::{Value, ValueExt, object, text_or_null};

/// `{desired, ready, updated, current}`; `null` for kinds that do not keep Pods running, and where nothing has filled in a
/// status: what has neither status nor uid is a manifest.
pub(super) fn ready(kind: &str, value: &Value) -> Value {
    let count = |path: &[&str]| value.at(path).and_then(ValueExt::int);
    let of_status = |field: &str| count(&["status", field]).unwrap_or(0);
    let wanted = || count(&["spec", "replicas"]).unwrap_or(1);
    let (desired, ready, updated) = match kind {
        "Deployment" | "StatefulSet" => (wanted(), of_status("readyReplicas"), of_status("updatedReplicas")),
        // All of its Pods are of its one template.
        "ReplicaSet" => (wanted(), of_status("readyReplicas"), of_status("replicas")),
        "DaemonSet" => (
            of_status("desiredNumberScheduled"),
            of_status("numberReady"),
            of_status("updatedNumberScheduled"),
        ),
        _ => return Value::Null,
    };
    let filled = value
        .field("status")
        .is_some_and(|status| status.members().next().is_some());
    if !filled && value.at(&["metadata", "uid"]).is_none() {
        return Value::Null;
    }
    let current = of_status("observedGeneration") >= count(&["metadata", "generation"]).unwrap_or_default();
    object([
        ("desired", Value::from(desired)),
        ("ready", Value::from(ready)),
        ("updated", Value::from(updated)),
        ("current", Value::from(current)),
    ])
}

/// Since when a Deployment says that it is not available.
pub(super) fn unready_since(kind: &str, value: &Value) -> Value {
    let mut conditions = value.items_at(&["status", "conditions"]).iter();
    let unavailable = conditions.find(|condition| {
        condition.text_at(&["type"]) == Some("Available") && condition.text_at(&["status"]) == Some("False")
    });
    let since = unavailable.filter(|_| kind == "Deployment");
    text_or_null(since.and_then(|condition| condition.text_at(&["lastTransitionTime"])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::deployment(
        "Deployment",
        r#"{"metadata":{"generation":3},"spec":{"replicas":2},"status":{"observedGeneration":3,"readyReplicas":1,"updatedReplicas":2}}"#,
        r#"{"desired":2,"ready":1,"updated":2,"current":true}"#
    )]
    #[case::not_seen_yet(
        "StatefulSet",
        r#"{"metadata":{"generation":4},"spec":{},"status":{"observedGeneration":3,"readyReplicas":1}}"#,
        r#"{"desired":1,"ready":1,"updated":0,"current":false}"#
    )]
    #[case::scaled_to_zero(
        "ReplicaSet",
        r#"{"spec":{"replicas":0},"status":{"replicas":0}}"#,
        r#"{"desired":0,"ready":0,"updated":0,"current":true}"#
    )]
    #[case::daemon_set(
        "DaemonSet",
        r#"{"status":{"desiredNumberScheduled":3,"numberReady":2,"updatedNumberScheduled":1}}"#,
        r#"{"desired":3,"ready":2,"updated":1,"current":true}"#
    )]
    #[case::nobody_has_looked(
        "Deployment",
        r#"{"metadata":{"uid":"u","generation":1},"spec":{"replicas":1},"status":{}}"#,
        r#"{"desired":1,"ready":0,"updated":0,"current":false}"#
    )]
    #[case::manifest("Deployment", r#"{"spec":{"replicas":2}}"#, "null")]
    #[case::manifest_with_an_empty_status("Deployment", r#"{"spec":{},"status":{}}"#, "null")]
    #[case::job("Job", r#"{"status":{"ready":1}}"#, "null")]
    #[case::pod("Pod", r#"{"status":{"phase":"Running"}}"#, "null")]
    fn what_the_controller_says(#[case] kind: &str, #[case] object: &str, #[case] expected: &str) {
        let value = Value::from_json_str(object).unwrap();
        assert_eq!(ready(kind, &value), Value::from_json_str(expected).unwrap());
    }

    #[test]
    fn a_deployment_says_since_when_it_is_not_available() {
        let since = |kind: &str, status: &str| {
            let text = format!(
                r#"{{"status":{{"conditions":[{{"type":"Progressing","status":"False","lastTransitionTime":"2026-01-01T00:00:00Z"}},
                {{"type":"Available","status":"{status}","lastTransitionTime":"2026-11-20T10:00:00Z"}}]}}}}"#
            );
            unready_since(kind, &Value::from_json_str(&text).unwrap())
        };
        assert_eq!(since("Deployment", "False"), Value::from("2026-11-20T10:00:00Z"));
        assert_eq!(since("Deployment", "True"), Value::Null);
        assert_eq!(since("StatefulSet", "False"), Value::Null);
    }
}
