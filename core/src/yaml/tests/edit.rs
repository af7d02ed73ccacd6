//! Edits case by case: the text before, the operations, the text after.

use super::super::edit::{Cannot, edit, reference};
use super::all;
use crate::value::patch::{Operation, OperationKind};
use crate::value::{Value, ValueExt};
use rstest::rstest;

/// Operations from their JSON form.
pub(super) fn changes(patch: &str) -> Vec<Operation> {
    let unescaped = |segment: &str| segment.replace("~1", "/").replace("~0", "~");
    let change = |operation: &Value| Operation {
        from: None,
        kind: match operation.text_at(&["op"]).unwrap() {
            "add" => OperationKind::Add,
            "replace" => OperationKind::Replace,
            "remove" => OperationKind::Remove,
            _ => OperationKind::Test,
        },
        path: operation
            .text_at(&["path"])
            .unwrap()
            .split('/')
            .skip(1)
            .map(unescaped)
            .collect(),
        value: operation.field("value").cloned(),
    };
    Value::from_json_str(patch)
        .unwrap()
        .items()
        .iter()
        .map(change)
        .collect()
}

const CONTESTED: &str = "x in line 3 stands above a merge key (`<<`) that brings it too, and kubectl and Kustomize read that differently: take one of the two away";

fn edited(text: &str, index: usize, patch: &str) -> Result<String, Cannot> {
    edit(&all(text).unwrap()[index], &changes(patch))
}

