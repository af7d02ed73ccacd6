//! Custom kinds, served or not: the objects of one that is served in no version are kept, and nobody can list them.

use super::objects::{Objects, SILENT};
use super::served::Resource;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// Why nobody can list the objects of a kind that there is.
pub(super) const UNSERVED: &str = "the API server serves it in no version";
/// Group and kind of custom kinds themselves.
pub(super) const CUSTOM_KIND: (&str, &str) = ("apiextensions.k8s.io", "CustomResourceDefinition");

impl Objects {
    /// The names of the custom kinds that there are now, served or not. Where they cannot be listed, `unread` says so.
    pub(super) async fn custom_kinds(&self, unread: &mut Vec<(String, String)>) -> BTreeSet<String> {
        let mut kinds = BTreeSet::new();
        let Some(resource) = self.resource(CUSTOM_KIND.0, CUSTOM_KIND.1) else {
            return kinds;
        };
        let mut take = |object: Value| {
            let name = object.text_at(&["metadata", "name"]);
            kinds.extend(name.map(ToOwned::to_owned));
        };
        let listed = self
            .each_of(resource, &resource.path(), "?limit=500", &mut take)
            .await;
        unread.extend(listed.err().map(|why| (resource.name(), why)));
        kinds
    }

    /// Those of custom kinds that are served in no version. Of whole groups of which nothing is known is told elsewhere
    /// ([`Self::silent`]).
    pub(super) fn unserved<'k>(&self, custom: &'k BTreeSet<String>) -> impl Iterator<Item = &'k String> {
        custom
            .iter()
            .filter(|kind| self.served_as(kind).is_none() && !self.served.unknown.contains(group_of(kind)))
    }

    /// The resource of a custom kind, as far as it is served.
    pub(super) fn served_as(&self, kind: &str) -> Option<&Resource> {
        let mut resources = self.served.all();
        resources.find(|resource| resource.qualified() == kind)
    }

    /// That there can be no such object, since there is no such kind.
    ///
    /// # Errors
    ///
    /// In words, where there may be one that nobody can read.
    pub async fn is_of_no_kind(&self, reference: &ResourceRef) -> Result<(), String> {
        if self.served.unknown.contains(reference.group()) {
            return Err(SILENT.to_owned());
        }
        let defines = |one: &Value| {
            one.text_at(&["spec", "group"]) == Some(reference.group())
                && one.text_at(&["spec", "names", "kind"]) == Some(&reference.kind)
        };
        if self.all(CUSTOM_KIND.0, CUSTOM_KIND.1).await?.iter().any(defines) {
            return Err(UNSERVED.to_owned());
        }
        Ok(())
    }
}

/// A kind whose objects nobody could list. One that there is no more had none.
pub(super) fn unlisted(
    resource: &Resource,
    listed: Result<bool, String>,
    custom: &BTreeSet<String>,
) -> Option<(String, String)> {
    let why = match listed {
        Ok(true) => return None,
        Ok(false) if !custom.contains(&resource.qualified()) => return None,
        Ok(false) => UNSERVED.to_owned(),
        Err(why) => why,
    };
    Some((resource.name(), why))
}

/// The group of a custom kind.
pub(super) fn group_of(kind: &str) -> &str {
    kind.split_once('.').map_or("", |(_, group)| group)
}
