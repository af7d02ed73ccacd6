//! One writer, where journals are in a bucket: an object that says who has the environment, and until when.
//!
//! It is written under a condition, so that of two that take it at once one is told no. A store that knows no conditions is found
//! out by asking for what cannot be: then whoever wrote last has it, which is looked at after a while. That is the best that can
//! be done there, and no more than likely. Nothing is ever deleted: who gives it back writes that nobody has it.

use super::bucket::Bucket;
use super::lock::NotLocked;
use crate::clients::spaces::{Tagged, When, Written};
use envcheck_core::value::{Value, ValueExt, object, text_or_null};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// So long is it held by somebody who does not renew it: a run that was killed shuts nobody out for ever.
const EXPIRES: SignedDuration = SignedDuration::from_mins(5);
/// How often it is renewed.
const RENEWED: SignedDuration = SignedDuration::from_mins(1);
/// Where no condition holds anybody back: after this long the others have written too.
const SETTLED: Duration = Duration::from_secs(3);

/// Held by one run.
#[derive(Debug)]
pub(super) struct BucketLock {
    bucket: Bucket,
    key: String,
    environment: String,
    /// The run, and a word that no other knows.
    holder: String,
    token: String,
    expires: Timestamp,
}

/// Who has it, as the object says.
struct Held {
    holder: Option<String>,
    token: String,
    expires: Option<Timestamp>,
}

impl BucketLock {
    /// Takes it, also from a run that has not renewed it for long.
    pub(super) async fn take(
        bucket: &Bucket,
        environment: &str,
        holder: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Self, NotLocked> {
        let mut lock = Self {
            key: bucket.key(&format!("envcheck-{environment}.lock")),
            bucket: bucket.clone(),
            environment: environment.to_owned(),
            holder: holder.to_owned(),
            token: token.to_owned(),
            expires: now,
        };
        let found = lock.read().await?;
        if let Some((held, _)) = &found {
            lock.is_free(held, now)?;
        }
        let tag = found.map(|(_, tag)| tag);
        lock.write(tag.as_deref(), now).await?;
        match lock.stays().await {
            Ok(()) => Ok(lock),
            Err(why) => {
                lock.release().await;
                Err(why)
            }
        }
    }

    /// Looks whether what was just written stays.
    async fn stays(&self) -> Result<(), NotLocked> {
        // What is there already cannot be written as if it were not: whoever lets that pass knows no conditions.
        let again = self.put(When::Absent).await?;
        if again != Written::No {
            tokio::time::sleep(SETTLED).await;
        }
        self.is_ours().await.map(drop)
    }

    /// Says that the run goes on, if that is due. As long as it has not run out, it does no harm that the store does not answer.
    pub(super) async fn renew(&mut self, now: Timestamp) -> Result<(), NotLocked> {
        let until = self.expires;
        if now.duration_since(until) < RENEWED - EXPIRES {
            return Ok(());
        }
        let (held, tag) = match self.read().await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(format!("somebody removed {}", self.place()).into()),
            Err(_) if now < until => return Ok(()),
            Err(why) => return Err(why.into()),
        };
        if held.token != self.token {
            return Err(NotLocked::Taken(self.lost(&held)));
        }
        match self.write(Some(&tag), now).await {
            Ok(()) => self.is_ours().await.map(drop),
            Err(_) if now < until => {
                self.expires = until;
                Ok(())
            }
            Err(why) => Err(why),
        }
    }

    /// Gives it back. What goes wrong then is not worth an error: it ends by itself.
    pub(super) async fn release(self) {
        if let Ok(tag) = self.is_ours().await {
            let free = content(None, &self.token, self.expires);
            let put = self
                .bucket
                .spaces
                .put_when(&self.bucket.name, &self.key, &free, When::Same(&tag));
            let _ = put.await;
        }
    }

    /// Where it is.
    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket.name, self.key)
    }

    fn is_free(&self, held: &Held, now: Timestamp) -> Result<(), NotLocked> {
        let ended = held.expires.is_none_or(|expires| expires < now);
        if held.holder.is_none() || ended {
            return Ok(());
        }
        Err(NotLocked::Taken(self.taken(held)))
    }

    fn taken(&self, held: &Held) -> String {
        let until = held
            .expires
            .map_or_else(String::new, |until| format!(" until {until}"));
        format!(
            "run {} changes {}: it has {}{until}, and renews that while it goes on",
            held.holder.as_deref().unwrap_or("of another"),
            self.environment,
            self.place()
        )
    }

    fn lost(&self, held: &Held) -> String {
        format!(
            "{} is not this run's any more: {}",
            self.place(),
            self.taken(held)
        )
    }

    /// Writes that this run has it: over what has this ETag, or where nothing is.
    async fn write(&mut self, tag: Option<&str>, now: Timestamp) -> Result<(), NotLocked> {
        self.expires = now
            .checked_add(EXPIRES)
            .map_err(|_| "the time is beyond all calendars".to_owned())?;
        let when = tag.map_or(When::Absent, When::Same);
        match self.put(when).await? {
            Written::Yes => Ok(()),
            Written::Unknown => Ok(self.put(When::Always).await.map(drop)?),
            // An earlier attempt of this very request may have been heard.
            Written::No => self.is_ours().await.map(drop),
        }
    }

    async fn put(&self, when: When<'_>) -> Result<Written, String> {
        let content = content(Some(&self.holder), &self.token, self.expires);
        let put = self
            .bucket
            .spaces
            .put_when(&self.bucket.name, &self.key, &content, when);
        put.await.map_err(|error| self.failed(&error))
    }

    /// That the object says what this run wrote last; its ETag.
    async fn is_ours(&self) -> Result<String, NotLocked> {
        match self.read().await? {
            Some((held, tag)) if held.token == self.token && held.expires == Some(self.expires) => Ok(tag),
            Some((held, _)) if held.token != self.token => Err(NotLocked::Taken(self.taken(&held))),
            _ => Err(format!("{} does not hold what was written into it", self.place()).into()),
        }
    }

    async fn read(&self) -> Result<Option<(Held, String)>, String> {
        let read = self.bucket.spaces.tagged(&self.bucket.name, &self.key);
        let found = read.await.map_err(|error| self.failed(&error))?;
        let Some(Tagged { content, tag }) = found else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&content);
        let value =
            Value::from_json_str(&text).map_err(|_| format!("{} is no lock: move it away", self.place()))?;
        let owned = |key: &str| value.text_at(&[key]).map(ToOwned::to_owned);
        let held = Held {
            holder: owned("holder"),
            token: owned("token").unwrap_or_default(),
            expires: owned("expires").and_then(|text| text.parse().ok()),
        };
        Ok(Some((held, tag)))
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> String {
        format!("who has {} cannot be told: {error}", self.place())
    }
}

fn content(holder: Option<&str>, token: &str, expires: Timestamp) -> Vec<u8> {
    let value = object([
        ("expires", Value::from(expires.to_string().as_str())),
        ("holder", text_or_null(holder)),
        ("token", Value::from(token)),
    ]);
    let mut text = serde_json::to_string(&value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}
