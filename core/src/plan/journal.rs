//! What a journal keeps of a run that changes something: what is about to be done and how it is undone, before it is done;
//! then how it ended. One JSON value per line, only ever added to.

use super::deed::{Deed, Undo};
use super::step::PlannedCluster;
use crate::inventory::ResourceRef;
use crate::value::{Value, ValueExt, object, text_or_null};
use std::collections::BTreeMap;

/// What a journal says that it is.
pub const API_VERSION: &str = "envcheck.dev/journal/v1";

/// Who did it, to what: the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The run's name.
    pub run: String,
    /// The environment's name.
    pub environment: String,
    /// Whose cluster was changed.
    pub cluster: PlannedCluster,
    /// When, as RFC 3339.
    pub started: String,
    /// The run that this one undoes.
    pub undoes: Option<String>,
    /// How many steps were agreed to; `None` in journals that do not say it.
    pub steps: Option<usize>,
}

/// A line about a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// It is about to be done. Written and safe on the disk before anything is.
    Intent(Box<Intent>),
    /// It was done.
    Done {
        /// The step.
        step: String,
        /// The digest of what the target means afterwards; `None` when it is gone.
        after: Option<String>,
        /// The uid of an object that the step made.
        uid: Option<String>,
    },
    /// It was not done.
    Failed {
        /// The step.
        step: String,
        /// Why.
        why: String,
    },
    /// Something of the account that was there before is used from now on: the user has agreed to it, by its id. Written before
    /// any step is.
    Adopted(ResourceRef),
    /// The run came to its end, however its steps ended. The last line.
    End {
        /// Why nothing more was begun, where something stopped it before its last step.
        stopped: Option<String>,
    },
}

/// What is about to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The step.
    pub step: String,
    /// One line for people.
    pub summary: String,
    /// What it does.
    pub deed: Deed,
    /// What the target means before.
    pub before: Option<String>,
    /// What it will mean afterwards, as the server's dry run says.
    pub after: Option<String>,
    /// What takes it back.
    pub undo: Undo,
}

impl Head {
    /// The first line.
    pub fn line(&self) -> String {
        line(&object([
            ("apiVersion", Value::from(API_VERSION)),
            ("run", Value::from(self.run.as_str())),
            ("environment", Value::from(self.environment.as_str())),
            ("cluster", self.cluster.to_value()),
            ("started", Value::from(self.started.as_str())),
            ("undoes", text_or_null(self.undoes.as_deref())),
            ("steps", self.steps.map_or(Value::Null, Value::from)),
        ]))
    }
}

fn line(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

impl Record {
    /// The record as a line.
    pub fn line(&self) -> String {
        line(&match self {
            Self::Intent(intent) => object([
                ("phase", Value::from("intent")),
                ("step", Value::from(intent.step.as_str())),
                ("summary", Value::from(intent.summary.as_str())),
                ("deed", intent.deed.to_value()),
                ("before", text_or_null(intent.before.as_deref())),
                ("after", text_or_null(intent.after.as_deref())),
                ("undo", intent.undo.to_value()),
            ]),
            Self::Done { step, after, uid } => object([
                ("phase", Value::from("done")),
                ("step", Value::from(step.as_str())),
                ("after", text_or_null(after.as_deref())),
                ("uid", text_or_null(uid.as_deref())),
            ]),
            Self::Adopted(target) => {
                object([("phase", Value::from("adopted")), ("resource", target.to_value())])
            }
            Self::End { stopped } => object([
                ("phase", Value::from("end")),
                ("stopped", text_or_null(stopped.as_deref())),
            ]),
            Self::Failed { step, why } => object([
                ("phase", Value::from("failed")),
                ("step", Value::from(step.as_str())),
                ("why", Value::from(why.as_str())),
            ]),
        })
    }
}

/// A journal as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Who did it, to what.
    pub head: Head,
    /// Each step in the order in which it was begun.
    pub steps: Vec<Recorded>,
    /// What of the account was adopted.
    pub adopted: Vec<ResourceRef>,
    /// The run came to its end.
    pub ended: bool,
    /// Why it ended before its last step, where it says so; journals of earlier versions do not.
    pub stopped: Option<String>,
}

impl Journal {
    /// Whether the run was cut short. Of a journal that does not say how many steps there were to be, only a step under way
    /// tells it.
    pub fn is_cut(&self) -> bool {
        let under_way = self.steps.iter().any(|step| step.ended.is_none());
        under_way || self.head.steps.is_some() && !self.ended
    }
}

