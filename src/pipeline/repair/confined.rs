//! What a repair is confined to: one Kubernetes namespace, which has to be somewhere.

use super::hand::Hand;
use super::plan::Repairing;
use crate::collect::manifests::Manifests;
use crate::collect::sources::Sources;
use crate::pipeline::ended::Ended;
use crate::pipeline::input::numbered;
use envcheck_core::findings::{Assessment, Finding};
use envcheck_core::inventory::{Feed, ResourceRef};
use envcheck_core::plan::{DRIFT, Repaired, Step};
use envcheck_core::policy::Policy;
use envcheck_core::spec::Spec;
use envcheck_core::value::ValueExt;
use std::sync::Arc;

/// That a namespace is nowhere in a cluster: a typing error there would look as if nothing had to be repaired.
pub(super) fn nowhere(name: &str, spec: &Spec, assessment: &Assessment, hand: &Hand) -> Option<String> {
    if declares(spec, name) || assessment.findings.iter().any(|finding| is_of(finding, name)) {
        return None;
    }
    let namespace = ResourceRef::kubernetes("v1", "Namespace", None, name);
    let there = hand.wait(hand.objects.read(&namespace));
    // Of what may not be read nobody knows that it is not there.
    matches!(there, Ok(None)).then(|| {
        format!("there is no namespace {name}, neither declared nor in the cluster: see whether -n names the right one")
    })
}

/// Whether the environment declares a namespace.
pub(super) fn declares(spec: &Spec, name: &str) -> bool {
    let declared = [["namespaces"].as_slice(), &["systemNamespaces", "names"]];
    let declared = declared.iter().flat_map(|path| spec.value.items_at(path));
    let mut declared = declared.filter_map(|one| one.text().or_else(|| one.text_at(&["name"])));
    declared.any(|own| own == name)
}

/// Whether a finding is of a namespace, or of what is in it.
pub(super) fn is_of(finding: &Finding, namespace: &str) -> bool {
    is_in(finding.resource(), namespace)
}

fn is_in(resource: &ResourceRef, namespace: &str) -> bool {
    resource.namespace.as_deref() == Some(namespace)
        || resource.kind == "Namespace" && resource.name == namespace
}

/// Whether a step of a plan's file is asked for: of what it repairs, something is in the namespace, by a policy that is not left out.
pub(super) fn is_asked(step: &Step, repairing: &Repairing) -> bool {
    let namespace = repairing.namespace.as_deref();
    let is = |policies: &[Policy], one: &Repaired| policies.iter().any(|policy| policy.id == one.policy);
    step.repairs.iter().any(|one| {
        let left_out = if *one.policy == *DRIFT {
            repairing.narrowed
        } else {
            is(&repairing.witnesses, one) && !is(&repairing.judging.selected, one)
        };
        !left_out && namespace.is_none_or(|namespace| is_in(&one.resource, namespace))
    })
}

pub(super) fn is_wanted(finding: &Finding, repairing: &Repairing) -> bool {
    let namespace = repairing.namespace.as_deref();
    namespace.is_none_or(|namespace| is_of(finding, namespace))
}

/// That a namespace is none of these manifests', nor of the environment's: a typing error would look as if nothing had to be repaired.
pub(super) fn nowhere_in_files(
    name: &str,
    repairing: &Repairing,
    assessment: &Assessment,
    paths: &[String],
) -> Result<Option<String>, Ended> {
    let declared = repairing
        .judging
        .spec
        .as_ref()
        .is_some_and(|spec| declares(spec, name));
    if declared || assessment.findings.iter().any(|finding| is_of(finding, name)) {
        return Ok(None);
    }
    let feed = numbered(Arc::new(Sources::new(Some(Manifests::find(paths)?), None)));
    while let Some(unit) = feed.next() {
        let is_in = |reference: &ResourceRef| {
            // What says no namespace is in the one that is called so.
            reference.namespace.as_deref().unwrap_or("default") == name
                || reference.kind == "Namespace" && reference.name == name
        };
        if unit().objects.iter().any(|object| is_in(&object.reference)) {
            return Ok(None);
        }
    }
    Ok(Some(format!(
        "there is no namespace {name}, neither declared nor in these files: see whether -n names the right one"
    )))
}
