//! How far the reading is: counted while it goes on, looked at by whoever shows progress, and read off at the end.

use envcheck_core::findings::KindReading;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts what is read.
#[derive(Debug)]
pub struct Meter {
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kinds: BTreeMap<String, KindState>,
    ended: Option<Instant>,
}

#[derive(Debug, Default)]
struct KindState {
    objects: u64,
    remaining: Option<u64>,
    resource_versions: Vec<String>,
    /// When something was last heard; `None` before the first request.
    heard: Option<Instant>,
    outcome: Option<bool>,
}

/// The reading at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Kinds that are to be read.
    pub kinds: usize,
    /// Kinds of which nothing more is expected.
    pub done: usize,
    /// Objects so far.
    pub objects: u64,
    /// Since the beginning.
    pub elapsed: Duration,
    /// What is being read: kind, objects so far, objects still to come when the server says so, time since anything was
    /// heard. The longest silent first.
    pub reading: Vec<(String, u64, Option<u64>, Duration)>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            state: Mutex::default(),
        }
    }
}

impl Meter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn plan(&self, kind: &str) {
        self.state().kinds.entry(kind.to_owned()).or_default();
    }

    pub(crate) fn ask(&self, kind: &str) {
        self.state().kinds.entry(kind.to_owned()).or_default().heard = Some(Instant::now());
    }

    pub(crate) fn page(&self, kind: &str, resource_version: Option<&str>, remaining: Option<u64>) {
        let mut state = self.state();
        let entry = state.kinds.entry(kind.to_owned()).or_default();
        entry.heard = Some(Instant::now());
        entry.remaining = remaining;
        if let Some(version) = resource_version.filter(|version| !version.is_empty())
            && entry.resource_versions.last().map(String::as_str) != Some(version)
        {
            entry.resource_versions.push(version.to_owned());
        }
    }

    pub(crate) fn count(&self, kind: &str, objects: u64) {
        self.state().kinds.entry(kind.to_owned()).or_default().objects += objects;
    }

    pub(crate) fn end(&self, kind: &str, complete: bool) {
        let mut state = self.state();
        state.kinds.entry(kind.to_owned()).or_default().outcome = Some(complete);
        state.ended = Some(Instant::now());
    }

    /// The reading at this moment.
    pub fn look(&self) -> Look {
        let state = self.state();
        let mut reading: Vec<_> = state
            .kinds
            .iter()
            .filter(|(_, kind)| kind.outcome.is_none())
            .filter_map(|(name, kind)| {
                Some((name.clone(), kind.objects, kind.remaining, kind.heard?.elapsed()))
            })
            .collect();
        reading.sort_by(|a, b| b.3.cmp(&a.3).then_with(|| a.0.cmp(&b.0)));
        Look {
            kinds: state.kinds.len(),
            done: state.kinds.values().filter(|kind| kind.outcome.is_some()).count(),
            objects: state.kinds.values().map(|kind| kind.objects).sum(),
            elapsed: self.started.elapsed(),
            reading,
        }
    }

    /// The kinds that were not read to their end.
    pub fn unfinished(&self) -> Vec<String> {
        let state = self.state();
        let open = state.kinds.iter().filter(|(_, kind)| kind.outcome != Some(true));
        open.map(|(name, _)| name.clone()).collect()
    }

    /// As of which version each kind was read, and how long all of it took.
    pub(crate) fn readings(&self) -> (Vec<KindReading>, Duration) {
        let state = self.state();
        let kinds = state
            .kinds
            .iter()
            .filter(|(_, kind)| !kind.resource_versions.is_empty())
            .map(|(name, kind)| KindReading {
                kind: name.clone(),
                objects: kind.objects,
                resource_versions: kind.resource_versions.clone(),
            })
            .collect();
        let end = state.ended.unwrap_or_else(Instant::now);
        (kinds, end.duration_since(self.started))
    }
}
