//! The kinds that reachability depends on.

use crate::inventory::view::Section;

/// NetworkPolicies, and the APIs whose policies are enforced beside them: DOKS runs Cilium, and anyone may install
/// AdminNetworkPolicies. Without these a workload that one of them closes would be reported open, or the reverse.
const POLICIES: [&str; 6] = [
    "cilium.io/v2/CiliumClusterwideNetworkPolicy",
    "cilium.io/v2/CiliumNetworkPolicy",
    "networking.k8s.io/v1/NetworkPolicy",
    "policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy",
    "policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy",
    "v1/Namespace",
];

/// The kinds without which `data.network` says nothing, as METADATA writes them. Services and Ingresses are not among
/// them: they only add the rows of `{ingress-controller}` to `reach`.
pub fn reads() -> impl Iterator<Item = &'static str> {
    let workloads = Section::kinds("workloads").unwrap_or_default();
    workloads.iter().chain(&POLICIES).copied()
}
