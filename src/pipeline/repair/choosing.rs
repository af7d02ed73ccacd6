//! Of a plan made anew what a file chose.

use super::arranged::unkept;
use super::reachability::leave;
use crate::pipeline::ended::Ended;
use envcheck_core::plan::{LeftAlone, Plan, Step};
use envcheck_core::source::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// Leaves of a plan what a file chose, of what was `asked` for; says how many of the file's steps were not. The order stays: what may be done only after something else, no file says. What is not
/// proposed any more is left, with the reason of today.
pub(super) fn choose(file: &Plan, plan: &mut Plan, asked: impl Fn(&Step) -> bool) -> Result<usize, Ended> {
    if !file.cluster.is(&plan.cluster) {
        let problem = format!("the plan is of another cluster ({})", file.cluster.name);
        return Err(Diagnostic::new(problem)
            .hint("make a new plan: envcheck remediate ENV --out FILE")
            .into());
    }
    let chosen: BTreeMap<&str, &Step> = file.steps.iter().map(|old| (old.id.as_str(), old)).collect();
    plan.steps.retain_mut(|step| {
        let old = chosen.get(step.id.as_str());
        // What is there now is compared with what was there then, when its turn comes.
        step.before = old.and_then(|old| old.before.clone());
        old.is_some()
    });
    // What would close without another step what stays open with it is no choice by itself.
    loop {
        let unkept = unkept(&plan.steps);
        if unkept.is_empty() {
            break;
        }
        leave(plan, &unkept);
    }
    let proposed: BTreeSet<String> = plan.steps.iter().map(|step| step.id.clone()).collect();
    let left = plan.left.drain(..);
    let reasons: BTreeMap<String, String> = left
        .map(|left| (left.finding.fingerprint.to_string(), left.why))
        .collect();
    let missing = file.steps.iter().filter(|old| !proposed.contains(&old.id));
    let (missing, others): (Vec<&Step>, Vec<&Step>) = missing.partition(|old| asked(old));
    for old in missing {
        plan.left.extend(old.repairs.iter().map(|finding| LeftAlone {
            finding: finding.clone(),
            why: match reasons.get(finding.fingerprint.as_str()) {
                Some(why) => why.clone(),
                None => format!("no policy proposes step {} any more: make a new plan", old.id),
            },
        }));
    }
    Ok(others.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::inventory::ResourceRef;
    use envcheck_core::plan::{Deed, PlannedCluster, Proof};
    use envcheck_core::policy::Risk;
    use envcheck_core::value::Value;
    use jiff::Timestamp;

    fn plan(names: &[&str], before: &str) -> Plan {
        let step = |name: &&str| {
            let deed = Deed {
                action: envcheck_core::findings::FixAction::KubernetesPatch,
                target: ResourceRef::kubernetes("v1", "Service", None, name),
                data: Value::Null,
            };
            Step {
                id: (*name).to_owned(),
                before: Some(before.to_owned()),
                ..Step::new(deed, Risk::Safe, String::new())
            }
        };
        Plan {
            environment: "stage".to_owned(),
            cluster: PlannedCluster {
                name: "stage".to_owned(),
                uid: Some("u".to_owned()),
                id: None,
            },
            made: Timestamp::UNIX_EPOCH,
            inputs: None,
            steps: names.iter().map(step).collect(),
            in_git: Vec::new(),
            left: Vec::new(),
            proof: Proof::default(),
        }
    }

    #[test]
    fn what_rests_on_what_the_file_does_not_choose_is_left() {
        let rests = |step: &mut Step, on: &str| step.after = vec![on.to_owned()];
        let mut fresh = plan(&["allow", "deny", "last", "other"], "now");
        rests(&mut fresh.steps[1], "allow");
        rests(&mut fresh.steps[2], "deny");
        let mut all = fresh.clone();
        choose(&plan(&["deny", "last", "other"], "then"), &mut fresh, |_| true).unwrap();
        let names: Vec<&str> = fresh.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(names, ["other"]);
        choose(&plan(&["deny", "allow"], "then"), &mut all, |_| true).unwrap();
        assert_eq!(all.steps.len(), 2);
    }

    #[test]
    fn a_file_chooses_steps_and_not_their_order() {
        let mut fresh = plan(&["allow", "deny", "other"], "now");
        // What nobody asked for is not told as left.
        let file = plan(&["deny", "allow", "gone", "elsewhere"], "then");
        let others = choose(&file, &mut fresh, |step| step.id != "elsewhere").unwrap();
        assert_eq!(others, 1);
        let names: Vec<&str> = fresh.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(names, ["allow", "deny"]);
        assert!(
            fresh
                .steps
                .iter()
                .all(|step| step.before.as_deref() == Some("then"))
        );
    }
}
