//! Garbage and manifests of a registry.

use super::set;
use crate::findings::FixAction;
use crate::plan::Deed;
use crate::value::{Value, ValueExt, array};

/// The kind under which manifests of a registry are referenced: what a collection of the same registry is done to is
/// something else.
pub(super) const MANIFESTS: &str = "Manifests";

impl Deed {
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
            "a garbage collection of registry {} is under way",
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