fn set(path: &str, value: &str) -> String {
    format!(r#"[{{"op":"replace","path":"{path}","value":{value}}}]"#)
}

fn add(path: &str, value: &str) -> String {
    format!(r#"[{{"op":"add","path":"{path}","value":{value}}}]"#)
}

fn remove(path: &str) -> String {
    format!(r#"[{{"op":"remove","path":"{path}"}}]"#)
}

#[rstest]
#[case::plain("a: 1 # c\nb: 2\n", "/a", "3", "a: 3 # c\nb: 2\n")]
#[case::aligned("a:    1\nbcd:  2\n", "/a", "3", "a:    3\nbcd:  2\n")]
#[case::single("a: 'x'\n", "/a", "\"it's\"", "a: 'it''s'\n")]
#[case::double("a: \"x\" # c\n", "/a", "\"q\\\"\"", "a: \"q\\\"\" # c\n")]
#[case::single_to_lines("a: 'x'\n", "/a", "\"1\\n2\"", "a: \"1\\n2\"\n")]
#[case::text_to_number("a: \"80\"\n", "/a", "80", "a: 80\n")]
#[case::a_tag_goes("a: !!str x # c\n", "/a", "[]", "a: [] # c\n")]
#[case::a_tag_above_goes("a: !!str # c\n  x\nb: 1\n", "/a", "[]", "a: # c\n  []\nb: 1\n")]
#[case::a_tag_below_goes("a:\n  !!str\n  x\n", "/a", "{}", "a:\n  {}\n")]
#[case::a_tag_alone_with_a_comment_goes("a:\n  !!str # c\n  x\n", "/a", "\"z\"", "a:\n  # c\n  z\n")]
#[case::a_tag_beside_goes("a:\n  !!str &k x\nb: *k\n", "/a", "\"z\"", "a:\n  &k z\nb: x\n")]
#[case::a_tag_behind_an_anchor_goes("a:\n  &k !!str # c\n  x\n", "/a", "\"z\"", "a:\n  &k # c\n  z\n")]
#[case::plain_stays_plain("a: nginx:1.2\n", "/a", "\"nginx:1.3\"", "a: nginx:1.3\n")]
#[case::y("a: x\n", "/a", "\"y\"", "a: \"y\"\n")]
#[case::on("a: x\n", "/a", "\"on\"", "a: \"on\"\n")]
#[case::underscore("a: x\n", "/a", "\"1_000\"", "a: \"1_000\"\n")]
#[case::octal("a: x\n", "/a", "\"012\"", "a: \"012\"\n")]
#[case::date("a: x\n", "/a", "\"2001-12-14\"", "a: \"2001-12-14\"\n")]
#[case::sexagesimal("a: x\n", "/a", "\"12:30:45\"", "a: \"12:30:45\"\n")]
#[case::empty_text("a: x\n", "/a", "\"\"", "a: \"\"\n")]
#[case::option("a: x\n", "/a", "\"--flag=1\"", "a: --flag=1\n")]
#[case::comment_like("a: x\n", "/a", "\"a #b\"", "a: \"a #b\"\n")]
#[case::quotes_of_the_document("a: x\nb: 'y'\n", "/a", "\"no\"", "a: 'no'\nb: 'y'\n")]
#[case::null_gains_a_value("a:\nb: 1\n", "/a", "2", "a: 2\nb: 1\n")]
#[case::null_with_comment("a: # c\nb: 1\n", "/a", "2", "a: 2 # c\nb: 1\n")]
#[case::to_null("a: 1\n", "/a", "null", "a: null\n")]
#[case::carriage_returns("a: 1\r\nb: 2\r\n", "/b", "3", "a: 1\r\nb: 3\r\n")]
#[case::no_final_newline("a: 1\nb: 2", "/b", "3", "a: 1\nb: 3")]
#[case::byte_order_mark("\u{FEFF}a: 1\n", "/a", "2", "\u{FEFF}a: 2\n")]
#[case::literal(
    "a: |\n    x\n    y\nb: 1\n",
    "/a",
    "\"z\\nw\\n\"",
    "a: |\n    z\n    w\nb: 1\n"
)]
#[case::literal_chomping("a: | # c\n  x\n\nb: 1\n", "/a", "\"z\\nw\"", "a: |- # c\n  z\n  w\n\nb: 1\n")]
#[case::folded("a: >\n  x\n  y\nb: 1\n", "/a", "\"z w\\n\"", "a: >\n  z w\nb: 1\n")]
#[case::literal_to_number("a: |\n  x\nb: 1\n", "/a", "2", "a: 2\nb: 1\n")]
#[case::plain_over_lines("a: x\n  y\nb: 1\n", "/a", "\"z\"", "a: z\nb: 1\n")]
#[case::below_its_key("a: # c\n  \"x\"\nb: 1\n", "/a", "\"z\"", "a: # c\n  \"z\"\nb: 1\n")]
#[case::below_its_key_to_mapping(
    "a: # c\n  x # d\nb: 1\n",
    "/a",
    "{\"k\":1}",
    "a: # c\n  # d\n  k: 1\nb: 1\n"
)]
#[case::anchor_alone("a: &x 1\nb: 2\n", "/a", "3", "a: &x 3\nb: 2\n")]
#[case::tag("a: !!str 12 # c\n", "/a", "13", "a: 13 # c\n")]
#[case::tag_and_anchor("a: !!str &x 12 # c\n", "/a", "13", "a: &x 13 # c\n")]
#[case::in_list("- a\n- b # c\n", "/1", "\"x\"", "- a\n- x # c\n")]
#[case::in_flow("{a: 1, b: [x, 'y']} # c\n", "/b/1", "\"z\"", "{a: 1, b: [x, 'z']} # c\n")]
#[case::in_flow_quoted_when_needed("a: [x]\n", "/a/0", "\"b, c\"", "a: [\"b, c\"]\n")]
#[case::flow_null("{a, b: }\n", "/a", "1", "{a: 1, b: }\n")]
#[case::flow_null_with_colon("{a, b: }\n", "/b", "1", "{a, b: 1 }\n")]
#[case::scalar_to_mapping(
    "a: 1 # c\nb: 2\n",
    "/a",
    r#"{"x":1,"w":[1]}"#,
    "a: # c\n  w:\n    - 1\n  x: 1\nb: 2\n"
)]
#[case::mapping_to_scalar("a: # c\n  x: 1\n  # d\n  y: 2\nb: 2\n", "/a", "3", "a: 3 # c\nb: 2\n")]
#[case::mapping_member_by_member(
    "a:\n  # one\n  x: 1\n  # two\n  w: 2 # z\nb: 2\n",
    "/a",
    r#"{"w":3,"z":4}"#,
    "a:\n  # two\n  w: 3 # z\n  z: 4\nb: 2\n"
)]
#[case::list_by_element(
    "a:\n- x # 1\n- y # 2\n- z # 3\n",
    "/a",
    r#"["x","z"]"#,
    "a:\n- x # 1\n- z # 3\n"
)]
#[case::list_grows(
    "a:\n- x # 1\n- z # 3\n",
    "/a",
    r#"["x","w","z"]"#,
    "a:\n- x # 1\n- w\n- z # 3\n"
)]
#[case::list_item_to_mapping(
    "a:\n- x # 1\n- z\n",
    "/a/0",
    r#"{"k":1,"l":2}"#,
    "a:\n- k: 1 # 1\n  l: 2\n- z\n"
)]
#[case::list_item_from_mapping("a:\n  - k: 1 # 1\n    l: 2\n  - z\n", "/a/0", "\"x\"", "a:\n  - x\n  - z\n")]
#[case::to_empty("a:\n  x: 1\nb: 2\n", "/a", "{}", "a: {}\nb: 2\n")]
#[case::to_empty_list("a:\n- 1\nb: 2\n", "/a", "[]", "a: []\nb: 2\n")]
#[case::numeric_key("80: x\n", "/80", "\"y\"", "80: \"y\"\n")]
#[case::merged_key_is_overridden(
    "a: &a {x: 1}\nb:\n  <<: *a\n  z: 1\n",
    "/b/x",
    "2",
    "a: &a {x: 1}\nb:\n  <<: *a\n  z: 1\n  x: 2\n"
)]
#[case::below_a_merged_key(
    "a: &a\n  x:\n    p: 1\n    q: 2\nb:\n  <<: *a\n",
    "/b/x/p",
    "3",
    "a: &a\n  x:\n    p: 1\n    q: 2\nb:\n  <<: *a\n  x:\n    p: 3\n    q: 2\n"
)]
#[case::one_use_of_an_anchor(
    "a: &a\n  x: 1\nb: *a # c\nc: *a\n",
    "/b/x",
    "2",
    "a: &a\n  x: 1\nb: # c\n  x: 2\nc: *a\n"
)]
#[case::an_alias_itself("a: &a 1\nb: *a\n", "/b", "2", "a: &a 1\nb: 2\n")]
#[case::document_on_the_mark("--- 1 # c\n", "", "2", "--- 2 # c\n")]
#[case::whole_document("# h\na: 1\n...\n", "", r#"{"b":[1]}"#, "# h\nb:\n  - 1\n...\n")]
fn replacing(#[case] before: &str, #[case] path: &str, #[case] value: &str, #[case] after: &str) {
    assert_eq!(edited(before, 0, &set(path, value)).unwrap(), after);
}

