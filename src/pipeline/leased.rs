//! The Lease of an environment, taken at once or once nobody has renewed it for its duration. That is measured by watching it: the
//! time that stands in it is of another machine's clock.

use super::pauses::{Wait, Watching};
use crate::apply::kubernetes::NotMade;
use crate::apply::lease::{Lease, NotHeld, Seen};
use jiff::Timestamp;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The longest time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How it is waited for.
pub(super) struct Watched<'a> {
    pub(super) clock: &'a dyn Fn() -> Timestamp,
    pub(super) watching: Watching<'a>,
    pub(super) interrupt: &'a CancellationToken,
    /// Lets time pass.
    pub(super) pause: &'a dyn Fn(Duration),
}

/// Takes a Lease by `take`, which is told what was watched for long enough. Between, it is looked at, so that a holder who goes on is
/// told of at once.
pub(super) fn leased(
    take: &mut dyn FnMut(Option<&Seen>) -> Result<Lease, NotHeld>,
    watched: &Watched<'_>,
) -> Result<Lease, NotHeld> {
    let first = match take(None) {
        Err(NotHeld::Unrenewed(seen)) => seen,
        other => return other,
    };
    let mut wait = Wait::begin(
        format!("the Lease that {} has not given back", first.holder),
        (first.duration, LONGEST_PAUSE),
        watched.clock,
        watched.watching,
    );
    let mut passed = Duration::ZERO;
    while passed < first.duration {
        // How long it was, the pauses say: clocks are set.
        let pause = wait.next("not renewed").unwrap_or(LONGEST_PAUSE);
        let pause = pause.min(first.duration.saturating_sub(passed));
        (watched.pause)(pause);
        if watched.interrupt.is_cancelled() {
            return Err(NotHeld::Refused(NotMade::Cancelled));
        }
        passed += pause;
        if passed < first.duration {
            match take(None) {
                Err(NotHeld::Unrenewed(now)) if now == first => {}
                Err(NotHeld::Unrenewed(other)) => return Err(other.held()),
                // Given back meanwhile, or renewed by somebody whose clock is right.
                other => return other,
            }
        }
    }
    take(Some(&first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn seen(renewed: &str) -> NotHeld {
        let found = format!(
            r#"{{"metadata": {{"name": "envcheck-stage"}}, "spec": {{"holderIdentity": "other", "leaseDurationSeconds": 30, "renewTime": "{renewed}"}}}}"#
        );
        let found = envcheck_core::value::Value::from_json_str(&found).unwrap();
        NotHeld::Unrenewed(Seen::of(&found))
    }

    /// What comes of it where each look finds what this says, and after how long.
    fn after(look: &dyn Fn(u32, bool) -> NotHeld) -> (String, Duration) {
        let (looks, passed) = (Cell::new(0), Cell::new(Duration::ZERO));
        let pause = |time: Duration| passed.set(passed.get() + time);
        let watched = Watched {
            // It stands still, as one does that was set back.
            clock: &|| Timestamp::UNIX_EPOCH,
            watching: &|_| {},
            interrupt: &CancellationToken::new(),
            pause: &pause,
        };
        let mut take = |known: Option<&Seen>| {
            looks.set(looks.get() + 1);
            Err(look(looks.get(), known.is_some()))
        };
        let told = leased(&mut take, &watched).unwrap_err().to_string();
        (told, passed.get())
    }

    #[test]
    fn it_is_watched_for_its_duration_and_no_longer_than_until_somebody_renews_it() {
        // Its time comes once, at the end.
        let (told, passed) = after(&|_, known| {
            if known {
                NotHeld::ByAnother("taken".to_owned())
            } else {
                seen("long ago")
            }
        });
        assert_eq!((told.as_str(), passed), ("taken", Duration::from_secs(30)));
        let (told, passed) = after(&|look, _| seen(if look < 4 { "long ago" } else { "again" }));
        assert!(told.contains("other is changing this environment"), "{told}");
        assert!(passed < Duration::from_secs(5), "{passed:?}");
        // Whoever holds it for certain is not waited for.
        let (_, passed) = after(&|_, _| NotHeld::ByAnother("held".to_owned()));
        assert_eq!(passed, Duration::ZERO);
    }
}
