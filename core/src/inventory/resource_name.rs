//! What the API calls a kind in its paths and in roles: the plural (`deployments`), and the group of a kind that is named
//! alone. Known without a cluster, so that a role can be written before anyone may ask one.

/// Groups and their kinds: Kubernetes' own, and of the add-ons that environments have.
const KNOWN: [(&str, &[&str]); 25] = [
    (
        "",
        &[
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    (
        "apps",
        &[
            "ControllerRevision",
            "DaemonSet",
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
        ],
    ),
    ("argoproj.io", &["AppProject", "Application", "ApplicationSet"]),
    ("autoscaling", &["HorizontalPodAutoscaler"]),
    ("batch", &["CronJob", "Job"]),
    (
        "cert-manager.io",
        &["Certificate", "CertificateRequest", "ClusterIssuer", "Issuer"],
    ),
    ("certificates.k8s.io", &["CertificateSigningRequest"]),
    (
        "cilium.io",
        &["CiliumClusterwideNetworkPolicy", "CiliumNetworkPolicy"],
    ),
    ("coordination.k8s.io", &["Lease"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("events.k8s.io", &["Event"]),
    (
        "flowcontrol.apiserver.k8s.io",
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    (
        "gateway.networking.k8s.io",
        &[
            "GRPCRoute",
            "Gateway",
            "GatewayClass",
            "HTTPRoute",
            "ReferenceGrant",
            "TCPRoute",
            "TLSRoute",
            "UDPRoute",
        ],
    ),
    (
        "monitoring.coreos.com",
        &[
            "Alertmanager",
            "AlertmanagerConfig",
            "PodMonitor",
            "Probe",
            "Prometheus",
            "PrometheusAgent",
            "PrometheusRule",
            "ScrapeConfig",
            "ServiceMonitor",
            "ThanosRuler",
        ],
    ),
    (
        "networking.k8s.io",
        &[
            "IPAddress",
            "Ingress",
            "IngressClass",
            "NetworkPolicy",
            "ServiceCIDR",
        ],
    ),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["PodDisruptionBudget"]),
    (
        "policy.networking.k8s.io",
        &[
            "AdminNetworkPolicy",
            "BaselineAdminNetworkPolicy",
            "ClusterNetworkPolicy",
        ],
    ),
    (
        "rbac.authorization.k8s.io",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    ("scheduling.k8s.io", &["PriorityClass"]),
    (
        "snapshot.storage.k8s.io",
        &["VolumeSnapshot", "VolumeSnapshotClass", "VolumeSnapshotContent"],
    ),
    (
        "storage.k8s.io",
        &[
            "CSIDriver",
            "CSINode",
            "CSIStorageCapacity",
            "StorageClass",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
];

/// Kinds whose plural is not the one that Kubernetes would guess.
const IRREGULAR: [(&str, &str, &str); 4] = [
    ("gateway.networking.k8s.io", "Gateway", "gateways"),
    ("metrics.k8s.io", "NodeMetrics", "nodes"),
    ("metrics.k8s.io", "PodMetrics", "pods"),
    ("networking.istio.io", "Gateway", "gateways"),
];
/// Gatekeeper's constraints are named after their templates and have no plural.
const WITHOUT_PLURAL: &str = "constraints.gatekeeper.sh";

/// The plural of a kind, as `networkpolicies`: guessed as Kubernetes guesses it (apimachinery's
/// `UnsafeGuessKindToResource`), but for kinds of which more is known.
pub fn resource_name(group: &str, kind: &str) -> String {
    let known = IRREGULAR
        .iter()
        .find(|(in_group, name, _)| (*in_group, *name) == (group, kind));
    if let Some((_, _, plural)) = known {
        return (*plural).to_owned();
    }
    let singular = kind.to_lowercase();
    if group == WITHOUT_PLURAL || singular.ends_with("endpoints") {
        return singular;
    }
    match singular.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if singular.ends_with('s') => format!("{singular}es"),
        None => format!("{singular}s"),
    }
}

/// The groups that have a kind of this name, sorted; empty when none is known to.
pub fn groups_of(kind: &str) -> Vec<&'static str> {
    let having = KNOWN.iter().filter(|(_, kinds)| kinds.contains(&kind));
    having.map(|(group, _)| *group).collect()
}

/// True when the plural of this kind is known and not only guessed.
pub fn is_known(group: &str, kind: &str) -> bool {
    KNOWN
        .iter()
        .any(|(known, kinds)| *known == group && kinds.contains(&kind))
        || IRREGULAR
            .iter()
            .any(|(known, name, _)| (*known, *name) == (group, kind))
        || group == WITHOUT_PLURAL
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, groups_of, is_known, resource_name};

    #[test]
    fn plurals_are_those_of_kubernetes() {
        for (group, kind, plural) in [
            ("", "Pod", "pods"),
            ("", "Endpoints", "endpoints"),
            ("discovery.k8s.io", "EndpointSlice", "endpointslices"),
            ("networking.k8s.io", "Ingress", "ingresses"),
            ("networking.k8s.io", "IngressClass", "ingressclasses"),
            ("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
            ("networking.k8s.io", "IPAddress", "ipaddresses"),
            ("networking.k8s.io", "ServiceCIDR", "servicecidrs"),
            ("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities"),
            ("monitoring.coreos.com", "Prometheus", "prometheuses"),
            (
                "cilium.io",
                "CiliumClusterwideNetworkPolicy",
                "ciliumclusterwidenetworkpolicies",
            ),
            ("gateway.networking.k8s.io", "Gateway", "gateways"),
            ("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
            ("metrics.k8s.io", "PodMetrics", "pods"),
            (
                "constraints.gatekeeper.sh",
                "K8sRequiredLabels",
                "k8srequiredlabels",
            ),
            ("example.com", "Cactus", "cactuses"),
        ] {
            assert_eq!(resource_name(group, kind), plural, "{group}/{kind}");
        }
    }

    #[test]
    fn a_kind_named_alone_has_the_group_that_everyone_means() {
        assert_eq!(groups_of("Deployment"), ["apps"]);
        assert_eq!(groups_of("Ingress"), ["networking.k8s.io"]);
        assert_eq!(groups_of("Application"), ["argoproj.io"]);
        assert_eq!(groups_of("Service"), [""]);
        assert_eq!(groups_of("Event"), ["", "events.k8s.io"]);
        assert_eq!(groups_of("Cactus"), [""; 0]);
        assert!(is_known("apps", "Deployment") && !is_known("example.com", "Deployment"));
    }

    /// Workloads and everything the view reads are among them.
    #[test]
    fn the_table_is_sorted_and_has_no_kind_twice() {
        let groups: Vec<&str> = KNOWN.iter().map(|(group, _)| *group).collect();
        assert!(groups.is_sorted_by(|a, b| a < b), "{groups:?}");
        for (group, kinds) in KNOWN {
            assert!(kinds.is_sorted_by(|a, b| a < b), "{group}: {kinds:?}");
        }
    }
}
