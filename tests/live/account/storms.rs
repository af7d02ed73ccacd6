//! STAGE as its spec has it, provisioned through everything that can go wrong where it is made: at keys, at node pools, in Spaces,
//! and at objects of the cluster. A later run goes on, and nothing is there twice.

use super::provision::{ALL, PATIENCE, joining_alone};
use super::team::{Team, bare_spaces};
use crate::live::deeds::Deed;
use crate::live::proxy::Proxy;
use crate::program::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::{Fate, Fault, Gate, Limits, Spaces};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const KEY: &str = "stage-backup";
const BUCKETS: [&str; 2] = ["acme-stage-backups", "acme-stage-images"];
const ARGO_CD: [&str; 2] = ["--argocd-manifest", "argocd.yaml"];

fn run(team: &Team, more: &[&str]) -> Outcome {
    team.run_within(&[&ALL[..], &ARGO_CD, more].concat(), PATIENCE)
}

fn plan(team: &Team, more: &[&str]) -> Value {
    let words = ["plan", "stage", "--journal", "journal", "-o", "json"];
    let shown = team.run_within(&[&words[..], &ARGO_CD, more].concat(), PATIENCE);
    serde_json::from_str(&shown.stdout).unwrap_or_else(|error| panic!("{error}: {}", shown.stderr))
}

/// The ids of a plan's destructive steps.
fn destructive(plan: &Value) -> Vec<String> {
    let steps = plan["steps"].as_array().unwrap().iter();
    let named = steps.filter(|step| step["risk"] == "destructive");
    named
        .map(|step| step["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The ids of the keys that are called as the declared one.
fn keys(team: &Team) -> Vec<String> {
    team.fake.with(|world| {
        let rows = world.rows("spaces_keys").iter().filter(|row| row["name"] == KEY);
        rows.map(|row| row["access_key"].as_str().unwrap().to_owned())
            .collect()
    })
}

/// The id of the key that the declared Secret holds.
fn kept(server: &Cluster) -> Option<String> {
    let words = ["get", "secret", "-n", "back", "backup-s3", "-o", "json"];
    let secret: Value = serde_json::from_str(&server.answer(&words).ok()?).unwrap();
    let id = STANDARD
        .decode(secret["data"]["AWS_ACCESS_KEY_ID"].as_str()?)
        .unwrap();
    Some(String::from_utf8(id).unwrap())
}

#[test]
fn a_key_whose_answer_was_lost_goes_by_the_name_of_its_step_and_another_is_made() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, server)) = joining_alone(&spaces) else {
        return;
    };
    team.fake.fault_writes("/v2/spaces/keys", Fault::ClosedLate, 1);
    run(&team, &[]).exits(1).has(&[
        "unknown",
        "the next plan tells whether the account has key stage-backup",
    ]);
    let lost = keys(&team);
    assert_eq!((lost.len(), kept(&server)), (1, None));
    let shown = plan(&team, &[]);
    assert_eq!(shown["conflicts"], json!([]), "{shown:#}");
    let named = destructive(&shown);
    assert_eq!(named.len(), 1, "{shown:#}");
    // What was agreed to for another cluster of the name is not done to this one.
    let mut other = shown.clone();
    assert!(other["madeFor"]["cluster"]["uid"].is_string(), "{other:#}");
    other["madeFor"]["cluster"]["uid"] = json!("4b1d7a3c-0000-4000-8000-00000000dead");
    team.folder
        .write("other.json", super::plans::sealed(&other).to_string());
    let refused = run(&team, &["--plan", "other.json"]).exits(2);
    assert!(
        refused.stderr.contains("what is called so now is another"),
        "{}",
        refused.stderr
    );
    // Nobody who does not name it agrees to it, and no second key is made beside the first.
    let left = run(&team, &[]).exits(1);
    left.has(&[
        &format!("delete Spaces key stage-backup ({}), whose secret run ", lost[0]),
        "it is destructive, and such steps are named",
        "it waits for step",
    ]);
    assert_eq!(keys(&team), lost);
    // Somebody puts a key into that Secret meanwhile: then it is not lost.
    let secret = |id: &str| {
        let text = format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: backup-s3, namespace: back}}, stringData: {{AWS_ACCESS_KEY_ID: {id}}}}}"
        );
        server.apply(&text).unwrap();
    };
    secret(&lost[0]);
    assert_eq!(destructive(&plan(&team, &[])), [""; 0]);
    server
        .answer(&["delete", "secret", "-n", "back", "backup-s3"])
        .unwrap();
    let step = ["--step", &named[0]];
    let made = run(&team, &step).exits(0);
    made.has(&["removed", "create Spaces key stage-backup"]);
    let now = keys(&team);
    assert!(now.len() == 1 && now != lost, "{now:?}");
    assert_eq!(kept(&server).as_ref(), now.first());
    let shown = plan(&team, &[]);
    assert_eq!(shown["steps"], json!([]));
    // Of a key that is known, a Secret that is gone is told, and nothing is made or removed.
    server
        .answer(&["delete", "secret", "-n", "back", "backup-s3"])
        .unwrap();
    let told = plan(&team, &[]);
    assert_eq!(told["steps"], json!([]), "{told:#}");
    assert!(
        told["standing"]
            .to_string()
            .contains("Secret back/backup-s3, which is not there"),
        "{told:#}"
    );
    run(&team, &[]).exits(1);
    assert_eq!(keys(&team), now);
}

