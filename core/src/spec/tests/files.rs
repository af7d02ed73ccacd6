//! Files that are no specs, and specs that extend one another.

use super::*;
use crate::path::FieldPath;
use crate::value::{Value, ValueExt};
use rstest::rstest;

const HEAD: &str = "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: stage}\n";

#[rstest]
#[case("", "main.yaml is empty", "a spec begins with")]
#[case("# nothing\n", "main.yaml is empty", "a spec begins with")]
#[case(
    "- a\n",
    "main.yaml:1:3: main.yaml is not an environment spec",
    "a spec begins with"
)]
#[case(
    "spec: {}\n",
    "main.yaml:1:1: main.yaml is not an environment spec: it has neither apiVersion nor kind",
    "a spec begins with"
)]
#[case(
    "apiVersion: apps/v1\nkind: Deployment\n",
    "main.yaml:2:7: main.yaml is a `Deployment`, not an environment spec",
    "manifests are given as paths: envcheck check main.yaml -e NAME"
)]
#[case(
    "apiVersion: envcheck.dev/v2\nkind: Environment\n",
    "main.yaml:1:13: apiVersion `envcheck.dev/v2` is not one that this envcheck reads",
    "write `apiVersion: envcheck.dev/v1`"
)]
#[case(
    "kind: Environment\n",
    "main.yaml:1:7: main.yaml has no apiVersion",
    "a spec begins with"
)]
#[case(
    "apiVersion: envcheck.dev/v1\nkind: Environment\n---\nspec: {}\n",
    "main.yaml:4:1: main.yaml holds 2 documents where a spec is one",
    "a file of its own"
)]
#[case(
    "apiVersion: envcheck.dev/v1\nkind: Environment\nspec: {a: 1, a: 2}\n",
    "main.yaml:3:14: the key a stands twice in this mapping",
    ""
)]
fn other_files_are_refused_clearly(#[case] text: &str, #[case] message: &str, #[case] hint: &str) {
    let problems = load_files(&[("main.yaml", text)]).unwrap_err();
    let lines: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
    assert_eq!(lines, [message]);
    let given = problems[0].hint.as_deref().unwrap_or_default();
    assert!(given.contains(hint), "the hint is: {given}");
}

#[test]
fn a_missing_file_says_where_specs_are_looked_for() {
    let problems = load("environments/prod.yaml", &mut |_| Err("no such file".to_owned())).unwrap_err();
    assert_eq!(
        problems[0].one_line(),
        "cannot read environments/prod.yaml: no such file"
    );
    assert!(
        problems[0]
            .hint
            .as_deref()
            .unwrap()
            .contains("environments/NAME.yaml")
    );
}

#[test]
fn the_smallest_spec_has_all_defaults() {
    let text = format!("{HEAD}spec: {{}}\n");
    let spec = load_files(&[("main.yaml", &text)]).unwrap();
    let expected = r#"{
        "name": "stage", "protect": false, "namespaces": [],
        "systemNamespaces": {"names": ["kube-node-lease", "kube-public", "kube-system"], "allow": []},
        "exposure": [], "delivery": {"charts": []}, "monitoring": {"prometheus": false, "grafana": false},
        "policies": {"disable": [], "bundles": ["environment"], "inlineWaivers": "default", "severity": {}, "parameters": {}},
        "waivers": [], "drift": {"ignoreDifferences": []},
        "remediation": {"mode": "disabled", "maxRisk": "safe", "policies": []}, "notify": []
    }"#;
    assert_eq!(spec.value, Value::from_json_str(expected).unwrap());
}

#[test]
fn defaults_and_meanings_are_filled_in() {
    let spec = load_files(&[("main.yaml", GOOD)]).unwrap();
    let at = |path: &[&str]| {
        spec.value
            .at(path)
            .cloned()
            .unwrap_or(Value::Undefined)
            .to_json_str()
            .unwrap()
    };
    assert_eq!(at(&["digitalocean", "registry", "owner"]), "\"stage\"");
    assert_eq!(
        at(&["digitalocean", "registry", "storageLimitBytes"]),
        "5368709120"
    );
    assert_eq!(at(&["digitalocean", "registry", "warnAt"]), "\"80%\"");
    assert_eq!(at(&["digitalocean", "registry", "warnAtRatio"]), "0.8");
    assert_eq!(at(&["digitalocean", "registry", "tier"]), "\"basic\"");
    assert_eq!(at(&["digitalocean", "spaces", "region"]), "\"fra1\"");
    assert_eq!(at(&["remediation", "window", "forSeconds"]), "7200");
    assert_eq!(at(&["remediation", "window", "timezone"]), "\"UTC\"");
    let backup = &spec.value.items_at(&["digitalocean", "spaces", "backups"])[0];
    for (key, expected) in [
        ("maxAgeSeconds", "93600"),
        ("minSizeBytes", "1"),
        ("maxShrinkRatio", "0.5"),
        ("prefix", "\"\""),
    ] {
        assert_eq!(
            backup.field(key).unwrap().to_json_str().unwrap(),
            expected,
            "{key}"
        );
    }
    let accepts = spec.value.items_at(&["namespaces"])[0]
        .at(&["network", "accepts"])
        .unwrap();
    assert!(accepts.field("sameNamespace").unwrap().is_true());
    assert_eq!(accepts.field("outside"), Some(&Value::Bool(false)));
    assert_eq!(
        spec.value.items_at(&["exposure"])[0].text_at(&["loadBalancer", "type"]),
        Some("REGIONAL_NETWORK")
    );
}