#[rstest]
#[case::after_the_last("a: 1\nb: 2 # c\n# end\n", "/x", "3", "a: 1\nb: 2 # c\nx: 3\n# end\n")]
#[case::nested("m:\n    a: 1\nn: 2\n", "/m/x", "3", "m:\n    a: 1\n    x: 3\nn: 2\n")]
#[case::no_final_newline("a: 1", "/x", "3", "a: 1\nx: 3")]
#[case::carriage_returns("a: 1\r\nb: 2\r\n", "/x", r#"{"k":1}"#, "a: 1\r\nb: 2\r\nx:\r\n  k: 1\r\n")]
#[case::carriage_returns_no_final("a: 1\r\nb: 2", "/x", "3", "a: 1\r\nb: 2\r\nx: 3")]
#[case::byte_order_mark("\u{FEFF}a: 1\n", "/x", "3", "\u{FEFF}a: 1\nx: 3\n")]
#[case::after_a_literal("a: |\n  x\n\n\n# c\n", "/x", "3", "a: |\n  x\nx: 3\n\n\n# c\n")]
#[case::after_a_keeping_literal("a: |+\n  x\n\n# c\n", "/x", "3", "a: |+\n  x\n\nx: 3\n# c\n")]
#[case::after_a_null("m:\n  a:\nn: 1\n", "/m/x", "3", "m:\n  a:\n  x: 3\nn: 1\n")]
#[case::after_deep(
    "m:\n  a:\n  - b: [1,\n      2] # c\nn: 1\n",
    "/m/x",
    "3",
    "m:\n  a:\n  - b: [1,\n      2] # c\n  x: 3\nn: 1\n"
)]
#[case::in_a_list_item("l:\n- a: 1\n- b: 2\n", "/l/0/x", "3", "l:\n- a: 1\n  x: 3\n- b: 2\n")]
#[case::exotic_key(
    "labels:\n  a: b\n",
    "/labels/app.kubernetes.io~1name",
    "\"x\"",
    "labels:\n  a: b\n  app.kubernetes.io/name: x\n"
)]
#[case::key_in_quotes("a: 1\n", "/yes", "\"no\"", "a: 1\n\"yes\": \"no\"\n")]
#[case::merge_like_key("a: 1\n", "/<<", "1", "a: 1\n\"<<\": 1\n")]
#[case::lists_indented(
    "l:\n  - 1\n",
    "/x",
    r#"[{"a":1,"b":[2]},[3,4]]"#,
    "l:\n  - 1\nx:\n  - a: 1\n    b:\n      - 2\n  - - 3\n    - 4\n"
)]
#[case::lists_indentless(
    "l:\n- 1\n",
    "/x",
    r#"[{"a":1,"b":[2]}]"#,
    "l:\n- 1\nx:\n- a: 1\n  b:\n  - 2\n"
)]
#[case::lines("a: 1\n", "/x", "\"p\\n  q\\n\"", "a: 1\nx: |\n  p\n    q\n")]
#[case::lines_in_a_list("a:\n- 1\n", "/a/-", "\"p\\nq\"", "a:\n- 1\n- |-\n  p\n  q\n")]
#[case::lines_without_final_newline("a: 1", "/x", "\"p\\nq\\n\"", "a: 1\nx: \"p\\nq\\n\"")]
#[case::to_the_end_of_a_list(
    "l:\n  - 1 # c\n# d\nm: 1\n",
    "/l/-",
    "2",
    "l:\n  - 1 # c\n  - 2\n# d\nm: 1\n"
)]
#[case::first_of_a_list("l:\n  # one\n  - 1\n", "/l/0", "0", "l:\n  - 0\n  # one\n  - 1\n")]
#[case::between("l:\n- 1\n# two\n- 2\n", "/l/1", "{\"a\":1}", "l:\n- 1\n- a: 1\n# two\n- 2\n")]
#[case::first_of_a_nested_list("- - 1\n  - 2\n", "/0/0", "0", "- - 0\n  - 1\n  - 2\n")]
#[case::in_braces(
    "m: {a: 1} # c\n",
    "/m/x",
    "{\"k\":[1,\"y\"]}",
    "m: {a: 1, x: {k: [1, \"y\"]}} # c\n"
)]
#[case::in_quoted_braces("m: {\"a\": 1}\n", "/m/x", "\"y\"", "m: {\"a\": 1, \"x\": \"y\"}\n")]
#[case::in_brackets("m: [a, 'b' ]\n", "/m/1", "\"x\"", "m: [a, x, 'b' ]\n")]
#[case::in_quoted_brackets("m: [\"a\"]\n", "/m/-", "\"x\"", "m: [\"a\", \"x\"]\n")]
#[case::braces_over_lines(
    "m: {\n  a: 1, # c\n  b: 2 # d\n}\n",
    "/m/x",
    "3",
    "m: {\n  a: 1, # c\n  b: 2, # d\n  x: 3\n}\n"
)]
#[case::trailing_comma("m: [\n  a, # c\n]\n", "/m/-", "\"b\"", "m: [\n  a, # c\n  b,\n]\n")]
#[case::to_empty_braces("m: {} # c\nn: 1\n", "/m/x", "3", "m: # c\n  x: 3\nn: 1\n")]
#[case::to_empty_brackets("m: []\n", "/m/-", "3", "m:\n  - 3\n")]
#[case::to_nothing("m: # c\nn: 1\n", "/m/x", "3", "m: # c\n  x: 3\nn: 1\n")]
#[case::to_null("m: null\n", "/m/x", "3", "m:\n  x: 3\n")]
#[case::to_null_list("m: ~\n", "/m/-", "3", "m:\n  - 3\n")]
#[case::to_empty_in_a_list("- {}\n- 1\n", "/0/x", "3", "- x: 3\n- 1\n")]
#[case::existing_is_replaced("a: 1 # c\n", "/a", "2", "a: 2 # c\n")]
#[case::root_braces("{}\n", "/x", "3", "{\"x\": 3}\n")]
#[case::json(
    "{\"a\": 1}\n",
    "/x",
    r#"{"k":[1,"y"]}"#,
    "{\"a\": 1, \"x\": {\"k\": [1, \"y\"]}}\n"
)]
#[case::json_tight("{\"a\":1}", "/x", r#"{"k":[1,"y"]}"#, "{\"a\":1,\"x\":{\"k\":[1,\"y\"]}}")]
#[case::json_on_lines(
    "{\n    \"a\": {},\n    \"b\": 1\n}\n",
    "/x",
    r#"{"k":[1]}"#,
    "{\n    \"a\": {},\n    \"b\": 1,\n    \"x\": {\n        \"k\": [\n            1\n        ]\n    }\n}\n"
)]
#[case::json_empty_on_lines(
    "{\n  \"a\": {},\n  \"b\": 1\n}\n",
    "/a/x",
    "\"y\"",
    "{\n  \"a\": {\n    \"x\": \"y\"\n  },\n  \"b\": 1\n}\n"
)]
#[case::json_tabs("{\n\t\"a\": 1\n}\n", "/x", "2", "{\n\t\"a\": 1,\n\t\"x\": 2\n}\n")]
fn adding(#[case] before: &str, #[case] path: &str, #[case] value: &str, #[case] after: &str) {
    assert_eq!(edited(before, 0, &add(path, value)).unwrap(), after);
}

