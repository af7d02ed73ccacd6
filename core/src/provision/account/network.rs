//! The private network, and that nobody else in the account has its addresses.

use super::{Account, Part, description, is_marked};
use crate::findings::FixAction;
use crate::provision::steps::{Steps, of_account};
use crate::spec::{DigitalOcean, Spec};
use crate::value::{Value, ValueExt, object};
use ipnet::IpNet;

/// What DigitalOcean uses itself, in all regions.
const RESERVED: [&str; 4] = ["10.229.0.0/16", "10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24"];

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
    if let Some(row) = of_own_cluster(part.declared, part.account) {
        let id = row.text_at(&["id"]).unwrap_or_default();
        let is = row.text_at(&["name"]).unwrap_or_default();
        steps.conflicts(
            of_account("VPC", name, Some(id)),
            format!("the network of the cluster is called {is}, declared is {name}"),
            format!("no cluster changes its network: declare {is}, or give that its name again: doctl vpcs update {id} --name {name}"),
        );
        return;
    }
    if let Some((range, reserved)) = range.and_then(|range| Some((range, reserved(*range.meaning())?))) {
        steps.conflicts(
            of_account("VPC", name, None),
            format!("VPC {name} cannot have the addresses {range}: DigitalOcean keeps {reserved} for itself"),
            "declare another vpc.ipRange",
        );
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

/// The network in which the declared cluster has its nodes, where the declared one is not there.
pub(super) fn of_own_cluster<'a>(declared: &DigitalOcean, account: &'a Account) -> Option<&'a Value> {
    let (vpc, cluster) = (declared.vpc.as_ref()?, declared.cluster.as_ref()?);
    if account.named("vpcs", vpc.name.as_str()).next().is_some() {
        return None;
    }
    let region = declared.region.as_str();
    let mut clusters = account.named("kubernetes_clusters", cluster.name.as_str());
    let cluster = clusters.find(|row| row.text_at(&["region"]) == Some(region))?;
    let of = cluster.text_at(&["vpc_uuid"])?;
    let mut networks = account.rows("vpcs").iter();
    networks.find(|row| row.text_at(&["id"]) == Some(of))
}

/// What of these addresses DigitalOcean keeps for itself. A network that is older than that may have them.
/// <https://docs.digitalocean.com/products/networking/vpc/concepts/plan-your-network/>
fn reserved(range: IpNet) -> Option<IpNet> {
    let mut reserved = RESERVED.iter().filter_map(|net| net.parse::<IpNet>().ok());
    reserved.find(|net| net.contains(&range) || range.contains(net))
}

/// The addresses that a spec declares: the field, whose they are (`VPC stage`, `the Pods of cluster stage`), and which.
fn declared_addresses(declared: &DigitalOcean) -> Vec<(&'static str, String, IpNet)> {
    let vpc = declared.vpc.as_ref();
    let range = vpc.and_then(|vpc| Some((format!("VPC {}", vpc.name), *vpc.ip_range.as_ref()?.meaning())));
    let cluster = declared.cluster.as_ref();
    let subnets = cluster.into_iter().flat_map(|cluster| {
        [
            ("cluster.clusterSubnet", "Pods", &cluster.cluster_subnet),
            ("cluster.serviceSubnet", "Services", &cluster.service_subnet),
        ]
        .into_iter()
        .filter_map(|(field, what, subnet)| {
            let whose = format!("the {what} of cluster {}", cluster.name);
            Some((field, whose, *subnet.as_ref()?.meaning()))
        })
    });
    let range = range.map(|(whose, range)| ("vpc.ipRange", whose, range));
    range.into_iter().chain(subnets).collect()
}

/// What other environments declare, by what has the addresses: there may be nothing of it in the account yet.
pub fn addresses_of_others<'s>(others: impl IntoIterator<Item = &'s Spec>) -> Vec<(String, IpNet)> {
    let mut all = Vec::new();
    for other in others {
        let declared = other.environment.spec.digitalocean.as_ref();
        for (_, whose, range) in declared.into_iter().flat_map(declared_addresses) {
            all.push((
                format!("{whose}, which environment {} declares", other.name()),
                range,
            ));
        }
    }
    all
}

/// Whether that which has the addresses of a field is there.
fn stands(part: &Part<'_>, field: &str) -> bool {
    let region = part.declared.region.as_str();
    let (kind, name) = if field.starts_with("vpc.") {
        ("VPC", part.declared.vpc.as_ref().map(|vpc| vpc.name.as_str()))
    } else {
        let cluster = part.declared.cluster.as_ref();
        ("Cluster", cluster.map(|cluster| cluster.name.as_str()))
    };
    name.is_some_and(|name| part.account.id(region, kind, name).is_some())
}

/// Declared addresses against those of every other network, of every other cluster's Pods and Services, and of the other
/// environments.
fn overlaps(part: &Part<'_>, steps: &mut Steps) {
    let own = declared_addresses(part.declared);
    let (vpc, cluster) = (part.declared.vpc.as_ref(), part.declared.cluster.as_ref());
    let mut others: Vec<(String, IpNet)> = Vec::new();
    for row in part.account.rows("vpcs") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        let own = of_own_cluster(part.declared, part.account).and_then(|own| own.text_at(&["id"]));
        let is_own = own.is_some() && own == row.text_at(&["id"]);
        if is_own || vpc.is_some_and(|vpc| vpc.name.as_str() == name) {
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
    // What two environments share is no other's; what stands already was told above.
    let known = |whose: &str| {
        let same = |mine: &str| whose.strip_prefix(mine).is_some_and(|rest| rest.starts_with(','));
        own.iter().any(|(_, mine, _)| same(mine)) || others.iter().any(|(one, _)| same(one))
    };
    let declared = part.account.declared_by_others.iter();
    let wanted: Vec<_> = declared.filter(|(whose, _)| !known(whose)).collect();
    for (what, mine, declared) in &own {
        let stands = stands(part, what);
        for (whose, taken) in others.iter().chain(wanted.iter().copied()) {
            if !overlap(declared, taken) {
                continue;
            }
            // Who came first has the addresses: what does not exist yet is in nobody's way.
            if stands && wanted.iter().any(|(one, _)| one == whose) {
                steps.notes.push(format!(
                    "{taken} of {whose}, overlaps {declared} of {mine}, which stands: it cannot be made so"
                ));
            } else {
                steps.conflicts(
                    of_account("VPC", vpc.map_or("none", |vpc| vpc.name.as_str()), None),
                    format!("digitalocean.{what} {declared} overlaps {taken} of {whose}"),
                    "declare addresses that nothing else has, in the account or in another environment",
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
