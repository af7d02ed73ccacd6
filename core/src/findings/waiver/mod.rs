//! Waivers: findings, and what could not be looked at, that somebody answers for until a day.
//!
//! Three sources, one evaluator: annotations and comments (`inline`) and waiver files ([`file`]) become [`Written`]
//! waivers; [`waive`] says what each of them accepts. A waived finding stays in the report; it only stops counting for the
//! gate. Time is passed in: the run's `now` decides what has expired.

mod file;
mod inline;
mod pattern;
mod schema;
mod term;
#[cfg(test)]
mod tests;
mod waive;

pub use file::read;
pub use inline::{Noted, annotations, example, mentions};
pub use pattern::Pattern;
pub use schema::json_schema;
pub use waive::{Waiving, waive};

use crate::inventory::ResourceRef;
use crate::source::{Diagnostic, Place};
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;

/// So many days ahead of a run may a waiver end.
pub const MOST_DAYS: i64 = 180;
/// From so many days before its end on a waiver is told as expiring.
pub const SOON_DAYS: i64 = 14;

/// Where a waiver is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaiverSource {
    /// A waiver file, which is reviewed.
    File,
    /// An annotation of the object.
    Annotation,
    /// A comment in a manifest.
    Comment,
}

impl WaiverSource {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Annotation => "annotation",
            Self::Comment => "comment",
        }
    }

    /// True for what stands beside what it waives, where whoever changes the one can write the other.
    pub fn is_inline(self) -> bool {
        self != Self::File
    }
}

/// How a waiver stands in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaiverState {
    /// It holds.
    Active,
    /// It holds, and ends within [`SOON_DAYS`].
    Expiring,
    /// Its last day is over: it waives nothing.
    Expired,
    /// It holds, its policy judged everything, and there is nothing left that it accepts.
    Unused,
    /// It is not written as a waiver must be, or stands where it may not: it waives nothing.
    Malformed,
}

impl WaiverState {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Unused => "unused",
            Self::Malformed => "malformed",
        }
    }
}

/// Who accepts it, why, and until when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Terms {
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
}

impl Terms {
    /// True when their last day is over.
    pub fn have_ended(&self, now: Timestamp) -> bool {
        self.expires < term::day(now)
    }
}

/// The waiver that accepts a finding, or something that was not evaluated. It holds: others waive nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiver {
    /// Where it is written.
    pub source: WaiverSource,
    /// Who accepts it, why, and until when.
    pub terms: Terms,
    /// [`WaiverState::Active`] or [`WaiverState::Expiring`].
    pub state: WaiverState,
    /// Days from the run's day to its last one: 0 on the last one.
    pub days_left: i64,
    /// As `environments/waivers.yaml:4:5`; for an annotation that was read from an API, the object.
    pub place: String,
}

impl Waiver {
    /// `waived until 2027-01-31 (platform team, OPS-212)`
    pub fn words(&self) -> String {
        let Terms {
            owner,
            ticket,
            expires,
            ..
        } = &self.terms;
        match ticket {
            Some(ticket) => format!("waived until {expires} ({owner}, {ticket})"),
            None => format!("waived until {expires} ({owner})"),
        }
    }
}

/// A waiver as somebody wrote it, before it is held against a day and findings.
#[derive(Debug, Clone)]
pub struct Written {
    /// The policy that it names.
    pub policy: Option<Arc<str>>,
    /// Where it is written.
    pub source: WaiverSource,
    /// What it speaks about.
    pub covers: Covers,
    /// As [`Waiver::place`].
    pub place: String,
    /// Its text, when there is one.
    pub at: Option<Place>,
    /// What it says, or what is wrong with it.
    pub terms: Result<Terms, Vec<Diagnostic>>,
}

/// What a waiver speaks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covers {
    /// Resources that match one of these.
    Resources(Vec<Pattern>),
    /// An object and what it owns. `top`: the workload that owns it, of which findings are told instead.
    Object {
        /// The object.
        resource: ResourceRef,
        /// Its owner at the top.
        top: Option<Box<ResourceRef>>,
    },
    /// A line of a manifest.
    Line {
        /// The manifest as the user named it.
        file: String,
        /// From 1.
        line: usize,
    },
}

impl Covers {
    /// In words: patterns as written, the object, or the line.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Resources(patterns) => patterns.iter().map(ToString::to_string).collect(),
            Self::Object { resource, .. } => vec![resource.to_string()],
            Self::Line { file, line } => vec![format!("{file}:{line}")],
        }
    }
}

/// What became of a waiver in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverResult {
    /// The policy that it names.
    pub policy: Option<Arc<str>>,
    /// Where it is written.
    pub source: WaiverSource,
    /// How it stands.
    pub state: WaiverState,
    /// What it speaks about, in words.
    pub resources: Vec<String>,
    /// What it says; `None` when it cannot be read.
    pub terms: Option<Terms>,
    /// Days to its last one, negative once it has expired.
    pub days_left: Option<i64>,
    /// As [`Waiver::place`].
    pub place: String,
    /// Its text, when there is one.
    pub at: Option<Place>,
    /// What is wrong with it, each with how to mend it.
    pub problems: Vec<Diagnostic>,
    /// Findings that it accepts.
    pub findings: u64,
    /// Entries of what was not evaluated that it accepts.
    pub not_evaluated: u64,
}

impl WaiverResult {
    /// All that is wrong with it, and that it has expired.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut problems = self.problems.clone();
        if let (WaiverState::Expired, Some(terms), Some(days)) = (self.state, &self.terms, self.days_left) {
            let ended = Diagnostic::new(format!(
                "expired on {} ({}): it waives nothing",
                terms.expires,
                ago(days)
            ));
            let ended = ended.hint("mend what it waives, or decide anew and write another day");
            problems.push(match &self.at {
                Some(place) => ended.at(place.clone()),
                None => ended,
            });
        }
        if self.state == WaiverState::Unused && problems.is_empty() {
            let unused = Diagnostic::new("unused: there is nothing that it accepts").hint("remove it");
            problems.push(match &self.at {
                Some(place) => unused.at(place.clone()),
                None => unused,
            });
        }
        for problem in &mut problems {
            let policy = self.policy.as_deref().unwrap_or("a policy");
            problem.message = format!("waiver of {policy}: {}", problem.message);
        }
        problems
    }

    /// What a run has to tell of it, a line each; nothing when all is well.
    pub fn warnings(&self) -> Vec<String> {
        let line = |problem: Diagnostic| {
            let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})"));
            let at = match problem.place {
                Some(_) => problem.one_line(),
                None => format!("{}: {}", self.place, problem.message),
            };
            format!("{at}{}", hint.unwrap_or_default())
        };
        self.diagnostics().into_iter().map(line).collect()
    }
}

fn ago(days_left: i64) -> String {
    match -days_left {
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}