#[rstest]
#[case::with_comments("a: 1\n# about b\n# more\nb: 2 # c\nc: 3\n", "/b", "a: 1\nc: 3\n")]
#[case::other_comments_stay(
    "a: 1\n# section\n\n# about b\nb: 2\n  # deeper\nc: 3\n",
    "/b",
    "a: 1\n# section\n\n  # deeper\nc: 3\n"
)]
#[case::with_its_value("a:\n  x:\n  - 1\n  - 2\n  y: 1\nb: 2\n", "/a/x", "a:\n  y: 1\nb: 2\n")]
#[case::last_without_final_newline("a: 1\nb: 2", "/b", "a: 1")]
#[case::carriage_returns("a: 1\r\n# b\r\nb: 2\r\nc: 3\r\n", "/b", "a: 1\r\nc: 3\r\n")]
#[case::first_of_a_list_item("- a: 1 # c\n  b: 2\n- x\n", "/0/a", "- b: 2\n- x\n")]
#[case::first_of_a_list_item_comments("- a: 1 # c\n  # about b\n  b: 2\n", "/0/a", "- # about b\n  b: 2\n")]
#[case::becomes_empty("a:\n  # x\n  x: 1\nb: 2\n", "/a/x", "a: {}\nb: 2\n")]
#[case::list_becomes_empty("a:\n- 1 # c\nb: 2\n", "/a/0", "a: []\nb: 2\n")]
#[case::list_item_becomes_empty("- a: 1\n- b\n", "/0/a", "- {}\n- b\n")]
#[case::document_becomes_empty("---\na: 1\n", "/a", "---\n{}\n")]
#[case::element(
    "l:\n  - a: 1\n    b: 2\n  # about c\n  - c: 3\n  - d\n",
    "/l/1",
    "l:\n  - a: 1\n    b: 2\n  - d\n"
)]
#[case::first_element_inline("- - 1\n  - 2\n", "/0/0", "- - 2\n")]
#[case::literal("a: |+\n  x\n\nb: 2\n", "/a", "b: 2\n")]
#[case::in_braces("m: {a: 1, b: 2, c: 3}\n", "/m/b", "m: {a: 1, c: 3}\n")]
#[case::last_in_braces("m: {a: 1, b: 2 }\n", "/m/b", "m: {a: 1 }\n")]
#[case::only_in_braces("m: { a: 1 }\n", "/m/a", "m: {}\n")]
#[case::only_in_brackets("m: [1]\n", "/m/0", "m: []\n")]
#[case::first_in_brackets("m: [1, 2]\n", "/m/0", "m: [2]\n")]
#[case::braces_over_lines(
    "m: {\n  a: 1, # c\n  # about b\n  b: 2 # d\n}\n",
    "/m/b",
    "m: {\n  a: 1 # c\n}\n"
)]
#[case::json("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "/b", "{\n  \"a\": 1\n}\n")]
#[case::explicit_key("? a\n: 1\n? b\n: 2\n", "/a", "? b\n: 2\n")]
#[case::anchor_nobody_uses("a: &x\n  y: 1\nb: 2\n", "/a", "b: 2\n")]
fn removing(#[case] before: &str, #[case] path: &str, #[case] after: &str) {
    assert_eq!(edited(before, 0, &remove(path)).unwrap(), after);
}

