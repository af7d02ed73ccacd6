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

/// Removes what only we understand.
fn strip(schema: &mut Value) {
    visit(schema, &mut |object| {
        object.remove(KIND);
        object.remove("x-secret");
        // Widths of Rust's integers; minimum and maximum say the same.
        object.remove("format");
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
            required.retain(|name| name == "name" || name == "service" || name == "apiVersion" || name == "kind");
            if required.is_empty() {
                object.remove("required");
            }
        }
        object.remove("minItems");
    });
    // The environment's own name may come from below too, but nobody means that.
    if let Some(required) = schema.get_mut("required") {
        *required = json!(["apiVersion", "kind", "extends"]);
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
            // Members called like a keyword are not one: below `properties` only the values are schemas.
            if object.contains_key("type") || object.contains_key("$ref") || !object.contains_key("properties") {
                change(object);
            }
            for (key, member) in object.iter_mut() {
                match (key.as_str(), member) {
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
