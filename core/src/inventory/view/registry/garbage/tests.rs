use super::*;
use crate::value::ValueExt;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};

fn digest(number: usize) -> String {
    format!("sha256:{number:064x}")
}

/// A manifest as a row says it: numbers are digests, and a blob's size is its number.
#[derive(Debug, Clone, Default)]
struct Row {
    repository: String,
    digest: usize,
    day: Option<u8>,
    tags: Vec<String>,
    blobs: Option<Vec<usize>>,
    children: Option<Vec<usize>>,
}

fn image(digest: usize, day: u8, tags: &[&str], blobs: &[usize]) -> Row {
    Row {
        repository: "web".to_owned(),
        digest,
        day: Some(day),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        blobs: Some(blobs.to_vec()),
        children: Some(Vec::new()),
    }
}

fn manifests(rows: &[Row]) -> Manifests {
    let mut manifests = Manifests::default();
    for row in rows {
        let mut members = vec![
            ("repository", Value::from(row.repository.as_str())),
            ("digest", Value::from(digest(row.digest))),
            (
                "tags",
                array(row.tags.iter().map(|tag| Value::from(tag.as_str()))),
            ),
        ];
        if let Some(day) = row.day {
            members.push(("updated_at", Value::from(format!("2026-11-{day:02}T00:00:00Z"))));
        }
        if let Some(blobs) = &row.blobs {
            let blobs = blobs.iter().map(|blob| {
                object([
                    ("digest", Value::from(digest(*blob))),
                    ("compressed_size_bytes", Value::from(*blob)),
                ])
            });
            members.push(("blobs", array(blobs)));
        }
        if let Some(children) = &row.children {
            let children = children.iter().map(|child| Value::from(digest(*child)));
            members.push(("children", array(children)));
        }
        manifests.absorb(&object(members));
    }
    manifests
}

fn tag(name: &str) -> Used {
    Used::Tag("web".to_owned(), name.to_owned())
}

fn running(number: usize) -> Used {
    Used::Digest(Digest::read(&digest(number)).unwrap())
}

fn record(rows: &[Row], used: &[Used], newest: usize) -> Value {
    Garbage::of(&manifests(rows), used, newest).record(Some(10_000), Vec::new())
}

fn candidates(record: &Value) -> Vec<usize> {
    let candidates = record.items_at(&["candidates"]).iter();
    candidates
        .map(|candidate| usize::from_str_radix(&candidate.text_at(&["digest"]).unwrap()[7..], 16).unwrap())
        .collect()
}

fn number(record: &Value, path: &[&str]) -> i64 {
    record.at(path).and_then(ValueExt::int).unwrap()
}

#[test]
fn an_index_goes_before_its_parts() {
    let index = Row {
        children: Some(vec![1, 2]),
        ..image(9, 9, &[], &[])
    };
    let rows = [
        image(1, 1, &[], &[]),
        image(3, 3, &[], &[]),
        image(2, 2, &[], &[]),
        index,
    ];
    assert_eq!(candidates(&record(&rows, &[], 0)), [3, 9, 1, 2]);
}

#[test]
fn blobs_that_a_kept_manifest_names_are_not_reclaimable_and_shared_ones_count_once() {
    let rows = [
        image(1, 1, &["v1"], &[100, 101]),
        image(2, 2, &[], &[100, 102]),
        image(3, 3, &[], &[102, 103]),
    ];
    let found = record(&rows, &[tag("v1")], 0);
    assert_eq!(candidates(&found), [2, 3]);
    assert_eq!(number(&found, &["reclaimableBytes"]), 205);
    let bytes: Vec<i64> = found
        .items_at(&["candidates"])
        .iter()
        .map(|candidate| number(candidate, &["bytes"]))
        .collect();
    assert_eq!(bytes, [102, 103]);
    assert_eq!(number(&found, &["untaggedManifests"]), 2);
    assert_eq!(number(&found, &["unreferencedBytes"]), 10_000 - 406);
    assert!(found.field("complete").unwrap().is_true(), "{found}");
}

#[test]
fn the_manifest_itself_counts_where_its_size_is_told() {
    let rows = [image(7, 1, &[], &[7, 100])];
    assert_eq!(number(&record(&rows, &[], 0), &["reclaimableBytes"]), 107);
}

