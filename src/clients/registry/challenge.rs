//! How a registry that answers 401 wants to be asked: its `WWW-Authenticate`.

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// The user name and password themselves.
    Basic,
    /// A token, which is to be had at `realm`.
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

impl Challenge {
    /// Reads the header; a registry that says nothing wants the password.
    pub(super) fn read(header: &str) -> Option<Self> {
        let header = header.trim();
        if header.is_empty() {
            return Some(Self::Basic);
        }
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameters = parameters(rest);
        let one = |name: &str| {
            let found = parameters.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        Some(Self::Bearer {
            realm: one("realm")?,
            service: one("service"),
            scope: one("scope"),
        })
    }
}

/// `name="value", name=value`; a quoted value may hold commas.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_owned();
        let value;
        if let Some(quoted) = after.trim_start().strip_prefix('"') {
            let (inner, behind) = quoted.split_once('"').unwrap_or((quoted, ""));
            (value, rest) = (inner, behind);
        } else {
            let (plain, behind) = after.split_once(',').unwrap_or((after, ""));
            (value, rest) = (plain.trim(), behind);
        }
        found.push((name, value.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let bearer = r#"Bearer realm="https://api.digitalocean.com/v2/registry/auth",service="registry.digitalocean.com",scope="repository:acme/web:pull,push""#;
        assert_eq!(
            Challenge::read(bearer),
            Some(Challenge::Bearer {
                realm: "https://api.digitalocean.com/v2/registry/auth".into(),
                service: Some("registry.digitalocean.com".into()),
                scope: Some("repository:acme/web:pull,push".into()),
            })
        );
        assert_eq!(
            Challenge::read("bearer realm=https://x/auth , service=y"),
            Some(Challenge::Bearer {
                realm: "https://x/auth".into(),
                service: Some("y".into()),
                scope: None,
            })
        );
        assert_eq!(Challenge::read(r#"Basic realm="x""#), Some(Challenge::Basic));
        assert_eq!(Challenge::read(""), Some(Challenge::Basic));
        assert_eq!(Challenge::read("Negotiate"), None);
        assert_eq!(Challenge::read("Bearer service=\"x\""), None);
    }
}
