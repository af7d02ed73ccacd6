//! The declared registry: its repositories, and their manifests with what indexes refer to.

use super::read::Reader;
use super::rows::{page, with};
use crate::clients::digitalocean::{RequestError, registries};
use envcheck_core::value::{Value, ValueExt, array};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Repositories walked at a time: one after the other, each page would wait for the one before.
const REPOSITORIES_AT_A_TIME: usize = 4;

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
        let out_of_reach = Arc::new(AtomicBool::new(false));
        let turns = Arc::new(Semaphore::new(REPOSITORIES_AT_A_TIME));
        let mut walking = JoinSet::new();
        for repository in self.lists.repositories().await?.iter() {
            let (reader, turns, out_of_reach) = (self.clone(), Arc::clone(&turns), Arc::clone(&out_of_reach));
            let (registry, repository) = (Arc::clone(&registry), repository.clone());
            walking.spawn(async move {
                let _turn = turns.acquire().await.map_err(|_| RequestError::Cancelled)?;
                reader.manifests_of(&registry, &repository, &out_of_reach).await
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
        out_of_reach: &Arc<AtomicBool>,
    ) -> Result<(), RequestError> {
        let Some(name) = repository.text_at(&["name"]) else {
            return Ok(());
        };
        if let Some(known) = self.remembered.manifests(registry, repository) {
            return self.manifest_rows(registry, name, &known, out_of_reach).await;
        }
        let mut pages = self.api.pages(&registries::manifests(registry, name));
        let mut all = Vec::new();
        while let Some(own) = pages.next().await? {
            let rows = own.rows()?;
            self.manifest_rows(registry, name, &rows, out_of_reach).await?;
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
        out_of_reach: &Arc<AtomicBool>,
    ) -> Result<(), RequestError> {
        let children = self
            .children_of(rows, &format!("{registry}/{name}"), out_of_reach)
            .await?;
        let rows = rows.iter().zip(children).map(|(row, children)| {
            let added = [
                ("registry_name", Value::from(registry)),
                ("repository", Value::from(name)),
                ("children", children),
            ];
            with(row, &added)
        });
        self.hand_on(page("registry_manifests", rows.collect(), false))
            .await;
        Ok(())
    }

    /// What each of these manifests refers to: null for what could not be read. What has layers and no tag is an image that
    /// refers to nothing, and is not asked for; without layers it may be an index that still runs after its tag has moved on.
    async fn children_of(
        &self,
        rows: &[Value],
        repository: &str,
        out_of_reach: &Arc<AtomicBool>,
    ) -> Result<Vec<Value>, RequestError> {
        let mut children: Vec<Value> = rows.iter().map(|_| array([])).collect();
        let mut asking = JoinSet::new();
        for (place, row) in rows.iter().enumerate() {
            let asked = !row.items_at(&["tags"]).is_empty() || without_layers(row);
            let Some(digest) = row.text_at(&["digest"]).filter(|_| asked) else {
                continue;
            };
            // Until it is known, nothing is claimed.
            if let Some(slot) = children.get_mut(place) {
                *slot = Value::Null;
            }
            if let Some(known) = self.remembered.children(digest) {
                if let Some(slot) = children.get_mut(place) {
                    *slot = known;
                }
                continue;
            }
            let (registry, out_of_reach) = (self.registry.clone(), Arc::clone(out_of_reach));
            let (repository, digest) = (repository.to_owned(), digest.to_owned());
            let remembered = self.remembered.clone();
            asking.spawn(async move {
                // A registry that cannot be asked for one cannot be asked for the others either, and each would take its time.
                if out_of_reach.load(Ordering::Relaxed) {
                    return (place, Ok(Value::Null));
                }
                let found = match registry.children(&repository, &digest).await {
                    Ok(digests) => {
                        let children = array(digests.into_iter().map(Value::from));
                        remembered.learn_children(&digest, &children);
                        Ok(children)
                    }
                    Err(RequestError::Cancelled) => Err(RequestError::Cancelled),
                    Err(error) => {
                        let of_this_one = matches!(
                            error,
                            RequestError::NotFound(_) | RequestError::TooLarge(_) | RequestError::Mismatch(_)
                        );
                        out_of_reach.fetch_or(!of_this_one, Ordering::Relaxed);
                        Ok(Value::Null)
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

/// The blobs that the API tells of an index are none, or itself.
fn without_layers(manifest: &Value) -> bool {
    let blobs = manifest.field("blobs").and_then(|blobs| blobs.as_array().ok());
    let digest = manifest.text_at(&["digest"]);
    blobs.is_some_and(|blobs| blobs.iter().all(|blob| blob.text_at(&["digest"]) == digest))
}
