//! An API server that can be asked, with retries.

use super::attempt::{Answer, Change, MAX_BODY, Question, ask, bare};
use super::budget::Budget;
use super::error::{ConnectError, RequestError};
use super::link::Link;
use super::retry::{Again, Fault, pause};
use crate::clients::http::Trouble;
use bytes::Bytes;
use envcheck_core::source::Diagnostic;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout_at};

/// The first question is asked this often at most: an address where nobody answers should not cost a minute.
const PROBES: u32 = 2;

/// How long giving something back may take once all the time is over.
const LAST: Duration = Duration::from_secs(5);

/// A server that can be asked. Clones share the connection, the credentials and the budget.
#[derive(Clone)]
pub struct ApiServer(Arc<Inner>);

struct Inner {
    who: Who,
    link: Link,
    budget: Budget,
    version: OnceCell<Version>,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// `v1.35.6`.
    pub git_version: String,
    /// `linux/amd64`.
    #[serde(default)]
    pub platform: String,
}

/// How a server is called in messages.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// The context of the kubeconfig; none without one.
    pub context: Option<String>,
    /// What its cluster is called: `context do-fra1-stage`, `this cluster`, `cluster stage`.
    pub called: String,
    /// Its address, without credentials.
    pub server: String,
    /// The proxy on the way, without credentials.
    pub proxy: Option<String>,
    /// How its credentials are renewed.
    pub renewal: String,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the API server of {}", self.called)
    }
}

impl Who {
    pub(super) fn out_of_reach(&self, trouble: &Trouble) -> String {
        let through = match &self.proxy {
            Some(proxy) => format!(" through the proxy {proxy}"),
            None => String::new(),
        };
        format!("{self} ({}{through}) {}", self.server, trouble.words())
    }

    pub(super) fn not_kubernetes(&self, words: &str) -> String {
        format!(
            "{} answers, but not as a Kubernetes API server: {words}",
            self.server
        )
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiServer({})", self.0.who.server)
    }
}

impl ApiServer {
    pub(super) fn new(who: Who, link: Link, budget: Budget) -> Self {
        Self(Arc::new(Inner {
            who,
            link,
            budget,
            version: OnceCell::new(),
        }))
    }

    /// The context of the kubeconfig; none without one.
    pub fn context(&self) -> Option<&str> {
        self.0.who.context.as_deref()
    }

    /// The address, without credentials.
    pub fn server(&self) -> &str {
        &self.0.who.server
    }

    /// The version, asked once; [`connect`](super::connect) has asked already.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get); something that has no version is [`RequestError::NotKubernetes`].
    pub async fn version(&self) -> Result<Version, RequestError> {
        self.probe().await.cloned().map_err(|fault| fault.error)
    }

    pub(super) async fn probe(&self) -> Result<&Version, Fault> {
        let who = &self.0.who;
        let stranger = |words: &str| Fault::last(RequestError::NotKubernetes(who.not_kubernetes(words)));
        let ask = || async {
            let attempts = self.0.budget.attempts.min(PROBES);
            match self.asked(reading("/version", JSON), attempts, MAX_BODY).await {
                Ok(answer) => serde_json::from_slice(&answer.bytes)
                    .map_err(|_| stranger("its /version names no gitVersion")),
                Err(fault) if matches!(fault.error, RequestError::NotFound(_)) => {
                    Err(stranger("it has no /version"))
                }
                Err(fault) => Err(fault),
            }
        };
        self.0.version.get_or_try_init(ask).await
    }

