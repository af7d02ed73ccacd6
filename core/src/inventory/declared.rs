//! What the spec declares that observed things are joined with, in plain words. A join never needs the rest of the spec.

use super::reference::ResourceRef;
use super::view::workload::is_workload;
use crate::spec::{
    DigitalOcean, GrantPermission, Namespace, Purpose, Registry, Role, Spaces, SpacesKey, Spec, WorkloadKind,
    WorkloadRole,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is declared; empty without a spec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// The cluster's name.
    pub cluster: Option<String>,
    /// The account's region.
    pub region: Option<String>,
    /// The registry.
    pub registry: Option<DeclaredRegistry>,
    /// The buckets.
    pub buckets: Vec<DeclaredBucket>,
    /// The namespaces, by name.
    pub namespaces: BTreeMap<String, DeclaredNamespace>,
}

/// A declared namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredNamespace {
    /// What it is for.
    pub role: Role,
    /// True when a datastore is declared in it.
    pub datastore: bool,
    /// The workloads, by kind and name, that are more than applications.
    pub with_role: BTreeSet<(String, String)>,
}

/// The declared registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredRegistry {
    /// Its name.
    pub name: String,
    /// Newest tags to keep per repository and environment.
    pub keep_tags: usize,
    /// The other environments that use it: those that share it, and the one that owns it.
    pub others: BTreeSet<String>,
}

/// A declared bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredBucket {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// What it is for, as the spec writes it.
    pub purpose: &'static str,
    /// The Secrets, by namespace and name, that hold keys which may write to it.
    pub secrets: BTreeSet<(String, String)>,
    /// The workloads, by namespace and name, whose backups arrive in it.
    pub backed_up: BTreeSet<(String, String)>,
}

impl Declared {
    /// Of a loaded spec.
    pub fn of(spec: &Spec) -> Self {
        let namespaces = spec.environment.spec.namespaces.iter();
        let namespaces =
            namespaces.map(|namespace| (namespace.name.to_string(), DeclaredNamespace::of(namespace)));
        let namespaces = namespaces.collect();
        let Some(account) = &spec.environment.spec.digitalocean else {
            return Self {
                namespaces,
                ..Self::default()
            };
        };
        let spaces = account.spaces.as_ref();
        Self {
            cluster: account.cluster.as_ref().map(|cluster| cluster.name.to_string()),
            region: Some(account.region.to_string()),
            registry: account
                .registry
                .as_ref()
                .map(|registry| DeclaredRegistry::of(registry, spec.name())),
            buckets: spaces.map_or_else(Vec::new, |spaces| buckets(account, spaces)),
            namespaces,
        }
    }

    /// Whether policies may read the whole template of a workload: of one declared with a role, and of those that serve
    /// or watch the environment.
    pub(super) fn shows_workload(&self, reference: &ResourceRef) -> bool {
        let namespace = self.namespace_of(reference).filter(|_| is_workload(reference));
        namespace.is_some_and(|namespace| {
            let mut with_role = namespace.with_role.iter();
            matches!(namespace.role, Role::Ingress | Role::Monitoring)
                || with_role.any(|(kind, name)| *kind == reference.kind && *name == reference.name)
        })
    }

    /// Whether policies may read the texts of a ConfigMap: of those that configure delivery, an ingress controller,
    /// monitoring or a datastore.
    pub(super) fn shows_config_map(&self, reference: &ResourceRef) -> bool {
        self.namespace_of(reference).is_some_and(|namespace| {
            namespace.datastore || matches!(namespace.role, Role::Delivery | Role::Ingress | Role::Monitoring)
        })
    }

    fn namespace_of(&self, reference: &ResourceRef) -> Option<&DeclaredNamespace> {
        self.namespaces.get(reference.namespace.as_deref()?)
    }
}

impl DeclaredNamespace {
    fn of(namespace: &Namespace) -> Self {
        let with_role = || {
            let all = namespace.workloads.iter().flatten();
            all.filter(|workload| workload.role.is_some())
        };
        Self {
            role: namespace.role,
            datastore: with_role().any(|workload| workload.role == Some(WorkloadRole::Datastore)),
            with_role: with_role()
                .map(|workload| (kind_name(workload.kind).to_owned(), workload.name.to_string()))
                .collect(),
        }
    }
}

fn kind_name(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Deployment => "Deployment",
        WorkloadKind::StatefulSet => "StatefulSet",
        WorkloadKind::DaemonSet => "DaemonSet",
        WorkloadKind::CronJob => "CronJob",
        WorkloadKind::Job => "Job",
        WorkloadKind::ReplicaSet => "ReplicaSet",
        WorkloadKind::Pod => "Pod",
    }
}

