//! Whom the API server calls: webhooks and APIs that Services answer for. Its requests come from no Pod, and from where no
//! NetworkPolicy can name; so a change after which no address outside lets itself in any more cuts it off (safety.md §4), and with
//! it whoever wants to create what a webhook has to admit. And whom the ingress controller serves, which is to be reached as well.

use super::behind::{Behind, Called, Named};
use super::declared::Declared;
use crate::inventory::ResourceRef;
use crate::network::{Connection, Network, Node};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// A kind of what says whom the API server calls, or where that leads.
pub struct Caller {
    /// The API group.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Which of them are wanted, by their labels.
    pub selector: Option<&'static str>,
}

/// What says whom the API server calls; and the slices that no controller made of a selector.
pub const CALLERS: [Caller; 7] = [
    Caller {
        group: "admissionregistration.k8s.io",
        kind: "MutatingWebhookConfiguration",
        selector: None,
    },
    Caller {
        group: "admissionregistration.k8s.io",
        kind: "ValidatingWebhookConfiguration",
        selector: None,
    },
    Caller {
        group: "apiextensions.k8s.io",
        kind: "CustomResourceDefinition",
        selector: None,
    },
    Caller {
        group: "apiregistration.k8s.io",
        kind: "APIService",
        selector: None,
    },
    Caller {
        group: "networking.k8s.io",
        kind: INGRESS,
        selector: None,
    },
    Caller {
        group: "gateway.networking.k8s.io",
        kind: ROUTE,
        selector: None,
    },
    Caller {
        group: "discovery.k8s.io",
        kind: SLICE,
        selector: Some(
            "kubernetes.io/service-name,endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io",
        ),
    },
];
/// The same kinds, as METADATA writes them.
pub const CALLED_BY: [&str; 7] = [
    "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration",
    "apiextensions.k8s.io/v1/CustomResourceDefinition",
    "apiregistration.k8s.io/v1/APIService",
    "discovery.k8s.io/v1/EndpointSlice",
    "gateway.networking.k8s.io/v1/HTTPRoute",
    "networking.k8s.io/v1/Ingress",
];

/// The kind of an object that is one of these; `None` for any other, and for slices that a controller made of a selector.
pub fn is_caller(reference: &ResourceRef, value: &Value) -> Option<&'static str> {
    let mut all = CALLERS.iter();
    let caller = all.find(|one| one.group == reference.group() && one.kind == reference.kind)?;
    let label = |key: &str| value.text_at(&["metadata", "labels", key]);
    let by_hand = label("kubernetes.io/service-name").is_some()
        && label("endpointslice.kubernetes.io/managed-by") != Some("endpointslice-controller.k8s.io");
    (caller.selector.is_none() || by_hand).then_some(caller.kind)
}

pub(super) const SLICE: &str = "EndpointSlice";
const INGRESS: &str = "Ingress";
const ROUTE: &str = "HTTPRoute";

/// A workload that the API server calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// What says so: `ValidatingWebhookConfiguration policies`.
    pub by: String,
    to: Called,
    /// Of a route: in which namespaces the ingress controller is. The API server is in none.
    from: Option<Vec<String>>,
}

