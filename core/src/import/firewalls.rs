//! Firewalls that reach the nodes, beyond the two that DOKS owns.

use super::page::{Page, list, map, quoted, text, texts, word};
use super::seen::Seen;
use super::whose::droplets;
use crate::inventory::doks::{NODE_TAGS, is_own_firewall};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// All of IPv4 or IPv6. Whoever admits them is told by the audit; a spec that was written by nobody must not excuse it.
pub(super) const WORLD: [&str; 2] = ["0.0.0.0/0", "::/0"];

pub(super) fn write(seen: &Seen<'_>, cluster: &Value, page: &mut Page) {
    let unread = seen.unread(&["digitalocean.firewalls"]);
    if !unread.is_empty() {
        page.unseen(2, &format!("firewalls: not declared: {}", unread.join("; ")));
        return;
    }
    let id = seen.cluster_id();
    let nodes = droplets(cluster);
    let own_tag = format!("k8s:{id}");
    let pools: BTreeSet<&str> = cluster
        .items_at(&["node_pools"])
        .iter()
        .flat_map(|pool| texts(pool, &["tags"]))
        .collect();
    let reaches = |row: &&Value| {
        let by_tag = texts(row, &["tags"])
            .any(|tag| tag == own_tag || NODE_TAGS.contains(&tag) || pools.contains(tag));
        let ids = row.items_at(&["droplet_ids"]).iter();
        let by_id = ids
            .filter_map(|id| u64::try_from(id.int()?).ok())
            .any(|id| nodes.contains(&id));
        by_tag || by_id
    };
    let mut rows: Vec<&Value> = seen
        .rows("digitalocean.firewalls")
        .iter()
        .filter(|row| !is_own_firewall(text(row, "name"), id))
        .filter(reaches)
        .collect();
    rows.sort_by_key(|row| text(row, "name"));
    if rows.is_empty() {
        return;
    }
    page.line(2, "firewalls:   # beyond the two that DOKS owns");
    let before = page.lines();
    for row in rows {
        firewall(row, &own_tag, page);
    }
    if page.lines() == before {
        page.line(3, "[]");
    }
}

fn firewall(row: &Value, own_tag: &str, page: &mut Page) {
    let name = text(row, "name");
    let world =
        |rule: &&Value| texts(rule, &["sources", "addresses"]).any(|address| WORLD.contains(&address));
    let open = row.items_at(&["inbound_rules"]).iter().any(|rule| world(&rule));
    let inbound = rules(
        row.items_at(&["inbound_rules"])
            .iter()
            .filter(|rule| !world(rule)),
        "sources",
    );
    let outbound = rules(row.items_at(&["outbound_rules"]).iter(), "destinations");
    if open {
        page.say(
            3,
            &format!("firewall {name} admits the whole world: that is left for the audit to tell. Declare it where it is meant."),
        );
    }
    if open && inbound.0.is_empty() && inbound.1 == 0 {
        return;
    }
    if inbound.0.is_empty() && outbound.0.is_empty() {
        page.unseen(
            3,
            &format!("firewall {name} has no rule that a spec can name, and is not declared"),
        );
        return;
    }
    page.line(3, &format!("- name: {}", word(name)));
    let tags: Vec<&str> = texts(row, &["tags"]).collect();
    if !tags.is_empty() && tags != [own_tag] {
        page.line(4, &format!("tags: {}", list(tags)));
    }
    for (key, (rules, left)) in [("inboundRules", inbound), ("outboundRules", outbound)] {
        if !rules.is_empty() {
            page.line(4, &format!("{key}:"));
        }
        for rule in rules {
            page.line(5, &format!("- {rule}"));
        }
        if left > 0 {
            page.unseen(
                4,
                &format!("{key}: firewall {name} has {left} more, by Droplets, load balancers or clusters, which a spec cannot name"),
            );
        }
    }
}

/// The rules that a spec can name, and how many it cannot.
fn rules<'v>(rules: impl Iterator<Item = &'v Value>, peers: &str) -> (Vec<String>, usize) {
    let mut written = Vec::new();
    let mut left = 0;
    for rule in rules {
        let names: Vec<(&str, String)> = ["addresses", "tags"]
            .into_iter()
            .filter_map(|kind| {
                let items: Vec<&str> = texts(rule, &[peers, kind]).collect();
                (!items.is_empty()).then(|| (kind, list(items)))
            })
            .collect();
        let others = ["droplet_ids", "load_balancer_uids", "kubernetes_ids"];
        if others
            .iter()
            .any(|kind| !rule.items_at(&[peers, kind]).is_empty())
        {
            left += 1;
        }
        if names.is_empty() {
            continue;
        }
        let protocol = text(rule, "protocol");
        let ports = Some(text(rule, "ports"));
        let ports = ports.filter(|ports| protocol != "icmp" && !matches!(*ports, "" | "0" | "all"));
        let members = [("protocol", word(protocol))]
            .into_iter()
            .chain(ports.map(|ports| ("ports", quoted(ports))))
            .chain([(peers, map(names))]);
        written.push(map(members));
    }
    (written, left)
}
