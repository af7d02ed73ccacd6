//! The service's limits on calls: per token, in a window that slides over real time.

use crate::http::Refusal;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many calls a token may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In `hour`.
    pub hourly: usize,
    /// In `minute`.
    pub burst: usize,
    /// The longer window; an hour, as the service has it, unless a test wants it shorter.
    pub hour: Duration,
    /// The shorter window.
    pub minute: Duration,
}

/// What the service grants: 5,000 an hour and 250 a minute.
impl Default for Limits {
    fn default() -> Self {
        Self {
            hourly: 5_000,
            burst: 250,
            hour: Duration::from_hours(1),
            minute: Duration::from_mins(1),
        }
    }
}

/// What the headers `ratelimit-*` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) limit: usize,
    pub(crate) remaining: usize,
    /// When the oldest call leaves the window, in Unix seconds.
    pub(crate) reset: u64,
}

/// The calls of every token that are still in the window.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) limits: Limits,
    calls: BTreeMap<String, VecDeque<SystemTime>>,
}

impl Meter {
    /// Counts a call, or refuses it; with what is left either way.
    pub(crate) fn count(&mut self, token: &str, now: SystemTime) -> (Left, Option<Refusal>) {
        let Limits {
            hourly,
            burst,
            hour,
            minute,
        } = self.limits;
        let calls = self.calls.entry(token.to_owned()).or_default();
        let since = |call: &SystemTime| now.duration_since(*call).unwrap_or_default();
        while calls.front().is_some_and(|call| since(call) >= hour) {
            calls.pop_front();
        }
        let recent = calls.iter().rev().take_while(|call| since(call) < minute).count();
        let refusal = if calls.len() >= hourly {
            Some(Refusal::too_many(None))
        } else if recent >= burst {
            let oldest = calls.len().checked_sub(burst).and_then(|at| calls.get(at));
            let wait = oldest.map_or(minute, |call| minute.saturating_sub(since(call)));
            Some(Refusal::too_many(Some(wait.as_secs() + 1)))
        } else {
            calls.push_back(now);
            None
        };
        let oldest = calls.front().copied().unwrap_or(now);
        let left = Left {
            limit: hourly,
            remaining: hourly.saturating_sub(calls.len()),
            reset: (oldest + hour)
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs(),
        };
        (left, refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_says_when_to_come_back_and_an_hour_does_not() {
        let mut meter = Meter {
            limits: Limits {
                hourly: 5,
                burst: 3,
                ..Limits::default()
            },
            ..Meter::default()
        };
        let begin = SystemTime::now();
        for call in 0..3 {
            let (left, refusal) = meter.count("a", begin);
            assert!(refusal.is_none());
            assert_eq!(left.remaining, 4 - call);
        }
        let later = begin + Duration::from_secs(20);
        let (_, refusal) = meter.count("a", later);
        assert_eq!(refusal.unwrap().retry_after, Some(41));
        assert!(
            meter.count("b", later).1.is_none(),
            "another token has its own window"
        );

        let next = begin + Duration::from_secs(61);
        assert!(meter.count("a", next).1.is_none());
        assert!(meter.count("a", next).1.is_none());
        let (left, refusal) = meter.count("a", next);
        assert_eq!((left.remaining, refusal.unwrap().retry_after), (0, None));
        assert!(meter.count("a", begin + Duration::from_secs(3601)).1.is_none());
    }
}
