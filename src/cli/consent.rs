//! What the user agrees to: by flags, or asked on a terminal, of which `asking` says what is asked.

use crate::cli::args::ConsentArgs;
use crate::cli::error::{self, Failure};
use crate::cli::values::MostRisk;
use crate::pipeline;
use envcheck_core::plan::Consent;
use envcheck_core::policy::Risk;
use envcheck_core::report::repair;
use std::io::{self, BufRead, IsTerminal, Write};

/// Agrees to nothing.
pub(super) const NOTHING: Consent = Consent {
    up_to: None,
    named: Vec::new(),
    accepted: Vec::new(),
    asked: None,
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
        up_to: most(arguments.max_risk, Risk::Safe).filter(|_| arguments.yes),
        named: arguments.step.clone(),
        accepted: Vec::new(),
        asked: None,
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

/// What is done without its name: what was said, else this.
pub(super) fn most(said: Option<MostRisk>, unsaid: Risk) -> Option<Risk> {
    said.map_or(Some(unsaid), |said| said.0)
}

/// What goes by its name only.
#[derive(Default)]
pub(super) struct Named {
    /// Flags name some of it.
    pub(super) said: bool,
    /// So much is left that they do not name.
    pub(super) others: usize,
}

/// By which flags what is shown would be done, exactly that much. Of each risk there are so many.
pub(super) fn by_flags(
    [does, noun]: [&str; 2],
    numbers: [(Risk, usize); 2],
    said: Option<MostRisk>,
    named: &Named,
) -> String {
    let unnamed = most(said, Risk::Safe);
    let of_yes = |(risk, number): &&(Risk, usize)| *number > 0 && Some(*risk) <= unnamed;
    let of_more = |(risk, number): &&(Risk, usize)| *number > 0 && Some(*risk) > unnamed;
    let plain: Vec<&(Risk, usize)> = numbers.iter().filter(of_yes).collect();
    let more: Vec<&(Risk, usize)> = numbers.iter().filter(of_more).collect();
    let whole = !named.said && named.others == 0;
    match (&plain[..], &more[..]) {
        (_, []) if whole => return format!("--yes {does} it"),
        ([], [(risk, _)]) if whole => return format!("--yes --max-risk {} {does} it", risk.as_str()),
        _ => {}
    }
    let of = |(risk, number): &(Risk, usize)| format!("the {}", counted(*number, *risk, noun));
    let names = named.said.then(|| "what --step names".to_owned());
    let plain: Vec<String> = names.into_iter().chain(plain.iter().copied().map(of)).collect();
    let mut ways = Vec::new();
    if !plain.is_empty() {
        ways.push(("--yes".to_owned(), plain.join(" and ")));
    }
    for one in &more {
        ways.push((format!("--yes --max-risk {}", one.0.as_str()), of(one)));
    }
    if named.others > 0 {
        let others = repair::counted(named.others, noun);
        ways.push((
            "--yes --step ID".to_owned(),
            format!("the {others} done only by name"),
        ));
    }
    let words = ways.iter().enumerate().map(|(at, (flags, what))| {
        let verb = if at == 0 { does } else { "also" };
        format!("{flags} {verb} {what}")
    });
    words.collect::<Vec<_>>().join(", ")
}

/// `2 disruptive steps`.
pub(super) fn counted(number: usize, risk: Risk, noun: &str) -> String {
    repair::counted(number, &format!("{} {noun}", risk.as_str()))
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

pub(super) enum Answer {
    Yes,
    No,
    Enough,
}

/// Asks; the end of the input is enough.
pub(super) fn ask(question: &str) -> Result<Answer, Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_flags_is_what_they_do() {
        let of = |safe, disruptive, said: Option<&str>, named: Named| {
            let said = said.map(|said| said.parse().unwrap());
            let numbers = [(Risk::Safe, safe), (Risk::Disruptive, disruptive)];
            by_flags(["does", "step"], numbers, said, &named)
        };
        let none = Named::default;
        for (told, words) in [
            (of(2, 0, None, none()), "--yes does it"),
            (of(0, 2, None, none()), "--yes --max-risk disruptive does it"),
            (of(2, 1, Some("disruptive"), none()), "--yes does it"),
            (
                of(2, 1, None, none()),
                "--yes does the 2 safe steps, --yes --max-risk disruptive also the 1 disruptive step",
            ),
            (
                of(1, 1, Some("none"), none()),
                "--yes --max-risk safe does the 1 safe step, --yes --max-risk disruptive also the 1 disruptive step",
            ),
            (
                of(
                    1,
                    0,
                    None,
                    Named {
                        said: true,
                        others: 0,
                    },
                ),
                "--yes does what --step names and the 1 safe step",
            ),
            (
                of(
                    1,
                    0,
                    None,
                    Named {
                        said: false,
                        others: 2,
                    },
                ),
                "--yes does the 1 safe step, --yes --step ID also the 2 steps done only by name",
            ),
        ] {
            assert_eq!(told, words);
        }
    }
}
