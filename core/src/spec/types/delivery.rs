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

/// A manifest, pinned: exactly one of `url` and `file` says where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Install {
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<HttpsUrl>,
    /// Its file, relative to the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["argocd/install.yaml"]))]
    pub file: Option<FilePath>,
    /// Its SHA-256 sum.
    pub sha256: Sha256,
}

/// Where a pinned manifest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallSource<'i> {
    /// On the web.
    Url(&'i HttpsUrl),
    /// In a file.
    File(&'i FilePath),
}

impl Install {
    /// Where the manifest is. Every spec that was read says so.
    pub fn source(&self) -> Option<InstallSource<'_>> {
        let file = self.file.as_ref().map(InstallSource::File);
        file.or_else(|| self.url.as_ref().map(InstallSource::Url))
    }
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
