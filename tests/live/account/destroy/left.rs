//! What stays: data, what is shared, what is another's, and what nobody made here.

use super::{both, cluster, destroy, dev, network, preview, step_of, used, why};
use crate::live::account::provision::{PATIENCE, beginning};
use crate::live::account::team::{Team, bare_spaces};
use envcheck_test_fakes::Spaces;
use serde_json::{Value, json};

/// A volume of a cluster, as its storage driver makes one; its id.
fn volume(team: &Team, name: &str, tag: &str) -> String {
    let id = envcheck_test_fakes::id_of("Volume", "", name);
    let row = json!({
        "id": id, "name": name, "description": "", "size_gigabytes": 10, "created_at": "2026-11-23T03:00:00Z",
        "droplet_ids": [], "tags": [tag], "filesystem_type": "ext4", "filesystem_label": "",
        "region": {"name": "Frankfurt 1", "slug": "fra1", "features": [], "available": true, "sizes": []},
    });
    team.fake.with(|world| world.add("volumes", row));
    id
}

fn snapshot(team: &Team, name: &str, volume: &str, tag: &str) {
    let row = json!({
        "id": envcheck_test_fakes::id_of("Snapshot", "", name), "name": name, "created_at": "2026-11-23T03:00:00Z",
        "regions": ["fra1"], "min_disk_size": 10, "size_gigabytes": 1.5, "resource_id": volume,
        "resource_type": "volume", "tags": [tag],
    });
    team.fake.with(|world| world.add("snapshots", row));
}

/// A load balancer for a Service of a cluster; its id.
pub(super) fn balancer(team: &Team, cluster: &str) -> String {
    let service = json!({
        "metadata": {"namespace": "web", "name": "web", "uid": "5f0c0d7e-web", "annotations": {}},
        "spec": {"type": "LoadBalancer", "ports": [{"protocol": "TCP", "port": 80, "nodePort": 31080}]},
    });
    let attached = team.fake.with(|world| world.services(cluster, &[service]));
    attached[0].balancer.clone()
}

fn has(team: &Team, collection: &str, name: &str) -> bool {
    team.fake.with(|world| world.named(collection, name).is_some())
}

#[test]
fn load_balancers_go_with_the_cluster_and_volumes_only_when_they_are_named() {
    let Some((_spaces, team)) = dev() else { return };
    let id = cluster(&team, "dev");
    let tag = format!("k8s:{id}");
    let data = volume(&team, "pvc-data", &tag);
    volume(&team, "pvc-more", &tag);
    snapshot(&team, "before-upgrade", &data, &tag);
    let own = balancer(&team, &id);
    let plan = preview(&team, "dev", &[]);
    let named = step_of(&plan, "Volume", "pvc-data");
    step_of(&plan, "Snapshot", "before-upgrade");
    assert!(
        plan["steps"][0]["along"].to_string().contains("load balancer"),
        "{plan:#}"
    );

    let gone = destroy(&team, "dev", &["--step", &named]).exits(0);
    gone.has(&[
        "delete volume pvc-data (10 GiB) and what is on it: removed",
        "pvc-more (Volume): it holds data; it goes on being billed (--step ",
        "verified: nothing else of dev is left",
    ]);
    assert!(
        team.fake
            .with(|world| world.row("load_balancers", &own).is_none())
    );
    assert!(!has(&team, "volumes", "pvc-data") && has(&team, "volumes", "pvc-more"));

    // Its cluster is gone, and the journal says whose it was: it can still be named.
    let plan = preview(&team, "dev", &[]);
    assert_eq!(plan["steps"], json!([]));
    let steps = [
        step_of(&plan, "Volume", "pvc-more"),
        step_of(&plan, "Snapshot", "before-upgrade"),
    ];
    destroy(&team, "dev", &["--step", &steps.join(",")]).exits(0);
    assert!(!has(&team, "volumes", "pvc-more") && !has(&team, "snapshots", "before-upgrade"));
    // Without the journal nothing proves it.
    volume(&team, "pvc-late", &tag);
    let shown = team.run(&["destroy", "dev", "--journal", "elsewhere"]).exits(0);
    assert!(!shown.stdout.contains("pvc-late"), "{}", shown.stdout);
}

#[test]
fn a_load_balancer_that_stage_uses_too_stays_where_it_is() {
    let Some((_spaces, team)) = both() else { return };
    let shared = balancer(&team, &cluster(&team, "dev"));
    let stage = format!("k8s:{}", cluster(&team, "stage"));
    team.fake.with(|world| {
        let row = world.row_mut("load_balancers", &shared).unwrap();
        row["tags"].as_array_mut().unwrap().push(json!(stage));
    });
    destroy(&team, "dev", &[]).exits(1).has(&[
        "as well, which stays; it goes on being billed",
        "dev (VPC): a5f0c0d7eweb (LoadBalancer ",
        "in it and stays",
    ]);
    assert!(!has(&team, "kubernetes_clusters", "dev"));
    assert!(
        team.fake
            .with(|world| world.row("load_balancers", &shared).is_some())
    );
}

