//! What has to be made so that an environment is as it is declared: steps with what they cost and what they wait for, beside what
//! stands already and what stands in the way.

mod choosing;
mod file;
mod made_for;

pub use file::{API_VERSION, Agreed, read};
pub use made_for::MadeFor;

use super::step::{Pair, Step};
use crate::inventory::ResourceRef;
use jiff::Timestamp;

/// What has to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Provisioning {
    /// The environment's name.
    pub environment: String,
    /// When it was planned.
    pub planned: Timestamp,
    /// For which account and cluster.
    pub made_for: MadeFor,
    /// In the order in which they are made.
    pub steps: Vec<Making>,
    /// What is there already.
    pub standing: Vec<Standing>,
    /// What stands in the way: while there is one, nothing is made.
    pub conflicts: Vec<Conflict>,
    /// What the environment costs each month, line by line, whether it stands or is to be made.
    pub bill: Vec<Bill>,
    /// What stands and is used only once the user has agreed to it. These are no steps, and no difference.
    pub adoptions: Vec<Adoption>,
    /// What must be known besides.
    pub notes: Vec<String>,
    /// What is not made, as others made the same under other names.
    pub instead: Vec<ResourceRef>,
    /// Who may connect to whom once all is made, and may not now: among what runs already.
    pub opened: Vec<Pair>,
    /// Who may connect to whom now, and may not any more then.
    pub closed: Vec<Pair>,
    /// What was not looked at though it is there, and why: steps may be missing, or be of what stands already.
    pub unseen: Vec<String>,
    /// It is of a snapshot, in which nothing is made or repaired.
    pub captured: bool,
}

/// A step that makes something.
#[derive(Debug, Clone, PartialEq)]
pub struct Making {
    /// What it does. Its id is the same in every plan that has it.
    pub step: Step,
    /// The ids of steps that come before it.
    pub after: Vec<String>,
}

/// Something that is there already and is used as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// What, with its id where the account gives one.
    pub target: ResourceRef,
    /// A mark in it, or a journal, says that it was created for this environment.
    pub created: bool,
    /// It belongs to several environments.
    pub shared: bool,
    /// It was there before, and the user has agreed to that in an earlier run.
    pub adopted: bool,
    /// In which way it differs from what is declared and could be changed: that is repaired, or a person's, not provisioned.
    pub differs: Vec<Difference>,
}

/// In which way something is not as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// `access is "public", declared is "private"`.
    pub words: String,
    /// A repair can change that; otherwise only a person can.
    pub repaired: bool,
}

impl Difference {
    /// What `remediate` repairs.
    pub fn repaired(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            repaired: true,
        }
    }

    /// What only a person can change.
    pub fn by_hand(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            repaired: false,
        }
    }
}

/// Something of the account that stands, and that nothing proves to be made for the environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Adoption {
    /// What, with its id where the account gives one.
    pub target: ResourceRef,
    /// By what the user names it: its id, or the URN of what has none (`do:space:NAME`).
    pub id: String,
    /// What is known of whose it is: `which nothing marks as made for stage`.
    pub why: String,
}

impl Adoption {
    /// `VPC stage (id 4b1d…)`.
    pub fn named(&self) -> String {
        format!("{} {} (id {})", self.target.kind, self.target.name, self.id)
    }

    /// The same, with what is known of whose it is.
    pub fn words(&self) -> String {
        format!("{}, {}", self.named(), self.why)
    }
}

/// Something that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// What.
    pub target: ResourceRef,
    /// Why.
    pub why: String,
    /// What a person can do.
    pub hint: String,
}

/// A line of the monthly bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// `3 nodes s-4vcpu-8gb (pool general)`.
    pub what: String,
    /// Cents of a US dollar each month; `None` where the account's price lists do not tell.
    pub cents: Option<u64>,
    /// It is to be made; otherwise it is billed already.
    pub new: bool,
    /// Other environments use it too, so it is billed once for all of them.
    pub shared: bool,
}

impl Provisioning {
    /// The known cents each month of what is there (`false`) or is to be made (`true`).
    pub fn cents(&self, new: bool) -> u64 {
        let lines = self.bill.iter().filter(|line| line.new == new);
        lines.filter_map(|line| line.cents).sum()
    }

    /// Whether everything that is declared stands, as it is declared.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.conflicts.is_empty()
    }

    /// Whether a step comes after another one.
    pub fn waits(&self, step: &Step, other: &Step) -> bool {
        let making = self.steps.iter().find(|one| one.step.id == step.id);
        making.is_some_and(|one| one.after.contains(&other.id))
    }

    /// Whether something differs that provisioning leaves to repair.
    pub fn differs(&self) -> bool {
        self.standing.iter().any(|one| !one.differs.is_empty())
    }
}
