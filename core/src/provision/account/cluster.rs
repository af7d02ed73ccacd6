//! The cluster and its node pools. A cluster is never made twice, never made anew, and its version is never changed here.

use super::network::of_own_cluster;
use super::rows::{cluster_settings, pool_settings};
use super::versions::{NotOffered, difference, impossible, offered};
use super::{Part, is_marked, mark};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::{Difference, id_of};
use crate::provision::differences::differing;
use crate::provision::steps::{Steps, of_account};
use crate::spec::{Cluster, Day, NodePool, TaintEffect};
use crate::value::{Value, ValueExt, array, object};

/// States of clusters with which nothing can be begun.
const LOST: [&str; 3] = ["error", "deleted", "deleting"];

pub(super) fn plan(part: &Part<'_>, steps: &mut Steps) {
    let Some(declared) = &part.declared.cluster else {
        return;
    };
    let (name, region) = (declared.name.as_str(), part.declared.region.as_str());
    let rows: Vec<&Value> = part
        .account
        .named("kubernetes_clusters", name)
        .filter(|row| row.text_at(&["region"]) == Some(region))
        .collect();
    match rows.as_slice() {
        [] => create(part, declared, steps),
        [row] => stands(part, declared, row, steps),
        several => {
            let ids: Vec<&str> = several.iter().filter_map(|row| row.text_at(&["id"])).collect();
            steps.conflicts(
                of_account("Cluster", name, None),
                format!(
                    "{region} has {} clusters called {name}: {}",
                    several.len(),
                    ids.join(", ")
                ),
                "rename or remove all but one: the name is all by which the spec knows it",
            );
        }
    }
    integrate(part, declared, rows.first().copied(), steps);
}

/// Lets the cluster pull from the registry.
fn integrate(part: &Part<'_>, declared: &Cluster, row: Option<&Value>, steps: &mut Steps) {
    let Some(registry) = &part.declared.registry else {
        return;
    };
    let (name, registry) = (declared.name.as_str(), registry.name.as_str());
    let integrated = row.is_some_and(|row| {
        row.items_at(&["registries"])
            .iter()
            .any(|own| own.text() == Some(registry))
    });
    if integrated {
        return;
    }
    let id = id_of("Cluster", name);
    steps.make(
        FixAction::RegistryIntegrate,
        of_account("RegistryIntegration", name, None),
        object([
            ("cluster_uuids", array([Value::from(id.as_str())])),
            ("registries", array([Value::from(registry)])),
        ]),
        &format!("let cluster {name} pull from registry {registry}"),
        &[&format!("Registry {registry}"), &format!("Cluster {name}")],
    );
}

