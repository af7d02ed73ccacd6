//! When something may happen.

use crate::spec::scalar::{Cron, Period, TimeZone, recurs_at};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Minutes of a year: a window that is longer than the time between two of its beginnings is always open.
const LONGEST: u64 = 366 * 24 * 60;

/// When something may happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// When it begins, in five fields.
    pub cron: Cron,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub duration: Period,
    /// The time zone of cron.
    #[serde(default = "utc")]
    pub timezone: TimeZone,
}

impl Window {
    /// Whether a moment lies in it.
    ///
    /// # Errors
    ///
    /// In words, where the time zone is in no database.
    pub fn holds(&self, now: Timestamp) -> Result<bool, String> {
        let zone = jiff::tz::TimeZone::get(self.timezone.as_str())
            .map_err(|_| format!("the time zone {} is not known", self.timezone))?;
        let length = Duration::from_secs(*self.duration.meaning());
        let minutes = length.as_secs().div_ceil(60);
        // A window that is open has begun so many minutes ago, at most. One that is never closed needs no longer look.
        Ok((0..minutes.min(LONGEST)).any(|ago| {
            let ago = Duration::from_secs(ago * 60);
            let Ok(began) = now.checked_sub(ago) else {
                return false;
            };
            let civil = zone.to_datetime(began);
            let since = u64::from(civil.second().unsigned_abs());
            ago + Duration::from_secs(since) < length && recurs_at(self.cron.as_str(), civil)
        }))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}, {}", self.cron, self.duration, self.timezone)
    }
}

fn utc() -> TimeZone {
    TimeZone::literal("UTC", ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(cron: &str, length: &str, zone: &str) -> Window {
        Window {
            cron: cron.to_owned().try_into().unwrap(),
            duration: length.to_owned().try_into().unwrap(),
            timezone: zone.to_owned().try_into().unwrap(),
        }
    }

    #[test]
    fn a_window_is_open_from_when_it_recurs_for_as_long_as_it_lasts() {
        // 2026-11-22 and 2026-11-29 are Sundays; Kyiv is two hours ahead of UTC in winter, three in summer.
        for (cron, length, zone, now, open) in [
            ("0 3 * * SUN", "2h", "UTC", "2026-11-22T02:59:59Z", false),
            ("0 3 * * SUN", "2h", "UTC", "2026-11-22T03:00:00Z", true),
            ("0 3 * * SUN", "2h", "UTC", "2026-11-22T04:59:59Z", true),
            ("0 3 * * SUN", "2h", "UTC", "2026-11-22T05:00:00Z", false),
            ("0 3 * * SUN", "2h", "UTC", "2026-11-23T03:30:00Z", false),
            ("0 3 * * 7", "2h", "Europe/Kyiv", "2026-11-22T01:30:00Z", true),
            ("0 3 * * 0", "2h", "Europe/Kyiv", "2026-11-22T03:30:00Z", false),
            ("0 3 * * 0", "2h", "Europe/Kyiv", "2026-07-19T00:30:00Z", true),
            ("30 23 * * sat", "90m", "UTC", "2026-11-22T00:45:00Z", true),
            ("*/20 * * * *", "5m", "UTC", "2026-11-23T10:44:00Z", true),
            ("*/20 * * * *", "5m", "UTC", "2026-11-23T10:45:00Z", false),
            ("0 8-18/2 * * MON-FRI", "1h", "UTC", "2026-11-23T10:15:00Z", true),
            ("0 8-18/2 * * MON-FRI", "1h", "UTC", "2026-11-23T11:15:00Z", false),
            // Either day is enough where both are named.
            ("0 0 1 * MON", "1h", "UTC", "2026-11-23T00:10:00Z", true),
            ("0 0 1 * MON", "1h", "UTC", "2026-12-01T00:10:00Z", true),
            ("0 0 1 * MON", "1h", "UTC", "2026-12-02T00:10:00Z", false),
            ("0 0 1 JAN *", "52w", "UTC", "2026-11-23T00:10:00Z", true),
        ] {
            let held = window(cron, length, zone).holds(now.parse().unwrap());
            assert_eq!(held, Ok(open), "{cron} for {length} at {now}");
        }
        let nowhere = window("0 3 * * *", "1h", "Europe/Nowhere").holds(Timestamp::UNIX_EPOCH);
        assert!(nowhere.unwrap_err().contains("Europe/Nowhere is not known"));
    }
}
