//! What a step in the account must not do, and what must be known of it.

use super::access::{Access, admitted, declared_admitted};
use crate::findings::FixAction;
use crate::plan::{Deed, address};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// What must be known besides. `Err`: it is not done, and why.
pub(super) fn cautions(
    deed: &Deed,
    before: Option<&Value>,
    access: &Access<'_>,
) -> Result<Vec<String>, String> {
    let mut cautions = Vec::new();
    match deed.action {
        FixAction::ClusterUpdate => {
            if let Some(setting) = deed.data.field("control_plane_firewall") {
                cautions.push(allow_list(deed, setting, before, access)?);
            }
        }
        FixAction::FirewallRemoveRules => {
            cautions.push("what came in or went out by these rules alone is cut off".to_owned());
        }
        FixAction::RegistryCollectGarbage => {
            cautions.push("the registry is read-only while garbage is collected".to_owned());
            if deed.data.text_at(&["type"]) != Some("unreferenced blobs only") {
                cautions.push(
                    "it deletes untagged manifests, and the parts of a multi-architecture image are untagged"
                        .to_owned(),
                );
            }
        }
        FixAction::LoadBalancerDelete => {
            let ip = before
                .and_then(|row| row.text_at(&["ip"]))
                .filter(|ip| !ip.is_empty());
            cautions.push(ip.map_or_else(
                || "its address is lost".to_owned(),
                |ip| format!("its address {ip} is lost: see that no DNS record points to it"),
            ));
        }
        _ => {}
    }
    Ok(cautions)
}

/// Whether a deed leaves the control plane in reach of those who must reach it, and closed to everybody else.
pub fn in_reach(deed: &Deed, before: Option<&Value>, access: &Access<'_>) -> Result<(), String> {
    cautions(deed, before, access).map(drop)
}

/// Who is not on the list is shut out, and nobody on this side can let them in again.
fn allow_list(
    deed: &Deed,
    setting: &Value,
    before: Option<&Value>,
    access: &Access<'_>,
) -> Result<String, String> {
    if !setting.field("enabled").is_some_and(ValueExt::is_true) {
        return Err("it would open the control plane to everybody".to_owned());
    }
    declared_admitted(deed, access.declared)?;
    let proven = admitted(deed, before, access)?;
    let listed = setting.items_at(&["allowed_addresses"]).iter();
    let listed: BTreeSet<String> = listed.filter_map(|one| one.text().map(address)).collect();
    Ok(format!(
        "who is none of {} is shut out of the control plane; {}",
        listed.into_iter().collect::<Vec<_>>().join(", "),
        proven.unwrap_or_default()
    ))
}
