//! `remediate --files`: only what has to change changes, whatever the file looks like; nothing is written that nobody agreed to.

use crate::program::{Folder, at_a_terminal, finish};
use std::fs;
use std::time::Duration;

/// An environment with one application behind an Ingress.
pub(crate) const SPEC: &str = "apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  target: {kubernetes: {context: none}}
  namespaces:
    - {name: web, role: application, podSecurity: baseline, network: {accepts: {fromNamespaces: [ingress-nginx]}}}
    - {name: ingress-nginx, role: ingress}
  ingress: {controller: ingress-nginx, class: nginx, hosts: {web: [example.com]}}
";

const FILE: &str = "# The front door.
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: web   # ours
spec:
  ingressClassName: 'traefik'   # must be nginx
  tls: [{hosts: [example.com], secretName: t}]
  rules:
    - host: example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
# Nothing is wrong with this one.
kind:   ConfigMap
apiVersion: v1
metadata: {namespace: web,   name: odd}
data: {a: \"1\"}";

fn folder(text: &str) -> Folder {
    let folder = Folder::new();
    folder.write("environments/stage.yaml", SPEC);
    folder.write("app/web.yaml", text);
    folder
}

const DRY: [&str; 4] = ["remediate", "stage", "--files", "app"];
pub(crate) const WRITE: [&str; 7] = [
    "remediate",
    "stage",
    "--files",
    "app",
    "--yes",
    "--max-risk",
    "disruptive",
];

#[test]
fn a_patch_is_shown_and_only_its_lines_are_written() {
    let folder = folder(FILE);
    let shown = folder.run(DRY).exits(1).stdout;
    insta::assert_snapshot!(shown, @r"
    --- a/app/web.yaml
    +++ b/app/web.yaml
    @@ -5,7 +5,7 @@
       name: web
       namespace: web   # ours
     spec:
    -  ingressClassName: 'traefik'   # must be nginx
    +  ingressClassName: 'nginx'   # must be nginx
       tls: [{hosts: [example.com], secretName: t}]
       rules:
         - host: example.com
    ");
    assert_eq!(folder.read("app/web.yaml"), FILE);
    // What is disruptive is not agreed to by --yes alone.
    let safe = folder.run(&WRITE[..5]).exits(1);
    assert!(safe.stderr.contains("--max-risk disruptive"), "{}", safe.stderr);
    assert_eq!(folder.read("app/web.yaml"), FILE);
    folder.run(WRITE).exits(0);
    assert_eq!(folder.read("app/web.yaml"), FILE.replace("'traefik'", "'nginx'"));
    // Twice is as once.
    let again = folder.run(WRITE).exits(0);
    assert_eq!(again.stdout, "");
}

#[test]
fn line_endings_marks_and_links_stay() {
    for text in [
        FILE.replace('\n', "\r\n"),
        format!("\u{feff}{FILE}"),
        format!("{FILE}\n"),
        format!("{FILE}\n\n# The end.\n"),
    ] {
        let folder = folder(&text);
        folder.run(WRITE).exits(0);
        assert_eq!(folder.read("app/web.yaml"), text.replace("'traefik'", "'nginx'"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("");
        let real = folder.write("elsewhere/real.yaml", FILE);
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        fs::remove_file(folder.path().join("app/web.yaml")).unwrap();
        symlink("../elsewhere/real.yaml", folder.path().join("app/web.yaml")).unwrap();
        folder
            .run([
                "remediate",
                "stage",
                "--files",
                "app/web.yaml",
                "--yes",
                "--max-risk",
                "disruptive",
            ])
            .exits(0);
        assert!(
            fs::symlink_metadata(folder.path().join("app/web.yaml"))
                .unwrap()
                .is_symlink()
        );
        assert_eq!(
            folder.read("elsewhere/real.yaml"),
            FILE.replace("'traefik'", "'nginx'")
        );
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }
}

#[test]
fn what_cannot_be_edited_is_left_and_told() {
    // The same object twice: only a person can choose.
    let folder = folder(FILE);
    folder.write("app/copy.yaml", FILE);
    let outcome = folder.run(WRITE).exits(1);
    assert!(
        outcome.stderr.contains("only a person can choose"),
        "{}",
        outcome.stderr
    );
    assert_eq!(folder.read("app/web.yaml"), FILE);
    folder
        .run(["remediate", "stage", "--files", "-"])
        .refuses(&["standard input cannot be edited"]);
    folder
        .run(["remediate", "stage", "--files", "nowhere"])
        .refuses(&["nowhere"]);
    folder
        .run(["remediate", "stage", "--files", "app", "--plan", "x"])
        .refuses(&["cannot be used with"]);
}

/// Lists may hold lists; the object in one is what is edited, and never the list.
#[test]
fn an_object_in_a_list_in_a_list_is_edited() {
    let item = FILE.split("---").next().unwrap();
    let indented = |text: &str| text.replace('\n', "\n      ").trim_end().to_owned() + "\n";
    let other = indented(
        &item
            .replace("name: web\n", "name: other\n")
            .replace("example.com", "example.org"),
    );
    let text = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n    - {}    - {}- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: c, namespace: web}}}}\n",
        indented(item)
            .trim_start_matches("# The front door.\n")
            .trim_start(),
        other.trim_start_matches("# The front door.\n").trim_start(),
    );
    let folder = folder(&text);
    let write = [&WRITE[..], &["--only", "ingress-class"]].concat();
    folder
        .run(&write)
        .exits(0)
        .says(&["2 edits in 1 file repair 2 of 2 findings"]);
    assert_eq!(folder.read("app/web.yaml"), text.replace("'traefik'", "'nginx'"));
    let twice = folder.write("app/web.yaml", text.replace("name: other", "name: web"));
    let told = folder.run(&write).exits(1);
    told.says(&["stands more than once in app/web.yaml: only a person can choose"]);
    assert_eq!(
        fs::read_to_string(twice).unwrap(),
        text.replace("name: other", "name: web")
    );
}

