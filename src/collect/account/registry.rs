//! The declared registry: its repositories, and their manifests with what indexes refer to.

use super::read::Reader;
use super::rows::{page, with};
use crate::clients::digitalocean::{RequestError, registries};
use envcheck_core::value::{Value, ValueExt, array};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Repositories walked at a time: one after the other, each page would wait for the one before.
const REPOSITORIES_AT_A_TIME: usize = 4;
/// Manifests given up, of a registry that answers otherwise, after which no more are asked for.
const MOST_GIVEN_UP: u32 = 3;

/// Whether the registry can be asked what manifests refer to.
#[derive(Debug, Default)]
struct Reach {
    answered: OnceLock<()>,
    given_up: AtomicU32,
    /// Why nobody needs to ask any more.
    lost: OnceLock<String>,
}

impl Reach {
    /// A registry that cannot be asked for one manifest cannot be asked for the others either, and each would take its time:
    /// unless it gave others, or the trouble is that of this one alone.
    fn heard(&self, error: &RequestError) {
        let of_this_one = matches!(
            error,
            RequestError::NotFound(_)
                | RequestError::TooLarge(_)
                | RequestError::Mismatch(_)
                | RequestError::Cut(_)
        );
        let refused = matches!(
            error,
            RequestError::Unauthorized(_) | RequestError::Forbidden { .. }
        );
        if of_this_one {
            self.answered.get_or_init(|| ());
        } else if refused
            || self.answered.get().is_none()
            || self.given_up.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_GIVEN_UP
        {
            self.lost.get_or_init(|| error.to_string());
        }
    }
}

/// What a manifest refers to, or why that is not known.
type Children = Result<Value, String>;

impl Reader {
    pub(super) async fn repositories(&self) -> Result<(), RequestError> {
        let Some(registry) = self.lists.registry() else {
            return Ok(());
        };
        let added = [("registry_name", Value::from(registry))];
        let rows = self.lists.repositories().await?;
        let rows = rows.iter().map(|row| with(row, &added)).collect();
        self.hand_on(page("registry_repositories", rows, false)).await;
        Ok(())
    }

    pub(super) async fn manifests(&self) -> Result<(), RequestError> {
        let Some(registry) = self.lists.registry() else {
            return Ok(());
        };
        let registry: Arc<str> = Arc::from(registry);
        let reach = Arc::<Reach>::default();
        let turns = Arc::new(Semaphore::new(REPOSITORIES_AT_A_TIME));
        let mut walking = JoinSet::new();
        for repository in self.lists.repositories().await?.iter() {
            let (reader, turns, reach) = (self.clone(), Arc::clone(&turns), Arc::clone(&reach));
            let (registry, repository) = (Arc::clone(&registry), repository.clone());
            walking.spawn(async move {
                let _turn = turns.acquire().await.map_err(|_| RequestError::Cancelled)?;
                reader.manifests_of(&registry, &repository, &reach).await
            });
        }
        // The first that fails ends the others: the collection is a gap in any case.
        while let Some(walked) = walking.join_next().await {
            walked.map_err(|_| {
                RequestError::Unavailable(format!("reading the manifests of {registry} was interrupted"))
            })??;
        }
        Ok(())
    }

    async fn manifests_of(
        &self,
        registry: &str,
        repository: &Value,
        reach: &Arc<Reach>,
    ) -> Result<(), RequestError> {
        let Some(name) = repository.text_at(&["name"]) else {
            return Err(RequestError::Stranger(format!(
                "the DigitalOcean API lists a repository of registry {registry} without a name"
            )));
        };
        if let Some(known) = self.remembered.manifests(registry, repository) {
            return self.manifest_rows(registry, name, &known, reach).await;
        }
        let mut pages = self.api.pages(&registries::manifests(registry, name));
        let mut all = Vec::new();
        while let Some(own) = pages.next().await? {
            let rows = own.rows()?;
            self.manifest_rows(registry, name, &rows, reach).await?;
            all.extend(rows);
        }
        self.remembered.learn_manifests(registry, repository, &all);
        Ok(())
    }

    /// Hands on manifests of a repository, with what they refer to.
    async fn manifest_rows(
        &self,
        registry: &str,
        name: &str,
        rows: &[Value],
        reach: &Arc<Reach>,
    ) -> Result<(), RequestError> {
        let children = self
            .children_of(rows, &format!("{registry}/{name}"), reach)
            .await?;
        let rows = rows.iter().zip(children).map(|(row, children)| {
            let (children, why) = match children {
                Ok(children) => (children, None),
                Err(why) => (Value::Null, Some(("children_unread", Value::from(why)))),
            };
            let mut added = vec![
                ("registry_name", Value::from(registry)),
                ("repository", Value::from(name)),
                ("children", children),
            ];
            added.extend(why);
            with(row, &added)
        });
        self.hand_on(page("registry_manifests", rows.collect(), false))
            .await;
        Ok(())
    }

    /// What each of these manifests refers to, or why that could not be read. What has layers and no tag is an image that
    /// refers to nothing, and is not asked for; without layers it may be an index that still runs after its tag has moved on.
    async fn children_of(
        &self,
        rows: &[Value],
        repository: &str,
        reach: &Arc<Reach>,
    ) -> Result<Vec<Children>, RequestError> {
        let mut children: Vec<Children> = rows.iter().map(|_| Ok(array([]))).collect();
        let mut asking = JoinSet::new();
        for ((place, row), slot) in rows.iter().enumerate().zip(&mut children) {
            let Some(digest) = row.text_at(&["digest"]).filter(|_| !is_image_alone(row)) else {
                continue;
            };
            if let Some(known) = self.remembered.children(digest) {
                *slot = Ok(known);
                continue;
            }
            // Until it is known, nothing is claimed.
            *slot = Err("reading was interrupted".to_owned());
            let (registry, reach) = (self.registry.clone(), Arc::clone(reach));
            let (repository, digest) = (repository.to_owned(), digest.to_owned());
            let remembered = self.remembered.clone();
            asking.spawn(async move {
                if let Some(why) = reach.lost.get() {
                    return (place, Ok(Err(why.clone())));
                }
                let found = match registry.children(&repository, &digest).await {
                    Ok(digests) => {
                        reach.answered.get_or_init(|| ());
                        let children = array(digests.into_iter().map(Value::from));
                        remembered.learn_children(&digest, &children);
                        Ok(Ok(children))
                    }
                    Err(RequestError::Cancelled) => Err(RequestError::Cancelled),
                    Err(error) => {
                        reach.heard(&error);
                        Ok(Err(error.to_string()))
                    }
                };
                (place, found)
            });
        }
        while let Some(done) = asking.join_next().await {
            let Ok((place, found)) = done else { continue };
            if let Some(slot) = children.get_mut(place) {
                *slot = found?;
            }
        }
        Ok(children)
    }
}

/// What has layers and no tag refers to nothing.
pub(super) fn is_image_alone(manifest: &Value) -> bool {
    manifest.items_at(&["tags"]).is_empty() && !without_layers(manifest)
}

/// The blobs that the API tells of an index are none, or itself.
fn without_layers(manifest: &Value) -> bool {
    let blobs = manifest.field("blobs").and_then(|blobs| blobs.as_array().ok());
    let digest = manifest.text_at(&["digest"]);
    blobs.is_some_and(|blobs| blobs.iter().all(|blob| blob.text_at(&["digest"]) == digest))
}
