//! What proves to the server who asks, and where it comes from. Its values show in no message and in no `Debug`.

use super::error::ConnectError;
use super::expiry;
use super::identity::{Identity, certificates};
use super::plugin::Plugin;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use jiff::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};

/// No token is this large.
const MAX_TOKEN: u64 = 1 << 20;

/// Credentials as they are used.
#[derive(Clone, Default)]
pub(super) struct Secret {
    /// Marked as sensitive, so that no log shows it.
    pub authorization: Option<HeaderValue>,
    /// The certificate shown in the TLS handshake.
    pub identity: Option<Identity>,
    /// When they end, as far as they say.
    pub expires: Option<Timestamp>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("authorization", &self.authorization.is_some())
            .field("identity", &self.identity.is_some())
            .field("expires", &self.expires)
            .finish()
    }
}

impl Secret {
    /// A token, and a certificate when there is one too.
    pub(super) fn bearer(token: &str, identity: Option<Identity>) -> Result<Self, ConnectError> {
        let token = token.trim();
        Ok(Self {
            authorization: Some(header(&format!("Bearer {token}"))?),
            expires: expiry::of_token(token),
            identity,
        })
    }

    /// A user name and password.
    pub(super) fn basic(
        user: &str,
        password: &str,
        identity: Option<Identity>,
    ) -> Result<Self, ConnectError> {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        Ok(Self {
            authorization: Some(header(&format!("Basic {encoded}"))?),
            identity,
            expires: None,
        })
    }

    /// A certificate, or nothing at all.
    pub(super) fn certificate(identity: Option<Identity>) -> Self {
        let der = identity
            .as_ref()
            .and_then(|own| certificates(own.certificate.as_bytes()));
        Self {
            authorization: None,
            expires: der.and_then(|der| expiry::of_certificate(der.first()?)),
            identity,
        }
    }
}

fn header(value: &str) -> Result<HeaderValue, ConnectError> {
    let mut header = HeaderValue::from_str(value).map_err(|_| {
        ConnectError::new("the credentials hold characters that cannot be sent to a server")
            .with_hint("a token is one line of letters, digits and a few signs; fetch it again")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Where credentials come from.
#[derive(Debug)]
pub(super) enum Source {
    /// The kubeconfig itself: they stay as they are.
    Fixed(Secret),
    /// A file that somebody keeps fresh.
    File {
        /// Read again every minute.
        path: PathBuf,
        /// Used as long as the file cannot be read.
        fallback: Option<Secret>,
        /// Goes with each token.
        identity: Option<Identity>,
    },
    /// A command that fetches them.
    Plugin(Plugin),
}

impl Source {
    /// A file with a token, and the token to use without it.
    pub(super) fn file(path: PathBuf, fallback: Option<String>) -> Self {
        Self::File {
            path,
            fallback: fallback.and_then(|token| Secret::bearer(&token, None).ok()),
            identity: None,
        }
    }

    #[must_use]
    pub(super) fn with_identity(self, own: Option<Identity>) -> Self {
        match self {
            Self::File { path, fallback, .. } => Self::File {
                path,
                fallback: fallback.map(|secret| Secret {
                    identity: own.clone(),
                    ..secret
                }),
                identity: own,
            },
            other => other,
        }
    }

    /// Fetches them.
    pub(super) async fn fetch(&self) -> Result<Secret, ConnectError> {
        match self {
            Self::Fixed(secret) => Ok(secret.clone()),
            Self::Plugin(plugin) => plugin.run().await,
            Self::File {
                path,
                fallback,
                identity,
            } => {
                let file = path.clone();
                let reading = tokio::task::spawn_blocking(move || read(&file)).await;
                let token = reading.unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()));
                match (token, fallback) {
                    (Ok(token), _) if !token.trim().is_empty() => Secret::bearer(&token, identity.clone()),
                    (_, Some(fallback)) => Ok(fallback.clone()),
                    (Ok(_), None) => Err(ConnectError::new(format!(
                        "the token file {} is empty",
                        path.display()
                    ))),
                    (Err(error), None) => Err(ConnectError::new(format!(
                        "cannot read the token file {}: {error}",
                        path.display()
                    ))),
                }
            }
        }
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut token = String::new();
    std::fs::File::open(path)?
        .take(MAX_TOKEN)
        .read_to_string(&mut token)?;
    Ok(token)
}
