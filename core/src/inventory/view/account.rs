//! Account objects as policies read them beside the API's own shape.

use super::record::{Record, or_null};
use crate::inventory::reference::{ACCOUNT_API, ResourceRef};
use crate::value::{Value, ValueExt, array};

/// The kind under which a collection's objects are referenced.
pub fn kind_of(collection: &str) -> &'static str {
    match collection {
        "load_balancers" => "LoadBalancer",
        "registries" => "Registry",
        "kubernetes_clusters" => "Cluster",
        "vpcs" => "VPC",
        "firewalls" => "Firewall",
        "projects" => "Project",
        "droplets" => "Droplet",
        "volumes" => "Volume",
        "certificates" => "Certificate",
        _ => "AccountObject",
    }
}

/// The reference of an account object. A registry is known by its name alone.
pub fn account_reference(collection: &str, value: &Value) -> ResourceRef {
    let id = value.text_at(&["id"]).or_else(|| value.text_at(&["uuid"]));
    let name = value
        .text_at(&["name"])
        .filter(|name| !name.is_empty())
        .or(id)
        .unwrap_or(collection);
    ResourceRef {
        api_version: ACCOUNT_API.to_owned(),
        kind: kind_of(collection).to_owned(),
        namespace: None,
        name: name.to_owned(),
        id: id.map(ToOwned::to_owned),
    }
}

fn base(collection: &str, value: &Value) -> Record {
    let reference = account_reference(collection, value);
    let mut record = Record::default();
    record
        .set("ref", reference.to_value())
        .set("id", reference.id.as_deref().map_or(Value::Null, Value::from))
        .set("name", Value::from(reference.name.as_str()))
        .set("created", or_null(value.field("created_at")));
    record
}

/// A load balancer.
pub fn load_balancer(value: &Value) -> Value {
    let mut clusters: Vec<&str> = value
        .items_at(&["tags"])
        .iter()
        .filter_map(|tag| tag.text()?.strip_prefix("k8s:"))
        .collect();
    clusters.sort_unstable();
    clusters.dedup();
    let mut record = base("load_balancers", value);
    record
        .set("clusters", array(clusters.into_iter().map(Value::from)))
        .set("status", or_null(value.field("status")))
        .set("type", or_null(value.field("type")))
        .set("network", or_null(value.field("network")))
        // The API answers a region as an object, requests name it by slug.
        .set(
            "region",
            or_null(value.at(&["region", "slug"]).or_else(|| value.field("region"))),
        )
        .set("vpc", or_null(value.field("vpc_uuid")))
        .set("ip", or_null(value.field("ip")));
    record.into_object()
}

/// A registry.
pub fn registry(value: &Value) -> Value {
    let mut record = base("registries", value);
    record
        .set("tier", or_null(value.at(&["subscription", "tier", "slug"])))
        .set("region", or_null(value.field("region")))
        .set("storageUsageBytes", or_null(value.field("storage_usage_bytes")))
        .set(
            "storageUsageUpdated",
            or_null(value.field("storage_usage_bytes_updated_at")),
        );
    record.into_object()
}

/// A cluster.
pub fn cluster(value: &Value) -> Value {
    let mut record = base("kubernetes_clusters", value);
    record
        .set("region", or_null(value.field("region")))
        .set("version", or_null(value.field("version")))
        .set("vpc", or_null(value.field("vpc_uuid")))
        .set("ha", or_null(value.field("ha")))
        .set("state", or_null(value.at(&["status", "state"])));
    record.into_object()
}
