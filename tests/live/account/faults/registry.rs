//! What goes wrong with images.

use super::{Fault, ask};
use crate::live::account::team::Team;
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::Image;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const FAULTS: [Fault; 2] = [
    // A tag was pushed again while the old image runs.
    Fault {
        plant: |team, cluster| {
            let running = team
                .fake
                .with(|world| world.digest_of("acme", "b2b-web", "2.8.1"));
            runs(cluster, &running.unwrap());
            let image = Image {
                tags: vec!["2.8.1".to_owned()],
                layers: vec![("b2b-web:2.8.1, pushed again".to_owned(), 15 << 20)],
                ..Image::default()
            };
            team.fake.with(|world| world.push("acme", "b2b-web", image));
        },
        mend: |team, cluster| {
            let digest = team.fake.with(|world| {
                let rows = world.rows("registry_manifests").iter();
                let tagged =
                    rows.filter(|row| row["repository"] == "b2b-web" && row["tags"] == json!(["2.8.1"]));
                tagged
                    .map(|row| row["digest"].as_str().unwrap().to_owned())
                    .next()
                    .unwrap()
            });
            runs(cluster, &digest);
        },
        findings: &["image-in-use high b2b/b2b-web[Deployment]"],
    },
    // Old builds without a tag fill the registry.
    Fault {
        plant: |team, _| {
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
        },
        mend: |team, _| collect_garbage(team),
        findings: &[
            "registry-garbage low acme[Registry]",
            "registry-size high acme[Registry]",
        ],
    },
];

/// Says for the kubelet which manifest the Pods of `b2b/b2b-web` run.
fn runs(cluster: &Cluster, digest: &str) {
    let pods = cluster
        .answer(&["get", "pods", "-n", "b2b", "-l", "app=b2b-web", "-o", "name"])
        .unwrap();
    let image = "registry.digitalocean.com/acme/b2b-web";
    let status = json!({"status": {"phase": "Running", "containerStatuses": [{
        "name": "web", "image": format!("{image}:2.8.1"), "imageID": format!("{image}@{digest}"),
        "ready": true, "restartCount": 0, "state": {"running": {}},
    }]}});
    let status = status.to_string();
    for pod in pods.lines() {
        cluster
            .answer(&[
                "patch",
                pod,
                "-n",
                "b2b",
                "--subresource=status",
                "--type=merge",
                "-p",
                &status,
            ])
            .unwrap();
    }
}

/// Deletes what no tag names and nothing runs, and has the blobs collected.
fn collect_garbage(team: &Team) {
    let untagged = team.fake.with(|world| {
        let rows = world.rows("registry_manifests").iter();
        let old = rows.filter(|row| row["repository"] == "ii" && row["tags"] == json!([]));
        old.map(|row| row["digest"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    });
    for digest in untagged {
        ask(
            team,
            "DELETE",
            &format!("/v2/registries/acme/repositories/ii/digests/{digest}"),
            &Value::Null,
        );
    }
    team.fake.with(|world| world.hurry(100.0));
    ask(
        team,
        "POST",
        "/v2/registries/acme/garbage-collection",
        &json!({"type": "unreferenced blobs only"}),
    );
    team.fake.advance(Duration::from_mins(1));
    team.fake.with(|world| world.measure("acme"));
}
