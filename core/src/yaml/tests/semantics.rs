//! What texts mean, row by row of the design's section "YAML as Kubernetes reads it".

use super::super::{Limits, decode, documents, load_part, split};
use super::{all, load};
use crate::source::{Position, SourceText};
use crate::value::{Value, ValueExt};
use rstest::rstest;

fn json(text: &str) -> Value {
    Value::from_json_str(text).unwrap()
}

#[rstest]
#[case::booleans("[y, Y, yes, on, n, no, off]", "[true,true,true,true,false,false,false]")]
#[case::not_booleans("['y', yEs, oN, \"no\", nO]", r#"["y","yEs","oN","no","nO"]"#)]
#[case::nulls(
    "{a: ~, b: null, c: Null, d: NULL, e: , f: nULL}",
    r#"{"a":null,"b":null,"c":null,"d":null,"e":null,"f":"nULL"}"#
)]
#[case::octal("[0777, 0o777, -0777, 0999]", "[511,511,-511,999]")]
#[case::bases("[0x1F, 0b11, -0b11, 1_000, 0x_1f]", "[31,3,-3,1000,31]")]
#[case::floats("[.5, 1e3, 1., 1.5_0, -.5, 1e21]", "[0.5,1000,1,1.5,-0.5,1e21]")]
#[case::almost_numbers("[1.2.3, 1e, 0x, '1', 100m, 1Gi]", r#"["1.2.3","1e","0x","1","100m","1Gi"]"#)]
#[case::sexagesimals("[12:30:45, '1:20']", r#"["12:30:45","1:20"]"#)]
#[case::timestamps(
    "[2001-12-14, 2001-12-14T21:59:43Z]",
    r#"["2001-12-14","2001-12-14T21:59:43Z"]"#
)]
#[case::tags(
    "[!Foo 12, !!str 12, !!int '12', !!binary aGk=, !x {a: 1}]",
    r#"["12","12",12,"hi",{"a":1}]"#
)]
#[case::keys(
    "{1: a, true: b, y_: c, 1.5: d, 0x10: e}",
    r#"{"1":"a","true":"b","y_":"c","1.5":"d","16":"e"}"#
)]
#[case::block_scalars("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n", r#"{"a":"x\n y\n","b":"x y"}"#)]
#[case::no_final_newline("a: |\n  x", r#"{"a":"x"}"#)]
#[case::carriage_returns("a: 1\r\nb:\r\n- x\r\n", r#"{"a":1,"b":["x"]}"#)]
#[case::merge(
    "a: &a {x: 1, z: 2}\nb:\n  <<: *a\n  z: 3",
    r#"{"a":{"x":1,"z":2},"b":{"x":1,"z":3}}"#
)]
#[case::merge_list("<<: [{x: 1}, {x: 2, z: 2}]\nw: 3", r#"{"x":1,"z":2,"w":3}"#)]
#[case::late_merge("x: 1\n<<: {x: 2}", r#"{"x":2}"#)]
#[case::aliases("a: &a [1]\nb: *a", r#"{"a":[1],"b":[1]}"#)]
fn texts_mean_what_kubectl_makes_of_them(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(load(text).unwrap(), json(expected));
}