#[test]
fn null_is_as_if_absent() {
    let text = format!(
        "{HEAD}spec:\n  ingress: {{controller: a, class: b, issuer: null}}\n  protect: null\n  namespaces:\n"
    );
    let spec = load_files(&[("main.yaml", &text)]).unwrap();
    assert_eq!(spec.value.at(&["ingress", "issuer"]), None);
    assert_eq!(spec.value.at(&["protect"]), Some(&Value::Bool(false)));
}

const BASE: &str = "apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: base}
spec:
  protect: true
  namespaces:
    - {name: a, role: platform, podSecurity: baseline}
    - {name: b, role: platform}
  ingress: {controller: x, class: k, issuer: z, hosts: {a: [a.example.com]}}
  exposure: [{service: a/one}]
  policies: {disable: [p, q], parameters: {p: {x: 1, z: 2}}}
  waivers: [waivers.yaml]
  delivery: {charts: [{name: c, repository: \"https://example.com\", version: 1.0.0, namespace: a, values: values/c.yaml}]}
";

fn over_base(spec: &str) -> Result<Spec, Vec<Diagnostic>> {
    let text = format!("{HEAD}extends: ../shared/base.yaml\nspec:\n{spec}");
    load_files(&[("environments/main.yaml", &text), ("shared/base.yaml", BASE)])
}

#[test]
fn files_merge_by_the_rules() {
    let spec = over_base(
        "  namespaces: [{name: c, role: ingress}, {name: a, podSecurity: restricted}]
  ingress: {issuer: null, hosts: {b: [b.example.com]}}
  exposure: [{service: b/two}]
  policies: {disable: [r], parameters: {p: {z: 3}}}
  waivers: [waivers.yaml]
",
    )
    .unwrap();
    let json = |path: &[&str]| spec.value.at(path).unwrap().to_string();
    assert_eq!(spec.name(), "stage");
    assert!(spec.environment.spec.protect);
    let names: Vec<_> = spec
        .value
        .items_at(&["namespaces"])
        .iter()
        .filter_map(|item| item.text_at(&["name"]))
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(
        spec.namespace("a").unwrap().pod_security,
        Some(PodSecurity::Restricted)
    );
    assert_eq!(spec.value.at(&["ingress", "issuer"]), None);
    assert_eq!(
        json(&["ingress", "hosts"]),
        r#"{"a":["a.example.com"],"b":["b.example.com"]}"#
    );
    assert_eq!(spec.value.items_at(&["exposure"]).len(), 1);
    assert_eq!(json(&["policies", "disable"]), r#"["r"]"#);
    assert_eq!(json(&["policies", "parameters", "p"]), r#"{"x":1,"z":3}"#);
    // Paths stay relative to the file that wrote them.
    assert_eq!(json(&["waivers"]), r#"["environments/waivers.yaml"]"#);
    let chart = &spec.environment.spec.delivery.charts[0];
    assert_eq!(chart.values.as_ref().unwrap().as_str(), "shared/values/c.yaml");
}

use super::super::PodSecurity;

#[test]
fn an_empty_list_empties() {
    let spec = over_base("  delivery: {charts: []}\n").unwrap();
    assert!(spec.environment.spec.delivery.charts.is_empty());
}

#[rstest]
#[case(
    r#"["namespaces", "name=a", "podSecurity"]"#,
    "environments/main.yaml:6:39",
    "restricted"
)]
#[case(r#"["namespaces", "name=a", "role"]"#, "shared/base.yaml:7:23", "platform")]
#[case(r#"["namespaces", 1, "name"]"#, "shared/base.yaml:8:14", "b")]
#[case(r#"["spec", "protect"]"#, "shared/base.yaml:5:12", "true")]
#[case(r#"["name"]"#, "environments/main.yaml:3:18", "stage")]
#[case(r#"["policies", "parameters", "p", "z"]"#, "shared/base.yaml:11:57", "2")]
fn places_lead_through_extends(#[case] path: &str, #[case] place: &str, #[case] text: &str) {
    let spec = over_base("  namespaces: [{name: a, podSecurity: restricted}]\n").unwrap();
    let path = FieldPath::resolve(Value::from_json_str(path).unwrap().items(), &spec.value);
    let found = spec.place(&path).unwrap();
    assert_eq!(
        Diagnostic::new("").at(found.clone()).one_line(),
        format!("{place}: ")
    );
    assert_eq!(&found.source.text[found.span], text);
}

#[test]
fn what_nobody_wrote_has_only_a_nearest_place() {
    let spec = load_files(&[("main.yaml", GOOD)]).unwrap();
    let path = |text: &str| {
        FieldPath(
            text.split('.')
                .map(|key| crate::path::PathElement::Key(key.to_owned()))
                .collect(),
        )
    };
    assert_eq!(spec.place(&path("digitalocean.registry.keepTags")), None);
    let nearest = spec.nearest_place(&path("digitalocean.registry.keepTags"));
    assert_eq!(
        (nearest.start().line, &nearest.source.text[nearest.span]),
        (17, "registry")
    );
    // Meanings stand where the amount does.
    let limit = spec
        .place(&path("digitalocean.registry.storageLimitBytes"))
        .unwrap();
    assert_eq!(&limit.source.text[limit.span], "5GiB");
}

#[test]
fn problems_of_a_base_are_told_where_they_are() {
    let problems = over_base("  namespaces: [{name: kube-system, role: platform}]\n  target: {snapshot: a}\n  ingress: {class: null}\n")
        .unwrap_err();
    let lines: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
    assert_eq!(
        lines,
        [
            "environments/main.yaml:6:23: `kube-system` is a system namespace",
            "environments/main.yaml:8:13: `class` has no value",
        ]
    );
}

#[test]
fn the_name_of_a_base_is_not_inherited() {
    let text = "apiVersion: envcheck.dev/v1\nkind: Environment\nextends: base.yaml\nspec: {}\n";
    let problems = load_files(&[("main.yaml", text), ("base.yaml", BASE)]).unwrap_err();
    assert_eq!(
        problems[0].message,
        "`metadata.name` is missing: each environment needs a name of its own"
    );
    assert_eq!(problems[0].related.as_ref().unwrap().0.source.name, "base.yaml");
}

#[rstest]
#[case(
    "main.yaml",
    "main.yaml:4:10: a spec cannot extend itself: main.yaml → main.yaml"
)]
#[case(
    "./x/../main.yaml",
    "main.yaml:4:10: a spec cannot extend itself: main.yaml → main.yaml"
)]
#[case(
    "other.yaml",
    "other.yaml:4:10: a spec cannot extend itself: main.yaml → other.yaml → main.yaml"
)]
#[case("none.yaml", "main.yaml:4:10: cannot read none.yaml: no such file")]
#[case("[a, b]", "main.yaml:4:10: `extends` must be the path of one file")]
#[case(
    "manifest.yaml",
    "manifest.yaml:2:7: manifest.yaml is a `Service`, not an environment spec"
)]
fn chains_end_somewhere(#[case] extends: &str, #[case] message: &str) {
    let main = format!("{HEAD}extends: {extends}\nspec: {{}}\n");
    let other = format!("{HEAD}extends: main.yaml\nspec: {{}}\n");
    let manifest = "apiVersion: v1\nkind: Service\n";
    let problems = load_files(&[
        ("main.yaml", &main),
        ("other.yaml", &other),
        ("manifest.yaml", manifest),
    ])
    .unwrap_err();
    let lines: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
    assert_eq!(lines, [message]);
}

