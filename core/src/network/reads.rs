//! The kinds that reachability depends on.

use crate::inventory::view::Section;

/// NetworkPolicies, and the APIs whose policies are enforced beside them: DOKS runs Cilium, and anyone may install
/// Calico or the policies of administrators. Without these a workload that one of them closes would be reported open, or the reverse.
const POLICIES: [&str; 11] = [
    "cilium.io/v2/CiliumClusterwideNetworkPolicy",
    "cilium.io/v2/CiliumNetworkPolicy",
    "crd.projectcalico.org/v1/GlobalNetworkPolicy",
    "crd.projectcalico.org/v1/NetworkPolicy",
    "networking.k8s.io/v1/NetworkPolicy",
    "policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy",
    "policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy",
    "policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy",
    "projectcalico.org/v3/GlobalNetworkPolicy",
    "projectcalico.org/v3/NetworkPolicy",
    "v1/Namespace",
];

/// The kinds without which `data.network` says nothing, as METADATA writes them. Services and Ingresses are not among
/// them: they only add the rows of `{ingress-controller}` to `reach`.
pub fn reads() -> impl Iterator<Item = &'static str> {
    let workloads = Section::kinds("workloads").unwrap_or_default();
    workloads.iter().chain(&POLICIES).copied()
}

/// What `reach` reads besides: what makes the rows of `{ingress-controller}`.
pub fn reach_reads() -> impl Iterator<Item = &'static str> {
    let edges = [
        "networking.k8s.io/v1/Ingress",
        "route.openshift.io/v1/Route",
        "v1/Service",
    ];
    reads().chain(edges)
}

#[cfg(test)]
mod tests {
    use super::reads;
    use crate::inventory::OwnerIndex;
    use crate::network::Gatherer;
    use crate::value::{Value, ValueExt};

    /// One object of each kind of which the gatherer knows something.
    const OBJECTS: [(&str, &str); 7] = [
        (
            "apps/v1/Deployment",
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"a"},
            "spec":{"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"ports":[{"containerPort":80}]}]}}}}"#,
        ),
        (
            "v1/Namespace",
            r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","labels":{"team":"a"}}}"#,
        ),
        (
            "networking.k8s.io/v1/NetworkPolicy",
            r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"np","namespace":"a"},
            "spec":{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"a"}}}]}]}}"#,
        ),
        (
            "cilium.io/v2/CiliumNetworkPolicy",
            r#"{"apiVersion":"cilium.io/v2","kind":"CiliumNetworkPolicy","metadata":{"name":"cnp","namespace":"a"},
            "spec":{"endpointSelector":{}}}"#,
        ),
        (
            "policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy",
            r#"{"apiVersion":"policy.networking.k8s.io/v1alpha1","kind":"AdminNetworkPolicy","metadata":{"name":"anp"},
            "spec":{"subject":{"namespaces":{}}}}"#,
        ),
        (
            "v1/Service",
            r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"a"},
            "spec":{"selector":{"app":"web"},"ports":[{"port":80}]}}"#,
        ),
        (
            "networking.k8s.io/v1/Ingress",
            r#"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"web","namespace":"a"},
            "spec":{"defaultBackend":{"service":{"name":"web","port":{"number":80}}}}}"#,
        ),
    ];

    /// What policies read of the workloads when all objects but one kind were read.
    fn facts_without(kind: &str) -> Value {
        let mut gatherer = Gatherer::new(false);
        let mut owners = OwnerIndex::default();
        for (_, text) in OBJECTS.iter().filter(|(own, _)| *own != kind) {
            let object = Value::from_json_str(text).unwrap();
            owners.absorb(&object);
            gatherer.absorb(&object, &owners);
        }
        gatherer
            .build(&owners)
            .0
            .facts()
            .at(&["workloads"])
            .unwrap()
            .clone()
    }

    #[test]
    fn what_the_facts_depend_on_is_named_and_nothing_else() {
        let all = facts_without("");
        assert!(all.at(&["a/web[Deployment]"]).is_some());
        for (kind, _) in OBJECTS {
            let depends = facts_without(kind) != all;
            assert_eq!(reads().any(|named| named == kind), depends, "{kind}");
        }
    }
}
