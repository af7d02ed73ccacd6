//! The same of what stands at the edges: firewalls, buckets, and load balancers of exposed Services.

use super::Account;
use super::firewalls::rules;
use super::rows::{DeclaredRow, id};
use crate::path::scalar_text;
use crate::provision::steps::of_account;
use crate::spec::{BucketAccess, DigitalOcean, Firewall, LoadBalancerType, Spec};
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeMap;

/// Everybody, in an access control list.
const EVERYBODY: [&str; 2] = ["/AllUsers", "/AuthenticatedUsers"];

/// Rules as sentences: the API keeps them in an order of its own, and spells all ports in several ways.
fn sentences(rules: &[Value], peers: &str) -> Value {
    let mut all: Vec<String> = rules.iter().map(|rule| sentence(rule, peers)).collect();
    all.sort();
    array(all.iter().map(|one| Value::from(one.as_str())))
}

fn sentence(rule: &Value, peers: &str) -> String {
    let protocol = rule.text_at(&["protocol"]).unwrap_or("any");
    let ports = rule.text_at(&["ports"]).filter(|_| protocol != "icmp");
    let ports = match ports {
        None | Some("" | "0") => "all".to_owned(),
        Some(ports) => ports.to_owned(),
    };
    let mut who: Vec<String> = rule
        .field(peers)
        .into_iter()
        .flat_map(ValueExt::members)
        .flat_map(|(key, list)| {
            let noun = match key {
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
    who.sort();
    let way = if peers == "sources" { "from" } else { "to" };
    format!("{protocol} {ports} {way} {}", who.join(", "))
}

pub(super) fn firewall_settings(declared: &Firewall) -> Value {
    let (inbound, outbound) = rules(declared);
    object([
        ("inbound_rules", sentences(&inbound, "sources")),
        ("outbound_rules", sentences(&outbound, "destinations")),
    ])
}

pub(super) fn firewall_row(row: &Value) -> Value {
    object([
        (
            "inbound_rules",
            sentences(row.items_at(&["inbound_rules"]), "sources"),
        ),
        (
            "outbound_rules",
            sentences(row.items_at(&["outbound_rules"]), "destinations"),
        ),
    ])
}

pub(super) fn of_buckets(declared: &DigitalOcean, account: &Account, all: &mut Vec<DeclaredRow>) {
    let Some(spaces) = &declared.spaces else {
        return;
    };
    for bucket in &spaces.buckets {
        let name = bucket.name.as_str();
        let of = |collection: &str| {
            let rows = account.rows.get(collection).map_or(&[][..], Vec::as_slice);
            let mut own = rows
                .iter()
                .filter(|row| [row.text_at(&["bucket"]), row.text_at(&["name"])].contains(&Some(name)));
            own.next()
        };
        let exists = of("spaces.buckets").and_then(|row| row.field("exists"));
        let access = match bucket.access {
            BucketAccess::Private => "private",
            BucketAccess::Public => "public",
        };
        let mut settings = vec![("access", Value::from(access))];
        // Once switched on it can only be suspended, and a bucket that was never asked for it has none.
        settings.push(("versioning", Value::from(bucket.versioning)));
        let grants = of("spaces.acls").map(|row| row.items_at(&["grants"]));
        let everybody = |grant: &Value| {
            let uri = grant.text_at(&["grantee", "uri"]).unwrap_or_default();
            EVERYBODY.iter().any(|end| uri.ends_with(end))
        };
        let mut live = Vec::new();
        if let Some(grants) = grants {
            let word = if grants.iter().any(everybody) {
                "public"
            } else {
                "private"
            };
            live.push(("access", Value::from(word)));
        }
        if let Some(row) = of("spaces.versionings").filter(|row| row.field("unread").is_none()) {
            live.push((
                "versioning",
                Value::from(row.text_at(&["status"]) == Some("Enabled")),
            ));
        }
        // What was not read of it, nobody compares.
        settings.retain(|(key, _)| live.iter().any(|(own, _)| own == key));
        all.push(DeclaredRow {
            target: of_account("Bucket", name, None),
            declared: object(settings),
            live: (exists != Some(&Value::from(false))).then(|| object(live)),
            by: &["spaces.buckets", "spaces.acls", "spaces.versionings"],
        });
    }
}

pub(super) fn of_balancers(
    spec: &Spec,
    account: &Account,
    balancers: &BTreeMap<(String, String), String>,
    all: &mut Vec<DeclaredRow>,
) {
    for exposure in &spec.environment.spec.exposure {
        let Some(own) = balancers.get(exposure.service.meaning()) else {
            continue;
        };
        let mut rows = account.rows("load_balancers").iter();
        let live = rows.find(|row| id(row) == Some(own));
        let kind = match exposure.load_balancer.kind {
            LoadBalancerType::Regional => "REGIONAL",
            LoadBalancerType::RegionalNetwork => "REGIONAL_NETWORK",
        };
        let units = exposure.load_balancer.size_unit;
        let units = units.map(|units| ("size_unit", Value::from(u64::from(units))));
        let name = live.and_then(|row| row.text_at(&["name"])).unwrap_or(own);
        all.push(DeclaredRow {
            target: of_account("LoadBalancer", name, Some(own)),
            declared: object([("type", Value::from(kind))].into_iter().chain(units)),
            live: live.cloned(),
            by: &["digitalocean.load_balancers"],
        });
    }
}
