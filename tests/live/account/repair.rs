//! What goes wrong with rows of the account is repaired, and taken back.

use super::second_look::leave_over;
use super::team::{Team, dev_cluster, spaces, stage_cluster};
use crate::program::Outcome;
use envcheck_test_fakes::{Fault, Image, World};
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

const CLUSTER: &str = World::STAGE_CLUSTER;
/// The load balancer that no Service has.
const LEFT_OVER: &str = "0d5b6c7e-8f90-4a1b-8c2d-3e4f5a6b7c8d";
/// Each step is judged anew by a whole reading.
const PATIENCE: Duration = Duration::from_mins(8);
const ONLY: &str = "cluster-as-declared,control-plane-firewall,node-pool-as-declared,firewall-undeclared,\
                    firewall-open-to-world";

const CONTROL: &str = "control-plane-firewall";
/// From where the control plane is reached.
const HERE: [&str; 2] = ["--caller-address", "203.0.113.9"];

/// The id of the step that changes who reaches the control plane.
fn control_plane_step(team: &Team) -> String {
    let plan: Value = serde_json::from_str(&team.folder.read("control.json")).unwrap();
    let steps = plan["plan"]["steps"].as_array().unwrap();
    let found = steps
        .iter()
        .find(|step| !step["deed"]["data"]["control_plane_firewall"].is_null());
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

fn remediate(team: &Team, only: &str, more: &[&str]) -> Outcome {
    let words = ["remediate", "stage", "--only", only, "--journal", "journal"];
    team.run_within(&[&words, more].concat(), PATIENCE)
}

/// One step alone, where nobody is asked.
fn one_step(team: &Team, only: &str, id: &str, more: &[&str]) -> Outcome {
    let named = ["--yes", "--max-risk", "none", "--step", id];
    remediate(team, only, &[&named, more].concat())
}

/// The only run of this journal that there is besides those that are known.
fn newest_run(team: &Team) -> String {
    let entries = std::fs::read_dir(team.folder.path().join("journal")).unwrap();
    let entries = entries.map(|entry| entry.unwrap());
    // Two runs of one second are told apart by chance alone.
    let newest = entries.max_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
    let name = newest.unwrap().file_name().to_string_lossy().into_owned();
    name.trim_end_matches(".jsonl").to_owned()
}

/// The id of the step of a plan file whose action this is.
fn step(team: &Team, action: &str) -> String {
    let plan: Value = serde_json::from_str(&team.folder.read("plan.json")).unwrap();
    let steps = plan["plan"]["steps"].as_array().unwrap();
    let found = steps.iter().find(|step| step["deed"]["action"] == action);
    found.unwrap_or_else(|| panic!("{steps:#?}"))["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn ask(team: &Team, method: &str, path: &str, body: &Value) -> Value {
    team.fake.ask(method, path, body).unwrap()
}

/// Settings as they are compared: what the service changes by itself is left out.
fn settings(team: &Team) -> Value {
    team.fake.with(|world| {
        let cluster = world.row("kubernetes_clusters", CLUSTER).unwrap();
        let pool = &cluster["node_pools"][0];
        let firewall = world.named("firewalls", "office").unwrap();
        let of = |row: &Value, names: &[&str]| -> Value {
            names
                .iter()
                .map(|name| ((*name).to_owned(), sorted(&row[*name])))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        json!([
            of(
                cluster,
                &[
                    "name",
                    "tags",
                    "ha",
                    "version",
                    "auto_upgrade",
                    "surge_upgrade",
                    "maintenance_policy",
                    "control_plane_firewall"
                ]
            ),
            of(
                pool,
                &[
                    "name",
                    "tags",
                    "labels",
                    "taints",
                    "count",
                    "auto_scale",
                    "min_nodes",
                    "max_nodes"
                ]
            ),
            of(
                firewall,
                &["name", "tags", "droplet_ids", "inbound_rules", "outbound_rules"]
            ),
        ])
    })
}

/// The order of tags and rules means nothing.
fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(items) = value.as_array_mut() {
        items.sort_by_key(Value::to_string);
    }
    value
}

fn rule(port: &str, address: &str) -> Value {
    json!({"protocol": "tcp", "ports": port, "sources": {"addresses": [address]}})
}

/// A firewall that is declared, and drift of everything that is.
fn drift(team: &Team) -> String {
    team.respecify(
        "stage",
        "firewalls: []",
        "firewalls:\n      - name: office\n        inboundRules:\n          - {protocol: tcp, ports: \"9443\", sources: {addresses: [203.0.113.0/24]}}\n          - {protocol: tcp, ports: \"9444\", sources: {addresses: [203.0.113.0/24]}}",
    );
    let tag = format!("k8s:{CLUSTER}");
    let body = json!({"name": "office", "inbound_rules": [rule("9443", "203.0.113.0/24")], "tags": [tag]});
    let firewall = ask(team, "POST", "/v2/firewalls", &body)["firewall"]["id"].clone();
    ask(
        team,
        "PUT",
        &format!("/v2/kubernetes/clusters/{CLUSTER}"),
        &json!({
            "name": "stage", "auto_upgrade": false, "surge_upgrade": false,
            "maintenance_policy": {"start_time": "04:00", "day": "monday"},
            "control_plane_firewall": {"enabled": true, "allowed_addresses": ["203.0.113.0/24", "0.0.0.0/0"]},
        }),
    );
    let pool = team.fake.with(|world| {
        let cluster = world.row("kubernetes_clusters", CLUSTER).unwrap();
        cluster["node_pools"][0]["id"].as_str().unwrap().to_owned()
    });
    let bounds = json!({"name": "general", "count": 3, "auto_scale": true, "min_nodes": 2, "max_nodes": 8});
    let path = format!("/v2/kubernetes/clusters/{CLUSTER}/node_pools/{pool}");
    ask(team, "PUT", &path, &bounds);
    firewall.as_str().unwrap().to_owned()
}

#[test]
fn settings_pools_and_rules_are_as_declared_again_and_a_run_is_taken_back() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };
    let firewall = drift(&team);
    let before = settings(&team);

    // Nothing is changed without a word.
    // Who may be shut out by it changes no list.
    for (caller, why) in [
        (
            &[][..],
            "0.0.0.0/0 is taken from the list, and it may be yours. --caller-address IP",
        ),
        (
            &["--caller-address", "198.51.100.1"],
            "it would shut 198.51.100.1 out of the control plane",
        ),
        (
            &["--caller-address", "2001:db8::1"],
            "it would shut 2001:db8::1 out of the control plane",
        ),
    ] {
        let plan = remediate(&team, CONTROL, &[&["--dry-run"], caller].concat()).exits(1);
        plan.has(&[why]);
    }
    remediate(&team, CONTROL, &["--caller-address", "here"]).refuses(&["--caller-address"]);
    let plan = remediate(
        &team,
        ONLY,
        &[&["--dry-run", "--out", "plan.json"], &HERE[..]].concat(),
    )
    .exits(1);
    plan.has(&[
        "let only 203.0.113.0/24 reach the API server",
        "in the DigitalOcean account",
        "who is none of 203.0.113.0/24 is shut out of the control plane; 203.0.113.9, from which it is done, is on the list",
        "undo will be in the journal",
        "0 appear",
    ]);
    assert!(!plan.stdout.contains("could not be rehearsed"), "{}", plan.stdout);
    assert_eq!(settings(&team), before);
    assert_eq!(team.fake.count("PUT", "/v2/kubernetes"), 2, "the drift itself");

    // A name is no consent where nobody can be asked.
    let rules = format!("/v2/firewalls/{firewall}/rules");
    let add = step(&team, "firewall.add_rules");
    remediate(&team, ONLY, &["--plan", "plan.json", "--step", &add])
        .exits(1)
        .says(&["nothing was changed; --yes"]);
    assert_eq!(team.fake.count("POST", &rules), 0);

    // The service is down for a moment: nothing is done to the firewall, and nothing is claimed of it.
    team.fake.fault_times(&rules, Fault::Error(500), 1);
    let run = one_step(&team, ONLY, &add, &["--plan", "plan.json"]).exits(1);
    run.has(&["not done: the DigitalOcean API could not answer"]);
    assert_eq!(team.fake.count("POST", &rules), 1, "a write is sent once");
    assert_eq!(settings(&team), before);

    // A plan's file says nothing of who carries it out, and from where.
    let alone = [&["--dry-run", "--out", "control.json"], &HERE[..]].concat();
    remediate(&team, CONTROL, &alone).exits(1);
    let list = control_plane_step(&team);
    for (caller, why) in [
        (&[][..], "it might shut you out"),
        (
            &["--caller-address", "198.51.100.1"],
            "it would shut 198.51.100.1 out",
        ),
    ] {
        let planned = [&["--plan", "control.json"], caller].concat();
        one_step(&team, ONLY, &list, &planned).exits(1).has(&[why]);
    }
    assert_eq!(settings(&team), before);

    let all = [&["--yes", "--max-risk", "disruptive"], &HERE[..]].concat();
    let run = remediate(&team, ONLY, &all).exits(0);
    run.has(&["6 of 6 steps done"]);
    let name = newest_run(&team);
    team.audit(&["--only", ONLY]).exits(0);
    let after = settings(&team);
    assert_eq!(after[0]["ha"], before[0]["ha"]);
    assert_eq!(after[0]["tags"], before[0]["tags"]);
    let again = remediate(&team, ONLY, &["--yes", "--max-risk", "disruptive"]).exits(0);
    again.has(&["nothing to do"]);

    thread::sleep(Duration::from_millis(1100));
    let words = ["rollback", &name, "-e", "stage", "--journal", "journal"];
    let back = |more: &[&str]| team.run_within(&[&words[..], more].concat(), PATIENCE);
    let shown = back(&["--dry-run"]);
    let id = shown.stdout.lines().find_map(|line| line.rsplit_once("step "));
    let id = id.unwrap().1;
    let unasked = back(&["--step", id]).exits(1);
    unasked.says(&["where nobody can be asked, --yes agrees to what --step names"]);
    assert_eq!(settings(&team), after);
    let back = team.take_back(&name).exits(0);
    back.has(&["6 of 6 steps done"]);
    assert_eq!(settings(&team), before);

    // What somebody changed since is not taken back again.
    ask(
        &team,
        "POST",
        &rules,
        &json!({"inbound_rules": [rule("22", "198.51.100.7")]}),
    );
    let run = one_step(&team, ONLY, &add, &["--plan", "plan.json"]).exits(1);
    run.has(&["was changed since it was planned: make a new plan"]);
    // A rule that is not declared goes only by its name.
    let plan = remediate(
        &team,
        ONLY,
        &[
            &["--yes", "--max-risk", "disruptive", "--out", "plan.json"],
            &HERE[..],
        ]
        .concat(),
    )
    .exits(1);
    plan.has(&["it is destructive, and such steps are named"]);
    assert_eq!(team.fake.count("DELETE", &rules), 1, "the one of taking back");
    let remove = step(&team, "firewall.remove_rules");
    one_step(&team, ONLY, &remove, &HERE).exits(0);
    assert_eq!(settings(&team)[2], after[2]);
}

