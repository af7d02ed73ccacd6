//! Is this API server the declared cluster's? Judged from its Nodes before anything it says is believed (safety: the right
//! cluster).

use crate::value::{Value, ValueExt};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// What the spec says of its cluster, and what the account adds to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredCluster {
    /// Its name at DigitalOcean.
    pub name: String,
    /// Its region, as `fra1`.
    pub region: Option<String>,
    /// The range of its Pods' addresses.
    pub cluster_subnet: Option<IpNet>,
    /// The Droplets of its node pools; `None` when the account was not read.
    pub droplets: Option<BTreeSet<u64>>,
}

impl DeclaredCluster {
    /// The cluster that an environment declares under `digitalocean.cluster`; `None` when it declares none.
    pub fn of(environment: &Value) -> Option<Self> {
        let account = environment.at(&["digitalocean"])?;
        Some(Self {
            name: account.text_at(&["cluster", "name"])?.to_owned(),
            region: account.text_at(&["region"]).map(ToOwned::to_owned),
            cluster_subnet: account
                .text_at(&["cluster", "clusterSubnet"])
                .and_then(|text| text.parse().ok()),
            droplets: None,
        })
    }
}

/// What is looked at of a Node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedNode {
    /// Its name.
    pub name: String,
    /// `digitalocean://412345678` for a Droplet.
    pub provider_id: Option<String>,
    /// The label `topology.kubernetes.io/region`.
    pub region: Option<String>,
    /// The ranges of its Pods' addresses.
    pub pod_ranges: Vec<IpNet>,
}

impl ObservedNode {
    /// Reads what matters of a Node.
    pub fn of(node: &Value) -> Self {
        let text = |path: &[&str]| {
            node.text_at(path)
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned)
        };
        Self {
            name: text(&["metadata", "name"]).unwrap_or_default(),
            provider_id: text(&["spec", "providerID"]),
            region: text(&["metadata", "labels", "topology.kubernetes.io/region"]),
            pod_ranges: node
                .items_at(&["spec", "podCIDRs"])
                .iter()
                .filter_map(|range| range.text()?.parse().ok())
                .collect(),
        }
    }

    fn droplet(&self) -> Option<u64> {
        self.provider_id
            .as_deref()?
            .strip_prefix("digitalocean://")?
            .parse()
            .ok()
    }
}

/// Whose API server it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterIdentity {
    /// The declared cluster's.
    Declared,
    /// Nothing speaks against it, and nothing proves it; why.
    Unverified(String),
    /// Another cluster's: nothing it says may be believed. What speaks against it.
    Other(String),
}

/// Compares the declared cluster with the Nodes of an API server. `nodes` is `Err` with the reason when they could not be
/// read.
pub fn identify_cluster(
    declared: Option<&DeclaredCluster>,
    nodes: Result<&[ObservedNode], &str>,
) -> ClusterIdentity {
    let Some(declared) = declared else {
        return ClusterIdentity::Unverified(
            "the environment declares no DigitalOcean cluster, so nothing says which one it should be"
                .to_owned(),
        );
    };
    let nodes = match nodes {
        Ok([]) => {
            return ClusterIdentity::Unverified("it has no Node that could be compared".to_owned());
        }
        Ok(nodes) => nodes,
        Err(why) => return ClusterIdentity::Unverified(format!("its Nodes could not be read: {why}")),
    };
    if let Some(words) = nodes.iter().find_map(|node| contradiction(declared, node)) {
        return ClusterIdentity::Other(words);
    }
    let Some(droplets) = &declared.droplets else {
        return ClusterIdentity::Unverified(format!(
            "its Nodes were not compared with the Droplets of {}, because the DigitalOcean account was not read",
            declared.name
        ));
    };
    // One foreign Node is enough to be another cluster; one that is being added is known to both sides late.
    match nodes
        .iter()
        .filter(|node| node.droplet().is_some_and(|id| droplets.contains(&id)))
        .count()
    {
        0 => ClusterIdentity::Other(format!(
            "none of its {} Nodes is a Droplet of {}'s node pools",
            nodes.len(),
            declared.name
        )),
        _ => ClusterIdentity::Declared,
    }
}

