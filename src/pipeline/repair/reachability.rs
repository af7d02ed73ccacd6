//! Who may talk to whom before and after the steps that change NetworkPolicies.

use super::plan::Repairing;
use crate::pipeline::ended::Ended;
use crate::pipeline::{ReachTarget, reach_as_if};
use envcheck_core::network::Network;
use envcheck_core::plan::{Deed, InGit, LeftAlone, Overlay, Pair, Plan, Step};
use envcheck_core::policy::Risk;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs are not listed where there are more workloads than these: there would be millions.
const MOST: usize = 2_000;

/// Says of a plan which pairs its steps open and close. Whatever closes one is disruptive.
pub(super) fn compare(repairing: &Repairing, plan: &mut Plan) -> Result<(), Ended> {
    let of_network = |deed: &&Deed| {
        deed.target.kind == "NetworkPolicy" || deed.target.kind == "Namespace" && deed.marks().is_some()
    };
    let deeds: Vec<Deed> = plan
        .all_steps()
        .map(|step| &step.deed)
        .filter(of_network)
        .cloned()
        .collect();
    if deeds.is_empty() {
        return Ok(());
    }
    let namespaces: BTreeSet<String> = deeds
        .iter()
        .map(|deed| {
            deed.target
                .namespace
                .clone()
                .unwrap_or_else(|| deed.target.name.clone())
        })
        .collect();
    let before = pairs(repairing, None, &namespaces)?;
    let after = pairs(repairing, Some(Arc::new(Overlay::of(&deeds))), &namespaces)?;
    let (Some(before), Some(after)) = (before, after) else {
        // No step on a partial view.
        let words = "which connections it opens and closes could not be worked out: not all NetworkPolicies could be read, or \
                     there are too many workloads";
        let (network, rest): (Vec<Step>, Vec<Step>) = std::mem::take(&mut plan.steps)
            .into_iter()
            .partition(|step| of_network(&&step.deed));
        plan.steps = rest;
        let (in_git, rest): (Vec<InGit>, Vec<InGit>) = std::mem::take(&mut plan.in_git)
            .into_iter()
            .partition(|one| of_network(&&one.step.deed));
        plan.in_git = rest;
        let alone = in_git.into_iter().filter(|one| !one.live_too);
        for step in network.into_iter().chain(alone.map(|one| one.step)) {
            plan.left
                .extend(step.repairs.into_iter().map(|finding| LeftAlone {
                    finding,
                    why: words.to_owned(),
                }));
        }
        return Ok(());
    };
    plan.proof.opened = different(&after, &before);
    plan.proof.closed = different(&before, &after);
    if !plan.proof.closed.is_empty() {
        for step in plan.all_steps_mut().filter(|step| of_network(&&step.deed)) {
            step.risk = step.risk.max(Risk::Disruptive);
        }
    }
    Ok(())
}

/// From and to, with what is allowed between them.
type Pairs = BTreeMap<(String, String), String>;

fn pairs(
    repairing: &Repairing,
    overlay: Option<Arc<Overlay>>,
    namespaces: &BTreeSet<String>,
) -> Result<Option<Pairs>, Ended> {
    let spec = repairing.spec()?;
    let interrupt = &repairing.judging.interrupt;
    let target = ReachTarget::Environment(spec, &repairing.target, &|_| {});
    let (network, unread) = reach_as_if(&target, interrupt, overlay)?;
    if !unread.is_empty() || network.workloads().len() > MOST {
        return Ok(None);
    }
    Ok(Some(of(&network, namespaces)))
}

fn of(network: &Network, namespaces: &BTreeSet<String>) -> Pairs {
    let concerned = |name: &str| {
        let namespace = name.split_once('/').map(|(namespace, _)| namespace);
        namespace.is_some_and(|namespace| namespaces.contains(namespace))
    };
    network
        .connections()
        .map(|one| ((one.src.to_string(), one.dst.to_string()), one.ports.to_string()))
        .filter(|((from, to), _)| concerned(from) || concerned(to))
        .collect()
}

/// What the one allows and the other does not, or not in the same way.
fn different(one: &Pairs, other: &Pairs) -> Vec<Pair> {
    one.iter()
        .filter(|(pair, conn)| other.get(*pair) != Some(conn))
        .map(|((from, to), conn)| Pair {
            from: from.clone(),
            to: to.clone(),
            conn: conn.clone(),
        })
        .collect()
}
