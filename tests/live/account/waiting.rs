//! One run at a time where journals are in a bucket, and what is told while a run waits.

use super::provision::{PATIENCE, beginning, provision};
use super::team::{Team, bare_spaces};
use crate::program::{Outcome, at_a_terminal};
use envcheck_test_fakes::{Spaces, World};

const LOCK: &str = "/acme-journals/team/envcheck-stage.lock";
/// Where the bucket of the journals is made.
const PLACE: &str = r#"<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>fra1</LocationConstraint></CreateBucketConfiguration>"#;
const JOURNAL: &str = "s3://acme-journals/team?region=fra1";

/// At a terminal that can take a line back.
fn at(team: &Team, words: &[&str]) -> Outcome {
    let mut command = team.command(words);
    command.env("TERM", "xterm");
    at_a_terminal(command, "", PATIENCE)
}

fn make(team: &Team, environment: &str) -> Outcome {
    let words = [
        "provision",
        environment,
        "--yes",
        "--max-risk",
        "disruptive",
        "--no-audit",
        "--journal",
        JOURNAL,
    ];
    team.run_within(&words, PATIENCE)
}

#[test]
fn a_run_with_its_journal_in_spaces_has_a_lock_there_and_gives_it_back() {
    let Some(spaces) = bare_spaces() else { return };
    Spaces::ask(&spaces.url(), "PUT", "/acme-journals", PLACE).unwrap();
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    let held = |until: &str| {
        let lock = format!(r#"{{"expires":"{until}","holder":"2026-11-27T03-00-00Z-9f3a","token":"t"}}"#);
        Spaces::ask(&spaces.url(), "PUT", LOCK, &lock).unwrap();
    };
    held("2999-01-01T00:00:00Z");
    let refused = make(&team, "stage").exits(2);
    let words = "nothing was made: run 2026-11-27T03-00-00Z-9f3a changes stage: it has s3:/";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
    assert_eq!(team.fake.count("POST", "/v2"), 0);

    // Whoever had it was killed.
    held("2026-01-01T00:00:00Z");
    make(&team, "stage").exits(0).has(&["create cluster stage"]);
    let lock = Spaces::answer(&spaces.url(), LOCK).unwrap();
    assert!(lock.contains("\"holder\":null"), "{lock}");
    team.run(&["runs", "--journal", JOURNAL])
        .exits(0)
        .has(&["stage   "]);

    held("2999-01-01T00:00:00Z");
    let words = ["destroy", "stage", "--confirm", "stage", "--journal", JOURNAL];
    let refused = team.run_within(&words, PATIENCE).exits(2);
    assert!(
        refused.stderr.contains("nothing was removed: run"),
        "{}",
        refused.stderr
    );
    assert_eq!(team.fake.count("DELETE", "/v2"), 0);
    held("2026-01-01T00:00:00Z");
    team.run_within(&words, PATIENCE).exits(0);
    assert!(
        Spaces::answer(&spaces.url(), LOCK)
            .unwrap()
            .contains("\"holder\":null")
    );
}

#[test]
fn what_is_awaited_is_told_at_a_terminal_and_nowhere_else() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    let silent = provision(&team, "dev").exits(0);
    assert!(!silent.stderr.contains("waiting"), "{}", silent.stderr);

    // Slow enough that a few looks find it coming up.
    team.fake.with(|world| world.run_clock(60.0));
    let words = [
        "provision",
        "stage",
        "--yes",
        "--max-risk",
        "disruptive",
        "--no-audit",
        "--journal",
        "journal",
    ];
    let told = at(&team, &words);
    assert_eq!(told.code, Some(0), "{}{}", told.stdout, told.stderr);
    for words in ["waiting 0:0", " of 30:00: cluster stage is provisioning"] {
        assert!(told.stderr.contains(words), "{words}: {:?}", told.stderr);
    }
    let words = ["destroy", "stage", "--confirm", "stage", "--journal", "journal"];
    let gone = at(&team, &words);
    assert!(
        gone.stderr.contains(" of 30:00: stage (Cluster) is deleting"),
        "{:?}",
        gone.stderr
    );
    // Those who want to hear nothing hear nothing.
    let words = [
        "provision",
        "stage",
        "--yes",
        "--max-risk",
        "disruptive",
        "--no-audit",
        "--quiet",
        "--journal",
        "journal",
    ];
    let quiet = at(&team, &words);
    assert!(!quiet.stderr.contains("waiting"), "{:?}", quiet.stderr);
}
