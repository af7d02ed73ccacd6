//! Where live state is read: the spec's target, unless the command line names another.

use crate::clients::kubernetes::{self, Access, Budget, ConnectError};
use crate::clients::runtime;
use crate::collect::cluster::{self, ClusterFeed, Meter, OpenCluster, Refusal, Wanted};
use crate::collect::snapshot::{self, SnapshotReader};
use crate::pipeline::judge::Ended;
use envcheck_core::inventory::declared_cluster::DeclaredCluster;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What the command line says of the target.
#[derive(Debug, Clone, Default)]
pub struct TargetChoice {
    /// Read this snapshot.
    pub snapshot: Option<PathBuf>,
    /// Read the cluster of this context.
    pub context: Option<String>,
    /// Look for contexts here.
    pub kubeconfig: Option<PathBuf>,
    /// How long reading a cluster may take.
    pub timeout: Duration,
}

/// Who wants to see how far the reading is.
pub type Watch<'a> = &'a dyn Fn(Arc<Meter>);

/// Where state is read.
pub(super) enum Place {
    Snapshot(Box<SnapshotReader>),
    Cluster(Access),
}

/// A cluster, connected and known, with the threads that read it.
pub(super) struct Live {
    pub(super) cluster: OpenCluster,
    pub(super) runtime: Runtime,
}

impl TargetChoice {
    /// The place that is read for this environment.
    pub(super) fn place(&self, spec: Option<&Spec>) -> Result<Place, Vec<Diagnostic>> {
        if let Some(snapshot) = &self.snapshot {
            return open_snapshot(snapshot).map(Box::new).map(Place::Snapshot);
        }
        let target = spec.and_then(|spec| spec.value.at(&["target"]));
        let declared = target.and_then(|target| target.field("kubernetes"));
        if self.context.is_some() || self.kubeconfig.is_some() {
            let declared = declared.and_then(|target| target.text_at(&["context"]));
            return Ok(Place::Cluster(Access::Kubeconfig {
                file: self.kubeconfig.clone(),
                context: self.context.clone().or_else(|| declared.map(ToOwned::to_owned)),
            }));
        }
        let name = spec.map_or("", Spec::name);
        if let Some(directory) = target.and_then(|target| target.text_at(&["snapshot"])) {
            return open_snapshot(Path::new(directory))
                .map(Box::new)
                .map(Place::Snapshot);
        }
        match declared {
            Some(declared) => access(name, declared)
                .map(Place::Cluster)
                .map_err(|problem| vec![problem]),
            None => Err(vec![
                Diagnostic::new(format!("{name} declares no target to read")).hint(
                    "name a cluster with --context, a capture with --snapshot, or either in the spec: \
                     target: {kubernetes: {context: NAME}}",
                ),
            ]),
        }
    }
}

fn access(name: &str, declared: &Value) -> Result<Access, Diagnostic> {
    let says = |key: &str| declared.field(key).is_some_and(ValueExt::is_true);
    if says("fromDigitalOcean") {
        return Err(Diagnostic::new(format!(
            "the target of {name} is fromDigitalOcean: this version does not fetch credentials from the account"
        ))
        .hint(
            "save them with `doctl kubernetes cluster kubeconfig save CLUSTER` and name the context: --context do-REGION-CLUSTER",
        ));
    }
    if says("inCluster") {
        return Ok(Access::InCluster);
    }
    Ok(Access::Kubeconfig {
        file: None,
        context: declared.text_at(&["context"]).map(ToOwned::to_owned),
    })
}

pub(super) fn open_snapshot(path: &Path) -> Result<SnapshotReader, Vec<Diagnostic>> {
    snapshot::open(path).map_err(|error| vec![Diagnostic::from(error)])
}

/// Connects, finds out whose cluster it is, and plans what to read.
pub(super) fn open_cluster(
    access: &Access,
    spec: Option<&Spec>,
    wanted: Wanted<'_>,
    timeout: Duration,
    interrupt: &CancellationToken,
) -> Result<Live, Ended> {
    let runtime = runtime::start()
        .map_err(|error| Diagnostic::new(format!("cannot start threads for reading the cluster: {error}")))?;
    runtime::watch_signals(runtime.handle(), interrupt.clone());
    let budget = Budget::until(Instant::now() + timeout, interrupt.clone());
    let declared = spec.and_then(|spec| DeclaredCluster::of(&spec.value));
    let opened = runtime.block_on(async {
        let api = kubernetes::connect(access, budget)
            .await
            .map_err(|error| match error {
                ConnectError::Cancelled => Ended::Interrupted(Vec::new()),
                failed @ ConnectError::Failed { .. } => Diagnostic::from(failed).into(),
            })?;
        cluster::open(api, declared.as_ref(), wanted)
            .await
            .map_err(|refusal| match refusal {
                Refusal::Interrupted => Ended::Interrupted(Vec::new()),
                Refusal::Problem(problem) => problem.into(),
            })
    });
    match opened {
        Ok(cluster) => Ok(Live { cluster, runtime }),
        Err(ended) => {
            // Whatever still waits for an answer is not waited for.
            runtime.shutdown_background();
            Err(ended)
        }
    }
}

impl Live {
    /// Begins to read.
    pub(super) fn feed(&self) -> Result<Arc<ClusterFeed>, Ended> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| Diagnostic::new(format!("the system gives no random bytes: {error}")))?;
        Ok(self.cluster.start(self.runtime.handle(), key))
    }

    /// Ends the threads without waiting for whatever still waits for an answer; the kinds that were not read to their end.
    pub(super) fn end(self) -> Vec<String> {
        self.runtime.shutdown_background();
        self.cluster.meter().unfinished()
    }
}
