use super::*;
use crate::inventory::{Gap, GapSubject, Inventory, InventoryBuilder};
use crate::value::array;
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn seen(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn standing(since: i64, runs: u32) -> Standing {
    Standing {
        since: at(since),
        runs,
    }
}

/// What is kept after these runs: seconds, and what was seen.
fn after(runs: &[(i64, &[&str])]) -> Series {
    let mut series = None;
    for (time, ids) in runs {
        series = Some(merge(series, &seen(ids), at(*time)).series);
    }
    series.unwrap()
}

#[test]
fn what_is_seen_again_goes_on_what_is_not_has_ended() {
    let series = after(&[(0, &["a", "b"]), (DAY, &["a"]), (2 * DAY, &["a", "b"])]);
    assert_eq!(series.answered, at(2 * DAY));
    assert_eq!(series.standing["a"], standing(0, 3));
    assert_eq!(series.standing["b"], standing(2 * DAY, 1));
}

#[test]
fn a_run_told_twice_is_one_run() {
    let once = after(&[(0, &["a"]), (DAY, &["a", "b"])]);
    assert_eq!(
        after(&[(0, &["a"]), (DAY, &["a", "b"]), (DAY, &["a", "b"])]),
        once
    );
    // As are two that begin within a second.
    let mut time = at(DAY);
    time += SignedDuration::from_millis(900);
    assert_eq!(merge(Some(once.clone()), &seen(&["a", "b"]), time).series, once);
}

#[test]
fn a_run_that_was_overtaken_adds_nothing_and_still_interrupts() {
    let series = after(&[(0, &["a", "b"]), (DAY, &["a", "b", "c"]), (DAY - 60, &["a", "d"])]);
    assert_eq!(series.answered, at(DAY));
    assert_eq!(series.standing["a"], standing(0, 2));
    assert_eq!(
        series.standing["b"],
        standing(DAY, 1),
        "it was gone a minute before"
    );
    assert_eq!(series.standing["c"], standing(DAY, 1));
    assert!(
        !series.standing.contains_key("d"),
        "the latest run did not see it"
    );
}

#[test]
fn a_clock_that_went_back_counts_for_nothing_and_is_told() {
    let before = after(&[(0, &["a"]), (DAY, &["a"])]);
    let merged = merge(Some(before.clone()), &seen(&["a", "b"]), at(DAY / 2));
    assert!(merged.went_back);
    assert_eq!(merged.series, before);
    // Nothing is older than the run says itself.
    assert_eq!(
        merged.present["a"],
        (standing(DAY / 2, 1), at(DAY / 2)),
        "as if seen for the first time"
    );
    assert!(!merge(Some(before), &seen(&["a"]), at(DAY - 3600)).went_back);
}

#[test]
fn a_row_is_as_documented() {
    let question = Question {
        kind: "LoadBalancer".to_owned(),
        fact: UNATTACHED.to_owned(),
    };
    let series = after(&[(0, &["f0a3"])]);
    let merged = merge(Some(series), &seen(&["f0a3"]), at(DAY));
    let rows: Vec<String> = observations(&question, merged.present)
        .map(|observation| observation.row().to_string())
        .collect();
    assert_eq!(
        rows,
        [
            r#"{"fact":"unattached","id":"f0a3","kind":"LoadBalancer","last":"2026-09-22T14:13:20Z","runs":2,"since":"2026-09-21T14:13:20Z"}"#
        ]
    );
}

#[test]
fn accounts_are_told_apart_by_team_then_by_account() {
    let row = |json: &str| Value::from_json_str(json).unwrap();
    let account = |row: Option<&Value>| Scope::of("stage", row).account;
    assert_eq!(
        account(Some(&row(r#"{"uuid": "u", "team": {"uuid": "t"}}"#))),
        "t"
    );
    assert_eq!(account(Some(&row(r#"{"uuid": "u", "team": {}}"#))), "u");
    assert_eq!(account(Some(&row("{}"))), "");
    assert_eq!(account(None), "");
}

/// An inventory of one cluster whose view holds these load balancers.
fn inventory(load_balancers: &str, unread: &[&str]) -> Inventory {
    let mut builder = InventoryBuilder::new(false);
    builder.read_collection("digitalocean.load_balancers");
    builder.read_collection("digitalocean.kubernetes_clusters");
    builder.read_collection("digitalocean.kubernetes_associated_resources");
    builder.only_named_kinds(false);
    builder.read_kind("", "Service");
    for name in unread {
        let subject = if name.contains('.') {
            GapSubject::Collection((*name).to_owned())
        } else {
            GapSubject::Kind((*name).to_owned())
        };
        builder.gap(Gap {
            subject,
            reason: "unavailable".to_owned(),
            detail: String::new(),
        });
    }
    let mut inventory = builder.build();
    let view = inventory.view.document.as_object_mut().unwrap();
    view.insert(
        Value::from("load_balancers"),
        Value::from_json_str(load_balancers).unwrap(),
    );
    view.insert(Value::from("cluster"), object([("id", Value::from("8d2c"))]));
    inventory
}

const LOAD_BALANCERS: &str = r#"[
    {"id": "claimed", "ofCluster": "declared", "ours": true, "services": [{"name": "web"}]},
    {"id": "foreign", "ofCluster": null, "ours": null, "services": []},
    {"id": "lonely", "ofCluster": "declared", "ours": true, "services": []}
]"#;

fn unattached(inventory: &Inventory) -> Option<BTreeSet<String>> {
    answers(inventory).into_values().next()
}

#[test]
fn a_load_balancer_of_the_cluster_that_no_service_claims_is_unattached() {
    assert_eq!(
        unattached(&inventory(LOAD_BALANCERS, &[])),
        Some(seen(&["lonely"]))
    );
    assert_eq!(unattached(&inventory("[]", &[])), Some(seen(&[])));
}

#[test]
fn what_was_not_read_completely_answers_nothing() {
    for unread in [
        "v1/Service",
        "digitalocean.load_balancers",
        "digitalocean.kubernetes_clusters",
        "digitalocean.kubernetes_associated_resources",
    ] {
        assert_eq!(
            unattached(&inventory(LOAD_BALANCERS, &[unread])),
            None,
            "{unread}"
        );
    }
    for strange in [
        r#"[{"id": "a", "ofCluster": "declared"}]"#,
        r#"[{"id": "a", "services": []}]"#,
        r#"[{"id": "a", "ofCluster": "declared", "services": null}]"#,
    ] {
        assert_eq!(unattached(&inventory(strange, &[])), None, "{strange}");
    }
    let mut without_cluster = inventory(LOAD_BALANCERS, &[]);
    let view = without_cluster.view.document.as_object_mut().unwrap();
    view.insert(Value::from("cluster"), Value::Null);
    assert_eq!(unattached(&without_cluster), None);
}

#[test]
fn services_of_a_cluster_that_nobody_verified_answer_nothing() {
    let mut doubtful = inventory(LOAD_BALANCERS, &[]);
    assert!(some_unclaimed(&doubtful));
    let view = doubtful.view.document.as_object_mut().unwrap();
    let cluster = r#"{"id": "8d2c", "unverified": "it has no Node that could be compared"}"#;
    view.insert(Value::from("cluster"), Value::from_json_str(cluster).unwrap());
    assert_eq!(unattached(&doubtful), None);
    assert!(!some_unclaimed(&doubtful));
}

#[test]
fn only_what_a_second_reading_sees_as_well_is_a_fact() {
    let first = || answers(&inventory(LOAD_BALANCERS, &[]));
    assert_eq!(confirmed(first(), &first()), first());
    let claimed =
        r#"[{"id": "lonely", "ofCluster": "declared", "ours": true, "services": [{"name": "web"}]}]"#;
    for after in [claimed, "[]"] {
        let agreed = confirmed(first(), &answers(&inventory(after, &[])));
        assert_eq!(agreed.into_values().next(), Some(seen(&[])), "{after}");
    }
    let unread = answers(&inventory(LOAD_BALANCERS, &["v1/Service"]));
    assert_eq!(confirmed(first(), &unread), Answers::new());
}

#[test]
fn what_has_no_service_is_confirmed_by_a_second_reading() {
    let shown = |again: &Inventory| -> Vec<String> {
        let mut first = inventory(LOAD_BALANCERS, &[]);
        confirm(&mut first, again);
        let records = first.view.document.items_at(&["load_balancers"]).iter();
        let confirmed = records.map(|record| record.field("confirmed").unwrap().to_string());
        confirmed.collect()
    };
    assert_eq!(shown(&inventory(LOAD_BALANCERS, &[])), ["true", "true", "true"]);
    let claimed = r#"[{"id": "foreign", "services": []}, {"id": "lonely", "services": [{"name": "web"}]}]"#;
    assert_eq!(shown(&inventory(claimed, &[])), ["true", "true", "false"]);
    assert_eq!(shown(&inventory("[]", &[])), ["true", "false", "false"]);
    for unread in ["v1/Service", "digitalocean.load_balancers"] {
        assert_eq!(
            shown(&inventory(LOAD_BALANCERS, &[unread])),
            ["true", "null", "null"]
        );
    }
}

#[test]
fn what_a_deleted_cluster_left_and_what_has_our_droplets_is_unattached_too() {
    let strays = r#"[
        {"id": "left", "ofCluster": "other", "ours": false, "clusterExists": false, "services": []},
        {"id": "alive", "ofCluster": "other", "ours": false, "clusterExists": true, "services": []},
        {"id": "with-the-cluster", "ofCluster": "other", "ours": true, "clusterExists": null, "services": []},
        {"id": "untagged", "ofCluster": "none", "ours": true, "services": []},
        {"id": "nobodys", "ofCluster": "none", "ours": false, "services": []}
    ]"#;
    let mut inventory = inventory(strays, &[]);
    let ours = seen(&["left", "untagged", "with-the-cluster"]);
    assert_eq!(unattached(&inventory), Some(ours));
    let view = inventory.view.document.as_object_mut().unwrap();
    let unclear =
        r#"[{"id": "unclear", "ofCluster": "other", "ours": false, "clusterExists": null, "services": []}]"#;
    view.insert(
        Value::from("load_balancers"),
        Value::from_json_str(unclear).unwrap(),
    );
    assert_eq!(
        unattached(&inventory),
        None,
        "it may be left of a deleted cluster"
    );
}

#[test]
fn what_is_known_stands_in_the_view_and_among_the_collections() {
    let mut inventory = inventory(LOAD_BALANCERS, &[]);
    let told = first_seen(&answers(&inventory), at(0));
    take_in(&mut inventory, &told);
    assert_eq!(inventory.collection_gap("digitalocean.observations"), None);
    assert_eq!(inventory.collections["digitalocean.observations"].len(), 1);
    let records = inventory.view.document.items_at(&["load_balancers"]);
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let runs = record.field("unattachedRuns").and_then(ValueExt::int);
            (record.text_at(&["unattachedSince"]), runs)
        })
        .collect();
    let since = at(0).to_string();
    assert_eq!(
        told,
        [(None, Some(0)), (None, Some(0)), (Some(since.as_str()), Some(1))]
    );
}

#[test]
fn rows_of_other_kinds_and_facts_say_nothing_of_a_load_balancer() {
    let mut inventory = inventory(LOAD_BALANCERS, &[]);
    let rows = r#"[
        {"kind": "Volume", "id": "lonely", "fact": "unattached", "since": "2026-01-01T00:00:00Z", "runs": 7},
        {"kind": "LoadBalancer", "id": "lonely", "fact": "idle", "since": "2026-01-01T00:00:00Z", "runs": 7}
    ]"#;
    let rows = Value::from_json_str(rows).unwrap().items().to_vec();
    inventory
        .collections
        .insert("digitalocean.observations".to_owned(), rows);
    annotate(&mut inventory);
    for record in inventory.view.document.items_at(&["load_balancers"]) {
        assert_eq!(record.field("unattachedSince"), Some(&Value::Null));
    }
    assert_eq!(
        array([]),
        array(inventory.view.document.items_at(&["absent"]).to_vec())
    );
}

/// A run: when, and what it saw; `None` could not look.
type Told = (i64, Option<BTreeSet<String>>);

fn run_seen() -> impl Strategy<Value = BTreeSet<String>> {
    proptest::collection::btree_set("[a-c]", 0..3)
}

fn in_order() -> impl Strategy<Value = Vec<Told>> {
    let run = (1..2 * DAY, proptest::option::weighted(0.8, run_seen()));
    proptest::collection::vec(run, 1..20).prop_map(|runs| {
        let mut time = 0;
        let later = |(gap, seen): Told| {
            time += gap;
            (time, seen)
        };
        runs.into_iter().map(later).collect()
    })
}

proptest! {
    /// In order, the result is what anyone would count by hand: the runs that looked, backwards until one did not see it.
    #[test]
    fn in_order_it_is_what_one_counts_by_hand(runs in in_order()) {
        let mut series = None;
        for (time, seen) in &runs {
            if let Some(seen) = seen {
                series = Some(merge(series, seen, at(*time)).series);
            }
        }
        let looked: Vec<_> = runs.iter().filter_map(|(time, seen)| Some((*time, seen.as_ref()?))).collect();
        for id in ["a", "b", "c"] {
            let streak: Vec<i64> = looked.iter().rev().take_while(|(_, seen)| seen.contains(id)).map(|(time, _)| *time).collect();
            let by_hand = streak.last().map(|since| standing(*since, u32::try_from(streak.len()).unwrap()));
            let kept = series.as_ref().and_then(|series: &Series| series.standing.get(id).copied());
            prop_assert_eq!(kept, by_hand, "{}", id);
        }
    }

    /// In any order: never older, never more often than the runs prove; and telling a run twice changes nothing.
    #[test]
    fn out_of_order_nothing_is_older_than_proven(runs in proptest::collection::vec((0..9_000_i64, run_seen()), 1..14)) {
        let mut series: Option<Series> = None;
        let mut believed = Vec::new();
        for (time, seen) in runs {
            let merged = merge(series, &seen, at(time));
            prop_assert_eq!(&merge(Some(merged.series.clone()), &seen, at(time)).series, &merged.series);
            for (id, (told, _)) in &merged.present {
                prop_assert!(seen.contains(id) && told.runs >= 1);
            }
            if !merged.went_back {
                believed.push((at(time), seen));
            }
            series = Some(merged.series);
        }
        let series = series.unwrap();
        prop_assert_eq!(believed.iter().map(|(time, _)| *time).max(), Some(series.answered));
        for (id, standing) in &series.standing {
            let span = standing.since..=series.answered;
            let within: Vec<_> = believed.iter().filter(|(time, _)| span.contains(time)).collect();
            prop_assert!(within.iter().any(|(time, _)| *time == standing.since));
            prop_assert!(within.iter().all(|(_, seen)| seen.contains(id)), "{} was interrupted", id);
            let proven: BTreeSet<_> = within.iter().map(|(time, _)| *time).collect();
            prop_assert!(usize::try_from(standing.runs).unwrap() <= proven.len());
        }
    }
}
