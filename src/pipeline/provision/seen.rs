//! What there is in the cluster of what it should hold, before anything is made.

use super::install::Missing;
use super::plan::ToProvision;
use super::render::read;
use crate::collect::cluster::is_of_another;
use crate::pipeline::ended::Ended;
use crate::pipeline::others;
use crate::pipeline::repair::hand::Hand;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::PlannedCluster;
use envcheck_core::provision::account::KeyPlace;
use envcheck_core::provision::elsewhere::{elsewhere as stands_elsewhere, is_marked, sought};
use envcheck_core::provision::objects::{Desired, objects};
use envcheck_core::provision::{Elsewhere, Others};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// What the cluster should hold, and why nobody has read what Argo CD consists of.
pub(super) fn desired(wanted: &ToProvision) -> Result<(Desired, Option<Missing>), Ended> {
    let manifest = wanted.argocd_manifest.as_deref();
    let read = read(&wanted.spec, manifest, wanted.offline, &wanted.interrupt)?;
    Ok((objects(&wanted.spec, &read.material)?, read.missing))
}

/// The cluster, entered when something in it is looked at for the first time, and once for all that a plan looks at.
#[derive(Default)]
pub(super) struct Entrance {
    hand: Option<Hand>,
    /// Why it cannot be entered: whoever was let in nowhere does not try again.
    closed: Option<Vec<Diagnostic>>,
}

impl Entrance {
    pub(super) fn hand(&mut self, wanted: &ToProvision) -> Result<&Hand, Ended> {
        if let Some(why) = &self.closed {
            return Err(why.clone().into());
        }
        let hand = match self.hand.take() {
            Some(hand) => hand,
            None => entered(wanted).inspect_err(|ended| {
                if let Ended::Refused(why) = ended {
                    self.closed = Some(why.clone());
                }
            })?,
        };
        Ok(self.hand.insert(hand))
    }

    /// Why a cluster that stands cannot be entered, in words, where all else can be told without it; `Err` where whoever asks has named
    /// the way, or where it leads into another cluster.
    pub(super) fn is_closed(&mut self, wanted: &ToProvision) -> Result<Option<String>, Ended> {
        let named = wanted.target.context.is_some() || wanted.target.kubeconfig.is_some();
        match self.hand(wanted) {
            Ok(_) => Ok(None),
            Err(Ended::Refused(why)) if !named && !why.iter().any(is_of_another) => {
                Ok(Some(Ended::Refused(why).words()))
            }
            Err(ended) => Err(ended),
        }
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        if let Some(hand) = self.hand.take() {
            hand.end();
        }
    }
}

/// What was seen in the cluster.
pub(super) struct Seen {
    /// Those of the desired objects that stand.
    pub(super) objects: BTreeMap<ResourceRef, Value>,
    /// Which cluster it is.
    pub(super) cluster: PlannedCluster,
    /// Why nothing may be made in it.
    pub(super) objection: Option<Diagnostic>,
    /// What others made, where that may be some of the missing ones.
    pub(super) others: Option<Others>,
    /// What of the missing ones stands under other names.
    pub(super) elsewhere: Elsewhere,
    /// The Namespaces that bear the mark, lack something, and in which nothing runs or would: nobody is disturbed there.
    pub(super) idle: BTreeSet<String>,
    /// The kinds, by group, of desired objects that the server does not serve.
    pub(super) unserved: BTreeSet<(String, String)>,
}

/// Looks into the cluster. Whoever cannot look at one of the desired objects knows nothing of it, and plans nothing.
pub(super) fn seen(wanted: &ToProvision, desired: &Desired, entrance: &mut Entrance) -> Result<Seen, Ended> {
    let hand = entrance.hand(wanted)?;
    let (cluster, objection) = (hand.cluster.clone(), hand.objection(&wanted.target));
    let looked = standing(hand, desired).and_then(|objects| {
        let there = |one: &ResourceRef| objects.get(one);
        let missing = sought(desired, &there);
        let missing: Vec<&ResourceRef> = missing.iter().map(|one| &one.reference).collect();
        let others = candidates(hand, &missing, wanted.spec.name())?;
        Ok((objects, others))
    });
    if wanted.interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    let unserved = desired.objects.iter().map(|one| &one.reference);
    let unserved = unserved
        .filter(|one| hand.objects.path(one).is_err())
        .map(kind_of);
    let unserved = unserved.collect();
    let (objects, others) = looked?;
    let idle = idle(hand, desired, &objects, wanted.spec.name());
    if wanted.interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    let mut others = others
        .then(|| others::read(&wanted.spec, &wanted.target, wanted.started, &wanted.interrupt))
        .transpose()?;
    let elsewhere = match &others {
        Some(others) => stands_elsewhere(&wanted.spec, desired, &|one| objects.get(one), others),
        None => Elsewhere::new(),
    };
    if let Some(others) = &mut others {
        let read = |one: &ResourceRef| hand.wait(hand.objects.read(one));
        let completed = others.complete(&elsewhere, &read);
        if wanted.interrupt.is_cancelled() {
            return Err(Ended::Interrupted(Vec::new()));
        }
        completed.map_err(|(target, why)| {
            Diagnostic::new(format!("whether somebody applied {target} is not known: {why}"))
                .hint("grant the credentials `get` on it: no plan is made on a partial view")
        })?;
    }
    Ok(Seen {
        objects,
        cluster,
        objection,
        others,
        elsewhere,
        idle,
        unserved,
    })
}

