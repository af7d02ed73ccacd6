//! Address ranges that must not collide, and hosts and Services that appear once.

use super::Sheet;
use crate::spec::node::Node;
use crate::spec::secrecy::shown;
use ipnet::{IpNet, Ipv4Net};
use std::net::Ipv4Addr;

pub(super) fn check(sheet: &mut Sheet<'_>) {
    subnets(sheet);
    vpc(sheet);
    control_plane(sheet);
    services(sheet);
    hosts(sheet);
}

/// A range that can be read.
fn range(node: &Node) -> Option<IpNet> {
    node.text()?.parse().ok()
}

const RANGES: [(&str, &[&str]); 3] = [
    ("vpc.ipRange", &["digitalocean", "vpc", "ipRange"]),
    (
        "cluster.clusterSubnet",
        &["digitalocean", "cluster", "clusterSubnet"],
    ),
    (
        "cluster.serviceSubnet",
        &["digitalocean", "cluster", "serviceSubnet"],
    ),
];

fn subnets(sheet: &mut Sheet<'_>) {
    let ranges: Vec<(&str, &Node, IpNet)> = RANGES
        .iter()
        .filter_map(|(name, keys)| {
            let node = sheet.section(keys)?;
            Some((*name, node, range(node)?))
        })
        .collect();
    for (index, (name, node, own)) in ranges.iter().enumerate() {
        let overlapping = ranges[..index]
            .iter()
            .find(|(_, _, other)| own.contains(other) || other.contains(own));
        if let Some((other_name, other, other_range)) = overlapping {
            let related = sheet.value_place(&other.origin);
            let problem = sheet.at(
                node,
                format!("{name} {own} overlaps {other_name} {other_range}"),
                "choose ranges that share no address; neither can be changed once the cluster exists",
            );
            problem.related = Some((related, format!("{other_name} is here")));
        }
    }
    let cluster = |key: &str| sheet.section(&["digitalocean", "cluster", key]);
    for (given, absent) in [
        ("clusterSubnet", "serviceSubnet"),
        ("serviceSubnet", "clusterSubnet"),
    ] {
        let damaged = sheet.damaged(&["digitalocean", "cluster", absent]);
        if let (Some(node), None, false) = (cluster(given), cluster(absent), damaged) {
            sheet.at_key(
                node,
                format!("`{given}` without `{absent}`"),
                "give both for a VPC-native cluster, or neither",
            );
            return;
        }
    }
    for (name, node, own) in &ranges {
        if !matches!(own, IpNet::V4(_)) {
            sheet.at(
                node,
                format!("{name} is not an IPv4 network"),
                "write an IPv4 network, as 10.20.0.0/20",
            );
        }
    }
}

fn vpc(sheet: &mut Sheet<'_>) {
    let Some(node) = sheet.section(&["digitalocean", "vpc", "ipRange"]) else {
        return;
    };
    let Some(IpNet::V4(own)) = range(node) else { return };
    let private = [
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
    ];
    let inside = private
        .iter()
        .filter_map(|(address, length)| Ipv4Net::new(*address, *length).ok())
        .any(|block| block.contains(&own));
    if !inside {
        sheet.at(
            node,
            format!("vpc.ipRange {own} is not private"),
            "a VPC lies in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        );
    }
    if !(16..=28).contains(&own.prefix_len()) {
        sheet.at(
            node,
            format!("vpc.ipRange {own} has a length that DigitalOcean refuses"),
            "a VPC is a network from /16 to /28",
        );
    }
}

fn control_plane(sheet: &mut Sheet<'_>) {
    for node in sheet.list(&[
        "digitalocean",
        "cluster",
        "controlPlaneFirewall",
        "allowedAddresses",
    ]) {
        let Some(text) = node.text() else { continue };
        if text.parse::<std::net::Ipv6Addr>().is_ok() || text.parse::<ipnet::Ipv6Net>().is_ok() {
            sheet.at(
                node,
                format!("{} is not an IPv4 address", shown(text)),
                "this firewall knows IPv4 only",
            );
        }
    }
}

fn services(sheet: &mut Sheet<'_>) {
    let exposed = sheet.list(&["exposure"]);
    for (index, item) in exposed.iter().enumerate() {
        let Some(service) = item.get("service") else {
            continue;
        };
        let first = exposed[..index]
            .iter()
            .filter_map(|other| other.get("service"))
            .find(|other| other.text().is_some() && other.text() == service.text());
        if let Some(first) = first {
            let related = sheet.value_place(&first.origin);
            let shown = shown(service.text().unwrap_or_default());
            let problem = sheet.at(
                service,
                format!("Service {shown} is exposed twice"),
                "a Service has one load balancer; remove one of the two",
            );
            problem.related = Some((related, "the first one".to_owned()));
        }
    }
}

/// A host belongs to one namespace.
fn hosts(sheet: &mut Sheet<'_>) {
    let Some(hosts) = sheet.section(&["ingress", "hosts"]) else {
        return;
    };
    let mut seen: Vec<(&str, &str, &Node)> = Vec::new();
    for (namespace, list) in hosts.members() {
        for (position, item) in list.items().iter().enumerate() {
            let Some(host) = item.text() else { continue };
            let twice_here = list.items()[..position]
                .iter()
                .any(|other| other.text() == Some(host));
            let elsewhere = seen.iter().find(|(_, other, _)| *other == host).copied();
            if twice_here {
                sheet.at(
                    item,
                    format!("{} stands twice for {}", shown(host), shown(namespace)),
                    "remove one of them",
                );
            } else if let Some((other, _, first)) = elsewhere {
                let related = sheet.value_place(&first.origin);
                let problem = sheet.at(
                    item,
                    format!(
                        "host {} belongs to both {} and {}",
                        shown(host),
                        shown(other),
                        shown(namespace)
                    ),
                    "give each namespace hosts of its own",
                );
                problem.related = Some((related, "the other one".to_owned()));
            } else {
                seen.push((namespace, host, item));
            }
        }
    }
}
