//! Deeds in the account and in Spaces. A row of a collection is to them what an object is to a deed in the cluster; who reads a
//! single row marks it with `apiVersion` and `kind`, by which its meaning is known.

mod clusters;
mod creations;
mod firewalls;
mod projects;
mod registry;
mod removals;
mod spaces;
#[cfg(test)]
mod spaces_tests;
#[cfg(test)]
mod tests;

use super::deed::{Deed, Undo};
use super::meaning::meaning;
use crate::findings::FixAction;
use crate::policy::Risk;
use crate::value::{Value, ValueExt, array, object};

pub use clusters::address;
pub(super) use clusters::{OF_CLUSTERS, OF_POOLS};
pub use creations::id_of;
pub(super) use firewalls::OF_FIREWALLS;
pub use firewalls::{list_of as rules_one_by_one, rules_as_they_are};
pub(super) use projects::OF_PROJECTS;
pub(super) use registry::OF_COLLECTIONS;
pub use registry::{collection_ended, is_counted_since, nothing_is_pushed, same_manifest};
pub(super) use spaces::{OF_NEW_BUCKETS, acceptable};

use clusters::CLUSTER;

impl Deed {
    /// Whether it changes something in the account, or in Spaces.
    pub fn in_account(&self) -> bool {
        self.in_spaces()
            || matches!(
                self.action,
                FixAction::ClusterUpdate
                    | FixAction::NodePoolUpdate
                    | FixAction::RegistryCollectGarbage
                    | FixAction::RegistryDeleteManifest
                    | FixAction::FirewallAddRules
                    | FixAction::FirewallRemoveRules
                    | FixAction::LoadBalancerDelete
                    | FixAction::ProjectAssign
            )
            || self.action.is_of_provisioning()
            || self.action.is_of_removal()
    }

    /// Whether it changes a bucket: Spaces has an API and keys of its own.
    pub fn in_spaces(&self) -> bool {
        matches!(
            self.action,
            FixAction::BucketCreate
                | FixAction::BucketAcl
                | FixAction::BucketLifecycle
                | FixAction::BucketVersioning
                | FixAction::BucketDelete
        )
    }

    /// Whether what it brings about can only be estimated: a registry tells its size hours later, so neither a copy nor the
    /// policies afterwards can show it.
    pub fn is_estimated(&self) -> bool {
        matches!(
            self.action,
            FixAction::RegistryCollectGarbage | FixAction::RegistryDeleteManifest
        )
    }

