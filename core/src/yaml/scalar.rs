//! What a plain scalar means: YAML 1.1 as go-yaml v2 resolves it, which is what `kubectl` sends.

use crate::value::Value;

/// The meaning of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    /// Fits 64 bits, signed or unsigned.
    Int(i128),
    /// A decimal integer beyond 64 bits, with its sign and digits.
    Big(String),
    /// May be infinite or not a number, which only keys can be.
    Float(f64),
    /// Text as written.
    Text(&'t str),
    /// Text that `!!binary` encoded.
    Decoded(String),
}

/// The meaning of an untagged plain scalar.
pub(super) fn resolve(text: &str) -> Scalar<'_> {
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text).unwrap_or(Scalar::Text(text)),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        _ => Scalar::Text(text),
    }
}

impl Scalar<'_> {
    /// What it is, in a few words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Bool(_) => "a boolean",
            Scalar::Int(_) | Scalar::Big(_) => "a whole number",
            Scalar::Float(_) => "a number",
            Scalar::Text(_) | Scalar::Decoded(_) => "text",
        }
    }

    /// As a value; `None` for infinities and not-a-number, which JSON cannot say.
    pub(super) fn value(self) -> Option<Value> {
        Some(match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(bool) => Value::from(bool),
            Scalar::Int(int) => integer(int),
            Scalar::Big(digits) => Value::from_numeric_string(&digits).ok()?,
            Scalar::Float(float) => return finite(float),
            Scalar::Text(text) => Value::from(text),
            Scalar::Decoded(text) => Value::from(text),
        })
    }

    /// As the text of a JSON key, written as `sigs.k8s.io/yaml` does; `None` when it cannot be one.
    pub(super) fn key(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(match self {
            Scalar::Null => return None,
            Scalar::Bool(true) => "true".into(),
            Scalar::Bool(false) => "false".into(),
            // Beyond i64 go-yaml makes a uint64 of it, which the JSON conversion refuses.
            Scalar::Int(int) => i64::try_from(*int).ok()?.to_string().into(),
            Scalar::Big(digits) => float_key(digits.parse().ok()?).into(),
            Scalar::Float(float) => float_key(*float).into(),
            Scalar::Text(text) => (*text).into(),
            Scalar::Decoded(text) => text.as_str().into(),
        })
    }
}

fn integer(int: i128) -> Value {
    match (u64::try_from(int), i64::try_from(int)) {
        (Ok(unsigned), _) => Value::from(unsigned),
        (_, Ok(signed)) => Value::from(signed),
        _ => Value::from(int),
    }
}

/// Whole floats become whole numbers below 1e21, as Go writes them into JSON.
fn finite(float: f64) -> Option<Value> {
    if !float.is_finite() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 1e21")]
    let value = if float.fract() == 0.0 && float.abs() < 1e21 {
        integer(float as i128)
    } else {
        Value::from(float)
    };
    Some(value)
}

fn word(text: &str) -> Scalar<'_> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::Text(text),
    }
}

fn number(text: &str) -> Option<Scalar<'_>> {
    // Longer than any number that is not text to us: nothing here is worth a pass over megabytes of digits.
    if text.len() > 4096 {
        return None;
    }
    match text {
        ".nan" | ".NaN" | ".NAN" => return Some(Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    // Most texts that begin like a number are versions, addresses, sizes or dates.
    if !text.bytes().all(|byte| {
        byte.is_ascii_hexdigit() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'x' | b'X' | b'o' | b'O')
    }) {
        return None;
    }
    if text.starts_with('.') {
        // Here Go reads the text itself, whose underscores must stand between digits.
        let bytes = text.as_bytes();
        let between = |at: usize| {
            at > 0 && bytes[at - 1].is_ascii_digit() && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        };
        if (0..bytes.len()).any(|at| bytes[at] == b'_' && !between(at)) {
            return None;
        }
        return decimal(&text.replace('_', ""));
    }
    let plain: std::borrow::Cow<'_, str> = if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    match whole(&plain) {
        Some(int) => Some(Scalar::Int(int)),
        None => decimal(&plain),
    }
}

/// Go's `ParseInt(text, 0, 64)`, or `ParseUint`: `0x`, `0o`, `0b` and a leading `0` set the base.
fn whole(plain: &str) -> Option<i128> {
    let (negative, signed, digits) = match plain.as_bytes().first()? {
        b'-' => (true, true, &plain[1..]),
        b'+' => (false, true, &plain[1..]),
        _ => (false, false, plain),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|digit: char| digit.is_digit(base)) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, base).ok()?);
    let int = if negative { -magnitude } else { magnitude };
    // A sign excludes Go's unsigned reading.
    let fits = if signed { i64::try_from(int).is_ok() } else { true };
    fits.then_some(int)
}

/// A decimal float by go-yaml's pattern; whole decimals without point or exponent keep all their digits.
fn decimal(plain: &str) -> Option<Scalar<'static>> {
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits = all_digits(before) && all_digits(after) && !(before.is_empty() && after.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    if exponent.is_none() && !mantissa.contains('.') {
        // `0999` is not octal, so go-yaml reads it as this decimal.
        let digits = mantissa.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        return Some(match whole(digits) {
            Some(int) if i64::try_from(int).is_ok() => {
                Scalar::Int(if plain.starts_with('-') { -int } else { int })
            }
            _ => Scalar::Big(format!(
                "{}{digits}",
                if plain.starts_with('-') { "-" } else { "" }
            )),
        });
    }
    let float: f64 = plain.parse().ok()?;
    float.is_finite().then_some(Scalar::Float(float))
}

/// Go's `FormatFloat(float, 'g', -1, 32)`, with YAML's words for the infinities.
fn float_key(float: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "sigs.k8s.io/yaml writes float keys in single precision"
    )]
    let single = float as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{single}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
