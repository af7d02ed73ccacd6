//! A running cluster: which one it is, what it serves, and its objects as a feed of pages.
//!
//! Discovery is asked once, only the kinds that somebody needs are read, several at a time. A kind that cannot be read to
//! its end is a gap, for that kind alone. Every object is stripped of what is secret before it leaves this room.

mod custom;
mod held;
mod identity;
mod list;
mod objects;
mod served;

pub use objects::Objects;

use crate::clients::kubernetes::{ApiServer, RequestError};
use crate::collect::meter::Meter;
use crate::collect::units::UnitSender;
use envcheck_core::findings::ClusterReading;
use envcheck_core::inventory::declared_cluster::{
    ClusterIdentity, DeclaredCluster, ObservedNode, identify_cluster,
};
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::snapshot::{Cluster, Subject, reason};
use envcheck_core::inventory::{Gap, GapSubject, InventoryBuilder};
use envcheck_core::policy::{Needed, NeededKind};
use envcheck_core::source::Diagnostic;
use list::{IN_FLIGHT, Reader};
use served::{Resource, Served, discover};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Kinds read at a time: more only compete for the server's own limit.
const KINDS_AT_A_TIME: usize = 4;
/// Read before all others, because others are understood by them.
const FIRST: [&str; 7] = [
    "Namespace",
    "Node",
    "CustomResourceDefinition",
    "Deployment",
    "CronJob",
    "ReplicaSet",
    "Job",
];

/// A cluster about to be read: it is known to be the right one as far as that can be known, and what to read is planned.
#[derive(Debug)]
pub struct OpenCluster {
    api: ApiServer,
    facts: Facts,
    identity: Identity,
    resources: Vec<Resource>,
    absent: Vec<(String, String)>,
    gaps: Vec<Gap>,
    all_kinds: bool,
    /// Kinds of which the record of who wrote which field is kept.
    recorded: Arc<BTreeSet<NeededKind>>,
    served: Arc<Served>,
    meter: Arc<Meter>,
}

/// Who a cluster says it is.
#[derive(Debug, Clone, Default)]
struct Facts {
    uid: Option<String>,
    version: Option<String>,
}

/// Which cluster it was when it was opened, and what that was judged by.
#[derive(Debug, Clone)]
struct Identity {
    declared: Option<DeclaredCluster>,
    nodes: Result<Vec<ObservedNode>, String>,
    unverified: Option<String>,
    /// Set when the account proved it afterwards.
    proved: OnceLock<()>,
}

impl Identity {
    fn unverified(&self) -> Option<&str> {
        let why = self.unverified.as_deref();
        why.filter(|_| self.proved.get().is_none())
    }
}

/// Why a cluster is not read.
#[derive(Debug)]
pub enum Refusal {
    /// The user stopped it.
    Interrupted,
    /// In words.
    Problem(Diagnostic),
}

/// What is to be read of a cluster.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What policies need.
    pub needed: &'a Needed,
    /// Every kind that holds state, whoever needs it.
    pub all_kinds: bool,
}

/// Finds out which cluster this is and what it serves; reads nothing else yet. An API server that is another cluster's is
/// refused.
pub async fn open(
    api: ApiServer,
    declared: Option<&DeclaredCluster>,
    wanted: Wanted<'_>,
) -> Result<OpenCluster, Refusal> {
    let (version, served, nodes, uid) = tokio::join!(
        api.version(),
        discover(&api),
        identity::nodes(&api),
        identity::uid(&api)
    );
    let version = version.map_err(|error| refusal(&api, error))?;
    let served = served.map_err(|error| refusal(&api, error))?;
    let nodes = match nodes {
        Err(RequestError::Cancelled) => return Err(Refusal::Interrupted),
        other => other.map_err(|error| identity::words(&error)),
    };
    let unverified = match identify_cluster(declared, nodes.as_deref().map_err(String::as_str)) {
        ClusterIdentity::Declared => None,
        ClusterIdentity::Unverified(why) => Some(why),
        ClusterIdentity::Other(why) => return Err(another(&api, declared, &why)),
    };
    let mut cluster = OpenCluster {
        facts: Facts {
            uid,
            version: Some(version.git_version),
        },
        api,
        identity: Identity {
            declared: declared.cloned(),
            nodes,
            unverified,
            proved: OnceLock::new(),
        },
        resources: Vec::new(),
        absent: Vec::new(),
        gaps: Vec::new(),
        all_kinds: wanted.all_kinds || !wanted.needed.any.is_empty(),
        recorded: Arc::new(wanted.needed.recorded.clone()),
        served: Arc::new(served),
        meter: Arc::new(Meter::default()),
    };
    let served = Arc::clone(&cluster.served);
    cluster.plan(&served, wanted);
    Ok(cluster)
}

