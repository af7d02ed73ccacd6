//! What one network allows and another does not: by what is there, and by what may come.

use super::address::AddressRange;
use super::connections::{Connection, Node};
use super::endpoint::WorkloadId;
use super::graph::Network;
use super::ports::PortSet;
use super::sources::Sources;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Pods, there or not, that a workload lets in and did not let in before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Who lets them in.
    pub to: WorkloadId,
    /// Pods of this namespace; `None` is of namespaces that nobody has declared yet.
    pub from: Option<String>,
    /// The ports on which every Pod gets in.
    pub every: PortSet,
    /// The ports on which some Pod gets in, if its labels are right.
    pub some: PortSet,
}

impl Network {
    /// The connections that this network allows and the other one does not, with the ports on which it does not. Ranges of
    /// addresses are held against all that the other one allows of them, however that splits them; what Pods on the host
    /// network do is up to no policy. `concerned` chooses the namespaces of which one end has to be.
    pub fn beyond<'n>(&'n self, other: &Network, concerned: impl Fn(&str) -> bool) -> Vec<Connection<'n>> {
        let known = Known::of(other, &concerned);
        self.of_policies(&concerned)
            .filter_map(|one| without(&one, &known))
            .collect()
    }

    /// The connections that this network and the other one both allow, and a third one does not: what goes in between though it
    /// is there before and afterwards.
    pub fn shared_beyond<'n>(
        &'n self,
        other: &Network,
        third: &Network,
        concerned: impl Fn(&str) -> bool,
    ) -> Vec<Connection<'n>> {
        let (both, known) = (Known::of(other, &concerned), Known::of(third, &concerned));
        self.of_policies(&concerned)
            .flat_map(|one| both.shared(&one))
            .filter_map(|one| without(&one, &known))
            .collect()
    }

    /// The connections that are up to policies, with one end in a namespace that is asked for.
    fn of_policies<'n>(&'n self, asked: &impl Fn(&str) -> bool) -> impl Iterator<Item = Connection<'n>> {
        let on_hosts = move |node: Node<'_>| match node {
            Node::Workload(id) => self.workload(id).is_some_and(|facts| facts.host_network),
            _ => false,
        };
        self.connections()
            .filter(move |one| concerns(one, asked) && !on_hosts(one.src) && !on_hosts(one.dst))
    }

    /// Whom workloads let in that the other network's do not, existing or not. `asked` chooses the workloads. One that is not
    /// in the other network let nobody in there.
    pub fn admissions_beyond(&self, other: &Network, asked: impl Fn(&WorkloadId) -> bool) -> Vec<Admission> {
        let mut found = Vec::new();
        let there = self
            .workloads()
            .filter(|facts| !facts.host_network && asked(&facts.id));
        for facts in there {
            let (now, before) = (self.sources_of(&facts.id), other.sources_of(&facts.id));
            let mut add = |from: Option<&str>, every: PortSet, some: PortSet| {
                if !some.is_empty() {
                    found.push(Admission {
                        to: facts.id.clone(),
                        from: from.map(ToOwned::to_owned),
                        every,
                        some,
                    });
                }
            };
            let any = now.any_namespace_ports.minus(&before.any_namespace_ports);
            add(None, any.clone(), any);
            let known: BTreeMap<&str, _> = by_name(&before);
            for source in &now.namespaces {
                let name = source.namespace.as_str();
                let (every, some) = match known.get(name) {
                    Some(before) => (&before.every_pod_ports, &before.possible_ports),
                    // One that nobody knew is as any.
                    None if !other.knows(name) => (&before.any_namespace_ports, &before.any_namespace_ports),
                    None => (&NOTHING, &NOTHING),
                };
                add(
                    Some(name),
                    source.every_pod_ports.minus(every),
                    source.possible_ports.minus(some),
                );
            }
        }
        found
    }

    fn knows(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|(name, _)| name == namespace)
    }
}

static NOTHING: PortSet = PortSet::none();

fn by_name(sources: &Sources) -> BTreeMap<&str, &super::sources::Source> {
    let named = sources.namespaces.iter();
    named.map(|source| (source.namespace.as_str(), source)).collect()
}

/// A range of addresses, and the ports on which it is allowed.
pub(super) type Piece = (AddressRange, Arc<PortSet>);

/// One end of a connection that is no range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum End {
    Workload(WorkloadId),
    Controller,
}

impl End {
    fn of(node: Node<'_>) -> Self {
        match node {
            Node::Workload(id) => Self::Workload(id.clone()),
            // Ranges never meet one another.
            Node::IngressController | Node::External(_) => Self::Controller,
        }
    }
}

/// Whether one end of a connection is in a namespace that is asked for.
fn concerns(one: &Connection<'_>, asked: &impl Fn(&str) -> bool) -> bool {
    let end = |node: Node<'_>| match node {
        Node::Workload(id) => asked(&id.namespace),
        _ => false,
    };
    end(one.src) || end(one.dst)
}

/// The connection on the ports on which it is not among these.
fn without<'n>(one: &Connection<'n>, known: &Known) -> Option<Connection<'n>> {
    let ports = Arc::new(one.ports.minus(&known.allowed(one)));
    (!ports.is_empty()).then(|| Connection { ports, ..one.clone() })
}

