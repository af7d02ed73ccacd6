//! Periods, times of day, recurrence and time zones.

use super::Wrong;

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
        if !text.split(',').all(|item| cron_item(item, field)) {
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

fn cron_item(item: &str, (_, low, high, names): Field) -> bool {
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
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    let step_right = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| (1..=high).contains(&step)));
    let range_right = range == "*"
        || match range.split_once('-') {
            Some((from, to)) => matches!((number(from), number(to)), (Some(from), Some(to)) if from <= to),
            None => number(range).is_some(),
        };
    step_right && range_right
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
