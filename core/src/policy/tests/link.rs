//! Calls of absent functions, recursion, and what needs what.

use super::*;
use rstest::rstest;

fn first(files: &[(&str, &str)]) -> String {
    let (_, problems) = foreign(files);
    said(&problems)
        .first()
        .cloned()
        .unwrap_or_else(|| "loaded".to_owned())
}

#[rstest]
#[case("count(input.xs) > 0", "loaded")]
#[case("print(1)", "loaded")]
#[case("trace(\"x\")", "loaded")]
#[case("walk(input, [p, v])", "loaded")]
#[case("time.now_ns() > 1", "loaded")]
#[case("regex.match(`x`, input.x)", "loaded")]
#[case("object.get(input, \"a\", 1) == 1", "loaded")]
#[case("contains(input.x, \"y\")", "loaded")]
#[case(
    "http.send({\"method\": \"get\"})",
    "p.rego:4:20: `http.send` may not be called | policies cannot reach the network; what they need is collected before and stands under `data`"
)]
#[case(
    "opa.runtime()",
    "p.rego:4:20: `opa.runtime` may not be called | results may not depend on where they are computed"
)]
#[case(
    "rand.intn(\"x\", 3) == 1",
    "p.rego:4:20: `rand.intn` may not be called | results must be the same in every run"
)]
#[case(
    "uuid.rfc4122(\"x\")",
    "p.rego:4:20: `uuid.rfc4122` may not be called | results must be the same in every run"
)]
#[case(
    "crypto.sha256(\"x\")",
    "p.rego:4:20: there is no function `crypto.sha256` | the engine has no such function, and no file that is loaded here defines it"
)]
#[case(
    "io.jwt.decode(\"x\")",
    "p.rego:4:20: there is no function `io.jwt.decode` | the engine has no such function, and no file that is loaded here defines it"
)]
#[case(
    "rego.metadata.rule()",
    "p.rego:4:20: there is no function `rego.metadata.rule` | the engine has no such function, and no file that is loaded here defines it"
)]
#[case(
    "net.cidr_merge([])",
    "p.rego:4:20: there is no function `net.cidr_merge` | the engine has no such function, and no file that is loaded here defines it"
)]
#[case(
    "strings.render_template(\"\", {})",
    "p.rego:4:20: there is no function `strings.render_template` | the engine has no such function, and no file that is loaded here defines it"
)]
#[case(
    "startwith(input.x, \"y\")",
    "p.rego:4:20: there is no function `startwith` | did you mean `startswith`?"
)]
#[case(
    "helpful(1)",
    "p.rego:4:20: there is no function `helpful` | define it in this package, or import the package that does"
)]
#[case(
    "limit(1)",
    "p.rego:4:20: there is no function `limit` | it is a rule without arguments: leave the parentheses away"
)]
#[case(
    "data.other.f(1)",
    "p.rego:4:20: there is no function `data.other.f` | the engine has no such function, and no file that is loaded here defines it"
)]
#[case(
    "x := [y | y := crypto.md5(\"x\")]",
    "p.rego:4:35: there is no function `crypto.md5` | the engine has no such function, and no file that is loaded here defines it"
)]
#[case(
    "every x in input.xs { crypto.md5(x) }",
    "p.rego:4:42: there is no function `crypto.md5` | the engine has no such function, and no file that is loaded here defines it"
)]
fn calls_must_be_known(#[case] call: &str, #[case] expected: &str) {
    let text = format!("package main\nimport rego.v1\nlimit := 3\ndeny contains 1 if {call}\n");
    assert_eq!(first(&[("p.rego", text.as_str())]), expected);
}

#[rstest]
#[case::whole_package("import data.lib.k8s", "k8s.is_pod(input)")]
#[case::function("import data.lib.k8s.is_pod", "is_pod(input)")]
#[case::alias("import data.lib.k8s as k", "k.is_pod(input)")]
#[case::by_path("", "data.lib.k8s.is_pod(input)")]
fn functions_of_other_packages_are_found(#[case] import: &str, #[case] call: &str) {
    let main = format!("package main\nimport rego.v1\n{import}\ndeny contains 1 if {call}\n");
    let lib = "package lib.k8s\nimport rego.v1\nis_pod(x) if x.kind == \"Pod\"\n";
    assert_eq!(
        first(&[("main.rego", main.as_str()), ("lib.rego", lib)]),
        "loaded"
    );
    // Also from another `-p` argument, whose modules then join the engine.
    let (catalogue, problems) = Catalogue::load(
        &[],
        &[rego(&[("main.rego", main.as_str())]), rego(&[("lib.rego", lib)])],
    );
    assert_eq!(said(&problems), [""; 0]);
    let names: Vec<&str> = catalogue
        .modules_for(&catalogue.policies()[0])
        .iter()
        .map(|m| m.name())
        .collect();
    assert_eq!(names, ["main.rego", "lib.rego"]);
}

