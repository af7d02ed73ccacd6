//! Deeds in the account: what they make of a row, how they are undone, and what they never do.

use crate::findings::{Fix, FixAction};
use crate::inventory::ResourceRef;
use crate::plan::{Deed, Undo, meaning, meaning_hash, risk, rules_as_they_are};
use crate::policy::Risk;
use crate::value::{Value, ValueExt};

fn value(json: &str) -> Value {
    Value::from_json_str(json).unwrap()
}

fn deed(action: &str, kind: &str, data: &str) -> Deed {
    Deed {
        action: action.parse().unwrap(),
        target: ResourceRef {
            id: Some("8d2c".to_owned()),
            ..ResourceRef::kubernetes("digitalocean.com/v2", kind, None, "stage")
        },
        data: value(data),
    }
}

const CLUSTER: &str = r#"{
    "apiVersion": "digitalocean.com/v2", "kind": "Cluster", "id": "8d2c", "name": "stage", "region": "fra1",
    "version": "1.35.1-do.0", "auto_upgrade": false, "surge_upgrade": true, "tags": ["k8s", "k8s:8d2c", "team"],
    "maintenance_policy": {"day": "monday", "start_time": "3:00", "duration": "4h0m0s"}, "control_plane_firewall": null,
    "status": {"state": "running"}, "updated_at": "2026-01-01T00:00:00Z", "node_pools": []
}"#;
const FIREWALL: &str = r#"{
    "apiVersion": "digitalocean.com/v2", "kind": "Firewall", "id": "8d2c", "name": "stage", "status": "succeeded",
    "pending_changes": [], "outbound_rules": [],
    "inbound_rules": [
        {"protocol": "tcp", "ports": "443", "sources": {"addresses": ["203.0.113.7/32", "198.51.100.0/24"]}},
        {"protocol": "icmp", "ports": "0", "sources": {"tags": ["web"]}}
    ]
}"#;

/// What a deed makes of a row, with what undoes it written and read again.
#[track_caller]
fn done(deed: &Deed, before: &Value) -> (Value, Deed) {
    let after = deed.done_to(Some(before)).unwrap().unwrap();
    assert_ne!(meaning(&after), meaning(before));
    let undo = deed.undo(Some(before), Some(&after));
    let Undo::Deed(back) = Undo::from_value(&undo.to_value()).unwrap() else {
        panic!("{undo:?}")
    };
    assert!(deed.seems_done(Some(&after)));
    assert!(!deed.seems_done(Some(before)));
    let again = back.done_to(Some(&after)).unwrap().unwrap();
    assert_eq!(meaning(&again), meaning(before));
    (after, *back)
}

