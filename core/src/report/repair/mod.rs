//! A plan of repairs and what became of it, for people.

use super::Style;
use super::steps::pairs;
use super::style::Tone;
use crate::plan::{Consent, InGit, LeftAlone, Outcome, Plan, Repaired, Run, Step, Undo, Verified};
use std::collections::HashMap;
use std::io::{self, Write};

/// The plan: each step with what it changes, then what is left alone. `findings`: how many there are of what was asked for; `None`
/// where nobody has looked.
pub fn plan(plan: &Plan, findings: Option<usize>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", style.paint(Tone::Strong, &headline(plan, findings)))?;
    if !plan.cluster.name.is_empty() {
        writeln!(out, "cluster {}", style.clean(&plan.cluster.name))?;
    }
    for (number, step) in plan.steps.iter().enumerate() {
        writeln!(out)?;
        self::step(number + 1, step, style, out)?;
    }
    for (number, one) in plan.in_git.iter().enumerate() {
        writeln!(out)?;
        in_git(plan.steps.len() + number + 1, one, style, out)?;
    }
    if !plan.proof.opened.is_empty() || !plan.proof.closed.is_empty() {
        writeln!(out)?;
        pairs("opens", &plan.proof.opened, style, out)?;
        pairs("closes", &plan.proof.closed, style, out)?;
    }
    let left = left_alone(plan.stays(), style);
    let besides = besides(&plan.proof.besides, style);
    if !left.is_empty() || !besides.is_empty() {
        writeln!(out)?;
    }
    for line in besides.iter().chain(&left) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// What goes with the steps, though none is for it, in one line for each object.
fn besides(all: &[Repaired], style: &Style) -> Vec<String> {
    let line = |one: &Repaired| {
        let (policy, resource) = (style.clean(&one.policy), style.clean(&one.resource.to_string()));
        format!(
            "goes too     {policy}   {resource}: {}",
            style.clean(&one.message)
        )
    };
    each_once(all.iter().map(line))
}

/// What was proved of the steps that are done, where they are not all of the plan.
pub fn chosen(plan: &Plan, consent: &Consent, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let proof = &plan.proof;
    let done = plan.all_steps().filter(|step| consent.covers(step).is_ok());
    let rests = |step: &&Step| {
        step.after.iter().all(|id| {
            plan.steps
                .iter()
                .any(|other| other.id == *id && consent.covers(other).is_ok())
        })
    };
    let done: Vec<&Step> = done.filter(rests).collect();
    let remain = match proof.remaining.len() {
        0 => String::new(),
        number => format!(", {number} remain"),
    };
    let words = format!(
        "Of the plan {} done: proved on a copy: {} go{remain}, {} appear",
        match done.len() {
            1 => "1 step is".to_owned(),
            number => format!("{number} steps are"),
        },
        proof.gone.len() + proof.besides.len(),
        proof.appeared.len()
    );
    writeln!(out, "\n{}", style.paint(Tone::Strong, &words))?;
    for step in plan.all_steps().filter(|step| !step.causes.is_empty()) {
        writeln!(out, "   {} · step {}", style.clean(&step.summary), step.id)?;
        causes(step, style, out)?;
    }
    if !proof.opened.is_empty() || !proof.closed.is_empty() {
        pairs("opens", &proof.opened, style, out)?;
        pairs("closes", &proof.closed, style, out)?;
    }
    Ok(())
}

fn headline(plan: &Plan, findings: Option<usize>) -> String {
    let steps = match (plan.steps.len(), plan.in_git.len()) {
        (number, 0) => counted(number, "step"),
        (0, number) => format!("{} in Git", counted(number, "step")),
        (here, there) => format!("{} and {there} in Git", counted(here, "step")),
    };
    let environment = &plan.environment;
    let Some(findings) = findings else {
        return format!("Plan for {environment}: {steps}");
    };
    let findings = counted(findings, "finding");
    if plan.steps.is_empty() && plan.in_git.is_empty() {
        return format!("Plan for {environment}: nothing to do; {findings}");
    }
    let proof = &plan.proof;
    let remain = match proof.remaining.len() {
        0 => String::new(),
        number => format!(", {number} remain"),
    };
    let besides = [
        (proof.besides.len(), "more without a step of their own"),
        (proof.rolling.len(), "with the rollout, looked at afterwards"),
        (proof.estimated.len(), "estimated"),
    ];
    let besides = besides.iter().filter(|(number, _)| *number > 0);
    let besides: Vec<String> = besides
        .map(|(number, what)| format!("; {number} {what}"))
        .collect();
    let besides = besides.concat();
    let told = proof.gone.len() + proof.remaining.len() + proof.rolling.len() + proof.estimated.len();
    // What drifted no policy minds: there is no finding of it.
    let all = plan.steps.len() + plan.in_git.len();
    let back = plan.steps.iter().filter(|step| step.sets_back()).count();
    let what = match (back, all - back) {
        (0, _) => format!("{steps} for {told} of {findings}"),
        (1, 0) => format!("{steps} that sets back what drifted; {findings}"),
        (_, 0) => format!("{steps} that set back what drifted; {findings}"),
        (1, more) => format!("{steps}: one sets back what drifted, {more} for {told} of {findings}"),
        (_, more) => format!("{steps}: {back} set back what drifted, {more} for {told} of {findings}"),
    };
    format!(
        "Plan for {environment}: {what}; proved on a copy: {} go{remain}, {} appear{besides}",
        proof.gone.len(),
        proof.appeared.len()
    )
}

/// One step, with its number.
pub fn step(number: usize, step: &Step, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{number}  {:<11} {}",
        step.risk.as_str(),
        style.paint(Tone::Strong, &style.clean(&step.summary))
    )?;
    let policies: Vec<String> = step.policies().iter().map(|id| style.clean(id)).collect();
    let mut facts = vec![if step.deed.in_spaces() {
        "in Spaces".to_owned()
    } else if step.deed.in_account() {
        "in the DigitalOcean account".to_owned()
    } else {
        style.clean(&step.keeper.to_string())
    }];
    if !policies.is_empty() {
        facts.insert(0, policies.join(", "));
    }
    writeln!(out, "   {} · step {}", facts.join(" · "), step.id)?;
    for line in &step.preview {
        writeln!(out, "     {}", style.clean(line))?;
    }
    notes(step, style, out)?;
    match &step.undo {
        Undo::None(why) if !why.is_empty() => writeln!(out, "   no undo: {}", style.clean(why)),
        Undo::None(_) => Ok(()),
        _ => writeln!(out, "   undo will be in the journal"),
    }
}

