//! `images`: every image that containers name, who uses it, what runs of it, and whether the registry still has it.

mod containers;
mod name;
mod used;
mod uses;

pub(super) use containers::volumes;
pub(super) use name::ImageName;
pub(super) use used::{ImageUse, Uses, in_registry, named};
pub(super) use uses::{ImageUses, OwnedUse};

use super::record::Record;
use super::registry::{Digest, Presence};
use crate::value::{Value, array, text_or_null};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The list. `registry` is the declared one; its `presence` is known where its manifests were read.
pub(super) fn list(
    uses: &BTreeMap<Arc<str>, ImageUse>,
    registry: Option<&str>,
    presence: Option<&Presence<'_>>,
) -> Value {
    array(
        uses.iter()
            .map(|(text, found)| record(text, found, registry, presence)),
    )
}

fn record(text: &str, found: &ImageUse, registry: Option<&str>, presence: Option<&Presence<'_>>) -> Value {
    let name = ImageName::read(text);
    let part = |part: Option<&str>| text_or_null(part);
    let declared = name
        .as_ref()
        .filter(|name| registry.is_some_and(|registry| name.is_in(registry)));
    let (status, manifest, why) = match (declared, presence) {
        (None, _) => (None, Value::Null, None),
        (Some(_), None) => (Some("unread"), Value::Null, None),
        (Some(name), Some(presence)) => {
            let (status, manifest) = presence.status(name, &found.running);
            (Some(status), manifest, presence.why_unread())
        }
    };
    let mut record = Record::default();
    record
        .set("image", Value::from(text))
        .set("host", part(name.as_ref().map(|name| name.host)))
        .set("registry", part(name.as_ref().and_then(|name| name.registry)))
        .set(
            "repository",
            part(name.as_ref().map(|name| name.repository.as_str())),
        )
        .set("tag", part(name.as_ref().and_then(|name| name.tag)))
        .set("digest", part(name.as_ref().and_then(|name| name.digest)))
        .set(
            "workloads",
            array(found.workloads.iter().map(|id| Value::from(id.as_str()))),
        )
        .set(
            "running",
            array(found.running.iter().map(|digest| Value::from(digest.to_string()))),
        )
        .set("runningKnown", Value::from(!found.unknown))
        .set("desired", Value::from(found.desired))
        .set("status", text_or_null(status))
        .set("why", text_or_null(why.filter(|_| status == Some("unread"))))
        .set("manifest", manifest)
        .set(
            "copies",
            presence.map_or(Value::Null, |presence| copies(name.as_ref(), found, presence)),
        );
    record.into_object()
}

/// Where the declared registry has what this image is, whatever it is called: the one digest that it names, or that runs
/// under its name. `null` where that is not known.
fn copies(name: Option<&ImageName<'_>>, found: &ImageUse, presence: &Presence<'_>) -> Value {
    let digest = match name.and_then(|name| name.digest) {
        Some(digest) => Digest::read(digest),
        None => found.only(),
    };
    digest.map_or(Value::Null, |digest| presence.copies(digest))
}

#[cfg(test)]
mod tests;
