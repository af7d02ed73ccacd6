//! From an empty account to what the specs declare.

use super::team::{MODEST, Team, bare_spaces};
use crate::live::{binaries_with_controllers, start};
use crate::program::{Outcome, at_a_terminal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envcheck_core::inventory::snapshot::sha256;
use envcheck_test_cluster::{Cluster, Options, User};
use envcheck_test_fakes::{Credentials, Fault, Spaces, World};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What stands for Argo CD's own manifest: its kinds and its Deployments.
const KINDS: &str = include_str!("../../fixtures/stage-live/kinds.yaml");
const ARGO_CD: &str = include_str!("../../fixtures/stage-live/argocd.yaml");
/// The sum that the specs declare.
const DECLARED_SUM: &str = "795a3a972224da6a7f9d32c3e946445f062b60fb46028476715affeb688236e3";

/// A cluster takes minutes to come up; here they pass quickly.
const SPEED: f64 = 600.0;
pub(super) const PATIENCE: Duration = Duration::from_mins(3);

/// The account's side of an environment, with nothing in the cluster.
fn of_the_account(name: &str, net: u8) -> String {
    format!(
        r#"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec:
  digitalocean:
    token: {{env: DIGITALOCEAN_TOKEN}}
    region: fra1
    project: {{name: {name}, environment: Staging}}
    vpc: {{name: {name}, ipRange: 10.{net}.0.0/20}}
    cluster:
      name: {name}
      version: "1.35"
      clusterSubnet: 10.1{net}.0.0/16
      serviceSubnet: 10.1{net_of_services}.0.0/20
      maintenance: {{day: sunday, startTime: "03:00"}}
      controlPlaneFirewall: {{allowedAddresses: [203.0.113.0/24]}}
      nodePools:
        - {{name: general, size: s-4vcpu-8gb, count: 3, autoscale: {{min: 2, max: 5}}}}
    registry: {{name: acme, owner: stage, sharedWith: [dev], storageLimit: 5GiB}}
    firewalls:
      - {{name: {name}-office, inboundRules: [{{protocol: tcp, ports: "22", sources: {{addresses: [198.51.100.0/24]}}}}]}}
    spaces:
      auditor: {{accessKeyId: {{env: SPACES_ACCESS_KEY_ID}}, secretAccessKey: {{env: SPACES_SECRET_ACCESS_KEY}}}}
      buckets:
        - {{name: acme-{name}-backups, purpose: databaseBackups, versioning: true}}
        - {{name: acme-{name}-images, purpose: collectedImages}}
"#,
        net_of_services = net + 1
    )
}

/// A team that has such specs and nothing else.
pub(super) fn beginning(spaces: &Spaces, world: World) -> Team {
    let team = Team::beginning(spaces, world, SPEED);
    for (name, net) in [("stage", 20), ("dev", 30)] {
        team.folder
            .write(&format!("environments/{name}.yaml"), of_the_account(name, net));
    }
    team
}

pub(super) fn provision(team: &Team, environment: &str) -> Outcome {
    // There is no API server that an audit could enter.
    let words = [
        "provision",
        environment,
        "--yes",
        "--max-risk",
        "disruptive",
        "--no-audit",
        "--journal",
        "journal",
    ];
    team.run_within(&words, PATIENCE)
}

fn plan(team: &Team, environment: &str) -> Value {
    let outcome = team.run(&["plan", environment, "-o", "json"]).exits(0);
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// What there is in the account, by name, without ids and times.
fn inventory(team: &Team) -> Vec<String> {
    team.fake.with(|world| {
        let collections = [
            "projects",
            "vpcs",
            "registries",
            "kubernetes_clusters",
            "firewalls",
        ];
        let mut all: Vec<String> = collections
            .iter()
            .flat_map(|collection| {
                let rows = world.rows(collection).iter();
                rows.map(move |row| format!("{collection} {}", row["name"].as_str().unwrap()))
            })
            .filter(|name| !name.contains("k8s-"))
            .collect();
        all.sort();
        all
    })
}

/// What is asked at a terminal is what can be done after the answers so far, and no more than `--max-risk` lets be done.
#[test]
fn at_a_terminal_nobody_is_asked_for_what_rests_on_what_was_declined() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    let words = ["provision", "stage", "--no-audit", "--journal", "journal"];
    for (more, asked, told) in [
        (
            &[][..],
            1,
            "not asked for: 1 disruptive step resting on what is not done",
        ),
        (
            &["--max-risk", "safe"],
            1,
            "it is disruptive, and --max-risk says safe; --step",
        ),
        (
            &["--max-risk", "none"],
            0,
            "it is safe, and --max-risk says none; --step",
        ),
    ] {
        let words = [&words[..], more].concat();
        let outcome = at_a_terminal(team.command(&words), "n\ny\ny\n", PATIENCE).exits(1);
        assert_eq!(
            outcome.stderr.matches("[y/N]").count(),
            asked,
            "{}",
            outcome.stderr
        );
        for words in [told, "nothing was changed"] {
            assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
        }
    }
    assert_eq!(team.fake.count("POST", "/v2"), 0);
}

#[test]
fn both_environments_are_made_from_nothing_once_and_share_the_registry() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty());
    let Some(team) = team.under_contract() else { return };

    let shown = team.run(&["plan", "stage", "--detailed-exitcode"]).exits(2);
    shown.has(&[
        "create project stage",
        "create VPC stage in fra1 (10.20.0.0/20)",
        "create cluster stage in fra1, Kubernetes 1.35.",
        "let cluster stage pull from registry acme",
        "create bucket acme-stage-backups in fra1, private, with versions",
        "after 2",
        "<id of VPC stage>",
        "each month $149.00 more",
        "no undo: what was created stays",
    ]);
    team.run(&["plan", "stage", "--out", "plan.json"]).exits(0);
    let markdown = team.run(&["plan", "stage", "-o", "markdown"]).exits(0);
    markdown.has(&["# Plan for stage", "| 1 | create project stage | safe |"]);
    assert_eq!(team.fake.count("POST", "/v2"), 0, "a plan changes nothing");

    // Nobody agreed to anything.
    let asked = team.run(&["provision", "stage"]).exits(1);
    assert!(asked.stderr.contains("nothing was changed"), "{}", asked.stderr);
    let unkept = team.run(&["provision", "stage", "--yes"]).exits(2);
    assert!(
        unkept.stderr.contains("where the journal is kept"),
        "{}",
        unkept.stderr
    );
    assert_eq!(team.fake.count("POST", "/v2"), 0);

    let made = team.run_within(
        &[
            "provision",
            "stage",
            "--plan",
            "plan.json",
            "--yes",
            "--max-risk",
            "disruptive",
            "--no-audit",
            "--journal",
            "journal",
        ],
        PATIENCE,
    );
    made.exits(0).has(&["create cluster stage", "steps done"]);
    let cluster = team
        .fake
        .with(|world| world.named("kubernetes_clusters", "stage").unwrap().clone());
    assert_eq!(cluster["status"]["state"], "running");
    assert_eq!(cluster["ha"], true);
    assert_eq!(cluster["registries"], serde_json::json!(["acme"]));
    assert!(
        cluster["tags"]
            .as_array()
            .unwrap()
            .contains(&Value::from("envcheck:stage"))
    );

    // What would be, were the spec to say so.
    let more = [
        "plan",
        "stage",
        "--set",
        "spec.digitalocean.cluster.nodePools[batch]={size: s-2vcpu-4gb, count: 2}",
        "--detailed-exitcode",
    ];
    team.run(&more).exits(2).has(&[
        "1 thing to make",
        "create node pool batch",
        "provision makes what the spec says",
    ]);
    let conflict = ["plan", "stage", "--set", "digitalocean.vpc.ipRange=10.77.0.0/20"];
    team.run(&conflict).exits(1).has(&["in the way"]);

    // Again: there is nothing to make, and nothing is.
    team.run(&["plan", "stage", "--detailed-exitcode"])
        .exits(0)
        .has(&["nothing to make"]);
    let posts = team.fake.count("POST", "/v2");
    provision(&team, "stage").exits(0).has(&["nothing to make"]);
    assert_eq!(team.fake.count("POST", "/v2"), posts);

    // DEV has a network of its own, and the registry that there is.
    let dev = plan(&team, "dev");
    let actions: Vec<&str> = dev["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["deed"]["action"].as_str().unwrap())
        .collect();
    assert!(
        actions.contains(&"cluster.create") && !actions.contains(&"registry.create"),
        "{actions:?}"
    );
    let registry = dev["bill"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["shared"] == true)
        .unwrap();
    assert_eq!(registry["new"], false);
    provision(&team, "dev").exits(0);
    team.run(&["plan", "dev", "--detailed-exitcode"]).exits(0);
    team.run(&["plan", "stage", "--detailed-exitcode"]).exits(0);
    assert_eq!(team.fake.count("POST", "/v2/registries"), 1);

    let runs = team.run(&["runs", "--journal", "journal"]).exits(0);
    runs.has(&["stage", "dev"]);
    let first = team.runs().remove(0);
    let back = ["rollback", &first, "-e", "stage", "--yes", "--journal", "journal"];
    team.run(&back)
        .exits(1)
        .has(&["stays", "create cluster stage", "envcheck destroy removes it"]);
}

