//! Where live state is read: the spec's target, unless the command line names another.

use crate::clients::digitalocean::Allowances;
use crate::clients::kubernetes::Access;
use crate::collect::meter::Meter;
use crate::collect::snapshot::{self, SnapshotReader};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What the command line says of the target.
#[derive(Debug, Clone, Default)]
pub struct TargetChoice {
    /// Read this snapshot.
    pub snapshot: Option<PathBuf>,
    /// Read the cluster of this context.
    pub context: Option<String>,
    /// Look for contexts here.
    pub kubeconfig: Option<PathBuf>,
    /// Enter the declared cluster with credentials of the account, unless a context or a kubeconfig is named: what was made a moment
    /// ago is in no kubeconfig. Where these do not open it, it is entered as the spec says.
    pub from_account: bool,
    /// How long reading a cluster, an account and Spaces may take.
    pub timeout: Duration,
    /// How often the DigitalOcean API may be asked with each token.
    pub allowances: Allowances,
    /// Whether commands that the spec names may be run for secrets.
    pub commands: bool,
}

/// Who wants to see how far the reading is.
pub type Watch<'a> = &'a dyn Fn(Arc<Meter>);

/// Where state is read.
pub(super) enum Place {
    Snapshot(Box<SnapshotReader>),
    Cluster(Way),
}

/// How a cluster is reached.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// With credentials that the machine has.
    Own(Access),
    /// With credentials that DigitalOcean hands out for the declared cluster.
    FromDigitalOcean,
    /// The same, and where these do not open it, with those that the spec names.
    FromDigitalOceanOr(Access),
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
            return Ok(Place::Cluster(Way::Own(Access::Kubeconfig {
                file: self.kubeconfig.clone(),
                context: self.context.clone().or_else(|| declared.map(ToOwned::to_owned)),
            })));
        }
        if self.from_account {
            return Ok(Place::Cluster(match declared.map(way) {
                Some(Way::Own(access)) => Way::FromDigitalOceanOr(access),
                _ => Way::FromDigitalOcean,
            }));
        }
        let name = spec.map_or("", Spec::name);
        if let Some(directory) = target.and_then(|target| target.text_at(&["snapshot"])) {
            return open_snapshot(Path::new(directory))
                .map(Box::new)
                .map(Place::Snapshot);
        }
        match declared {
            Some(declared) => Ok(Place::Cluster(way(declared))),
            None => Err(vec![
                Diagnostic::new(format!("{name} declares no target to read")).hint(
                    "name a cluster with --context, a capture with --snapshot, or either in the spec: \
                     target: {kubernetes: {context: NAME}}",
                ),
            ]),
        }
    }
}

fn way(declared: &Value) -> Way {
    let says = |key: &str| declared.field(key).is_some_and(ValueExt::is_true);
    if says("fromDigitalOcean") {
        Way::FromDigitalOcean
    } else if says("inCluster") {
        Way::Own(Access::InCluster)
    } else {
        Way::Own(Access::Kubeconfig {
            file: None,
            context: declared.text_at(&["context"]).map(ToOwned::to_owned),
        })
    }
}

pub(super) fn open_snapshot(path: &Path) -> Result<SnapshotReader, Vec<Diagnostic>> {
    snapshot::open(path).map_err(|error| vec![Diagnostic::from(error)])
}