/// What a network allows, to be looked up.
#[derive(Default)]
struct Known {
    pairs: HashMap<(End, End), Arc<PortSet>>,
    /// By whether the addresses are where it comes from, and by the other end.
    ranges: HashMap<(bool, End), Vec<Piece>>,
}

impl Known {
    fn of(network: &Network, asked: &impl Fn(&str) -> bool) -> Self {
        let mut known = Self::default();
        for one in network.connections().filter(|one| concerns(one, asked)) {
            if let Some((incoming, end, range)) = ranged(&one) {
                let pieces = known.ranges.entry((incoming, end)).or_default();
                pieces.push((range, one.ports));
            } else {
                known
                    .pairs
                    .insert((End::of(one.src), End::of(one.dst)), one.ports);
            }
        }
        known
    }

    /// The ports on which it allows all of a connection.
    fn allowed(&self, one: &Connection<'_>) -> PortSet {
        if let Some((incoming, end, range)) = ranged(one) {
            let pieces = self.ranges.get(&(incoming, end));
            return pieces.map_or_else(PortSet::none, |pieces| throughout(range, pieces));
        }
        let ports = self.pairs.get(&(End::of(one.src), End::of(one.dst)));
        ports.map_or_else(PortSet::none, |ports| PortSet::clone(ports))
    }

    /// What it allows of a connection, piece by piece.
    fn shared<'n>(&self, one: &Connection<'n>) -> Vec<Connection<'n>> {
        let Some((incoming, end, range)) = ranged(one) else {
            let ports = Arc::new(one.ports.intersection(&self.allowed(one)));
            return vec![Connection { ports, ..one.clone() }];
        };
        let pieces = self.ranges.get(&(incoming, end)).map_or(&[][..], Vec::as_slice);
        let meeting = pieces
            .iter()
            .filter(|(piece, _)| piece.v6 == range.v6 && piece.from <= range.to && range.from <= piece.to);
        let shared = |(piece, ports): &Piece| {
            let within = Node::External(AddressRange {
                v6: range.v6,
                from: range.from.max(piece.from),
                to: range.to.min(piece.to),
            });
            let (src, dst) = if incoming {
                (within, one.dst)
            } else {
                (one.src, within)
            };
            let ports = Arc::new(one.ports.intersection(ports));
            Connection { src, dst, ports }
        };
        meeting.map(shared).collect()
    }
}

/// Of a connection with addresses: whether it comes from them, the other end, and the addresses.
fn ranged(one: &Connection<'_>) -> Option<(bool, End, AddressRange)> {
    match (one.src, one.dst) {
        (Node::External(range), node) => Some((true, End::of(node), range)),
        (node, Node::External(range)) => Some((false, End::of(node), range)),
        _ => None,
    }
}

