//! Firewalls as they are declared, beside what the account has: rules as sentences, one for each peer, since the API groups and
//! orders them in ways of its own and spells all ports in several; and what they lie before.

use super::Account;
use super::firewalls::rules;
use crate::inventory::doks::{NODE_TAGS, is_own_firewall};
use crate::path::scalar_text;
use crate::plan::rules_one_by_one;
use crate::spec::{Firewall, Spec};
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeSet;

/// The lists of a firewall, with the side on which their peers are, and how a rule of them is called.
const LISTS: [(&str, &str, &str); 2] = [
    ("inbound_rules", "sources", "inbound"),
    ("outbound_rules", "destinations", "outbound"),
];
const TARGETS: &str = "targets";

/// The nodes of the declared cluster: its id, the tag that all of them have and no others, those that others may have as well, and the
/// ids of their Droplets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OwnNodes {
    cluster: String,
    tag: Option<String>,
    tags: BTreeSet<String>,
    droplets: BTreeSet<String>,
}

impl OwnNodes {
    /// None where the cluster is not there.
    pub(super) fn of(spec: &Spec, account: &Account) -> Self {
        let declared = spec.environment.spec.digitalocean.as_ref();
        let cluster = declared.and_then(|declared| {
            let name = declared.cluster.as_ref()?.name.as_str();
            account.id(declared.region.as_str(), "Cluster", name)
        });
        let Some(id) = cluster else {
            return Self::default();
        };
        let mut rows = account.rows("kubernetes_clusters").iter();
        let row = rows.find(|row| row.text_at(&["id"]) == Some(&id));
        let pools = row.map_or(&[][..], |row| row.items_at(&["node_pools"])).iter();
        let of_pools = pools.clone().flat_map(|pool| pool.items_at(&["tags"]));
        let tags = of_pools.filter_map(ValueExt::text).chain(NODE_TAGS);
        let nodes = pools.flat_map(|pool| pool.items_at(&["nodes"]));
        Self {
            tag: Some(format!("k8s:{id}")),
            tags: tags.map(ToOwned::to_owned).collect(),
            cluster: id,
            droplets: nodes
                .filter_map(|node| node.field("droplet_id"))
                .map(scalar_text)
                .collect(),
        }
    }

    /// Whether a firewall lies before one of them at least, and is none of those that DOKS keeps.
    pub(super) fn are_behind(&self, firewall: &Value) -> bool {
        let Some(own) = &self.tag else { return false };
        let name = firewall.text_at(&["name"]).unwrap_or_default();
        let mut tags = firewall.items_at(&["tags"]).iter().filter_map(ValueExt::text);
        let mut droplets = firewall.items_at(&["droplet_ids"]).iter().map(scalar_text);
        let reaches = tags.any(|tag| tag == own || self.tags.contains(tag))
            || droplets.any(|droplet| self.droplets.contains(&droplet));
        reaches && !is_own_firewall(name, &self.cluster)
    }
}

/// What is declared of a firewall. Before what it lies is left out where that is the nodes of a cluster that is not there.
pub(super) fn firewall_settings(declared: &Firewall, own: &OwnNodes) -> Value {
    let (inbound, outbound) = rules(declared);
    let row = object([
        ("inbound_rules", array(inbound)),
        ("outbound_rules", array(outbound)),
    ]);
    let tags = declared.tags.iter().map(|tag| format!("tag {tag}"));
    let targets = match (declared.tags.is_empty(), &own.tag) {
        (true, None) => None,
        (true, Some(own)) => Some(texts([format!("tag {own}")])),
        (false, _) => Some(texts(tags)),
    };
    let targets = targets.map(|targets| (TARGETS, targets));
    object(lists(&row).into_iter().chain(targets))
}

/// The same of one that stands. One that lies before the cluster's own Droplets lies before its nodes.
pub(super) fn firewall_row(row: &Value, own: &OwnNodes) -> Value {
    let tags = row.items_at(&["tags"]).iter().filter_map(ValueExt::text);
    let mut targets: BTreeSet<String> = tags.map(|tag| format!("tag {tag}")).collect();
    for droplet in row.items_at(&["droplet_ids"]).iter().map(scalar_text) {
        targets.insert(match &own.tag {
            Some(tag) if own.droplets.contains(&droplet) => format!("tag {tag}"),
            _ => format!("Droplet {droplet}"),
        });
    }
    object(lists(row).into_iter().chain([(TARGETS, texts(targets))]))
}