/// What cannot be read says nothing of the other files: these are edited, and the user learns what was left out.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_keeps_nothing_else_from_being_edited() {
    use std::os::unix::fs::symlink;
    use std::process::Command;
    let folder = folder(FILE);
    let at = |name: &str| folder.path().join(name);
    symlink("nowhere.yaml", at("app/dangling.yaml")).unwrap();
    symlink("loop.yaml", at("app/loop.yaml")).unwrap();
    symlink("..", at("app/up")).unwrap();
    symlink("/dev/zero", at("app/zero.yaml")).unwrap();
    symlink("..", at("app/up.yaml")).unwrap();
    folder.write("app/broken.yaml", "a: [\n");
    fs::write(at("app/latin.yaml"), b"a: \xff\n").unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(at("app/pipe.yaml"))
            .status()
            .unwrap()
            .success()
    );
    let started = std::time::Instant::now();
    folder.run(WRITE).exits(1).says(&[
        "1 edit in 1 file repair 1 of 1 finding",
        "skipped app/pipe.yaml, app/zero.yaml: no plain file",
        "skipped app/up, app/up.yaml: a link to a directory",
        "app/dangling.yaml: it does not exist (a broken link?)",
        "cannot be read: app/loop.yaml",
        "app/broken.yaml:1:",
        "app/latin.yaml:1:4",
        "wrote app/web.yaml",
    ]);
    assert!(started.elapsed() < Duration::from_mins(1));
    assert_eq!(folder.read("app/web.yaml"), FILE.replace("'traefik'", "'nginx'"));
    folder
        .run(["remediate", "stage", "--files", "app/pipe.yaml"])
        .refuses(&["app/pipe.yaml is neither a file nor a directory"]);
}

/// As on a cluster: a typing error would look as if nothing had to be repaired.
#[test]
fn a_namespace_that_is_nowhere_is_told() {
    let folder = folder(FILE);
    let of = |namespace: &str| folder.run([&DRY[..], &["-n", namespace]].concat());
    let words = "there is no namespace wbe, neither declared nor in these files";
    assert!(of("wbe").exits(1).stderr.contains(words));
    for there in ["web", "ingress-nginx"] {
        assert!(!of(there).stderr.contains("there is no namespace"), "{there}");
    }
    folder.write(
        "app/other.yaml",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: other}}",
    );
    assert!(!of("other").stderr.contains("there is no namespace"));
}

#[test]
fn a_level_of_pod_security_is_warned_of_first() {
    let folder = folder("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web   # ours\n");
    let outcome = folder.run(WRITE).exits(1);
    assert!(
        outcome.stderr.contains("repair 0 of 1 finding\n"),
        "{}",
        outcome.stderr
    );
    let text = folder.read("app/web.yaml");
    assert!(text.contains("  name: web   # ours\n  labels:\n"), "{text}");
    assert!(
        text.contains("pod-security.kubernetes.io/warn: baseline"),
        "{text}"
    );
    // Then it is enforced.
    folder
        .run([&WRITE[..], &["--only", "pod-security-level"]].concat())
        .exits(0);
    assert!(
        folder
            .read("app/web.yaml")
            .contains("pod-security.kubernetes.io/enforce: baseline")
    );
}

