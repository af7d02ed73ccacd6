//! Between two looks at something that takes its time: each pause is twice as long as the one before, up to the longest. Whoever
//! waits says for what, how it is, and how long at most.

use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Until the second look.
const FIRST: Duration = Duration::from_millis(250);

/// Pauses that grow.
#[derive(Debug)]
pub(super) struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    /// The first of them is a moment.
    pub(super) fn up_to(longest: Duration) -> Self {
        Self {
            next: FIRST.min(longest),
            longest,
        }
    }

    /// How long the next one is.
    pub(super) fn longer(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now
    }
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// As `cluster stage`.
    pub what: String,
    /// How it is by the last look, as `provisioning`.
    pub state: String,
    /// How long it has been waited for.
    pub waited: Duration,
    /// How long it is waited for at most.
    pub limit: Duration,
}

/// Is told of a wait at each look, and `None` once it is over.
pub type Watching<'a> = &'a dyn Fn(Option<&Awaited>);

/// A wait that is told, and has an end.
pub(super) struct Wait<'a> {
    what: String,
    limit: Duration,
    pauses: Pauses,
    clock: &'a dyn Fn() -> Timestamp,
    start: Timestamp,
    watching: Watching<'a>,
    looks: u32,
}

/// The time is over: what was waited for, and how it was by the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TooLate(Awaited);

impl fmt::Display for TooLate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Awaited {
            what, state, limit, ..
        } = &self.0;
        write!(f, "{what} is {state} after {} min", limit.as_secs() / 60)
    }
}

impl<'a> Wait<'a> {
    /// Begins to wait for `what`, at most so long, with pauses up to `longest`.
    pub(super) fn begin(
        what: String,
        (limit, longest): (Duration, Duration),
        clock: &'a dyn Fn() -> Timestamp,
        watching: Watching<'a>,
    ) -> Self {
        Self {
            what,
            limit,
            pauses: Pauses::up_to(longest),
            clock,
            start: clock(),
            watching,
            looks: 0,
        }
    }

    /// How long to pause until the next look, where the last one saw this state.
    pub(super) fn next(&mut self, state: &str) -> Result<Duration, TooLate> {
        let waited = (self.clock)()
            .duration_since(self.start)
            .max(SignedDuration::ZERO);
        let awaited = Awaited {
            what: self.what.clone(),
            state: state.to_owned(),
            waited: waited.unsigned_abs(),
            limit: self.limit,
        };
        if awaited.waited > self.limit {
            return Err(TooLate(awaited));
        }
        self.looks += 1;
        // What has come about by the second look was not worth a word.
        if self.looks > 1 {
            (self.watching)(Some(&awaited));
        }
        Ok(self.pauses.longer())
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if self.looks > 1 {
            (self.watching)(None);
        }
    }
}

/// Lets time pass, unless the user wants the run to stop. A timer can only be made on the threads of a runtime.
pub(super) async fn pause(time: Duration, interrupt: &CancellationToken) {
    tokio::select! {
        () = interrupt.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

    #[test]
    fn a_wait_tells_what_is_awaited_and_ends_with_the_last_state() {
        let now = Cell::new(Timestamp::UNIX_EPOCH);
        let clock = || now.get();
        let told = RefCell::new(Vec::new());
        let watching = |awaited: Option<&Awaited>| {
            let words = awaited.map(|one| format!("{} {} {}", one.what, one.state, one.waited.as_secs()));
            told.borrow_mut().push(words);
        };
        let limit = Duration::from_mins(30);
        let times = (limit, Duration::from_secs(10));
        let mut wait = Wait::begin("cluster stage".to_owned(), times, &clock, &watching);
        let mut pass = |seconds: i64, state: &str| {
            now.set(now.get() + SignedDuration::from_secs(seconds));
            wait.next(state)
        };
        assert_eq!(pass(0, "provisioning"), Ok(Duration::from_millis(250)));
        assert_eq!(told.borrow().len(), 0);
        assert!(pass(60, "provisioning").is_ok());
        assert!(pass(30 * 60 - 60, "almost").is_ok());
        let late = pass(1, "almost").unwrap_err();
        assert_eq!(late.to_string(), "cluster stage is almost after 30 min");
        drop(wait);
        assert_eq!(
            told.into_inner(),
            [
                Some("cluster stage provisioning 60".to_owned()),
                Some("cluster stage almost 1800".to_owned()),
                None
            ]
        );
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let mut pauses = Pauses::up_to(Duration::from_secs(1));
        let all: Vec<u128> = (0..5).map(|_| pauses.longer().as_millis()).collect();
        assert_eq!(all, [250, 500, 1000, 1000, 1000]);
    }
}