fn refusal(api: &ApiServer, error: RequestError) -> Refusal {
    match error {
        RequestError::Cancelled => Refusal::Interrupted,
        other => Refusal::Problem(api.diagnose(&other)),
    }
}

/// How it is said that an API server is another cluster's.
const ANOTHER: &str = "is not the declared cluster";

/// Whether a problem is that an API server is another cluster's than the declared one.
pub fn is_of_another(problem: &Diagnostic) -> bool {
    problem.message.contains(ANOTHER)
}

fn another(api: &ApiServer, declared: Option<&DeclaredCluster>, why: &str) -> Refusal {
    let name = declared.map_or("the declared cluster", |declared| declared.name.as_str());
    let whose = match api.context() {
        Some(context) => format!("context {context}"),
        None => api.server().to_owned(),
    };
    Refusal::Problem(
        Diagnostic::new(format!("{whose} {ANOTHER} {name}: {why}")).hint(
            "nothing of it was judged; name the right one with --context, or correct the spec under digitalocean.cluster",
        ),
    )
}

impl OpenCluster {
    /// Sorts what is needed into what is read, what cannot exist here, and what nobody can tell.
    fn plan(&mut self, served: &Served, wanted: Wanted<'_>) {
        let mut resources: BTreeSet<Resource> = BTreeSet::new();
        if self.all_kinds {
            resources.extend(served.all().cloned());
            for group in &served.unknown {
                self.gaps.push(Gap {
                    subject: GapSubject::Group(group.clone()),
                    reason: reason::UNAVAILABLE.to_owned(),
                    detail: format!(
                        "the API server cannot say what API group {group} holds: its service is down"
                    ),
                });
            }
        }
        for needed in wanted.needed.kinds.keys() {
            let matching: Vec<Resource> = served.matching(needed).cloned().collect();
            let (group, kind) = (needed.group.as_deref().unwrap_or_default(), &needed.kind);
            let found = !matching.is_empty();
            resources.extend(matching);
            if served.is_unknown(needed) {
                self.gaps.push(Gap {
                    subject: GapSubject::Kind(if group.is_empty() {
                        format!("v1/{kind}")
                    } else {
                        format!("{group}/v1/{kind}")
                    }),
                    reason: reason::UNAVAILABLE.to_owned(),
                    detail: match &needed.group {
                        Some(group) => format!(
                            "the API server cannot say whether it serves {kind} in API group \"{group}\": the service behind it is down"
                        ),
                        None => format!(
                            "the API server cannot say whether it serves {kind}: the service behind an API group is down"
                        ),
                    },
                });
            } else if !found {
                self.absent.push((group.to_owned(), kind.clone()));
            }
        }
        self.resources = resources.into_iter().collect();
        self.resources.sort_by_key(|resource| {
            let first = FIRST.iter().position(|kind| *kind == resource.kind);
            (first.unwrap_or(FIRST.len()), resource.name())
        });
        for resource in &self.resources {
            self.meter.plan(&resource.name());
        }
    }

    /// The same cluster, to be read once more as it is then: of what was planned, these kinds (`v1/Service`) alone.
    #[must_use]
    pub fn again(&self, kinds: &[&str]) -> Self {
        let planned = self.resources.iter();
        Self {
            api: self.api.clone(),
            facts: self.facts.clone(),
            identity: self.identity.clone(),
            resources: planned
                .filter(|resource| kinds.contains(&resource.name().as_str()))
                .cloned()
                .collect(),
            absent: Vec::new(),
            gaps: self.gaps.clone(),
            all_kinds: false,
            recorded: Arc::clone(&self.recorded),
            served: Arc::clone(&self.served),
            meter: Arc::default(),
        }
    }

    /// Single objects of it.
    pub fn objects(&self) -> Objects {
        Objects {
            api: self.api.clone(),
            served: Arc::clone(&self.served),
        }
    }

