//! Which command brings what drifted back to what the spec declares.

use super::kept::Identity;
use envcheck_core::drift::{THE_SPEC, identity};
use envcheck_core::findings::drift::{Difference, Drifted, Side, State};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::reference::ACCOUNT_API;
use envcheck_core::plan::MANAGER;
use envcheck_core::provision::elsewhere::is_marked;
use envcheck_core::remediate::{is_put_back_field, is_set_back};
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
use std::collections::BTreeMap;

/// One sentence for each way.
pub(super) fn ways_back(
    spec: &Spec,
    things: &[Drifted],
    seen: &BTreeMap<Identity, (ResourceRef, Value)>,
) -> Vec<String> {
    let of_spec = || {
        let declared = |one: &&Drifted| {
            one.declared
                .as_ref()
                .is_some_and(|place| place.ends_with(THE_SPEC))
        };
        things.iter().filter(declared)
    };
    let missing = of_spec().filter(|one| one.state == State::Missing);
    let is_ours = |one: &Drifted| {
        let live = seen.get(&identity(&one.target));
        live.is_some_and(|(_, object)| is_marked(object, spec.name()))
    };
    let changed = of_spec().filter(|one| {
        let mut fields = one.differences.iter();
        let said = fields.any(|field| {
            field.declared != Side::Silent && is_put_back_field(&field.path) && !is_by_hand(field)
        });
        one.state == State::Differs && said && is_set_back(&one.target) && is_ours(one)
    });
    let names = |all: Vec<&Drifted>| {
        let names: Vec<String> = all.iter().map(|one| one.target.to_string()).collect();
        names.join(", ")
    };
    let (missing, changed): (Vec<&Drifted>, Vec<&Drifted>) = (missing.collect(), changed.collect());
    let name = spec.name();
    let mut ways = Vec::new();
    if !missing.is_empty() {
        let of_account = missing.iter().any(|one| one.target.api_version == ACCOUNT_API);
        let unless = if of_account {
            format!(", unless something is in the way, which envcheck plan {name} tells")
        } else {
            String::new()
        };
        ways.push(format!(
            "envcheck provision {name} makes what is missing{unless}: {}",
            names(missing)
        ));
    }
    if !changed.is_empty() {
        ways.push(format!(
            "envcheck remediate {name} sets back what it made and somebody changed: {}",
            names(changed)
        ));
    }
    ways
}

/// Whether somebody else applied what a field is, and will apply it again: that is changed there.
fn is_by_hand(field: &Difference) -> bool {
    field.writer.as_ref().is_some_and(|writer| {
        let on_the_server = writer.operation == "Apply" && writer.manager != MANAGER;
        on_the_server || writer.manager == "kubectl-client-side-apply"
    })
}
