//! Readers of YAML differ about a key that stands above a merge key (`<<`) which brings it too. kubectl, Helm and Argo CD (go-yaml v2)
//! take what is merged, Kustomize (go-yaml v3) takes the key's own value. A text that says two things is not edited: what the
//! edit means to one of them it does not mean to the other.

use super::super::load::load;
use super::super::mapping::Merges;
use super::super::{Document, Limits, json};
use super::Cannot;
use super::read::read;
use super::tree::{Body, Map, Member, Tree};

/// That all readers read a document as one thing.
///
/// # Errors
///
/// Which key they read differently.
pub(super) fn agree(document: &Document) -> Result<(), Cannot> {
    let part = document
        .source
        .text
        .get(document.range.clone())
        .unwrap_or_default();
    let limits = Limits {
        bytes: usize::MAX,
        ..Limits::default()
    };
    // JSON knows no merge keys.
    if !part.contains("<<") || json::load(part, &limits).is_some() {
        return Ok(());
    }
    let other = load(&document.source, &document.range, &limits, Merges::BelowMembers);
    if other.is_ok_and(|value| value == document.value) {
        return Ok(());
    }
    let (tree, _) = read(document)?;
    let differs = "kubectl and Kustomize read that differently: take one of the two away";
    let Some(member) = contested(&tree) else {
        let reason = format!("a merge key (`<<`) brings what stands above it, and {differs}");
        return Err(Cannot::at(document, document.range.clone(), reason));
    };
    let line = document.source.position(member.start).line;
    let key = member.key.as_deref().unwrap_or_default();
    Err(Cannot::at(
        document,
        member.key_span.clone(),
        format!("{key} in line {line} stands above a merge key (`<<`) that brings it too, and {differs}"),
    ))
}

/// The first member, by its place in the text, that a merge key below it brings too.
fn contested(tree: &Tree) -> Option<&Member> {
    let maps = tree.nodes.iter().filter_map(|node| match &node.body {
        Body::Map(map) => Some(map),
        _ => None,
    });
    let members = maps.filter_map(|map| contested_in(tree, map));
    members.min_by_key(|member| member.start)
}

fn contested_in<'t>(tree: &'t Tree, map: &'t Map) -> Option<&'t Member> {
    let above = map.members.iter().enumerate();
    let mut contested = above.filter(|(at, member)| {
        let mut merges = map.members.iter().skip(*at).filter(|below| below.key.is_none());
        let key = member.key.as_deref();
        key.is_some_and(|key| merges.any(|merge| tree.brings(merge.value, key)))
    });
    contested.next().map(|(_, member)| member)
}
