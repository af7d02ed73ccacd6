//! Environment scope: policies over the joined view, each once.

use super::data;
use super::judge::{Said, Seat, seats};
use super::plan::{EvaluationPlan, Run, missing_inputs};
use super::pool::{self, Conditions, LeftOut, Step, Stopped, Work};
use crate::inventory::{Inventory, ResourceRef};
use crate::policy::{Catalogue, Scope};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What one environment policy said.
#[derive(Debug, Clone, Default)]
pub(crate) struct EnvironmentSaid {
    /// Its findings and errors.
    pub said: Said,
    /// What it judged; `None` when it does not say, which means the environment.
    pub subjects: Option<BTreeSet<ResourceRef>>,
    /// What it could not judge: resource, reason, detail.
    pub not_evaluated: BTreeSet<(Option<ResourceRef>, String, String)>,
    /// What is too young to be judged.
    pub pending: BTreeSet<(ResourceRef, String)>,
}

struct Judging {
    plan: Arc<EvaluationPlan>,
    seats: Vec<Seat>,
}

impl Work for Judging {
    type Own = Vec<Seat>;
    type Unit = usize;
    type Output = (usize, EnvironmentSaid);

    fn own(&self) -> Self::Own {
        self.seats.clone()
    }

    fn run(
        &self,
        seats: &mut Vec<Seat>,
        unit: usize,
        left_out: &LeftOut,
        announce: &mut dyn FnMut(Step),
    ) -> Self::Output {
        let index = seats[unit].policies[0];
        announce((0, 0));
        if let Some(words) = left_out.values().next() {
            let said = Said {
                error: Some(words.clone()),
                ..Said::default()
            };
            return (
                index,
                EnvironmentSaid {
                    said,
                    ..EnvironmentSaid::default()
                },
            );
        }
        (index, judge(&mut seats[unit], &self.plan, index))
    }
}

fn judge(seat: &mut Seat, plan: &EvaluationPlan, index: usize) -> EnvironmentSaid {
    let policy = &plan.policies[index].policy;
    let input = Value::new_object();
    let mut outcome = EnvironmentSaid::default();
    let only = |candidate: usize| candidate == index;
    if let Some((_, said)) = seat.run(plan, &input, &only).pop() {
        outcome.said = said;
    }
    let planned = &plan.policies[index];
    let mut set = |path: Option<&String>| match planned.spent.during(plan.clock.as_ref(), || {
        seat.optional_set(path.map(String::as_str))
    }) {
        Ok(items) => items,
        Err(error) => {
            outcome.said.error.get_or_insert(error);
            None
        }
    };
    let subjects = set(policy.subjects.as_ref());
    let not_evaluated = set(policy.not_evaluated.as_ref()).unwrap_or_default();
    let pending = set(policy.pending.as_ref()).unwrap_or_default();
    outcome.subjects = subjects.map(|items| items.iter().filter_map(ResourceRef::from_value).collect());
    for item in not_evaluated {
        let text = |key: &str| item.text_at(&[key]).unwrap_or("").to_owned();
        let resource = item.field("resource").and_then(ResourceRef::from_value);
        outcome
            .not_evaluated
            .insert((resource, text("reason"), text("detail")));
    }
    for item in pending {
        if let Some(resource) = item.field("resource").and_then(ResourceRef::from_value) {
            outcome
                .pending
                .insert((resource, item.text_at(&["message"]).unwrap_or("").to_owned()));
        }
    }
    outcome
}

/// Runs the planned environment policies. A policy that lacks something it needs is not run: what is missing is what it
/// could not evaluate. `network` is `data.network`; `stop` is asked now and then whether to give up.
pub fn judge_environment(
    catalogue: &Catalogue,
    plan: &EvaluationPlan,
    run: &Run,
    inventory: &Inventory,
    network: &Value,
    stop: &dyn Fn() -> bool,
) -> Result<EnvironmentJudgments, Stopped> {
    let mut judgments = EnvironmentJudgments::default();
    let mut ready = Vec::new();
    // A document that cannot be parsed may hold what nobody finds elsewhere: it is no longer the whole environment.
    let whole = run.complete && inventory.unreadable_documents().next().is_none();
    for index in plan.running(Scope::Environment) {
        if plan.policies[index].policy.requires_complete && !whole {
            // Of such a document each policy is told that it could not be evaluated.
            let nothing = EnvironmentSaid {
                subjects: Some(BTreeSet::new()),
                ..EnvironmentSaid::default()
            };
            judgments.said.push((index, nothing));
            continue;
        }
        let missing = missing_inputs(&plan.policies[index].policy, inventory);
        if missing.is_empty() {
            ready.push(index);
        } else {
            let not_evaluated = missing
                .into_iter()
                .map(|(reason, detail)| (None, reason, detail))
                .collect();
            judgments.said.push((
                index,
                EnvironmentSaid {
                    subjects: Some(BTreeSet::new()),
                    not_evaluated,
                    ..EnvironmentSaid::default()
                },
            ));
        }
    }
    let documents = |policy: &crate::policy::Policy| {
        let mut documents = data::common(run, policy);
        documents.extend(data::joined(inventory, network, whole, policy.uses_inventory));
        documents
    };
    // A seat for each policy: they read different parameters.
    let mut judging = Judging {
        plan: Arc::new(plan.clone()),
        seats: Vec::new(),
    };
    for index in ready {
        judging
            .seats
            .extend(seats(catalogue, plan, std::iter::once(index), run, &documents));
    }
    let mut seats = 0..judging.seats.len();
    if seats.is_empty() {
        return Ok(judgments);
    }
    let conditions = Conditions {
        jobs: run.limits.jobs.min(seats.len()),
        ahead: seats.len(),
        stuck: run.limits.stuck,
        stop,
    };
    pool::run(
        judging,
        Box::new(move || seats.next()),
        &conditions,
        &mut |outcome| {
            judgments.said.push(outcome);
        },
    )?;
    judgments.said.sort_by_key(|(index, _)| *index);
    Ok(judgments)
}

/// What the environment policies said, by policy index.
#[derive(Debug, Default)]
pub struct EnvironmentJudgments {
    pub(crate) said: Vec<(usize, EnvironmentSaid)>,
}
