//! Which connections an environment declares, and which a change would open beyond that (safety.md §2).
//!
//! Declared is what a namespace accepts (`network.accepts`: namespaces, its own, all, addresses outside), what workloads are
//! said to use, and what leads to them: the Services under `exposure`. A namespace that says nothing of what it accepts takes
//! its own Pods, those that monitor it, and, where it has hosts, the ingress controller's. Whoever declares where its Pods may
//! connect to is held to that as well. All else is opened by nobody's word.

use crate::network::endpoints_from_object;
use crate::network::{AddressRange, Connection, Endpoint, Network, Node, PortSet, Protocol, WorkloadId};
use crate::plan::Pair;
use crate::value::{Value, ValueExt};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// What an environment declares of who may connect to whom.
#[derive(Debug, Default)]
pub struct Declared {
    namespaces: BTreeMap<String, Value>,
    /// Namespaces that serve hosts.
    hosts: BTreeSet<String>,
    /// `namespace/name` of a workload → those that it uses.
    uses: BTreeMap<String, BTreeSet<String>>,
    /// What exposed Services lead to, each with its ports.
    exposed: Vec<(WorkloadId, PortSet)>,
}

impl Declared {
    /// What this spec declares, `data.environment` of policies. Among `objects` are the Services that it exposes, and what these
    /// select.
    pub fn of<'v>(spec: &Value, objects: &(impl Iterator<Item = &'v Value> + Clone)) -> Self {
        let mut declared = Self::default();
        for namespace in spec.items_at(&["namespaces"]) {
            let name = namespace.text_at(&["name"]).unwrap_or_default();
            declared.namespaces.insert(name.to_owned(), namespace.clone());
            for workload in namespace.items_at(&["workloads"]) {
                let own = workload.text_at(&["name"]).unwrap_or_default();
                let uses = workload.items_at(&["uses"]).iter();
                let uses = uses.filter_map(|used| used.text().map(ToOwned::to_owned));
                let all = declared.uses.entry(format!("{name}/{own}")).or_default();
                all.extend(uses);
            }
        }
        let hosts = spec.at(&["ingress", "hosts"]);
        let hosts = hosts.into_iter().flat_map(ValueExt::members);
        declared.hosts = hosts.map(|(namespace, _)| namespace.to_owned()).collect();
        let names: BTreeSet<&str> = spec
            .items_at(&["exposure"])
            .iter()
            .filter_map(|one| one.text_at(&["service"]))
            .collect();
        let services = objects.clone().filter(|object| {
            let text = |key: &str| object.text_at(&["metadata", key]).unwrap_or_default();
            let kind = object.text_at(&["kind"]) == Some("Service");
            kind && names.contains(format!("{}/{}", text("namespace"), text("name")).as_str())
        });
        for service in services {
            let endpoints = objects.clone().flat_map(endpoints_from_object);
            let led_to = endpoints.filter_map(|endpoint| {
                let ports = led_to(service, &endpoint);
                (!ports.is_empty()).then_some((endpoint.workload, ports))
            });
            declared.exposed.extend(led_to);
        }
        declared
    }

    fn role(&self, namespace: &str) -> Option<&str> {
        self.namespaces.get(namespace)?.text_at(&["role"])
    }

    /// The namespaces of ingress controllers.
    pub fn ingress_namespaces(&self) -> impl Iterator<Item = &str> {
        let names = self.namespaces.keys().map(String::as_str);
        names.filter(|name| self.role(name) == Some("ingress"))
    }

    /// Whether hosts are declared that lead into this namespace.
    pub(super) fn has_hosts(&self, namespace: &str) -> bool {
        self.hosts.contains(namespace)
    }

    fn accepts(&self, namespace: &str) -> Option<&Value> {
        let accepts = self.namespaces.get(namespace)?.at(&["network", "accepts"]);
        accepts.filter(|accepts| accepts.as_object().is_ok())
    }

    /// Every namespace, existing or not, may connect to this one.
    fn accepts_all(&self, to: &str) -> bool {
        let accepts = self.accepts(to);
        accepts.and_then(|accepts| accepts.text_at(&["fromNamespaces"])) == Some("all")
    }

    /// Any Pod of the one namespace may connect to the other.
    fn accepts_from(&self, from: &str, to: &str) -> bool {
        if self.accepts_all(to) {
            return true;
        }
        match self.accepts(to) {
            Some(accepts) if from == to => accepts.field("sameNamespace") != Some(&Value::from(false)),
            Some(accepts) => {
                let mut names = accepts.items_at(&["fromNamespaces"]).iter();
                names.any(|name| name.text() == Some(from))
            }
            // It says nothing; what is not declared at all says nothing, either.
            None if !self.namespaces.contains_key(to) => false,
            None => {
                let serves = || self.hosts.contains(to);
                from == to
                    || self.role(from) == Some("monitoring")
                    || self.role(from) == Some("ingress") && serves()
            }
        }
    }

    fn uses(&self, from: &WorkloadId, to: &WorkloadId) -> bool {
        let name = |id: &WorkloadId| format!("{}/{}", id.namespace, id.name);
        let uses = self.uses.get(&name(from));
        uses.is_some_and(|uses| uses.contains(&name(to)))
    }

    /// What the namespace declares of where its Pods may connect to leaves this one out.
    fn keeps_in(&self, from: &str, to: &str) -> bool {
        let egress = self
            .namespaces
            .get(from)
            .and_then(|own| own.at(&["network", "egress"]));
        let Some(egress) = egress.filter(|egress| egress.as_object().is_ok()) else {
            return false;
        };
        if from == to {
            return egress.field("sameNamespace") == Some(&Value::from(false));
        }
        let all = egress.text_at(&["toNamespaces"]) == Some("all");
        let mut names = egress.items_at(&["toNamespaces"]).iter();
        !all && !names.any(|name| name.text() == Some(to))
    }

    fn accepts_outside(&self, to: &WorkloadId, ports: &PortSet) -> bool {
        let accepts = self.accepts(&to.namespace);
        if accepts.is_some_and(|accepts| accepts.field("outside").is_some_and(ValueExt::is_true)) {
            return true;
        }
        let exposed = self.exposed.iter().filter(|(id, _)| id == to);
        let exposed = exposed.fold(PortSet::none(), |all, (_, ports)| all.union(ports));
        ports.minus(&exposed).is_empty()
    }

    fn lets_out(&self, from: &str, range: AddressRange) -> bool {
        let egress = self
            .namespaces
            .get(from)
            .and_then(|own| own.at(&["network", "egress"]));
        let Some(egress) = egress else { return false };
        let networks = egress.items_at(&["networks"]).iter();
        let networks: Vec<IpNet> = networks.filter_map(|one| one.text()?.parse().ok()).collect();
        let networks = IpNet::aggregate(&networks);
        let within = |block: IpNet| networks.iter().any(|network| network.contains(&block));
        egress.field("outside").is_some_and(ValueExt::is_true) || range.blocks().into_iter().all(within)
    }

    /// Whether a connection is one that somebody declared.
    fn covers(&self, one: &Connection<'_>) -> bool {
        match (one.src, one.dst) {
            (Node::Workload(from), Node::Workload(to)) => {
                let out = !self.keeps_in(&from.namespace, &to.namespace);
                self.uses(from, to) || out && self.accepts_from(&from.namespace, &to.namespace)
            }
            (Node::External(_), Node::Workload(to)) => self.accepts_outside(to, &one.ports),
            (Node::Workload(from), Node::External(range)) => self.lets_out(&from.namespace, range),
            (Node::IngressController, Node::Workload(to)) => {
                let names = self.namespaces.keys();
                let mut controllers = names.filter(|name| self.role(name) == Some("ingress"));
                controllers.any(|from| self.accepts_from(from, &to.namespace))
            }
            _ => false,
        }
    }
}

