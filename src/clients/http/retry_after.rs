//! When a server that is asked too often wants to be asked again.

use jiff::Timestamp;
use std::time::Duration;

/// What `Retry-After` asks for: seconds, or a date.
pub(in crate::clients) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(header)
        .ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}
