//! The lists of the view, and the kinds that each is made of.

use super::workload;
use crate::inventory::kept_rows::KeptRows;
use crate::inventory::observation::ACCOUNT;
use crate::inventory::reference::ResourceRef;
use std::collections::BTreeSet;

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
    /// IngressClasses.
    IngressClasses,
    /// ReferenceGrants.
    ReferenceGrants,
    /// RoleBindings and ClusterRoleBindings.
    RoleBindings,
    /// EndpointSlices that no controller of Kubernetes made.
    EndpointSlices,
    /// Applications of Argo CD.
    Applications,
    /// AppProjects of Argo CD.
    AppProjects,
    /// ServiceMonitors and PodMonitors.
    Monitors,
    /// PrometheusRules.
    PrometheusRules,
    /// Prometheuses of the operator.
    Prometheuses,
}

impl Section {
    /// Each with its name in `data.view` and the kinds that it holds, as METADATA writes them.
    pub(super) const ALL: [(Self, &'static str, &'static [&'static str]); 20] = [
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
        (
            Self::IngressClasses,
            "ingress_classes",
            &["networking.k8s.io/v1/IngressClass"],
        ),
        (
            Self::ReferenceGrants,
            "reference_grants",
            &["gateway.networking.k8s.io/v1beta1/ReferenceGrant"],
        ),
        (
            Self::RoleBindings,
            "role_bindings",
            &[
                "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
                "rbac.authorization.k8s.io/v1/RoleBinding",
            ],
        ),
        (
            Self::EndpointSlices,
            "endpoint_slices",
            &["discovery.k8s.io/v1/EndpointSlice"],
        ),
        (
            Self::Applications,
            "applications",
            &["argoproj.io/v1alpha1/Application"],
        ),
        (
            Self::AppProjects,
            "app_projects",
            &["argoproj.io/v1alpha1/AppProject"],
        ),
        (
            Self::Monitors,
            "monitors",
            &[
                "monitoring.coreos.com/v1/PodMonitor",
                "monitoring.coreos.com/v1/ServiceMonitor",
            ],
        ),
        (
            Self::PrometheusRules,
            "prometheus_rules",
            &["monitoring.coreos.com/v1/PrometheusRule"],
        ),
        (
            Self::Prometheuses,
            "prometheuses",
            &["monitoring.coreos.com/v1/Prometheus"],
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
            ("gateway.networking.k8s.io", "ReferenceGrant") => Self::ReferenceGrants,
            ("networking.k8s.io", "IngressClass") => Self::IngressClasses,
            ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => Self::RoleBindings,
            ("discovery.k8s.io", "EndpointSlice") => Self::EndpointSlices,
            ("argoproj.io", "Application") => Self::Applications,
            ("argoproj.io", "AppProject") => Self::AppProjects,
            ("monitoring.coreos.com", "ServiceMonitor" | "PodMonitor") => Self::Monitors,
            ("monitoring.coreos.com", "PrometheusRule") => Self::PrometheusRules,
            ("monitoring.coreos.com", "Prometheus") => Self::Prometheuses,
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

/// The lists of which records are made.
#[derive(Debug, Default)]
pub(super) struct SectionsKept {
    /// `None`: all of them.
    named: Option<BTreeSet<Section>>,
}

impl SectionsKept {
    /// Those that are read, and those that are joined with one another or with the account, whichever of these is read.
    pub(super) fn of(rows: &KeptRows) -> Self {
        let KeptRows::Of(documents) = rows else {
            return Self::default();
        };
        let joined = [Section::Workloads, Section::Services, Section::Nodes];
        let read = Section::ALL
            .into_iter()
            .filter(|(_, name, _)| rows.has(&format!("view.{name}")))
            .map(|(section, ..)| section);
        let mut named: BTreeSet<Section> = read.collect();
        // Of what the account holds the view tells what belongs to which Service and Node.
        let account = |document: &str| document != ACCOUNT && document.starts_with("digitalocean");
        let others = documents.iter().any(|document| account(document))
            || documents
                .iter()
                .filter_map(|document| document.strip_prefix("view."))
                .any(|name| Section::kinds(name).is_none());
        if others || joined.iter().any(|section| named.contains(section)) {
            named.extend(joined);
        }
        Self { named: Some(named) }
    }

    pub(super) fn has(&self, section: Section) -> bool {
        self.named.as_ref().is_none_or(|named| named.contains(&section))
    }
}

#[cfg(test)]
mod tests;
