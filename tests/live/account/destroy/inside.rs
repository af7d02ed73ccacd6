//! A cluster that stays, as it was there before: what was made in it goes, by its mark, and nothing else.

use super::left::balancer;
use super::{cluster, destroy, preview, step_of, why};
use crate::live::account::provision::{ALL, PATIENCE, joining};
use crate::live::account::team::{Team, bare_spaces};
use crate::live::least_privilege::{apply, kubeconfig};
use crate::live::stage::ACCOUNTS;
use envcheck_test_cluster::Cluster;
use serde_json::{Value, json};

const MARKED: &str = "envcheck.dev/environment=stage";

/// From now on STAGE's cluster is one that somebody else made: no mark and no journal says otherwise.
fn becomes_adopted(team: &Team) {
    team.fake.with(|world| {
        for row in world.rows_mut("kubernetes_clusters") {
            row["tags"] = json!(["terraform"]);
        }
    });
    for run in team.runs() {
        let file = format!("journal/{run}.jsonl");
        let text = team.folder.read(&file);
        let made = text.lines().find(|line| line.contains("\"cluster.create\""));
        let Some(made) = made else { continue };
        let made: Value = serde_json::from_str(made).unwrap();
        let step = format!("\"step\":{}", made["step"]);
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains(&step)).collect();
        team.folder.write(&file, kept.join("\n") + "\n");
    }
}

/// A kubeconfig with the rights that `rbac --destroys` prints, and no others.
fn modest(team: &Team, server: &Cluster) -> String {
    let account = format!("{ACCOUNTS}/envcheck");
    let words = [
        "rbac",
        "stage",
        "--destroys",
        "--service-account",
        &account,
        "-o",
        "json",
    ];
    let printed: Value = serde_json::from_str(&team.run(&words).exits(0).stdout).unwrap();
    let mut items = vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ACCOUNTS}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "envcheck", "namespace": ACCOUNTS}}),
    ];
    items.extend(printed["items"].as_array().unwrap().iter().cloned());
    apply(server, &items);
    kubeconfig(server, "envcheck").display().to_string()
}

/// A Service of STAGE's with a load balancer in the account; the load balancer's id.
fn exposed(team: &Team, server: &Cluster) -> String {
    let id = balancer(team, &cluster(team, "stage"));
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "namespace": "b2b", "name": "edge", "labels": {"envcheck.dev/environment": "stage"},
            "annotations": {"kubernetes.digitalocean.com/load-balancer-id": id},
        },
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    });
    apply(server, &[service]);
    id
}

