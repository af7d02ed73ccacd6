//! The lists of the view, and the kinds that each is made of.

use super::workload;
use crate::inventory::reference::ResourceRef;

/// The kinds whose objects are workloads, or owned by one.
pub(super) const WORKLOADS: [&str; 8] = [
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/ReplicaSet",
    "apps/v1/StatefulSet",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "v1/Pod",
    "v1/ReplicationController",
];

/// A list of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Workloads of every kind.
    Workloads,
    /// Services.
    Services,
    /// Ingresses.
    Ingresses,
    /// NetworkPolicies of `networking.k8s.io`.
    NetworkPolicies,
    /// Namespaces.
    Namespaces,
    /// Nodes.
    Nodes,
    /// ConfigMaps.
    ConfigMaps,
    /// Secrets.
    Secrets,
    /// PersistentVolumeClaims.
    PersistentVolumeClaims,
    /// Gateways.
    Gateways,
    /// HTTPRoutes.
    HttpRoutes,
}

impl Section {
    /// Each with its name in `data.view` and the kinds that it holds, as METADATA writes them.
    pub(super) const ALL: [(Self, &'static str, &'static [&'static str]); 11] = [
        (Self::Workloads, "workloads", &WORKLOADS),
        (Self::Services, "services", &["v1/Service"]),
        (Self::Ingresses, "ingresses", &["networking.k8s.io/v1/Ingress"]),
        (
            Self::NetworkPolicies,
            "network_policies",
            &["networking.k8s.io/v1/NetworkPolicy"],
        ),
        (Self::Namespaces, "namespaces", &["v1/Namespace"]),
        (Self::Nodes, "nodes", &["v1/Node"]),
        (Self::ConfigMaps, "config_maps", &["v1/ConfigMap"]),
        (Self::Secrets, "secrets", &["v1/Secret"]),
        (
            Self::PersistentVolumeClaims,
            "persistent_volume_claims",
            &["v1/PersistentVolumeClaim"],
        ),
        (
            Self::Gateways,
            "gateways",
            &["gateway.networking.k8s.io/v1/Gateway"],
        ),
        (
            Self::HttpRoutes,
            "http_routes",
            &["gateway.networking.k8s.io/v1/HTTPRoute"],
        ),
    ];

    /// The list an object belongs to, when the view has one for its kind.
    pub fn of(reference: &ResourceRef) -> Option<Self> {
        if workload::is_workload(reference) {
            return Some(Self::Workloads);
        }
        Some(match (reference.group(), reference.kind.as_str()) {
            ("", "Service") => Self::Services,
            ("", "Namespace") => Self::Namespaces,
            ("", "Node") => Self::Nodes,
            ("", "ConfigMap") => Self::ConfigMaps,
            ("", "Secret") => Self::Secrets,
            ("", "PersistentVolumeClaim") => Self::PersistentVolumeClaims,
            ("networking.k8s.io" | "extensions", "Ingress") => Self::Ingresses,
            ("networking.k8s.io", "NetworkPolicy") => Self::NetworkPolicies,
            ("gateway.networking.k8s.io", "Gateway") => Self::Gateways,
            ("gateway.networking.k8s.io", "HTTPRoute") => Self::HttpRoutes,
            _ => return None,
        })
    }

    /// The kinds of which a list of `data.view` is made, as METADATA writes them; `None` when there is no list of this
    /// name.
    pub fn kinds(name: &str) -> Option<&'static [&'static str]> {
        let named = Self::ALL.iter().find(|(_, own, _)| *own == name);
        named.map(|(_, _, kinds)| *kinds)
    }

    /// The names of all lists.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|(_, name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Section, WORKLOADS};
    use crate::inventory::ResourceRef;
    use crate::inventory::observed::split_kind;
    use crate::inventory::view::workload::WORKLOAD_KINDS;

    #[test]
    fn each_kind_lands_in_the_list_that_names_it() {
        for (section, name, kinds) in Section::ALL {
            assert_eq!(Section::kinds(name), Some(kinds));
            for kind in kinds {
                let (_, own) = split_kind(kind);
                let reference = ResourceRef {
                    api_version: kind.rsplit_once('/').unwrap().0.to_owned(),
                    kind: own.to_owned(),
                    namespace: None,
                    name: "x".to_owned(),
                    id: None,
                };
                assert_eq!(Section::of(&reference), Some(section), "{kind}");
            }
        }
        assert_eq!(Section::kinds("servces"), None);
    }

    #[test]
    fn every_kind_of_workload_is_among_those_of_the_list() {
        let mut listed: Vec<&str> = WORKLOADS.iter().map(|kind| split_kind(kind).1).collect();
        let mut known = WORKLOAD_KINDS.to_vec();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }
}