/// The ports that these pieces allow on every address of the range.
pub(super) fn throughout(range: AddressRange, pieces: &[Piece]) -> PortSet {
    let mut within: Vec<_> = pieces
        .iter()
        .filter(|(piece, _)| piece.v6 == range.v6 && piece.from <= range.to && range.from <= piece.to)
        .collect();
    within.sort_by_key(|(piece, _)| piece.from);
    let mut ports = PortSet::all();
    let mut next = Some(range.from);
    for (piece, allowed) in within {
        match next {
            // There is a hole before it.
            Some(address) if piece.from > address => return PortSet::none(),
            Some(_) => {
                ports = ports.intersection(allowed);
                next = piece.to.checked_add(1);
            }
            None => break,
        }
    }
    if next.is_some_and(|address| address <= range.to) {
        return PortSet::none();
    }
    ports
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::scenarios::{network, pod};

    const PODS: &str = "
{kind: Namespace, metadata: {name: c, labels: {team: x}}}
---
kind: Pod
metadata: {name: web, namespace: a, labels: {app: web}}
spec: {containers: [{ports: [{containerPort: 8080}]}]}
---
{kind: Pod, metadata: {name: client, namespace: b, labels: {app: client}}}
---
{kind: Pod, metadata: {name: node, namespace: b}, spec: {hostNetwork: true}}
";

    /// With policies of namespace `a` that select all of it.
    fn with(policies: &[&str]) -> Network {
        let policies = policies.iter().enumerate().map(|(number, rules)| {
            format!("\n---\n{{kind: NetworkPolicy, metadata: {{name: p{number}, namespace: a}}, spec: {{podSelector: {{}}, {rules}}}}}")
        });
        let text: Vec<String> = std::iter::once(PODS.to_owned()).chain(policies).collect();
        network(&text.concat())
    }

    fn shown(connections: &[Connection<'_>]) -> Vec<String> {
        let words = connections.iter();
        words
            .map(|one| format!("{} {} {}", one.src, one.dst, one.ports))
            .collect()
    }

    fn all(_: &str) -> bool {
        true
    }

    const B: &str = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}}";

    #[test]
    fn what_is_allowed_beyond_another_network_is_told_port_by_port() {
        let (open, closed) = (with(&[]), with(&["policyTypes: [Ingress]"]));
        let some = with(&[&format!("ingress: [{{from: [{B}], ports: [{{port: 8080}}]}}]")]);
        assert_eq!(
            shown(&some.beyond(&closed, all)),
            ["b/client[Pod] a/web[Pod] TCP 8080"]
        );
        // What nothing isolated is not opened, only closed.
        assert_eq!(shown(&some.beyond(&open, all)), [""; 0]);
        let lost = shown(&open.beyond(&some, all));
        assert!(
            lost.contains(
                &"b/client[Pod] a/web[Pod] SCTP 1-65535,TCP 1-8079,8081-65535,UDP 1-65535".to_owned()
            ),
            "{lost:?}"
        );
        assert!(
            lost.iter()
                .any(|one| one.starts_with("0.0.0.0-255.255.255.255[External] a/web"))
        );
        assert_eq!(shown(&some.beyond(&some, all)), [""; 0]);
    }

    #[test]
    fn addresses_are_held_against_all_that_was_allowed_however_it_was_split() {
        let block = |cidrs: &str| with(&[&format!("ingress: [{{from: [{cidrs}]}}]")]);
        let half = "{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}";
        let whole = "{ipBlock: {cidr: 10.0.0.0/8}}";
        assert_eq!(shown(&block(whole).beyond(&block(half), all)), [""; 0]);
        assert_eq!(shown(&block(half).beyond(&block(whole), all)), [""; 0]);
        assert_eq!(
            shown(&block(half).beyond(&with(&[]), all)),
            [""; 0],
            "all was open"
        );
        let more = block("{ipBlock: {cidr: 10.0.0.0/7}}");
        assert_eq!(
            shown(&more.beyond(&block(half), all)),
            ["10.0.0.0-11.255.255.255[External] a/web[Pod] All Connections"],
            "not all of it was allowed"
        );
    }

    #[test]
    fn what_goes_in_between_is_what_both_ends_have_open() {
        let open = with(&[]);
        let closed = with(&["policyTypes: [Ingress]"]);
        let some = with(&[&format!("ingress: [{{from: [{B}], ports: [{{port: 8080}}]}}]")]);
        assert_eq!(
            shown(&open.shared_beyond(&some, &closed, all)),
            ["b/client[Pod] a/web[Pod] TCP 8080"]
        );
        assert_eq!(shown(&open.shared_beyond(&closed, &some, all)), [""; 0]);
        assert_eq!(shown(&open.shared_beyond(&some, &open, all)), [""; 0]);
        // Of addresses exactly those.
        let block = |cidr: &str| with(&[&format!("ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]")]);
        let part = ["10.0.0.0-10.127.255.255[External] a/web[Pod] All Connections"];
        for (before, end) in [
            (&open, &block("10.0.0.0/9")),
            (&block("10.0.0.0/9"), &open),
            (&block("10.0.0.0/8"), &block("10.0.0.0/9")),
        ] {
            let lost = shown(&before.shared_beyond(end, &closed, all));
            assert_eq!(lost, part);
        }
        assert_eq!(
            shown(&open.shared_beyond(&block("10.0.0.0/9"), &block("10.0.0.0/8"), all)),
            [""; 0]
        );
    }

    #[test]
    fn who_may_come_counts_as_much_as_who_is_there() {
        let closed = with(&["policyTypes: [Ingress]"]);
        let admitted = |now: &Network, before: &Network| -> Vec<(Option<String>, bool)> {
            let found = now.admissions_beyond(before, |_| true);
            found
                .into_iter()
                .filter(|one| one.to == pod("a", "web"))
                .map(|one| (one.from, !one.every.is_empty()))
                .collect()
        };
        let name = |name: &str| Some(name.to_owned());
        // A namespace without Pods, and one of which only some get in.
        let team = with(&["ingress: [{from: [{namespaceSelector: {matchLabels: {team: x}}}]}]"]);
        assert_eq!(admitted(&team, &closed), [(name("c"), true)]);
        let some = with(&[
            "ingress: [{from: [{namespaceSelector: {matchLabels: {team: x}}, podSelector: {matchLabels: {a: b}}}]}]",
        ]);
        assert_eq!(admitted(&some, &closed), [(name("c"), false)]);
        let any = with(&["ingress: [{from: [{namespaceSelector: {}}]}]"]);
        assert_eq!(
            admitted(&any, &closed),
            [
                (None, true),
                (name("a"), true),
                (name("b"), true),
                (name("c"), true)
            ]
        );
        assert_eq!(admitted(&any, &with(&[])), []);
        assert_eq!(admitted(&team, &any), []);
        // By the labels of a namespace, under a policy that stays as it is.
        let policy = "ingress: [{from: [{namespaceSelector: {matchLabels: {team: y}}}]}]";
        let before = with(&[policy]);
        let labelled = PODS.replace("team: x", "team: y")
            + &format!(
                "\n---\n{{kind: NetworkPolicy, metadata: {{name: p0, namespace: a}}, spec: {{podSelector: {{}}, {policy}}}}}"
            );
        assert_eq!(admitted(&network(&labelled), &before), [(name("c"), true)]);
    }
}
