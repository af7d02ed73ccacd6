//! Since when something has been seen of an object, over several runs.
//!
//! A run answers a [`Question`] (which load balancers are unattached?) for every object there is, or not at all. What
//! earlier runs saw is kept as one [`Series`] for each question; here it is merged with the answer of the present run.
//! The clock and the place where series are kept are others' business.

mod sighting;
#[cfg(test)]
mod tests;

#[cfg(test)]
use sighting::annotate;
pub use sighting::{COLLECTIONS, KINDS, UNATTACHED, answers, confirm, confirmed, some_unclaimed, take_in};

use crate::value::{Value, ValueExt, object};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How much earlier than the latest run another may be and still be believed: runs overlap, and machines' clocks differ.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// The collection of what earlier runs saw.
pub const OBSERVATIONS: &str = "digitalocean.observations";
/// The collection by which the objects of two accounts are told apart.
pub const ACCOUNT: &str = "digitalocean.account";

/// Whose objects a series is about. Facts of two accounts are never mixed: one account does not see the other's objects, and
/// what is not seen has ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// The UUID of the team, else of the account; empty when the token may not see it.
    pub account: String,
    /// The environment's name.
    pub environment: String,
}

impl Scope {
    /// The scope of an environment; `account` is the row of `digitalocean.account`, when it was read.
    pub fn of(environment: &str, account: Option<&Value>) -> Self {
        let uuid = |path: &[&str]| {
            account
                .and_then(|row| row.text_at(path))
                .filter(|id| !id.is_empty())
        };
        Self {
            account: uuid(&["team", "uuid"])
                .or_else(|| uuid(&["uuid"]))
                .unwrap_or_default()
                .to_owned(),
            environment: environment.to_owned(),
        }
    }
}

/// What is asked of every object of a kind: is this LoadBalancer `unattached`?
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The kind of the objects, as in references.
    pub kind: String,
    /// What may be true of them.
    pub fact: String,
}

/// What one run found: for each question, the ids of the objects of which it is true. A question that could not be answered
/// for every object is not in it.
pub type Answers = BTreeMap<Question, BTreeSet<String>>;

/// A fact that was true in each run so far that answered its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The first of these runs.
    pub since: Timestamp,
    /// How many they are, from 1.
    pub runs: u32,
}

/// What is kept of a question between runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The latest run that answered it.
    pub answered: Timestamp,
    /// The objects, by id, of which it was true then.
    pub standing: BTreeMap<String, Standing>,
}

/// A fact as the present run sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Of what kind, and what.
    pub question: Question,
    /// The object's id.
    pub id: String,
    /// Since when, and in how many runs, this one included.
    pub standing: Standing,
    /// The latest run that saw it: this one, or one that overtook it.
    pub last: Timestamp,
}

impl Observation {
    /// A row of `digitalocean.observations` (`docs/account.md`).
    pub fn row(&self) -> Value {
        object([
            ("kind", Value::from(self.question.kind.as_str())),
            ("id", Value::from(self.id.as_str())),
            ("fact", Value::from(self.question.fact.as_str())),
            ("since", Value::from(self.standing.since.to_string())),
            ("last", Value::from(self.last.to_string())),
            ("runs", Value::from(u64::from(self.standing.runs))),
        ])
    }
}

/// What comes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What is to be kept.
    pub series: Series,
    /// What the present run sees, by id, and the latest run that saw it.
    pub present: BTreeMap<String, (Standing, Timestamp)>,
    /// The run lies so far before the latest one that a clock must be wrong: it was not counted.
    pub went_back: bool,
}

/// Merges the answer of a run with what earlier runs saw. Times are whole seconds: runs within one second are one run.
///
/// * A later run extends what it sees, begins what is new and ends what it does not see.
/// * A run that another one overtook (at most [`OVERLAP`] before the latest) begins and extends nothing, so that telling
///   the same run twice changes nothing. What it does not see was interrupted: it counts from the latest run on.
/// * A run from before that is not counted at all. Whichever of the two clocks is wrong, no fact becomes older by it.
pub fn merge(earlier: Option<Series>, seen: &BTreeSet<String>, now: Timestamp) -> Merged {
    let now = whole_seconds(now);
    let first = Standing { since: now, runs: 1 };
    let mut series = earlier.unwrap_or(Series {
        answered: Timestamp::MIN,
        standing: BTreeMap::new(),
    });
    let behind = series.answered.duration_since(now);
    let went_back = behind > OVERLAP;
    if went_back {
        let present = seen.iter().map(|id| (id.clone(), (first, now))).collect();
        return Merged {
            series,
            present,
            went_back,
        };
    }
    if behind.is_negative() {
        let earlier = std::mem::take(&mut series.standing);
        series.standing = seen
            .iter()
            .map(|id| {
                let standing = earlier.get(id).map_or(first, |known| Standing {
                    runs: known.runs.saturating_add(1),
                    ..*known
                });
                (id.clone(), standing)
            })
            .collect();
        series.answered = now;
    } else {
        let answered = series.answered;
        series.standing.retain(|id, standing| {
            let interrupted = !seen.contains(id) && standing.since <= now;
            if interrupted {
                *standing = Standing {
                    since: answered,
                    runs: 1,
                };
            }
            // Two runs of one second that disagree: it is not certain.
            !interrupted || now < answered
        });
    }
    let present = seen
        .iter()
        .map(|id| {
            let kept = series.standing.get(id);
            let told = kept.map_or((first, now), |standing| (*standing, series.answered));
            (id.clone(), told)
        })
        .collect();
    Merged {
        series,
        present,
        went_back,
    }
}

/// What the present run sees where nothing is known of earlier ones: everything for the first time.
pub fn first_seen(answers: &Answers, now: Timestamp) -> Vec<Observation> {
    answers
        .iter()
        .flat_map(|(question, seen)| observations(question, merge(None, seen, now).present))
        .collect()
}

/// What a run sees, as observations.
pub fn observations(
    question: &Question,
    present: BTreeMap<String, (Standing, Timestamp)>,
) -> impl Iterator<Item = Observation> {
    present.into_iter().map(|(id, (standing, last))| Observation {
        question: question.clone(),
        id,
        standing,
        last,
    })
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
