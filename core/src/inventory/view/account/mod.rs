//! Account objects as policies read them beside the API's own shape, joined with one another and with the cluster.

mod bucket;
mod cluster;
mod firewall;
mod load_balancer;
mod reference;
mod rows;
mod rules;

pub use reference::{account_reference, has_place, kind_of};
pub(in crate::inventory) use rows::Unread;
pub(super) use rows::{AccountRows, Joining};

use super::record::{Record, or_null};
use crate::value::{Value, ValueExt};

/// The record of an account object with the fields that all have.
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

/// A Droplet's id: a number, as some answers write it, or its text, as others do.
fn droplet(value: &Value) -> Option<i64> {
    value.int().or_else(|| value.text()?.parse().ok())
}

#[cfg(test)]
mod tests;
