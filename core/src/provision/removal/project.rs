//! Projects, once nothing is assigned to them any more.

use super::Part;
use super::draft::{Draft, Wish};
use super::urns::named;
use crate::findings::FixAction;
use crate::provision::steps::of_account;
use crate::value::ValueExt;

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let before = draft.ids_of(&[
        FixAction::ClusterDestroy,
        FixAction::LoadBalancerDelete,
        FixAction::VolumeDelete,
        FixAction::BucketDelete,
    ]);
    for (row, id, whose) in part.own("projects", "Project") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        let target = of_account("Project", name, Some(id));
        if row.field("is_default").is_some_and(ValueExt::is_true) {
            let why = "it is the account's default project, which nobody can delete";
            draft.keep(target, why, false, false);
            continue;
        }
        let assigned = part.rows("project_resources").iter();
        let assigned = assigned.filter(|own| own.text_at(&["project_id"]) == Some(id));
        let stays: Vec<&str> = assigned
            .filter_map(|own| own.text_at(&["urn"]))
            .filter(|urn| !draft.gone.contains(*urn))
            .collect();
        let mut wish = Wish::new(
            FixAction::ProjectDelete,
            target,
            format!("delete project {name}"),
            whose,
        );
        if !stays.is_empty() {
            let words: Vec<String> = stays.iter().map(|urn| named(part.stock, urn)).collect();
            let stay = if words.len() == 1 { "stays" } else { "stay" };
            wish.held = Some(format!("{} in it {stay}", words.join(", ")));
            // It is there for what is kept on purpose, and for nothing else.
            if stays.iter().all(|urn| draft.kept.contains(*urn)) {
                wish.keeps = Some("it is kept for what is in it".to_owned());
            }
        }
        wish.after.clone_from(&before);
        draft.put(part, wish);
    }
}
