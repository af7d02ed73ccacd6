//! Periods, times of day, recurrence and time zones.

use super::Wrong;
use jiff::civil::DateTime;

/// Seconds.
pub(super) fn period(text: &str) -> Result<u64, Wrong> {
    const UNITS: [(u8, u64); 5] = [
        (b'w', 604_800),
        (b'd', 86_400),
        (b'h', 3_600),
        (b'm', 60),
        (b's', 1),
    ];
    let wrong = || {
        Wrong::new(
            "is not a length of time",
            "write a number and a unit, as 26h, 30d, 90m or 1h30m",
        )
    };
    let mut units = UNITS.iter();
    let mut total = 0_u64;
    let mut number = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            number.push(char::from(byte));
            continue;
        }
        // Each unit once, the largest first.
        let (_, seconds) = units.find(|(unit, _)| *unit == byte).ok_or_else(wrong)?;
        let amount: u64 = number.parse().map_err(|_| wrong())?;
        total = amount
            .checked_mul(*seconds)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(wrong)?;
        number.clear();
    }
    if !number.is_empty() || text.is_empty() {
        return Err(wrong());
    }
    if total == 0 {
        return Err(Wrong::new(
            "is no time at all",
            "write a length of time above zero, as 26h or 30d",
        ));
    }
    Ok(total)
}

/// Minutes since midnight.
pub(super) fn time_of_day(text: &str) -> Result<u32, Wrong> {
    let wrong = || {
        Wrong::new(
            "is not a time of day",
            "write it by the 24-hour clock and quote it, as \"03:00\"",
        )
    };
    let two_digits = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    match (two_digits(hours), two_digits(minutes)) {
        (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => Ok(hours * 60 + minutes),
        _ => Err(wrong()),
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// One field of cron: what it is called, its range, and the names its numbers have, beginning at the range's start.
type Field = (&'static str, u32, u32, &'static [&'static str]);
const FIELDS: [Field; 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &MONTHS),
    ("day of the week", 0, 7, &DAYS),
];

pub(super) fn cron(text: &str) -> Result<(), Wrong> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(Wrong::new(
            format!("has {} fields where cron has five", fields.len()),
            "write minute, hour, day of the month, month and day of the week, as \"0 3 * * SUN\"",
        ));
    }
    for (text, field) in fields.iter().zip(FIELDS) {
        if !text.split(',').all(|item| cron_item(item, field).is_some()) {
            let (name, low, high, _) = field;
            return Err(Wrong::new(
                format!("has a {name} that cron does not know"),
                format!(
                    "the {name} is *, a number from {low} to {high}, a range as 1-5, a list as 1,3, or a step as */2"
                ),
            ));
        }
    }
    Ok(())
}

/// Whether five fields of cron mean this minute. As cron has it, one of the two days is enough where both are restricted.
pub(in crate::spec) fn recurs_at(text: &str, at: DateTime) -> bool {
    let weekday = u32::from(at.weekday().to_sunday_zero_offset().unsigned_abs());
    let number = |part: i8| u32::from(part.unsigned_abs());
    let values = [
        number(at.minute()),
        number(at.hour()),
        number(at.day()),
        number(at.month()),
        weekday,
    ];
    let texts: Vec<&str> = text.split_whitespace().collect();
    let holds = |which: usize| {
        let (Some(text), Some(field), Some(value)) = (texts.get(which), FIELDS.get(which), values.get(which))
        else {
            return false;
        };
        let mut items = text.split(',').filter_map(|item| cron_item(item, *field));
        items.any(|(from, to, step)| {
            // Sunday is 0 and 7.
            let same_day = (which == 4 && *value == 0).then_some(7);
            let in_step = |value: u32| (from..=to).contains(&value) && (value - from).is_multiple_of(step);
            in_step(*value) || same_day.is_some_and(in_step)
        })
    };
    let open = |which: usize| texts.get(which).is_some_and(|text| text.starts_with('*'));
    let day = if open(2) || open(4) {
        holds(2) && holds(4)
    } else {
        holds(2) || holds(4)
    };
    holds(0) && holds(1) && holds(3) && day
}

/// From, to, and how many lie from one to the next.
fn cron_item(item: &str, (_, low, high, names): Field) -> Option<(u32, u32, u32)> {
    let number = |text: &str| -> Option<u32> {
        let text = text.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == text);
        let value = match named {
            Some(position) => u32::try_from(position).ok()? + low,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (low..=high).contains(&value).then_some(value)
    };
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => {
            let step = step.parse::<u32>().ok()?;
            (
                range,
                Some(step).filter(|step| (1..=high).contains(step)).map(Some)?,
            )
        }
        None => (item, None),
    };
    let (from, to) = if range == "*" {
        (low, high)
    } else if let Some((from, to)) = range.split_once('-') {
        (number(from)?, number(to)?)
    } else {
        let from = number(range)?;
        (from, if step.is_some() { high } else { from })
    };
    (from <= to).then_some((from, to, step.unwrap_or(1)))
}

const AREAS: [&str; 11] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
];

/// The shape only: the database is not here, and where it is may be older than the spec.
pub(super) fn time_zone(text: &str) -> Result<(), Wrong> {
    let mut parts = text.split('/');
    let area_known = parts.next().is_some_and(|area| AREAS.contains(&area));
    let places: Vec<&str> = parts.collect();
    let place_right = |place: &&str| {
        !place.is_empty()
            && place
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-'))
    };
    if text == "UTC" || (area_known && !places.is_empty() && places.iter().all(place_right)) {
        return Ok(());
    }
    Err(Wrong::new(
        "is not the name of a time zone",
        "write UTC or the area and city of the IANA database, as Europe/Kyiv",
    ))
}
