//! What the user agrees to: by flags, or asked on a terminal.

use crate::cli::args::ConsentArgs;
use crate::cli::error::{self, Failure};
use crate::pipeline;
use envcheck_core::plan::{Consent, Step};
use envcheck_core::policy::Risk;
use std::io::{self, BufRead, IsTerminal, Write};

/// Agrees to nothing.
pub(super) const NOTHING: Consent = Consent {
    up_to: None,
    named: Vec::new(),
    accepted: Vec::new(),
    asked: false,
};

/// What the flags agree to; `None` when they say nothing, so that it has to be asked. `known` are the ids that may be named;
/// `writes`, whether anything but a commit in Git is at stake.
pub(super) fn said(
    arguments: &ConsentArgs,
    known: &[&str],
    writes: bool,
) -> Result<Option<Consent>, Failure> {
    for id in &arguments.step {
        if !known.contains(&id.as_str()) {
            let problem = format!("the plan has no step {id}");
            return Err(Failure::words(problem).hint(&steps_there_are(known)));
        }
    }
    if arguments.dry_run {
        return Ok(Some(NOTHING));
    }
    if !flagged(arguments.yes, &arguments.step) {
        return Ok(None);
    }
    if writes {
        journal_is_said(arguments.journal.is_some(), "changed", TO_TAKE_BACK)?;
    }
    Ok(Some(Consent {
        up_to: arguments.max_risk.0.filter(|_| arguments.yes),
        named: arguments.step.clone(),
        accepted: Vec::new(),
        asked: false,
    }))
}

/// Which ids could be named.
fn steps_there_are(known: &[&str]) -> String {
    const MOST: usize = 12;
    let first = known.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match known.len().saturating_sub(MOST) {
        _ if known.is_empty() => "it has none: nothing is to be done".to_owned(),
        0 => format!("it has: {first}"),
        more => format!("it has: {first}, and {more} more, which stand in the plan"),
    }
}

/// Whether flags agree to something. Whoever names a step on a terminal has been asked; elsewhere a name alone agrees to nothing.
pub(super) fn flagged(yes: bool, named: &[String]) -> bool {
    yes || !named.is_empty() && somebody_is_there()
}

/// Where nobody is asked, it is said where the journal is kept: a workspace that vanishes is no journal. `nothing` was done
/// otherwise.
pub(super) fn journal_is_said(said: bool, nothing: &str, hint: &str) -> Result<(), Failure> {
    if said || io::stdin().is_terminal() {
        return Ok(());
    }
    let problem =
        format!("nothing was {nothing}: where the journal is kept has to be said where nobody is asked");
    Err(Failure::words(problem).hint(&format!("--journal PLACE, {hint}")))
}

/// Where journals of changes are kept.
pub(super) const TO_TAKE_BACK: &str = "on a disk that stays when the job has ended, or s3://BUCKET/PREFIX: without it nothing can be taken back";

/// Asks for each class of risk, or for each step. Where nobody can answer, nothing is done.
pub(super) fn asked(steps: &[&Step], each: bool) -> Result<Option<Consent>, Failure> {
    if !somebody_is_there() {
        error::note(
            "nothing was changed; --yes does what is safe and what --step names, --max-risk disruptive more",
        );
        return Ok(None);
    }
    if steps.iter().any(|step| step.risk == Risk::Destructive) {
        error::note("destructive steps are named one by one: --step ID");
    }
    if each { one_by_one(steps) } else { by_risk(steps) }
}

fn by_risk(steps: &[&Step]) -> Result<Option<Consent>, Failure> {
    let mut agreed = None;
    for risk in [Risk::Safe, Risk::Disruptive] {
        let of_it = steps.iter().filter(|step| step.risk == risk).count();
        if of_it == 0 {
            continue;
        }
        let noun = if of_it == 1 { "step" } else { "steps" };
        if !answered(&format!("Apply {of_it} {} {noun}? [y/N] ", risk.as_str()))? {
            break;
        }
        agreed = Some(risk);
    }
    Ok(agreed.map(|risk| Consent {
        up_to: Some(risk),
        named: Vec::new(),
        accepted: Vec::new(),
        asked: true,
    }))
}

fn one_by_one(steps: &[&Step]) -> Result<Option<Consent>, Failure> {
    let mut accepted = Vec::new();
    for step in steps.iter().filter(|step| step.risk != Risk::Destructive) {
        match ask(&format!(
            "Apply {} ({})? [y/N/q] ",
            printable(&step.summary),
            step.risk.as_str()
        ))? {
            Answer::Yes => accepted.push(step.id.clone()),
            Answer::No => {}
            Answer::Enough => break,
        }
    }
    Ok((!accepted.is_empty()).then_some(Consent {
        up_to: None,
        named: Vec::new(),
        accepted,
        asked: true,
    }))
}

/// A text of the account, without what a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}

/// Has a name typed; whether it is the right one. `None` where nobody can type it.
pub(super) fn typed(question: &str, name: &str) -> Result<Option<bool>, Failure> {
    if !somebody_is_there() {
        return Ok(None);
    }
    Ok(Some(line(question)?.is_some_and(|answer| answer.trim() == name)))
}

/// Whether somebody can be asked.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether the answer is yes; `None` where nobody can give one.
pub(super) fn answer(question: &str) -> Result<Option<bool>, Failure> {
    if !somebody_is_there() {
        return Ok(None);
    }
    Ok(Some(matches!(ask(question)?, Answer::Yes)))
}

/// Asks, where somebody can answer; anything but yes is no.
pub(super) fn answered(question: &str) -> Result<bool, Failure> {
    Ok(answer(question)?.unwrap_or(false))
}

enum Answer {
    Yes,
    No,
    Enough,
}

fn ask(question: &str) -> Result<Answer, Failure> {
    Ok(match line(question)?.as_deref().map(str::trim) {
        Some("y" | "Y" | "yes") => Answer::Yes,
        Some("q" | "Q" | "quit") | None => Answer::Enough,
        Some(_) => Answer::No,
    })
}

/// What is answered; `None` at the end of the input. Ctrl-C at a question ends the run; the signal ends no program that has
/// watched for it.
fn line(question: &str) -> Result<Option<String>, Failure> {
    let question = question.to_owned();
    let read = move || {
        let _ = io::stderr().lock().write_all(question.as_bytes());
        let mut answer = String::new();
        // The end of the input is the end of the questions.
        let number = io::stdin().lock().read_line(&mut answer);
        matches!(number, Ok(1..)).then_some(answer)
    };
    let answered = pipeline::unless_interrupted(read)
        .map_err(|error| Failure::words(format!("nobody can be asked: {error}")))?;
    answered.map_or_else(
        || {
            error::note("");
            Err(Failure::Interrupted("done", Vec::new()))
        },
        Ok,
    )
}
