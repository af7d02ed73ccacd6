//! Ctrl-C while something is waited for: what was done and what is left is told, and the next run goes on.

use super::destroy::used;
use super::provision::{PATIENCE, beginning, provision};
use super::team::{Team, bare_spaces};
use crate::live::interruption::signal;
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// So fast passes the account's time where nobody is to be interrupted.
const QUICK: f64 = 600.0;

/// Runs the program until the account was asked for this, and interrupts it then.
fn interrupted(team: &Team, words: &[&str], (method, path): (&str, &str)) -> Output {
    let before = team.fake.count(method, path);
    let mut command = team.command(words);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while team.fake.count(method, path) == before {
        assert!(begun.elapsed() < PATIENCE, "it never asked for {method} {path}");
        thread::sleep(Duration::from_millis(20));
    }
    // Until it waits.
    thread::sleep(Duration::from_secs(1));
    signal(&child, "INT");
    child.wait_with_output().unwrap()
}

#[track_caller]
fn tells(output: &Output, stdout: &[&str], left: &[&str]) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(130), "{out}{err}");
    for words in stdout {
        assert!(out.contains(words), "{words}: {out}{err}");
    }
    for words in left {
        assert!(!out.contains(words), "{words}: {out}{err}");
    }
    let go_on = "interrupted: what is listed was done; run the same again to go on with the rest";
    assert!(err.contains(go_on), "{err}");
}

#[test]
fn whoever_interrupts_a_run_is_told_what_is_left_and_the_next_one_goes_on() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(team) = beginning(&spaces, used()).under_contract() else {
        return;
    };
    let slow = |factor: f64| team.fake.with(|world| world.run_clock(factor));
    slow(1.0);
    let words = [
        "provision",
        "dev",
        "--yes",
        "--max-risk",
        "disruptive",
        "--no-audit",
        "--journal",
        "journal",
    ];
    let stopped = interrupted(&team, &words, ("POST", "/v2/kubernetes/clusters"));
    tells(
        &stopped,
        &[
            "create VPC dev in fra1 (10.30.0.0/20): made",
            "interrupted while waiting for cluster dev, which was provisioning",
            "left: interrupted",
        ],
        &[],
    );
    let runs = team.run(&["runs", "--journal", "journal"]).exits(0);
    runs.has(&["it was stopped: interrupted"]);
    slow(QUICK);
    provision(&team, "dev").exits(0);
    assert_eq!(team.fake.count("POST", "/v2/kubernetes/clusters"), 1);
    assert_eq!(team.fake.count("POST", "/v2/vpcs"), 1);

    slow(1.0);
    let words = ["destroy", "dev", "--confirm", "dev", "--journal", "journal"];
    let stopped = interrupted(&team, &words, ("DELETE", "/v2/kubernetes/clusters"));
    tells(
        &stopped,
        &[
            "destroy cluster dev: unknown: interrupted while dev (Cluster) was deleting",
            "left: interrupted",
            "still there  dev (VPC)",
            "not known    what is left could not be looked at: interrupted",
        ],
        &["verified"],
    );
    slow(QUICK);
    let words = ["destroy", "dev", "--confirm", "dev", "--journal", "journal"];
    team.run_within(&words, PATIENCE)
        .exits(0)
        .has(&["verified: nothing else of dev is left"]);
    assert_eq!(team.fake.count("DELETE", "/v2/kubernetes/clusters"), 1);
}
