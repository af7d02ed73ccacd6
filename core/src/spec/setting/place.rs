//! Where a setting goes: a field that the schema knows, of a thing that the spec has.

use super::Step;
use crate::spec::node::Node;
use crate::spec::schema::WHOLE;
use crate::spec::secrecy::shown;
use crate::spec::shape::{resolved, types};
use crate::spec::wording::{listed, meant, singular};
use serde_json::Value as Json;

/// How deep fields are looked for that somebody wrote at the wrong place.
const DEEPEST: usize = 8;

/// What is wrong with a setting, and what can be done.
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) hint: String,
}

/// The schema of the field at a path below `spec`; `None` where any value will do. `tree` is that section of the spec, and
/// `said` what other settings say of it.
pub(super) fn schema<'s>(path: &[Step], tree: Option<&Node>, said: &Json) -> Result<Option<&'s Json>, Wrong> {
    let mut schema = WHOLE.pointer("/properties/spec");
    let (mut tree, mut said) = (tree, said);
    let mut above = String::new();
    let mut field = "spec".to_owned();
    for (at, step) in path.iter().enumerate() {
        let Some(here) = schema.map(alternatives) else {
            return Ok(None);
        };
        match step {
            Step::Key(key) => {
                let member = here.iter().find_map(|one| member(one, key));
                if member.is_none() && here.iter().any(|one| one.get("properties").is_some()) {
                    return Err(unknown(key, &above, &here));
                }
                schema = member;
                tree = tree.and_then(|node| node.get(key));
                said = &said[key];
                if !above.is_empty() {
                    above.push('.');
                }
                above.push_str(key);
                field.clone_from(key);
            }
            Step::Named(name) => {
                let Some(item) = here.iter().find_map(|one| one.get("items")) else {
                    return Ok(None);
                };
                let items = tree.map_or(&[][..], Node::items);
                let called = |node: &&Node| node.get("name").and_then(Node::text) == Some(name);
                let found = items.iter().find(called);
                let added = said.as_array().into_iter().flatten();
                let added = added.into_iter().find(|item| item["name"] == name.as_str());
                // Whoever says all of an item adds it; whoever says a part of it means one that is there.
                if found.is_none() && added.is_none() && at + 1 < path.len() {
                    return Err(absent(name, &above, &field, items));
                }
                schema = Some(item);
                tree = found;
                said = added.unwrap_or(&Json::Null);
                above = format!("{above}[{name}]");
            }
        }
    }
    Ok(schema)
}

/// Whether texts alone are values of it: then what looks like a number is one.
pub(super) fn takes_texts_only(schema: &Json) -> bool {
    let mut texts = false;
    for one in alternatives(schema) {
        let named: Vec<&str> = types(one).filter(|name| *name != "null").collect();
        let words = |key: &str| {
            one.get(key)
                .is_some_and(|value| value.is_string() || value.is_array())
        };
        match named.as_slice() {
            ["string"] => texts = true,
            [] if words("const") || words("enum") => texts = true,
            ["array" | "object"] => {}
            _ => return false,
        }
    }
    texts
}

/// The forms that a value may have, references resolved.
fn alternatives(schema: &Json) -> Vec<&Json> {
    let schema = resolved(schema);
    let several = ["oneOf", "anyOf"]
        .iter()
        .find_map(|key| schema.get(key)?.as_array());
    match several {
        Some(several) => several.iter().flat_map(alternatives).collect(),
        None => vec![schema],
    }
}

fn member<'s>(schema: &'s Json, key: &str) -> Option<&'s Json> {
    let own = schema.get("properties").and_then(|members| members.get(key));
    own.or_else(|| schema.get("additionalProperties").filter(|open| open.is_object()))
}

fn unknown(key: &str, above: &str, here: &[&Json]) -> Wrong {
    let known = || {
        let members = here.iter().filter_map(|one| one.get("properties")?.as_object());
        members.flat_map(|members| members.keys().map(String::as_str))
    };
    let place = if above.is_empty() { "spec" } else { above };
    let hint = match (meant(key, known()), elsewhere(key)) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, Some(path)) => format!("that is at {path}"),
        (None, None) => format!("known here: {}", listed(known(), "and")),
    };
    Wrong {
        what: format!("{place} has no field {}", shown(key)),
        hint,
    }
}

fn absent(name: &str, above: &str, field: &str, items: &[Node]) -> Wrong {
    let names = items.iter().filter_map(|node| node.get("name")?.text());
    let names: Vec<&str> = names.collect();
    let hint = if names.is_empty() {
        format!("it is empty; to add one, say all of it: {above}[{name}]={{…}}")
    } else {
        format!(
            "it has {}; to add one, say all of it: {above}[{name}]={{…}}",
            listed(names.iter().copied(), "and")
        )
    };
    Wrong {
        what: format!("{above} has no {} called {}", singular(field), shown(name)),
        hint,
    }
}

/// Where the schema has a field of this name, the highest one.
fn elsewhere(key: &str) -> Option<String> {
    let mut level: Vec<(String, &Json)> = vec![(String::new(), WHOLE.pointer("/properties/spec")?)];
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for (path, schema) in level {
            for one in alternatives(schema) {
                for (name, member) in one
                    .get("properties")
                    .and_then(Json::as_object)
                    .into_iter()
                    .flatten()
                {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    if name == key {
                        return Some(path);
                    }
                    next.push((path, member));
                }
                let items = one.get("items");
                next.extend(items.map(|items| (format!("{path}[NAME]"), items)));
            }
        }
        level = next;
    }
    None
}
