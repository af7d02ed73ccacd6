//! What the spec declares of the account, in the words of the API, beside what there is: of each thing the settings that are
//! declared, and nothing else of it. Plans say by this what differs, and so does a look at drift.

use super::balancer_rows::of_balancers;
use super::bucket_rows::of_buckets;
use super::cluster::{day, pool_data};
use super::firewall_rows::{OwnNodes, firewall_row, firewall_settings};
use super::network::of_own_cluster;
use super::versions::is_version;
use super::{Account, project, registry};
use crate::inventory::ResourceRef;
use crate::provision::steps::of_account;
use crate::spec::{Cluster, DigitalOcean, NodePool, Project, Spec, Vpc};
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeMap;

/// The collections that [`rows`] looks at.
pub const LOOKED_AT: [&str; 9] = [
    "digitalocean.firewalls",
    "digitalocean.kubernetes_clusters",
    "digitalocean.load_balancers",
    "digitalocean.projects",
    "digitalocean.registries",
    "digitalocean.vpcs",
    "spaces.acls",
    "spaces.buckets",
    "spaces.versionings",
];

/// A declared thing of the account.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredRow {
    /// What, with its id where it exists.
    pub target: ResourceRef,
    /// The settings that are declared.
    pub declared: Value,
    /// The same thing as the account has it; `None` where it has none.
    pub live: Option<Value>,
    /// The collections by which that is known.
    pub by: &'static [&'static str],
}

/// The declared things, and those beside them that nobody declared: node pools of the declared cluster, and firewalls that somebody
/// put before its nodes. `balancers`: the load balancer that a Service says is its own, by namespace and name.
pub fn rows(
    spec: &Spec,
    account: &Account,
    balancers: &BTreeMap<(String, String), String>,
) -> (Vec<DeclaredRow>, Vec<ResourceRef>) {
    let Some(declared) = spec.environment.spec.digitalocean.as_ref() else {
        return Default::default();
    };
    let mut all = Vec::new();
    let mut beside = Vec::new();
    all.extend(
        declared
            .project
            .as_ref()
            .map(|project| of_project(project, account)),
    );
    all.extend(declared.vpc.as_ref().map(|vpc| of_vpc(vpc, declared, account)));
    all.extend(of_registry(declared, account));
    if let Some(cluster) = &declared.cluster {
        of_cluster(cluster, declared, account, &mut all, &mut beside);
    }
    let nodes = OwnNodes::of(spec, account);
    beside.extend(undeclared_firewalls(declared, account, &nodes));
    for firewall in &declared.firewalls {
        let live = account.named("firewalls", firewall.name.as_str()).next();
        all.push(DeclaredRow {
            target: of_account("Firewall", firewall.name.as_str(), live.and_then(id)),
            declared: firewall_settings(firewall, &nodes),
            live: live.map(|row| firewall_row(row, &nodes)),
            by: &["digitalocean.firewalls"],
        });
    }
    of_buckets(declared, account, &mut all);
    of_balancers(spec, account, balancers, &mut all);
    all.sort_by(|one, other| one.target.cmp(&other.target));
    beside.sort();
    (all, beside)
}

pub(super) fn id(row: &Value) -> Option<&str> {
    row.text_at(&["id"])
}

fn of_project(declared: &Project, account: &Account) -> DeclaredRow {
    let name = declared.name.as_str();
    let live = account.named("projects", name).next();
    let environment = declared
        .environment
        .map(|one| ("environment", Value::from(project::word(one))));
    DeclaredRow {
        target: of_account("Project", name, live.and_then(id)),
        declared: object(environment),
        live: live.cloned(),
        by: &["digitalocean.projects"],
    }
}

fn of_vpc(declared: &Vpc, account_section: &DigitalOcean, account: &Account) -> DeclaredRow {
    let name = declared.name.as_str();
    let live = account.named("vpcs", name).next();
    // One in which the cluster has its nodes is the same one under another name.
    let live = live.or_else(|| of_own_cluster(account_section, account));
    let range = declared.ip_range.as_ref();
    let range = range.map(|range| ("ip_range", network(range.as_str(), live, "ip_range")));
    let said = [
        ("name", Value::from(name)),
        ("region", Value::from(account_section.region.as_str())),
    ];
    DeclaredRow {
        target: of_account("VPC", name, live.and_then(id)),
        declared: object(said.into_iter().chain(range)),
        live: live.cloned(),
        by: &["digitalocean.vpcs"],
    }
}

/// An address range as the account writes it, where it means the same.
fn network(wanted: &str, live: Option<&Value>, key: &str) -> Value {
    let is = live.and_then(|row| row.text_at(&[key]));
    let same = is.filter(|is| {
        let nets = (is.parse::<ipnet::IpNet>(), wanted.parse::<ipnet::IpNet>());
        matches!(nets, (Ok(is), Ok(wanted)) if is == wanted)
    });
    Value::from(same.unwrap_or(wanted))
}

fn of_registry(declared: &DigitalOcean, account: &Account) -> Option<DeclaredRow> {
    let registry = declared.registry.as_ref()?;
    let name = registry.name.as_str();
    let live = account.named("registries", name).next();
    let tier = object([("slug", Value::from(registry::slug(registry.tier)))]);
    Some(DeclaredRow {
        target: of_account("Registry", name, None),
        declared: object([("subscription", object([("tier", tier)]))]),
        live: live.cloned(),
        by: &["digitalocean.registries"],
    })
}

