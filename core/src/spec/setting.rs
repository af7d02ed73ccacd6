//! Settings by hand over a spec, as if a file that extends it said them: what would be, were the spec to say so.

use super::document::{API_VERSION, KIND};
use crate::source::Diagnostic;
use crate::value::Value;
use crate::yaml::{Limits, decode, documents};
use serde_json::{Map, Value as Json, json};

/// The text of a spec called `name` that extends `file` (one beside it) and says these settings, each as `spec.digitalocean.region=fra1` or,
/// in a list whose items have names, as `namespaces[back].role=backend`. Values are YAML.
///
/// # Errors
///
/// Each setting that is none, and why.
pub fn extending(file: &str, name: &str, settings: &[String]) -> Result<String, Vec<Diagnostic>> {
    let mut spec = Json::Object(Map::new());
    let mut problems = Vec::new();
    for setting in settings {
        if let Err(why) = read(setting).and_then(|(path, value)| put(&mut spec, &path, value)) {
            problems.push(Diagnostic::new(format!("--set {setting}: {why}")).hint(
                "write PATH=VALUE, as spec.digitalocean.cluster.highAvailability=true; an item of a list by its name, as nodePools[general].count=3",
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let whole = json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "extends": file, "spec": spec});
    serde_json::to_string_pretty(&whole).map_err(|error| vec![Diagnostic::new(error.to_string())])
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    /// The item of a list that has this name.
    Named(String),
}

fn read(setting: &str) -> Result<(Vec<Step>, Json), String> {
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
    let source = decode("--set", value.as_bytes()).map_err(|error| error.message)?;
    let limits = Limits::default();
    let mut found = documents(&source, &limits);
    let value = match found.next() {
        None => Value::Null,
        Some(document) => document.map_err(|error| error.message)?.value,
    };
    let value = serde_json::to_value(&value).map_err(|error| error.to_string())?;
    Ok((steps, value))
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

    #[test]
    fn settings_are_a_spec_over_the_spec() {
        let text = extending(
            "stage.yaml",
            "stage",
            &texts(&[
                "spec.digitalocean.cluster.ha=true",
                "digitalocean.cluster.nodePools[general].count=4",
                "digitalocean.cluster.nodePools[general].labels={a: b}",
                "registry=null",
                "name=\"1.35\"",
                "empty=",
                "pools[batch]={size: s}",
                "annotations[x=y].z=1",
            ]),
        );
        let value: Json = serde_json::from_str(&text.unwrap()).unwrap();
        assert_eq!(value["extends"], "stage.yaml");
        assert_eq!(
            value["spec"],
            json!({
                "digitalocean": {"cluster": {"ha": true, "nodePools": [{"name": "general", "count": 4, "labels": {"a": "b"}}]}},
                "registry": null, "name": "1.35", "empty": null, "pools": [{"name": "batch", "size": "s"}], "annotations": [{"name": "x=y", "z": 1}],
            })
        );
    }

    #[test]
    fn what_is_no_setting_is_told_each_with_its_reason() {
        let all = [
            "a", "a..b=1", "a.0.b=1", "a[0].b=1", "a[b=1", "a[b]c=1", "a={", "x=1", "x.y=1",
        ];
        let problems = extending("stage.yaml", "stage", &texts(&all)).unwrap_err();
        let words: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(problems.len(), 8, "{words:#?}");
        for (words, why) in words.iter().zip([
            "has no =",
            "is empty",
            "0 is no name",
            "[0] is no name",
            "has no =",
            "comes a dot",
            "--set a={:",
            "something else",
        ]) {
            assert!(words.contains(why), "{words}: {why}");
        }
    }
}
