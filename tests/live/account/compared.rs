//! What stands is compared with the spec; and a plan is carried out on nothing but what it was made for.

use super::plans::sealed;
use super::provision::{PATIENCE, beginning, provision};
use super::team::{Team, bare_spaces};
use crate::live::{binaries, start};
use crate::program::Outcome;
use envcheck_test_cluster::Options;
use envcheck_test_fakes::{Fate, Gate, Spaces, World};
use serde_json::{Value, json};

const BACKUPS: &str = "acme-stage-backups";
const IMAGES: &str = "acme-stage-images";

/// STAGE as it was provisioned.
fn provisioned(spaces: &Spaces) -> Option<Team> {
    let team = beginning(spaces, World::empty()).under_contract()?;
    provision(&team, "stage").exits(0);
    Some(team)
}

fn plan(team: &Team, more: &[&str]) -> Outcome {
    let words = ["plan", "stage", "--journal", "journal", "--detailed-exitcode"];
    team.run(&[&words, more].concat())
}

#[test]
fn a_standing_firewall_or_bucket_that_somebody_changed_is_told() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(team) = provisioned(&spaces) else { return };
    let shown = plan(&team, &[]).exits(0);
    assert!(!shown.stdout.contains("not known"), "{}", shown.stdout);

    team.respecify("stage", "versioning: true}", "versioning: true, retention: 30d}");
    Spaces::allow(&team.spaces, IMAGES, "public-read").unwrap();
    Spaces::version(&team.spaces, BACKUPS, "Suspended").unwrap();
    Spaces::expire(&team.spaces, BACKUPS, 14).unwrap();
    team.fake.with(|world| {
        for row in world.rows_mut("firewalls") {
            if row["name"] == "stage-office" {
                row["inbound_rules"] = json!([
                    {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["198.51.100.0/25"]}},
                ]);
                row["tags"] = json!(["office"]);
            }
        }
    });
    let shown = plan(&team, &[]).exits(2);
    shown.has(&[
        "nothing to make",
        r#"acme-stage-images (Bucket): access is "public", declared is "private""#,
        "acme-stage-backups (Bucket): versioning is false, declared is true",
        "acme-stage-backups (Bucket): lifecycle rule expire-backups removes objects after 14 days, declared retention is 30d",
        "stage-office (Firewall): inbound rule tcp 22 from 198.51.100.0/24 is missing",
        "stage-office (Firewall): inbound rule tcp 22 from 198.51.100.0/25 is not declared",
        "stage-office (Firewall): it does not lie before tag k8s:",
        "stage-office (Firewall): it lies before tag office, which is not declared",
        "what differs is repaired, not provisioned",
    ]);
    // Nothing of that is changed here.
    let posts = team.fake.count("POST", "/v2") + team.fake.count("PUT", "/v2");
    provision(&team, "stage").exits(1);
    assert_eq!(
        team.fake.count("POST", "/v2") + team.fake.count("PUT", "/v2"),
        posts
    );
    plan(&team, &[]).exits(2);
}

#[test]
fn a_bucket_that_was_half_made_is_told_and_completed_by_the_next_run() {
    let Some(spaces) = bare_spaces() else { return };
    let url = spaces.url();
    let keeps = || {
        let told = Spaces::answer(&url, &format!("/{BACKUPS}?versioning")).unwrap();
        told.contains("Enabled")
    };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(mut team) = team else { return };
    // Nobody hears that it was made, and nothing lets it keep versions.
    let mut gate = Gate::choosing(|_, write| match write {
        write if write.contains("?versioning") => Fate::Refuse(403),
        write if write.contains(BACKUPS) => Fate::Lose,
        _ => Fate::Pass,
    });
    team.spaces = gate.before(&url).unwrap();
    let half = provision(&team, "stage").exits(1);
    half.has(&[
        "Bucket acme-stage-backups was made and is not complete",
        "the next run completes it",
    ]);
    drop(gate);
    team.spaces.clone_from(&url);
    assert!(!keeps());
    let shown = plan(&team, &[]).exits(2);
    let step = "keep versions in bucket acme-stage-backups, which a run was to make so and did not";
    shown.has(&["2 things to make", step, "in Spaces"]);
    assert!(!shown.stdout.contains("differs"), "{}", shown.stdout);
    // Whoever lost the journals knows of no run that was to do it: it is a difference.
    let lost = ["plan", "stage", "--journal", "elsewhere", "--detailed-exitcode"];
    let told = team.run(&lost).exits(2);
    told.has(&["versioning is false, declared is true"]);
    assert!(!told.stdout.contains("keep versions"), "{}", told.stdout);
    provision(&team, "stage").exits(0).has(&[step, "made"]);
    assert!(keeps());
    plan(&team, &[]).exits(0).has(&["nothing to make"]);
    // Once it kept versions, who stops that meant it.
    Spaces::version(&url, BACKUPS, "Suspended").unwrap();
    plan(&team, &[])
        .exits(2)
        .has(&["nothing to make", "versioning is false, declared is true"]);
    let runs = team.runs();
    let back = [
        "rollback",
        &runs[1],
        "-e",
        "stage",
        "--yes",
        "--max-risk",
        "disruptive",
        "--journal",
        "journal",
    ];
    team.run(&back)
        .exits(1)
        .has(&["it completes what was created, and that stays"]);
}