#[test]
fn a_bucket_stays_unless_it_is_named_and_empty() {
    let Some((spaces, team)) = dev() else { return };
    Spaces::ask(&spaces.url(), "PUT", "/acme-dev-backups/keydb/dump.rdb", "data").unwrap();
    let plan = preview(&team, "dev", &[]);
    assert!(why(&plan, "Bucket", "acme-dev-backups").contains("what is stored is never deleted"));
    assert!(why(&plan, "Project", "dev").contains("acme-dev-backups (Bucket), "));
    let empty = step_of(&plan, "Bucket", "acme-dev-images");
    let gone = destroy(&team, "dev", &["--step", &empty]).exits(0);
    gone.has(&["delete bucket acme-dev-images, in which nothing is: removed"]);
    assert!(Spaces::answer(&spaces.url(), "/acme-dev-images?acl").is_err());

    // What is left of it are versions, and they are data too.
    Spaces::ask(&spaces.url(), "DELETE", "/acme-dev-backups/keydb/dump.rdb", "").unwrap();
    let plan = preview(&team, "dev", &[]);
    assert!(why(&plan, "Bucket", "acme-dev-backups").contains("it holds objects"));
}

#[test]
fn with_its_last_bucket_the_project_goes_too() {
    let Some((_spaces, team)) = dev() else { return };
    let plan = preview(&team, "dev", &[]);
    let buckets = ["acme-dev-backups", "acme-dev-images"];
    let steps = buckets.map(|name| step_of(&plan, "Bucket", name));
    // The account hears of it a little later than Spaces: it is waited for.
    team.fake.meanwhile("GET", "/v2/projects/", 3, move |world| {
        for name in buckets {
            world.bucket_gone(name);
        }
    });
    destroy(&team, "dev", &["--step", &steps.join(",")])
        .exits(0)
        .has(&["delete project dev: removed"]);
    assert!(!has(&team, "projects", "dev"));
}

#[test]
fn what_was_there_before_is_left_unless_that_is_agreed_to_as_well() {
    let Some(spaces) = bare_spaces() else { return };
    let mut world = used();
    let id = "4b1d7a3c-0000-4000-8000-000000000002";
    world.add("vpcs", network(id, "dev", "10.30.0.0/20", false));
    let key = json!({"name": "dev-backup", "grants": [{"bucket": "acme-dev-backups", "permission": "readwrite"}],
                     "access_key": "DO00BYHAND0000000000", "created_at": "2026-01-01T00:00:00Z"});
    world.add("spaces_keys", key);
    let Some(team) = beginning(&spaces, world).under_contract() else {
        return;
    };
    team.respecify(
        "dev",
        "      buckets:",
        "      keys:\n        - {name: dev-backup, grants: [{bucket: acme-dev-backups, permission: readwrite}]}\n      buckets:",
    );
    let own = ["--adopt", id, "--adopt", "DO00BYHAND0000000000"];
    let words = [
        &[
            "provision",
            "dev",
            "--yes",
            "--max-risk",
            "disruptive",
            "--no-audit",
            "--journal",
            "journal",
        ][..],
        &own,
    ]
    .concat();
    team.run_within(&words, PATIENCE).exits(0);
    // What belongs to it and stays keeps it from being gone.
    destroy(&team, "dev", &[]).exits(1).has(&[
        "; nothing proves that it was made for dev: --include-adopted offers it",
        "dev (VPC): adopted by run ",
        "dev-backup (SpacesKey): adopted by run ",
    ]);
    assert!(has(&team, "vpcs", "dev") && !has(&team, "kubernetes_clusters", "dev"));

    let adopted = ["--include-adopted"];
    let refused = destroy(&team, "dev", &adopted).exits(2);
    assert!(
        refused.stderr.contains("--confirm-adopted NAME"),
        "{}",
        refused.stderr
    );
    assert!(has(&team, "vpcs", "dev"));
    let both = ["--include-adopted", "--confirm-adopted", "dev"];
    destroy(&team, "dev", &both)
        .exits(0)
        .has(&["delete VPC dev: removed"]);
    assert!(!has(&team, "vpcs", "dev") && !has(&team, "spaces_keys", "dev-backup"));
}

