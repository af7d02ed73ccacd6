//! Versions of Kubernetes: which slug a declared one stands for, and what has to be done where a cluster runs another. Nothing here
//! upgrades a cluster.

use super::Part;
use crate::plan::Difference;
use crate::spec::Cluster;
use crate::value::{Value, ValueExt};
use std::cmp::Ordering;

/// A version that can neither be had nor is there.
pub(super) struct NotOffered {
    pub(super) why: String,
    pub(super) hint: String,
}

/// The newest slug that a declared version stands for.
///
/// # Errors
///
/// None is offered.
pub(super) fn offered<'a>(part: &'a Part<'_>, wanted: &str) -> Result<&'a str, NotOffered> {
    let slugs = slugs(part).filter(|slug| is_version(slug, wanted));
    slugs
        .max_by_key(|slug| numbers(slug))
        .ok_or_else(|| not_offered(part, wanted))
}

fn not_offered(part: &Part<'_>, wanted: &str) -> NotOffered {
    let slugs: Vec<&str> = slugs(part).collect();
    NotOffered {
        why: format!("Kubernetes {wanted} is not offered: {}", slugs.join(", ")),
        hint: "declare a version that new clusters can have".to_owned(),
    }
}

/// What a cluster can never become: a newer version than its own that nobody offers. Where no list of versions was read, nobody knows.
pub(super) fn impossible(part: &Part<'_>, declared: &Cluster, row: &Value) -> Option<NotOffered> {
    let wanted = declared.version.as_str();
    let is = row.text_at(&["version"])?;
    if is_version(is, wanted) || age(wanted, is) == Ordering::Less || slugs(part).next().is_none() {
        return None;
    }
    let NotOffered { why, .. } = offered(part, wanted).err()?;
    Some(NotOffered {
        why: format!("{why}; cluster {} runs {is}", declared.name),
        hint: format!(
            "declare a version that is offered, or the one that runs: {}",
            minor(is)
        ),
    })
}

/// That a cluster has another version than the declared one, and what that means.
pub(super) fn difference(part: &Part<'_>, declared: &Cluster, row: &Value) -> Difference {
    let wanted = declared.version.as_str();
    let Some(is) = row.text_at(&["version"]) else {
        return Difference::by_hand(format!("its version is not told, declared is {wanted}"));
    };
    let what = match (age(wanted, is), offered(part, wanted)) {
        (Ordering::Less, _) => format!("no cluster goes back, so declare what runs: {}", minor(is)),
        // The way there leads through each minor version between.
        (_, Ok(slug)) if minor(slug) != minor(is) => format!(
            "{slug} is offered; upgrade it yourself, one minor version after the other: doctl kubernetes cluster upgrade {}",
            declared.name
        ),
        (_, Ok(slug)) => format!(
            "{slug} is offered; upgrade it yourself: doctl kubernetes cluster upgrade {} --version {slug}",
            declared.name
        ),
        (_, Err(_)) => "which versions are offered is not known".to_owned(),
    };
    Difference::by_hand(format!("its version is {is}, declared is {wanted}: {what}"))
}

pub(super) fn is_version(slug: &str, wanted: &str) -> bool {
    slug == wanted
        || slug
            .strip_prefix(wanted)
            .is_some_and(|rest| rest.starts_with(['.', '-']))
}

/// Whether a declared version is older or newer than the one that runs, as far as it says anything.
fn age(wanted: &str, is: &str) -> Ordering {
    let (wanted, mut is) = (numbers(wanted), numbers(is));
    is.truncate(wanted.len());
    wanted.cmp(&is)
}

/// `1.35.10-do.2` as 1, 35, 10, 2: so that .10 comes after .9.
fn numbers(slug: &str) -> Vec<u64> {
    slug.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// `1.35` of `1.35.6-do.0`.
fn minor(slug: &str) -> String {
    let numbers: Vec<&str> = slug.split(['.', '-']).take(2).collect();
    numbers.join(".")
}

fn slugs<'a>(part: &'a Part<'_>) -> impl Iterator<Item = &'a str> {
    let rows = part.account.rows("kubernetes_options").iter();
    rows.flat_map(|row| row.items_at(&["versions"]))
        .filter_map(|row| row.text_at(&["slug"]))
}
