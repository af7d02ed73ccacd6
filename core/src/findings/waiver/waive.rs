//! The one evaluator: what each waiver accepts, and how each of them stands.

use super::term::{day, days_until, standing};
use super::{Covers, Waiver, WaiverResult, WaiverState, Written};
use crate::findings::{Finding, Location, NotEvaluated, PolicyResult};
use crate::inventory::{Origin, ResourceRef};
use crate::policy::{Severity, nearest};
use crate::source::Diagnostic;
use crate::spec::{InlineWaivers, InlineWaiversWord};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What waivers are held against.
pub struct Waiving<'a> {
    /// All of them, in the order in which they are told.
    pub waivers: Vec<Written>,
    /// Which policies may be waived inline, by the trusted spec.
    pub inline: &'a InlineWaivers,
    /// The run's time.
    pub now: Timestamp,
    /// The whole environment was in view: what a file waives and is not there is nowhere.
    pub whole: bool,
    /// The policies that were run.
    pub ran: &'a BTreeSet<Arc<str>>,
    /// The ids of all policies; `None` when not all of them were read.
    pub known: Option<&'a [&'a str]>,
    /// Where a resource was read.
    pub origin: &'a dyn Fn(&ResourceRef) -> Option<Origin>,
}

/// A waiver in a run.
struct Standing {
    written: Written,
    state: WaiverState,
    days_left: Option<i64>,
    problems: Vec<Diagnostic>,
    findings: u64,
    not_evaluated: u64,
    /// What it would accept and may not.
    refused: bool,
}

/// What a waiver is asked to accept.
struct Subject<'s> {
    policy: &'s str,
    severity: Severity,
    resource: Option<&'s ResourceRef>,
    owner: Option<&'s ResourceRef>,
    /// Where it stands in a manifest.
    origin: Option<&'s Origin>,
    locate: &'s dyn Fn() -> Option<Location>,
}

/// Marks what is accepted, and says what became of every waiver.
pub fn waive(
    waiving: &Waiving<'_>,
    findings: &mut [Finding],
    not_evaluated: &mut [NotEvaluated],
    policies: &mut [PolicyResult],
) -> Vec<WaiverResult> {
    let today = day(waiving.now);
    let mut all: Vec<Standing> = waiving
        .waivers
        .iter()
        .cloned()
        .map(|written| {
            let mut standing = Standing::on(today, written);
            let unknown = unknown(&standing.written, waiving.known);
            if unknown.is_some() {
                standing.state = WaiverState::Malformed;
            }
            standing.tell(unknown);
            standing
        })
        .collect();
    let mut by_policy: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (index, standing) in all.iter().enumerate().filter(|(_, standing)| standing.holds()) {
        if let Some(policy) = &standing.written.policy {
            by_policy.entry(policy.clone()).or_default().push(index);
        }
    }
    for finding in findings {
        finding.inline_waivers = permitted(waiving.inline, &finding.policy, finding.severity);
        let Some(candidates) = by_policy.get(&finding.policy) else {
            continue;
        };
        let subject = Subject {
            policy: &finding.policy,
            severity: finding.severity,
            resource: Some(finding.resource()),
            owner: finding.owner.as_ref(),
            origin: Some(&finding.origin),
            locate: &|| Location::of(finding),
        };
        let accepting = accepting(&subject, candidates, &mut all, waiving.inline);
        for index in &accepting {
            all[*index].findings += 1;
        }
        let best = best(&accepting, &all);
        finding.waiver = best;
    }
    for entry in not_evaluated {
        let Some(candidates) = by_policy.get(&entry.policy) else {
            continue;
        };
        let Some(policy) = policies.iter_mut().find(|policy| policy.id == entry.policy) else {
            continue;
        };
        let origin = entry.resource.as_ref().and_then(waiving.origin);
        let subject = Subject {
            policy: &entry.policy,
            severity: policy.severity,
            resource: entry.resource.as_ref(),
            owner: None,
            origin: origin.as_ref(),
            locate: &|| Location::at(origin.as_ref()?, None),
        };
        let accepting = accepting(&subject, candidates, &mut all, waiving.inline);
        for index in &accepting {
            all[*index].not_evaluated += 1;
        }
        entry.waiver = best(&accepting, &all);
        policy.waived += u64::from(entry.waiver.is_some());
    }
    for policy in policies.iter_mut() {
        policy.waived = policy.waived.min(policy.not_evaluated);
    }
    results(all, waiving, policies)
}

impl Standing {
    fn on(today: jiff::civil::Date, written: Written) -> Self {
        let (state, problem, days_left) = match &written.terms {
            Ok(terms) => {
                let (state, problem) = standing(today, terms.expires);
                (state, problem, Some(days_until(today, terms.expires)))
            }
            Err(_) => (WaiverState::Malformed, None, None),
        };
        let mut standing = Self {
            problems: written.terms.as_ref().err().cloned().unwrap_or_default(),
            written,
            state,
            days_left,
            findings: 0,
            not_evaluated: 0,
            refused: false,
        };
        standing.tell(problem);
        standing
    }

    /// Notes a problem, at the waiver.
    fn tell(&mut self, problem: Option<Diagnostic>) {
        self.problems
            .extend(problem.map(|problem| match &self.written.at {
                Some(place) => problem.at(place.clone()),
                None => problem,
            }));
    }

    fn holds(&self) -> bool {
        matches!(self.state, WaiverState::Active | WaiverState::Expiring)
    }

    fn used(&self) -> bool {
        self.findings + self.not_evaluated > 0
    }
}

