//! What holds for every text and every value.

use super::super::{Document, Limits, decode, documents, load_part, looks_like_template, split};
use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, SourceText};
use crate::value::{Value, ValueExt, array, object};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::sync::Arc;

/// Texts that people and machines put into manifests, and anything else.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[a-zA-Z0-9 .:#'\"{}\\[\\]|>&*!%@`,~_/\\\\-]{0,12}",
        "[-+.0-9a-fxoyn_:]{1,8}",
        prop::sample::select(vec![
            "y", "no", "null", "~", "<<", "---", "...", "", "0777", "1e3", ".inf"
        ])
        .prop_map(str::to_owned),
        "[ -~\u{A0}-\u{2FF}\n\t]{0,12}",
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(|float: f64| Value::from(float)),
        words().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(array),
            prop::collection::vec((words(), inner), 0..5).prop_map(object),
        ]
    })
}

/// Block style YAML, all texts in double quotes as JSON writes them.
fn block(value: &Value, indentation: usize, out: &mut String) {
    let pad = " ".repeat(indentation);
    match value {
        Value::Object(_) if value.members().next().is_some() => {
            for (key, member) in value.members() {
                write!(out, "\n{pad}{}:", Value::from(key)).unwrap();
                block(member, indentation + 2, out);
            }
        }
        Value::Array(_) if !value.items().is_empty() => {
            for item in value.items() {
                write!(out, "\n{pad}-").unwrap();
                block(item, indentation + 1, out);
            }
        }
        other => write!(out, " {other}").unwrap(),
    }
}

fn first(text: &str) -> Result<Option<Document>, Diagnostic> {
    let source = SourceText::new("x", text);
    documents(&source, &Limits::default()).next().transpose()
}

fn value(text: &str) -> Result<Value, TestCaseError> {
    match first(text) {
        Ok(document) => Ok(document.map_or(Value::Null, |document| document.value)),
        Err(problem) => Err(TestCaseError::fail(format!("{problem} in {text:?}"))),
    }
}

/// Every path of `value` has its place, and a key where it ends in one.
fn everything_has_a_place(document: &Document) {
    let spans = document.spans();
    let mut open = vec![(Vec::new(), &document.value)];
    while let Some((elements, value)) = open.pop() {
        let path = FieldPath(elements.clone());
        let place = spans.locate(&path);
        let range = &document.range;
        assert!(place.source.text.get(place.span.clone()).is_some(), "{path}");
        assert!(
            range.start <= place.span.start && place.span.end <= range.end,
            "{path}"
        );
        let key = matches!(elements.last(), Some(PathElement::Key(_)));
        assert_eq!(spans.locate_key(&path).is_some(), key, "{path}");
        let below = |element| [&elements[..], &[element]].concat();
        open.extend(
            value
                .members()
                .map(|(key, member)| (below(PathElement::Key(key.to_owned())), member)),
        );
        open.extend(
            value
                .items()
                .iter()
                .enumerate()
                .map(|(index, item)| (below(PathElement::Index(index)), item)),
        );
    }
}

/// What must hold for any bytes; the fuzzer's target does the same.
fn holds(bytes: &[u8]) {
    let source: Arc<SourceText> = match decode("x", bytes) {
        Ok(source) => source,
        Err(problem) => return in_bounds(&problem),
    };
    let _ = looks_like_template(&source.text);
    let limits = Limits {
        alias_nodes: 10_000,
        ..Limits::default()
    };
    let mut end = 0;
    for part in split(&source) {
        assert!(part.range.start >= end);
        end = part.range.end;
        let loaded = load_part(&source, &part, &limits);
        let again = load_part(&source, &part, &limits);
        match (loaded, again) {
            (Ok(Some(first)), Ok(Some(second))) => {
                assert_eq!(first.value, second.value);
                everything_has_a_place(&first);
                assert!(
                    first
                        .comments()
                        .iter()
                        .all(|comment| source.text.get(comment.span.clone()).is_some())
                );
            }
            (Ok(None), Ok(None)) => {}
            (Err(first), Err(second)) => {
                in_bounds(&first);
                assert_eq!(first, second);
            }
            _ => panic!("not deterministic"),
        }
    }
}

fn in_bounds(problem: &Diagnostic) {
    let places = problem
        .place
        .iter()
        .chain(problem.related.iter().map(|(place, _)| place));
    for place in places {
        assert!(place.source.text.get(place.span.clone()).is_some(), "{problem}");
    }
    assert!(
        !problem.message.contains('\n') && !problem.message.ends_with('.'),
        "{problem}"
    );
}

#[test]
fn fuzz_seeds_hold() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/yaml_load");
    let mut count = 0;
    for entry in std::fs::read_dir(seeds).unwrap() {
        holds(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 20, "{count} seeds");
}

proptest! {
    #[test]
    fn json_loads_back_equal(original in values()) {
        prop_assert_eq!(value(&original.to_string())?, original);
    }

    #[test]
    fn flow_yaml_loads_back_equal(original in values()) {
        // In a list after a document mark it is YAML to the loader, not JSON.
        let text = format!("--- {original}\n");
        prop_assert_eq!(value(&text)?, original);
    }

    #[test]
    fn block_yaml_loads_back_equal(original in values()) {
        let mut text = "---".to_owned();
        block(&original, 0, &mut text);
        prop_assert_eq!(value(&text)?, original);
    }

    #[test]
    fn everything_loaded_has_a_place(original in values()) {
        let mut text = String::new();
        block(&original, 0, &mut text);
        for text in [text, original.to_string()] {
            if let Ok(Some(document)) = first(&text) {
                everything_has_a_place(&document);
            }
        }
    }

    #[test]
    fn streams_load_as_their_documents_do(originals in prop::collection::vec(values(), 0..5)) {
        let mut text = String::new();
        for original in &originals {
            text.push_str("---");
            block(original, 0, &mut text);
            text.push('\n');
        }
        let source = SourceText::new("x", text);
        let loaded: Vec<(usize, Value)> = documents(&source, &Limits::default())
            .map(|document| document.map(|document| (document.index, document.value)))
            .collect::<Result<_, _>>()
            .unwrap();
        let expected: Vec<(usize, Value)> =
            originals.into_iter().enumerate().filter(|(_, value)| *value != Value::Null).collect();
        prop_assert_eq!(loaded, expected);
    }

    #[test]
    fn any_text_holds(text in "[a-c0-1 \n\t:&*!|>{}\\[\\],'\"#%?<.~-]{0,60}") {
        holds(text.as_bytes());
    }

    #[test]
    fn any_manifest_like_text_holds(lines in prop::collection::vec("( {0,4})(- )?([a-b<]{1,2}: ?)?(&a |\\*a|[|>]|\\[|\\]|\\{|\\}|'|\"|!!str |---|1|x){0,2}( #c)?", 0..12)) {
        holds(lines.join("\n").as_bytes());
    }

    #[test]
    fn any_bytes_hold(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        holds(&bytes);
    }
}
