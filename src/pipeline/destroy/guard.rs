//! One writer: as long as the cluster runs, its Lease guards also the run that destroys it. A cluster that cannot be entered has
//! to be destroyable all the same; then the lock beside the journal is all that there is, and the plan says so.

use super::plan::ToDestroy;
use crate::apply::lease::{Lease, REST, Seen, lost};
use crate::pipeline::ended::Ended;
use crate::pipeline::leased::{Watched, leased};
use crate::pipeline::repair;
use crate::pipeline::repair::hand::Hand;
use crate::pipeline::target::TargetChoice;
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;
use std::cell::RefCell;
use std::time::Duration;

/// So long is tried to enter a cluster: one that answers does so soon.
const PATIENCE: Duration = Duration::from_mins(1);
/// So long each step may take of a run that removes what is in a cluster: it is entered once.
const PER_STEP: Duration = Duration::from_mins(8);

/// A cluster that was entered.
pub(super) struct Guard {
    pub(super) hand: Hand,
    lease: Option<Lease>,
}

/// Enters the declared cluster to look; `Err` in words where it cannot be.
pub(super) fn enter(wanted: &ToDestroy) -> Result<Result<Guard, String>, Ended> {
    enter_for(wanted, wanted.target.timeout.min(PATIENCE))
}

/// The same for a run of so many steps.
pub(super) fn enter_to_remove(wanted: &ToDestroy, steps: usize) -> Result<Result<Guard, String>, Ended> {
    let steps = u32::try_from(steps).unwrap_or(u32::MAX / 1000);
    enter_for(wanted, wanted.target.timeout + PER_STEP * steps)
}

fn enter_for(wanted: &ToDestroy, timeout: Duration) -> Result<Result<Guard, String>, Ended> {
    let target = TargetChoice {
        timeout,
        ..wanted.target.clone()
    };
    let named = target.context.is_some() || target.kubeconfig.is_some();
    let opened = Hand::open(&wanted.spec, &target, wanted.started, &wanted.interrupt);
    let hand = match opened {
        Ok(hand) => hand,
        // Whoever says how it is entered means it.
        Err(refused @ Ended::Refused(_)) if named => return Err(refused),
        Err(Ended::Refused(problems)) => {
            let words: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
            return Ok(Err(words.join("; ")));
        }
        Err(interrupted @ Ended::Interrupted(_)) => return Err(interrupted),
    };
    if let Some(objection) = hand.objection(&target) {
        hand.end();
        if named {
            return Err(objection.into());
        }
        return Ok(Err(objection.one_line()));
    }
    Ok(Ok(Guard { hand, lease: None }))
}

impl Guard {
    /// Takes the environment's Lease. Whoever else has it is not disturbed.
    pub(super) fn hold(
        &mut self,
        wanted: &ToDestroy,
        ground: &repair::Ground<'_>,
        run: &str,
    ) -> Result<(), Ended> {
        let hand = RefCell::new(&mut self.hand);
        let mut looks = 0_u32;
        let mut take = |watched: Option<&Seen>| {
            // A cluster is entered for a moment, and a Lease may be watched for longer.
            if looks > 0
                && let Ok(Ok(Self { hand: again, .. })) = enter(wanted)
            {
                std::mem::replace(*hand.borrow_mut(), again).end();
            }
            looks += 1;
            let hand = hand.borrow();
            let now = (ground.clock)();
            let environment = wanted.spec.name();
            hand.wait(Lease::take(
                hand.objects.api(),
                environment,
                run,
                (&[], watched),
                now,
            ))
        };
        let pause = |time| hand.borrow().pause_unless(time, &wanted.interrupt);
        let watched = Watched {
            clock: ground.clock,
            watching: ground.watching,
            interrupt: &wanted.interrupt,
            pause: &pause,
        };
        let lease = leased(&mut take, &watched).map_err(|error| {
            let hint = error.hint();
            Diagnostic::new(format!("nothing was removed: {error}")).hint(hint)
        })?;
        self.lease = Some(lease);
        Ok(())
    }

    /// Says that the run still goes on.
    pub(super) fn renew(&mut self, now: Timestamp) -> Result<(), String> {
        match &mut self.lease {
            Some(lease) => {
                let renewed = self.hand.wait(lease.renew(now));
                renewed.map_err(|error| lost(&error, REST))
            }
            None => Ok(()),
        }
    }

    /// Ends it; the Lease is given back where there still is a cluster that has it.
    pub(super) fn end(self, destroyed: bool) {
        if let Some(lease) = self.lease
            && !destroyed
        {
            self.hand.wait(lease.release());
        }
        self.hand.end();
    }
}
