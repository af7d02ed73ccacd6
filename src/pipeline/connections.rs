//! Who may connect to whom before and after steps that change it, by whatever command they are done: what opens a connection that nobody
//! declared is no step, nor is what cuts off whom the API server calls or the ingress controller serves.

use super::ended::Ended;
use super::judge::gatherer;
use super::target::TargetChoice;
use super::{ReachTarget, reach_kept};
use envcheck_core::fields::agrees;
use envcheck_core::inventory::{Feed, Loaded, LoadedObject, Numbered, OwnerIndex, ResourceRef};
use envcheck_core::network::{Connection, Network, Node};
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::plan::{Deed, Overlaid, Overlay, Pair, Step};
use envcheck_core::provision::objects;
use envcheck_core::remediate::{
    Callback, Declared, Reach, callbacks, cut_off, decides, reach, routes, undeclared,
};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Pairs are not listed where there are more workloads than these: there would be millions.
const MOST: usize = 2_000;
/// More objects than these are not kept to be looked at again as they would be.
const MOST_OBJECTS: usize = 100_000;
pub(super) const UNCLEAR: &str = "which connections it opens and closes could not be worked out: not all NetworkPolicies could be read, or \
                                  there are too many workloads";

/// What says whom the API server calls, each with its kind; or why that could not be read.
pub(super) type Callers = Result<Vec<(&'static str, Value)>, String>;

/// Where the connections are.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) spec: &'a Spec,
    pub(super) target: &'a TargetChoice,
    pub(super) interrupt: &'a CancellationToken,
    /// Of a snapshot: it holds all that they depend on.
    pub(super) whole: Option<bool>,
}

/// A step to be judged.
#[derive(Clone, Copy)]
pub(super) struct Asked<'s> {
    pub(super) step: &'s Step,
    /// The ids of steps without which it is not done.
    pub(super) after: &'s [String],
    /// It says what the spec declares, and nothing besides: so does what it opens.
    pub(super) as_declared: bool,
}

/// What is to be known of steps.
#[derive(Default)]
pub(super) struct Judged {
    /// By the id of the step.
    pub(super) refused: BTreeMap<String, String>,
    pub(super) opened: Vec<Pair>,
    pub(super) closed: Vec<Pair>,
    /// The ids of steps that close something, alone or after those before them.
    pub(super) closing: BTreeSet<String>,
}

/// What is listed of these. Where the ingress controller's namespace is declared, its own Pods are listed, and not also whatever
/// may serve Ingresses.
fn pairs(connections: &[Connection<'_>], declared: &Declared) -> Vec<Pair> {
    let known = declared.ingress_namespaces().next().is_some();
    let listed = |one: &&Connection<'_>| !(known && matches!(one.src, Node::IngressController));
    let one = |one: &Connection<'_>| Pair {
        from: one.src.to_string(),
        to: one.dst.to_string(),
        conn: one.ports.to_string(),
    };
    connections.iter().filter(listed).map(one).collect()
}

/// The network as it would be, and what of it deeds reach.
pub(super) struct After {
    pub(super) network: Network,
    reach: Reach,
}

impl After {
    fn concerned(&self) -> impl Fn(&str) -> bool + '_ {
        |namespace: &str| self.reach.namespaces.contains(namespace)
    }
}

/// What connections depend on, read once: all that may come of steps is worked out from the same objects.
pub(super) struct Seen<'a> {
    spec: &'a Spec,
    objects: Arc<Vec<LoadedObject>>,
    pub(super) before: Network,
    declared: Declared,
    /// Whom the API server calls, or why that is not known.
    callbacks: Result<Vec<Callback>, String>,
    /// What the ingress controller serves.
    routes: Result<Vec<Callback>, String>,
}

