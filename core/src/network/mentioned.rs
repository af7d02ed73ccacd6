//! What the policies mention - keys, values, selectors, named ports, namespaces - numbered, and what each selector admits.

use std::collections::HashMap;

use super::bits::Bits;
use super::builder::{NetworkBuilder, name_label};
use super::endpoint::Endpoint;
use super::labels::Labels;
use super::policy::{Peers, Policy, PortSpec};
use super::ports::{PortSet, Protocol};
use super::selector::{NAMESPACE_NAME, Selector};
use super::vocabulary::{ABSENT, Compiled, Vocabulary};

/// The namespace in which the traffic of Ingress and Route objects is supposed to originate.
pub(super) const CONTROLLER_NAMESPACE: &str = "ingress-controller-ns";

/// Numbers things in the order in which they are first seen.
#[derive(Debug)]
pub(super) struct Interner<T> {
    pub(super) items: Vec<T>,
    numbers: HashMap<T, usize>,
}

impl<T: Clone + Eq + std::hash::Hash> Interner<T> {
    pub(super) fn new() -> Self {
        Self {
            items: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    pub(super) fn number(&mut self, item: T) -> usize {
        if let Some(number) = self.numbers.get(&item) {
            return *number;
        }
        let number = self.items.len();
        self.items.push(item.clone());
        self.numbers.insert(item, number);
        number
    }
}

/// Where a Pod peer looks: the policy's own namespace, or the namespaces that a compiled selector admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    Own(usize),
    Selected(usize),
}

/// What the policies mention, compiled.
pub(super) struct Mentioned {
    pub(super) pod_words: Vocabulary,
    pub(super) namespace_words: Vocabulary,
    pub(super) pods: Interner<Compiled>,
    pub(super) namespaces: Interner<Compiled>,
    pub(super) names: Vec<(Protocol, String)>,
    /// Name to number of each namespace; their labels.
    pub(super) places: HashMap<String, usize>,
    pub(super) labels: Vec<(String, Labels)>,
    /// Per compiled namespace selector the namespaces it admits.
    pub(super) admits: Vec<Bits>,
    /// Per policy its compiled selector; None when malformed.
    pub(super) selects: Vec<Option<usize>>,
}

impl Mentioned {
    pub(super) fn new(from: &NetworkBuilder) -> Self {
        let mut pod_words = Vocabulary::default();
        let mut namespace_words = Vocabulary::default();
        let mut names: Vec<(Protocol, String)> = Vec::new();
        let mut labels = from.namespaces.clone();
        for policy in &from.policies {
            labels
                .entry(policy.namespace.clone())
                .or_insert_with(|| name_label(&policy.namespace));
            if let Some(selector) = &policy.selector {
                pod_words.learn(selector);
            }
            for rule in policy.ingress.iter().chain(&policy.egress) {
                names.extend(rule.ports.named.iter().cloned());
                let Peers::Some { pods, .. } = &rule.peers else {
                    continue;
                };
                for peer in pods {
                    pod_words.learn(&peer.pods);
                    let own = || Selector::equals(NAMESPACE_NAME, &policy.namespace);
                    namespace_words.learn(&peer.namespaces.clone().unwrap_or_else(own));
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        if !from.backends.is_empty() {
            labels.insert(CONTROLLER_NAMESPACE.to_owned(), name_label(CONTROLLER_NAMESPACE));
        }
        let labels: Vec<(String, Labels)> = labels.into_iter().collect();
        let places = labels
            .iter()
            .enumerate()
            .map(|(number, (name, _))| (name.clone(), number))
            .collect();
        let mut mentioned = Self {
            pod_words,
            namespace_words,
            pods: Interner::new(),
            namespaces: Interner::new(),
            names,
            places,
            labels,
            admits: Vec::new(),
            selects: Vec::new(),
        };
        for policy in &from.policies {
            let selector = policy.selector.as_ref();
            let compiled = selector.map(|selector| mentioned.pod_selector(selector));
            mentioned.selects.push(compiled);
            for rule in policy.ingress.iter().chain(&policy.egress) {
                let Peers::Some { pods, .. } = &rule.peers else {
                    continue;
                };
                for peer in pods {
                    mentioned.pod_selector(&peer.pods);
                    mentioned.scope(policy, peer.namespaces.as_ref());
                }
            }
        }
        let projections: Vec<_> = mentioned
            .labels
            .iter()
            .map(|(_, labels)| mentioned.namespace_words.project(labels))
            .collect();
        mentioned.admits = admitted(
            &mentioned.namespaces.items,
            &mentioned.namespace_words,
            &projections,
        );
        mentioned
    }

    pub(super) fn pod_selector(&mut self, selector: &Selector) -> usize {
        self.pods.number(self.pod_words.compile(selector))
    }

    pub(super) fn scope(&mut self, policy: &Policy, namespaces: Option<&Selector>) -> Scope {
        match namespaces {
            Some(selector) => Scope::Selected(self.namespaces.number(self.namespace_words.compile(selector))),
            None => Scope::Own(self.places.get(&policy.namespace).copied().unwrap_or_default()),
        }
    }

    /// The namespaces in which a scope looks.
    pub(super) fn reach(&self, scope: Scope) -> Bits {
        match scope {
            Scope::Own(place) => {
                let mut own = Bits::none(self.labels.len());
                own.insert(place);
                own
            }
            Scope::Selected(selector) => self.admits[selector].clone(),
        }
    }

    /// The named ports of a rule at a destination that declares `signature`.
    pub(super) fn resolve(&self, spec: &PortSpec, signature: &[(usize, u16)]) -> PortSet {
        spec.named.iter().fold(spec.fixed.clone(), |ports, name| {
            let Ok(number) = self.names.binary_search(name) else {
                return ports;
            };
            let declared = signature.iter().filter(|(declared, _)| *declared == number);
            declared.fold(ports, |ports, (_, port)| {
                ports.union(&PortSet::port(name.0, *port))
            })
        })
    }

    pub(super) fn signature(&self, endpoint: &Endpoint) -> Vec<(usize, u16)> {
        let mut signature: Vec<_> = endpoint
            .ports
            .iter()
            .filter_map(|port| {
                let name = (port.protocol, port.name.clone()?);
                Some((self.names.binary_search(&name).ok()?, port.number))
            })
            .collect();
        signature.sort_unstable();
        signature.dedup();
        signature
    }
}

/// Per selector, which of the projections it admits: intersections of per-value sets, never label by label.
pub(super) fn admitted(
    selectors: &[Compiled],
    words: &Vocabulary,
    projections: &[Vec<(usize, usize)>],
) -> Vec<Bits> {
    let count = projections.len();
    let mut holders: Vec<HashMap<usize, Bits>> = vec![HashMap::new(); words.key_count()];
    for (number, projection) in projections.iter().enumerate() {
        for (key, code) in projection {
            holders[*key]
                .entry(*code)
                .or_insert_with(|| Bits::none(count))
                .insert(number);
        }
    }
    for holders in &mut holders {
        let mut present = Bits::none(count);
        for bits in holders.values() {
            present.add(bits);
        }
        holders.insert(ABSENT, present.complement());
    }
    let one = |selector: &Compiled| {
        let mut all = Bits::all(count);
        for (key, codes) in &selector.0 {
            let mut any = Bits::none(count);
            let holders = &holders[*key];
            if codes.count() <= holders.len() {
                codes
                    .iter()
                    .filter_map(|code| holders.get(&code))
                    .for_each(|bits| any.add(bits));
            } else {
                let held = holders.iter().filter(|(code, _)| codes.contains(**code));
                held.for_each(|(_, bits)| any.add(bits));
            }
            all.keep(&any);
        }
        all
    };
    selectors.iter().map(one).collect()
}
