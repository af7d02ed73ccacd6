//! What earlier runs learnt of the registry and need not be asked again: what an index consists of, which never changes,
//! and the manifests of a repository, as long as the registry says the same of it.

use envcheck_core::inventory::Memory;
use envcheck_core::value::{Value, ValueExt, array, object};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const CHILDREN: &str = "index-children";
const DIGESTS: &str = "repository-digests";
/// The registry works out the sizes of a manifest after it was pushed: what is younger is read again.
const SETTLED: SignedDuration = SignedDuration::from_hours(24);
/// A repository of which nothing changed is read again after this long all the same.
const TRUSTED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The registry as earlier runs saw it.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    memory: Arc<Memory>,
    now: Timestamp,
}

impl Remembered {
    /// `now` tells how old is what is known.
    pub(super) fn new(memory: Arc<Memory>, now: Timestamp) -> Self {
        Self { memory, now }
    }

    /// The digests that the manifest of this digest refers to.
    pub(super) fn children(&self, digest: &str) -> Option<Value> {
        let known = self.memory.recall(CHILDREN, digest)?;
        let digests = known.as_array().is_ok() && known.items().iter().all(|one| one.text().is_some());
        digests.then_some(known)
    }

    pub(super) fn learn_children(&self, digest: &str, children: &Value) {
        self.memory.remember(CHILDREN, digest, children);
    }

    /// The manifests of a repository of which the registry now says what `repository` holds.
    pub(super) fn manifests(&self, registry: &str, repository: &Value) -> Option<Vec<Value>> {
        let known = self.memory.recall(DIGESTS, &key(registry, repository)?)?;
        let read: Timestamp = known.text_at(&["read"])?.parse().ok()?;
        let age = self.now.duration_since(read);
        let rows = known.field("rows")?.as_array().ok()?;
        let whole = all_of(repository, rows.len()) && rows.iter().all(|row| row.as_object().is_ok());
        (!age.is_negative() && age <= TRUSTED && whole).then(|| rows.iter().cloned().collect())
    }

    pub(super) fn learn_manifests(&self, registry: &str, repository: &Value, rows: &[Value]) {
        let Some(key) = key(registry, repository) else {
            return;
        };
        let settled = |row: &Value| {
            let updated: Option<Timestamp> = row.text_at(&["updated_at"]).and_then(|at| at.parse().ok());
            updated.is_some_and(|updated| self.now.duration_since(updated) >= SETTLED)
        };
        if !rows.iter().all(settled) || !all_of(repository, rows.len()) {
            return;
        }
        let known = object([
            ("read", Value::from(self.now.to_string())),
            ("rows", array(rows.iter().cloned())),
        ]);
        self.memory.remember(DIGESTS, &key, &known);
    }
}

/// Whether so many manifests are all that the registry says there are; it need not say.
fn all_of(repository: &Value, rows: usize) -> bool {
    let count = repository.field("manifest_count").and_then(ValueExt::int);
    count.is_none_or(|count| usize::try_from(count) == Ok(rows))
}

/// Changes with everything that the registry says of a repository: the time of its last change, and how many manifests and
/// tags it has. `None` where it tells no such time.
fn key(registry: &str, repository: &Value) -> Option<String> {
    let name = repository.text_at(&["name"])?;
    repository.text_at(&["latest_manifest", "updated_at"])?;
    let said = serde_json::to_vec(repository).ok()?;
    Some(format!("{registry}/{name}@{:x}", Sha256::digest(said)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    fn repository(updated: &str, tags: u8) -> Value {
        value(&format!(
            r#"{{"name":"web","tag_count":{tags},"latest_manifest":{{"digest":"sha256:a","updated_at":"{updated}"}}}}"#
        ))
    }

    fn at(memory: &Arc<Memory>, now: &str) -> Remembered {
        Remembered::new(Arc::clone(memory), now.parse().unwrap())
    }

    #[test]
    fn manifests_are_known_until_the_registry_says_something_else_of_the_repository() {
        let memory = Arc::<Memory>::default();
        let own = repository("2026-11-01T00:00:00Z", 1);
        let rows = [value(
            r#"{"digest":"sha256:a","updated_at":"2026-11-01T00:00:00Z"}"#,
        )];
        let first = at(&memory, "2026-11-10T00:00:00Z");
        first.learn_manifests("acme", &own, &rows);
        let next = at(&memory, "2026-11-11T00:00:00Z");
        assert_eq!(next.manifests("acme", &own).as_deref(), Some(&rows[..]));
        assert_eq!(next.manifests("other", &own), None);
        assert_eq!(
            next.manifests("acme", &repository("2026-11-10T12:00:00Z", 1)),
            None
        );
        assert_eq!(
            next.manifests("acme", &repository("2026-11-01T00:00:00Z", 2)),
            None
        );
        for too_late_or_early in ["2026-11-17T00:00:01Z", "2026-11-09T00:00:00Z"] {
            assert_eq!(at(&memory, too_late_or_early).manifests("acme", &own), None);
        }
    }

    #[test]
    fn more_or_fewer_manifests_than_the_registry_counts_are_not_believed() {
        let memory = Arc::<Memory>::default();
        let now = at(&memory, "2026-11-10T00:00:00Z");
        let counted = |count: u8| {
            value(&format!(
                r#"{{"name":"web","manifest_count":{count},"latest_manifest":{{"updated_at":"2026-11-01T00:00:00Z"}}}}"#
            ))
        };
        let rows = [value(
            r#"{"digest":"sha256:a","updated_at":"2026-11-01T00:00:00Z"}"#,
        )];
        now.learn_manifests("acme", &counted(2), &rows);
        assert_eq!(now.manifests("acme", &counted(2)), None);
        now.learn_manifests("acme", &counted(1), &rows);
        assert_eq!(now.manifests("acme", &counted(1)).as_deref(), Some(&rows[..]));
        let damaged = value(r#"{"read":"2026-11-10T00:00:00Z","rows":[]}"#);
        memory.remember(DIGESTS, &key("acme", &counted(1)).unwrap(), &damaged);
        assert_eq!(now.manifests("acme", &counted(1)), None);
    }

    #[test]
    fn what_was_just_pushed_or_tells_no_time_is_not_kept() {
        let memory = Arc::<Memory>::default();
        let now = at(&memory, "2026-11-01T12:00:00Z");
        let own = repository("2026-11-01T00:00:00Z", 1);
        for row in [
            r#"{"digest":"sha256:a","updated_at":"2026-11-01T00:00:00Z"}"#,
            r#"{"digest":"sha256:a"}"#,
        ] {
            now.learn_manifests("acme", &own, &[value(row)]);
        }
        let timeless = value(r#"{"name":"web","tag_count":1}"#);
        now.learn_manifests("acme", &timeless, &[]);
        assert_eq!(
            memory.changes(now.now),
            envcheck_core::inventory::memory::Changes::default()
        );
    }

    #[test]
    fn children_are_known_by_digest_and_damaged_ones_are_not() {
        let memory = Arc::<Memory>::default();
        let own = at(&memory, "2026-11-01T12:00:00Z");
        own.learn_children("sha256:a", &value(r#"["sha256:b"]"#));
        memory.remember(CHILDREN, "sha256:c", &value("[1]"));
        assert_eq!(own.children("sha256:a"), Some(value(r#"["sha256:b"]"#)));
        assert_eq!((own.children("sha256:b"), own.children("sha256:c")), (None, None));
    }
}