fn create(part: &Part<'_>, declared: &Cluster, steps: &mut Steps) {
    let (name, region) = (declared.name.as_str(), part.declared.region.as_str());
    let target = of_account("Cluster", name, None);
    let version = match offered(part, declared.version.as_str()) {
        Ok(version) => version,
        Err(NotOffered { why, hint }) => return steps.conflicts(target, why, hint),
    };
    if !options(part, "regions").any(|row| row.text_at(&["slug"]) == Some(region)) {
        steps.conflicts(
            target.clone(),
            format!("region {region} has no Kubernetes"),
            "declare a region that has it",
        );
    }
    for pool in &declared.node_pools {
        size_is_offered(part, pool, &target, steps);
    }
    let mut data = vec![
        ("auto_upgrade", Value::from(declared.auto_upgrade)),
        // Never left to a default, which depends on the version.
        ("ha", Value::from(declared.high_availability)),
        ("name", Value::from(name)),
        ("node_pools", array(declared.node_pools.iter().map(pool_data))),
        ("region", Value::from(region)),
        ("surge_upgrade", Value::from(declared.surge_upgrade)),
        ("tags", array([Value::from(mark(part.environment).as_str())])),
        ("version", Value::from(version)),
    ];
    let subnets = [
        ("cluster_subnet", &declared.cluster_subnet),
        ("service_subnet", &declared.service_subnet),
    ];
    for (key, subnet) in subnets {
        data.extend(subnet.as_ref().map(|subnet| (key, Value::from(subnet.as_str()))));
    }
    let mut after = Vec::new();
    if let Some(vpc) = &part.declared.vpc {
        let vpc = vpc.name.as_str();
        let id = id_of("VPC", vpc);
        data.push(("vpc_uuid", Value::from(id.as_str())));
        after.push(format!("VPC {vpc}"));
    }
    if let Some(maintenance) = &declared.maintenance {
        let window = object([
            ("day", Value::from(day(maintenance.day))),
            ("start_time", Value::from(maintenance.start_time.as_str())),
        ]);
        data.push(("maintenance_policy", window));
    }
    if let Some(firewall) = &declared.control_plane_firewall {
        let addresses = firewall.allowed_addresses.iter();
        let list = object([
            (
                "allowed_addresses",
                array(addresses.map(|one| Value::from(one.as_str()))),
            ),
            ("enabled", Value::from(true)),
        ]);
        data.push(("control_plane_firewall", list));
    }
    steps.make(
        FixAction::ClusterCreate,
        target,
        object(data),
        &format!("create cluster {name} in {region}, Kubernetes {version}"),
        &after.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

fn stands(part: &Part<'_>, declared: &Cluster, row: &Value, steps: &mut Steps) {
    let name = declared.name.as_str();
    let id = row.text_at(&["id"]).unwrap_or_default();
    let target = of_account("Cluster", name, Some(id));
    let before = steps.conflicts.len();
    immutable(part, declared, row, &target, steps);
    let state = row.text_at(&["status", "state"]).unwrap_or("unknown");
    if LOST.contains(&state) {
        steps.conflicts(
            target.clone(),
            format!("cluster {name} is in state {state}"),
            "ask DigitalOcean, or remove it yourself: envcheck makes no cluster anew",
        );
    }
    if steps.conflicts.len() > before {
        return;
    }
    steps.stands(
        target,
        is_marked(row, part.environment),
        differences(part, declared, row),
    );
    for pool in &declared.node_pools {
        let pool_name = pool.name.as_str();
        let mut pools = row.items_at(&["node_pools"]).iter();
        let found = pools.find(|row| row.text_at(&["name"]) == Some(pool_name));
        let target = of_account("NodePool", pool_name, found.and_then(|row| row.text_at(&["id"])));
        let Some(row) = found else {
            size_is_offered(part, pool, &target, steps);
            create_pool(part, pool, name, steps);
            continue;
        };
        steps.stands(
            target,
            is_marked(row, part.environment),
            pool_differences(pool, row),
        );
    }
}

fn create_pool(part: &Part<'_>, pool: &NodePool, cluster: &str, steps: &mut Steps) {
    let name = pool.name.as_str();
    let cluster_id = id_of("Cluster", cluster);
    let own = pool_data(pool);
    let members = own.members().map(|(key, value)| (key, value.clone()));
    let tags = array([Value::from(mark(part.environment).as_str())]);
    steps.make(
        FixAction::NodePoolCreate,
        of_account("NodePool", name, None),
        object(members.chain([("cluster_id", Value::from(cluster_id.as_str())), ("tags", tags)])),
        &format!(
            "create node pool {name} of {} {} in cluster {cluster}",
            pool.count, pool.size
        ),
        &[],
    );
}

/// What can never be changed in a cluster, or can never be had.
fn immutable(part: &Part<'_>, declared: &Cluster, row: &Value, target: &ResourceRef, steps: &mut Steps) {
    if let Some(NotOffered { why, hint }) = impossible(part, declared, row) {
        steps.conflicts(target.clone(), why, hint);
    }
    let name = declared.name.as_str();
    let mut differ = |what: &str, is: &str, wanted: &str| {
        steps.conflicts(
            target.clone(),
            format!("cluster {name} has {what} {is}, declared is {wanted}"),
            "it cannot be changed, and envcheck makes no cluster anew: declare what there is, or a cluster of another name",
        );
    };
    let subnets = [
        ("cluster_subnet", &declared.cluster_subnet),
        ("service_subnet", &declared.service_subnet),
    ];
    for (key, subnet) in subnets {
        if let (Some(subnet), Some(is)) = (subnet, row.text_at(&[key]))
            && is.parse() != Ok(*subnet.meaning())
        {
            differ(key, is, subnet.as_str());
        }
    }
    let Some(vpc) = &part.declared.vpc else {
        return;
    };
    let wanted = part
        .account
        .id(part.declared.region.as_str(), "VPC", vpc.name.as_str());
    // Under another name it is told where networks are looked at.
    let renamed = of_own_cluster(part.declared, part.account).is_some();
    if let Some(is) = row.text_at(&["vpc_uuid"])
        && Some(is) != wanted.as_deref()
        && !renamed
    {
        differ("its nodes in VPC", is, vpc.name.as_str());
    }
}

/// What differs and can be changed; a fix of `cluster-as-declared` or `control-plane-firewall` does that, but for the version and for
/// what is billed.
fn differences(part: &Part<'_>, declared: &Cluster, row: &Value) -> Vec<Difference> {
    let settings = cluster_settings(declared, row);
    let found = differing(&settings, row).into_iter();
    // What can never be changed is in the way, and is told as that.
    found
        .filter(|(path, ..)| !path.ends_with("_subnet"))
        .map(|(path, is, wanted)| match path.as_str() {
            "version" => difference(part, declared, row),
            "ha" => Difference::by_hand(format!(
                "{path} is {is}, declared is {wanted}: {}",
                if declared.high_availability {
                    format!(
                        "it is billed, and never switched off again: doctl kubernetes cluster update {} --ha",
                        declared.name
                    )
                } else {
                    "it cannot be switched off, so declare it".to_owned()
                }
            )),
            _ => Difference::repaired(format!("{path} is {is}, declared is {wanted}")),
        })
        .collect()
}

/// The same of a node pool.
fn pool_differences(declared: &NodePool, row: &Value) -> Vec<Difference> {
    let found = differing(&pool_settings(declared), row).into_iter();
    found
        .map(|(path, is, wanted)| match path.as_str() {
            "size" => {
                let is = row.text_at(&["size"]).unwrap_or("not told");
                Difference::by_hand(format!(
                    "its size is {is}, declared is {}: declare a pool of another name, move to it, remove this one",
                    declared.size
                ))
            }
            _ => Difference::repaired(format!("{path} is {is}, declared is {wanted}")),
        })
        .collect()
}

fn options<'a>(part: &'a Part<'_>, what: &'static str) -> impl Iterator<Item = &'a Value> {
    let rows = part.account.rows("kubernetes_options").iter();
    rows.flat_map(move |row| row.items_at(&[what]))
}

