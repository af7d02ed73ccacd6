//! Whose number of replicas is an autoscaler's affair.

use crate::inventory::ResourceRef;
use crate::plan::Deed;
use crate::value::{Value, ValueExt};

/// The kinds that set replicas of others: Kubernetes' own, and KEDA's where it is served.
pub const AUTOSCALERS: [(&str, &str); 2] = [
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("keda.sh", "ScaledObject"),
];
const REPLICAS: [&str; 2] = ["spec", "replicas"];

/// How many Pods a workload is to have: one, where it does not say.
pub fn replicas(object: &Value) -> i64 {
    object.at(&REPLICAS).and_then(ValueExt::int).unwrap_or(1)
}

/// Whether a deed changes how many replicas this object is to have.
pub fn scales(deed: &Deed, live: &Value) -> bool {
    let after = deed.done_to(Some(live)).ok().flatten();
    after.is_some_and(|after| after.at(&REPLICAS) != live.at(&REPLICAS))
}

/// The autoscaler, as its kind and name, that has this workload as its target. Items of a list do not say their kind: it comes
/// with them.
pub fn scaled_by(workload: &ResourceRef, autoscalers: &[(&str, Value)]) -> Option<String> {
    let targets = |(_, autoscaler): &&(&str, Value)| {
        let target = |key: &str| autoscaler.text_at(&["spec", "scaleTargetRef", key]);
        // A ScaledObject leaves out what is a Deployment.
        let kind = target("kind")
            .filter(|kind| !kind.is_empty())
            .unwrap_or("Deployment");
        // Without an API version a name of the kind is enough: in doubt it is the one.
        let group = target("apiVersion")
            .filter(|version| !version.is_empty())
            .map(|version| version.split_once('/').map_or("", |(group, _)| group));
        autoscaler.text_at(&["metadata", "namespace"]) == workload.namespace.as_deref()
            && target("name") == Some(workload.name.as_str())
            && kind == workload.kind
            && group.is_none_or(|group| group == workload.group())
    };
    let (kind, found) = autoscalers.iter().find(targets)?;
    let name = found.text_at(&["metadata", "name"]).unwrap_or("?");
    Some(format!("{kind} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;

    fn value(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    fn web() -> ResourceRef {
        ResourceRef::kubernetes("apps/v1", "Deployment", Some("shop"), "web")
    }

    fn patch(operations: &str) -> Deed {
        Deed {
            action: FixAction::KubernetesPatch,
            target: web(),
            data: value(operations),
        }
    }

    #[test]
    fn replicas_are_touched_however_a_patch_goes_about_it() {
        let live = value(r#"{"metadata":{"name":"web"},"spec":{"replicas":2,"paused":false}}"#);
        for operations in [
            r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#,
            r#"[{"op":"remove","path":"/spec/replicas"}]"#,
            r#"[{"op":"replace","path":"/spec","value":{"replicas":3}}]"#,
            r#"[{"op":"move","from":"/spec/replicas","path":"/spec/other"}]"#,
        ] {
            assert!(scales(&patch(operations), &live), "{operations}");
        }
        for operations in [
            r#"[{"op":"replace","path":"/spec/replicas","value":2}]"#,
            r#"[{"op":"replace","path":"/spec/paused","value":true}]"#,
            r#"[{"op":"replace","path":"/spec","value":{"replicas":2}}]"#,
        ] {
            assert!(!scales(&patch(operations), &live), "{operations}");
        }
    }

    #[test]
    fn an_autoscaler_is_of_its_target_alone() {
        let of = |kind: &str, namespace: &str, target: &str| {
            let text = format!(
                r#"{{"metadata":{{"name":"auto","namespace":"{namespace}"}},"spec":{{"scaleTargetRef":{target}}}}}"#
            );
            scaled_by(&web(), &[(kind, value("{}")), (kind, value(&text))])
        };
        let hpa = "HorizontalPodAutoscaler";
        let found = Some("HorizontalPodAutoscaler auto".to_owned());
        let full = r#"{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}"#;
        assert_eq!(of(hpa, "shop", full), found);
        // In whatever version of the group.
        assert_eq!(of(hpa, "shop", &full.replace("v1", "v1beta2")), found);
        assert_eq!(of(hpa, "shop", r#"{"kind":"Deployment","name":"web"}"#), found);
        assert_eq!(
            of("ScaledObject", "shop", r#"{"name":"web"}"#),
            Some("ScaledObject auto".to_owned())
        );
        for (namespace, target) in [
            ("other", full),
            (
                "shop",
                r#"{"apiVersion":"apps/v1","kind":"StatefulSet","name":"web"}"#,
            ),
            (
                "shop",
                r#"{"apiVersion":"apps/v1","kind":"Deployment","name":"api"}"#,
            ),
            (
                "shop",
                r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Deployment","name":"web"}"#,
            ),
            ("shop", "{}"),
        ] {
            assert_eq!(of(hpa, namespace, target), None, "{namespace} {target}");
        }
    }
}
