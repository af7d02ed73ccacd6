//! What goes once NetworkPolicies that drifted are put back, and with which of them.

use super::plan::{Repairing, proposed};
use super::rehearsal::{as_if_by, gone_after};
use super::set_back::{first, repairs};
use crate::pipeline::ended::Ended;
use envcheck_core::findings::{Assessment, Finding, Fix};
use envcheck_core::plan::{Deed, risk};
use envcheck_core::policy::Risk;
use envcheck_core::remediate::{Proposed, wanted as fix_of};
use std::collections::BTreeSet;

/// More than these are not put back one by one to find out which of them a finding goes with.
const MOST_ALONE: usize = 8;

/// The findings that are gone once what drifted is put back, each with that as its fix; once for each of those with which it goes
/// only together. One whose own fix is less dangerous keeps it.
pub(super) fn cured(
    repairing: &Repairing,
    assessment: &Assessment,
    wanted: &[&Finding],
    drifted: &[&Finding],
) -> Result<Vec<Finding>, Ended> {
    let fixes = drifted
        .iter()
        .filter_map(|finding| finding.fix.as_ref().zip(repairs(finding)));
    let (fixes, deeds): (Vec<&Fix>, Vec<Deed>) = fixes.filter(|(_, deed)| first(&deed.target)).unzip();
    if deeds.is_empty() || wanted.is_empty() {
        return Ok(Vec::new());
    }
    let gone = |deeds: &[Deed], of: &[&Finding]| -> Result<BTreeSet<String>, Ended> {
        let asked: BTreeSet<&str> = of.iter().map(|finding| finding.policy.as_ref()).collect();
        let (after, _) = as_if_by(repairing, deeds, |policy| asked.contains(policy.id.as_ref()))?;
        let gone = gone_after(&after, assessment, of.iter().copied());
        Ok(gone.iter().map(|one| one.fingerprint.to_string()).collect())
    };
    let together = gone(&deeds, wanted)?;
    let cured = wanted.iter().copied();
    let cured: Vec<&Finding> = cured
        .filter(|finding| together.contains(finding.fingerprint().as_str()))
        .collect();
    if cured.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<usize> = (0..deeds.len()).collect();
    let homes: Vec<Option<&str>> = deeds
        .iter()
        .map(|deed| deed.target.namespace.as_deref())
        .collect();
    let groups = grouped(&cured, &homes, &mut |some: &[usize], of: &[&Finding]| {
        let some: Vec<Deed> = some.iter().filter_map(|one| deeds.get(*one).cloned()).collect();
        gone(&some, of)
    })?;
    let mut own = proposed(&cured, assessment, &repairing.judging.selected).into_iter();
    let mut found = Vec::new();
    for (finding, group) in cured.iter().zip(groups) {
        let group = group.unwrap_or_else(|| all.clone());
        let own = own.next().and_then(|own| own_risk(own, repairing));
        let back = group.iter().filter_map(|one| risk(deeds.get(*one)?).ok()).max();
        if own.zip(back).is_some_and(|(own, back)| own < back) {
            continue;
        }
        let fixes = group.iter().filter_map(|one| fixes.get(*one));
        found.extend(fixes.map(|fix| finding.repaired_by((*fix).clone())));
    }
    Ok(found)
}

/// How dangerous a finding's own fix is, where it has one that may be done.
fn own_risk(own: Proposed<'_>, repairing: &Repairing) -> Option<Risk> {
    let fix = fix_of(own, repairing.trust_foreign).ok()?;
    (fix.deed.in_cluster() || fix.deed.in_account()).then_some(fix.risk)
}

/// Tells which of these findings are gone once some of the things are put back.
type Tries<'t> = dyn FnMut(&[usize], &[&Finding]) -> Result<BTreeSet<String>, Ended> + 't;

