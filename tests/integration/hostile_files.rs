//! Files that are broken, huge, foreign or malicious: each ends in a sentence that says what and where, and in exit 3,
//! because what could not be read was not judged. Nothing crashes and nothing hangs.

use crate::program::{Folder, Outcome};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::Command;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good, namespace: back}\n";

fn check(folder: &Folder, path: &str) -> Outcome {
    folder.run(["check", path, "-e", "stage", "-o", "json"])
}

/// Checks `content` as a file; the run must be incomplete for the reason given, told with the file's name.
#[track_caller]
fn is_not_evaluated(name: &str, content: impl AsRef<[u8]>, words: &[&str]) {
    let folder = Folder::with_stage();
    folder.write(name, content);
    let outcome = check(&folder, name).exits(3);
    let report = outcome.report();
    let told = report.not_evaluated();
    assert!(!told.is_empty(), "{name} is not evaluated");
    for line in &told {
        assert!(line.contains(name), "{line:?} names the file");
        for word in words {
            assert!(line.contains(word), "{word:?} is not in {line:?}");
        }
        assert!(line.len() < 1_000, "{line:?} is a sentence");
    }
    // The table is told the same, in no more than a screen.
    let table = folder.run(["check", name, "-e", "stage"]).exits(3);
    assert!(table.stdout.len() < 5_000, "{}", table.stdout);
    table.shows(&["not evaluated"]).shows(words);
}

#[test]
fn an_alias_bomb_does_not_explode() {
    let mut bomb =
        String::from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\na: &a [x,x,x,x,x,x,x,x,x]\n");
    for (last, next) in ('a'..='m').zip('b'..='n') {
        let aliases = vec![format!("*{last}"); 9].join(",");
        bomb.push_str(&format!("{next}: &{next} [{aliases}]\n"));
    }
    is_not_evaluated("bomb.yaml", bomb, &["bomb.yaml:", "aliases"]);
    let recursive = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: &a {b: *a}\n";
    is_not_evaluated(
        "recursive.yaml",
        recursive,
        &["recursive.yaml:4", "contains itself"],
    );
}

#[test]
fn deep_nesting_ends_at_a_limit() {
    let object =
        |data: String| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {data}\n");
    let brackets = "[".repeat(100_000) + &"]".repeat(100_000);
    is_not_evaluated("brackets.yaml", object(brackets.clone()), &["nesting"]);
    is_not_evaluated("open.yaml", object("[".repeat(100_000)), &[]);
    is_not_evaluated("braces.yaml", object("{a: ".repeat(100_000)), &[]);
    is_not_evaluated("dashes.yaml", "- ".repeat(100_000), &["nesting"]);
    is_not_evaluated("keys.yaml", "? ".repeat(100_000), &[]);
    let json =
        format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"x"}},"data":{brackets}}}"#);
    is_not_evaluated("brackets.json", json, &["nesting"]);
    let steps: String = (0..3_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    is_not_evaluated("steps.yaml", steps, &["steps.yaml:256", "nesting"]);
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let with = |name: &[u8]| {
        [
            b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"",
            name,
            b"\"}\n",
        ]
        .concat()
    };
    is_not_evaluated("nul.yaml", with(b"x\0y"), &["nul.yaml:3:20", "NUL"]);
    is_not_evaluated("latin1.yaml", with(b"\xe9"), &["latin1.yaml:3:19", "UTF-8"]);
    is_not_evaluated("cut.yaml", with(b"\xe2\x82"), &["UTF-8"]);
    is_not_evaluated("picture.yaml", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &[]);
    is_not_evaluated("archive.yaml", b"\x1f\x8b\x08\0\0\0\0\0", &[]);
}

#[test]
fn text_in_utf_16_is_read_or_refused_by_name() {
    for (name, mark) in [("little.yaml", [0xff, 0xfe]), ("big.yaml", [0xfe, 0xff])] {
        let mut bytes = mark.to_vec();
        for unit in CONFIG_MAP.encode_utf16() {
            bytes.extend(if mark[0] == 0xff {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            });
        }
        let folder = Folder::with_stage();
        folder.write(name, &bytes);
        assert_eq!(check(&folder, name).exits(0).report().objects(), 1);
        // Cut in the middle of a character.
        bytes.pop();
        folder.write(name, &bytes);
        let report = check(&folder, name).exits(3).report();
        assert!(
            report.not_evaluated()[0].contains(name),
            "{:?}",
            report.not_evaluated()
        );
    }
}