#[test]
fn a_bucket_of_which_no_answer_came_is_complete_within_the_run() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(mut team) = team else { return };
    let mut gate = Gate::choosing(|_, _| Fate::Lose);
    team.spaces = gate.before(&spaces.url()).unwrap();
    provision(&team, "stage").exits(0);
    let told = Spaces::answer(&spaces.url(), &format!("/{BACKUPS}?versioning")).unwrap();
    assert!(told.contains("Enabled"), "{told}");
    plan(&team, &[]).exits(0);
}

#[test]
fn a_plan_file_is_refused_where_another_cluster_or_account_has_the_name() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(team) = provisioned(&spaces) else { return };
    team.fake.with(|world| {
        world
            .rows_mut("firewalls")
            .retain(|row| row["name"] != "stage-office");
    });
    plan(&team, &["--out", "plan.json"]).exits(2);
    let file: Value = serde_json::from_str(&team.folder.read("plan.json")).unwrap();
    let cluster = team
        .fake
        .with(|world| world.named("kubernetes_clusters", "stage").unwrap()["id"].clone());
    assert_eq!(file["madeFor"]["cluster"]["id"], cluster);
    assert!(file["madeFor"]["account"].is_string(), "{file:#}");
    let carry_out = |file: &str| {
        let words = [
            "provision",
            "stage",
            "--plan",
            file,
            "--yes",
            "--max-risk",
            "disruptive",
            "--no-audit",
            "--journal",
            "journal",
        ];
        team.run_within(&words, PATIENCE)
    };
    // As if that file were of a cluster, or an account, that had the name before.
    let posts = team.fake.count("POST", "/v2");
    for (place, words) in [
        ("/madeFor/cluster/id", "what is called so now is another"),
        ("/madeFor/account", "it was made for the account"),
    ] {
        let mut other = file.clone();
        *other.pointer_mut(place).unwrap() = json!("4b1d7a3c-0000-4000-8000-00000000dead");
        team.folder.write("other.json", sealed(&other).to_string());
        let refused = carry_out("other.json").exits(2);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    let mut unsaid = file.clone();
    unsaid.as_object_mut().unwrap().remove("madeFor");
    team.folder.write("other.json", sealed(&unsaid).to_string());
    let refused = carry_out("other.json").exits(2);
    assert!(
        refused.stderr.contains("for which account and cluster"),
        "{}",
        refused.stderr
    );
    assert_eq!(team.fake.count("POST", "/v2"), posts);
    carry_out("plan.json")
        .exits(0)
        .has(&["create firewall stage-office"]);
}

/// An account without a cluster of its own, and a namespace in one that runs elsewhere.
const OUTSIDE: &str = r"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: outside}
spec:
  digitalocean:
    token: {env: DIGITALOCEAN_TOKEN}
    region: fra1
    project: {name: outside, environment: Staging}
  namespaces: [{name: shop, role: platform}]
";

#[test]
fn of_a_cluster_that_the_account_is_not_said_to_have_plan_and_provision_say_the_same() {
    let (Some(spaces), Some(binaries)) = (bare_spaces(), binaries()) else {
        return;
    };
    let context = "elsewhere".to_owned();
    let options = Options {
        context: Some(context.clone()),
        ..Options::default()
    };
    let server = start(&binaries, &options);
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    team.folder.write("environments/outside.yaml", OUTSIDE);
    let made = [
        "provision",
        "outside",
        "--yes",
        "--max-risk",
        "disruptive",
        "--no-audit",
        "--journal",
        "journal",
    ];
    let shown = ["plan", "outside", "--detailed-exitcode"];
    for (words, code) in [(&shown[..], 1), (&made[..], 2)] {
        let refused = team.run(words).exits(code);
        for told in ["declares no target to read", "--context"] {
            assert!(refused.stderr.contains(told), "{}", refused.stderr);
        }
    }
    // Which cluster it is has to be said where nothing proves it.
    let file = server.kubeconfig().display().to_string();
    let by_file = ["--kubeconfig", &file];
    for words in [&shown[..], &made[..]] {
        let code = if words[0] == "provision" { 2 } else { 1 };
        let refused = team.run(&[words, &by_file].concat()).exits(code);
        refused.has(&[
            "in the way",
            "which cluster it is could not be verified",
            "--context",
        ]);
    }
    assert_eq!(team.fake.count("POST", "/v2"), 0);
    let named = [&by_file[..], &["--context", &context]].concat();
    team.run(&[&shown[..], &named].concat())
        .exits(2)
        .has(&["create Namespace shop"]);
    team.run(&[&made[..], &named].concat()).exits(0);
    server.answer(&["get", "namespace", "shop"]).unwrap();
    team.run(&[&shown[..], &named].concat())
        .exits(0)
        .has(&["nothing to make"]);
}
