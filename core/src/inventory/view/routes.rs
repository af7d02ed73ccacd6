//! Ingresses, Gateways and HTTP routes: how traffic arrives, and who lets whom refer across namespaces.

use super::record::{Record, common, list_or_empty, or_null, texts};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object, text_or_null};

const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

/// The record of an Ingress.
pub(super) fn ingress(reference: &ResourceRef, value: &Value) -> Record {
    let class = value
        .text_at(&["spec", "ingressClassName"])
        .or_else(|| value.text_at(&["metadata", "annotations", "kubernetes.io/ingress.class"]));
    let rules = value.items_at(&["spec", "rules"]).iter().map(|rule| {
        let paths = rule.items_at(&["http", "paths"]).iter().map(|path| {
            object([
                ("path", or_null(path.field("path"))),
                ("pathType", or_null(path.field("pathType"))),
                ("service", or_null(path.at(&["backend", "service", "name"]))),
                ("port", backend_port(path.field("backend"))),
            ])
        });
        object([("host", or_null(rule.field("host"))), ("paths", array(paths))])
    });
    let tls = value.items_at(&["spec", "tls"]).iter().map(|tls| {
        object([
            ("hosts", list_or_empty(tls.field("hosts"))),
            ("secretName", or_null(tls.field("secretName"))),
        ])
    });
    let default = value
        .at(&["spec", "defaultBackend"])
        .map_or(Value::Null, |backend| {
            object([
                ("service", or_null(backend.at(&["service", "name"]))),
                ("port", backend_port(Some(backend))),
            ])
        });
    let mut record = common(reference, value);
    record
        .set(
            "addresses",
            list_or_empty(value.at(&["status", "loadBalancer", "ingress"])),
        )
        .set("class", text_or_null(class))
        .set("defaultBackend", default)
        .set("rules", array(rules))
        .set("tls", array(tls));
    record
}

fn backend_port(backend: Option<&Value>) -> Value {
    let port = backend.and_then(|backend| backend.at(&["service", "port"]));
    or_null(port.and_then(|port| port.field("number").or_else(|| port.field("name"))))
}

/// The record of an IngressClass.
pub(super) fn ingress_class(reference: &ResourceRef, value: &Value) -> Record {
    let default = value.text_at(&["metadata", "annotations", DEFAULT_CLASS]) == Some("true");
    let mut record = common(reference, value);
    record
        .set("controller", text_or_null(value.text_at(&["spec", "controller"])))
        .set("default", Value::from(default));
    record
}

/// The record of a Gateway.
pub(super) fn gateway(reference: &ResourceRef, value: &Value) -> Record {
    let listeners = value.items_at(&["spec", "listeners"]).iter();
    let hosts = listeners.filter_map(|listener| listener.field("hostname").cloned());
    let mut record = common(reference, value);
    record.set("hosts", array(hosts)).set(
        "class",
        text_or_null(value.text_at(&["spec", "gatewayClassName"])),
    );
    record
}

/// The record of an HTTPRoute.
pub(super) fn http_route(reference: &ResourceRef, value: &Value) -> Record {
    let own = reference.namespace.as_deref();
    let parents = value.items_at(&["spec", "parentRefs"]).iter();
    let parents = array(parents.map(|parent| object(referred(parent, "Gateway", own))));
    let rules = value.items_at(&["spec", "rules"]).iter();
    let backends = array(rules.flat_map(|rule| backends(rule, own)));
    let mut record = common(reference, value);
    record
        .set("hosts", list_or_empty(value.at(&["spec", "hostnames"])))
        .set("parents", parents)
        .set("backends", backends);
    record
}

/// What a route refers to: without a namespace it is in the route's own.
fn referred<'v>(to: &'v Value, kind: &str, own: Option<&'v str>) -> [(&'static str, Value); 3] {
    [
        ("kind", Value::from(to.text_at(&["kind"]).unwrap_or(kind))),
        ("namespace", text_or_null(to.text_at(&["namespace"]).or(own))),
        ("name", text_or_null(to.text_at(&["name"]))),
    ]
}

/// One for each path and backend of a rule; a rule or a match without a path is for all of them.
fn backends(rule: &Value, own: Option<&str>) -> Vec<Value> {
    let matches = rule.items_at(&["matches"]).iter();
    let mut paths: Vec<&str> = matches
        .map(|one| one.text_at(&["path", "value"]).unwrap_or("/"))
        .collect();
    if paths.is_empty() {
        paths.push("/");
    }
    let all = rule.items_at(&["backendRefs"]);
    let pairs = paths.into_iter().flat_map(|path| {
        all.iter().map(move |backend| {
            let more = [
                ("port", or_null(backend.field("port"))),
                ("path", Value::from(path)),
            ];
            object(referred(backend, "Service", own).into_iter().chain(more))
        })
    });
    pairs.collect()
}

