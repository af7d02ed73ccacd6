//! METADATA: what is read from it, and what is wrong with it.

use super::*;
use rstest::rstest;

#[test]
fn a_complete_policy_is_read() {
    let (catalogue, problems) = builtin(&[("policies/x.rego", GOOD)]);
    assert_eq!(said(&problems), [""; 0]);
    let policy = catalogue.policy("dedicated-load-balancer").unwrap();
    assert_eq!(policy.title.as_ref(), "One load balancer per exposed service");
    assert_eq!(
        (policy.severity, policy.scope),
        (Severity::Critical, Scope::Environment)
    );
    assert_eq!(policy.category.as_ref(), "network");
    assert_eq!(
        policy
            .kinds
            .patterns()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["v1/Service"]
    );
    assert_eq!(policy.needs, ["digitalocean.load_balancers"]);
    assert_eq!(policy.stages, [Stage::Live]);
    assert!(policy.requires_complete);
    assert_eq!(policy.frameworks["cis-kubernetes"], ["5.3.2"]);
    assert_eq!(policy.references, ["https://example.com"]);
    assert_eq!(policy.default_parameters().to_string(), r#"{"maxAge":"24h"}"#);
    assert_eq!(policy.bundles, ["environment"]);
    assert_eq!(policy.rules.len(), 1);
    assert_eq!(
        policy.rules[0].path,
        "data.envcheck.network.dedicated_load_balancer.deny"
    );
    assert_eq!(
        policy.subjects.as_deref(),
        Some("data.envcheck.network.dedicated_load_balancer.subjects")
    );
    assert!(policy.not_evaluated.is_none());
    assert!(!policy.is_foreign());
    assert_eq!(catalogue.modules_for(policy).len(), 1);
}

#[test]
fn conftest_policies_are_one_per_package_and_rule() {
    let (catalogue, problems) = foreign(&[
        (
            "a.rego",
            "package main\n\ndeny[msg] {\n\tinput.kind == \"Pod\"\n\tmsg := \"no\"\n}\n",
        ),
        (
            "b.rego",
            "package main\n\nimport rego.v1\n\ndeny contains \"b\" if input.b\n\nwarn_latest contains \"w\" if input.w\n",
        ),
    ]);
    assert_eq!(said(&problems), [""; 0]);
    assert_eq!(ids(&catalogue), ["main.deny", "main.warn_latest"]);
    assert_eq!(catalogue.policies()[0].severity, Severity::High);
    assert_eq!(catalogue.policies()[1].severity, Severity::Medium);
    assert!(catalogue.policies()[0].rego_v0);
}

fn with(change: &[(&str, &str)]) -> String {
    let mut text = GOOD.to_owned();
    for (from, to) in change {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

#[rstest]
#[case::title(
    "# title: One load balancer per exposed service\n",
    "",
    "x.rego:1:1: METADATA `title` is missing | add `title`: one line that says what is right"
)]
#[case::description(
    "# description: Each Service has its own.\n",
    "",
    "x.rego:1:1: METADATA `description` is missing | add `description`: a sentence on what is checked and why"
)]
#[case::no_id(
    "#   id: dedicated-load-balancer\n",
    "",
    "x.rego:6:3: METADATA `custom.id` is missing | add `id`: as `id: dedicated-load-balancer`"
)]
#[case::severity(
    "#   severity: critical\n",
    "",
    "x.rego:6:3: METADATA `custom.severity` is missing | add `severity`: low, medium, high or critical"
)]
#[case::evaluates(
    "#   evaluates: environment\n",
    "",
    "x.rego:6:3: METADATA `custom.evaluates` is missing | add `evaluates`: object or environment"
)]
#[case::kinds(
    "#   kinds: [v1/Service]\n",
    "",
    "x.rego:6:3: METADATA `custom.kinds` is missing | add `kinds`: a list as `[v1/Service, apps/v1/Deployment]`, or `[\"*\"]` for all"
)]
#[case::stages(
    "#   stages: [live]\n",
    "",
    "x.rego:6:3: METADATA `custom.stages` is missing | add `stages`: any of spec, manifests, live"
)]
#[case::remediation(
    "#   remediation: Delete the orphan.\n",
    "",
    "x.rego:6:3: METADATA `custom.remediation` is missing | add `remediation`: what to do about a finding"
)]
#[case::bad_severity(
    "severity: critical",
    "severity: urgent",
    "x.rego:8:15: METADATA `custom.severity` is `urgent` | use low, medium, high or critical"
)]
#[case::bad_scope(
    "evaluates: environment",
    "evaluates: cluster",
    "x.rego:9:16: METADATA `custom.evaluates` is `cluster` | use object or environment"
)]
#[case::not_text(
    "severity: critical",
    "severity: [critical]",
    "x.rego:8:15: METADATA `custom.severity` must be text | low, medium, high or critical"
)]
#[case::other_id(
    "id: dedicated-load-balancer",
    "id: load-balancer",
    "x.rego:7:9: the id `load-balancer` is not the package's last part `dedicated_load_balancer` | write `id: dedicated-load-balancer`, or rename the package and its folder"
)]
#[case::case_of_id(
    "id: dedicated-load-balancer",
    "id: Dedicated_LB",
    "x.rego:7:9: the id `Dedicated_LB` is not in kebab case | use lower-case words joined by `-`, as `dedicated-load-balancer`"
)]
#[case::bad_kind(
    "[v1/Service]",
    "[v1/Service, service]",
    "x.rego:10:25: `service` is not a kind | write version/Kind or group/version/Kind, as v1/Service or apps/v1/Deployment"
)]
#[case::kinds_no_list(
    "[v1/Service]",
    "v1/Service",
    "x.rego:10:12: METADATA `custom.kinds` must be a list | as `[a, b]`"
)]
#[case::stage(
    "[live]",
    "[life]",
    "x.rego:12:14: `life` is not a stage | did you mean `live`?"
)]
#[case::no_stage(
    "[live]",
    "[]",
    "x.rego:12:13: METADATA `custom.stages` is empty | use any of spec, manifests, live"
)]
#[case::need(
    "digitalocean.load_balancers",
    "digitalocaen.load_balancers",
    "x.rego:11:13: `digitalocaen.load_balancers` is nothing that can be needed | did you mean `digitalocean`?"
)]
#[case::requires(
    "requires: complete",
    "requires: everything",
    "x.rego:13:15: METADATA `custom.requires` is not known | the one word it knows is `complete`"
)]
#[case::unknown_custom(
    "requires: complete",
    "require: complete",
    "x.rego:13:5: METADATA has an unknown key `custom.require` | did you mean `requires`?"
)]
#[case::unknown(
    "# scope: package",
    "# scop: package",
    "x.rego:4:3: METADATA has an unknown key `scop` | did you mean `scope`?"
)]
#[case::misplaced(
    "# scope: package",
    "# severity: high",
    "x.rego:4:3: METADATA has an unknown key `severity` | `severity` belongs under `custom`"
)]
#[case::misplaced_title(
    "requires: complete",
    "title: complete",
    "x.rego:13:5: METADATA has an unknown key `custom.title` | `title` stands beside `custom`, not in it"
)]
#[case::scope(
    "# scope: package",
    "# scope: rule",
    "x.rego:4:10: the METADATA has scope `rule` | a policy is declared with `scope: package`"
)]
#[case::yaml("[v1/Service]", "[v1/Service", "x.rego:11:10: the METADATA cannot be read: ")]
#[case::twice(
    "#   severity: critical\n",
    "#   severity: critical\n#   severity: low\n",
    "x.rego:9:5: the METADATA cannot be read: "
)]
#[case::parameter(
    "description: How old a figure may be.",
    "help: x",
    "x.rego:16:7: the parameter `maxAge` has no description | as `maxAge: {default: …, description: …}`"
)]
#[case::framework(
    "{clusterlint: [], cis-kubernetes: [\"5.3.2\"]}",
    "[cis]",
    "x.rego:14:17: METADATA `custom.frameworks` must be a mapping | as `{cis-kubernetes: [\"5.3.2\"]}`"
)]
#[case::no_deny(
    "deny contains finding",
    "denied contains finding",
    "x.rego:18:1: the policy has no `deny` rule | findings are what `deny contains finding if { … }` says"
)]
#[case::no_metadata(
    "# METADATA\n",
    "# Metadata\n",
    "x.rego:18:1: the policy has no METADATA | put a `# METADATA` comment with title, description and custom above the package"
)]
fn incomplete_metadata_is_rejected(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    let text = with(&[(from, to)]);
    let (catalogue, problems) = builtin(&[("x.rego", &text)]);
    let said = said(&problems);
    assert!(said[0].starts_with(expected), "{said:#?}");
    assert!(catalogue.policies().is_empty());
}

