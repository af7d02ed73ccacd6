//! A closer look at single objects: who wrote which field, and what was applied last, stand only in the whole object.

use super::kept::Identity;
use crate::pipeline::ended::Ended;
use crate::pipeline::repair::hand::Hand;
use envcheck_core::drift::{Found, identity};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// More objects than this are not looked at singly.
pub(super) const MOST: usize = 1000;

const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object as it is now, and what was applied last.
#[derive(Debug)]
pub(super) struct Closer {
    pub(super) live: Found,
    pub(super) applied: Option<Value>,
    /// Why it was not looked at.
    pub(super) unread: Option<String>,
}

/// Of these objects, each found by what was seen before, who wrote what stays unknown.
pub(super) const BEYOND: &str = "of further objects it was not looked up: no more than 1000 are read singly";

/// Looks at these, where `before` is what was seen of them. Interrupted, nothing is told.
pub(super) fn look(
    hand: &Hand,
    targets: &[(ResourceRef, Option<Value>)],
    redactor: &Redactor,
    interrupt: &CancellationToken,
) -> Result<BTreeMap<Identity, Closer>, Ended> {
    let mut closer = BTreeMap::new();
    for (target, before) in targets {
        let read = hand.wait(hand.objects.read(target));
        if interrupt.is_cancelled() {
            return Err(Ended::Interrupted(Vec::new()));
        }
        let seen = match read {
            Ok(Some(object)) => of(target, &object, before.as_ref(), redactor),
            Ok(None) => Closer {
                live: Found::Absent,
                applied: None,
                unread: None,
            },
            // What was seen before is believed, where something was.
            Err(why) => Closer {
                live: before
                    .clone()
                    .map_or_else(|| Found::Unread(why.clone()), Found::There),
                applied: None,
                unread: Some(why),
            },
        };
        closer.insert(identity(target), seen);
    }
    Ok(closer)
}

fn of(target: &ResourceRef, object: &Value, before: Option<&Value>, redactor: &Redactor) -> Closer {
    let applied = object.text_at(&["metadata", "annotations", APPLIED]);
    let applied = applied.and_then(|text| Value::from_json_str(text).ok());
    let secret = target.kind == "Secret" && target.group().is_empty();
    // What a Secret holds is in what was read before, as digests, and nowhere else.
    let mut safe = match before {
        Some(before) if secret => before.clone(),
        _ => redactor.redacted(object),
    };
    let fields = object.at(&["metadata", "managedFields"]).cloned();
    if let (Some(fields), Ok(members)) = (fields, safe.as_object_mut())
        && let Some(metadata) = members.get_mut(&Value::from("metadata"))
        && let Ok(metadata) = metadata.as_object_mut()
    {
        metadata.insert(Value::from("managedFields"), fields);
    }
    Closer {
        live: if secret && before.is_none() {
            Found::Unread("what a Secret holds is read with the list of Secrets only".to_owned())
        } else {
            Found::There(safe)
        },
        applied: applied.map(|applied| redactor.redacted(&applied)),
        unread: None,
    }
}
