//! Questions of a terminal about steps: one for each class of risk, or one for each step.

use super::args::ConsentArgs;
use super::consent::{Answer, Named, ask, by_flags, counted, most, printable, somebody_is_there};
use super::error::{self, Failure};
use envcheck_core::plan::{Consent, Step};
use envcheck_core::policy::Risk;
use envcheck_core::report::repair;

/// What is asked about.
pub(super) struct Questions<'a> {
    /// The steps, in the order in which they are done.
    pub(super) steps: &'a [&'a Step],
    /// Whether the first one cannot be done without the second one.
    pub(super) waits: &'a dyn Fn(&Step, &Step) -> bool,
    /// Each step is a question.
    pub(super) each: bool,
    /// What the flags say: what is above the risk that was given is not asked for.
    pub(super) said: &'a ConsentArgs,
}

impl Questions<'_> {
    /// What is agreed to; `None` where that is nothing, which is told. Where nobody can answer, nothing is done.
    pub(super) fn asked(&self) -> Result<Option<Consent>, Failure> {
        // To what cannot be agreed together with others, nobody is asked to agree.
        let (open, named): (Vec<&Step>, Vec<&Step>) =
            self.steps.iter().copied().partition(|step| together(step));
        if !somebody_is_there() {
            error::note(&self.unasked(&open, &named));
            return Ok(None);
        }
        if !named.is_empty() {
            let steps = repair::counted(named.len(), "step");
            let verb = if named.len() == 1 { "is" } else { "are" };
            error::note(&format!("{steps} {verb} done only by name: --step ID"));
        }
        let most = most(self.said.max_risk, Risk::Disruptive);
        let (open, above): (Vec<&Step>, Vec<&Step>) =
            open.into_iter().partition(|step| Some(step.risk) <= most);
        let mut answers = Answers {
            accepted: Vec::new(),
            undone: named.iter().chain(&above).copied().collect(),
            waits: self.waits,
        };
        if self.each {
            answers.one_by_one(&open)?;
        } else {
            answers.by_risk(&open)?;
        }
        if answers.accepted.is_empty() {
            for step in above {
                error::note(&format!(
                    "left: {}: {}",
                    printable(&step.summary),
                    self.above(step)
                ));
            }
            error::note("nothing was changed");
            return Ok(None);
        }
        Ok(Some(Consent {
            up_to: None,
            named: Vec::new(),
            accepted: answers.accepted,
            asked: most,
        }))
    }

    /// Why a step was not asked for.
    fn above(&self, step: &Step) -> String {
        let said = self.said.max_risk.map(|said| said.to_string());
        format!(
            "it is {}, and --max-risk says {}; --step {} does it all the same",
            step.risk.as_str(),
            said.unwrap_or_default(),
            step.id
        )
    }

    /// What is told where nobody can be asked; these steps go only by their names.
    fn unasked(&self, open: &[&Step], named: &[&Step]) -> String {
        let number = |risk| (risk, open.iter().filter(|step| step.risk == risk).count());
        let others = named.iter().filter(|step| !self.said.step.contains(&step.id));
        let named = Named {
            said: !self.said.step.is_empty(),
            others: others.count(),
        };
        let numbers = [number(Risk::Safe), number(Risk::Disruptive)];
        let flags = by_flags(["does", "step"], numbers, self.said.max_risk, &named);
        format!("nothing was changed; {flags}")
    }
}

/// Whether a yes to several steps may be one to this.
fn together(step: &Step) -> bool {
    let all = Consent {
        up_to: Some(Risk::Disruptive),
        named: Vec::new(),
        accepted: Vec::new(),
        asked: None,
    };
    all.covers(step).is_ok()
}

/// What was answered so far.
struct Answers<'a> {
    /// By id.
    accepted: Vec<String>,
    /// What will not be done.
    undone: Vec<&'a Step>,
    waits: &'a dyn Fn(&Step, &Step) -> bool,
}

impl<'a> Answers<'a> {
    fn by_risk(&mut self, steps: &[&'a Step]) -> Result<(), Failure> {
        for risk in [Risk::Safe, Risk::Disruptive] {
            let of_it: Vec<&'a Step> = steps.iter().filter(|step| step.risk == risk).copied().collect();
            let all = of_it.len();
            let of_it: Vec<&'a Step> = of_it.into_iter().filter(|step| self.can_be(step)).collect();
            if of_it.len() < all {
                let dropped = counted(all - of_it.len(), risk, "step");
                error::note(&format!("not asked for: {dropped} resting on what is not done"));
            }
            if of_it.is_empty() {
                continue;
            }
            match ask(&format!("Apply {}? [y/N] ", counted(of_it.len(), risk, "step")))? {
                Answer::Yes => self.accepted.extend(of_it.iter().map(|step| step.id.clone())),
                Answer::No => self.undone.extend(of_it),
                Answer::Enough => break,
            }
        }
        Ok(())
    }

    fn one_by_one(&mut self, steps: &[&'a Step]) -> Result<(), Failure> {
        for step in steps {
            let summary = printable(&step.summary);
            if !self.can_be(step) {
                error::note(&format!("not asked for, resting on what is not done: {summary}"));
                continue;
            }
            match ask(&format!("Apply {summary} ({})? [y/N/q] ", step.risk.as_str()))? {
                Answer::Yes => self.accepted.push(step.id.clone()),
                Answer::No => self.undone.push(step),
                Answer::Enough => break,
            }
        }
        Ok(())
    }

    /// Whether nothing that it waits for stays undone; where something does, it stays undone as well.
    fn can_be(&mut self, step: &'a Step) -> bool {
        let held = self.undone.iter().any(|other| (self.waits)(step, other));
        if held {
            self.undone.push(step);
        }
        !held
    }
}
