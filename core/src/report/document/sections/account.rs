//! What the environment consists of in its DigitalOcean account.

use super::super::model::{Block, Cell, Section, Table, Words};
use super::super::observed::{Observed, scalar, text};
use super::told;
use crate::value::{Value, ValueExt};

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let mut blocks = Vec::new();
    let declared = |path: &[&str]| observed.spec.at(path).is_some_and(|value| *value != Value::Null);
    if declared(&["digitalocean"]) {
        blocks.extend(told(observed.unread(&["digitalocean.load_balancers"])));
        if declared(&["digitalocean", "cluster"]) {
            cluster(observed, &mut blocks);
        }
        if declared(&["digitalocean", "vpc"]) {
            vpc(observed, &mut blocks);
        }
        balancers(observed, &mut blocks);
        if declared(&["digitalocean", "registry"]) {
            registry(observed, &mut blocks);
        }
        if declared(&["digitalocean", "spaces"]) {
            buckets(observed, &mut blocks);
            keys(observed, &mut blocks);
        }
    } else {
        let words = "The environment declares no DigitalOcean account.";
        blocks.push(Block::Say(words.to_owned()));
    }
    Section {
        id: "account",
        title: "Account",
        blocks,
    }
}

fn heading(blocks: &mut Vec<Block>, title: &str) {
    blocks.push(Block::Heading(title.to_owned()));
}

/// `yes`, `no`, or nothing where it is not known.
fn flag(value: Option<&Value>) -> Cell {
    match value {
        Some(Value::Bool(true)) => Cell::plain("yes"),
        Some(Value::Bool(false)) => Cell::plain("no"),
        _ => Cell::default(),
    }
}

fn cluster(observed: &Observed<'_>, blocks: &mut Vec<Block>) {
    heading(blocks, "Cluster");
    let unread = observed.unread(&["digitalocean.kubernetes_clusters"]);
    let known = unread.is_empty();
    blocks.extend(told(unread));
    let Some(cluster) = observed.cluster() else {
        if known {
            let words = "The account has no cluster of the declared name.";
            blocks.push(Block::Say(words.to_owned()));
        }
        return;
    };
    let optional = |key: &str| Cell::optional(cluster.text_at(&[key]));
    blocks.push(Block::Facts(vec![
        ("Name", optional("name")),
        ("Region", optional("region")),
        ("Version", optional("version")),
        ("High availability", flag(cluster.field("ha"))),
        ("Pods", optional("clusterSubnet")),
        ("Services", optional("serviceSubnet")),
        (
            "VPC",
            Cell::optional(Some(vpc_name(observed, text(cluster, "vpc")))),
        ),
    ]));
    let mut columns = vec!["Node pool", "Size", "Nodes", "Labels", "Taints"];
    if observed.figures.is_some() {
        columns.push("Nodes now");
    }
    let rows = cluster.items_at(&["pools"]).iter().map(|pool| {
        let labels = pool.field("labels").into_iter().flat_map(ValueExt::members);
        let labels = labels.map(|(key, value)| format!("{key}={}", scalar(value)));
        let taints = pool.items_at(&["taints"]).iter().map(taint);
        let mut row = vec![
            Cell::optional(pool.text_at(&["name"])),
            Cell::optional(pool.text_at(&["size"])),
            nodes(pool),
            Cell::names(labels),
            Cell::names(taints),
        ];
        if observed.figures.is_some() {
            row.push(number(pool.field("count")));
        }
        row
    });
    blocks.push(Block::Table(Table {
        rows: rows.collect(),
        columns,
    }));
}

fn number(value: Option<&Value>) -> Cell {
    value
        .map(scalar)
        .map_or_else(Cell::default, |text| Cell::optional(Some(&text)))
}

/// How many nodes a pool has: where it scales by itself, between which numbers.
fn nodes(pool: &Value) -> Cell {
    if !pool.field("autoScale").is_some_and(ValueExt::is_true) {
        return number(pool.field("count"));
    }
    let of = |key: &str| pool.field(key).map(scalar).unwrap_or_default();
    Cell::plain(format!("{} to {}, by itself", of("min"), of("max")))
}

fn taint(taint: &Value) -> String {
    let value = taint.text_at(&["value"]).unwrap_or_default();
    format!("{}={value}:{}", text(taint, "key"), text(taint, "effect"))
}