fn size_is_offered(part: &Part<'_>, pool: &NodePool, target: &ResourceRef, steps: &mut Steps) {
    let size = pool.size.as_str();
    if !options(part, "sizes").any(|row| row.text_at(&["slug"]) == Some(size)) {
        steps.conflicts(
            target.clone(),
            format!("pool {} has the size {size}, which is not offered", pool.name),
            "declare a size of Droplets that node pools can have",
        );
    }
}

pub(super) fn pool_data(pool: &NodePool) -> Value {
    let mut data = vec![
        ("count", Value::from(u64::from(pool.count))),
        ("name", Value::from(pool.name.as_str())),
        ("size", Value::from(pool.size.as_str())),
    ];
    if let Some(bounds) = &pool.autoscale {
        data.push(("auto_scale", Value::from(true)));
        data.push(("min_nodes", Value::from(u64::from(bounds.min))));
        data.push(("max_nodes", Value::from(u64::from(bounds.max))));
    }
    if !pool.labels.is_empty() {
        let labels = pool.labels.iter();
        data.push((
            "labels",
            object(labels.map(|(key, value)| (key.as_str(), Value::from(value.as_str())))),
        ));
    }
    if !pool.taints.is_empty() {
        let taints = pool.taints.iter().map(|taint| {
            object([
                ("effect", Value::from(effect(taint.effect))),
                ("key", Value::from(taint.key.as_str())),
                ("value", Value::from(taint.value.as_str())),
            ])
        });
        data.push(("taints", array(taints)));
    }
    object(data)
}

fn effect(effect: TaintEffect) -> &'static str {
    match effect {
        TaintEffect::NoSchedule => "NoSchedule",
        TaintEffect::PreferNoSchedule => "PreferNoSchedule",
        TaintEffect::NoExecute => "NoExecute",
    }
}

pub(super) fn day(day: Day) -> &'static str {
    match day {
        Day::Any => "any",
        Day::Monday => "monday",
        Day::Tuesday => "tuesday",
        Day::Wednesday => "wednesday",
        Day::Thursday => "thursday",
        Day::Friday => "friday",
        Day::Saturday => "saturday",
        Day::Sunday => "sunday",
    }
}
