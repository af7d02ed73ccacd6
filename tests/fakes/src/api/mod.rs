//! The API's resources: for each a file with its routes and what they do to the world.

pub(crate) mod balancers;
mod catalogue;
mod cdn;
mod certificates;
mod cluster_changes;
pub(crate) mod clusters;
mod connecting;
pub(crate) mod droplets;
pub(crate) mod firewalls;
pub(crate) mod garbage;
mod pools;
pub(crate) mod projects;
pub(crate) mod registries;
mod repositories;
mod routes;
mod singular;
mod spaces_keys;
pub(crate) mod tags;
mod veil;
mod volumes;
mod vpcs;

pub(crate) use catalogue::{offered, region, tier};
#[cfg(test)]
pub(crate) use routes::all;
pub(crate) use routes::{Found, Route, find};
pub(crate) use veil::hide;

use crate::http::Refusal;
use serde_json::{Map, Value};

/// The body's members of these names, copied into a row where they are given.
pub(crate) fn copy(row: &mut Value, body: &Value, names: &[&str]) {
    for name in names {
        if let Some(value) = body.get(name) {
            row[*name] = value.clone();
        }
    }
}

/// What is not there is 404.
pub(crate) fn found<T>(row: Option<T>) -> Result<T, Refusal> {
    row.ok_or_else(Refusal::not_found)
}

/// Whether a list of a row holds a text.
pub(crate) fn holds(list: &Value, text: &str) -> bool {
    list.as_array()
        .is_some_and(|items| items.iter().any(|item| item == text))
}

/// Adds what a list does not hold yet.
pub(crate) fn join(list: &mut Value, more: &[Value]) {
    if !list.is_array() {
        *list = Value::Array(Vec::new());
    }
    if let Some(items) = list.as_array_mut() {
        for item in more {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
    }
}

/// Takes values out of a list.
pub(crate) fn part(list: &mut Value, gone: &[Value]) {
    if let Some(items) = list.as_array_mut() {
        items.retain(|item| !gone.contains(item));
    }
}

/// The items of a list of the body.
pub(crate) fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// Whether the members of `part` are members of `whole`, too; what is empty or absent in `whole` does not count.
pub(crate) fn agrees(part: &Value, whole: &Value) -> bool {
    let empty = Map::new();
    let part = part.as_object().unwrap_or(&empty);
    part.iter().all(|(name, value)| whole.get(name) == Some(value))
}
