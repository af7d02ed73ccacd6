//! Which namespaces there are, and what each is for: guessed from what runs in it.

use super::page::text;
use super::seen::Seen;
use super::sources::{Sources, applications, from_git};
use crate::spec::Role;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// Kubernetes' own namespaces, where nothing of ours belongs.
const SYSTEM: [&str; 3] = ["kube-node-lease", "kube-public", "kube-system"];
/// By these images Argo CD, ingress controllers and monitoring are known.
const DELIVERY: [&str; 1] = ["argoproj/argocd"];
const INGRESS: [&str; 6] = [
    "ingress-nginx/controller",
    "nginx/nginx-ingress",
    "library/traefik",
    "traefik/traefik",
    "haproxytech/kubernetes-ingress",
    "kong/kubernetes-ingress-controller",
];
const PROMETHEUS: [&str; 2] = ["prometheus/prometheus", "prom/prometheus"];
const GRAFANA: [&str; 1] = ["grafana/grafana"];
/// By these charts ingress controllers and monitoring are known, where nothing runs yet.
const INGRESS_CHARTS: [&str; 5] = [
    "ingress-nginx",
    "kong",
    "kubernetes-ingress",
    "nginx-ingress",
    "traefik",
];
const MONITORING_CHARTS: [&str; 3] = ["grafana", "kube-prometheus-stack", "prometheus"];

/// Why a namespace that looks like an application is none where Argo CD delivers others: declared as one, it would be delivered otherwise.
pub(super) const UNJUDGED: [&str; 3] = [
    "Argo CD delivers into it, from another repository or directory than an application would be declared with",
    "it has NetworkPolicies, and what Argo CD delivers into it cannot be declared as an application",
    "it has NetworkPolicies, and no Application of Argo CD leads to it",
];

/// The namespaces to be declared.
pub(super) struct Roles<'a> {
    /// Each with its role, and why.
    pub(super) all: BTreeMap<&'a str, (Role, &'static str)>,
    /// Those that are being deleted.
    pub(super) ending: BTreeSet<&'a str>,
    pub(super) prometheus: bool,
    pub(super) grafana: bool,
}

impl<'a> Roles<'a> {
    pub(super) fn of(seen: &Seen<'a>) -> Self {
        let namespaces = seen.list("namespaces");
        let ending = namespaces
            .iter()
            .filter(|record| text(record, "phase") == "Terminating");
        let ending: BTreeSet<&str> = ending.map(|record| text(record, "name")).collect();
        let occupied = occupied(seen);
        let standing = namespaces.iter().map(|record| text(record, "name"));
        let wanted = standing
            .filter(|name| *name != "default" || occupied.contains(name))
            .chain(occupied.iter().copied())
            .filter(|name| !name.is_empty() && !SYSTEM.contains(name) && !ending.contains(name));
        let running = Running::of(seen);
        let all: BTreeMap<&str, (Role, &str)> = wanted.map(|name| (name, running.role(name))).collect();
        let runs = |images| {
            all.iter()
                .any(|(name, (role, _))| *role == Role::Monitoring && running.has(name, images))
        };
        Self {
            prometheus: runs(&PROMETHEUS),
            grafana: runs(&GRAFANA),
            ending,
            all,
        }
    }

    /// The role of a declared namespace.
    pub(super) fn role(&self, namespace: &str) -> Option<Role> {
        self.all.get(namespace).map(|(role, _)| *role)
    }

    /// Whether some namespace has this role.
    pub(super) fn has(&self, role: Role) -> bool {
        self.all.values().any(|(own, _)| *own == role)
    }

    /// Whether a spec can name the namespace: it is declared, or Kubernetes' own.
    pub(super) fn knows(&self, namespace: &str) -> bool {
        self.all.contains_key(namespace) || SYSTEM.contains(&namespace)
    }
}

/// Namespaces that hold something that a spec names.
fn occupied<'a>(seen: &Seen<'a>) -> BTreeSet<&'a str> {
    let exposed = seen
        .list("services")
        .iter()
        .filter(|service| text(service, "type") == "LoadBalancer");
    let records = seen.workloads().chain(exposed).chain(seen.list("ingresses"));
    records.map(|record| text(record, "namespace")).collect()
}

/// What runs where.
struct Running<'a> {
    images: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The charts that Argo CD installs, by namespace.
    charts: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Where Argo CD delivers into as it is declared.
    delivered: BTreeSet<&'a str>,
    /// The same, from whatever repository and directory.
    from_elsewhere: BTreeSet<&'a str>,
    /// Where Applications lead, in whatever cluster and with whatever source.
    led: BTreeSet<&'a str>,
    isolated: BTreeSet<&'a str>,
}

