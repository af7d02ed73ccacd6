//! Keeps secrets out of messages and out of the excerpts below them.
//!
//! A spec names secrets, it never holds them. When one stands in it all the same, the error must not carry it into the
//! log of a CI run: messages quote only what does not look like a secret, and places point into a copy of the text in
//! which every suspicious stretch is starred out, byte for byte, so that lines and columns stay right.

use crate::source::SourceText;
use std::ops::Range;
use std::sync::Arc;

/// How well-known secrets begin: DigitalOcean, Spaces and AWS keys, GitHub, GitLab, Slack, private keys, JSON web tokens.
const BEGINNINGS: [&str; 15] = [
    "dop_v1_",
    "doo_v1_",
    "dor_v1_",
    "DO00",
    "DO80",
    "AKIA",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "eyJhbGci",
    "-----BEGIN",
];

/// Web addresses that are secrets themselves.
const SECRET_ADDRESSES: [&str; 3] = [
    "hooks.slack.com/",
    "discord.com/api/webhooks/",
    "webhook.office.com/",
];

/// Words in keys whose plain values are taken for secrets where the text cannot be read as YAML.
const TELLING: [&str; 8] = [
    "token",
    "secret",
    "password",
    "passwd",
    "apikey",
    "accesskey",
    "webhook",
    "slack",
];

/// Whether a text looks like a secret rather than like a name, an address or a number.
pub(super) fn looks_secret(text: &str) -> bool {
    if BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || SECRET_ADDRESSES.iter().any(|address| text.contains(address))
    {
        return true;
    }
    let with_password = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split('/').next())
        .and_then(|authority| authority.split_once('@'))
        .is_some_and(|(user, _)| user.contains(':'));
    with_password || random(text)
}

/// Long, without spaces, and of all three: capitals, small letters and digits. Sums and slugs are not.
fn random(text: &str) -> bool {
    text.len() >= 24
        && !text.contains("://")
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A text for a message: quoted, cut when long, hidden when it looks like a secret.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    if looks_secret(text) {
        return "this text".to_owned();
    }
    let line = text.lines().next().unwrap_or_default();
    let mut start: String = line
        .chars()
        .take(LONGEST)
        .filter(|character| !character.is_control())
        .collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("`{start}`")
}

/// The text with `secrets` and everything that looks like one starred out; the same text when there is nothing to hide.
pub(super) fn conceal(source: &Arc<SourceText>, secrets: &[Range<usize>]) -> Arc<SourceText> {
    let mut hidden: Vec<Range<usize>> = secrets.to_vec();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        suspicious(line, start, &mut hidden);
        start += line.len();
    }
    if hidden.is_empty() {
        return Arc::clone(source);
    }
    let mut bytes = source.text.clone().into_bytes();
    for range in hidden {
        for byte in bytes.get_mut(range).unwrap_or_default() {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    // The stretches begin and end between characters, so this never replaces anything.
    SourceText::new(source.name.clone(), String::from_utf8_lossy(&bytes).into_owned())
}

/// Finds words of a line that look like secrets, and plain values of keys that tell of one.
fn suspicious(line: &str, start: usize, hidden: &mut Vec<Range<usize>>) {
    let breaks = |character: char| {
        character.is_whitespace() || matches!(character, '"' | '\'' | ',' | '{' | '}' | '[' | ']')
    };
    for word in line.split(breaks) {
        if looks_secret(word) {
            let offset = start + (word.as_ptr() as usize - line.as_ptr() as usize);
            hidden.push(offset..offset + word.len());
        }
    }
    let mut rest = line;
    while let Some((key, value)) = rest.split_once(": ") {
        rest = value;
        let key = key
            .rsplit(breaks)
            .find(|word| !word.is_empty())
            .unwrap_or_default();
        let key = key.to_ascii_lowercase();
        let value = value.trim_start();
        let plain = !value.starts_with(['{', '[', '&', '*', '#', '|', '>']) && !value.trim_end().is_empty();
        if plain && TELLING.iter().any(|word| key.ends_with(word)) {
            let end = value.find([',', '}', '\n', '\r']).unwrap_or(value.len());
            let offset = start + (value.as_ptr() as usize - line.as_ptr() as usize);
            hidden.push(offset..offset + value[..end].trim_end().len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("dop_v1_0123456789abcdef", true)]
    #[case("https://hooks.slack.com/services/T0/B0/x", true)]
    #[case("https://user:pass@example.com/x", true)]
    #[case("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", true)]
    #[case("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", false)]
    #[case(
        "https://raw.githubusercontent.com/argoproj/argo-cd/v3.5.1/manifests/install.yaml",
        false
    )]
    #[case("DIGITALOCEAN_TOKEN", false)]
    #[case("registry.digitalocean.com/acme/front-web", false)]
    fn secrets_are_recognised(#[case] text: &str, #[case] secret: bool) {
        assert_eq!(looks_secret(text), secret);
    }

    #[rstest]
    #[case("token: hunter2\n", "token: *******\n")]
    #[case(
        "a: {secretAccessKey: hunter2, b: c}\n",
        "a: {secretAccessKey: *******, b: c}\n"
    )]
    #[case("token: {env: NAME}\n", "token: {env: NAME}\n")]
    #[case("# old: dop_v1_00\n", "# old: *********\n")]
    #[case("x: \"ghp_ab\" # ö\n", "x: \"******\" # ö\n")]
    fn excerpts_hide_them(#[case] text: &str, #[case] concealed: &str) {
        let source = SourceText::new("x.yaml", text);
        assert_eq!(conceal(&source, &[]).text, concealed);
    }
}
