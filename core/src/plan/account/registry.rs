//! Garbage and manifests of a registry.

use super::set;
use crate::findings::FixAction;
use crate::plan::{Deed, Verified};
use crate::value::{Value, ValueExt, array, object};
use jiff::{SignedDuration, Timestamp};

/// The kind under which manifests of a registry are referenced: what a collection of the same registry is done to is
/// something else.
pub(super) const MANIFESTS: &str = "Manifests";

/// What a collection is asked for.
const TYPE: &str = "type";
/// How many bytes it is expected to free: for whoever verifies it, and not for the API.
const ESTIMATED: &str = "estimatedBytes";
/// What a collection may say.
pub(in crate::plan) const OF_COLLECTIONS: [&str; 2] = [TYPE, ESTIMATED];

/// As long as this may a push go on that was let in: so long are credentials for it valid, and a collection waits for them to
/// expire before it deletes anything.
const PUSH: SignedDuration = SignedDuration::from_mins(15);

impl Deed {
    /// The bytes that a collection is expected to free.
    pub fn estimated_bytes(&self) -> Option<u64> {
        let bytes = self.data.field(ESTIMATED).and_then(ValueExt::int)?;
        u64::try_from(bytes).ok()
    }

    /// What the API is asked to collect.
    pub fn collection(&self) -> Value {
        object(self.data.field(TYPE).map(|kind| (TYPE, kind.clone())))
    }

    /// What a deed is, without what is only expected of it: by this it is known again when figures have changed.
    #[must_use]
    pub fn identity(&self) -> Self {
        match self.action {
            FixAction::RegistryCollectGarbage => Self {
                data: self.collection(),
                ..self.clone()
            },
            _ => self.clone(),
        }
    }

    /// The manifests that it deletes.
    pub fn manifests(&self) -> &[Value] {
        match self.action {
            FixAction::RegistryDeleteManifest => self.data.items_at(&["manifests"]),
            _ => &[],
        }
    }
}

/// A registry whose garbage is being collected.
pub(super) fn collected(deed: &Deed, row: &Value) -> Result<Value, String> {
    match row.text_at(&["active"]) {
        Some(_) => Err(format!(
            "a garbage collection of registry {} is under way: the next may begin once it has ended",
            deed.target.name
        )),
        None => Ok(set(row, [("active", Value::from("requested"))])),
    }
}

/// A registry without the manifests of a deed, all of which it has.
pub(super) fn deleted(deed: &Deed, row: &Value) -> Result<Value, String> {
    let there = row.items_at(&["manifests"]);
    let wanted = |one: &Value| deed.manifests().iter().any(|other| same_manifest(one, other));
    let found = there.iter().filter(|one| wanted(one)).count();
    if found < deed.manifests().len() {
        return Err(format!(
            "{} of the {} manifests are not there any more",
            deed.manifests().len() - found,
            deed.manifests().len()
        ));
    }
    let left = there.iter().filter(|one| !wanted(one)).cloned();
    Ok(set(row, [("manifests", array(left))]))
}

/// Whether two entries are one manifest.
pub fn same_manifest(one: &Value, other: &Value) -> bool {
    ["repository", "digest"]
        .iter()
        .all(|key| one.text_at(&[key]) == other.text_at(&[key]))
}

/// That nobody seems to push: by the rows of the registry's repositories, which know their newest manifests.
///
/// # Errors
///
/// In words, where something was pushed a moment ago.
pub fn nothing_is_pushed(repositories: &[Value], now: Timestamp) -> Result<(), String> {
    let pushed = |row: &Value| {
        let at: Timestamp = row.text_at(&["latest_manifest", "updated_at"])?.parse().ok()?;
        Some((at, row.text_at(&["name"]).unwrap_or("?").to_owned()))
    };
    let newest = repositories.iter().filter_map(pushed).max();
    match newest {
        Some((at, repository)) if now.duration_since(at) < PUSH => Err(format!(
            "{repository} was pushed to at {at}, and a push may go on: a collection stops it half way; it may begin at {}, unless \
             somebody pushes until then",
            at.saturating_add(PUSH).unwrap_or(at)
        )),
        _ => Ok(()),
    }
}

/// That the size of a registry tells what the last of its collections left: until it was counted again, what could be freed is what was.
///
/// # Errors
///
/// In words, where the size is of before the collection's end.
pub fn is_counted_since(registry: &Value, collections: &[Value]) -> Result<(), String> {
    let time = |row: &Value, key: &str| row.text_at(&[key])?.parse::<Timestamp>().ok();
    let ended = collections
        .iter()
        .filter(|row| row.text_at(&["status"]) == Some("succeeded"))
        .filter_map(|row| time(row, "updated_at"))
        .max();
    let Some(ended) = ended else {
        return Ok(());
    };
    let counted = time(registry, "storage_usage_bytes_updated_at");
    if counted.is_some_and(|counted| counted >= ended) {
        return Ok(());
    }
    let counted = counted.map_or_else(|| "not known".to_owned(), |at| format!("as of {at}"));
    Err(format!(
        "its garbage was collected at {ended}, and its size is {counted}: what is left is known once DigitalOcean has counted again"
    ))
}

