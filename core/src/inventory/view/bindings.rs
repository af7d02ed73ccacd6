//! RoleBindings and ClusterRoleBindings: who may do what.

use super::record::{Record, common, texts};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array};

/// The record of a RoleBinding or a ClusterRoleBinding.
pub(super) fn role_binding(reference: &ResourceRef, value: &Value) -> Record {
    let subjects = value.items_at(&["subjects"]).iter();
    let subjects = subjects.map(|subject| texts(subject, &["kind", "namespace", "name"]));
    let role = value.field("roleRef").unwrap_or(&Value::Null);
    let mut record = common(reference, value);
    record
        .set("role", texts(role, &["kind", "name"]))
        .set("subjects", array(subjects));
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::identify;

    fn record(metadata: &str, rest: &str) -> Record {
        let kind = if metadata.contains("namespace") {
            "RoleBinding"
        } else {
            "ClusterRoleBinding"
        };
        let text = format!(
            r#"{{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"{kind}","metadata":{{{metadata}}}{rest}}}"#
        );
        let value = Value::from_json_str(&text).unwrap();
        role_binding(&identify(&value).unwrap().0, &value)
    }

    #[test]
    fn a_binding_says_who_gets_which_role() {
        let found = record(
            r#""name":"b","namespace":"back""#,
            r#","roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},
            "subjects":[{"kind":"ServiceAccount","namespace":"b2b","name":"web"},{"apiGroup":"x","kind":"Group","name":"ops"}]"#,
        );
        let expected = r#"[{"kind":"ServiceAccount","namespace":"b2b","name":"web"},{"kind":"Group","namespace":null,"name":"ops"}]"#;
        assert_eq!(
            found.get("subjects"),
            Some(&Value::from_json_str(expected).unwrap())
        );
        assert_eq!(
            found.get("role"),
            Some(&Value::from_json_str(r#"{"kind":"Role","name":"r"}"#).unwrap())
        );
    }

    #[test]
    fn one_of_the_cluster_has_no_namespace_and_one_may_bind_nobody() {
        let found = record(r#""name":"b""#, "");
        assert_eq!(found.get("namespace"), Some(&Value::Null));
        assert_eq!(found.get("subjects"), Some(&Value::new_array()));
        assert_eq!(
            found.get("role"),
            Some(&Value::from_json_str(r#"{"kind":null,"name":null}"#).unwrap())
        );
    }
}