/// What goes wrong at objects of the cluster.
type Objects = Arc<Mutex<Option<(Deed, usize)>>>;
/// What goes wrong in Spaces.
type Buckets = Arc<Mutex<Option<(Fate, usize)>>>;

/// STAGE with everything made, reached through what lets it go wrong.
struct Sea {
    team: Team,
    server: Arc<Cluster>,
    proxy: Proxy,
    objects: Objects,
    buckets: Buckets,
    real_spaces: String,
    _gate: Gate,
}

/// Takes one of what is left.
fn next<T: Clone>(planned: &Mutex<Option<(T, usize)>>) -> Option<T> {
    let mut planned = planned.lock().unwrap();
    let (what, left) = planned.as_mut().filter(|(_, left)| *left > 0)?;
    *left -= 1;
    Some(what.clone())
}

impl Sea {
    fn calm(spaces: &Spaces) -> Option<Self> {
        let (mut team, server) = joining_alone(spaces)?;
        team.fake.limit(Limits {
            burst: 100_000,
            hourly: 100_000,
            ..Limits::default()
        });
        team.respecify(
            "stage",
            "nodePools:",
            "nodePools:\n        - {name: batch, size: s-4vcpu-8gb, count: 1}",
        );
        let (objects, buckets) = (Objects::default(), Buckets::default());
        let planned = Arc::clone(&objects);
        let proxy = Proxy::start(&server, move |asked| {
            let makes = asked.method == "POST" && asked.changes() && asked.path.contains("/namespaces/");
            makes.then(|| next(&planned)).flatten().unwrap_or(Deed::Pass)
        });
        let planned = Arc::clone(&buckets);
        let mut gate = Gate::choosing(move |_, _| next(&planned).unwrap_or(Fate::Pass));
        let real_spaces = std::mem::replace(&mut team.spaces, gate.before(&spaces.url()).unwrap());
        Some(Self {
            team,
            server,
            proxy,
            objects,
            buckets,
            real_spaces,
            _gate: gate,
        })
    }

    /// Runs until nothing is left to make, and names what has to be named.
    fn converge(&self, story: &str) {
        let file = self.proxy.kubeconfig().display().to_string();
        let way = ["--kubeconfig", &file, "--context", "test"];
        let mut last = None;
        for _ in 0..6 {
            let shown = plan(&self.team, &way);
            assert_eq!(shown["conflicts"], json!([]), "{story}: {shown:#}");
            if last == Some(0) && shown["steps"] == json!([]) {
                return;
            }
            let named = destructive(&shown);
            let steps = named.iter().flat_map(|id| ["--step", id]);
            let more: Vec<&str> = way.into_iter().chain(steps).collect();
            last = run(&self.team, &more).code;
        }
        panic!("{story} does not converge: {last:?}");
    }

