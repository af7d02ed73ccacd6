//! Spaces: what the declared buckets and backups are like, as a feed of rows.
//!
//! Only the collections that somebody needs are read, several buckets at a time. What cannot be read of one bucket is said in
//! its row; what concerns the key or the whole of Spaces is a gap of every collection.

mod dates;
mod newest;
mod questions;
mod reading;
mod rows;
mod single;

#[cfg(test)]
mod tests;

pub use single::Buckets;

use crate::clients::spaces::{Key, Spaces};
use crate::collect::meter::Meter;
use crate::collect::secrets::{SecretError, Secrets, written_in};
use crate::collect::units::UnitSender;
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::inventory::{Gap, GapSubject, InventoryBuilder};
use envcheck_core::policy::Needed;
use envcheck_core::spec::{self, Spec};
use jiff::Timestamp;
use questions::Question;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The variables in which a key is looked for when the spec names none.
const KEY_VARIABLES: [&str; 2] = ["SPACES_ACCESS_KEY_ID", "SPACES_SECRET_ACCESS_KEY"];

/// What of Spaces is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpacesPlan {
    region: String,
    collections: Vec<Collection>,
    buckets: Vec<String>,
    /// Bucket and prefix of each backup.
    backups: Vec<(String, String)>,
}

/// The collections of `data.spaces`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Collection {
    Buckets,
    Acls,
    Policies,
    Versionings,
    Lifecycles,
    Cors,
    Uploads,
    Backups,
}

impl Collection {
    const ALL: [Self; 8] = [
        Self::Buckets,
        Self::Acls,
        Self::Policies,
        Self::Versionings,
        Self::Lifecycles,
        Self::Cors,
        Self::Uploads,
        Self::Backups,
    ];

    /// As policies name it.
    fn name(self) -> &'static str {
        match self {
            Self::Buckets => "spaces.buckets",
            Self::Acls => "spaces.acls",
            Self::Policies => "spaces.policies",
            Self::Versionings => "spaces.versionings",
            Self::Lifecycles => "spaces.lifecycles",
            Self::Cors => "spaces.cors",
            Self::Uploads => "spaces.uploads",
            Self::Backups => "spaces.backups",
        }
    }
}

/// Why Spaces is not asked: no key can be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoKey {
    message: String,
    hint: String,
}

impl NoKey {
    /// How to mend it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl From<SecretError> for NoKey {
    fn from(error: SecretError) -> Self {
        Self {
            message: format!("there is no key for Spaces: {error}"),
            hint: error.hint().to_owned(),
        }
    }
}

impl SpacesPlan {
    /// What these policies need of what this environment declares; `None` when they need nothing of Spaces.
    pub fn of(spec: &Spec, needed: &Needed) -> Option<Self> {
        let wanted = |collection: &Collection| needed.collections.contains_key(collection.name());
        let collections: Vec<Collection> = Collection::ALL.into_iter().filter(wanted).collect();
        if collections.is_empty() {
            return None;
        }
        let account = spec.environment.spec.digitalocean.as_ref();
        let spaces = account.and_then(|account| account.spaces.as_ref());
        let mut plan = Self {
            region: region(spec),
            collections,
            buckets: Vec::new(),
            backups: Vec::new(),
        };
        if let Some(spaces) = spaces {
            plan.buckets = spaces
                .buckets
                .iter()
                .map(|bucket| bucket.name.to_string())
                .collect();
            let place = |backup: &spec::Backup| (backup.bucket.to_string(), backup.prefix.clone());
            plan.backups = spaces.backups.iter().map(place).collect();
        }
        Some(plan)
    }

    /// The region whose endpoint is asked, as `fra1`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether anything must be asked: what declares nothing is read without a key.
    pub fn asks(&self) -> bool {
        self.questions().next().is_some()
    }

