//! Names, references and keys: texts whose shape is all there is to check.

use super::Wrong;

/// `Ok` when `right`, else the words.
pub(super) fn expect(right: bool, what: &str, hint: &str) -> Result<(), Wrong> {
    if right {
        Ok(())
    } else {
        Err(Wrong::new(what, hint))
    }
}

/// Whether all bytes are small letters, digits or in `others`, and the first and last are letters or digits.
fn made_of(text: &str, others: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
        && bytes.iter().all(|byte| plain(byte) || others.contains(byte))
}

pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && made_of(text, b"-")
}

fn is_object_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|part| made_of(part, b"-"))
}

pub(super) fn label(text: &str) -> Result<(), Wrong> {
    expect(
        is_label(text),
        "is not a name that Kubernetes allows here",
        "use up to 63 small letters, digits and hyphens, with a letter or digit at both ends",
    )
}

pub(super) fn object_name(text: &str) -> Result<(), Wrong> {
    expect(
        is_object_name(text),
        "is not a name that Kubernetes allows",
        "use up to 253 small letters, digits, hyphens and dots, with a letter or digit at both ends",
    )
}

pub(super) fn namespaced(text: &str) -> Result<(String, String), Wrong> {
    match text.split_once('/') {
        Some((namespace, name)) if is_label(namespace) && is_object_name(name) => {
            Ok((namespace.to_owned(), name.to_owned()))
        }
        _ => Err(Wrong::new(
            "is not a namespace and a name",
            "write both with a slash, as back/keydb",
        )),
    }
}

pub(super) fn allowed_object(text: &str) -> Result<(), Wrong> {
    let parts: Vec<&str> = text.split('/').collect();
    let is_kind = |text: &str| {
        text.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    // Names of RBAC objects hold colons.
    let is_name = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let right = match parts.as_slice() {
        [first, name] => (is_label(first) || is_kind(first)) && is_name(name),
        [namespace, kind, name] => is_label(namespace) && is_kind(kind) && is_name(name),
        _ => false,
    };
    expect(
        right,
        "does not name an object of a system namespace",
        "write kube-system/headlamp, kube-system/Deployment/headlamp or Deployment/headlamp",
    )
}

pub(super) fn resource_name(text: &str) -> Result<(), Wrong> {
    let plain = text.to_ascii_lowercase();
    expect(
        plain.len() <= 255 && made_of(&plain, b"-."),
        "is not a name that DigitalOcean allows",
        "use letters, digits, dots and hyphens, with a letter or digit at both ends",
    )
}

pub(super) fn words(text: &str) -> Result<(), Wrong> {
    expect(!text.trim().is_empty(), "is empty", "write at least one word")
}

pub(super) fn registry(text: &str) -> Result<(), Wrong> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    expect(
        (1..=63).contains(&text.len()) && text.bytes().all(allowed),
        "is not the name of a registry",
        "write only its name, without registry.digitalocean.com: up to 63 small letters, digits and hyphens",
    )
}

pub(super) fn bucket(text: &str) -> Result<(), Wrong> {
    expect(
        (3..=63).contains(&text.len()) && made_of(text, b"-"),
        "is not a name that Spaces allows",
        "use 3 to 63 small letters, digits and hyphens, with a letter or digit at both ends",
    )
}

pub(super) fn region(text: &str) -> Result<(), Wrong> {
    let bytes = text.as_bytes();
    expect(
        bytes.len() == 4 && bytes[..3].iter().all(u8::is_ascii_lowercase) && bytes[3].is_ascii_digit(),
        "is not a region of DigitalOcean",
        "write its slug in small letters: ams3, atl1, blr1, fra1, lon1, nyc3, sfo3, sgp1, syd1 or tor1",
    )
}

pub(super) fn size_slug(text: &str) -> Result<(), Wrong> {
    let part = |part: &str| {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.');
        !part.is_empty() && part.bytes().all(allowed)
    };
    expect(
        text.contains('-') && text.split('-').all(part),
        "is not the slug of a Droplet size",
        "write it as `doctl kubernetes options sizes` does, as s-4vcpu-8gb",
    )
}

pub(super) fn policy_id(text: &str) -> Result<(), Wrong> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    expect(
        text.len() <= 57
            && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
            && text.bytes().all(allowed),
        "is not an id",
        "write the id as `envcheck policy list` shows it, as registry-size",
    )
}

pub(super) fn path(text: &str) -> Result<(), Wrong> {
    expect(
        !text.trim().is_empty() && !text.contains('\0'),
        "is not a path",
        "write a path relative to this file",
    )
}

pub(super) fn key(text: &str) -> Result<(), Wrong> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let plain = name.to_ascii_lowercase();
    expect(
        prefix.is_none_or(is_object_name) && plain.len() <= 63 && made_of(&plain, b"-._"),
        "is not a key that Kubernetes allows for labels and annotations",
        "write up to 63 letters, digits, hyphens, dots and underscores, with an optional prefix as example.com/",
    )
}

pub(super) fn variable(text: &str) -> Result<(), Wrong> {
    let first = text.as_bytes().first();
    let right = first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if crate::spec::secrecy::looks_secret(text) {
        return Err(Wrong::new(
            "looks like the secret itself",
            "write the name of the environment variable that holds it, as DIGITALOCEAN_TOKEN",
        ));
    }
    expect(
        right,
        "is not the name of an environment variable",
        "write the name alone, without $, as DIGITALOCEAN_TOKEN",
    )
}

pub(super) fn command_word(text: &str) -> Result<(), Wrong> {
    if crate::spec::secrecy::looks_secret(text) {
        return Err(Wrong::new(
            "looks like the secret itself",
            "write a command that prints the secret",
        ));
    }
    expect(
        !text.trim().is_empty(),
        "is empty",
        "write the command as words, as [vault, kv, get, token]",
    )
}

pub(super) fn json_pointer(text: &str) -> Result<(), Wrong> {
    expect(
        text.starts_with('/'),
        "is not a JSON pointer",
        "write the path with slashes, as /spec/replicas",
    )
}
