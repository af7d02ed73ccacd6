//! Claims that a StatefulSet takes away with it: no remediation deletes a PersistentVolumeClaim, not by way of its owner either
//! (safety.md §2). <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention>

use super::autoscaler::replicas;
use crate::findings::FixAction;
use crate::plan::Deed;
use crate::value::{Value, ValueExt};

/// Why a deed on this StatefulSet would delete claims, in words; `None` where it would not.
pub(super) fn deletes_claims(deed: &Deed, live: &Value) -> Option<String> {
    if deed.target.kind != "StatefulSet" || deed.target.group() != "apps" {
        return None;
    }
    let deletes = |object: &Value, when: &str| {
        let said = object.text_at(&["spec", "persistentVolumeClaimRetentionPolicy", when]);
        said == Some("Delete") && !object.items_at(&["spec", "volumeClaimTemplates"]).is_empty()
    };
    let refused = |when: &str| {
        Some(format!(
            "it would delete PersistentVolumeClaims, which no remediation does: persistentVolumeClaimRetentionPolicy.{when} of {} \
             is Delete",
            deed.target
        ))
    };
    if deed.action == FixAction::KubernetesDelete {
        return deletes(live, "whenDeleted")
            .then(|| refused("whenDeleted"))
            .flatten();
    }
    let after = deed.done_to(Some(live)).ok().flatten()?;
    let fewer = replicas(&after) < replicas(live);
    (fewer && deletes(&after, "whenScaled"))
        .then(|| refused("whenScaled"))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::ResourceRef;

    fn value(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    fn deed(action: FixAction, data: &str) -> Deed {
        Deed {
            action,
            target: ResourceRef::kubernetes("apps/v1", "StatefulSet", Some("back"), "keydb"),
            data: value(data),
        }
    }

    #[test]
    fn a_claim_goes_neither_with_its_set_nor_with_its_pod() {
        let set = |scaled: &str, deleted: &str| {
            value(&format!(
                r#"{{"metadata":{{"name":"keydb"}},"spec":{{"replicas":2,"volumeClaimTemplates":[{{}}],
                    "persistentVolumeClaimRetentionPolicy":{{"whenScaled":"{scaled}","whenDeleted":"{deleted}"}}}}}}"#
            ))
        };
        let to = |replicas: u8| {
            let data = format!(r#"[{{"op":"replace","path":"/spec/replicas","value":{replicas}}}]"#);
            deed(FixAction::KubernetesPatch, &data)
        };
        let gone = deed(FixAction::KubernetesDelete, "null");
        assert!(deletes_claims(&to(1), &set("Delete", "Retain")).is_some());
        assert!(deletes_claims(&gone, &set("Retain", "Delete")).is_some());
        for (deed, set) in [
            (to(3), set("Delete", "Delete")),
            (to(1), set("Retain", "Delete")),
            (gone, set("Delete", "Retain")),
            (to(1), value(r#"{"spec":{"replicas":2}}"#)),
        ] {
            assert_eq!(deletes_claims(&deed, &set), None, "{deed:?}");
        }
        let unset = deed(
            FixAction::KubernetesPatch,
            r#"[{"op":"add","path":"/spec/replicas","value":0}]"#,
        );
        let one = r#"{"spec":{"volumeClaimTemplates":[{}],"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}}}"#;
        assert!(
            deletes_claims(&unset, &value(one)).is_some(),
            "one Pod unless it says"
        );
    }
}