#[rstest]
#[case::remove_all_and_add(
    "a:\n  x: 1\n",
    r#"[{"op":"remove","path":"/a/x"},{"op":"add","path":"/a/w","value":2}]"#,
    "a:\n  w: 2\n"
)]
#[case::remove_last_and_add(
    "a:\n  x: 1\n  w: 2",
    r#"[{"op":"remove","path":"/a/w"},{"op":"add","path":"/a/z","value":3}]"#,
    "a:\n  x: 1\n  z: 3"
)]
#[case::remove_and_add_again(
    "x: 1 # c\ny: 2\n",
    r#"[{"op":"remove","path":"/x"},{"op":"add","path":"/x","value":3}]"#,
    "x: 3 # c\ny: 2\n"
)]
#[case::inside_what_was_added("a: 1\n", r#"[{"op":"add","path":"/b","value":{}},{"op":"add","path":"/b/c","value":{"d":1}},{"op":"replace","path":"/b/c/d","value":2}]"#, "a: 1\nb:\n  c:\n    d: 2\n")]
#[case::inner_and_outer_end("a:\n  l:\n  - 1\n", r#"[{"op":"add","path":"/b","value":1},{"op":"add","path":"/a/c","value":2},{"op":"add","path":"/a/l/-","value":3}]"#, "a:\n  l:\n  - 1\n  - 3\n  c: 2\nb: 1\n")]
#[case::first_two_of_an_item(
    "- a: 1\n  b: 2\n  c: 3\n",
    r#"[{"op":"remove","path":"/0/a"},{"op":"remove","path":"/0/b"}]"#,
    "- c: 3\n"
)]
#[case::last_two(
    "a: 1\nb: 2\nc: 3",
    r#"[{"op":"remove","path":"/b"},{"op":"remove","path":"/c"}]"#,
    "a: 1"
)]
#[case::all_users_of_an_anchor(
    "a: &a\n  x: 1 # c\nb: *a\n",
    r#"[{"op":"replace","path":"/a/x","value":2},{"op":"replace","path":"/b/x","value":2}]"#,
    "a: &a\n  x: 2 # c\nb: *a\n"
)]
#[case::all_users_grow(
    "a: &a [1]\nb: *a\n",
    r#"[{"op":"add","path":"/a/-","value":2},{"op":"add","path":"/b/-","value":2}]"#,
    "a: &a [1, 2]\nb: *a\n"
)]
#[case::users_apart(
    "a: &a\n  x: 1\nb: *a\n",
    r#"[{"op":"replace","path":"/a/x","value":2},{"op":"replace","path":"/b/x","value":3}]"#,
    "a: &a\n  x: 2\nb:\n  x: 3\n"
)]
#[case::an_anchor_alone(
    "a: &a 1 # c\nb: *a # d\nc: [*a, 2]\n",
    &set("/a", "2"),
    "a: &a 2 # c\nb: 1 # d\nc: [1, 2]\n"
)]
#[case::inside_an_anchor(
    "a: &a\n  x: 1 # c\n  v: [&z p]\nb: *a\nc:\n- *a\n- *z\n",
    &set("/a/x", "2"),
    "a: &a\n  x: 2 # c\n  v: [&z p]\nb:\n  v:\n  - p\n  x: 1\nc:\n- v:\n  - p\n  x: 1\n- *z\n"
)]
#[case::an_anchor_goes("a: &a 1\nb: *a\n", &remove("/a"), "b: 1\n")]
#[case::a_text_stays_a_text("a: &a \"8080\"\nb: *a\n", &set("/a", "\"9090\""), "a: &a \"9090\"\nb: \"8080\"\n")]
#[case::an_anchor_and_one_user(
    "a: &a 1\nb: *a\nc: *a\n",
    r#"[{"op":"replace","path":"/a","value":2},{"op":"replace","path":"/b","value":2}]"#,
    "a: &a 2\nb: 2\nc: 1\n"
)]
#[case::a_merged_member(
    "a: &a\n  x: 1\n  y: 2\nb:\n  <<: *a\n  z: 3\nc:\n  <<: [*a]\n  x: 4\n",
    &set("/a/x", "2"),
    "a: &a\n  x: 2\n  y: 2\nb:\n  <<: *a\n  z: 3\n  x: 1\nc:\n  <<: [*a]\n  x: 4\n"
)]
#[case::a_merged_member_goes(
    "a: &a {x: {p: 1}, y: 2}\nb: {<<: *a}\n",
    &remove("/a/x"),
    "a: &a {y: 2}\nb: {<<: *a, x: {p: 1}}\n"
)]
#[case::deep_in_a_merged_member(
    "a: &a\n  x:\n    p: 1\n    q: 2\nb:\n  <<: *a\n",
    &set("/a/x/p", "3"),
    "a: &a\n  x:\n    p: 3\n    q: 2\nb:\n  <<: *a\n  x:\n    p: 1\n    q: 2\n"
)]
#[case::merged_twice(
    "a: &a\n  x: 1\nb: &b\n  <<: *a\nc:\n  <<: *b\n",
    &set("/a/x", "2"),
    "a: &a\n  x: 2\nb: &b\n  <<: *a\n  x: 1\nc:\n  <<: *b\n"
)]
#[case::a_user_in_a_user(
    "a: &a 1\nb: &b\n  k: *a\nc: *b\n",
    &set("/a", "2"),
    "a: &a 2\nb: &b\n  k: 1\nc: *b\n"
)]
#[case::an_anchor_that_is_a_key(
    "a: &a x\n*a : 1 # c\nb: {*a : 2}\n",
    &set("/a", "\"z\""),
    "a: &a z\nx : 1 # c\nb: {x : 2}\n"
)]
#[case::an_anchor_that_is_a_key_and_goes("l: [&a \"08\", &b u]\nm:\n  *a : 1\n  *b : 2\n", &remove("/l"), "m:\n  \"08\" : 1\n  u : 2\n")]
#[case::a_merged_mapping_goes("a: &a\n  x: 1\n  w: [1]\nb:\n  # of a\n  <<: *a # c\n  z: 2\n", &remove("/a"), "b:\n  # of a\n  x: 1 # c\n  w:\n    - 1\n  z: 2\n")]
#[case::a_merged_mapping_grows(
    "a: &a\n  x: 1\n  w: 2 # c\nb:\n  <<: *a # d\n  z: 3\n  w: 4\nc: {<<: [*a], k: 1}\nd: [*a]\n",
    &add("/a/u", "2"),
    "a: &a\n  x: 1\n  w: 2 # c\n  u: 2\nb:\n  x: 1 # d\n  z: 3\n  w: 4\nc: {x: 1, w: 2, k: 1}\nd: [{w: 2, x: 1}]\n"
)]
#[case::a_merged_mapping_grows_where_it_does_not_show(
    "a: &a {x: 1}\nb:\n  <<: *a\n  u: 3\n",
    &add("/a/u", "2"),
    "a: &a {x: 1, u: 2}\nb:\n  <<: *a\n  u: 3\n"
)]
#[case::both_grow(
    "a: &a\n  x: 1\nb:\n  <<: *a\n",
    r#"[{"op":"add","path":"/a/u","value":2},{"op":"add","path":"/b/u","value":2}]"#,
    "a: &a\n  x: 1\n  u: 2\nb:\n  <<: *a\n  u: 2\n"
)]
#[case::all_that_is_merged_is_overruled_and_grows(
    "a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n",
    &add("/a/u", "2"),
    "a: &a {x: 1, u: 2}\nb:\n  x: 2\n"
)]
#[case::a_merged_member_is_taken_away(
    "a: &a {x: 1, w: &w {p: 1}}\nb:\n  k: 0\n  <<: *a # c\n  z: 3\nc: *w\n",
    &remove("/b/x"),
    "a: &a {x: 1, w: &w {p: 1}}\nb:\n  k: 0\n  w: # c\n    p: 1\n  z: 3\nc: *w\n"
)]
#[case::the_only_merged_member_is_taken_away("a: &a {x: 1}\nb:\n  <<: *a\n", &remove("/b/x"), "a: &a {x: 1}\nb: {}\n")]
#[case::a_member_that_is_also_merged_is_taken_away(
    "a: &a {x: 1, u: 2}\nb: [{<<: *a, x: 2}]\n",
    &remove("/b/0/x"),
    "a: &a {x: 1, u: 2}\nb: [{u: 2}]\n"
)]
#[case::first_in_a_list_item(
    "- &a\n  x: 1\n  u: {z: 1}\n- <<: *a # c\n  k: 1\n- *a\n",
    &remove("/1/x"),
    "- &a\n  x: 1\n  u: {z: 1}\n- u: # c\n    z: 1\n  k: 1\n- *a\n"
)]
#[case::own_key_above_a_merge_that_says_the_same(
    "a: &a {x: 1, w: 4}\nb:\n  x: 1 # c\n  <<: *a\n",
    &set("/b/x", "3"),
    "a: &a {x: 1, w: 4}\nb:\n  x: 3 # c\n  w: 4\n"
)]
#[case::merged_twice_and_taken_away(
    "a: &a\n  x: 1\n  v: 1\nb: &b\n  <<: *a\n  u: 2\nc:\n  <<: *b\nd: *b\n",
    &remove("/b/x"),
    "a: &a\n  x: 1\n  v: 1\nb: &b\n  v: 1\n  u: 2\nc:\n  x: 1\n  v: 1\n  u: 2\nd:\n  u: 2\n  v: 1\n  x: 1\n"
)]
#[case::an_anchor_within_a_merge(
    "a:\n  <<: &a {x: 1, v: &v 3}\nb:\n  <<: *a\n  u: 2\nc: *v\n",
    &remove("/a/x"),
    "a:\n  v: 3\nb:\n  x: 1\n  v: 3\n  u: 2\nc: 3\n"
)]
#[case::an_alias_within_a_merge(
    "a: &a [1]\nb:\n  <<: {x: *a, k: 1} # c\n  z: 1\n",
    &set("/a/0", "2"),
    "a: &a [2]\nb:\n  x: # c\n    - 1\n  k: 1\n  z: 1\n"
)]
#[case::grows_by_what_stands_above_the_merge(
    "a: &a {x: 1}\nb:\n  u: 1 # c\n  <<: *a\n  z: 1\n",
    &add("/a/u", "2"),
    "a: &a {x: 1, u: 2}\nb:\n  u: 1 # c\n  x: 1\n  z: 1\n"
)]
#[case::a_list_of_merges(
    "a: &a {x: 1, v: 1}\nb: &b {x: 2, w: 2}\nc:\n  <<:\n    - *a\n    - *b\n  z: 1\n",
    &remove("/c/v"),
    "a: &a {x: 1, v: 1}\nb: &b {x: 2, w: 2}\nc:\n  x: 1\n  w: 2\n  z: 1\n"
)]
#[case::carriage_returns_and_no_final_newline(
    "a: &a\r\n  x: 1\r\n  v: 2\r\nb:\r\n  <<: *a",
    &add("/a/u", "3"),
    "a: &a\r\n  x: 1\r\n  v: 2\r\n  u: 3\r\nb:\r\n  x: 1\r\n  v: 2"
)]
#[case::a_pair_in_brackets("a: &a {x: 1, u: 2}\nb: [<<: *a]\n", &remove("/b/0/x"), "a: &a {x: 1, u: 2}\nb: [{u: 2}]\n")]
#[case::tested(
    "a: 1\n",
    r#"[{"op":"test","path":"/a","value":1},{"op":"replace","path":"/a","value":2}]"#,
    "a: 2\n"
)]
#[case::list_moves("l:\n- a\n- b\n- c\n", r#"[{"op":"remove","path":"/l/0"},{"op":"remove","path":"/l/0"},{"op":"add","path":"/l/1","value":"d"},{"op":"add","path":"/l/0","value":"e"}]"#, "l:\n- e\n- c\n- d\n")]
#[case::a_comment_behind_a_tag_in_brackets(
    "a: [!!str  # c\n  b, &n !!str # d\n  e]\n",
    r#"[{"op":"replace","path":"/a/0","value":1},{"op":"replace","path":"/a/1","value":2}]"#,
    "a: [  # c\n  1, &n # d\n  2]\n"
)]
#[case::brackets_lose_and_gain(
    "a: [\n  1, # c\n  2 # d\n]\n",
    r#"[{"op":"remove","path":"/a/0"},{"op":"add","path":"/a/-","value":3}]"#,
    "a: [\n  2, # d\n  3\n]\n"
)]
#[case::anchored_element(
    "- &x 1 # c\n- 2\n",
    r#"[{"op":"replace","path":"/0","value":{"a":1}}]"#,
    "- &x # c\n  a: 1\n- 2\n"
)]
#[case::nothing("a:   1   \n", "[]", "a:   1   \n")]
#[case::there_and_back(
    "a:   1   \n",
    r#"[{"op":"replace","path":"/a","value":2},{"op":"replace","path":"/a","value":1}]"#,
    "a:   1   \n"
)]
fn several(#[case] before: &str, #[case] patch: &str, #[case] after: &str) {
    assert_eq!(edited(before, 0, patch).unwrap(), after);
}

