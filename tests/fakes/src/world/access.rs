//! Tokens of the world, and how its clusters are reached.

use super::World;
use crate::tokens::{Scopes, Token};
use std::fmt;

/// How a cluster's API server is reached, as `GET …/credentials` answers.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its address.
    pub server: String,
    /// The authority of its certificate, in PEM.
    pub ca_pem: String,
    /// What it accepts as a bearer token.
    pub token: String,
}

/// Without the token.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl World {
    /// A new token that has these scopes and no others.
    pub fn add_token(&mut self, scopes: &[&str]) -> String {
        self.ids += 1;
        let secret = format!(
            "dop_v1_{}",
            super::sha256(format!("token/{}", self.ids).as_bytes())
        );
        self.tokens.push(Token::new(&secret, Scopes::names(scopes)));
        secret
    }

    /// Makes a token (of the registry, too) one that has expired.
    pub fn expire_token(&mut self, secret: &str) {
        for token in &mut self.tokens {
            if token.is(secret) {
                token.expired = true;
            }
        }
    }

    /// Makes a token known, with everything allowed: for a token that the environment chose.
    pub fn accept_token(&mut self, secret: &str) {
        self.tokens.push(Token::new(secret, Scopes::All));
    }

    /// What a token may do; None when it is unknown or has expired.
    pub(crate) fn scopes_of(&self, secret: &str) -> Option<&Scopes> {
        self.tokens
            .iter()
            .find(|token| token.is(secret) && !token.expired)
            .map(Token::scopes)
    }

    /// Says how a cluster is reached; without it, credentials name a server that does not exist.
    pub fn reach_cluster(&mut self, cluster: &str, credentials: Credentials) {
        self.credentials.insert(cluster.to_owned(), credentials);
    }
}
