//! The order of steps: what others rest on comes first, then the least dangerous.

use crate::findings::FixAction;
use crate::plan::{Deed, Step};
use crate::value::ValueExt;

/// Namespaces before what lies in them; what is created before what is changed; safe before dangerous. A registry's garbage
/// is collected once everything that makes some is done, since it is read-only meanwhile. Who may reach the control plane comes
/// last of all: should it shut out the one who does this, the rest is done.
pub(super) fn sort(steps: &mut [Step]) {
    steps.sort_by(|a, b| {
        let rank = |step: &Step| {
            let namespace = creates_namespace(&step.deed).is_some();
            let creates = step.deed.action == FixAction::KubernetesCreate;
            let collects = step.deed.action == FixAction::RegistryCollectGarbage;
            let shuts_out = step.deed.action == FixAction::ClusterUpdate
                && step.deed.data.field("control_plane_firewall").is_some();
            (shuts_out, collects, !namespace, step.risk, !creates)
        };
        (rank(a), &a.deed.target, &a.id).cmp(&(rank(b), &b.deed.target, &b.id))
    });
}

/// The namespace that it creates.
pub(super) fn creates_namespace(deed: &Deed) -> Option<&str> {
    (deed.action == FixAction::KubernetesCreate && deed.target.kind == "Namespace")
        .then_some(deed.target.name.as_str())
}