/// Where a change is looked for: a policy matters to its own namespace, the labels of a namespace to all that may let it in.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// One end of a connection is in one of these.
    pub namespaces: BTreeSet<String>,
    /// Whom every workload lets in may have changed.
    pub everywhere: bool,
}

/// The connections that become possible between two networks and that nobody declared, each as one pair.
pub fn undeclared(before: &Network, after: &Network, declared: &Declared, reach: &Reach) -> Vec<Pair> {
    let concerned = |namespace: &str| reach.namespaces.contains(namespace);
    let opened = after.beyond(before, concerned);
    let mut pairs = BTreeSet::new();
    let mut told: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut used: BTreeSet<(&str, String)> = BTreeSet::new();
    // On the host network no policy applies any more.
    let freed = after.workloads().filter(|facts| {
        let was = before
            .workload(&facts.id)
            .is_some_and(|before| before.host_network);
        facts.host_network && !was && concerned(&facts.id.namespace)
    });
    pairs.extend(freed.map(|facts| Pair {
        from: "everybody who reaches its node".to_owned(),
        to: facts.id.to_string(),
        conn: PortSet::all().to_string(),
    }));
    for one in &opened {
        let way = match (one.src, one.dst) {
            (Node::Workload(from), Node::Workload(to)) => Some((from.namespace.as_str(), to.to_string())),
            _ => None,
        };
        if declared.covers(one) {
            used.extend(way);
        } else {
            told.extend(way);
            pairs.insert(Pair {
                from: one.src.to_string(),
                to: one.dst.to_string(),
                conn: one.ports.to_string(),
            });
        }
    }
    let asked = |id: &WorkloadId| reach.everywhere || concerned(&id.namespace);
    for one in after.admissions_beyond(before, asked) {
        let to = one.to.to_string();
        let from = match &one.from {
            None if declared.accepts_all(&one.to.namespace) => continue,
            None => "every namespace".to_owned(),
            Some(from) if declared.accepts_from(from, &one.to.namespace) => continue,
            Some(from) => {
                let way = (from.as_str(), to.clone());
                // Those Pods alone that are declared to use it; or what was told already.
                if told.contains(&way) || one.every.is_empty() && used.contains(&way) {
                    continue;
                }
                format!("Pods of namespace {from}")
            }
        };
        pairs.insert(Pair {
            from,
            to,
            conn: one.some.to_string(),
        });
    }
    pairs.into_iter().collect()
}

