//! What journals prove: which things were made for an environment, by their ids, and which clusters it had; and what they
//! remember without proving anything: what was adopted, and what was begun and never heard of again.

use super::places::Places;
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::journal::{Ended, Head, Journal, Recorded};
use crate::plan::{Deed, PlannedCluster};
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// What the journals of one environment say, read from the oldest to the newest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proofs {
    environment: String,
    /// Kind and id → the name under which it was made, and the run that made it.
    made: BTreeMap<(String, String), (String, String)>,
    /// Clusters that this environment had or has.
    clusters: BTreeSet<String>,
    /// Volumes and snapshots that hung on a cluster which was destroyed → that cluster.
    left: BTreeMap<String, String>,
    /// Load balancers that went, or should have, with a Service that was removed → that Service.
    left_by_services: BTreeMap<String, String>,
    /// Kind and id of what was there before and was agreed to → its name then, and the run that was told so.
    adopted: BTreeMap<(String, String), (String, String)>,
    /// Kind and name of what a run was about to make, of which no answer is known.
    begun: BTreeMap<(String, String), Begun>,
    /// Buckets that a run was to make with versions, and did not refuse to.
    versioned: BTreeSet<String>,
    /// Kind and id of what runs of other environments made → its name, and the environment.
    elsewhere: BTreeMap<(String, String), (String, String)>,
    /// The clusters in which objects were made.
    places: Places,
    /// The steps by which runs removed something, or may have, by their ids → the run, and what the step was to do.
    steps: BTreeMap<String, (String, String)>,
}

/// What a run was about to make, and never heard whether it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Begun {
    /// The run.
    pub(super) run: String,
    /// When the run began, as its journal has it.
    pub(super) started: String,
    /// How it was to be made.
    pub(super) data: Value,
}

/// By what a thing is known in journals: its id, or its name where it has none and nobody else can have the same.
fn known_by(target: &ResourceRef) -> (String, String) {
    let id = target.id.as_deref().unwrap_or(&target.name);
    (target.kind.clone(), id.to_owned())
}

impl Proofs {
    /// None yet, of this environment.
    pub fn of(environment: &str) -> Self {
        Self {
            environment: environment.to_owned(),
            ..Self::default()
        }
    }

    /// Adds what a later journal says. Those of other environments prove nothing here but whose a thing is instead.
    pub fn add(&mut self, journal: &Journal) {
        if journal.head.environment != self.environment {
            for step in &journal.steps {
                self.step_elsewhere(step, &journal.head.environment);
            }
            return;
        }
        for target in &journal.adopted {
            self.adopts(target, &journal.head.run);
        }
        for step in &journal.steps {
            self.places.add(step, &journal.head);
            self.step(step, &journal.head);
            if removes(step.intent.deed.action) && !matches!(step.ended, Some(Ended::Failed(_))) {
                let told = (journal.head.run.clone(), step.intent.summary.clone());
                self.steps.insert(step.intent.step.clone(), told);
            }
        }
    }

    fn step(&mut self, step: &Recorded, head: &Head) {
        let run = head.run.as_str();
        let deed = &step.intent.deed;
        let (kind, name) = (deed.target.kind.as_str(), deed.target.name.as_str());
        if deed.action == FixAction::ClusterDestroy {
            // Also when nobody knows whether it was done: what hung on it then hung on ours.
            self.destroys(deed);
            return;
        }
        if deed.action == FixAction::KubernetesDelete {
            // The same.
            if !matches!(step.ended, Some(Ended::Failed(_))) {
                self.removes(deed);
            }
            return;
        }
        let named = (kind.to_owned(), name.to_owned());
        let done = matches!(step.ended, Some(Ended::Done { .. }));
        if deed.action == FixAction::SpacesKeyDelete && !done {
            // It stands as it stood.
            return;
        }
        if deed.keeps_versions() && !matches!(step.ended, Some(Ended::Failed(_))) {
            self.versioned.insert(name.to_owned());
        }
        // How a later run ended tells more than that an earlier one never heard.
        self.begun.remove(&named);
        let Some(Ended::Done { uid, .. }) = &step.ended else {
            if step.ended.is_none() && makes(deed.action) {
                let begun = Begun {
                    run: run.to_owned(),
                    started: head.started.clone(),
                    data: deed.data.clone(),
                };
                self.begun.insert(named, begun);
            }
            return;
        };
        if matches!(deed.action, FixAction::RegistryDelete | FixAction::BucketDelete) {
            // Whoever has the name from now on, it is not ours.
            self.made.remove(&named);
            self.adopted.remove(&named);
            self.begun.remove(&named);
            self.versioned.remove(name);
            return;
        }
        let Some(id) = made_as(deed, uid.as_deref()) else {
            return;
        };
        if kind == "Cluster" {
            self.clusters.insert(id.to_owned());
        }
        self.made.insert(
            (kind.to_owned(), id.to_owned()),
            (name.to_owned(), run.to_owned()),
        );
    }

