//! The JSON Schema of the spec, made from its types.

use super::scalar::KIND;
use super::types::Environment;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Where editors find the published schema.
const ID: &str = "https://envcheck.dev/schema/environment.v1.schema.json";

/// The strict schema of a whole, merged spec: what the structural check walks.
pub(super) static WHOLE: LazyLock<Value> = LazyLock::new(|| {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<Environment>().to_value()
});

/// The schema for editors and `environments/schema/`.
///
/// A file that extends another may leave out whatever the other one says, so for it nothing but names is required:
/// every definition exists twice, whole and in part.
pub fn json_schema() -> Value {
    let mut whole = WHOLE.clone();
    strip(&mut whole);
    let mut part = whole.clone();
    relax(&mut part);
    allow_null(&mut whole);
    allow_null(&mut part);
    let mut definitions = Map::new();
    let mut root = |schema: &mut Value, name: &str| {
        let mut own = Map::new();
        if let Some(schema) = schema.as_object_mut() {
            if let Some(Value::Object(found)) = schema.remove("$defs") {
                own = found;
            }
            schema.remove("$schema");
            schema.remove("title");
        }
        own.insert("Environment".to_owned(), schema.take());
        for (key, mut definition) in own {
            repoint(&mut definition, name);
            definitions.insert(format!("{name}{key}"), definition);
        }
    };
    root(&mut whole, "");
    root(&mut part, "Partial");
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Environment",
        "description": "One environment as envcheck reads it: environments/NAME.yaml",
        "if": {"type": "object", "required": ["extends"]},
        "then": {"$ref": "#/$defs/PartialEnvironment"},
        "else": {"$ref": "#/$defs/Environment"},
        "$defs": definitions,
    })
}

/// Removes what only we understand, and line breaks of the sources.
fn strip(schema: &mut Value) {
    visit(schema, &mut |object| {
        object.remove(KIND);
        object.remove("x-secret");
        // Widths of Rust's integers; minimum and maximum say the same.
        object.remove("format");
        if let Some(Value::String(description)) = object.get_mut("description") {
            *description = description.replace('\n', " ");
        }
    });
}

/// Requires nothing but names, which merging needs, and what tells alternatives apart.
fn relax(schema: &mut Value) {
    visit(schema, &mut |object| {
        let alternative = object
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|properties| properties.len() == 1);
        if alternative {
            return;
        }
        if let Some(Value::Array(required)) = object.get_mut("required") {
            required.retain(|name| name == "name" || name == "service");
            if required.is_empty() {
                object.remove("required");
            }
        }
        object.remove("minItems");
    });
    if let Some(root) = schema.as_object_mut() {
        root.insert(
            "required".to_owned(),
            json!(["apiVersion", "kind", "metadata", "extends"]),
        );
    }
}

/// Allows null for what need not be there: null removes.
fn allow_null(schema: &mut Value) {
    visit(schema, &mut |object| {
        let required = object.get("required").cloned().unwrap_or_default();
        let Some(Value::Object(properties)) = object.get_mut("properties") else {
            return;
        };
        for (key, member) in properties {
            let needed = required
                .as_array()
                .is_some_and(|required| required.iter().any(|name| name == key));
            if !needed && let Some(member) = member.as_object_mut() {
                nullable(member);
            }
        }
    });
}

fn nullable(schema: &mut Map<String, Value>) {
    let null = || json!({"type": "null"});
    if let Some(Value::Array(alternatives)) = schema.get_mut("anyOf") {
        if !alternatives.contains(&null()) {
            alternatives.push(null());
        }
        return;
    }
    let plain = !["enum", "const", "oneOf", "$ref"]
        .iter()
        .any(|key| schema.contains_key(*key));
    match schema.get_mut("type") {
        Some(Value::Array(_)) => {}
        Some(name) if plain => *name = json!([name.clone(), "null"]),
        _ => {
            let notes = ["description", "default"].map(|key| (key, schema.remove(key)));
            let own = Value::Object(std::mem::take(schema));
            for (key, note) in notes {
                schema.extend(note.map(|note| (key.to_owned(), note)));
            }
            schema.insert("anyOf".to_owned(), Value::Array(vec![own, null()]));
        }
    }
}

/// Points references to the definitions with the prefix `name`.
fn repoint(schema: &mut Value, name: &str) {
    visit(schema, &mut |object| {
        if let Some(Value::String(reference)) = object.get_mut("$ref") {
            *reference = reference.replace("#/$defs/", &format!("#/$defs/{name}"));
        }
    });
}

fn visit(schema: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            change(object);
            for (key, member) in object.iter_mut() {
                match (key.as_str(), member) {
                    // Their members are called after fields, not after keywords.
                    ("properties" | "$defs", Value::Object(members)) => {
                        members.values_mut().for_each(|member| visit(member, change));
                    }
                    ("default" | "examples" | "const" | "enum" | "required", _) => {}
                    (_, member) => visit(member, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, change)),
        _ => {}
    }
}
