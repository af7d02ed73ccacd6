//! The declared environment: one Rust type per section of the spec.
//!
//! By design these types *are* the file format: the JSON Schema that editors use, the structural checks and the record
//! that policies read (`data.environment`) are all made from them. Doc comments become the schema's descriptions, so
//! they speak to people who write specs.

mod account;
mod cluster;
mod delivery;
mod edge;
mod governance;
mod namespaces;
mod spaces;
mod target;
mod window;

pub use account::{
    DigitalOcean, Firewall, InboundRule, OutboundRule, Peers, Project, ProjectEnvironment, Protocol,
    Registry, RegistryTier, Vpc,
};
pub use cluster::{Autoscale, Cluster, ControlPlaneFirewall, Day, Maintenance, NodePool, Taint, TaintEffect};
pub use delivery::{ArgoCd, Chart, Delivery, Install, InstallSource, Monitoring};
pub use edge::{Exposure, Ingress, LoadBalancer, LoadBalancerType, Tls};
pub use governance::{
    Drift, IgnoredDifference, InlineWaivers, InlineWaiversWord, Notify, NotifyEvent, Policies, Remediation,
    RemediationMode, RemediationRisk, SeverityLevel,
};
pub(super) use namespaces::SYSTEM_NAMES;
pub use namespaces::{
    Accepts, Egress, Limits, Namespace, NamespaceSet, Network, NetworkPolicies, PodSecurity, Quantity, Role,
    SystemNamespaces, Workload, WorkloadKind, WorkloadRole,
};
pub use spaces::{
    Auditor, Backup, Bucket, BucketAccess, Grant, GrantPermission, Purpose, SecretName, Spaces, SpacesKey,
};
pub use target::{Command, KubernetesTarget, SecretRef, Target};
pub use window::Window;

use super::scalar::{FilePath, Label};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one environment should be: the account it lives in, the cluster, and what runs there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Environment {
    /// The version of this format.
    pub api_version: ApiVersion,
    /// What this file is.
    pub kind: Kind,
    /// How the environment is called.
    pub metadata: Metadata,
    /// A spec that this one builds on. Maps merge, lists whose items have a name merge by name, other lists replace (an
    /// empty list too), null removes; paths stay relative to the file that wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["base.yaml"]))]
    pub extends: Option<FilePath>,
    /// The environment itself.
    pub spec: EnvironmentSpec,
}

/// The version of this format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ApiVersion {
    /// The first.
    #[serde(rename = "envcheck.dev/v1")]
    V1,
}

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Kind {
    /// The description of an environment.
    Environment,
}

/// How the environment is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// The environment's name in commands, reports and fingerprints.
    #[schemars(extend("examples" = ["stage"]))]
    pub name: Label,
}

/// The sections of a spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentSpec {
    /// With true, `envcheck destroy` refuses.
    #[serde(default)]
    pub protect: bool,
    /// Where live state is read. `--context`, `--kubeconfig` and `--snapshot` override it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The DigitalOcean account. Without it the policies about the account are not applicable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digitalocean: Option<DigitalOcean>,
    /// The namespaces that hold something of ours, each with its role.
    #[serde(default)]
    pub namespaces: Vec<Namespace>,
    /// Kubernetes' own namespaces, where nothing of ours belongs.
    #[serde(default)]
    pub system_namespaces: SystemNamespaces,
    /// Every Service of type LoadBalancer; each has a load balancer of its own.
    #[serde(default)]
    pub exposure: Vec<Exposure>,
    /// How HTTP comes in, and under which hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress: Option<Ingress>,
    /// What brings the software into the cluster.
    #[serde(default)]
    pub delivery: Delivery,
    /// What watches the cluster.
    #[serde(default)]
    pub monitoring: Monitoring,
    /// Which policies judge, and how strictly.
    #[serde(default)]
    pub policies: Policies,
    /// Files of accepted findings, each with reason, owner and expiry.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub waivers: Vec<FilePath>,
    /// What `envcheck drift` overlooks.
    #[serde(default)]
    pub drift: Drift,
    /// What `envcheck serve` may repair by itself.
    #[serde(default)]
    pub remediation: Remediation,
    /// Who is told about what.
    #[serde(default)]
    pub notify: Vec<Notify>,
}
