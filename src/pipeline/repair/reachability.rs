//! Who may talk to whom before and after the steps that change it. What opens a connection that nobody declared is no step.

use super::arranged;
use super::hand::Hand;
use super::plan::Repairing;
use crate::pipeline::connections::{Asked, Callers, Ground, Judged, Seen, UNCLEAR};
use crate::pipeline::ended::Ended;
use envcheck_core::network::Told;
use envcheck_core::plan::{Deed, InGit, LeftAlone, Pair, Plan, Step};
use envcheck_core::policy::Risk;
use envcheck_core::remediate::{is_of_another_api, of_network};
use std::collections::{BTreeMap, BTreeSet};

/// What steps are weighed with: what connections depend on is read once, for the first that may change some.
pub(super) struct Scales<'a> {
    repairing: &'a Repairing,
    callers: Option<Callers>,
    seen: Look<'a>,
}

enum Look<'a> {
    NotYet,
    /// Not all of it could be read, or there is too much of it.
    Unclear,
    Clear(Box<Seen<'a>>),
}

impl<'a> Scales<'a> {
    pub(super) fn new(repairing: &'a Repairing, callers: Option<Callers>) -> Self {
        Self {
            repairing,
            callers,
            seen: Look::NotYet,
        }
    }

    /// Finds out whom the API server calls, where that matters to a plan.
    pub(super) fn ask(&mut self, plan: &Plan, hand: &Hand) {
        if self.callers.is_none() && plan.all_steps().any(|step| of_network(&step.deed)) {
            self.callers = Some(hand.callers());
        }
    }

    /// Whom the API server calls; nobody asked where no connection changes.
    pub(super) fn callers(self) -> Callers {
        self.callers.unwrap_or(Ok(Vec::new()))
    }

    /// `None` where not all of it could be read, or there is too much of it.
    fn seen(&mut self) -> Result<Option<&Seen<'a>>, Ended> {
        if matches!(self.seen, Look::NotYet) {
            let none: Callers = Ok(Vec::new());
            let callers = self.callers.as_ref().unwrap_or(&none);
            let seen = Seen::look(self.repairing.connections()?, callers)?;
            self.seen = seen.map_or(Look::Unclear, |seen| Look::Clear(Box::new(seen)));
        }
        Ok(match &self.seen {
            Look::Clear(seen) => Some(seen),
            Look::NotYet | Look::Unclear => None,
        })
    }
}

/// Puts the steps of a plan in the order in which they close nothing on the way, and weighs them. `wished`: what of the network
/// should be changed as well, but is no step: what would close without it what stays open with it is none, either.
pub(super) fn compare(scales: &mut Scales<'_>, plan: &mut Plan, wished: &[Deed]) -> Result<(), Ended> {
    if arranged::matters(&plan.steps)
        && let Some(seen) = scales.seen()?
    {
        let unkept = arranged::arrange(seen, &mut plan.steps, wished);
        leave(plan, &unkept);
    }
    weigh(scales, plan, None)
}

/// The order of steps that take others back: nothing is closed on the way that is open before and afterwards. What cannot be told
/// must not keep anybody from going back.
pub(super) fn arrange_back(scales: &mut Scales<'_>, plan: &mut Plan) {
    if arranged::several(&plan.steps)
        && let Ok(Some(seen)) = scales.seen()
    {
        arranged::arrange(seen, &mut plan.steps, &[]);
    }
}

/// Says of a plan which pairs its steps open and close, and takes out what opens one that nobody declared, with all that rests on
/// it, and what closes more than was `shown` of it, where that was before. Whatever closes one is disruptive.
pub(super) fn weigh(scales: &mut Scales<'_>, plan: &mut Plan, shown: Option<&Told>) -> Result<(), Ended> {
    loop {
        let Judged {
            refused,
            opened,
            closed,
            closing,
        } = judged(scales, &plan.all_steps().cloned().collect::<Vec<_>>())?;
        leave(plan, &refused);
        if let Some(shown) = shown
            && let Some(why) = unshown(&closed, shown)
        {
            let more = beyond(scales, plan, &closing, shown)?;
            if !more.is_empty() {
                leave(plan, &more.into_iter().map(|id| (id, why.clone())).collect());
                continue;
            }
        }
        let unkept = arranged::unkept(&plan.steps);
        if unkept.is_empty() {
            (plan.proof.opened, plan.proof.closed) = (opened, closed);
            for step in plan.all_steps_mut().filter(|step| closing.contains(&step.id)) {
                step.risk = step.risk.max(Risk::Disruptive);
            }
            return Ok(());
        }
        leave(plan, &unkept);
    }
}

/// Which steps close more than was shown: each alone, or, where they do it only together, all that close something.
fn beyond(
    scales: &mut Scales<'_>,
    plan: &Plan,
    closing: &BTreeSet<String>,
    shown: &Told,
) -> Result<BTreeSet<String>, Ended> {
    let closing: Vec<&Step> = plan
        .all_steps()
        .filter(|step| closing.contains(&step.id))
        .collect();
    let mut alone = BTreeSet::new();
    for step in &closing {
        let judged = judged(
            scales,
            &[Step {
                after: Vec::new(),
                ..(*step).clone()
            }],
        )?;
        if unshown(&judged.closed, shown).is_some() {
            alone.insert(step.id.clone());
        }
    }
    Ok(if alone.is_empty() {
        closing.iter().map(|step| step.id.clone()).collect()
    } else {
        alone
    })
}

