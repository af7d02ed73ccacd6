//! Which policies judge an environment, and what a report says of all of them together.

use crate::live::stage::RETIRED;
use crate::program::{Report, root};
use std::fs;

/// The folders of `policies` with what judges an environment.
pub(super) const FOLDERS: [&str; 9] = [
    "account",
    "datastores",
    "delivery",
    "ingress",
    "monitoring",
    "network",
    "proxy",
    "spaces",
    "workloads",
];

/// The policies in some folders of `policies`: ids and texts.
fn policy_files(folders: &[&str]) -> impl Iterator<Item = (String, String)> {
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root().join("policies").join(folder)).unwrap());
    entries.map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(entry.path().join(format!("{name}.rego"))).unwrap();
        (name.replace('_', "-"), text)
    })
}

/// What was found, but for the one thing that the environments are known for: their ingress controller was retired.
pub(super) fn found(report: &Report) -> Vec<(String, String)> {
    let mut findings = report.messages_by_finding();
    findings.retain(|(finding, _)| finding != RETIRED);
    findings
}

/// The ids of the policies in some folders of `policies`.
pub(super) fn policies(folders: &[&str]) -> Vec<String> {
    policy_files(folders).map(|(id, _)| id).collect()
}

/// The ids of the policies that need one of these collections, as their metadata say.
pub(super) fn needing(collections: &[&str]) -> Vec<String> {
    let needs = |text: &str| {
        let (_, rest) = text.split_once("#   needs:").unwrap();
        let (own, _) = rest.split_once("#   stages:").unwrap();
        let words: Vec<String> = own
            .split(|letter: char| !letter.is_ascii_alphanumeric() && !"._".contains(letter))
            .map(str::to_owned)
            .collect();
        words
    };
    let ids: Vec<String> = policy_files(&FOLDERS)
        .filter(|(_, text)| {
            needs(text)
                .iter()
                .any(|need| collections.contains(&need.as_str()))
        })
        .map(|(id, _)| id)
        .collect();
    assert!(!ids.is_empty(), "no policy needs {collections:?}");
    ids
}

/// Whether a policy was evaluated, and what it judges is too young for a verdict.
pub(super) fn is_pending(report: &Report, policy: &str) -> bool {
    report
        .list("suppressed")
        .iter()
        .any(|entry| entry["policy"] == policy && entry["by"].as_str().unwrap().starts_with("pending"))
}
