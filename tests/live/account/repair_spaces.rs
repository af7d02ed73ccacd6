//! What goes wrong with buckets is repaired, and taken back. No bucket and no object is ever deleted.

use super::team::{Team, dev_cluster, spaces, stage_cluster};
use crate::program::Outcome;
use envcheck_core::plan;
use envcheck_core::policy::Risk;
use envcheck_test_fakes::{Fate, Gate, Spaces, World};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

const BACKUPS: &str = World::STAGE_BACKUPS;
const IMAGES: &str = World::STAGE_IMAGES;
const ONLY: &str = "space-exists,space-private,space-lifecycle,backup-retention";
const PATIENCE: Duration = Duration::from_mins(8);
const XML: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// A rule that nobody complains of, with more in it than envcheck tells of a rule.
const LOGS: &str = "<Rule><ID>logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>\
                    <Expiration><Days>400</Days></Expiration><Transition><Days>60</Days>\
                    <StorageClass>GLACIER</StorageClass></Transition></Rule>";

/// So much later than now: what was begun today lingers by then.
fn later() -> String {
    (Timestamp::now() + SignedDuration::from_hours(24 * 10)).to_string()
}

fn remediate(team: &Team, now: &str, more: &[&str]) -> Outcome {
    let words = [
        "remediate",
        "stage",
        "--only",
        ONLY,
        "--journal",
        "journal",
        "--now",
        now,
    ];
    team.run_within(&[&words, more].concat(), PATIENCE)
}

fn take_back(team: &Team, run: &str) -> Outcome {
    team.take_back(run)
}

/// Rules of a lifecycle that expires backups after so many days.
fn expires(days: u32) -> String {
    format!(
        "<Rule><ID>expire-backups</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
         <Expiration><Days>{days}</Days></Expiration></Rule>"
    )
}

fn lifecycle(url: &str, rules: &str) {
    let body = format!("<LifecycleConfiguration xmlns=\"{XML}\">{rules}</LifecycleConfiguration>");
    Spaces::ask(url, "PUT", &format!("/{BACKUPS}?lifecycle"), &body).unwrap();
}

/// All that buckets are set to, and what they hold.
fn state(url: &str) -> Vec<String> {
    let mut state = Vec::new();
    for bucket in [BACKUPS, IMAGES] {
        for what in [
            "acl",
            "versioning",
            "lifecycle",
            "policy",
            "cors",
            "list-type=2",
            "versions",
        ] {
            let answer = Spaces::answer(url, &format!("/{bucket}?{what}"));
            // What is not there is told with an id of the request.
            state.push(answer.map_err(|_| "none").unwrap_or_else(ToOwned::to_owned));
        }
    }
    state
}

