//! The DOKS cluster and its node pools.

use crate::spec::scalar::{Address, Cidr, Key, KubernetesVersion, ResourceName, SizeSlug, TimeOfDay};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The DOKS cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// Its name in the account.
    pub name: ResourceName,
    /// The Kubernetes version, quoted: the minor one, as "1.35", or a slug.
    pub version: KubernetesVersion,
    /// Addresses of Pods. Together with serviceSubnet it makes the cluster VPC-native; neither can be changed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_subnet: Option<Cidr>,
    /// Addresses of Services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_subnet: Option<Cidr>,
    /// A control plane of several replicas. It can never be turned off.
    #[serde(default = "yes")]
    pub high_availability: bool,
    /// Patch versions are installed in the maintenance window.
    #[serde(default = "yes")]
    pub auto_upgrade: bool,
    /// Upgrades add nodes before they remove some.
    #[serde(default = "yes")]
    pub surge_upgrade: bool,
    /// When DigitalOcean may maintain the cluster; any time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
    /// Who may reach the API server; everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_plane_firewall: Option<ControlPlaneFirewall>,
    /// The groups of nodes.
    #[schemars(length(min = 1))]
    pub node_pools: Vec<NodePool>,
}

fn yes() -> bool {
    true
}

/// When DigitalOcean may maintain the cluster: four hours from this time on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Maintenance {
    /// The day.
    pub day: Day,
    /// The time in UTC, quoted, as "03:00".
    pub start_time: TimeOfDay,
}

/// A day of the week, or any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum Day {
    Any,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Who may reach the API server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlPlaneFirewall {
    /// Public IPv4 addresses and networks.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub allowed_addresses: Vec<Address>,
}

/// A group of equal nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePool {
    /// Its name in the cluster.
    pub name: ResourceName,
    /// The Droplet size. It cannot be changed; another size is another pool.
    pub size: SizeSlug,
    /// How many nodes. With autoscale it matters at creation only.
    #[schemars(range(min = 1, max = 512))]
    pub count: u32,
    /// Between which numbers the pool scales by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscale: Option<Autoscale>,
    /// Labels of its nodes.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Taints of its nodes.
    #[serde(default)]
    pub taints: Vec<Taint>,
}

/// Between which numbers a pool scales by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscale {
    /// The fewest nodes.
    #[schemars(range(max = 512))]
    pub min: u32,
    /// The most nodes.
    #[schemars(range(min = 1, max = 512))]
    pub max: u32,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// Its key.
    pub key: Key,
    /// Its value; empty when absent.
    #[serde(default)]
    pub value: String,
    /// What it does to Pods that do not tolerate it.
    pub effect: TaintEffect,
}

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum TaintEffect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}