/// The name of a VPC, or its id where it is not known.
fn vpc_name<'v>(observed: &Observed<'v>, id: &'v str) -> &'v str {
    let rows = observed.rows("digitalocean.vpcs").iter();
    let mut named = rows.filter(|row| row.text_at(&["id"]) == Some(id));
    named.next().and_then(|row| row.text_at(&["name"])).unwrap_or(id)
}

fn vpc(observed: &Observed<'_>, blocks: &mut Vec<Block>) {
    heading(blocks, "Network");
    let unread = observed.unread(&["digitalocean.vpcs"]);
    let known = unread.is_empty();
    blocks.extend(told(unread));
    let name = observed.declared(&["digitalocean", "vpc", "name"]);
    let mut rows = observed.rows("digitalocean.vpcs").iter();
    match rows.find(|row| row.text_at(&["name"]) == name) {
        Some(row) => blocks.push(Block::Facts(vec![
            ("VPC", Cell::optional(name)),
            ("Addresses", Cell::optional(row.text_at(&["ip_range"]))),
            ("Region", Cell::optional(row.text_at(&["region"]))),
        ])),
        None if known => {
            let words = "The account has no VPC of the declared name.";
            blocks.push(Block::Say(words.to_owned()));
        }
        None => {}
    }
}

/// Those of this cluster, and those of which that is not known.
fn balancers(observed: &Observed<'_>, blocks: &mut Vec<Block>) {
    let all = observed.list("load_balancers").iter();
    let own: Vec<&Value> = all
        .filter(|record| !matches!(record.text_at(&["ofCluster"]), Some("other" | "none")))
        .collect();
    heading(blocks, "Load balancers");
    if own.is_empty() {
        let words = "No load balancer that was read belongs to this cluster.";
        blocks.push(Block::Say(words.to_owned()));
        return;
    }
    let rows = own.into_iter().map(|record| {
        let services = record.items_at(&["services"]).iter();
        let services = services.map(super::super::observed::full_name);
        vec![
            Cell::name(text(record, "name")),
            Cell::optional(record.text_at(&["ip"])),
            Cell::optional(record.text_at(&["type"])),
            Cell::optional(record.text_at(&["network"])),
            Cell::optional(Some(vpc_name(observed, text(record, "vpc")))),
            Cell::names(services),
        ]
    });
    blocks.push(Block::Table(Table {
        columns: vec!["Load balancer", "Address", "Type", "Network", "VPC", "Services"],
        rows: rows.collect(),
    }));
}

fn registry(observed: &Observed<'_>, blocks: &mut Vec<Block>) {
    heading(blocks, "Registry");
    let unread = observed.unread(&["digitalocean.registries", "digitalocean.registry_repositories"]);
    let known = unread.is_empty();
    blocks.extend(told(unread));
    let name = observed.declared(&["digitalocean", "registry", "name"]);
    let mut records = observed.list("registries").iter();
    let Some(record) = records.find(|record| record.text_at(&["name"]) == name) else {
        if known {
            let words = "The account has no registry of the declared name.";
            blocks.push(Block::Say(words.to_owned()));
        }
        return;
    };
    let repositories = record
        .items_at(&["repositories"])
        .iter()
        .filter_map(ValueExt::text);
    let mut facts = vec![
        ("Registry", Cell::optional(name)),
        ("Region", Cell::optional(record.text_at(&["region"]))),
        ("Tier", Cell::optional(record.text_at(&["tier"]))),
        ("Size", size(observed, record)),
        ("Repositories", Cell::names(repositories.map(ToOwned::to_owned))),
        ("Pulled from by the cluster", flag(record.field("integrated"))),
    ];
    if observed.figures.is_some() {
        let when = record.text_at(&["storageUsageUpdated"]);
        facts.push(("Size as of", Cell::optional(when)));
    }
    blocks.push(Block::Facts(facts));
}

/// How large it may get; how large it is only where that was asked for, as it changes with every push.
fn size(observed: &Observed<'_>, record: &Value) -> Cell {
    let mut cell = Cell::default();
    if observed.figures.is_some()
        && let Some(bytes) = record.field("storageUsageBytes").and_then(ValueExt::int)
    {
        cell.told("", bytes_in_words(bytes), "used");
    }
    let registry = |key: &str| observed.spec.at(&["digitalocean", "registry", key]).map(scalar);
    if let Some(limit) = registry("storageLimit").filter(|limit| !limit.is_empty()) {
        cell.told("at most", limit, "declared");
    }
    cell
}