    /// GET of a path with its query, tried as often as the budget allows: the whole body, which is JSON.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn get(&self, path: &str) -> Result<Bytes, RequestError> {
        Ok(self.get_as(path, JSON).await?.bytes)
    }

    /// The same, but an answer of more than `most` bytes is [`RequestError::TooLarge`] and is not kept.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn get_up_to(&self, path: &str, most: usize) -> Result<Bytes, RequestError> {
        let attempts = self.0.budget.attempts;
        let answer = self
            .asked(reading(path, JSON), attempts, most.min(MAX_BODY))
            .await;
        answer.map(|answer| answer.bytes).map_err(|fault| fault.error)
    }

    /// The same in another form, as `application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn get_as(&self, path: &str, accept: &str) -> Result<Answer, RequestError> {
        let answer = self
            .asked(reading(path, accept), self.0.budget.attempts, MAX_BODY)
            .await;
        answer.map_err(|fault| fault.error)
    }

    /// Asks for a change, once: whoever asks must look what became of it when no answer comes. The answer is the object as it is
    /// then, or what the server says of a deletion.
    ///
    /// # Errors
    ///
    /// See [`RequestError`]; a conflict and an admission that refuses are [`RequestError::Refused`].
    pub async fn change(&self, path: &str, change: &Change) -> Result<Answer, RequestError> {
        let question = Question {
            path,
            accept: JSON,
            change: Some(change),
        };
        let answer = self.asked(question, 1, MAX_BODY).await;
        answer.map_err(|fault| fault.error)
    }

    /// Asks for a change after the user stopped everything, or the time ran out: a moment is left to give back what was taken.
    ///
    /// # Errors
    ///
    /// See [`change`](Self::change).
    pub async fn change_at_last(&self, path: &str, change: &Change) -> Result<Answer, RequestError> {
        let question = Question {
            path,
            accept: JSON,
            change: Some(change),
        };
        let answer = self.tried(question, 1, MAX_BODY, Instant::now() + LAST).await;
        answer.map_err(|fault| fault.error)
    }

    /// An error as the command line shows it, with what can be done about it.
    pub fn diagnose(&self, error: &RequestError) -> Diagnostic {
        self.explained(error, None).into()
    }

    pub(super) fn explained(&self, error: &RequestError, hint: Option<&str>) -> ConnectError {
        let who = &self.0.who;
        let hint = match (hint, error) {
            (Some(hint), _) => hint.to_owned(),
            (None, RequestError::Cancelled) => return ConnectError::Cancelled,
            (None, RequestError::Unauthorized(_)) => self.0.link.renewal_hint(&who.renewal),
            (None, RequestError::Forbidden(_)) => {
                "these credentials need `get` and `list` on what is read".into()
            }
            (None, RequestError::Unavailable(_) | RequestError::TimedOut(_)) => {
                format!("see whether {} can be reached from this machine", who.server)
            }
            (None, RequestError::NotKubernetes(_)) => {
                "check `server` (and `proxy-url`) of the cluster in the kubeconfig".into()
            }
            (None, _) => return ConnectError::new(error.to_string()),
        };
        ConnectError::new(error.to_string()).with_hint(hint)
    }

    async fn asked(&self, question: Question<'_>, attempts: u32, most: usize) -> Result<Answer, Fault> {
        tokio::select! {
            biased;
            () = self.0.budget.cancel.cancelled() => Err(Fault::last(RequestError::Cancelled)),
            answer = self.tried(question, attempts, most, self.0.budget.deadline) => answer,
        }
    }

    async fn tried(
        &self,
        question: Question<'_>,
        attempts: u32,
        most: usize,
        deadline: Instant,
    ) -> Result<Answer, Fault> {
        let path = question.path;
        let Inner {
            who, link, budget, ..
        } = &*self.0;
        let mut failed = 0;
        let mut renewed = false;
        loop {
            if Instant::now() >= deadline {
                return Err(Fault::last(RequestError::TimedOut(format!(
                    "the time ran out before {who} was asked for {}",
                    bare(path)
                ))));
            }
            // Fetching credentials has its own patience; the server is not to blame for a slow plugin.
            let session = match timeout_at(deadline, link.session()).await {
                Ok(session) => session.map_err(unauthorized)?,
                Err(_) => {
                    return Err(Fault::last(RequestError::TimedOut(format!(
                        "the time ran out while the credentials for {who} were fetched"
                    ))));
                }
            };
            let asked = Instant::now();
            let until = deadline.min(asked + budget.attempt);
            let fault = match timeout_at(until, ask(&session, who, question, most)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(fault)) => fault,
                Err(_) => Fault::passing(RequestError::TimedOut(format!(
                    "{who} did not answer {} completely within {}",
                    bare(path),
                    seconds(until - asked)
                ))),
            };
            failed += 1;
            let wait = match fault.again {
                Again::Later(asked) if failed < attempts => pause(failed, asked),
                Again::Renewed if !renewed => {
                    renewed = true;
                    let renewing = timeout_at(deadline, link.renew(session.number));
                    match renewing.await {
                        // Not an attempt of its own: the server was never asked properly.
                        Ok(Ok(true)) => failed -= 1,
                        Ok(Err(error)) => return Err(unauthorized(error)),
                        Ok(Ok(false)) | Err(_) => return Err(fault.after(failed)),
                    }
                    Duration::ZERO
                }
                _ => return Err(fault.after(failed)),
            };
            // A pause that outlasts the deadline would only put off the same error.
            if Instant::now()
                .checked_add(wait)
                .is_none_or(|then| then >= deadline)
            {
                return Err(fault.after(failed));
            }
            sleep(wait).await;
        }
    }
}

fn reading<'q>(path: &'q str, accept: &'q str) -> Question<'q> {
    Question {
        path,
        accept,
        change: None,
    }
}

const JSON: &str = "application/json";

fn unauthorized(error: ConnectError) -> Fault {
    Fault::last(match error {
        ConnectError::Cancelled => RequestError::Cancelled,
        failed @ ConnectError::Failed { .. } => RequestError::Unauthorized(failed.to_string()),
    })
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        whole => format!("{whole} s"),
    }
}
