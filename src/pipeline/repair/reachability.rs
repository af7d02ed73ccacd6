//! Who may talk to whom before and after the steps that change it. What opens a connection that nobody declared is no step.

use super::plan::Repairing;
use crate::pipeline::ended::Ended;
use crate::pipeline::judge::gatherer;
use crate::pipeline::{ReachTarget, reach_kept};
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::{Feed, Loaded, LoadedObject, Numbered, OwnerIndex, ResourceRef};
use envcheck_core::network::{Connection, Network, Node};
use envcheck_core::plan::{Deed, InGit, LeftAlone, Overlaid, Overlay, Pair, Plan, Step};
use envcheck_core::policy::Risk;
use envcheck_core::remediate::{Callback, Declared, Reach, callbacks, cut_off, undeclared};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::patch::Operation;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs are not listed where there are more workloads than these: there would be millions.
const MOST: usize = 2_000;
/// More objects than these are not kept to be looked at again as they would be.
const MOST_OBJECTS: usize = 100_000;
/// Labels that are about what Pods may do, and about no connections but where a NetworkPolicy says so.
const POD_SECURITY: &str = "pod-security.kubernetes.io/";
/// The kinds whose Pods policies select by labels.
const WORKLOADS: [&str; 8] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];
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
    if !plan.proof.closed.is_empty() {
        for step in plan.all_steps_mut().filter(|step| of_network(&step.deed)) {
            step.risk = step.risk.max(Risk::Disruptive);
        }
    }
    Ok(())
}

/// The same of one step whose turn has come.
pub(super) fn still_allowed(repairing: &Repairing, callers: Callers, step: &Step) -> Result<(), String> {
    let judged = judged(repairing, callers, std::slice::from_ref(step)).map_err(|ended| match ended {
        Ended::Interrupted(_) => "interrupted".to_owned(),
        Ended::Refused(problems) => problems.first().map(Diagnostic::one_line).unwrap_or_default(),
    })?;
    match judged.refused.get(&step.id) {
        Some(why) => Err(why.clone()),
        None => Ok(()),
    }
}

#[derive(Default)]
struct Judged {
    /// By the id of the step.
    refused: BTreeMap<String, String>,
    opened: Vec<Pair>,
    closed: Vec<Pair>,
}

