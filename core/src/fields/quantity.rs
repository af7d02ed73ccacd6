//! Quantities of Kubernetes (`500m`, `1Gi`, `2e3`), of which one amount has many spellings.

/// The factors of suffixes, as a power of ten in thousandths of a thousandth of a thousandth, or of two.
const DECIMAL: [(&str, u32); 10] = [
    ("n", 0),
    ("u", 3),
    ("m", 6),
    ("", 9),
    ("k", 12),
    ("M", 15),
    ("G", 18),
    ("T", 21),
    ("P", 24),
    ("E", 27),
];
const BINARY: [(&str, u32); 6] = [
    ("Ki", 10),
    ("Mi", 20),
    ("Gi", 30),
    ("Ti", 40),
    ("Pi", 50),
    ("Ei", 60),
];

/// The amount in billionths; `None` for what is no quantity, or too much for one.
pub fn quantity(text: &str) -> Option<i128> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || part.contains('.') {
        return None;
    }
    let digits: i128 = digits.parse().ok()?;
    let below = u32::try_from(part.len()).ok()?;
    if let Some((_, bits)) = BINARY.iter().find(|(own, _)| *own == suffix) {
        let amount = digits.checked_mul(1 << bits)?;
        return shifted(amount, 9, below).map(|amount| sign * amount);
    }
    let power = match DECIMAL.iter().find(|(own, _)| *own == suffix) {
        Some((_, power)) => i64::from(*power),
        None => 9 + suffix.strip_prefix(['e', 'E'])?.parse::<i64>().ok()?,
    };
    let up = u32::try_from(power.max(0)).ok()?;
    let down = u32::try_from((-power).max(0)).ok()?.checked_add(below)?;
    shifted(digits, up, down).map(|amount| sign * amount)
}

/// Times ten to the power of `up - down`. What is less than a billionth is rounded up, as the server does.
fn shifted(amount: i128, up: u32, down: u32) -> Option<i128> {
    if up >= down {
        return amount.checked_mul(10_i128.checked_pow(up - down)?);
    }
    let divisor = 10_i128.checked_pow(down - up)?;
    Some(amount / divisor + i128::from(amount % divisor != 0))
}
