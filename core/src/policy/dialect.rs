//! The rule names that matter, in our dialect and in conftest's.

use super::Severity;

/// The names, alone or as `deny_…`, with the severity that conftest policies have by them.
const FAMILIES: [(&str, Severity); 3] = [
    ("deny", Severity::High),
    ("violation", Severity::High),
    ("warn", Severity::Medium),
];

/// Roots that are ours: what policies read stands there.
const RESERVED_ROOTS: [&str; 9] = [
    "inventory",
    "environment",
    "network",
    "parameters",
    "digitalocean",
    "spaces",
    "now",
    "view",
    "envcheck",
];

/// True for a name that no package of the user's may begin with.
pub fn is_reserved(root: &str) -> bool {
    RESERVED_ROOTS.contains(&root)
}

/// The severity of a rule whose results are findings, by its name; `None` for other rules.
pub(super) fn entry_severity(name: &str) -> Option<Severity> {
    FAMILIES.iter().find_map(|(family, severity)| {
        let rest = name.strip_prefix(family)?;
        (rest.is_empty() || (rest.starts_with('_') && rest.len() > 1)).then_some(*severity)
    })
}

/// Whether a file holds tests, by its name or package.
pub(super) fn is_test(file: &str, package: &[String]) -> bool {
    let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
    stem.strip_suffix(".rego")
        .is_some_and(|stem| stem.ends_with("_test"))
        || package.last().is_some_and(|last| last.ends_with("_test"))
}

/// Whether a built-in package is shared code, no policy.
pub(super) fn is_library(package: &[String]) -> bool {
    matches!(package, [root, lib, ..] if root == "envcheck" && lib == "lib")
}
