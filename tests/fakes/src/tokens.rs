//! Who may call: tokens, what they may do, and whether they have expired.

use std::collections::BTreeSet;
use std::fmt;

/// What a token may do: everything, or named scopes (`registry:read`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scopes {
    All,
    Named(BTreeSet<String>),
}

impl Scopes {
    pub(crate) fn allow(&self, scope: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(scope),
        }
    }

    /// These, and no others.
    pub(crate) fn names(names: &[&str]) -> Self {
        Self::Named(names.iter().map(|&name| name.to_owned()).collect())
    }
}

/// A token of the API.
#[derive(Clone)]
pub(crate) struct Token {
    secret: String,
    scopes: Scopes,
    pub(crate) expired: bool,
}

impl Token {
    pub(crate) fn new(secret: &str, scopes: Scopes) -> Self {
        Self {
            secret: secret.to_owned(),
            scopes,
            expired: false,
        }
    }

    pub(crate) fn is(&self, secret: &str) -> bool {
        self.secret == secret
    }

    pub(crate) fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

/// Without the secret.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Token")
            .field("scopes", &self.scopes)
            .field("expired", &self.expired)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_do_what_it_names_and_is_not_shown() {
        let token = Token::new("dop_v1_secret", Scopes::names(&["vpc:read"]));
        assert!(token.scopes().allow("vpc:read") && !token.scopes().allow("vpc:create"));
        assert!(Scopes::All.allow("anything"));
        assert!(!format!("{token:?}").contains("secret"));
    }
}
