//! What became of the steps of a run, and which steps a run may do at all.

use super::step::{LeftAlone, Step};
use crate::policy::Risk;

/// What the user agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Steps up to this risk.
    pub up_to: Option<Risk>,
    /// And these, by id, however dangerous.
    pub named: Vec<String>,
    /// And these, by id, as far as no step has to be named: somebody said yes to what it does, and to nothing worse.
    pub accepted: Vec<String>,
    /// Up to which risk somebody was asked: what is not covered of that was declined.
    pub asked: Option<Risk>,
}

impl Consent {
    /// Whether this covers a step; `Err` says what would.
    pub fn covers(&self, step: &Step) -> Result<(), String> {
        if self.named.contains(&step.id) {
            return Ok(());
        }
        let name = format!("--step {}", step.id);
        if let Some(first) = step.causes.first() {
            return Err(format!(
                "it would bring about {} new: {} {}; {name} does it all the same",
                counted(step.causes.len(), "finding"),
                first.policy,
                first.message
            ));
        }
        if !step.rehearsed && !step.deed.is_estimated() {
            return Err(format!("it could not be rehearsed; {name} does it all the same"));
        }
        let accepted = self.accepted.contains(&step.id);
        match (step.risk, self.up_to) {
            (Risk::Destructive, _) => Err(format!("it is destructive, and such steps are named: {name}")),
            _ if accepted => Ok(()),
            (risk, Some(most)) if risk <= most => Ok(()),
            _ if self.asked >= Some(step.risk) => {
                Err(format!("it was declined; {name} does it all the same"))
            }
            (Risk::Disruptive, _) => Err(format!("it is disruptive: --max-risk disruptive or {name}")),
            _ => Err("nobody agreed to it".to_owned()),
        }
    }
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("one {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done(Verified),
    /// It was not done, and nothing was changed by it; why.
    NotDone(String),
    /// Nobody knows whether it was done; why.
    Unknown(String),
    /// It was not begun; why.
    Skipped(String),
}

/// What its policies say afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// What it was for is gone.
    Fixed,
    /// It is still there.
    NotFixed,
    /// It is still there, as the plan said it would be.
    Stays,
    /// What a collection of garbage freed.
    Freed {
        /// So many bytes.
        bytes: u64,
        /// So many were expected, where that could be told.
        estimated: Option<u64>,
    },
    /// What was begun came to nothing; why.
    Failed(String),
    /// They could not look; why.
    CouldNotVerify(String),
    /// There is nothing to be verified: it takes something back.
    TakenBack,
    /// What it makes is there.
    Made,
    /// What it was to make was there already.
    Stood,
    /// What it removes is gone.
    Removed,
    /// What it was to remove was gone already.
    WasGone,
}

impl Outcome {
    /// True where all is well.
    pub fn is_well(&self) -> bool {
        match self {
            Self::Done(Verified::Freed { bytes, estimated }) => freed_enough(*bytes, *estimated),
            Self::Done(verified) => matches!(
                verified,
                Verified::Fixed
                    | Verified::TakenBack
                    | Verified::Made
                    | Verified::Stood
                    | Verified::Removed
                    | Verified::WasGone
            ),
            _ => false,
        }
    }

    /// True where it was done, and what it was for is still there.
    pub fn is_not_fixed(&self) -> bool {
        match self {
            Self::Done(Verified::NotFixed | Verified::Stays | Verified::Failed(_)) => true,
            Self::Done(Verified::Freed { bytes, estimated }) => !freed_enough(*bytes, *estimated),
            _ => false,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Done(Verified::Fixed) => "fixed".to_owned(),
            Self::Done(Verified::NotFixed) => "done, but not fixed".to_owned(),
            Self::Done(Verified::Stays) => "done, but not fixed, as the plan said".to_owned(),
            Self::Done(Verified::Failed(why)) => format!("done, but not fixed: {why}"),
            Self::Done(Verified::Freed { bytes, estimated }) => {
                let fixed = if freed_enough(*bytes, *estimated) {
                    "fixed"
                } else {
                    "done, but not fixed"
                };
                let expected = estimated.map(|bytes| format!(", {} estimated", amount(bytes)));
                format!(
                    "{fixed}: {} freed{}",
                    amount(*bytes),
                    expected.unwrap_or_default()
                )
            }
            Self::Done(Verified::CouldNotVerify(why)) => format!("done, could not verify: {why}"),
            Self::Done(Verified::TakenBack) => "taken back".to_owned(),
            Self::Done(Verified::Made) => "made".to_owned(),
            Self::Done(Verified::Stood) => "is there already".to_owned(),
            Self::Done(Verified::Removed) => "removed".to_owned(),
            Self::Done(Verified::WasGone) => "is gone already".to_owned(),
            Self::NotDone(why) => format!("not done: {why}"),
            Self::Unknown(why) => format!("unknown: {why}"),
            Self::Skipped(why) => format!("left: {why}"),
        }
    }
}

/// What the registry said before is an estimate; nine tenths of it are enough.
fn freed_enough(bytes: u64, estimated: Option<u64>) -> bool {
    match estimated {
        Some(estimated) => u128::from(bytes) * 10 >= u128::from(estimated) * 9,
        None => bytes > 0,
    }
}

/// `1.2 GiB`.
fn amount(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) => {
            let tenths = u128::from(bytes) * 10 / u128::from(*size);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} B"),
    }
}

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its name, by which it is taken back.
    pub name: String,
    /// Where its journal is; `None` when nothing was begun.
    pub journal: Option<String>,
    /// Each step, in order.
    pub steps: Vec<(Step, Outcome)>,
    /// What should have gone with them, and did not, as far as could be told.
    pub remaining: Vec<LeftAlone>,
}