#[test]
fn buckets_are_as_declared_again_and_a_run_is_taken_back() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let url = spaces.url();
    let mut gate = Gate::new(|_| Fate::Pass);
    let mut team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    team.spaces = gate.before(&url).unwrap();
    let Some(team) = team.under_contract() else { return };
    Spaces::allow(&url, IMAGES, "public-read").unwrap();
    Spaces::version(&url, BACKUPS, "Suspended").unwrap();
    lifecycle(&url, &[&expires(14), LOGS].concat());
    Spaces::ask(&url, "POST", &format!("/{BACKUPS}/keydb/half?uploads"), "").unwrap();
    let (before, now) = (state(&url), later());

    // Nothing is changed without a word, and all that would be is shown on a copy.
    let plan = remediate(&team, &now, &["--dry-run", "--out", "plan.json"]).exits(1);
    plan.has(&[
        "4 steps for 4 of 4 findings; proved on a copy: 4 go, 0 appear",
        "safe        enable versioning of bucket acme-stage-backups",
        "safe        let no lifecycle rule of bucket acme-stage-backups remove objects before 30 days",
        "safe        add a rule to the lifecycle of bucket acme-stage-backups that aborts incomplete uploads",
        "disruptive  set the ACL of bucket acme-stage-images to private",
        "in Spaces",
        "undo will be in the journal",
        "expiration_days: 14",
        "expiration_days: 30",
    ]);
    assert!(!plan.stdout.contains("could not be rehearsed"), "{}", plan.stdout);
    assert_eq!((state(&url), gate.writes()), (before.clone(), Vec::new()));

    let run = remediate(&team, &now, &["--yes", "--max-risk", "disruptive"]).exits(0);
    run.has(&["4 of 4 steps done"]);
    assert_eq!(gate.writes().len(), 4, "{:?}", gate.writes());
    team.audit(&["--only", ONLY, "--now", &now]).exits(0);
    let repaired = state(&url);
    let rules = Spaces::answer(&url, &format!("/{BACKUPS}?lifecycle")).unwrap();
    for kept in [
        "<ID>logs</ID>",
        "GLACIER",
        "<Days>400</Days>",
        "<Days>30</Days>",
        "abort-incomplete-uploads",
    ] {
        assert!(rules.contains(kept), "{kept}: {rules}");
    }
    // Twice is as once.
    remediate(&team, &now, &["--yes", "--max-risk", "disruptive"])
        .exits(0)
        .has(&["nothing to do"]);
    assert_eq!(state(&url), repaired);

    let first = team.runs().remove(0);
    let back = take_back(&team, &first).exits(0);
    back.has(&[
        "4 of 4 steps done",
        "destructive take back: let no lifecycle rule",
        "by these rules Spaces removes objects",
        "what the ACL gave before it gives again",
    ]);
    assert_eq!(state(&url), before);
    take_back(&team, &first).exits(0);
    assert_eq!(state(&url), before);

    // What somebody changed since it was planned is left.
    lifecycle(&url, &expires(15));
    let run = remediate_plan(&team, &now).exits(1);
    run.has(&[
        "was changed since it was planned: make a new plan",
        "2 of 4 steps done",
    ]);
}

fn remediate_plan(team: &Team, now: &str) -> Outcome {
    remediate(
        team,
        now,
        &["--plan", "plan.json", "--yes", "--max-risk", "disruptive"],
    )
}

#[test]
fn a_bucket_is_made_as_it_is_declared_and_stays() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let url = spaces.url();
    let mut gate = Gate::new(|_| Fate::Pass);
    let mut team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    team.spaces = gate.before(&url).unwrap();
    team.respecify(
        "stage",
        "purpose: collectedImages, access: private",
        "purpose: collectedImages, access: private, versioning: true",
    );
    Spaces::ask(&url, "DELETE", &format!("/{IMAGES}"), "").unwrap();
    let now = Timestamp::now().to_string();

    let plan = remediate(&team, &now, &["--dry-run"]).exits(1);
    plan.has(&[
        "1 step for 1 of 1 finding; proved on a copy: 1 go, 0 appear",
        "create bucket acme-stage-images in fra1, private, with versions",
        "no undo: no remediation deletes a bucket",
    ]);
    remediate(&team, &now, &["--yes", "--max-risk", "disruptive"])
        .exits(0)
        .has(&["1 of 1 step done"]);
    assert_eq!(gate.writes().len(), 2, "{:?}", gate.writes());
    team.audit(&["--only", ONLY]).exits(0);
    let made = state(&url);
    let run = team.runs().remove(0);
    take_back(&team, &run)
        .exits(1)
        .has(&["stays", "no remediation deletes a bucket"]);
    assert_eq!(state(&url), made);
}

/// What a policy of somebody else asks for: backups go after a week.
const HASTY: &str = r#"# METADATA
# title: Backups go after a week
# description: A mistake.
# scope: package
# custom:
#   id: hasty
#   severity: low
#   evaluates: environment
#   kinds: []
#   needs: [spaces.lifecycles]
#   stages: [live]
#   remediation: none
package hasty

subjects contains resource

resource := {"apiVersion": "digitalocean.com/v2", "kind": "Bucket", "name": "acme-stage-backups"}

deny contains {
	"message": "backups are kept",
	"resource": resource,
	"key": "kept",
	"fix": {
		"action": "bucket.lifecycle",
		"risk": "safe",
		"summary": "let backups go after a week",
		"params": {"rules": [{"id": "week", "status": "Enabled", "expiration_days": 7}]},
	},
} if {
	some row in data.spaces.lifecycles
	row.bucket == "acme-stage-backups"
	not "week" in {rule.id | some rule in row.rules}
}
"#;

