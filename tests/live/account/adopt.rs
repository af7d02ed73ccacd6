//! What was there before: asked for by its id, once, and never taken for something that was made here.

use super::provision::{ALL, PATIENCE, beginning, joining, provision};
use super::team::{Team, bare_spaces};
use crate::program::{Outcome, at_a_terminal};
use envcheck_test_fakes::{Spaces, World};
use serde_json::{Value, json};

const VPC: &str = "4b1d7a3c-0000-4000-8000-0000000000a1";
const BUCKET: &str = "do:space:acme-stage-backups";

/// Where a bucket is made.
const PLACE: &str = r#"<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>fra1</LocationConstraint></CreateBucketConfiguration>"#;

/// A network that somebody made by hand.
fn network(id: &str, name: &str, description: &str) -> Value {
    json!({
        "id": id, "urn": format!("do:vpc:{id}"), "name": name, "description": description, "region": "fra1",
        "ip_range": "10.20.0.0/20", "created_at": "2026-01-01T00:00:00Z", "default": false,
    })
}

/// STAGE's network and one of its buckets are there already.
fn half_there() -> Option<(Spaces, Team)> {
    let spaces = bare_spaces()?;
    let mut world = World::empty();
    world.add("vpcs", network(VPC, "stage", "by hand"));
    Spaces::ask(&spaces.url(), "PUT", "/acme-stage-backups", PLACE).unwrap();
    // As it is declared: what differs of it would be told at the end of each run.
    Spaces::version(&spaces.url(), "acme-stage-backups", "Enabled").unwrap();
    let team = beginning(&spaces, world).under_contract()?;
    Some((spaces, team))
}

fn make(team: &Team, more: &[&str]) -> Outcome {
    let words = [
        &[
            "provision",
            "stage",
            "--yes",
            "--max-risk",
            "disruptive",
            "--no-audit",
            "--journal",
            "journal",
        ],
        more,
    ];
    team.run_within(&words.concat(), PATIENCE)
}

fn plan(team: &Team, environment: &str) -> Value {
    let words = ["plan", environment, "--journal", "journal", "-o", "json"];
    serde_json::from_str(&team.run(&words).exits(0).stdout).unwrap()
}

/// The ids of what a plan adopts.
fn adopts(plan: &Value) -> Vec<&str> {
    let all = plan["adoptions"].as_array().unwrap().iter();
    all.map(|one| one["id"].as_str().unwrap()).collect()
}

#[track_caller]
fn says(outcome: &Outcome, words: &str) {
    assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
}

#[test]
fn what_was_there_before_is_adopted_by_its_id_once_and_destroy_leaves_it() {
    let Some((_spaces, team)) = half_there() else {
        return;
    };
    let shown = team.run(&["plan", "stage", "--detailed-exitcode"]).exits(2);
    shown.has(&[
        "2 to adopt",
        &format!("adopts       VPC stage (id {VPC}), which nothing marks as made for stage"),
        &format!("adopts       Bucket acme-stage-backups (id {BUCKET}), which no known run made for stage"),
        "destroy leaves it",
    ]);
    let markdown = team.run(&["plan", "stage", "-o", "markdown"]).exits(0);
    markdown.has(&["## Adopts", VPC]);
    assert_eq!(adopts(&plan(&team, "stage")), [BUCKET, VPC]);

    // Neither --yes nor one of two ids agrees to all of it.
    let command = format!("envcheck provision stage --adopt {BUCKET} --adopt {VPC}");
    for words in [&[][..], &["--adopt", VPC]] {
        let refused = make(&team, words).exits(1);
        says(&refused, "nothing was changed: nobody has agreed to adopt");
        says(&refused, &command);
    }
    let wrong = make(&team, &["--adopt", "4b1d7a3c-0000-4000-8000-0000000000ff"]).exits(2);
    says(
        &wrong,
        "the plan adopts nothing with the id 4b1d7a3c-0000-4000-8000-0000000000ff",
    );
    make(
        &team,
        &[
            "--adopt",
            VPC,
            "--adopt",
            BUCKET,
            "--max-risk",
            "safe",
            "--step",
            "000000000000",
        ],
    )
    .exits(2);
    assert_eq!(team.fake.count("POST", "/v2"), 0);
    assert!(!team.folder.path().join("journal").exists());

    let adopt = ["--adopt", VPC, "--adopt", BUCKET];
    let made = make(&team, &adopt).exits(0);
    made.has(&[&format!("adopted VPC stage (id {VPC})"), "create cluster stage"]);
    assert_eq!(team.fake.count("POST", "/v2/vpcs"), 0);
    let cluster = team
        .fake
        .with(|world| world.named("kubernetes_clusters", "stage").unwrap().clone());
    assert_eq!(cluster["vpc_uuid"], VPC);
    // It is kept before anything that hangs on it.
    let journal = team.folder.read(&format!("journal/{}.jsonl", team.runs()[0]));
    let lines: Vec<&str> = journal.lines().collect();
    assert!(
        lines[1].contains("adopted") && lines[2].contains("adopted") && lines[3].contains("intent"),
        "{journal}"
    );
    team.run(&["runs", "--journal", "journal"])
        .exits(0)
        .has(&["; 2 adopted"]);

    let first = team.runs().remove(0);
    let back = ["rollback", &first, "-e", "stage", "--yes", "--journal", "journal"];
    let stays = "adopt VPC stage: it stays adopted, which changed nothing of it";
    team.run(&back).exits(1).has(&[stays]);

    // Nobody is asked again: not by a run with the ids, not by one without.
    assert_eq!(adopts(&plan(&team, "stage")), [""; 0]);
    make(&team, &adopt).exits(0).has(&["nothing to make"]);
    team.fake.with(|world| {
        world
            .rows_mut("firewalls")
            .retain(|row| row["name"] != "stage-office");
    });
    make(&team, &[]).exits(0).has(&["create firewall stage-office"]);
    // Whoever has lost the journal is.
    let forgotten = ["plan", "stage", "--journal", "elsewhere", "--detailed-exitcode"];
    team.run(&forgotten)
        .exits(0)
        .has(&["nothing to make", "adopts       VPC stage"]);

    let words = ["destroy", "stage", "--confirm", "stage", "--journal", "journal"];
    let gone = team.run_within(&words, PATIENCE).exits(1);
    gone.has(&["adopted by run", "nothing proves that it was made for stage"]);
    let left = team.fake.with(|world| {
        (
            world.named("vpcs", "stage").is_some(),
            world.named("kubernetes_clusters", "stage").is_some(),
        )
    });
    assert_eq!(left, (true, false));
}

