//! From which namespaces a workload can be reached: by the Pods that are there, and by any that may come.

use std::collections::HashMap;
use std::sync::Arc;

use super::coverage::{BUDGET, Coverage, Cube};
use super::endpoint::WorkloadId;
use super::graph::{Network, WorkloadFacts};
use super::pairs::Pairs;
use super::port_table::PortTable;
use super::ports::PortSet;

/// What can reach a workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The known namespaces that the workload's ingress admits, or from which it is reached, sorted by name.
    pub namespaces: Vec<Source>,
    /// Every Pod of a namespace that nobody has declared yet, with no label but its name, is admitted on some port.
    pub any_namespace: bool,
    /// The ports of that.
    pub any_namespace_ports: PortSet,
}

/// One namespace that can reach a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub namespace: String,
    /// The workloads there that can connect, except the destination itself and those on the node's network.
    pub workloads: Vec<WorkloadId>,
    /// The ports on which at least one of them can.
    pub ports: PortSet,
    /// The destination's ingress admits every possible Pod of the namespace, whether Pods exist or not, on some port.
    pub every_pod: bool,
    /// The ports of that.
    pub every_pod_ports: PortSet,
    /// The ports on which some possible Pod of the namespace is admitted, if its labels are right.
    pub possible_ports: PortSet,
}

/// What ingress admits from a namespace.
#[derive(Debug, Clone, Default)]
struct Admitted {
    every: PortSet,
    some: PortSet,
}

/// Answers about sources, remembered between workloads.
pub(super) struct SourceFinder<'n> {
    network: &'n Network,
    pairs: Pairs<'n>,
    coverage: Coverage,
    /// By acceptor and namespace; None stands for one that nobody has declared.
    admitted: HashMap<(usize, Option<usize>), Arc<Admitted>>,
    /// Per namespace the classes of its Pods, those on the node's network left out.
    inhabitants: Vec<Vec<usize>>,
}

impl Network {
    /// What can reach the workload; nothing for an unknown one.
    pub fn sources_of(&self, workload: &WorkloadId) -> Sources {
        let facts = self.workload(workload);
        facts
            .map(|facts| SourceFinder::new(self).sources(facts))
            .unwrap_or_default()
    }
}

impl<'n> SourceFinder<'n> {
    pub(super) fn new(network: &'n Network) -> Self {
        let mut inhabitants = vec![Vec::new(); network.namespaces.len()];
        for (number, class) in network.classes.iter().enumerate() {
            if !class.host_network && network.controller != Some(number) {
                inhabitants[class.place].push(number);
            }
        }
        Self {
            network,
            pairs: Pairs::new(network),
            coverage: Coverage::new(None, BUDGET),
            admitted: HashMap::new(),
            inhabitants,
        }
    }

    pub(super) fn sources(&mut self, destination: &WorkloadFacts) -> Sources {
        let mut sources = Sources::default();
        let controller = self
            .network
            .controller
            .map(|class| self.network.classes[class].place);
        for place in 0..self.network.namespaces.len() {
            if controller == Some(place) && self.inhabitants[place].is_empty() {
                continue;
            }
            let admitted = self.admitted_by(destination, Some(place));
            let (workloads, ports) = self.connected(destination, place);
            if admitted.some.is_empty() && workloads.is_empty() {
                continue;
            }
            sources.namespaces.push(Source {
                namespace: self.network.namespaces[place].0.clone(),
                workloads,
                ports,
                every_pod: !admitted.every.is_empty(),
                every_pod_ports: admitted.every,
                possible_ports: admitted.some,
            });
        }
        sources.any_namespace_ports = self.admitted_by(destination, None).every;
        sources.any_namespace = !sources.any_namespace_ports.is_empty();
        sources
    }

    /// The workloads of a namespace that reach any of the replicas, and the ports.
    fn connected(&mut self, destination: &WorkloadFacts, place: usize) -> (Vec<WorkloadId>, PortSet) {
        let mut numbers = Vec::new();
        let mut ports = PortTable::NONE;
        for &source in &self.inhabitants[place] {
            let mut here = PortTable::NONE;
            for class in &destination.classes {
                let between = self.pairs.classes(source, class.0);
                here = self.pairs.table.union(here, between);
            }
            if here == PortTable::NONE {
                continue;
            }
            let members = self.network.classes[source].workloads.iter().copied();
            let before = numbers.len();
            numbers.extend(members.filter(|number| self.network.workloads[*number].id != destination.id));
            if numbers.len() > before {
                ports = self.pairs.table.union(ports, here);
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        let workloads = numbers
            .iter()
            .map(|number| self.network.workloads[*number].id.clone())
            .collect();
        (workloads, PortSet::clone(self.pairs.table.get(ports)))
    }

    /// What the ingress of any of the replicas admits.
    fn admitted_by(&mut self, destination: &WorkloadFacts, place: Option<usize>) -> Admitted {
        let mut all = Admitted::default();
        for class in &destination.classes {
            let acceptor = self.network.classes[class.0].acceptor;
            let known = self.admitted.get(&(acceptor, place)).cloned();
            let one = known.unwrap_or_else(|| {
                let one = Arc::new(self.admitted(acceptor, place));
                self.admitted.insert((acceptor, place), Arc::clone(&one));
                one
            });
            all.every = all.every.union(&one.every);
            all.some = all.some.union(&one.some);
        }
        all
    }

    fn admitted(&mut self, acceptor: usize, place: Option<usize>) -> Admitted {
        let acceptor = self.network.acceptors[acceptor];
        let Some(profile) = acceptor.profile else {
            return Admitted {
                every: PortSet::all(),
                some: PortSet::all(),
            };
        };
        let free = Cube::new();
        let mut admitted: Vec<(&Cube, Arc<PortSet>)> = Vec::new();
        for group in &self.network.ingress.profiles[profile].groups {
            let ports = self
                .network
                .table
                .get(self.network.resolve(group.ports, acceptor.signature));
            if group.any {
                admitted.push((&free, Arc::clone(ports)));
            }
            for peer in &group.peers {
                let (places, stranger, pods) = &self.network.peers[*peer];
                let looks_there = place.map_or(*stranger, |place| places.contains(place));
                if looks_there && pods.iter().all(|(_, codes)| !codes.is_empty()) {
                    admitted.push((pods, Arc::clone(ports)));
                }
            }
        }
        // An unanswered question counts as "not every Pod": the ports are then among the possible ones only.
        let (every, _) = self.coverage.ports(&admitted);
        let some = admitted
            .iter()
            .fold(PortSet::none(), |all, (_, ports)| all.union(ports));
        Admitted { every, some }
    }
}
