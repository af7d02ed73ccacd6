//! What a destination accepts from every possible Pod, and from outside the cluster.

use std::sync::Arc;

use super::address::{AddressRange, join, without};
use super::bits::Bits;
use super::coverage::{BUDGET, Coverage, Cube, Variable};
use super::graph::{Acceptance, Network};
use super::mentioned::{Mentioned, Scope};
use super::port_table::PortTable;
use super::ports::PortSet;
use super::selector::{NAMESPACE_NAME, Selector};
use super::vocabulary::{ABSENT, OTHER};

/// The Pod peers as conjunctions over all labels a Pod and its namespace may have.
pub(super) struct Universe {
    /// Per peer its conjunction; None when no Pod can satisfy it.
    pub(super) cubes: Vec<Option<Cube>>,
    /// Per peer the known namespaces it looks in, whether it looks into one that nobody knows, and its Pod labels.
    pub(super) peers: Vec<(Bits, bool, Cube)>,
    pub(super) namespace_name: Option<Variable>,
}

impl Universe {
    pub(super) fn new(mentioned: &Mentioned, peers: &[(Scope, usize)]) -> Self {
        let offset = mentioned.pod_words.key_count();
        let name = mentioned.namespace_words.key(NAMESPACE_NAME);
        let mut universe = Self {
            cubes: Vec::new(),
            peers: Vec::new(),
            namespace_name: name.map(|name| name + offset),
        };
        for (scope, selector) in peers {
            let pods = &mentioned.pods.items[*selector];
            let namespaces = match scope {
                Scope::Selected(number) => mentioned.namespaces.items[*number].clone(),
                Scope::Own(place) => mentioned
                    .namespace_words
                    .compile(&Selector::equals(NAMESPACE_NAME, &mentioned.labels[*place].0)),
            };
            let stranger = namespaces
                .0
                .iter()
                .all(|(key, codes)| codes.contains(if Some(*key) == name { OTHER } else { ABSENT }));
            let mut cube = pods.0.clone();
            for (key, mut codes) in namespaces.0 {
                if Some(key) == name {
                    codes.remove(ABSENT);
                    if codes.count() + 1 == codes.length() {
                        continue;
                    }
                }
                cube.push((key + offset, codes));
            }
            let possible = cube.iter().all(|(_, codes)| !codes.is_empty());
            universe.cubes.push(possible.then_some(cube));
            universe
                .peers
                .push((mentioned.reach(*scope), stranger, pods.0.clone()));
        }
        universe
    }
}

/// What one acceptor accepts.
#[derive(Debug, Clone)]
pub(super) struct Accepted {
    pub(super) from_all: Arc<PortSet>,
    pub(super) explicitly: Arc<PortSet>,
    /// Outside addresses and their ports, none of them empty.
    pub(super) outside: Arc<[(AddressRange, Arc<PortSet>)]>,
    outside_verdict: Acceptance,
    pub(super) exhausted: bool,
}

