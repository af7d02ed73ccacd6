//! Two runs at once before there is a cluster with a Lease, each on a machine of its own: the lock in the bucket of their journals keeps
//! one of them from beginning.

use super::provision::{PATIENCE, beginning};
use super::team::{Team, bare_spaces};
use envcheck_test_fakes::{Spaces, World};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const PLACE: &str = "s3://acme-journals/stage?region=fra1";
const BUCKET: &str = r#"<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>fra1</LocationConstraint></CreateBucketConfiguration>"#;
const MAKE: [&str; 8] = [
    "provision",
    "stage",
    "--yes",
    "--max-risk",
    "disruptive",
    "--no-audit",
    "--journal",
    PLACE,
];

fn begun(team: &Team) -> Child {
    let mut command = team.command(&MAKE);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn of_two_runs_at_once_one_makes_the_environment_and_the_other_nothing() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(team) = beginning(&spaces, World::empty()).under_contract() else {
        return;
    };
    Spaces::ask(&spaces.url(), "PUT", "/acme-journals", BUCKET).unwrap();
    // The cluster takes so long that both are under way together.
    team.fake.with(|world| world.run_clock(20.0));
    let runs = [begun(&team), begun(&team)];
    let started = Instant::now();
    let ended: Vec<_> = runs
        .into_iter()
        .map(|run| run.wait_with_output().unwrap())
        .collect();
    assert!(started.elapsed() < PATIENCE * 2);
    let mut codes: Vec<_> = ended.iter().map(|one| one.status.code()).collect();
    codes.sort_unstable();
    let said: Vec<_> = ended
        .iter()
        .map(|one| String::from_utf8_lossy(&one.stderr))
        .collect();
    assert_eq!(codes, [Some(0), Some(2)], "{said:?}");
    let refused = said.iter().find(|text| text.contains("nothing was made: run "));
    let refused = refused.unwrap_or_else(|| panic!("{said:?}"));
    assert!(
        refused.contains("changes stage: it has s3://acme-journals/stage/envcheck-stage.lock until"),
        "{refused}"
    );
    for path in ["/v2/kubernetes/clusters", "/v2/vpcs", "/v2/firewalls"] {
        assert_eq!(team.fake.count("POST", path), 1, "{path}");
    }
    // It was given back: whoever comes next does not wait until it has run out.
    let lock = Spaces::answer(&spaces.url(), "/acme-journals/stage/envcheck-stage.lock").unwrap();
    assert!(lock.contains("\"holder\":null"), "{lock}");
    team.fake.with(|world| {
        world.run_clock(600.0);
        world
            .rows_mut("firewalls")
            .retain(|row| row["name"] != "stage-office");
    });
    let again = Instant::now();
    team.run_within(&MAKE, PATIENCE)
        .exits(0)
        .has(&["create firewall stage-office"]);
    assert!(again.elapsed() < Duration::from_mins(2));
    // Their journals are one: what the first made, the next knows.
    team.run(&["plan", "stage", "--journal", PLACE, "--detailed-exitcode"])
        .exits(0);
}
