//! Rego that recurses, nests, hangs, calls what is not there or is no Rego: refused with its place, or an error of that
//! policy alone. The program neither crashes nor hangs.

use crate::program::{Folder, Outcome};

fn with_policy(policy: impl AsRef<[u8]>) -> Folder {
    let folder = Folder::new();
    folder.write(
        "app.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {}\n",
    );
    folder.write("policy/p.rego", policy);
    folder
}

fn check(folder: &Folder) -> Outcome {
    folder.run([
        "check", "app.yaml", "-p", "policy", "--bundle", "none", "-o", "json",
    ])
}

#[track_caller]
fn is_refused(policy: impl AsRef<[u8]>, words: &[&str]) {
    let outcome = check(&with_policy(policy))
        .refuses(&["policy/p.rego"])
        .says(words);
    assert!(
        outcome.stderr.len() < 4_000,
        "{} bytes of words",
        outcome.stderr.len()
    );
}

#[test]
fn recursion_is_refused() {
    is_refused(
        "package main\n\nf(x) := f(x)\n\ndeny contains \"x\" if f(1)\n",
        &["p.rego:3", "f"],
    );
    is_refused(
        "package main\n\nf(x) := g(x)\n\ng(x) := f(x)\n\ndeny contains \"x\" if f(1)\n",
        &["p.rego:"],
    );
    is_refused(
        "package main\n\ndeny contains \"x\" if deny[\"x\"]\n",
        &["p.rego:3"],
    );
    is_refused(
        "package main\n\na if b\n\nb if a\n\ndeny contains \"x\" if a\n",
        &["p.rego:"],
    );
    is_refused(
        "package main\n\na if not b\n\nb if not data.main.a\n\ndeny contains \"x\" if a\n",
        &["p.rego:"],
    );
    // Across files and packages.
    let folder =
        with_policy("package main\n\nimport data.lib\n\nf(x) := lib.g(x)\n\ndeny contains \"x\" if f(1)\n");
    folder.write("policy/lib.rego", "package lib\n\ng(x) := data.main.f(x)\n");
    check(&folder).refuses(&["policy/"]);
}

#[test]
fn nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{", "}"), ("(", ")")] {
        for depth in [30, 1_000, 100_000] {
            let literal = open.repeat(depth) + "1" + &close.repeat(depth);
            is_refused(
                format!("package main\n\ndeny contains \"x\" if {literal} == 1\n"),
                &["p.rego:3"],
            );
        }
    }
    for chain in [" + 1", " | {1}", " - 1"] {
        is_refused(
            format!(
                "package main\n\ndeny contains \"x\" if 1{} == 1\n",
                chain.repeat(20_000)
            ),
            &["p.rego:3"],
        );
    }
    is_refused(
        format!(
            "package main\n\ndeny contains \"x\" if input{}\n",
            ".a".repeat(100_000)
        ),
        &["p.rego:3"],
    );
    is_refused(
        format!(
            "package main\n\ndeny contains \"x\" if {} true\n",
            "not ".repeat(10_000)
        ),
        &["p.rego:3"],
    );
    let calls = "count([".repeat(2_000) + "1" + &"])".repeat(2_000);
    is_refused(
        format!("package main\n\ndeny contains \"x\" if {calls} == 1\n"),
        &["p.rego:3"],
    );
    let rules: String = (0..2_000).map(|n| format!("r{n} if r{}\n\n", n + 1)).collect();
    let outcome = check(&with_policy(format!(
        "package main\n\ndeny contains \"x\" if r0\n\n{rules}r2000 := true\n"
    )));
    assert!(
        matches!(outcome.code, Some(1..=3)),
        "a long chain of rules does not overflow: {:?}",
        outcome.code
    );
}

#[test]
fn calls_to_what_is_not_there_are_refused() {
    is_refused(
        "package main\n\ndeny contains \"x\" if crypto.sha256(\"x\") == \"y\"\n",
        &["p.rego:3", "crypto.sha256"],
    );
    is_refused(
        "package main\n\ndeny contains \"x\" if http.send({\"url\": \"http://127.0.0.1\"}).status_code == 200\n",
        &["http.send"],
    );
    is_refused(
        "package main\n\ndeny contains \"x\" if startwith(input.kind, \"x\")\n",
        &["startwith"],
    );
    is_refused(
        "package main\n\nimport data.lib.missing\n\ndeny contains \"x\" if missing.f(input)\n",
        &["missing"],
    );
}

