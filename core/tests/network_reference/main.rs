//! The network module against a naive reference, on random environments.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod model;
mod reference;

use std::collections::HashMap;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

use envcheck_core::network::{
    ContainerPort, Endpoint, Network, NetworkBuilder, Node, PortSet, Protocol, WorkloadId,
};
use envcheck_core::value::Value;
use proptest::prelude::*;
use reference::Side;
use serde_json::json;

use model::{PROTOCOLS, Peer, Port, Rule, Selector, World};

/// Where sets begin and end, and their neighbours.
const PORTS: [u16; 12] = [1, 2, 79, 80, 81, 443, 8080, 8085, 8089, 8090, 8091, 65535];
const ADDRESSES: [[u8; 4]; 9] = [
    [0, 0, 0, 0],
    [9, 255, 255, 255],
    [10, 0, 0, 0],
    [10, 0, 0, 1],
    [10, 1, 0, 200],
    [10, 1, 200, 0],
    [10, 200, 0, 0],
    [192, 168, 0, 0],
    [255, 255, 255, 255],
];

fn asked() -> impl Iterator<Item = (&'static str, u16)> {
    PROTOCOLS
        .into_iter()
        .flat_map(|protocol| PORTS.map(|port| (protocol, port)))
}

fn contains(ports: &PortSet, (protocol, port): (&str, u16)) -> bool {
    ports.contains(Protocol::parse(protocol).unwrap(), port)
}

fn selector(selector: &Selector) -> serde_json::Value {
    let expressions: Vec<_> = selector
        .iter()
        .map(|one| {
            let values = (!one.values.is_empty()).then_some(&one.values);
            json!({"key": one.key, "operator": one.operator, "values": values})
        })
        .collect();
    json!({"matchExpressions": expressions})
}

fn cidr((base, length): (u32, u8)) -> String {
    format!("{}/{length}", Ipv4Addr::from(base))
}

fn rule(rule: &Rule, direction: &str) -> serde_json::Value {
    let peers: Vec<_> = rule
        .peers
        .iter()
        .map(|peer| match peer {
            Peer::Pods { namespaces, pods } => json!({
                "namespaceSelector": namespaces.as_ref().map(selector),
                "podSelector": pods.as_ref().map(selector),
            }),
            Peer::Block { cidr: block, except } => json!({"ipBlock": {
                "cidr": cidr(*block), "except": except.iter().map(|hole| cidr(*hole)).collect::<Vec<_>>(),
            }}),
        })
        .collect();
    let ports: Vec<_> = rule
        .ports
        .iter()
        .map(|(protocol, port)| match port {
            Port::Every => json!({"protocol": protocol}),
            Port::Range(from, to) if from == to => json!({"protocol": protocol, "port": from}),
            Port::Range(from, to) => json!({"protocol": protocol, "port": from, "endPort": to}),
            Port::Named(name) => json!({"protocol": protocol, "port": name}),
        })
        .collect();
    json!({direction: peers, "ports": ports})
}

fn value(json: &serde_json::Value) -> Value {
    Value::from_json_str(&json.to_string()).unwrap()
}

fn id(pod: usize, namespace: usize) -> WorkloadId {
    WorkloadId {
        namespace: format!("n{namespace}"),
        name: format!("p{pod}"),
        kind: "Pod".to_owned(),
    }
}