#[test]
fn size_alone_is_no_fault() {
    let folder = Folder::with_stage();
    let line = format!("{CONFIG_MAP}data: {{a: \"{}\"}}\n", "x".repeat(50_000_000));
    folder.write("line.yaml", line);
    assert_eq!(check(&folder, "line.yaml").exits(0).report().objects(), 1);
    folder.write("documents.yaml", "---\n".repeat(100_000));
    assert_eq!(check(&folder, "documents.yaml").exits(3).report().objects(), 0);
    let keys: String = (0..100_000).map(|key| format!("  key{key}: v\n")).collect();
    folder.write("keys.yaml", format!("{CONFIG_MAP}data:\n{keys}"));
    assert_eq!(check(&folder, "keys.yaml").exits(0).report().objects(), 1);
}

#[test]
fn a_broken_line_of_50_mb_is_not_quoted_whole() {
    let content = format!("{CONFIG_MAP}data: {{a: [\"{}\"}}\n", "x".repeat(50_000_000));
    is_not_evaluated("line.yaml", content, &["line.yaml:4"]);
}

/// What is neither broken nor Kubernetes is counted and left alone.
#[test]
fn empty_and_foreign_documents_hold_no_object() {
    for content in [
        "",
        "\n\n",
        "# nothing here\n",
        "---\n---\n",
        "null\n",
        "hello\n",
        "[1, 2]\n",
        "{}\n",
        "\u{feff}",
    ] {
        let folder = Folder::with_stage();
        folder.write("file.yaml", content);
        let report = check(&folder, "file.yaml").exits(3).report();
        assert_eq!(report.objects(), 0, "{content:?}");
        assert_eq!(report.not_evaluated(), [""; 0], "{content:?}");
    }
}

/// Fields of the wrong type anywhere in an object: policies and the network analysis must not fall over them.
#[test]
fn objects_of_the_wrong_shape_do_not_stop_the_run() {
    let folder = Folder::with_stage();
    let shapes = ["5", "[]", "x", "{a: 1}", "null", "[[1]]"];
    let mut text = String::new();
    let mut ordinal = 0;
    let mut write = |api: &str, kind: &str, rest: String| {
        ordinal += 1;
        text.push_str(&format!(
            "---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: x{ordinal}, namespace: back, labels: {{app: x}}}}\n{rest}\n"
        ));
    };
    for shape in shapes {
        for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"] {
            write("apps/v1", kind, format!("spec: {shape}"));
            write(
                "apps/v1",
                kind,
                format!("spec: {{selector: {shape}, template: {shape}}}"),
            );
            write(
                "apps/v1",
                kind,
                format!("spec: {{template: {{metadata: {shape}, spec: {{containers: {shape}}}}}}}"),
            );
            write(
                "apps/v1",
                kind,
                format!(
                    "spec: {{template: {{metadata: {{labels: {{app: x}}}}, spec: {{containers: [{{name: c, ports: {shape}}}]}}}}}}"
                ),
            );
        }
        write(
            "v1",
            "Service",
            format!("spec: {{ports: {shape}, selector: {shape}, type: {shape}}}"),
        );
        write(
            "v1",
            "Service",
            format!("spec: {{ports: [{shape}], selector: {{app: x}}, type: NodePort}}"),
        );
        write("v1", "Pod", format!("spec: {shape}\nstatus: {shape}"));
        write("batch/v1", "CronJob", format!("spec: {{jobTemplate: {shape}}}"));
        write(
            "networking.k8s.io/v1",
            "Ingress",
            format!("spec: {{rules: {shape}, tls: {shape}}}"),
        );
        write(
            "networking.k8s.io/v1",
            "Ingress",
            format!("spec: {{rules: [{{host: {shape}, http: {shape}}}]}}"),
        );
    }
    folder.write("shapes.yaml", text);
    let arguments = ["check", "shapes.yaml", "-e", "stage", "--complete", "-o", "json"];
    let report = folder.run(arguments).report();
    assert_eq!(report.objects(), ordinal);
    assert_eq!(report.errors(), [""; 0]);
}