impl<'a> Running<'a> {
    fn of(seen: &Seen<'a>) -> Self {
        let mut images: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for workload in seen.workloads() {
            let own = images.entry(text(workload, "namespace")).or_default();
            own.extend(images_of(workload));
        }
        let policies = seen.list("network_policies").iter();
        let mut charts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for application in applications(seen) {
            let namespace = application
                .text_at(&["destination", "namespace"])
                .unwrap_or_default();
            let names = application.items_at(&["sources"]).iter();
            let names = names
                .map(|source| text(source, "chart"))
                .filter(|name| !name.is_empty());
            charts.entry(namespace).or_default().extend(names);
        }
        Self {
            images,
            charts,
            delivered: Sources::of(seen)
                .declarable()
                .map(|(namespace, _)| namespace)
                .collect(),
            from_elsewhere: from_git(seen).map(|(namespace, _)| namespace).collect(),
            led: seen
                .list("applications")
                .iter()
                .filter_map(|one| one.text_at(&["destination", "namespace"]))
                .collect(),
            isolated: policies.map(|policy| text(policy, "namespace")).collect(),
        }
    }

    fn has(&self, namespace: &str, known: &[&str]) -> bool {
        let own = self.images.get(namespace).into_iter().flatten();
        own.map(|image| repository(image))
            .any(|image| known.iter().any(|known| image.ends_with(known)))
    }

    /// Whether such a chart is to be installed where nothing runs yet. What runs tells more.
    fn awaits(&self, namespace: &str, known: &[&str]) -> bool {
        let charts = self.charts.get(namespace).into_iter().flatten();
        let mut last = charts.map(|chart| chart.rsplit('/').next().unwrap_or_default());
        !self.images.contains_key(namespace) && last.any(|chart| known.contains(&chart))
    }

    fn role(&self, namespace: &str) -> (Role, &'static str) {
        if self.has(namespace, &DELIVERY) {
            (Role::Delivery, "Argo CD runs here")
        } else if self.has(namespace, &INGRESS) {
            (Role::Ingress, "an ingress controller runs here")
        } else if self.has(namespace, &PROMETHEUS) || self.has(namespace, &GRAFANA) {
            (Role::Monitoring, "Prometheus or Grafana runs here")
        } else if self.awaits(namespace, &INGRESS_CHARTS) {
            (
                Role::Ingress,
                "Argo CD installs the chart of an ingress controller into it",
            )
        } else if self.awaits(namespace, &MONITORING_CHARTS) {
            (
                Role::Monitoring,
                "Argo CD installs a chart of Prometheus or Grafana into it",
            )
        } else if self.delivered.contains(namespace) {
            (Role::Application, "Argo CD delivers into it")
        } else if self.from_elsewhere.contains(namespace) {
            (Role::Platform, UNJUDGED[0])
        } else if self.isolated.contains(namespace) && !self.delivered.is_empty() {
            let led = self.led.contains(namespace);
            (Role::Platform, if led { UNJUDGED[1] } else { UNJUDGED[2] })
        } else if self.isolated.contains(namespace) {
            (Role::Application, "it has NetworkPolicies")
        } else {
            (Role::Platform, "nothing says that it holds an application")
        }
    }
}

/// The images of a workload's containers.
pub(super) fn images_of(workload: &Value) -> impl Iterator<Item = &str> {
    let containers = workload.items_at(&["containers"]).iter();
    containers.map(|container| text(container, "image"))
}

/// An image without tag and digest, with the host and `library` that Docker fills in.
pub(super) fn repository(image: &str) -> String {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let first = name.split('/').next().unwrap_or_default();
    let hosted = name.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    match (hosted, name.contains('/')) {
        (true, _) => name.to_owned(),
        (false, true) => format!("docker.io/{name}"),
        (false, false) => format!("docker.io/library/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn images_are_told_without_their_tags() {
        for (image, name) in [
            ("redis", "docker.io/library/redis"),
            ("eqalpha/keydb:v6", "docker.io/eqalpha/keydb"),
            ("quay.io/argoproj/argocd:v3@sha256:00", "quay.io/argoproj/argocd"),
            ("localhost:5000/a:1", "localhost:5000/a"),
        ] {
            assert_eq!(repository(image), name);
        }
    }
}
