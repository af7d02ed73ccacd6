//! Services, and the load balancers that they ask for.

use super::record::{Record, common, list_or_empty, map_or_empty, or_null};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object, text_or_null};

/// By its id, which load balancer a Service has.
pub(crate) const LOAD_BALANCER_ID: &str = "kubernetes.digitalocean.com/load-balancer-id";

fn load_balancer_annotation<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.text_at(&[
        "metadata",
        "annotations",
        &format!("service.beta.kubernetes.io/do-loadbalancer-{name}"),
    ])
}

/// The record of a Service, without the workloads it selects.
pub(super) fn project_service(reference: &ResourceRef, value: &Value) -> Record {
    let spec = |key: &str| value.at(&["spec", key]);
    let text = |key: &str| value.text_at(&["spec", key]);
    let ports = value.items_at(&["spec", "ports"]).iter().map(|port| {
        object([
            ("name", or_null(port.field("name"))),
            ("port", or_null(port.field("port"))),
            // Without a target the port is the target.
            (
                "targetPort",
                or_null(port.field("targetPort").or_else(|| port.field("port"))),
            ),
            ("nodePort", or_null(port.field("nodePort"))),
            (
                "protocol",
                Value::from(port.text_at(&["protocol"]).unwrap_or("TCP")),
            ),
        ])
    });
    let mut record = common(reference, value);
    record
        .set("type", Value::from(text("type").unwrap_or("ClusterIP")))
        .set("selector", map_or_empty(spec("selector")))
        .set("ports", array(ports))
        .set("clusterIP", text_or_null(text("clusterIP")))
        .set("externalIPs", list_or_empty(spec("externalIPs")))
        .set("externalName", text_or_null(text("externalName")))
        .set(
            "externalTrafficPolicy",
            Value::from(text("externalTrafficPolicy").unwrap_or("Cluster")),
        )
        .set("loadBalancerClass", text_or_null(text("loadBalancerClass")))
        .set(
            "loadBalancerId",
            text_or_null(
                value
                    .text_at(&["metadata", "annotations", LOAD_BALANCER_ID])
                    .filter(|id| !id.is_empty()),
            ),
        )
        .set(
            "loadBalancerName",
            text_or_null(load_balancer_name(value).as_deref()),
        )
        .set(
            "loadBalancerNetwork",
            Value::from(load_balancer_annotation(value, "network").unwrap_or("EXTERNAL")),
        )
        .set(
            "loadBalancerType",
            text_or_null(load_balancer_annotation(value, "type")),
        )
        .set("disowned", Value::from(disowned(value)))
        .set(
            "addresses",
            list_or_empty(value.at(&["status", "loadBalancer", "ingress"])),
        );
    record
}

/// The name the cloud controller looks for: the custom one, else `a` and the UID without dashes, cut to 32
/// (the cloud provider's default).
pub(crate) fn load_balancer_name(value: &Value) -> Option<String> {
    if let Some(name) = load_balancer_annotation(value, "name").filter(|name| !name.is_empty()) {
        return Some(name.to_owned());
    }
    let uid = value.text_at(&["metadata", "uid"])?;
    Some(format!("a{}", uid.replace('-', "")).chars().take(32).collect())
}

/// Whether its load balancer stays when the Service goes.
pub(crate) fn disowned(value: &Value) -> bool {
    // As the cloud controller reads booleans.
    let written = value.text_at(&[
        "metadata",
        "annotations",
        "service.kubernetes.io/do-loadbalancer-disown",
    ]);
    matches!(written, Some("1" | "t" | "T" | "true" | "TRUE" | "True"))
}