fn build(world: &World) -> Network {
    let mut builder = NetworkBuilder::new();
    for (number, labels) in world.namespaces.iter().enumerate() {
        let labels: HashMap<_, _> = labels.iter().cloned().collect();
        let metadata = json!({"name": format!("n{number}"), "labels": labels});
        builder.namespace(&value(&json!({"kind": "Namespace", "metadata": metadata})));
    }
    for (number, pod) in world.pods.iter().enumerate() {
        let port = |(name, number, protocol): &(&str, u16, &str)| ContainerPort {
            name: Some((*name).to_owned()),
            number: *number,
            protocol: Protocol::parse(protocol).unwrap(),
        };
        builder.endpoint(Endpoint {
            workload: id(number, pod.namespace),
            labels: pod.labels.iter().cloned().collect(),
            ports: pod.ports.iter().map(port).collect(),
            host_network: false,
        });
    }
    for (number, policy) in world.policies.iter().enumerate() {
        let object = json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": format!("policy{number}"), "namespace": format!("n{}", policy.namespace)},
            "spec": {
                "podSelector": selector(&policy.selector),
                "policyTypes": policy.types,
                "ingress": policy.ingress.iter().map(|one| rule(one, "from")).collect::<Vec<_>>(),
                "egress": policy.egress.iter().map(|one| rule(one, "to")).collect::<Vec<_>>(),
            },
        });
        builder.policy(&value(&object)).unwrap();
    }
    builder.cluster_subnets(["10.0.0.0/16".parse().unwrap()]);
    builder.build()
}

/// Existing Pods, one with another, and the rows that are printed.
fn pairs_agree(world: &World, network: &Network) -> Result<(), String> {
    let mut printed: HashMap<(String, String), PortSet> = HashMap::new();
    for row in network.connections() {
        printed.insert(
            (row.src.to_string(), row.dst.to_string()),
            PortSet::clone(&row.ports),
        );
    }
    for (source, from) in world.pods.iter().enumerate() {
        for (destination, to) in world.pods.iter().enumerate() {
            let (here, there) = (id(source, from.namespace), id(destination, to.namespace));
            let ports = network.connects(&here, &there);
            for port in asked() {
                let expected = reference::ingress(world, destination, &reference::side(world, source), port)
                    && reference::egress(
                        world,
                        source,
                        &reference::side(world, destination),
                        &to.ports,
                        port,
                    );
                if contains(&ports, port) != expected {
                    return Err(format!(
                        "{here} => {there} {port:?}: expected {expected}, found {ports}"
                    ));
                }
            }
            let row = printed
                .get(&(here.to_string(), there.to_string()))
                .cloned()
                .unwrap_or_default();
            if source != destination && row != *ports {
                return Err(format!("{here} => {there}: printed {row}, answered {ports}"));
            }
        }
    }
    Ok(())
}

/// Each outside address lies in one printed range, with the right ports, in both directions.
fn outside_agrees(world: &World, network: &Network) -> Result<(), String> {
    let rows: Vec<_> = network.connections().collect();
    for octets in ADDRESSES {
        let address = Ipv4Addr::from(octets);
        let has = |node: &Node<'_>| matches!(node, Node::External(range) if range.first() <= IpAddr::V4(address) && IpAddr::V4(address) <= range.last());
        let side = Side::Address(u32::from(address));
        for (number, pod) in world.pods.iter().enumerate() {
            let own = id(number, pod.namespace);
            let into = rows
                .iter()
                .find(|row| has(&row.src) && row.dst == Node::Workload(&own));
            let out = rows
                .iter()
                .find(|row| has(&row.dst) && row.src == Node::Workload(&own));
            let facts = network.workload(&own).unwrap();
            let in_cluster = octets[..2] == [10, 0];
            let open = facts
                .outside
                .iter()
                .find(|(range, _)| has(&Node::External(*range)));
            for port in asked() {
                let expected = reference::ingress(world, number, &side, port);
                if into.is_some_and(|row| contains(&row.ports, port)) != expected {
                    return Err(format!("{address} => {own} {port:?}: expected {expected}"));
                }
                if open.is_some_and(|(_, ports)| contains(ports, port)) != (expected && !in_cluster) {
                    return Err(format!(
                        "{address} open to {own} {port:?}: expected {expected} {in_cluster}"
                    ));
                }
                let expected = reference::egress(world, number, &side, &[], port);
                if out.is_some_and(|row| contains(&row.ports, port)) != expected {
                    return Err(format!("{own} => {address} {port:?}: expected {expected}"));
                }
            }
        }
    }
    Ok(())
}

