//! Which policies a run asks for, and which are known at all.

use super::*;
use rstest::rstest;

fn policy(id: &str, bundles: &str) -> String {
    let last = id.replace('-', "_");
    format!(
        "# METADATA\n# title: T\n# description: D\n# scope: package\n# custom:\n#   id: {id}\n#   severity: high\n#   evaluates: object\n#   \
         kinds: [v1/Pod]\n#   stages: [manifests]\n#   bundles: {bundles}\n#   remediation: R\npackage envcheck.pods.{last}\n\ndeny contains 1 if input.x\n"
    )
}

fn catalogue() -> Catalogue {
    let texts = [
        policy("alpha-one", "[hygiene]"),
        policy("beta-two", "[cis, hygiene]"),
        policy("gamma", "[environment]"),
    ];
    let ours = rego(&[
        ("a.rego", &texts[0]),
        ("b.rego", &texts[1]),
        ("c.rego", &texts[2]),
    ]);
    let theirs = rego(&[(
        "m.rego",
        "package main\nimport rego.v1\ndeny contains 1 if input.x\n",
    )]);
    let (catalogue, problems) = Catalogue::load(&ours, &[theirs]);
    assert_eq!(said(&problems), [""; 0]);
    catalogue
}

fn named(names: &str) -> Vec<Named> {
    names.split_whitespace().map(Named::from).collect()
}

#[rstest]
#[case("hygiene", "", "", "alpha-one beta-two main.deny")]
#[case("cis environment", "", "", "beta-two gamma main.deny")]
#[case("none", "", "", "main.deny")]
#[case("hygiene", "", "beta-two", "alpha-one main.deny")]
#[case("hygiene", "gamma", "", "gamma")]
#[case("none", "gamma main.deny", "main.deny", "gamma")]
fn bundles_and_ids_select(
    #[case] bundles: &str,
    #[case] only: &str,
    #[case] skip: &str,
    #[case] expected: &str,
) {
    let catalogue = catalogue();
    let selection = Selection {
        bundles: named(bundles),
        only: named(only),
        skip: named(skip),
        disabled: Vec::new(),
    };
    let found = catalogue.select(&selection).unwrap();
    assert_eq!(
        found
            .iter()
            .map(|policy| policy.id.as_ref())
            .collect::<Vec<_>>()
            .join(" "),
        expected
    );
}

#[test]
fn unknown_names_are_told_all_at_once() {
    let catalogue = catalogue();
    let spec = crate::source::SourceText::new("stage.yaml", "disable: [aplha-one]\n");
    let selection = Selection {
        bundles: named("hygene"),
        only: named("gama"),
        skip: named("something-else"),
        disabled: vec![Named {
            name: "aplha-one".to_owned(),
            place: Some(crate::source::Place::new(&spec, 10..19)),
        }],
    };
    assert_eq!(
        said(&catalogue.select(&selection).unwrap_err()),
        [
            "no policy is called `gama` | did you mean `gamma`?",
            "no policy is called `something-else` | `envcheck policy list` shows all",
            "stage.yaml:1:11: no policy is called `aplha-one` | did you mean `alpha-one`?",
            "no bundle is called `hygene` | did you mean `hygiene`?",
        ]
    );
}

#[test]
fn a_policy_that_may_not_be_loaded_is_known_all_the_same() {
    let text = policy("broken", "[hygiene]") + "deny contains crypto.md5(\"x\")\n";
    let (catalogue, problems) = builtin(&[("b.rego", &text)]);
    assert_eq!(problems.len(), 1);
    assert!(catalogue.policies().is_empty());
    let selection = Selection {
        only: named("broken"),
        ..Selection::default()
    };
    assert!(catalogue.select(&selection).unwrap().is_empty());
}

#[test]
fn ids_of_two_sets_do_not_clash() {
    let set = rego(&[(
        "m.rego",
        "package main\nimport rego.v1\ndeny contains 1 if input.x\n",
    )]);
    let (catalogue, problems) = Catalogue::load(&[], &[set.clone(), set]);
    assert_eq!(said(&problems), [""; 0]);
    assert_eq!(ids(&catalogue), ["main.deny", "main.deny-2"]);
    let groups: Vec<usize> = catalogue.policies().iter().map(|policy| policy.group).collect();
    assert_eq!(groups, [1, 2]);
    assert_eq!(catalogue.policies()[1].provenance, Provenance::Foreign { set: 1 });
}

#[test]
fn long_and_odd_packages_give_ids_that_annotations_can_carry() {
    let long = "a_very_long_name".repeat(4);
    let text = format!("package {long}[\"1.0/x\"]\nimport rego.v1\ndeny contains 1 if input.x\n");
    let (catalogue, problems) = foreign(&[("m.rego", &text)]);
    assert_eq!(said(&problems), [""; 0]);
    let id = &catalogue.policies()[0].id;
    assert!(id.len() <= 57 && id.ends_with("1.0-x.deny"), "{id}");
}

#[test]
fn the_catalogue_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Catalogue>();
}
