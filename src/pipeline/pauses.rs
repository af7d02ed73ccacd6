//! Between two looks at something that takes its time: each pause is twice as long as the one before, up to the longest.

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

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let mut pauses = Pauses::up_to(Duration::from_secs(1));
        let all: Vec<u128> = (0..5).map(|_| pauses.longer().as_millis()).collect();
        assert_eq!(all, [250, 500, 1000, 1000, 1000]);
    }
}
