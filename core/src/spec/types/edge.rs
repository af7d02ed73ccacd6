//! What can be reached from outside.

use crate::spec::scalar::{Host, NamespacedName, ObjectName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A Service of type LoadBalancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exposure {
    /// The Service, as ingress-nginx/ingress-nginx-controller.
    #[schemars(extend("examples" = ["ingress-nginx/ingress-nginx-controller"]))]
    pub service: NamespacedName,
    /// Its load balancer.
    #[serde(default)]
    pub load_balancer: LoadBalancer,
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadBalancer {
    /// Its type, which cannot be changed without losing its address.
    #[serde(default, rename = "type")]
    pub kind: LoadBalancerType,
    /// How many nodes it has; not judged when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub size_unit: Option<u32>,
}

/// A load balancer's type, as DigitalOcean names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum LoadBalancerType {
    /// For HTTP and TCP.
    Regional,
    /// Passes packets through; the default since Kubernetes 1.33.
    #[default]
    RegionalNetwork,
}

/// How HTTP comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ingress {
    /// The controller: ingress-nginx, or gateway for the cluster's own Gateway API.
    #[schemars(extend("examples" = ["ingress-nginx"]))]
    pub controller: ObjectName,
    /// The class that every Ingress or Gateway names.
    #[schemars(extend("examples" = ["nginx"]))]
    pub class: ObjectName,
    /// Whether hosts need a certificate.
    #[serde(default)]
    pub tls: Tls,
    /// The issuer that makes certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<ObjectName>,
    /// The Secret with the certificate of hosts that have none of their own, as ingress-nginx/wildcard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_certificate: Option<NamespacedName>,
    /// The hosts that each namespace may serve.
    #[serde(default)]
    pub hosts: BTreeMap<String, Vec<Host>>,
}

/// Whether hosts need a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Tls {
    /// Every host has one in the cluster.
    #[default]
    Required,
    /// TLS ends at the load balancer.
    LoadBalancer,
    /// Hosts may do without.
    Optional,
}
