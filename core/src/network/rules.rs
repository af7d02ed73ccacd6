//! The rules of one direction, per set of policies: which classes and outside addresses, on which ports.

use std::collections::HashMap;

use super::address::{AddressRange, atoms};
use super::bits::Bits;
use super::classes::Classes;
use super::mentioned::{Interner, Mentioned, Scope};
use super::policy::{Peers, Policy, PortSpec};

/// Rules of the same ports, as one.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The number of the ports, named ones unresolved.
    pub(super) ports: usize,
    /// Whether a rule without peers is among them.
    pub(super) any: bool,
    /// The numbers of the Pod peers.
    pub(super) peers: Vec<usize>,
    /// The classes that they admit, everything for a rule without peers.
    pub(super) classes: Bits,
    /// The outside addresses, by atom.
    pub(super) outside: Bits,
}

/// What the policies that apply to a class allow together.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) policies: Vec<usize>,
    pub(super) groups: Vec<Group>,
}

/// One direction: the profiles, per class its profile (None: not isolated), and the atoms of the outside.
#[derive(Debug, Clone, Default)]
pub(super) struct Direction {
    pub(super) profiles: Vec<Profile>,
    pub(super) of: Vec<Option<usize>>,
    pub(super) atoms: Vec<AddressRange>,
}

/// One rule, in numbers.
pub(super) struct NumberedRule {
    ports: usize,
    peers: Option<Vec<usize>>,
    ranges: Vec<AddressRange>,
}

/// One policy's rules: ingress, egress.
pub(super) type NumberedPolicy = [Vec<NumberedRule>; 2];

/// The distinct Pod peers and port specifications of all policies.
pub(super) struct Numbers {
    pub(super) peers: Interner<(Scope, usize)>,
    pub(super) ports: Interner<PortSpec>,
    pub(super) policies: Vec<NumberedPolicy>,
}

impl Numbers {
    pub(super) fn new(policies: &[Policy], mentioned: &mut Mentioned) -> Self {
        let mut numbers = Self {
            peers: Interner::new(),
            ports: Interner::new(),
            policies: Vec::new(),
        };
        for policy in policies {
            let [ingress, egress] = [&policy.ingress, &policy.egress].map(|rules| {
                rules
                    .iter()
                    .map(|rule| {
                        let (peers, ranges) = match &rule.peers {
                            Peers::Any => (None, Vec::new()),
                            Peers::Some { pods, addresses } => {
                                let mut number = |peer: &super::policy::PodPeer| {
                                    let scope = mentioned.scope(policy, peer.namespaces.as_ref());
                                    numbers.peers.number((scope, mentioned.pod_selector(&peer.pods)))
                                };
                                (Some(pods.iter().map(&mut number).collect()), addresses.clone())
                            }
                        };
                        NumberedRule {
                            ports: numbers.ports.number(rule.ports.clone()),
                            peers,
                            ranges,
                        }
                    })
                    .collect::<Vec<_>>()
            });
            numbers.policies.push([ingress, egress]);
        }
        numbers
    }
}

/// Everything that the rows of both directions are made from.
pub(super) struct Material<'b> {
    pub(super) policies: &'b [Policy],
    pub(super) mentioned: &'b Mentioned,
    pub(super) numbers: &'b Numbers,
    pub(super) classes: &'b Classes,
    /// Per Pod peer the classes it admits.
    pub(super) admitted: &'b [Bits],
}

impl Direction {
    pub(super) fn new(from: &Material<'_>, egress: bool) -> Self {
        let side = usize::from(egress);
        let count = from.classes.kinds.len();
        let mentioned: Vec<AddressRange> = from
            .numbers
            .policies
            .iter()
            .flat_map(|policy| &policy[side])
            .flat_map(|rule| rule.ranges.iter().copied())
            .collect();
        let atoms = atoms(&mentioned);
        let mut applying: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (number, policy) in from.policies.iter().enumerate() {
            let isolates = if egress {
                policy.isolates_egress
            } else {
                policy.isolates_ingress
            };
            let place = from.mentioned.places.get(&policy.namespace);
            let (true, Some(selector), Some(place)) = (isolates, from.mentioned.selects[number], place)
            else {
                continue;
            };
            let mut selected = from.classes.admits[selector].clone();
            selected.keep(&from.classes.inhabitants[*place]);
            selected.iter().for_each(|class| applying[class].push(number));
        }
        let mut profiles = Interner::new();
        let of = applying
            .into_iter()
            .map(|policies| (!policies.is_empty()).then(|| profiles.number(policies)))
            .collect();
        let profiles = profiles
            .items
            .into_iter()
            .map(|policies| {
                let rules = policies
                    .iter()
                    .flat_map(|policy| &from.numbers.policies[*policy][side]);
                Profile {
                    groups: groups(rules, from.admitted, count, &atoms),
                    policies,
                }
            })
            .collect();
        Self { profiles, of, atoms }
    }
}

fn groups<'b>(
    rules: impl Iterator<Item = &'b NumberedRule>,
    admitted: &[Bits],
    count: usize,
    atoms: &[AddressRange],
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_ports: HashMap<usize, usize> = HashMap::new();
    for rule in rules {
        let place = *by_ports.entry(rule.ports).or_insert_with(|| {
            groups.push(Group {
                ports: rule.ports,
                any: false,
                peers: Vec::new(),
                classes: Bits::none(count),
                outside: Bits::none(atoms.len()),
            });
            groups.len() - 1
        });
        let group = &mut groups[place];
        let Some(peers) = &rule.peers else {
            group.any = true;
            group.classes = Bits::all(count);
            group.outside = Bits::all(atoms.len());
            continue;
        };
        for peer in peers {
            group.peers.push(*peer);
            group.classes.add(&admitted[*peer]);
        }
        for range in &rule.ranges {
            let inside = atoms
                .iter()
                .enumerate()
                .filter(|(_, atom)| range.contains(**atom));
            inside.for_each(|(atom, _)| group.outside.insert(atom));
        }
    }
    for group in &mut groups {
        group.peers.sort_unstable();
        group.peers.dedup();
    }
    groups
}
