//! Records of kinds of which policies read little.

use super::record::{Record, common, list_or_empty, map_or_empty, or_null};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, text_or_null};

/// A Namespace.
pub(super) fn namespace(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record.set("phase", or_null(value.at(&["status", "phase"])));
    record
}

/// A Node.
pub(super) fn node(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record
        .set("providerId", or_null(value.at(&["spec", "providerID"])))
        .set("addresses", list_or_empty(value.at(&["status", "addresses"])));
    record
}

/// A NetworkPolicy, with the types an API server would fill in: Ingress always, Egress when it has egress rules.
pub(super) fn network_policy(reference: &ResourceRef, value: &Value) -> Record {
    let declared = value
        .at(&["spec", "policyTypes"])
        .filter(|types| types.as_array().is_ok());
    let types = declared.cloned().unwrap_or_else(|| {
        let egress = !value.items_at(&["spec", "egress"]).is_empty();
        array(
            std::iter::once("Ingress")
                .chain(egress.then_some("Egress"))
                .map(Value::from),
        )
    });
    let mut record = common(reference, value);
    record
        .set("types", types)
        .set("podSelector", map_or_empty(value.at(&["spec", "podSelector"])));
    record
}

/// A PersistentVolumeClaim.
pub(super) fn claim(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record
        .set("volumeName", or_null(value.at(&["spec", "volumeName"])))
        .set("phase", or_null(value.at(&["status", "phase"])))
        .set(
            "storageClass",
            text_or_null(value.text_at(&["spec", "storageClassName"])),
        );
    record
}

/// A ConfigMap: key names only.
pub(super) fn config_map(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record.set("keys", keys(value, &["data", "binaryData"]));
    record
}

/// A Secret: type and key names, never values. The last-applied annotation repeats the values and is dropped.
pub(super) fn secret(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    if let Some(field) = record.get_mut("annotations")
        && let Ok(annotations) = field.as_object_mut()
    {
        annotations.remove(&Value::from("kubectl.kubernetes.io/last-applied-configuration"));
    }
    record
        .set("type", Value::from(value.text_at(&["type"]).unwrap_or("Opaque")))
        .set("keys", keys(value, &["data", "stringData"]));
    record
}

fn keys(value: &Value, fields: &[&str]) -> Value {
    let mut names: Vec<&str> = fields
        .iter()
        .filter_map(|field| value.field(field))
        .flat_map(|map| map.members().map(|(key, _)| key))
        .collect();
    names.sort_unstable();
    names.dedup();
    array(names.into_iter().map(Value::from))
}
