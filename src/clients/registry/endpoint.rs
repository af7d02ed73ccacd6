//! The registry that can be asked for manifests, with retries, a few at a time.

use super::challenge::Challenge;
use super::manifest::{ACCEPT, children};
use crate::clients::digitalocean::{Budget, RequestError};
use crate::clients::http::{BodyFault, Connection, Shape, Trouble, Variables, encode, retry_after, whole};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use envcheck_core::source::Diagnostic;
use http::header::{ACCEPT as ACCEPT_HEADER, AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use reqwest::{Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Where the registry is unless somebody says otherwise.
pub const ADDRESS: &str = "https://registry.digitalocean.com";

/// Manifests asked for at a time.
const AT_A_TIME: usize = 8;
/// No manifest is larger; registries take up to 4 MiB.
const MAX_MANIFEST: usize = 8 << 20;
/// No token is larger.
const MAX_TOKEN: usize = 1 << 20;
/// How often a registry is tried that has not answered anything yet.
const ATTEMPTS_OF_STRANGERS: u32 = 3;
/// What the token of the API needs, so that the registry takes it.
const SCOPE: &str = "registry:read";

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
pub struct Registry(Arc<Inner>);

struct Inner {
    connection: Connection,
    token: SecretString,
    /// Goes to the registry, and to the realm that it names below digitalocean.com.
    basic: HeaderValue,
    budget: Budget,
    turns: Semaphore,
    /// What each repository is asked with.
    known: Mutex<HashMap<String, Arc<Credential>>>,
    /// Somebody answered, if only to refuse.
    answered: OnceLock<()>,
    /// Why nobody needs to ask any more: nobody ever answered.
    hopeless: OnceLock<RequestError>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({})", self.0.connection.address())
    }
}

/// What a repository is asked with, once it said what it wants. Whoever hears that meanwhile waits for whoever asks for it.
type Credential = tokio::sync::Mutex<Option<HeaderValue>>;

/// What a realm gives.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "access_token")]
    token: SecretString,
}

/// Whether another attempt may do better.
enum Again {
    Never,
    /// Not before this long when the server says so.
    Later(Option<Duration>),
}

/// An attempt that failed, and whether another may do better.
struct Fault {
    error: RequestError,
    again: Again,
}

impl Fault {
    fn last(error: RequestError) -> Self {
        Self {
            error,
            again: Again::Never,
        }
    }

