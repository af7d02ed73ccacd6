//! How long and how often the API may be asked.

use super::allowances::Allowances;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The time, patience and calls that all requests of a run share.
#[derive(Debug, Clone)]
pub struct Budget {
    /// When everything must be over.
    pub deadline: Instant,
    /// Ends everything at once.
    pub cancel: CancellationToken,
    /// How long one attempt may take, from asking to the last byte of the answer.
    pub attempt: Duration,
    /// How long an answer may be silent.
    pub idle: Duration,
    /// How often one request is tried.
    pub attempts: u32,
    /// How often may be asked with each token, shared with whoever else asks in this run.
    pub allowances: Allowances,
    /// How long to wait between attempts.
    pub pauses: Pauses,
}

/// The waits between attempts, which double and are drawn so that many that failed together do not come back together.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// The shortest.
    pub shortest: Duration,
    /// The longest, unless the server asks for more.
    pub longest: Duration,
    /// Draws a number from 0 to 1.
    pub draw: fn() -> f64,
}

impl Budget {
    /// The ordinary patience: 30 s an attempt, 20 s of silence, 5 attempts, 1 to 30 s in between.
    pub fn until(deadline: Instant, cancel: CancellationToken) -> Self {
        Self {
            deadline,
            cancel,
            attempt: Duration::from_secs(30),
            idle: Duration::from_secs(20),
            attempts: 5,
            allowances: Allowances::default(),
            pauses: Pauses {
                shortest: Duration::from_secs(1),
                longest: Duration::from_secs(30),
                draw: drawn,
            },
        }
    }
}

impl Pauses {
    /// The pause after this many failed attempts. What the server asked for is added to, not drawn from.
    pub fn after(&self, failed: u32, asked: Option<Duration>) -> Duration {
        if let Some(asked) = asked {
            return asked.saturating_add(self.shortest.mul_f64((self.draw)().clamp(0.0, 1.0)));
        }
        let bound = self
            .shortest
            .saturating_mul(1 << failed.min(16))
            .min(self.longest)
            .max(self.shortest);
        self.shortest
            + bound
                .saturating_sub(self.shortest)
                .mul_f64((self.draw)().clamp(0.0, 1.0))
    }
}

/// Without randomness the pause is the longest: later, but right.
fn drawn() -> f64 {
    getrandom::u32().map_or(1.0, |drawn| f64::from(drawn) / f64::from(u32::MAX))
}
