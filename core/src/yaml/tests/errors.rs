//! What people are told, and that hostile texts cost little and break nothing.

use super::super::{Limits, documents, looks_like_template};
use super::{all, load};
use crate::source::SourceText;
use rstest::rstest;
use std::time::{Duration, Instant};

#[rstest]
#[case(
    "a:\n\tb: 1",
    "2:1: a tab stands in the indentation",
    "tabs cannot indent YAML; use spaces"
)]
#[case(
    "\ta: 1",
    "1:1: a tab stands in the indentation",
    "tabs cannot indent YAML; use spaces"
)]
#[case(
    "a:\n  b: 1\n\tc: 1",
    "3:1: a tab stands in the indentation",
    "tabs cannot indent YAML; use spaces"
)]
#[case(
    "a:\n  - b: 1\n \t c: 1",
    "3:2: a tab stands in the indentation",
    "tabs cannot indent YAML; use spaces"
)]
#[case(
    "a:\n  b: 1\n \u{3000}c: 1\n  d: 1",
    "3:2: an ideographic space stands in the indentation",
    "only plain spaces"
)]
#[case("a: 'x\nb: 1", "1:4: a quote opened here is never closed", "close it")]
#[case("a: \"x", "1:4: a quote opened here is never closed", "close it")]
#[case("a: [1, 2\nb: 3", "2:2: a `:` cannot stand here", "close the bracket")]
#[case("a: [1, 2", "1:4: the `[` opened here is never closed", "close it")]
#[case("a: {b: 1", "1:4: the `{` opened here is never closed", "close it")]
#[case("a: ]", "1:4: this bracket closes nothing", "quotes")]
#[case("a: [1}", "1:4: `[` is closed by `}`", "own kind")]
#[case("a: b: c", "1:5: a `key: value` cannot begin here", "in quotes")]
#[case("a: 1\n b: 2", "2:3: a `key: value` cannot begin here", "same column")]
#[case("a: 1\nb", "2:1: a key without `: ` after it", "key: value")]
#[case("a: 'b' c", "1:8: text after the closing quote", "inside")]
#[case("a: - b", "1:4: a list item cannot begin here", "line of its own")]
#[case(
    "a: *x",
    "1:4: no anchor of this name stands before this alias in the document",
    "in quotes"
)]
#[case("a: @x", "1:4: the character `@` cannot begin a value", "in quotes")]
#[case("a: \"\\z\"", "1:4: an unknown escape in double quotes", "backslash")]
#[case(
    "%",
    "1:2: a line that begins with `%` is a directive, and this is none",
    "in quotes"
)]
#[case("a: .inf", "1:4: `.inf` is not a number that JSON knows", "in quotes")]
#[case("[a]: b", "1:1: a mapping or list cannot be a key", "in quotes")]
#[case("~: b", "1:1: null cannot be a key", "in quotes")]
#[case(
    "<<: 1",
    "1:5: `<<` merges a mapping or a list of mappings, and this is neither",
    ""
)]
#[case("a: &a [*a]", "1:8: the anchor a contains itself", "once")]
#[case("a: !!int x", "1:10: this is text, not the !!int it is tagged as", "")]
#[case(
    "a: \u{7}",
    "1:4: the control character U+0007 is not allowed in YAML",
    "escape"
)]
#[case(
    "a: 1 # x\u{2028}b: 2",
    "1:9: the control character U+2028 is not allowed in YAML",
    "escape"
)]
#[case(
    "image: {{ .Values.image }}",
    "1:9: a mapping or list cannot be a key",
    "this looks like a Helm template; render it with `helm template`"
)]
#[case(
    "{{- if .Values.x }}\na: 1\n{{- end }}",
    "1:3: ",
    "this looks like a Helm template; render it with `helm template`"
)]
fn problems_say_what_to_mend(#[case] text: &str, #[case] message: &str, #[case] hint: &str) {
    let problem = load(text).unwrap_err();
    let line = problem.one_line();
    let line = line.strip_prefix("test.yaml:").unwrap();
    assert!(line.starts_with(message), "{line}");
    assert!(problem.hint.unwrap_or_default().contains(hint));
}

#[test]
fn a_key_that_stands_twice_names_both_places() {
    for text in [
        "image: a\nname: b\nimage: c\n",
        r#"{"image": "a", "name": "b", "image": "c"}"#,
    ] {
        let problem = load(text).unwrap_err();
        assert_eq!(problem.message, "the key image stands twice in this mapping");
        let (first, words) = problem.related.unwrap();
        assert_eq!(words, "first here");
        let second = problem.place.unwrap();
        assert!(text[first.span.clone()].contains("image") && first.span.end < second.span.start);
    }
    // The way for many keys is another one.
    let mut text: String = lines(40, |key| format!("k{key}: 1\n"));
    text.push_str("k7: 2\n");
    let problem = load(&text).unwrap_err();
    assert_eq!(
        problem.one_line(),
        "test.yaml:41:1: the key k7 stands twice in this mapping"
    );
    assert_eq!(problem.related.unwrap().0.start().line, 8);
}