/// With which of several things that are put back each finding goes: with one alone, with the fewest that it takes, or, `None`, with
/// all. `homes` are their namespaces: what is in a finding's own comes first.
fn grouped(
    cured: &[&Finding],
    homes: &[Option<&str>],
    gone: &mut Tries<'_>,
) -> Result<Vec<Option<Vec<usize>>>, Ended> {
    let all: Vec<usize> = (0..homes.len()).collect();
    if all.len() < 2 || all.len() > MOST_ALONE {
        return Ok(vec![None; cured.len()]);
    }
    let mut alone: Vec<Vec<usize>> = vec![Vec::new(); cured.len()];
    for one in &all {
        let gone = gone(&[*one], cured)?;
        for (finding, by) in cured.iter().zip(&mut alone) {
            if gone.contains(finding.fingerprint().as_str()) {
                by.push(*one);
            }
        }
    }
    let rest: Vec<&Finding> = cured
        .iter()
        .zip(&alone)
        .filter(|(_, by)| by.is_empty())
        .map(|(one, _)| *one)
        .collect();
    let mut group = all.clone();
    for one in all.iter().filter(|_| !rest.is_empty()) {
        let without: Vec<usize> = group.iter().copied().filter(|other| other != one).collect();
        let gone = gone(&without, &rest)?;
        if rest
            .iter()
            .all(|finding| gone.contains(finding.fingerprint().as_str()))
        {
            group = without;
        }
    }
    let nearest = |finding: &Finding, by: &[usize]| {
        let home = finding.resource().namespace.as_deref();
        let there = |one: &&usize| homes.get(**one).is_some_and(|namespace| *namespace == home);
        by.iter().find(there).or(by.first()).copied()
    };
    let of = |(finding, by): (&&Finding, &Vec<usize>)| {
        Some(nearest(finding, by).map_or_else(|| group.clone(), |one| vec![one]))
    };
    Ok(cured.iter().zip(&alone).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::findings::Draft;
    use envcheck_core::inventory::{Origin, ResourceRef};
    use envcheck_core::policy::Severity;

    fn finding(namespace: &str, key: &str) -> Finding {
        let draft = Draft {
            policy: "p".into(),
            title: "p".into(),
            category: "p".into(),
            severity: Severity::High,
            environment: Some("stage".into()),
            resource: Some(ResourceRef::kubernetes("v1", "Pod", Some(namespace), "web")),
            path: None,
            key: Some(key.to_owned()),
            message: key.to_owned(),
            owner: None,
            origin: Origin::Live,
            declared: None,
            fix: None,
            foreign: false,
        };
        Finding::new(draft).unwrap()
    }

    #[test]
    fn a_finding_goes_with_what_cures_it_alone_or_with_the_fewest_together() {
        let findings = [
            finding("b2b", "near"),
            finding("back", "far"),
            finding("b2b", "both"),
            finding("b2b", "either"),
        ];
        let homes = [Some("other"), Some("b2b"), Some("b2b"), Some("front")];
        let cures = |some: &[usize], finding: &Finding| match finding.message.as_str() {
            "near" => some.contains(&2),
            "far" => some.contains(&0),
            "either" => some.contains(&0) || some.contains(&1),
            _ => some.contains(&1) && some.contains(&3),
        };
        let mut tries = 0;
        let mut gone = |some: &[usize], of: &[&Finding]| {
            tries += 1;
            let gone = of.iter().filter(|finding| cures(some, finding));
            Ok(gone.map(|finding| finding.fingerprint().to_string()).collect())
        };
        let cured: Vec<&Finding> = findings.iter().collect();
        let groups = grouped(&cured, &homes, &mut gone).unwrap();
        assert_eq!(
            groups,
            [Some(vec![2]), Some(vec![0]), Some(vec![1, 3]), Some(vec![1])]
        );
        // One alone needs no trial, and of very many none is made.
        let before = tries;
        let mut never = |_: &[usize], _: &[&Finding]| unreachable_in_tests();
        assert_eq!(grouped(&cured, &homes[..1], &mut never).unwrap(), vec![None; 4]);
        assert_eq!(
            grouped(&cured, &[None; MOST_ALONE + 1], &mut never).unwrap(),
            vec![None; 4]
        );
        assert_eq!(before, 8);
    }

    fn unreachable_in_tests() -> Result<BTreeSet<String>, Ended> {
        panic!("nothing is tried")
    }
}
