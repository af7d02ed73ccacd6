//! What connections depend on, read once, and the network as it would be after deeds.

use super::plan::Repairing;
use super::reachability::Callers;
use crate::pipeline::ended::Ended;
use crate::pipeline::judge::gatherer;
use crate::pipeline::{ReachTarget, reach_kept};
use envcheck_core::inventory::{Feed, Loaded, LoadedObject, Numbered, OwnerIndex};
use envcheck_core::network::{Network, Node};
use envcheck_core::plan::{Deed, Overlaid, Overlay};
use envcheck_core::remediate::{
    Callback, Declared, Reach, callbacks, cut_off, decides, reach, routes, undeclared,
};
use envcheck_core::spec::Spec;
use std::sync::Arc;

/// Pairs are not listed where there are more workloads than these: there would be millions.
const MOST: usize = 2_000;
/// More objects than these are not kept to be looked at again as they would be.
const MOST_OBJECTS: usize = 100_000;

/// The network as it would be, and what of it deeds reach.
pub(super) struct After {
    pub(super) network: Network,
    pub(super) reach: Reach,
}

impl After {
    pub(super) fn concerned(&self) -> impl Fn(&str) -> bool + '_ {
        |namespace: &str| self.reach.namespaces.contains(namespace)
    }
}

/// What connections depend on, read once: all that may come of steps is worked out from the same objects.
pub(super) struct Seen<'a> {
    spec: &'a Spec,
    objects: Arc<Vec<LoadedObject>>,
    pub(super) before: Network,
    pub(super) declared: Declared,
    /// Whom the API server calls, or why that is not known.
    callbacks: Result<Vec<Callback>, String>,
    /// What the ingress controller serves.
    routes: Result<Vec<Callback>, String>,
}

impl<'a> Seen<'a> {
    /// `None` where not all of it could be read, or there is too much of it.
    pub(super) fn look(repairing: &'a Repairing, callers: &Callers) -> Result<Option<Self>, Ended> {
        let spec = repairing.spec()?;
        let target = ReachTarget::Environment(spec, &repairing.target, &|_| {});
        let mut objects = Vec::new();
        let mut too_many = false;
        let mut keep = |object: LoadedObject| {
            too_many |= objects.len() == MOST_OBJECTS;
            if !too_many {
                objects.push(object);
            }
        };
        let (before, unread) = reach_kept(&target, &repairing.judging.interrupt, &mut keep)?;
        if too_many || !unread.is_empty() || before.workloads().len() > MOST {
            return Ok(None);
        }
        let values = objects.iter().map(|object| &object.value);
        let declared = Declared::of(&spec.value, &values);
        let (callbacks, routes) = match callers {
            Ok(callers) => (
                Ok(callbacks(callers, &values)),
                Ok(routes(callers, &values, &declared)),
            ),
            Err(why) => (Err(why.clone()), Err(why.clone())),
        };
        Ok(Some(Self {
            spec,
            objects: Arc::new(objects),
            before,
            declared,
            callbacks,
            routes,
        }))
    }

    /// The network as it would be after these.
    pub(super) fn after(&self, deeds: &[&Deed]) -> After {
        let objects = Arc::clone(&self.objects);
        let all = Numbered::new(1, move |_| Loaded {
            objects: objects.to_vec(),
            ..Loaded::default()
        });
        let overlay = Arc::new(Overlay::of(deeds.iter().copied()));
        let feed = Overlaid::new(Arc::new(all), overlay);
        let (mut network, mut owners) = (gatherer(Some(self.spec), true), OwnerIndex::default());
        while let Some(unit) = feed.next() {
            for object in unit().objects {
                owners.absorb(&object.value);
                network.absorb(&object.value, &owners);
            }
        }
        After {
            network: network.build(&owners).0,
            reach: reach(deeds),
        }
    }

    fn closes_to_outside(&self, after: &After) -> bool {
        let closed = self.before.beyond(&after.network, after.concerned());
        closed.iter().any(|one| matches!(one.src, Node::External(_)))
    }

    /// Whether the API server is cut off from what it calls, in words.
    pub(super) fn cut(&self, after: &After) -> Option<String> {
        match &self.callbacks {
            Ok(callbacks) => cut_off(&self.before, &after.network, callbacks, &after.concerned()),
            Err(why) if self.closes_to_outside(after) => Some(format!(
                "whether the API server calls what it closes is not known: {why}"
            )),
            Err(_) => None,
        }
    }

    /// Whether the ingress controller is cut off from what it serves, in words.
    pub(super) fn cuts_route(&self, after: &After) -> Option<String> {
        match &self.routes {
            Ok(routes) => cut_off(&self.before, &after.network, routes, &after.concerned()),
            Err(why) if !self.before.beyond(&after.network, after.concerned()).is_empty() => Some(format!(
                "whether the ingress controller serves what it closes is not known: {why}"
            )),
            Err(_) => None,
        }
    }

    /// Why these may not be done.
    pub(super) fn objection(&self, deeds: &[&Deed], after: &After) -> Option<String> {
        let decides = |namespace: &str| {
            let mut deeds = deeds.iter();
            deeds.any(|deed| decides(deed, namespace))
        };
        let unclear = after.network.workloads().find(|facts| {
            facts.not_evaluated.is_some() && !facts.host_network && decides(&facts.id.namespace)
        });
        if let Some(facts) = unclear {
            let why = facts.not_evaluated.as_deref().unwrap_or_default();
            return Some(format!("who may connect to {} cannot be told: {why}", facts.id));
        }
        if let Some(cut) = self.cut(after) {
            return Some(cut);
        }
        let opened = undeclared(&self.before, &after.network, &self.declared, &after.reach);
        let first = opened.first()?;
        let more = match opened.len() {
            1 => String::new(),
            number => format!(" and {} more", number - 1),
        };
        Some(format!(
            "it would open {} → {} ({}){more}, which the environment does not declare",
            first.from, first.to, first.conn
        ))
    }
}