#[rstest]
#[case(
    "# one\na: 1\n---\n# two\nb: 2\n---\nc: 3\n",
    1,
    "# one\na: 1\n---\n# two\nb: 2\nx: w\n---\nc: 3\n"
)]
#[case("a: 1\n...\n---\nb: 2", 1, "a: 1\n...\n---\nb: 2\nx: w")]
#[case("a: {{ broken\n---\nb: 2\n", 0, "a: {{ broken\n---\nb: 2\nx: w\n")]
#[case(
    "{\"a\": 1}\n{\"b\": 2}\n{\"c\": 3}\n",
    1,
    "{\"a\": 1}\n{\"b\": 2, \"x\": \"w\"}\n{\"c\": 3}\n"
)]
fn other_documents_stay(#[case] before: &str, #[case] index: usize, #[case] after: &str) {
    let source = crate::source::SourceText::new("t", before);
    let limits = super::super::Limits::default();
    let documents: Vec<_> = super::super::documents(&source, &limits)
        .filter_map(Result::ok)
        .collect();
    let patch = changes(&add("/x", "\"w\""));
    assert_eq!(edit(&documents[index], &patch).unwrap(), after);
}

#[rstest]
#[case::comments_in_a_merge(
    "a: &a {x: 1}\nb:\n  <<: [ # c\n    *a]\n",
    &remove("/b/x"),
    "the merge key (`<<`) would be written out, and comments stand within it",
    "<<"
)]
#[case::above_a_merge_that_brings_it_otherwise(
    "a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n",
    &set("/b/x", "3"),
    CONTESTED,
    "x"
)]
#[case::elsewhere_in_a_document_that_says_two_things(
    "a: 0\nb:\n  x: 2\n  y: 1\n  <<: [{z: 1}, {<<: {x: 1}}]\n",
    &set("/a", "3"),
    CONTESTED,
    "x"
)]
#[case::within_what_is_merged(
    "a: 0\nb: {\n  x: {p: 1}, <<: {x: {p: 2}}}\nc: {<<: {w: 1}}\n",
    &set("/c/w", "3"),
    CONTESTED,
    "x"
)]
#[case::template("a: x{{ .Values.y }}\nb: 1\n", &set("/b", "2"), "the document is a template; change what it is rendered from", "{{ .Values.y }}")]
#[case::quoted_template("a: '{{ .Values.y }}'\nb: 1\n", &set("/b", "2"), "the document is a template; change what it is rendered from", "{{")]
#[case::generated("# Code generated by x. DO NOT EDIT.\na: 1\n", &set("/a", "2"), "the document is generated; change what generates it", "# Code generated by x. DO NOT EDIT.")]
#[case::rendered("---\n# Source: chart/templates/a.yaml\na: 1\n", &set("/a", "2"), "the document is generated; change what generates it", "# Source: chart/templates/a.yaml")]
#[case::explicit_key("? a\n: 1\n", &set("/a", "2"), "the key is written with `?`, after which values are not edited", "a")]
#[case::comments_in_brackets(
    "a: {\n  k: 1, # c\n  l: 2\n}\n",
    &set("/a", r#"{"l":2,"m":3}"#),
    "the brackets hold comments, and members both go and come",
    "{\n  k: 1, # c\n  l: 2\n}"
)]
fn refused(#[case] text: &str, #[case] patch: &str, #[case] reason: &str, #[case] place: &str) {
    let cannot = edited(text, 0, patch).unwrap_err();
    assert_eq!(cannot.reason, reason);
    assert_eq!(cannot.to_string(), format!("cannot, because {reason}"));
    assert_eq!(&text[cannot.place.unwrap().span], place);
}

