//! The DigitalOcean account: project, network, registry, firewalls.

use super::{Cluster, SecretRef, Spaces};
use crate::spec::scalar::{
    Address, Cidr, Label, Percent, Ports, Region, RegistryName, ResourceName, Size, Words,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the environment has in a DigitalOcean account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DigitalOcean {
    /// The API token. Without it the variables DIGITALOCEAN_TOKEN and DIGITALOCEAN_ACCESS_TOKEN are tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// The region of everything that has one.
    pub region: Region,
    /// The project that the resources are assigned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Project>,
    /// The private network of cluster and load balancers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Vpc>,
    /// The DOKS cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// The container registry, which environments of one team share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Registry>,
    /// Firewalls that reach the nodes, beyond the two that DOKS owns.
    #[serde(default)]
    pub firewalls: Vec<Firewall>,
    /// Spaces: object storage for backups and images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spaces: Option<Spaces>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Project {
    /// Its name in the account.
    pub name: Words,
    /// What DigitalOcean shows as its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<ProjectEnvironment>,
}

/// A project's environment, as DigitalOcean names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum ProjectEnvironment {
    Development,
    Staging,
    Production,
}

/// A private network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Vpc {
    /// Its name in the account.
    pub name: ResourceName,
    /// Its addresses: private, from /16 to /28, overlapping no other network of the account. DigitalOcean chooses a /20
    /// when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_range: Option<Cidr>,
}

/// The container registry. One Basic registry exists per team, so environments share it and one of them owns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Registry {
    /// Its name, without `registry.digitalocean.com/`.
    pub name: RegistryName,
    /// The environment in whose audit its size is judged; this one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Label>,
    /// The other environments whose images it holds.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub shared_with: Vec<Label>,
    /// The subscription.
    #[serde(default)]
    pub tier: RegistryTier,
    /// What it may hold. More than the tier includes is billed.
    pub storage_limit: Size,
    /// From which share of the limit on a warning is due.
    #[serde(default = "eighty_percent")]
    pub warn_at: Percent,
    /// Newest tags to keep per repository and environment, beyond what runs.
    #[serde(default = "ten")]
    pub keep_tags: u32,
}

fn eighty_percent() -> Percent {
    Percent::literal("80%", 8_000)
}

fn ten() -> u32 {
    10
}

/// A registry's subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum RegistryTier {
    /// 500 MiB, one repository.
    Starter,
    /// 5 GiB included, five repositories.
    #[default]
    Basic,
    /// 100 GiB included.
    Professional,
}

/// A firewall that reaches the nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Firewall {
    /// Its name in the account.
    pub name: ResourceName,
    /// Droplet tags that it applies to; the cluster's nodes when empty.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub tags: Vec<Words>,
    /// What may come in.
    #[serde(default)]
    pub inbound_rules: Vec<InboundRule>,
    /// What may go out.
    #[serde(default)]
    pub outbound_rules: Vec<OutboundRule>,
}

/// What may come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InboundRule {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Ports>,
    /// From where.
    pub sources: Peers,
}

/// What may go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutboundRule {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Ports>,
    /// Where to.
    pub destinations: Peers,
}

/// A protocol of firewall rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

/// The other side of a firewall rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Peers {
    /// Addresses and networks.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub addresses: Vec<Address>,
    /// Droplets with one of these tags.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub tags: Vec<Words>,
}