/// All of them take less than a second; quadratic time at these sizes is minutes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The lines that `line` makes of the numbers below `count`.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0..count {
        text += &line(number);
    }
    text
}

/// Nine levels of nine aliases each.
fn bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    text += &lines(9, |level| {
        let aliases = vec![format!("*a{level}"); 9].join(", ");
        format!("a{0}: &a{0} [{aliases}]\n", level + 1)
    });
    text
}

#[test]
fn an_alias_bomb_is_named_quickly() {
    let started = Instant::now();
    let problem = load(&bomb()).unwrap_err();
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        problem.one_line(),
        "test.yaml:7:10: aliases blow the document up past 1000000 values"
    );
    assert_eq!(problem.related.unwrap().0.start().line, 6);
}

#[rstest]
#[case::brackets("[".repeat(100_000))]
#[case::braces("{".repeat(100_000))]
#[case::json_objects("{\"a\":".repeat(100_000))]
#[case::lists("- ".repeat(100_000))]
#[case::explicit_keys("? ".repeat(100_000))]
#[case::indentation(lines(2_000, |level| format!("{}a:\n", " ".repeat(level))))]
#[case::anchored_depth("a0: &a0 x\n".to_owned() + &lines(3_000, |n| format!("b{n}: &a{} [*a{n}]\n", n + 1)))]
#[case::unclosed_quote(format!("a: \"{}", "x ".repeat(500_000)))]
#[case::quotes("'".repeat(100_001))]
#[case::percent("%".to_owned())]
#[case::percents("%\n".repeat(10_000))]
#[case::anchors("&a ".repeat(10_000))]
#[case::tags("!!str ".repeat(10_000))]
#[case::colons(":".repeat(100_000))]
#[case::questions("?\n".repeat(100_000))]
#[case::question_marks("a: 1\n? ".repeat(10_000))]
#[case::commas(format!("[{}]", ",".repeat(100_000)))]
#[case::stars("*".repeat(100_000))]
#[case::merges(format!("a: &a {{b: 1}}\nc: {{{}}}", "<<: *a, ".repeat(100_000) + "<<: 1"))]
#[case::long_line(format!("a: {}\nb: [", "x".repeat(5_000_000)))]
#[case::long_key(format!("{}: 1", "x".repeat(5_000_000)))]
#[case::marks("---\n".repeat(50_000) + "[")]
#[case::spaces(" ".repeat(1_000_000) + "[")]
#[case::lines("\n".repeat(1_000_000) + "[")]
#[case::comments("# x\n".repeat(100_000) + "[")]
#[case::tabs("\t".repeat(1_000_000) + "a: 1")]
#[case::block_header("a: |".to_owned() + &"9".repeat(100_000))]
#[case::json_stream("{}".repeat(100_000) + "{")]
#[case::templates("{{ ".repeat(100_000))]
fn hostile_texts_are_refused_quickly(#[case] text: String) {
    let started = Instant::now();
    assert!(all(&text).is_err());
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[rstest]
#[case::long_scalar(format!("a: {}", "x".repeat(10_000_000)))]
#[case::long_list(format!("[{}1]", "1, ".repeat(300_000)))]
#[case::long_json(format!("{{\"a\": [{}1]}}", "{\"b\": \"\\u00e9\"},".repeat(100_000)))]
#[case::many_keys(lines(50_000, |key| format!("k{key}: 1\n")))]
#[case::many_documents(lines(20_000, |key| format!("---\na: {key}\n")))]
#[case::many_anchors(lines(50_000, |key| format!("k{key}: &a{key} 1\n")))]
#[case::commented("a: 1 # x\n".to_owned() + &"# x\n".repeat(200_000))]
#[case::blank("a: |\n  x\n".to_owned() + &"\n".repeat(1_000_000))]
fn large_texts_load_in_linear_time(#[case] text: String) {
    let started = Instant::now();
    let source = SourceText::new("x", text);
    for document in documents(&source, &Limits::default()).take(3) {
        drop(document.unwrap().spans());
    }
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[rstest]
#[case("image: {{ .Values.image }}\n", Some("{{ .Values.image }}"))]
#[case("{{- if .x }}\na: 1\n", Some("{{- if .x }}"))]
#[case("a: b-{{ .x }}", Some("{{ .x }}"))]
#[case("a: \"{{ .x }}\"", None)]
#[case("a: '{{ .x }}' # {{ y }}", None)]
#[case("a: |\n  {{ .x }}\nb: 1\n", None)]
#[case("a: it's {{ .x }}", Some("{{ .x }}"))]
#[case("a: {b: {c: 1}}", None)]
fn templates_are_recognised(#[case] text: &str, #[case] expected: Option<&str>) {
    assert_eq!(looks_like_template(text).map(|range| &text[range]), expected);
}
