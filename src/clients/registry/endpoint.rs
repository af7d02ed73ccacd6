//! The registry that can be asked for manifests, with retries, a few at a time.

use super::credential::Credential;
use super::fault::{Again, Fault, broken, out_of_reach, refusal, text};
use super::manifest::{ACCEPT, children};
use crate::clients::digitalocean::{Budget, Outlook, Reach, RequestError};
use crate::clients::http::{Connection, Shape, Variables, encode, whole};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use envcheck_core::source::Diagnostic;
use http::header::{ACCEPT as ACCEPT_HEADER, AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::{Response, Url};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Where the registry is unless somebody says otherwise.
pub const ADDRESS: &str = "https://registry.digitalocean.com";

/// Manifests asked for at a time.
const AT_A_TIME: usize = 8;
/// No manifest is larger; registries take up to 4 MiB.
const MAX_MANIFEST: usize = 8 << 20;

/// How to reach the registry.
#[derive(Debug, Clone)]
pub struct Access {
    /// `DIGITALOCEAN_REGISTRY_URL`; without it [`ADDRESS`].
    pub address: Option<String>,
    /// The token of the API, which is user name and password here.
    pub token: SecretString,
    /// The proxy (`HTTPS_PROXY`, `NO_PROXY`) and the authorities (`SSL_CERT_FILE`).
    pub variables: Variables,
}

/// The registry. Clones share the connection and the turns.
#[derive(Clone)]
pub struct Registry(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) connection: Connection,
    token: SecretString,
    /// Goes to the registry, and to the realm that it names below digitalocean.com.
    pub(super) basic: HeaderValue,
    budget: Budget,
    turns: Semaphore,
    /// What each repository is asked with.
    known: Mutex<HashMap<String, Arc<Credential>>>,
    outlook: Outlook,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({})", self.0.connection.address())
    }
}

impl Registry {
    /// Prepares to ask; nobody is asked anything yet. Of the budget its time and patience count: calls here are not calls
    /// of the API.
    ///
    /// # Errors
    ///
    /// A token that cannot be sent, an address or proxy that cannot be used, authorities that cannot be read.
    pub fn open(access: &Access, budget: Budget) -> Result<Self, Diagnostic> {
        let address = access
            .address
            .as_deref()
            .map(str::trim)
            .filter(|own| !own.is_empty());
        let connection = Connection::open(&Shape {
            address: address.unwrap_or(ADDRESS).trim_end_matches('/'),
            place: "the address of the registry (DIGITALOCEAN_REGISTRY_URL)",
            variables: &access.variables,
            idle: budget.idle,
        })?;
        let token = access.token.expose_secret().trim();
        let encoded = STANDARD.encode(format!("{token}:{token}"));
        let mut basic = HeaderValue::from_str(&format!("Basic {encoded}"))
            .map_err(|_| Diagnostic::new("the DigitalOcean token cannot be sent to the registry"))?;
        basic.set_sensitive(true);
        Ok(Self(Arc::new(Inner {
            connection,
            token: token.into(),
            basic,
            budget,
            turns: Semaphore::new(AT_A_TIME),
            known: Mutex::default(),
            outlook: Outlook::default(),
        })))
    }

    /// The address, without credentials.
    pub fn address(&self) -> &str {
        self.0.connection.address()
    }

