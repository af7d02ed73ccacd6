//! `policy new`: what it writes is a policy from the first moment on, and it takes nobody's place.

use crate::program::{Folder, root};

fn new<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["policy", "new", name], more].concat()
}

#[test]
fn a_new_policy_of_each_scope_passes_its_tests_and_loads() {
    for (scope, name, finds) in [
        ("object", "labels/team-label", "label team is missing"),
        // What policies read may not begin a package: `network` gets a name in front.
        ("environment", "network/policy-present", "holds no NetworkPolicy"),
    ] {
        let folder = Folder::new();
        let told = folder.run(new(name, &["--scope", scope])).exits(0);
        let id = name.split_once('/').unwrap().1;
        let place = format!("policies/{}", name.replace('-', "_"));
        told.shows(&[
            &format!("wrote {place}/{}.rego", id.replace('-', "_")),
            &format!("envcheck policy test {place}"),
            &format!("-p {place}"),
        ]);
        for directory in ["policies", &place] {
            let tests = folder
                .run(["policy", "test", directory, "-o", "json"])
                .exits(0)
                .json();
            assert!(tests["passed"].as_u64().unwrap() >= 4, "{tests}");
            assert_eq!((&tests["failed"], &tests["errors"]), (&0.into(), &0.into()));
        }
        folder
            .run(["policy", "explain", id, "-p", "policies"])
            .exits(0)
            .shows(&[
                "## Examples",
                "Fails (without ",
                "Passes (with ",
                "## How to mend it",
            ]);
        folder.write(
            "shop.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n",
        );
        folder
            .run([
                "check",
                "shop.yaml",
                "--complete",
                "--bundle",
                "none",
                "-p",
                "policies",
                "--fail-on",
                "medium",
            ])
            .exits(1)
            .shows(&[&format!("[{id}]"), finds]);
    }
}

/// Beside our own policies it becomes one of ours.
#[test]
fn a_new_policy_among_the_built_in_ones_is_one_of_them() {
    let folder = Folder::new();
    let text = std::fs::read(root().join("policies/lib/text.rego")).unwrap();
    folder.write("policies/lib/text.rego", text);
    folder
        .run(new("network/policy_present", &["--scope", "environment"]))
        .exits(0)
        .shows(&["cargo xtask gen"]);
    let rule = folder.read("policies/network/policy_present/policy_present.rego");
    assert!(
        rule.contains("\npackage envcheck.network.policy_present\n"),
        "{rule}"
    );
    folder
        .run(["policy", "test", "policies"])
        .exits(0)
        .shows(&["5 passed, 0 failed"]);
}

#[test]
fn what_is_taken_stays_as_it_is() {
    let folder = Folder::new();
    folder.run(new("labels/team-label", &[])).exits(0);
    let rule = "policies/labels/team_label/team_label.rego";
    folder.write(
        rule,
        folder.read(rule).replace("Deployments name", "Deployments tell"),
    );
    folder.run(new("other/team-label", &[])).refuses(&[
        "a policy is called team-label already: policies/labels/team_label/team_label.rego",
        "hint: ",
    ]);
    folder
        .run(new("network/namespace-isolation", &[]))
        .refuses(&["a policy is called namespace-isolation already"]);
    folder.write("policies/labels/mine/notes.txt", "mine");
    folder
        .run(new("labels/mine", &[]))
        .refuses(&["cannot create policies/labels/mine: it exists already", "hint: "]);
    assert!(folder.read(rule).contains("Deployments tell"));
    assert_eq!(folder.read("policies/labels/mine/notes.txt"), "mine");
    let left: Vec<_> = std::fs::read_dir(folder.path().join("policies/labels"))
        .unwrap()
        .collect();
    assert_eq!(left.len(), 2, "nothing half made is left");
}

#[test]
fn names_that_are_none_are_refused_with_what_was_meant() {
    let folder = Folder::new();
    for (name, words) in [
        ("network/OpenDoor", "open-door"),
        ("network/open-the_door", "open-the-door"),
        ("Net work/door", "net-work"),
        ("door", "CATEGORY/NAME"),
        ("a/b/c", "CATEGORY/NAME"),
        ("../door", "kebab case"),
        ("network/", "kebab case"),
        ("lib/door", "lib holds what policies share"),
        ("network/door-test", "are tests"),
    ] {
        folder.run(new(name, &[])).refuses(&[words, "hint: "]);
    }
    let long = format!("network/{}", "a".repeat(58));
    folder.run(new(&long, &[])).refuses(&["58 characters", "hint: "]);
    assert!(!folder.path().join("policies").exists(), "nothing was written");
}