    fn step_elsewhere(&mut self, step: &Recorded, environment: &str) {
        let deed = &step.intent.deed;
        let Some(Ended::Done { uid, .. }) = &step.ended else {
            return;
        };
        let (kind, name) = (deed.target.kind.clone(), deed.target.name.clone());
        if matches!(deed.action, FixAction::RegistryDelete | FixAction::BucketDelete) {
            self.elsewhere.remove(&(kind, name));
        } else if let Some(id) = made_as(deed, uid.as_deref()) {
            self.elsewhere
                .insert((kind, id.to_owned()), (name, environment.to_owned()));
        }
    }

    /// Adds that the user has agreed to use something that was there before.
    pub fn adopts(&mut self, target: &ResourceRef, run: &str) {
        self.adopted
            .insert(known_by(target), (target.name.clone(), run.to_owned()));
    }

    /// Adds that a cluster of this environment is about to be destroyed, and what it leaves.
    pub fn destroys(&mut self, deed: &Deed) {
        let Some(cluster) = deed.target.id.as_deref() else {
            return;
        };
        self.clusters.insert(cluster.to_owned());
        for list in ["volumes", "volume_snapshots"] {
            let ids = deed.data.items_at(&[list]).iter();
            let ids = ids.filter_map(|one| one.text_at(&["id"]));
            self.left
                .extend(ids.map(|id| (id.to_owned(), cluster.to_owned())));
        }
    }

    /// Adds that an object of this environment was removed, with what should have gone with it.
    pub fn removes(&mut self, deed: &Deed) {
        let ids = deed.data.items_at(&["load_balancers"]).iter();
        let ids = ids.filter_map(|one| one.text_at(&["id"]));
        let whose = deed.target.qualified_name();
        self.left_by_services
            .extend(ids.map(|id| (id.to_owned(), whose.clone())));
    }

    /// Whether they tell of anything in an account: what was made there, adopted, or begun.
    pub fn are_of_account(&self) -> bool {
        let known = self.made.keys().chain(self.adopted.keys());
        let mut kinds = known
            .map(|(kind, _)| kind)
            .chain(self.begun.keys().map(|(kind, _)| kind));
        !self.clusters.is_empty() || !self.left.is_empty() || kinds.next().is_some()
    }

    /// The clusters, but that of this UID, in which objects of this environment were made that no run has removed.
    pub fn clusters_but(&self, here: Option<&str>) -> Vec<&PlannedCluster> {
        self.places.but(here)
    }

    /// The last run that removed something by a step of this id, or may have, and what the step was to do.
    pub fn began(&self, step: &str) -> Option<(&str, &str)> {
        let (run, summary) = self.steps.get(step)?;
        Some((run, summary))
    }

    /// No longer minds what was made in the cluster of this UID, which is no more; `None` where nothing was.
    pub fn forget_cluster(&mut self, uid: &str) -> Option<PlannedCluster> {
        self.places.forget(uid)
    }