#[test]
fn an_object_policy_must_be_for_some_kind() {
    let text = with(&[
        ("evaluates: environment", "evaluates: object"),
        ("[v1/Service]", "[]"),
    ]);
    let (_, problems) = builtin(&[("x.rego", &text)]);
    assert_eq!(
        said(&problems)[0],
        "x.rego:10:12: METADATA `custom.kinds` is empty | an object policy is for some kinds, or for all: `[\"*\"]`"
    );
    // One for the environment may judge the spec alone.
    let text = with(&[("[v1/Service]", "[]")]).replace("data.view.services", "data.environment.namespaces");
    assert_eq!(said(&builtin(&[("x.rego", &text)]).1), [""; 0]);
    let text = with(&[("[v1/Service]", "[\"*\"]")]);
    assert_eq!(builtin(&[("x.rego", &text)]).0.policies()[0].kinds, Kinds::All);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = with(&[
        ("severity: critical", "severity: urgent"),
        ("[live]", "[life]"),
        ("title: One", "titel: One"),
    ]);
    let (_, problems) = builtin(&[("x.rego", &text)]);
    assert_eq!(problems.len(), 4, "{:#?}", said(&problems));
}

#[test]
fn ids_may_not_repeat() {
    let other = with(&[("package envcheck.network", "package envcheck.other")]);
    let (catalogue, problems) = builtin(&[("a.rego", GOOD), ("b.rego", &other)]);
    assert_eq!(
        said(&problems),
        ["b.rego:7:9: the id `dedicated-load-balancer` repeats | give each policy an id of its own"]
    );
    let (place, words) = problems[0].related.as_ref().unwrap();
    assert_eq!(
        (place.source.name.as_str(), place.start().line, words.as_str()),
        ("a.rego", 7, "first used here")
    );
    assert_eq!(catalogue.policies().len(), 1);
    // A policy of the user's may not take the name of one of ours.
    let theirs = with(&[("package envcheck.network", "package acme")]);
    let (_, problems) = Catalogue::load(&rego(&[("a.rego", GOOD)]), &[rego(&[("c.rego", &theirs)])]);
    assert_eq!(
        said(&problems)[0],
        "c.rego:7:9: the id `dedicated-load-balancer` repeats | give each policy an id of its own"
    );
}