#[test]
fn a_load_balancer_goes_by_its_name_only_and_never_one_that_a_service_has() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    leave_over(&team);
    team.fake.with(|world| {
        world.row_mut("load_balancers", LEFT_OVER).unwrap()["ip"] = json!("192.0.2.9");
    });
    let only = "load-balancer-orphan";
    team.audit(&["--only", only]).exits(0);
    team.remember_a_day();
    thread::sleep(Duration::from_millis(1100));

    let all = ["--yes", "--max-risk", "disruptive", "--out", "plan.json"];
    let plan = remediate(&team, only, &all).exits(1);
    plan.has(&["no undo: its address 192.0.2.9 is lost", "such steps are named"]);
    assert_eq!(team.fake.count("DELETE", "/v2/load_balancers"), 0);
    let delete = step(&team, "load_balancer.delete");

    // A Service took it meanwhile.
    let adopt = format!("kubernetes.digitalocean.com/load-balancer-id={LEFT_OVER}");
    stage
        .answer(&["annotate", "service", "keydb", "-n", "back", &adopt])
        .unwrap();
    let planned = ["--plan", "plan.json"];
    let run = one_step(&team, only, &delete, &planned).exits(1);
    run.has(&["Service back/keydb has it"]);
    let release = "kubernetes.digitalocean.com/load-balancer-id-";
    stage
        .answer(&["annotate", "service", "keydb", "-n", "back", release])
        .unwrap();
    assert_eq!(team.fake.count("DELETE", "/v2/load_balancers"), 0);

    thread::sleep(Duration::from_millis(1100));
    one_step(&team, only, &delete, &planned)
        .exits(0)
        .has(&["1 of 1 step done"]);
    assert_eq!(team.fake.count("DELETE", "/v2/load_balancers"), 1);
    let name = newest_run(&team);
    let words = ["rollback", &name, "-e", "stage", "--yes", "--journal", "journal"];
    team.run(&words).exits(1).has(&["stays", "its address"]);
}

