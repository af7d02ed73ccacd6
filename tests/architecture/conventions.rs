//! Conventions of the repository: names, policy folders, decisions, changelog, links. Each check is a function over a
//! folder, so that it is seen to fail on a bad one.

use crate::{files_below, report, root, shown};
use std::fs;
use std::path::Path;

/// Names that say nothing about what is inside.
const DRAWERS: [&str; 8] = [
    "common", "helper", "helpers", "manager", "misc", "util", "utils", "shared",
];
/// Folders whose text is the project's own.
const OWN_TEXT: [&str; 8] = [
    "src",
    "core/src",
    "xtask/src",
    "policies",
    "environments",
    "docs",
    "benches",
    ".ci",
];

#[test]
fn files_are_named_after_what_they_hold() {
    report(
        ["src", "core/src", "xtask/src", "policies"]
            .iter()
            .flat_map(|folder| drawers(&root().join(folder)))
            .collect(),
    );
}

#[test]
fn no_unfinished_work_and_no_paths_of_one_machine() {
    let mut broken = Vec::new();
    for folder in OWN_TEXT {
        for file in files_below(&root().join(folder), "*") {
            if let Ok(text) = fs::read_to_string(&file) {
                broken.extend(leftovers(&shown(&file), &text));
            }
        }
    }
    for file in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        broken.extend(leftovers(
            file,
            &fs::read_to_string(root().join(file)).unwrap_or_default(),
        ));
    }
    report(broken);
}

#[test]
fn every_policy_folder_has_the_same_parts() {
    report(policy_parts(&root().join("policies")));
}

#[test]
fn decisions_are_numbered_and_have_three_parts() {
    report(decisions(&root().join("docs/adr")));
}

#[test]
fn the_changelog_tells_users_what_changes() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).unwrap_or_default();
    assert!(
        text.contains("\n## [Unreleased]"),
        "CHANGELOG.md has no section `## [Unreleased]`: write what users will notice there"
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut files: Vec<_> = files_below(&root().join("docs"), "md");
    files.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    report(files.iter().flat_map(|file| dead_links(file)).collect());
}

#[test]
fn the_map_names_every_room() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    let rooms = ["core/src", "src"].iter().flat_map(|side| {
        fs::read_dir(root().join(side))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.ends_with("lib.rs") && !path.ends_with("main.rs"))
    });
    report(
        rooms
            .map(|room| shown(&room.with_extension("")))
            .filter(|room| !map.contains(&format!("`{room}`")))
            .map(|room| format!("ARCHITECTURE.md does not name `{room}`: give it a line in the code map"))
            .collect(),
    );
}

fn drawers(folder: &Path) -> Vec<String> {
    files_below(folder, "*")
        .iter()
        .filter(|file| {
            file.strip_prefix(folder).is_ok_and(|inner| {
                inner
                    .with_extension("")
                    .iter()
                    .any(|part| DRAWERS.iter().any(|name| part == *name))
            })
        })
        .map(|file| format!("`{}` is named after nothing: name the idea it holds", shown(file)))
        .collect()
}

fn leftovers(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words = |wanted: &str| {
            line.split(|c: char| !c.is_alphanumeric())
                .any(|word| word == wanted)
        };
        if words(concat!("TO", "DO")) || words(concat!("FIX", "ME")) {
            found.push(format!(
                "`{name}:{}` leaves work for later: do it or write an issue",
                number + 1
            ));
        }
        let path_of_a_machine = ["home", "root", "Users", "work"].iter().any(|top| {
            line.match_indices(&format!("/{top}/")).any(|(at, _)| {
                line[..at]
                    .chars()
                    .next_back()
                    .is_none_or(|before| !before.is_alphanumeric() && !"-_.~/}*)".contains(before))
            })
        });
        if path_of_a_machine {
            found.push(format!(
                "`{name}:{}` names a path of one machine: use one relative to the repository",
                number + 1
            ));
        }
    }
    found
}

fn policy_parts(policies: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    let mut folders: Vec<_> = files_below(policies, "rego")
        .iter()
        .filter_map(|file| file.parent().map(Path::to_path_buf))
        .filter(|folder| !folder.starts_with(policies.join("lib")) && folder != policies)
        .collect();
    folders.dedup();
    for folder in folders {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut needs = |there: bool, what: &str| {
            if !there {
                broken.push(format!(
                    "`{}` has no {what}: every policy has a rule, a test, a passing and a failing fixture",
                    shown(&folder)
                ));
            }
        };
        needs(
            folder.join(format!("{name}.rego")).is_file(),
            &format!("{name}.rego"),
        );
        needs(
            folder.join(format!("{name}_test.rego")).is_file(),
            &format!("{name}_test.rego"),
        );
        for prefix in ["pass_", "fail_"] {
            let fixtures = files_below(&folder.join("fixtures"), "yaml");
            let there = fixtures.iter().any(|file| {
                file.file_name()
                    .is_some_and(|own| own.to_string_lossy().starts_with(prefix))
            });
            needs(there, &format!("fixtures/{prefix}*.yaml"));
        }
    }
    broken
}

fn decisions(folder: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    for (index, file) in files_below(folder, "md").iter().enumerate() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let number = format!("{:04}", index + 1);
        if !name.starts_with(&format!("{number}-")) {
            broken.push(format!(
                "`{}` should begin with {number}-: decisions are numbered without gaps",
                shown(file)
            ));
        }
        let text = fs::read_to_string(file).unwrap_or_default();
        for part in ["## Context", "## Decision", "## Consequences"] {
            if !text.contains(&format!("\n{part}\n")) {
                broken.push(format!("`{}` has no section `{part}`", shown(file)));
            }
        }
    }
    broken
}

fn dead_links(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let folder = file.parent().unwrap_or(file);
    text.match_indices("](")
        .filter_map(|(at, _)| text[at + 2..].split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
        .filter(|target| !folder.join(target).exists())
        .map(|target| format!("`{}` links to `{target}`, which is not there", shown(file)))
        .collect()
}

#[test]
fn the_checks_can_fail() {
    let bad = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = bad.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("code/utils.rs", "");
    write("code/spec/helpers/mod.rs", "");
    assert_eq!(drawers(&bad.path().join("code")).len(), 2);

    write("policies/network/open_door/open_door.rego", "package x");
    write("policies/network/open_door/fixtures/pass_closed.yaml", "");
    write("policies/lib/words.rego", "package lib");
    let parts = policy_parts(&bad.path().join("policies")).join("\n");
    assert!(
        parts.contains("no open_door_test.rego") && parts.contains("no fixtures/fail_*.yaml"),
        "{parts}"
    );
    assert_eq!(parts.lines().count(), 2, "{parts}");

    write(
        "adr/0001-first.md",
        "# First\n\n## Context\n\n## Decision\n\n## Consequences\n",
    );
    write("adr/0003-gap.md", "# Gap\n\n## Context\n\n## Decision\n");
    assert_eq!(decisions(&bad.path().join("adr")).len(), 2);

    write(
        "page.md",
        "[here](adr/0001-first.md#context) [nowhere](adr/0002.md) [web](https://example.com)",
    );
    assert_eq!(dead_links(&bad.path().join("page.md")).len(), 1);

    assert_eq!(
        leftovers(
            "a",
            concat!("// TO", "DO: later\nsee /ro", "ot/x\nnet/ro", "ot/x is fine")
        )
        .len(),
        2
    );
}
