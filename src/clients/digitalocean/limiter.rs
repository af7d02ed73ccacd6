//! The token's allowance: 250 calls a minute and 5,000 an hour, both as windows that slide, shared by everything in the
//! process. What the API says of what is left corrects it, so that others who use the same token are respected.

use super::usage::Usage;
use http::HeaderMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Calls within [`MINUTE`].
const A_MINUTE: usize = 250;
const MINUTE: Duration = Duration::from_mins(1);
/// Calls within [`HOUR`], until the API says otherwise.
const AN_HOUR: u32 = 5000;
const HOUR: Duration = Duration::from_hours(1);
/// With nothing left and answers still under way: when to look again.
const SOON: Duration = Duration::from_millis(200);

/// What all who use one token share.
#[derive(Debug)]
pub(super) struct Limiter {
    state: Mutex<State>,
    /// Calls that this run may make.
    allowed: Option<u32>,
}

#[derive(Debug)]
struct State {
    /// When the calls of the last hour were made, the oldest first.
    made: VecDeque<Instant>,
    under_way: u32,
    limit: u32,
    left: Option<u32>,
    /// When the oldest call ends to count, as the API told.
    reset: Option<Instant>,
    /// Nobody asks before, because the API said so.
    blocked: Option<Instant>,
    calls: u32,
    waiting: u32,
    waiting_since: Option<Instant>,
    waited: Duration,
}

/// Whether a call may be made now.
#[derive(Debug)]
pub(super) enum Turn {
    /// Now. It is under way as long as this is held.
    Go(Permit),
    /// Not before.
    Wait(Instant),
    /// Not at all: the run has made its calls.
    Spent,
}

/// A call that is under way.
#[derive(Debug)]
pub(super) struct Permit(Arc<Limiter>);

impl Permit {
    /// Nobody was asked after all: it does not count.
    pub(super) fn give_back(self) {
        let mut state = self.0.state();
        state.calls = state.calls.saturating_sub(1);
        // Which of those that were just made is all the same.
        state.made.pop_back();
        state.left = state.left.map(|left| left.saturating_add(1));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way = state.under_way.saturating_sub(1);
    }
}

/// Somebody who waits; the time counts as long as anybody does.
#[derive(Debug)]
pub(super) struct Waiting(Arc<Limiter>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
        if state.waiting == 0
            && let Some(since) = state.waiting_since.take()
        {
            state.waited += since.elapsed();
        }
    }
}

/// What the headers of an answer say of the allowance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub limit: Option<u32>,
    pub remaining: Option<u32>,
    /// Unix time, in seconds.
    pub reset: Option<i64>,
}

impl Told {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
        Self {
            limit: small("ratelimit-limit").filter(|limit| *limit > 0),
            remaining: small("ratelimit-remaining"),
            reset: number("ratelimit-reset"),
        }
    }
}

impl Limiter {
    /// An allowance of which nothing is known to be used.
    pub(super) fn new(allowed: Option<u32>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                made: VecDeque::new(),
                under_way: 0,
                limit: AN_HOUR,
                left: None,
                reset: None,
                blocked: None,
                calls: 0,
                waiting: 0,
                waiting_since: None,
                waited: Duration::ZERO,
            }),
            allowed,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a call at this moment.
    pub(super) fn turn(self: &Arc<Self>, now: Instant) -> Turn {
        let mut state = self.state();
        if self.allowed.is_some_and(|allowed| state.calls >= allowed) {
            return Turn::Spent;
        }
        if let Some(wait) = state.wait(now) {
            return Turn::Wait(wait);
        }
        state.made.push_back(now);
        state.under_way += 1;
        state.calls += 1;
        state.left = state.left.map(|left| left.saturating_sub(1));
        drop(state);
        Turn::Go(Permit(Arc::clone(self)))
    }

    /// Takes in what an answer said, while its call is still under way.
    pub(super) fn heard(&self, told: Told, now: Instant, unix: i64) {
        let mut state = self.state();
        if let Some(limit) = told.limit {
            state.limit = limit;
        }
        if let Some(remaining) = told.remaining {
            // The others that are under way may not be counted in it yet.
            state.left = Some(remaining.saturating_sub(state.under_way.saturating_sub(1)));
            let ahead = told.reset.map(|reset| reset.saturating_sub(unix));
            state.reset = ahead
                .and_then(|ahead| u64::try_from(ahead).ok())
                .filter(|ahead| *ahead > 0)
                .map(|ahead| now + Duration::from_secs(ahead).min(HOUR));
        }
    }

    /// The API asked to be left alone for so long.
    pub(super) fn block(&self, until: Instant) {
        let mut state = self.state();
        state.blocked = state.blocked.max(Some(until));
    }

    /// Counts the time from now on as waited.
    pub(super) fn waiting(self: &Arc<Self>, now: Instant) -> Waiting {
        let mut state = self.state();
        if state.waiting == 0 {
            state.waiting_since = Some(now);
        }
        state.waiting += 1;
        drop(state);
        Waiting(Arc::clone(self))
    }

    /// The calls that this run may make; `None` when only the token limits them.
    pub(super) fn allowed(&self) -> Option<u32> {
        self.allowed
    }

    /// What is used so far.
    pub(super) fn usage(&self) -> Usage {
        let state = self.state();
        Usage {
            calls: state.calls,
            left: state.left,
            limit: state.limit,
            waited: state.waited
                + state
                    .waiting_since
                    .map_or(Duration::ZERO, |since| since.elapsed()),
        }
    }
}

impl State {
    /// Until when nobody may ask; `None` when somebody may now.
    fn wait(&mut self, now: Instant) -> Option<Instant> {
        self.made
            .drain(..self.made.partition_point(|made| *made + HOUR <= now));
        if let Some(blocked) = self.blocked.filter(|until| *until > now) {
            return Some(blocked);
        }
        let within_minute = self.made.len() - self.made.partition_point(|made| *made + MINUTE <= now);
        if within_minute >= A_MINUTE {
            return self
                .made
                .get(self.made.len() - A_MINUTE)
                .map(|oldest| *oldest + MINUTE);
        }
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if self.made.len() >= limit {
            return self
                .made
                .get(self.made.len() - limit)
                .map(|oldest| *oldest + HOUR);
        }
        if self.left == Some(0) {
            if let Some(reset) = self.reset.filter(|reset| *reset > now) {
                return Some(reset);
            }
            // The oldest call no longer counts, so one more fits: whoever asks hears how many are left.
            return (self.under_way > 0).then(|| now + SOON);
        }
        None
    }
}