#[rstest]
#[case::direct("deny contains 1 if deny", "p.rego:3:1: `deny` refers to itself")]
#[case::direct_by_index("deny contains 1 if deny[x]", "p.rego:3:1: `deny` refers to itself")]
#[case::mutual(
    "deny contains 1 if a\na if b\nb if a",
    "p.rego:4:1: `a` refers to itself through data.main.b"
)]
#[case::by_data("deny contains 1 if data.main.deny", "p.rego:3:1: `deny` refers to itself")]
#[case::by_package("deny contains 1 if data.main", "p.rego:3:1: `deny` refers to itself")]
#[case::by_open_path("deny contains 1 if data[x].deny", "p.rego:3:1: `deny` refers to itself")]
#[case::by_all_data(
    "deny contains 1 if walk(data, [_, v])",
    "p.rego:3:1: `deny` refers to itself"
)]
#[case::by_text_index(
    "deny contains 1 if data[\"main\"][\"deny\"]",
    "p.rego:3:1: `deny` refers to itself"
)]
#[case::function("deny contains 1 if f(1)\nf(x) if f(x)", "p.rego:4:1: `f` refers to itself")]
#[case::mutual_functions(
    "deny contains 1 if f(1)\nf(x) if g(x)\ng(x) if f(x)",
    "p.rego:4:1: `f` refers to itself through data.main.g"
)]
#[case::function_by_path(
    "deny contains 1 if f(1)\nf(x) if data.main.f(x)",
    "p.rego:4:1: `f` refers to itself"
)]
#[case::function_value("deny contains 1 if f(1)\nf(x) := f(x)", "p.rego:4:1: `f` refers to itself")]
#[case::else_value(
    "deny contains 1 if f(1)\nf(x) := 1 if { x } else := f(x)",
    "p.rego:4:1: `f` refers to itself"
)]
#[case::comprehension(
    "deny contains 1 if f(1)\nf(x) := [y | y := f(x)]",
    "p.rego:4:1: `f` refers to itself"
)]
#[case::every(
    "deny contains 1 if f(1)\nf(x) if every y in x { f(y) }",
    "p.rego:4:1: `f` refers to itself"
)]
#[case::negated("deny contains 1 if not deny", "p.rego:3:1: `deny` refers to itself")]
#[case::head("deny contains f(1)\nf(x) := f(x)", "p.rego:4:1: `f` refers to itself")]
#[case::with_value(
    "deny contains 1 if input with input as deny",
    "p.rego:3:1: `deny` refers to itself"
)]
#[case::default_function(
    "default f(_) := 1\ndeny contains 1 if f(1)\nf(x) if f(x)",
    "p.rego:3:9: `f` refers to itself"
)]
#[case::shadowed_call(
    "deny contains 1 if f(1)\nf(x) if { f := x; f(x) }",
    "p.rego:4:1: `f` refers to itself"
)]
#[case::reference_head(
    "a.b.c if a.b.d\na.b.d if a.b",
    "p.rego:3:1: `a.b.c` refers to itself through data.main.a.b.d"
)]
#[case::import(
    "import data.main.deny as d\ndeny contains 1 if d",
    "p.rego:4:1: `deny` refers to itself"
)]
fn recursion_is_found(#[case] rules: &str, #[case] expected: &str) {
    let text = format!("package main\nimport rego.v1\n{rules}\n");
    let said = first(&[("p.rego", text.as_str())]);
    assert!(said.starts_with(expected), "{said}");
}

#[rstest]
#[case::local_name("name(x) := y if { some name in x; y := name }\ndeny contains 1 if name(input)")]
#[case::argument("deny contains 1 if f(2)\nf(deny) if deny > 1")]
#[case::declared("deny contains msg if { deny := input.x; msg := deny }")]
#[case::every_name("deny contains 1 if every deny in input.xs { deny > 1 }")]
#[case::some_name("deny contains 1 if { some deny; input.xs[deny] }")]
#[case::sibling("a.b if input.x\na.c if a.b\ndeny contains 1 if a.c")]
#[case::field("deny contains 1 if input.deny")]
#[case::own_package_data("deny contains 1 if data.inventory.deny")]
#[case::other_definition("f(1) := 2\nf(2) := 3\ndeny contains f(1)")]
fn what_only_looks_recursive_is_loaded(#[case] rules: &str) {
    let text = format!("package main\nimport rego.v1\n{rules}\n");
    assert_eq!(first(&[("p.rego", text.as_str())]), "loaded");
}

