//! What goes when an environment is destroyed: steps with what goes along with them and what that costs, beside what stays and
//! goes on being billed.

use super::provisioning::Conflict;
use super::step::Step;
use crate::inventory::ResourceRef;
use crate::value::{Value, array, object};
use jiff::Timestamp;

/// What such a plan says that it is, as JSON.
pub const API_VERSION: &str = "envcheck.dev/removal/v1";

/// What goes, and what stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Removing {
    /// The environment's name.
    pub environment: String,
    /// When it was planned.
    pub planned: Timestamp,
    /// In the order in which they go.
    pub steps: Vec<Removal>,
    /// What stays, and why.
    pub staying: Vec<Staying>,
    /// What stands in the way: while there is one, nothing is removed.
    pub conflicts: Vec<Conflict>,
    /// What must be known besides.
    pub notes: Vec<String>,
}

/// A step that removes something.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// What it does. Its target has the id of what goes.
    pub step: Step,
    /// The ids of steps that come before it.
    pub after: Vec<String>,
    /// What says that it was made for this environment: `marked envcheck:dev`.
    pub proof: String,
    /// Nothing says so: it is removed as an adopted thing, with a consent of its own.
    pub adopted: bool,
    /// What is billed no longer once it is gone.
    pub along: Vec<Along>,
}

/// Something that is billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Along {
    /// `3 nodes s-4vcpu-8gb (pool general)`.
    pub what: String,
    /// Cents of a US dollar each month; `None` where the account's price lists do not tell.
    pub cents: Option<u64>,
}

/// Something that stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Staying {
    /// What, with its id where the account gives one.
    pub target: ResourceRef,
    /// Why.
    pub why: String,
    /// It belongs to the environment and keeps it from being gone; otherwise it is kept on purpose: data, and what is shared.
    pub open: bool,
    /// Whoever had it takes it away by itself, some minutes after its cluster.
    pub passing: bool,
    /// It goes on being billed.
    pub billed: bool,
    /// Cents of a US dollar each month; `None` where the account's price lists do not tell.
    pub cents: Option<u64>,
    /// The step that would remove it, when it is named.
    pub step: Option<String>,
}

impl Removing {
    /// Whether there is nothing to remove, and nothing that keeps it from being removed.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.conflicts.is_empty()
    }

    /// What belongs to the environment and stays all the same.
    pub fn open(&self) -> impl Iterator<Item = &Staying> {
        self.staying.iter().filter(|one| one.open)
    }

    /// The known cents each month that are billed no longer.
    pub fn cents(&self) -> u64 {
        let along = self.steps.iter().flat_map(|one| &one.along);
        along.filter_map(|one| one.cents).sum()
    }

    /// The ids of steps that may be named: of those that go, and of those that would go.
    pub fn known(&self) -> Vec<&str> {
        let going = self.steps.iter().map(|one| one.step.id.as_str());
        let staying = self.staying.iter().filter_map(|one| one.step.as_deref());
        going.chain(staying).collect()
    }

    /// Whether something goes that is only adopted.
    pub fn has_adopted(&self) -> bool {
        self.steps.iter().any(|one| one.adopted)
    }

    /// The plan as JSON.
    pub fn to_json(&self) -> String {
        let value = object([
            ("apiVersion", Value::from(API_VERSION)),
            ("conflicts", array(self.conflicts.iter().map(conflict))),
            ("environment", Value::from(self.environment.as_str())),
            ("monthlyCents", Value::from(self.cents())),
            ("notes", texts(&self.notes)),
            ("planned", Value::from(self.planned.to_string().as_str())),
            ("staying", array(self.staying.iter().map(staying))),
            ("steps", array(self.steps.iter().map(removal))),
        ]);
        let mut text = value.to_json_str().unwrap_or_default();
        text.push('\n');
        text
    }
}

fn texts(texts: &[String]) -> Value {
    array(texts.iter().map(|text| Value::from(text.as_str())))
}

fn cents(cents: Option<u64>) -> Value {
    cents.map_or(Value::Null, Value::from)
}

fn removal(one: &Removal) -> Value {
    let along = one.along.iter().map(|line| {
        object([
            ("cents", cents(line.cents)),
            ("what", Value::from(line.what.as_str())),
        ])
    });
    object([
        ("adopted", Value::from(one.adopted)),
        ("after", texts(&one.after)),
        ("along", array(along)),
        ("cautions", texts(&one.step.cautions)),
        ("deed", one.step.deed.to_value()),
        ("id", Value::from(one.step.id.as_str())),
        ("proof", Value::from(one.proof.as_str())),
        ("risk", Value::from(one.step.risk.as_str())),
        ("summary", Value::from(one.step.summary.as_str())),
    ])
}

fn staying(one: &Staying) -> Value {
    object([
        ("billed", Value::from(one.billed)),
        ("cents", cents(one.cents)),
        ("open", Value::from(one.open)),
        ("passing", Value::from(one.passing)),
        ("resource", one.target.to_value()),
        ("step", one.step.as_deref().map_or(Value::Null, Value::from)),
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
