//! What brings software into the cluster, and what watches it.

use crate::spec::scalar::{FilePath, HttpsUrl, Label, ObjectName, Repository, Sha256, Version, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What brings software into the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delivery {
    /// Argo CD, in the namespace with role delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argocd: Option<ArgoCd>,
    /// Helm charts that provisioning installs.
    #[serde(default)]
    pub charts: Vec<Chart>,
}

/// Argo CD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArgoCd {
    /// Its exact version, as v3.5.8.
    pub version: Version,
    /// The manifest that installs it; needed for provisioning only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<Install>,
    /// The repository that it delivers from.
    pub repository: Repository,
    /// The branch, tag or commit.
    #[serde(default = "head")]
    #[schemars(extend("examples" = ["main"]))]
    pub revision: Words,
    /// The directory in the repository.
    #[serde(default = "root")]
    #[schemars(extend("examples" = ["stage"]))]
    pub path: Words,
    /// The namespaces whose applications it delivers.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub applications: Vec<Label>,
}

fn head() -> Words {
    Words::literal("HEAD", ())
}

fn root() -> Words {
    Words::literal(".", ())
}

/// A manifest on the web, pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Install {
    /// Its address.
    pub url: HttpsUrl,
    /// Its SHA-256 sum.
    pub sha256: Sha256,
}

/// A Helm chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chart {
    /// The chart's name, which is the release's name too.
    #[schemars(extend("examples" = ["ingress-nginx"]))]
    pub name: ObjectName,
    /// The repository that holds it.
    #[schemars(extend("examples" = ["https://kubernetes.github.io/ingress-nginx"]))]
    pub repository: Repository,
    /// Its exact version.
    pub version: Version,
    /// The declared namespace that it is installed into.
    pub namespace: Label,
    /// A file of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<FilePath>,
}

/// What watches the cluster, in the namespace with role monitoring.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Monitoring {
    /// Prometheus must run.
    #[serde(default)]
    pub prometheus: bool,
    /// Grafana must run.
    #[serde(default)]
    pub grafana: bool,
}
