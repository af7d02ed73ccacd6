//! What journals prove: which things were made for an environment, by their ids, and which clusters it had.

use crate::findings::FixAction;
use crate::plan::Deed;
use crate::plan::journal::{Ended, Journal, Recorded};
use crate::value::ValueExt;
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
}

impl Proofs {
    /// None yet, of this environment.
    pub fn of(environment: &str) -> Self {
        Self {
            environment: environment.to_owned(),
            ..Self::default()
        }
    }

    /// Adds what a later journal says; those of other environments say nothing here.
    pub fn add(&mut self, journal: &Journal) {
        if journal.head.environment != self.environment {
            return;
        }
        for step in &journal.steps {
            self.step(step, &journal.head.run);
        }
    }

    fn step(&mut self, step: &Recorded, run: &str) {
        let deed = &step.intent.deed;
        let (kind, name) = (deed.target.kind.as_str(), deed.target.name.as_str());
        if deed.action == FixAction::ClusterDestroy {
            // Also when nobody knows whether it was done: what hung on it then hung on ours.
            self.destroys(deed);
            return;
        }
        let Some(Ended::Done { uid, .. }) = &step.ended else {
            return;
        };
        let known_by = match deed.action {
            FixAction::ProjectCreate
            | FixAction::VpcCreate
            | FixAction::ClusterCreate
            | FixAction::FirewallCreate
            | FixAction::SpacesKeyCreate => uid.as_deref(),
            // These have no ids; their names are nobody else's as long as they are there.
            FixAction::RegistryCreate | FixAction::BucketCreate => Some(name),
            FixAction::RegistryDelete | FixAction::BucketDelete => {
                // Whoever has the name from now on, it is not ours.
                self.made.remove(&(kind.to_owned(), name.to_owned()));
                return;
            }
            _ => None,
        };
        let Some(id) = known_by else { return };
        if kind == "Cluster" {
            self.clusters.insert(id.to_owned());
        }
        self.made.insert(
            (kind.to_owned(), id.to_owned()),
            (name.to_owned(), run.to_owned()),
        );
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

    /// The run that made a thing, and the name under which it did.
    pub(super) fn created(&self, kind: &str, id: &str) -> Option<(&str, &str)> {
        let (name, run) = self.made.get(&(kind.to_owned(), id.to_owned()))?;
        Some((run, name))
    }

    /// The buckets that were made, by name.
    pub(super) fn buckets(&self) -> impl Iterator<Item = String> {
        let made = self.made.keys().filter(|(kind, _)| kind == "Bucket");
        made.map(|(_, name)| name.clone())
    }

    /// Clusters that this environment had or has.
    pub(super) fn clusters(&self) -> &BTreeSet<String> {
        &self.clusters
    }

    /// The destroyed cluster on which a volume or a snapshot hung.
    pub(super) fn left_by(&self, id: &str) -> Option<&str> {
        self.left.get(id).map(String::as_str)
    }
}
