//! Names of Kubernetes objects on the command line, checked as an API server would.

use std::str::FromStr;

/// A ServiceAccount, as `NAMESPACE/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceAccount {
    pub namespace: String,
    pub name: String,
}

impl FromStr for ServiceAccount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((namespace, name)) if is_label(namespace) && is_subdomain(name) => Ok(Self {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err(format!("{text:?} is not NAMESPACE/NAME of a ServiceAccount")),
        }
    }
}

/// The API group of a kind, as `KIND=GROUP`; the core group is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KindGroup {
    pub kind: String,
    pub group: String,
}

impl FromStr for KindGroup {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_kind = |kind: &str| {
            kind.starts_with(|first: char| first.is_ascii_uppercase())
                && kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        match text.split_once('=') {
            Some((kind, group)) if is_kind(kind) && (group.is_empty() || is_subdomain(group)) => Ok(Self {
                kind: kind.to_owned(),
                group: group.to_owned(),
            }),
            _ => Err(format!(
                "{text:?} is not KIND=GROUP, as Certificate=cert-manager.io"
            )),
        }
    }
}

/// The name of an environment, which is the name of its file, too.
pub(crate) fn environment_name(text: &str) -> Result<String, String> {
    if is_label(text) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is no name of an environment: use up to 63 small letters, digits and hyphens, as stage"
        ))
    }
}

/// The name of a role: unlike most names it may hold colons.
pub(crate) fn rbac_name(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && text.split(':').all(is_subdomain) && text.len() <= 253;
    if good {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is no name of a role, as envcheck-audit"))
    }
}

/// Lower-case letters, digits and dashes, at most 63, with a letter or digit at both ends.
fn is_label(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = (text.bytes().next(), text.bytes().next_back());
    matches!(ends, (Some(first), Some(last)) if alphanumeric(first) && alphanumeric(last))
        && text.len() <= 63
        && text.bytes().all(|byte| alphanumeric(byte) || byte == b'-')
}

/// Labels joined by dots, at most 253 long.
fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_as_an_api_server_would() {
        for good in ["envcheck-audit", "system:audit", "a.b-c"] {
            assert!(rbac_name(good).is_ok(), "{good}");
        }
        for bad in ["", "Envcheck", "-a", "a/b", "a b", "a\nb", "a:"] {
            assert!(rbac_name(bad).is_err(), "{bad:?}");
        }
        assert!("tools/envcheck".parse::<ServiceAccount>().is_ok());
        for bad in [
            "envcheck",
            "/envcheck",
            "tools/",
            "tools/a/b",
            "to.ols/a",
            "tools/a:b",
        ] {
            assert!(bad.parse::<ServiceAccount>().is_err(), "{bad}");
        }
        for good in ["Certificate=cert-manager.io", "Thing="] {
            assert!(good.parse::<KindGroup>().is_ok(), "{good}");
        }
        for bad in ["Certificate", "certificate=x", "=x", "A=b c", "A=\"x\""] {
            assert!(bad.parse::<KindGroup>().is_err(), "{bad}");
        }
    }
}
