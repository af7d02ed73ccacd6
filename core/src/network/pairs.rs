//! `conn(s, d) = ingress[d][s] ∧ egress[s][d]`, computed when asked.

use super::graph::{Network, WorkloadFacts};
use super::port_table::{PortId, PortTable};

/// Answers about pairs, with a port table of its own that remembers what it computed.
pub(super) struct Pairs<'n> {
    network: &'n Network,
    pub(super) table: PortTable,
}

/// One side of a connection: a class of Pods, or an atom of the outside addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    Class(usize),
    Outside(usize),
}

impl<'n> Pairs<'n> {
    pub(super) fn new(network: &'n Network) -> Self {
        Self {
            network,
            table: network.table.clone(),
        }
    }

    /// What the ingress rules of an acceptor allow from a source.
    pub(super) fn ingress(&mut self, source: Point, acceptor: usize) -> PortId {
        let acceptor = self.network.acceptors[acceptor];
        let Some(profile) = acceptor.profile else {
            return PortTable::ALL;
        };
        let mut ports = PortTable::NONE;
        for group in &self.network.ingress.profiles[profile].groups {
            let admitted = match source {
                Point::Class(class) => group.classes.contains(class),
                Point::Outside(atom) => group.outside.contains(atom),
            };
            if admitted {
                ports = self
                    .table
                    .union(ports, self.network.resolve(group.ports, acceptor.signature));
            }
        }
        ports
    }

    /// What the egress rules of a class allow to a destination.
    pub(super) fn egress(&mut self, source: usize, destination: Point) -> PortId {
        let Some(profile) = self.network.egress.of[source] else {
            return PortTable::ALL;
        };
        let mut ports = PortTable::NONE;
        for group in &self.network.egress.profiles[profile].groups {
            let (admitted, signature) = match destination {
                Point::Class(class) => (group.classes.contains(class), self.network.signature(class)),
                Point::Outside(atom) => (group.outside.contains(atom), 0),
            };
            if admitted {
                ports = self
                    .table
                    .union(ports, self.network.resolve(group.ports, signature));
            }
        }
        ports
    }

    pub(super) fn classes(&mut self, source: usize, destination: usize) -> PortId {
        let ingress = self.ingress(Point::Class(source), self.network.classes[destination].acceptor);
        if ingress == PortTable::NONE {
            return PortTable::NONE;
        }
        let egress = self.egress(source, Point::Class(destination));
        self.table.intersection(ingress, egress)
    }

    /// What each replica may send to each replica.
    pub(super) fn workloads(&mut self, source: &WorkloadFacts, destination: &WorkloadFacts) -> PortId {
        let mut ports = PortTable::ALL;
        for source in &source.classes {
            for destination in &destination.classes {
                let between = self.classes(source.0, destination.0);
                ports = self.table.intersection(ports, between);
            }
        }
        ports
    }
}
