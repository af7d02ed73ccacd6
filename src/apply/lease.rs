//! One writer for each environment: a Lease in the cluster, which every run that changes something holds.

use super::kubernetes::{NotMade, deletion, json, parsed};
use crate::clients::kubernetes::{ApiServer, RequestError};
use envcheck_core::value::{Value, ValueExt, object};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// So long is a Lease held that nobody renews: a run that was killed does not shut others out for ever.
const SECONDS: u64 = 120;
/// No Lease that nobody renews is waited for longer than this, whatever stands in it: those of envcheck are held for [`SECONDS`].
const LONGEST: Duration = Duration::from_mins(15);
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

/// How a Lease was when it was looked at: one that is the same after its duration has no holder any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whose it is.
    pub holder: String,
    /// How long it is held by whoever does not renew it.
    pub duration: Duration,
    name: String,
    renewed: String,
    /// Of another object of this name nothing has been seen.
    version: String,
}

impl Seen {
    /// Of what the server has.
    pub fn of(found: &Value) -> Self {
        let text = |path: &[&str]| found.text_at(path).unwrap_or_default().to_owned();
        let seconds = found
            .at(&["spec", "leaseDurationSeconds"])
            .and_then(ValueExt::int)
            .and_then(|seconds| u64::try_from(seconds).ok());
        Self {
            holder: text(&["spec", "holderIdentity"]),
            duration: seconds.map_or(Duration::from_secs(SECONDS), Duration::from_secs),
            name: text(&["metadata", "name"]),
            renewed: text(&["spec", "renewTime"]),
            version: text(&["metadata", "resourceVersion"]),
        }
    }

    /// That its holder goes on.
    pub fn held(&self) -> NotHeld {
        let renewed = if self.renewed.is_empty() {
            "at an unknown time"
        } else {
            &self.renewed
        };
        NotHeld::ByAnother(format!(
            "{} is changing this environment (Lease default/{}, renewed {renewed}); one at a time",
            self.holder, self.name
        ))
    }
}

/// Why this run does not hold the Lease.
#[derive(Debug, thiserror::Error)]
pub enum NotHeld {
    /// Another run has it.
    #[error("{0}")]
    ByAnother(String),
    /// Another run had it, and by this clock it has not been renewed for long. Clocks may differ: whoever sees it unchanged for its
    /// duration may take it.
    #[error("{} has not given back Lease default/{}", .0.holder, .0.name)]
    Unrenewed(Seen),
    /// It says that it is held for longer than anybody waits for one, whether it is renewed or not.
    #[error(
        "{} has Lease default/{}, which says that it is held for {} minutes: none of envcheck's is, and nobody waits so long",
        .0.holder,
        .0.name,
        .0.duration.as_secs() / 60
    )]
    TooLong(Seen),
    /// Another run wrote it between the look and the try.
    #[error("another run took or gave back the Lease of this environment at the same moment")]
    AtOnce,
    /// The server gives none.
    #[error("{0}")]
    Refused(NotMade),
}

/// What can be done where a run lost its Lease, or did not get it.
pub const WAIT: &str =
    "wait until the other run has ended; a Lease that nobody renews is free after two minutes";

/// That a run lost its Lease on the way, and what its user does next: who takes it back, or does the `rest`.
pub fn lost(why: &NotMade, rest: &str) -> String {
    let who = match why {
        NotMade::Refused(_) | NotMade::NotYet(_) => "another run may have taken it",
        NotMade::Unknown(_) | NotMade::Cancelled => "it could not be renewed",
    };
    format!(
        "the Lease of this environment was lost, {who}: {why}; what was done until then is in the journal of this run (envcheck runs): {rest}"
    )
}

/// What does the rest where that is planned from what is there.
pub const REST: &str = "a new plan does the rest, once the other run has ended";

