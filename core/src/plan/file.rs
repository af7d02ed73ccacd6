//! A plan as a file: written to be looked at, and read to be carried out exactly as it was shown.

use super::deed::{Deed, Undo};
use super::floor::risk;
use super::inputs::Inputs;
use super::step::{InGit, Keeper, LeftAlone, Pair, Plan, PlannedCluster, Proof, Repaired, Step};
use crate::findings::Fingerprint;
use crate::inventory::ResourceRef;
use crate::inventory::snapshot::sha256;
use crate::policy::Risk;
use crate::value::{Value, ValueExt, array, object, text_or_null};

/// What a plan's file says that it is.
pub const API_VERSION: &str = "envcheck.dev/plan/v1";

/// Why a file is no plan that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// It is not what it should be.
    #[error("{0}")]
    Malformed(String),
    /// Somebody changed it after it was written.
    #[error("it was changed after it was written: its digest is not that of what it holds")]
    Changed,
}

/// The plan as JSON, with a digest of all of it.
pub fn write(plan: &Plan) -> String {
    let content = content(plan);
    let digest = digest(&content);
    let file = object([
        ("apiVersion", Value::from(API_VERSION)),
        ("plan", content),
        ("sha256", Value::from(digest)),
    ]);
    // Indented, since people read it before they let it be carried out.
    let json: Option<serde_json::Value> = file
        .to_json_str()
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok());
    json.and_then(|json| serde_json::to_string_pretty(&json).ok())
        .unwrap_or_default()
        + "\n"
}

fn digest(content: &Value) -> String {
    sha256(content.to_json_str().unwrap_or_default().as_bytes())
}

fn content(plan: &Plan) -> Value {
    object([
        ("environment", Value::from(plan.environment.as_str())),
        ("cluster", plan.cluster.to_value()),
        ("made", Value::from(plan.made.to_string())),
        (
            "inputs",
            plan.inputs.as_ref().map_or(Value::Null, Inputs::to_value),
        ),
        ("steps", array(plan.steps.iter().map(step))),
        ("inGit", array(plan.in_git.iter().map(in_git))),
        ("leftAlone", array(plan.stays().map(left))),
        (
            "proof",
            object([
                ("gone", array(plan.proof.gone.iter().map(repaired))),
                ("besides", array(plan.proof.besides.iter().map(repaired))),
                ("remaining", array(plan.proof.remaining.iter().map(repaired))),
                ("rolling", array(plan.proof.rolling.iter().map(repaired))),
                ("estimated", array(plan.proof.estimated.iter().map(repaired))),
                ("appeared", array(plan.proof.appeared.iter().map(repaired))),
                ("opened", pairs(&plan.proof.opened)),
                ("closed", pairs(&plan.proof.closed)),
            ]),
        ),
    ])
}

impl PlannedCluster {
    /// As a plan and a journal write it.
    pub fn to_value(&self) -> Value {
        object([
            ("name", Value::from(self.name.as_str())),
            ("uid", text_or_null(self.uid.as_deref())),
            ("id", text_or_null(self.id.as_deref())),
        ])
    }

    /// Reads what [`to_value`](Self::to_value) wrote.
    pub fn from_value(value: &Value) -> Self {
        Self {
            name: value.text_at(&["name"]).unwrap_or_default().to_owned(),
            uid: value.text_at(&["uid"]).map(ToOwned::to_owned),
            id: value.text_at(&["id"]).map(ToOwned::to_owned),
        }
    }
}

fn step(step: &Step) -> Value {
    object([
        ("id", Value::from(step.id.as_str())),
        ("deed", step.deed.to_value()),
        ("risk", Value::from(step.risk.as_str())),
        ("summary", Value::from(step.summary.as_str())),
        ("repairs", array(step.repairs.iter().map(repaired))),
        ("keeper", step.keeper.to_value()),
        ("cautions", texts(&step.cautions)),
        ("before", text_or_null(step.before.as_deref())),
        ("preview", texts(&step.preview)),
        ("undo", step.undo.to_value()),
        ("foreign", Value::from(step.foreign)),
        ("rehearsed", Value::from(step.rehearsed)),
        ("causes", array(step.causes.iter().map(repaired))),
        ("after", texts(&step.after)),
    ])
}

