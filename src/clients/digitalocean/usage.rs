//! What a run has used of what the token allows.

use std::time::Duration;

/// The calls of a run so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls made, attempts counted one by one.
    pub calls: u32,
    /// Calls that the token still allows within the hour, as the API last told; `None` before it told.
    pub left: Option<u32>,
    /// Calls that the token allows within an hour.
    pub limit: u32,
    /// How long anything waited for the token's allowance.
    pub waited: Duration,
}