#[test]
fn what_is_no_rego_is_refused_with_its_place() {
    is_refused(
        "package main\n\ndeny contains msg if {\n\tmsg := \n}\n",
        &["p.rego:"],
    );
    is_refused("deny contains \"x\"\n", &["p.rego:1"]);
    is_refused("", &[]);
    is_refused(
        "package main\n\ndeny contains \"x\" if input.kind == \"\0\"\n",
        &[],
    );
    is_refused(b"package main\n\n# \xff\n", &["UTF-8"]);
    is_refused(b"\xff\xfep\0a\0c\0k\0a\0g\0e\0", &[]);
    is_refused("<html></html>\n", &["p.rego:1"]);
    let folder = Folder::new();
    folder.write(
        "app.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
    );
    folder.write("policy/readme.md", "nothing");
    check(&folder).refuses(&["policy holds no .rego file", "hint: "]);
    folder
        .run(["check", "app.yaml", "-p", "nowhere", "--bundle", "none"])
        .refuses(&["nowhere does not exist"]);
}

/// Nothing of the program's own documents can be overwritten by a package.
#[test]
fn packages_of_our_own_documents_are_refused() {
    for package in [
        "environment",
        "network.x",
        "parameters",
        "inventory",
        "view",
        "now",
        "digitalocean",
        "spaces",
    ] {
        is_refused(
            format!("package {package}\n\ndeny contains \"x\" if true\n"),
            &["p.rego:1", package.split('.').next().unwrap()],
        );
    }
}

/// A hang costs its policy, and only that: the other one is judged.
#[test]
fn endless_work_is_an_error_of_its_policy() {
    for endless in [
        "count(numbers.range(1, 50000000)) == 1",
        "count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); some c in numbers.range(1, 3000); a + b + c == 1]) == 1",
        "regex.match(\"(a+)+$\", concat(\"\", [\"a\" | some i in numbers.range(1, 100000)]))",
        "count(concat(\"\", [x | some i in numbers.range(1, 1000000); x := \"aaaaaaaaaaaaaaaa\"])) == 1",
    ] {
        let folder = with_policy(format!(
            "package hang\n\ndeny contains \"endless\" if {endless}\n"
        ));
        folder.write(
            "policy/fine.rego",
            "package fine\n\ndeny contains \"fine\" if input.kind == \"Service\"\n",
        );
        let outcome = check(&folder);
        assert_eq!(outcome.code, Some(1), "{endless}: {}", outcome.stderr);
        let report = outcome.report();
        assert!(
            report.messages().contains(&"fine".to_owned()),
            "{endless}: {:?}",
            report.messages()
        );
    }
}

#[test]
fn findings_that_are_none_are_errors() {
    for (value, words) in [
        ("1", "number"),
        ("{\"details\": 1}", ""),
        ("{\"msg\": 1}", ""),
        ("null", "null"),
        ("[\"x\"]", ""),
    ] {
        let folder = with_policy(format!(
            "package main\n\ndeny contains {value} if input.kind == \"Service\"\n"
        ));
        let outcome = check(&folder);
        assert!(
            matches!(outcome.code, Some(2 | 3)),
            "{value}: {:?} {}",
            outcome.code,
            outcome.stdout
        );
        if outcome.code == Some(3) {
            let errors = outcome.report().errors().join("\n");
            assert!(!errors.is_empty() && errors.contains(words), "{value}: {errors}");
        }
    }
}

#[test]
fn many_findings_and_long_ones_are_reported_whole() {
    let folder = with_policy(
        "package main\n\ndeny contains sprintf(\"number %d\", [i]) if {\n\tinput.kind == \"Service\"\n\tsome i in numbers.range(1, 20000)\n}\n",
    );
    let report = check(&folder).exits(1).report();
    assert_eq!(report.list("findings").len(), 20_000);
    let folder = with_policy(
        "package main\n\ndeny contains concat(\"\", [\"long \" | some i in numbers.range(1, 200000)]) if input.kind == \"Service\"\n",
    );
    let report = check(&folder).exits(1).report();
    assert_eq!(report.messages()[0].len(), 1_000_000);
}

#[test]
fn metadata_that_is_wrong_is_refused() {
    let policy = |metadata: &str| {
        format!(
            "# METADATA\n{metadata}package acme.x\n\ndeny contains {{\"message\": \"x\"}} if input.kind\n"
        )
    };
    let good = "# title: X\n# description: X.\n# scope: package\n# custom:\n#   id: x-y\n#   severity: high\n#   evaluates: object\n#   kinds: [v1/Service]\n#   stages: [manifests]\n#   remediation: X.\n#   bundles: [environment]\n";
    for (from, to, words) in [
        ("severity: high", "severity: severe", "severe"),
        ("evaluates: object", "evaluates: things", "things"),
        ("stages: [manifests]", "stages: [manifest]", "manifest"),
        ("id: x-y", "id: X Y", "X Y"),
        ("id: x-y", "id: registry-size", "registry-size"),
        ("#   severity: high\n", "", "severity"),
        ("custom:", "custom: [", ""),
    ] {
        assert!(good.contains(from));
        is_refused(policy(&good.replace(from, to)), &[words]);
    }
}
