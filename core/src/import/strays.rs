//! Buckets that are not in the cluster's project and yet may belong to the environment: those that no project was made for, and
//! those that its workloads write to. Whose they are nobody can see, so they are told and not declared.

use super::page::{Page, map, text, word};
use super::seen::{BUCKET_URN, Seen};
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// Says them below the buckets that are declared.
pub(super) fn write(seen: &Seen<'_>, declared: &BTreeSet<&str>, depth: usize, page: &mut Page) {
    if let Some(why) = seen.buckets {
        page.say(
            depth,
            &format!("Whether there are buckets beside the project's is not known: {why}"),
        );
        return;
    }
    let holders = holders(seen);
    let rows = seen.rows("spaces.buckets").iter();
    let names: BTreeSet<&str> = rows
        .filter(|row| row.field("exists").is_some_and(ValueExt::is_true))
        .filter_map(|row| row.text_at(&["name"]))
        .filter(|name| !declared.contains(name))
        .collect();
    let (mut used, mut idle) = (Vec::new(), Vec::new());
    for name in names {
        let holder = holders.get(name);
        let writers = writers(seen, name);
        let place = match holder {
            Some((project, _)) => format!("in project {project}"),
            None => "in no project".to_owned(),
        };
        if !writers.is_empty() {
            used.push((name, format!("{place}; {} to it", writing(&writers))));
        } else if holder.is_none_or(|(_, default)| *default) {
            idle.push(format!("{name} ({place})"));
        }
    }
    if !used.is_empty() {
        page.say(
            depth,
            "Not in the project, and not declared; declare what belongs to the environment:",
        );
    }
    for (name, why) in used {
        let line = map([("name", word(name)), ("purpose", "other".to_owned())]);
        page.say(depth, &format!("- {line}   # {why}"));
    }
    if !idle.is_empty() {
        page.say(
            depth,
            &format!(
                "Not in the project, not declared, and no workload names them: {}",
                idle.join(", ")
            ),
        );
    }
}

/// The project that holds each bucket, and whether it is the one for what has none.
fn holders<'a>(seen: &Seen<'a>) -> BTreeMap<&'a str, (&'a str, bool)> {
    let projects = seen.rows("digitalocean.projects");
    let resources = seen.rows("digitalocean.project_resources").iter();
    let held = resources.filter_map(|row| {
        let bucket = text(row, "urn").strip_prefix(BUCKET_URN)?;
        let id = row.text_at(&["project_id"])?;
        let project = projects
            .iter()
            .find(|project| project.text_at(&["id"]) == Some(id));
        let default =
            project.is_some_and(|project| project.field("is_default").is_some_and(ValueExt::is_true));
        Some((
            bucket,
            (project.map_or(id, |project| text(project, "name")), default),
        ))
    });
    held.collect()
}

/// The workloads that write to a bucket, by the view.
fn writers<'a>(seen: &Seen<'a>, bucket: &str) -> Vec<&'a str> {
    let mut buckets = seen.list("buckets").iter();
    let own = buckets.find(|record| text(record, "name") == bucket);
    own.map_or(&[][..], |own: &Value| own.items_at(&["workloads"]))
        .iter()
        .filter_map(ValueExt::text)
        .collect()
}

fn writing(workloads: &[&str]) -> String {
    let verb = if workloads.len() == 1 { "writes" } else { "write" };
    format!("{} {verb}", workloads.join(", "))
}
