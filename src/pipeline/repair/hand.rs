//! A cluster opened to be changed: the right one, as far as that can be known.

use super::site::Site;
use crate::apply::kubernetes::Paths;
use crate::collect::account::Rows;
use crate::collect::cluster::{Objects, Wanted};
use crate::collect::spaces::Buckets;
use crate::pipeline::connections::Callers;
use crate::pipeline::ended::Ended;
use crate::pipeline::live::{self, Live};
use crate::pipeline::pauses;
use crate::pipeline::target::{Place, TargetChoice, Way};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{Deed, PlannedCluster};
use envcheck_core::policy::Needed;
use envcheck_core::remediate::{AUTOSCALERS, Access, CALLERS, Caller};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What was read of some objects.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Looked {
    pub(in crate::pipeline) objects: BTreeMap<ResourceRef, Value>,
    pub(in crate::pipeline) unread: BTreeMap<ResourceRef, String>,
}

impl Looked {
    fn take(&mut self, target: &ResourceRef, read: Result<Option<Value>, String>) {
        match read {
            Ok(Some(object)) => {
                self.objects.insert(target.clone(), object);
            }
            Ok(None) => {}
            Err(why) => {
                self.unread.insert(target.clone(), why);
            }
        }
    }
}

/// An open cluster, with its account.
pub(in crate::pipeline) struct Hand {
    live: Live,
    pub(in crate::pipeline) objects: Objects,
    /// Rows of the account, or why it cannot be asked.
    pub(in crate::pipeline) rows: Result<Rows, String>,
    /// The declared buckets, or why Spaces cannot be asked.
    pub(super) buckets: Result<Buckets, String>,
    pub(in crate::pipeline) cluster: PlannedCluster,
    /// The address from which the control plane is reached, where the user said it.
    pub(super) caller: Option<IpAddr>,
    /// The addresses that are declared to reach the control plane.
    pub(super) addresses: Vec<String>,
}

impl Hand {
    /// Connects, and finds out whose cluster it is; another than the declared one is refused.
    pub(in crate::pipeline) fn open(
        spec: &Spec,
        target: &TargetChoice,
        started: Timestamp,
        interrupt: &CancellationToken,
    ) -> Result<Self, Ended> {
        let way = Self::possible(spec, target)?;
        let needed = Needed::default();
        let wanted = Wanted {
            needed: &needed,
            all_kinds: false,
        };
        let live = live::open(&way, Some(spec), wanted, target, started, interrupt)?;
        let identity = live.cluster.identity();
        Ok(Self {
            objects: live.cluster.objects(),
            rows: live.account.rows(),
            buckets: live.account.buckets(spec),
            cluster: PlannedCluster {
                name: live.cluster.name(),
                uid: identity.and_then(|cluster| cluster.uid.into()),
                id: live.account.cluster_by_now(),
            },
            caller: None,
            addresses: declared_addresses(spec),
            live,
        })
    }

    /// The same for a user who reaches the control plane from this address.
    pub(super) fn called_from(self, caller: Option<IpAddr>) -> Self {
        Self { caller, ..self }
    }