/// The ports of Pods to which a Service leads.
pub(super) fn led_to(service: &Value, endpoint: &Endpoint) -> PortSet {
    let selector = service.at(&["spec", "selector"]);
    let mut wanted = selector.into_iter().flat_map(ValueExt::members).peekable();
    let namespace = service.text_at(&["metadata", "namespace"]).unwrap_or_default();
    let selects = wanted.peek().is_some()
        && namespace == endpoint.workload.namespace
        && wanted.all(|(key, value)| endpoint.labels.get(key) == value.text());
    if !selects {
        return PortSet::none();
    }
    let ports = service.items_at(&["spec", "ports"]).iter();
    let ports = ports.flat_map(|port| {
        let protocol = port.text_at(&["protocol"]).unwrap_or("TCP");
        let protocol = Protocol::parse(protocol).unwrap_or(Protocol::Tcp);
        let target = port.field("targetPort").or_else(|| port.field("port"));
        let number = target.and_then(ValueExt::int);
        let named = endpoint.ports.iter().filter(move |own| {
            own.protocol == protocol
                && own.name.is_some()
                && own.name.as_deref() == target.and_then(ValueExt::text)
        });
        let numbers = number.and_then(|number| u16::try_from(number).ok()).into_iter();
        numbers
            .chain(named.map(|own| own.number))
            .map(move |number| PortSet::port(protocol, number))
            .collect::<Vec<_>>()
    });
    ports.fold(PortSet::none(), |all, one| all.union(&one))
}