    /// The digests that a manifest refers to; none for a single image. `repository` begins with the registry's name:
    /// `acme/web`; `reference` is a digest or a tag.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn children(&self, repository: &str, reference: &str) -> Result<Vec<String>, RequestError> {
        tokio::select! {
            biased;
            () = self.0.budget.cancel.cancelled() => Err(RequestError::Cancelled),
            found = self.tried(repository, reference) => found,
        }
    }

    async fn tried(&self, repository: &str, reference: &str) -> Result<Vec<String>, RequestError> {
        let Inner {
            budget,
            turns,
            outlook,
            ..
        } = &*self.0;
        let late = || {
            RequestError::TimedOut(format!(
                "the time ran out before the registry was asked for {repository}"
            ))
        };
        let turn = timeout_at(budget.deadline, turns.acquire()).await;
        let _turn = turn.map_err(|_| late())?.map_err(|_| RequestError::Cancelled)?;
        let mut failed = 0;
        loop {
            if let Some(error) = outlook.hopeless() {
                return Err(error);
            }
            let asked = Instant::now();
            if asked >= budget.deadline {
                return Err(late());
            }
            let until = budget.deadline.min(asked + budget.attempt);
            let fault = match timeout_at(until, self.attempt(repository, reference)).await {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(fault)) => fault,
                Err(_) => Fault::passing(RequestError::TimedOut(format!(
                    "the registry did not give {repository}@{reference} completely within {:?}",
                    until - asked
                ))),
            };
            failed += 1;
            // Whatever was answered was noted when it came.
            let reach = Reach {
                reached: matches!(fault.error, RequestError::TimedOut(_)),
                answered: false,
            };
            let attempts = outlook.heard(reach, budget.attempts);
            let asked = match fault.again {
                Again::Later(asked) if failed < attempts => asked,
                Again::Never | Again::Later(_) => {
                    return Err(outlook.given_up(reach, fault.error.after(failed)));
                }
            };
            let then = Instant::now().checked_add(budget.pauses.after(failed, asked));
            match then.filter(|then| *then < budget.deadline) {
                Some(then) => sleep_until(then).await,
                None => return Err(fault.error.after(failed)),
            }
        }
    }

    async fn attempt(&self, repository: &str, reference: &str) -> Result<Vec<String>, Fault> {
        let names: Vec<String> = repository.split('/').map(encode).collect();
        let path = format!(
            "/v2/{}/manifests/{}",
            names.join("/"),
            encode(reference).replace("%3A", ":")
        );
        let Some(url) = self.0.connection.url(&path, "") else {
            return Err(Fault::last(RequestError::NotFound(format!(
                "`{repository}` names no repository"
            ))));
        };
        let known = self.known(repository);
        let shown = known.lock().await.clone();
        let mut response = self.ask(url.clone(), shown.clone()).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let mut known = known.lock().await;
            // Somebody may have asked for another meanwhile.
            let credential = match &*known {
                Some(other) if Some(other) != shown.as_ref() => other.clone(),
                _ => {
                    let challenge = text(&response, &WWW_AUTHENTICATE);
                    let credential = self.answered(&challenge, repository).await?;
                    *known = Some(credential.clone());
                    credential
                }
            };
            drop(known);
            response = self.ask(url, Some(credential)).await?;
        }
        let bytes = self.taken(response, repository, reference).await?;
        let found = children(&bytes).map_err(|error| {
            let words = format!(
                "the registry's manifest {repository}@{reference} cannot be used: {}",
                self.shown(&error.to_string())
            );
            // What its digest proves to be whole stays as it is.
            let whole = reference.starts_with("sha256:") && is_of(&bytes, reference);
            if error.is_eof() && !whole {
                Fault::passing(RequestError::Cut(words))
            } else {
                Fault::last(RequestError::Mismatch(words))
            }
        })?;
        if !is_of(&bytes, reference) {
            return Err(Fault::last(RequestError::Mismatch(format!(
                "what the registry gave for {repository}@{reference} has another digest"
            ))));
        }
        Ok(found)
    }

    /// Words of an answer as they may be shown: in one line, and without the token, should they repeat it.
    pub(super) fn shown(&self, words: &str) -> String {
        let Inner { token, basic, .. } = &*self.0;
        let encoded = basic.to_str().unwrap_or_default();
        let encoded = encoded.strip_prefix("Basic ").unwrap_or(encoded);
        let words = words.replace(token.expose_secret(), "…").replace(encoded, "…");
        crate::clients::http::one_line(&words)
    }

    fn known(&self, repository: &str) -> Arc<Credential> {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(repository.to_owned()).or_default())
    }

    pub(super) async fn ask(&self, url: Url, credential: Option<HeaderValue>) -> Result<Response, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_HEADER, HeaderValue::from_static(ACCEPT));
        if let Some(credential) = credential {
            headers.insert(AUTHORIZATION, credential);
        }
        let sent = self.0.connection.send(&Method::GET, url, headers, None).await;
        if sent.is_ok() {
            self.0.outlook.good();
        }
        sent.map_err(|trouble| out_of_reach(&self.0.connection.way(), &trouble))
    }

    async fn taken(&self, response: Response, repository: &str, reference: &str) -> Result<Bytes, Fault> {
        let what = format!("{repository}@{reference}");
        if !response.status().is_success() {
            return Err(refusal(self.address(), &response, &what));
        }
        whole(response, MAX_MANIFEST)
            .await
            .map_err(|fault| broken(&fault, &what))
    }
}

/// Whether these bytes are what a digest names. A tag names whatever comes.
fn is_of(bytes: &[u8], reference: &str) -> bool {
    reference
        .strip_prefix("sha256:")
        .is_none_or(|digest| format!("{:x}", Sha256::digest(bytes)) == digest)
}
