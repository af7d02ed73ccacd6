//! The role of an audit: what its policies read of a cluster and nothing else, as a ClusterRole that says who needs what.

mod beside;
mod destroys;
#[cfg(test)]
mod tests;
mod writes;
mod yaml;

pub use destroys::Destroys;
pub use writes::Writes;
use yaml::scalar;

use crate::inventory::resource_name::{groups_of, is_known, resource_name};
use crate::network;
use crate::policy::{Needed, NeededKind, PolicyIds};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// The Namespace whose UID identifies a cluster.
const SYSTEM_NAMESPACE: &str = "kube-system";
/// Reading Nodes shows that the cluster is the declared one.
const IDENTITY: &str = "that this is the declared cluster";
/// What else is read before anything is changed.
const CONNECTIONS: &str = "which connections a step opens";
/// What captures hold beside what policies read.
const CAPTURED: &str = "captured for plan, import and drift";

/// What a role is called, and who gets it.
#[derive(Debug, Clone)]
pub struct Naming {
    /// The name of the ClusterRole, and of the binding.
    pub name: String,
    /// Namespace and name of the ServiceAccount to bind it to.
    pub service_account: Option<(String, String)>,
    /// The API groups of kinds that policies name alone, by kind: they win over what is known.
    pub groups: BTreeMap<String, String>,
}

/// A role, ready to be written.
#[derive(Debug)]
pub struct ClusterRole {
    naming: Naming,
    /// The rights of remediation as well.
    writes: Option<Writes>,
    /// The rights of removing an environment as well.
    destroys: Option<Destroys>,
    /// Group → plural → why it is listed.
    lists: BTreeMap<String, BTreeMap<String, Listed>>,
    /// Policies for which everything is listed.
    any: PolicyIds,
    /// Kinds whose group nobody knows, with the policies that need them.
    unplaced: BTreeMap<String, PolicyIds>,
}

/// Why a resource is listed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Listed {
    /// The cluster is identified by it.
    identity: bool,
    /// Steps are held against it before they are done.
    remediation: bool,
    /// Captures hold it for others than policies.
    capture: bool,
    /// The plural is a guess.
    guessed: bool,
    policies: PolicyIds,
}

impl ClusterRole {
    /// The role for what some policies need.
    pub fn new(needed: &Needed, naming: Naming) -> Self {
        let mut role = Self {
            naming,
            writes: None,
            destroys: None,
            lists: BTreeMap::new(),
            any: needed.any.clone(),
            unplaced: BTreeMap::new(),
        };
        role.list("", "Node").identity = true;
        for (kind, policies) in &needed.kinds {
            let groups = role.groups(kind);
            if groups.is_empty() {
                let unplaced = role.unplaced.entry(kind.kind.clone()).or_default();
                unplaced.extend(policies.iter().cloned());
            }
            for group in groups {
                let listed = role.list(&group, &kind.kind);
                listed.policies.extend(policies.iter().cloned());
            }
        }
        role
    }

    /// The same with what a capture holds besides, so that plan, import and drift can be asked of it.
    #[must_use]
    pub fn with_captures(mut self, besides: &Needed) -> Self {
        for kind in besides.kinds.keys() {
            for group in self.groups(kind) {
                self.list(&group, &kind.kind).capture = true;
            }
        }
        self
    }

    /// The same with the rights of remediation beside it, in roles of their own. Before a step is done, all that connections
    /// depend on is read, whatever policies are selected: these kinds are listed, too.
    #[must_use]
    pub fn with_writes(mut self, writes: Writes) -> Self {
        for kind in network::reach_reads() {
            let (version, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
            let group = version.rsplit_once('/').map_or("", |(group, _)| group);
            self.list(group, kind).remediation = true;
        }
        self.writes = Some(writes);
        self
    }

    /// The same with the rights of removing an environment beside it, in roles of their own.
    #[must_use]
    pub fn with_destroys(mut self, destroys: Destroys) -> Self {
        self.destroys = Some(destroys);
        self
    }

    /// The roles beside it.
    fn beside(&self) -> impl Iterator<Item = beside::Beside<'_>> {
        let writes = self.writes.iter().map(Writes::beside);
        writes.chain(self.destroys.iter().map(Destroys::beside))
    }

    /// The kinds that the role leaves out because nothing says which API group they belong to, each with the policies that
    /// need them. None are left out when everything is listed.
    pub fn unplaced(&self) -> impl Iterator<Item = (&str, &PolicyIds)> {
        let told = if self.any.is_empty() {
            Some(&self.unplaced)
        } else {
            None
        };
        told.into_iter().flatten().map(|(kind, ids)| (kind.as_str(), ids))
    }

    /// The policies for which everything is listed, Secrets too.
    pub fn for_every_kind(&self) -> &PolicyIds {
        &self.any
    }

    /// Writes it as YAML, with a comment on each resource that names the policies that need it. The binding, if there is
    /// one, is a second document; the roles beside it follow.
    pub fn yaml(&self, out: &mut dyn Write) -> io::Result<()> {
        yaml::write(self, out)?;
        for beside in self.beside() {
            beside.yaml(&self.naming, out)?;
        }
        Ok(())
    }

    /// Writes it as JSON; where there is more than one object, as a List.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": self.naming.name},
            "rules": self.rules(),
        });
        let mut items = vec![role];
        items.extend(self.binding());
        items.extend(self.beside().flat_map(|beside| beside.items(&self.naming)));
        let document = match items.as_slice() {
            [role] => role.clone(),
            _ => json!({"apiVersion": "v1", "kind": "List", "items": items}),
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }

    fn rules(&self) -> Vec<Value> {
        let mut rules = vec![json!({
            "apiGroups": [""],
            "resources": ["namespaces"],
            "resourceNames": [SYSTEM_NAMESPACE],
            "verbs": ["get"],
        })];
        if self.any.is_empty() {
            rules.extend(self.lists.iter().map(|(group, resources)| {
                let resources: Vec<&String> = resources.keys().collect();
                json!({"apiGroups": [group], "resources": resources, "verbs": ["list"]})
            }));
        } else {
            rules.push(json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["list"]}));
        }
        rules
    }

    fn binding(&self) -> Option<Value> {
        let (namespace, name) = self.naming.service_account.as_ref()?;
        Some(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": self.naming.name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": self.naming.name},
            "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": name}],
        }))
    }

    fn list(&mut self, group: &str, kind: &str) -> &mut Listed {
        let resources = self.lists.entry(group.to_owned()).or_default();
        let listed = resources.entry(resource_name(group, kind)).or_default();
        listed.guessed = !is_known(group, kind);
        listed
    }

    /// The groups to list a kind of.
    fn groups(&self, kind: &NeededKind) -> BTreeSet<String> {
        // A conftest policy may compare with any text; no object is called so.
        let is_name = kind.kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match (&kind.group, self.naming.groups.get(&kind.kind)) {
            _ if !is_name => BTreeSet::new(),
            (Some(group), _) | (None, Some(group)) => BTreeSet::from([group.clone()]),
            (None, None) => groups_of(&kind.kind).into_iter().map(ToOwned::to_owned).collect(),
        }
    }
}