/// The marked objects of some kinds, as `kind/name`.
fn marked(server: &Cluster, kinds: &str) -> Vec<String> {
    let words = ["get", kinds, "-A", "-l", MARKED, "-o", "json"];
    let list: Value = serde_json::from_str(&server.answer(&words).unwrap()).unwrap();
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|one| {
            format!(
                "{}/{}",
                one["kind"].as_str().unwrap(),
                one["metadata"]["name"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn what_was_made_in_a_cluster_that_stays_goes_by_its_mark_and_namespaces_by_their_names() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, server)) = joining(&spaces) else {
        return;
    };
    let argocd = ["--argocd-manifest", "argocd.yaml"];
    team.run_within(&[&ALL[..], &argocd].concat(), PATIENCE).exits(0);
    team.respecify("stage", "protect: true ", "protect: false ");
    becomes_adopted(&team);
    // Somebody else's, in a namespace of STAGE's.
    server
        .answer(&["create", "configmap", "by-hand", "-n", "back"])
        .unwrap();
    let balancer = exposed(&team, &server);
    let policies = marked(&server, "networkpolicies").len();
    assert!(policies > 3, "{policies}");

    let shown = preview(&team, "stage", &["--without-backup"]);
    let steps = shown["steps"].to_string();
    for summary in [
        "delete NetworkPolicy back/default-deny",
        "delete Secret back/backup-s3",
        "delete Spaces key stage-backup",
        "delete Application argocd/",
        "delete Service b2b/edge",
        format!("({balancer}) goes with it, and its address ").as_str(),
    ] {
        assert!(steps.contains(summary), "{summary}: {shown:#}");
    }
    assert!(
        !steps.contains("by-hand") && !steps.contains("delete Namespace"),
        "{shown:#}"
    );
    assert!(why(&shown, "Namespace", "back").starts_with("everything in it would go with it"));
    // The load balancer that it holds goes before it, by the step of its Service.
    assert!(why(&shown, "Namespace", "b2b").contains("the load balancer of Service edge"));
    let namespace = step_of(&shown, "Namespace", "b2b");
    step_of(&shown, "CustomResourceDefinition", "applications.argoproj.io");

    let own = modest(&team, &server);
    let words = [
        "--without-backup",
        "--step",
        &namespace,
        "--kubeconfig",
        &own,
        "--context",
        "test",
    ];
    // What another controller finishes does not go unnamed with what is named.
    let bound = |finalizers: &Value| {
        let metadata = json!({"namespace": "b2b", "name": "bound", "finalizers": finalizers});
        apply(
            &server,
            &[json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})],
        );
    };
    bound(&json!(["example.com/held"]));
    let refused = destroy(&team, "stage", &words).exits(2);
    let told = "ConfigMap b2b/bound would go with it, and whatever its controller takes along";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
    bound(&json!([]));
    let gone = destroy(&team, "stage", &words).exits(1);
    assert!(!gone.stdout.contains("not done"), "{}", gone.stdout);
    assert!(!gone.stdout.contains("is not known of kind"), "{}", gone.stdout);
    gone.has(&[
        "delete Secret back/backup-s3: removed",
        "delete NetworkPolicy back/default-deny: removed",
        "delete Namespace b2b: removed",
        "stage (Cluster): nothing proves that it was made for stage: --include-adopted offers it",
        "back (Namespace): everything in it would go with it",
        // No cloud controller runs here that would take it away.
        "it was that of Service b2b/edge, which is gone: look whether another one has it now",
    ]);
    assert!(!gone.stdout.contains("verified"), "{}", gone.stdout);
    for kinds in [
        "networkpolicies,resourcequotas,secrets,deployments",
        "applications.argoproj.io",
    ] {
        assert_eq!(marked(&server, kinds), [""; 0]);
    }
    assert!(server.answer(&["get", "namespace", "b2b"]).is_err());
    server
        .answer(&["get", "configmap", "by-hand", "-n", "back"])
        .unwrap();
    server.answer(&["get", "namespace", "back"]).unwrap();
    // It is kept which cluster it was, and that nothing of it comes back.
    let run = team.runs().pop().unwrap();
    let journal = team.folder.read(&format!("journal/{run}.jsonl"));
    let head: Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
    assert!(head["cluster"]["uid"].is_string(), "{head:#}");
    assert!(journal.contains("\"kubernetes.delete\""), "{journal}");
    // The Lease was given back.
    assert!(
        server
            .answer(&["get", "lease", "envcheck-stage", "-n", "default"])
            .is_err()
    );
    let deletes = team.fake.count("DELETE", "/v2");
    destroy(&team, "stage", &["--without-backup"])
        .exits(1)
        .has(&["nothing to remove"]);
    assert_eq!(team.fake.count("DELETE", "/v2"), deletes);

    // A Secret that somebody put there is in the way of the next key, and is told before anything is made.
    let planned = || -> Value {
        let words = [
            &["plan", "stage", "--journal", "journal", "-o", "json"][..],
            &argocd,
        ]
        .concat();
        serde_json::from_str(&team.run(&words).stdout).unwrap()
    };
    server
        .answer(&["create", "secret", "generic", "backup-s3", "-n", "back"])
        .unwrap();
    let told = planned();
    assert!(
        told["conflicts"]
            .to_string()
            .contains("is there already and holds no key"),
        "{told:#}"
    );
    let refused = team.run_within(&[&ALL[..], &argocd].concat(), PATIENCE).exits(2);
    assert!(
        refused
            .stderr
            .contains("nothing was made: key stage-backup is missing, and Secret back/backup-s3"),
        "{}",
        refused.stderr
    );
    server
        .answer(&["delete", "secret", "backup-s3", "-n", "back"])
        .unwrap();
    let free = planned();
    assert_eq!(free["conflicts"], json!([]), "{free:#}");
    assert!(
        free["steps"].to_string().contains("spaces_key.create"),
        "{free:#}"
    );
}