/// For those who look at the plan: what is done in Git stands on a branch, and is not read back.
fn in_git(one: &InGit) -> Value {
    object([
        ("id", Value::from(one.step.id.as_str())),
        ("summary", Value::from(one.step.summary.as_str())),
        ("risk", Value::from(one.step.risk.as_str())),
        ("repairs", array(one.step.repairs.iter().map(repaired))),
        ("application", Value::from(one.application.as_str())),
        ("repository", Value::from(one.repository.as_str())),
        ("base", Value::from(one.base.as_str())),
        ("how", Value::from(one.how.as_str())),
        ("preview", texts(&one.step.preview)),
        ("liveToo", Value::from(one.live_too)),
    ])
}

pub(super) fn pairs(pairs: &[Pair]) -> Value {
    array(pairs.iter().map(|pair| {
        object([
            ("from", Value::from(pair.from.as_str())),
            ("to", Value::from(pair.to.as_str())),
            ("conn", Value::from(pair.conn.as_str())),
        ])
    }))
}

fn texts(texts: &[String]) -> Value {
    array(texts.iter().map(|text| Value::from(text.as_str())))
}

fn repaired(repaired: &Repaired) -> Value {
    object([
        ("policy", Value::from(repaired.policy.as_ref())),
        ("resource", repaired.resource.to_value()),
        ("message", Value::from(repaired.message.as_str())),
        ("fingerprint", Value::from(repaired.fingerprint.to_string())),
    ])
}

fn left(left: &LeftAlone) -> Value {
    object([
        ("finding", repaired(&left.finding)),
        ("why", Value::from(left.why.as_str())),
    ])
}

/// Reads a plan's file. One that was changed since is refused: only what was shown is carried out.
pub fn read(text: &str) -> Result<Plan, NoPlan> {
    let malformed = |words: &str| NoPlan::Malformed(words.to_owned());
    let file =
        Value::from_json_str(text).map_err(|error| NoPlan::Malformed(format!("it is not JSON: {error}")))?;
    match file.text_at(&["apiVersion"]) {
        Some(API_VERSION) => {}
        Some(other) => {
            return Err(NoPlan::Malformed(format!(
                "it is {other:?}, and this program reads {API_VERSION:?}"
            )));
        }
        None => return Err(malformed("it does not say that it is a plan")),
    }
    let content = file.field("plan").ok_or_else(|| malformed("it holds no plan"))?;
    if file.text_at(&["sha256"]) != Some(digest(content).as_str()) {
        return Err(NoPlan::Changed);
    }
    if let Some(list) = ["steps", "inGit", "leftAlone"]
        .iter()
        .find(|list| !matches!(content.field(list), Some(Value::Array(_))))
    {
        return Err(NoPlan::Malformed(format!("its {list} are no list")));
    }
    let text = |key: &str| content.text_at(&[key]).unwrap_or_default();
    Ok(Plan {
        environment: text("environment").to_owned(),
        cluster: PlannedCluster::from_value(content.field("cluster").unwrap_or(&Value::Null)),
        made: text("made")
            .parse()
            .map_err(|_| malformed("it does not say when it was made"))?,
        // Files of earlier versions lack them.
        inputs: content
            .field("inputs")
            .filter(|inputs| **inputs != Value::Null)
            .map(Inputs::from_value)
            .transpose()
            .map_err(NoPlan::Malformed)?,
        steps: content
            .items_at(&["steps"])
            .iter()
            .map(read_step)
            .collect::<Result<_, _>>()
            .map_err(NoPlan::Malformed)?,
        in_git: Vec::new(),
        left: content
            .items_at(&["leftAlone"])
            .iter()
            .map(read_left)
            .collect::<Result<_, _>>()
            .map_err(NoPlan::Malformed)?,
        proof: Proof {
            gone: all_repaired(content, &["proof", "gone"]).map_err(NoPlan::Malformed)?,
            remaining: all_repaired(content, &["proof", "remaining"]).map_err(NoPlan::Malformed)?,
            // Files of earlier versions lack some.
            besides: all_repaired(content, &["proof", "besides"]).map_err(NoPlan::Malformed)?,
            rolling: all_repaired(content, &["proof", "rolling"]).map_err(NoPlan::Malformed)?,
            estimated: all_repaired(content, &["proof", "estimated"]).map_err(NoPlan::Malformed)?,
            appeared: all_repaired(content, &["proof", "appeared"]).map_err(NoPlan::Malformed)?,
            opened: read_pairs(content, "opened"),
            closed: read_pairs(content, "closed"),
        },
    })
}

