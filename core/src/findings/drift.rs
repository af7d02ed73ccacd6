//! What an environment has drifted to: thing by thing and field by field what is declared, committed and live, which side moved,
//! who wrote it last, and whether a policy minds.

use crate::fields::Writer;
use crate::inventory::ResourceRef;
use crate::policy::Severity;
use crate::value::Value;
use jiff::Timestamp;
use std::sync::Arc;

/// All that differs, and what could not be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The environment's name.
    pub environment: String,
    /// As of when what is live was read.
    pub as_of: Timestamp,
    /// `snapshot` or `cluster`.
    pub kind: String,
    /// Which.
    pub from: Vec<String>,
    /// How many things were compared.
    pub compared: usize,
    /// What differs, in the order of references.
    pub things: Vec<Drifted>,
    /// What could not be compared.
    pub not_compared: Vec<NotCompared>,
    /// What was not looked for in things that were compared, because nothing that was read could tell it: no fault of the reading.
    pub not_looked_for: Vec<NotCompared>,
    /// Differences that are overlooked, by the rule that says so.
    pub ignored: Vec<Ignored>,
    /// The applications of which the committed side was rendered.
    pub committed: Vec<Committed>,
    /// What must be known besides.
    pub notes: Vec<String>,
}

/// A thing that is not as it is declared or committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    /// What.
    pub target: ResourceRef,
    /// In which way.
    pub state: State,
    /// Where it is declared: `the spec`, `deploy/web.yaml:12`; `None` where nothing declares it.
    pub declared: Option<String>,
    /// Where it is committed: `application b2b`.
    pub committed: Option<String>,
    /// The fields; none of something that is missing or undeclared.
    pub differences: Vec<Difference>,
    /// What policies say of it.
    pub matters: Vec<Matter>,
}

/// In which way a thing drifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is there, and fields of it differ.
    Differs,
    /// It is declared or committed, and not there.
    Missing,
    /// It is there, and not declared any more.
    Undeclared,
}

impl State {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Undeclared => "undeclared",
        }
    }
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `spec.template.spec.containers[name=web].image`.
    pub path: String,
    /// What is declared.
    pub declared: Side,
    /// What is committed.
    pub committed: Side,
    /// What is there.
    pub live: Side,
    /// Which side is not as it was.
    pub moved: Moved,
    /// Who wrote the live field last, where the server recorded it.
    pub writer: Option<Writer>,
}

/// What a side says of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// Nothing.
    Silent,
    /// That it is not there.
    Absent,
    /// This, without credentials.
    Says(Value),
}

/// Which side moved away from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moved {
    /// What runs was changed.
    Live,
    /// The declaration was changed, and what runs not yet.
    Declaration,
    /// What is committed was changed, or was not when the rest was.
    Git,
    /// More than one.
    Several,
    /// Nobody can tell.
    Unknown,
}

impl Moved {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Declaration => "declaration",
            Self::Git => "git",
            Self::Several => "several",
            Self::Unknown => "unknown",
        }
    }
}

/// What a policy says of a thing that drifted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matter {
    /// The policy's id.
    pub policy: Arc<str>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// A waiver accepts it.
    pub waived: bool,
    /// It has a repair.
    pub repair: bool,
    /// What it names, where that is not the thing itself: the Service of a load balancer.
    pub of: Option<ResourceRef>,
}

/// What could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotCompared {
    /// A thing, a kind, a collection, an application, or a file.
    pub what: String,
    /// Why.
    pub why: String,
    /// How many that is, where it is known: things, or fields of them.
    pub count: usize,
    /// The things, where they are known one by one.
    pub things: Vec<ResourceRef>,
}

/// Differences that are overlooked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignored {
    /// Which rule overlooks them.
    pub rule: String,
    /// How many.
    pub count: usize,
}

/// An application whose objects were rendered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Committed {
    /// Its name.
    pub application: String,
    /// The repository, without credentials.
    pub repository: String,
    /// The commit.
    pub commit: String,
    /// How many objects came out of it.
    pub objects: usize,
}

impl Drift {
    /// How many differences there are: fields, and things that are missing or undeclared.
    pub fn count(&self) -> usize {
        self.things.iter().map(|one| one.differences.len().max(1)).sum()
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// The policies that have a repair for something that drifted, sorted.
    pub fn repairs(&self) -> Vec<&str> {
        let matters = self.things.iter().flat_map(|one| &one.matters);
        let open = matters.filter(|one| one.repair && !one.waived);
        let mut ids: Vec<&str> = open.map(|one| one.policy.as_ref()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
