//! What a cluster is started with.

use std::fmt;
use std::path::PathBuf;

/// How a cluster is started; the default is an API server alone, in a temporary folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether kube-controller-manager runs too.
    pub controller_manager: bool,
    /// Flags for kube-apiserver beyond its own; the last of two flags wins, lists grow.
    pub extra_apiserver_flags: Vec<String>,
    /// The folder for everything, which may not hold anything yet; it is removed with the cluster. None: a temporary one.
    pub directory: Option<PathBuf>,
    /// Users of the static token file.
    pub users: Vec<User>,
    /// What its context and cluster are called in kubeconfig files, and with `-admin` behind it the administrator: where
    /// several are merged, each needs names of its own. None: `test`.
    pub context: Option<String>,
}

/// Somebody who shows a token that the API server reads from a file when it starts.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The name, as RBAC's subjects have it.
    pub name: String,
    /// The groups; `system:authenticated` is added by the server.
    pub groups: Vec<String>,
    /// The token; None: a random one.
    pub token: Option<String>,
}

impl User {
    /// A user with a random token.
    pub fn new(name: &str, groups: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            token: None,
        }
    }

    /// The same user with this token, for tests that look for it where it must not be.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }
}

/// Without the token.
impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("User")
            .field("name", &self.name)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_a_user_does_not_show_the_token() {
        let user = User::new("jane", &["team"]).with_token("s3cr3t");
        let shown = format!("{user:?}");
        assert!(shown.contains("jane") && !shown.contains("s3cr3t"), "{shown}");
    }
}