#[test]
fn a_network_with_somebody_elses_droplet_stays_and_so_does_what_is_marked_for_two() {
    let Some((_spaces, team)) = dev() else { return };
    let row = team.fake.with(|world| {
        let mut row = world.rows("droplets")[0].clone();
        row["id"] = json!(991);
        row["name"] = json!("bastion");
        row["tags"] = json!([]);
        world.add("droplets", row.clone());
        row
    });
    assert!(row["vpc_uuid"].is_string());
    let told = destroy(&team, "dev", &[]).exits(1);
    told.has(&["dev (VPC): bastion (Droplet 991) is in it and stays"]);
    assert!(has(&team, "vpcs", "dev"));
    team.fake.with(|world| {
        world.remove("droplets", "991");
        let vpc = world.named("vpcs", "dev").unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let row = world.row_mut("vpcs", &vpc).unwrap();
        row["description"] = json!("Environment dev (envcheck:dev), and (envcheck:stage)");
    });
    destroy(&team, "dev", &[])
        .exits(1)
        .has(&["it is marked envcheck:stage as well"]);
    team.fake.with(|world| {
        for row in world.rows_mut("vpcs") {
            if row["name"] == "dev" {
                row["description"] = json!("Environment dev (envcheck:dev)");
            }
        }
    });
    destroy(&team, "dev", &[]).exits(0);
    assert!(!has(&team, "vpcs", "dev"));
}

#[test]
fn a_registry_that_nobody_shares_goes_when_it_is_named() {
    let Some((_spaces, team)) = dev() else { return };
    let held = |plan: &Value| why(plan, "Registry", "acme");
    assert_eq!(held(&preview(&team, "dev", &[])), "it belongs to stage");
    team.respecify(
        "dev",
        "owner: stage, sharedWith: [dev]",
        "owner: dev, sharedWith: [stage]",
    );
    assert_eq!(held(&preview(&team, "dev", &[])), "it is shared with stage");
    team.respecify("dev", "owner: dev, sharedWith: [stage], ", "");
    let named = step_of(&preview(&team, "dev", &[]), "Registry", "acme");
    destroy(&team, "dev", &["--step", &named]).exits(0);
    assert!(!has(&team, "registries", "acme"));
}

#[test]
fn a_firewall_of_ours_on_somebody_elses_droplet_is_told_and_goes_by_its_name() {
    let Some((_spaces, team)) = dev() else { return };
    team.fake.with(|world| {
        let mut row = world.rows("droplets")[0].clone();
        row["id"] = json!(991);
        row["name"] = json!("bastion");
        row["tags"] = json!([]);
        row["vpc_uuid"] = world.rows("vpcs")[0]["id"].clone();
        world.add("droplets", row);
        for row in world.rows_mut("firewalls") {
            if row["name"] == "dev-office" {
                row["droplet_ids"] = json!([991]);
            }
        }
    });
    let told = destroy(&team, "dev", &[]).exits(1);
    told.has(&["dev-office (Firewall): it protects Droplet bastion, which stays (--step "]);
    assert!(!told.stdout.contains("verified"), "{}", told.stdout);
    assert!(has(&team, "firewalls", "dev-office") && !has(&team, "kubernetes_clusters", "dev"));
    let plan = preview(&team, "dev", &[]);
    assert_eq!(plan["steps"], json!([]));
    let named = step_of(&plan, "Firewall", "dev-office");
    let shown = preview(&team, "dev", &["--step", &named]);
    assert!(
        shown["steps"]
            .to_string()
            .contains("it does not protect Droplet bastion"),
        "{shown:#}"
    );
    assert_eq!(shown["steps"][0]["risk"], "destructive");
    destroy(&team, "dev", &["--step", &named])
        .exits(0)
        .has(&["delete firewall dev-office: removed", "verified"]);
    assert!(!has(&team, "firewalls", "dev-office"));
}

#[test]
fn a_marked_cluster_that_the_spec_declares_no_more_is_something_that_remains() {
    let Some((_spaces, team)) = dev() else { return };
    let id = cluster(&team, "dev");
    // As in the middle of a change from one cluster to the next.
    team.respecify("dev", "      name: dev\n", "      name: green\n");
    let told = destroy(&team, "dev", &[]).exits(1);
    told.has(&[
        "dev (Cluster): the spec declares another cluster, or none",
        "what was made in it is not seen; it goes on being billed (--step ",
    ]);
    assert_eq!(cluster(&team, "dev"), id);
    assert!(!told.stdout.contains("verified"), "{}", told.stdout);
    let named = step_of(&preview(&team, "dev", &[]), "Cluster", "dev");
    destroy(&team, "dev", &["--step", &named]).exits(0);
    assert!(!has(&team, "kubernetes_clusters", "dev"));
}
