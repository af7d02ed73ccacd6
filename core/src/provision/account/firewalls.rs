//! Firewalls beyond the two that DOKS keeps.

use super::Part;
use super::firewall_rows::{firewall_differences, firewall_row, firewall_settings};
use crate::findings::FixAction;
use crate::plan::{Difference, id_of};
use crate::provision::steps::{Steps, of_account};
use crate::spec::{Firewall, Peers, Ports, Protocol};
use crate::value::{Value, ValueExt, array, object};

pub(super) fn plan(part: &Part<'_>, steps: &mut Steps) {
    let cluster = part
        .declared
        .cluster
        .as_ref()
        .map(|cluster| cluster.name.as_str());
    for declared in &part.declared.firewalls {
        let name = declared.name.as_str();
        let own = cluster.map(|cluster| format!("k8s:{}", id_of("Cluster", cluster)));
        if let Some(row) = part.account.named("firewalls", name).next() {
            // On whose nodes it lies does not say who put it there.
            let target = of_account("Firewall", name, row.text_at(&["id"]));
            let settings = firewall_settings(declared, &part.nodes);
            let differs = firewall_differences(&settings, &firewall_row(row, &part.nodes));
            // Before which Droplets it lies, a person says.
            let differs = differs.into_iter().map(|words| Difference {
                repaired: !words.starts_with("it "),
                words,
            });
            steps.stands(target, false, differs.collect());
            continue;
        }
        let tags: Vec<Value> = if declared.tags.is_empty() {
            own.iter().map(|tag| Value::from(tag.as_str())).collect()
        } else {
            declared
                .tags
                .iter()
                .map(|tag| Value::from(tag.as_str()))
                .collect()
        };
        let (inbound, outbound) = rules(declared);
        let after = cluster.map(|cluster| format!("Cluster {cluster}"));
        steps.make(
            FixAction::FirewallCreate,
            of_account("Firewall", name, None),
            object([
                ("inbound_rules", array(inbound)),
                ("name", Value::from(name)),
                ("outbound_rules", array(outbound)),
                ("tags", array(tags)),
            ]),
            &format!("create firewall {name}"),
            &after.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
}

pub(super) fn rules(declared: &Firewall) -> (Vec<Value>, Vec<Value>) {
    let inbound = declared.inbound_rules.iter().map(|rule| {
        let ports = rule.ports.as_ref().map(Ports::as_str);
        object(
            head(rule.protocol, ports)
                .into_iter()
                .chain([("sources", peers(&rule.sources))]),
        )
    });
    let outbound = declared.outbound_rules.iter().map(|rule| {
        let ports = rule.ports.as_ref().map(Ports::as_str);
        object(
            head(rule.protocol, ports)
                .into_iter()
                .chain([("destinations", peers(&rule.destinations))]),
        )
    });
    (inbound.collect(), outbound.collect())
}

/// All ports are `0` in the API; ICMP has none.
fn head(protocol: Protocol, ports: Option<&str>) -> Vec<(&'static str, Value)> {
    let word = match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Icmp => "icmp",
    };
    let mut head = vec![("protocol", Value::from(word))];
    if protocol != Protocol::Icmp {
        let ports = ports.filter(|ports| *ports != "all").unwrap_or("0");
        head.push(("ports", Value::from(ports)));
    }
    head
}

fn peers(peers: &Peers) -> Value {
    let addresses: Vec<Value> = peers
        .addresses
        .iter()
        .map(|one| Value::from(one.as_str()))
        .collect();
    let tags: Vec<Value> = peers.tags.iter().map(|one| Value::from(one.as_str())).collect();
    let mut members = Vec::new();
    if !addresses.is_empty() {
        members.push(("addresses", array(addresses)));
    }
    if !tags.is_empty() {
        members.push(("tags", array(tags)));
    }
    object(members)
}