impl<'a> Seen<'a> {
    /// `None` where not all of it could be read, or there is too much of it.
    pub(super) fn look(ground: Ground<'a>, callers: &Callers) -> Result<Option<Self>, Ended> {
        let spec = ground.spec;
        let target = ReachTarget::Environment(spec, ground.target, &|_| {});
        let mut objects = Vec::new();
        let mut too_many = false;
        let mut keep = |object: LoadedObject| {
            too_many |= objects.len() == MOST_OBJECTS;
            if !too_many {
                objects.push(object);
            }
        };
        let (before, unread) = reach_kept(&target, ground.interrupt, &mut keep)?;
        // A capture holds more, of which some may be missing.
        let read = ground.whole.unwrap_or(unread.is_empty());
        if too_many || !read || before.workloads().len() > MOST {
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

    /// The namespaces in which something runs that policies have a say in.
    pub(super) fn busy(&self) -> BTreeSet<&str> {
        let concerned = self.before.workloads().filter(|facts| !facts.host_network);
        concerned.map(|facts| facts.id.namespace.as_str()).collect()
    }

    /// Judges steps in the order in which they are done.
    pub(super) fn judge(&self, steps: &[Asked<'_>], judged: &mut Judged) {
        let mut kept: Vec<Asked<'_>> = Vec::new();
        // As it would be with all that is kept so far.
        let mut so_far: Option<After> = None;
        let mut left: BTreeSet<&ResourceRef> = BTreeSet::new();
        for one in steps {
            let (step, deed) = (one.step, &one.step.deed);
            let before = one
                .after
                .iter()
                .find(|before| judged.refused.contains_key(*before));
            if left.contains(&deed.target) || before.is_some() {
                let on = before.map_or_else(|| deed.target.to_string(), |id| format!("what step {id} makes"));
                let why = format!("it rests on another step on {on}, which is left alone");
                judged.refused.insert(step.id.clone(), why);
                continue;
            }
            // Whoever agrees to some steps gets each of them alone, or after those before it.
            let needed = kept.iter().filter(|other| one.after.contains(&other.step.id));
            let least: Vec<Asked<'_>> = needed.chain([one]).copied().collect();
            let alone = self.after(&deeds(&least));
            let all: Vec<Asked<'_>> = kept.iter().chain([one]).copied().collect();
            let after_others = (all.len() > least.len()).then(|| self.after(&deeds(&all)));
            let last = after_others.as_ref().unwrap_or(&alone);
            let why = self
                .objection(&least, &alone)
                .or_else(|| self.objection(&all, after_others.as_ref()?))
                // What admits the ingress controller comes before what denies the rest.
                .or_else(|| self.cuts_route(last));
            if let Some(why) = why {
                left.insert(&deed.target);
                judged.refused.insert(step.id.clone(), why);
                continue;
            }
            let closes = |before: &Network, after: &After| {
                !before.beyond(&after.network, after.concerned()).is_empty()
            };
            let earlier = so_far.as_ref().map_or(&self.before, |so_far| &so_far.network);
            if closes(&self.before, &alone) || closes(earlier, last) {
                judged.closing.insert(step.id.clone());
            }
            so_far = Some(after_others.unwrap_or(alone));
            kept.push(*one);
        }
        if let Some(after) = so_far {
            let concerned = after.concerned();
            judged.opened = pairs(&after.network.beyond(&self.before, &concerned), &self.declared);
            judged.closed = pairs(&self.before.beyond(&after.network, &concerned), &self.declared);
        }
    }

    /// Whether a NetworkPolicy says after a deed what is declared of it, and nothing besides.
    pub(super) fn is_declared_after(&self, deed: &Deed) -> bool {
        if deed.target.kind != "NetworkPolicy" {
            return false;
        }
        let mut declared = objects::own(self.spec).into_iter();
        let Some(declared) = declared.find(|one| one.reference == deed.target) else {
            return false;
        };
        let mut there = self.objects.iter();
        let there = there
            .find(|one| one.reference == deed.target)
            .map(|one| &one.value);
        let Ok(Some(after)) = deed.done_to(there) else {
            return false;
        };
        let spec = |object: &Value| object.field("spec").cloned().unwrap_or(Value::Undefined);
        let place = FieldPath(vec![PathElement::Key("spec".to_owned())]);
        agrees(&deed.target.kind, &place, &spec(&declared.value), &spec(&after))
    }

    /// What these close.
    pub(super) fn closed(&self, deeds: &[&Deed]) -> Vec<Pair> {
        let after = self.after(deeds);
        pairs(
            &self.before.beyond(&after.network, after.concerned()),
            &self.declared,
        )
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
    fn cuts_route(&self, after: &After) -> Option<String> {
        match &self.routes {
            Ok(routes) => cut_off(&self.before, &after.network, routes, &after.concerned()),
            Err(why) if !self.before.beyond(&after.network, after.concerned()).is_empty() => Some(format!(
                "whether the ingress controller serves what it closes is not known: {why}"
            )),
            Err(_) => None,
        }
    }

    /// Why these may not be done. What those open that say what is declared, is declared: the others open nothing beyond that.
    fn objection(&self, steps: &[Asked<'_>], after: &After) -> Option<String> {
        let decides = |namespace: &str| {
            let mut deeds = deeds(steps).into_iter();
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
        let declared: Vec<Asked<'_>> = steps.iter().filter(|one| one.as_declared).copied().collect();
        if declared.len() == steps.len() {
            return None;
        }
        let declared = (!declared.is_empty()).then(|| self.after(&deeds(&declared)));
        let before = declared
            .as_ref()
            .map_or(&self.before, |declared| &declared.network);
        let opened = undeclared(before, &after.network, &self.declared, &after.reach);
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

fn deeds<'s>(steps: &[Asked<'s>]) -> Vec<&'s Deed> {
    steps.iter().map(|one| &one.step.deed).collect()
}