#[rstest]
#[case("a: 1\n", &remove("/b"), "/b does not exist")]
#[case("a: 1\n", &set("/b", "1"), "/b does not exist")]
#[case("a: 1\n", &add("/b/c~1d", "1"), "the parent of /b/c~1d does not exist")]
#[case("a: 1\n", &add("/a/b", "1"), "there is no place for /a/b")]
#[case("a: [1]\n", &add("/a/2", "1"), "there is no place for /a/2")]
#[case("a: [1]\n", &add("/a/00", "1"), "there is no place for /a/00")]
#[case("a: [1]\n", &remove("/a/-"), "/a/- does not exist")]
#[case("a: [1]\n", &remove("/a/1"), "/a/1 does not exist")]
#[case("a: 1\n", &remove(""), "a whole document cannot be removed")]
#[case("a: 1\n", r#"[{"op":"test","path":"/a","value":2}]"#, "the test of /a failed")]
#[case(
    "a: 1\n",
    r#"[{"op":"add","path":"/b"}]"#,
    "the operation on /b brings no value"
)]
fn strict_as_rfc_6902(#[case] text: &str, #[case] patch: &str, #[case] reason: &str) {
    assert_eq!(edited(text, 0, patch).unwrap_err().reason, reason);
    assert_eq!(
        reference(&all(text).unwrap()[0].value, &changes(patch)).unwrap_err(),
        reason
    );
}

