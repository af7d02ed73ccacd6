//! Deeds on buckets, and on what belongs to a project.

use crate::findings::{Fix, FixAction};
use crate::inventory::{Feed, Loaded, Numbered, Origin, ResourceRef};
use crate::plan::{Deed, Overlaid, Overlay, Undo, hazard, meaning, meaning_hash, risk};
use crate::policy::Risk;
use crate::value::{Value, ValueExt};
use std::sync::Arc;

fn value(json: &str) -> Value {
    Value::from_json_str(json).unwrap()
}

/// The deed of a fix of a bucket.
#[track_caller]
fn deed(action: &str, params: &str) -> Deed {
    let fix = format!(r#"{{"action": "{action}", "risk": "safe", "summary": "s", "params": {params}}}"#);
    let bucket = ResourceRef::kubernetes("digitalocean.com/v2", "Bucket", None, "acme");
    Deed::of(&Fix::from_value(&value(&fix)).unwrap(), &bucket).unwrap()
}

fn row(kind: &str, members: &str) -> Value {
    value(&format!(
        r#"{{"apiVersion": "digitalocean.com/v2", "kind": "{kind}", "name": "acme", {members}}}"#
    ))
}

/// What a deed makes of a row, and what the deed that takes it back makes of that.
#[track_caller]
fn done(deed: &Deed, before: &Value) -> (Value, Value) {
    let after = deed.done_to(Some(before)).unwrap().unwrap();
    assert!(deed.seems_done(Some(&after)) && !deed.seems_done(Some(before)));
    assert_eq!(
        deed.done_to(Some(&after)).unwrap(),
        Some(after.clone()),
        "twice is once"
    );
    let undo = deed.undo(Some(before), Some(&after));
    let Undo::Deed(back) = Undo::from_value(&undo.to_value()).unwrap() else {
        panic!("{undo:?}")
    };
    let again = back.done_to(Some(&after)).unwrap().unwrap();
    assert_eq!(meaning(&again), meaning(before));
    assert!(back.seems_done(Some(&again)));
    (after, again)
}

/// A lifecycle of these rules.
fn lifecycle(rules: &[&str]) -> Value {
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    row("BucketLifecycle", &format!(r#""rules": [{}]"#, rules.join(", ")))
}

fn expires(id: &str, prefix: &str, days: u32) -> String {
    format!(
        r#"{{"id": "{id}", "status": "Enabled", "prefix": "{prefix}", "expiration_days": {days}, "abort_multipart_days": null}}"#
    )
}

fn changed(rules: &str) -> Deed {
    deed("bucket.lifecycle", &format!(r#"{{"rules": [{rules}]}}"#))
}

#[test]
fn a_private_acl_keeps_its_owner_alone_and_all_grants_come_back() {
    let grants = r#""owner": "o", "grants": [
        {"permission": "READ", "grantee": {"type": "Group", "id": null, "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}},
        {"permission": "FULL_CONTROL", "grantee": {"type": "CanonicalUser", "id": "o", "uri": null}}]"#;
    let before = row("BucketAcl", grants);
    let private = deed("bucket.acl", r#"{"acl": "private"}"#);
    let (after, again) = done(&private, &before);
    let [only] = after.items_at(&["grants"]) else {
        panic!("{after:?}")
    };
    assert_eq!(only.text_at(&["grantee", "id"]), Some("o"));
    assert_eq!(again.field("grants"), before.field("grants"), "in their order");
    let mut turned = before.items_at(&["grants"]).to_vec();
    turned.reverse();
    let turned = value(&before.to_json_str().unwrap().replace(
        &before.field("grants").unwrap().to_json_str().unwrap(),
        &Value::from(turned).to_json_str().unwrap(),
    ));
    assert_eq!(meaning_hash(&turned), meaning_hash(&before));
    assert_eq!(risk(&private), Ok(Risk::Disruptive));
    for more in [
        r#"{"acl": "public-read"}"#,
        r#"{"acl": "private", "grants": []}"#,
        r#"{"grants": []}"#,
    ] {
        assert!(risk(&deed("bucket.acl", more)).is_err(), "{more}");
    }
    assert!(
        private
            .done_to(Some(&row("BucketAcl", r#""grants": []"#)))
            .is_err()
    );
}

#[test]
fn versions_are_kept_and_taken_back_no_longer() {
    let enable = deed("bucket.versioning", r#"{"status": "Enabled"}"#);
    for status in ["null", "\"Suspended\""] {
        let before = row("BucketVersioning", &format!("\"status\": {status}"));
        let (_, again) = done(&enable, &before);
        assert_eq!(again.text_at(&["status"]), Some("Suspended"));
    }
    assert_eq!(risk(&enable), Ok(Risk::Safe));
    assert!(risk(&deed("bucket.versioning", r#"{"status": "Suspended"}"#)).is_err());
    assert!(risk(&deed("bucket.versioning", "{}")).is_err());
}

#[test]
fn a_bucket_is_made_and_no_remediation_deletes_it() {
    let create = deed(
        "bucket.create",
        r#"{"region": "fra1", "access": "private", "versioning": true}"#,
    );
    let after = create.done_to(None).unwrap().unwrap();
    assert_eq!(
        meaning(&after),
        value(r#"{"name": "acme", "region": "fra1", "versions": "kept"}"#)
    );
    assert!(create.done_to(Some(&after)).is_err());
    assert!(matches!(create.undo(None, Some(&after)), Undo::None(why) if why.contains("deletes a bucket")));
    assert_eq!(risk(&create), Ok(Risk::Safe));
    assert!(risk(&deed("bucket.create", r#"{"region": "fra1", "policy": "*"}"#)).is_err());
}

#[test]
fn other_rules_of_a_lifecycle_stay_each_where_it_is() {
    let (first, last) = (expires("first", "", 14), expires("last", "tmp/", 1));
    let before = lifecycle(&[&first, &last]);
    let (after, again) = done(&changed(r#"{"id": "first", "expiration_days": 30}"#), &before);
    let ids: Vec<_> = after
        .items_at(&["rules"])
        .iter()
        .map(|rule| rule.text_at(&["id"]))
        .collect();
    assert_eq!(ids, [Some("first"), Some("last")]);
    assert_eq!(after.items_at(&["rules"])[1], value(&last));
    assert_eq!(again.field("rules"), before.field("rules"));

    let more = r#"{"id": "abort", "status": "Enabled", "abort_multipart_days": 7}"#;
    let (after, again) = done(&changed(more), &before);
    assert_eq!(after.items_at(&["rules"]).len(), 3);
    assert_eq!(again.field("rules"), before.field("rules"));
    let (_, none) = done(&changed(more), &lifecycle(&[]));
    assert_eq!(none.items_at(&["rules"]), []);
}

#[test]
fn a_rule_that_no_server_would_take_is_none() {
    let before = lifecycle(&[&expires("first", "", 14)]);
    for rules in [
        r#"{"expiration_days": 30}"#,
        r#"{"id": "", "expiration_days": 30}"#,
        r#"{"id": "first", "expiration_days": 0}"#,
        r#"{"id": "first", "expiration_days": "30"}"#,
        r#"{"id": "first", "expiration_days": 1.5}"#,
        r#"{"id": "first", "expiration_days": null}"#,
        r#"{"id": "new", "status": "Enabled"}"#,
        r#"{"id": "new", "abort_multipart_days": 7}"#,
        r#"{"id": "first", "status": "Sometimes"}"#,
    ] {
        assert!(changed(rules).done_to(Some(&before)).is_err(), "{rules}");
    }
    let twice = lifecycle(&[&expires("first", "", 14), &expires("first", "a/", 14)]);
    assert!(
        changed(r#"{"id": "first", "expiration_days": 30}"#)
            .done_to(Some(&twice))
            .is_err()
    );
    for rules in [
        r#"{"id": "first", "remove": true}"#,
        r#"{"id": "first", "expiration_date": "2026-12-01T00:00:00Z"}"#,
        r#"{"id": "first", "transition": 1}"#,
    ] {
        assert!(risk(&changed(rules)).is_err(), "{rules}");
    }
    assert!(risk(&deed("bucket.lifecycle", r#"{"rules": []}"#)).is_err());
    assert!(risk(&deed("bucket.lifecycle", "{}")).is_err());
}

#[test]
fn what_would_go_sooner_is_destructive() {
    let first = expires("first", "logs/", 14);
    let off = expires("off", "", 5).replace("Enabled", "Disabled");
    let partly = r#"{"id": "partly", "status": "Enabled", "prefix": "", "expiration_days": 1, "more": true}"#;
    let before = lifecycle(&[&first, &off, partly]);
    let endangers = |rules: &str| hazard(&changed(rules), Some(&before)) == Risk::Destructive;
    for safe in [
        r#"{"id": "first", "expiration_days": 30}"#,
        r#"{"id": "first", "status": "Disabled"}"#,
        r#"{"id": "new", "status": "Enabled", "abort_multipart_days": 1}"#,
        r#"{"id": "new", "status": "Disabled", "expiration_days": 1}"#,
        // All of that goes by the first one already.
        r#"{"id": "new", "status": "Enabled", "prefix": "logs/old/", "expiration_days": 14}"#,
        r#"{"id": "off", "expiration_days": 1}"#,
        r#"{"id": "partly", "expiration_days": 2}"#,
    ] {
        assert!(!endangers(safe), "{safe}");
        assert_eq!(risk(&changed(safe)), Ok(Risk::Safe));
    }
    for hasty in [
        r#"{"id": "first", "expiration_days": 13}"#,
        r#"{"id": "first", "prefix": ""}"#,
        r#"{"id": "first", "prefix": "log"}"#,
        r#"{"id": "first", "noncurrent_days": 900}"#,
        r#"{"id": "off", "status": "Enabled"}"#,
        r#"{"id": "new", "status": "Enabled", "expiration_days": 900}"#,
        r#"{"id": "new", "status": "Enabled", "prefix": "logs/", "expiration_days": 13}"#,
    ] {
        assert!(endangers(hasty), "{hasty}");
    }
    // What was there before is taken back to: that is told as well.
    let lengthened = changed(r#"{"id": "first", "expiration_days": 30}"#);
    let after = lengthened.done_to(Some(&before)).unwrap();
    let Undo::Deed(back) = lengthened.undo(Some(&before), after.as_ref()) else {
        panic!()
    };
    assert_eq!(hazard(&back, after.as_ref()), Risk::Destructive);
}

/// Rows of collections as they pass an overlay.
fn seen(deeds: &[Deed], rows: &[(&str, &str)]) -> (Vec<(String, Value)>, Arc<Overlay>) {
    let rows: Vec<(String, Value)> = rows
        .iter()
        .map(|(collection, json)| ((*collection).to_owned(), value(json)))
        .collect();
    let feed = Numbered::new(1, move |_| Loaded {
        collections: rows
            .iter()
            .map(|(collection, row)| (collection.clone(), row.clone(), Origin::Live))
            .collect(),
        ..Loaded::default()
    });
    let overlay = Arc::new(Overlay::of(deeds));
    let overlaid = Overlaid::new(Arc::new(feed), Arc::clone(&overlay));
    let mut seen = Vec::new();
    while let Some(unit) = overlaid.next() {
        seen.extend(
            unit()
                .collections
                .into_iter()
                .map(|(collection, row, _)| (collection, row)),
        );
    }
    (seen, overlay)
}

#[test]
fn a_copy_shows_what_becomes_of_a_bucket() {
    let deeds = [
        deed("bucket.acl", r#"{"acl": "private"}"#),
        deed("bucket.versioning", r#"{"status": "Enabled"}"#),
        changed(r#"{"id": "abort", "status": "Enabled", "abort_multipart_days": 7}"#),
    ];
    let (rows, overlay) = seen(
        &deeds,
        &[
            (
                "spaces.acls",
                r#"{"bucket": "other", "owner": "o", "grants": []}"#,
            ),
            ("spaces.acls", r#"{"bucket": "acme", "owner": "o", "grants": []}"#),
            ("spaces.versionings", r#"{"bucket": "acme", "status": null}"#),
            ("spaces.lifecycles", r#"{"bucket": "acme", "rules": []}"#),
            ("spaces.uploads", r#"{"bucket": "acme", "uploads": []}"#),
        ],
    );
    assert_eq!(rows[0].1.items_at(&["grants"]).len(), 0);
    assert_eq!(rows[1].1.items_at(&["grants"]).len(), 1);
    assert_eq!(rows[2].1.text_at(&["status"]), Some("Enabled"));
    assert_eq!(rows[3].1.items_at(&["rules"]).len(), 1);
    assert_eq!(rows.len(), 5);
    assert!(deeds.iter().all(|deed| overlay.has_met(deed)));
}

#[test]
fn a_copy_shows_a_new_bucket_in_every_collection() {
    let create = deed(
        "bucket.create",
        r#"{"region": "fra1", "access": "public", "versioning": true}"#,
    );
    let missing = r#"{"bucket": "acme", "unread": {"reason": "missing", "detail": "d"}}"#;
    let (rows, overlay) = seen(
        std::slice::from_ref(&create),
        &[
            (
                "spaces.buckets",
                r#"{"name": "acme", "region": "fra1", "exists": false, "created": null}"#,
            ),
            ("spaces.acls", missing),
            ("spaces.policies", missing),
            ("spaces.versionings", missing),
            ("spaces.lifecycles", missing),
            ("spaces.uploads", missing),
            (
                "spaces.backups",
                r#"{"bucket": "acme", "prefix": "db/", "unread": {"reason": "missing", "detail": "d"}}"#,
            ),
            (
                "spaces.acls",
                r#"{"bucket": "other", "unread": {"reason": "missing", "detail": "d"}}"#,
            ),
        ],
    );
    assert!(overlay.has_met(&create));
    assert!(rows[0].1.field("exists").is_some_and(ValueExt::is_true));
    assert_eq!(rows[1].1.items_at(&["grants"]).len(), 2);
    assert_eq!(rows[3].1.text_at(&["status"]), Some("Enabled"));
    assert_eq!(rows[6].1.text_at(&["prefix"]), Some("db/"));
    assert!(rows[..7].iter().all(|(_, row)| row.field("unread").is_none()));
    assert!(rows[7].1.field("unread").is_some());
}

#[test]
fn what_is_assigned_to_a_project_is_seen_there_wherever_it_was() {
    let cluster = ResourceRef {
        id: Some("8d2c".to_owned()),
        ..ResourceRef::kubernetes("digitalocean.com/v2", "Cluster", None, "stage")
    };
    let fix =
        r#"{"action": "project.assign", "risk": "safe", "summary": "s", "params": {"project_id": "new"}}"#;
    let assign = Deed::of(&Fix::from_value(&value(fix)).unwrap(), &cluster).unwrap();
    assert_eq!(assign.target.name, "do:kubernetes:8d2c");
    assert_eq!(assign.action, FixAction::ProjectAssign);
    let before = value(
        r#"{"apiVersion": "digitalocean.com/v2", "kind": "ProjectResource", "name": "do:kubernetes:8d2c", "project_id": "old"}"#,
    );
    let (after, again) = done(&assign, &before);
    assert_eq!(after.text_at(&["project_id"]), Some("new"));
    assert_eq!(again, before);
    assert_eq!(risk(&assign), Ok(Risk::Safe));

    let collection = "digitalocean.project_resources";
    for row in [
        r#"{"project_id": "old", "urn": "do:kubernetes:8d2c"}"#,
        r#"{"project_id": "old", "urn": "do:kubernetes:other"}"#,
    ] {
        let (rows, overlay) = seen(std::slice::from_ref(&assign), &[(collection, row)]);
        let (_, last) = rows.last().unwrap();
        assert_eq!(last.text_at(&["project_id"]), Some("new"));
        assert_eq!(last.text_at(&["urn"]), Some("do:kubernetes:8d2c"));
        assert_eq!(rows.len(), 1 + usize::from(row.contains("other")));
        assert!(overlay.has_met(&assign));
    }
    // Neither what has no id nor what no spec declares.
    let unknown = ResourceRef {
        id: None,
        ..cluster.clone()
    };
    let volume = ResourceRef {
        kind: "Volume".to_owned(),
        ..cluster
    };
    for target in [unknown, volume] {
        assert!(Deed::of(&Fix::from_value(&value(fix)).unwrap(), &target).is_err());
    }
}