#[test]
fn settings_of_a_cluster_are_changed_and_taken_back_one_by_one() {
    let before = value(CLUSTER);
    let upgrade = deed("cluster.update", "Cluster", r#"{"auto_upgrade": true}"#);
    let (after, back) = done(&upgrade, &before);
    assert_eq!(back.data, value(r#"{"auto_upgrade": false}"#));
    assert_eq!(after.field("version"), before.field("version"));

    let window = r#"{"maintenance_policy": {"day": "sunday", "start_time": "03:00"}}"#;
    let (_, back) = done(&deed("cluster.update", "Cluster", window), &before);
    let former = r#"{"maintenance_policy": {"day": "monday", "start_time": "03:00"}}"#;
    assert_eq!(back.data, value(former));

    // What was null can only be turned off again.
    let list = r#"{"control_plane_firewall": {"enabled": true, "allowed_addresses": ["203.0.113.0/24"]}}"#;
    let (_, back) = done(&deed("cluster.update", "Cluster", list), &before);
    let off = r#"{"control_plane_firewall": {"enabled": false, "allowed_addresses": []}}"#;
    assert_eq!(back.data, value(off));
}

#[test]
fn a_window_where_there_was_none_cannot_be_taken_back() {
    let before = value(&CLUSTER.replace(
        r#"{"day": "monday", "start_time": "3:00", "duration": "4h0m0s"}"#,
        "null",
    ));
    let window = r#"{"maintenance_policy": {"day": "sunday", "start_time": "03:00"}}"#;
    let undo = deed("cluster.update", "Cluster", window).undo(Some(&before), None);
    assert!(matches!(undo, Undo::None(why) if why.contains("no value before")));
}

#[test]
fn what_the_service_changes_by_itself_means_nothing() {
    let before = value(CLUSTER);
    let moved = CLUSTER
        .replace("running", "upgrading")
        .replace("2026-01-01", "2026-02-02")
        .replace("3:00", "03:00")
        .replace("1.35.1", "1.35.2");
    assert_eq!(meaning_hash(&before), meaning_hash(&value(&moved)));
    let changed = CLUSTER.replace("\"surge_upgrade\": true", "\"surge_upgrade\": false");
    assert_ne!(meaning_hash(&before), meaning_hash(&value(&changed)));

    let grouped = FIREWALL
        .replace(
            r#"["203.0.113.7/32", "198.51.100.0/24"]}}"#,
            r#"["198.51.100.0/24"]}}, {"protocol": "tcp", "ports": "443", "sources": {"addresses": ["203.0.113.7"]}}"#,
        )
        .replace("succeeded", "waiting");
    assert_eq!(meaning_hash(&value(FIREWALL)), meaning_hash(&value(&grouped)));
}

#[test]
fn bounds_of_a_pool_come_and_go_and_its_own_number_of_nodes_is_left() {
    let pool = r#"{"apiVersion": "digitalocean.com/v2", "kind": "NodePool", "id": "8d2c", "name": "stage",
        "count": 3, "auto_scale": true, "min_nodes": 2, "max_nodes": 8, "nodes": [{"id": "a"}]}"#;
    let bounds = r#"{"cluster_id": "c", "auto_scale": true, "min_nodes": 2, "max_nodes": 5}"#;
    let bounds = deed("node_pool.update", "NodePool", bounds);
    let (after, back) = done(&bounds, &value(pool));
    assert_eq!(after.field("cluster_id"), None);
    let former = r#"{"cluster_id": "c", "auto_scale": true, "min_nodes": 2, "max_nodes": 8}"#;
    assert_eq!(back.data, value(former));
    let scaled = pool
        .replace("\"count\": 3", "\"count\": 4")
        .replace("[{\"id\": \"a\"}]", "[]");
    assert_eq!(meaning_hash(&value(pool)), meaning_hash(&value(&scaled)));

    let fixed = pool
        .replace("\"auto_scale\": true", "\"auto_scale\": false")
        .replace(
            "\"min_nodes\": 2, \"max_nodes\": 8",
            "\"min_nodes\": 0, \"max_nodes\": 0",
        );
    let (_, back) = done(&bounds, &value(&fixed));
    assert_eq!(back.data.field("count"), Some(&Value::from(3)));
    let number = deed(
        "node_pool.update",
        "NodePool",
        r#"{"cluster_id": "c", "count": 4}"#,
    );
    done(&number, &value(&fixed));
    let why = number.done_to(Some(&value(pool))).unwrap_err();
    assert!(why.contains("scales by itself"), "{why}");
}

#[test]
fn rules_of_a_firewall_are_added_and_removed_however_they_are_grouped() {
    let before = value(FIREWALL);
    let rule = r#"{"inbound_rules": [{"protocol": "tcp", "ports": "443", "sources": {"addresses": ["198.51.100.0/24", "192.0.2.1"]}}]}"#;
    let (_, back) = done(&deed("firewall.add_rules", "Firewall", rule), &before);
    assert_eq!(back.action, FixAction::FirewallRemoveRules);
    let new = r#"{"inbound_rules": [{"protocol": "tcp", "ports": "443", "sources": {"addresses": ["192.0.2.1"]}}]}"#;
    assert_eq!(back.data, value(new), "only what was not there is taken back");

    let part = r#"{"inbound_rules": [{"protocol": "tcp", "ports": "443", "sources": {"addresses": ["203.0.113.7"]}}]}"#;
    let part = deed("firewall.remove_rules", "Firewall", part);
    let (after, back) = done(&part, &before);
    assert_eq!(back.action, FixAction::FirewallAddRules);
    assert_eq!(after.items_at(&["inbound_rules"]).len(), 2);
    assert_eq!(rules_as_they_are(&part, &before), part.data);

    let whole = r#"{"inbound_rules": [{"protocol": "icmp", "sources": {"tags": ["web"]}}]}"#;
    let whole = deed("firewall.remove_rules", "Firewall", whole);
    done(&whole, &before);
    let own = r#"{"inbound_rules": [{"protocol": "icmp", "ports": "0", "sources": {"tags": ["web"]}}]}"#;
    assert_eq!(
        rules_as_they_are(&whole, &before),
        value(own),
        "as the account has it"
    );
    let after = whole.done_to(Some(&before)).unwrap();
    assert!(whole.done_to(after.as_ref()).is_err(), "it is not there any more");
}

#[test]
fn a_collection_waits_for_the_one_that_is_under_way() {
    let row = |active: &str| {
        value(&format!(
            r#"{{"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": "acme", "active": {active}, "newest": "a"}}"#
        ))
    };
    let blobs = deed(
        "registry.collect_garbage",
        "Registry",
        r#"{"type": "unreferenced blobs only"}"#,
    );
    let after = blobs.done_to(Some(&row("null"))).unwrap();
    assert!(matches!(
        blobs.undo(Some(&row("null")), after.as_ref()),
        Undo::None(_)
    ));
    let why = blobs.done_to(Some(&row("\"b\""))).unwrap_err();
    assert!(why.contains("under way"), "{why}");
    assert!(blobs.is_estimated() && blobs.collections().is_empty());
    assert_eq!(risk(&blobs), Ok(Risk::Disruptive));
}

#[test]
fn manifests_go_all_or_none_and_are_another_target_than_their_registry() {
    let fix = value(
        r#"{"action": "registry.delete_manifest", "risk": "destructive", "summary": "s", "params":
            {"manifests": [{"repository": "ii", "digest": "sha256:1"}]}}"#,
    );
    let registry = ResourceRef::kubernetes("digitalocean.com/v2", "Registry", None, "acme");
    let deed = Deed::of(&Fix::from_value(&fix).unwrap(), &registry).unwrap();
    assert_ne!(deed.target, registry);
    assert_eq!(risk(&deed), Ok(Risk::Destructive));
    let row = value(
        r#"{"apiVersion": "digitalocean.com/v2", "kind": "Manifests", "name": "acme",
            "manifests": [{"repository": "ii", "digest": "sha256:1", "tags": []}]}"#,
    );
    let after = deed.done_to(Some(&row)).unwrap();
    assert!(deed.seems_done(after.as_ref()) && !deed.seems_done(Some(&row)));
    assert!(deed.done_to(after.as_ref()).is_err());
    // A tag makes it another one.
    let tagged = value(&row.to_json_str().unwrap().replace("[]", "[\"v1\"]"));
    assert_ne!(meaning_hash(&row), meaning_hash(&tagged));
}

