//! What DigitalOcean Kubernetes names and tags itself.
//! <https://docs.digitalocean.com/products/kubernetes/details/managed/>

/// Tags that the Droplets of every cluster have, beside `k8s:` with their cluster's id.
pub const NODE_TAGS: [&str; 3] = ["k8s", "k8s:worker", "k8s-worker"];

/// Whether a firewall is one of the two that DOKS keeps for a cluster of this id.
pub fn is_own_firewall(name: &str, cluster: &str) -> bool {
    name == format!("k8s-{cluster}-worker") || name == format!("k8s-public-access-{cluster}")
}
