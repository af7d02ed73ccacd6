//! Objects in a cluster that stays. Those that bear the environment's mark were made for it, whoever has the cluster: they go, but for
//! those with which something else would go, or data; these stay unless each is named.

use super::along::{caution, deletion, takes_along, takes_unnamed};
use super::balancers;
use super::clusters::is_going;
use super::draft::{Draft, Wish, may_go};
use super::held::{Held, of_kinds};
use super::{Choice, Part, Stock, Whose, part};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::{Conflict, Deed, PlannedCluster};
use crate::provision::objects::ENVIRONMENT_LABEL;
use crate::provision::proofs::Proofs;
use crate::provision::steps::of_account;
use crate::spec::Spec;
use crate::value::{Value, ValueExt, object};
use std::collections::BTreeMap;

/// What Kubernetes makes of a Service, with the Service's labels: it goes with it.
const DERIVED: [&str; 2] = ["Endpoints", "EndpointSlice"];
/// The namespaces that every cluster has.
const OF_KUBERNETES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];
pub(super) const APPLICATIONS: [&str; 2] = ["Application", "ApplicationSet"];
const WORKLOADS: [&str; 5] = ["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"];
pub(super) const CUSTOM_KIND: &str = "CustomResourceDefinition";
/// The policy that closes what others leave open ([`crate::provision::objects`]).
pub(super) const CLOSING: &str = "default-deny";

/// What was read in a cluster that stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// Which cluster it was.
    pub cluster: PlannedCluster,
    /// Kind and metadata of what bears the mark; of Services the rest as well.
    pub objects: Vec<Value>,
    /// All Services, where one of those bears the mark, or a Namespace; `Err`: why they are not known.
    pub services: Option<Result<Vec<Value>, String>>,
    /// The kinds that could not be listed, and why.
    pub unread: Vec<(String, String)>,
    /// The Spaces keys that marked Secrets hold, by the Secret's uid; `Err`: why that is not known.
    pub keys: BTreeMap<String, Result<Option<String>, String>>,
    /// The PersistentVolumeClaims that each namespace has, by name; `Err`: why that is not known.
    pub claims: Option<Result<BTreeMap<String, Vec<String>>, String>>,
    /// What would go with a Namespace or a custom kind that is named, by the uid of the Namespace or the kind.
    pub held: BTreeMap<String, Held>,
}

impl Marked {
    /// The same with marked Services as the list of all of them has them.
    #[must_use]
    pub fn with_services(mut self) -> Self {
        let services = self.services.iter().flatten().flatten();
        let known: BTreeMap<String, Value> = services
            .filter_map(|one| Some((one.text_at(&["metadata", "uid"])?.to_owned(), one.clone())))
            .collect();
        for object in &mut self.objects {
            let uid = object.text_at(&["metadata", "uid"]).unwrap_or_default();
            if let Some(whole) = known.get(uid) {
                let rest = ["metadata", "spec", "status"].map(|key| (key, whole.field(key).cloned()));
                let rest = rest.into_iter().filter_map(|(key, part)| Some((key, part?)));
                let text = |key: &str| object.field(key).cloned().unwrap_or(Value::Null);
                let head = [("apiVersion", text("apiVersion")), ("kind", text("kind"))];
                *object = self::object(head.into_iter().chain(rest));
            }
        }
        self
    }

    /// Puts an object as it is now in the place of what was called so; `None` when there is none.
    pub fn replace(&mut self, target: &ResourceRef, now: Option<Value>) {
        self.objects.retain(|one| {
            let known = reference(one);
            (known.kind, known.namespace, known.name)
                != (target.kind.clone(), target.namespace.clone(), target.name.clone())
        });
        self.objects.extend(now);
    }
}

/// Whether the declared cluster stays where it is, so that what was made in it has to be looked at. `None` where the account declares
/// none.
pub fn stays(spec: &Spec, stock: &Stock, proofs: &Proofs, choice: &Choice) -> Option<bool> {
    let part = part(spec, stock, proofs, choice);
    part.declared?.cluster.as_ref()?;
    let mut own = part.own("kubernetes_clusters", "Cluster");
    let stays = own
        .any(|(row, _, whose)| part.is_declared("Cluster", row) && !may_go(&whose, choice) && !is_going(row));
    Some(stays)
}

