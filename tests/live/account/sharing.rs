//! Several environments, one registry: what only the other one runs is no garbage, and where that is not known nothing is
//! proposed for removal.

use super::team::{Team, clusters, dev_cluster, shared_spaces};
use crate::program::{Report, root};
use envcheck_test_fakes::{Image, World};
use serde_json::{Value, json};
use std::fs;

const POLICY: &str = "registry-garbage";

/// A Pod that runs, and nobody knows what: its node has not said which image it pulled.
const QUIET: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {namespace: back, name: default}
---
apiVersion: v1
kind: Pod
metadata: {namespace: back, name: quiet}
spec: {automountServiceAccountToken: false, containers: [{name: ii, image: \"registry.digitalocean.com/acme/ii:1\"}]}
";
const QUIET_STATUS: &str = "\
apiVersion: v1
kind: Pod
metadata: {namespace: back, name: quiet}
status: {phase: Running, containerStatuses: [{name: ii, image: \"registry.digitalocean.com/acme/ii:1\", imageID: \"\", ready: true, restartCount: 0, state: {running: {}}}]}
";

fn garbage(report: &Report) -> Vec<&Value> {
    let own = |finding: &&Value| finding["policy"] == POLICY;
    report.list("findings").iter().filter(own).collect()
}

/// DEV runs, by its digest, a build that no tag names any more.
fn deployment(digest: &str) -> String {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "back", "name": "experiment"},
        "spec": {
            "selector": {"matchLabels": {"app": "experiment"}},
            "template": {
                "metadata": {"labels": {"app": "experiment"}},
                "spec": {"containers": [{"name": "ii", "image": format!("registry.digitalocean.com/acme/ii@{digest}")}]},
            },
        },
    })
    .to_string()
}

#[test]
fn what_only_the_other_environment_runs_is_kept_and_where_that_is_not_known_nothing_is_removed() {
    let (Some([stage, _]), Some(dev), Some(spaces)) = (clusters(), dev_cluster(), shared_spaces()) else {
        return;
    };
    let team = Team::new([stage, &dev], spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };
    let digest = team.fake.with(|world| {
        let layers = vec![("ii, an experiment".to_owned(), 700 << 20)];
        let digest = world.push(
            "acme",
            "ii",
            Image {
                layers,
                ..Image::default()
            },
        );
        world.measure("acme");
        digest
    });

    dev.apply(&deployment(&digest)).unwrap();
    let report = team.audit(&[]).exits(0).report();
    assert_eq!(report.verdict(POLICY), "pass");
    assert_eq!(report.0["coverage"]["ratio"], 1.0);

    dev.answer(&["delete", "deployment", "experiment", "-n", "back"])
        .unwrap();
    // Of low severity: the gate lets it pass.
    let report = team.audit(&[]).exits(0).report();
    let found = garbage(&report);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0]["fix"]["action"], "registry.delete_manifest",
        "{:#}",
        found[0]
    );

    // DEV runs something of which its node tells no digest.
    dev.apply(QUIET).unwrap();
    dev.apply_status(QUIET_STATUS).unwrap();
    let gaps = is_open(&team);
    assert!(
        gaps.iter()
            .any(|gap| gap.contains("container ii of Pod back/quiet")),
        "{gaps:#?}"
    );
    dev.answer(&[
        "delete",
        "pod",
        "quiet",
        "-n",
        "back",
        "--grace-period=0",
        "--force",
    ])
    .unwrap();

    // Nobody knows any more what DEV runs: a cluster that cannot be proved to be DEV's (and is not), what ran at some time,
    // no such context, no readable spec, no spec at all.
    let dev_yaml = team.folder.path().join("environments/dev.yaml");
    let own = "    project: {name: dev, environment: Development}";
    let without_token = format!("    token: {{env: NOBODY_SET_THIS}}\n{own}");
    team.respecify("dev", own, &without_token);
    team.respecify("dev", "context: do-fra1-dev", "context: do-fra1-stage");
    is_open(&team);
    team.respecify("dev", &without_token, own);
    let demo = root().join("environments/demo");
    let captured = format!("snapshot: {}", demo.display());
    team.respecify("dev", "kubernetes: {context: do-fra1-stage}", &captured);
    is_open(&team);
    team.respecify("dev", &captured, "kubernetes: {context: do-fra1-nowhere}");
    is_open(&team);
    fs::write(&dev_yaml, "kind: [").unwrap();
    is_open(&team);
    fs::remove_file(&dev_yaml).unwrap();
    is_open(&team);
}

/// The figures are told, and no repair is. What was not evaluated.
#[track_caller]
fn is_open(team: &Team) -> Vec<String> {
    let report = team.audit(&[]).exits(3).report();
    let found = garbage(&report);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["fix"], Value::Null, "{:#}", found[0]);
    let gaps = report.not_evaluated();
    assert!(
        gaps.iter()
            .any(|gap| gap.starts_with(POLICY) && gap.contains("dev")),
        "{gaps:#?}"
    );
    assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);
    gaps
}