/// A NetworkPolicy that an API server would refuse proves nothing: never a pass.
#[test]
fn a_malformed_network_policy_proves_nothing() {
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ii, namespace: back}\nspec:\n  template:\n    \
        metadata: {labels: {app: ii}}\n    spec: {containers: [{name: ii, image: x, ports: [{containerPort: 80}]}]}\n";
    for spec in [
        "5",
        "{podSelector: 5, ingress: [{}]}",
        "{podSelector: {}, ingress: 5}",
        "{podSelector: {}, ingress: [5]}",
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: nonsense}}]}]}",
        "{podSelector: {}, policyTypes: x, ingress: [{}]}",
        "{podSelector: {}, ingress: [{ports: [{port: 99999999}]}]}",
        "{podSelector: {matchExpressions: [{key: a, operator: Near}]}, ingress: [{}]}",
    ] {
        let folder = Folder::with_stage();
        let policy = format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: back}}\nspec: {spec}\n"
        );
        folder.write("all.yaml", format!("{workload}{policy}"));
        let policy = "backend-accepts-all-namespaces";
        let report = folder
            .run([
                "check",
                "all.yaml",
                "-e",
                "stage",
                "--complete",
                "--only",
                policy,
                "-o",
                "json",
            ])
            .report();
        assert_ne!(report.verdict(policy), "pass", "{spec}");
        assert_ne!(report.exit_code(), 0, "{spec}");
    }
}

#[test]
fn names_may_be_long_and_strange() {
    let folder = Folder::with_stage();
    for name in [
        &("a".repeat(250) + ".yaml"),
        "with space.yaml",
        "ünïcödé-文件.yaml",
        "-.yaml",
        "a\nb.yaml",
        "a\u{1b}[31mb.yaml",
    ] {
        folder.write(&format!("d/{name}"), "kind: [");
    }
    let outcome = folder.run(["check", "d", "-e", "stage"]).exits(3);
    assert!(
        !outcome.stdout.contains('\u{1b}'),
        "a file's name cannot paint the terminal"
    );
    let report = check(&folder, "d").exits(3).report();
    assert_eq!(report.0["source"]["files"], 6);
    let sarif = folder.run(["check", "d", "-e", "stage", "-o", "sarif"]).exits(3);
    sarif.json();
}

#[test]
fn a_name_that_is_no_text_is_read_all_the_same() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::with_stage();
    let directory = folder.path().join("d");
    fs::create_dir(&directory).unwrap();
    fs::write(
        directory.join(std::ffi::OsStr::from_bytes(b"caf\xe9.yaml")),
        CONFIG_MAP,
    )
    .unwrap();
    let report = check(&folder, "d").exits(0).report();
    assert_eq!(report.objects(), 1, "no file is silently left out");
}

#[test]
fn what_does_not_exist_is_a_usage_error() {
    let folder = Folder::with_stage();
    let outcome = folder.run(["check", "nowhere", "also-not", "-e", "stage"]);
    outcome.refuses(&["nowhere does not exist", "also-not does not exist", "hint: "]);
    let long = "x".repeat(5_000);
    let outcome = folder.run(["check", &long, "-e", "stage"]);
    assert!(matches!(outcome.code, Some(2 | 3)), "{:?}", outcome.code);
}

#[test]
fn loops_of_links_end() {
    let folder = Folder::with_stage();
    folder.write("d/good.yaml", CONFIG_MAP);
    symlink(".", folder.path().join("d/self")).unwrap();
    symlink("..", folder.path().join("d/up")).unwrap();
    symlink("loop.yaml", folder.path().join("d/loop.yaml")).unwrap();
    symlink("nowhere.yaml", folder.path().join("d/dangling.yaml")).unwrap();
    let report = check(&folder, "d").exits(3).report();
    assert_eq!(report.objects(), 1);
    let told = report.not_evaluated().join("\n");
    assert!(
        told.contains("loop.yaml") && told.contains("dangling.yaml"),
        "{told}"
    );
    let skipped = report.0["source"]["skipped"].to_string();
    assert!(skipped.contains("self") && skipped.contains("up"), "{skipped}");
}

/// As kubectl and every other tool: a directory given as a link is entered.
#[test]
fn a_link_given_as_a_path_is_followed() {
    let folder = Folder::with_stage();
    folder.write("real/good.yaml", CONFIG_MAP);
    symlink("real", folder.path().join("link")).unwrap();
    assert_eq!(check(&folder, "link").exits(0).report().objects(), 1);
}

#[test]
fn pipes_do_not_hang() {
    let folder = Folder::with_stage();
    fs::create_dir(folder.path().join("d")).unwrap();
    for name in ["d/pipe.yaml", "pipe"] {
        let made = Command::new("mkfifo").arg(folder.path().join(name)).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: pipes: there is no mkfifo");
            return;
        }
    }
    // In a directory it is no manifest.
    let report = check(&folder, "d").exits(3).report();
    assert!(report.0["source"]["skipped"].to_string().contains("d/pipe.yaml"));
    // Given by name, somebody may still write into it; nobody does.
    let report = check(&folder, "pipe").exits(3).report();
    assert!(
        report.not_evaluated()[0].contains("pipe: "),
        "{:?}",
        report.not_evaluated()
    );
}

