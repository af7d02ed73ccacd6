//! What plan, import and drift look at beside what an audit reads. A capture holds it, so that it answers them as well.

use super::needed::needed;
use envcheck_core::import;
use envcheck_core::network;
use envcheck_core::policy::{Needed, Policy, PolicyIds};
use envcheck_core::provision::account::{COLLECTIONS, LOOKED_AT, PRICES, SETTINGS};
use envcheck_core::provision::objects::{MADE, delivery_namespace};
use envcheck_core::remediate::CALLED_BY;
use envcheck_core::spec::Spec;
use std::collections::BTreeMap;

/// What load balancers and replicas are told by.
const BESIDES: [&str; 2] = ["v1/Service", "autoscaling/v2/HorizontalPodAutoscaler"];
/// What Argo CD consists of, but for Secrets: whoever keeps those from an audit keeps them from a capture.
const ARGO_CD: [&str; 10] = [
    "apiextensions.k8s.io/v1/CustomResourceDefinition",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "rbac.authorization.k8s.io/v1/ClusterRole",
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
    "rbac.authorization.k8s.io/v1/Role",
    "rbac.authorization.k8s.io/v1/RoleBinding",
    "v1/ConfigMap",
    "v1/Service",
    "v1/ServiceAccount",
];
/// The buckets themselves.
const BUCKETS: &str = "spaces.buckets";

/// What plan, import and drift look at.
pub(super) fn looked_at(spec: &Spec) -> Needed {
    let argo_cd = delivery_namespace(spec).map(|_| ARGO_CD);
    let kinds = MADE
        .into_iter()
        .chain(BESIDES)
        .chain(import::kinds())
        .chain(network::reads())
        .chain(CALLED_BY)
        .chain(argo_cd.into_iter().flatten());
    Needed {
        collections: collections(spec),
        recorded: Needed::of_kinds(MADE).kinds.into_keys().collect(),
        ..Needed::of_kinds(kinds)
    }
}

/// Those of the account where one is declared, and of Spaces where buckets may be.
fn collections(spec: &Spec) -> BTreeMap<String, PolicyIds> {
    let Some(account) = &spec.environment.spec.digitalocean else {
        return BTreeMap::new();
    };
    let all = COLLECTIONS
        .into_iter()
        .chain(PRICES)
        .chain(SETTINGS)
        .chain(LOOKED_AT)
        .chain(import::COLLECTIONS)
        .chain([BUCKETS]);
    let wanted = all.filter(|name| account.spaces.is_some() || !name.starts_with("spaces."));
    wanted.map(|name| (name.to_owned(), PolicyIds::new())).collect()
}

/// What a capture of this environment reads of its cluster beside what an audit with these policies reads.
pub fn captured_besides(policies: &[Policy], spec: &Spec) -> Needed {
    let audited = needed(policies, Some(spec));
    let mut besides = looked_at(spec);
    besides.kinds.retain(|kind, _| !audited.kinds.contains_key(kind));
    besides
}