/// Who an object is, with its uid.
pub(super) fn reference(object: &Value) -> ResourceRef {
    let text = |path: &[&str]| object.text_at(path).unwrap_or_default();
    ResourceRef {
        id: object.text_at(&["metadata", "uid"]).map(ToOwned::to_owned),
        ..ResourceRef::kubernetes(
            text(&["apiVersion"]),
            text(&["kind"]),
            object.text_at(&["metadata", "namespace"]),
            text(&["metadata", "name"]),
        )
    }
}

/// Whether an object was made from the spec itself, and by nothing that was.
pub(super) fn is_own(object: &Value, environment: &str) -> bool {
    let owners = object.items_at(&["metadata", "ownerReferences"]).iter();
    let mut controllers = owners.filter(|owner| owner.field("controller").is_some_and(ValueExt::is_true));
    object.text_at(&["metadata", "labels", ENVIRONMENT_LABEL]) == Some(environment)
        && object.text_at(&["metadata", "uid"]).is_some()
        && !DERIVED.contains(&object.text_at(&["kind"]).unwrap_or_default())
        && controllers.next().is_none()
}

/// The state of the object that a deed removes, as long as it is there.
pub(super) fn state_of(stock: &Stock, deed: &Deed) -> Option<String> {
    let marked = match stock.marked.as_ref()? {
        Ok(marked) => marked,
        Err(why) => return Some(format!("not to be asked for ({why})")),
    };
    let id = deed.target.id.as_deref();
    let mut objects = marked.objects.iter();
    let object = objects.find(|one| one.text_at(&["metadata", "uid"]) == id)?;
    let going = object.text_at(&["metadata", "deletionTimestamp"]).is_some();
    Some(if going { "terminating" } else { "there" }.to_owned())
}

/// In which order they go: what delivers, what runs, what these use; what closes the ways before what opens some; and what holds others
/// last.
fn rank(target: &ResourceRef) -> u8 {
    match target.kind.as_str() {
        kind if APPLICATIONS.contains(&kind) => 0,
        "AppProject" => 1,
        kind if WORKLOADS.contains(&kind) => 2,
        "NetworkPolicy" if target.name == CLOSING => 4,
        "NetworkPolicy" => 5,
        CUSTOM_KIND => 6,
        "Namespace" => 7,
        _ => 3,
    }
}

/// Adds what goes, and what stays. The keys of the account have their places in the draft by now.
pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let marked = match &part.stock.marked {
        None => return,
        Some(Ok(marked)) => marked,
        Some(Err(why)) => return unknown(part, draft, &format!("could not be looked at: {why}")),
    };
    elsewhere(part, draft, &marked.cluster);
    if let Some(why) = of_kinds(&marked.unread) {
        unknown(part, draft, &format!("is not known of {why}"));
    }
    let own = marked.objects.iter().filter(|one| is_own(one, part.environment));
    let mut own: Vec<(ResourceRef, &Value)> = own.map(|one| (reference(one), one)).collect();
    own.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
    for (target, object) in own {
        let mut wish = Wish::new(
            FixAction::KubernetesDelete,
            target.clone(),
            format!("delete {} {}", target.kind, target.qualified_name()),
            Whose::Ours(format!("labelled {ENVIRONMENT_LABEL}: {}", part.environment)),
        );
        wish.after = before(draft, &target);
        wish.data = deletion(object, marked).data;
        wish.keeps = takes_along(marked, &target, object);
        // Whoever names it sees it again.
        wish.cautions.extend(wish.keeps.clone());
        wish.cautions.extend(caution(&target));
        wish.held = OF_KUBERNETES
            .contains(&target.name.as_str())
            .then(|| "every cluster has it".to_owned())
            .filter(|_| target.kind == "Namespace");
        if target.kind == "Service" && wish.held.is_none() {
            balancers::of_service(part, draft, marked, object, &mut wish);
        }
        match held_key(part, draft, marked, &target) {
            Ok(step) => wish.after.extend(step),
            Err(why) => wish.held = Some(why),
        }
        if let Some((why, hint)) = takes_unnamed(draft, marked, &target) {
            draft.conflicts.push(Conflict {
                target: target.clone(),
                why,
                hint,
            });
        }
        draft.put(part, wish);
    }
}

