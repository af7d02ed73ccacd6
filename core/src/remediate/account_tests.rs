//! Steps in the account: which fixes become some, and which never do.

use super::{Access, Observed, Proposal, Proposed, in_account, propose};
use crate::findings::{Draft, Finding, Fix, FixAction};
use crate::inventory::redact::Redactor;
use crate::inventory::{Feed, Loaded, Numbered};
use crate::inventory::{Origin, ResourceRef};
use crate::plan::{Consent, Overlaid, Overlay, Undo};
use crate::policy::{Risk, Severity};
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;
use std::sync::Arc;

fn value(json: &str) -> Value {
    Value::from_json_str(json).unwrap()
}

fn target(kind: &str, name: &str) -> ResourceRef {
    ResourceRef {
        id: Some("8d2c".to_owned()),
        ..ResourceRef::kubernetes("digitalocean.com/v2", kind, None, name)
    }
}

fn finding(target: &ResourceRef, action: &str, params: &str) -> Finding {
    let fix =
        format!(r#"{{"action": "{action}", "risk": "safe", "summary": "do {action}", "params": {params}}}"#);
    Finding::new(Draft {
        policy: "p".into(),
        title: "P".into(),
        category: "account".into(),
        severity: Severity::Medium,
        environment: None,
        resource: Some(target.clone()),
        path: None,
        key: Some(params.to_owned()),
        message: "m".to_owned(),
        owner: None,
        origin: Origin::Live,
        declared: None,
        fix: Some(Fix::from_value(&value(&fix)).unwrap()),
        foreign: false,
    })
    .unwrap()
}

const CLUSTER: &str = r#"{"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "id": "8d2c", "name": "stage",
    "auto_upgrade": false, "surge_upgrade": false,
    "control_plane_firewall": {"enabled": true, "allowed_addresses": ["0.0.0.0/0"]}}"#;

fn proposed(findings: &[Finding], rows: &[(ResourceRef, Value)]) -> Proposal {
    let objects: BTreeMap<ResourceRef, Value> = rows.iter().cloned().collect();
    let unread = BTreeMap::new();
    let redactor = Redactor::new([7; 32]);
    let observed = Observed {
        objects: &objects,
        unread: &unread,
        applications: &[],
        access: Access {
            declared: &["203.0.113.0/24".to_owned()],
            caller: Some("203.0.113.9".parse().unwrap()),
            connected: true,
        },
        redactor: &redactor,
    };
    let findings: Vec<Proposed<'_>> = findings
        .iter()
        .map(|finding| Proposed {
            finding,
            complete: true,
            no_fix: None,
        })
        .collect();
    propose(&findings, &observed, false)
}

/// Why nothing is done for one finding.
#[track_caller]
fn left(finding: Finding, rows: &[(ResourceRef, Value)]) -> String {
    let proposal = proposed(&[finding], rows);
    assert_eq!(proposal.steps, []);
    proposal.left[0].why.clone()
}

