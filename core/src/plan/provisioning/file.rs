//! A plan of what has to be made, as JSON: for people's programs, and to be carried out later. Whoever carries it out plans anew:
//! the file says which things were agreed to, and as what; nothing else of it is believed.

use super::{Adoption, Bill, Conflict, Difference, MadeFor, Making, Provisioning, Standing};
use crate::plan::Deed;
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
    /// The plan as JSON.
    pub fn to_json(&self) -> String {
        let value = object([
            ("adoptions", array(self.adoptions.iter().map(adoption))),
            ("apiVersion", Value::from(API_VERSION)),
            ("bill", array(self.bill.iter().map(line))),
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
            ("planned", Value::from(self.planned.to_string().as_str())),
            ("standing", array(self.standing.iter().map(standing))),
            ("steps", array(self.steps.iter().map(making))),
            ("unseen", texts(&self.unseen)),
        ]);
        let mut text = value.to_json_str().unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Reads what [`Provisioning::to_json`] wrote.
///
/// # Errors
///
/// In words, why it is no such plan.
pub fn read(text: &str) -> Result<Agreed, String> {
    let value = Value::from_json_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    match value.text_at(&["apiVersion"]) {
        Some(API_VERSION) => {}
        Some(other) => return Err(format!("it is {other:?}, and this program reads {API_VERSION:?}")),
        None => return Err("it does not say that it is a plan".to_owned()),
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
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