#[test]
fn recursion_across_packages_rejects_both_and_what_needs_them() {
    let (catalogue, problems) = foreign(&[
        ("a.rego", "package a\nimport rego.v1\nf(x) if data.b.g(x)\n"),
        ("b.rego", "package b\nimport rego.v1\ng(x) if data.a.f(x)\n"),
        (
            "main.rego",
            "package main\nimport rego.v1\ndeny contains 1 if data.a.f(1)\n",
        ),
        (
            "ok.rego",
            "package ok\nimport rego.v1\ndeny contains 1 if input.x\n",
        ),
    ]);
    assert_eq!(
        said(&problems),
        [
            "a.rego:3:1: `f` refers to itself through data.b.g | Rego has no recursion; use walk, graph.reachable or a comprehension",
            "b.rego:3:1: `g` refers to itself through data.a.f | Rego has no recursion; use walk, graph.reachable or a comprehension",
            "main.rego:1:1: the file needs `b.rego`, which cannot be loaded | mend that file first",
        ]
        .map(|line| line.replace("needs `b.rego`", "needs `a.rego`"))
    );
    assert_eq!(ids(&catalogue), ["ok.deny"]);
}

#[test]
fn inventory_and_clock_are_noticed_through_other_modules() {
    let (catalogue, problems) = foreign(&[
        (
            "main.rego",
            "package main\nimport rego.v1\nimport data.lib\ndeny contains 1 if lib.f(1)\n",
        ),
        (
            "lib.rego",
            "package lib\nimport rego.v1\nimport data.inventory\nf(x) if inventory.cluster[x]\n",
        ),
        (
            "other.rego",
            "package other\nimport rego.v1\ndeny contains 1 if time.now_ns() > 0\n",
        ),
    ]);
    assert_eq!(said(&problems), [""; 0]);
    let flags: Vec<_> = catalogue
        .policies()
        .iter()
        .map(|p| (p.uses_inventory, p.uses_clock))
        .collect();
    assert_eq!(ids(&catalogue), ["main.deny", "other.deny"]);
    assert_eq!(flags, [(true, false), (false, true)]);
    let closure = catalogue.closure_of(&catalogue.policies()[0]);
    assert_eq!(
        closure.iter().map(|module| module.name()).collect::<Vec<_>>(),
        ["main.rego", "lib.rego"]
    );
}

#[test]
fn an_unsafe_variable_is_found_by_probing() {
    let (catalogue, problems) = foreign(&[
        (
            "good.rego",
            "package good\nimport rego.v1\ndeny contains 1 if input.x\n",
        ),
        (
            "bad.rego",
            "package bad\nimport rego.v1\ndeny contains 1 if input.x == x\n",
        ),
    ]);
    assert_eq!(said(&problems), [""; 0]);
    let [bad, good] = catalogue.policies() else {
        panic!()
    };
    let rules = |policy: &Policy| {
        policy
            .rules
            .iter()
            .map(|rule| rule.path.clone())
            .collect::<Vec<_>>()
    };
    // The good one fails in the company of the bad one, and works alone.
    let found = probe(catalogue.modules_for(good), &rules(good)).unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "bad.rego");
    assert!(found[0].1.contains("bad.rego:3:31"), "{found:?}");
    assert_eq!(probe(&catalogue.closure_of(good), &rules(good)), Ok(()));
    assert!(probe(&catalogue.closure_of(bad), &rules(bad)).is_err());
}

#[rstest]
#[case::destructuring("deny contains 1 if { x = y }", "incompatible destructuring patterns")]
#[case::types("deny contains 1\ndeny.a := 2", "conflicts with")]
#[case::values("deny := 1\ndeny := 2", "conflicts with")]
#[case::head("deny contains x", "var x is unsafe")]
fn what_no_input_can_mend_is_found_by_probing(#[case] rules: &str, #[case] expected: &str) {
    let text = format!("package main\nimport rego.v1\n{rules}\n");
    let (catalogue, problems) = foreign(&[("p.rego", text.as_str())]);
    assert_eq!(said(&problems), [""; 0]);
    let found = probe(
        catalogue.modules_for(&catalogue.policies()[0]),
        &["data.main.deny".to_owned()],
    )
    .unwrap_err();
    assert_eq!(found[0].0, "p.rego");
    assert!(found[0].1.contains(expected), "{found:?}");
}

/// What fails for the empty input alone is no fault of the policy.
#[test]
fn an_error_of_evaluation_is_no_fault_of_loading() {
    let text = "package main\nimport rego.v1\ndeny contains 1 if to_number(\"x\") == 1\n";
    let (catalogue, _) = foreign(&[("p.rego", text)]);
    assert_eq!(
        probe(
            catalogue.modules_for(&catalogue.policies()[0]),
            &["data.main.deny".to_owned()]
        ),
        Ok(())
    );
}