/// What a journal knows of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What was about to be done.
    pub intent: Intent,
    /// How it ended; `None` when the run ended before that was written.
    pub ended: Option<Ended>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was done.
    Done {
        /// What the target meant afterwards.
        after: Option<String>,
        /// The uid of an object that it made.
        uid: Option<String>,
    },
    /// It was not done; why.
    Failed(String),
}

/// Reads a journal. A last line that was cut off while it was written is as if it were not there: what it would have
/// announced was never begun.
pub fn read(text: &str) -> Result<Journal, String> {
    let (whole, cut) = match text.rsplit_once('\n') {
        Some((whole, rest)) => (whole, !rest.is_empty()),
        None => ("", true),
    };
    let mut lines = whole.lines();
    let first = lines.next().filter(|line| !line.is_empty());
    let Some(first) = first else {
        return Err(if cut {
            "it was cut off in its first line"
        } else {
            "it is empty"
        }
        .to_owned());
    };
    let head = head(&parsed(first, 1)?)?;
    let mut steps: Vec<Recorded> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut adopted = Vec::new();
    let mut end = false;
    let mut stopped = None;
    for (number, text) in lines.enumerate() {
        let value = parsed(text, number + 2)?;
        if value.text_at(&["phase"]) == Some("end") {
            end = true;
            stopped = value.text_at(&["stopped"]).map(ToOwned::to_owned);
            continue;
        }
        if value.text_at(&["phase"]) == Some("adopted") {
            let resource = value.field("resource").unwrap_or(&Value::Null);
            let target = ResourceRef::from_value(resource)
                .ok_or_else(|| format!("line {} does not say what was adopted", number + 2))?;
            adopted.push(target);
            continue;
        }
        let step = value
            .text_at(&["step"])
            .ok_or_else(|| format!("line {} names no step", number + 2))?
            .to_owned();
        let owned = |key: &str| value.text_at(&[key]).map(ToOwned::to_owned);
        let ended = match value.text_at(&["phase"]) {
            Some("intent") => {
                places.insert(step.clone(), steps.len());
                steps.push(Recorded {
                    intent: intent(step, &value)?,
                    ended: None,
                });
                continue;
            }
            Some("done") => Ended::Done {
                after: owned("after"),
                uid: owned("uid"),
            },
            Some("failed") => Ended::Failed(owned("why").unwrap_or_default()),
            _ => {
                return Err(format!(
                    "line {} says neither adopted, intent, done, failed nor end",
                    number + 2
                ));
            }
        };
        let recorded = places.get(&step).and_then(|at| steps.get_mut(*at));
        let recorded = recorded.ok_or_else(|| format!("line {} ends a step that never began", number + 2))?;
        recorded.ended = Some(ended);
    }
    Ok(Journal {
        head,
        steps,
        adopted,
        ended: end,
        stopped,
    })
}

fn parsed(text: &str, number: usize) -> Result<Value, String> {
    Value::from_json_str(text).map_err(|error| format!("line {number} is not JSON: {error}"))
}

fn head(value: &Value) -> Result<Head, String> {
    let owned = |key: &str| value.text_at(&[key]).map(ToOwned::to_owned);
    match value.text_at(&["apiVersion"]) {
        Some(API_VERSION) => Ok(Head {
            run: owned("run").ok_or("it does not name its run")?,
            environment: owned("environment").unwrap_or_default(),
            cluster: PlannedCluster::from_value(value.field("cluster").unwrap_or(&Value::Null)),
            started: owned("started").unwrap_or_default(),
            undoes: owned("undoes"),
            steps: value
                .field("steps")
                .and_then(ValueExt::int)
                .and_then(|steps| usize::try_from(steps).ok()),
        }),
        Some(other) => Err(format!("it is {other:?}, and this program reads {API_VERSION:?}")),
        None => Err("it does not say that it is a journal".to_owned()),
    }
}

fn intent(step: String, value: &Value) -> Result<Intent, String> {
    let owned = |key: &str| value.text_at(&[key]).map(ToOwned::to_owned);
    Ok(Intent {
        step,
        summary: owned("summary").unwrap_or_default(),
        deed: Deed::from_value(value.field("deed").unwrap_or(&Value::Null))?,
        before: owned("before"),
        after: owned("after"),
        undo: Undo::from_value(value.field("undo").unwrap_or(&Value::Null))?,
    })
}
