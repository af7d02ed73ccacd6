//! Ctrl-C in the middle of a reading: the program ends at once, says what it did not judge and leaves nothing behind.

use super::deeds::Deed;
use super::proxy::Proxy;
use super::stage;
use crate::program::{Folder, program};
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// From the signal to the end, on a machine that may be busy with other tests.
const AT_ONCE: Duration = Duration::from_secs(1);

pub(crate) fn signal(child: &Child, name: &str) {
    let script = format!("kill -{name} {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &script])
            .status()
            .unwrap()
            .success()
    );
}

/// The words of a run, between the spec and the kubeconfig that follow.
const AUDIT: [&str; 5] = ["audit", "-o", "json=report.json", "-o", "table"];
const CAPTURES: [[&str; 3]; 2] = [
    ["snapshot", "--out", "capture"],
    ["snapshot", "--out", "capture.tar.zst"],
];

/// What was said on standard error, and how long the end took.
fn interrupted_at(words: &[&str], path: &'static str, name: &str) -> (String, Duration) {
    interrupted_after(Duration::from_millis(300), words, path, name)
}

/// The same, `meanwhile` after the server has fallen silent: what else is under way arrives.
fn interrupted_after(
    meanwhile: Duration,
    words: &[&str],
    path: &'static str,
    name: &str,
) -> (String, Duration) {
    let cluster = stage::shared().unwrap();
    let proxy = Proxy::start(cluster, move |asked| {
        if asked.path == path && (asked.is_continuation() || asked.path != "/api/v1/configmaps") {
            Deed::Stall
        } else {
            Deed::Pass
        }
    });
    let folder = Folder::new();
    let (spec, kubeconfig) = (stage::spec(), proxy.kubeconfig().display().to_string());
    let mut child = program(words.iter().copied().chain([&*spec, "--kubeconfig", &kubeconfig]))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !proxy.log().iter().any(|(_, deed)| *deed == Deed::Stall) {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it never asked for {path}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(meanwhile);
    let sent = Instant::now();
    signal(&child, name);
    let status = child.wait().unwrap();
    let took = sent.elapsed();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(status.code(), Some(130), "{stderr}");
    assert_eq!(stdout, "", "nothing was judged to its end");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    (stderr, took)
}

#[test]
fn ctrl_c_in_the_middle_of_a_list_ends_the_run_at_once() {
    if stage::shared().is_none() {
        return;
    }
    for name in ["INT", "TERM"] {
        let (stderr, took) = interrupted_at(&AUDIT, "/api/v1/configmaps", name);
        assert!(took < AT_ONCE, "{took:?}");
        assert!(stderr.starts_with("interrupted: "), "{stderr}");
        let unread = stderr
            .lines()
            .find_map(|line| line.strip_prefix("not evaluated: "))
            .unwrap();
        assert!(
            unread.split(", ").any(|kind| kind.starts_with("v1/ConfigMap")),
            "{unread}"
        );
        assert!(!unread.contains("v1/Namespace"), "it was read: {unread}");
    }
}

#[test]
fn ctrl_c_while_nothing_but_the_last_kind_is_read_is_no_end_of_the_reading() {
    if stage::shared().is_none() {
        return;
    }
    for name in ["INT", "TERM"] {
        let (stderr, _) = interrupted_after(Duration::from_secs(3), &AUDIT, "/api/v1/pods", name);
        assert!(stderr.starts_with("interrupted: "), "{stderr}");
        assert!(stderr.contains("not evaluated: v1/Pod"), "{stderr}");
    }
}

#[test]
fn ctrl_c_before_anything_was_read_ends_the_run_at_once() {
    if stage::shared().is_none() {
        return;
    }
    for path in ["/version", "/apis", "/api/v1/nodes"] {
        let (stderr, took) = interrupted_at(&AUDIT, path, "INT");
        assert!(took < AT_ONCE, "{path}: {took:?}");
        assert!(stderr.starts_with("interrupted: "), "{path}: {stderr}");
    }
}

#[test]
fn ctrl_c_while_a_capture_is_written_leaves_none() {
    if stage::shared().is_none() {
        return;
    }
    for words in CAPTURES {
        let (stderr, took) = interrupted_at(&words, "/api/v1/configmaps", "INT");
        assert!(took < AT_ONCE, "{took:?}");
        assert!(stderr.starts_with("interrupted: "), "{stderr}");
        let unread = stderr
            .lines()
            .find_map(|line| line.strip_prefix("not captured: "))
            .unwrap();
        assert!(unread.contains("v1/ConfigMap"), "{unread}");
    }
}
