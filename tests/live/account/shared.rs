//! A bucket that two environments declare, each with a project of its own: neither takes it from the other. And steps that are named
//! by what stands in a plan, before a run and after it.

use super::provision::PATIENCE;
use super::team::{Team, bare_spaces};
use crate::program::Outcome;
use envcheck_test_fakes::{Spaces, World};
use serde_json::{Value, json};

const BUCKET: &str = "do:space:acme-both";
/// Where a bucket is made.
const PLACE: &str = r#"<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>fra1</LocationConstraint></CreateBucketConfiguration>"#;

fn team(spaces: &Spaces) -> Option<Team> {
    let team = Team::beginning(spaces, World::empty(), 600.0);
    for name in ["a", "b"] {
        let spec = format!(
            r"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec:
  digitalocean:
    token: {{env: DIGITALOCEAN_TOKEN}}
    region: fra1
    project: {{name: {name}, environment: Development}}
    spaces:
      auditor: {{accessKeyId: {{env: SPACES_ACCESS_KEY_ID}}, secretAccessKey: {{env: SPACES_SECRET_ACCESS_KEY}}}}
      buckets: [{{name: acme-both, purpose: other}}]
"
        );
        team.folder.write(&format!("environments/{name}.yaml"), spec);
    }
    // An account always has one for what names none.
    let body = json!({"name": "first", "purpose": "Other"});
    team.fake.ask("POST", "/v2/projects", &body).unwrap();
    team.under_contract()
}

fn provision(team: &Team, environment: &str, more: &[&str]) -> Outcome {
    let words = ["provision", environment, "--no-audit", "--journal", "journal"];
    team.run_within(&[&words, more].concat(), PATIENCE)
}

fn plan(team: &Team, environment: &str) -> Value {
    let words = ["plan", environment, "--journal", "journal", "-o", "json"];
    team.run(&words).exits(0).json()
}

/// The step that assigns the bucket: its id, its risk and what it says.
fn assignment(plan: &Value) -> Option<(String, String, String)> {
    let text = |step: &Value, key: &str| step[key].as_str().unwrap().to_owned();
    let mut steps = plan["steps"].as_array().unwrap().iter();
    let step = steps.find(|step| step["deed"]["target"]["name"] == BUCKET)?;
    Some((text(step, "id"), text(step, "risk"), text(step, "summary")))
}

/// Puts the bucket into a project by hand.
fn put_into(team: &Team, project: &str) {
    let id = team.fake.with(|world| {
        let rows = world.rows("projects").iter();
        let mut own = rows.filter(|row| row["name"] == project);
        own.next().unwrap()["id"].as_str().unwrap().to_owned()
    });
    let path = format!("/v2/projects/{id}/resources");
    team.fake
        .ask("POST", &path, &json!({"resources": [BUCKET]}))
        .unwrap();
}

#[test]
fn what_two_environments_declare_is_taken_by_none_of_them_from_the_other() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(team) = team(&spaces) else { return };
    for environment in ["a", "b"] {
        provision(&team, environment, &["--yes", "--max-risk", "disruptive"]).exits(0);
    }
    let empty = || {
        for environment in ["a", "b", "a"] {
            let words = ["plan", environment, "--journal", "journal", "--detailed-exitcode"];
            team.run(&words).exits(0).has(&["nothing to make"]);
        }
    };
    empty();
    let told = plan(&team, "b");
    assert!(
        told["notes"].to_string().contains(
            "bucket acme-both is not assigned to project b: it is in project a of a, which declares it too"
        ),
        "{told:#}"
    );
    // Nor does the one that made it, once the other has it.
    put_into(&team, "b");
    empty();
    // Where neither has put it, the one that made it takes it, and says out of what.
    let body = json!({"name": "attic", "purpose": "Other"});
    team.fake.ask("POST", "/v2/projects", &body).unwrap();
    put_into(&team, "attic");
    assert_eq!(assignment(&plan(&team, "b")), None);
    let words = "assign bucket acme-both to project a, out of project attic";
    let (id, risk, summary) = assignment(&plan(&team, "a")).unwrap();
    assert_eq!((risk.as_str(), summary.as_str()), ("disruptive", words));
    provision(&team, "a", &["--yes"])
        .exits(1)
        .has(&["until then it is in project attic (", &format!("--step {id}")]);
    provision(&team, "a", &["--yes", "--step", &id])
        .exits(0)
        .has(&[words]);
    empty();
}

#[test]
fn a_step_has_one_name_before_a_run_and_after_it() {
    let Some(spaces) = bare_spaces() else { return };
    // Somebody made it by hand: it is assigned as what disturbs.
    Spaces::ask(&spaces.url(), "PUT", "/acme-both", PLACE).unwrap();
    let Some(team) = team(&spaces) else { return };
    std::fs::remove_file(team.folder.path().join("environments/b.yaml")).unwrap();
    let words = ["plan", "a", "--journal", "journal", "--out", "plan.json"];
    team.run(&words).exits(0);
    let before = plan(&team, "a");
    let (id, ..) = assignment(&before).unwrap();
    // The project is made, which the assignment names.
    let adopt = ["--yes", "--adopt", BUCKET];
    provision(&team, "a", &adopt)
        .exits(1)
        .has(&[&format!("--step {id}")]);
    assert_eq!(assignment(&plan(&team, "a")).unwrap().0, id);
    // A name that nothing has is refused, with those that there are.
    for plan in [&[][..], &["--plan", "plan.json"]] {
        let wrong = [&["--yes", "--step", "0123456789ab"], plan].concat();
        let refused = provision(&team, "a", &wrong).exits(2);
        assert!(
            refused.stderr.contains("the plan has no step 0123456789ab") && refused.stderr.contains(&id),
            "{}",
            refused.stderr
        );
    }
    provision(&team, "a", &["--plan", "plan.json", "--yes", "--step", &id]).exits(0);
    assert_eq!(assignment(&plan(&team, "a")), None);
}