/// How a collection ended that a deed asked for; `None` while it goes on.
pub fn collection_ended(deed: &Deed, row: &Value) -> Option<Verified> {
    match row.text_at(&["status"]).unwrap_or_default() {
        "succeeded" => Some(Verified::Freed {
            bytes: row
                .field("freed_bytes")
                .and_then(ValueExt::int)
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0),
            estimated: deed.estimated_bytes(),
        }),
        "failed" => Some(Verified::Failed("the collection failed".to_owned())),
        "cancelled" => Some(Verified::Failed("somebody cancelled the collection".to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::ResourceRef;
    use crate::plan::{Outcome, Step};

    fn value(json: &str) -> Value {
        Value::from_json_str(json).unwrap()
    }

    fn deed(data: &str) -> Deed {
        Deed {
            action: FixAction::RegistryCollectGarbage,
            target: ResourceRef::kubernetes("digitalocean.com/v2", "Registry", None, "acme"),
            data: value(data),
        }
    }

    #[test]
    fn an_estimate_is_neither_sent_nor_part_of_what_a_step_is() {
        let one = deed(r#"{"type": "unreferenced blobs only", "estimatedBytes": 7}"#);
        let other = deed(r#"{"type": "unreferenced blobs only", "estimatedBytes": 8}"#);
        assert_eq!(one.collection(), value(r#"{"type": "unreferenced blobs only"}"#));
        assert_eq!(Step::id_of(&one), Step::id_of(&other));
        assert_ne!(
            Step::id_of(&one),
            Step::id_of(&deed(r#"{"type": "untagged manifests only"}"#))
        );
        assert_eq!(
            (one.estimated_bytes(), deed("{}").estimated_bytes()),
            (Some(7), None)
        );
    }

    #[test]
    fn what_was_freed_is_held_against_what_was_expected() {
        let row = |freed: u64| value(&format!(r#"{{"status": "succeeded", "freed_bytes": {freed}}}"#));
        let expecting = deed(r#"{"type": "unreferenced blobs only", "estimatedBytes": 1000}"#);
        for (deed, freed, well, words) in [
            (&expecting, 1200, true, "fixed: 1.1 KiB freed, 1000 B estimated"),
            (&expecting, 900, true, "fixed: 900 B freed, 1000 B estimated"),
            (
                &expecting,
                899,
                false,
                "done, but not fixed: 899 B freed, 1000 B estimated",
            ),
            (&deed("{}"), 5 << 30, true, "fixed: 5.0 GiB freed"),
            (&deed("{}"), 0, false, "done, but not fixed: 0 B freed"),
        ] {
            let outcome = Outcome::Done(collection_ended(deed, &row(freed)).unwrap());
            assert_eq!((outcome.is_well(), outcome.words().as_str()), (well, words));
        }
        let with = |status: &str| value(&format!(r#"{{"status": "{status}"}}"#));
        assert_eq!(collection_ended(&expecting, &with("scanning manifests")), None);
        let failed = Outcome::Done(collection_ended(&expecting, &with("failed")).unwrap());
        assert!(!failed.is_well());
        assert_eq!(failed.words(), "done, but not fixed: the collection failed");
    }

    #[test]
    fn what_was_collected_is_not_collected_again_before_it_was_counted() {
        let registry = |at: &str| value(&format!(r#"{{"storage_usage_bytes_updated_at": "{at}"}}"#));
        let ended = |status: &str| {
            value(&format!(
                r#"{{"status": "{status}", "updated_at": "2026-11-24T10:00:00Z"}}"#
            ))
        };
        let (before, since) = (registry("2026-11-24T09:00:00Z"), registry("2026-11-24T10:00:00Z"));
        let why = is_counted_since(&before, &[ended("succeeded")]).unwrap_err();
        assert!(why.contains("as of 2026-11-24T09:00:00Z"), "{why}");
        assert!(is_counted_since(&value("{}"), &[ended("succeeded")]).is_err());
        assert!(is_counted_since(&before, &[ended("failed"), ended("succeeded")]).is_err());
        for (registry, collections) in [
            (&since, vec![ended("succeeded")]),
            (&before, vec![ended("cancelled")]),
            (&before, Vec::new()),
        ] {
            assert_eq!(is_counted_since(registry, &collections), Ok(()));
        }
    }

    #[test]
    fn as_long_as_somebody_may_push_nothing_is_collected() {
        let rows = [
            value(r#"{"name": "web", "latest_manifest": {"updated_at": "2026-11-24T10:00:00Z"}}"#),
            value(r#"{"name": "ii", "latest_manifest": {"updated_at": "2026-11-24T10:10:00Z"}}"#),
            value(r#"{"name": "empty", "latest_manifest": null}"#),
        ];
        let at = |text: &str| nothing_is_pushed(&rows, text.parse().unwrap());
        assert!(
            at("2026-11-24T10:24:59Z")
                .unwrap_err()
                .starts_with("ii was pushed to")
        );
        assert_eq!(at("2026-11-24T10:25:00Z"), Ok(()));
        // Whose clock is wrong, nobody knows.
        assert!(at("2026-11-24T10:00:00Z").is_err());
    }
}