fn notes(step: &Step, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for caution in &step.cautions {
        writeln!(out, "   note: {}", style.clean(caution))?;
    }
    if step.deed.is_estimated() {
        writeln!(
            out,
            "   note: what it brings is estimated, not proved: the registry tells its size later"
        )?;
    } else if !step.rehearsed {
        writeln!(out, "   note: it could not be rehearsed on a copy")?;
    }
    if !step.after.is_empty() {
        let ids: Vec<String> = step.after.iter().map(|id| format!("step {id}")).collect();
        writeln!(
            out,
            "   note: only after {}, without which it would close what stays open",
            ids.join(" and ")
        )?;
    }
    causes(step, style, out)
}

fn causes(step: &Step, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for caused in &step.causes {
        writeln!(
            out,
            "   {} {} {}: {}",
            style.paint(Tone::Broken, "brings about"),
            style.clean(&caused.policy),
            style.clean(&caused.resource.to_string()),
            style.clean(&caused.message)
        )?;
    }
    Ok(())
}

/// A step in Git, with its number.
fn in_git(number: usize, one: &InGit, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let step = &one.step;
    writeln!(
        out,
        "{number}  {:<11} in Git: {}",
        step.risk.as_str(),
        style.paint(Tone::Strong, &style.clean(&step.summary))
    )?;
    let policies: Vec<String> = step.policies().iter().map(|id| style.clean(id)).collect();
    writeln!(
        out,
        "   {} · application {} · step {}",
        policies.join(", "),
        style.clean(&one.application),
        step.id
    )?;
    writeln!(
        out,
        "   {} · {} at {}",
        style.clean(&one.how),
        style.clean(&one.repository),
        style.clean(&one.base)
    )?;
    for line in &step.preview {
        writeln!(out, "     {}", style.clean(line))?;
    }
    notes(step, style, out)
}

/// What is left alone, and why, in one line for each object and reason.
pub fn left_alone<'l>(all: impl IntoIterator<Item = &'l LeftAlone>, style: &Style) -> Vec<String> {
    let line = |left: &LeftAlone| {
        format!(
            "left alone   {}   {}: {}",
            style.clean(&left.finding.policy),
            style.clean(&left.finding.resource.to_string()),
            style.clean(&left.why)
        )
    };
    each_once(all.into_iter().map(line))
}

