//! What holds for every spec.

use super::made;
use crate::inventory::OwnerIndex;
use crate::network::Gatherer;
use crate::value::{Value, ValueExt};
use proptest::prelude::*;
use std::collections::BTreeSet;

const NAMES: [&str; 6] = ["alpha", "beta", "gamma", "delta", "default", "kube-extra"];

/// What a namespace declares: whether it is an application, which others it accepts (`None`: all), and its own Pods.
type Declared = (bool, Option<BTreeSet<usize>>, bool);

fn namespaces() -> impl Strategy<Value = Vec<Declared>> {
    let sources = proptest::option::of(proptest::collection::btree_set(0..NAMES.len(), 0..4));
    proptest::collection::vec((any::<bool>(), sources, any::<bool>()), 1..=NAMES.len())
}

fn spec_of(declared: &[Declared]) -> String {
    let lines: Vec<String> = declared
        .iter()
        .zip(NAMES)
        .map(|((application, sources, same), name)| {
            let role = if *application { "application" } else { "platform" };
            let from = match sources {
                None => "all".to_owned(),
                Some(sources) => {
                    let known = sources.iter().filter(|source| **source < declared.len());
                    let names: Vec<&str> = known.map(|source| NAMES[*source]).collect();
                    format!("[{}]", names.join(", "))
                }
            };
            format!("- {{name: {name}, role: {role}, network: {{accepts: {{fromNamespaces: {from}, sameNamespace: {same}}}}}}}\n")
        })
        .collect();
    let lines = lines.concat();
    format!(
        "namespaces:\n{lines}- {{name: argocd, role: delivery}}\ndelivery: {{argocd: {{version: v3.5.1, repository: https://git.example.com/deploy.git}}}}"
    )
}

fn wildcards(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('*'),
        Value::Array(items) => items.iter().any(wildcards),
        _ => value.members().any(|(_, member)| wildcards(member)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn each_declared_namespace_is_made_and_no_project_is_wide(declared_ones in namespaces()) {
        let desired = made(&spec_of(&declared_ones));
        let made_ones: BTreeSet<&str> = desired
            .objects
            .iter()
            .filter(|object| object.reference.kind == "Namespace")
            .map(|object| object.reference.name.as_str())
            .collect();
        let expected = NAMES[..declared_ones.len()].iter().copied().chain(["argocd"]);
        let expected: BTreeSet<&str> = expected
            .filter(|name| !name.starts_with("kube-") && *name != "default")
            .collect();
        prop_assert_eq!(made_ones, expected);
        for object in &desired.objects {
            prop_assert!(object.reference.kind != "AppProject" || !wildcards(&object.value));
        }
        let identities: BTreeSet<_> = desired.objects.iter().map(|object| &object.reference).collect();
        prop_assert_eq!(identities.len(), desired.objects.len());
    }

    #[test]
    fn who_reaches_whom_is_what_was_declared(declared in namespaces()) {
        let desired = made(&spec_of(&declared));
        let names = &NAMES[..declared.len()];
        let mut network = Gatherer::new(false);
        let owners = OwnerIndex::default();
        for object in &desired.objects {
            network.absorb(&object.value, &owners);
        }
        for name in names {
            network.declare_namespace(name);
            network.absorb(&deployment(name), &owners);
        }
        let (network, gaps) = network.build(&owners);
        prop_assert_eq!(gaps, Vec::<String>::new());
        let id = |name: &str| {
            let found = network.workloads().find(|one| one.id.namespace == name);
            found.map(|one| one.id.clone()).unwrap()
        };
        for (to, (application, sources, same)) in names.iter().zip(&declared) {
            for (from, source) in names.iter().enumerate() {
                let accepted = match sources {
                    None => true,
                    Some(sources) => sources.contains(&from) || (source == to && *same),
                };
                let ports = network.connects(&id(source), &id(to));
                if accepted || !application {
                    prop_assert!(ports.is_all(), "{} to {}", source, to);
                } else {
                    prop_assert!(ports.is_empty(), "{} to {}", source, to);
                }
            }
            let facts = network.workload(&id(to)).unwrap();
            let outside = format!("{:?}", facts.accepts_from_outside).to_lowercase();
            prop_assert_eq!(outside, if *application { "none" } else { "all" });
        }
    }
}

fn deployment(namespace: &str) -> Value {
    let pod = r#"{"metadata":{"labels":{"app":"w"}},"spec":{"containers":[{"name":"c","image":"x"}]}}"#;
    let text = format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"w","namespace":"{namespace}"}},"spec":{{"template":{pod}}}}}"#
    );
    Value::from_json_str(&text).unwrap()
}
