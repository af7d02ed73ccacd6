//! Namespaces, what runs in them, and who may connect to it.

use crate::spec::scalar::{
    AllowedObject, Cidr, ImagePrefix, Key, Label, NamespacedName, ObjectName, QuantityText,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Namespace {
    /// Its name.
    pub name: Label,
    /// What it is for. It decides which policies judge it.
    pub role: Role,
    /// The Pod Security Standard that its labels must enforce; not judged when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_security: Option<PodSecurity>,
    /// What runs in it, and nothing else; not judged when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workloads: Option<Vec<Workload>>,
    /// Who may connect. Application namespaces must say whom they accept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// The hard limits of its ResourceQuota, as requests.cpu: "4".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<BTreeMap<String, Quantity>>,
    /// The container limits of its LimitRange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// What a namespace is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Role {
    /// The product: isolated, holding the declared workloads and nothing else.
    Application,
    /// Argo CD.
    Delivery,
    /// The ingress controller, which accepts the outside on its exposed ports.
    Ingress,
    /// Prometheus and Grafana.
    Monitoring,
    /// Everything else that serves the applications.
    Platform,
}

/// A Pod Security Standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum PodSecurity {
    Privileged,
    Baseline,
    Restricted,
}

/// A workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workload {
    /// Its name, unique in the namespace.
    pub name: ObjectName,
    /// Its kind.
    pub kind: WorkloadKind,
    /// What it is, when it is more than an application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<WorkloadRole>,
    /// For a proxy: the workload of the same namespace that it stands before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_for: Option<ObjectName>,
    /// Declared workloads that it must be able to reach.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub uses: Vec<NamespacedName>,
    /// For a proxy: the annotation that its Ingresses carry, with the proxy's name as value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation: Option<Key>,
    /// Beginnings of images that it may use beside those of the declared registry.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub images: Vec<ImagePrefix>,
}

/// A workload's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
    CronJob,
    Job,
    ReplicaSet,
    Pod,
}

/// What a workload is, when it is more than an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum WorkloadRole {
    /// It keeps data: persistent storage, authentication, never exposed.
    Datastore,
    /// It stands between the users and another workload.
    Proxy,
}

/// Who may connect to a namespace's Pods, and where these may connect to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// Who may connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts: Option<Accepts>,
    /// Where its Pods may connect to; not judged when absent. DNS is always allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub egress: Option<Egress>,
    /// Who makes the NetworkPolicies for that; made from this spec when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<NetworkPolicies>,
}

/// Who makes the NetworkPolicies of a namespace. Audits judge them in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum NetworkPolicies {
    /// They are made from this spec.
    Provisioned,
    /// Others make them, and none is made from this spec.
    Existing,
}

/// Who may connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accepts {
    /// The namespaces whose Pods may: a list, or all of the cluster.
    #[serde(default)]
    pub from_namespaces: NamespaceSet,
    /// Whether the namespace's own Pods may.
    #[serde(default = "yes")]
    pub same_namespace: bool,
    /// Whether addresses outside the cluster may.
    #[serde(default)]
    pub outside: bool,
}

/// Where Pods may connect to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Egress {
    /// Pods of these namespaces: a list, or all of the cluster.
    #[serde(default)]
    pub to_namespaces: NamespaceSet,
    /// Pods of the same namespace.
    #[serde(default = "yes")]
    pub same_namespace: bool,
    /// Every address outside the cluster.
    #[serde(default)]
    pub outside: bool,
    /// These networks outside the cluster.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub networks: Vec<Cidr>,
}

fn yes() -> bool {
    true
}

/// Namespaces: `all`, existing or not, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum NamespaceSet {
    /// Every namespace of the cluster.
    All(All),
    /// These.
    Names(#[schemars(extend("uniqueItems" = true))] Vec<Label>),
}

impl Default for NamespaceSet {
    fn default() -> Self {
        Self::Names(Vec::new())
    }
}

/// The word `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum All {
    All,
}

/// An amount by Kubernetes' rules: a number, or a text as "500m" or 2Gi.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Quantity {
    /// A whole number.
    Number(u64),
    /// A number with a unit.
    Text(QuantityText),
}

/// The container limits of a LimitRange.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Limits of containers that set none.
    #[serde(default)]
    pub default: BTreeMap<String, Quantity>,
    /// Requests of containers that set none.
    #[serde(default)]
    pub default_request: BTreeMap<String, Quantity>,
    /// The least that a container may ask for.
    #[serde(default)]
    pub min: BTreeMap<String, Quantity>,
    /// The most that a container may ask for.
    #[serde(default)]
    pub max: BTreeMap<String, Quantity>,
}

/// Kubernetes' own namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SystemNamespaces {
    /// Their names.
    #[serde(default = "system_names")]
    #[schemars(extend("uniqueItems" = true))]
    pub names: Vec<Label>,
    /// What is there on purpose: kube-system/headlamp, kube-system/Deployment/headlamp, or Deployment/headlamp.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub allow: Vec<AllowedObject>,
}

/// The names that every cluster has.
pub(in crate::spec) const SYSTEM_NAMES: [&str; 3] = ["kube-node-lease", "kube-public", "kube-system"];

fn system_names() -> Vec<Label> {
    SYSTEM_NAMES.iter().map(|name| Label::literal(name, ())).collect()
}

impl Default for SystemNamespaces {
    fn default() -> Self {
        Self {
            names: system_names(),
            allow: Vec::new(),
        }
    }
}
