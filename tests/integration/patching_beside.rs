//! `remediate --files` and `check --fix` where a manifest cannot be edited so that it says what is wanted and nothing else: anchors that
//! would repeat a credential, forms that are not edited. Then the kustomization that lists it gets a patch, or the user is told why not.

use crate::program::{Folder, Outcome};
use crate::repairing_files::{SPEC, WRITE};
use std::process::Command;

/// The key is written so that its value is not edited.
const INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: web}
spec:
  ? ingressClassName
  : traefik
  tls: [{hosts: [example.com], secretName: t}]
  rules: [{host: example.com}]
";

/// Both containers are one but for their names; a password stands for both.
const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - &container
          name: one # the first
          image: reg/one:1
          env:
            - {name: DB_PASSWORD, value: CANARY}
        - <<: *container
          name: two
";

/// Wants of the first container what the second may not get: that it keeps its standard input open.
const POLICY: &str = r#"# METADATA
# title: own
# description: own
# scope: package
# custom:
#   id: keeps-input
#   severity: high
#   evaluates: object
#   kinds: [apps/v1/Deployment]
#   needs: []
#   stages: [manifests]
#   remediation: own
package own.keeps_input

deny contains finding if {
	not input.spec.template.spec.containers[0].stdin
	finding := {"message": "closed", "path": ["spec"], "fix": {"action": "kubernetes.patch", "risk": "disruptive", "summary": "keep the input open", "patch": [{"op": "add", "path": "/spec/template/spec/containers/0/stdin", "value": true}]}}
}
"#;

fn folder(manifest: &str, kustomization: &str) -> Folder {
    let folder = Folder::new();
    folder.write("environments/stage.yaml", SPEC);
    folder.write("own/keeps.rego", POLICY);
    folder.write("app/web.yaml", manifest);
    if !kustomization.is_empty() {
        folder.write("app/kustomization.yaml", kustomization);
    }
    folder
}

const OWN: [&str; 5] = ["-p", "own", "--only", "keeps-input", "--trust-fixes"];

