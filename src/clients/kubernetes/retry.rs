//! Whether to ask again, and after how long.

use super::error::RequestError;
use std::time::Duration;

/// The longest pause before the second attempt; it doubles with each.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause of all, unless the server asks for more.
const LONGEST: Duration = Duration::from_secs(10);

/// An attempt that failed.
#[derive(Debug)]
pub(super) struct Fault {
    /// What is told when it is the last one.
    pub error: RequestError,
    /// What may be done about it.
    pub again: Again,
    /// What people can do about it, where the error alone does not tell.
    pub hint: Option<&'static str>,
}

/// What may be done about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing.
    Never,
    /// Ask once more, not before this long when the server says so.
    Later(Option<Duration>),
    /// Ask once more with renewed credentials.
    Renewed,
}

impl Fault {
    pub(super) fn new(error: RequestError, again: Again) -> Self {
        Self {
            error,
            again,
            hint: None,
        }
    }

    /// One that no further attempt mends.
    pub(super) fn last(error: RequestError) -> Self {
        Self::new(error, Again::Never)
    }

    /// One that may have passed by the next attempt.
    pub(super) fn passing(error: RequestError) -> Self {
        Self::new(error, Again::Later(None))
    }

    /// The same, with how often it was tried.
    pub(super) fn after(self, attempts: u32) -> Self {
        Self {
            error: self.error.after(attempts),
            ..self
        }
    }
}

/// The pause before the next attempt: anything up to the exponential bound, so that many clients that failed together
/// do not come back together. What the server asked for is added, not drawn from.
pub(super) fn pause(failed: u32, asked: Option<Duration>) -> Duration {
    let bound = bound(failed);
    // Without randomness the pause is the bound: later, but right.
    let share = getrandom::u32().map_or(1.0, |drawn| f64::from(drawn) / f64::from(u32::MAX));
    asked.unwrap_or_default().saturating_add(bound.mul_f64(share))
}

/// The longest pause after this many failed attempts.
pub(super) fn bound(failed: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(16);
    FIRST.saturating_mul(1 << doublings).min(LONGEST)
}
