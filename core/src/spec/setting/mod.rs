//! Settings by hand over a spec, as if a file that extends it said them: what would be, were the spec to say so.

mod place;

use super::Spec;
use super::document::{API_VERSION, KIND};
use crate::source::Diagnostic;
use crate::value::Value;
use crate::yaml::{Limits, decode, documents};
use serde_json::{Map, Value as Json, json};

/// How a setting is written.
const FORM: &str = "write PATH=VALUE, as spec.digitalocean.cluster.highAvailability=true; an item of a list by its name, as \
                    nodePools[general].count=3";

/// The text of a spec that extends `below`, whose file is called `file` (one beside it), and says these settings, each as
/// `spec.digitalocean.region=fra1` or, in a list whose items have names, as `namespaces[back].role=backend`. Values are YAML, but where
/// a text is expected they are taken as they are written.
///
/// # Errors
///
/// Each setting that is none, or of nothing that the spec has, and why.
pub fn extending(file: &str, below: &Spec, settings: &[String]) -> Result<String, Vec<Diagnostic>> {
    let mut spec = Json::Object(Map::new());
    let mut problems = Vec::new();
    let tree = below.tree.get("spec");
    for setting in settings {
        let said = read(setting)
            .map_err(|what| (what, FORM.to_owned()))
            .and_then(|(path, text)| {
                let schema = place::schema(&path, tree, &spec).map_err(|wrong| (wrong.what, wrong.hint))?;
                let value = value(text, schema).map_err(|what| (what, FORM.to_owned()))?;
                put(&mut spec, &path, value).map_err(|what| (what, FORM.to_owned()))
            });
        if let Err((what, hint)) = said {
            problems.push(Diagnostic::new(format!("--set {setting}: {what}")).hint(hint));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let whole = json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": below.name()}, "extends": file, "spec": spec});
    serde_json::to_string_pretty(&whole).map_err(|error| vec![Diagnostic::new(error.to_string())])
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    /// The item of a list that has this name.
    Named(String),
}

/// The path of a setting, and what is written behind it.
fn read(setting: &str) -> Result<(Vec<Step>, &str), String> {
    let (path, value) = split(setting).ok_or("it has no =")?;
    let path = path.strip_prefix("spec.").unwrap_or(path);
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, mut rest) = part.split_once('[').map_or((part, ""), |(key, rest)| (key, rest));
        if key.bytes().all(|byte| byte.is_ascii_digit()) && !key.is_empty() {
            return Err(format!(
                "{key} is no name: items of lists are told apart by their names, as nodePools[general]"
            ));
        }
        if key.is_empty() {
            return Err("a part of its path is empty".to_owned());
        }
        steps.push(Step::Key(key.to_owned()));
        while !rest.is_empty() {
            let (name, after) = rest.split_once(']').ok_or("a [ is not closed")?;
            if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(format!(
                    "[{name}] is no name: items of lists are told apart by their names"
                ));
            }
            steps.push(Step::Named(name.to_owned()));
            rest = match after.strip_prefix('[') {
                Some(more) => more,
                None if after.is_empty() => "",
                None => return Err(format!("after ] comes a dot, and not {after}")),
            };
        }
    }
    Ok((steps, value))
}

/// What a value means at a place with this schema.
fn value(text: &str, schema: Option<&Json>) -> Result<Json, String> {
    let source = decode("--set", text.as_bytes()).map_err(|error| error.message)?;
    let limits = Limits::default();
    let mut found = documents(&source, &limits);
    let value = match found.next() {
        None => Value::Null,
        Some(document) => document.map_err(|error| error.message)?.value,
    };
    let plain = matches!(value, Value::Number(_) | Value::Bool(_));
    if plain && schema.is_some_and(place::takes_texts_only) {
        return Ok(Json::String(text.trim().to_owned()));
    }
    serde_json::to_value(&value).map_err(|error| error.to_string())
}

