//! The given NetworkPolicy cases: verdicts and every connection, as sets.
//!
//! Needs `ENVCHECK_TEST_DATA`; each directory of `given/netpol` below it is a case with `manifests/` and `expected.json`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test, told by its output"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use envcheck_core::network::{Network, NetworkBuilder, resolve_owners};
use envcheck_core::value::{Value, ValueExt};
use serde::Deserialize;

fn files(directory: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into);
        } else if path
            .extension()
            .is_some_and(|kind| ["yaml", "yml", "json"].iter().any(|known| kind == *known))
        {
            into.push(path);
        }
    }
}

fn member(object: &Value, key: &str) -> Value {
    object.field(key).cloned().unwrap_or(Value::Null)
}

/// The objects of a document, out of any lists.
fn flatten(object: Value, into: &mut Vec<Value>) {
    let kind = object.text_at(&["kind"]).unwrap_or_default();
    match kind
        .strip_suffix("List")
        .filter(|_| object.field("items").is_some())
    {
        Some(item_kind) => {
            for item in object.items_at(&["items"]) {
                let inherited = [
                    ("kind", Value::from(item_kind)),
                    ("apiVersion", member(&object, "apiVersion")),
                ];
                let own = item.members().map(|(key, value)| (key, value.clone()));
                let item = envcheck_core::value::object(inherited.into_iter().chain(own));
                flatten(item, into);
            }
        }
        None if !kind.is_empty() => into.push(object),
        None => {}
    }
}

fn objects(case: &Path) -> Vec<Value> {
    let (mut paths, mut objects) = (Vec::new(), Vec::new());
    files(case, &mut paths);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        for document in yaml_serde::Deserializer::from_str(&text) {
            let Ok(document) = serde_json::Value::deserialize(document) else {
                break;
            };
            flatten(Value::from_json_str(&document.to_string()).unwrap(), &mut objects);
        }
    }
    objects
}

fn network(objects: &[Value]) -> Network {
    let mut builder = NetworkBuilder::new();
    for endpoint in resolve_owners(objects) {
        builder.endpoint(endpoint);
    }
    for object in objects {
        let group = object.text_at(&["apiVersion"]).unwrap_or_default();
        match object.text_at(&["kind"]).unwrap_or_default() {
            "Namespace" => builder.namespace(object),
            "Service" => builder.service(object),
            "Ingress" => builder.ingress(object),
            "Route" => builder.route(object),
            "NetworkPolicy" if group.starts_with("networking.k8s.io/") => {
                if let Err(gap) = builder.policy(object) {
                    println!("{}: {}", gap.resource, gap.reason);
                }
            }
            "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "NetworkPolicy" => {
                builder.foreign_policy(object);
            }
            _ => {}
        }
    }
    builder.build()
}

/// What differs between the case and what is expected of it.
fn differences(case: &Path) -> Vec<String> {
    let network = network(&objects(&case.join("manifests")));
    let expected = std::fs::read_to_string(case.join("expected.json")).unwrap();
    let expected = Value::from_json_str(&expected).unwrap();
    let mut differences = Vec::new();
    let mut compare = |what: &str, expected: BTreeSet<String>, found: BTreeSet<String>| {
        differences.extend(
            expected
                .difference(&found)
                .map(|missing| format!("missing {what}: {missing}")),
        );
        differences.extend(
            found
                .difference(&expected)
                .map(|extra| format!("extra {what}: {extra}")),
        );
    };
    if let Some(verdicts) = expected.field("acceptsFromAllNamespaces") {
        let found = network
            .workloads()
            .map(|facts| format!("{} {}", facts.id, facts.accepts_from_all.name()));
        let verdicts = verdicts
            .members()
            .map(|(id, verdict)| format!("{id} {}", verdict.text().unwrap()));
        compare("verdict", verdicts.collect(), found.collect());
    }
    if let Some(connections) = expected.field("connections") {
        let text = |connection: &Value, key: &str| connection.text_at(&[key]).unwrap().to_owned();
        let line = |src: String, dst: String, conn: String| format!("{src} => {dst} : {conn}");
        let connections = connections.items().iter().map(|connection| {
            line(
                text(connection, "src"),
                text(connection, "dst"),
                text(connection, "conn"),
            )
        });
        let found = network.connections().map(|connection| {
            line(
                connection.src.to_string(),
                connection.dst.to_string(),
                connection.ports.to_string(),
            )
        });
        compare("connection", connections.collect(), found.collect());
    }
    differences
}

#[test]
fn network_agrees_with_the_given_cases() {
    let Some(data) = std::env::var_os("ENVCHECK_TEST_DATA") else {
        println!("skipped: ENVCHECK_TEST_DATA is not set");
        return;
    };
    let mut cases: Vec<_> = std::fs::read_dir(Path::new(&data).join("given/netpol"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("expected.json").is_file())
        .collect();
    cases.sort();
    let mut failed = 0;
    for case in &cases {
        let differences = differences(case);
        if !differences.is_empty() {
            failed += 1;
            println!("{}: {} differences", case.display(), differences.len());
            differences
                .iter()
                .take(20)
                .for_each(|difference| println!("  {difference}"));
        }
    }
    println!("{} of {} cases agree", cases.len() - failed, cases.len());
    assert_eq!(failed, 0);
}
