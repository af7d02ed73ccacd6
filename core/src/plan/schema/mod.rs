//! The JSON Schemas of plans: of repairs, of what has to be made, and of what goes. They say what a reader may rely on; whoever
//! carries a plan out checks more than any schema can.

mod making;
mod repairs;

pub use making::{of_provisioning, of_removal};
pub use repairs::of_repairs;

use serde_json::{Value, json};

fn root(name: &str, mut file: Value, defs: serde_json::Map<String, Value>) -> Value {
    file["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    file["$id"] = json!(format!("https://envcheck.dev/schema/{name}.v1.schema.json"));
    file["$defs"] = Value::Object(defs);
    file
}

/// An object with these members and no others, of which only the named ones may be missing.
fn record(description: &str, properties: &Value, optional: &[&str]) -> Value {
    let names = properties
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys());
    let required: Vec<&String> = names.filter(|name| !optional.contains(&name.as_str())).collect();
    json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn list(of: &Value) -> Value {
    json!({"type": "array", "items": of})
}

fn texts() -> Value {
    list(&json!({"type": "string"}))
}

fn digest(of: &str) -> Value {
    json!({"description": format!("SHA-256. {of}"), "type": "string", "pattern": "^[0-9a-f]{64}$"})
}

fn time(description: &str) -> Value {
    json!({"description": description, "type": "string", "format": "date-time"})
}

fn or_null(description: &str) -> Value {
    json!({"description": description, "type": ["string", "null"]})
}

/// What all plans have.
fn shared() -> serde_json::Map<String, Value> {
    let shared = [
        (
            "StepId",
            json!({"description": "By which a step is named: --step ID.", "type": "string", "pattern": "^[0-9a-f]{12}$"}),
        ),
        ("Risk", json!({"enum": ["safe", "disruptive", "destructive"]})),
        (
            "Cents",
            json!({"description": "Cents of a US dollar each month; null where no price list tells.", "type": ["integer", "null"], "minimum": 0}),
        ),
        (
            "Resource",
            record(
                "What it is about.",
                &json!({
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string", "minLength": 1},
                    "name": {"type": "string", "minLength": 1},
                    "namespace": {"type": "string", "minLength": 1},
                    "id": {"description": "The account's id, or the uid of an object that goes.", "type": "string", "minLength": 1},
                }),
                &["namespace", "id"],
            ),
        ),
        (
            "Deed",
            record(
                "What a step does to its one target.",
                &json!({
                    "action": {"type": "string", "pattern": "^[a-z_]+(\\.[a-z_]+)*$", "examples": ["kubernetes.patch"]},
                    "target": {"$ref": "#/$defs/Resource"},
                    "data": {"description": "The patch, the object, or the parameters, by action."},
                }),
                &[],
            ),
        ),
        (
            "Operation",
            record(
                "An operation of RFC 6902.",
                &json!({
                    "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
                    "path": {"type": "string"},
                    "from": {"type": "string"},
                    "value": {},
                }),
                &["from", "value"],
            ),
        ),
        (
            "Undo",
            json!({
                "description": "What takes a step back.",
                "anyOf": [
                    record("The object that it made is deleted.", &json!({"delete": {"const": true}}), &[]),
                    record("The object is patched back.", &json!({
                        "patch": {"type": "array", "items": {"$ref": "#/$defs/Operation"}},
                    }), &[]),
                    record("The opposite is done.", &json!({"deed": {"$ref": "#/$defs/Deed"}}), &[]),
                    record("Nothing does; why.", &json!({"none": {"type": "string"}}), &[]),
                ],
            }),
        ),
        (
            "Conflict",
            record(
                "Something that stands in the way.",
                &json!({
                    "hint": {"type": "string"},
                    "resource": {"$ref": "#/$defs/Resource"},
                    "why": {"type": "string"},
                }),
                &[],
            ),
        ),
    ];
    shared
        .map(|(name, schema)| (name.to_owned(), schema))
        .into_iter()
        .collect()
}