#[test]
fn what_stands_in_the_way_is_told_and_nothing_is_made() {
    let Some(spaces) = bare_spaces() else { return };
    let mut world = World::empty();
    world.add(
        "vpcs",
        serde_json::json!({
            "id": "4b1d7a3c-0000-4000-8000-000000000001", "urn": "do:vpc:4b1d7a3c-0000-4000-8000-000000000001",
            "name": "others", "description": "", "region": "fra1", "ip_range": "10.20.8.0/24",
            "created_at": "2026-01-01T00:00:00Z", "default": false,
        }),
    );
    let team = beginning(&spaces, world);
    let Some(team) = team.under_contract() else { return };
    let told = ["in the way", "10.20.0.0/20 overlaps 10.20.8.0/24 of VPC others"];
    team.run(&["plan", "stage"]).exits(1).has(&told);
    let refused = provision(&team, "stage").exits(2);
    refused.has(&told);
    assert!(
        refused
            .stderr
            .contains("nothing was made: digitalocean.vpc.ipRange 10.20.0.0/20 overlaps"),
        "{}",
        refused.stderr
    );
    assert_eq!(team.fake.count("POST", "/v2"), 0);
}

#[test]
fn what_the_account_may_not_have_is_told_and_what_it_refuses_is_made_later() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty());
    let modest = "count: 3, autoscale: {min: 2, max: 5}";
    team.respecify("stage", modest, "count: 26");
    let told = [
        "in the way",
        "the account may have 25 Droplets at one time, too few for 26 nodes more",
    ];
    team.run(&["plan", "stage"]).exits(1).has(&told);
    provision(&team, "stage").exits(2).has(&told);
    assert_eq!(team.fake.count("POST", "/v2"), 0);
    team.respecify("stage", "count: 26", modest);
    // Not everything that counts can be known beforehand: what the API refuses is told, and what does not hang on it is made.
    team.fake
        .fault_writes("/v2/kubernetes/clusters", Fault::Error(422), 1);
    provision(&team, "stage")
        .exits(1)
        .has(&["create VPC stage in fra1 (10.20.0.0/20): made", "(422"]);
    let left = team.run(&["plan", "stage", "--journal", "journal"]).exits(0);
    left.has(&["create cluster stage in fra1"]);
    assert!(!left.stdout.contains("create VPC"), "{}", left.stdout);
    provision(&team, "stage").exits(0);
    let again = ["plan", "stage", "--journal", "journal", "--detailed-exitcode"];
    team.run(&again).exits(0).has(&["nothing to make"]);
}