    /// The collections, as policies name them.
    pub fn collections(&self) -> impl Iterator<Item = &'static str> {
        self.collections.iter().map(|collection| collection.name())
    }

    /// The gaps when nothing of Spaces can be read, one for each collection.
    pub fn gaps(&self, reason: &str, detail: &str) -> Vec<Gap> {
        let gap = |name: &str| Gap {
            subject: GapSubject::Collection(name.to_owned()),
            reason: reason.to_owned(),
            detail: detail.to_owned(),
        };
        self.collections().map(gap).collect()
    }

    /// The gaps when there is no key.
    pub fn gaps_without_key(&self, why: &NoKey) -> Vec<Gap> {
        self.gaps(reason::UNAUTHORIZED, &format!("{why}; {}", why.hint))
    }

    /// Tells the inventory what is known when nothing has to be asked.
    pub fn describe_without_asking(&self, inventory: &mut InventoryBuilder) {
        for name in self.collections() {
            inventory.read_collection(name);
        }
    }

    /// Begins to read, on the runtime's threads. `now` tells which dates in keys may be those of backups.
    pub fn start(
        &self,
        runtime: &Handle,
        spaces: Spaces,
        now: Timestamp,
        meter: Arc<Meter>,
        units: UnitSender,
    ) {
        reading::start(self, runtime, spaces, now, meter, units);
    }

    fn questions(&self) -> impl Iterator<Item = Question> {
        self.collections
            .iter()
            .flat_map(|collection| Question::all(self, *collection))
    }
}

/// The region of the declared buckets, as `fra1`: their own, else that of the account section.
pub fn region(spec: &Spec) -> String {
    let account = spec.environment.spec.digitalocean.as_ref();
    let spaces = account.and_then(|account| account.spaces.as_ref());
    let region = spaces
        .and_then(|spaces| spaces.region.as_ref())
        .or_else(|| account.map(|account| &account.region));
    region.map_or_else(String::new, ToString::to_string)
}

/// The key with which Spaces is read: the spec's auditor, else the variables `SPACES_ACCESS_KEY_ID` and
/// `SPACES_SECRET_ACCESS_KEY`.
pub async fn key(spec: &Spec, secrets: &Secrets) -> Result<Key, NoKey> {
    let account = spec.environment.spec.digitalocean.as_ref();
    let auditor = account
        .and_then(|account| account.spaces.as_ref())
        .and_then(|spaces| spaces.auditor.as_ref());
    if let Some(auditor) = auditor {
        return declared(spec, secrets, auditor).await;
    }
    match key_of_variables(secrets) {
        Some(key) => Ok(key?),
        None => Err(NoKey {
            message: "there is no key for Spaces: the spec declares no auditor, and SPACES_ACCESS_KEY_ID and \
                      SPACES_SECRET_ACCESS_KEY are not both set"
                .to_owned(),
            hint: "export both, or declare digitalocean.spaces.auditor in the spec; ACLs, policies and lifecycle rules \
                   need a key with full access"
                .to_owned(),
        }),
    }
}

/// The key of the variables `SPACES_ACCESS_KEY_ID` and `SPACES_SECRET_ACCESS_KEY`; `None` where they are not both set.
pub fn key_of_variables(secrets: &Secrets) -> Option<Result<Key, SecretError>> {
    let [id, secret] = KEY_VARIABLES.map(|name| secrets.first_set(&[name]));
    let (id, secret) = (id?, secret?);
    Some(id.and_then(|id| secret.map(|secret| Key { id, secret })))
}

async fn declared(spec: &Spec, secrets: &Secrets, auditor: &spec::Auditor) -> Result<Key, NoKey> {
    let half = |key| written_in(spec, &["digitalocean", "spaces", "auditor", key]);
    Ok(Key {
        id: secrets
            .resolve(&auditor.access_key_id, &half("accessKeyId"))
            .await?,
        secret: secrets
            .resolve(&auditor.secret_access_key, &half("secretAccessKey"))
            .await?,
    })
}
