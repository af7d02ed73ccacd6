//! The schema of a plan of repairs.

use super::{digest, list, or_null, record, root, shared, texts, time};
use crate::plan::file;
use serde_json::{Value, json};

/// The schema of what [`write`](crate::plan::write) writes.
pub fn of_repairs() -> Value {
    let texts = texts();
    let all = |of: &str| list(&json!({"$ref": format!("#/$defs/{of}")}));
    let all_repaired = all("Repaired");
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
            "steps": all("Step"),
            "inGit": all("InGit"),
            "leftAlone": all("LeftAlone"),
            "proof": record("What a rehearsal on a copy showed.", &json!({
                "gone": all_repaired, "besides": all_repaired, "remaining": all_repaired, "rolling": all_repaired,
                "estimated": all_repaired, "appeared": all_repaired, "opened": all("Pair"), "closed": all("Pair"),
            }), &["besides", "rolling"]),
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
                    "after": {
                        "description": "The steps without which it would close what is to stay open. Plans of earlier versions lack it.",
                        "type": "array",
                        "items": {"$ref": "#/$defs/StepId"},
                    },
                }),
                &["after"],
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
