//! A plan of what has to be made, as JSON: for people's programs, and to be carried out later. Whoever carries it out plans anew:
//! the file says which things were agreed to, and as what; nothing else of it is believed. A digest of all that was shown goes with it,
//! since whoever agreed has read the words, and not the deeds.

use super::{Adoption, Bill, Conflict, Difference, MadeFor, Making, Provisioning, Standing};
use crate::inventory::snapshot::sha256;
use crate::plan::Deed;
use crate::plan::file::pairs;
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeMap;

/// What such a file says that it is.
pub const API_VERSION: &str = "envcheck.dev/provisioning/v1";

/// What a file agreed to: the deeds by the ids of their steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreed {
    /// The environment's name.
    pub environment: String,
    /// The deeds.
    pub deeds: BTreeMap<String, Deed>,
    /// For which account and cluster it was made.
    pub made_for: MadeFor,
}

impl Provisioning {
    /// The plan as JSON, with a digest of all of it.
    pub fn to_json(&self) -> String {
        let content = self.content();
        let digest = Value::from(digest(&content));
        let members = content.members().map(|(key, member)| (key, member.clone()));
        let value = object(members.chain([(DIGEST, digest)]));
        let mut text = value.to_json_str().unwrap_or_default();
        text.push('\n');
        text
    }

    fn content(&self) -> Value {
        object([
            ("adoptions", array(self.adoptions.iter().map(adoption))),
            ("apiVersion", Value::from(API_VERSION)),
            ("bill", array(self.bill.iter().map(line))),
            ("closed", pairs(&self.closed)),
            ("conflicts", array(self.conflicts.iter().map(conflict))),
            ("environment", Value::from(self.environment.as_str())),
            ("madeFor", self.made_for.to_value()),
            (
                "monthlyCents",
                object([
                    ("new", Value::from(self.cents(true))),
                    ("standing", Value::from(self.cents(false))),
                ]),
            ),
            ("notes", texts(&self.notes)),
            ("opened", pairs(&self.opened)),
            ("planned", Value::from(self.planned.to_string().as_str())),
            ("standing", array(self.standing.iter().map(standing))),
            ("steps", array(self.steps.iter().map(making))),
            ("unseen", texts(&self.unseen)),
        ])
    }
}

/// The member that holds the digest of all others.
const DIGEST: &str = "sha256";

/// The digest of what a file holds besides the digest: of its meaning, however it is laid out.
fn digest(file: &Value) -> String {
    let members = file.members().filter(|(key, _)| *key != DIGEST);
    let content = object(members.map(|(key, member)| (key, member.clone())));
    sha256(serde_json::to_string(&content).unwrap_or_default().as_bytes())
}

/// Reads what [`Provisioning::to_json`] wrote.
///
/// # Errors
///
/// In words, why it is no such plan; or that it was changed after it was written.
pub fn read(text: &str) -> Result<Agreed, String> {
    let value = Value::from_json_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    match value.text_at(&["apiVersion"]) {
        Some(API_VERSION) => {}
        Some(other) => return Err(format!("it is {other:?}, and this program reads {API_VERSION:?}")),
        None => return Err("it does not say that it is a plan".to_owned()),
    }
    match value.text_at(&[DIGEST]) {
        Some(told) if told == digest(&value) => {}
        Some(_) => {
            return Err(
                "it was changed after it was written: its sha256 is not that of what it holds".to_owned(),
            );
        }
        None => {
            return Err(
                "it has no sha256 of what it holds: it was written by an earlier envcheck, or somebody took that away".to_owned(),
            );
        }
    }
    let steps = value.field("steps").filter(|steps| steps.as_array().is_ok());
    let steps = steps.ok_or("it has no list of steps")?;
    let mut deeds = BTreeMap::new();
    for step in steps.items() {
        let id = step.text_at(&["id"]).ok_or("a step has no id")?;
        let deed = step
            .field("deed")
            .ok_or_else(|| format!("step {id} does nothing"))?;
        if deeds.insert(id.to_owned(), Deed::from_value(deed)?).is_some() {
            return Err(format!("it has two steps {id}"));
        }
    }
    let environment = value.text_at(&["environment"]);
    // Who does not say it could be carried out on any cluster.
    let made_for = value.field("madeFor");
    let made_for = made_for
        .filter(|made_for| {
            ["account", "cluster"]
                .iter()
                .all(|key| made_for.field(key).is_some())
        })
        .ok_or("it does not say for which account and cluster it was made")?;
    Ok(Agreed {
        made_for: MadeFor::from_value(made_for),
        environment: environment.ok_or("it names no environment")?.to_owned(),
        deeds,
    })
}

fn texts(texts: &[String]) -> Value {
    array(texts.iter().map(|text| Value::from(text.as_str())))
}

fn making(making: &Making) -> Value {
    let Making { step, after } = making;
    object([
        ("after", texts(after)),
        ("deed", step.deed.to_value()),
        ("id", Value::from(step.id.as_str())),
        ("preview", texts(&step.preview)),
        ("risk", Value::from(step.risk.as_str())),
        ("summary", Value::from(step.summary.as_str())),
        ("undo", step.undo.to_value()),
    ])
}

