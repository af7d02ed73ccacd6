//! Whether the turn of a step has come: the same outside the cluster and inside it, for what is made and what is removed.

use envcheck_core::plan::{Consent, Making, Outcome, Removal, Run, Step};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// A step that waits for others.
pub(super) trait Waiting {
    /// What it does.
    fn step(&self) -> &Step;
    /// The ids of steps that come before it.
    fn after(&self) -> &[String];
}

impl Waiting for Making {
    fn step(&self) -> &Step {
        &self.step
    }

    fn after(&self) -> &[String] {
        &self.after
    }
}

impl Waiting for Removal {
    fn step(&self) -> &Step {
        &self.step
    }

    fn after(&self) -> &[String] {
        &self.after
    }
}

/// Who may go on.
pub(super) struct Turn<'a> {
    pub(super) consent: &'a Consent,
    pub(super) interrupt: &'a CancellationToken,
    /// Steps that were not done: what waits for them is not begun.
    pub(super) broken: BTreeSet<String>,
}

impl Turn<'_> {
    /// Why a step is not begun; `None` when its turn has come.
    pub(super) fn held_back(&self, one: &impl Waiting) -> Option<Outcome> {
        if let Err(why) = self.consent.covers(one.step()) {
            return Some(Outcome::Skipped(why));
        }
        if self.interrupt.is_cancelled() {
            return Some(Outcome::Skipped("interrupted".to_owned()));
        }
        let before = one.after().iter().find(|before| self.broken.contains(*before))?;
        Some(Outcome::Skipped(format!(
            "it waits for step {before}, which was not done"
        )))
    }

    /// The run of these steps where not one of them is begun.
    pub(super) fn none_begins<W: Waiting>(&self, name: &str, steps: &[&W]) -> Option<Run> {
        let outcomes = steps
            .iter()
            .map(|one| Some((one.step().clone(), self.held_back(*one)?)));
        Some(Run {
            name: name.to_owned(),
            journal: None,
            steps: outcomes.collect::<Option<Vec<_>>>()?,
            remaining: Vec::new(),
        })
    }

    /// How many steps were agreed to.
    pub(super) fn agreed<W: Waiting>(&self, steps: &[&W]) -> usize {
        let agreed = steps.iter().filter(|one| self.consent.covers(one.step()).is_ok());
        agreed.count()
    }

    /// Remembers how a step ended.
    pub(super) fn ended(&mut self, one: &impl Waiting, outcome: &Outcome) {
        if !outcome.is_well() {
            self.broken.insert(one.step().id.clone());
        }
    }
}
