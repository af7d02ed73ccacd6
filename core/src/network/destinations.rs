//! Where the Pods of a workload may connect to, by the policies of type Egress that select them: which namespaces, whether
//! somebody is there or not, and which addresses outside.

use super::address::{AddressRange, join};
use super::endpoint::WorkloadId;
use super::graph::Network;
use super::port_table::PortTable;
use super::ports::{PortSet, Protocol};
use super::rules::Group;
use std::collections::BTreeSet;

/// What policies of type Egress allow a workload, DNS left out: port 53, wherever it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Destinations {
    /// The known namespaces of which some Pod is admitted on some port.
    pub namespaces: BTreeSet<String>,
    /// So is every namespace, also one that nobody has declared yet.
    pub any_namespace: bool,
    /// The addresses outside, on some port: sorted, neighbours joined.
    pub outside: Vec<AddressRange>,
    /// Every address is, of both families.
    pub everywhere: bool,
    /// Something of it is open to some Pods of a namespace only, or on some ports only.
    pub narrower: bool,
}

impl Network {
    /// Where the workload may connect to; `None` where no policy of type Egress selects one of its Pods, so that it may connect
    /// everywhere, and for an unknown one.
    pub fn destinations_of(&self, workload: &WorkloadId) -> Option<Destinations> {
        let facts = self.workload(workload)?;
        let mut found = Destinations::default();
        let mut outside = Vec::new();
        for class in &facts.classes {
            let profile = self.egress.of[class.0]?;
            for group in &self.egress.profiles[profile].groups {
                let ports = self.all_ports(group.ports);
                if ports.minus(&dns()).is_empty() {
                    continue;
                }
                found.narrower |= !ports.is_all();
                self.add(group, &mut found, &mut outside);
            }
        }
        found.outside = join(&outside);
        let every = [false, true].map(AddressRange::every);
        found.everywhere |= every.iter().all(|range| found.outside.contains(range));
        Some(found)
    }

    fn add(&self, group: &Group, found: &mut Destinations, outside: &mut Vec<AddressRange>) {
        if group.any {
            found.any_namespace = true;
            found.everywhere = true;
        }
        for peer in &group.peers {
            let (namespaces, stranger, pods) = &self.peers[*peer];
            found.any_namespace |= stranger;
            found.narrower |= !pods.is_empty();
            let names = namespaces.iter().map(|place| self.namespaces[place].0.clone());
            found.namespaces.extend(names);
        }
        let atoms = group.outside.iter().map(|atom| self.egress.atoms[atom]);
        outside.extend(atoms);
    }

    /// The ports of a specification at any destination.
    fn all_ports(&self, ports: usize) -> PortSet {
        let sets = self.resolved[ports].iter();
        let sets = sets.filter(|set| **set != PortTable::NONE);
        sets.fold(PortSet::none(), |all, set| all.union(self.table.get(*set)))
    }
}

fn dns() -> PortSet {
    PortSet::port(Protocol::Tcp, 53).union(&PortSet::port(Protocol::Udp, 53))
}
