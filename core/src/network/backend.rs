//! What Ingress and Route objects send to which Pods: the rows of `{ingress-controller}`.
//!
//! A backend names a Service and one of its ports; the port leads to a target port of the Pods. Only TCP ports that a
//! container declares are listed.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::value::{Value, ValueExt};

use super::endpoint::Endpoint;
use super::labels::Labels;
use super::policy::identity;
use super::ports::{PortSet, Protocol};
use super::selector::present;

/// A number or a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Target {
    Number(i64),
    Name(String),
}

impl Target {
    fn parse(value: &Value) -> Option<Self> {
        match value.text() {
            Some("") => None,
            Some(name) => Some(Self::Name(name.to_owned())),
            None => value.int().filter(|number| *number != 0).map(Self::Number),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Service {
    namespace: String,
    name: String,
    selector: Labels,
    ports: Vec<ServicePort>,
}

#[derive(Debug, Clone)]
struct ServicePort {
    name: String,
    port: Option<Target>,
    target: Option<Target>,
}

impl Service {
    /// None when the Service selects no Pods.
    pub(super) fn parse(object: &Value) -> Option<Self> {
        let selector = Labels::of(object.at(&["spec", "selector"]));
        if selector.is_empty() {
            return None;
        }
        let (namespace, name) = identity(object);
        let ports = object
            .items_at(&["spec", "ports"])
            .iter()
            .map(|port| ServicePort {
                name: port.text_at(&["name"]).unwrap_or_default().to_owned(),
                port: port.field("port").and_then(Target::parse),
                target: port.field("targetPort").and_then(Target::parse),
            });
        Some(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            selector,
            ports: ports.collect(),
        })
    }

    fn selects(&self, labels: &Labels) -> bool {
        self.selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
    }

    /// The target ports behind the port that a backend names; all of them when it names none.
    fn targets(&self, backend: &Backend) -> Vec<&Target> {
        let wanted = backend.port.as_ref();
        let meant = |port: &&ServicePort| match wanted {
            None => true,
            Some(Target::Name(name)) => port.name == *name || backend.route && port.target.as_ref() == wanted,
            Some(Target::Number(_)) => port.port.as_ref() == wanted || port.target.as_ref() == wanted,
        };
        let limit = if wanted.is_none() { usize::MAX } else { 1 };
        self.ports
            .iter()
            .filter(meant)
            .filter_map(|port| port.target.as_ref().or(port.port.as_ref()))
            .take(limit)
            .collect()
    }
}

/// A Service to which an Ingress or Route sends traffic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Backend {
    namespace: String,
    service: String,
    /// A Route may name the target port of the Pods, an Ingress only the Service's port.
    route: bool,
    port: Option<Target>,
}

/// The backends of a networking.k8s.io Ingress.
pub(super) fn ingress_backends(object: &Value) -> Vec<Backend> {
    let namespace = identity(object).0;
    let rules = object.items_at(&["spec", "rules"]).iter();
    let paths = rules.flat_map(|rule| rule.items_at(&["http", "paths"]));
    let backends = object.at(&["spec", "defaultBackend"]).into_iter();
    backends
        .chain(paths.filter_map(|path| path.field("backend")))
        .filter_map(|backend| {
            let service = backend.field("service")?;
            Some(Backend {
                namespace: namespace.to_owned(),
                service: service.text_at(&["name"])?.to_owned(),
                route: false,
                port: present(service, "port").and_then(|port| {
                    let name = port.field("name").and_then(Target::parse);
                    name.or_else(|| port.field("number").and_then(Target::parse))
                }),
            })
        })
        .collect()
}

/// The backends of an OpenShift Route.
pub(super) fn route_backends(object: &Value) -> Vec<Backend> {
    let namespace = identity(object).0;
    let port = object.at(&["spec", "port", "targetPort"]).and_then(Target::parse);
    let services = object.at(&["spec", "to"]).into_iter();
    services
        .chain(object.items_at(&["spec", "alternateBackends"]))
        .filter(|service| matches!(service.text_at(&["kind"]), None | Some("" | "Service")))
        .filter_map(|service| {
            Some(Backend {
                namespace: namespace.to_owned(),
                service: service.text_at(&["name"])?.to_owned(),
                route: true,
                port: port.clone(),
            })
        })
        .collect()
}

/// What backends send to Services, found by a label that the Service asks of its Pods: endpoints, backends and Services are
/// all many, and never held against one another one by one.
pub(super) struct Offers<'n> {
    /// By namespace, and key and value of the first label of the selector.
    by_label: HashMap<(&'n str, &'n str, &'n str), Vec<Offer<'n>>>,
}

struct Offer<'n> {
    /// Of several Services of one name a backend means the first that selects the Pod.
    backend: usize,
    rank: usize,
    service: &'n Service,
    targets: Vec<&'n Target>,
}

impl<'n> Offers<'n> {
    pub(super) fn new(services: &'n [Service], backends: &'n [Backend]) -> Self {
        let mut named: HashMap<(&str, &str), Vec<(usize, &Service)>> = HashMap::new();
        for (rank, service) in services.iter().enumerate() {
            named
                .entry((&service.namespace, &service.name))
                .or_default()
                .push((rank, service));
        }
        let mut by_label: HashMap<_, Vec<Offer<'n>>> = HashMap::new();
        let mut seen = HashSet::new();
        // Many paths of an Ingress lead to the same port of the same Service.
        for (number, backend) in backends
            .iter()
            .filter(|backend| seen.insert(*backend))
            .enumerate()
        {
            let meant = named.get(&(backend.namespace.as_str(), backend.service.as_str()));
            for &(rank, service) in meant.into_iter().flatten() {
                if let Some((key, value)) = service.selector.iter().next() {
                    by_label
                        .entry((service.namespace.as_str(), key, value))
                        .or_default()
                        .push(Offer {
                            backend: number,
                            rank,
                            service,
                            targets: service.targets(backend),
                        });
                }
            }
        }
        Self { by_label }
    }

    /// The ports on which the backends send traffic to an endpoint.
    pub(super) fn ports(&self, endpoint: &Endpoint) -> PortSet {
        let namespace = endpoint.workload.namespace.as_str();
        let mut meant: BTreeMap<usize, &Offer<'_>> = BTreeMap::new();
        for (key, value) in endpoint.labels.iter() {
            let offers = self.by_label.get(&(namespace, key, value));
            for offer in offers.into_iter().flatten() {
                if offer.service.selects(&endpoint.labels) {
                    let first = meant.entry(offer.backend).or_insert(offer);
                    if offer.rank < first.rank {
                        *first = offer;
                    }
                }
            }
        }
        let targets = meant.values().flat_map(|offer| &offer.targets);
        targets.fold(PortSet::none(), |ports, target| {
            let declared = endpoint.ports.iter().filter(|port| {
                port.protocol == Protocol::Tcp
                    && match target {
                        Target::Number(number) => i64::from(port.number) == *number,
                        Target::Name(name) => port.name.as_ref() == Some(name),
                    }
            });
            declared.fold(ports, |ports, port| {
                ports.union(&PortSet::port(Protocol::Tcp, port.number))
            })
        })
    }
}
