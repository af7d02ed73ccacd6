//! Who may talk to whom before and after the steps that change it. What opens a connection that nobody declared is no step.

use super::plan::Repairing;
use crate::pipeline::ended::Ended;
use crate::pipeline::judge::gatherer;
use crate::pipeline::{ReachTarget, reach_kept};
use envcheck_core::inventory::{Feed, Loaded, LoadedObject, Numbered, OwnerIndex, ResourceRef};
use envcheck_core::network::{Connection, Network, Node};
use envcheck_core::plan::{Deed, InGit, LeftAlone, Overlaid, Overlay, Pair, Plan, Step};
use envcheck_core::policy::Risk;
use envcheck_core::remediate::{
    Callback, Declared, Reach, callbacks, cut_off, decides, is_of_another_api, of_network, reach, routes,
    undeclared,
};
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs are not listed where there are more workloads than these: there would be millions.
const MOST: usize = 2_000;
/// More objects than these are not kept to be looked at again as they would be.
const MOST_OBJECTS: usize = 100_000;
const UNCLEAR: &str = "which connections it opens and closes could not be worked out: not all NetworkPolicies could be read, or \
                       there are too many workloads";

/// What says whom the API server calls, each with its kind; or why that could not be read.
pub(super) type Callers = Result<Vec<(&'static str, Value)>, String>;

/// Says of a plan which pairs its steps open and close, and takes out what opens one that nobody declared. Whatever closes one
/// is disruptive.
pub(super) fn compare(repairing: &Repairing, callers: Callers, plan: &mut Plan) -> Result<(), Ended> {
    let Judged {
        refused,
        opened,
        closed,
        closing,
    } = judged(repairing, callers, &plan.all_steps().cloned().collect::<Vec<_>>())?;
    let (left, steps): (Vec<Step>, Vec<Step>) = std::mem::take(&mut plan.steps)
        .into_iter()
        .partition(|step| refused.contains_key(&step.id));
    plan.steps = steps;
    let (not_in_git, in_git): (Vec<InGit>, Vec<InGit>) = std::mem::take(&mut plan.in_git)
        .into_iter()
        .partition(|one| refused.contains_key(&one.step.id));
    plan.in_git = in_git;
    let alone = not_in_git.into_iter().filter(|one| !one.live_too);
    let left: Vec<Step> = left.into_iter().chain(alone.map(|one| one.step)).collect();
    for step in left {
        let why = refused.get(&step.id).map_or("", String::as_str);
        let why = format!("{}: {why}", step.summary);
        plan.left
            .extend(step.repairs.into_iter().map(|finding| LeftAlone {
                finding,
                why: why.clone(),
            }));
    }
    plan.left.sort();
    (plan.proof.opened, plan.proof.closed) = (opened, closed);
    for step in plan.all_steps_mut().filter(|step| closing.contains(&step.id)) {
        step.risk = step.risk.max(Risk::Disruptive);
    }
    Ok(())
}

/// The same of one step whose turn has come.
pub(super) fn still_allowed(repairing: &Repairing, callers: Callers, step: &Step) -> Result<(), String> {
    let judged = judged(repairing, callers, std::slice::from_ref(step)).map_err(|ended| ended.words())?;
    match judged.refused.get(&step.id) {
        Some(why) => Err(why.clone()),
        None => Ok(()),
    }
}

/// That the API server goes on reaching what it calls once a step is taken back.
pub(super) fn still_reached(repairing: &Repairing, callers: Callers, step: &Step) -> Result<(), String> {
    if is_of_another_api(&step.deed.target) {
        return Ok(());
    }
    let seen = Seen::look(repairing, callers).map_err(|ended| ended.words())?;
    // What cannot be told must not keep anybody from going back.
    let Some(seen) = seen else { return Ok(()) };
    match seen.cut(&seen.after(&[&step.deed])) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}

#[derive(Default)]
struct Judged {
    /// By the id of the step.
    refused: BTreeMap<String, String>,
    opened: Vec<Pair>,
    closed: Vec<Pair>,
    /// The ids of steps that close something, alone or after those before them.
    closing: BTreeSet<String>,
}

fn judged(repairing: &Repairing, callers: Callers, steps: &[Step]) -> Result<Judged, Ended> {
    let mut judged = Judged::default();
    let mut known: Vec<&Step> = Vec::new();
    for step in steps.iter().filter(|step| of_network(&step.deed)) {
        if is_of_another_api(&step.deed.target) {
            let why = format!(
                "what {} opens cannot be worked out: only NetworkPolicies of Kubernetes are understood",
                step.deed.target
            );
            judged.refused.insert(step.id.clone(), why);
        } else {
            known.push(step);
        }
    }
    if known.is_empty() {
        return Ok(judged);
    }
    let Some(seen) = Seen::look(repairing, callers)? else {
        let unclear = known.iter().map(|step| (step.id.clone(), UNCLEAR.to_owned()));
        judged.refused.extend(unclear);
        return Ok(judged);
    };
    let mut kept: Vec<&Deed> = Vec::new();
    // As it would be with all that is kept so far.
    let mut so_far: Option<After> = None;
    let mut left: BTreeSet<&ResourceRef> = BTreeSet::new();
    for step in known {
        let deed = &step.deed;
        if left.contains(&deed.target) {
            let why = format!("it rests on another step on {}, which is left alone", deed.target);
            judged.refused.insert(step.id.clone(), why);
            continue;
        }
        // Whoever agrees to some steps gets each of them alone, or after those before it.
        let alone = seen.after(&[deed]);
        let all: Vec<&Deed> = kept.iter().copied().chain([deed]).collect();
        let after_others = so_far.is_some().then(|| seen.after(&all));
        let last = after_others.as_ref().unwrap_or(&alone);
        let why = seen
            .objection(&[deed], &alone)
            .or_else(|| seen.objection(&all, after_others.as_ref()?))
            // What admits the ingress controller comes before what denies the rest.
            .or_else(|| seen.cuts_route(last));
        if let Some(why) = why {
            left.insert(&deed.target);
            judged.refused.insert(step.id.clone(), why);
            continue;
        }
        let closes =
            |before: &Network, after: &After| !before.beyond(&after.network, after.concerned()).is_empty();
        let earlier = so_far.as_ref().map_or(&seen.before, |so_far| &so_far.network);
        if closes(&seen.before, &alone) || closes(earlier, last) {
            judged.closing.insert(step.id.clone());
        }
        so_far = Some(after_others.unwrap_or(alone));
        kept.push(deed);
    }
    if let Some(after) = so_far {
        judged.opened = pairs(
            &after.network.beyond(&seen.before, after.concerned()),
            &seen.declared,
        );
        judged.closed = pairs(
            &seen.before.beyond(&after.network, after.concerned()),
            &seen.declared,
        );
    }
    Ok(judged)
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
struct After {
    network: Network,
    reach: Reach,
}

impl After {
    fn concerned(&self) -> impl Fn(&str) -> bool + '_ {
        |namespace: &str| self.reach.namespaces.contains(namespace)
    }
}

/// What connections depend on, read once: all that may come of steps is worked out from the same objects.
struct Seen<'a> {
    spec: &'a Spec,
    objects: Arc<Vec<LoadedObject>>,
    before: Network,
    declared: Declared,
    /// Whom the API server calls, or why that is not known.
    callbacks: Result<Vec<Callback>, String>,
    /// What the ingress controller serves.
    routes: Result<Vec<Callback>, String>,
}

impl<'a> Seen<'a> {
    /// `None` where not all of it could be read, or there is too much of it.
    fn look(repairing: &'a Repairing, callers: Callers) -> Result<Option<Self>, Ended> {
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
                Ok(callbacks(&callers, &values)),
                Ok(routes(&callers, &values, &declared)),
            ),
            Err(why) => (Err(why.clone()), Err(why)),
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
    fn after(&self, deeds: &[&Deed]) -> After {
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
    fn cut(&self, after: &After) -> Option<String> {
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

    /// Why these may not be done.
    fn objection(&self, deeds: &[&Deed], after: &After) -> Option<String> {
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
