//! The identity of a thing a finding can be about: a Kubernetes object, an account object, or a declared one.

use crate::value::{Value, ValueExt, object};
use std::fmt;

/// The API version under which DigitalOcean account objects are referenced.
pub const ACCOUNT_API: &str = "digitalocean.com/v2";
/// The API version under which the environment itself and declared things are referenced.
pub const SPEC_API: &str = "envcheck.dev/v1";
/// What the key of an annotation begins with that waives a policy's findings; the policy's id follows.
pub const WAIVER_ANNOTATION: &str = "envcheck.dev/waive.";

/// Who a thing is. Ordered by group, kind, namespace, name, id: the order of reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    /// `apps/v1`, `v1`, `digitalocean.com/v2`, `envcheck.dev/v1`.
    pub api_version: String,
    /// `Deployment`, `LoadBalancer`, `Environment`.
    pub kind: String,
    /// The namespace; `None` for cluster-scoped and account objects.
    pub namespace: Option<String>,
    /// The name. Never empty.
    pub name: String,
    /// The account's id for an account object; the uid of an object that is to be removed.
    pub id: Option<String>,
}

impl ResourceRef {
    /// A Kubernetes object.
    pub fn kubernetes(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
            name: name.to_owned(),
            id: None,
        }
    }

    /// The environment as a whole: the subject of a policy that judges nothing smaller.
    pub fn environment(name: &str) -> Self {
        Self::kubernetes(SPEC_API, "Environment", None, name)
    }

    /// Reads a reference that a policy gave: `{apiVersion, kind, namespace?, name, id?}`.
    /// `None` when kind or name is missing or not text.
    pub fn from_value(value: &Value) -> Option<Self> {
        let name = value.text_at(&["name"]).filter(|name| !name.is_empty())?;
        Some(Self {
            api_version: value.text_at(&["apiVersion"]).unwrap_or("v1").to_owned(),
            kind: value
                .text_at(&["kind"])
                .filter(|kind| !kind.is_empty())?
                .to_owned(),
            namespace: value
                .text_at(&["namespace"])
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned),
            name: name.to_owned(),
            id: value
                .text_at(&["id"])
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned),
        })
    }

    /// The reference as policies read and return it.
    pub fn to_value(&self) -> Value {
        let mut members = vec![
            ("apiVersion", Value::from(self.api_version.as_str())),
            ("kind", Value::from(self.kind.as_str())),
            ("name", Value::from(self.name.as_str())),
        ];
        if let Some(namespace) = &self.namespace {
            members.push(("namespace", Value::from(namespace.as_str())));
        }
        if let Some(id) = &self.id {
            members.push(("id", Value::from(id.as_str())));
        }
        object(members)
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// `namespace/name` or `name`.
    pub fn qualified_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

impl fmt::Display for ResourceRef {
    /// `back/ii (Deployment)`, `acme (Registry)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.qualified_name(), self.kind)
    }
}