#[test]
fn what_would_let_objects_go_sooner_is_done_by_its_name_only() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let url = spaces.url();
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    team.folder.write("policies/hasty.rego", HASTY);
    // Which would object.
    team.respecify("base", "disable: []", "disable: [backup-retention]");
    let before = state(&url);
    let words = [
        "remediate",
        "stage",
        "-p",
        "policies",
        "--only",
        "hasty",
        "--journal",
        "journal",
        "--trust-fixes",
    ];
    let remediate = |more: &[&str]| team.run_within(&[&words, more].concat(), PATIENCE);
    let all = ["--yes", "--max-risk", "disruptive"];
    remediate(&[&all[..], &["--out", "plan.json"]].concat())
        .exits(1)
        .has(&[
            "destructive let backups go after a week",
            "by these rules Spaces removes objects",
            "such steps are named",
        ]);
    assert_eq!(state(&url), before);

    // A plan's file does not judge what is dangerous, whatever somebody writes into it.
    let mut plan = plan::read(&team.folder.read("plan.json")).unwrap();
    plan.steps[0].risk = Risk::Safe;
    team.folder.write("plan.json", plan::write(&plan));
    remediate(&[&all[..], &["--plan", "plan.json"]].concat())
        .exits(1)
        .has(&["it is destructive"]);
    assert_eq!(state(&url), before);
}

/// Where a job's own disk vanishes, the journal is kept in Spaces.
#[test]
fn a_run_with_its_journal_in_spaces_is_listed_and_taken_back() {
    const PLACE: &str = "s3://acme-stage-images/journals/stage/?region=fra1";
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let url = spaces.url();
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };
    Spaces::version(&url, BACKUPS, "Suspended").unwrap();
    let versioning = || Spaces::answer(&url, &format!("/{BACKUPS}?versioning")).unwrap();
    let run =
        |words: &[&str], place: &str| team.run_within(&[words, &["--journal", place]].concat(), PATIENCE);
    let words = ["remediate", "stage", "--only", "space-lifecycle", "--yes"];

    // A place that cannot be written is no journal, and nothing is done.
    let nowhere = run(&words, "s3://no-such-bucket/x?region=fra1").exits(2);
    assert!(
        nowhere
            .stderr
            .contains("the journal cannot be written below s3://no-such-bucket/x"),
        "{}",
        nowhere.stderr
    );
    run(&words, "gs://elsewhere/x").exits(2);
    assert!(versioning().contains("Suspended"));

    run(&words, PLACE)
        .exits(0)
        .has(&["journal s3://acme-stage-images/journals/stage/", "fixed"]);
    assert!(versioning().contains("Enabled"));
    let listed = run(&["runs"], PLACE).exits(0);
    let (name, rest) = listed.stdout.split_once(' ').unwrap();
    assert!(rest.contains("1 of 1 steps done"), "{}", listed.stdout);
    let kept = Spaces::answer(&url, &format!("/{IMAGES}?list-type=2&prefix=journals/")).unwrap();
    for line in ["00000000.json", "00000001.json", "00000002.json"] {
        assert!(kept.contains(&format!("journals/stage/{name}/{line}")), "{kept}");
    }

    let back = ["rollback", name, "-e", "stage"];
    let back = |more: &[&str]| run(&[&back, more].concat(), PLACE);
    // What is no longer kept is lost: that is agreed to by name.
    back(&["--yes"]).exits(1).has(&["--step"]);
    super::super::repairing::named(&back(&["--dry-run"]), back)
        .exits(0)
        .has(&["taken back"]);
    assert!(versioning().contains("Suspended"));
    // A line that is missing is not passed over.
    Spaces::ask(
        &url,
        "DELETE",
        &format!("/{IMAGES}/journals/stage/{name}/00000001.json"),
        "",
    )
    .unwrap();
    let outcome = back(&["--yes"]).exits(2);
    assert!(
        outcome.stderr.contains("line 2 of the journal is missing"),
        "{}",
        outcome.stderr
    );
    run(&["rollback", "no-such-run", "-e", "stage", "--yes"], PLACE).exits(2);
}