/// An amount with the unit that fits, two digits after the point.
pub(super) fn bytes_in_words(bytes: i64) -> String {
    let units = [("GiB", 1_i64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => {
            let hundredths = i128::from(bytes) * 100 / i128::from(unit);
            format!("{}.{:02} {name}", hundredths / 100, hundredths % 100)
        }
        None => format!("{bytes} B"),
    }
}

fn buckets(observed: &Observed<'_>, blocks: &mut Vec<Block>) {
    heading(blocks, "Buckets");
    blocks.extend(told(
        observed.unread(&["spaces.buckets", "digitalocean.spaces_keys"]),
    ));
    let rows = observed.list("buckets").iter().map(|bucket| {
        let mut opened = Cell::default();
        for key in bucket.items_at(&["keys"]) {
            opened.line([
                Words::Name(text(key, "name").to_owned()),
                Words::Name(text(key, "permission").to_owned()),
            ]);
        }
        vec![
            Cell::name(text(bucket, "name")),
            Cell::optional(bucket.text_at(&["region"])),
            bucket
                .text_at(&["purpose"])
                .map_or_else(|| Cell::plain("not declared"), Cell::name),
            match bucket.field("exists") {
                Some(Value::Bool(true)) => Cell::plain("yes"),
                Some(Value::Bool(false)) => Cell::plain("no"),
                _ => Cell::plain("not known"),
            },
            opened,
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    if rows.is_empty() {
        blocks.push(Block::Say("There are no buckets.".to_owned()));
        return;
    }
    blocks.push(Block::Table(Table {
        columns: vec!["Bucket", "Region", "Purpose", "Exists", "Opened by"],
        rows,
    }));
}

/// The account's keys for Spaces by name; their ids and secrets are nobody's business.
fn keys(observed: &Observed<'_>, blocks: &mut Vec<Block>) {
    let keys = observed.rows("digitalocean.spaces_keys");
    if keys.is_empty() {
        return;
    }
    let declared = observed.spec.items_at(&["digitalocean", "spaces", "keys"]);
    let mut rows: Vec<Vec<Cell>> = keys
        .iter()
        .map(|key| {
            let mut grants = Cell::default();
            for grant in key.items_at(&["grants"]) {
                let bucket = grant.text_at(&["bucket"]).filter(|bucket| !bucket.is_empty());
                let permission = Words::Name(text(grant, "permission").to_owned());
                match bucket {
                    Some(bucket) => grants.line([permission, Words::Name(bucket.to_owned())]),
                    None => grants.line([permission, Words::Plain("every bucket".to_owned())]),
                };
            }
            let own = declared
                .iter()
                .find(|own| own.text_at(&["name"]) == key.text_at(&["name"]));
            let secret = own
                .and_then(|own| own.at(&["secretTo"]))
                .filter(|to| **to != Value::Null);
            vec![
                Cell::name(text(key, "name")),
                grants,
                Cell::plain(match own {
                    Some(_) => "yes",
                    // Spaces itself is read with it.
                    None if key.field("auditor").is_some_and(ValueExt::is_true) => "as auditor",
                    None => "no",
                }),
                secret.map_or_else(Cell::default, |to| {
                    Cell::name(super::super::observed::full_name(to))
                }),
            ]
        })
        .collect();
    rows.sort_by(|a, b| {
        a[0].0
            .first()
            .map(|line| line[0].text())
            .cmp(&b[0].0.first().map(|line| line[0].text()))
    });
    heading(blocks, "Keys");
    blocks.push(Block::Table(Table {
        columns: vec!["Key", "May", "Declared", "Secret in the cluster"],
        rows,
    }));
}

#[cfg(test)]
mod tests {
    use super::bytes_in_words;

    #[test]
    fn amounts_have_the_unit_that_fits() {
        let words = [0, 1023, 1024, 48_234_496, 5_593_929_509].map(bytes_in_words);
        assert_eq!(words, ["0 B", "1023 B", "1.00 KiB", "46.00 MiB", "5.20 GiB"]);
    }
}
