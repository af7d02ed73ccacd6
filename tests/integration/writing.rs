//! Where reports go: a reader that goes away, a full disk, files that cannot be written.

use crate::program::{Folder, PATIENCE, environment};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

/// A folder with manifests whose report is longer than any pipe's buffer.
fn with_many_findings() -> Folder {
    let folder = Folder::with_stage();
    let rogue: String = (0..500)
        .map(|number| {
            format!(
                "---\napiVersion: v1\nkind: Service\nmetadata: {{name: rogue-{number}, namespace: kube-system}}\nspec: {{ports: [{{port: 80}}]}}\n"
            )
        })
        .collect();
    folder.write("rogue.yaml", rogue);
    folder
}

/// `envcheck … | head -1`: neither a panic nor a complaint, and the gate still says what it found.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = with_many_findings();
    for format in ["table", "json", "sarif", "junit", "markdown"] {
        let mut child = folder
            .program(["check", "rogue.yaml", "-e", "stage", "-o", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        assert!(!first.is_empty());
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("{format} hangs when its reader goes away");
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        };
        let output = child.wait_with_output().unwrap();
        assert_eq!(status.code(), Some(1), "{format}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{format}");
    }
}

#[test]
fn a_full_disk_is_told() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("skipped: full disk: there is no /dev/full");
        return;
    };
    let folder = with_many_findings();
    let demo = environment("demo.yaml");
    for verb in [
        vec!["check", "rogue.yaml", "-e", "stage"],
        vec!["check", "rogue.yaml", "-e", "stage", "-o", "json"],
        vec!["check", "rogue.yaml", "-e", "stage", "-o", "sarif"],
        vec!["document", &demo],
        vec!["document", &demo, "-o", "html"],
        vec!["reach", "rogue.yaml"],
        vec!["policy", "list"],
        vec!["policy", "explain", "registry-size"],
        vec!["schema"],
        vec!["completions", "bash"],
        vec!["version"],
    ] {
        let output = folder
            .program(&verb)
            .stdout(full.try_clone().unwrap())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{verb:?}: {said}");
        assert!(
            said.contains("standard output") && said.contains("No space"),
            "{verb:?}: {said}"
        );
    }
}

#[test]
fn a_closed_standard_output_or_error_does_not_crash() {
    let folder = with_many_findings();
    let program = env!("CARGO_BIN_EXE_envcheck");
    for redirection in [">&-", "2>&-", ">&- 2>&-", "<&-"] {
        let script = format!("'{program}' check rogue.yaml -e stage {redirection} >/dev/null");
        let script = if redirection.starts_with('>') {
            script.replace(">/dev/null", "")
        } else {
            script
        };
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{redirection}: {:?}",
            output.status
        );
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_by_name() {
    let folder = with_many_findings();
    fs::create_dir(folder.path().join("directory")).unwrap();
    folder.write("file", "");
    for target in [
        "nowhere/report.json",
        "directory",
        "file/report.json",
        "/dev/full",
    ] {
        let output = format!("json={target}");
        let outcome = folder.run(["check", "rogue.yaml", "-e", "stage", "-o", &output]);
        outcome.refuses(&[&format!("cannot write {target}: "), "hint: "]);
    }
    folder
        .run(["check", "rogue.yaml", "-e", "stage", "-o", "json="])
        .exits(2)
        .says(&["names no file"]);
}

/// Nobody finds half a report: the old file stays until the new one is whole, and nothing else is left behind.
#[test]
fn a_report_is_replaced_whole() {
    let folder = with_many_findings();
    folder.write("out/report.json", "old");
    folder
        .run(["check", "rogue.yaml", "-e", "stage", "-o", "json=out/report.json"])
        .exits(1);
    let report: serde_json::Value = serde_json::from_str(&folder.read("out/report.json")).unwrap();
    assert_eq!(report["summary"]["findings"]["total"], 500);
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
}

#[test]
fn several_reports_at_once() {
    let folder = with_many_findings();
    let outcome = folder
        .run([
            "check",
            "rogue.yaml",
            "-e",
            "stage",
            "--now",
            "2026-11-23T03:00:00Z",
            "-o",
            "table",
            "-o",
            "json=report.json",
            "-o",
            "sarif=report.sarif",
            "-o",
            "junit=report.xml",
            "-o",
            "markdown=report.md",
            "-o",
            "table=report.txt",
        ])
        .exits(1);
    outcome.shows(&["rogue-499"]);
    for (format, file) in [
        ("json", "report.json"),
        ("sarif", "report.sarif"),
        ("junit", "report.xml"),
        ("markdown", "report.md"),
        ("table", "report.txt"),
    ] {
        let alone = folder
            .run([
                "check",
                "rogue.yaml",
                "-e",
                "stage",
                "--now",
                "2026-11-23T03:00:00Z",
                "-o",
                format,
            ])
            .stdout;
        assert_eq!(
            folder.read(file),
            alone,
            "{file} is what standard output would get"
        );
    }
    // Only files: nothing on standard output.
    let quiet = folder
        .run(["check", "rogue.yaml", "-e", "stage", "-o", "json=report.json"])
        .exits(1);
    assert_eq!(quiet.stdout, "");
}

#[test]
fn two_reports_cannot_share_a_place() {
    let folder = with_many_findings();
    folder
        .run(["check", "rogue.yaml", "-e", "stage", "-o", "table", "-o", "json"])
        .refuses(&["2 outputs want standard output", "hint: "]);
    folder
        .run([
            "check",
            "rogue.yaml",
            "-e",
            "stage",
            "-o",
            "table=x",
            "-o",
            "json=x",
        ])
        .refuses(&["two outputs go to x"]);
    assert!(!folder.path().join("x").exists());
    folder
        .run(["check", "rogue.yaml", "-e", "stage", "-o", "xml"])
        .exits(2)
        .says(&["\"xml\"", "table, json, sarif, junit or markdown"]);
}