    /// The clusters in which there is something of this environment, where nothing was ever made in this one: then it may be the wrong
    /// one. None where its UID is not known.
    pub fn only_elsewhere(&self, here: &PlannedCluster) -> Vec<&PlannedCluster> {
        match &here.uid {
            Some(uid) if !self.places.has(uid) => self.places.but(Some(uid)),
            _ => Vec::new(),
        }
    }

    /// The run in which something was adopted that is called so. That proves nothing of who made it.
    pub(super) fn adopted(&self, kind: &str, id: &str, name: &str) -> Option<&str> {
        let (then, run) = self.adopted.get(&(kind.to_owned(), id.to_owned()))?;
        (then == name).then_some(run)
    }

    /// The run that was about to make a thing of this name, and never heard whether it did. Until a run heard it, that is no
    /// proof by which anything would be removed.
    pub(super) fn begun(&self, kind: &str, name: &str) -> Option<&Begun> {
        self.begun.get(&(kind.to_owned(), name.to_owned()))
    }

    /// Whether a run was about to make this bucket and never heard whether it did: then its age tells whose it is.
    pub fn was_begun(&self, bucket: &str) -> bool {
        self.begun("Bucket", bucket).is_some()
    }

    /// Whether a run made a bucket, or was about to, that is to keep versions.
    pub(super) fn with_versions(&self, bucket: &str) -> bool {
        self.versioned.contains(bucket)
    }

    /// The other environment for which a run made a thing that is called so.
    pub(super) fn made_elsewhere(&self, kind: &str, id: &str, name: &str) -> Option<&str> {
        let (made_as, environment) = self.elsewhere.get(&(kind.to_owned(), id.to_owned()))?;
        (made_as == name).then_some(environment)
    }

    /// The run that made a thing, and the name under which it did.
    pub(super) fn created(&self, kind: &str, id: &str) -> Option<(&str, &str)> {
        let (name, run) = self.made.get(&(kind.to_owned(), id.to_owned()))?;
        Some((run, name))
    }

    /// The buckets that were made or adopted, by name.
    pub(super) fn buckets(&self) -> impl Iterator<Item = String> {
        let known = self.made.keys().chain(self.adopted.keys());
        let known = known.filter(|(kind, _)| kind == "Bucket");
        known.map(|(_, name)| name.clone())
    }

    /// Clusters that this environment had or has.
    pub(super) fn clusters(&self) -> &BTreeSet<String> {
        &self.clusters
    }

    /// The removed Service that had a load balancer.
    pub(super) fn left_by_service(&self, id: &str) -> Option<&str> {
        self.left_by_services.get(id).map(String::as_str)
    }

    /// The destroyed cluster on which a volume or a snapshot hung.
    pub(super) fn left_by(&self, id: &str) -> Option<&str> {
        self.left.get(id).map(String::as_str)
    }
}

/// Whether a deed removes a thing as a whole.
fn removes(action: FixAction) -> bool {
    matches!(
        action,
        FixAction::BucketDelete
            | FixAction::ClusterDestroy
            | FixAction::FirewallDelete
            | FixAction::KubernetesDelete
            | FixAction::LoadBalancerDelete
            | FixAction::ProjectDelete
            | FixAction::RegistryDelete
            | FixAction::SnapshotDelete
            | FixAction::SpacesKeyDelete
            | FixAction::VolumeDelete
            | FixAction::VpcDelete
    )
}

/// Whether a deed makes a thing of the account.
fn makes(action: FixAction) -> bool {
    matches!(
        action,
        FixAction::ProjectCreate
            | FixAction::VpcCreate
            | FixAction::ClusterCreate
            | FixAction::FirewallCreate
            | FixAction::SpacesKeyCreate
            | FixAction::RegistryCreate
            | FixAction::BucketCreate
    )
}

/// The id under which a deed made a thing, where it made one.
fn made_as<'a>(deed: &'a Deed, uid: Option<&'a str>) -> Option<&'a str> {
    match deed.action {
        // These have no ids; their names are nobody else's as long as they are there.
        FixAction::RegistryCreate | FixAction::BucketCreate => Some(deed.target.name.as_str()),
        action if makes(action) => uid,
        _ => None,
    }
}