#[test]
fn children_of_what_is_kept_are_kept_however_deep_and_other_repositories_are_not_meant() {
    let index = |digest, tags: &[&str], children: &[usize]| Row {
        children: Some(children.to_vec()),
        ..image(digest, 1, tags, &[])
    };
    let mut elsewhere = image(12, 1, &[], &[300]);
    elsewhere.repository = "other".to_owned();
    let rows = [
        index(10, &["v1"], &[11, 99]),
        index(11, &[], &[12]),
        image(12, 1, &[], &[300]),
        image(13, 1, &[], &[301]),
        elsewhere,
    ];
    let found = record(&rows, &[tag("v1")], 0);
    assert_eq!(candidates(&found), [12, 13], "12 is that of the other repository");
    assert_eq!(number(&found, &["reclaimableBytes"]), 301);
    assert_eq!(number(&found, &["kept", "children"]), 2);
    // What an index lists among its blobs is a child as well.
    let listed = Row {
        blobs: Some(vec![21]),
        ..image(20, 1, &["v2"], &[])
    };
    let found = record(&[listed, image(21, 1, &[], &[400])], &[tag("v2")], 0);
    assert_eq!(candidates(&found), [0; 0]);
}

#[test]
fn the_newest_tags_of_each_repository_are_kept_and_what_has_no_time_is_kept_beside_them() {
    let mut other = image(5, 1, &["a"], &[]);
    other.repository = "other".to_owned();
    let mut undated = image(6, 1, &["odd"], &[]);
    undated.day = None;
    let rows = [
        image(1, 1, &["v1"], &[100]),
        image(2, 2, &["v2", "two"], &[101]),
        image(3, 3, &["v3"], &[102]),
        image(4, 4, &[], &[103]),
        other,
        undated,
    ];
    let of = |newest| candidates(&record(&rows, &[], newest));
    assert_eq!(of(0), [5, 1, 2, 3, 4]);
    assert_eq!(of(1), [1, 2, 4]);
    assert_eq!(of(2), [1, 4], "a manifest of two tags is kept for either");
    assert_eq!(of(3), [1, 4]);
    assert_eq!(of(4), [4]);
}

