//! What policies read of a cluster and an account: what a collector lists, and what its role must allow.

use super::types::{KindPattern, Kinds, Policy, Scope};
use crate::inventory::observation::{ACCOUNT, OBSERVATIONS};
use crate::inventory::observed::split_kind;
use crate::inventory::owner::made_by;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Ids of policies.
pub type PolicyIds = BTreeSet<Arc<str>>;

/// A kind to read. Versions never matter: every served version shows the same objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededKind {
    /// The API group, empty for the core group; `None` where a policy names the kind alone, as conftest's do.
    pub group: Option<String>,
    /// The kind, as `Deployment`.
    pub kind: String,
}

impl NeededKind {
    /// A kind of a known group.
    pub fn of(group: &str, kind: &str) -> Self {
        Self {
            group: Some(group.to_owned()),
            kind: kind.to_owned(),
        }
    }

    /// Whether objects of this group and kind are meant.
    pub fn matches(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group.as_deref().is_none_or(|own| own == group)
    }
}

impl fmt::Display for NeededKind {
    /// As METADATA writes it, without the version: `Service`, `apps/Deployment`, `*/Ingress`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group.as_deref() {
            Some("") => f.write_str(&self.kind),
            Some(group) => write!(f, "{group}/{}", self.kind),
            None => write!(f, "*/{}", self.kind),
        }
    }
}

/// What some policies read, each with the ids of the policies that read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    /// Kinds of Kubernetes objects. A kind that the API server does not serve has no objects: it counts as read.
    pub kinds: BTreeMap<NeededKind, PolicyIds>,
    /// Policies that judge objects of every kind.
    pub any: PolicyIds,
    /// Collections of the account and of Spaces, as `digitalocean.load_balancers`.
    pub collections: BTreeMap<String, PolicyIds>,
    /// Kinds of whose objects the server's record of who wrote which field is kept, where they are read.
    pub recorded: BTreeSet<NeededKind>,
}

impl Needed {
    /// These kinds, written as in METADATA, needed by no policy in particular.
    pub fn of_kinds<'k>(kinds: impl IntoIterator<Item = &'k str>) -> Self {
        let kinds = kinds.into_iter().map(|kind| {
            let (group, kind) = split_kind(kind);
            (NeededKind::of(group, kind), PolicyIds::new())
        });
        Self {
            kinds: kinds.collect(),
            ..Self::default()
        }
    }

    /// Takes in what somebody else needs.
    pub fn join(&mut self, other: &Self) {
        for (kind, ids) in &other.kinds {
            self.kinds
                .entry(kind.clone())
                .or_default()
                .extend(ids.iter().cloned());
        }
        self.any.extend(other.any.iter().cloned());
        for (collection, ids) in &other.collections {
            let own = self.collections.entry(collection.clone()).or_default();
            own.extend(ids.iter().cloned());
        }
        self.recorded.extend(other.recorded.iter().cloned());
    }

    /// True when nothing of a cluster is read.
    pub fn no_kinds(&self) -> bool {
        self.kinds.is_empty() && self.any.is_empty()
    }

    /// What these policies read together.
    pub fn of<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        let mut needed = Self::default();
        policies.into_iter().for_each(|policy| needed.add(policy));
        needed
    }

    /// Takes in what one policy reads.
    fn add(&mut self, policy: &Policy) {
        let id = &policy.id;
        // What earlier runs saw is known by whose account it was.
        let account = policy
            .needs
            .iter()
            .any(|need| need == OBSERVATIONS)
            .then_some(ACCOUNT);
        for collection in policy.needs.iter().map(String::as_str).chain(account) {
            self.collections
                .entry(collection.to_owned())
                .or_default()
                .insert(Arc::clone(id));
        }
        for kind in self.patterns(policy) {
            let group = (kind.group != "*").then(|| kind.group.clone());
            self.kind(
                NeededKind {
                    group,
                    kind: kind.kind.clone(),
                },
                id,
            );
        }
    }

    /// The kinds that a policy names; those for which all are to be read are noted on the way.
    fn patterns<'p>(&mut self, policy: &'p Policy) -> &'p [KindPattern] {
        if reads_every_kind(policy) {
            self.any.insert(Arc::clone(&policy.id));
            return &[];
        }
        policy.kinds.patterns()
    }

    /// Notes a kind, and what its objects may be made by: a finding names the workload at the top, and an owner is believed
    /// only when it was read.
    fn kind(&mut self, kind: NeededKind, id: &Arc<str>) {
        let workload = WORKLOADS.iter().any(|(group, own)| kind.matches(group, own));
        for (group, owner) in WORKLOADS {
            if workload && made_by(&kind.kind, owner) {
                self.kind(NeededKind::of(group, owner), id);
            }
        }
        self.kinds.entry(kind).or_default().insert(Arc::clone(id));
    }
}

/// Whether a policy reads objects of every kind.
pub fn reads_every_kind(policy: &Policy) -> bool {
    match &policy.kinds {
        Kinds::All => true,
        // Whole objects may be of kinds that it does not name: which it asks for is only known while it runs.
        Kinds::Only(_) if policy.scope == Scope::Environment && policy.uses_inventory => true,
        // All kinds of one group are not told apart from all kinds.
        Kinds::Only(named) => named.iter().any(|kind| kind.kind == "*"),
    }
}

/// What runs Pods, and Pods themselves, by group and kind.
const WORKLOADS: [(&str, &str); 8] = [
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
];