impl Accepted {
    /// Per acceptor of the network.
    pub(super) fn of_all(
        network: &Network,
        cubes: &[Option<Cube>],
        namespace_name: Option<Variable>,
        subnets: &[AddressRange],
    ) -> Vec<Self> {
        let mut coverage = Coverage::new(namespace_name, BUDGET);
        let subnets = join(subnets);
        let everywhere: Arc<[_]> =
            without(&[AddressRange::every(false), AddressRange::every(true)], &subnets)
                .into_iter()
                .map(|range| (range, Arc::new(PortSet::all())))
                .collect();
        let outside: Vec<Vec<AddressRange>> = network
            .ingress
            .atoms
            .iter()
            .map(|atom| without(&[*atom], &subnets))
            .collect();
        let one = |acceptor: &super::graph::Acceptor| {
            let ports = |group: &super::rules::Group| {
                Arc::clone(
                    network
                        .table
                        .get(network.resolve(group.ports, acceptor.signature)),
                )
            };
            let Some(profile) = acceptor.profile else {
                return Self {
                    from_all: Arc::clone(network.table.get(PortTable::ALL)),
                    explicitly: Arc::clone(network.table.get(PortTable::NONE)),
                    outside_verdict: if everywhere.is_empty() {
                        Acceptance::None
                    } else {
                        Acceptance::All
                    },
                    outside: Arc::clone(&everywhere),
                    exhausted: false,
                };
            };
            let groups = &network.ingress.profiles[profile].groups;
            let admitted: Vec<(&Cube, Arc<PortSet>)> = groups
                .iter()
                .flat_map(|group| group.peers.iter().map(move |peer| (group, *peer)))
                .filter_map(|(group, peer)| Some((cubes[peer].as_ref()?, ports(group))))
                .collect();
            let (explicitly, exhausted) = coverage.ports(&admitted);
            let any = groups
                .iter()
                .filter(|group| group.any)
                .fold(PortSet::none(), |all, group| all.union(&ports(group)));
            let mut open = Vec::new();
            for (atom, ranges) in outside.iter().enumerate() {
                let admitting = groups.iter().filter(|group| group.outside.contains(atom));
                let admitted = admitting.fold(PortSet::none(), |all, group| all.union(&ports(group)));
                let admitted = Arc::new(admitted);
                open.extend(ranges.iter().map(|range| (*range, Arc::clone(&admitted))));
            }
            if !network.ingress.atoms.iter().any(|atom| atom.v6) {
                let six = without(&[AddressRange::every(true)], &subnets);
                let any = Arc::new(any.clone());
                open.extend(six.into_iter().map(|range| (range, Arc::clone(&any))));
            }
            // IPv6 is there to be let in, but its absence closes nothing: most clusters have IPv4 only.
            let mut four = open.iter().filter(|(range, _)| !range.v6).peekable();
            let closed = open.iter().all(|(_, ports)| ports.is_empty());
            let wide = four.peek().is_some() && four.all(|(_, ports)| ports.is_all());
            open.retain(|(_, ports)| !ports.is_empty());
            Self {
                from_all: Arc::new(any.union(&explicitly)),
                explicitly: Arc::new(explicitly),
                outside: merged(open).into(),
                outside_verdict: match (closed, wide) {
                    (true, _) => Acceptance::None,
                    (_, true) => Acceptance::All,
                    _ => Acceptance::Partial,
                },
                exhausted: exhausted.is_some(),
            }
        };
        network.acceptors.iter().map(one).collect()
    }

    /// What any of the replicas accepts from outside.
    pub(super) fn outside_of(replicas: &[&Self]) -> Arc<[(AddressRange, Arc<PortSet>)]> {
        match replicas {
            [one] => Arc::clone(&one.outside),
            many => many.iter().flat_map(|one| one.outside.iter().cloned()).collect(),
        }
    }

    pub(super) fn outside_verdict(replicas: &[&Self]) -> Acceptance {
        let is = |acceptance| replicas.iter().all(|one| one.outside_verdict == acceptance);
        match (is(Acceptance::All), is(Acceptance::None)) {
            (true, _) => Acceptance::All,
            (_, true) => Acceptance::None,
            _ => Acceptance::Partial,
        }
    }
}

/// Neighbouring ranges of the same ports as one.
fn merged(ranges: Vec<(AddressRange, Arc<PortSet>)>) -> Vec<(AddressRange, Arc<PortSet>)> {
    let mut merged: Vec<(AddressRange, Arc<PortSet>)> = Vec::new();
    for (range, ports) in ranges {
        match merged.last_mut() {
            Some((last, same))
                if last.v6 == range.v6 && last.to.checked_add(1) == Some(range.from) && *same == ports =>
            {
                last.to = range.to;
            }
            _ => merged.push((range, ports)),
        }
    }
    merged
}

/// All when every replica accepts everything, none when no replica accepts anything.
pub(super) fn verdict(replicas: &[&Accepted]) -> Acceptance {
    if replicas.iter().all(|one| one.from_all.is_all()) {
        Acceptance::All
    } else if replicas.iter().all(|one| one.from_all.is_empty()) {
        Acceptance::None
    } else {
        Acceptance::Partial
    }
}
