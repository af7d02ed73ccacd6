//! The JSON Schema of waiver files, for editors. It says less than reading does: no schema knows what day it is.

use super::file::{API_VERSION, KIND, LONGEST_TEXT, MOST_WAIVERS};
use serde_json::{Value, json};

/// Where editors find the published schema.
const ID: &str = "https://envcheck.dev/schema/waivers.v1.schema.json";

/// The schema, committed as `environments/schema/waivers.v1.schema.json`.
pub fn json_schema() -> Value {
    let text = |description: &str| json!({"description": description, "type": "string", "pattern": "\\S", "maxLength": LONGEST_TEXT});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Waivers",
        "description": "Who accepts which findings, until when: a list of waivers, alone or below `waivers`",
        "if": {"type": "array"},
        "then": {"$ref": "#/$defs/Waivers"},
        "else": {
            "type": "object",
            "properties": {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": KIND},
                "waivers": {"anyOf": [{"$ref": "#/$defs/Waivers"}, {"type": "null"}]},
            },
            "required": ["apiVersion", "kind"],
            "additionalProperties": false,
        },
        "$defs": {
            "Waivers": {
                "type": "array",
                "items": {"$ref": "#/$defs/Waiver"},
                "maxItems": MOST_WAIVERS,
            },
            "Waiver": {
                "type": "object",
                "properties": {
                    "policy": text("The policy's id."),
                    "resources": {
                        "description":
                            "Resources as reports name them, with `*` for any characters but `/`; `*` alone for all that the policy says.",
                        "type": "array",
                        "items": {
                            "type": "string",
                            "pattern": "\\S",
                            "examples": ["back/ii (Deployment)", "back/*", "acme (Registry)", "*"],
                        },
                        "minItems": 1,
                    },
                    "reason": text("Why it is accepted."),
                    "owner": text("Who answers for it."),
                    "ticket": {"anyOf": [text("Where it is followed up."), {"type": "null"}]},
                    "expires": {
                        "description": "The last day on which it holds, in UTC; at most 180 days ahead.",
                        "type": "string",
                        "pattern": "^\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\\s*$",
                        "examples": ["2026-12-31"],
                    },
                },
                "required": ["policy", "resources", "reason", "owner", "expires"],
                "additionalProperties": false,
            },
        },
    })
}