/// The record of a ReferenceGrant.
pub(super) fn reference_grant(reference: &ResourceRef, value: &Value) -> Record {
    let list = |field: &str, names: &[&str]| {
        let items = value.items_at(&["spec", field]).iter();
        array(items.map(|item| texts(item, names)))
    };
    let mut record = common(reference, value);
    record
        .set("from", list("from", &["group", "kind", "namespace"]))
        .set("to", list("to", &["group", "kind", "name"]));
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::identify;

    /// These fields of the record of an object, as JSON.
    fn fields(
        project: fn(&ResourceRef, &Value) -> Record,
        object: &str,
        names: &[&str],
    ) -> serde_json::Value {
        let value = Value::from_json_str(object).unwrap();
        let record = project(&identify(&value).unwrap().0, &value);
        let found = names
            .iter()
            .map(|name| ((*name).to_owned(), record.get(name).unwrap().clone()));
        serde_json::from_str(&crate::value::object(found).to_json_str().unwrap()).unwrap()
    }

    #[test]
    fn an_ingress_has_the_addresses_of_its_status() {
        let found = fields(
            ingress,
            r#"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"i","namespace":"a"},
            "spec":{"ingressClassName":"nginx"},"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.9"}]}}}"#,
            &["addresses", "class"],
        );
        assert_eq!(
            found,
            serde_json::json!({"addresses": [{"ip": "203.0.113.9"}], "class": "nginx"})
        );
    }

    #[test]
    fn a_class_is_the_default_by_its_annotation_alone() {
        for (said, default) in [("\"true\"", true), ("\"false\"", false), ("true", false)] {
            let class = format!(
                r#"{{"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{{"name":"nginx",
                "annotations":{{"{DEFAULT_CLASS}":{said}}}}},"spec":{{"controller":"k8s.io/ingress-nginx"}}}}"#
            );
            assert_eq!(
                fields(ingress_class, &class, &["controller", "default"]),
                serde_json::json!({"controller": "k8s.io/ingress-nginx", "default": default})
            );
        }
    }

    #[test]
    fn a_route_has_a_backend_for_each_path_and_fills_in_what_the_api_would() {
        let found = fields(
            http_route,
            r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r","namespace":"a"},
            "spec":{"parentRefs":[{"name":"gw"},{"kind":"Service","namespace":"m","name":"s"}],"rules":[
            {"matches":[{"path":{"value":"/a"}},{"headers":[]}],"backendRefs":[{"name":"x","port":80}]},
            {"backendRefs":[{"name":"y","namespace":"b"},{"kind":"Odd","name":"z"}]},{"matches":[{"path":{"value":"/n"}}]}]}}"#,
            &["hosts", "parents", "backends"],
        );
        let backend = |kind: &str, namespace: &str, name: &str, port: serde_json::Value, path: &str| serde_json::json!({"kind": kind, "namespace": namespace, "name": name, "port": port, "path": path});
        assert_eq!(
            found,
            serde_json::json!({
                "hosts": [],
                "parents": [
                    {"kind": "Gateway", "namespace": "a", "name": "gw"},
                    {"kind": "Service", "namespace": "m", "name": "s"},
                ],
                "backends": [
                    backend("Service", "a", "x", 80.into(), "/a"),
                    backend("Service", "a", "x", 80.into(), "/"),
                    backend("Service", "b", "y", serde_json::Value::Null, "/"),
                    backend("Odd", "a", "z", serde_json::Value::Null, "/"),
                ],
            })
        );
    }

    #[test]
    fn gateways_and_grants_say_what_they_are_for() {
        let found = fields(
            gateway,
            r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"g","namespace":"a"},
            "spec":{"gatewayClassName":"cilium","listeners":[{"hostname":"a.example.com"},{"port":80}]}}"#,
            &["hosts", "class"],
        );
        assert_eq!(
            found,
            serde_json::json!({"hosts": ["a.example.com"], "class": "cilium"})
        );
        let found = fields(
            reference_grant,
            r#"{"apiVersion":"gateway.networking.k8s.io/v1beta1","kind":"ReferenceGrant","metadata":{"name":"g","namespace":"b"},
            "spec":{"from":[{"group":"gateway.networking.k8s.io","kind":"HTTPRoute","namespace":"a"}],"to":[{"group":"","kind":"Service"}]}}"#,
            &["from", "to"],
        );
        assert_eq!(
            found,
            serde_json::json!({
                "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "a"}],
                "to": [{"group": "", "kind": "Service", "name": null}],
            })
        );
    }
}
