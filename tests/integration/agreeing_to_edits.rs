//! Edits of files are asked for one risk after the other, up to what was said; what is told of them is true, and one patch is written.

use crate::program::{Folder, Outcome, at_a_terminal};
use crate::repairing_files::SPEC;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

/// Its class is a disruptive edit, and the level that is warned of a safe one.
const BOTH: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: web}
spec:
  ingressClassName: traefik
  tls: [{hosts: [example.com], secretName: t}]
  rules:
    - host: example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Namespace
metadata:
  name: web
";
/// What is warned of is to be enforced.
const WARNED: &str = "apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels: {pod-security.kubernetes.io/warn: baseline, pod-security.kubernetes.io/audit: baseline}
";

const SAFE: &str = "Write 1 file with 1 safe edit? [y/N]";
const DISRUPTIVE: &str = "Write 1 file with 1 disruptive edit? [y/N]";
const REMEDIATE: [&str; 4] = ["remediate", "stage", "--files", "app"];
const CHECK: [&str; 5] = ["check", "app", "-e", "stage", "--fix"];

fn folder(text: &str) -> Folder {
    let folder = Folder::new();
    folder.write("environments/stage.yaml", SPEC);
    folder.write("app/web.yaml", text);
    folder
}

/// What was written: the disruptive edit, and the safe one.
fn written(folder: &Folder) -> (bool, bool) {
    let text = folder.read("app/web.yaml");
    let disruptive = text.contains("ingressClassName: nginx");
    let safe = text.contains("pod-security.kubernetes.io/warn: baseline");
    assert_eq!(text == BOTH, !safe && !disruptive, "{text}");
    (safe, disruptive)
}

fn typed(folder: &Folder, words: &[&str], more: &[&str], typed: &str) -> Outcome {
    at_a_terminal(folder.program([words, more].concat()), typed, PATIENCE)
}

