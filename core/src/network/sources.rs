//! From which namespaces a workload can be reached: by the Pods that are there, and by any that may come.

use std::collections::HashMap;
use std::sync::Arc;

use super::coverage::{BUDGET, Coverage, Cube};
use super::endpoint::WorkloadId;
use super::graph::{Network, WorkloadFacts};
use super::pairs::{Pairs, Point};
use super::port_table::{PortId, PortTable};
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

/// What can reach a workload, in numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) namespaces: Vec<FoundSource>,
    pub(super) any_namespace: PortId,
}

/// One namespace, in numbers. Equal ones are shown alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FoundSource {
    pub(super) place: usize,
    pub(super) workloads: Vec<usize>,
    pub(super) ports: PortId,
    pub(super) admitted: Admitted,
}

/// What ingress admits from a namespace: from every possible Pod, and from some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Admitted {
    pub(super) every: PortId,
    pub(super) some: PortId,
}

/// Answers about sources, remembered between workloads.
pub(super) struct SourceFinder<'n> {
    network: &'n Network,
    pub(super) pairs: Pairs<'n>,
    coverage: Coverage,
    /// By acceptor and namespace; None stands for one that nobody has declared.
    admitted: HashMap<(usize, Option<usize>), Admitted>,
    /// Per namespace the classes of its Pods, those on the node's network left out.
    inhabitants: Vec<Vec<usize>>,
    /// The acceptor that was asked about last, and what it accepts from each class.
    latest: Option<(usize, Vec<PortId>)>,
}

impl Network {
    /// What can reach the workload; nothing for an unknown one.
    pub fn sources_of(&self, workload: &WorkloadId) -> Sources {
        let Some(facts) = self.workload(workload) else {
            return Sources::default();
        };
        let mut finder = SourceFinder::new(self);
        let found = finder.sources(facts);
        let ports = |id: PortId| PortSet::clone(finder.pairs.table.get(id));
        let namespaces = found.namespaces.iter().map(|source| Source {
            namespace: self.namespaces[source.place].0.clone(),
            workloads: source
                .workloads
                .iter()
                .map(|number| self.workloads[*number].id.clone())
                .collect(),
            ports: ports(source.ports),
            every_pod: source.admitted.every != PortTable::NONE,
            every_pod_ports: ports(source.admitted.every),
            possible_ports: ports(source.admitted.some),
        });
        Sources {
            namespaces: namespaces.collect(),
            any_namespace: found.any_namespace != PortTable::NONE,
            any_namespace_ports: ports(found.any_namespace),
        }
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
            latest: None,
        }
    }

    pub(super) fn sources(&mut self, destination: &WorkloadFacts) -> Found {
        let mut found = Found::default();
        let controller = self
            .network
            .controller
            .map(|class| self.network.classes[class].place);
        let reaching = self.reaching(destination);
        for place in 0..self.network.namespaces.len() {
            if controller == Some(place) && self.inhabitants[place].is_empty() {
                continue;
            }
            let admitted = self.admitted_by(destination, Some(place));
            let (workloads, ports) = self.connected(destination, place, &reaching);
            if admitted.some != PortTable::NONE || !workloads.is_empty() {
                found.namespaces.push(FoundSource {
                    place,
                    workloads,
                    ports,
                    admitted,
                });
            }
        }
        found.any_namespace = self.admitted_by(destination, None).every;
        found
    }

    /// Per class the ports on which it reaches any of the replicas.
    fn reaching(&mut self, destination: &WorkloadFacts) -> Vec<PortId> {
        let count = self.network.classes.len();
        let mut reaching = vec![PortTable::NONE; count];
        for class in &destination.classes {
            let acceptor = self.network.classes[class.0].acceptor;
            let latest = self.latest.take().filter(|(latest, _)| *latest == acceptor);
            let row = latest.unwrap_or_else(|| {
                let each = (0..count).map(|source| self.pairs.ingress(Point::Class(source), acceptor));
                (acceptor, each.collect())
            });
            for (source, (reaching, &ingress)) in reaching.iter_mut().zip(&row.1).enumerate() {
                if ingress != PortTable::NONE {
                    let egress = self.pairs.egress(source, Point::Class(class.0));
                    let both = self.pairs.table.intersection(ingress, egress);
                    *reaching = self.pairs.table.union(*reaching, both);
                }
            }
            self.latest = Some(row);
        }
        reaching
    }

    /// The workloads of a namespace that reach any of the replicas, and the ports.
    fn connected(
        &mut self,
        destination: &WorkloadFacts,
        place: usize,
        reaching: &[PortId],
    ) -> (Vec<usize>, PortId) {
        let mut numbers = Vec::new();
        let mut ports = PortTable::NONE;
        for &source in &self.inhabitants[place] {
            if reaching[source] == PortTable::NONE {
                continue;
            }
            let members = self.network.classes[source].workloads.iter().copied();
            let before = numbers.len();
            numbers.extend(members.filter(|number| self.network.workloads[*number].id != destination.id));
            if numbers.len() > before {
                ports = self.pairs.table.union(ports, reaching[source]);
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        (numbers, ports)
    }

    /// What the ingress of any of the replicas admits.
    fn admitted_by(&mut self, destination: &WorkloadFacts, place: Option<usize>) -> Admitted {
        let mut all = Admitted::default();
        for class in &destination.classes {
            let acceptor = self.network.classes[class.0].acceptor;
            let known = self.admitted.get(&(acceptor, place)).copied();
            let one = known.unwrap_or_else(|| self.admitted(acceptor, place));
            self.admitted.insert((acceptor, place), one);
            all.every = self.pairs.table.union(all.every, one.every);
            all.some = self.pairs.table.union(all.some, one.some);
        }
        all
    }

    fn admitted(&mut self, acceptor: usize, place: Option<usize>) -> Admitted {
        let acceptor = self.network.acceptors[acceptor];
        let Some(profile) = acceptor.profile else {
            return Admitted {
                every: PortTable::ALL,
                some: PortTable::ALL,
            };
        };
        let free = Cube::new();
        let mut some = PortTable::NONE;
        let mut admitted: Vec<(&Cube, Arc<PortSet>)> = Vec::new();
        for group in &self.network.ingress.profiles[profile].groups {
            let ports = self.network.resolve(group.ports, acceptor.signature);
            let mut admit = |cube| {
                some = self.pairs.table.union(some, ports);
                admitted.push((cube, Arc::clone(self.network.table.get(ports))));
            };
            if group.any {
                admit(&free);
            }
            for peer in &group.peers {
                let (places, stranger, pods) = &self.network.peers[*peer];
                let looks_there = place.map_or(*stranger, |place| places.contains(place));
                if looks_there && pods.iter().all(|(_, codes)| !codes.is_empty()) {
                    admit(pods);
                }
            }
        }
        // An unanswered question counts as "not every Pod": the ports are then among the possible ones only.
        let (every, _) = self.coverage.ports(&admitted);
        Admitted {
            every: self.pairs.table.intern(every),
            some,
        }
    }
}
