//! What is fetched from elsewhere: versions, sums, addresses, repositories, images.

use super::Wrong;
use super::name::{expect, is_label};

/// Digits, none of them a leading zero.
fn number(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 9
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

pub(super) fn kubernetes_version(text: &str) -> Result<(), Wrong> {
    let (plain, slug) = match text.split_once("-do.") {
        Some((plain, build)) => (plain, Some(build)),
        None => (text, None),
    };
    let parts: Vec<&str> = plain.split('.').collect();
    let right = parts.first() == Some(&"1")
        && parts.iter().all(|part| number(part))
        && match slug {
            Some(build) => parts.len() == 3 && number(build),
            None => matches!(parts.len(), 2 | 3),
        };
    expect(
        right,
        "is not a version of DOKS",
        "write the minor version quoted, as \"1.35\", or a slug of `doctl kubernetes options versions`, as 1.35.1-do.0",
    )
}

pub(super) fn version(text: &str) -> Result<(), Wrong> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let core = plain.split(['-', '+']).next().unwrap_or_default();
    let rest = &plain[core.len()..];
    let parts: Vec<&str> = core.split('.').collect();
    let rest_right = rest.is_empty()
        || (rest.len() > 1
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')));
    expect(
        parts.len() == 3 && parts.iter().all(|part| number(part)) && rest_right,
        "is not an exact version",
        "pin one with three numbers, as 4.15.1; ranges would change under us",
    )
}

pub(super) fn sha256(text: &str) -> Result<(), Wrong> {
    expect(
        text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "is not a SHA-256 sum",
        "write the 64 hexadecimal digits that `sha256sum` prints for the file, without a prefix",
    )
}

/// Whether the part of a URL between `//` and the path names a user.
fn has_credentials(rest: &str) -> bool {
    rest.split('/')
        .next()
        .is_some_and(|authority| authority.contains('@'))
}

pub(super) fn https(text: &str) -> Result<(), Wrong> {
    let rest = text.strip_prefix("https://").unwrap_or_default();
    if has_credentials(rest) {
        return Err(credentials());
    }
    expect(
        !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace),
        "is not an https address",
        "write it in full, as https://example.com/install.yaml",
    )
}

fn credentials() -> Wrong {
    Wrong::new(
        "holds credentials",
        "write the address without user and password; they do not belong into a spec",
    )
}

pub(super) fn repository(text: &str) -> Result<(), Wrong> {
    const SCHEMES: [&str; 6] = ["https", "http", "ssh", "git", "oci", "file"];
    let right = match text.split_once("://") {
        Some((scheme, rest)) => {
            let by_web = matches!(scheme, "https" | "http" | "oci");
            // `ssh://git@host/…` names the account that serves Git; a password after a colon is one too many.
            let password = rest.split('/').next().is_some_and(|authority| {
                authority
                    .split_once('@')
                    .is_some_and(|(user, _)| user.contains(':'))
            });
            if password || (by_web && has_credentials(rest)) {
                return Err(credentials());
            }
            SCHEMES.contains(&scheme) && !rest.is_empty()
        }
        None => text.split_once('@').is_some_and(|(user, rest)| {
            !user.is_empty()
                && rest
                    .split_once(':')
                    .is_some_and(|(host, path)| !host.is_empty() && !path.is_empty())
        }),
    };
    expect(
        right && !text.contains(char::is_whitespace),
        "is not the address of a repository",
        "write it in full, as https://github.com/acme/deploy.git, git@github.com:acme/deploy.git or oci://registry/charts",
    )
}

pub(super) fn host(text: &str) -> Result<(), Wrong> {
    let plain = text.strip_prefix("*.").unwrap_or(text);
    expect(
        // `*` declares an Ingress without a host: it answers for every name.
        text == "*" || plain.len() <= 253 && plain.contains('.') && plain.split('.').all(is_label),
        "is not a host name",
        "write the bare name in small letters, as stage.example.com, *.example.com, or * for every host, without https:// or a path",
    )
}

pub(super) fn image_prefix(text: &str) -> Result<(), Wrong> {
    expect(
        !text.is_empty() && !text.contains(char::is_whitespace) && !text.contains("://"),
        "is not the beginning of an image reference",
        "write registry and repository, as docker.io/amazon/aws-cli",
    )
}