/// Twice is as once: that a level is warned of by then enforces nothing yet.
#[test]
fn check_fix_enforces_nothing_of_which_no_file_shows_whom_it_concerns() {
    let folder = folder("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n");
    let fix = ["check", "app", "-e", "stage", "--fix", "--yes"];
    folder.run(fix).exits(1);
    let once = folder.read("app/web.yaml");
    assert!(
        once.contains("pod-security.kubernetes.io/warn: baseline"),
        "{once}"
    );
    folder
        .run(fix)
        .exits(1)
        .says(&["0 edits", "envcheck remediate ENV asks the cluster"]);
    assert_eq!(folder.read("app/web.yaml"), once);
}

/// Two findings that one edit repairs are rehearsed as that edit.
#[test]
fn an_edit_for_several_findings_is_tried_as_any_other() {
    const POLICY: &str = "package main
deny contains msg if {
	input.spec.ingressClassName == \"nginx\"
	msg := \"not nginx\"
}
";
    let both = FILE.replace(
        "namespace: web   # ours",
        "namespace: web\n  annotations: {kubernetes.io/ingress.class: other}",
    );
    for text in [FILE, &both] {
        let folder = folder(text);
        folder.write("own/own.rego", POLICY);
        let fix = ["check", "app", "-e", "stage", "-p", "own", "--fix"];
        folder
            .run(fix.iter().chain(&WRITE[4..]))
            .exits(2)
            .says(&["they would bring about main.deny", "nothing was written"]);
        assert_eq!(folder.read("app/web.yaml"), text);
        folder.run(WRITE).exits(0).says(&["wrote app/web.yaml"]);
    }
}

/// `check --fix` mends what `check` finds: shown first, written once somebody agrees.
#[test]
fn check_mends_what_it_finds_once_somebody_agrees() {
    const FIX: [&str; 5] = ["check", "app", "-e", "stage", "--fix"];
    let folder = folder(FILE);
    let shown = folder.run(FIX).exits(1);
    assert_eq!(
        shown.stdout,
        folder.run(DRY).exits(1).stdout,
        "the same as remediate --files"
    );
    assert!(
        shown
            .stderr
            .contains("nothing was written; --yes --max-risk disruptive writes it")
    );
    assert_eq!(folder.read("app/web.yaml"), FILE);

    let patience = Duration::from_mins(1);
    for (more, typed, written) in [
        (&["--diff"][..], "y\n", false),
        (&[], "n\n", false),
        (&[], "\n", false),
        (&[], "y\n", true),
    ] {
        let command = folder.program(FIX.iter().chain(more));
        let outcome = at_a_terminal(command, typed, patience).exits(1 - i32::from(written));
        assert_eq!(
            outcome
                .stderr
                .contains("Write 1 file with 1 disruptive edit? [y/N]"),
            more.is_empty(),
            "{}",
            outcome.stderr
        );
        assert_eq!(folder.read("app/web.yaml") != FILE, written, "{more:?} {typed:?}");
    }
    assert_eq!(folder.read("app/web.yaml"), FILE.replace("'traefik'", "'nginx'"));
    folder.run(FIX).exits(0);
    // It has no format of its own, and knows no snapshot.
    folder.run(FIX.iter().chain(&["-o", "json"])).exits(2);
    folder.run(FIX.iter().chain(&["--on", "x"])).exits(2);
    folder.run(["check", "app", "-e", "stage", "--yes"]).exits(2);
}

