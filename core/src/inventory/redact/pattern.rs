//! Texts that are credentials by themselves, whatever they are called: known prefixes, JSON Web Tokens, private keys,
//! password hashes, authorization headers.

use super::base64;
use std::ops::Range;

/// A prefix that its issuer reserved for credentials, and how many characters follow at least.
const PREFIXES: [(&str, usize); 45] = [
    ("dop_v1_", 20),
    ("doo_v1_", 20),
    ("dor_v1_", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("gldt-", 16),
    ("glrt-", 16),
    ("glcbt-", 16),
    ("glptt-", 16),
    ("glsa_", 20),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxe-", 10),
    ("xoxo-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("rk_test_", 10),
    ("whsec_", 10),
    ("hvs.", 20),
    ("hvb.", 20),
    ("hvr.", 20),
    ("npm_", 30),
    ("pypi-AgE", 20),
    ("AIza", 30),
    ("ya29.", 20),
    ("SG.", 30),
    ("dckr_pat_", 16),
    ("hf_", 30),
    ("shpat_", 20),
    ("lin_api_", 20),
    ("PMAK-", 20),
    ("NRAK-", 20),
    ("AGE-SECRET-KEY-1", 20),
    ("hooks.slack.com/services/", 8),
    ("discord.com/api/webhooks/", 8),
];
/// Prefixes of key ids that are capitals and digits and exactly twenty long.
const KEY_IDS: [&str; 4] = ["AKIA", "ASIA", "DO00", "DO80"];
/// How crypt marks its hashes.
const HASHES: [&str; 9] = [
    "$2a$", "$2b$", "$2y$", "$apr1$", "$1$", "$5$", "$6$", "$y$", "$argon2",
];
/// How a PEM block begins in base64.
const ENCODED_PEM: &str = "LS0tLS1CRUdJTi";

/// The credential that begins at `at`, where a word begins.
pub(super) fn at_word(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    // Where a longer word may have begun earlier, it was judged there.
    let alone = at == 0 || !b"-.+/=".contains(&text.as_bytes()[at - 1]);
    let end = match rest.as_bytes().get(..2)? {
        b"ey" if alone && rest.starts_with("eyJ") => web_token(rest)?,
        b"sk" if alone && rest.starts_with("sk-") => secret_key(rest)?,
        b"LS" if rest.starts_with(ENCODED_PEM) => encoded_key(rest)?,
        b"Be" | b"be" | b"BE" | b"Ba" | b"ba" | b"BA" => authorization(rest)?,
        b"AK" | b"AS" | b"DO" => key_id(rest)?,
        b"AG" | b"AI" | b"NR" | b"PM" | b"SG" | b"dc" | b"di" | b"do" | b"gh" | b"gi" | b"gl" | b"hf"
        | b"ho" | b"hv" | b"li" | b"np" | b"py" | b"rk" | b"sh" | b"sk" | b"wh" | b"xa" | b"xo" | b"ya" => {
            prefixed(rest)?
        }
        _ => return None,
    };
    // After `Bearer ` only the token is masked.
    let start = match rest.as_bytes()[0] {
        b'B' | b'b' => rest[..end].rfind(' ').map_or(0, |space| space + 1),
        _ => 0,
    };
    Some(at + start..at + end)
}

/// A private key in PEM that begins at `at`, to its end or, without one, to the end of the text.
pub(super) fn private_key(text: &str, at: usize) -> Option<Range<usize>> {
    let label = text.get(at..)?.strip_prefix("-----BEGIN ")?;
    let label = label.get(..label.len().min(80)).unwrap_or_default();
    let label = &label[..label.find("-----")?];
    if !label.contains("KEY") || label.contains("PUBLIC") {
        return None;
    }
    let close = format!("-----END {label}-----");
    let end = text[at..]
        .find(&close)
        .map_or(text.len(), |found| at + found + close.len());
    Some(at..end)
}

/// A hash of crypt's kind that begins at `at`: it can be guessed against.
pub(super) fn password_hash(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    HASHES.iter().find(|mark| rest.starts_with(**mark))?;
    let end = run(rest, |byte| {
        byte.is_ascii_alphanumeric() || b"$./=,+_-".contains(&byte)
    });
    (end >= 20).then_some(at..at + end)
}

fn prefixed(rest: &str) -> Option<usize> {
    let (prefix, least) = PREFIXES.iter().find(|(prefix, _)| rest.starts_with(prefix))?;
    let length = run(&rest[prefix.len()..], |byte| {
        byte.is_ascii_alphanumeric() || b"_-./".contains(&byte)
    });
    (length >= *least).then_some(prefix.len() + length)
}

/// `sk-…` is also how ordinary names begin; keys mix capitals and digits, names of resources have no capitals.
fn secret_key(rest: &str) -> Option<usize> {
    let length = run(rest, |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let word = &rest.as_bytes()[..length];
    (length >= 23 && word.iter().any(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_digit))
        .then_some(length)
}

fn key_id(rest: &str) -> Option<usize> {
    KEY_IDS.iter().find(|prefix| rest.starts_with(**prefix))?;
    let length = run(rest, |byte| byte.is_ascii_alphanumeric());
    let capitals = !rest.as_bytes()[..length].iter().any(u8::is_ascii_lowercase);
    (length == 20 && capitals).then_some(length)
}

/// Three parts of base64url, or five when it is encrypted.
fn web_token(rest: &str) -> Option<usize> {
    let length = run(rest, |byte| {
        byte.is_ascii_alphanumeric() || b"_-.=".contains(&byte)
    });
    let mut parts = rest[..length].split('.');
    let long = |part: Option<&str>| part.is_some_and(|part| part.len() >= 10);
    (long(parts.next()) && long(parts.next())).then_some(length)
}

/// `Bearer TOKEN`, and `Basic` with what decodes to a name and a password.
fn authorization(rest: &str) -> Option<usize> {
    let (scheme, after) = rest.split_once(' ')?;
    let length = run(after, |byte| {
        byte.is_ascii_alphanumeric() || b"._~+/=-".contains(&byte)
    });
    let held = if scheme.eq_ignore_ascii_case("bearer") {
        length >= 16
    } else {
        scheme.eq_ignore_ascii_case("basic")
            && base64::decode(&after[..length]).is_some_and(|bytes| bytes.contains(&b':'))
    };
    held.then_some(scheme.len() + 1 + length)
}

/// A PEM block in base64 that is a key: certificates look alike at first and stay.
fn encoded_key(rest: &str) -> Option<usize> {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte);
    let head: String = rest
        .chars()
        .take(120)
        .take_while(|letter| letter.is_ascii() && belongs(*letter as u8))
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    let head = &head[..head.len().min(80) / 4 * 4];
    let decoded = base64::decode(head)?;
    let label = decoded.split(|byte| *byte == b'\n').next()?;
    let label = std::str::from_utf8(label).ok()?;
    (label.contains("KEY") && !label.contains("PUBLIC")).then(|| run(rest, belongs))
}

fn run(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{PREFIXES, at_word};

    #[test]
    fn every_prefix_is_looked_for() {
        for (prefix, least) in PREFIXES {
            let text = format!("{prefix}{}", "Ab3".repeat(least));
            assert_eq!(at_word(&text, 0), Some(0..text.len()), "{prefix}");
            assert_eq!(at_word(prefix, 0), None, "{prefix}");
        }
    }
}