impl NotHeld {
    /// What can be done about it.
    pub fn hint(&self) -> String {
        match self {
            Self::ByAnother(_) | Self::Unrenewed(_) | Self::AtOnce => WAIT.to_owned(),
            Self::TooLong(seen) => format!(
                "once you know that nothing of {} goes on: kubectl -n default delete lease {}",
                seen.holder, seen.name
            ),
            Self::Refused(NotMade::Refused(_)) => {
                "`envcheck rbac ENV --writes` prints the permissions that changes need".to_owned()
            }
            Self::Refused(NotMade::Unknown(_) | NotMade::NotYet(_) | NotMade::Cancelled) => {
                "nothing was written; try again once the API server answers".to_owned()
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
    /// Takes the environment's Lease, also from a run that is known to have ended, and from one of which this Lease was `watched`,
    /// as it still is, for its duration. A journal that the Lease does not name says nothing of its holder.
    ///
    /// # Errors
    ///
    /// Who holds it or held it, or why the server gives none.
    pub async fn take(
        api: &ApiServer,
        environment: &str,
        holder: &str,
        (dead, watched): (&[Ended], Option<&Seen>),
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
                is_free(&found, holder, (dead, watched), now)?;
                (Method::PUT, lease.path.clone(), Some(found))
            }
            Err(RequestError::NotFound(_)) => (Method::POST, LIST.to_owned(), None),
            Err(error) => return Err(error.into()),
        };
        let written = lease.write(method, &path, before.as_ref(), now).await;
        lease.held = written.map_err(|error| not_written(error, before.is_some()))?;
        Ok(lease)
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
        let written = self.write(Method::PUT, &path, Some(&before), now).await;
        self.held = written.map_err(NotMade::from)?;
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
    ) -> Result<Value, RequestError> {
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
        parsed(&answer.bytes).map_err(|error| RequestError::Cut(error.to_string()))
    }
}

/// Why a Lease that was free could not be written. Where it was there a moment before, that it is not any more is the doing of another
/// run as well.
fn not_written(error: RequestError, was_there: bool) -> NotHeld {
    match error {
        RequestError::Refused { status: 409, .. } => NotHeld::AtOnce,
        RequestError::NotFound(_) if was_there => NotHeld::AtOnce,
        other => other.into(),
    }
}

/// Whether a Lease may be taken. When it was renewed, its holder's clock said: by ours that may be long ago, or yet to come. So a
/// Lease that looks as if nobody renewed it is only told apart from a held one by watching it.
fn is_free(
    found: &Value,
    holder: &str,
    (dead, watched): (&[Ended], Option<&Seen>),
    now: Timestamp,
) -> Result<(), NotHeld> {
    let seen = Seen::of(found);
    let journal = found.text_at(&["metadata", "annotations", JOURNAL]);
    let has_ended = |one: &Ended| one.run == seen.holder && Some(one.journal.as_str()) == journal;
    let free = seen.holder.is_empty() || seen.holder == holder || dead.iter().any(has_ended);
    if free || watched == Some(&seen) {
        return Ok(());
    }
    if seen.duration > LONGEST {
        return Err(NotHeld::TooLong(seen));
    }
    if watched.is_some() {
        // Somebody has renewed it, or taken it.
        return Err(seen.held());
    }
    let held = SignedDuration::try_from(seen.duration).unwrap_or(SignedDuration::MAX);
    let renewed: Option<Timestamp> = seen.renewed.parse().ok();
    match renewed.map(|renewed| now.duration_since(renewed).abs()) {
        Some(since) if since <= held => Err(seen.held()),
        _ => Err(NotHeld::Unrenewed(seen)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: &str, renewed: &str, version: &str) -> Value {
        Value::from_json_str(&format!(
            r#"{{"metadata": {{"name": "envcheck-stage", "resourceVersion": "{version}", "annotations": {{"envcheck.dev/journal": "j"}}}},
                "spec": {{"holderIdentity": "{holder}", "leaseDurationSeconds": 60, "renewTime": "{renewed}"}}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn whether_a_lease_is_renewed_no_clock_says_but_its_changing() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let of = |found: &Value, watched: Option<&Seen>| is_free(found, "mine", (&[], watched), now);
        // A moment ago, by clocks that agree.
        let held = lease("other", "2026-11-28T11:59:30.000000Z", "7");
        assert!(matches!(of(&held, None), Err(NotHeld::ByAnother(_))));
        // Long ago, or in an hour: its holder's clock may be wrong, and so may ours.
        for renewed in ["2026-11-28T11:00:00.000000Z", "2026-11-28T13:00:00.000000Z", "?"] {
            let found = lease("other", renewed, "7");
            let Err(NotHeld::Unrenewed(seen)) = of(&found, None) else {
                panic!("{renewed}")
            };
            assert_eq!(seen.duration, Duration::from_mins(1));
            // The same after all that time: nobody renews it.
            assert!(of(&found, Some(&seen)).is_ok());
            for now_found in [
                lease("other", "2026-11-28T11:00:10.000000Z", "8"),
                lease("third", renewed, "8"),
                // Written again in the same words.
                lease("other", renewed, "8"),
            ] {
                let told = of(&now_found, Some(&seen));
                assert!(matches!(told, Err(NotHeld::ByAnother(_))), "{told:?}");
            }
        }
    }

    #[test]
    fn who_loses_a_lease_is_told_what_to_do_next() {
        let refused = NotMade::from(RequestError::Refused {
            status: 409,
            message: "the object has been modified".to_owned(),
        });
        let words = lost(&refused, "plan anew");
        assert!(
            words.starts_with("the Lease of this environment was lost, another run may have taken it: ")
                && words.contains("the object has been modified; what was done until then")
                && words.ends_with(" (envcheck runs): plan anew"),
            "{words}"
        );
        let silent = lost(&NotMade::Unknown("no answer".to_owned()), "plan anew");
        assert!(silent.contains("it could not be renewed: no answer") && !silent.contains("another run"));
    }

    #[test]
    fn who_comes_second_is_told_to_wait_and_not_of_permissions() {
        let refused = |status: u16| RequestError::Refused {
            status,
            message: "no".to_owned(),
        };
        let gone = || RequestError::NotFound("no".to_owned());
        for (error, was_there) in [(refused(409), true), (refused(409), false), (gone(), true)] {
            let why = not_written(error, was_there);
            assert!(matches!(why, NotHeld::AtOnce), "{why}");
            assert_eq!(why.hint(), WAIT);
        }
        let why = not_written(RequestError::Forbidden("no".to_owned()), true);
        assert!(why.hint().contains("envcheck rbac"), "{}", why.hint());
        assert!(matches!(not_written(gone(), false), NotHeld::Refused(_)));
    }

    #[test]
    fn a_lease_for_ever_is_not_waited_for_and_its_holder_is_named() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        for renewed in ["2026-11-28T11:59:59.000000Z", "2020-01-01T00:00:00.000000Z"] {
            let mut found = lease("somebody", renewed, "7");
            let seconds = |found: &mut Value, seconds: u64| {
                let spec = found
                    .as_object_mut()
                    .unwrap()
                    .get_mut(&Value::from("spec"))
                    .unwrap();
                let spec = spec.as_object_mut().unwrap();
                spec.insert(Value::from("leaseDurationSeconds"), Value::from(seconds));
            };
            seconds(&mut found, 2_147_483_647);
            let Err(why) = is_free(&found, "mine", (&[], None), now) else {
                panic!("{renewed}")
            };
            let told = why.to_string();
            assert!(
                told.starts_with("somebody has Lease default/envcheck-stage"),
                "{told}"
            );
            assert_eq!(
                why.hint(),
                "once you know that nothing of somebody goes on: kubectl -n default delete lease envcheck-stage"
            );
            // So it is of one's own, and of an ended run.
            assert!(is_free(&found, "somebody", (&[], None), now).is_ok());
            seconds(&mut found, 900);
            assert!(!matches!(
                is_free(&found, "mine", (&[], None), now),
                Err(NotHeld::TooLong(_))
            ));
        }
    }

    #[test]
    fn what_is_nobodys_or_our_own_is_free_and_so_is_what_an_ended_run_left() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let fresh = "2026-11-28T11:59:59.000000Z";
        let dead = |journal: &str| Ended {
            run: "other".to_owned(),
            journal: journal.to_owned(),
        };
        for holder in ["", "mine"] {
            assert!(is_free(&lease(holder, fresh, "7"), "mine", (&[], None), now).is_ok());
        }
        let other = lease("other", fresh, "7");
        assert!(is_free(&other, "mine", (&[dead("j")], None), now).is_ok());
        assert!(is_free(&other, "mine", (&[dead("k")], None), now).is_err());
    }
}