/// Lines in their order, each once, with of how many findings it is.
fn each_once(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for line in all {
        let place = *places.entry(line.clone()).or_insert(lines.len());
        match lines.get_mut(place) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
    let told = |(line, times): (String, usize)| match times {
        1 => line,
        times => format!("{line} ({times} findings)"),
    };
    lines.into_iter().map(told).collect()
}

/// What a run did.
pub fn run(run: &Run, environment: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (number, (step, outcome)) in run.steps.iter().enumerate() {
        let tone = match outcome {
            _ if outcome.is_well() => Tone::Good,
            Outcome::Skipped(_) => Tone::Unseen,
            _ => Tone::Broken,
        };
        writeln!(
            out,
            "{}  {}: {}",
            number + 1,
            style.clean(&step.summary),
            style.paint(tone, &style.clean(&outcome.words()))
        )?;
    }
    let remaining = left_alone(&run.remaining, style);
    if !remaining.is_empty() {
        writeln!(out)?;
    }
    for line in &remaining {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "\n{}", summary(run))?;
    let changed = |outcome: &Outcome| matches!(outcome, Outcome::Done(_) | Outcome::Unknown(_));
    if let Some(journal) = &run.journal {
        writeln!(out, "run {} · journal {}", run.name, style.clean(journal))?;
        let undone = |step: &Step| !matches!(&step.undo, Undo::None(why) if !why.is_empty());
        if !run
            .steps
            .iter()
            .any(|(step, outcome)| changed(outcome) && undone(step))
        {
            return Ok(());
        }
        writeln!(
            out,
            "to take it back: envcheck rollback {} -e {}, with the same --journal",
            run.name,
            style.clean(environment)
        )?;
    }
    Ok(())
}

/// How many steps were done, and how many of these did not bring what they were for.
fn summary(run: &Run) -> String {
    let number = |is: fn(&Outcome) -> bool| run.steps.iter().filter(|(_, outcome)| is(outcome)).count();
    let done = number(|outcome| matches!(outcome, Outcome::Done(_)));
    let words = format!("{done} of {} done", counted(run.steps.len(), "step"));
    let besides = [
        (number(Outcome::is_not_fixed), "not fixed"),
        (
            number(|outcome| matches!(outcome, Outcome::Done(Verified::CouldNotVerify(_)))),
            "not verified",
        ),
        (
            number(|outcome| matches!(outcome, Outcome::Unknown(_))),
            "unknown",
        ),
    ];
    let besides = besides.iter().filter(|(number, _)| *number > 0);
    besides.fold(words, |words, (number, what)| format!("{words}, {number} {what}"))
}

/// `1 step`, `2 steps`.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;
    use crate::inventory::ResourceRef;
    use crate::plan::Deed;
    use crate::policy::Risk;
    use crate::value::Value;

    fn told(outcomes: &[Outcome]) -> String {
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            target: ResourceRef::kubernetes("v1", "Service", Some("back"), "ii"),
            data: Value::from_json_str("[]").unwrap(),
        };
        let step = Step {
            undo: Undo::None(String::new()),
            ..Step::new(deed, Risk::Safe, "mend it".to_owned())
        };
        let run = Run {
            name: "r".to_owned(),
            journal: Some("j".to_owned()),
            steps: outcomes.iter().map(|one| (step.clone(), one.clone())).collect(),
            remaining: Vec::new(),
        };
        let style = Style {
            color: false,
            width: None,
            unicode: true,
        };
        let mut out = Vec::new();
        super::run(&run, "stage", &style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_was_changed_counts_as_done_though_it_did_not_help() {
        let (fixed, not_fixed) = (Outcome::Done(Verified::Fixed), Outcome::Done(Verified::NotFixed));
        let left = Outcome::Skipped("nobody agreed to it".to_owned());
        let text = told(&[not_fixed.clone(), not_fixed, fixed, left.clone()]);
        assert!(text.contains("3 of 4 steps done, 2 not fixed\n"), "{text}");
        assert!(text.contains("to take it back: envcheck rollback r"), "{text}");
        // Where nothing was done, there is nothing to take back.
        let text = told(&[left, Outcome::NotDone("refused".to_owned())]);
        assert!(
            text.contains("0 of 2 steps done\n") && !text.contains("rollback"),
            "{text}"
        );
        let text = told(&[Outcome::Unknown("no answer".to_owned())]);
        assert!(
            text.contains("0 of 1 step done, 1 unknown") && text.contains("rollback"),
            "{text}"
        );
    }
}
