//! The JSON Schemas of plans: of repairs, of what has to be made, and of what goes.

use super::{file, provisioning, removing};
use serde_json::{Value, json};

/// The schema of what [`write`](super::write) writes.
pub fn of_repairs() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let all_repaired = json!({"type": "array", "items": {"$ref": "#/$defs/Repaired"}});
    let list = |of: &str| json!({"type": "array", "items": {"$ref": format!("#/$defs/{of}")}});
    let digests = record(
        "What a policy had to do with it.",
        &json!({
            "rules": digest("Its files, all that they refer to, and parameters of the command line."),
            "findings": digest("The fingerprints of what it found and nobody accepts."),
        }),
        &[],
    );
    let content = record(
        "What is to be done, and what is not.",
        &json!({
            "environment": {"description": "The environment's name.", "type": "string"},
            "cluster": {"$ref": "#/$defs/Cluster"},
            "made": time("When it was made."),
            "inputs": {
                "description": "Digests of what it was made of. Plans of earlier versions lack them.",
                "anyOf": [{"$ref": "#/$defs/Inputs"}, {"type": "null"}],
            },
            "steps": list("Step"),
            "inGit": list("InGit"),
            "leftAlone": list("LeftAlone"),
            "proof": record("What a rehearsal on a copy showed.", &json!({
                "gone": all_repaired, "remaining": all_repaired, "estimated": all_repaired, "appeared": all_repaired,
                "opened": list("Pair"), "closed": list("Pair"),
            }), &[]),
        }),
        &["inputs"],
    );
    let mut defs = shared();
    let own = [
        ("Plan", content),
        (
            "Cluster",
            record(
                "The cluster for which it was made.",
                &json!({
                    "name": {"description": "The context, or the server's address.", "type": "string"},
                    "uid": or_null("The UID of Namespace kube-system."),
                    "id": or_null("The declared cluster's id in the account."),
                }),
                &[],
            ),
        ),
        (
            "Inputs",
            record(
                "What it was made of.",
                &json!({
                    "spec": digest("The spec, merged with what it extends, defaults filled in."),
                    "waivers": digest("The waivers of files."),
                    "policies": {
                        "description": "Every policy that judged, by its id.",
                        "type": "object",
                        "additionalProperties": digests,
                    },
                }),
                &[],
            ),
        ),
        (
            "Step",
            record(
                "One change.",
                &json!({
                    "id": {"$ref": "#/$defs/StepId"},
                    "deed": {"$ref": "#/$defs/Deed"},
                    "risk": {"$ref": "#/$defs/Risk"},
                    "summary": {"type": "string"},
                    "repairs": all_repaired,
                    "keeper": {"$ref": "#/$defs/Keeper"},
                    "cautions": texts,
                    "before": or_null("The digest of what the target means before; null when it is not there."),
                    "preview": texts,
                    "undo": {"$ref": "#/$defs/Undo"},
                    "foreign": {"description": "Of a policy that the user brought.", "type": "boolean"},
                    "rehearsed": {"description": "The rehearsal saw its target changed.", "type": "boolean"},
                    "causes": all_repaired,
                }),
                &[],
            ),
        ),
        (
            "InGit",
            record(
                "A step that is taken in Git, for those who look at the plan.",
                &json!({
                    "id": {"$ref": "#/$defs/StepId"},
                    "summary": {"type": "string"},
                    "risk": {"$ref": "#/$defs/Risk"},
                    "repairs": all_repaired,
                    "application": {"type": "string"},
                    "repository": {"type": "string"},
                    "base": {"type": "string"},
                    "how": {"type": "string"},
                    "preview": texts,
                    "liveToo": {"description": "The running object is changed as well, by a step of the same id.", "type": "boolean"},
                }),
                &[],
            ),
        ),
        (
            "LeftAlone",
            record(
                "A finding that no step repairs.",
                &json!({
                    "finding": {"$ref": "#/$defs/Repaired"},
                    "why": {"type": "string"},
                }),
                &[],
            ),
        ),
        (
            "Repaired",
            record(
                "A finding.",
                &json!({
                    "policy": {"type": "string"},
                    "resource": {"$ref": "#/$defs/Resource"},
                    "message": {"type": "string"},
                    "fingerprint": {"type": "string", "pattern": "^v[0-9]+:[0-9a-f]{64}$"},
                }),
                &[],
            ),
        ),
        (
            "Pair",
            record(
                "Who may connect to whom, and on what.",
                &json!({
                    "from": {"type": "string"}, "to": {"type": "string"}, "conn": {"type": "string"},
                }),
                &[],
            ),
        ),
        (
            "Keeper",
            json!({
                "description": "Who delivers the target.",
                "anyOf": [
                    {"type": "null"},
                    record("An application of Argo CD.", &json!({
                        "argocd": {"type": "string"}, "automated": {"type": "boolean"}, "selfHeal": {"type": "boolean"},
                    }), &[]),
                    record("A release of Helm.", &json!({"helm": {"type": "string"}}), &[]),
                ],
            }),
        ),
    ];
    defs.extend(own.map(|(name, schema)| (name.to_owned(), schema)));
    let file = record(
        "A plan of repairs, as `envcheck remediate --out FILE` writes it",
        &json!({
            "apiVersion": {"const": file::API_VERSION},
            "plan": {"$ref": "#/$defs/Plan"},
            "sha256": digest("What `plan` holds: a plan that was changed since is not carried out."),
        }),
        &[],
    );
    root("plan", file, defs)
}

/// The schema of what `plan` and `provision` write.
pub fn of_provisioning() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let list = |of: &Value| json!({"type": "array", "items": of});
    let file = record(
        "A plan of what has to be made, as `envcheck plan --out FILE` writes it",
        &json!({
            "apiVersion": {"const": provisioning::API_VERSION},
            "environment": {"description": "The environment's name.", "type": "string"},
            "planned": time("When it was planned."),
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
                "resource": {"$ref": "#/$defs/Resource"},
                "shared": {"type": "boolean"},
            }), &[])),
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
            "monthlyCents": record("Known cents of a US dollar each month.", &json!({
                "new": {"type": "integer", "minimum": 0}, "standing": {"type": "integer", "minimum": 0},
            }), &[]),
            "notes": texts,
        }),
        &[],
    );
    root("provisioning", file, shared())
}

/// The schema of what `destroy -o json` writes.
pub fn of_removal() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let list = |of: &Value| json!({"type": "array", "items": of});
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
                    "id": {"description": "The account's id.", "type": "string", "minLength": 1},
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
