//! The finished network: who may reach whom, answered per class.

use std::collections::HashMap;
use std::sync::Arc;

use super::address::AddressRange;
use super::bits::Bits;
use super::coverage::Cube;
use super::endpoint::WorkloadId;
use super::labels::Labels;
use super::pairs::Pairs;
use super::port_table::{PortId, PortTable};
use super::ports::{PortSet, Protocol};
use super::rules::Direction;

/// The number of a class of endpoints that no policy can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub usize);

/// How much is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// Every port.
    All,
    /// Some ports, or only some of the replicas.
    Partial,
    /// Nothing.
    None,
}

impl Acceptance {
    /// `all`, `partial` or `none`.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Partial => "partial",
            Self::None => "none",
        }
    }
}

/// The policies of a workload's namespace that select it, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelectedBy {
    /// Those of type Ingress.
    pub ingress: Vec<String>,
    /// Those of type Egress.
    pub egress: Vec<String>,
}

/// What is known about one workload. Where replicas differ, accepting means that each of them does, being reachable
/// (from outside) that any of them is.
#[derive(Debug, Clone)]
pub struct WorkloadFacts {
    /// Which workload.
    pub id: WorkloadId,
    /// What it accepts from every possible Pod of every possible namespace.
    pub accepts_from_all: Acceptance,
    /// The ports of that.
    pub ports: Arc<PortSet>,
    /// The same, counting only policies whose peers are selectors; nothing when no policy selects it.
    pub explicitly_accepts: Arc<PortSet>,
    /// What it accepts from addresses outside the cluster.
    pub accepts_from_outside: Acceptance,
    /// The ports open to at least one outside address.
    pub outside_ports: Arc<PortSet>,
    /// Which outside addresses, and their ports.
    pub outside: Arc<[(AddressRange, Arc<PortSet>)]>,
    /// A policy of type Ingress selects each Pod of it.
    pub isolated_ingress: bool,
    /// A policy of type Egress selects each Pod of it.
    pub isolated_egress: bool,
    /// It uses the node's network, where NetworkPolicies are not enforced. The other facts read the policies as if they
    /// were.
    pub host_network: bool,
    /// Its class, that of the first replica when they differ.
    pub class: ClassId,
    /// All its classes.
    pub classes: Vec<ClassId>,
    /// Why these facts cannot be trusted, if so.
    pub not_evaluated: Option<String>,
    /// The policies that select it.
    pub selected_by: SelectedBy,
}

/// A class: endpoints that no policy can tell apart.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub(super) place: usize,
    pub(super) host_network: bool,
    /// The number of its combination of ingress profile and named ports.
    pub(super) acceptor: usize,
    pub(super) workloads: Vec<usize>,
}

/// Ingress rules with named ports resolved: all that matters about a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Acceptor {
    pub(super) profile: Option<usize>,
    pub(super) signature: usize,
}

/// Who may reach whom. Built by [`super::NetworkBuilder`].
#[derive(Debug)]
pub struct Network {
    pub(super) workloads: Vec<WorkloadFacts>,
    pub(super) numbers: HashMap<WorkloadId, usize>,
    /// Per workload the ports on which Ingress and Route objects send traffic to it.
    pub(super) offered: Vec<PortSet>,
    pub(super) namespaces: Vec<(String, Labels)>,
    pub(super) classes: Vec<Class>,
    pub(super) acceptors: Vec<Acceptor>,
    pub(super) controller: Option<usize>,
    pub(super) ingress: Direction,
    pub(super) egress: Direction,
    /// Per port specification the set, by the number of the named ports; one entry when it names none.
    pub(super) resolved: Vec<Vec<PortId>>,
    pub(super) table: PortTable,
    /// Per Pod peer the namespaces it looks in and what it asks of the Pods.
    pub(super) peers: Vec<(Bits, bool, Cube)>,
}

impl Network {
    /// Every workload, sorted by id.
    pub fn workloads(&self) -> impl ExactSizeIterator<Item = &WorkloadFacts> {
        self.workloads.iter()
    }

    /// The facts of one workload.
    pub fn workload(&self, id: &WorkloadId) -> Option<&WorkloadFacts> {
        self.numbers
            .get(id)
            .and_then(|number| self.workloads.get(*number))
    }

    /// Whether every possible Pod of every possible namespace may reach the port; false for an unknown workload.
    pub fn accepts_from_all(&self, workload: &WorkloadId, port: (Protocol, u16)) -> bool {
        self.workload(workload)
            .is_some_and(|facts| facts.ports.contains(port.0, port.1))
    }

    /// The same through policies whose peers are selectors.
    pub fn explicitly_accepts(&self, workload: &WorkloadId, port: (Protocol, u16)) -> bool {
        self.workload(workload)
            .is_some_and(|facts| facts.explicitly_accepts.contains(port.0, port.1))
    }

    /// The ports on which each Pod of `source` may reach each Pod of `destination`; none for unknown workloads.
    pub fn connects(&self, source: &WorkloadId, destination: &WorkloadId) -> Arc<PortSet> {
        let mut pairs = Pairs::new(self);
        let ports = match (self.workload(source), self.workload(destination)) {
            (Some(source), Some(destination)) => pairs.workloads(source, destination),
            _ => PortTable::NONE,
        };
        Arc::clone(pairs.table.get(ports))
    }

    /// Every class with its workloads; traffic of Ingress objects is left out.
    pub fn classes(&self) -> impl Iterator<Item = (ClassId, &str, Vec<&WorkloadId>)> {
        self.classes
            .iter()
            .enumerate()
            .filter(|(class, _)| self.controller != Some(*class))
            .map(|(number, class)| {
                let members = class
                    .workloads
                    .iter()
                    .map(|workload| &self.workloads[*workload].id);
                (
                    ClassId(number),
                    self.namespaces[class.place].0.as_str(),
                    members.collect(),
                )
            })
    }

    /// The ports on which Pods of one class may reach Pods of another.
    pub fn allowed(&self, source: ClassId, destination: ClassId) -> Arc<PortSet> {
        let mut pairs = Pairs::new(self);
        let known = |class: ClassId| class.0 < self.classes.len();
        let ports = if known(source) && known(destination) {
            pairs.classes(source.0, destination.0)
        } else {
            PortTable::NONE
        };
        Arc::clone(pairs.table.get(ports))
    }

    /// The ports of a specification at a destination.
    pub(super) fn resolve(&self, ports: usize, signature: usize) -> PortId {
        let sets = &self.resolved[ports];
        sets.get(signature)
            .or_else(|| sets.first())
            .copied()
            .unwrap_or(PortTable::NONE)
    }

    pub(super) fn signature(&self, class: usize) -> usize {
        self.acceptors[self.classes[class].acceptor].signature
    }
}
