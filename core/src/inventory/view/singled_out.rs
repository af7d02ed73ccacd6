//! What is kept whole of the few objects that the spec singles out: templates and claims of workloads, texts of ConfigMaps.

use super::record::{Record, list_or_empty, map_or_empty};
use super::workload::pod_template;
use crate::inventory::declared::Declared;
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, object};

/// The largest ConfigMap whose texts are kept, in bytes of its keys and texts.
const LARGEST: usize = 64 << 10;

/// Adds `template` and `claims` to the record of a workload.
pub(super) fn workload(declared: &Declared, reference: &ResourceRef, value: &Value, record: &mut Record) {
    let shown = declared.shows_workload(reference);
    let template = pod_template(&reference.kind, value).filter(|_| shown);
    let template = template.map_or(Value::Null, |template| {
        // The template of a Pod is itself: of its metadata, what a template could have said.
        let metadata = if reference.kind == "Pod" {
            let members = ["labels", "annotations"];
            object(members.map(|name| (name, map_or_empty(template.at(&["metadata", name])))))
        } else {
            map_or_empty(template.field("metadata"))
        };
        object([
            ("metadata", metadata),
            ("spec", map_or_empty(template.field("spec"))),
        ])
    });
    let claims = value.at(&["spec", "volumeClaimTemplates"]).filter(|_| shown);
    record
        .set("template", template)
        .set("claims", list_or_empty(claims));
}

/// Adds `data` to the record of a ConfigMap.
pub(super) fn config_map(declared: &Declared, reference: &ResourceRef, value: &Value, record: &mut Record) {
    let texts = map_or_empty(value.field("data"));
    let sizes = texts
        .members()
        .map(|(key, text)| key.len() + text.text().map_or(0, str::len));
    let small = sizes.sum::<usize>() <= LARGEST;
    let shown = declared.shows_config_map(reference) && small;
    record.set("data", if shown { texts } else { Value::Null });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::declared::DeclaredNamespace;
    use crate::inventory::identify;
    use crate::spec::Role;

    fn declared() -> Declared {
        let namespace = |role: Role, datastore: bool| DeclaredNamespace {
            role,
            datastore,
            with_role: [("StatefulSet".to_owned(), "keydb".to_owned())].into(),
        };
        Declared {
            namespaces: [
                ("back".to_owned(), namespace(Role::Application, true)),
                ("b2b".to_owned(), namespace(Role::Application, false)),
                ("ingress-nginx".to_owned(), namespace(Role::Ingress, false)),
                ("argocd".to_owned(), namespace(Role::Delivery, false)),
                ("prometheus".to_owned(), namespace(Role::Monitoring, false)),
            ]
            .into(),
            ..Declared::default()
        }
    }

    fn of(text: &str) -> (ResourceRef, Value) {
        let value = Value::from_json_str(text).unwrap();
        (identify(&value).unwrap().0, value)
    }

    /// `template` and `claims` of a workload `namespace/kind/name`.
    fn shown(path: &str, version: &str, spec: &str) -> (Value, Value) {
        let [namespace, kind, name] = path.split('/').collect::<Vec<_>>()[..] else {
            panic!("{path}")
        };
        let (reference, value) = of(&format!(
            r#"{{"apiVersion":"{version}","kind":"{kind}","metadata":{{"name":"{name}","namespace":"{namespace}","uid":"u",
            "labels":{{"app":"{name}"}}}},"spec":{spec}}}"#
        ));
        let mut record = Record::default();
        workload(&declared(), &reference, &value, &mut record);
        let field = |name: &str| record.get(name).unwrap().clone();
        (field("template"), field("claims"))
    }

    #[test]
    fn templates_are_those_of_singled_out_workloads_alone() {
        let spec = r#"{"template":{"metadata":{"labels":{"app":"x"}},"spec":{"nodeName":"n"}},"volumeClaimTemplates":[{"spec":{}}]}"#;
        let template = r#"{"metadata":{"labels":{"app":"x"}},"spec":{"nodeName":"n"}}"#;
        let template = Value::from_json_str(template).unwrap();
        for (path, expected) in [
            ("back/StatefulSet/keydb", true),
            ("back/StatefulSet/other", false),
            ("back/Deployment/keydb", false),
            ("argocd/Deployment/argocd-server", false),
            ("ingress-nginx/DaemonSet/ingress-nginx-controller", true),
            ("prometheus/Deployment/kps-grafana", true),
            ("unknown/Deployment/x", false),
        ] {
            let (found, claims) = shown(path, "apps/v1", spec);
            assert_eq!(found == template, expected, "{path}");
            assert_eq!(found == Value::Null, !expected, "{path}");
            assert_eq!(claims.items().len(), usize::from(expected), "{path}");
        }
    }

    #[test]
    fn the_template_of_a_pod_is_itself_without_what_only_a_pod_has() {
        let (template, claims) = shown("prometheus/Pod/p", "v1", r#"{"nodeName":"n"}"#);
        let expected = r#"{"metadata":{"labels":{"app":"p"},"annotations":{}},"spec":{"nodeName":"n"}}"#;
        assert_eq!(template, Value::from_json_str(expected).unwrap());
        assert_eq!(claims, Value::new_array());
    }

    #[test]
    fn texts_are_those_of_singled_out_namespaces_up_to_a_size() {
        let data = |namespace: &str, text: &str| {
            let (reference, value) = of(&format!(
                r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c","namespace":"{namespace}"}},"data":{{"a":"{text}"}}}}"#
            ));
            let mut record = Record::default();
            config_map(&declared(), &reference, &value, &mut record);
            record.get("data").unwrap().clone()
        };
        for (namespace, expected) in [
            ("argocd", true),
            ("ingress-nginx", true),
            ("back", true),
            ("b2b", false),
            ("prometheus", true),
            ("unknown", false),
        ] {
            let found = data(namespace, "x");
            assert_eq!(found.text_at(&["a"]) == Some("x"), expected, "{namespace}");
            assert_eq!(found == Value::Null, !expected, "{namespace}");
        }
        let largest = "x".repeat(LARGEST - 1);
        assert_eq!(data("argocd", &largest).text_at(&["a"]), Some(largest.as_str()));
        assert_eq!(data("argocd", &"x".repeat(LARGEST)), Value::Null);
    }

    #[test]
    fn a_config_map_without_texts_has_none() {
        let (reference, value) =
            of(r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"argocd"}}"#);
        let mut record = Record::default();
        config_map(&declared(), &reference, &value, &mut record);
        assert_eq!(record.get("data"), Some(&Value::new_object()));
    }
}
