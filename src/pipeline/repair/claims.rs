//! What nobody ever deletes goes with nothing that is deleted, either: claims, volumes and the like that belong to it
//! (safety.md §2). <https://kubernetes.io/docs/concepts/architecture/garbage-collection/>

use super::hand::Hand;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::{ResourceRef, identify};
use envcheck_core::plan::Deed;
use envcheck_core::remediate::{Unagreed, cascade, ephemeral, owners, scaled_set, shrinks_with_claims};
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// In namespaces.
const CLAIM: (&str, &str) = ("", "PersistentVolumeClaim");
/// Owned by what is in no namespace, too.
const ABOVE: [(&str, &str); 4] = [
    ("", "PersistentVolume"),
    ("", "Namespace"),
    ("", "Node"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
];

/// What takes along what it delivered, where its own controller finishes its deletion.
const DELIVERING: [(&str, &str); 2] = [("argoproj.io", "Application"), ("argoproj.io", "ApplicationSet")];

/// That the deed takes none of these along. `unagreed`: who would, for the words.
pub(in crate::pipeline) fn keeps(
    hand: &Hand,
    deed: &Deed,
    live: Option<&Value>,
    unagreed: Unagreed,
) -> Result<(), String> {
    let which = unagreed.which();
    if let Some(set) = scaled_set(deed, live) {
        let found = hand.wait(hand.objects.read(&set));
        let found =
            found.map_err(|why| format!("whether {set} loses claims with its Pods is not known: {why}"))?;
        return match found {
            Some(found) if shrinks_with_claims(&found) => Err(format!(
                "it could delete PersistentVolumeClaims, {which}: persistentVolumeClaimRetentionPolicy.whenScaled of \
                 {set} is Delete"
            )),
            _ => Ok(()),
        };
    }
    if let Some(volume) = live.and_then(|live| ephemeral(deed, live)) {
        return Err(format!(
            "it would delete PersistentVolumeClaims, {which}: those of volume {volume} go with the Pods of {}",
            deed.target
        ));
    }
    let uid = live.and_then(|live| live.text_at(&["metadata", "uid"]));
    let (FixAction::KubernetesDelete, Some(uid)) = (deed.action, uid) else {
        return Ok(());
    };
    if let Some(why) = live.and_then(|live| cascade(&deed.target, live, unagreed)) {
        return Err(why);
    }
    let above = if deed.target.namespace.is_none() {
        &ABOVE[..]
    } else {
        &[]
    };
    for (group, kind) in [CLAIM].iter().chain(above).chain(&DELIVERING) {
        let unknown = |why: String| {
            format!(
                "whether any {kind} would be deleted with {} is not known: {why}",
                deed.target
            )
        };
        let all = hand.wait(hand.objects.all(group, kind)).map_err(unknown)?;
        let within = |one: &&Value| {
            // An owner is in the same namespace, or in none.
            let namespace = one.text_at(&["metadata", "namespace"]);
            deed.target.namespace.is_none() || namespace == deed.target.namespace.as_deref()
        };
        let delivering = DELIVERING.contains(&(*group, *kind));
        for one in all.iter().filter(within) {
            let along = delivering.then(|| takes_along(one, unagreed)).flatten();
            if delivering && along.is_none() {
                continue;
            }
            if belongs(hand, one, uid).map_err(unknown)? {
                let name = one.text_at(&["metadata", "name"]).unwrap_or("?");
                if let Some(along) = along {
                    return Err(format!(
                        "{kind} {name} would be deleted with {}: {along}",
                        deed.target
                    ));
                }
                return Err(format!(
                    "it would delete {kind} {name}, {which}: it belongs to {}",
                    deed.target
                ));
            }
        }
    }
    Ok(())
}

/// What goes with an object that delivers others, in words.
fn takes_along(object: &Value, unagreed: Unagreed) -> Option<String> {
    let (reference, _) = identify(object).ok()?;
    cascade(&reference, object, unagreed)
}

/// Whether an object goes once nothing with this uid is there, by whatever is in between.
fn belongs(hand: &Hand, object: &Value, uid: &str) -> Result<bool, String> {
    let mut next: Vec<(ResourceRef, String)> = owners(object);
    let mut seen = BTreeSet::new();
    while let Some((owner, own)) = next.pop() {
        if own == uid {
            return Ok(true);
        }
        if seen.insert(own.clone())
            && let Some(found) = hand.wait(hand.objects.read(&owner))?
            && found.text_at(&["metadata", "uid"]) == Some(own.as_str())
        {
            next.extend(owners(&found));
        }
    }
    Ok(false)
}
