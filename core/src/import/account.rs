//! The account's section: project, network, cluster, registry, firewalls, Spaces.

use super::page::{Page, list, map, text, texts, word};
use super::seen::Seen;
use super::{cluster, firewalls, spaces};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// What DigitalOcean shows as a project's environment.
const ENVIRONMENTS: [&str; 3] = ["Development", "Staging", "Production"];

pub(super) fn write(seen: &Seen<'_>, page: &mut Page) {
    page.gap();
    if let Some(why) = seen.account {
        page.unseen(
            1,
            &format!("digitalocean: the account is not declared, as it was not read: {why}"),
        );
        return;
    }
    let Some(row) = seen.cluster else {
        let unread = seen.unread(&["digitalocean.kubernetes_clusters"]);
        let why = if unread.is_empty() {
            "the account has no cluster".to_owned()
        } else {
            unread.join("; ")
        };
        page.unseen(1, &format!("digitalocean: the account is not declared: {why}"));
        return;
    };
    page.line(1, "digitalocean:");
    page.line(2, &format!("region: {}", word(text(row, "region"))));
    project(seen, page);
    vpc(seen, row, page);
    cluster::write(row, page);
    registry(seen, row, page);
    firewalls::write(seen, row, page);
    spaces::write(seen, text(row, "region"), page);
}

fn project(seen: &Seen<'_>, page: &mut Page) {
    let id = seen.project_id();
    let mut projects = seen.rows("digitalocean.projects").iter();
    let Some(row) = projects.find(|row| id.is_some() && row.text_at(&["id"]) == id) else {
        let unread = seen.unread(&["digitalocean.projects", "digitalocean.project_resources"]);
        let why = if unread.is_empty() {
            "no project that was read holds the cluster".to_owned()
        } else {
            unread.join("; ")
        };
        page.unseen(2, &format!("project: not declared: {why}"));
        return;
    };
    let environment = Some(text(row, "environment")).filter(|word| ENVIRONMENTS.contains(word));
    let environment = environment.map(|environment| ("environment", environment.to_owned()));
    let name = ("name", word(text(row, "name")));
    page.line(
        2,
        &format!("project: {}", map([name].into_iter().chain(environment))),
    );
}

fn vpc(seen: &Seen<'_>, cluster: &Value, page: &mut Page) {
    let id = text(cluster, "vpc_uuid");
    let mut vpcs = seen.rows("digitalocean.vpcs").iter();
    let Some(row) = vpcs.find(|row| text(row, "id") == id) else {
        let why = seen.unread(&["digitalocean.vpcs"]).join("; ");
        page.unseen(
            2,
            &format!("vpc: not declared: the cluster's network was not seen. {why}"),
        );
        return;
    };
    let range = row.text_at(&["ip_range"]).map(|range| ("ipRange", word(range)));
    let name = ("name", word(text(row, "name")));
    page.line(2, &format!("vpc: {}", map([name].into_iter().chain(range))));
}