#[test]
fn what_could_not_be_read_is_doubted() {
    let doubts = |rows: &[Row], used: &[Used]| {
        let found = record(rows, used, 0);
        assert_eq!(
            found.field("complete").unwrap().is_true(),
            found.items_at(&["why"]).is_empty()
        );
        found
            .items_at(&["why"])
            .iter()
            .map(|why| why.text().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut unread = image(1, 1, &["v1"], &[100]);
    unread.children = None;
    let words = "kept or tagged manifests of which it is unknown what they refer to: 1";
    assert_eq!(doubts(&[unread.clone()], &[]), [words]);
    unread.tags.clear();
    assert_eq!(
        doubts(&[unread.clone()], &[]),
        [""; 0],
        "garbage, with all that it refers to"
    );
    assert_eq!(doubts(&[unread], &[running(1)]), [words]);
    // A running index of which the tag has moved on: nobody asked for its children.
    let bare = image(2, 1, &[], &[2]);
    assert_eq!(
        doubts(&[bare], &[running(2)]),
        ["kept manifests without layers, which may refer to others: 1"]
    );
    let mut blobless = image(3, 1, &["v1"], &[]);
    blobless.blobs = None;
    assert_eq!(
        doubts(&[blobless], &[]),
        ["manifests that do not say what they are made of: 1"]
    );
    let mut manifests = manifests(&[image(4, 1, &["v1"], &[100])]);
    manifests.absorb(&Value::from_json_str(r#"{"repository":"web","digest":"sha512:00"}"#).unwrap());
    manifests.absorb(&Value::from_json_str(r#"{"digest":"sha256:00"}"#).unwrap());
    let found = Garbage::of(&manifests, [], 9).record(None, vec!["because".to_owned()]);
    assert_eq!(found.field("unreferencedBytes"), Some(&Value::Null));
    let why: Vec<&str> = found
        .items_at(&["why"])
        .iter()
        .filter_map(ValueExt::text)
        .collect();
    assert_eq!(why, ["because", "manifests with digests that are not SHA-256: 2"]);
}

#[test]
fn of_a_row_that_comes_twice_the_later_one_counts() {
    let rows = [image(1, 1, &["v1"], &[100]), image(1, 2, &["v2"], &[100])];
    let manifests = manifests(&rows);
    assert_eq!(manifests.len(), 1);
    assert_eq!(
        candidates(&Garbage::of(&manifests, &[tag("v1")], 0).record(None, Vec::new())),
        [1]
    );
    assert_eq!(
        candidates(&Garbage::of(&manifests, &[tag("v2")], 0).record(None, Vec::new())),
        [0; 0]
    );
}

/// Digests 0–39 are manifests, 40–79 blobs.
fn any_row() -> impl Strategy<Value = Row> {
    (
        prop::sample::select(vec!["web", "api"]),
        0..40usize,
        prop::option::weighted(0.9, 1..20u8),
        prop::collection::btree_set(0..12u8, 0..3),
        prop::collection::vec(40..80usize, 0..6),
        prop::collection::vec(0..40usize, 0..3),
        any::<bool>(),
    )
        .prop_map(|(repository, digest, day, tags, blobs, children, index)| Row {
            repository: repository.to_owned(),
            digest,
            day,
            tags: tags.iter().map(|tag| format!("t{tag}")).collect(),
            blobs: Some(blobs),
            children: Some(if index { children } else { Vec::new() }),
        })
}

/// A registry: one manifest per repository and digest, one manifest per repository and tag.
fn any_registry() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(any_row(), 0..40).prop_map(|rows| {
        let (mut digests, mut tags) = (HashSet::new(), HashSet::new());
        rows.into_iter()
            .filter(|row| digests.insert((row.repository.clone(), row.digest)))
            .map(|mut row| {
                let repository = row.repository.clone();
                row.tags
                    .retain(|tag| tags.insert((repository.clone(), tag.clone())));
                row
            })
            .collect()
    })
}

fn any_use() -> impl Strategy<Value = Used> {
    prop_oneof![
        (prop::sample::select(vec!["web", "api"]), 0..12u8)
            .prop_map(|(repository, tag)| Used::Tag(repository.to_owned(), format!("t{tag}"))),
        (0..40usize).prop_map(running),
    ]
}

/// KEEP, as it is written down: nothing is counted twice and nothing is fast.
fn kept_by_the_book(rows: &[Row], used: &[Used], newest: usize) -> BTreeSet<(String, usize)> {
    let mut kept = BTreeSet::new();
    for row in rows {
        let in_use = used.iter().any(|used| match used {
            Used::Tag(repository, tag) => *repository == row.repository && row.tags.contains(tag),
            Used::Digest(used) => used.to_string() == digest(row.digest),
        });
        let newer_tags: usize = rows
            .iter()
            .filter(|other| other.repository == row.repository && other.day.is_some())
            .filter(|other| {
                (std::cmp::Reverse(other.day), other.digest) < (std::cmp::Reverse(row.day), row.digest)
            })
            .map(|other| other.tags.len())
            .sum();
        let recent = !row.tags.is_empty() && (row.day.is_none() || newer_tags < newest);
        if in_use || recent {
            kept.insert((row.repository.clone(), row.digest));
        }
    }
    loop {
        let more: Vec<(String, usize)> = rows
            .iter()
            .filter(|row| kept.contains(&(row.repository.clone(), row.digest)))
            .flat_map(|row| {
                row.children
                    .iter()
                    .flatten()
                    .map(|child| (row.repository.clone(), *child))
            })
            .filter(|child| {
                rows.iter()
                    .any(|row| (&row.repository, row.digest) == (&child.0, child.1))
            })
            .filter(|child| !kept.contains(child))
            .collect();
        if more.is_empty() {
            return kept;
        }
        kept.extend(more);
    }
}

proptest! {
    #[test]
    fn garbage_is_all_that_nothing_kept_reaches(
        rows in any_registry(),
        used in prop::collection::vec(any_use(), 0..6),
        newest in 0..6usize,
    ) {
        let kept = kept_by_the_book(&rows, &used, newest);
        let is_kept = |row: &&Row| kept.contains(&(row.repository.clone(), row.digest));
        let blobs = |rows: &mut dyn Iterator<Item = &Row>| -> BTreeMap<usize, usize> {
            rows.flat_map(|row| row.blobs.iter().flatten().map(|blob| (*blob, *blob))).collect()
        };
        let all: usize = blobs(&mut rows.iter()).values().sum();
        let reached: usize = blobs(&mut rows.iter().filter(is_kept)).values().sum();
        let found = record(&rows, &used, newest);
        prop_assert_eq!(number(&found, &["reclaimableBytes"]), i64::try_from(all - reached).unwrap());
        let garbage: BTreeSet<(String, String)> = found
            .items_at(&["candidates"])
            .iter()
            .map(|one| (one.text_at(&["repository"]).unwrap().to_owned(), one.text_at(&["digest"]).unwrap().to_owned()))
            .collect();
        let expected: BTreeSet<(String, String)> = rows
            .iter()
            .filter(|row| !is_kept(row))
            .map(|row| (row.repository.clone(), digest(row.digest)))
            .collect();
        prop_assert_eq!(&garbage, &expected);
        for parent in rows.iter().filter(is_kept) {
            for child in parent.children.iter().flatten() {
                prop_assert!(!garbage.contains(&(parent.repository.clone(), digest(*child))));
            }
        }
        let sum: i64 = found.items_at(&["candidates"]).iter().map(|one| number(one, &["bytes"])).sum();
        prop_assert_eq!(sum, number(&found, &["reclaimableBytes"]));
    }

    #[test]
    fn the_order_of_reading_does_not_matter(
        (rows, shuffled) in any_registry().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        used in prop::collection::vec(any_use(), 0..6),
        newest in 0..6usize,
    ) {
        prop_assert_eq!(record(&rows, &used, newest), record(&shuffled, &used, newest));
    }
}
