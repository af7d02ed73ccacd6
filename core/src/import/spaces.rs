//! Spaces: the buckets that are in the cluster's project, and the keys that open them.

use super::page::{Page, map, text, word};
use super::seen::{BUCKET_URN, Seen};
use super::strays;
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

pub(super) fn write(seen: &Seen<'_>, region: &str, page: &mut Page) {
    let buckets = buckets(seen);
    if buckets.is_empty() {
        let unread = seen.unread(&["digitalocean.project_resources"]);
        if unread.is_empty() {
            page.say(2, "spaces: the project holds no bucket");
            strays::write(seen, &buckets, 2, page);
        } else {
            page.unseen(2, &format!("spaces: not declared: {}", unread.join("; ")));
        }
        return;
    }
    page.line(2, "spaces:");
    if let Some(other) = elsewhere(seen, &buckets, region) {
        page.line(3, &format!("region: {}", word(other)));
    }
    page.line(3, "buckets:");
    for bucket in &buckets {
        let keeps = bucket.contains("backup");
        let purpose = if keeps { "databaseBackups" } else { "other" };
        let rows = seen.rows("spaces.versionings").iter();
        let versioned = rows
            .filter(|row| text(row, "bucket") == *bucket)
            .any(|row| text(row, "status") == "Enabled");
        let versioning = versioned.then(|| ("versioning", "true".to_owned()));
        let members = [("name", word(bucket)), ("purpose", purpose.to_owned())];
        let line = format!("- {}", map(members.into_iter().chain(versioning)));
        page.guess(4, &line, "the purpose, by its name");
    }
    strays::write(seen, &buckets, 4, page);
    let mut unread = seen.unread(&["spaces.versionings"]);
    if unread.is_empty() {
        let rows = seen.rows("spaces.versionings");
        let unasked = buckets
            .iter()
            .filter(|name| !rows.iter().any(|row| text(row, "bucket") == **name));
        unread.extend(unasked.map(|name| format!("nobody asked it of {name}")));
    }
    if !unread.is_empty() {
        page.unseen(
            3,
            &format!(
                "whether buckets keep versions was not seen: {}",
                unread.join("; ")
            ),
        );
    }
    keys(seen, &buckets, page);
    if buckets.iter().any(|bucket| bucket.contains("backup")) {
        page.say(3, "Which backups have to arrive is not guessed:");
        page.say(
            3,
            "backups: [{of: NAMESPACE/WORKLOAD, bucket: NAME, prefix: PREFIX/, maxAge: 26h}]",
        );
    }
}

/// The names of the project's buckets; of every project's where the cluster's is not known.
fn buckets<'a>(seen: &Seen<'a>) -> BTreeSet<&'a str> {
    let project = seen.project_id();
    let resources = seen.rows("digitalocean.project_resources").iter();
    resources
        .filter(|row| project.is_none() || row.text_at(&["project_id"]) == project)
        .filter_map(|row| text(row, "urn").strip_prefix(BUCKET_URN))
        .collect()
}

/// The region of the buckets, when it is one and another than the cluster's.
fn elsewhere<'a>(seen: &Seen<'a>, buckets: &BTreeSet<&str>, region: &str) -> Option<&'a str> {
    let rows = seen.rows("spaces.buckets").iter();
    let own = rows.filter(|row| buckets.contains(text(row, "name")));
    let regions: BTreeSet<&str> = own.filter_map(|row| row.text_at(&["region"])).collect();
    let one = regions.first().filter(|_| regions.len() == 1)?;
    (*one != region).then_some(*one)
}

fn keys(seen: &Seen<'_>, buckets: &BTreeSet<&str>, page: &mut Page) {
    let unread = seen.unread(&["digitalocean.spaces_keys"]);
    if !unread.is_empty() {
        page.unseen(3, &format!("keys: not declared: {}", unread.join("; ")));
        return;
    }
    let mut lines: Vec<String> = Vec::new();
    let mut wider: BTreeSet<&str> = BTreeSet::new();
    for row in seen.rows("digitalocean.spaces_keys") {
        let grants: Vec<String> = grants(row, buckets);
        if grants.is_empty() {
            continue;
        }
        // With less than it may do it would be another key than the one that stands.
        if grants.len() < row.items_at(&["grants"]).len() {
            wider.insert(text(row, "name"));
            continue;
        }
        let grants = ("grants", format!("[{}]", grants.join(", ")));
        lines.push(map([("name", word(text(row, "name"))), grants]));
    }
    lines.sort();
    lines.dedup();
    for name in wider {
        page.unseen(
            3,
            &format!("key {name} is not declared: it may do more than something with these buckets"),
        );
    }
    if !lines.is_empty() {
        page.line(3, "keys:");
    }
    for line in lines {
        page.line(4, &format!("- {line}"));
    }
}

/// What a key may do with these buckets. One with full access is nobody's but the auditor's, and is not declared.
fn grants(row: &Value, buckets: &BTreeSet<&str>) -> Vec<String> {
    let grants = row.items_at(&["grants"]).iter();
    let known = grants.filter(|grant| {
        buckets.contains(text(grant, "bucket")) && matches!(text(grant, "permission"), "read" | "readwrite")
    });
    let written = known.map(|grant| {
        map([
            ("bucket", word(text(grant, "bucket"))),
            ("permission", text(grant, "permission").to_owned()),
        ])
    });
    written.collect()
}