#[test]
fn at_a_terminal_it_is_a_question_of_its_own() {
    let Some((_spaces, team)) = half_there() else {
        return;
    };
    let words = ["provision", "stage", "--no-audit", "--journal", "journal"];
    let question =
        format!("Adopt for stage: Bucket acme-stage-backups (id {BUCKET}), VPC stage (id {VPC})? [y/N] ");
    let declined = at_a_terminal(team.command(&words), "n\n", PATIENCE);
    says(&declined, &question);
    assert!(!declined.stderr.contains("Apply"), "{}", declined.stderr);
    assert_eq!(declined.code, Some(1));
    assert_eq!(team.fake.count("POST", "/v2"), 0);
    let agreed = at_a_terminal(team.command(&words), "y\ny\ny\n", PATIENCE);
    says(&agreed, "Apply");
    assert_eq!(agreed.code, Some(0), "{}{}", agreed.stdout, agreed.stderr);
    assert_eq!(team.fake.count("POST", "/v2/vpcs"), 0);
    assert_eq!(adopts(&plan(&team, "stage")), [""; 0]);
}

#[test]
fn with_nothing_to_make_nobody_is_asked_and_what_is_named_is_kept() {
    let Some((_spaces, team)) = half_there() else {
        return;
    };
    make(&team, &["--adopt", VPC, "--adopt", BUCKET]).exits(0);
    let anew = |more: &[&str]| {
        let words = [&["provision", "stage", "--yes", "--journal", "anew"], more];
        team.run(&words.concat())
    };
    anew(&[])
        .exits(0)
        .has(&["nothing to make", "adopts       VPC stage"]);
    assert!(!team.folder.path().join("anew").exists());
    anew(&["--adopt", VPC]).exits(0).has(&["adopted VPC stage"]);
    let shown = team.run(&["plan", "stage", "--journal", "anew"]).exits(0);
    assert!(
        !shown.stdout.contains("adopts       VPC stage"),
        "{}",
        shown.stdout
    );
    shown.has(&["adopts       Bucket acme-stage-images"]);
}

#[test]
fn what_two_environments_declare_and_one_made_is_shared_and_what_is_anothers_alone_is_asked_for() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    provision(&team, "stage").exits(0);
    let network = "vpc: {name: dev, ipRange: 10.30.0.0/20}";
    team.respecify("dev", network, "vpc: {name: stage, ipRange: 10.20.0.0/20}");
    team.respecify("dev", "acme-dev-backups", "acme-stage-backups");
    let shared = plan(&team, "dev");
    assert_eq!(adopts(&shared), [""; 0]);
    let notes = shared["notes"].to_string();
    for told in [
        "VPC stage was made for stage, which declares it too: it is shared, not adopted",
        "Bucket acme-stage-backups was made for stage",
    ] {
        assert!(notes.contains(told), "{notes}");
    }
    provision(&team, "dev").exits(0);
    // Destroying one of them leaves what is shared.
    let words = ["destroy", "dev", "--confirm", "dev", "--journal", "journal"];
    team.run_within(&words, PATIENCE);
    assert!(team.fake.with(|world| world.named("vpcs", "stage").is_some()));

    // STAGE's alone: its mark says so, and it does not say that it shares it.
    team.respecify(
        "stage",
        "vpc: {name: stage, ipRange: 10.20.0.0/20}",
        "vpc: {name: other, ipRange: 10.40.0.0/20}",
    );
    let shown = team.run(&["plan", "dev", "--journal", "journal"]);
    shown.has(&["which is marked envcheck:stage, and nothing else says whose it is"]);
}

