//! When credentials end, read from the credentials themselves, so that "refused" can become "expired 3 days ago".

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

#[derive(Deserialize)]
struct Claims {
    exp: i64,
}

/// The end of a token that is a JSON Web Token. Its signature is the server's business.
pub(super) fn of_token(token: &str) -> Option<Timestamp> {
    let payload = token.split('.').nth(1)?;
    let decoded = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&decoded).ok()?;
    Timestamp::from_second(claims.exp).ok()
}

/// The end of a certificate in DER: the second time in `tbsCertificate.validity`.
pub(super) fn of_certificate(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(der)?;
    let (_, mut fields, _) = element(certificate)?;
    // version [0] when not the first, serialNumber, signature, issuer; then validity.
    if fields.first() == Some(&0xA0) {
        fields = element(fields)?.2;
    }
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (_, validity, _) = element(fields)?;
    let (_, _, rest) = element(validity)?;
    let (tag, text, _) = element(rest)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// Whether it has a certificate's outline in DER: three parts in a sequence, with nothing behind it.
pub(super) fn is_certificate(der: &[u8]) -> bool {
    let parts = || -> Option<()> {
        let (0x30, parts, []) = element(der)? else {
            return None;
        };
        let (0x30, _, rest) = element(parts)? else {
            return None;
        };
        let (0x30, _, rest) = element(rest)? else {
            return None;
        };
        let (0x03, _, []) = element(rest)? else {
            return None;
        };
        Some(())
    };
    parts().is_some()
}

/// Splits DER into the tag and content of its first element and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let count = usize::from(first & 0x7F);
        let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        rest = &rest[count..];
        digits
            .iter()
            .fold(0, |length, digit| (length << 8) | usize::from(*digit))
    };
    Some((tag, rest.get(..length)?, &rest[length..]))
}

/// `UTCTime` has two digits for the year, `GeneralizedTime` four; both end with `Z` in certificates.
fn time(tag: u8, text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let whole = match tag {
        0x17 => {
            let century = if text.get(..2)?.parse::<u8>().ok()? < 50 {
                "20"
            } else {
                "19"
            };
            format!("{century}{text}")
        }
        0x18 => text.to_owned(),
        _ => return None,
    };
    let civil = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// How long ago that was; none when it has not come yet.
pub(super) fn ago(end: Timestamp, now: Timestamp) -> Option<String> {
    let minutes = now.duration_since(end).as_secs() / 60;
    let told = |count: i64, unit: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural} ago")
    };
    match minutes {
        ..0 => None,
        _ if end > now => None,
        0 => Some("just now".into()),
        1..60 => Some(told(minutes, "minute")),
        60..1440 => Some(told(minutes / 60, "hour")),
        _ => Some(told(minutes / 1440, "day")),
    }
}
