//! The model from which random environments are made: small on purpose, so that rules collide.

use proptest::prelude::*;
use std::net::Ipv4Addr;

pub(crate) const NAME: &str = "kubernetes.io/metadata.name";
pub(crate) const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    pub(crate) key: String,
    pub(crate) operator: &'static str,
    pub(crate) values: Vec<String>,
}

pub(crate) type Selector = Vec<Requirement>;
pub(crate) type Labels = Vec<(String, String)>;

#[derive(Debug, Clone)]
pub(crate) enum Peer {
    Pods {
        namespaces: Option<Selector>,
        pods: Option<Selector>,
    },
    Block {
        cidr: (u32, u8),
        except: Vec<(u32, u8)>,
    },
}

#[derive(Debug, Clone)]
pub(crate) enum Port {
    Every,
    Range(u16, u16),
    Named(&'static str),
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) peers: Vec<Peer>,
    pub(crate) ports: Vec<(&'static str, Port)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) namespace: usize,
    pub(crate) selector: Selector,
    pub(crate) types: Vec<&'static str>,
    pub(crate) ingress: Vec<Rule>,
    pub(crate) egress: Vec<Rule>,
}

#[derive(Debug, Clone)]
pub(crate) struct Pod {
    pub(crate) namespace: usize,
    pub(crate) labels: Labels,
    pub(crate) ports: Vec<(&'static str, u16, &'static str)>,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    /// Labels of namespaces n0, n1, … without the name.
    pub(crate) namespaces: Vec<Labels>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) policies: Vec<Policy>,
}

fn labels(keys: &'static [&'static str]) -> impl Strategy<Value = Labels> {
    proptest::collection::btree_map(
        proptest::sample::select(keys),
        proptest::sample::select(&["x", "y", "z"][..]),
        0..=keys.len(),
    )
    .prop_map(|labels| {
        labels
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    })
}

fn requirement(
    keys: &'static [&'static str],
    values: &'static [&'static str],
) -> impl Strategy<Value = Requirement> {
    (
        proptest::sample::select(keys),
        proptest::sample::select(&["In", "In", "NotIn", "Exists", "DoesNotExist"][..]),
        proptest::sample::subsequence(values, 1..=2),
    )
        .prop_map(|(key, operator, values)| {
            let values = if operator.ends_with("In") {
                values
            } else {
                Vec::new()
            };
            let values = values.into_iter().map(str::to_owned).collect();
            Requirement {
                key: key.to_owned(),
                operator,
                values,
            }
        })
}

fn pod_selector() -> impl Strategy<Value = Selector> {
    proptest::collection::vec(requirement(&["a", "b"], &["x", "y"]), 0..3)
}

fn namespace_selector() -> impl Strategy<Value = Selector> {
    let by_label = requirement(&["t"], &["x", "y"]);
    let by_name = requirement(&[NAME], &["n0", "n1", "n7"]);
    proptest::collection::vec(prop_oneof![3 => by_label, 1 => by_name], 0..3)
}

fn block() -> impl Strategy<Value = Peer> {
    let address =
        proptest::sample::select(&[[0, 0, 0, 0], [10, 0, 0, 0], [10, 1, 0, 0], [192, 168, 0, 0]][..])
            .prop_map(|octets: [u8; 4]| u32::from(Ipv4Addr::from(octets)));
    let net = (
        address,
        proptest::sample::select(&[0u8, 8, 12, 16, 17, 24, 32][..]),
    );
    (net.clone(), proptest::collection::vec(net, 0..3))
        .prop_map(|(cidr, except)| Peer::Block { cidr, except })
}

fn peer() -> impl Strategy<Value = Peer> {
    let both = (
        proptest::option::of(namespace_selector()),
        proptest::option::of(pod_selector()),
    );
    let pods = both.prop_filter("one of both", |(namespaces, pods)| {
        namespaces.is_some() || pods.is_some()
    });
    prop_oneof![
        4 => pods.prop_map(|(namespaces, pods)| Peer::Pods { namespaces, pods }),
        1 => block(),
    ]
}

fn port() -> impl Strategy<Value = (&'static str, Port)> {
    let numbers = || proptest::sample::select(&[1u16, 80, 443, 8080, 8090, 65535][..]);
    let port = prop_oneof![
        1 => Just(Port::Every),
        4 => numbers().prop_map(|port| Port::Range(port, port)),
        2 => (numbers(), numbers()).prop_map(|(one, other)| Port::Range(one.min(other), one.max(other))),
        2 => proptest::sample::select(&["web", "dns"][..]).prop_map(Port::Named),
    ];
    (proptest::sample::select(&PROTOCOLS[..]), port)
}

fn rule() -> impl Strategy<Value = Rule> {
    (
        proptest::collection::vec(peer(), 0..4),
        proptest::collection::vec(port(), 0..3),
    )
        .prop_map(|(peers, ports)| Rule { peers, ports })
}

fn policy() -> impl Strategy<Value = Policy> {
    (
        0..3usize,
        pod_selector(),
        proptest::sample::subsequence(vec!["Ingress", "Egress"], 0..=2),
        proptest::collection::vec(rule(), 0..3),
        proptest::collection::vec(rule(), 0..3),
    )
        .prop_map(|(namespace, selector, types, ingress, egress)| Policy {
            namespace,
            selector,
            types,
            ingress,
            egress,
        })
}

fn pod() -> impl Strategy<Value = Pod> {
    let port = (
        proptest::sample::select(&["web", "dns"][..]),
        proptest::sample::select(&[80u16, 8080, 8085][..]),
        proptest::sample::select(&PROTOCOLS[..]),
    );
    (
        0..3usize,
        labels(&["a", "b", "c"]),
        proptest::collection::vec(port, 0..3),
    )
        .prop_map(|(namespace, labels, ports)| Pod {
            namespace,
            labels,
            ports,
        })
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    (
        proptest::collection::vec(labels(&["t", "u"]), 3),
        proptest::collection::vec(pod(), 1..7),
        proptest::collection::vec(policy(), 0..7),
    )
        .prop_map(|(namespaces, pods, policies)| World {
            namespaces,
            pods,
            policies,
        })
}