/// The marked Namespaces of missing objects in which nothing runs or would. Where that cannot be told, something may.
fn idle(
    hand: &Hand,
    desired: &Desired,
    objects: &BTreeMap<ResourceRef, Value>,
    environment: &str,
) -> BTreeSet<String> {
    let missing = desired.objects.iter().map(|one| &one.reference);
    let missing = missing.filter(|one| !objects.contains_key(one));
    let lacking: BTreeSet<&str> = missing.filter_map(|one| one.namespace.as_deref()).collect();
    let ours = objects.iter().filter(|(reference, object)| {
        reference.kind == "Namespace"
            && lacking.contains(reference.name.as_str())
            && is_marked(object, environment)
    });
    let idle = ours.filter(|(reference, _)| hand.wait(hand.objects.is_idle(&reference.name)) == Ok(true));
    idle.map(|(reference, _)| reference.name.clone()).collect()
}

/// A kind with its group.
pub(super) fn kind_of(one: &ResourceRef) -> (String, String) {
    (one.group().to_owned(), one.kind.clone())
}

/// Those of the desired objects that stand.
fn standing(hand: &Hand, desired: &Desired) -> Result<BTreeMap<ResourceRef, Value>, Diagnostic> {
    let mut found = BTreeMap::new();
    for one in &desired.objects {
        // What is of a kind that is not served yet does not exist.
        if hand.objects.path(&one.reference).is_err() {
            continue;
        }
        let read = hand.wait(hand.objects.read(&one.reference)).map_err(|why| {
            Diagnostic::new(format!("whether {} exists is not known: {why}", one.reference))
                .hint("grant the credentials `get` on it: no plan is made on a partial view")
        })?;
        found.extend(read.map(|object| (one.reference.clone(), object)));
    }
    Ok(found)
}

/// Whether others made NetworkPolicies where some are missing, or applications. Where none is missing nothing more is read.
fn candidates(hand: &Hand, missing: &[&ResourceRef], environment: &str) -> Result<bool, Diagnostic> {
    let unknown = |why: String| {
        Diagnostic::new(format!("whether others made what is declared is not known: {why}")).hint(
            "grant the credentials `list` on networkpolicies and applications.argoproj.io: no plan is made on a partial view",
        )
    };
    let is_of = |kind: &str| missing.iter().any(|one| one.kind == kind);
    if (is_of("Application") || is_of("AppProject")) && !hand.applications().map_err(unknown)?.is_empty() {
        return Ok(true);
    }
    if !is_of("NetworkPolicy") {
        return Ok(false);
    }
    let policies = hand.wait(hand.objects.all("networking.k8s.io", "NetworkPolicy"));
    let policies = policies.map_err(unknown)?;
    let mut others = policies.iter().filter(|one| !is_marked(one, environment));
    Ok(others.any(|other| {
        let home = other.text_at(&["metadata", "namespace"]);
        missing
            .iter()
            .any(|one| one.kind == "NetworkPolicy" && one.namespace.as_deref() == home)
    }))
}

/// Which keys these Secrets hold, each by the name of the key that it is to hold.
pub(super) fn key_places(
    wanted: &ToProvision,
    places: &[(String, ResourceRef)],
    entrance: &mut Entrance,
) -> Result<BTreeMap<String, KeyPlace>, Ended> {
    let all = |place: &KeyPlace| {
        let names = places.iter().map(|(key, _)| key.clone());
        names.map(|key| (key, place.clone())).collect()
    };
    let hand = match entrance.hand(wanted) {
        Ok(hand) => hand,
        Err(Ended::Interrupted(rest)) => return Err(Ended::Interrupted(rest)),
        Err(why) => return Ok(all(&KeyPlace::Unread(why.words()))),
    };
    let mut found = BTreeMap::new();
    for (key, secret) in places {
        let place = match hand.wait(hand.objects.access_key_in(secret)) {
            Ok(None) => KeyPlace::Absent,
            Ok(Some(held)) => KeyPlace::Holds(held),
            Err(why) => KeyPlace::Unread(why),
        };
        found.insert(key.clone(), place);
    }
    if wanted.interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    Ok(found)
}

/// The cluster, entered.
pub(super) fn entered(wanted: &ToProvision) -> Result<Hand, Ended> {
    Hand::open(&wanted.spec, &wanted.target, wanted.started, &wanted.interrupt)
}