#[test]
fn several_settings_of_a_cluster_are_steps_after_one_another() {
    let stage = target("Cluster", "stage");
    let findings = [
        finding(&stage, "cluster.update", r#"{"auto_upgrade": true}"#),
        finding(&stage, "cluster.update", r#"{"surge_upgrade": true}"#),
    ];
    assert_eq!(in_account(&findings).len(), 1, "one row is read");
    let proposal = proposed(&findings, &[(stage, value(CLUSTER))]);
    let [first, second] = proposal.steps.as_slice() else {
        panic!("{proposal:#?}")
    };
    assert_ne!(first.before, second.before);
    assert_eq!(first.risk, Risk::Disruptive);
    assert!(matches!(&first.undo, Undo::Deed(back) if back.data != first.deed.data));
    assert!(first.preview.iter().any(|line| line.starts_with('-')));
}

#[test]
fn who_may_reach_the_control_plane_is_changed_last() {
    let stage = target("Cluster", "stage");
    let list = r#"{"control_plane_firewall": {"enabled": true, "allowed_addresses": ["203.0.113.0/24"]}}"#;
    let findings = [
        finding(&stage, "cluster.update", list),
        finding(&stage, "cluster.update", r#"{"auto_upgrade": true}"#),
        finding(&stage, "cluster.update", r#"{"surge_upgrade": true}"#),
    ];
    let proposal = proposed(&findings, &[(stage, value(CLUSTER))]);
    let last = proposal.steps.last().unwrap();
    assert_eq!(proposal.steps.len(), 3);
    assert!(last.deed.data.field("control_plane_firewall").is_some());
}

#[test]
fn two_that_want_different_things_of_one_setting_are_not_both_done() {
    let stage = target("Cluster", "stage");
    let findings = [
        finding(
            &stage,
            "cluster.update",
            r#"{"surge_upgrade": true, "auto_upgrade": true}"#,
        ),
        finding(
            &stage,
            "cluster.update",
            r#"{"auto_upgrade": false, "surge_upgrade": true}"#,
        ),
    ];
    let proposal = proposed(&findings, &[(stage, value(CLUSTER))]);
    assert_eq!(proposal.steps.len(), 1);
    assert!(
        proposal.left[0].why.contains("contradicts"),
        "{:?}",
        proposal.left
    );
}

#[test]
fn an_allow_list_shuts_nobody_out_who_is_declared_and_opens_nothing() {
    let stage = target("Cluster", "stage");
    let rows = [(stage.clone(), value(CLUSTER))];
    let list = |setting: &str| {
        let params = format!(r#"{{"control_plane_firewall": {setting}}}"#);
        finding(&stage, "cluster.update", &params)
    };
    for (setting, why) in [
        (
            r#"{"enabled": true, "allowed_addresses": ["198.51.100.7"]}"#,
            "203.0.113.0/24",
        ),
        (r#"{"enabled": true, "allowed_addresses": []}"#, "everybody"),
        (r#"{"enabled": false}"#, "open"),
        ("null", "open"),
    ] {
        let told = left(list(setting), &rows);
        assert!(told.contains(why), "{told}");
    }
    let good = list(r#"{"enabled": true, "allowed_addresses": ["203.0.113.0/24"]}"#);
    let proposal = proposed(&[good], &rows);
    let cautions = &proposal.steps[0].cautions;
    assert!(
        cautions[0].contains("203.0.113.9, from which it is done, is on the list"),
        "{cautions:?}"
    );
}

#[test]
fn what_must_not_be_is_left_with_its_reason() {
    let own = target("Firewall", "k8s-8d2c-worker");
    let rules =
        r#"{"inbound_rules": [{"protocol": "tcp", "ports": "22", "sources": {"addresses": ["::/0"]}}]}"#;
    let why = left(finding(&own, "firewall.remove_rules", rules), &[]);
    assert!(why.contains("DigitalOcean's own"), "{why}");
    let stage = target("Cluster", "stage");
    let rows = [(stage.clone(), value(CLUSTER))];
    let why = left(finding(&stage, "cluster.update", r#"{"version": "1.36"}"#), &rows);
    assert!(why.contains("no remediation"), "{why}");
    let why = left(
        finding(&stage, "cluster.update", r#"{"auto_upgrade": false}"#),
        &rows,
    );
    assert!(why.contains("as it should be"), "{why}");
    let why = left(
        finding(&stage, "cluster.update", r#"{"auto_upgrade": true}"#),
        &[],
    );
    assert!(why.contains("does not exist"), "{why}");
    let bucket = target("Bucket", "acme");
    let why = left(finding(&bucket, "bucket.acl", r#"{"acl": "public-read"}"#), &[]);
    assert!(why.contains("gives anybody more"), "{why}");
}

#[test]
fn garbage_is_collected_last_and_agreed_to_like_what_is_disruptive() {
    let registry = target("Registry", "acme");
    let manifests = r#"{"manifests": [{"repository": "ii", "digest": "sha256:1"}]}"#;
    let findings = [
        finding(
            &registry,
            "registry.collect_garbage",
            r#"{"type": "unreferenced blobs only"}"#,
        ),
        finding(&registry, "registry.delete_manifest", manifests),
    ];
    let deeds = in_account(&findings);
    assert_eq!(deeds.len(), 2, "they are two targets");
    let kept = r#"{"apiVersion": "digitalocean.com/v2", "kind": "Manifests", "name": "acme",
        "manifests": [{"repository": "ii", "digest": "sha256:1", "tags": []}]}"#;
    let idle = r#"{"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": "acme", "active": null}"#;
    let row = |deed: &crate::plan::Deed| match deed.action {
        FixAction::RegistryDeleteManifest => value(kept),
        _ => value(idle),
    };
    let rows: Vec<_> = deeds
        .iter()
        .map(|deed| (deed.target.clone(), row(deed)))
        .collect();
    let proposal = proposed(&findings, &rows);
    let [delete, collect] = proposal.steps.as_slice() else {
        panic!("{proposal:#?}")
    };
    assert_eq!(collect.deed.action, FixAction::RegistryCollectGarbage);
    assert!(matches!(collect.undo, Undo::None(_)));
    let up_to = |risk| Consent {
        up_to: Some(risk),
        named: Vec::new(),
        accepted: Vec::new(),
        asked: None,
    };
    assert_eq!(up_to(Risk::Disruptive).covers(collect), Ok(()));
    assert!(
        up_to(Risk::Safe)
            .covers(collect)
            .unwrap_err()
            .contains("disruptive")
    );
    assert!(
        up_to(Risk::Disruptive)
            .covers(delete)
            .unwrap_err()
            .contains("destructive")
    );

    let busy = value(&idle.replace("null", "\"b\""));
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(target, row)| match target.kind.as_str() {
            "Registry" => (target, busy.clone()),
            _ => (target, row),
        })
        .collect();
    let proposal = proposed(&findings, &rows);
    assert_eq!(proposal.steps.len(), 1);
    assert!(proposal.left[0].why.contains("under way"), "{:?}", proposal.left);
}

#[test]
fn a_copy_shows_rows_as_they_would_be() {
    let pool = finding(
        &target("NodePool", "general"),
        "node_pool.update",
        r#"{"cluster_id": "c", "max_nodes": 5}"#,
    );
    let balancer = finding(&target("LoadBalancer", "old"), "load_balancer.delete", "{}");
    let blobs = finding(
        &target("Registry", "acme"),
        "registry.collect_garbage",
        r#"{"type": "unreferenced blobs only"}"#,
    );
    let deeds = in_account(&[pool, balancer, blobs]);
    let overlay = Arc::new(Overlay::of(&deeds));
    let row = |collection: &str, json: &str| (collection.to_owned(), value(json), Origin::Live);
    let feed = Numbered::new(1, move |_| Loaded {
        collections: vec![
            row(
                "digitalocean.kubernetes_clusters",
                r#"{"id": "c", "node_pools": [{"id": "x", "max_nodes": 9}, {"id": "8d2c", "max_nodes": 9}]}"#,
            ),
            row(
                "digitalocean.kubernetes_clusters",
                r#"{"id": "8d2c", "node_pools": []}"#,
            ),
            row("digitalocean.load_balancers", r#"{"id": "8d2c"}"#),
            row("digitalocean.load_balancers", r#"{"id": "other"}"#),
            row("digitalocean.registries", r#"{"name": "acme"}"#),
        ],
        ..Loaded::default()
    });
    let overlaid = Overlaid::new(Arc::new(feed), Arc::clone(&overlay));
    let unit = overlaid.next().unwrap();
    let rows = unit().collections;
    assert!(overlaid.next().is_none());
    let pools = rows[0].1.items_at(&["node_pools"]);
    let most: Vec<_> = pools
        .iter()
        .map(|pool| pool.field("max_nodes").and_then(ValueExt::int))
        .collect();
    assert_eq!(most, [Some(9), Some(5)]);
    let ids: Vec<_> = rows[1..].iter().map(|(_, row, _)| row.text_at(&["id"])).collect();
    assert_eq!(ids, [Some("8d2c"), Some("other"), None]);
    let met: Vec<bool> = deeds.iter().map(|deed| overlay.has_met(deed)).collect();
    let estimated: Vec<bool> = deeds.iter().map(|deed| !deed.is_estimated()).collect();
    assert_eq!(met, estimated);
}
