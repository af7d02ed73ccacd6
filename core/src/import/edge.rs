//! What can be reached from outside: Services of type LoadBalancer, and how HTTP comes in.

use super::page::{Page, list, text, texts, word};
use super::roles::Roles;
use super::seen::Seen;
use crate::spec::Role;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// IngressClasses of these controllers, and what a spec calls them.
const CONTROLLERS: [(&str, &str); 2] = [
    ("k8s.io/ingress-nginx", "ingress-nginx"),
    ("traefik.io/ingress-controller", "traefik"),
];

pub(super) fn write(seen: &Seen<'_>, roles: &Roles<'_>, page: &mut Page) {
    exposure(seen, roles, page);
    ingress(seen, roles, page);
}

fn exposure(seen: &Seen<'_>, roles: &Roles<'_>, page: &mut Page) {
    let mut exposed: Vec<&Value> = seen
        .list("services")
        .iter()
        .filter(|service| text(service, "type") == "LoadBalancer")
        .filter(|service| roles.knows(text(service, "namespace")))
        .collect();
    exposed.sort_by_key(|service| (text(service, "namespace"), text(service, "name")));
    if exposed.is_empty() {
        return;
    }
    page.gap();
    page.say(
        1,
        "Every Service of type LoadBalancer. One that should not be open to the world does not belong here.",
    );
    page.line(1, "exposure:");
    let before = page.lines();
    for service in exposed {
        let name = format!("{}/{}", text(service, "namespace"), text(service, "name"));
        if is_inward(roles, text(service, "namespace")) {
            page.say(2, &format!("{name} is {LEFT}"));
            continue;
        }
        page.line(2, &format!("- service: {}", word(&name)));
        match kind(seen, service) {
            Some("REGIONAL") => page.line(3, "loadBalancer: {type: REGIONAL}"),
            Some(_) => {}
            None => page.say(3, "Its type was not seen: REGIONAL_NETWORK is the default."),
        }
    }
    if page.lines() == before {
        page.line(2, "[]");
    }
}

/// Delivery and monitoring are not for the world. What opens them may be meant, but a spec that was written by nobody must not
/// excuse it.
fn is_inward(roles: &Roles<'_>, namespace: &str) -> bool {
    matches!(roles.role(namespace), Some(Role::Delivery | Role::Monitoring))
}

/// What is said of it.
const LEFT: &str =
    "not declared: that it is open to the world is left for the audit to tell. Declare it where it is meant.";

/// The type of a Service's load balancer: as the account has it, else as the Service asks for.
fn kind<'a>(seen: &Seen<'a>, service: &'a Value) -> Option<&'a str> {
    let id = service
        .text_at(&["loadBalancer", "id"])
        .or_else(|| service.text_at(&["loadBalancerId"]));
    let mut rows = seen.rows("digitalocean.load_balancers").iter();
    let row = rows.find(|row| id.is_some() && row.text_at(&["id"]) == id);
    row.and_then(|row| row.text_at(&["type"]))
        .or_else(|| service.text_at(&["loadBalancerType"]))
}

fn ingress(seen: &Seen<'_>, roles: &Roles<'_>, page: &mut Page) {
    let ingresses = seen.list("ingresses");
    let routes = seen.list("http_routes");
    let gateways = seen.list("gateways");
    let by_gateway = ingresses.is_empty() && !gateways.is_empty();
    if !by_gateway && (!roles.has(Role::Ingress) || seen.list("ingress_classes").is_empty()) {
        if !ingresses.is_empty() {
            page.gap();
            page.unseen(
                1,
                "ingress: not declared: there are Ingresses, and no controller that import knows",
            );
        }
        return;
    }
    let (controller, class) = if by_gateway {
        (
            "gateway",
            most(gateways.iter().map(|gateway| text(gateway, "class"))),
        )
    } else {
        class(seen)
    };
    if class.is_empty() {
        return;
    }
    page.gap();
    page.line(1, "ingress:");
    page.line(2, &format!("controller: {}", word(controller)));
    page.line(2, &format!("class: {}", word(class)));
    let encrypted = ingresses
        .iter()
        .any(|ingress| !ingress.items_at(&["tls"]).is_empty());
    if !by_gateway && !ingresses.is_empty() && !encrypted {
        page.guess(2, "tls: optional", "no Ingress has a certificate");
    }
    let hosts = if by_gateway {
        of_routes(routes)
    } else {
        of_ingresses(ingresses)
    };
    let hosts: Vec<_> = hosts
        .into_iter()
        .filter(|(namespace, hosts)| roles.role(namespace).is_some() && !hosts.is_empty())
        .collect();
    if hosts.iter().any(|(namespace, _)| !is_inward(roles, namespace)) {
        page.line(2, "hosts:");
    }
    for (namespace, hosts) in hosts {
        if is_inward(roles, namespace) {
            let hosts: Vec<&str> = hosts.into_iter().collect();
            page.say(3, &format!("{namespace}: {} is {LEFT}", hosts.join(", ")));
            continue;
        }
        page.line(3, &format!("{}: {}", word(namespace), list(hosts)));
    }
}

/// The class that most Ingresses name, else the only or default one, and its controller.
fn class<'a>(seen: &Seen<'a>) -> (&'a str, &'a str) {
    let classes = seen.list("ingress_classes");
    let named = most(
        seen.list("ingresses")
            .iter()
            .map(|ingress| text(ingress, "class")),
    );
    let is_default = |class: &&Value| class.field("default").is_some_and(ValueExt::is_true);
    let class = classes
        .iter()
        .find(|class| text(class, "name") == named)
        .or_else(|| classes.iter().find(is_default))
        .or_else(|| classes.first());
    let Some(class) = class else {
        return ("", "");
    };
    let controller = text(class, "controller");
    let known = CONTROLLERS.iter().find(|(own, _)| *own == controller);
    let short = known.map_or_else(
        || controller.rsplit('/').next().unwrap_or_default(),
        |(_, name)| name,
    );
    (short, text(class, "name"))
}

/// What is named most often, the first by its name among equals.
pub(super) fn most<'t>(names: impl Iterator<Item = &'t str>) -> &'t str {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names.filter(|name| !name.is_empty()) {
        *counts.entry(name).or_default() += 1;
    }
    let by_count = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    by_count.map_or("", |(name, _)| name)
}

fn of_ingresses(ingresses: &[Value]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut hosts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ingress in ingresses {
        let own = hosts.entry(text(ingress, "namespace")).or_default();
        let rules = ingress.items_at(&["rules"]).iter();
        own.extend(rules.map(|rule| match text(rule, "host") {
            "" => "*",
            host => host,
        }));
    }
    hosts
}

fn of_routes(routes: &[Value]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut hosts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for route in routes {
        let own = hosts.entry(text(route, "namespace")).or_default();
        own.extend(texts(route, &["hosts"]));
    }
    hosts
}