fn registry(seen: &Seen<'_>, cluster: &Value, page: &mut Page) {
    let rows = seen.rows("digitalocean.registries");
    let integrated: Vec<&str> = texts(cluster, &["registries"]).collect();
    let own = rows.iter().find(|row| integrated.contains(&text(row, "name")));
    let Some(row) = own.or_else(|| rows.first().filter(|_| rows.len() == 1)) else {
        let unread = seen.unread(&["digitalocean.registries"]);
        if unread.is_empty() && rows.is_empty() {
            page.say(2, "registry: the account has none");
        } else if unread.is_empty() {
            page.unseen(
                2,
                "registry: the account has several, and the cluster pulls from none of them",
            );
        } else {
            page.unseen(2, &format!("registry: not declared: {}", unread.join("; ")));
        }
        return;
    };
    page.line(2, "registry:");
    page.line(3, &format!("name: {}", word(text(row, "name"))));
    let Sharing {
        environments,
        unmarked,
    } = others(seen, text(row, "name"));
    let (beside, absent): (Vec<&str>, Vec<&str>) = environments
        .into_iter()
        .partition(|name| seen.beside.contains(*name));
    if !beside.is_empty() {
        page.line(
            3,
            &format!(
                "sharedWith: {}   # so the tags of clusters say that pull from it",
                list(beside)
            ),
        );
    }
    if !absent.is_empty() {
        let files: Vec<String> = absent.iter().map(|name| format!("{name}.yaml")).collect();
        page.say(
            3,
            &format!(
                "Clusters of {} pull from it too, so their tags say, and no spec of theirs lies beside this one, without which",
                absent.join(", ")
            ),
        );
        page.say(
            3,
            &format!(
                "nobody can see which images they use. Once there is {}, write them under sharedWith",
                files.join(", ")
            ),
        );
    }
    if !unmarked.is_empty() {
        page.say(
            3,
            &format!(
                "Clusters pull from it of which nothing says whose they are: {}. Write their environments under sharedWith",
                unmarked.join(", ")
            ),
        );
    }
    let tier = row.at(&["subscription", "tier"]);
    let slug = tier.map_or("", |tier| text(tier, "slug"));
    match slug {
        "basic" => {}
        "starter" | "professional" => page.line(3, &format!("tier: {slug}")),
        other => page.unseen(
            3,
            &format!("tier: the subscription {other} is none that a spec can name"),
        ),
    }
    match tier.and_then(|tier| tier.field("included_storage_bytes")?.int()) {
        Some(bytes) => page.line(
            3,
            &format!("storageLimit: {}   # what the tier includes", size(bytes)),
        ),
        None => page.guess(
            3,
            "storageLimit: 5GiB",
            "the account does not say what the tier includes",
        ),
    }
}

/// How the tag begins by which a cluster is known as an environment's.
const TAG: &str = "envcheck:";

/// Who pulls from a registry besides.
struct Sharing<'a> {
    /// Environments, by the tags of their clusters.
    environments: BTreeSet<&'a str>,
    /// Clusters of which nothing says whose they are.
    unmarked: Vec<&'a str>,
}

/// Other clusters that pull from the registry: whose they are, their tags say, and not their names.
fn others<'a>(seen: &Seen<'a>, registry: &str) -> Sharing<'a> {
    let clusters = seen.rows("digitalocean.kubernetes_clusters").iter();
    let others = clusters.filter(|row| text(row, "id") != seen.cluster_id());
    let pulling = others.filter(|row| texts(row, &["registries"]).any(|own| own == registry));
    let mut sharing = Sharing {
        environments: BTreeSet::new(),
        unmarked: Vec::new(),
    };
    for row in pulling {
        let own: Vec<&str> = texts(row, &["tags"])
            .filter_map(|tag| tag.strip_prefix(TAG))
            .filter(|name| is_label(name))
            .collect();
        if own.is_empty() {
            sharing.unmarked.push(text(row, "name"));
        }
        let others = own.into_iter().filter(|name| *name != seen.name);
        sharing.environments.extend(others);
    }
    sharing.unmarked.sort_unstable();
    sharing.unmarked.dedup();
    sharing
}

/// Whether an environment can be called so.
fn is_label(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = name.starts_with('-') || name.ends_with('-');
    !name.is_empty() && name.len() <= 63 && !ends && name.bytes().all(fits)
}

/// In the largest unit of which it is a whole number.
fn size(bytes: i64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fits = units
        .iter()
        .find(|(_, bits)| bytes > 0 && bytes % (1 << bits) == 0);
    fits.map_or_else(
        || format!("{bytes}B"),
        |(unit, bits)| format!("{}{unit}", bytes >> bits),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_as_people_write_them() {
        for (bytes, text) in [
            (5_368_709_120, "5GiB"),
            (524_288_000, "500MiB"),
            (1_000, "1000B"),
            (0, "0B"),
        ] {
            assert_eq!(super::size(bytes), text);
        }
    }
}