    /// The collections with rows that it changes; none for what is estimated.
    pub fn collections(&self) -> &'static [&'static str] {
        match self.action {
            FixAction::ClusterUpdate | FixAction::NodePoolUpdate => &["digitalocean.kubernetes_clusters"],
            FixAction::FirewallAddRules | FixAction::FirewallRemoveRules => &["digitalocean.firewalls"],
            FixAction::LoadBalancerDelete => &["digitalocean.load_balancers"],
            FixAction::ProjectAssign => &[projects::COLLECTION],
            action if action.is_of_provisioning() => creations::collections(action),
            action if action.is_of_removal() => removals::collections(action),
            FixAction::BucketCreate
            | FixAction::BucketAcl
            | FixAction::BucketLifecycle
            | FixAction::BucketVersioning => spaces::collections(self),
            _ => &[],
        }
    }

    /// The thing that fixes name as this one's target, as the target of a deed: what several deeds may change of one thing,
    /// each without regard to the others, are several targets.
    pub(super) fn retargeted(self) -> Result<Self, String> {
        match self.action {
            FixAction::RegistryDeleteManifest => Ok(self.with_kind(registry::MANIFESTS)),
            FixAction::BucketAcl => Ok(self.with_kind(spaces::ACL)),
            FixAction::BucketLifecycle => Ok(self.with_kind(spaces::LIFECYCLE)),
            FixAction::BucketVersioning => Ok(self.with_kind(spaces::VERSIONING)),
            FixAction::ProjectAssign => projects::retargeted(self),
            _ => Ok(self),
        }
    }

    fn with_kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.target.kind);
        self
    }

    /// The cluster that it changes, or whose pool it changes.
    pub fn cluster(&self) -> Option<&str> {
        match self.action {
            FixAction::ClusterUpdate => self.target.id.as_deref(),
            FixAction::NodePoolUpdate => self.data.text_at(&[CLUSTER]),
            _ => None,
        }
    }

    /// The settings that it gives new values.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Value)> {
        let updates = matches!(self.action, FixAction::ClusterUpdate | FixAction::NodePoolUpdate);
        let members = updates.then(|| self.data.members());
        members.into_iter().flatten().filter(|(key, _)| *key != CLUSTER)
    }

    /// Whether a row of one of its collections is the one that it changes, or holds it.
    pub(super) fn is_of(&self, row: &Value) -> bool {
        if self.in_spaces() {
            return spaces::bucket_of(row) == Some(self.target.name.as_str());
        }
        let id = row.text_at(&["id"]);
        let wanted = match self.action {
            FixAction::NodePoolUpdate => self.cluster(),
            FixAction::ProjectAssign => return row.text_at(&["urn"]) == Some(self.target.name.as_str()),
            _ => self.target.id.as_deref(),
        };
        id.is_some() && id == wanted
    }

    /// A row of one of its collections afterwards; `None` when it is gone.
    pub(super) fn done_in(&self, collection: &str, row: &Value) -> Result<Option<Value>, String> {
        match self.action {
            FixAction::NodePoolUpdate => clusters::pool_done_in(self, row).map(Some),
            FixAction::BucketCreate => spaces::created_in(self, collection, row).map(Some),
            _ => self.done_to(Some(row)),
        }
    }

    /// Whether a row that is not as it was before looks as if this had been done to it.
    pub fn seems_done(&self, now: Option<&Value>) -> bool {
        match (self.action, now) {
            (FixAction::LoadBalancerDelete, now) => now.is_none(),
            (action, now) if action.is_of_removal() => now.is_none(),
            // Somebody asked for a collection since.
            (FixAction::RegistryCollectGarbage, now) => now.is_some(),
            (FixAction::RegistryDeleteManifest, Some(row)) => row.items_at(&["manifests"]).is_empty(),
            (FixAction::FirewallRemoveRules, Some(row)) => firewalls::has_none(self, row),
            (_, Some(row)) => {
                let again = self.done_to(Some(row)).ok().flatten();
                again.is_some_and(|again| meaning(&again) == meaning(row))
            }
            (_, None) => false,
        }
    }
}

/// The row afterwards; `None` when it is gone.
pub(super) fn done_to(deed: &Deed, before: Option<&Value>) -> Result<Option<Value>, String> {
    if deed.action == FixAction::BucketCreate {
        return spaces::created(deed, before).map(Some);
    }
    if deed.action.is_of_provisioning() {
        return creations::created(deed, before).map(Some);
    }
    let row = before.ok_or_else(|| format!("{} does not exist", deed.target))?;
    match deed.action {
        action if action.is_of_removal() => Ok(None),
        FixAction::ClusterUpdate => Ok(Some(set(row, deed.settings()))),
        FixAction::NodePoolUpdate => clusters::pool_updated(deed, row).map(Some),
        FixAction::FirewallAddRules => Ok(Some(firewalls::added(deed, row))),
        FixAction::FirewallRemoveRules => firewalls::removed(deed, row).map(Some),
        FixAction::RegistryCollectGarbage => registry::collected(deed, row).map(Some),
        FixAction::RegistryDeleteManifest => registry::deleted(deed, row).map(Some),
        FixAction::LoadBalancerDelete => Ok(None),
        FixAction::BucketAcl => spaces::acl_set(deed, row).map(Some),
        FixAction::BucketLifecycle => spaces::lifecycle_set(deed, row).map(Some),
        FixAction::BucketVersioning => spaces::versioning_set(deed, row).map(Some),
        FixAction::ProjectAssign => projects::assigned(deed, row).map(Some),
        other => Err(format!("{} changes nothing in the account", other.as_str())),
    }
}

