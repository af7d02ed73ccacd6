//! Calls in heads of partial sets are moved into the bodies, and nothing else changes.

use super::*;
use crate::value::Value;
use regorus::Engine;
use rstest::rstest;

fn evaluated(text: &str, rego_v0: bool, input: &str, strict: bool) -> Result<String, String> {
    let mut engine = Engine::new();
    engine.set_rego_v0(rego_v0);
    engine.set_policy_length_config(policy_length());
    engine.set_strict_builtin_errors(strict);
    engine
        .add_policy("p.rego".to_owned(), text.to_owned())
        .map_err(|error| error.to_string())?;
    engine.set_input(Value::from_json_str(input).unwrap());
    engine
        .eval_rule("data.main.deny".to_owned())
        .map(|value| value.to_string())
        .map_err(|error| error.to_string())
}

fn module(text: &str) -> std::sync::Arc<Module> {
    let (catalogue, problems) = foreign(&[("p.rego", text)]);
    assert_eq!(said(&problems), [""; 0], "{text}");
    std::sync::Arc::clone(&catalogue.groups()[1].modules[0])
}

const XS: &str = r#"{"xs": [1, 2], "kind": "Pod"}"#;
const MIXED: &str = r#"{"xs": [1, "a", 2], "kind": "Pod"}"#;

#[rstest]
#[case::text("deny contains sprintf(\"%d %v\", [abs(x), x]) if { some x in input.xs }")]
#[case::object("deny contains {\"msg\": sprintf(\"%v\", [abs(x)]), \"n\": x} if {\n\tsome x in input.xs\n}")]
#[case::one_literal("deny contains abs(x) if some x in input.xs")]
#[case::set_literal("deny contains abs(x) if x = input.xs[_]")]
#[case::lines(
    "deny contains {\n\t\"msg\": sprintf( # a comment }\n\t\t\"%v\",\n\t\t[abs(x)],\n\t),\n} if {\n\tsome x in input.xs # }\n}"
)]
#[case::comprehension("deny contains [y |\n\tz := abs(x)\n\ty := z + 1\n] if {\n\tsome x in input.xs\n}")]
#[case::trailing("deny contains abs(x) if {\n\tsome x in input.xs\n\n\t# the end\n}")]
#[case::braces_are_a_literal("deny contains abs(1) if {\"a\": input.kind} == {\"a\": input.kind}")]
#[case::ends_in_text("deny contains abs(1) if input.kind == \"Pod\"")]
#[case::ends_in_raw_text("deny contains abs(1) if input.kind == `Pod`")]
#[case::ends_in_an_index("deny contains abs(1) if input[\"kind\"]")]
#[case::ends_in_text_in_braces("deny contains abs(1) if {input.kind == \"Pod\"}")]
#[case::no_body_ends_in_text("deny contains lower(input.kind) == \"pod\"")]
#[case::begins_with_text("deny contains abs(1) if \"Pod\" == input.kind")]
#[case::begins_with_raw_text("deny contains abs(1) if `Pod` == input.kind")]
#[case::statements_begin_with_text(
    "deny contains [y |\n\ty := abs(1)\n\t\"Pod\" == input.kind\n\t`Pod` == input.kind\n] if {\n\tinput.kind\n}"
)]
#[case::empty_text("deny contains lower(\"\") if \"\" != input.kind")]
#[case::ends_in_empty_text("deny contains abs(1) if input.kind != \"\"")]
#[case::no_body("deny contains abs(-3)")]
#[case::v0("deny[sprintf(\"%v\", [abs(x)])] { x := input.xs[_] }")]
#[case::v0_object("deny[{\"msg\": sprintf(\"%v\", [abs(x)])}] {\n\tx := input.xs[_]\n}")]
#[case::v0_no_body("deny[abs(-3)]\nallow { input.kind == \"x\" }")]
#[case::v0_wildcard("deny[abs(input.xs[_])] { input.kind }")]
#[case::v0_index("deny[{\"n\": i, \"m\": abs(input.xs[i])}] { input.xs[i] }")]
#[case::wildcard("deny contains abs(input.xs[_]) if input.kind")]
#[case::touching("deny contains{\"m\": abs(x)}if { some x in input.xs } # if ")]
#[case::v0_indexed("deny[abs(x[0])] { x := [input.xs[_]] }")]
#[case::v0_future(
    "import future.keywords.contains\nimport future.keywords.in\ndeny contains abs(x) { some x in input.xs }"
)]
fn heads_are_rewritten_and_results_stay(#[case] rule: &str) {
    let text = format!("package main\n{rule}\nafter = 1 {{ true }}\n");
    let text = if rule.contains(" if ") || !rule.contains('{') {
        format!("package main\nimport rego.v1\n{rule}\n")
    } else {
        text
    };
    let module = module(&text);
    assert_ne!(module.text(), text, "not rewritten");
    assert_eq!(
        module.text().lines().count(),
        text.lines().count(),
        "{}",
        module.text()
    );
    for strict in [true, false] {
        let before = evaluated(&text, module.rego_v0, XS, strict);
        assert_eq!(
            before,
            evaluated(module.text(), module.rego_v0, XS, strict),
            "{}",
            module.text()
        );
        assert!(before.is_ok(), "{before:?}");
    }
}

#[rstest]
#[case::without_calls("deny contains x if some x in input.xs")]
#[case::in_the_body("deny contains msg if { some x in input.xs; msg := sprintf(\"%v\", [x]) }")]
#[case::not_a_set("deny := sprintf(\"%v\", [input.x])")]
fn other_rules_stay_as_they_are(#[case] rule: &str) {
    let text = format!("package main\nimport rego.v1\n{rule}\n");
    assert_eq!(module(&text).text(), text);
}

/// The trap, and that the rewriting springs it: OPA keeps the members whose call succeeds.
#[rstest]
#[case("import rego.v1\ndeny contains abs(x) if { some x in input.xs }", "[1,2]")]
#[case("deny[abs(x)] { x := input.xs[_] }", "[1,2]")]
#[case(
    "import rego.v1\ndeny contains {\"msg\": abs(x)} if { some x in input.xs }",
    r#"[{"msg":1},{"msg":2}]"#
)]
fn one_failing_member_does_not_take_the_others(#[case] rule: &str, #[case] expected: &str) {
    let text = format!("package main\n{rule}\n");
    let module = module(&text);
    let before = evaluated(&text, module.rego_v0, MIXED, false);
    assert_ne!(
        before.as_deref(),
        Ok(expected),
        "regorus does it right by now: is the rewriting still needed?"
    );
    assert_eq!(
        evaluated(module.text(), module.rego_v0, MIXED, false).as_deref(),
        Ok(expected)
    );
    assert!(evaluated(module.text(), module.rego_v0, MIXED, true).is_err());
}