/// In which way one that stands is not as it is declared.
pub(super) fn firewall_differences(declared: &Value, live: &Value) -> Vec<String> {
    let of = |side: &Value, key: &str| -> BTreeSet<String> {
        let items = side.items_at(&[key]).iter().filter_map(ValueExt::text);
        items.map(ToOwned::to_owned).collect()
    };
    let mut differs = Vec::new();
    for (list, _, way) in LISTS {
        let (wanted, is) = (of(declared, list), of(live, list));
        differs.extend(
            wanted
                .difference(&is)
                .map(|rule| format!("{way} rule {rule} is missing")),
        );
        differs.extend(
            is.difference(&wanted)
                .map(|rule| format!("{way} rule {rule} is not declared")),
        );
    }
    if declared.field(TARGETS).is_some() {
        let (wanted, is) = (of(declared, TARGETS), of(live, TARGETS));
        let missing = wanted.difference(&is);
        differs.extend(missing.map(|one| format!("it does not lie before {one}: give it that yourself")));
        let beside = is.difference(&wanted);
        differs.extend(beside.map(|one| format!("it lies before {one}, which is not declared")));
    }
    differs
}

fn lists(row: &Value) -> Vec<(&'static str, Value)> {
    let of = |(list, side, _): (&'static str, &str, &str)| {
        let rules = rules_one_by_one(row, list);
        (list, texts(rules.iter().map(|rule| sentence(rule, side))))
    };
    LISTS.map(of).into()
}

/// `tcp 22 from 198.51.100.0/24`
fn sentence(rule: &Value, peers: &str) -> String {
    let protocol = rule
        .text_at(&["protocol"])
        .filter(|protocol| !protocol.is_empty());
    let ports = match rule.text_at(&["ports"]) {
        None | Some("0") => "all",
        Some(ports) => ports,
    };
    let kinds = rule.field(peers).into_iter().flat_map(ValueExt::members);
    let who: Vec<String> = kinds
        .flat_map(|(kind, list)| {
            let noun = match kind {
                "addresses" => "",
                "droplet_ids" => "Droplet ",
                "kubernetes_ids" => "cluster ",
                "load_balancer_uids" => "load balancer ",
                "tags" => "tag ",
                other => other,
            };
            let items = list.items().iter();
            items.map(move |one| format!("{noun}{}", scalar_text(one)))
        })
        .collect();
    let way = if peers == "sources" { "from" } else { "to" };
    format!("{} {ports} {way} {}", protocol.unwrap_or("any"), who.join(", "))
}

/// A list without order.
fn texts(texts: impl IntoIterator<Item = String>) -> Value {
    let texts: BTreeSet<String> = texts.into_iter().collect();
    array(texts.iter().map(|text| Value::from(text.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = r#"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  digitalocean:
    region: fra1
    firewalls:
      - name: office
        inboundRules:
          - {protocol: tcp, ports: "22", sources: {addresses: [198.51.100.0/24, 203.0.113.7], tags: [ops]}}
        outboundRules: [{protocol: icmp, destinations: {addresses: [0.0.0.0/0]}}]
"#;

    fn differences(row: &str, tags: &str) -> Vec<String> {
        let text = SPEC.replace("name: office", &format!("name: office\n        tags: {tags}"));
        let spec = crate::spec::load("main.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap();
        let declared = &spec.environment.spec.digitalocean.as_ref().unwrap().firewalls[0];
        let own = OwnNodes {
            tag: Some("k8s:c1".to_owned()),
            droplets: BTreeSet::from(["7".to_owned()]),
            ..OwnNodes::default()
        };
        let row = Value::from_json_str(row).unwrap();
        firewall_differences(&firewall_settings(declared, &own), &firewall_row(&row, &own))
    }

    /// However the API groups, orders and spells them.
    const SAME: &str = r#""outbound_rules": [{"protocol": "icmp", "ports": "0", "destinations": {"addresses": ["0.0.0.0/0"]}}],
        "inbound_rules": [{"protocol": "tcp", "ports": "22", "sources": {"tags": ["ops"], "addresses": ["203.0.113.7/32"]}},
                          {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["198.51.100.0/24"], "droplet_ids": []}}]"#;

    #[test]
    fn the_same_rules_and_targets_are_no_difference_however_they_are_written() {
        let none: [&str; 0] = [];
        assert_eq!(
            differences(&format!(r#"{{{SAME}, "tags": ["k8s:c1"]}}"#), "[]"),
            none
        );
        // By the Droplets of its nodes.
        let row = format!(r#"{{{SAME}, "tags": [], "droplet_ids": [7]}}"#);
        assert_eq!(differences(&row, "[]"), none);
        assert_eq!(
            differences(&format!(r#"{{{SAME}, "tags": ["b", "a"]}}"#), "[a, b]"),
            none
        );
    }

    #[test]
    fn each_rule_and_each_target_that_differs_is_told_by_itself() {
        let row = format!(r#"{{{SAME}, "tags": ["other"], "droplet_ids": [8]}}"#)
            .replace("198.51.100.0/24", "198.51.100.0/25")
            .replace(r#""tags": ["ops"], "#, "");
        assert_eq!(
            differences(&row, "[]"),
            [
                "inbound rule tcp 22 from 198.51.100.0/24 is missing",
                "inbound rule tcp 22 from tag ops is missing",
                "inbound rule tcp 22 from 198.51.100.0/25 is not declared",
                "it does not lie before tag k8s:c1: give it that yourself",
                "it lies before Droplet 8, which is not declared",
                "it lies before tag other, which is not declared",
            ]
        );
    }
}
