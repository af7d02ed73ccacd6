//! Scalars as events bring them: with style and tag.

use super::scalar::{Scalar, resolve};
use granit_parser::{ScalarStyle, Tag};

/// The prefix of the tags that YAML itself defines; `!!int` is short for it and `int`.
const YAML_TAG: &str = "tag:yaml.org,2002:";

/// Whether a text begins the merge key: plain or tagged so.
pub(super) fn is_merge(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    text == "<<"
        && match tag {
            None => style == ScalarStyle::Plain,
            // `!` alone means "as if untagged".
            Some(tag) => matches!(full(tag).as_str(), "tag:yaml.org,2002:merge" | "!"),
        }
}

/// The meaning of a scalar event.
pub(super) fn meaning<'t>(
    text: &'t str,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<Scalar<'t>, String> {
    match tag {
        None if style == ScalarStyle::Plain => Ok(resolve(text)),
        None => Ok(Scalar::Text(text)),
        Some(tag) => resolve_tagged(&full(tag), text),
    }
}

fn full(tag: &Tag) -> String {
    format!("{}{}", tag.handle(), tag.suffix())
}

/// The meaning of a scalar with a tag; `Err` says what it is instead of what the tag promises.
fn resolve_tagged<'t>(tag: &str, text: &'t str) -> Result<Scalar<'t>, String> {
    // Application tags are ignored, but as in go-yaml they keep the scalar from being anything but text.
    let Some(name) = tag.strip_prefix(YAML_TAG) else {
        return Ok(Scalar::Text(text));
    };
    let resolved = resolve(text);
    let fits = match (name, &resolved) {
        ("int", Scalar::Int(_) | Scalar::Big(_))
        | ("float", Scalar::Float(_))
        | ("bool", Scalar::Bool(_))
        | ("null", Scalar::Null) => true,
        #[expect(clippy::cast_precision_loss, reason = "a float is what the tag asks for")]
        ("float", Scalar::Int(int)) => return Ok(Scalar::Float(*int as f64)),
        ("float", Scalar::Big(digits)) => return Ok(Scalar::Float(digits.parse().unwrap_or(f64::NAN))),
        ("timestamp", Scalar::Text(text)) if timestamp(text) => true,
        ("int" | "float" | "bool" | "null" | "timestamp", _) => false,
        ("binary", _) => return base64(text).map(Scalar::Decoded),
        _ => return Ok(Scalar::Text(text)),
    };
    if fits {
        Ok(resolved)
    } else {
        // The value itself is not repeated: it may be a password.
        Err(format!(
            "this is {}, not the !!{name} it is tagged as",
            resolved.kind()
        ))
    }
}

/// Whether go-yaml would take the text for a timestamp: a date, or a date and a time.
pub(super) fn timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let numbers = |part: &str, separator: char, widths: &[std::ops::RangeInclusive<usize>]| {
        let pieces: Vec<_> = part.split(separator).collect();
        pieces.len() == widths.len()
            && pieces.iter().zip(widths).all(|(piece, width)| {
                width.contains(&piece.len()) && piece.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    if !numbers(date, '-', &[4..=4, 1..=2, 1..=2]) {
        return false;
    }
    let Some(time) = time else {
        return true;
    };
    let clock = time.split(['.', 'Z', '+', '-']).next().unwrap_or(time);
    numbers(clock, ':', &[1..=2, 1..=2, 1..=2])
}

/// Standard base64 with padding; line breaks are skipped as Go does. What is not UTF-8 becomes replacement characters,
/// as it does on the way into JSON.
fn base64(text: &str) -> Result<String, String> {
    let wrong = || "the !!binary text is not base64".to_owned();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut digits, mut padding) = (0u32, 0usize, 0usize);
    for byte in text.bytes() {
        let digit = match byte {
            b'\r' | b'\n' => continue,
            b'=' => {
                padding += 1;
                continue;
            }
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err(wrong()),
        };
        if padding > 0 {
            return Err(wrong());
        }
        bits = (bits << 6 | u32::from(digit)) & 0x00FF_FFFF;
        digits += 1;
        if digits.is_multiple_of(4) {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
    }
    match (digits % 4, padding) {
        (0, 0) => {}
        (2, 2) => bytes.push((bits >> 4).to_be_bytes()[3]),
        (3, 1) => bytes.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
        _ => return Err(wrong()),
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
