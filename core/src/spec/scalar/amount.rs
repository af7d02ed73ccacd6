//! Sizes and shares.

use super::Wrong;

const UNITS: [(&str, u64); 10] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// Bytes.
pub(super) fn size(text: &str) -> Result<u64, Wrong> {
    let wrong = || {
        Wrong::new(
            "is not a size",
            "write a number and a unit, as 500MiB, 5GiB or 10GB",
        )
    };
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number.trim_end(), *factor)))
        .ok_or_else(wrong)?;
    let (whole, hundredths) = decimal(number).ok_or_else(wrong)?;
    let fraction = u128::from(hundredths) * u128::from(factor) / 100;
    u64::try_from(u128::from(whole) * u128::from(factor) + fraction)
        .map_err(|_| Wrong::new("is too large a size", "the largest is 16777215TiB"))
}

/// Hundredths of a percent.
pub(super) fn percent(text: &str) -> Result<u32, Wrong> {
    let wrong = || {
        Wrong::new(
            "is not a percentage",
            "write a number from 0 to 100 and a percent sign, as 80%",
        )
    };
    let (whole, hundredths) = text.strip_suffix('%').and_then(decimal).ok_or_else(wrong)?;
    let value = whole.saturating_mul(100).saturating_add(hundredths);
    u32::try_from(value)
        .ok()
        .filter(|value| *value <= 10_000)
        .ok_or_else(wrong)
}

/// An amount as Kubernetes writes it; what it means is for Kubernetes to say.
pub(super) fn quantity(text: &str) -> Result<(), Wrong> {
    const UNITS: [&str; 14] = [
        "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "m", "k", "M", "G", "T", "P", "E", "",
    ];
    let number = UNITS
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
        .unwrap_or(text);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let right = match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(number),
    };
    if right {
        return Ok(());
    }
    Err(Wrong::new(
        "is not an amount that Kubernetes reads",
        "write a number, with a unit where needed, as 500m or 2Gi",
    ))
}

/// The whole part and the first two decimals of a number without sign.
fn decimal(text: &str) -> Option<(u64, u64)> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if digits(fraction) && fraction.len() <= 2 => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    if !digits(whole) {
        return None;
    }
    let hundredths = format!("{fraction:0<2}").parse().ok()?;
    Some((whole.parse().ok()?, hundredths))
}