#[test]
fn a_load_balancer_is_gone_for_good() {
    let row = value(
        r#"{"apiVersion": "digitalocean.com/v2", "kind": "LoadBalancer", "id": "8d2c", "name": "old", "ip": "192.0.2.9"}"#,
    );
    let delete = deed("load_balancer.delete", "LoadBalancer", r#"{"id": "8d2c"}"#);
    assert_eq!(delete.done_to(Some(&row)), Ok(None));
    assert!(delete.done_to(None).is_err());
    assert!(matches!(delete.undo(Some(&row), None), Undo::None(why) if why.contains("192.0.2.9")));
    assert_eq!(risk(&delete), Ok(Risk::Destructive));
}

#[test]
fn what_is_not_on_the_list_of_settings_is_never_changed() {
    for (action, kind, data) in [
        ("cluster.update", "Cluster", r#"{"ha": true}"#),
        ("cluster.update", "Cluster", r#"{"version": "1.36"}"#),
        (
            "cluster.update",
            "Cluster",
            r#"{"auto_upgrade": true, "tags": []}"#,
        ),
        ("node_pool.update", "NodePool", r#"{"size": "s-8vcpu-16gb"}"#),
        ("firewall.add_rules", "Firewall", r#"{"tags": ["k8s"]}"#),
    ] {
        assert!(risk(&deed(action, kind, data)).is_err(), "{action} {data}");
    }
    let rules = r#"{"inbound_rules": []}"#;
    let mut own = deed("firewall.remove_rules", "Firewall", rules);
    assert_eq!(risk(&own), Ok(Risk::Destructive));
    own.target.name = "k8s-8d2c-worker".to_owned();
    assert!(risk(&own).is_err(), "DOKS keeps it");
    let bounds = deed(
        "node_pool.update",
        "NodePool",
        r#"{"cluster_id": "c", "max_nodes": 5}"#,
    );
    assert_eq!(risk(&bounds), Ok(Risk::Disruptive));
}