fn words(difference: &Difference) -> Value {
    Value::from(difference.words.as_str())
}

fn standing(one: &Standing) -> Value {
    object([
        ("adopted", Value::from(one.adopted)),
        ("created", Value::from(one.created)),
        ("differs", array(one.differs.iter().map(words))),
        (
            "repaired",
            array(one.differs.iter().filter(|way| way.repaired).map(words)),
        ),
        ("resource", one.target.to_value()),
        ("shared", Value::from(one.shared)),
    ])
}

fn adoption(one: &Adoption) -> Value {
    object([
        ("id", Value::from(one.id.as_str())),
        ("resource", one.target.to_value()),
        ("why", Value::from(one.why.as_str())),
    ])
}

fn conflict(one: &Conflict) -> Value {
    object([
        ("hint", Value::from(one.hint.as_str())),
        ("resource", one.target.to_value()),
        ("why", Value::from(one.why.as_str())),
    ])
}

fn line(line: &Bill) -> Value {
    object([
        ("cents", line.cents.map_or(Value::Null, Value::from)),
        ("new", Value::from(line.new)),
        ("shared", Value::from(line.shared)),
        ("what", Value::from(line.what.as_str())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;
    use crate::inventory::ResourceRef;
    use crate::plan::Step;
    use crate::policy::Risk;
    use jiff::Timestamp;

    #[test]
    fn what_is_no_plan_is_refused_with_the_reason() {
        for (text, why) in [
            ("{", "not JSON"),
            ("{}", "does not say"),
            (r#"{"apiVersion": "envcheck.dev/provisioning/v2"}"#, "reads"),
            (
                r#"{"apiVersion": "envcheck.dev/provisioning/v1", "steps": {"a": 1}}"#,
                "no list of steps",
            ),
            (
                r#"{"apiVersion": "envcheck.dev/provisioning/v1", "steps": [{"id": "a"}]}"#,
                "does nothing",
            ),
            (
                r#"{"apiVersion": "envcheck.dev/provisioning/v1", "steps": []}"#,
                "for which account and cluster",
            ),
            (
                r#"{"apiVersion": "envcheck.dev/provisioning/v1", "madeFor": {"cluster": null}, "steps": []}"#,
                "for which account and cluster",
            ),
            (
                r#"{"apiVersion": "envcheck.dev/provisioning/v1", "madeFor": {"account": "t", "cluster": null}, "steps": []}"#,
                "names no environment",
            ),
        ] {
            let sealed = Value::from_json_str(text).map(|file| {
                let digest = Value::from(digest(&file));
                let members = file.members().map(|(key, member)| (key, member.clone()));
                let sealed = object(members.chain([(DIGEST, digest)]));
                sealed.to_json_str().unwrap()
            });
            let error = read(&sealed.unwrap_or_else(|_| text.to_owned())).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn what_was_shown_is_what_is_read_to_the_last_word() {
        let deed = Deed {
            action: FixAction::KubernetesCreate,
            target: ResourceRef::kubernetes("v1", "Namespace", None, "tools"),
            data: Value::new_object(),
        };
        let step = Step {
            preview: vec!["+ kind: Namespace".to_owned()],
            ..Step::new(deed, Risk::Safe, "create Namespace tools".to_owned())
        };
        let plan = Provisioning {
            environment: "stage".to_owned(),
            planned: Timestamp::UNIX_EPOCH,
            made_for: MadeFor::default(),
            steps: vec![Making {
                step,
                after: Vec::new(),
            }],
            standing: Vec::new(),
            conflicts: Vec::new(),
            bill: vec![Bill {
                what: "3 nodes".to_owned(),
                cents: Some(14_400),
                new: true,
                shared: false,
            }],
            adoptions: Vec::new(),
            notes: vec!["nothing is lost".to_owned()],
            instead: Vec::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            unseen: Vec::new(),
            captured: false,
        };
        let text = plan.to_json();
        assert_eq!(read(&text).unwrap().deeds.len(), 1);
        // How it is laid out says nothing.
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(read(&serde_json::to_string_pretty(&json).unwrap()).is_ok());
        let text = json.to_string();
        assert!(read(&text).is_ok());
        for (from, to) in [
            ("+ kind: Namespace", "+ kind: ConfigMap"),
            ("create Namespace tools", "create Namespace fun"),
            ("nothing is lost", "all is lost"),
            ("14400", "1"),
            ("1970-01-01", "2026-01-01"),
            ("\"after\":[]", "\"after\":[\"0\"]"),
            ("\"risk\":\"safe\"", "\"risk\":\"disruptive\""),
            ("\"unseen\":[]", "\"unseen\":[],\"more\":1"),
        ] {
            assert!(text.contains(from), "{from}: {text}");
            let why = read(&text.replace(from, to)).unwrap_err();
            assert!(why.contains("changed after it was written"), "{why}");
        }
        let (before, _) = text.split_once("\"sha256\"").unwrap();
        let (_, after) = text.rsplit_once("\"standing\"").unwrap();
        let why = read(&format!("{before}\"standing\"{after}")).unwrap_err();
        assert!(why.contains("no sha256"), "{why}");
    }
}