    /// Everything of which there could be too much, or too little.
    fn inventory(&self) -> Value {
        let keys = keys(&self.team);
        assert_eq!(
            kept(&self.server).as_ref(),
            keys.first(),
            "the Secret holds the key"
        );
        let names = |rows: &[Value]| -> Vec<String> {
            let mut names: Vec<String> = rows
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned())
                .collect();
            names.sort();
            names
        };
        let account = self.team.fake.with(|world| {
            let lists = [
                "projects",
                "vpcs",
                "registries",
                "kubernetes_clusters",
                "firewalls",
                "spaces_keys",
            ];
            let cluster = world.named("kubernetes_clusters", "stage").unwrap();
            let pools = names(cluster["node_pools"].as_array().unwrap());
            json!([lists.map(|list| names(world.rows(list))), pools])
        });
        let versions = BUCKETS.map(|bucket| {
            let told = Spaces::answer(&self.real_spaces, &format!("/{bucket}?versioning")).unwrap();
            told.contains("Enabled")
        });
        let kinds = [
            "namespaces",
            "networkpolicies",
            "resourcequotas",
            "applications.argoproj.io",
            "secrets",
        ];
        let objects = kinds.map(|kind| {
            let mut names: Vec<String> = self
                .server
                .answer(&["get", kind, "-A", "-o", "name"])
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect();
            names.sort();
            names
        });
        json!([account, versions, objects])
    }
}

/// What somebody takes away, and what goes wrong when it is made anew.
fn plant(sea: &Sea, seed: usize) -> String {
    let faults = [
        Fault::Error(500),
        Fault::ClosedLate,
        Fault::ErrorLate(502),
        Fault::Closed,
        Fault::TooMany(Some(1)),
        Fault::Truncated,
    ];
    let turn = seed / 4;
    let fault = faults[turn % faults.len()].clone();
    match seed % 4 {
        0 => {
            sea.team
                .fake
                .with(|world| world.rows_mut("spaces_keys").retain(|row| row["name"] != KEY));
            sea.server
                .answer(&["delete", "secret", "-n", "back", "backup-s3"])
                .unwrap();
            sea.team.fake.fault_writes("/v2/spaces/keys", fault.clone(), 1);
            format!("{fault:?} at a key")
        }
        1 => {
            sea.team.fake.with(|world| {
                for row in world.rows_mut("kubernetes_clusters") {
                    row["node_pools"]
                        .as_array_mut()
                        .unwrap()
                        .retain(|pool| pool["name"] != "batch");
                }
            });
            sea.team
                .fake
                .fault_writes("/v2/kubernetes/clusters/*", fault.clone(), 1);
            format!("{fault:?} at a node pool")
        }
        2 => {
            let fates = [
                Fate::Lose,
                Fate::Refuse(503),
                Fate::Close,
                Fate::RefuseAfterwards(500),
                Fate::Refuse(429),
            ];
            let fate = fates[turn % fates.len()];
            // The first request makes it, the second one lets it keep versions.
            let times = 1 + turn % 3;
            Spaces::ask(&sea.real_spaces, "DELETE", &format!("/{}", BUCKETS[0]), "").unwrap();
            *sea.buckets.lock().unwrap() = Some((fate, times));
            format!("{fate:?} {times} times in Spaces")
        }
        _ => {
            let deeds = [
                Deed::Cut(0.5),
                Deed::Status(500, None),
                Deed::Reset,
                Deed::Close,
                Deed::Status(429, Some(1)),
            ];
            let deed = deeds[turn % deeds.len()].clone();
            sea.server
                .answer(&["delete", "networkpolicies", "-n", "back", "--all"])
                .unwrap();
            *sea.objects.lock().unwrap() = Some((deed.clone(), 1 + turn % 2));
            format!("{deed:?} at an object")
        }
    }
}

#[test]
fn whatever_goes_wrong_at_keys_pools_buckets_and_objects_a_later_run_goes_on() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(sea) = Sea::calm(&spaces) else { return };
    sea.converge("nothing");
    let whole = sea.inventory();
    // Each kind of thing meets each fault by and by; all of them at once are for whoever has the time.
    let many = std::env::var("ENVCHECK_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok());
    for seed in 0..many.unwrap_or(8_usize) {
        let story = format!("seed {seed}: {}", plant(&sea, seed));
        sea.converge(&story);
        sea.team.fake.clear_faults();
        *sea.objects.lock().unwrap() = None;
        *sea.buckets.lock().unwrap() = None;
        assert_eq!(sea.inventory(), whole, "{story}");
    }
}