fn read_pairs(content: &Value, which: &str) -> Vec<Pair> {
    let text = |pair: &Value, key: &str| pair.text_at(&[key]).unwrap_or_default().to_owned();
    let pairs = content.items_at(&["proof", which]).iter();
    pairs
        .map(|pair| Pair {
            from: text(pair, "from"),
            to: text(pair, "to"),
            conn: text(pair, "conn"),
        })
        .collect()
}

fn read_step(value: &Value) -> Result<Step, String> {
    let text = |key: &str| value.text_at(&[key]).map(ToOwned::to_owned);
    let list = |key: &str| -> Vec<String> {
        let items = value.items_at(&[key]).iter();
        items
            .filter_map(|item| item.text().map(ToOwned::to_owned))
            .collect()
    };
    let deed = Deed::from_value(value.field("deed").unwrap_or(&Value::Null))?;
    let id = text("id").filter(|id| *id == Step::id_of(&deed));
    Ok(Step {
        id: id.ok_or("the id of a step is not that of what it does")?,
        // Whoever wrote the file does not judge what is dangerous.
        risk: text("risk")
            .ok_or("a step has no risk")?
            .parse::<Risk>()?
            .max(risk(&deed).map_err(|never| never.to_string())?),
        summary: text("summary").ok_or("a step has no summary")?,
        repairs: all_repaired(value, &["repairs"])?,
        keeper: keeper(value.field("keeper").unwrap_or(&Value::Null)),
        cautions: list("cautions"),
        before: text("before"),
        preview: list("preview"),
        undo: Undo::from_value(value.field("undo").unwrap_or(&Value::Null))?,
        foreign: value.field("foreign").is_some_and(ValueExt::is_true),
        rehearsed: value.field("rehearsed").is_some_and(ValueExt::is_true),
        causes: all_repaired(value, &["causes"])?,
        after: list("after"),
        deed,
    })
}

fn read_left(value: &Value) -> Result<LeftAlone, String> {
    Ok(LeftAlone {
        finding: read_repaired(value.field("finding").unwrap_or(&Value::Null))?,
        why: value.text_at(&["why"]).unwrap_or_default().to_owned(),
    })
}

fn all_repaired(value: &Value, path: &[&str]) -> Result<Vec<Repaired>, String> {
    value.items_at(path).iter().map(read_repaired).collect()
}

fn read_repaired(value: &Value) -> Result<Repaired, String> {
    Ok(Repaired {
        policy: value
            .text_at(&["policy"])
            .ok_or("a repaired finding has no policy")?
            .into(),
        resource: value
            .field("resource")
            .and_then(ResourceRef::from_value)
            .ok_or("a repaired finding has no resource")?,
        message: value.text_at(&["message"]).unwrap_or_default().to_owned(),
        fingerprint: Fingerprint::parse(value.text_at(&["fingerprint"]).unwrap_or_default())
            .ok_or("a repaired finding has no fingerprint")?,
    })
}

fn keeper(value: &Value) -> Keeper {
    let says = |key: &str| value.field(key).is_some_and(ValueExt::is_true);
    if let Some(application) = value.text_at(&["argocd"]) {
        Keeper::ArgoCd {
            application: application.to_owned(),
            automated: says("automated"),
            self_heal: says("selfHeal"),
        }
    } else if let Some(release) = value.text_at(&["helm"]) {
        Keeper::Helm(release.to_owned())
    } else {
        Keeper::Nobody
    }
}
