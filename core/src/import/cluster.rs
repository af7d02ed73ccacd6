//! The cluster and its node pools, as the account has them. What is as a spec has it by default is not written.

use super::firewalls::WORLD;
use super::page::{Page, list, map, text, texts, word};
use crate::value::{Value, ValueExt};

/// How DOKS's own labels of Nodes begin.
const OWN_LABELS: [&str; 4] = [
    "doks.digitalocean.com/",
    "kubernetes.io/",
    "node.kubernetes.io/",
    "topology.kubernetes.io/",
];
const DAYS: [&str; 8] = [
    "any",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

pub(super) fn write(row: &Value, page: &mut Page) {
    let pools = row.items_at(&["node_pools"]);
    if pools.is_empty() {
        page.unseen(2, "cluster: not declared: the account shows no node pool of it");
        return;
    }
    page.line(2, "cluster:");
    page.line(3, &format!("name: {}", word(text(row, "name"))));
    let version = minor(text(row, "version"));
    page.line(
        3,
        &format!("version: \"{version}\"   # the minor version; patches follow"),
    );
    if let (Some(pods), Some(services)) = (row.text_at(&["cluster_subnet"]), row.text_at(&["service_subnet"]))
    {
        page.line(3, &format!("clusterSubnet: {}", word(pods)));
        page.line(3, &format!("serviceSubnet: {}", word(services)));
    }
    for (field, key) in [
        ("ha", "highAvailability"),
        ("auto_upgrade", "autoUpgrade"),
        ("surge_upgrade", "surgeUpgrade"),
    ] {
        if !row.field(field).is_some_and(ValueExt::is_true) {
            page.line(3, &format!("{key}: false"));
        }
    }
    maintenance(row, page);
    let wall = row.field("control_plane_firewall");
    if let Some(wall) = wall.filter(|wall| wall.field("enabled").is_some_and(ValueExt::is_true)) {
        let (open, allowed): (Vec<&str>, Vec<&str>) =
            texts(wall, &["allowed_addresses"]).partition(|address| WORLD.contains(address));
        if !open.is_empty() {
            page.say(
                3,
                "The control plane admits the whole world: that is left for the audit to tell.",
            );
        }
        if !allowed.is_empty() {
            page.line(
                3,
                &format!(
                    "controlPlaneFirewall: {}",
                    map([("allowedAddresses", list(allowed))])
                ),
            );
        }
    }
    page.line(3, "nodePools:");
    for pool in pools {
        node_pool(pool, page);
    }
}

/// `1.35` of `1.35.6-do.0`.
fn minor(version: &str) -> String {
    version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

fn maintenance(row: &Value, page: &mut Page) {
    let (Some(day), Some(time)) = (
        row.text_at(&["maintenance_policy", "day"]),
        row.text_at(&["maintenance_policy", "start_time"]),
    ) else {
        return;
    };
    if DAYS.contains(&day) {
        let time = word(&format!("{time:0>5}"));
        page.line(
            3,
            &format!(
                "maintenance: {}   # UTC",
                map([("day", day.to_owned()), ("startTime", time)])
            ),
        );
    }
}

fn node_pool(pool: &Value, page: &mut Page) {
    let number = |key: &str| pool.field(key).and_then(ValueExt::int).unwrap_or_default();
    let autoscale = pool.field("auto_scale").is_some_and(ValueExt::is_true);
    let (least, most) = (number("min_nodes"), number("max_nodes").max(1));
    let count = number("count").max(1);
    let count = if autoscale && least <= most {
        count.clamp(least.max(1), most)
    } else {
        count
    };
    let mut members = vec![
        ("name", word(text(pool, "name"))),
        ("size", word(text(pool, "size"))),
        ("count", count.to_string()),
    ];
    if autoscale {
        members.push((
            "autoscale",
            map([("min", least.to_string()), ("max", most.to_string())]),
        ));
    }
    let labels = pool.field("labels").into_iter().flat_map(ValueExt::members);
    let own = labels.filter(|(key, _)| !OWN_LABELS.iter().any(|begin| key.starts_with(begin)));
    let own: Vec<(&str, String)> = own
        .filter_map(|(key, value)| Some((key, word(value.text()?))))
        .collect();
    if !own.is_empty() {
        members.push(("labels", map(own)));
    }
    let taints: Vec<String> = pool.items_at(&["taints"]).iter().map(taint).collect();
    if !taints.is_empty() {
        members.push(("taints", format!("[{}]", taints.join(", "))));
    }
    page.line(4, &format!("- {}", map(members)));
}

fn taint(taint: &Value) -> String {
    let value = Some(text(taint, "value")).filter(|value| !value.is_empty());
    let value = value.map(|value| ("value", word(value)));
    let key = ("key", word(text(taint, "key")));
    let effect = ("effect", word(text(taint, "effect")));
    map([key].into_iter().chain(value).chain([effect]))
}
