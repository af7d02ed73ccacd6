//! The API that can be asked, with retries, within the run's budget and the token's allowance.

use super::attempt::{Again, Fault, Line, MAX_BODY, ask};
use super::budget::Budget;
use super::call::{Call, Request};
use super::envelope::{Envelope, Malformed, complete, content, envelope};
use super::error::RequestError;
use super::limiter::{Limiter, Permit, Turn};
use super::outlook::Outlook;
use super::pages::Pages;
use super::usage::Usage;
use crate::clients::http::{Connection, Shape, Variables, one_line};
use bytes::Bytes;
use envcheck_core::inventory::page;
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use http::{HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Where the API is unless somebody says otherwise.
pub const ADDRESS: &str = "https://api.digitalocean.com";

/// How to reach the API.
#[derive(Debug, Clone)]
pub struct Access {
    /// `DIGITALOCEAN_API_URL`; without it [`ADDRESS`].
    pub address: Option<String>,
    /// The token. It is sent to that address and nowhere else.
    pub token: SecretString,
    /// The proxy (`HTTPS_PROXY`, `NO_PROXY`) and the authorities (`SSL_CERT_FILE`).
    pub variables: Variables,
}

/// The API. Clones share the connection, the budget and the token's allowance.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    connection: Connection,
    token: SecretString,
    authorization: HeaderValue,
    budget: Budget,
    limiter: Arc<Limiter>,
    max_body: usize,
    outlook: Outlook,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Api({})", self.0.connection.address())
    }
}

impl Api {
    /// Prepares to ask; nobody is asked anything yet.
    ///
    /// # Errors
    ///
    /// A token that cannot be sent, an address or proxy that cannot be used, authorities that cannot be read. A plain http
    /// address is taken only of this machine itself: elsewhere the token would be readable on the way.
    pub fn open(access: &Access, budget: Budget) -> Result<Self, Diagnostic> {
        Self::with_max_body(access, budget, MAX_BODY)
    }

    pub(super) fn with_max_body(
        access: &Access,
        budget: Budget,
        max_body: usize,
    ) -> Result<Self, Diagnostic> {
        let address = access
            .address
            .as_deref()
            .map(str::trim)
            .filter(|own| !own.is_empty());
        let address = address.unwrap_or(ADDRESS).trim_end_matches('/');
        let connection = Connection::open(&Shape {
            // Every path begins with it, so some write it into the address.
            address: address.strip_suffix("/v2").unwrap_or(address),
            place: "the address of the DigitalOcean API (DIGITALOCEAN_API_URL)",
            variables: &access.variables,
            idle: budget.idle,
        })?;
        let token = access.token.expose_secret().trim();
        if token.is_empty() {
            return Err(Diagnostic::new("the DigitalOcean token is empty").hint(RENEWAL));
        }
        let header = HeaderValue::from_str(&format!("Bearer {token}")).ok();
        let mut authorization = header.filter(|_| token.bytes().all(|byte| byte.is_ascii_graphic())).ok_or_else(|| {
            Diagnostic::new("the DigitalOcean token holds characters that no token has").hint(
                "a token is one word of letters, digits and underscores; see whether the variable or file holds it alone",
            )
        })?;
        authorization.set_sensitive(true);
        let token: SecretString = token.into();
        let limiter = budget.allowances.of(connection.address(), &token);
        Ok(Self(Arc::new(Inner {
            connection,
            token,
            authorization,
            budget,
            limiter,
            max_body,
            outlook: Outlook::default(),
        })))
    }

    /// The address, without credentials.
    pub fn address(&self) -> &str {
        self.0.connection.address()
    }

    /// What was used so far of what the token allows.
    pub fn usage(&self) -> Usage {
        self.0.limiter.usage()
    }

    /// The pages of a list.
    pub fn pages<T>(&self, call: &Call<T>) -> Pages<T> {
        Pages::new(self.clone(), call)
    }

    /// All rows of a list, as far as code itself reads them.
    ///
    /// # Errors
    ///
    /// See [`Pages::next`].
    pub async fn all<T: DeserializeOwned>(&self, call: &Call<T>) -> Result<Vec<T>, RequestError> {
        self.pages(call).all().await
    }

