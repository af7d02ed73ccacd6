//! `docs/environment.md` is true: each policy of the environment stands there once, the fields exist, the examples produce
//! what they are said to produce (that they do is what `policy test` shows).

use crate::program::{root, run};
use serde_json::Value;
use std::fs;

/// The page's rows about policies: id, fixture, finding.
fn rows(page: &str) -> Vec<(String, String, String)> {
    let cells = |line: &str| -> Option<(String, String, String)> {
        let [policy, example, finding] = line
            .trim_matches('|')
            .split(" | ")
            .map(str::trim)
            .collect::<Vec<_>>()
            .try_into()
            .ok()?;
        let id = policy.strip_prefix("[`")?.split_once('`')?.0;
        let file = example.split_once("](../")?.1.strip_suffix(')')?;
        Some((id.to_owned(), file.to_owned(), finding.to_owned()))
    };
    page.lines().filter_map(cells).collect()
}

/// Follows references, and the items of lists.
fn resolved<'s>(schema: &'s Value, mut node: &'s Value) -> &'s Value {
    loop {
        if let Some(reference) = node["$ref"].as_str() {
            node = schema.pointer(reference.trim_start_matches('#')).unwrap();
        } else if node["items"].is_object() {
            node = &node["items"];
        } else if let Some(one) = node["anyOf"]
            .as_array()
            .and_then(|all| all.iter().find(|one| one["type"] != "null"))
        {
            node = one;
        } else {
            return node;
        }
    }
}

fn has_field(schema: &Value, path: &str) -> bool {
    let mut node = &schema["$defs"]["EnvironmentSpec"];
    for name in path.split('.') {
        node = &resolved(schema, node)["properties"][name];
        if node.is_null() {
            return false;
        }
    }
    true
}

#[test]
fn each_sentence_of_the_environment_has_its_fields_policies_and_examples() {
    let page = fs::read_to_string(root().join("docs/environment.md")).unwrap();
    let rows = rows(&page);
    let mut told: Vec<&str> = rows.iter().map(|(id, ..)| id.as_str()).collect();
    told.sort_unstable();
    let listed = run(["policy", "list", "-o", "json"]).exits(0).json();
    let of_the_environment = |policy: &&Value| {
        let bundles = policy["bundles"].as_array().unwrap();
        bundles.iter().any(|bundle| bundle == "environment")
    };
    let listed = listed.as_array().unwrap().iter();
    let mut policies: Vec<&str> = listed
        .filter(of_the_environment)
        .map(|policy| policy["id"].as_str().unwrap())
        .collect();
    policies.sort_unstable();
    assert_eq!(told, policies);
    for (id, file, finding) in &rows {
        let folder = format!("/{}/fixtures/fail_", id.replace('-', "_"));
        assert!(file.contains(&folder), "{id} is broken by {file}");
        let fixture = fs::read_to_string(root().join(file)).unwrap();
        assert!(
            fixture.contains(finding.as_str()),
            "{file} does not expect {finding:?}"
        );
    }
    let schema = fs::read_to_string(root().join("environments/schema/environment.v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let fields: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("In the spec: "))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    assert!(fields.len() > 20, "{fields:?}");
    for field in fields {
        assert!(has_field(&schema, field), "the spec has no {field}");
    }
    for number in 1..=15 {
        assert!(page.contains(&format!("\n## {number}. ")), "sentence {number}");
    }
}
