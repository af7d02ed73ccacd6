//! Kinds that nobody serves: what is of one could only be made once something brings the kind along.

use crate::inventory::ResourceRef;
use crate::plan::{Conflict, Provisioning};
use crate::value::ValueExt;
use std::collections::BTreeMap;

const DEFINITION: &str = "CustomResourceDefinition";

/// Says of a plan which of its steps are of kinds that are not `served` and that none of its steps brings along: they stand in the
/// way, and are no steps. `hint` is what a person can do.
pub fn unserved(served: &dyn Fn(&ResourceRef) -> bool, hint: &str, plan: &mut Provisioning) {
    let brought: Vec<(String, String)> = plan
        .steps
        .iter()
        .map(|one| &one.step.deed)
        .filter(|deed| deed.target.kind == DEFINITION)
        .filter_map(|deed| {
            let text = |path: &[&str]| deed.data.text_at(path).map(ToOwned::to_owned);
            Some((text(&["spec", "group"])?, text(&["spec", "names", "kind"])?))
        })
        .collect();
    let known = |target: &ResourceRef| {
        let mut brought = brought.iter();
        brought.any(|(group, kind)| group == target.group() && *kind == target.kind) || served(target)
    };
    let mut missing: BTreeMap<String, (usize, ResourceRef)> = BTreeMap::new();
    plan.steps.retain(|one| {
        let target = &one.step.deed.target;
        if !one.step.deed.in_cluster() || known(target) {
            return true;
        }
        let kind = format!("{} ({})", target.kind, target.group());
        missing.entry(kind).or_insert((0, target.clone())).0 += 1;
        false
    });
    let one = |(kind, (count, target)): (String, (usize, ResourceRef))| {
        let verb = if count == 1 { "is" } else { "are" };
        Conflict {
            target,
            why: format!(
                "{count} declared {verb} of kind {kind}, which the cluster does not serve and no step brings along"
            ),
            hint: hint.to_owned(),
        }
    };
    plan.conflicts.extend(missing.into_iter().map(one));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;
    use crate::inventory::identity::is_built_in;
    use crate::plan::{Deed, Making, Step};
    use crate::policy::Risk;
    use crate::provision::{Account, Provenance, account};
    use crate::yaml::value_of as read;
    use jiff::Timestamp;

    #[test]
    fn what_is_of_a_kind_that_nobody_serves_is_no_step() {
        let spec = "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: stage}\nspec:\n  namespaces: []\n";
        let spec = crate::spec::load("stage.yaml", &mut |_| Ok(spec.as_bytes().to_vec())).unwrap();
        let making = |api: &str, kind: &str, name: &str, data: &str| Making {
            step: Step::new(
                Deed {
                    action: FixAction::KubernetesCreate,
                    target: ResourceRef::kubernetes(api, kind, None, name),
                    data: read(data),
                },
                Risk::Safe,
                format!("create {kind} {name}"),
            ),
            after: Vec::new(),
        };
        let definition = "{spec: {group: argoproj.io, names: {kind: Application}}}";
        let all = [
            making("v1", "Namespace", "a", "{}"),
            making("argoproj.io/v1alpha1", "AppProject", "a", "{}"),
            making("argoproj.io/v1alpha1", "Application", "a", "{}"),
            making("argoproj.io/v1alpha1", "Application", "b", "{}"),
            making(
                "apiextensions.k8s.io/v1",
                DEFINITION,
                "applications.argoproj.io",
                definition,
            ),
        ];
        let of = |steps: &[Making], served: bool| {
            let mut plan = account(
                &spec,
                &Account::default(),
                &Provenance::default(),
                Timestamp::UNIX_EPOCH,
            );
            plan.steps = steps.to_vec();
            unserved(
                &|target| served || is_built_in(target.group()),
                "give its manifest",
                &mut plan,
            );
            let words = plan.conflicts.into_iter().map(|one| one.why).collect::<Vec<_>>();
            (plan.steps.len(), words)
        };
        let words = |count: &str, kind: &str| {
            format!(
                "{count} of kind {kind} (argoproj.io), which the cluster does not serve and no step brings along"
            )
        };
        assert_eq!(of(&all, true), (5, Vec::new()));
        assert_eq!(of(&all, false), (4, vec![words("1 declared is", "AppProject")]));
        assert_eq!(
            of(&all[..4], false),
            (
                1,
                vec![
                    words("1 declared is", "AppProject"),
                    words("2 declared are", "Application")
                ]
            )
        );
    }
}
