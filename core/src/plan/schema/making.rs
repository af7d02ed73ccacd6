//! The schemas of what has to be made, and of what goes.

use super::{digest, list, or_null, record, root, shared, texts, time};
use crate::plan::{provisioning, removing};
use serde_json::{Value, json};

/// The schema of what `plan` and `provision` write.
pub fn of_provisioning() -> Value {
    let texts = texts();
    let pairs = |what: &str| {
        let pair = json!({"from": {"type": "string"}, "to": {"type": "string"}, "conn": {"type": "string"}});
        let pair = record("Who may connect to whom, and on what.", &pair, &[]);
        json!({"description": what, "type": "array", "items": pair})
    };
    let file = record(
        "A plan of what has to be made, as `envcheck plan --out FILE` writes it",
        &json!({
            "apiVersion": {"const": provisioning::API_VERSION},
            "environment": {"description": "The environment's name.", "type": "string"},
            "planned": time("When it was planned."),
            "madeFor": record("What it was made for: it is carried out on nothing else.", &json!({
                "account": or_null("The id of the team, or of the account; null where the token may not ask for it."),
                "cluster": {"anyOf": [{"type": "null"}, record("The cluster that stood.", &json!({
                    "name": {"type": "string"},
                    "uid": or_null("The UID of Namespace kube-system."),
                    "id": or_null("The id of the cluster in the account."),
                }), &[])]},
            }), &[]),
            "steps": list(&record("A step that makes something.", &json!({
                "id": {"$ref": "#/$defs/StepId"},
                "after": texts,
                "deed": {"$ref": "#/$defs/Deed"},
                "preview": texts,
                "risk": {"$ref": "#/$defs/Risk"},
                "summary": {"type": "string"},
                "undo": {"$ref": "#/$defs/Undo"},
            }), &[])),
            "standing": list(&record("Something that is there already.", &json!({
                "adopted": {"type": "boolean"},
                "created": {"type": "boolean"},
                "differs": texts,
                "repaired": {"description": "Those of the differences that `envcheck remediate` repairs.", "type": "array", "items": {"type": "string"}},
                "resource": {"$ref": "#/$defs/Resource"},
                "shared": {"type": "boolean"},
            }), &["repaired"])),
            "adoptions": list(&record("Something that is used only once somebody has agreed to it.", &json!({
                "id": {"type": "string"},
                "resource": {"$ref": "#/$defs/Resource"},
                "why": {"type": "string"},
            }), &[])),
            "conflicts": list(&json!({"$ref": "#/$defs/Conflict"})),
            "bill": list(&record("A line of the monthly bill.", &json!({
                "cents": {"$ref": "#/$defs/Cents"},
                "new": {"type": "boolean"},
                "shared": {"type": "boolean"},
                "what": {"type": "string"},
            }), &[])),
            "opened": pairs("What may connect afterwards and may not now, of what runs already."),
            "closed": pairs("What may connect now and may not afterwards, of what runs already."),
            "monthlyCents": record("Known cents of a US dollar each month.", &json!({
                "new": {"type": "integer", "minimum": 0}, "standing": {"type": "integer", "minimum": 0},
            }), &[]),
            "notes": texts,
            "sha256": digest("Of all other members, as JSON without white space whose members are in the order of their names: a file that was changed is not carried out."),
            "unseen": {"description": "What was not looked at though it is there: steps may be missing, or be of what stands.", "type": "array", "items": {"type": "string"}},
        }),
        &["unseen", "opened", "closed"],
    );
    root("provisioning", file, shared())
}

/// The schema of what `destroy -o json` writes.
pub fn of_removal() -> Value {
    let texts = texts();
    let file = record(
        "A plan of what goes when an environment is destroyed, as `envcheck destroy -o json` prints it",
        &json!({
            "apiVersion": {"const": removing::API_VERSION},
            "environment": {"description": "The environment's name.", "type": "string"},
            "planned": time("When it was planned."),
            "steps": list(&record("A step that removes something.", &json!({
                "id": {"$ref": "#/$defs/StepId"},
                "adopted": {"type": "boolean"},
                "after": texts,
                "along": list(&record("Something that is billed no longer.", &json!({
                    "cents": {"$ref": "#/$defs/Cents"}, "what": {"type": "string"},
                }), &[])),
                "cautions": texts,
                "deed": {"$ref": "#/$defs/Deed"},
                "proof": {"type": "string"},
                "risk": {"$ref": "#/$defs/Risk"},
                "summary": {"type": "string"},
            }), &[])),
            "staying": list(&record("Something that stays.", &json!({
                "billed": {"type": "boolean"},
                "cents": {"$ref": "#/$defs/Cents"},
                "open": {"type": "boolean"},
                "passing": {"type": "boolean"},
                "resource": {"$ref": "#/$defs/Resource"},
                "step": or_null("The step that would remove it."),
                "why": {"type": "string"},
            }), &[])),
            "conflicts": list(&json!({"$ref": "#/$defs/Conflict"})),
            "monthlyCents": {"type": "integer", "minimum": 0},
            "notes": texts,
        }),
        &[],
    );
    root("removal", file, shared())
}