/// `envcheck check <(helm template …)`: a shell gives the path of an open pipe.
#[test]
fn a_pipe_with_a_writer_is_read() {
    let folder = Folder::with_stage();
    folder.write("good.yaml", CONFIG_MAP);
    let pipe = folder.path().join("pipe");
    if !Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .is_ok_and(|status| status.success())
    {
        println!("skipped: pipes: there is no mkfifo");
        return;
    }
    let writer = std::thread::spawn(move || fs::write(pipe, CONFIG_MAP).unwrap());
    let report = check(&folder, "pipe").exits(0).report();
    writer.join().unwrap();
    assert_eq!(report.objects(), 1);
}

#[test]
fn policies_and_specs_that_are_pipes_do_not_hang() {
    let folder = Folder::with_stage();
    folder.write("good.yaml", CONFIG_MAP);
    fs::create_dir(folder.path().join("policies")).unwrap();
    if !Command::new("mkfifo")
        .arg(folder.path().join("policies/a.rego"))
        .status()
        .is_ok_and(|status| status.success())
    {
        println!("skipped: pipes: there is no mkfifo");
        return;
    }
    let arguments = ["check", "good.yaml", "-p", "policies", "--bundle", "none"];
    folder.run(arguments).refuses(&["policies", ".rego"]);
}

/// Runs as nobody when we are root, because root may read everything.
fn as_nobody(command: &mut Command) {
    let own = fs::metadata("/proc/self").map_or(1, |me| me.uid());
    if own == 0 {
        command.uid(65534).gid(65534);
    }
}

/// False when even a user without rights could not start the program from where it was built.
fn nobody_can_start(folder: &Folder) -> bool {
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = folder.program(["version"]);
    as_nobody(&mut command);
    let can = command.output().is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: permissions: the program cannot be started without rights");
    }
    can
}

#[test]
fn what_may_not_be_read_is_not_evaluated() {
    let folder = Folder::with_stage();
    if !nobody_can_start(&folder) {
        return;
    }
    folder.write("d/good.yaml", CONFIG_MAP);
    let secret = folder.write("d/secret.yaml", CONFIG_MAP);
    folder.write("d/closed/inner.yaml", CONFIG_MAP);
    fs::set_permissions(secret, fs::Permissions::from_mode(0o000)).unwrap();
    let closed = folder.path().join("d/closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();

    let mut command = folder.program(["check", "d", "-e", "stage", "-o", "json"]);
    as_nobody(&mut command);
    let report = crate::program::finish(command, None).exits(3).report();
    assert_eq!(report.objects(), 1, "the rest is judged");
    let told = report.not_evaluated().join("\n");
    assert!(told.contains("d/secret.yaml: permission denied"), "{told}");
    assert!(told.contains("d/closed: permission denied"), "{told}");

    let mut command = folder.program(["check", "d/closed/inner.yaml", "-e", "stage", "-o", "json"]);
    as_nobody(&mut command);
    let report = crate::program::finish(command, None).exits(3).report();
    assert!(report.not_evaluated()[0].contains("permission denied"));

    fs::set_permissions(closed, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn specs_policies_and_snapshots_that_may_not_be_read_are_refused() {
    let folder = Folder::with_stage();
    if !nobody_can_start(&folder) {
        return;
    }
    folder.write("good.yaml", CONFIG_MAP);
    for path in [
        folder.write("closed.yaml", "kind: Environment"),
        folder.write("p/a.rego", "package main"),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    fs::create_dir(folder.path().join("snapshot")).unwrap();
    fs::set_permissions(folder.path().join("snapshot"), fs::Permissions::from_mode(0o000)).unwrap();
    for (arguments, words) in [
        (vec!["check", "good.yaml", "-e", "closed.yaml"], "closed.yaml"),
        (
            vec!["check", "good.yaml", "-p", "p", "--bundle", "none"],
            "p/a.rego",
        ),
        (vec!["audit", "stage", "--snapshot", "snapshot"], "snapshot"),
    ] {
        let mut command = folder.program(arguments);
        as_nobody(&mut command);
        let outcome = crate::program::finish(command, None).refuses(&[words]);
        assert!(
            outcome.stderr.to_lowercase().contains("permission denied"),
            "{}",
            outcome.stderr
        );
    }
}