fn of_cluster(
    cluster: &Cluster,
    declared: &DigitalOcean,
    account: &Account,
    all: &mut Vec<DeclaredRow>,
    beside: &mut Vec<ResourceRef>,
) {
    const BY: &[&str] = &["digitalocean.kubernetes_clusters"];
    let (name, region) = (cluster.name.as_str(), declared.region.as_str());
    let mut rows = account.named("kubernetes_clusters", name);
    let live = rows.find(|row| row.text_at(&["region"]) == Some(region));
    let mut settings = cluster_settings(cluster, live.unwrap_or(&Value::Null));
    if let (Some(vpc), Ok(members)) = (&declared.vpc, settings.as_object_mut())
        && let Some(id) = account.id(region, "VPC", vpc.name.as_str())
    {
        members.insert(Value::from("vpc_uuid"), Value::from(id.as_str()));
    }
    if let (Some(registry), Ok(members)) = (&declared.registry, settings.as_object_mut()) {
        let integrated = live.is_some_and(|row| {
            let mut own = row.items_at(&["registries"]).iter();
            own.any(|own| own.text() == Some(registry.name.as_str()))
        });
        if !integrated {
            members.insert(
                Value::from("registries"),
                array([Value::from(registry.name.as_str())]),
            );
        }
    }
    all.push(DeclaredRow {
        target: of_account("Cluster", name, live.and_then(id)),
        declared: settings,
        live: live.cloned(),
        by: BY,
    });
    let pools = live.map_or(&[][..], |row| row.items_at(&["node_pools"]));
    for pool in &cluster.node_pools {
        let name = pool.name.as_str();
        let live = pools.iter().find(|row| row.text_at(&["name"]) == Some(name));
        all.push(DeclaredRow {
            target: of_account("NodePool", name, live.and_then(id)),
            declared: pool_settings(pool),
            live: live.cloned(),
            by: BY,
        });
    }
    let is_declared = |name: &str| cluster.node_pools.iter().any(|pool| pool.name.as_str() == name);
    for row in pools {
        let name = row.text_at(&["name"]).unwrap_or_default();
        if !is_declared(name) {
            beside.push(of_account("NodePool", name, id(row)));
        }
    }
}

/// The firewalls before nodes of the cluster that nobody declared.
fn undeclared_firewalls<'r>(
    declared: &'r DigitalOcean,
    account: &'r Account,
    nodes: &'r OwnNodes,
) -> impl Iterator<Item = ResourceRef> + use<'r> {
    let name = |row: &'r Value| row.text_at(&["name"]).unwrap_or_default();
    let is_declared = move |row: &'r Value| {
        let mut all = declared.firewalls.iter();
        all.any(|one| one.name.as_str() == name(row))
    };
    let rows = account.rows("firewalls").iter();
    rows.filter(move |row| nodes.are_behind(row) && !is_declared(row))
        .map(move |row| of_account("Firewall", name(row), id(row)))
}

/// What is declared of a cluster and can be changed. A version that is what a declared one stands for is written as the row has it.
pub(super) fn cluster_settings(declared: &Cluster, row: &Value) -> Value {
    let version = row
        .text_at(&["version"])
        .filter(|is| is_version(is, declared.version.as_str()))
        .unwrap_or(declared.version.as_str());
    let mut settings = vec![
        ("auto_upgrade", Value::from(declared.auto_upgrade)),
        ("ha", Value::from(declared.high_availability)),
        ("surge_upgrade", Value::from(declared.surge_upgrade)),
        ("version", Value::from(version)),
    ];
    let subnets = [
        ("cluster_subnet", &declared.cluster_subnet),
        ("service_subnet", &declared.service_subnet),
    ];
    for (key, subnet) in subnets {
        settings.extend(
            subnet
                .as_ref()
                .map(|subnet| (key, network(subnet.as_str(), Some(row), key))),
        );
    }
    if let Some(maintenance) = &declared.maintenance {
        let window = object([
            ("day", Value::from(day(maintenance.day))),
            ("start_time", Value::from(maintenance.start_time.as_str())),
        ]);
        settings.push(("maintenance_policy", window));
    }
    if let Some(firewall) = &declared.control_plane_firewall {
        let addresses = firewall.allowed_addresses.iter();
        let list = [
            (
                "allowed_addresses",
                array(addresses.map(|one| Value::from(one.as_str()))),
            ),
            ("enabled", Value::from(true)),
        ];
        settings.push(("control_plane_firewall", object(list)));
    }
    object(settings)
}

/// What is declared of a node pool. Where it scales by itself, the count is for creation only.
pub(super) fn pool_settings(pool: &NodePool) -> Value {
    let scales = pool.autoscale.is_some();
    let data = pool_data(pool);
    let members = data
        .members()
        .filter(|(key, _)| *key != "name" && !(scales && *key == "count"))
        .map(|(key, value)| (key, value.clone()));
    let fixed = (!scales).then(|| ("auto_scale", Value::from(false)));
    let taints = pool.taints.is_empty().then(|| ("taints", array([])));
    object(members.chain(fixed).chain(taints))
}
