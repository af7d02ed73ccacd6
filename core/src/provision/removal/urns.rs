//! What networks and projects say of their members is a URN; people are told name, kind and id, as of everything else.

use super::Stock;
use crate::value::{Value, ValueExt};

/// `bastion (Droplet 991)` of `do:droplet:991`; the URN itself where nobody knows such a kind.
pub(super) fn named(stock: &Stock, urn: &str) -> String {
    let parts = urn.strip_prefix("do:").and_then(|rest| rest.split_once(':'));
    let Some((of, id)) = parts else {
        return urn.to_owned();
    };
    let (kind, list) = match of {
        "droplet" => ("Droplet", "droplets"),
        "kubernetes" => ("Cluster", "kubernetes_clusters"),
        "loadbalancer" => ("LoadBalancer", "load_balancers"),
        "volume" => ("Volume", "volumes"),
        "vpc" => ("VPC", "vpcs"),
        "dbaas" => ("Database", ""),
        "floatingip" | "reservedip" => ("ReservedIP", ""),
        // Their names are their ids.
        "space" => return format!("{id} (Bucket)"),
        "domain" => return format!("{id} (Domain)"),
        _ => return urn.to_owned(),
    };
    let of_list = || {
        let mut rows = stock.account.rows(list).iter();
        rows.find(|row| is(row, id))
    };
    let of_network = || {
        let mut members = stock.account.rows("vpc_members").iter();
        members.find(|member| member.text_at(&["urn"]) == Some(urn))
    };
    let name = of_list()
        .or_else(of_network)
        .and_then(|row| row.text_at(&["name"]));
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} ({kind} {id})"),
        None => format!("{kind} {id}"),
    }
}

/// Whether a row has this id, which is a number for some kinds.
fn is(row: &Value, id: &str) -> bool {
    let Some(own) = row.field("id") else {
        return false;
    };
    own.text() == Some(id) || own.int().is_some_and(|own| own.to_string() == id)
}
