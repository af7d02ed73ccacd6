//! Values of Secrets never leave the program: not in a report, not in an excerpt, not in an error.

use crate::program::{Folder, Outcome};

const CANARY: &str = "c4n4ry-v4lue";
/// The same in base64.
const ENCODED: &str = "YzRuNHJ5LXY0bHVl";

fn secret(tail: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: credentials\n  namespace: kube-system\n  annotations:\n    \
         kubectl.kubernetes.io/last-applied-configuration: '{{\"kind\":\"Secret\",\"data\":{{\"password\":\"{ENCODED}\"}},\"stringData\":{{\"token\":\"{CANARY}\"}}}}'\n\
         type: Opaque\ndata: {{password: {ENCODED}}}\nstringData:\n  token: {CANARY}\n  \"{CANARY}\": x\n{tail}"
    )
}

#[track_caller]
fn tells_nothing(outcome: &Outcome) {
    for value in [CANARY, ENCODED] {
        assert!(
            !outcome.stdout.contains(value),
            "on standard output: {}",
            outcome.stdout
        );
        assert!(
            !outcome.stderr.contains(value),
            "on standard error: {}",
            outcome.stderr
        );
    }
}

/// All outputs of a check.
fn outputs(folder: &Folder, arguments: &[&str]) -> Vec<Outcome> {
    ["table", "json", "sarif", "junit", "markdown"]
        .iter()
        .map(|format| folder.run([&["check"], arguments, &["-o", format]].concat()))
        .collect()
}

/// A policy that finds fault with every part of a Secret, each with a path into it.
const CURIOUS: &str = "package main\n\n\
    deny contains {\"msg\": \"has data\", \"path\": [\"data\", \"password\"]} if input.data.password\n\n\
    deny contains {\"msg\": \"has text\", \"path\": [\"stringData\", \"token\"]} if input.stringData.token\n\n\
    deny contains {\"msg\": \"has all\", \"path\": [\"stringData\"]} if input.stringData\n\n\
    deny contains {\"msg\": \"was applied\", \"path\": [\"metadata\", \"annotations\", \"kubectl.kubernetes.io/last-applied-configuration\"]} if input.metadata.annotations\n\n\
    deny contains {\"msg\": \"is a Secret\"} if input.kind == \"Secret\"\n";

#[test]
fn findings_on_a_secret_show_no_value() {
    let folder = Folder::with_stage();
    folder.write("secret.yaml", secret(""));
    folder.write("policies/curious.rego", CURIOUS);
    for outcome in outputs(&folder, &["secret.yaml", "-e", "stage", "--complete"]) {
        tells_nothing(&outcome.exits(1));
    }
    for outcome in outputs(&folder, &["secret.yaml", "-p", "policies", "--bundle", "none"]) {
        let outcome = outcome.exits(1);
        tells_nothing(&outcome);
        assert!(
            outcome.stdout.contains("was applied"),
            "the findings are there: {}",
            outcome.stdout
        );
    }
}

#[test]
fn a_secret_in_a_list_or_in_json_shows_no_value() {
    let folder = Folder::new();
    folder.write("policies/curious.rego", CURIOUS);
    folder.write(
        "list.yaml",
        format!("apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Secret, metadata: {{name: x}}, stringData: {{token: {CANARY}}}, data: {{password: {ENCODED}}}}}\n"),
    );
    folder.write(
        "typed.yaml",
        format!("apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {{name: x}}\n  stringData: {{token: {CANARY}}}\n"),
    );
    folder.write(
        "secret.json",
        format!(r#"{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "x"}}, "stringData": {{"token": "{CANARY}"}}}}"#),
    );
    // One file may hold both: a finding on the Deployment stands lines away from the Secret's value.
    folder.write(
        "both.yaml",
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData: {{token: {CANARY}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: y}}\n"),
    );
    folder.write(
        "policies/any.rego",
        "package other\n\ndeny contains \"is a Service\" if input.kind == \"Service\"\n",
    );
    for file in ["list.yaml", "typed.yaml", "secret.json", "both.yaml"] {
        for outcome in outputs(&folder, &[file, "-p", "policies", "--bundle", "none"]) {
            tells_nothing(&outcome.exits(1));
        }
    }
}

/// Where a Secret cannot be parsed, the message says where, not what stands there.
#[test]
fn a_broken_secret_shows_no_value() {
    let folder = Folder::with_stage();
    for broken in [
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData: {{token: [{CANARY}}}\n"),
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  token: {CANARY}\n bad: {CANARY}\n"
        ),
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  token: \"{CANARY}\\q\"\n"
        ),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  token: *{CANARY}\n"),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  token: @{CANARY}\n"),
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  token: {CANARY}\n  token: {CANARY}\n"
        ),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ndata:\n  token: !!int {CANARY}\n"),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{}}\nstringData: {{token: {CANARY}}}\n"),
    ] {
        folder.write("broken.yaml", &broken);
        for outcome in outputs(&folder, &["broken.yaml", "-e", "stage"]) {
            tells_nothing(&outcome.exits(3));
        }
        tells_nothing(&folder.run(["reach", "broken.yaml"]));
    }
}

/// A conftest policy may put a value into its own words; ours never do, and an environment variable's value is not quoted
/// beside a finding on something else.
#[test]
fn values_of_environment_variables_are_not_quoted() {
    let folder = Folder::with_stage();
    folder.write(
        "app.yaml",
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app, namespace: kube-system}}\nspec:\n  template:\n    spec:\n      \
             containers:\n        - name: app\n          image: app\n          ports: [{{containerPort: 80}}]\n          env:\n            \
             - name: PASSWORD\n              value: {CANARY}\n"
        ),
    );
    for outcome in outputs(&folder, &["app.yaml", "-e", "stage", "--complete"]) {
        tells_nothing(&outcome.exits(1));
    }
}

#[test]
fn a_token_in_the_environment_is_not_told() {
    let folder = Folder::with_stage();
    folder.write("secret.yaml", secret(""));
    for verb in [
        vec!["check", "secret.yaml", "-e", "stage"],
        vec!["policy", "list"],
        vec!["--help"],
        vec!["check", "--help"],
    ] {
        let mut command = folder.program(verb);
        for name in [
            "DIGITALOCEAN_TOKEN",
            "DIGITALOCEAN_ACCESS_TOKEN",
            "SPACES_SECRET_ACCESS_KEY",
        ] {
            command.env(name, CANARY);
        }
        tells_nothing(&crate::program::finish(command, None));
    }
}