/// What cannot be read is told with its place, and is no reason to say that all is well.
#[test]
fn a_broken_file_is_named_where_it_is_broken() {
    let folder = folder(FILE);
    folder.write("app/broken.yaml", "a: [1\n");
    for words in [&["check", "app", "-e", "stage", "--fix"][..], &DRY] {
        let outcome = folder.run(words).exits(1);
        assert!(
            outcome.stderr.contains("cannot be parsed: app/broken.yaml:1:4"),
            "{}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.contains("incomplete: coverage"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn check_writes_without_asking_when_it_is_told_so() {
    let folder = folder(FILE);
    folder
        .run(["check", "app", "-e", "stage", "--fix"].iter().chain(&WRITE[4..]))
        .exits(0);
    assert_eq!(folder.read("app/web.yaml"), FILE.replace("'traefik'", "'nginx'"));
}

/// Two policies of the user's own, of which one wants what the other hates.
#[test]
fn an_edit_breaks_no_policy_that_was_not_asked_for() {
    let folder = folder(FILE);
    for (id, condition, fix) in [
        (
            "wants-mine",
            "not",
            r#", "fix": {"action": "kubernetes.annotate", "risk": "safe", "summary": "s", "params": {"annotations": {"mine": "yes"}}}"#,
        ),
        ("hates-mine", "", ""),
    ] {
        let text = format!(
            "# METADATA\n# title: own\n# description: own\n# scope: package\n# custom:\n#   id: {id}\n#   severity: high\n\
             #   evaluates: object\n#   kinds: [networking.k8s.io/v1/Ingress]\n#   needs: []\n#   stages: [manifests]\n\
             #   remediation: own\npackage own.{}\n\ndeny contains finding if {{\n\t{condition} input.metadata.annotations.mine\n\
             \tfinding := {{\"message\": \"{id}\", \"path\": [\"metadata\"]{fix}}}\n}}\n",
            id.replace('-', "_")
        );
        folder.write(&format!("own/{id}.rego"), text);
    }
    let own = ["-p", "own", "--only", "wants-mine"];
    let words = [&WRITE[..], &own, &["--trust-fixes"]].concat();
    let outcome = folder.run(words).exits(2);
    assert!(
        outcome.stderr.contains("they would bring about hates-mine"),
        "{}",
        outcome.stderr
    );
    // What --yes would not write is not said to be written with it.
    let shown = folder.run([&DRY[..], &own, &["--trust-fixes"]].concat()).exits(1);
    let words = "nothing was written: the edits would bring about what is not found now";
    assert!(
        shown.stderr.contains(words) && !shown.stderr.contains("--yes writes it"),
        "{}",
        shown.stderr
    );
    assert_eq!(folder.read("app/web.yaml"), FILE);
}

/// What is shown is no place for secrets; what hides them is no patch, and says so.
#[test]
fn secrets_beside_an_edit_are_not_shown() {
    let route = r#"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"web","namespace":"web"},"spec":{"ingressClassName":"traefik","tls":[{"hosts":["example.com"],"secretName":"t"}],"rules":[{"host":"example.com"}]}}"#;
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"web"},"data":{"x":"aHVudGVyMg=="}}"#;
    let folder = folder(&format!(
        r#"{{"apiVersion":"v1","kind":"List","items":[{secret},{route}]}}"#
    ));
    for words in [&DRY[..], &["check", "app", "-e", "stage", "--fix", "--diff"]] {
        let shown = folder
            .run([words, &["--only", "ingress-class"]].concat())
            .exits(1);
        assert!(!shown.stdout.contains("aHVudGVy"), "{}", shown.stdout);
        assert!(
            shown.stderr.contains("2 lines hidden") && shown.stderr.contains("1 edit in 1 file"),
            "{}",
            shown.stderr
        );
    }
    folder
        .run([&DRY[..], &["--only", "ingress-class", "--patch", "whole.patch"]].concat())
        .exits(1);
    assert!(folder.read("whole.patch").contains("aHVudGVyMg=="));
}

/// Whatever the file is called and wherever it lies, Git takes the patch, or is told that there is none.
#[test]
fn git_takes_the_patch_of_any_name() {
    let git = |folder: &std::path::Path, words: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(words).current_dir(folder).output().unwrap()
    };
    let folder = Folder::new();
    folder.write("work/environments/stage.yaml", SPEC);
    let names = ["here/odd\tname.yaml", "here/a b.yaml", "beside.yaml"];
    for name in names {
        folder.write(&format!("work/{name}"), FILE);
    }
    let work = folder.path().join("work");
    git(&work, &["init", "--quiet"]);
    let whole = work.join("beside.yaml").display().to_string();
    fs::create_dir(work.join("links")).unwrap();
    std::os::unix::fs::symlink("../beside.yaml", work.join("links/to.yaml")).unwrap();
    for (from, path, at) in [
        (&work, "here/odd\tname.yaml", &work),
        (&work, "./here/a b.yaml", &work),
        (&work, whole.as_str(), &work),
        (&work, "links/to.yaml", &work),
        (&work.join("links"), "to.yaml", &work),
        (&work.join("here"), "../beside.yaml", &work),
    ] {
        let spec = if *from == work {
            "environments/stage.yaml"
        } else {
            "../environments/stage.yaml"
        };
        let mut command = folder.program(["remediate", spec, "--files", path]);
        command.current_dir(from);
        let shown = crate::program::finish(command, None).exits(1);
        assert!(shown.stdout.contains("'nginx'"), "{}", shown.stdout);
        fs::write(work.join("p.patch"), &shown.stdout).unwrap();
        let applied = git(at, &["apply", "--check", "--verbose", "p.patch"]);
        let told = String::from_utf8_lossy(&applied.stderr).into_owned();
        assert!(
            applied.status.success() && told.contains("Checking patch") && !told.contains("Skipped"),
            "{path}: {told}\n{}",
            shown.stdout
        );
    }
    let elsewhere = folder.write("elsewhere/web.yaml", FILE).display().to_string();
    let mut command = folder.program(["remediate", "environments/stage.yaml", "--files", &elsewhere]);
    command.current_dir(&work);
    let shown = crate::program::finish(command, None).exits(1);
    assert!(
        shown.stderr.contains("this is no patch for git apply"),
        "{}",
        shown.stderr
    );
}