    /// Who must go on reaching the control plane. That this run was answered says something of the declared cluster's list only
    /// where it is proven that it was this cluster that answered.
    pub(super) fn access(&self) -> Access<'_> {
        Access {
            declared: &self.addresses,
            caller: self.caller,
            connected: self.live.cluster.unverified().is_none(),
        }
    }

    /// What sets replicas of others.
    pub(super) fn autoscalers(&self) -> Result<Vec<(&'static str, Value)>, String> {
        let mut all = Vec::new();
        for (group, kind) in AUTOSCALERS {
            let found = self.wait(self.objects.all(group, kind));
            let found = found.map_err(|why| format!("the {kind}s could not be read: {why}"))?;
            all.extend(found.into_iter().map(|one| (kind, one)));
        }
        Ok(all)
    }

    /// How the environment is reached; a snapshot is none that could be changed.
    pub(super) fn possible(spec: &Spec, target: &TargetChoice) -> Result<Way, Ended> {
        match target.place(Some(spec))? {
            Place::Cluster(way) => Ok(way),
            Place::Snapshot(_) => Err(Diagnostic::new("a snapshot cannot be repaired")
                .hint("name the running environment: --context NAME, or target: {kubernetes: …} in the spec")
                .into()),
        }
    }

    /// Why nothing may be changed here; `None` when all is well. A cluster of which nobody could prove that it is the declared
    /// one is changed only where the user named it.
    pub(in crate::pipeline) fn objection(&self, target: &TargetChoice) -> Option<Diagnostic> {
        let why = self.live.cluster.unverified()?;
        if target.context.is_some() {
            return None;
        }
        let problem = format!(
            "nothing is changed in {}: which cluster it is could not be verified: {why}",
            self.cluster.name
        );
        Some(Diagnostic::new(problem).hint(format!(
            "if it is the right one, name it: --context {}",
            self.cluster.name
        )))
    }

    /// Waits for something on the cluster's threads.
    pub(in crate::pipeline) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.live.runtime.block_on(future)
    }

    /// Lets time pass. A timer can only be made on the cluster's threads.
    pub(in crate::pipeline) fn pause(&self, time: Duration) {
        self.wait(async { tokio::time::sleep(time).await });
    }

    /// The same, unless the user wants the run to stop.
    pub(in crate::pipeline) fn pause_unless(&self, time: Duration, interrupt: &CancellationToken) {
        self.wait(pauses::pause(time, interrupt));
    }

    /// Reads objects as they are now, and what deeds in the account and in Spaces change.
    pub(in crate::pipeline) fn look(&self, targets: &[ResourceRef], in_account: &[Deed]) -> Looked {
        let mut looked = Looked::default();
        for target in targets {
            looked.take(target, self.wait(self.objects.read(target)));
        }
        for deed in in_account {
            let read = Site::of(self, deed).and_then(|site| site.read(deed));
            looked.take(&deed.target, read);
        }
        looked
    }

    /// An object of this namespace; `None` when there is none.
    pub(super) fn read(
        &self,
        (api_version, kind): (&str, &str),
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String> {
        let reference = ResourceRef::kubernetes(api_version, kind, Some(namespace), name);
        self.wait(self.objects.read(&reference))
    }

    /// The applications of Argo CD.
    pub(in crate::pipeline) fn applications(&self) -> Result<Vec<Value>, String> {
        self.wait(self.objects.all("argoproj.io", "Application"))
    }

    /// What says whom the API server calls.
    pub(in crate::pipeline) fn callers(&self) -> Callers {
        let mut all = Vec::new();
        for Caller {
            group,
            kind,
            selector,
        } in CALLERS
        {
            let found = self.wait(self.objects.selected(group, kind, selector));
            let found = found.map_err(|why| format!("the {kind}s could not be read: {why}"))?;
            all.extend(found.into_iter().map(|one| (kind, one)));
        }
        Ok(all)
    }

    /// Where an object is.
    pub(in crate::pipeline) fn paths(&self, target: &ResourceRef) -> Result<Paths, String> {
        Ok(Paths {
            list: self.objects.list_path(target)?,
            object: self.objects.path(target)?,
        })
    }

    /// Ends its threads.
    pub(in crate::pipeline) fn end(self) {
        self.live.end();
    }
}

/// The addresses that are declared to reach the control plane.
fn declared_addresses(spec: &Spec) -> Vec<String> {
    let path = [
        "digitalocean",
        "cluster",
        "controlPlaneFirewall",
        "allowedAddresses",
    ];
    let declared = spec.value.items_at(&path).iter();
    declared
        .filter_map(|one| one.text().map(ToOwned::to_owned))
        .collect()
}