fn tells(outcome: &Outcome, words: &[&str], not: &[&str]) {
    for words in words {
        assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
    }
    for words in not {
        assert!(!outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
    }
}

#[test]
fn a_terminal_asks_for_safe_edits_and_then_for_disruptive_ones() {
    for verb in [&REMEDIATE[..], &CHECK] {
        for (answers, safe, disruptive) in [
            ("n\nn\n", false, false),
            ("y\nn\n", true, false),
            ("n\ny\n", false, true),
            ("y\ny\n", true, true),
        ] {
            let folder = folder(BOTH);
            let outcome = typed(&folder, verb, &[], answers);
            assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
            tells(&outcome, &[SAFE, DISRUPTIVE], &[]);
            assert!(outcome.stderr.find(SAFE) < outcome.stderr.find(DISRUPTIVE));
            assert_eq!(written(&folder), (safe, disruptive), "{answers:?}");
            // Each part is shown once, on top of what was agreed to before.
            let shown = |words: &str| outcome.stdout.matches(words).count();
            assert_eq!(shown("\n+  ingressClassName: nginx\n"), 1, "{}", outcome.stdout);
            assert_eq!(
                shown("\n+    pod-security.kubernetes.io/warn: baseline\n"),
                1,
                "{}",
                outcome.stdout
            );
            tells(
                &outcome,
                match (safe, disruptive) {
                    (true, true) => &["wrote app/web.yaml"],
                    (true, false) => &["wrote app/web.yaml", "not written: 1 disruptive edit"],
                    (false, true) => &["wrote app/web.yaml", "not written: 1 safe edit"],
                    (false, false) => &[
                        "nothing was written; --yes writes the 1 safe edit, --yes --max-risk disruptive also the 1 disruptive edit",
                    ],
                },
                &[],
            );
        }
    }
}

#[test]
fn what_is_above_the_risk_that_was_said_is_not_asked_for() {
    for verb in [&REMEDIATE[..], &CHECK] {
        let folder = folder(BOTH);
        let none = typed(&folder, verb, &["--max-risk", "none"], "y\ny\n");
        tells(
            &none,
            &[
                "it is safe: --max-risk safe",
                "it is disruptive: --max-risk disruptive",
            ],
            &["[y/N]", "--yes"],
        );
        assert_eq!((none.code, written(&folder)), (Some(1), (false, false)));
        let mut command = folder.program(verb);
        command.env("ENVCHECK_MAX_RISK", "none");
        tells(&at_a_terminal(command, "y\ny\n", PATIENCE), &[], &["[y/N]"]);
        assert_eq!(written(&folder), (false, false));

        let safe = typed(&folder, verb, &["--max-risk", "safe"], "y\ny\n");
        tells(
            &safe,
            &[SAFE, "it is disruptive: --max-risk disruptive"],
            &["disruptive edit?"],
        );
        assert_eq!((safe.code, written(&folder)), (Some(1), (true, false)));
    }
}

/// Nobody is asked whether Pods may be kept from being made that no file shows; whoever says so has said it.
#[test]
fn a_level_is_enforced_only_where_its_risk_was_said() {
    const HINT: &str = "--max-risk disruptive does it unseen";
    for verb in [&REMEDIATE[..], &CHECK] {
        let only = ["--only", "pod-security-level"];
        let folder = folder(WARNED);
        let unsaid = typed(&folder, verb, &only, "y\ny\n");
        tells(&unsaid, &[HINT], &["[y/N]"]);
        let said = [&only[..], &["--max-risk", "disruptive"]].concat();
        let shown = folder.run([verb, &said].concat()).exits(1);
        tells(&shown, &["nothing was written; --yes writes it"], &["--max-risk"]);
        let declined = typed(&folder, verb, &said, "n\n");
        tells(
            &declined,
            &[DISRUPTIVE, "nothing was written; --yes writes it"],
            &["--max-risk"],
        );
        assert_eq!(folder.read("app/web.yaml"), WARNED);
        typed(&folder, verb, &said, "y\n").exits(0);
        let text = folder.read("app/web.yaml");
        assert!(
            text.contains("pod-security.kubernetes.io/enforce: baseline"),
            "{text}"
        );
    }
}

/// What is told of `--yes` is what `--yes` does.
#[test]
fn flags_do_what_is_told_of_them() {
    let told = [
        (
            &[][..],
            "nothing was written; --yes writes the 1 safe edit, --yes --max-risk disruptive also the 1 disruptive edit",
        ),
        (
            &["--max-risk", "disruptive"],
            "nothing was written; --yes writes it",
        ),
        (&["--max-risk", "safe"], "nothing was written; --yes writes it"),
        (
            &["--only", "ingress-class"],
            "nothing was written; --yes --max-risk disruptive writes it",
        ),
        (
            &["--only", "pod-security-level"],
            "nothing was written; --yes writes it",
        ),
    ];
    for verb in [&REMEDIATE[..], &CHECK] {
        let folder = folder(BOTH);
        for (more, words) in told {
            let shown = folder.run([verb, more].concat()).exits(1);
            tells(&shown, &[words], &[]);
        }
        assert_eq!(written(&folder), (false, false));
        folder
            .run([verb, &["--yes", "--max-risk", "none"]].concat())
            .exits(1);
        assert_eq!(written(&folder), (false, false));
        let safe = folder.run([verb, &["--yes"]].concat()).exits(1);
        tells(&safe, &["it is disruptive: --max-risk disruptive"], &[]);
        assert_eq!(written(&folder), (true, false));
        folder
            .run([verb, &["--yes", "--max-risk", "disruptive"]].concat())
            .exits(0);
        assert_eq!(written(&folder), (true, true));
    }
}

/// What cannot be written by anybody is not promised to `--yes`.
#[test]
fn no_flag_is_named_that_writes_nothing() {
    let folder = folder(BOTH);
    folder.write(
        "own/own.rego",
        "package main\ndeny contains msg if {\n\tinput.spec.ingressClassName == \"nginx\"\n\tmsg := \"not nginx\"\n}\n",
    );
    let own = ["-p", "own", "--only", "ingress-class"];
    for outcome in [
        folder.run([&REMEDIATE[..], &own].concat()),
        typed(&folder, &REMEDIATE, &own, "y\n"),
    ] {
        tells(
            &outcome,
            &[
                "they would bring about main.deny",
                "nothing was written: the edits would bring about",
            ],
            &["--yes", "[y/N]"],
        );
        assert_eq!(outcome.code, Some(1));
    }
    // What is safe is offered all the same.
    let part = typed(&folder, &REMEDIATE, &["-p", "own"], "y\ny\n");
    tells(
        &part,
        &[
            SAFE,
            "they would bring about main.deny",
            "not written: 1 disruptive edit",
        ],
        &["disruptive edit?"],
    );
    assert_eq!(written(&folder), (true, false));
}

#[test]
fn the_patch_is_written_once_of_what_was_chosen() {
    const PATCH: [&str; 2] = ["--patch", "x.patch"];
    for verb in [&REMEDIATE[..], &CHECK] {
        for (answers, safe, disruptive) in [
            ("n\nn\n", true, true),
            ("y\nn\n", true, false),
            ("n\ny\n", false, true),
            ("y\ny\n", true, true),
        ] {
            let folder = folder(BOTH);
            let outcome = typed(&folder, verb, &PATCH, answers);
            let times = outcome.stderr.matches("wrote x.patch").count();
            assert_eq!(times, 1, "{answers:?}: {}", outcome.stderr);
            let patch = folder.read("x.patch");
            let has = |words: &str| patch.matches(words).count() == 1;
            assert_eq!(
                has("\n+    pod-security.kubernetes.io/warn: baseline\n"),
                safe,
                "{patch}"
            );
            assert_eq!(has("\n+  ingressClassName: nginx\n"), disruptive, "{patch}");
        }
    }
}
