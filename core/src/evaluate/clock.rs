//! How long policies take, by a clock that is passed in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Tells the time since some moment of its own; it never goes back.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// A clock that reads `now`.
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The time spent on one policy by all workers together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spent(Arc<AtomicU64>);

impl Spent {
    /// Does some work, and adds what it took where there is a clock.
    pub(crate) fn during<T>(&self, clock: Option<&Clock>, work: impl FnOnce() -> T) -> T {
        let started = clock.map(|clock| (clock.0)());
        let done = work();
        if let (Some(clock), Some(started)) = (clock, started) {
            let took = (clock.0)().saturating_sub(started);
            let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            self.0.fetch_add(nanoseconds, Ordering::Relaxed);
        }
        done
    }

    /// All of it.
    pub(crate) fn milliseconds(&self) -> f64 {
        Duration::from_nanos(self.0.load(Ordering::Relaxed)).as_secs_f64() * 1000.0
    }
}