/// At the first `=` outside of brackets.
fn split(setting: &str) -> Option<(&str, &str)> {
    let mut open = false;
    for (at, char) in setting.char_indices() {
        match char {
            '[' => open = true,
            ']' => open = false,
            '=' if !open => return Some((setting.get(..at)?, setting.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn put(into: &mut Json, path: &[Step], value: Json) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else {
        *into = value;
        return Ok(());
    };
    let twice = || "another --set says something else of what it lies in".to_owned();
    match step {
        Step::Key(key) => {
            if into.is_null() {
                *into = Json::Object(Map::new());
            }
            let members = into.as_object_mut().ok_or_else(twice)?;
            put(members.entry(key.clone()).or_insert(Json::Null), rest, value)
        }
        Step::Named(name) => {
            if into.is_null() {
                *into = Json::Array(Vec::new());
            }
            let items = into.as_array_mut().ok_or_else(twice)?;
            let at = items.iter().position(|item| item["name"] == name.as_str());
            let at = at.unwrap_or_else(|| {
                items.push(json!({"name": name}));
                items.len() - 1
            });
            let item = items.get_mut(at).ok_or_else(twice)?;
            put(item, rest, value)?;
            // All of an item is said, and its name was.
            if let Some(members) = item.as_object_mut() {
                members.entry("name").or_insert_with(|| json!(name));
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(settings: &[&str]) -> Vec<String> {
        settings.iter().map(|text| (*text).to_owned()).collect()
    }

    fn spec() -> Spec {
        let text = "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: stage}\nspec:\n  digitalocean:\n    region: fra1\n    \
                    cluster: {name: stage, version: '1.35', nodePools: [{name: general, size: s-4vcpu-8gb, count: 2}]}\n";
        super::super::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap()
    }

    fn extending(settings: &[&str]) -> Result<Json, Vec<Diagnostic>> {
        let text = super::extending("stage.yaml", &spec(), &texts(settings))?;
        Ok(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn settings_are_a_spec_over_the_spec() {
        let value = extending(&[
            "spec.digitalocean.cluster.highAvailability=true",
            "digitalocean.cluster.nodePools[general].count=4",
            "digitalocean.cluster.nodePools[general].labels={a: b}",
            "digitalocean.registry=null",
            "digitalocean.vpc=",
            "digitalocean.cluster.nodePools[batch]={size: s, count: 1}",
            "digitalocean.cluster.nodePools[batch].count=2",
            "policies.parameters.any[x=y].z=1",
        ])
        .unwrap();
        assert_eq!(value["extends"], "stage.yaml");
        assert_eq!(
            value["spec"],
            json!({
                "digitalocean": {
                    "cluster": {
                        "highAvailability": true,
                        "nodePools": [{"name": "general", "count": 4, "labels": {"a": "b"}}, {"name": "batch", "size": "s", "count": 2}],
                    },
                    "registry": null,
                    "vpc": null,
                },
                "policies": {"parameters": {"any": [{"name": "x=y", "z": 1}]}},
            })
        );
    }

    #[test]
    fn where_a_text_is_expected_a_number_is_one() {
        for (written, is) in [
            ("1.30", json!("1.30")),
            ("\"1.30\"", json!("1.30")),
            ("1.35.6-do.0", json!("1.35.6-do.0")),
            ("null", Json::Null),
        ] {
            let value = extending(&[&format!("digitalocean.cluster.version={written}")]).unwrap();
            assert_eq!(
                value["spec"]["digitalocean"]["cluster"]["version"], is,
                "{written}"
            );
        }
        let value = extending(&["digitalocean.cluster.nodePools[general].labels.batch=true"]).unwrap();
        let pool = &value["spec"]["digitalocean"]["cluster"]["nodePools"][0];
        assert_eq!(pool["labels"]["batch"], "true");
        // A quantity may be both.
        let value = extending(&[
            "namespaces[b]={role: platform, quota: {pods: 1}}",
            "namespaces[b].quota.pods=4",
        ])
        .unwrap();
        assert_eq!(value["spec"]["namespaces"][0]["quota"]["pods"], 4);
    }

    #[test]
    fn what_the_spec_does_not_have_is_told_with_what_it_has() {
        for (setting, what, hint) in [
            (
                "digitalocean.cluster.nodePools[nope].count=3",
                "digitalocean.cluster.nodePools has no node pool called `nope`",
                "it has `general`; to add one, say all of it",
            ),
            (
                "nodePools[nope].count=3",
                "spec has no field `nodePools`",
                "that is at digitalocean.cluster.nodePools",
            ),
            (
                "digitalocean.cluster.nodePools[general].cuont=3",
                "digitalocean.cluster.nodePools[general] has no field `cuont`",
                "did you mean `count`?",
            ),
            (
                "namespaces[back].role=platform",
                "namespaces has no namespace called `back`",
                "it is empty",
            ),
        ] {
            let problems = extending(&[setting]).unwrap_err();
            let (found, told) = (
                &problems[0].message,
                problems[0].hint.as_deref().unwrap_or_default(),
            );
            assert!(found.contains(what) && told.contains(hint), "{found}: {told}");
        }
    }

    #[test]
    fn what_is_no_setting_is_told_each_with_its_reason() {
        let all = [
            "a",
            "a..b=1",
            "a.0.b=1",
            "a[0].b=1",
            "a[b=1",
            "a[b]c=1",
            "ingress={",
            "digitalocean.region=x",
            "digitalocean.region.y=1",
        ];
        let problems = extending(&all).unwrap_err();
        let words: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(problems.len(), 8, "{words:#?}");
        for (words, why) in words.iter().zip([
            "has no =",
            "is empty",
            "0 is no name",
            "[0] is no name",
            "has no =",
            "comes a dot",
            "--set ingress={:",
            "something else",
        ]) {
            assert!(words.contains(why), "{words}: {why}");
        }
    }
}
