//! The Prometheus operator's objects: what is to be watched, and by whom.

use super::record::{Record, common, list_or_empty, map_or_empty, or_null};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object};

/// The record of a ServiceMonitor or a PodMonitor.
pub(super) fn monitor(reference: &ResourceRef, value: &Value) -> Record {
    let of_pods = reference.kind == "PodMonitor";
    let endpoints = if of_pods {
        "podMetricsEndpoints"
    } else {
        "endpoints"
    };
    let endpoints = value.items_at(&["spec", endpoints]).iter().map(|endpoint| {
        let target = endpoint
            .field("targetPort")
            .or_else(|| endpoint.field("portNumber").filter(|_| of_pods));
        object([
            ("port", or_null(endpoint.field("port"))),
            ("targetPort", or_null(target)),
        ])
    });
    let namespaces = |field: &str| value.at(&["spec", "namespaceSelector", field]);
    let mut record = common(reference, value);
    record
        .set("kind", Value::from(reference.kind.as_str()))
        .set("selector", map_or_empty(value.at(&["spec", "selector"])))
        .set(
            "namespaceSelector",
            object([
                (
                    "any",
                    Value::from(namespaces("any").is_some_and(ValueExt::is_true)),
                ),
                ("names", list_or_empty(namespaces("matchNames"))),
            ]),
        )
        .set("endpoints", array(endpoints));
    record
}

/// The record of a Prometheus.
pub(super) fn prometheus(reference: &ResourceRef, value: &Value) -> Record {
    let spec = |field: &str| value.at(&["spec", field]);
    // The operator makes that many of each shard; without a number, one.
    let number = |field: &str| spec(field).and_then(ValueExt::int).unwrap_or(1);
    let mut record = common(reference, value);
    record
        .set(
            "replicas",
            Value::from(number("replicas").saturating_mul(number("shards"))),
        )
        .set("ready", or_null(value.at(&["status", "availableReplicas"])))
        .set(
            "paused",
            Value::from(spec("paused").is_some_and(ValueExt::is_true)),
        );
    for name in [
        "serviceMonitorSelector",
        "serviceMonitorNamespaceSelector",
        "podMonitorSelector",
        "podMonitorNamespaceSelector",
        "ruleSelector",
        "ruleNamespaceSelector",
    ] {
        record.set(name, or_null(spec(name)));
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::identify;

    /// These fields of the record of an object of this kind.
    fn fields(kind: &str, rest: &str, names: &[&str]) -> Value {
        let text = format!(
            r#"{{"apiVersion":"monitoring.coreos.com/v1","kind":"{kind}","metadata":{{"name":"x","namespace":"prometheus"}}{rest}}}"#
        );
        let value = Value::from_json_str(&text).unwrap();
        let (reference, _) = identify(&value).unwrap();
        let record = if kind == "Prometheus" {
            prometheus(&reference, &value)
        } else {
            monitor(&reference, &value)
        };
        object(names.iter().map(|name| (name, record.get(name).unwrap().clone())))
    }

    fn json(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    const OF_A_MONITOR: [&str; 4] = ["kind", "selector", "namespaceSelector", "endpoints"];

    #[test]
    fn monitors_of_services_and_of_pods_are_told_alike() {
        let found = fields(
            "ServiceMonitor",
            r#","spec":{"selector":{"matchLabels":{"app":"ii"}},"namespaceSelector":{"matchNames":["back"]},
            "endpoints":[{"port":"http"},{"targetPort":9090}]}"#,
            &OF_A_MONITOR,
        );
        assert_eq!(
            found,
            json(
                r#"{"kind":"ServiceMonitor","selector":{"matchLabels":{"app":"ii"}},"namespaceSelector":{"any":false,"names":["back"]},
                "endpoints":[{"port":"http","targetPort":null},{"port":null,"targetPort":9090}]}"#
            )
        );
        let found = fields(
            "PodMonitor",
            r#","spec":{"namespaceSelector":{"any":true},"podMetricsEndpoints":[{"port":"m"},{"portNumber":9},{"targetPort":"t"}],"endpoints":[{}]}"#,
            &OF_A_MONITOR,
        );
        assert_eq!(
            found,
            json(
                r#"{"kind":"PodMonitor","selector":{},"namespaceSelector":{"any":true,"names":[]},
                "endpoints":[{"port":"m","targetPort":null},{"port":null,"targetPort":9},{"port":null,"targetPort":"t"}]}"#
            )
        );
    }

    #[test]
    fn a_selector_that_is_empty_is_told_from_one_that_is_absent() {
        let found = fields(
            "Prometheus",
            r#","spec":{"replicas":2,"shards":3,"paused":true,"serviceMonitorSelector":{},"ruleSelector":{"matchLabels":{"release":"kps"}}},
            "status":{"availableReplicas":5}"#,
            &[
                "replicas",
                "ready",
                "paused",
                "serviceMonitorSelector",
                "serviceMonitorNamespaceSelector",
                "ruleSelector",
            ],
        );
        assert_eq!(
            found,
            json(
                r#"{"replicas":6,"ready":5,"paused":true,"serviceMonitorSelector":{},"serviceMonitorNamespaceSelector":null,
                "ruleSelector":{"matchLabels":{"release":"kps"}}}"#
            )
        );
        assert_eq!(
            fields(
                "Prometheus",
                "",
                &["replicas", "ready", "paused", "podMonitorSelector"]
            ),
            json(r#"{"replicas":1,"ready":null,"paused":false,"podMonitorSelector":null}"#)
        );
    }
}