fn own(words: &[&'static str]) -> Vec<&'static str> {
    [words, &OWN].concat()
}

/// What Kustomize makes of a folder; nothing where no such program is.
pub(crate) fn rendered(folder: &Folder, of: &str) -> Option<String> {
    let programs: [&[&str]; 2] = [&["kustomize", "build"], &["kubectl", "kustomize"]];
    programs.iter().find_map(|words| {
        let mut command = Command::new(words[0]);
        let done = command
            .args(&words[1..])
            .arg(of)
            .current_dir(folder.path())
            .output()
            .ok()?;
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Some(String::from_utf8(done.stdout).unwrap())
    })
}

#[test]
fn what_would_repeat_a_credential_becomes_a_patch_of_the_kustomization() {
    const KUSTOMIZATION: &str = "# Ours.\nnamePrefix: a-\nresources:\n- web.yaml # all of it\n";
    let folder = folder(DEPLOYMENT, KUSTOMIZATION);
    let Some(before) = rendered(&folder, "app") else {
        return skipped();
    };
    let shown = folder.run(own(&WRITE[..4])).exits(1);
    insta::assert_snapshot!(shown.stdout, @r#"
    --- a/app/kustomization.yaml
    +++ b/app/kustomization.yaml
    @@ -2,3 +2,12 @@
     namePrefix: a-
     resources:
     - web.yaml # all of it
    +patches:
    +- patch: |
    +    - op: add
    +      path: "/spec/template/spec/containers/0/stdin"
    +      value: true
    +  target:
    +    group: apps
    +    kind: Deployment
    +    name: web
    "#);
    assert_eq!(folder.read("app/kustomization.yaml"), KUSTOMIZATION, "shown only");
    let written = folder.run(own(&WRITE)).exits(0).says(&[
        "1 edit in 1 file repair 1 of 1 finding",
        "wrote app/kustomization.yaml",
        "kubectl kustomize app | envcheck check - -e ENV",
    ]);
    assert!(!written.stdout.contains("CANARY"));
    assert_eq!(folder.read("app/web.yaml"), DEPLOYMENT, "the manifest stays");
    let text = folder.read("app/kustomization.yaml");
    assert!(
        text.starts_with(KUSTOMIZATION) && !text.contains("CANARY"),
        "{text}"
    );
    // The first container, and nothing else.
    let after = rendered(&folder, "app").unwrap();
    assert_eq!(after.replace("        stdin: true\n", ""), before);
    assert!(after.contains("name: one\n        stdin: true\n"), "{after}");
    // A second time there is nothing to do, and what is said of it is true.
    folder.run(own(&WRITE)).exits(1).says(&[
        "(Deployment): what app/kustomization.yaml renders is as it should be, and the manifest is not what is deployed",
        "0 edits in 0 files",
    ]);
    assert_eq!(folder.read("app/kustomization.yaml"), text);
    folder.write("rendered/web.yaml", after);
    let check = ["check", "rendered", "-e", "stage"];
    folder.run([&check[..], &OWN[..4]].concat()).exits(0);
}

/// Twice is as once, whatever the patch does.
#[test]
fn what_a_patch_did_is_not_done_again() {
    if !rendered_at_all() {
        return skipped();
    }
    let container = "/spec/template/spec/containers/0";
    // Kustomize takes the one about, kubectl the other: what that says is not edited.
    let manifest = DEPLOYMENT
        .replace(
            "          env:\n",
            "          args: [a, b]\n          tty: true\n          env:\n",
        )
        .replace(
            "spec:\n  selector",
            "  annotations:\n    about: a\n    <<: {about: b}\nspec:\n  selector",
        );
    let operations = [
        ("add", "/stdin", Some("true")),
        ("add", "/args/0", Some("\"z\"")),
        ("add", "/args/-", Some("\"z\"")),
        ("replace", "/image", Some("\"reg/one:2\"")),
        ("replace", "/args/1", Some("\"z\"")),
        ("remove", "/tty", None),
        ("remove", "/args/0", None),
        ("remove", "/args", None),
    ];
    for (kind, path, value) in operations {
        let value = value
            .map(|value| format!(", \"value\": {value}"))
            .unwrap_or_default();
        let operation = format!("{{\"op\": \"{kind}\", \"path\": \"{container}{path}\"{value}}}");
        let (head, rest) = POLICY.split_once("\tnot input").unwrap();
        let patch = rest.find("{\"op\"").unwrap()..rest.find("]}}").unwrap();
        let mut rest = rest[rest.find('\n').unwrap()..].replace(&rest[patch], &operation);
        rest.insert_str(0, "\tinput.spec.template.spec.containers[0].name == \"one\"");
        let folder = folder(&manifest, "resources: [web.yaml]\n");
        folder.write("own/keeps.rego", head.to_owned() + &rest);
        let before = rendered(&folder, "app").unwrap();
        folder
            .run(own(&WRITE))
            .says(&["1 edit in 1 file", "wrote app/kustomization.yaml"]);
        let (text, after) = (
            folder.read("app/kustomization.yaml"),
            rendered(&folder, "app").unwrap(),
        );
        assert!(text.contains(&format!("op: {kind}")) && before != after, "{text}");
        folder.run(own(&WRITE)).says(&[
            "what app/kustomization.yaml renders is as it should be",
            "0 edits in 0 files",
        ]);
        assert_eq!(folder.read("app/kustomization.yaml"), text, "{operation}");
        assert_eq!(folder.read("app/web.yaml"), manifest, "{operation}");
    }
}

#[test]
fn check_fix_and_patch_files_take_the_same_way() {
    let folder = folder(INGRESS, "resources: [web.yaml, ../base]\nnamespace: web\n");
    folder.write("base/kustomization.yaml", "resources: [c.yaml]\n");
    folder.write(
        "base/c.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n",
    );
    if rendered(&folder, "app").is_none() {
        return skipped();
    }
    let words = ["check", "app", "-e", "stage", "--fix", "--only", "ingress-class"];
    folder
        .run([&words[..], &["--patch", "whole.patch"]].concat())
        .exits(1);
    let patch = folder.read("whole.patch");
    assert!(
        patch.contains("+++ b/app/kustomization.yaml") && !patch.contains("app/web.yaml"),
        "{patch}"
    );
    let mut git = Command::new("git");
    let applied = git
        .args(["apply", "whole.patch"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        applied.status.success(),
        "{}",
        String::from_utf8_lossy(&applied.stderr)
    );
    let by_git = folder.read("app/kustomization.yaml");
    folder.write(
        "app/kustomization.yaml",
        "resources: [web.yaml, ../base]\nnamespace: web\n",
    );
    folder.run([&words[..], &WRITE[4..]].concat()).exits(0);
    assert_eq!(folder.read("app/kustomization.yaml"), by_git);
    assert_eq!(folder.read("app/web.yaml"), INGRESS);
    let after = rendered(&folder, "app").unwrap();
    assert!(after.contains("ingressClassName: nginx"), "{after}");
}

#[test]
fn an_edit_and_a_patch_of_one_object_come_together() {
    let both =
        DEPLOYMENT.to_owned() + "---\n" + &INGRESS.replace("? ingressClassName\n  :", "ingressClassName:");
    let folder = folder(&both, "resources: [web.yaml]\n");
    if rendered(&folder, "app").is_none() {
        return skipped();
    }
    let words = [
        &WRITE[..],
        &[
            "-p",
            "own",
            "--only",
            "keeps-input,ingress-class",
            "--trust-fixes",
        ],
    ]
    .concat();
    folder.run(words).exits(0).says(&["2 edits in 2 files"]);
    assert_eq!(folder.read("app/web.yaml"), both.replace("traefik", "nginx"));
    let after = rendered(&folder, "app").unwrap();
    assert!(
        after.contains("ingressClassName: nginx") && after.contains("stdin: true"),
        "{after}"
    );
}

#[test]
fn a_patch_is_written_only_with_what_it_was_rendered_with() {
    use std::os::unix::fs::PermissionsExt;
    let both =
        DEPLOYMENT.to_owned() + "---\n" + &INGRESS.replace("? ingressClassName\n  :", "ingressClassName:");
    let folder = folder(&both, "resources: [web.yaml]\n");
    if !rendered_at_all() {
        return skipped();
    }
    let manifest = folder.path().join("app/web.yaml");
    std::fs::set_permissions(&manifest, std::fs::Permissions::from_mode(0o444)).unwrap();
    let words = [
        "-p",
        "own",
        "--only",
        "keeps-input,ingress-class",
        "--trust-fixes",
    ];
    folder.run([&WRITE[..], &words].concat()).exits(1).says(&[
        "did not write app/web.yaml",
        "did not write app/kustomization.yaml: its patch was tried together with the edit of app/web.yaml",
    ]);
    assert_eq!(folder.read("app/kustomization.yaml"), "resources: [web.yaml]\n");
}

#[test]
fn a_kustomization_keeps_its_bytes() {
    const TEXT: &str = "\u{feff}# c\r\nresources: [web.yaml]\r\n# tail";
    let folder = folder(INGRESS, TEXT);
    if !rendered_at_all() {
        return skipped();
    }
    folder
        .run([&WRITE[..], &["--only", "ingress-class"]].concat())
        .exits(0);
    let text = folder.read("app/kustomization.yaml");
    let rest = text.strip_prefix("\u{feff}# c\r\nresources: [web.yaml]\r\n");
    assert!(
        rest.is_some_and(|rest| rest.ends_with("# tail") || rest.contains("# tail")),
        "{text:?}"
    );
}

#[test]
fn where_no_kustomization_can_take_it_the_user_is_told_what_to_do() {
    let left = |folder: &Folder, words: &[&str]| -> Outcome {
        let outcome = folder.run(words).exits(1);
        assert_eq!(folder.read("app/web.yaml"), INGRESS);
        outcome
    };
    let plain = [&WRITE[..], &["--only", "ingress-class"]].concat();
    let alone = folder(INGRESS, "");
    left(&alone, &plain).says(&[
        "after which values are not edited; no kustomization lists app/web.yaml: list it in one, and a patch is added there",
    ]);
    let other = folder(INGRESS, "resources: [other.yaml]\n");
    left(&other, &plain).says(&["no kustomization lists app/web.yaml"]);
    // One that is not among what the user named is not touched.
    let beside = folder(INGRESS, "resources: [web.yaml]\n");
    let file = [&["remediate", "stage", "--files", "app/web.yaml"], &plain[4..]].concat();
    left(&beside, &file).says(&["app/kustomization.yaml lists app/web.yaml: name its folder"]);
    beside.write("kustomization.yaml", "resources: [app/web.yaml]\n");
    let all = [&["remediate", "stage", "--files", "."], &plain[4..]].concat();
    left(&beside, &all).says(&["app/kustomization.yaml and kustomization.yaml both list"]);
    // Nothing is believed that cannot be rendered.
    let broken = folder(INGRESS, "resources: [web.yaml, gone.yaml]\n");
    if rendered_at_all() {
        left(&broken, &plain).says(&["gone.yaml"]);
    }
}

#[test]
fn what_two_programs_read_differently_is_not_edited_and_the_place_is_told() {
    let text = DEPLOYMENT.replace(
        "spec:\n  selector",
        "  annotations:\n    about: a\n    <<: {about: b}\nspec:\n  selector",
    );
    let folder = folder(&text, "");
    folder.run(own(&WRITE)).exits(1).says(&[
        "about in line 7 stands above a merge key (`<<`) that brings it too, and kubectl and Kustomize read that differently",
        "0 edits in 0 files",
    ]);
    assert_eq!(folder.read("app/web.yaml"), text);
}

#[test]
fn what_builds_on_a_kustomization_goes_on_being_built() {
    if !rendered_at_all() {
        return skipped();
    }
    let plain = [&WRITE[..], &["--only", "ingress-class"]].concat();
    let with = |overlay: &str| {
        let folder = folder("", "");
        folder.write("app/base/web.yaml", INGRESS);
        folder.write("app/base/kustomization.yaml", "resources: [web.yaml]\n");
        folder.write("app/over/kustomization.yaml", overlay);
        folder
    };
    // It counts on what the patch would change.
    let counting = with(
        "resources: [../base]\npatches:\n- target: {kind: Ingress}\n  patch: |\n    - {op: test, path: /spec/ingressClassName, value: traefik}\n",
    );
    counting.run(&plain).exits(1).says(&[
        "with a patch in app/base/kustomization.yaml the kustomization in over, which builds on it, could not be built any more",
    ]);
    for named in [["app/base", "app/over"], ["app/over", "app/base"]] {
        let words = [&["check"], &named[..], &["-e", "stage", "--fix"], &WRITE[4..]].concat();
        counting
            .run(words)
            .exits(1)
            .says(&["could not be built any more"]);
    }
    assert_eq!(
        counting.read("app/base/kustomization.yaml"),
        "resources: [web.yaml]\n"
    );
    for overlay in [
        "resources: [../base]\nnamePrefix: b-\n",
        "resources: [../base, gone.yaml]\n",
    ] {
        let other = with(overlay);
        other
            .run(&plain)
            .exits(0)
            .says(&["wrote app/base/kustomization.yaml"]);
    }
}

/// An edit of a manifest is none that keeps what is made of it from being built.
#[test]
fn an_edit_breaks_no_kustomization() {
    if !rendered_at_all() {
        return skipped();
    }
    let plain = [&WRITE[..], &["--only", "ingress-class"]].concat();
    let text = INGRESS.replace("? ingressClassName\n  :", "ingressClassName:");
    let counting = "resources: [../base]\npatches:\n- target: {kind: Ingress}\n  patch: |\n    - {op: test, path: /spec/ingressClassName, value: traefik}\n";
    let folder = folder("", "");
    folder.write("app/base/web.yaml", &text);
    folder.write(
        "app/base/other.yaml",
        text.replace("name: web", "name: other")
            .replace("example.com", "example.org"),
    );
    folder.write("app/base/kustomization.yaml", "resources: [web.yaml]\n");
    folder.write("app/over/kustomization.yaml", counting);
    folder.run(&plain).exits(1).says(&[
        "with this edit the kustomization in over could not be built any more",
        "1 edit in 1 file repair 1 of 2 findings",
    ]);
    assert_eq!(folder.read("app/base/web.yaml"), text);
    assert!(
        folder
            .read("app/base/other.yaml")
            .contains("ingressClassName: nginx")
    );
    folder.write("app/over/kustomization.yaml", "resources: [../base]\n");
    folder.run(&plain).exits(0);
    assert_eq!(folder.read("app/base/web.yaml"), text.replace("traefik", "nginx"));
}

pub(crate) fn skipped() {
    println!("skipped: kustomize: neither kustomize nor kubectl is on the PATH");
}

pub(crate) fn rendered_at_all() -> bool {
    let there = |program: &str| Command::new(program).arg("version").output().is_ok();
    there("kustomize") || there("kubectl")
}

#[test]
fn what_merges_is_split_without_a_patch_where_nothing_is_secret() {
    let plain = DEPLOYMENT.replace("DB_PASSWORD", "DB_HOST");
    let folder = folder(&plain, "");
    folder.run(own(&WRITE)).exits(0);
    let merged = "        - <<: *container\n          name: two\n";
    let own = "        - image: reg/one:1\n          env:\n            - name: DB_HOST\n              value: CANARY\n          name: two\n";
    let grown = "            - {name: DB_HOST, value: CANARY}\n";
    assert_eq!(
        folder.read("app/web.yaml"),
        plain
            .replace(merged, own)
            .replace(grown, &format!("{grown}          stdin: true\n"))
    );
}
