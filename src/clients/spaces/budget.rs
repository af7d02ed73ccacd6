//! How long and how often Spaces may be asked.

use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The time and patience that questions share.
#[derive(Debug, Clone)]
pub struct Budget {
    /// When everything must be over.
    pub deadline: Instant,
    /// Ends everything at once.
    pub cancel: CancellationToken,
    /// How long one attempt may take, from asking to the last byte of the answer.
    pub attempt: Duration,
    /// How often one question is tried.
    pub attempts: u32,
}

impl Budget {
    /// How long opening a connection may take.
    pub const CONNECT: Duration = Duration::from_secs(10);

    /// The ordinary patience: 30 s an attempt, 5 attempts.
    pub fn until(deadline: Instant, cancel: CancellationToken) -> Self {
        Self {
            deadline,
            cancel,
            attempt: Duration::from_secs(30),
            attempts: 5,
        }
    }
}
