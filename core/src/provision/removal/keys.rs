//! Keys for buckets that were made for this environment.

use super::Part;
use super::draft::{Draft, Wish};
use crate::findings::FixAction;
use crate::provision::steps::of_account;
use crate::value::ValueExt;

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let clusters = draft.ids_of(&[FixAction::ClusterDestroy]);
    for (row, id, whose) in part.own("spaces_keys", "SpacesKey") {
        let name = row.text_at(&["name"]).unwrap_or(id);
        let mut wish = Wish::new(
            FixAction::SpacesKeyDelete,
            of_account("SpacesKey", name, Some(id)),
            format!("delete Spaces key {name}"),
            whose,
        );
        // What runs in the cluster uses it until then.
        wish.after.clone_from(&clusters);
        draft.put(part, wish);
    }
}
