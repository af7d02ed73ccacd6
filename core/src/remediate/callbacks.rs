//! Whom the API server calls: webhooks and APIs that Services answer for. Its requests come from no Pod, and from where no
//! NetworkPolicy can name; so a change after which no address outside lets itself in any more cuts it off (safety.md §4), and with
//! it whoever wants to create what a webhook has to admit.

use super::declared::led_to;
use crate::network::{Connection, Network, Node, PortSet, WorkloadId, endpoints_from_object};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// Group and kind of what says whom the API server calls.
pub const CALLERS: [(&str, &str); 4] = [
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
];

/// A workload that the API server calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// What says so: `ValidatingWebhookConfiguration policies`.
    pub by: String,
    to: Called,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Called {
    Workload(WorkloadId, PortSet),
    /// Somebody in this namespace, behind a Service that says nothing of whom it leads to.
    Somebody(String),
}

/// The workloads behind what these say. Among `objects` are the Services and what they select.
pub fn callbacks<'v>(
    callers: &[(&'static str, Value)],
    objects: &(impl Iterator<Item = &'v Value> + Clone),
) -> Vec<Callback> {
    let mut found = Vec::new();
    for (kind, caller) in callers {
        let by = format!("{kind} {}", caller.text_at(&["metadata", "name"]).unwrap_or("?"));
        let webhooks = caller.items_at(&["webhooks"]).iter();
        let webhooks = webhooks.filter_map(|one| one.at(&["clientConfig", "service"]));
        let conversion = caller.at(&["spec", "conversion", "webhook", "clientConfig", "service"]);
        let api = caller.at(&["spec", "service"]).filter(|_| *kind == "APIService");
        let urls = caller.items_at(&["webhooks"]).iter();
        let urls = urls.filter_map(|one| one.text_at(&["clientConfig", "url"]).and_then(service_of_url));
        let url = caller.text_at(&["spec", "conversion", "webhook", "clientConfig", "url"]);
        let named = webhooks.chain(conversion).chain(api).map(|called| {
            let text = |key: &str| called.text_at(&[key]).unwrap_or_default().to_owned();
            (text("namespace"), text("name"))
        });
        let services: BTreeSet<(String, String)> =
            named.chain(urls).chain(url.and_then(service_of_url)).collect();
        for (namespace, name) in services {
            let is = |object: &&Value| {
                object.text_at(&["kind"]) == Some("Service")
                    && object.text_at(&["metadata", "namespace"]) == Some(namespace.as_str())
                    && object.text_at(&["metadata", "name"]) == Some(name.as_str())
            };
            // What is not there yet is called by nobody.
            let Some(service) = objects.clone().find(is) else {
                continue;
            };
            let selector = service.at(&["spec", "selector"]);
            let to = if selector.is_none_or(|selector| selector.members().next().is_none()) {
                vec![Called::Somebody(namespace)]
            } else {
                let endpoints = objects.clone().flat_map(endpoints_from_object);
                let led_to = endpoints.filter_map(|endpoint| {
                    let ports = led_to(service, &endpoint);
                    (!ports.is_empty()).then_some(Called::Workload(endpoint.workload, ports))
                });
                led_to.collect()
            };
            for to in to {
                let callback = Callback { by: by.clone(), to };
                if !found.contains(&callback) {
                    found.push(callback);
                }
            }
        }
    }
    found
}

/// The Service that a URL means: `https://hook.shop.svc:443/validate`.
fn service_of_url(url: &str) -> Option<(String, String)> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', ':', '?']).next()?.to_ascii_lowercase();
    let mut parts = host.split('.');
    let (name, namespace) = (parts.next()?, parts.next()?);
    let inside = parts.next().is_none_or(|third| third == "svc");
    inside.then(|| (namespace.to_owned(), name.to_owned()))
}

/// What a change cuts the API server off from, in words; `None` where it reaches what it did.
pub fn cut_off(
    before: &Network,
    after: &Network,
    callbacks: &[Callback],
    concerned: &impl Fn(&str) -> bool,
) -> Option<String> {
    if callbacks.is_empty() {
        return None;
    }
    let closed = before.beyond(after, concerned);
    let from_outside = || closed.iter().filter(|one| matches!(one.src, Node::External(_)));
    let cuts = |callback: &&Callback| {
        from_outside().any(|Connection { dst, ports, .. }| match (dst, &callback.to) {
            (Node::Workload(to), Called::Workload(called, on)) => {
                *to == called && !ports.intersection(on).is_empty()
            }
            (Node::Workload(to), Called::Somebody(namespace)) => to.namespace == *namespace,
            _ => false,
        })
    };
    callbacks.iter().find(cuts).map(|callback| {
        let whom = match &callback.to {
            Called::Workload(to, _) => to.to_string(),
            Called::Somebody(namespace) => format!("a Service of {namespace} whose Pods it does not name"),
        };
        format!(
            "the API server calls {whom} for {}, from addresses that no policy would admit any more: admit them first",
            callback.by
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::OwnerIndex;
    use crate::network::Gatherer;

    fn value(json: &str) -> Value {
        Value::from_json_str(json).unwrap()
    }

    const SERVICE: &str = r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook", "namespace": "shop"},
        "spec": {"selector": {"app": "hook"}, "ports": [{"port": 443, "targetPort": 8443}]}}"#;
    const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "hook", "namespace": "shop", "labels": {"app": "hook"}},
        "spec": {"containers": [{"name": "hook", "image": "hook", "ports": [{"containerPort": 8443}]}]}}"#;
    const NAMESPACE: &str = r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}"#;

    fn network(policy: Option<&str>) -> Network {
        let mut gatherer = Gatherer::new(true);
        let owners = OwnerIndex::default();
        for text in [NAMESPACE, SERVICE, POD].into_iter().chain(policy) {
            gatherer.absorb(&value(text), &owners);
        }
        gatherer.build(&owners).0
    }

    #[test]
    fn the_api_server_keeps_reaching_what_it_calls() {
        let policy = |ingress: &str| {
            format!(
                r#"{{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {{"name": "p", "namespace": "shop"}},
                    "spec": {{"podSelector": {{}}, "policyTypes": ["Ingress"], "ingress": {ingress}}}}}"#
            )
        };
        let objects = [value(SERVICE), value(POD), value(NAMESPACE)];
        let before = network(None);
        let from_all = policy(r#"[{"from": [{"namespaceSelector": {}}]}]"#);
        let to_the_hook = policy(r#"[{"from": [{"namespaceSelector": {}}]}, {"ports": [{"port": 8443}]}]"#);
        for (kind, caller) in [
            (
                "ValidatingWebhookConfiguration",
                r#"{"metadata": {"name": "x"}, "webhooks": [{"clientConfig": {"service": {"namespace": "shop", "name": "hook"}}}]}"#,
            ),
            (
                "CustomResourceDefinition",
                r#"{"metadata": {"name": "x"}, "spec": {"conversion": {"webhook": {"clientConfig": {"service": {"namespace": "shop", "name": "hook"}}}}}}"#,
            ),
            (
                "APIService",
                r#"{"metadata": {"name": "x"}, "spec": {"service": {"namespace": "shop", "name": "hook"}}}"#,
            ),
        ] {
            let called = callbacks(&[(kind, value(caller))], &objects.iter());
            assert_eq!(called.len(), 1, "{kind}");
            let concerned = |namespace: &str| namespace == "shop";
            let cut = cut_off(&before, &network(Some(&from_all)), &called, &concerned);
            assert!(cut.unwrap().contains(&format!("for {kind} x")));
            let kept = cut_off(&before, &network(Some(&to_the_hook)), &called, &concerned);
            assert_eq!(kept, None, "{kind}");
        }
        let by_url = r#"{"metadata": {"name": "x"}, "webhooks": [{"clientConfig": {"url": "https://hook.shop.svc:443/"}}]}"#;
        let called = callbacks(
            &[("MutatingWebhookConfiguration", value(by_url))],
            &objects.iter(),
        );
        assert_eq!(called.len(), 1);
        // Whoever answers for a Service without a selector, somebody in its namespace does.
        let by_hand = SERVICE.replace(r#""selector": {"app": "hook"}, "#, "");
        let objects_by_hand = [value(&by_hand), value(POD)];
        let called = callbacks(
            &[("MutatingWebhookConfiguration", value(by_url))],
            &objects_by_hand.iter(),
        );
        let concerned = |namespace: &str| namespace == "shop";
        assert!(cut_off(&before, &network(Some(&from_all)), &called, &concerned).is_some());
        let elsewhere = r#"{"metadata": {"name": "x"}, "webhooks": [{"clientConfig": {"url": "https://example.com"}},
            {"clientConfig": {"service": {"namespace": "shop", "name": "other"}}}]}"#;
        let called = callbacks(
            &[("ValidatingWebhookConfiguration", value(elsewhere))],
            &objects.iter(),
        );
        assert_eq!(called, []);
    }
}