/// Says that it is not known what of the environment is in the cluster: then nobody can say that nothing is left.
fn unknown(part: &Part<'_>, draft: &mut Draft, why: &str) {
    let declared = part.declared.and_then(|declared| declared.cluster.as_ref());
    let name = declared.map_or(part.environment, |cluster| cluster.name.as_str());
    let why = format!("what in it was made for {} {why}", part.environment);
    draft.keep(of_account("Cluster", name, None), why, true, false);
}

/// Says in which other clusters the journals tell of objects, where no account says which one is the environment's.
fn elsewhere(part: &Part<'_>, draft: &mut Draft, here: &PlannedCluster) {
    if part.declared.is_some() {
        return;
    }
    for cluster in part.proofs.clusters_but(here.uid.as_deref()) {
        let made = format!(
            "by its journals things were made for {} in {}",
            part.environment,
            cluster.named()
        );
        let uid = cluster.uid.as_deref().unwrap_or_default();
        let why = if here.uid.is_some() {
            format!(
                "{made}, which is another cluster than {} and was not looked at: --context names it; where it is no more, --gone {uid} says so",
                here.named()
            )
        } else {
            format!(
                "{made}, and whether that is {} is not known: the UID of Namespace kube-system could not be read",
                here.name
            )
        };
        draft.keep(of_account("Cluster", &cluster.name, None), why, true, false);
    }
}

/// The steps so far that come before the one which removes this.
fn before(draft: &Draft, target: &ResourceRef) -> Vec<String> {
    let comes_before = |other: &ResourceRef| match target.kind.as_str() {
        "AppProject" => APPLICATIONS.contains(&other.kind.as_str()),
        // Without Argo CD nobody takes away what the applications have delivered.
        kind if WORKLOADS.contains(&kind) => rank(other) <= 1 && other.namespace == target.namespace,
        "NetworkPolicy" => rank(target) == 5 && other.name == CLOSING && other.namespace == target.namespace,
        CUSTOM_KIND => target
            .name
            .split_once('.')
            .is_some_and(|(_, group)| group == other.group()),
        "Namespace" => other.namespace.as_deref() == Some(target.name.as_str()),
        _ => false,
    };
    let objects = draft.steps.iter().filter(|one| one.step.deed.in_cluster());
    objects
        .filter(|one| comes_before(&one.step.deed.target))
        .map(|one| one.step.id.clone())
        .collect()
}

/// The step that removes the Spaces key whose secret is in a Secret, if it holds one that goes; `Err`: it holds one that stays.
fn held_key(
    part: &Part<'_>,
    draft: &Draft,
    marked: &Marked,
    target: &ResourceRef,
) -> Result<Option<String>, String> {
    let id = target.id.as_deref().unwrap_or_default();
    let key = match marked.keys.get(id) {
        _ if target.kind != "Secret" => return Ok(None),
        None | Some(Ok(None)) => return Ok(None),
        Some(Ok(Some(key))) => key,
        Some(Err(why)) => {
            return Err(format!(
                "whether it holds the secret of a Spaces key that stays is not known: {why}"
            ));
        }
    };
    let mut steps = draft.steps.iter();
    let goes = steps.find(|one| {
        let deed = &one.step.deed;
        deed.action == FixAction::SpacesKeyDelete && deed.target.id.as_ref() == Some(key)
    });
    let mut rows = part.rows("spaces_keys").iter();
    let stands = rows.find(|row| row.text_at(&["access_key"]) == Some(key));
    match (goes, stands) {
        (Some(step), _) => Ok(Some(step.step.id.clone())),
        (None, None) => Ok(None),
        (None, Some(row)) => Err(format!(
            "it holds the secret of Spaces key {} ({key}), which stays and whose secret nobody could read again",
            row.text_at(&["name"]).unwrap_or_default()
        )),
    }
}