#[test]
fn a_package_is_declared_once() {
    let (_, problems) = builtin(&[("a.rego", GOOD), ("b.rego", GOOD)]);
    assert_eq!(
        said(&problems),
        [
            "b.rego:1:1: the package `envcheck.network.dedicated_load_balancer` is declared twice | keep one METADATA block per package"
        ]
    );
}

#[test]
fn our_dialect_is_accepted_from_the_user() {
    let theirs = with(&[("package envcheck.network", "package acme.network")]);
    let (catalogue, problems) = foreign(&[("x.rego", &theirs)]);
    assert_eq!(said(&problems), [""; 0]);
    let policy = catalogue.policy("dedicated-load-balancer").unwrap();
    assert_eq!((policy.dialect, policy.is_foreign()), (Dialect::Envcheck, true));
    assert!(policy.bundles.is_empty());
    assert_eq!(policy.category.as_ref(), "network");
}

#[rstest]
#[case("custom: {severity: high}")]
#[case("custom: {id: x}")]
#[case("custom: {kinds: []}")]
#[case("custom: {evaluates: object}")]
fn a_foreign_file_with_one_of_our_keys_must_be_complete(#[case] custom: &str) {
    let text = format!(
        "# METADATA\n# title: T\n# {custom}\npackage x\nimport rego.v1\ndeny contains 1 if input.x\n"
    );
    let (catalogue, problems) = foreign(&[("x.rego", &text)]);
    assert!(catalogue.policies().is_empty());
    assert!(
        said(&problems)
            .iter()
            .any(|line| line.contains("METADATA `custom.remediation` is missing")),
        "{:#?}",
        said(&problems)
    );
}

#[test]
fn other_metadata_names_conftest_policies() {
    let text = "# METADATA\n# title: All of them\n# custom: {team: x}\npackage main\nimport rego.v1\n\n# METADATA\n# title: No latest\n# \
                description: Tags move.\nwarn_latest contains 1 if input.x\n\ndeny contains 1 if input.y\n\ndeny contains 2 if input.z\n";
    let (catalogue, problems) = foreign(&[("x.rego", text)]);
    assert_eq!(said(&problems), [""; 0]);
    let titles: Vec<&str> = catalogue
        .policies()
        .iter()
        .map(|policy| policy.title.as_ref())
        .collect();
    assert_eq!(titles, ["All of them", "No latest"]);
    assert_eq!(catalogue.policies()[1].description.as_ref(), "Tags move.");
}