/// Pushes an image of which an untagged manifest of `ii` is a part; its digest.
fn wrapped(world: &mut World) -> String {
    let rows = world.rows("registry_manifests").iter();
    let mut untagged = rows.filter(|row| row["repository"] == "ii" && row["tags"] == json!([]));
    let part = untagged.next().unwrap()["digest"].as_str().unwrap().to_owned();
    let image = Image {
        tags: vec!["both-architectures".to_owned()],
        children: vec![part],
        ..Image::default()
    };
    world.push("acme", "ii", image)
}

#[test]
fn garbage_is_collected_and_told_to_be_an_estimate() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };
    team.fake.with(|world| {
        for build in 1..=3_u64 {
            let image = Image {
                layers: vec![(format!("ii, build {build}"), 1_700 << 20)],
                ..Image::default()
            };
            world.push("acme", "ii", image);
        }
        world.measure("acme");
    });
    let gone = "/v2/registries/acme/repositories/ii/digests/";
    let collections = "/v2/registries/acme/garbage-collection";
    // Of one of them only the layers are left.
    let newest = team.fake.with(|world| {
        let mut rows = world.rows("registry_manifests").iter();
        let last = rows.rfind(|row| row["repository"] == "ii").unwrap();
        last["digest"].as_str().unwrap().to_owned()
    });
    ask(&team, "DELETE", &format!("{gone}{newest}"), &Value::Null);
    team.fake.with(|world| world.measure("acme"));
    let only = "registry-size,registry-garbage";
    let all = ["--yes", "--max-risk", "disruptive", "--out", "plan.json"];

    // Whoever pushed a moment ago may still push: there is no step before that is over.
    let run = remediate(&team, only, &all).exits(1);
    run.has(&[
        "left alone",
        "cannot begin yet: ii was pushed to at",
        "it may begin at",
    ]);
    assert!(!run.stdout.contains("window of repairs"), "{}", run.stdout);
    let long_ago = |team: &Team| {
        team.fake.with(|world| {
            let hour = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
            for row in world.rows_mut("registry_manifests") {
                if row["updated_at"].as_str() > Some(hour.to_string().as_str()) {
                    row["updated_at"] = json!(hour.to_string());
                }
            }
        });
    };
    // It has its time, unless it is named.
    long_ago(&team);
    let run = remediate(&team, only, &all).exits(1);
    run.has(&["it is outside of the window of repairs (0 3 * * SUN for 2h, Europe/Kyiv)"]);
    let collect = step(&team, "registry.collect_garbage");
    let kept = ["--out", "plan.json"];
    assert_eq!(team.fake.count("POST", collections), 0);

    // One at a time. As of when policies see a run opens no window.
    let sunday = [
        "--now",
        "2026-11-29T01:30:00Z",
        "--param",
        "registry-garbage.maxAge=9999h",
    ];
    let most = ["--yes", "--max-risk", "disruptive"];
    let early = remediate(&team, "registry-garbage", &[&sunday[..], &most].concat()).exits(1);
    early.has(&["it is outside of the window of repairs"]);
    assert_eq!(team.fake.count("POST", collections), 0);
    let kind = json!({"type": "unreferenced blobs only"});
    ask(&team, "POST", collections, &kind);
    let run = remediate(&team, only, &most).exits(1);
    run.has(&["a garbage collection of registry acme is under way"]);
    assert_eq!(team.fake.count("POST", collections), 1);
    let active = team.fake.with(|world| {
        let rows = world.rows("registry_garbage_collections").iter();
        rows.last().unwrap()["uuid"].as_str().unwrap().to_owned()
    });
    ask(
        &team,
        "PUT",
        &format!("{collections}/{active}"),
        &json!({"cancel": true}),
    );
    team.fake.advance(Duration::from_mins(15));

    // What it frees is held against what was expected.
    team.fake.with(|world| world.hurry(1000.0));
    let now = team.fake.with(|world| world.now().to_string());
    let run = one_step(&team, only, &collect, &[&["--now", &now], &kept[..]].concat()).exits(1);
    run.has(&[
        "estimated, not proved",
        "no undo: what a collection frees is gone",
        "no undo: a manifest that was deleted",
        "such steps are named",
        "fixed: 1.6 GiB freed, 1.6 GiB estimated",
    ]);
    assert_eq!(team.fake.count("POST", collections), 2);
    assert_eq!(team.fake.count("DELETE", gone), 1);

    // What is left to be freed is not known before the registry's size is counted again.
    team.fake.with(|world| world.hurry(1.0));
    team.fake.advance(Duration::from_hours(2));
    team.fake.with(|world| {
        let began = world.rows("registry_garbage_collections").last().unwrap()["created_at"].clone();
        for row in world.rows_mut("registries") {
            row["storage_usage_bytes"] = json!(row["storage_usage_bytes"].as_u64().unwrap() + (1_700 << 20));
            row["storage_usage_bytes_updated_at"] = began.clone();
        }
    });
    let again = one_step(&team, "registry-garbage", &collect, &["--now", &now]).exits(1);
    again.has(&[
        "cannot begin yet: its garbage was collected at",
        "once DigitalOcean has counted again",
    ]);
    assert_eq!(team.fake.count("POST", collections), 2);

    team.fake.with(|world| world.measure("acme"));
    team.fake.advance(Duration::from_hours(1));
    let now = team.fake.with(|world| world.now().to_string());
    remediate(&team, only, &["--now", &now, "--dry-run", "--out", "plan.json"]).exits(1);
    let delete = step(&team, "registry.delete_manifest");
    let planned = ["--now", &now, "--plan", "plan.json"];

    // Since then one of them became a part of a tagged image: none of them goes.
    let index = team.fake.with(wrapped);
    let run = one_step(&team, only, &delete, &planned).exits(1);
    let left = format!("no policy proposes step {delete} any more");
    run.has(&[&left]);
    assert_eq!(team.fake.count("DELETE", gone), 1);
    ask(&team, "DELETE", &format!("{gone}{index}"), &Value::Null);

    // The same after the plan was made.
    let manifests = gone.trim_end_matches('/');
    let read = team.fake.count("GET", manifests);
    remediate(&team, only, &[&planned[..], &["--dry-run"]].concat()).exits(1);
    let read = team.fake.count("GET", manifests) - read;
    team.fake.meanwhile("GET", manifests, read, |world| {
        wrapped(world);
    });
    let run = one_step(&team, only, &delete, &planned).exits(1);
    run.has(&["not done: sha256:", "is a part of acme/ii@", "which stays"]);
    assert_eq!(team.fake.count("DELETE", gone), 2);
    ask(&team, "DELETE", &format!("{gone}{index}"), &Value::Null);

    one_step(&team, only, &delete, &planned)
        .exits(1)
        .has(&["could not verify: the registry tells its size later"]);
    assert_eq!(team.fake.count("DELETE", gone), 3 + 2);

    let name = newest_run(&team);
    let words = ["rollback", &name, "-e", "stage", "--yes", "--journal", "journal"];
    team.run(&words)
        .exits(1)
        .has(&["stays", "a manifest that was deleted has to be pushed again"]);

    // What only a run can prove, a run that proves it leaves nothing of.
    long_ago(&team);
    let now = team.fake.with(|world| {
        world.measure("acme");
        world.hurry(1000.0);
        world.now().to_string()
    });
    let last = one_step(&team, "registry-garbage", &collect, &["--now", &now]);
    last.exits(0).has(&["fixed: 3.3 GiB freed, 3.3 GiB estimated"]);
}

/// Several steps change one cluster: who declines one gets the others, and taking them back shows each.
#[test]
fn a_declined_step_holds_up_no_other_on_the_same_thing() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };
    drift(&team);
    let before = settings(&team);
    let words = [
        "remediate",
        "stage",
        "--only",
        "cluster-as-declared",
        "--journal",
        "journal",
    ];
    let asked = |typed: &str| {
        let command = team.command(&[&words[..], &["--interactive"]].concat());
        crate::program::at_a_terminal(command, typed, PATIENCE)
    };
    let outcome = asked("n\ny\ny\n").exits(1);
    assert_eq!(
        outcome.stderr.matches("? [y/N/q]").count(),
        3,
        "{}",
        outcome.stderr
    );
    outcome.has(&["it was declined", "2 of 3 steps done"]);
    assert!(!outcome.stdout.contains("it rests on"), "{}", outcome.stdout);

    let run = team.runs().remove(0);
    let back = team.take_back(&run);
    let shown = back.exits(0).stdout;
    let steps: Vec<&str> = shown.split("take back: ").skip(1).take(2).collect();
    for step in steps {
        assert!(
            step.contains("\n     - ") && step.contains("\n     + "),
            "{shown}"
        );
    }
    assert_eq!(settings(&team), before);
}