#[test]
fn what_appears_between_the_plan_and_its_turn_is_not_used() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    // After the plan and the survey of the run, when the network's turn comes.
    team.fake.meanwhile("GET", "/v2/vpcs", 2, |world| {
        world.add("vpcs", network(VPC, "stage", "by hand"));
    });
    let made = provision(&team, "stage").exits(1);
    made.has(&["it is there by now, and nobody has agreed to adopt it: VPC stage"]);
    assert_eq!(team.fake.count("POST", "/v2/kubernetes/clusters"), 0);
}

#[test]
fn where_the_account_is_complete_it_is_adopted_and_only_objects_are_made() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, server)) = joining(&spaces) else {
        return;
    };
    let argocd = ["--argocd-manifest", "argocd.yaml"];
    team.run_within(&[&ALL[..], &argocd].concat(), PATIENCE).exits(0);
    server
        .answer(&["delete", "networkpolicy", "-n", "b2b", "--all"])
        .unwrap();
    let posts = team.fake.count("POST", "/v2");
    // Whoever has lost the journals is asked for what carries no mark.
    let base: Vec<&str> = ALL
        .iter()
        .map(|word| if *word == "journal" { "anew" } else { word })
        .collect();
    let words = [&base[..], &argocd].concat();
    let planned = |journal: &str| -> Value {
        let words = [
            &["plan", "stage", "--journal", journal, "-o", "json"][..],
            &argocd,
        ]
        .concat();
        serde_json::from_str(&team.run(&words).exits(0).stdout).unwrap()
    };
    let shown = planned("anew");
    let key = team.fake.with(|world| {
        let row = world.named("spaces_keys", "stage-backup").unwrap();
        row["access_key"].as_str().unwrap().to_owned()
    });
    let wanted = adopts(&shown);
    assert!(
        wanted.contains(&BUCKET) && wanted.contains(&key.as_str()),
        "{wanted:?}"
    );
    let actions: Vec<&Value> = shown["steps"].as_array().unwrap().iter().collect();
    assert!(
        !actions.is_empty()
            && actions
                .iter()
                .all(|step| step["deed"]["action"] == "kubernetes.create"),
        "{shown:#}"
    );
    let refused = team.run_within(&words, PATIENCE).exits(1);
    says(&refused, &format!("--adopt {key}"));
    assert!(
        server
            .answer(&["get", "networkpolicy", "-n", "b2b", "default-deny"])
            .is_err()
    );

    let named = wanted.iter().flat_map(|id| ["--adopt", id]);
    let agreed: Vec<&str> = words.iter().copied().chain(named).collect();
    let made = team.run_within(&agreed, PATIENCE).exits(0);
    made.has(&[
        &format!("adopted SpacesKey stage-backup (id {key})"),
        "create NetworkPolicy b2b/default-deny",
    ]);
    server
        .answer(&["get", "networkpolicy", "-n", "b2b", "default-deny"])
        .unwrap();
    assert_eq!(
        team.fake.count("POST", "/v2"),
        posts,
        "nothing was made in the account"
    );
    // Two runs: one that keeps what was adopted, one of the cluster.
    let runs = team.run(&["runs", "--journal", "anew"]).exits(0);
    runs.has(&[&format!("; {} adopted", wanted.len())]);
    let after = planned("anew");
    assert_eq!(adopts(&after), [""; 0]);
    assert_eq!(after["steps"], json!([]));

    // A key whose secret is not kept any more is in the way of whoever does not know it, and never made a second time.
    server
        .answer(&["delete", "secret", "-n", "back", "backup-s3"])
        .unwrap();
    let told = ["plan", "stage", "--journal", "elsewhere"];
    team.run(&[&told[..], &argocd].concat()).exits(1).has(&[
        "in the way",
        &format!("key stage-backup ({key}) stands: its secret is to be in Secret back/backup-s3, which is not there"),
    ]);
    let others: Vec<&str> = ALL
        .iter()
        .map(|word| if *word == "journal" { "elsewhere" } else { word })
        .collect();
    team.run_within(&[&others[..], &argocd].concat(), PATIENCE)
        .exits(2);
    assert_eq!(team.fake.count("POST", "/v2/spaces/keys"), 1);
}