fn judged(repairing: &Repairing, callers: Callers, steps: &[Step]) -> Result<Judged, Ended> {
    let mut judged = Judged::default();
    let mut known: Vec<&Step> = Vec::new();
    for step in steps.iter().filter(|step| of_network(&step.deed)) {
        if is_foreign(&step.deed.target) {
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
    let mut left: BTreeSet<&ResourceRef> = BTreeSet::new();
    for step in known {
        let deed = &step.deed;
        // Whoever agrees to some steps gets each of them alone, or after those before it.
        let after_others = || {
            let all: Vec<&Deed> = kept.iter().copied().chain([deed]).collect();
            (all.len() > 1).then(|| seen.objection(&all)).flatten()
        };
        let why = if left.contains(&deed.target) {
            Some(format!(
                "it rests on another step on {}, which is left alone",
                deed.target
            ))
        } else {
            seen.objection(&[deed]).or_else(after_others)
        };
        match why {
            Some(why) => {
                left.insert(&deed.target);
                judged.refused.insert(step.id.clone(), why);
            }
            None => kept.push(deed),
        }
    }
    if !kept.is_empty() {
        let (after, reach) = (seen.after(&kept), reach(&kept));
        let concerned = |namespace: &str| reach.namespaces.contains(namespace);
        judged.opened = pairs(&after.beyond(&seen.before, concerned));
        judged.closed = pairs(&seen.before.beyond(&after, concerned));
    }
    Ok(judged)
}

fn pairs(connections: &[Connection<'_>]) -> Vec<Pair> {
    let one = |one: &Connection<'_>| Pair {
        from: one.src.to_string(),
        to: one.dst.to_string(),
        conn: one.ports.to_string(),
    };
    connections.iter().map(one).collect()
}

/// What connections depend on, read once: all that may come of steps is worked out from the same objects.
struct Seen<'a> {
    spec: &'a Spec,
    objects: Arc<Vec<LoadedObject>>,
    before: Network,
    declared: Declared,
    /// Whom the API server calls, or why that is not known.
    callbacks: Result<Vec<Callback>, String>,
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
        let callbacks = callers.map(|callers| callbacks(&callers, &values));
        Ok(Some(Self {
            spec,
            objects: Arc::new(objects),
            before,
            declared,
            callbacks,
        }))
    }

    /// The network as it would be.
    fn after(&self, deeds: &[&Deed]) -> Network {
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
        network.build(&owners).0
    }

    fn closes_to_outside(&self, after: &Network, concerned: &impl Fn(&str) -> bool) -> bool {
        let closed = self.before.beyond(after, concerned);
        closed.iter().any(|one| matches!(one.src, Node::External(_)))
    }

    /// Why these may not be done.
    fn objection(&self, deeds: &[&Deed]) -> Option<String> {
        let (after, reach) = (self.after(deeds), reach(deeds));
        let decides = |namespace: &str| {
            let mut deeds = deeds.iter();
            deeds.any(|deed| decides(deed, namespace))
        };
        let unclear = after.workloads().find(|facts| {
            facts.not_evaluated.is_some() && !facts.host_network && decides(&facts.id.namespace)
        });
        if let Some(facts) = unclear {
            let why = facts.not_evaluated.as_deref().unwrap_or_default();
            return Some(format!("who may connect to {} cannot be told: {why}", facts.id));
        }
        let concerned = |namespace: &str| reach.namespaces.contains(namespace);
        let cut = match &self.callbacks {
            Ok(callbacks) => cut_off(&self.before, &after, callbacks, &concerned),
            Err(why) if self.closes_to_outside(&after, &concerned) => Some(format!(
                "whether the API server calls what it closes is not known: {why}"
            )),
            Err(_) => None,
        };
        if cut.is_some() {
            return cut;
        }
        let opened = undeclared(&self.before, &after, &self.declared, &reach);
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

/// Where it has to be looked for what these change.
fn reach(deeds: &[&Deed]) -> Reach {
    let namespace = |deed: &&Deed| {
        let own = deed.target.namespace.clone();
        own.unwrap_or_else(|| deed.target.name.clone())
    };
    Reach {
        namespaces: deeds.iter().map(namespace).collect(),
        everywhere: deeds.iter().any(|deed| deed.target.kind == "Namespace"),
    }
}

/// Whether who may connect to this namespace may be changed by it.
fn decides(deed: &Deed, namespace: &str) -> bool {
    if deed.target.kind != "Namespace" {
        return deed.target.namespace.as_deref() == Some(namespace);
    }
    let keys = deed.marks().into_iter().flat_map(|(_, marks)| marks.members());
    let mut keys = keys.map(|(key, _)| key).peekable();
    keys.peek().is_none() || keys.any(|key| !key.starts_with(POD_SECURITY))
}

/// Of an API whose policies are enforced beside those of Kubernetes.
fn is_foreign(target: &ResourceRef) -> bool {
    target.group() == "policy.networking.k8s.io"
        || target.kind.ends_with("NetworkPolicy") && target.group() != "networking.k8s.io"
}

/// Whether it may change who may connect to whom.
pub(super) fn of_network(deed: &Deed) -> bool {
    let kind = deed.target.kind.as_str();
    if kind.ends_with("NetworkPolicy") || is_foreign(&deed.target) {
        return true;
    }
    let pods = WORKLOADS.contains(&kind);
    match deed.action {
        FixAction::KubernetesLabel => kind == "Namespace" || kind == "Pod",
        FixAction::KubernetesCreate => pods || kind == "Namespace" && has_labels(&deed.data),
        FixAction::KubernetesPatch if kind == "Namespace" || pods => {
            let operations = deed.operations().unwrap_or_default();
            let mut places = operations.iter().flat_map(Operation::touched);
            places.any(|path| matters(kind, path))
        }
        _ => false,
    }
}

fn has_labels(namespace: &Value) -> bool {
    let labels = namespace.at(&["metadata", "labels"]);
    labels.is_some_and(|labels| labels.members().next().is_some())
}

/// Labels, what holds them, and the network of the host.
fn matters(kind: &str, path: &[String]) -> bool {
    let of: &[&str] = match kind {
        "Namespace" | "Pod" => &[],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => &["spec", "template"],
    };
    let touches = |place: &[&str]| {
        let place = of.iter().chain(place);
        place.zip(path).all(|(one, other)| one == other)
    };
    touches(&["metadata", "labels"]) || touches(&["spec", "hostNetwork"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(action: FixAction, api: &str, kind: &str, data: &str) -> Deed {
        Deed {
            action,
            target: ResourceRef::kubernetes(api, kind, Some("b2b"), "it"),
            data: Value::from_json_str(data).unwrap(),
        }
    }

    #[test]
    fn what_may_change_connections_is_looked_at() {
        let patch = |kind: &str, path: &str| {
            let data = format!(r#"[{{"op":"remove","path":"{path}"}}]"#);
            of_network(&deed(FixAction::KubernetesPatch, "apps/v1", kind, &data))
        };
        for (kind, path) in [
            ("Namespace", "/metadata/labels/team"),
            ("Namespace", "/metadata/labels"),
            ("Namespace", "/metadata"),
            ("Namespace", ""),
            ("Deployment", "/spec/template/metadata/labels/app"),
            ("Deployment", "/spec/template"),
            ("Deployment", "/spec"),
            ("Deployment", "/spec/template/spec/hostNetwork"),
            ("Deployment", "/spec/template/spec"),
            ("CronJob", "/spec/jobTemplate/spec/template/metadata"),
            ("Pod", "/metadata/labels/app"),
            ("Pod", "/spec/hostNetwork"),
        ] {
            assert!(patch(kind, path), "{kind} {path}");
        }
        for (kind, path) in [
            ("Namespace", "/metadata/annotations/x"),
            ("Namespace", "/spec/finalizers"),
            ("Deployment", "/metadata/labels/app"),
            ("Deployment", "/spec/replicas"),
            ("Deployment", "/spec/template/spec/containers/0/image"),
            ("Service", "/spec/type"),
            ("ConfigMap", ""),
        ] {
            assert!(!patch(kind, path), "{kind} {path}");
        }
        let of = |action, api: &str, kind: &str, data: &str| of_network(&deed(action, api, kind, data));
        assert!(of(
            FixAction::KubernetesDelete,
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "{}"
        ));
        assert!(of(
            FixAction::KubernetesCreate,
            "cilium.io/v2",
            "CiliumNetworkPolicy",
            "{}"
        ));
        assert!(of(
            FixAction::KubernetesDelete,
            "policy.networking.k8s.io/v1alpha2",
            "ClusterNetworkPolicy",
            "{}"
        ));
        assert!(of(
            FixAction::KubernetesLabel,
            "v1",
            "Namespace",
            r#"{"labels":{"a":"b"}}"#
        ));
        assert!(of(
            FixAction::KubernetesLabel,
            "v1",
            "Pod",
            r#"{"labels":{"a":"b"}}"#
        ));
        assert!(of(FixAction::KubernetesCreate, "apps/v1", "Deployment", "{}"));
        let labelled = r#"{"metadata":{"labels":{"a":"b"}}}"#;
        assert!(of(FixAction::KubernetesCreate, "v1", "Namespace", labelled));
        assert!(!of(FixAction::KubernetesCreate, "v1", "Namespace", "{}"));
        assert!(!of(
            FixAction::KubernetesAnnotate,
            "v1",
            "Namespace",
            r#"{"annotations":{"a":"b"}}"#
        ));
    }

    #[test]
    fn policies_of_other_apis_are_not_understood() {
        let is = |api: &str, kind: &str| is_foreign(&ResourceRef::kubernetes(api, kind, Some("a"), "b"));
        assert!(!is("networking.k8s.io/v1", "NetworkPolicy"));
        assert!(is("cilium.io/v2", "CiliumNetworkPolicy"));
        assert!(is("crd.projectcalico.org/v1", "NetworkPolicy"));
        assert!(is("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"));
        assert!(is("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"));
        assert!(!is("v1", "Namespace"));
    }

    #[test]
    fn levels_of_pod_security_decide_nothing_about_connections() {
        let label = |key: &str| {
            let mut deed = deed(
                FixAction::KubernetesLabel,
                "v1",
                "Namespace",
                &format!(r#"{{"labels":{{"{key}":"x"}}}}"#),
            );
            deed.target.namespace = None;
            deed
        };
        assert!(decides(&label("team"), "anywhere"));
        assert!(!decides(&label("pod-security.kubernetes.io/warn"), "anywhere"));
        let policy = deed(
            FixAction::KubernetesDelete,
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "{}",
        );
        assert!(decides(&policy, "b2b"));
        assert!(!decides(&policy, "back"));
    }
}