/// What undoes it: the former values of exactly what it changes.
pub(super) fn undo(deed: &Deed, before: Option<&Value>) -> Undo {
    if deed.action == FixAction::BucketCreate {
        return Undo::None("no remediation deletes a bucket: it stays, empty as it was made".to_owned());
    }
    if deed.action.is_of_provisioning() {
        return Undo::None(creations::KEPT.to_owned());
    }
    if deed.action.is_of_removal() {
        return Undo::None(removals::GONE.to_owned());
    }
    let Some(row) = before else {
        return Undo::None("it changes nothing".to_owned());
    };
    let opposite = |action: FixAction, data: Value| {
        Undo::Deed(Box::new(Deed {
            action,
            target: deed.target.clone(),
            data,
        }))
    };
    match deed.action {
        FixAction::ClusterUpdate | FixAction::NodePoolUpdate => match clusters::former(deed, row) {
            Ok(data) => opposite(deed.action, data),
            Err(why) => Undo::None(why),
        },
        FixAction::FirewallAddRules => opposite(FixAction::FirewallRemoveRules, firewalls::new_of(deed, row)),
        FixAction::FirewallRemoveRules => opposite(FixAction::FirewallAddRules, deed.data.clone()),
        FixAction::RegistryCollectGarbage => Undo::None("what a collection frees is gone".to_owned()),
        FixAction::RegistryDeleteManifest => {
            Undo::None("a manifest that was deleted has to be pushed again".to_owned())
        }
        FixAction::LoadBalancerDelete => Undo::None(format!(
            "its address{} is lost: a new load balancer has another one",
            row.text_at(&["ip"])
                .map_or_else(String::new, |ip| format!(" {ip}"))
        )),
        FixAction::BucketAcl => opposite(deed.action, spaces::former_acl(row)),
        FixAction::BucketLifecycle => opposite(deed.action, spaces::former_rules(deed, row)),
        FixAction::BucketVersioning => opposite(deed.action, spaces::former_versioning(row)),
        FixAction::ProjectAssign => opposite(deed.action, projects::former(row)),
        other => Undo::None(format!("{} has no opposite", other.as_str())),
    }
}

/// What a deed endangers by what is there now, beside what it always does: a lifecycle by which Spaces would remove objects
/// sooner than by the present one is destructive.
pub fn hazard(deed: &Deed, before: Option<&Value>) -> Risk {
    match (deed.action, before) {
        (FixAction::BucketLifecycle, Some(row)) if spaces::removes_sooner(deed, row) => Risk::Destructive,
        _ => Risk::Safe,
    }
}

/// What somebody meant by a row: without what the API and DOKS change by themselves.
pub(super) fn of_row(row: &Value) -> Value {
    let kept: &[&str] = match row.text_at(&["kind"]).unwrap_or_default() {
        spaces::ACL | spaces::LIFECYCLE | spaces::VERSIONING => return spaces::of_row(row),
        spaces::BUCKET => &["name", "region", "versions"],
        projects::ASSIGNED => &["name", "project_id"],
        "Cluster" => &[
            "id",
            "name",
            "region",
            "auto_upgrade",
            "surge_upgrade",
            "maintenance_policy",
            "control_plane_firewall",
        ],
        "NodePool" => &[
            "id",
            "name",
            "size",
            "auto_scale",
            "count",
            "min_nodes",
            "max_nodes",
            "labels",
            "taints",
        ],
        "Firewall" => &["id", "name", "inbound_rules", "outbound_rules"],
        "LoadBalancer" => &["id", "name", "ip", "region", "type", "tags"],
        _ => return row.clone(),
    };
    let scales = row.field("auto_scale").is_some_and(ValueExt::is_true);
    let members = kept.iter().filter_map(|key| {
        let value = row.field(key)?;
        let value = match *key {
            "count" if scales => return None,
            "maintenance_policy" => clusters::window(value),
            "control_plane_firewall" => clusters::allow_list(value),
            "inbound_rules" | "outbound_rules" => array(firewalls::list_of(row, key)),
            "labels" if *value == Value::Null => Value::new_object(),
            "taints" if *value == Value::Null => array([]),
            _ => value.clone(),
        };
        Some((*key, value))
    });
    object(members)
}

fn set<'k>(
    row: &Value,
    changes: impl IntoIterator<Item = (&'k str, impl std::borrow::Borrow<Value>)>,
) -> Value {
    let changes: Vec<(&str, Value)> = changes
        .into_iter()
        .map(|(key, value)| (key, value.borrow().clone()))
        .collect();
    let own = row
        .members()
        .filter(|(key, _)| !changes.iter().any(|(changed, _)| changed == key))
        .map(|(key, value)| (key, value.clone()));
    object(own.chain(changes.iter().map(|(key, value)| (*key, value.clone()))))
}
