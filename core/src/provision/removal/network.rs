//! Networks, once nothing is in them any more.

use super::Part;
use super::draft::{Draft, Wish};
use super::urns::named;
use crate::findings::FixAction;
use crate::provision::steps::of_account;
use crate::value::ValueExt;

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let before = draft.ids_of(&[FixAction::ClusterDestroy, FixAction::LoadBalancerDelete]);
    for (row, id, whose) in part.own("vpcs", "VPC") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        let target = of_account("VPC", name, Some(id));
        if row.field("default").is_some_and(ValueExt::is_true) {
            draft.keep(
                target,
                "it is the default network of its region, which nobody can delete",
                false,
                false,
            );
            continue;
        }
        let mut wish = Wish::new(FixAction::VpcDelete, target, format!("delete VPC {name}"), whose);
        let members = part.rows("vpc_members").iter();
        let mut members = members.filter(|member| member.text_at(&["vpc_id"]) == Some(id));
        let stays = members.find(|member| {
            let urn = member.text_at(&["urn"]).unwrap_or_default();
            !draft.gone.contains(urn)
        });
        wish.held = stays.map(|member| {
            let urn = member.text_at(&["urn"]).unwrap_or_default();
            format!("{} is in it and stays", named(part.stock, urn))
        });
        wish.after.clone_from(&before);
        draft.put(part, wish);
    }
}