#[rstest]
#[case("inventory")]
#[case("environment")]
#[case("network.x")]
#[case("parameters")]
#[case("digitalocean")]
#[case("spaces")]
#[case("now")]
#[case("view")]
#[case("envcheck.network.x")]
fn roots_of_ours_are_reserved(#[case] package: &str) {
    let text = format!("package {package}\nimport rego.v1\ndeny contains 1 if input.x\n");
    let root = package.split('.').next().unwrap();
    assert_eq!(
        said(&foreign(&[("x.rego", &text)]).1),
        [format!(
            "x.rego:1:1: the package `{package}` may not begin with `{root}` | `data.{root}` is what policies read; put another name in front"
        )]
    );
}

#[test]
fn libraries_and_exceptions_are_no_policies() {
    let (catalogue, problems) = Catalogue::load(
        &rego(&[
            ("lib.rego", "package envcheck.lib.pods\nf(x) := x\n"),
            ("x.rego", GOOD),
        ]),
        &[rego(&[
            (
                "lib.rego",
                "package lib\nimport rego.v1\nf(x) := x\ndeny(x) := x\n",
            ),
            (
                "main.rego",
                "package main\nimport rego.v1\nviolation_a contains 1 if input.x\nexception contains [\"a\"]\ndenylist := 1\n",
            ),
        ])],
    );
    assert_eq!(said(&problems), [""; 0]);
    assert_eq!(ids(&catalogue), ["dedicated-load-balancer", "main.violation_a"]);
    assert_eq!(
        catalogue.policies()[1].exception.as_deref(),
        Some("data.main.exception")
    );
}

#[rstest]
#[case("package main\ndeny[m] { m := 1 }", true)]
#[case("package main\nimport future.keywords\ndeny[m] { m := 1; 1 in [1] }", true)]
#[case("package main\nimport future.keywords.in\ndeny[m] { some m in [1] }", true)]
#[case("package main\nimport rego.v1\ndeny contains 1 if true", false)]
#[case("package main\ndeny contains 1 if true", false)]
#[case(
    "package main\nimport future.keywords.if\nimport future.keywords.contains\ndeny contains 1 if true",
    false
)]
#[case("package main\ndeny contains m if contains(input.a, m)", false)]
#[case("package main\ndeny := {\"a\": 1}", false)]
#[case(
    "package main\ndeny[\"x\"] { contains(input.a, \"b\") } else = 1 { true }",
    true
)]
fn the_syntax_is_found_out(#[case] text: &str, #[case] rego_v0: bool) {
    let (catalogue, problems) = foreign(&[("x.rego", text)]);
    if text.contains("else") {
        assert_eq!(
            said(&problems),
            [
                "x.rego:2:38: else cannot be used with set rules | the file was read as Rego v0, for its rules have bodies without `if`"
            ]
        );
        return;
    }
    assert_eq!(said(&problems), [""; 0]);
    assert_eq!(catalogue.policies()[0].rego_v0, rego_v0);
}

#[test]
fn tests_are_kept_apart() {
    let (catalogue, problems) = foreign(&[
        (
            "main.rego",
            "package main\nimport rego.v1\ndeny contains 1 if input.x\n",
        ),
        (
            "main_test.rego",
            "package main\nimport rego.v1\ntest_deny if deny with input as {\"x\": 1}\ntodo_test_x if true\nhelper := 1\ndeny contains 2 if input.y\n",
        ),
        (
            "other.rego",
            "package other_test\nimport rego.v1\nimport data.main\ntest_a if main.deny\ntest_a if false\n",
        ),
        (
            "bad_test.rego",
            "package main\nimport rego.v1\ntest_b if nothing(1)\n",
        ),
    ]);
    assert_eq!(
        said(&problems),
        [
            "bad_test.rego:3:11: there is no function `nothing` | define it in this package, or import the package that does"
        ]
    );
    assert_eq!(ids(&catalogue), ["main.deny"]);
    assert_eq!(catalogue.groups()[1].modules.len(), 1);
    let tests: Vec<_> = catalogue
        .tests()
        .iter()
        .map(|test| {
            let rules = test
                .rules
                .iter()
                .map(|rule| format!("{}:{} {}", rule.path, rule.place.start().line, rule.todo));
            (test.module.name(), rules.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        tests,
        [
            (
                "main_test.rego",
                vec![
                    "data.main.test_deny:3 false".to_owned(),
                    "data.main.todo_test_x:4 true".to_owned()
                ]
            ),
            ("other.rego", vec!["data.other_test.test_a:4 false".to_owned()]),
        ]
    );
}
