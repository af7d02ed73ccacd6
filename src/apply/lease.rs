//! One writer for each environment: a Lease in the cluster, which every run that changes something holds.

use super::kubernetes::{NotMade, deletion, json, parsed};
use crate::clients::kubernetes::{ApiServer, RequestError};
use envcheck_core::value::{Value, ValueExt, object};
use http::Method;
use jiff::{SignedDuration, Timestamp};

/// So long is a Lease held that nobody renews: a run that was killed does not shut others out for ever.
const SECONDS: i64 = 120;
const LIST: &str = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

/// The annotation with the journal of the run that has the Lease.
const JOURNAL: &str = "envcheck.dev/journal";

/// A run that has ended, maybe without giving its Lease back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its name.
    pub run: String,
    /// What tells its journal, by which it is known to have ended, from every copy of it.
    pub journal: String,
}

/// Why this run does not hold the Lease.
#[derive(Debug, thiserror::Error)]
pub enum NotHeld {
    /// Another run has it.
    #[error("{0}")]
    ByAnother(String),
    /// The server gives none.
    #[error("{0}")]
    Refused(NotMade),
}

impl NotHeld {
    /// What can be done about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::ByAnother(_) => {
                "wait until the other run has ended; a Lease that nobody renews is free after two minutes"
            }
            Self::Refused(NotMade::Refused(_)) => {
                "`envcheck rbac ENV --writes` prints the permissions that changes need"
            }
            Self::Refused(NotMade::Unknown(_) | NotMade::NotYet(_) | NotMade::Cancelled) => {
                "nothing was written; try again once the API server answers"
            }
        }
    }
}

impl<E: Into<NotMade>> From<E> for NotHeld {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// A Lease that this run holds.
#[derive(Debug)]
pub struct Lease {
    api: ApiServer,
    path: String,
    name: String,
    holder: String,
    /// What tells this run's journal from every copy of it.
    journal: Option<String>,
    held: Value,
}

impl Lease {
    /// Takes the environment's Lease, also from a run that has not renewed it for long, and from those that are known to have ended:
    /// a journal that the Lease does not name says nothing of its holder.
    ///
    /// # Errors
    ///
    /// Who holds it, or why the server gives none.
    pub async fn take(
        api: &ApiServer,
        environment: &str,
        holder: &str,
        dead: &[Ended],
        now: Timestamp,
    ) -> Result<Self, NotHeld> {
        let name = format!("envcheck-{environment}");
        let mut lease = Self {
            api: api.clone(),
            path: format!("{LIST}/{name}"),
            name,
            holder: holder.to_owned(),
            journal: None,
            held: Value::Null,
        };
        let (method, path, before) = match api.get(&lease.path).await {
            Ok(bytes) => {
                let found = parsed(&bytes)?;
                lease.is_free(&found, dead, now)?;
                (Method::PUT, lease.path.clone(), Some(found))
            }
            Err(RequestError::NotFound(_)) => (Method::POST, LIST.to_owned(), None),
            Err(error) => return Err(error.into()),
        };
        lease.held = lease.write(method, &path, before.as_ref(), now).await?;
        Ok(lease)
    }

    fn is_free(&self, found: &Value, dead: &[Ended], now: Timestamp) -> Result<(), NotHeld> {
        let holder = found.text_at(&["spec", "holderIdentity"]).unwrap_or_default();
        let seconds = found
            .at(&["spec", "leaseDurationSeconds"])
            .and_then(ValueExt::int)
            .unwrap_or(SECONDS);
        let renewed = found
            .text_at(&["spec", "renewTime"])
            .and_then(|text| text.parse::<Timestamp>().ok());
        let ended = renewed
            .and_then(|renewed| renewed.checked_add(SignedDuration::from_secs(seconds)).ok())
            .is_none_or(|end| end < now);
        let journal = found.text_at(&["metadata", "annotations", JOURNAL]);
        let has_ended = |one: &Ended| one.run == holder && Some(one.journal.as_str()) == journal;
        if holder.is_empty() || holder == self.holder || dead.iter().any(has_ended) || ended {
            return Ok(());
        }
        Err(NotHeld::ByAnother(format!(
            "{holder} is changing this environment (Lease default/{}, renewed {}); one at a time",
            self.name,
            renewed.map_or_else(|| "at an unknown time".to_owned(), |renewed| renewed.to_string())
        )))
    }

    /// Says by which journal it can be told that this run has ended.
    ///
    /// # Errors
    ///
    /// When somebody else has it by now.
    pub async fn journalled(&mut self, journal: Option<String>, now: Timestamp) -> Result<(), NotMade> {
        self.journal = journal;
        self.renew(now).await
    }

    /// Says that this run still goes on.
    ///
    /// # Errors
    ///
    /// When somebody else has it by now.
    pub async fn renew(&mut self, now: Timestamp) -> Result<(), NotMade> {
        let before = self.held.clone();
        let path = self.path.clone();
        self.held = self.write(Method::PUT, &path, Some(&before), now).await?;
        Ok(())
    }

    /// Gives it back, also when the run was interrupted. What goes wrong then is not worth an error: it ends by itself.
    pub async fn release(self) {
        let change = json(Method::DELETE, &object(deletion(&self.held)));
        let _ = self.api.change_at_last(&self.path, &change).await;
    }

    async fn write(
        &self,
        method: Method,
        path: &str,
        before: Option<&Value>,
        now: Timestamp,
    ) -> Result<Value, NotMade> {
        let mut metadata = vec![
            ("name", Value::from(self.name.as_str())),
            ("namespace", Value::from("default")),
        ];
        // Whoever wrote it since has won.
        metadata.extend(
            before
                .and_then(|before| before.at(&["metadata", "resourceVersion"]))
                .map(|version| ("resourceVersion", version.clone())),
        );
        let journal = self.journal.as_deref();
        metadata.extend(journal.map(|journal| ("annotations", object([(JOURNAL, Value::from(journal))]))));
        let wanted = object([
            ("apiVersion", Value::from("coordination.k8s.io/v1")),
            ("kind", Value::from("Lease")),
            ("metadata", object(metadata)),
            (
                "spec",
                object([
                    ("holderIdentity", Value::from(self.holder.as_str())),
                    ("leaseDurationSeconds", Value::from(SECONDS)),
                    ("renewTime", Value::from(format!("{now:.6}"))),
                ]),
            ),
        ]);
        let answer = self.api.change(path, &json(method, &wanted)).await?;
        parsed(&answer.bytes)
    }
}
