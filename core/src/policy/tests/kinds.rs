//! Which kinds a conftest policy is for.

use super::*;
use rstest::rstest;

#[rstest]
#[case("deny[m] { input.kind == \"Pod\"; m := 1 }", "*/Pod")]
#[case("deny[m] { \"Pod\" = input.kind; m := 1 }", "*/Pod")]
#[case("deny[m] { input[\"kind\"] == \"Pod\"; m := 1 }", "*/Pod")]
#[case(
    "deny[m] { input.kind == \"Pod\"; m := 1 }\ndeny[m] { m := 2; input.kind == \"Job\" }",
    "*/Job */Pod"
)]
#[case("deny[m] { is_pod; m := 1 }\nis_pod { input.kind == \"Pod\" }", "*/Pod")]
#[case(
    "default is_pod = false\ndeny[m] { is_pod; m := 1 }\nis_pod { input.kind == \"Pod\" }",
    "*/Pod"
)]
#[case(
    "default is_pod = true\ndeny[m] { is_pod; m := 1 }\nis_pod { input.kind == \"Pod\" }",
    "all"
)]
#[case(
    "deny[m] { is_pod; m := 1 }\nis_pod { input.kind == \"Pod\" }\nis_pod { input.x }",
    "all"
)]
#[case("deny[m] { input.kind == \"Pod\"; m := 1 }\ndeny[m] { m := 2 }", "all")]
#[case("deny[m] { not input.kind == \"Pod\"; m := 1 }", "all")]
#[case("deny[m] { input.kind != \"Pod\"; m := 1 }", "all")]
#[case("deny[m] { not is_pod; m := 1 }\nis_pod { input.kind == \"Pod\" }", "all")]
#[case("deny[m] { input.kind == input.x; m := 1 }", "all")]
#[case(
    "deny[m] { input.kind == \"Pod\" with input as {\"kind\": \"Pod\"}; m := 1 }",
    "all"
)]
#[case("deny[m] { x := [1 | input.kind == \"Pod\"]; m := x }", "all")]
#[case("deny[m] { x := input.kind == \"Pod\"; m := x }", "all")]
#[case(
    "deny[m] { is_pod := input.x; is_pod; m := 1 }\nis_pod { input.kind == \"Pod\" }",
    "all"
)]
#[case("deny[m] { input.kind.x == \"Pod\"; m := 1 }", "all")]
#[case("deny[m] { input.kind[_] == \"Pod\"; m := 1 }", "all")]
#[case(
    "import rego.v1\ndeny contains 1 if input.kind in {\"Pod\", \"Job\"}",
    "*/Job */Pod"
)]
#[case("import rego.v1\ndeny contains 1 if input.kind in [\"Pod\"]", "*/Pod")]
#[case("import rego.v1\ndeny contains 1 if input.kind in {\"Pod\", input.x}", "all")]
#[case("import rego.v1\ndeny contains 1", "all")]
#[case("import rego.v1\ndefault deny := false\ndeny if input.kind == \"Pod\"", "all")]
#[case(
    "import rego.v1\ndeny := 1 if { input.kind == \"Pod\" } else := 2 if { input.kind == \"Job\" }",
    "*/Job */Pod"
)]
#[case("import rego.v1\ndeny := 1 if { input.kind == \"Pod\" } else := 2", "all")]
fn kinds_are_inferred(#[case] rules: &str, #[case] expected: &str) {
    let text = format!("package main\n{rules}\n");
    let (catalogue, problems) = foreign(&[("p.rego", text.as_str())]);
    assert_eq!(said(&problems), [""; 0]);
    let kinds = match &catalogue.policies()[0].kinds {
        Kinds::All => "all".to_owned(),
        Kinds::Only(patterns) => patterns
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
    };
    assert_eq!(kinds, expected);
}

#[test]
fn kinds_of_one_package_are_taken_from_all_its_files() {
    let (catalogue, _) = foreign(&[
        (
            "a.rego",
            "package main\nimport rego.v1\ndeny contains 1 if input.kind == \"Pod\"",
        ),
        (
            "b.rego",
            "package main\nimport rego.v1\ndeny contains 2 if input.kind == \"Job\"",
        ),
    ]);
    assert!(catalogue.policies()[0].kinds.matches("v1", "Pod"));
    assert!(catalogue.policies()[0].kinds.matches("batch/v1", "Job"));
    assert!(!catalogue.policies()[0].kinds.matches("v1", "Service"));
}

#[rstest]
#[case("v1/Service", "v1", "Service", true)]
#[case("v1/Service", "serving.knative.dev/v1", "Service", false)]
#[case("apps/*/Deployment", "apps/v1beta1", "Deployment", true)]
#[case("*/Deployment", "extensions/v1beta1", "Deployment", true)]
#[case("apps/v1/*", "apps/v1", "Deployment", true)]
#[case("*", "v1", "Pod", true)]
fn patterns_match(#[case] pattern: &str, #[case] api: &str, #[case] kind: &str, #[case] matches: bool) {
    assert_eq!(
        pattern.parse::<KindPattern>().unwrap().matches(api, kind),
        matches
    );
}