    /// One thing, as far as code itself reads it.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn one<T: DeserializeOwned>(&self, call: &Call<T>) -> Result<T, RequestError> {
        let request = &call.request;
        let read = |bytes: &Bytes| content::<T>(bytes, request.root);
        self.asked(request, read).await
    }

    /// One thing, as the API's own object.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn row<T>(&self, call: &Call<T>) -> Result<Value, RequestError> {
        let request = &call.request;
        let read = |bytes: &Bytes| {
            let whole = page::document(bytes).map_err(|fault| match fault {
                page::PageFault::Cut => Malformed::Cut,
                page::PageFault::Malformed(words) => Malformed::Other(words),
            })?;
            let Some(root) = request.root else {
                return Ok(whole);
            };
            let own = whole.field(root).cloned();
            own.ok_or_else(|| Malformed::Other(format!("it has no `{root}`")))
        };
        self.asked(request, read).await
    }

    /// Does something whose answer tells nothing.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn send<T>(&self, call: &Call<T>) -> Result<(), RequestError> {
        self.asked(&call.request, |_| Ok(())).await
    }

    pub(super) async fn page(
        &self,
        request: &Request,
        root: &str,
    ) -> Result<(Bytes, Envelope), RequestError> {
        let read = |bytes: &Bytes| envelope(bytes, root).map(|own| (bytes.clone(), own));
        self.asked(request, read).await
    }

    /// Words of an answer as they may be shown: in one line, and without the token, should they repeat it.
    pub(super) fn shown(&self, words: &str) -> String {
        one_line(&words.replace(self.0.token.expose_secret(), "…"))
    }

    pub(super) fn link(&self, text: &str) -> Option<Url> {
        self.0.connection.link(text)
    }

    /// An error as the command line shows it, with what can be done about it.
    pub fn diagnose(&self, error: &RequestError) -> Diagnostic {
        let plain = Diagnostic::new(error.to_string());
        match error {
            RequestError::Unauthorized(_) => plain.hint(RENEWAL),
            RequestError::Forbidden { scope, .. } => plain.hint(format!(
                "give the token the scope {scope}, or use a token that has it: https://cloud.digitalocean.com/account/api/tokens"
            )),
            RequestError::Unavailable(_) | RequestError::TimedOut(_) => plain.hint(format!(
                "see whether {} can be reached from this machine",
                self.address()
            )),
            RequestError::Stranger(_) => {
                plain.hint("check DIGITALOCEAN_API_URL, and the proxy on the way, if there is one")
            }
            RequestError::Budget(_) => plain.hint("allow more calls with --do-budget"),
            RequestError::RateLimited(_) => {
                plain.hint("try again later, allow more time with --timeout, or use a token that nobody else uses")
            }
            _ => plain,
        }
    }

    async fn asked<A>(
        &self,
        request: &Request,
        read: impl Fn(&Bytes) -> Result<A, Malformed>,
    ) -> Result<A, RequestError> {
        tokio::select! {
            biased;
            () = self.0.budget.cancel.cancelled() => Err(RequestError::Cancelled),
            answer = self.tried(request, read) => answer,
        }
    }

    async fn tried<A>(
        &self,
        request: &Request,
        read: impl Fn(&Bytes) -> Result<A, Malformed>,
    ) -> Result<A, RequestError> {
        let Inner { budget, outlook, .. } = &*self.0;
        let mut failed = 0;
        loop {
            if let Some(error) = outlook.hopeless() {
                return Err(error);
            }
            let fault = match self.attempt(request).await {
                Ok(bytes) => match read(&bytes) {
                    Ok(answer) => {
                        outlook.good();
                        return Ok(answer);
                    }
                    Err(malformed) => self.misread(request, &bytes, malformed),
                },
                Err(fault) => fault,
            };
            failed += 1;
            let attempts = outlook.heard(fault.reach(), budget.attempts);
            let wait = match fault.again {
                // Refused before anything was done: any request may come again.
                Again::Limited(asked) if failed < attempts => {
                    if let Some(asked) = asked {
                        self.0.limiter.block(Instant::now() + asked.min(LONGEST_BLOCK));
                    }
                    budget.pauses.after(failed, asked)
                }
                Again::Later(asked)
                    if failed < attempts && (request.method == Method::GET || !fault.reached) =>
                {
                    budget.pauses.after(failed, asked)
                }
                _ => return Err(outlook.given_up(fault.reach(), fault.error.after(failed))),
            };
            // A pause that outlasts the deadline would only put off the same error.
            let then = Instant::now()
                .checked_add(wait)
                .filter(|then| *then < budget.deadline);
            match then {
                Some(then) => sleep_until(then).await,
                None => return Err(fault.error.after(failed)),
            }
        }
    }

    async fn attempt(&self, request: &Request) -> Result<Bytes, Fault> {
        let inner = &*self.0;
        let permit = self.turn(request).await.map_err(Fault::last)?;
        let line = Line {
            connection: &inner.connection,
            token: &inner.token,
            authorization: &inner.authorization,
            limit: inner.max_body,
        };
        let asked = Instant::now();
        let until = inner.budget.deadline.min(asked + inner.budget.attempt);
        let (answer, told) = timeout_at(until, ask(&line, request)).await.map_err(|_| {
            Fault::passing(RequestError::TimedOut(format!(
                "the DigitalOcean API did not answer {} completely within {}",
                request.operation(),
                seconds(until - asked)
            )))
        })?;
        inner
            .limiter
            .heard(told, Instant::now(), Timestamp::now().as_second());
        match &answer {
            Err(fault) if !fault.reached => permit.give_back(),
            _ => drop(permit),
        }
        answer
    }

    /// An answer that came whole and is not what was asked for.
    fn misread(&self, request: &Request, bytes: &Bytes, malformed: Malformed) -> Fault {
        let operation = request.operation();
        match malformed {
            // Whoever broke it off may have told the shorter length.
            Malformed::Cut => Fault::passing(RequestError::Cut(format!(
                "the DigitalOcean API broke off its answer to {operation} after {} bytes",
                bytes.len()
            ))),
            Malformed::Other(words) if complete(bytes).is_ok() => {
                Fault::last(RequestError::Stranger(format!(
                    "the DigitalOcean API's answer to {operation} is not what it should be: {}",
                    self.shown(&words)
                )))
            }
            Malformed::Other(words) => Fault::passing(RequestError::Cut(format!(
                "the DigitalOcean API's answer to {operation} is not JSON: {}",
                self.shown(&words)
            ))),
        }
    }

    /// Waits for the token's allowance.
    async fn turn(&self, request: &Request) -> Result<Permit, RequestError> {
        let Inner { budget, limiter, .. } = &*self.0;
        let mut waiting = None;
        loop {
            let now = Instant::now();
            if now >= budget.deadline {
                return Err(RequestError::TimedOut(format!(
                    "the time ran out before the DigitalOcean API was asked for {}",
                    request.operation()
                )));
            }
            match limiter.turn(now) {
                Turn::Go(permit) => return Ok(permit),
                Turn::Spent => {
                    return Err(RequestError::Budget(format!(
                        "the {} calls that this run may make (--do-budget) were spent before {}",
                        limiter.allowed().unwrap_or_default(),
                        request.operation()
                    )));
                }
                Turn::Wait(until) if until >= budget.deadline => {
                    return Err(RequestError::RateLimited(used_up(request, until - now)));
                }
                Turn::Wait(until) => {
                    if waiting.is_none() {
                        waiting = Some(limiter.waiting(now));
                    }
                    sleep_until(until).await;
                }
            }
        }
    }
}

const RENEWAL: &str = "create a token at https://cloud.digitalocean.com/account/api/tokens and put it where the spec's \
                       digitalocean.token looks for it (DIGITALOCEAN_TOKEN)";

/// The longest that one answer keeps everybody waiting: after an hour nothing counts any more.
const LONGEST_BLOCK: Duration = Duration::from_hours(1);

fn used_up(request: &Request, wait: Duration) -> String {
    let until = SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| Timestamp::now().checked_add(wait).ok())
        .map(|until| format!(" at {}", until.strftime("%Y-%m-%dT%H:%M:%SZ")))
        .unwrap_or_default();
    format!(
        "the token's calls are used up: the next one, {}, is possible{until} (in {}), after this run's time",
        request.operation(),
        seconds(wait)
    )
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        whole => format!("{whole} s"),
    }
}
