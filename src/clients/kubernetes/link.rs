//! The connection itself: kube's client, the credentials that go with each request, and their renewal.

use super::budget::Budget;
use super::credentials::{Secret, Source};
use super::error::ConnectError;
use super::expiry;
use super::identity::Identity;
use super::status::one_line;
use crate::clients::http::{is_local, root};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use jiff::{SignedDuration, Timestamp};
use kube::config::AuthInfo;
use kube::{Client, Config};
use secrecy::ExposeSecret;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Credentials are renewed this long before they end.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);
/// Credentials are fetched anew for their age at most this often, whatever end they claim.
const PERIOD: Duration = Duration::from_mins(1);

/// Everything about the connection but the credentials.
#[derive(Clone)]
pub(super) struct Recipe {
    pub server: Uri,
    /// DER; none trusts those of the system.
    pub authorities: Option<Vec<Vec<u8>>>,
    /// Read again now and then.
    pub authorities_file: Option<PathBuf>,
    pub accept_any_certificate: bool,
    pub server_name: Option<String>,
    pub proxy: Option<Uri>,
    /// Answers are not to be compressed.
    pub plain: bool,
    /// Only its `as…` fields count.
    pub impersonate: AuthInfo,
    pub idle: Duration,
}

impl Recipe {
    pub(super) fn new(server: Uri, idle: Duration) -> Self {
        Self {
            server,
            authorities: None,
            authorities_file: None,
            accept_any_certificate: false,
            server_name: None,
            proxy: None,
            plain: false,
            impersonate: AuthInfo::default(),
            idle,
        }
    }

    fn client(&self, identity: Option<&Identity>) -> Result<Client, ConnectError> {
        let mut config = Config::new(self.with_port());
        config.root_cert.clone_from(&self.authorities);
        config.root_cert_file.clone_from(&self.authorities_file);
        config.accept_invalid_certs = self.accept_any_certificate;
        config.tls_server_name.clone_from(&self.server_name);
        config.proxy_url.clone_from(&self.proxy);
        // On one machine the network is faster than gzip.
        config.disable_compression = self.plain || is_local(&self.server);
        config.connect_timeout = Some(Budget::CONNECT);
        config.read_timeout = Some(self.idle);
        config.write_timeout = Some(self.idle);
        // A connection may have been idle in the pool for longer than that; the silence counts from the request.
        config.reset_reader_on_write = true;
        // Retries are ours: kube's know neither the budget nor connections that break.
        config.default_retry = false;
        config.auth_info = AuthInfo {
            impersonate: self.impersonate.impersonate.clone(),
            impersonate_uid: self.impersonate.impersonate_uid.clone(),
            impersonate_groups: self.impersonate.impersonate_groups.clone(),
            impersonate_user_extra: self.impersonate.impersonate_user_extra.clone(),
            client_certificate_data: identity.map(|own| STANDARD.encode(&own.certificate)),
            client_key_data: identity.map(|own| STANDARD.encode(own.key.expose_secret()).into()),
            ..AuthInfo::default()
        };
        Client::try_from(config).map_err(|error| {
            let words = match one_line(&root(&error).to_string()) {
                old if old.contains("UnsupportedCertVersion") => {
                    "the client certificate is of an X.509 version before 3".to_owned()
                }
                words => words,
            };
            ConnectError::new(format!(
                "no connection can be made with the certificates that were given: {words}"
            ))
            .with_hint(
                "the client certificate and its key must belong together, and tls-server-name be a host",
            )
        })
    }

    /// kube's tunnel takes port 443 for a server that names none, also for plain http.
    fn with_port(&self) -> Uri {
        let plain_http = self.server.scheme_str() == Some("http") && self.server.port().is_none();
        let host = self.server.host().unwrap_or_default();
        let with_port = Uri::builder()
            .scheme("http")
            .authority(format!("{host}:80"))
            .path_and_query(self.server.path())
            .build();
        match with_port {
            Ok(uri) if plain_http => uri,
            _ => self.server.clone(),
        }
    }
}

/// What one request goes out with.
#[derive(Clone)]
pub(super) struct Session {
    pub client: Client,
    pub authorization: Option<HeaderValue>,
    /// Which renewal this is.
    pub number: u64,
}

/// A connection that renews its credentials.
pub(super) struct Link {
    recipe: Recipe,
    source: Source,
    state: Mutex<State>,
}

struct State {
    session: Session,
    secret: Secret,
    fetched: Instant,
}

impl Link {
    /// Fetches the credentials and prepares the client; the server is not asked anything yet.
    pub(super) async fn open(recipe: Recipe, source: Source) -> Result<Self, ConnectError> {
        let secret = source.fetch().await?;
        let session = Session {
            client: recipe.client(secret.identity.as_ref())?,
            authorization: secret.authorization.clone(),
            number: 0,
        };
        let state = State {
            session,
            secret,
            fetched: Instant::now(),
        };
        Ok(Self {
            recipe,
            source,
            state: Mutex::new(state),
        })
    }

    /// What the next request goes out with, renewed when it is about to end.
    pub(super) async fn session(&self) -> Result<Session, ConnectError> {
        let mut state = self.state.lock().await;
        if self.is_stale(&state) {
            let fresh = self.source.fetch().await;
            match (fresh, &self.source) {
                (Ok(secret), _) => self.take(&mut state, secret)?,
                // Whoever removes the file after the start lets the last token be used.
                (Err(_), Source::File { .. }) => state.fetched = Instant::now(),
                (Err(error), _) => return Err(error),
            }
        }
        Ok(state.session.clone())
    }

    /// Fetches other credentials in place of the refused ones of session `number`. False when there are no others.
    pub(super) async fn renew(&self, number: u64) -> Result<bool, ConnectError> {
        let mut state = self.state.lock().await;
        if state.session.number != number {
            // Somebody else was refused at the same time and has renewed them.
            return Ok(true);
        }
        match &self.source {
            Source::Fixed(_) => Ok(false),
            Source::File { .. } => {
                let Ok(secret) = self.source.fetch().await else {
                    return Ok(false);
                };
                let changed = secret.authorization != state.secret.authorization;
                self.take(&mut state, secret)?;
                Ok(changed)
            }
            Source::Plugin(plugin) => {
                let secret = plugin.run().await?;
                self.take(&mut state, secret)?;
                Ok(true)
            }
        }
    }

    /// How refused credentials are renewed, with when they ended if that is known.
    pub(super) fn renewal_hint(&self, renewal: &str) -> String {
        let end = self.state.try_lock().ok().and_then(|state| state.secret.expires);
        match end.and_then(|end| expiry::ago(end, Timestamp::now())) {
            Some(ago) => format!("they expired {ago}; {renewal}"),
            None => renewal.to_owned(),
        }
    }

    fn is_stale(&self, state: &State) -> bool {
        let old = state.fetched.elapsed() >= PERIOD;
        match &self.source {
            Source::Fixed(_) => false,
            Source::File { .. } => old,
            Source::Plugin(_) => {
                let ends = |end: Timestamp| end.duration_since(Timestamp::now()) <= MARGIN;
                old && state.secret.expires.is_some_and(ends)
            }
        }
    }

    fn take(&self, state: &mut State, secret: Secret) -> Result<(), ConnectError> {
        if secret.identity != state.secret.identity {
            state.session.client = self.recipe.client(secret.identity.as_ref())?;
        }
        state.session.authorization.clone_from(&secret.authorization);
        state.session.number += 1;
        state.secret = secret;
        state.fetched = Instant::now();
        Ok(())
    }
}