#[rstest]
#[case("18446744073709551615")]
#[case("18446744073709551616")]
#[case("-170141183460469231731687303715884105728123")]
fn big_integers_keep_their_digits(#[case] digits: &str) {
    let exact = Value::from_numeric_string(digits).unwrap();
    assert_eq!(load(&format!("a: {digits}")).unwrap().field("a"), Some(&exact));
    assert_eq!(
        load(&format!(r#"{{"a": {digits}}}"#)).unwrap().field("a"),
        Some(&exact)
    );
}

#[test]
fn empty_documents_are_skipped_and_counted() {
    let text = "# head\n---\na: 1\n---\n# nothing\n---\nnull\n...\n---\nb: 2\n";
    let indexes: Vec<_> = all(text).unwrap().iter().map(|document| document.index).collect();
    assert_eq!(indexes, [0, 3]);
}

#[rstest]
#[case("", &[])]
#[case("# only a comment\n", &[])]
#[case("a: 1", &["a: 1"])]
#[case("a: 1\n---\nb: 2\n", &["a: 1\n", "---\nb: 2\n"])]
#[case("---\na: 1\n...\n# between\n---\nb: 2", &["---\na: 1\n...\n", "# between\n---\nb: 2"])]
#[case("%YAML 1.1\n---\na: 1\n", &["%YAML 1.1\n---\na: 1\n"])]
#[case("a: |\n  ---\n  x\n--- # two\nb: 1\n---x: 2\n", &["a: |\n  ---\n  x\n", "--- # two\nb: 1\n---x: 2\n"])]
#[case("a: 1\r\n---\r\nb: 2\r\n", &["a: 1\r\n", "---\r\nb: 2\r\n"])]
#[case("{\"a\": 1}\n{\"b\": 2}\n", &["{\"a\": 1}", "\n{\"b\": 2}\n"])]
#[case("{\"a\": 1}{}", &["{\"a\": 1}", "{}"])]
#[case("{\"a\": 1}\nx", &["{\"a\": 1}\nx"])]
fn streams_are_split_at_marks(#[case] text: &str, #[case] expected: &[&str]) {
    let source = SourceText::new("test.yaml", text);
    let parts = split(&source);
    let texts: Vec<_> = parts.iter().map(|part| &text[part.range.clone()]).collect();
    assert_eq!(texts, expected);
    assert!(parts.iter().enumerate().all(|(index, part)| index == part.index));
}

#[test]
fn json_streams_are_documents() {
    let values: Vec<_> = all("{\"a\": 1}\n{\"b\":\t[2]}\n").unwrap();
    assert_eq!(values.len(), 2);
    assert_eq!(values[1].value, json(r#"{"b":[2]}"#));
}

#[test]
fn a_broken_document_hides_no_other() {
    let source = SourceText::new("test.yaml", "a: 1\n---\nb: 'x\n---\nc: 3\n");
    let results: Vec<_> = documents(&source, &Limits::default()).collect();
    assert_eq!(results.len(), 3);
    assert_eq!(
        results[1].as_ref().unwrap_err().one_line(),
        "test.yaml:3:4: a quote opened here is never closed"
    );
    let last = results[2].as_ref().unwrap();
    assert_eq!((last.index, &last.value), (2, &json(r#"{"c":3}"#)));
}

#[rstest]
#[case::plain(b"a: \xC3\xA9", "a: \u{e9}")]
#[case::marked(b"\xEF\xBB\xBFa: 1", "a: 1")]
#[case::little(b"\xFF\xFEa\0:\0 \0\x3D\xD8\x00\xDE", "a: \u{1F600}")]
#[case::big(b"\xFE\xFF\0a\0:\0 \0\xE9", "a: \u{e9}")]
#[case::nothing(b"", "")]
fn encodings_become_text(#[case] bytes: &[u8], #[case] expected: &str) {
    assert_eq!(decode("x", bytes).unwrap().text, expected);
}

#[rstest]
#[case(b"a: 1\nb: \xFFx", "x.yaml:2:4: the byte 0xFF is not valid UTF-8")]
#[case(b"a: 1\n\xC3\xA9\0", "x.yaml:2:2: a NUL byte in the text")]
#[case(b"\x7FELF\0\0\0\0\0\0", "x.yaml:1:5: a NUL byte in the text")]
#[case(b"\xFF\xFEa\0\0\xD8a\0", "x.yaml:1:2: half a UTF-16 surrogate pair")]
#[case(b"\xFF\xFEa", "x.yaml:1:1: the UTF-16 text ends with half a character")]
#[case(b"\xFE\xFF\0\0", "x.yaml:1:1: a NUL character in the text")]
fn broken_encodings_are_named(#[case] bytes: &[u8], #[case] expected: &str) {
    assert_eq!(decode("x.yaml", bytes).unwrap_err().one_line(), expected);
}

#[test]
fn limits_hold() {
    let source = SourceText::new("test.yaml", "a: [[1]]");
    let part = &split(&source)[0];
    let tight = |limits: Limits| load_part(&source, part, &limits).unwrap_err().one_line();
    let usual = Limits::default();
    assert_eq!(
        tight(Limits { nesting: 2, ..usual }),
        "test.yaml:1:5: more than 2 levels of nesting"
    );
    assert_eq!(
        tight(Limits { bytes: 7, ..usual }),
        "test.yaml:1:1: the document is 8 bytes long, more than the 7 allowed"
    );
}

#[test]
fn comments_have_places() {
    let source = SourceText::new("x", "# head\n---\n# envcheck: ok\na: 1 #  why\nb: 'x # y'\n");
    let document = documents(&source, &Limits::default()).next().unwrap().unwrap();
    let comments: Vec<_> = document
        .comments()
        .into_iter()
        .map(|comment| (comment.text, source.position(comment.span.start), comment.alone))
        .collect();
    let at = |line, column| Position { line, column };
    assert_eq!(
        comments,
        [
            ("head".to_owned(), at(1, 1), true),
            ("envcheck: ok".to_owned(), at(3, 1), true),
            ("why".to_owned(), at(4, 6), false),
        ]
    );
}