#[test]
fn chains_are_short() {
    let files: Vec<(String, String)> = (0..12)
        .map(|index| {
            (
                format!("{index}.yaml"),
                format!("{HEAD}extends: {}.yaml\nspec: {{}}\n", index + 1),
            )
        })
        .collect();
    let problems = load("0.yaml", &mut |path| {
        let found = files.iter().find(|(name, _)| name == path);
        found
            .map(|(_, text)| text.as_bytes().to_vec())
            .ok_or_else(String::new)
    })
    .unwrap_err();
    assert_eq!(problems[0].message, "more than 8 files extend one another");
}

#[test]
fn policies_that_the_spec_names_are_told_with_their_places() {
    let text = GOOD.replace(
        "spec:\n",
        "spec:\n  policies: {disable: [a], inlineWaivers: [b], severity: {c: low}, parameters: {d: {x: 1}}}\n",
    );
    let spec = load_files(&[("main.yaml", &text)]).unwrap();
    let references: Vec<String> = spec
        .policy_references()
        .into_iter()
        .map(|reference| {
            let column = reference.place.map_or(0, |place| place.start().column);
            format!("{} {} {column}", reference.id, reference.path)
        })
        .collect();
    assert_eq!(
        references,
        [
            "a policies.disable[0] 24",
            "environment policies.bundles[0] 0",
            "b policies.inlineWaivers[0] 44",
            "c policies.severity.c 59",
            "d policies.parameters.d 81",
        ]
    );
}