/// Twice the text takes about twice the time: with any quadratic step these would take minutes.
#[test]
fn large_texts_are_edited_in_one_pass() {
    let block: String = (0..4_000).fold("data:\n".to_owned(), |text, at| {
        text + &format!("  k{at}: {{a: [1, 2]}} # c\n")
    });
    let list: String = (0..4_000).fold("data:\n".to_owned(), |text, at| {
        text + &format!("- a: {at}\n  b: x\n")
    });
    let members: Vec<String> = (0..4_000)
        .map(|at| format!("\"k{at}\":{{\"a\":[1,2]}}"))
        .collect();
    let json = format!("{{\"data\":{{{}}}}}", members.join(","));
    for (text, path) in [
        (&block, "/data/k3999/a/0"),
        (&list, "/data/3999/a"),
        (&json, "/data/k3999/a/0"),
    ] {
        let after = edited(text, 0, &set(path, "777")).unwrap();
        assert!(after.len() < text.len() + 5 && after != *text);
    }
    for text in [&block, &json] {
        let after = edited(text, 0, &add("/data/x", "{\"z\":1}")).unwrap();
        assert!(after.len() < text.len() + 20 && after != *text);
        let after = edited(text, 0, &remove("/data/k2000")).unwrap();
        assert!(after.len() < text.len());
    }
    let after = edited(&list, 0, &add("/data/2000", "1")).unwrap();
    assert_eq!(after.len(), list.len() + 4);
}

/// What stands once stays written once, unless the change itself brings it.
#[rstest]
#[case::an_alias("a: &a {x: 1, p: secret}\nb: *a\n", &set("/b/x", "2"), None)]
#[case::a_merge("a: &a {x: 1, p: secret}\nb:\n  <<: *a\n", &add("/a/u", "2"), None)]
#[case::a_merge_of_something_else("a: &a {x: 1, p: word}\nb:\n  <<: *a\nc: secret\n", &add("/a/u", "2"), Some("a: &a {x: 1, p: word, u: 2}\nb:\n  x: 1\n  p: word\nc: secret\n"))]
#[case::both_alike(
    "a: &a {x: 1, p: secret}\nb: *a\n",
    r#"[{"op":"replace","path":"/a/x","value":2},{"op":"replace","path":"/b/x","value":2}]"#,
    Some("a: &a {x: 2, p: secret}\nb: *a\n")
)]
#[case::beside_it("a: &a {x: 1, p: secret}\nb:\n  <<: *a\n", &set("/b/x", "2"), Some("a: &a {x: 1, p: secret}\nb:\n  <<: *a\n  x: 2\n"))]
#[case::brought("a: &a {x: 1, p: secret}\nb: *a\nc: 1\n", &set("/c", "\"secret\""), Some("a: &a {x: 1, p: secret}\nb: *a\nc: secret\n"))]
fn credentials_are_not_repeated(#[case] before: &str, #[case] patch: &str, #[case] after: Option<&str>) {
    let secret = std::collections::BTreeSet::from([crate::value::Value::from("secret")]);
    let document = &all(before).unwrap()[0];
    let result = super::super::edit::edit_without_repeating(document, &changes(patch), &secret);
    match (result, after) {
        (Ok(text), Some(after)) => assert_eq!(text, after),
        (Err(cannot), None) => assert!(
            cannot.form && cannot.reason.starts_with("a credential would"),
            "{cannot}"
        ),
        (result, _) => panic!("{result:?}"),
    }
}