    /// Counts what is read.
    pub fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// What the user knows it by: the context, else the server's address.
    pub fn name(&self) -> String {
        self.api.context().unwrap_or(self.api.server()).to_owned()
    }

    /// The API server's version, as `v1.35.6`.
    pub fn version(&self) -> Option<&str> {
        self.facts.version.as_deref()
    }

    /// True when every kind that holds state is read.
    pub fn all_kinds(&self) -> bool {
        self.all_kinds
    }

    /// Who it is, for a snapshot.
    pub fn identity(&self) -> Option<Cluster> {
        Some(Cluster {
            uid: self.facts.uid.clone()?,
            id: None,
            name: self.api.context().map(ToOwned::to_owned),
            version: self.facts.version.clone(),
            unverified: self.unverified().map(ToOwned::to_owned),
        })
    }

    /// Why it is not known that this is the declared cluster; `None` when it is.
    pub fn unverified(&self) -> Option<&str> {
        self.identity.unverified()
    }

    /// Judges which cluster it is once more, now that the account has said which Droplets the declared one consists of. Nothing
    /// that was read of another cluster may be used.
    pub fn compare(&self, droplets: BTreeSet<u64>) -> Result<(), Refusal> {
        let Identity { declared, nodes, .. } = &self.identity;
        let declared = declared.clone().map(|declared| DeclaredCluster {
            droplets: Some(droplets),
            ..declared
        });
        match identify_cluster(declared.as_ref(), nodes.as_deref().map_err(String::as_str)) {
            ClusterIdentity::Declared => {
                self.identity.proved.get_or_init(|| ());
                Ok(())
            }
            ClusterIdentity::Unverified(_) => Ok(()),
            ClusterIdentity::Other(why) => Err(another(&self.api, declared.as_ref(), &why)),
        }
    }

    /// Kinds that the server does not serve: (group, kind).
    pub fn absent(&self) -> &[(String, String)] {
        &self.absent
    }

    /// What was known not to be readable before the reading began.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The kinds that will be read, as `apps/v1/Deployment`.
    pub fn kinds(&self) -> Vec<Subject> {
        let subject = |resource: &Resource| Subject::of(&resource.api_version(), &resource.kind);
        self.resources.iter().filter_map(subject).collect()
    }

    /// Tells the inventory what is known before reading.
    pub fn describe(&self, inventory: &mut InventoryBuilder) {
        inventory.only_named_kinds(self.all_kinds);
        for (group, kind) in &self.absent {
            // What is not served cannot exist: that is complete knowledge.
            inventory.read_kind(group, kind);
        }
        for gap in &self.gaps {
            inventory.gap(gap.clone());
        }
    }

    /// Begins to read, on the runtime's threads.
    pub fn start(&self, runtime: &Handle, key: [u8; 32], units: UnitSender) {
        let reader = Reader {
            api: self.api.clone(),
            redactor: Arc::new(Redactor::new(key)),
            recorded: Arc::clone(&self.recorded),
            meter: Arc::clone(&self.meter),
            turns: Arc::new(Semaphore::new(IN_FLIGHT)),
            units,
        };
        let turns = Arc::new(Semaphore::new(KINDS_AT_A_TIME));
        let resources = self.resources.clone();
        runtime.spawn(async move {
            for resource in resources {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
                    break;
                };
                let reader = reader.clone();
                tokio::spawn(async move {
                    reader.read(resource).await;
                    drop(turn);
                });
            }
        });
    }

    /// How the reading went, once it is over.
    pub fn reading(&self) -> ClusterReading {
        let (kinds, duration) = self.meter.readings();
        ClusterReading {
            context: self.api.context().map(ToOwned::to_owned),
            uid: self.facts.uid.clone(),
            unverified: self.unverified().map(ToOwned::to_owned),
            milliseconds: u64::try_from(duration.as_millis()).ok(),
            kinds,
        }
    }

    /// What the user should know of the reading besides: that nobody proved which cluster it is.
    pub fn warnings(&self) -> Vec<String> {
        self.unverified().map(unverified).into_iter().collect()
    }
}

/// The warning about a cluster of which nobody proved that it is the declared one.
pub(crate) fn unverified(why: &str) -> String {
    format!("which cluster this is could not be verified: {why}")
}