impl DeclaredRegistry {
    fn of(registry: &Registry, environment: &str) -> Self {
        let others = registry.shared_with.iter().chain(&registry.owner);
        Self {
            name: registry.name.to_string(),
            keep_tags: usize::try_from(registry.keep_tags).unwrap_or(usize::MAX),
            others: others
                .map(ToString::to_string)
                .filter(|other| other != environment)
                .collect(),
        }
    }

    /// Newest tags to keep per repository, for all environments together.
    pub(super) fn newest(&self) -> usize {
        self.keep_tags.saturating_mul(self.others.len() + 1)
    }
}

fn buckets(account: &DigitalOcean, spaces: &Spaces) -> Vec<DeclaredBucket> {
    let buckets = spaces.buckets.iter().map(|bucket| {
        let name = bucket.name.as_str();
        let secrets = spaces.keys.iter().filter(|key| writes(key, name));
        let backups = spaces
            .backups
            .iter()
            .filter(|backup| backup.bucket.as_str() == name);
        DeclaredBucket {
            name: name.to_owned(),
            region: spaces.region.as_ref().unwrap_or(&account.region).to_string(),
            purpose: match bucket.purpose {
                Purpose::DatabaseBackups => "databaseBackups",
                Purpose::CollectedImages => "collectedImages",
                Purpose::Other => "other",
            },
            secrets: secrets
                .filter_map(|key| key.secret_to.as_ref())
                .map(|secret| (secret.namespace.to_string(), secret.name.to_string()))
                .collect(),
            backed_up: backups.map(|backup| backup.of.meaning().clone()).collect(),
        }
    });
    buckets.collect()
}

fn writes(key: &SpacesKey, bucket: &str) -> bool {
    key.grants.iter().any(|grant| match grant.permission {
        GrantPermission::Read => false,
        GrantPermission::ReadWrite => grant.bucket.as_ref().is_some_and(|name| name.as_str() == bucket),
        GrantPermission::FullAccess => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(account: &str) -> Declared {
        let text = format!(
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces: [{{name: back, role: platform}}, {{name: ops, role: platform}}]\n  digitalocean:\n    region: fra1\n{account}"
        );
        let spec = crate::spec::load("stage.yaml", &mut |_| Ok(text.clone().into_bytes()));
        Declared::of(&spec.unwrap())
    }

    #[test]
    fn whoever_shares_or_owns_the_registry_uses_it_but_not_twice() {
        let of = |words: &str| {
            let registry = format!("    registry: {{name: acme, storageLimit: 5GiB, keepTags: 4{words}}}\n");
            declared(&registry).registry.unwrap()
        };
        assert_eq!(of("").newest(), 4);
        let shared = of(", owner: prod, sharedWith: [stage, dev]");
        assert_eq!(shared.others, ["dev", "prod"].map(str::to_owned).into());
        assert_eq!(shared.newest(), 12);
    }

    #[test]
    fn roles_are_known_without_an_account() {
        let text = "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: stage}\nspec:\n  namespaces:\n  - name: back\n    role: application\n    network: {accepts: {}}\n    workloads:\n    - {name: keydb, kind: StatefulSet, role: datastore}\n    - {name: ii, kind: Deployment}\n  - {name: ops, role: platform}\n";
        let spec = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()));
        let found = Declared::of(&spec.unwrap()).namespaces;
        let back = &found["back"];
        assert_eq!((back.role, back.datastore), (Role::Application, true));
        assert_eq!(
            back.with_role,
            [("StatefulSet".to_owned(), "keydb".to_owned())].into()
        );
        assert!(!found["ops"].datastore && found["ops"].with_role.is_empty());
    }

    #[test]
    fn only_keys_that_may_write_lead_to_a_bucket() {
        let found = declared(
            r"
    spaces:
      buckets: [{name: dumps, purpose: databaseBackups}, {name: photos, purpose: other}]
      keys:
        - {name: w, grants: [{bucket: dumps, permission: readwrite}], secretTo: {namespace: back, name: w}}
        - {name: r, grants: [{bucket: dumps, permission: read}], secretTo: {namespace: back, name: r}}
        - {name: all, grants: [{permission: fullaccess}], secretTo: {namespace: ops, name: all}}
        - {name: hand, grants: [{bucket: photos, permission: readwrite}]}
",
        );
        let secrets = |index: usize| -> Vec<String> {
            let secrets = found.buckets[index].secrets.iter();
            secrets
                .map(|(namespace, name)| format!("{namespace}/{name}"))
                .collect()
        };
        assert_eq!(secrets(0), ["back/w", "ops/all"]);
        assert_eq!(secrets(1), ["ops/all"]);
        assert_eq!(found.buckets[0].region, "fra1");
        assert_eq!(found.buckets[0].purpose, "databaseBackups");
        assert_eq!((found.cluster, found.region.as_deref()), (None, Some("fra1")));
    }
}
