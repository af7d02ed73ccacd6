//! Whether the turn of a step has come: the same outside the cluster and inside it.

use envcheck_core::plan::{Consent, Making, Outcome, Run};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// Who may go on.
pub(super) struct Turn<'a> {
    pub(super) consent: &'a Consent,
    pub(super) interrupt: &'a CancellationToken,
    /// Steps that were not done: what waits for them is not begun.
    pub(super) broken: BTreeSet<String>,
}

impl Turn<'_> {
    /// Why a step is not begun; `None` when its turn has come.
    pub(super) fn held_back(&self, making: &Making) -> Option<Outcome> {
        if let Err(why) = self.consent.covers(&making.step) {
            return Some(Outcome::Skipped(why));
        }
        if self.interrupt.is_cancelled() {
            return Some(Outcome::Skipped("interrupted".to_owned()));
        }
        let before = making.after.iter().find(|before| self.broken.contains(*before))?;
        Some(Outcome::Skipped(format!(
            "it waits for step {before}, which was not done"
        )))
    }

    /// The run of these steps where not one of them is begun.
    pub(super) fn none_begins(&self, name: &str, steps: &[&Making]) -> Option<Run> {
        let outcomes = steps
            .iter()
            .map(|one| Some((one.step.clone(), self.held_back(one)?)));
        Some(Run {
            name: name.to_owned(),
            journal: None,
            steps: outcomes.collect::<Option<Vec<_>>>()?,
        })
    }

    /// How many steps were agreed to.
    pub(super) fn agreed(&self, steps: &[&Making]) -> usize {
        let agreed = steps.iter().filter(|one| self.consent.covers(&one.step).is_ok());
        agreed.count()
    }

    /// Remembers how a step ended.
    pub(super) fn ended(&mut self, making: &Making, outcome: &Outcome) {
        if !outcome.is_well() {
            self.broken.insert(making.step.id.clone());
        }
    }
}
