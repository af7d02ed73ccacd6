//! Reads all rows, several at a time, and hands them on collection by collection.

use super::questions::{Outcome, Question};
use super::{Collection, SpacesPlan};
use crate::clients::spaces::{Bucket, Spaces, SpacesError};
use crate::collect::meter::Meter;
use crate::collect::units::UnitSender;
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::inventory::{Gap, Loaded, Origin, Unit};
use envcheck_core::value::Value;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Questions asked at a time: Spaces takes many more, but what waits for one another is few.
const AT_A_TIME: usize = 8;

/// Begins to read.
pub(super) fn start(
    plan: &SpacesPlan,
    runtime: &Handle,
    spaces: Spaces,
    now: Timestamp,
    meter: Arc<Meter>,
    units: UnitSender,
) {
    for name in plan.collections() {
        meter.plan(name);
    }
    let reader = Reader {
        plan: plan.clone(),
        shared: Arc::new(Shared {
            spaces,
            today: Offset::UTC.to_datetime(now).date(),
            turns: Semaphore::new(AT_A_TIME),
            nothing: OnceLock::new(),
            meter,
        }),
    };
    runtime.spawn(async move {
        for unit in reader.units().await {
            // Nobody takes them any more once the run is over.
            let _ = units.send(Arc::new(move || unit.clone()) as Arc<Unit>).await;
        }
    });
}

struct Reader {
    plan: SpacesPlan,
    shared: Arc<Shared>,
}

/// What all questions share.
struct Shared {
    spaces: Spaces,
    today: Date,
    turns: Semaphore,
    /// Why no question will be answered, once one was answered so.
    nothing: OnceLock<(&'static str, String)>,
    meter: Arc<Meter>,
}

impl Reader {
    /// Everything, one unit a collection; nothing when the run was interrupted.
    async fn units(&self) -> Vec<Loaded> {
        let Some(listed) = self.listed().await else {
            return Vec::new();
        };
        let listed = Arc::new(listed);
        let mut asking = JoinSet::new();
        let mut rows: BTreeMap<(Collection, usize), (Value, bool)> = BTreeMap::new();
        for collection in &self.plan.collections {
            self.shared.meter.ask(collection.name());
            for (index, question) in Question::all(&self.plan, *collection).into_iter().enumerate() {
                let (shared, listed) = (Arc::clone(&self.shared), Arc::clone(&listed));
                asking.spawn(async move {
                    let outcome = shared.ask(&question, &listed).await;
                    (question.collection, index, outcome)
                });
            }
        }
        while let Some(asked) = asking.join_next().await {
            // A question that panicked is as good as unanswered: its collection lacks a row.
            let Ok((collection, index, outcome)) = asked else {
                let words = "a question to Spaces could not be asked to its end".to_owned();
                let _ = self.shared.nothing.set((reason::UNAVAILABLE, words));
                continue;
            };
            match outcome {
                Outcome::Read(row) => rows.insert((collection, index), (row, true)),
                Outcome::Unread(row) => rows.insert((collection, index), (row, false)),
                Outcome::Nothing(reason, detail) => {
                    let _ = self.shared.nothing.set((reason, detail));
                    None
                }
                Outcome::Interrupted => return Vec::new(),
            };
        }
        self.gathered(rows)
    }

    /// The account's buckets, where the key may list them; `None` when the run was interrupted.
    async fn listed(&self) -> Option<BTreeMap<String, Bucket>> {
        let wanted = self.plan.collections.contains(&Collection::Buckets);
        if !wanted || self.plan.buckets.is_empty() {
            return Some(BTreeMap::new());
        }
        match self.shared.spaces.buckets().await {
            Ok(listed) => Some(listed),
            Err(SpacesError::Cancelled) => None,
            Err(SpacesError::Unauthorized(words)) => {
                let _ = self.shared.nothing.set((reason::UNAUTHORIZED, words));
                Some(BTreeMap::new())
            }
            Err(SpacesError::OutOfReach(words)) => {
                let _ = self.shared.nothing.set((reason::UNAVAILABLE, words));
                Some(BTreeMap::new())
            }
            // Only when buckets were made is not known then.
            Err(_) => Some(BTreeMap::new()),
        }
    }

    fn gathered(&self, rows: BTreeMap<(Collection, usize), (Value, bool)>) -> Vec<Loaded> {
        if let Some((reason, detail)) = self.shared.nothing.get() {
            let detail = match *reason {
                reason::UNAUTHORIZED => format!(
                    "{detail}; look at digitalocean.spaces.auditor in the spec, or SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY"
                ),
                _ => detail.clone(),
            };
            return self
                .plan
                .gaps(reason, &detail)
                .into_iter()
                .zip(self.plan.collections())
                .map(|(gap, name)| self.missing(gap, name))
                .collect();
        }
        let mut units: BTreeMap<Collection, Loaded> = BTreeMap::new();
        let mut whole: BTreeMap<Collection, bool> = BTreeMap::new();
        for collection in &self.plan.collections {
            let unit = units.entry(*collection).or_default();
            unit.read_collections.push(collection.name().to_owned());
            whole.insert(*collection, true);
        }
        for ((collection, _), (row, read)) in rows {
            let unit = units.entry(collection).or_default();
            unit.collections
                .push((collection.name().to_owned(), row, Origin::Live));
            if !read {
                whole.insert(collection, false);
            }
        }
        for (collection, unit) in &units {
            let complete = whole.get(collection).copied().unwrap_or_default();
            let count = unit.collections.len() as u64;
            self.shared.meter.count(collection.name(), count);
            self.shared.meter.end(collection.name(), complete);
        }
        units.into_values().collect()
    }

    fn missing(&self, gap: Gap, name: &str) -> Loaded {
        self.shared.meter.end(name, false);
        Loaded {
            gaps: vec![gap],
            ..Loaded::default()
        }
    }
}

impl Shared {
    async fn ask(&self, question: &Question, listed: &BTreeMap<String, Bucket>) -> Outcome {
        // The semaphore is never closed.
        let Ok(_turn) = self.turns.acquire().await else {
            return Outcome::Interrupted;
        };
        if let Some((reason, detail)) = self.nothing.get() {
            return Outcome::Nothing(reason, detail.clone());
        }
        let outcome = question.ask(&self.spaces, listed, self.today).await;
        if let Outcome::Nothing(reason, detail) = &outcome {
            let _ = self.nothing.set((reason, detail.clone()));
        }
        outcome
    }
}
