//! What somebody put into a live object of which nobody said anything: a label, a container, a field. The server adds as well, and
//! so do controllers; only what the record says somebody else wrote is a difference.

use super::managers::{Whose, whose};
use crate::fields::managed::entries;
use crate::fields::{Compared, Sides, is_nothing, leaves};
use crate::path::{FieldPath, PathElement};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// Annotations that clients and controllers keep for themselves.
const OWN: [&str; 3] = [
    "argocd.argoproj.io/tracking-id",
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// What was added, by strangers. `live` is with its `managedFields`.
pub(super) fn added(live: &Value, sides: &Sides<'_>) -> Vec<Compared> {
    let of_namespace = live.text_at(&["kind"]) == Some("Namespace");
    let is_said = |path: &FieldPath| sides.says(path);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (writer, fields) in entries(live) {
        if whose(&writer, live) != Whose::Stranger {
            continue;
        }
        for (path, pointer, value) in leaves(fields, live, &is_said) {
            if is_said(&path)
                || is_nothing(&value)
                || !counts(&path)
                || of_namespace && is_finalizer(&path)
                || !seen.insert(path.clone())
            {
                continue;
            }
            // Whoever writes a list as a whole writes what others said of it, too.
            found.push(Compared::unsaid(path, pointer, value));
        }
    }
    found
}

/// Whether it is the finalizer of Namespaces, which the server adds to each: `spec.finalizers`.
fn is_finalizer(path: &FieldPath) -> bool {
    let keys = ["spec", "finalizers"].map(|key| PathElement::Key(key.to_owned()));
    path.0.starts_with(&keys)
}

/// Whether such a field is anybody's: neither the server's nor what clients keep for themselves.
pub(super) fn counts(path: &FieldPath) -> bool {
    let key = |index: usize| match path.0.get(index) {
        Some(PathElement::Key(key)) => key.as_str(),
        _ => "",
    };
    match key(0) {
        "status" | "apiVersion" | "kind" => false,
        "metadata" => match key(1) {
            "annotations" => !OWN.contains(&key(2)),
            // The server writes it, on behalf of whoever makes the Namespace.
            "labels" => key(2) != "kubernetes.io/metadata.name",
            _ => false,
        },
        _ => true,
    }
}