/// The workloads behind what these say. Among `objects` are the Services and what they select.
pub fn callbacks<'v>(
    callers: &[(&'static str, Value)],
    objects: &(impl Iterator<Item = &'v Value> + Clone),
) -> Vec<Callback> {
    let behind = Behind::of(callers, objects);
    let mut found = Vec::new();
    for (kind, caller) in callers
        .iter()
        .filter(|(kind, _)| ![SLICE, INGRESS, ROUTE].contains(kind))
    {
        let by = format!("{kind} {}", caller.text_at(&["metadata", "name"]).unwrap_or("?"));
        for named in named_by(kind, caller) {
            for to in behind.named(&named) {
                let callback = Callback {
                    by: by.clone(),
                    to,
                    from: None,
                };
                if !found.contains(&callback) {
                    found.push(callback);
                }
            }
        }
    }
    found
}

/// What the ingress controller serves for the Ingresses and HTTPRoutes of namespaces that are declared to have hosts.
pub fn routes<'v>(
    callers: &[(&'static str, Value)],
    objects: &(impl Iterator<Item = &'v Value> + Clone),
    declared: &Declared,
) -> Vec<Callback> {
    let behind = Behind::of(callers, objects);
    let from: Vec<String> = declared.ingress_namespaces().map(ToOwned::to_owned).collect();
    let mut found = Vec::new();
    for (kind, route) in callers {
        let text = |key: &str| route.text_at(&["metadata", key]).unwrap_or_default();
        let (own, name) = (text("namespace"), text("name"));
        let services = match *kind {
            INGRESS => of_ingress(route, own),
            ROUTE => of_route(route, own),
            _ => continue,
        };
        let served = |namespace: &str| declared.has_hosts(own) || declared.has_hosts(namespace);
        for (namespace, service) in services.into_iter().filter(|(namespace, _)| served(namespace)) {
            for to in behind.service(namespace, service) {
                found.push(Callback {
                    by: format!("{kind} {own}/{name}"),
                    to,
                    from: Some(from.clone()),
                });
            }
        }
    }
    found
}

/// Services by namespace and name.
type Services<'v> = BTreeSet<(&'v str, &'v str)>;

/// The Services that an Ingress leads to.
fn of_ingress<'v>(ingress: &'v Value, own: &'v str) -> Services<'v> {
    let rules = ingress.items_at(&["spec", "rules"]).iter();
    let paths = rules.flat_map(|rule| rule.items_at(&["http", "paths"]));
    let backends = paths.filter_map(|path| path.field("backend"));
    let backends = backends.chain(ingress.at(&["spec", "defaultBackend"]));
    backends
        .filter_map(|backend| Some((own, backend.text_at(&["service", "name"])?)))
        .collect()
}

/// The Services that an HTTPRoute leads to, also in other namespaces.
fn of_route<'v>(route: &'v Value, own: &'v str) -> Services<'v> {
    let rules = route.items_at(&["spec", "rules"]).iter();
    let backends = rules.flat_map(|rule| rule.items_at(&["backendRefs"]));
    let services = backends.filter(|backend| backend.text_at(&["kind"]).is_none_or(|kind| kind == "Service"));
    services
        .filter_map(|backend| {
            let namespace = backend.text_at(&["namespace"]).unwrap_or(own);
            Some((namespace, backend.text_at(&["name"])?))
        })
        .collect()
}

fn named_by(kind: &str, caller: &Value) -> BTreeSet<Named> {
    let conversion = caller.at(&["spec", "conversion", "webhook", "clientConfig"]);
    let webhooks = caller.items_at(&["webhooks"]).iter();
    let configured = webhooks
        .filter_map(|one| one.field("clientConfig"))
        .chain(conversion);
    let api = caller.at(&["spec", "service"]).filter(|_| kind == "APIService");
    let service = |called: &Value| {
        let text = |key: &str| called.text_at(&[key]).unwrap_or_default().to_owned();
        Named::Service(text("namespace"), text("name"))
    };
    let named = configured.filter_map(|one| match one.field("service") {
        Some(called) => Some(service(called)),
        None => one.text_at(&["url"]).and_then(Named::by_url),
    });
    named.chain(api.map(service)).collect()
}

/// What a change cuts the API server, or the ingress controller, off from, in words; `None` where it reaches what it did.
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
    let cuts = |callback: &&Callback| {
        let comes = |src: &Node<'_>| match (&callback.from, src) {
            (None, Node::External(_)) => true,
            (Some(namespaces), Node::Workload(from)) => namespaces.contains(&from.namespace),
            // A gateway of the cluster itself is in no namespace: whoever is admitted from everywhere admits it.
            (Some(namespaces), Node::External(_) | Node::IngressController) => namespaces.is_empty(),
            _ => false,
        };
        let mut closed = closed.iter().filter(|one| comes(&one.src));
        closed.any(|Connection { dst, ports, .. }| match (dst, &callback.to) {
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
        let by = &callback.by;
        match &callback.from {
            None => format!(
                "the API server calls {whom} for {by}, from addresses that no policy would admit any more: admit them first"
            ),
            Some(_) => format!(
                "the ingress controller serves {whom} for {by}, and no policy would admit it any more: declare it in \
                 network.accepts.fromNamespaces and have `envcheck provision` make the policy that admits it, or take the namespace \
                 out of ingress.hosts"
            ),
        }
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
    fn what_says_whom_the_api_server_calls_is_found_in_a_capture() {
        let mut kinds = CALLED_BY.map(|named| {
            let (group, rest) = named.split_once('/').unwrap();
            let kind = rest.split_once('/').unwrap().1;
            let reference = ResourceRef::kubernetes(&format!("{group}/v1"), kind, None, "x");
            let by_hand = r#"{"metadata": {"labels": {"kubernetes.io/service-name": "hook"}}}"#;
            is_caller(&reference, &value(by_hand)).unwrap()
        });
        kinds.sort_unstable();
        let mut callers = CALLERS.map(|one| one.kind);
        callers.sort_unstable();
        assert_eq!(kinds, callers);
        let slice = ResourceRef::kubernetes("discovery.k8s.io/v1", SLICE, Some("a"), "x");
        let made = r#"{"metadata": {"labels": {"kubernetes.io/service-name": "hook",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}}}"#;
        assert_eq!(is_caller(&slice, &value(made)), None);
        let other = ResourceRef::kubernetes("v1", "Service", Some("a"), "x");
        assert_eq!(is_caller(&other, &value("{}")), None);
    }

    #[test]
    fn the_ingress_controller_keeps_reaching_what_is_declared_to_have_hosts() {
        let spec = value(
            r#"{"namespaces": [{"name": "shop", "role": "application"}, {"name": "edge", "role": "ingress"}],
                "ingress": {"hosts": {"shop": ["shop.example.com"]}}}"#,
        );
        let ingress = value(
            r#"{"kind": "Ingress", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"rules": [{"http": {"paths": [
                {"backend": {"service": {"name": "hook", "port": {"number": 443}}}}]}}]}}"#,
        );
        let objects = [value(SERVICE), value(POD), value(NAMESPACE)];
        let declared = Declared::of(&spec, &objects.iter());
        let callers = [("Ingress", ingress)];
        assert_eq!(callbacks(&callers, &objects.iter()), []);
        let routes = routes(&callers, &objects.iter(), &declared);
        assert_eq!(routes.len(), 1);
        let edge = [
            r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "edge", "labels": {"kubernetes.io/metadata.name": "edge"}}}"#,
            r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "controller", "namespace": "edge"},
                "spec": {"containers": [{"name": "c", "image": "c"}]}}"#,
        ];
        let network = |ingress: &str| {
            let policy = format!(
                r#"{{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {{"name": "p", "namespace": "shop"}},
                    "spec": {{"podSelector": {{}}, "policyTypes": ["Ingress"], "ingress": {ingress}}}}}"#
            );
            let (mut gatherer, owners) = (Gatherer::new(true), OwnerIndex::default());
            for text in [NAMESPACE, SERVICE, POD, &policy].into_iter().chain(edge) {
                gatherer.absorb(&value(text), &owners);
            }
            gatherer.build(&owners).0
        };
        let concerned = |namespace: &str| namespace == "shop";
        let before = network("[{}]");
        let others = network(r#"[{"from": [{"podSelector": {}}]}]"#);
        let why = cut_off(&before, &others, &routes, &concerned).unwrap();
        assert!(why.contains("for Ingress shop/web"), "{why}");
        let edge = network(
            r#"[{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}]}]"#,
        );
        assert_eq!(cut_off(&before, &edge, &routes, &concerned), None);

        // The same by a route of the Gateway API, whose controller may be in no namespace at all.
        let route = value(
            r#"{"kind": "HTTPRoute", "metadata": {"name": "web", "namespace": "routes"}, "spec": {"rules": [{"backendRefs": [
                {"name": "hook", "namespace": "shop", "port": 443}, {"kind": "Bucket", "name": "x"}]}]}}"#,
        );
        let callers = [("HTTPRoute", route)];
        assert_eq!(callbacks(&callers, &objects.iter()), []);
        let routes_of = |declared: &Declared| super::routes(&callers, &objects.iter(), declared);
        let why = cut_off(&before, &others, &routes_of(&declared), &concerned).unwrap();
        assert!(why.contains("for HTTPRoute routes/web"), "{why}");
        assert_eq!(cut_off(&before, &edge, &routes_of(&declared), &concerned), None);
        let spec = value(
            r#"{"namespaces": [{"name": "shop", "role": "application"}], "ingress": {"hosts": {"shop": ["shop.example.com"]}}}"#,
        );
        let nowhere = Declared::of(&spec, &objects.iter());
        assert!(cut_off(&before, &others, &routes_of(&nowhere), &concerned).is_some());
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
        // By the Service's address, and by a slice that leads to another namespace.
        let addressed = SERVICE.replace(r#""selector""#, r#""clusterIP": "10.245.0.9", "selector""#);
        let by_address = r#"{"metadata": {"name": "x"}, "webhooks": [{"clientConfig": {"url": "https://10.245.0.9:443/v"}}]}"#;
        let objects = [value(&addressed), value(POD)];
        let called = callbacks(
            &[("MutatingWebhookConfiguration", value(by_address))],
            &objects.iter(),
        );
        assert!(matches!(&called[..], [Callback { to: Called::Workload(id, _), .. }] if id.name == "hook"));
        let external = r#"{"kind": "Service", "metadata": {"name": "ext", "namespace": "front"},
            "spec": {"type": "ExternalName", "externalName": "hook.shop.svc.cluster.local"}}"#;
        for host in [
            "ext.front.svc",
            "hook-0.hook.shop.svc",
            "hook.shop.svc.cluster.local.",
        ] {
            let by = by_url.replace("hook.shop.svc", host);
            let objects = [value(SERVICE), value(POD), value(external)];
            let called = callbacks(&[("MutatingWebhookConfiguration", value(&by))], &objects.iter());
            assert!(
                cut_off(&before, &network(Some(&from_all)), &called, &concerned).is_some(),
                "{host}"
            );
        }
        let front = by_hand.replace(r#""namespace": "shop""#, r#""namespace": "front""#);
        let pod = POD.replacen('{', r#"{"status": {"podIP": "10.244.0.7"}, "#, 1);
        let slice = r#"{"kind": "EndpointSlice", "metadata": {"name": "s", "namespace": "front",
            "labels": {"kubernetes.io/service-name": "hook"}}, "endpoints": [{"addresses": ["10.244.0.7"]}, {"addresses": ["192.0.2.1"]}]}"#;
        let by_url = by_url.replace("hook.shop.svc", "hook.front.svc");
        let callers = [
            ("MutatingWebhookConfiguration", value(&by_url)),
            ("EndpointSlice", value(slice)),
        ];
        let objects = [value(&front), value(&pod)];
        let called = callbacks(&callers, &objects.iter());
        let somewhere: Vec<_> = called.iter().map(|one| one.to.clone()).collect();
        let somebody = |namespace: &str| Called::Somebody(namespace.to_owned());
        assert_eq!(somewhere, [somebody("front"), somebody("shop")]);
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
