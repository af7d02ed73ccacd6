//! Single buckets as they are now, since somebody is about to change them: marked with what is told of them.

use super::questions::{Outcome, Question};
use super::{Collection, rows};
use crate::clients::spaces::{Found, Spaces};
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::reference::ACCOUNT_API;
use envcheck_core::plan::Deed;
use envcheck_core::spec::{BucketAccess, Spec};
use envcheck_core::value::{Value, ValueExt, array, object};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The declared buckets of an environment, each to be read by what is to be done to it.
#[derive(Debug, Clone)]
pub struct Buckets {
    spaces: Spaces,
    /// Whether everybody may list it, by name.
    declared: BTreeMap<String, bool>,
}

impl Buckets {
    /// Those that a spec declares, where Spaces has them.
    pub fn new(spaces: Spaces, spec: &Spec) -> Self {
        let account = spec.environment.spec.digitalocean.as_ref();
        let declared = account.and_then(|account| account.spaces.as_ref());
        let buckets = declared.into_iter().flat_map(|spaces| &spaces.buckets);
        Self {
            spaces,
            declared: buckets
                .map(|bucket| (bucket.name.to_string(), bucket.access == BucketAccess::Public))
                .collect(),
        }
    }

    /// Who has them.
    pub fn spaces(&self) -> &Spaces {
        &self.spaces
    }

    /// All buckets of the key's account, as rows.
    ///
    /// # Errors
    ///
    /// In words: what the key may not, or the trouble.
    pub async fn listed(&self) -> Result<Vec<Value>, String> {
        let listed = self.spaces.buckets().await.map_err(|error| error.to_string())?;
        let there = Found::There { region: None };
        let row =
            |(name, bucket): (&String, _)| rows::bucket(name, &there, self.spaces.region(), Some(bucket));
        Ok(listed.iter().map(row).collect())
    }

    /// Whether a bucket exists here.
    ///
    /// # Errors
    ///
    /// In words: that somebody else may have it, or the trouble.
    pub async fn exists(&self, bucket: &str) -> Result<bool, String> {
        match self.spaces.head(bucket).await {
            Ok(Found::There { .. }) => Ok(true),
            Ok(Found::Absent) => Ok(false),
            Ok(Found::Hidden) => Err(hidden(bucket)),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What a plan compares of a bucket that exists: rows by collection, of which some may say why they could not be read.
    ///
    /// # Errors
    ///
    /// In words, where nothing of Spaces can be read.
    pub async fn settings(&self, bucket: &str) -> Result<Vec<(&'static str, Value)>, String> {
        let wanted = [Collection::Acls, Collection::Lifecycles, Collection::Versionings];
        let mut all = Vec::new();
        for collection in wanted {
            let question = Question {
                collection,
                bucket: bucket.to_owned(),
                prefix: None,
            };
            // Only backups are dated.
            let answer = question
                .ask(&self.spaces, &BTreeMap::new(), Date::default())
                .await;
            match answer {
                Outcome::Read(row) | Outcome::Unread(row) => all.push((collection.name(), row)),
                Outcome::Nothing(_, why) => return Err(why),
                Outcome::Interrupted => return Err("interrupted".to_owned()),
            }
        }
        Ok(all)
    }

    /// Whether a bucket exists here and anything is in it; `None` when there is none.
    ///
    /// # Errors
    ///
    /// In words: what the key may not, or the trouble.
    pub async fn holds_anything(&self, bucket: &str) -> Result<Option<bool>, String> {
        if !self.exists(bucket).await? {
            return Ok(None);
        }
        let holds = self.spaces.holds_anything(bucket).await;
        holds.map(Some).map_err(|error| error.to_string())
    }

    /// What a deed changes of its bucket; `None` when there is no such bucket.
    ///
    /// # Errors
    ///
    /// In words: what the key may not, or the trouble; or that the bucket is not this environment's.
    pub async fn read(&self, deed: &Deed) -> Result<Option<Value>, String> {
        let bucket = deed.target.name.as_str();
        let public = self.declared.get(bucket);
        let public = public.ok_or_else(|| format!("bucket {bucket} is not one that is declared"))?;
        let found = self
            .spaces
            .head(bucket)
            .await
            .map_err(|error| error.to_string())?;
        let region = match found {
            Found::There { region } => region,
            Found::Absent => {
                return self.would_be_made(deed, *public).map(|()| None);
            }
            Found::Hidden => return Err(hidden(bucket)),
        };
        let row = self.aspect(deed, bucket, region).await?;
        let kind = deed.target.kind.as_str();
        let own = row.members().map(|(key, value)| (key, value.clone()));
        let marks = [
            ("apiVersion", Value::from(ACCOUNT_API)),
            ("kind", Value::from(kind)),
            ("name", Value::from(bucket)),
        ];
        Ok(Some(object(own.chain(marks))))
    }

    async fn aspect(&self, deed: &Deed, bucket: &str, region: Option<String>) -> Result<Value, String> {
        let words = |error: crate::clients::spaces::SpacesError| error.to_string();
        let spaces = &self.spaces;
        match deed.action {
            FixAction::BucketCreate => {
                let found = Found::There { region };
                let row = rows::bucket(bucket, &found, spaces.region(), None);
                let place = ("region", row.field("region").cloned().unwrap_or(Value::Null));
                if !deed.keeps_versions() {
                    return Ok(object([place]));
                }
                let status = spaces.versioning(bucket).await.map_err(words)?;
                let kept = status.as_deref() == Some("Enabled");
                let kept = Value::from(if kept { "kept" } else { "not kept" });
                Ok(object([place, ("versions", kept)]))
            }
            FixAction::BucketAcl => Ok(rows::acl(bucket, &spaces.acl(bucket).await.map_err(words)?)),
            FixAction::BucketVersioning => {
                let status = spaces.versioning(bucket).await.map_err(words)?;
                Ok(rows::versioning(bucket, status.as_deref()))
            }
            FixAction::BucketLifecycle => {
                let rules = spaces.lifecycle(bucket).await.map_err(words)?;
                let row = rows::lifecycle(bucket, &rules);
                let told = row.items_at(&["rules"]).iter().zip(&rules);
                // What is not told of a rule stays in it, but what it does is then not all known.
                let told = told.map(|(told, rule)| {
                    let more = rule.more.then(|| ("more", Value::from(true)));
                    let own = told.members().map(|(key, value)| (key, value.clone()));
                    object(own.chain(more))
                });
                Ok(object([("rules", array(told))]))
            }
            other => Err(format!("{} changes nothing in Spaces", other.as_str())),
        }
    }

    /// Whether a bucket that does not exist would be made as it is declared.
    fn would_be_made(&self, deed: &Deed, public: bool) -> Result<(), String> {
        if deed.action != FixAction::BucketCreate {
            return Ok(());
        }
        let bucket = deed.target.name.as_str();
        let region = deed.data.text_at(&["region"]).unwrap_or_default();
        if region != self.spaces.region() {
            return Err(format!(
                "bucket {bucket} is declared in {}, not in {region}",
                self.spaces.region()
            ));
        }
        if deed.is_public() != public {
            return Err(format!(
                "bucket {bucket} would not be made as it is declared: who may list it differs"
            ));
        }
        Ok(())
    }
}
fn hidden(bucket: &str) -> String {
    format!("the key may not ask whether bucket {bucket} exists: somebody else may have it")
}
