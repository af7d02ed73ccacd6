//! The private network, and that nobody else in the account has its addresses.

use super::{Part, description, is_marked};
use crate::findings::FixAction;
use crate::provision::steps::{Steps, of_account};
use crate::value::{Value, ValueExt, object};
use ipnet::IpNet;

pub(super) fn plan(part: &Part<'_>, steps: &mut Steps) {
    overlaps(part, steps);
    let Some(declared) = &part.declared.vpc else {
        return;
    };
    let (name, region) = (declared.name.as_str(), part.declared.region.as_str());
    let range = declared.ip_range.as_ref();
    if let Some(row) = part.account.named("vpcs", name).next() {
        let target = of_account("VPC", name, row.text_at(&["id"]));
        let is = |key: &str| row.text_at(&[key]).unwrap_or("not told");
        if is("region") != region {
            steps.conflicts(
                target,
                format!("VPC {name} is in {}, declared is {region}", is("region")),
                "a network cannot be moved: declare another name, or that region",
            );
        } else if let Some(range) = range.filter(|range| is("ip_range").parse() != Ok(*range.meaning())) {
            steps.conflicts(
                target,
                format!(
                    "VPC {name} has the addresses {}, declared is {range}",
                    is("ip_range")
                ),
                "the addresses of a network cannot be changed: declare those that it has, or another name",
            );
        } else {
            steps.stands(target, is_marked(row, part.environment), Vec::new());
        }
        return;
    }
    let mut data = vec![
        ("description", Value::from(description(part.environment).as_str())),
        ("name", Value::from(name)),
        ("region", Value::from(region)),
    ];
    data.extend(range.map(|range| ("ip_range", Value::from(range.as_str()))));
    let words = range.map_or_else(String::new, |range| format!(" ({range})"));
    steps.make(
        FixAction::VpcCreate,
        of_account("VPC", name, None),
        object(data),
        &format!("create VPC {name} in {region}{words}"),
        &[],
    );
}

/// Declared addresses against those of every other network, and of every other cluster's Pods and Services.
fn overlaps(part: &Part<'_>, steps: &mut Steps) {
    let mut own: Vec<(&str, IpNet)> = Vec::new();
    let vpc = part.declared.vpc.as_ref();
    own.extend(vpc.and_then(|vpc| Some(("vpc.ipRange", *vpc.ip_range.as_ref()?.meaning()))));
    let cluster = part.declared.cluster.as_ref();
    if let Some(cluster) = cluster {
        let subnets = [
            ("cluster.clusterSubnet", &cluster.cluster_subnet),
            ("cluster.serviceSubnet", &cluster.service_subnet),
        ];
        own.extend(
            subnets
                .into_iter()
                .filter_map(|(what, subnet)| Some((what, *subnet.as_ref()?.meaning()))),
        );
    }
    let mut others: Vec<(String, IpNet)> = Vec::new();
    for row in part.account.rows("vpcs") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        if vpc.is_some_and(|vpc| vpc.name.as_str() == name) {
            continue;
        }
        others.extend(range(row, "ip_range").map(|range| (format!("VPC {name}"), range)));
    }
    for row in part.account.rows("kubernetes_clusters") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        if cluster.is_some_and(|cluster| cluster.name.as_str() == name) {
            continue;
        }
        for (field, what) in [("cluster_subnet", "Pods"), ("service_subnet", "Services")] {
            others.extend(range(row, field).map(|range| (format!("the {what} of cluster {name}"), range)));
        }
    }
    for (what, declared) in own {
        for (whose, taken) in &others {
            if overlap(&declared, taken) {
                steps.conflicts(
                    of_account("VPC", vpc.map_or("none", |vpc| vpc.name.as_str()), None),
                    format!("digitalocean.{what} {declared} overlaps {taken} of {whose}"),
                    "declare addresses that nothing else in the account has",
                );
            }
        }
    }
}

fn range(row: &Value, field: &str) -> Option<IpNet> {
    row.text_at(&[field])?.parse().ok()
}

fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}
