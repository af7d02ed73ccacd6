//! The fake's own time: it stands still until a test advances it, or runs as a multiple of real time.

use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

/// A clock that only its owner moves.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    /// What it showed when it was last set.
    at: Timestamp,
    /// Since when it runs by itself, and how many seconds pass in one.
    running: Option<(Instant, f64)>,
}

impl Clock {
    pub(crate) fn standing_at(at: Timestamp) -> Self {
        Self { at, running: None }
    }

    /// Lets it run `factor` times as fast as real time; 0 stops it.
    pub(crate) fn run(&mut self, factor: f64) {
        self.at = self.now();
        self.running = (factor > 0.0).then(|| (Instant::now(), factor));
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self.running {
            Some((since, factor)) => after(self.at, since.elapsed().mul_f64(factor)),
            None => self.at,
        }
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.at = after(self.at, by);
    }

    pub(crate) fn set(&mut self, at: Timestamp) {
        self.at = at;
        if let Some((_, factor)) = self.running {
            self.running = Some((Instant::now(), factor));
        }
    }
}

/// A time later by `by`; the last one that can be written where that is too far.
pub(crate) fn after(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_until_it_is_moved_and_runs_when_told() {
        let begin: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        let mut clock = Clock::standing_at(begin);
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(clock.now(), begin);
        clock.advance(Duration::from_mins(1));
        assert_eq!(clock.now().to_string(), "2026-11-23T03:01:00Z");
        clock.run(3600.0);
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now() > after(begin, Duration::from_mins(2)));
        clock.run(0.0);
        let stopped = clock.now();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(clock.now(), stopped);
    }
}