/// What is no journal is none, and its name does nothing to the terminal.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_no_journal() {
    let folder = Folder::new();
    folder.write("journal/\u{1b}]0;x\u{7}.jsonl", "{}\n");
    std::process::Command::new("mkfifo")
        .arg(folder.path().join("journal/x.jsonl"))
        .status()
        .unwrap();
    let listed = folder.run(["runs", "--journal", "journal"]).exits(1).stdout;
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(!listed.contains(['\u{1b}', '\u{7}']), "{listed:?}");
}

/// Says of each object alone how it is mended.
const CLASS: &str = r#"# METADATA
# title: own
# description: own
# scope: package
# custom:
#   id: own-class
#   severity: high
#   evaluates: object
#   kinds: [networking.k8s.io/v1/Ingress]
#   needs: []
#   stages: [manifests]
#   remediation: own
package own.own_class

deny contains finding if {
	input.spec.ingressClassName != "nginx"
	finding := {"message": "other", "path": ["spec"], "fix": {"action": "kubernetes.patch", "risk": "safe", "summary": "set it", "patch": [{"op": "replace", "path": "/spec/ingressClassName", "value": "nginx"}]}}
}
"#;

#[test]
fn what_has_no_name_yet_is_neither_edited_nor_taken_for_another() {
    let unnamed = FILE.replacen("name: web\n", "generateName: web\n", 1);
    let alone = folder(&unnamed);
    alone.write("own/class.rego", CLASS);
    let own = [&WRITE[..], &["-p", "own", "--only", "own-class", "--trust-fixes"]].concat();
    alone.run(&own).exits(1).says(&[
        "gets its name only when it is made (generateName): change it by hand",
        "0 edits in 0 files",
    ]);
    assert_eq!(alone.read("app/web.yaml"), unnamed);
    // Called as that one begins, and as it is numbered: only the first is who it seems.
    let both = folder(&unnamed);
    both.write("app/named.yaml", FILE.split("---").next().unwrap());
    both.write("own/class.rego", CLASS);
    both.run(&own)
        .says(&["(generateName)", "1 edit in 1 file repair 1 of 2 findings"]);
    assert_eq!(both.read("app/web.yaml"), unnamed);
    assert!(both.read("app/named.yaml").contains("ingressClassName: 'nginx'"));
    // In a list as well.
    let item = "  - {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {NAME: web, namespace: web}, spec: {ingressClassName: traefik, tls: \
                [{hosts: [example.com], secretName: t}], rules: [{host: example.com}]}}\n";
    let items = item.replace("NAME", "generateName") + &item.replace("NAME", "name");
    let text = format!("apiVersion: v1\nkind: List\nitems:\n{items}");
    let list = folder(&text);
    list.write("own/class.rego", CLASS);
    list.run(&own)
        .says(&["(generateName)", "1 edit in 1 file repair 1 of 2 findings"]);
    let after =
        item.replace("NAME", "generateName") + &item.replace("NAME", "name").replace("traefik", "nginx");
    assert_eq!(
        list.read("app/web.yaml"),
        format!("apiVersion: v1\nkind: List\nitems:\n{after}")
    );
}

/// What a variable says for all calls contradicts nothing; a flag does.
#[test]
fn variables_that_edits_have_no_use_for_are_no_reason_to_refuse() {
    let folder = folder(FILE);
    let mut command = folder.program(DRY);
    for name in ["JOURNAL", "REPO", "BRANCH", "PLAN", "OUT", "INTERACTIVE"] {
        let value = if name == "INTERACTIVE" { "true" } else { "x" };
        command.env(format!("ENVCHECK_{name}"), value);
    }
    let told = finish(command, None).exits(1);
    assert!(
        told.stdout.contains("+  ingressClassName: 'nginx'"),
        "{}",
        told.stdout
    );
    folder
        .run([&DRY[..], &["--journal", "x"]].concat())
        .refuses(&["'--files <PATH>...' cannot be used with '--journal <PLACE>'"]);
}
