//! What earlier runs know, while one goes on. Trouble with it never ends a run: the run is told, and sees nothing of
//! earlier ones, so that what needs them stays a candidate.

use crate::history::{Recorded, StatePlace, Store, StoreError};
use envcheck_core::inventory::observation::{ACCOUNT, Answers, Scope, first_seen, take_in};
use envcheck_core::inventory::{Inventory, Memory};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The store of a run that reads a running environment.
pub(super) struct Ledger {
    store: Option<Store>,
    runtime: Handle,
    /// What earlier runs learnt, and what this one learns.
    pub(super) memory: Arc<Memory>,
    warnings: Vec<String>,
}

impl Ledger {
    /// Reads what earlier runs learnt.
    pub(super) fn open(place: &StatePlace, runtime: &Handle) -> Self {
        let mut ledger = Self {
            store: Store::at(place.clone()),
            runtime: runtime.clone(),
            memory: Arc::default(),
            warnings: Vec::new(),
        };
        if let Some(store) = &ledger.store {
            match runtime.block_on(store.memory()) {
                Ok(memory) => ledger.memory = Arc::new(memory),
                Err(error) => ledger.gives_up(&error),
            }
        }
        ledger
    }

    /// Compares what this run answers with what earlier runs saw, keeps it for the next ones, and makes it part of the inventory.
    /// `now` is the real time: what is kept must not depend on the time as which policies see the run.
    pub(super) fn record(
        &mut self,
        environment: &str,
        now: Timestamp,
        answers: &Answers,
        inventory: &mut Inventory,
    ) {
        let account = inventory.collections.get(ACCOUNT);
        let scope = Scope::of(environment, account.and_then(|rows| rows.first()));
        let learnt = self.memory.changes(now);
        let told = self
            .store
            .as_ref()
            .map(|store| self.runtime.block_on(store.record(&scope, now, answers, &learnt)));
        let observations = match told {
            Some(Ok(Recorded {
                observations,
                later_run,
            })) => {
                self.warnings.extend(later_run.map(went_back));
                observations
            }
            Some(Err(error)) => {
                self.gives_up(&error);
                first_seen(answers, now)
            }
            None => first_seen(answers, now),
        };
        take_in(inventory, &observations);
    }

    /// What the user is told.
    pub(super) fn warnings(self) -> Vec<String> {
        self.warnings
    }

    fn gives_up(&mut self, error: &StoreError) {
        self.store = None;
        let hint = error.hint();
        self.warnings.push(format!(
            "earlier runs are not known, and this one is not kept: {error}; {hint}"
        ));
    }
}

fn went_back(later: Timestamp) -> String {
    format!(
        "this run was not counted among earlier ones: one of them was at {later}, which is after it; check the clock"
    )
}

#[cfg(test)]
mod tests;
