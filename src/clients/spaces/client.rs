//! Spaces that can be asked, with retries.

use super::budget::Budget;
use super::error::SpacesError;
use super::fault::{Again, Fault, pause};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::time::{Instant, sleep, timeout_at};

/// Spaces of one region. Clones share the connections, the key and the budget.
#[derive(Clone)]
pub struct Spaces(Arc<Inner>);

struct Inner {
    who: Who,
    client: Client,
    budget: Budget,
    calls: AtomicU64,
    /// Whether anything ever came back.
    answered: AtomicBool,
}

/// An address where nobody ever answered is tried this often at most: it should not cost a minute.
const PROBES: u32 = 2;

impl fmt::Debug for Spaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spaces({})", self.0.who.host)
    }
}

/// How Spaces is called in messages.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub host: String,
    pub region: String,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spaces at {}", self.host)
    }
}

/// What is asked, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// By the protocol's name, as `GetBucketAcl`.
    pub operation: &'static str,
    /// In words, as `the ACL`.
    pub thing: &'static str,
    /// Of this bucket; empty when it is not about one.
    pub bucket: &'a str,
    /// Whether only keys with full access may ask it.
    pub full_access: bool,
    /// Whether it changes something: then it is sent once, since nobody knows what became of one that was not answered.
    pub changes: bool,
}

impl<'a> Question<'a> {
    /// Of writing an object. Done twice it is done once, so it is tried again.
    pub(super) const fn of_writing(bucket: &'a str) -> Self {
        Self {
            operation: "PutObject",
            thing: "an object",
            bucket,
            full_access: false,
            changes: false,
        }
    }
}

impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bucket {
            "" => f.write_str(self.thing),
            bucket => write!(f, "{} of {bucket}", self.thing),
        }
    }
}

impl Question<'_> {
    /// What is told when the key may not ask it.
    pub(super) fn forbidden(&self) -> String {
        if self.changes {
            format!(
                "the Spaces key may not change {self} ({}); that needs a key with full access",
                self.operation
            )
        } else if self.full_access {
            format!(
                "the Spaces key may not read {self} ({}); that needs a key with full access",
                self.operation
            )
        } else {
            format!(
                "the Spaces key may not read {self} ({}); that needs a key with Read on {} or full access",
                self.operation, self.bucket
            )
        }
    }
}

impl Spaces {
    pub(super) fn new(who: Who, client: Client, budget: Budget) -> Self {
        Self(Arc::new(Inner {
            who,
            client,
            budget,
            calls: AtomicU64::new(0),
            answered: AtomicBool::new(false),
        }))
    }

    /// The region, as `fra1`.
    pub fn region(&self) -> &str {
        &self.0.who.region
    }

    /// The host that is asked.
    pub fn host(&self) -> &str {
        &self.0.who.host
    }

    /// How many requests were sent, attempts counted one by one.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    pub(super) fn who(&self) -> &Who {
        &self.0.who
    }

    /// Asks, as often as the budget allows.
    pub(super) async fn asked<T, E, F>(
        &self,
        question: &Question<'_>,
        send: impl Fn(&Client) -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: Error + ProvideErrorMetadata + 'static,
    {
        tokio::select! {
            biased;
            () = self.0.budget.cancel.cancelled() => Err(Fault::last(SpacesError::Cancelled)),
            answer = self.tried(question, send) => answer,
        }
    }

    async fn tried<T, E, F>(&self, question: &Question<'_>, send: impl Fn(&Client) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: Error + ProvideErrorMetadata + 'static,
    {
        let Inner {
            who,
            client,
            budget,
            calls,
            answered,
        } = &*self.0;
        let mut failed = 0;
        loop {
            if Instant::now() >= budget.deadline {
                return Err(Fault::last(SpacesError::TimedOut(format!(
                    "the time ran out before {who} was asked for {question}"
                ))));
            }
            calls.fetch_add(1, Ordering::Relaxed);
            let until = budget.deadline.min(Instant::now() + budget.attempt);
            let fault = match timeout_at(until, send(client)).await {
                Ok(Ok(answer)) => {
                    answered.store(true, Ordering::Relaxed);
                    return Ok(answer);
                }
                Ok(Err(error)) => Fault::of(who, question, &error),
                Err(_) => Fault::passing(SpacesError::TimedOut(format!(
                    "{who} did not answer completely for {question} in time"
                ))),
            };
            failed += 1;
            let away = matches!(fault.error, SpacesError::OutOfReach(_));
            answered.fetch_or(!away, Ordering::Relaxed);
            let attempts = if question.changes {
                1
            } else if away && !answered.load(Ordering::Relaxed) {
                budget.attempts.min(PROBES)
            } else {
                budget.attempts
            };
            let told = |fault: Fault| Fault {
                error: fault.error.after(failed),
                ..fault
            };
            let wait = match fault.again {
                Again::Later(asked) if failed < attempts => pause(failed, asked),
                _ => return Err(told(fault)),
            };
            // A pause that outlasts the deadline would only put off the same error.
            if Instant::now()
                .checked_add(wait)
                .is_none_or(|then| then >= budget.deadline)
            {
                return Err(told(fault));
            }
            sleep(wait).await;
        }
    }
}