    fn passing(error: RequestError) -> Self {
        Self {
            error,
            again: Again::Later(None),
        }
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
            answered: OnceLock::new(),
            hopeless: OnceLock::new(),
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
        let Inner { budget, turns, .. } = &*self.0;
        let late = || {
            RequestError::TimedOut(format!(
                "the time ran out before the registry was asked for {repository}"
            ))
        };
        let turn = timeout_at(budget.deadline, turns.acquire()).await;
        let _turn = turn.map_err(|_| late())?.map_err(|_| RequestError::Cancelled)?;
        let mut failed = 0;
        loop {
            if let Some(error) = self.0.hopeless.get() {
                return Err(error.clone());
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
            let stranger = self.0.answered.get().is_none();
            let attempts = if stranger {
                budget.attempts.min(ATTEMPTS_OF_STRANGERS)
            } else {
                budget.attempts
            };
            let asked = match fault.again {
                Again::Later(asked) if failed < attempts => asked,
                _ => {
                    let error = fault.error.after(failed);
                    if stranger {
                        self.0.hopeless.get_or_init(|| error.clone());
                    }
                    return Err(error);
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
    fn shown(&self, words: &str) -> String {
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

    async fn ask(&self, url: Url, credential: Option<HeaderValue>) -> Result<Response, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_HEADER, HeaderValue::from_static(ACCEPT));
        if let Some(credential) = credential {
            headers.insert(AUTHORIZATION, credential);
        }
        let sent = self.0.connection.send(&Method::GET, url, headers, None).await;
        if sent.is_ok() {
            self.0.answered.get_or_init(|| ());
        }
        sent.map_err(|trouble| self.out_of_reach(&trouble))
    }

    fn out_of_reach(&self, trouble: &Trouble) -> Fault {
        let sentence = format!("the registry ({}) {}", self.0.connection.way(), trouble.words());
        match trouble {
            Trouble::Tls { .. } => Fault::last(RequestError::Unavailable(sentence)),
            Trouble::NotHttp => Fault::last(RequestError::Stranger(sentence)),
            Trouble::Silent => Fault::passing(RequestError::TimedOut(sentence)),
            _ => Fault::passing(RequestError::Unavailable(sentence)),
        }
    }

    /// The credential that a challenge asks for.
    async fn answered(&self, challenge: &str, repository: &str) -> Result<HeaderValue, Fault> {
        let (realm, service, scope) = match Challenge::read(challenge) {
            Some(Challenge::Basic) => return Ok(self.0.basic.clone()),
            Some(Challenge::Bearer {
                realm,
                service,
                scope,
            }) => (realm, service, scope),
            None => {
                return Err(Fault::last(RequestError::Stranger(
                    "the registry asks for credentials of a kind that no registry of DigitalOcean asks for"
                        .to_owned(),
                )));
            }
        };
        let mut url = self.trusted(&realm)?;
        let scope = scope.unwrap_or_else(|| format!("repository:{repository}:pull"));
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let response = self.ask(url, Some(self.0.basic.clone())).await?;
        if !response.status().is_success() {
            return Err(self.refusal(&response, &format!("a token for {repository}")));
        }
        let bytes = whole(response, MAX_TOKEN)
            .await
            .map_err(|fault| broken(&fault, "a token"))?;
        let header = serde_json::from_slice::<Answer>(&bytes).ok().and_then(|answer| {
            HeaderValue::from_str(&format!("Bearer {}", answer.token.expose_secret())).ok()
        });
        let mut header = header.ok_or_else(|| {
            Fault::last(RequestError::Stranger(
                "the registry's realm gave no token that can be used".to_owned(),
            ))
        })?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// The realm, if the API's token may go there: the registry itself, a host of DigitalOcean over TLS, and this machine
    /// for a registry on this machine.
    fn trusted(&self, realm: &str) -> Result<Url, Fault> {
        let url = Url::parse(realm).ok();
        let own = |url: &Url| self.0.connection.is_own(url);
        let provider = |url: &Url| {
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "https" && (host == "digitalocean.com" || host.ends_with(".digitalocean.com"))
        };
        let local = |url: &Url| {
            self.0.connection.is_local()
                && url
                    .as_str()
                    .parse()
                    .is_ok_and(|uri| crate::clients::http::is_local(&uri))
        };
        url.filter(|url| own(url) || provider(url) || local(url)).ok_or_else(|| {
            Fault::last(RequestError::Stranger(format!(
                "the registry asks for the token to be sent to {}, which is no host of DigitalOcean; it was not sent",
                self.shown(realm)
            )))
        })
    }

    async fn taken(&self, response: Response, repository: &str, reference: &str) -> Result<Bytes, Fault> {
        let what = format!("{repository}@{reference}");
        if !response.status().is_success() {
            return Err(self.refusal(&response, &what));
        }
        whole(response, MAX_MANIFEST)
            .await
            .map_err(|fault| broken(&fault, &what))
    }

    fn refusal(&self, response: &Response, what: &str) -> Fault {
        let status = response.status();
        let code = status.as_u16();
        let wait = retry_after(&text(response, &RETRY_AFTER), Timestamp::now());
        match status {
            StatusCode::UNAUTHORIZED => Fault::last(RequestError::Unauthorized(format!(
                "the registry refused the token for {what} ({code})"
            ))),
            StatusCode::FORBIDDEN => Fault::last(RequestError::Forbidden {
                message: format!(
                    "the token may not read {what} in the registry, which needs the scope {SCOPE} ({code})"
                ),
                scope: SCOPE,
            }),
            StatusCode::NOT_FOUND => Fault::last(RequestError::NotFound(format!(
                "the registry does not have {what} ({code})"
            ))),
            StatusCode::TOO_MANY_REQUESTS => Fault {
                error: RequestError::RateLimited(format!(
                    "the registry takes no more calls for now ({code})"
                )),
                again: Again::Later(wait),
            },
            _ if status.is_server_error() => Fault {
                error: RequestError::Unavailable(format!("the registry could not give {what} ({code})")),
                again: Again::Later(wait),
            },
            _ if status.is_redirection() => Fault::last(RequestError::Stranger(format!(
                "{} answers, but not as a registry: it redirects {what} ({code})",
                self.address()
            ))),
            _ => Fault::last(RequestError::Refused {
                status: code,
                message: format!("the registry refused {what} ({code})"),
            }),
        }
    }
}

/// Whether these bytes are what a digest names. A tag names whatever comes.
fn is_of(bytes: &[u8], reference: &str) -> bool {
    reference
        .strip_prefix("sha256:")
        .is_none_or(|digest| format!("{:x}", Sha256::digest(bytes)) == digest)
}

fn broken(fault: &BodyFault, what: &str) -> Fault {
    match fault {
        BodyFault::Silent => Fault::passing(RequestError::TimedOut(format!(
            "the registry fell silent in the middle of {what}"
        ))),
        BodyFault::Cut(length) => Fault::passing(RequestError::Cut(format!(
            "the registry broke off {what} after {length} bytes"
        ))),
        BodyFault::TooLarge => Fault::last(RequestError::TooLarge(format!(
            "the registry's {what} is larger than any manifest"
        ))),
    }
}

fn text(response: &Response, name: &HeaderName) -> String {
    let value = response.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}