/// What a Node shows that cannot be true of the declared cluster.
fn contradiction(declared: &DeclaredCluster, node: &ObservedNode) -> Option<String> {
    if let Some(id) = &node.provider_id
        && !id.starts_with("digitalocean://")
    {
        return Some(format!(
            "Node {} is no Droplet: its providerID is {id}",
            node.name
        ));
    }
    if let (Some(region), Some(wanted)) = (&node.region, &declared.region)
        && region != wanted
    {
        return Some(format!(
            "Node {} is in region {region}, {} is declared in {wanted}",
            node.name, declared.name
        ));
    }
    let subnet = declared.cluster_subnet?;
    let outside = node.pod_ranges.iter().find(|range| {
        // A dual-stack Node has a range of the other family as well.
        matches!(
            (range, &subnet),
            (IpNet::V4(_), IpNet::V4(_)) | (IpNet::V6(_), IpNet::V6(_))
        ) && !subnet.contains(*range)
    })?;
    Some(format!(
        "the Pods of Node {} have addresses of {outside}, {} is declared with {subnet}",
        node.name, declared.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(droplets: Option<&[u64]>) -> DeclaredCluster {
        DeclaredCluster {
            name: "stage".to_owned(),
            region: Some("fra1".to_owned()),
            cluster_subnet: "10.120.0.0/16".parse().ok(),
            droplets: droplets.map(|ids| ids.iter().copied().collect()),
        }
    }

    fn node(json: &str) -> ObservedNode {
        ObservedNode::of(&Value::from_json_str(json).unwrap())
    }

    fn droplet(id: u64) -> ObservedNode {
        node(&format!(
            r#"{{"metadata":{{"name":"n{id}","labels":{{"topology.kubernetes.io/region":"fra1"}}}},
                "spec":{{"providerID":"digitalocean://{id}","podCIDRs":["10.120.3.0/25","fd00::/64"]}}}}"#
        ))
    }

    #[test]
    fn the_declared_droplets_prove_it_and_others_disprove_it() {
        let known = declared(Some(&[1, 2]));
        let of = |ids: &[u64]| {
            let nodes: Vec<ObservedNode> = ids.iter().map(|id| droplet(*id)).collect();
            identify_cluster(Some(&known), Ok(&nodes))
        };
        assert_eq!(of(&[1, 2]), ClusterIdentity::Declared);
        assert_eq!(of(&[2, 9]), ClusterIdentity::Declared);
        assert!(
            matches!(of(&[8, 9]), ClusterIdentity::Other(words) if words.contains("none of its 2 Nodes"))
        );
        assert!(matches!(of(&[]), ClusterIdentity::Unverified(_)));
    }

    #[test]
    fn what_cannot_be_is_another_cluster_even_without_the_account() {
        let spec = declared(None);
        for (json, part) in [
            (
                r#"{"metadata":{"name":"n"},"spec":{"providerID":"aws:///eu-1/i-1"}}"#,
                "no Droplet",
            ),
            (
                r#"{"metadata":{"name":"n","labels":{"topology.kubernetes.io/region":"nyc1"}},"spec":{}}"#,
                "region nyc1",
            ),
            (
                r#"{"metadata":{"name":"n"},"spec":{"podCIDRs":["10.9.0.0/24"]}}"#,
                "10.9.0.0/24",
            ),
        ] {
            let nodes = [droplet(1), node(json)];
            let ClusterIdentity::Other(words) = identify_cluster(Some(&spec), Ok(&nodes)) else {
                panic!("{json} belongs to another cluster");
            };
            assert!(words.contains(part), "{words}");
        }
    }

    #[test]
    fn what_cannot_be_proved_says_why() {
        let nodes = [droplet(1)];
        for (outcome, part) in [
            (
                identify_cluster(None, Ok(&nodes)),
                "declares no DigitalOcean cluster",
            ),
            (
                identify_cluster(Some(&declared(None)), Ok(&nodes)),
                "account was not read",
            ),
            (
                identify_cluster(Some(&declared(None)), Err("may not list nodes")),
                "may not list nodes",
            ),
        ] {
            assert!(
                matches!(&outcome, ClusterIdentity::Unverified(words) if words.contains(part)),
                "{outcome:?}"
            );
        }
    }
}
