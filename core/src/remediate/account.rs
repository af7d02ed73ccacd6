//! What a step in the account must not do, and what must be known of it.

use crate::findings::FixAction;
use crate::plan::{Deed, address};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// What must be known besides. `Err`: it is not done, and why. `declared` are the addresses that may reach the control plane.
pub(super) fn cautions(
    deed: &Deed,
    before: Option<&Value>,
    declared: &[String],
) -> Result<Vec<String>, String> {
    let mut cautions = Vec::new();
    match deed.action {
        FixAction::ClusterUpdate => {
            if let Some(setting) = deed.data.field("control_plane_firewall") {
                cautions.push(allow_list(setting, declared)?);
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

/// Who is not on the list is shut out, and nobody on this side can let them in again.
fn allow_list(setting: &Value, declared: &[String]) -> Result<String, String> {
    if !setting.field("enabled").is_some_and(ValueExt::is_true) {
        return Err("it would open the control plane to everybody".to_owned());
    }
    let listed: BTreeSet<String> = setting
        .items_at(&["allowed_addresses"])
        .iter()
        .filter_map(|one| one.text().map(address))
        .collect();
    if listed.is_empty() {
        return Err("it would shut everybody out of the control plane".to_owned());
    }
    match declared.iter().find(|one| !listed.contains(&address(one))) {
        Some(missing) => Err(format!(
            "it would shut {missing} out of the control plane, which is declared to reach it"
        )),
        None => Ok(format!(
            "the address from which you reach the API server must be one of {}: any other is shut out",
            listed.into_iter().collect::<Vec<_>>().join(", ")
        )),
    }
}