/// Takes steps out, each by its id with the reason.
pub(super) fn leave(plan: &mut Plan, refused: &BTreeMap<String, String>) {
    if refused.is_empty() {
        return;
    }
    let (left, steps): (Vec<Step>, Vec<Step>) = std::mem::take(&mut plan.steps)
        .into_iter()
        .partition(|step| refused.contains_key(&step.id));
    plan.steps = steps;
    let (not_in_git, in_git): (Vec<InGit>, Vec<InGit>) = std::mem::take(&mut plan.in_git)
        .into_iter()
        .partition(|one| refused.contains_key(&one.step.id));
    plan.in_git = in_git;
    let alone = not_in_git.into_iter().filter(|one| !one.live_too);
    let left: Vec<Step> = left.into_iter().chain(alone.map(|one| one.step)).collect();
    for step in left {
        let why = refused.get(&step.id).map_or("", String::as_str);
        let why = format!("{}: {why}", step.summary);
        plan.left
            .extend(step.repairs.into_iter().map(|finding| LeftAlone {
                finding,
                why: why.clone(),
            }));
    }
    plan.left.sort();
}

/// The same of one step whose turn has come: with those that come `later` it closes no more than was `shown`.
pub(super) fn still_allowed(
    repairing: &Repairing,
    callers: Callers,
    (step, later): (&Step, &[Deed]),
    shown: &Told,
) -> Result<(), String> {
    let mut scales = Scales::new(repairing, Some(callers));
    let judged = judged(&mut scales, std::slice::from_ref(step)).map_err(|ended| ended.words())?;
    if let Some(why) = judged.refused.get(&step.id) {
        return Err(why.clone());
    }
    if unshown(&judged.closed, shown).is_none() {
        return Ok(());
    }
    // What is only closed until a later one opens it again, no plan lists.
    let seen = scales.seen().map_err(|ended| ended.words())?;
    let all: Vec<&Deed> = std::iter::once(&step.deed).chain(later).collect();
    match seen.and_then(|seen| unshown(&seen.closed(&all), shown)) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}

/// What is closed beyond what was shown, in words: somebody may have come since.
fn unshown(closed: &[Pair], shown: &Told) -> Option<String> {
    let mut more = closed
        .iter()
        .filter(|one| !shown.covers(&one.from, &one.to, &one.conn));
    let first = more.next()?;
    let others = match more.count() {
        0 => String::new(),
        number => format!(" and {number} more"),
    };
    Some(format!(
        "it would close {} → {} ({}){others}, which the plan did not show: make a new plan",
        first.from, first.to, first.conn
    ))
}

/// What somebody was shown of the connections that a plan closes.
pub(super) fn told(closed: &[Pair]) -> Told {
    let words = closed.iter();
    Told::of(words.map(|pair| (pair.from.as_str(), pair.to.as_str(), pair.conn.as_str())))
}

/// That the API server goes on reaching what it calls once a step is taken back.
pub(super) fn still_reached(repairing: &Repairing, callers: &Callers, step: &Step) -> Result<(), String> {
    if is_of_another_api(&step.deed.target) {
        return Ok(());
    }
    let seen = repairing
        .connections()
        .and_then(|ground| Seen::look(ground, callers))
        .map_err(|ended| ended.words())?;
    // What cannot be told must not keep anybody from going back.
    let Some(seen) = seen else { return Ok(()) };
    match seen.cut(&seen.after(&[&step.deed])) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}

impl Repairing {
    fn connections(&self) -> Result<Ground<'_>, Ended> {
        Ok(Ground {
            spec: self.spec()?,
            target: &self.target,
            interrupt: &self.judging.interrupt,
            whole: None,
        })
    }
}

/// Judges steps, each alone and after those before it.
fn judged(scales: &mut Scales<'_>, steps: &[Step]) -> Result<Judged, Ended> {
    let mut judged = Judged::default();
    let mut known: Vec<Asked<'_>> = Vec::new();
    for step in steps.iter().filter(|step| of_network(&step.deed)) {
        if is_of_another_api(&step.deed.target) {
            let why = format!(
                "what {} opens cannot be worked out: only NetworkPolicies of Kubernetes are understood",
                step.deed.target
            );
            judged.refused.insert(step.id.clone(), why);
        } else {
            known.push(Asked {
                step,
                after: &step.after,
                as_declared: false,
            });
        }
    }
    if known.is_empty() {
        return Ok(judged);
    }
    if let Some(seen) = scales.seen()? {
        // What is set back opens what is declared, whoever is declared to accept it.
        for one in &mut known {
            one.as_declared = one.step.is_of_drift() && seen.is_declared_after(&one.step.deed);
        }
        seen.judge(&known, &mut judged);
    } else {
        let unclear = known.iter().map(|one| (one.step.id.clone(), UNCLEAR.to_owned()));
        judged.refused.extend(unclear);
    }
    Ok(judged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_beyond_what_was_shown_is_told() {
        let pair = |from: &str, conn: &str| Pair {
            from: from.to_owned(),
            to: "b2b/web[Deployment]".to_owned(),
            conn: conn.to_owned(),
        };
        let told = told(&[
            pair("a/x[Pod]", "TCP 80,443"),
            pair("a/y[Pod]", "All Connections"),
        ]);
        let closed = [pair("a/x[Pod]", "TCP 443"), pair("a/y[Pod]", "UDP 53")];
        assert_eq!(unshown(&closed, &told), None);
        let closed = [
            pair("a/x[Pod]", "TCP 443"),
            pair("a/new[Pod]", "TCP 80"),
            pair("a/x[Pod]", "TCP 8080"),
        ];
        assert_eq!(
            unshown(&closed, &told).unwrap(),
            "it would close a/new[Pod] → b2b/web[Deployment] (TCP 80) and 1 more, which the plan did not show: make a new plan"
        );
    }
}
