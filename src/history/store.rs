//! The store as a run uses it: read at its beginning, written once at its end.

use super::database::Database;
use super::memory::{self, LIMITS};
use super::place::{self, StatePlace};
use super::{StoreError, series};
use envcheck_core::inventory::Memory;
use envcheck_core::inventory::memory::Changes;
use envcheck_core::inventory::observation::{Answers, Observation, Scope, merge, observations};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// A place where runs keep what the next ones have to know. Nothing is open between two calls.
#[derive(Debug)]
pub struct Store {
    place: StatePlace,
    file: PathBuf,
}

/// What the present run sees, in the light of earlier ones.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// What it sees, sorted.
    pub observations: Vec<Observation>,
    /// A run that is kept lies so far after this one that a clock must be wrong: this one was not counted.
    pub later_run: Option<Timestamp>,
}

impl Store {
    /// The store at a place; `None` where nothing is kept. Nothing is looked at yet.
    pub fn at(place: StatePlace) -> Option<Self> {
        let file = place.file()?.to_owned();
        Some(Self { place, file })
    }

    /// Its file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What earlier runs learnt; nothing when there was none.
    pub async fn memory(&self) -> Result<Memory, StoreError> {
        let file = self.file.as_path();
        if !place::exists(file)? {
            return Ok(Memory::default());
        }
        let mut database = Database::open(file).await?;
        let kept = memory::read(database.connection()).await;
        let kept = kept.map_err(|error| StoreError::sqlite(file, &error))?;
        database.close().await?;
        Ok(kept.into_iter().collect())
    }

    /// Merges what a run answered with what earlier runs saw, and keeps both that and what it learnt: all of it or nothing.
    /// The file is made when there is something to keep.
    pub async fn record(
        &self,
        scope: &Scope,
        now: Timestamp,
        answers: &Answers,
        learnt: &Changes,
    ) -> Result<Recorded, StoreError> {
        if answers.is_empty() && learnt.is_empty() {
            return Ok(Recorded::default());
        }
        let file = self.file.as_path();
        if !place::exists(file)? {
            place::create(&self.place, file)?;
        }
        let failed = |error| StoreError::sqlite(file, &error);
        let mut database = Database::open(file).await?;
        let mut transaction = database.begin().await?;
        let mut recorded = Recorded::default();
        if !answers.is_empty() {
            let environment = series::environment(&mut transaction, scope)
                .await
                .map_err(failed)?;
            for (question, seen) in answers {
                let earlier = series::read(&mut transaction, file, environment, question).await?;
                let merged = merge(earlier.clone(), seen, now);
                if merged.went_back {
                    recorded.later_run = recorded.later_run.max(Some(merged.series.answered));
                }
                if earlier.as_ref() != Some(&merged.series) {
                    series::write(&mut transaction, environment, question, &merged.series)
                        .await
                        .map_err(failed)?;
                }
                recorded
                    .observations
                    .extend(observations(question, merged.present));
            }
        }
        memory::write(&mut transaction, learnt, now)
            .await
            .map_err(failed)?;
        memory::prune(&mut transaction, now, LIMITS)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        database.close().await?;
        Ok(recorded)
    }
}
