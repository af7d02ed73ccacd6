//! All connections, one after another, as `reach` lists them.

use std::fmt;
use std::sync::Arc;

use super::address::AddressRange;
use super::endpoint::WorkloadId;
use super::graph::Network;
use super::pairs::{Pairs, Point};
use super::port_table::{PortId, PortTable};
use super::ports::PortSet;

/// One side of a [`Connection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node<'n> {
    /// A workload.
    Workload(&'n WorkloadId),
    /// Addresses outside the cluster.
    External(AddressRange),
    /// Whatever serves Ingress and Route objects.
    IngressController,
}

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload(id) => id.fmt(f),
            Self::External(range) => range.fmt(f),
            Self::IngressController => f.write_str("{ingress-controller}"),
        }
    }
}

/// Traffic that is allowed.
#[derive(Debug, Clone)]
pub struct Connection<'n> {
    /// Where it comes from.
    pub src: Node<'n>,
    /// Where it goes.
    pub dst: Node<'n>,
    /// On which ports; never none.
    pub ports: Arc<PortSet>,
}

/// A node before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Workload(usize),
    Outside(usize),
    Controller(usize),
}

impl Network {
    /// Every allowed connection, sorted by source and destination as they are printed. A workload to itself is left out.
    /// They are computed source by source while iterating.
    pub fn connections(&self) -> impl Iterator<Item = Connection<'_>> {
        let sources = self.places(&self.ingress.atoms, true);
        let destinations = self.places(&self.egress.atoms, false);
        let mut pairs = Pairs::new(self);
        sources.into_iter().flat_map(move |source| {
            let row = self.row(&mut pairs, source, &destinations);
            row.into_iter().map(move |(place, ports)| Connection {
                src: self.node(source, &self.ingress.atoms),
                dst: self.node(place, &self.egress.atoms),
                ports,
            })
        })
    }

    fn places(&self, atoms: &[AddressRange], source: bool) -> Vec<Place> {
        let mut places: Vec<Place> = (0..self.workloads.len()).map(Place::Workload).collect();
        places.extend((0..atoms.len()).map(Place::Outside));
        places.extend(self.controller.filter(|_| source).map(Place::Controller));
        places.sort_by_cached_key(|place| self.node(*place, atoms).to_string());
        places
    }

    fn node(&self, place: Place, atoms: &[AddressRange]) -> Node<'_> {
        match place {
            Place::Workload(number) => Node::Workload(&self.workloads[number].id),
            Place::Outside(atom) => Node::External(atoms[atom]),
            Place::Controller(_) => Node::IngressController,
        }
    }

    /// The classes or addresses behind a place.
    fn points(&self, place: Place) -> Vec<Point> {
        match place {
            Place::Workload(number) => self.workloads[number]
                .classes
                .iter()
                .map(|class| Point::Class(class.0))
                .collect(),
            Place::Outside(atom) => vec![Point::Outside(atom)],
            Place::Controller(class) => vec![Point::Class(class)],
        }
    }

    fn row(
        &self,
        pairs: &mut Pairs<'_>,
        source: Place,
        destinations: &[Place],
    ) -> Vec<(Place, Arc<PortSet>)> {
        let points = self.points(source);
        // The ingress side depends on the acceptor only: asked once for each.
        let mut accepted: Vec<Vec<Option<PortId>>> = vec![vec![None; self.acceptors.len()]; points.len()];
        let mut row = Vec::new();
        for &destination in destinations {
            let mut ports = match (source, destination) {
                (Place::Outside(_) | Place::Controller(_), Place::Outside(_)) | (_, Place::Controller(_)) => {
                    PortTable::NONE
                }
                (Place::Workload(from), Place::Workload(to)) if from == to => PortTable::NONE,
                (Place::Controller(_), Place::Workload(to)) => pairs.table.intern(self.offered[to].clone()),
                _ => PortTable::ALL,
            };
            for (point, accepted) in points.iter().zip(&mut accepted) {
                if ports == PortTable::NONE {
                    break;
                }
                match destination {
                    Place::Workload(number) => {
                        for class in &self.workloads[number].classes {
                            let acceptor = self.classes[class.0].acceptor;
                            let ingress =
                                *accepted[acceptor].get_or_insert_with(|| pairs.ingress(*point, acceptor));
                            ports = pairs.table.intersection(ports, ingress);
                            if let (Point::Class(source), true) = (*point, ports != PortTable::NONE) {
                                let egress = pairs.egress(source, Point::Class(class.0));
                                ports = pairs.table.intersection(ports, egress);
                            }
                        }
                    }
                    Place::Outside(_) | Place::Controller(_) => {
                        for outside in self.points(destination) {
                            if let Point::Class(source) = *point {
                                let egress = pairs.egress(source, outside);
                                ports = pairs.table.intersection(ports, egress);
                            }
                        }
                    }
                }
            }
            if ports != PortTable::NONE {
                row.push((destination, Arc::clone(pairs.table.get(ports))));
            }
        }
        row
    }
}