fn unknown(written: &Written, known: Option<&[&str]>) -> Option<Diagnostic> {
    let (policy, known) = (written.policy.as_deref()?, known?);
    if known.contains(&policy) {
        return None;
    }
    let hint = match nearest(policy, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "envcheck policy list shows the ids".to_owned(),
    };
    Some(Diagnostic::new(format!("no policy is called {}", super::term::shortened(policy))).hint(hint))
}

/// Those of the candidates that accept it. One that may not is marked.
fn accepting(
    subject: &Subject<'_>,
    candidates: &[usize],
    all: &mut [Standing],
    inline: &InlineWaivers,
) -> Vec<usize> {
    // Finding the line reads the document again: once, and only where a comment may be meant.
    let mut line: Option<Option<Location>> = None;
    let mut accepting = Vec::new();
    for index in candidates {
        let standing = &mut all[*index];
        let covered = match &standing.written.covers {
            Covers::Resources(patterns) => match subject.resource {
                Some(resource) => patterns.iter().any(|pattern| pattern.matches(resource)),
                None => patterns.iter().any(super::Pattern::is_everything),
            },
            Covers::Object { resource, .. } => [subject.resource, subject.owner].contains(&Some(resource)),
            Covers::Line { file, line: wanted } => {
                matches!(subject.origin, Some(Origin::Manifest { document, .. }) if document.source.name == *file)
                    && line
                        .get_or_insert_with(|| (subject.locate)())
                        .as_ref()
                        .is_some_and(|location| location.line == *wanted)
            }
        };
        if !covered {
            continue;
        }
        if standing.written.source.is_inline() && !permitted(inline, subject.policy, subject.severity) {
            standing.refused = true;
        } else {
            accepting.push(*index);
        }
    }
    accepting
}

fn permitted(inline: &InlineWaivers, policy: &str, severity: Severity) -> bool {
    match inline {
        InlineWaivers::Word(InlineWaiversWord::Default) => severity != Severity::Critical,
        InlineWaivers::Word(InlineWaiversWord::None) => false,
        InlineWaivers::Ids(ids) => ids.iter().any(|id| id.as_str() == policy),
    }
}

/// The one that holds longest; of those that hold as long, the first.
fn best(accepting: &[usize], all: &[Standing]) -> Option<Waiver> {
    let standing = accepting
        .iter()
        .map(|index| &all[*index])
        .rev()
        .max_by_key(|standing| standing.days_left)?;
    let terms = standing.written.terms.as_ref().ok()?;
    Some(Waiver {
        source: standing.written.source,
        terms: terms.clone(),
        state: standing.state,
        days_left: standing.days_left?,
        place: standing.written.place.clone(),
    })
}

fn results(all: Vec<Standing>, waiving: &Waiving<'_>, policies: &[PolicyResult]) -> Vec<WaiverResult> {
    let annotated: BTreeSet<(&ResourceRef, &str)> = waiving
        .waivers
        .iter()
        .filter_map(|written| match &written.covers {
            Covers::Object { resource, .. } => Some((resource, written.policy.as_deref()?)),
            _ => None,
        })
        .collect();
    let mut results = Vec::new();
    for mut standing in all {
        let policy = standing.written.policy.as_deref().unwrap_or_default();
        let mut elsewhere = None;
        if let Covers::Object { top: Some(top), .. } = &standing.written.covers
            && !standing.used()
        {
            // Controllers copy annotations of workloads to what they make.
            if annotated.contains(&(top.as_ref(), policy)) {
                continue;
            }
            elsewhere = Some(top.clone());
        }
        if standing.holds() && !standing.used() {
            if standing.refused {
                standing.state = WaiverState::Malformed;
            } else if judged_all(&standing, waiving, policies) {
                standing.state = WaiverState::Unused;
            }
        }
        if standing.refused {
            standing.tell(Some(refusal(waiving.inline)));
        }
        if let (WaiverState::Unused, Some(top)) = (standing.state, elsewhere) {
            let problem = Diagnostic::new(format!("unused: what is found here is told of {top}"));
            standing.tell(Some(problem.hint("put the annotation on the owner")));
        }
        results.push(WaiverResult {
            resources: standing.written.covers.words(),
            policy: standing.written.policy,
            source: standing.written.source,
            state: standing.state,
            terms: standing.written.terms.ok(),
            days_left: standing.days_left,
            place: standing.written.place,
            at: standing.written.at,
            problems: standing.problems,
            findings: standing.findings,
            not_evaluated: standing.not_evaluated,
        });
    }
    results
}

/// Whether the policy looked at everything that the waiver may mean: only then nothing is left of it.
fn judged_all(standing: &Standing, waiving: &Waiving<'_>, policies: &[PolicyResult]) -> bool {
    let policy = standing.written.policy.as_deref().unwrap_or_default();
    let complete = policies
        .iter()
        .any(|own| own.id.as_ref() == policy && own.errors + own.not_evaluated == 0);
    let in_view = waiving.whole || standing.written.source.is_inline();
    complete && in_view && waiving.ran.contains(policy)
}

fn refusal(inline: &InlineWaivers) -> Diagnostic {
    let message = match inline {
        InlineWaivers::Word(InlineWaiversWord::Default) => "a critical finding is not waived inline",
        InlineWaivers::Word(InlineWaiversWord::None) => "the spec allows no inline waivers",
        InlineWaivers::Ids(_) => "the spec does not allow inline waivers of this policy",
    };
    Diagnostic::new(message)
        .hint("put it into a waiver file, or list the policy under policies.inlineWaivers")
}
