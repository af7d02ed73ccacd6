//! Endpoints become classes: those that no policy can tell apart.
//!
//! Labels are projected onto the keys that selectors mention, each selector is evaluated once per distinct projection,
//! and endpoints of one namespace with the same answers, the same named ports and the same network are one class.

use std::collections::HashMap;

use super::bits::Bits;
use super::builder::NetworkBuilder;
use super::mentioned::{CONTROLLER_NAMESPACE, Interner, Mentioned, Scope, admitted};

/// What no policy can tell apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Likeness {
    place: usize,
    answers: Bits,
    signature: usize,
    host_network: bool,
}

/// The classes before policies are applied to them.
pub(super) struct Classes {
    /// Per endpoint its class.
    pub(super) of: Vec<usize>,
    /// Per class: namespace, number of its named ports, whether on the node's network.
    pub(super) kinds: Vec<(usize, usize, bool)>,
    /// The named ports, by number; 0 declares none.
    pub(super) signatures: Vec<Vec<(usize, u16)>>,
    /// Per namespace its classes.
    pub(super) inhabitants: Vec<Bits>,
    /// Per compiled Pod selector the classes it admits (where it applies).
    pub(super) admits: Vec<Bits>,
    /// The class of the traffic of Ingress and Route objects.
    pub(super) controller: Option<usize>,
}

impl Classes {
    pub(super) fn new(from: &NetworkBuilder, mentioned: &Mentioned, scopes: &[(Scope, usize)]) -> Self {
        let mut projections = Interner::new();
        let mut signatures = Interner::new();
        signatures.number(Vec::new());
        let place = |name: &str| mentioned.places.get(name).copied().unwrap_or_default();
        let mut members: Vec<(usize, usize, usize, bool)> = from
            .endpoints
            .iter()
            .map(|endpoint| {
                (
                    place(&endpoint.workload.namespace),
                    projections.number(mentioned.pod_words.project(&endpoint.labels)),
                    signatures.number(mentioned.signature(endpoint)),
                    endpoint.host_network,
                )
            })
            .collect();
        let with_controller = !from.backends.is_empty();
        if with_controller {
            members.push((
                place(CONTROLLER_NAMESPACE),
                projections.number(Vec::new()),
                0,
                false,
            ));
        }
        let by_projection = admitted(&mentioned.pods.items, &mentioned.pod_words, &projections.items);
        let selectors = mentioned.pods.items.len();
        let mut answers = vec![Bits::none(selectors); projections.items.len()];
        for (selector, bits) in by_projection.iter().enumerate() {
            bits.iter()
                .for_each(|projection| answers[projection].insert(selector));
        }
        let mut applicable = vec![Bits::none(selectors); mentioned.labels.len()];
        for (policy, selector) in from.policies.iter().zip(&mentioned.selects) {
            if let Some(selector) = selector {
                applicable[place(&policy.namespace)].insert(*selector);
            }
        }
        for (scope, selector) in scopes {
            mentioned
                .reach(*scope)
                .iter()
                .for_each(|place| applicable[place].insert(*selector));
        }
        let mut likenesses = Interner::new();
        let mut firsts: Vec<Vec<usize>> = vec![Vec::new(); projections.items.len()];
        let mut known: HashMap<(usize, usize, usize, bool), usize> = HashMap::new();
        let mut of = Vec::with_capacity(members.len());
        for member in members {
            let (place, projection, signature, host_network) = member;
            let class = *known.entry(member).or_insert_with(|| {
                let mut answers = answers[projection].clone();
                answers.keep(&applicable[place]);
                let before = likenesses.items.len();
                let class = likenesses.number(Likeness {
                    place,
                    answers,
                    signature,
                    host_network,
                });
                if class == before {
                    firsts[projection].push(class);
                }
                class
            });
            of.push(class);
        }
        let count = likenesses.items.len();
        let kinds: Vec<_> = likenesses
            .items
            .iter()
            .map(|like| (like.place, like.signature, like.host_network))
            .collect();
        let mut inhabitants = vec![Bits::none(count); mentioned.labels.len()];
        for (class, (place, ..)) in kinds.iter().enumerate() {
            inhabitants[*place].insert(class);
        }
        let admits = by_projection.iter().map(|bits| {
            let mut classes = Bits::none(count);
            bits.iter()
                .flat_map(|projection| &firsts[projection])
                .for_each(|class| classes.insert(*class));
            classes
        });
        Self {
            controller: with_controller.then(|| of.pop()).flatten(),
            admits: admits.collect(),
            of,
            kinds,
            signatures: signatures.items,
            inhabitants,
        }
    }
}