/// Every possible Pod of every possible namespace, one by one.
fn acceptance_agrees(world: &World, network: &Network) -> Result<(), String> {
    let possible = reference::possible_pods();
    for (number, pod) in world.pods.iter().enumerate() {
        let own = id(number, pod.namespace);
        let facts = network.workload(&own).unwrap();
        let mut complaint = String::new();
        for port in asked() {
            let protocol = Protocol::parse(port.0).unwrap();
            let expected = possible
                .iter()
                .all(|side| reference::ingress(world, number, side, port));
            if network.accepts_from_all(&own, (protocol, port.1)) != expected {
                write!(
                    complaint,
                    "{own} from all {port:?}: expected {expected}, found {}",
                    facts.ports
                )
                .unwrap();
            }
            let expected = possible
                .iter()
                .all(|side| reference::explicit(world, number, side, port));
            if network.explicitly_accepts(&own, (protocol, port.1)) != expected {
                let found = &facts.explicitly_accepts;
                write!(
                    complaint,
                    "{own} explicitly {port:?}: expected {expected}, found {found}"
                )
                .unwrap();
            }
        }
        if facts.isolated_ingress != reference::isolated(world, number, "Ingress")
            || facts.isolated_egress != reference::isolated(world, number, "Egress")
        {
            complaint.push_str("isolation");
        }
        if !complaint.is_empty() {
            return Err(complaint);
        }
    }
    Ok(())
}

/// Sources by namespace, existing or not.
fn sources_agree(world: &World, network: &Network) -> Result<(), String> {
    for (number, pod) in world.pods.iter().enumerate() {
        let own = id(number, pod.namespace);
        let sources = network.sources_of(&own);
        let admits = |namespace: &str, namespace_labels: &model::Labels, port| {
            let labels = reference::possible_labels(&["a", "b"]).into_iter();
            let admitted = labels.map(|labels| {
                let namespace_labels = namespace_labels.clone();
                let side = Side::Pod {
                    namespace: namespace.to_owned(),
                    namespace_labels,
                    labels,
                };
                reference::ingress(world, number, &side, port)
            });
            let admitted: Vec<bool> = admitted.collect();
            (admitted.iter().all(|yes| *yes), admitted.iter().any(|yes| *yes))
        };
        for port in asked() {
            for place in 0..world.namespaces.len() {
                let name = format!("n{place}");
                let found = sources.namespaces.iter().find(|source| source.namespace == name);
                let (every, some) = admits(&name, &reference::namespace_labels(world, place), port);
                let found_every = found.is_some_and(|source| contains(&source.every_pod_ports, port));
                let found_some = found.is_some_and(|source| contains(&source.possible_ports, port));
                if (every, some) != (found_every, found_some) {
                    return Err(format!(
                        "{name} to {own} {port:?}: {every} {some}, found {found_every} {found_some}"
                    ));
                }
                let connected = world.pods.iter().enumerate().any(|(other, from)| {
                    from.namespace == place
                        && other != number
                        && contains(&network.connects(&id(other, place), &own), port)
                });
                if connected != found.is_some_and(|source| contains(&source.ports, port)) {
                    return Err(format!("{name} to {own} {port:?}: connected {connected}"));
                }
            }
            let stranger = vec![(model::NAME.to_owned(), "stranger".to_owned())];
            let (every, _) = admits("stranger", &stranger, port);
            if every != contains(&sources.any_namespace_ports, port) {
                return Err(format!("stranger to {own} {port:?}: expected {every}"));
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn network_agrees_with_the_reference(world in model::world()) {
        let network = build(&world);
        for check in [pairs_agree, outside_agrees, acceptance_agrees, sources_agree] {
            prop_assert_eq!(check(&world, &network), Ok(()));
        }
        network.facts();
    }
}
