//! What is not destroyed at all, and who has to agree.

use super::{destroy, dev};
use crate::live::account::provision::{PATIENCE, beginning};
use crate::live::account::team::bare_spaces;
use crate::live::terminal::at_a_terminal_until;
use crate::program::{Outcome, at_a_terminal};
use envcheck_test_fakes::{Spaces, World};

fn says(outcome: &Outcome, words: &str) {
    assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
}

#[test]
fn nothing_goes_without_the_environments_own_name_and_a_place_for_the_journal() {
    let Some((_spaces, team)) = dev() else { return };
    let run = |words: &[&str], code: i32| team.run(&[&["destroy", "dev"], words].concat()).exits(code);
    says(
        &run(&["--journal", "journal"], 1),
        "nothing was removed; --confirm NAME",
    );
    run(&["--journal", "journal", "--dry-run"], 1);
    let wrong = run(&["--confirm", "stage", "--journal", "journal"], 2);
    says(&wrong, "does not name this environment, which is dev");
    says(
        &run(&["--confirm", "dev"], 2),
        "where the journal is kept has to be said",
    );
    let unknown = [
        "--confirm",
        "dev",
        "--journal",
        "journal",
        "--step",
        "000000000000",
    ];
    says(&run(&unknown, 2), "there is no step 000000000000");
    let both = ["--confirm", "dev", "--journal", "journal", "-o", "json"];
    says(&run(&both, 2), "goes into a file, since the run tells");

    team.respecify("dev", "spec:\n", "spec:\n  protect: true\n");
    let refused = destroy(&team, "dev", &[]).exits(2);
    says(&refused, "dev is protected: nothing of it is destroyed");
    says(&refused, "dev.yaml:5");
    team.respecify("dev", "  protect: true\n", "  target: {snapshot: capture}\n");
    says(&destroy(&team, "dev", &[]).exits(2), "is read from a snapshot");
    assert_eq!(team.fake.count("DELETE", "/v2"), 0);
}

#[test]
fn a_datastore_goes_only_when_its_newest_backup_is_fresh() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(team) = beginning(&spaces, World::empty()).under_contract() else {
        return;
    };
    team.respecify(
        "dev",
        "      buckets:\n",
        "      backups:\n        - {of: back/keydb, bucket: acme-dev-backups, prefix: keydb/, maxAge: 26h, minSize: 4B}\n      buckets:\n",
    );
    let spec = team.folder.read("environments/dev.yaml");
    let namespaces = "  namespaces:\n    - name: back\n      role: application\n      workloads: [{name: keydb, kind: StatefulSet, role: datastore}]\n      network: {accepts: {fromNamespaces: all}}\n";
    team.folder
        .write("environments/dev.yaml", format!("{spec}{namespaces}"));
    // The account's side alone: no API server runs here.
    team.run_within(
        &[
            "provision",
            "dev",
            "--yes",
            "--max-risk",
            "disruptive",
            "--no-audit",
            "--journal",
            "journal",
        ],
        PATIENCE,
    );
    let there = team
        .fake
        .with(|world| world.named("kubernetes_clusters", "dev").is_some());
    assert!(there);

    let shown = team.run(&["destroy", "dev", "--journal", "journal"]).exits(2);
    shown.has(&[
        "in the way",
        "there is no backup of back/keydb",
        "--without-backup",
    ]);
    let refused = destroy(&team, "dev", &[]).exits(2);
    says(&refused, "nothing was removed: there is no backup of back/keydb");
    assert_eq!(team.fake.count("DELETE", "/v2"), 0);

    Spaces::ask(&spaces.url(), "PUT", "/acme-dev-backups/keydb/dump.rdb", "data").unwrap();
    let shown = team.run(&["destroy", "dev", "--journal", "journal"]).exits(1);
    assert!(!shown.stdout.contains("in the way"), "{}", shown.stdout);
    Spaces::ask(&spaces.url(), "PUT", "/acme-dev-backups/keydb/dump-2.rdb", "").unwrap();
    destroy(&team, "dev", &["--without-backup"])
        .exits(0)
        .has(&["it was not looked whether the newest backup is fresh"]);
}

#[test]
fn at_a_terminal_the_name_is_typed() {
    let Some((_spaces, team)) = dev() else { return };
    let words = ["destroy", "dev", "--journal", "journal"];
    let question = "Type the environment's name to remove what is listed: ";
    let other = at_a_terminal(team.command(&words), "y\n", PATIENCE);
    says(&other, question);
    says(&other, "that is not its name: nothing was removed");
    assert_eq!(other.code, Some(1));
    let stopped = at_a_terminal_until(team.command(&words), "", question, PATIENCE);
    assert_eq!(stopped.code, Some(130), "{}", stopped.stderr);
    assert_eq!(team.fake.count("DELETE", "/v2"), 0);
    let own = at_a_terminal(team.command(&words), "dev\n", PATIENCE);
    assert_eq!(own.code, Some(0), "{}{}", own.stdout, own.stderr);
    assert!(
        team.fake
            .with(|world| world.named("kubernetes_clusters", "dev").is_none())
    );
}