/// Runs until nothing is left to make; what there is then.
fn converge(team: &Team, seed: usize) -> Vec<String> {
    for _ in 0..6 {
        let outcome = provision(team, "stage");
        if outcome.code == Some(0) {
            let last = team.run(&["plan", "stage", "--detailed-exitcode"]);
            assert_eq!(last.code, Some(0), "seed {seed}: {}{}", last.stdout, last.stderr);
            return inventory(team);
        }
    }
    panic!("seed {seed} does not converge");
}

#[test]
fn whatever_goes_wrong_a_later_run_goes_on_and_nothing_is_there_twice() {
    let Some(spaces) = bare_spaces() else { return };
    let whole = converge(&beginning(&spaces, World::empty()), 0);
    assert_eq!(
        whole.iter().filter(|name| name.ends_with(" stage")).count(),
        3,
        "{whole:?}"
    );
    let places = [
        "/v2/projects",
        "/v2/vpcs",
        "/v2/registries",
        "/v2/kubernetes/clusters",
        "/v2/kubernetes/registries",
        "/v2/firewalls",
        "/v2/projects/*",
    ];
    let faults = [
        Fault::Error(500),
        Fault::ErrorLate(502),
        Fault::ClosedLate,
        Fault::TooMany(Some(1)),
        Fault::Closed,
        Fault::Truncated,
    ];
    // Each place and each fault meet by and by; all of them at once are for whoever has the time.
    let many = std::env::var("ENVCHECK_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok());
    for seed in 0..many.unwrap_or(14_usize) {
        let place = places[seed % places.len()];
        let fault = &faults[(seed / places.len() + seed) % faults.len()];
        let Some(spaces) = bare_spaces() else { return };
        let team = beginning(&spaces, World::empty());
        // Reading may go wrong beside it.
        if seed % 3 == 1 {
            team.fake.fault_times("/v2/vpcs", Fault::Truncated, 1);
        }
        team.fake.fault_writes(place, fault.clone(), 1 + seed % 2);
        assert_eq!(converge(&team, seed), whole, "seed {seed}: {fault:?} at {place}");
    }
}

/// Lets the specs name what stands for Argo CD's manifest.
pub(super) fn installs_argo_cd(team: &Team) {
    let own = |document: &&str| !document.contains("argoproj.io/v1alpha1");
    let documents: Vec<&str> = ARGO_CD.split("\n---\n").filter(own).collect();
    let manifest = format!("{KINDS}\n---\n{}", documents.join("\n---\n"));
    team.folder.write("argocd.yaml", &manifest);
    team.respecify("base", DECLARED_SUM, &sha256(manifest.as_bytes()));
}

/// Once this cluster is up, it is this server, with the Nodes that the account tells of.
pub(super) fn becomes(team: &Team, cluster: &'static str, server: &Arc<Cluster>) {
    let joined = Arc::clone(server);
    team.fake
        .meanwhile("GET", "/v2/kubernetes/clusters/", 0, move |world| {
            let id = world.named("kubernetes_clusters", cluster).unwrap()["id"]
                .as_str()
                .unwrap()
                .to_owned();
            let nodes: Vec<String> = world.nodes(&id).iter().map(Value::to_string).collect();
            joined.apply(&nodes.join("\n---\n")).unwrap();
            world.reach_cluster(&id, credentials(&joined));
        });
}

/// What makes all of STAGE.
pub(super) const ALL: [&str; 8] = [
    "provision",
    "stage",
    "--yes",
    "--max-risk",
    "disruptive",
    "--no-audit",
    "--journal",
    "journal",
];

/// A team with an empty account, whose cluster, once it is up, is this server; and Argo CD's manifest in `argocd.yaml`.
pub(super) fn joining(spaces: &Spaces) -> Option<(Team, Arc<Cluster>)> {
    let (team, server) = joining_alone(spaces)?;
    Some((team.under_contract()?, server))
}

/// The same without the contract in between: broken answers are no answers of the published API.
pub(super) fn joining_alone(spaces: &Spaces) -> Option<(Team, Arc<Cluster>)> {
    let binaries = binaries_with_controllers()?;
    let options = Options {
        controller_manager: true,
        users: vec![User::new(MODEST, &["system:masters"])],
        ..Options::default()
    };
    let server = Arc::new(start(&binaries, &options));
    let team = Team::beginning(spaces, World::empty(), SPEED);
    installs_argo_cd(&team);
    becomes(&team, "stage", &server);
    Some((team, server))
}

#[test]
fn the_cluster_is_furnished_and_then_there_is_nothing_to_make() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, server)) = joining(&spaces) else {
        return;
    };
    let words = ["--argocd-manifest", "argocd.yaml"];
    let shown = team.run(&[&["plan", "stage"], &words[..]].concat()).exits(0);
    shown.has(&[
        "create Namespace b2b",
        "create NetworkPolicy back/",
        "create Application argocd/",
    ]);
    let all = ALL;
    let made = team.run_within(&[&all[..], &words].concat(), PATIENCE).exits(0);
    team.hides(&made, server.token(MODEST).unwrap());
    for object in [
        "namespace/b2b",
        "networkpolicies -n back",
        "applications.argoproj.io -n argocd b2b",
    ] {
        let words: Vec<&str> = ["get"].into_iter().chain(object.split(' ')).collect();
        server.answer(&words).unwrap();
    }
    // The key's secret is in the declared Secret, and nowhere else.
    let kept = server
        .answer(&["get", "secret", "-n", "back", "backup-s3", "-o", "json"])
        .unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let encoded = kept["data"]["AWS_SECRET_ACCESS_KEY"].as_str().unwrap();
    let secret = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    team.hides(&made, &secret);
    assert_eq!(team.fake.count("POST", "/v2/spaces/keys"), 1);

    let again = [&["plan", "stage", "--detailed-exitcode"], &words[..]].concat();
    team.run(&again).exits(0).has(&["nothing to make"]);

    // An audit tells what Argo CD, which does not run here, has not delivered.
    server
        .answer(&["delete", "networkpolicy", "-n", "b2b", "default-deny"])
        .unwrap();
    let audited: Vec<&str> = all.iter().copied().filter(|word| *word != "--no-audit").collect();
    let told = team
        .run_within(&[&audited[..], &words].concat(), PATIENCE)
        .exits(1);
    told.has(&["1 of 1 step done", "workload-declared", "pending   argocd-ready"]);

    // The last run is taken back like a repair.
    team.respecify(
        "stage",
        "kubernetes: {context: do-fra1-stage}",
        "kubernetes: {fromDigitalOcean: true}",
    );
    let last = team.runs().pop().unwrap();
    let back = ["rollback", &last, "-e", "stage", "--yes", "--journal", "journal"];
    team.run_within(&back, PATIENCE).exits(0);
    assert!(
        server
            .answer(&["get", "networkpolicy", "-n", "b2b", "default-deny"])
            .is_err()
    );

    // So does one after a run that made nothing in the cluster.
    team.fake.with(|world| {
        for row in world.rows_mut("kubernetes_clusters") {
            row["registries"] = serde_json::json!([]);
        }
    });
    let integrated = team
        .run_within(&[&audited[..], &words].concat(), PATIENCE)
        .exits(1);
    integrated.has(&[
        "let cluster stage pull from registry acme",
        "1 of 1 step done",
        "workload-declared",
    ]);

    // What somebody deletes is made again, and what somebody changes is told and left.
    server
        .answer(&["delete", "networkpolicy", "-n", "back", "--all"])
        .unwrap();
    server
        .answer(&[
            "label",
            "namespace",
            "b2b",
            "pod-security.kubernetes.io/enforce=privileged",
            "--overwrite",
        ])
        .unwrap();
    let shown = team.run(&again).exits(2);
    shown.has(&[
        "create NetworkPolicy back/",
        "differs",
        "declared is \"baseline\"",
    ]);
    assert!(!shown.stdout.contains("create Namespace"), "{}", shown.stdout);
    team.run_within(&[&all[..], &words].concat(), PATIENCE).exits(1);
    server.answer(&["get", "networkpolicies", "-n", "back"]).unwrap();

    // Nothing keeps two keys from having one name: one that somebody makes meanwhile is not joined by another.
    let key = team
        .fake
        .with(|world| world.rows_mut("spaces_keys").pop().unwrap());
    server
        .answer(&["delete", "secret", "-n", "back", "backup-s3"])
        .unwrap();
    team.fake.meanwhile("GET", "/v2/spaces/keys", 1, |world| {
        world.add("spaces_keys", key);
    });
    let told = team.run_within(&[&all[..], &words].concat(), PATIENCE).exits(1);
    told.has(&["not done: the account has a key called stage-backup by now"]);
    assert_eq!(team.fake.count("POST", "/v2/spaces/keys"), 1);
}

pub(super) fn credentials(server: &Cluster) -> Credentials {
    Credentials {
        server: server.url().to_owned(),
        ca_pem: server.ca_pem(),
        token: server.token(MODEST).unwrap().to_owned(),
    }
}
