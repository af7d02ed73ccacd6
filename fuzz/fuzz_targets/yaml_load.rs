//! Any bytes: decode, split, load, locate. The invariants are in `envcheck_core::yaml`'s own tests as well, which
//! replay the seeds.
#![no_main]

use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::{Limits, SpanTree, decode, load_part, looks_like_template, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = decode("fuzz", bytes) else {
        return;
    };
    let _ = looks_like_template(&source.text);
    let limits = Limits {
        alias_nodes: 10_000,
        ..Limits::default()
    };
    let mut end = 0;
    for part in split(&source) {
        assert!(part.range.start >= end, "parts overlap");
        end = part.range.end;
        assert!(source.text.get(part.range.clone()).is_some(), "part out of bounds");
        let loaded = load_part(&source, &part, &limits);
        let again = load_part(&source, &part, &limits);
        match (loaded, again) {
            (Ok(Some(first)), Ok(Some(second))) => {
                assert_eq!(first.value, second.value, "not deterministic");
                let spans = first.spans();
                let mut path = Vec::new();
                walk(&first.value, &spans, &mut path, &mut 500);
                for comment in first.comments() {
                    assert!(source.text.get(comment.span).is_some(), "comment out of bounds");
                }
            }
            (Ok(None), Ok(None)) => {}
            (Err(first), Err(second)) => {
                assert_eq!(first, second, "not deterministic");
                for place in first.place.iter().chain(first.related.iter().map(|(place, _)| place)) {
                    assert!(place.source.text.get(place.span.clone()).is_some(), "{first}");
                }
            }
            _ => panic!("not deterministic"),
        }
    }
});

/// Every path of the value has its place, and a key where it ends in one.
fn walk(value: &Value, spans: &SpanTree, path: &mut Vec<PathElement>, budget: &mut usize) {
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    let here = FieldPath(path.clone());
    let place = spans.locate(&here);
    assert!(place.source.text.get(place.span).is_some(), "{here} out of bounds");
    let key = spans.locate_key(&here);
    assert_eq!(key.is_some(), matches!(path.last(), Some(PathElement::Key(_))), "{here}");
    for (key, member) in value.members() {
        path.push(PathElement::Key(key.to_owned()));
        walk(member, spans, path, budget);
        path.pop();
    }
    for (index, item) in value.items().iter().enumerate() {
        path.push(PathElement::Index(index));
        walk(item, spans, path, budget);
        path.pop();
    }
}
