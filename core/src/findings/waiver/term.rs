//! Days: how an expiry is written, and how a waiver stands on a day.

use super::{MOST_DAYS, SOON_DAYS, WaiverState};
use crate::source::Diagnostic;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The day of a time in UTC.
pub(super) fn day(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

/// Days from one day to another; negative when it lies before.
pub(super) fn days_until(today: Date, last: Date) -> i64 {
    // From midnight to midnight in UTC, where every day is as long.
    let seconds = |date: Date| {
        TimeZone::UTC
            .to_timestamp(date.at(0, 0, 0, 0))
            .map_or(i64::MAX, Timestamp::as_second)
    };
    seconds(last).saturating_sub(seconds(today)).div_euclid(86_400)
}

/// Reads `2026-12-31` and nothing else that a date could be.
pub(super) fn date(text: &str) -> Result<Date, Diagnostic> {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let wrong = |what: &str| {
        Diagnostic::new(format!("{:?} {what}", shortened(text))).hint("write the last day, as 2026-12-31")
    };
    if !form {
        return Err(wrong("is not a date"));
    }
    text.parse().map_err(|_| wrong("is a day that no calendar has"))
}

/// How a waiver stands on a day that ends on `last`, both included; the words say that it reaches too far.
pub(super) fn standing(today: Date, last: Date) -> (WaiverState, Option<Diagnostic>) {
    let days = days_until(today, last);
    if days > MOST_DAYS {
        let latest = today
            .checked_add(jiff::Span::new().days(MOST_DAYS))
            .map_or_else(|_| String::new(), |date| format!(": {date}"));
        let problem = Diagnostic::new(format!(
            "expires on {last}, {days} days ahead: a waiver holds for at most {MOST_DAYS}"
        ))
        .hint(format!("write an earlier day, at the latest{latest}"));
        return (WaiverState::Malformed, Some(problem));
    }
    let state = match days {
        ..0 => WaiverState::Expired,
        0..=SOON_DAYS => WaiverState::Expiring,
        _ => WaiverState::Active,
    };
    (state, None)
}

/// What somebody wrote, short enough for a message.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(std::iter::once('…')).collect()
}
