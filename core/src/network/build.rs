//! The builder's objects become the [`Network`], step by step.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::accept::{Accepted, Universe, verdict};
use super::backend::Offers;
use super::bits::Bits;
use super::builder::NetworkBuilder;
use super::classes::Classes;
use super::graph::{Acceptor, Class, ClassId, Network, SelectedBy, WorkloadFacts};
use super::mentioned::{Interner, Mentioned};
use super::port_table::PortTable;
use super::ports::PortSet;
use super::rules::{Direction, Material, Numbers};

pub(super) fn build(from: &NetworkBuilder) -> Network {
    let mut mentioned = Mentioned::new(from);
    let numbers = Numbers::new(&from.policies, &mut mentioned);
    let classes = Classes::new(from, &mentioned, &numbers.peers.items);
    let admitted: Vec<Bits> = numbers
        .peers
        .items
        .iter()
        .map(|(scope, selector)| {
            let mut admitted = Bits::none(classes.kinds.len());
            mentioned
                .reach(*scope)
                .iter()
                .for_each(|place| admitted.add(&classes.inhabitants[place]));
            admitted.keep(&classes.admits[*selector]);
            admitted
        })
        .collect();
    let material = Material {
        policies: &from.policies,
        mentioned: &mentioned,
        numbers: &numbers,
        classes: &classes,
        admitted: &admitted,
    };
    let ingress = Direction::new(&material, false);
    let egress = Direction::new(&material, true);

    let mut table = PortTable::new();
    let resolved = numbers
        .ports
        .items
        .iter()
        .map(|spec| {
            let signatures = if spec.named.is_empty() {
                1
            } else {
                classes.signatures.len()
            };
            let sets = classes.signatures[..signatures].iter();
            sets.map(|signature| table.intern(mentioned.resolve(spec, signature)))
                .collect()
        })
        .collect();

    let mut acceptors = Interner::new();
    let graph: Vec<Class> = classes
        .kinds
        .iter()
        .enumerate()
        .map(|(class, &(place, signature, host_network))| Class {
            place,
            host_network,
            acceptor: acceptors.number(Acceptor {
                profile: ingress.of[class],
                signature,
            }),
            workloads: Vec::new(),
        })
        .collect();
    let universe = Universe::new(&mentioned, &numbers.peers.items);
    let mut network = Network {
        workloads: Vec::new(),
        numbers: HashMap::new(),
        offered: Vec::new(),
        namespaces: mentioned.labels.clone(),
        classes: graph,
        acceptors: acceptors.items,
        controller: classes.controller,
        ingress,
        egress,
        resolved,
        table,
        peers: universe.peers,
    };
    let accepted = Accepted::of_all(&network, &universe.cubes, universe.namespace_name, &from.subnets);
    add_workloads(&mut network, from, &mentioned, &classes, &accepted);
    network
}

fn add_workloads(
    network: &mut Network,
    from: &NetworkBuilder,
    mentioned: &Mentioned,
    classes: &Classes,
    accepted: &[Accepted],
) {
    let mut replicas: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, endpoint) in from.endpoints.iter().enumerate() {
        replicas
            .entry(endpoint.workload.to_string())
            .or_default()
            .push(number);
    }
    let doubts = doubts(from, mentioned, classes);
    let offers = Offers::new(&from.services, &from.backends);
    for endpoints in replicas.into_values() {
        let Some(first) = endpoints.first().map(|number| &from.endpoints[*number]) else {
            continue;
        };
        let number = network.workloads.len();
        let own: Vec<usize> = endpoints
            .iter()
            .map(|number| classes.of[*number])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let each: Vec<&Accepted> = own
            .iter()
            .map(|class| &accepted[network.classes[*class].acceptor])
            .collect();
        for class in &own {
            network.classes[*class].workloads.push(number);
        }
        let every = |ports: fn(&Accepted) -> &Arc<PortSet>| match each.as_slice() {
            [one] => Arc::clone(ports(one)),
            many => Arc::new(
                many.iter()
                    .fold(PortSet::all(), |all, one| all.intersection(ports(one))),
            ),
        };
        let mut reasons: BTreeSet<&str> = endpoints
            .iter()
            .flat_map(|number| &doubts[*number])
            .map(String::as_str)
            .collect();
        if each.iter().any(|one| one.exhausted) {
            reasons.insert("its selectors need more expansion steps than the budget allows");
        }
        let names = |profile: &dyn Fn(usize) -> Option<usize>, direction: &Direction| {
            let profiles = own.iter().filter_map(|class| profile(*class));
            let policies: BTreeSet<_> = profiles
                .flat_map(|profile| &direction.profiles[profile].policies)
                .map(|policy| from.policies[*policy].name.clone())
                .collect();
            policies.into_iter().collect()
        };
        let outside = Accepted::outside_of(&each);
        let facts = WorkloadFacts {
            id: first.workload.clone(),
            accepts_from_all: verdict(&each),
            ports: every(|one| &one.from_all),
            explicitly_accepts: every(|one| &one.explicitly),
            accepts_from_outside: Accepted::outside_verdict(&each),
            outside_ports: Arc::new(
                outside
                    .iter()
                    .fold(PortSet::none(), |all, (_, ports)| all.union(ports)),
            ),
            outside,
            isolated_ingress: own.iter().all(|class| network.ingress.of[*class].is_some()),
            isolated_egress: own.iter().all(|class| network.egress.of[*class].is_some()),
            host_network: endpoints
                .iter()
                .any(|number| from.endpoints[*number].host_network),
            class: ClassId(own.first().copied().unwrap_or_default()),
            not_evaluated: (!reasons.is_empty()).then(|| reasons.into_iter().collect::<Vec<_>>().join("; ")),
            selected_by: SelectedBy {
                ingress: names(&|class| network.ingress.of[class], &network.ingress),
                egress: names(&|class| network.egress.of[class], &network.egress),
            },
            classes: own.into_iter().map(ClassId).collect(),
        };
        let sent = endpoints
            .iter()
            .map(|number| offers.ports(&from.endpoints[*number]));
        network
            .offered
            .push(sent.fold(PortSet::none(), |all, one| all.union(&one)));
        network.numbers.insert(facts.id.clone(), number);
        network.workloads.push(facts);
    }
}

/// Per endpoint, why what is computed for it cannot be trusted.
fn doubts(from: &NetworkBuilder, mentioned: &Mentioned, classes: &Classes) -> Vec<Vec<String>> {
    let mut doubts = vec![Vec::new(); from.endpoints.len()];
    for (number, policy) in from.policies.iter().enumerate() {
        let Some(gap) = &policy.gap else { continue };
        for ((endpoint, doubts), class) in from.endpoints.iter().zip(&mut doubts).zip(&classes.of) {
            let selected =
                mentioned.selects[number].is_none_or(|selector| classes.admits[selector].contains(*class));
            if selected && endpoint.workload.namespace == policy.namespace {
                doubts.push(format!("{} is malformed: {}", gap.resource, gap.reason));
            }
        }
    }
    for policy in &from.foreign {
        for (endpoint, doubts) in from.endpoints.iter().zip(&mut doubts) {
            let labels = from.namespaces.get(&endpoint.workload.namespace);
            if labels.is_some_and(|labels| policy.may_select(endpoint, labels)) {
                doubts.push(policy.reason.clone());
            }
        }
    }
    doubts
}
