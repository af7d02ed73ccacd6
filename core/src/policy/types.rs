//! What a policy is.

use super::module::Provenance;
use super::severity::Severity;
use crate::source::SourceText;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What a policy judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One object at a time, as `input`.
    Object,
    /// The whole environment at once, from `data`.
    Environment,
}

impl Scope {
    /// The word in METADATA and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Environment => "environment",
        }
    }
}

/// On which description of the environment a policy can say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The declared environment alone.
    Spec,
    /// Manifests.
    Manifests,
    /// A cluster and account, or a snapshot of them.
    Live,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Spec, Self::Manifests, Self::Live];

    /// The word in METADATA.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Manifests => "manifests",
            Self::Live => "live",
        }
    }
}

/// Which contract a policy follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Declared in METADATA; findings are objects.
    Envcheck,
    /// Rules named `deny`, `violation`, `warn` that say texts or `{"msg": …}` of `input`.
    Conftest,
}

/// A kind that a policy is for; `*` in any place stands for all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindPattern {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version, as `v1`.
    pub version: String,
    /// The kind, as `Deployment`.
    pub kind: String,
}

impl KindPattern {
    /// Any group and version of a kind.
    pub fn any_group(kind: &str) -> Self {
        Self {
            group: "*".to_owned(),
            version: "*".to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// Whether an object of this API version and kind is meant.
    pub fn matches(&self, api_version: &str, kind: &str) -> bool {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let fits = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        fits(&self.kind, kind) && fits(&self.group, group) && fits(&self.version, version)
    }
}

impl fmt::Display for KindPattern {
    /// As written in METADATA: `v1/Service`, `apps/v1/Deployment`, `*/Service`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.group.as_str(), self.version.as_str()) {
            ("*", "*") => write!(f, "*/{}", self.kind),
            ("", version) => write!(f, "{version}/{}", self.kind),
            (group, version) => write!(f, "{group}/{version}/{}", self.kind),
        }
    }
}

impl FromStr for KindPattern {
    type Err = String;

    /// Reads `version/Kind` of the core group, `group/version/Kind`, or `*/Kind` for any group and version.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let name = |part: &str| {
            part == "*"
                || (!part.is_empty()
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'))
        };
        let version = |part: &str| {
            part == "*" || (part.starts_with('v') && part.as_bytes().get(1).is_some_and(u8::is_ascii_digit))
        };
        let kind = |part: &str| part == "*" || part.bytes().next().is_some_and(|b| b.is_ascii_uppercase());
        let (group, of, kind_name) = match parts.as_slice() {
            ["*"] => ("*", "*", "*"),
            ["*", kind_name] => ("*", "*", *kind_name),
            [of, kind_name] => ("", *of, *kind_name),
            [group, of, kind_name] => (*group, *of, *kind_name),
            _ => return Err(format!("`{text}` is not a kind")),
        };
        if !parts.iter().all(|part| name(part)) || !version(of) || !kind(kind_name) {
            return Err(format!("`{text}` is not a kind"));
        }
        Ok(Self {
            group: group.to_owned(),
            version: of.to_owned(),
            kind: kind_name.to_owned(),
        })
    }
}

/// The kinds that a policy is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kinds {
    /// Any kind: nothing may be skipped.
    All,
    /// These only: for object scope, others are skipped; for environment scope, these must have been read.
    Only(Vec<KindPattern>),
}

impl Kinds {
    /// Whether objects of this API version and kind are meant.
    pub fn matches(&self, api_version: &str, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(api_version, kind)),
        }
    }

    /// Whether objects of this kind are meant, but none of this version of its API.
    pub fn of_another_version(&self, api_version: &str, kind: &str) -> bool {
        let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
        let named = |pattern: &KindPattern| pattern.kind == kind && pattern.group == group;
        !self.matches(api_version, kind) && self.patterns().iter().any(named)
    }

    /// The patterns; empty for all.
    pub fn patterns(&self) -> &[KindPattern] {
        match self {
            Self::All => &[],
            Self::Only(patterns) => patterns,
        }
    }
}

/// A rule whose results are findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRule {
    /// The rule's name, as `deny` or `warn_latest_tag`.
    pub name: String,
    /// What to ask the engine for, as `data.main.deny`.
    pub path: String,
    /// How bad its findings are.
    pub severity: Severity,
}

/// A parameter that a policy declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as `maxAge`.
    pub name: String,
    /// Its value when nobody sets it; `None` when it has none.
    pub default: Option<Value>,
    /// What it means.
    pub description: String,
}

/// A policy of the catalogue.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its name everywhere, at most 57 characters: `dedicated-load-balancer`; `main.deny` for conftest's.
    pub id: Arc<str>,
    /// One line.
    pub title: Arc<str>,
    /// What and why.
    pub description: Arc<str>,
    /// How bad its findings are before overrides.
    pub severity: Severity,
    /// The folder it lives in; `custom` when it has none.
    pub category: Arc<str>,
    /// What it judges.
    pub scope: Scope,
    /// The kinds it is for. For conftest policies inferred from their rules.
    pub kinds: Kinds,
    /// Collections without which it cannot judge, as `digitalocean.load_balancers`.
    pub needs: Vec<String>,
    /// What the environment must declare for it to apply, as `digitalocean.registry`.
    pub declares: Vec<String>,
    /// Where it can say anything.
    pub stages: Vec<Stage>,
    /// Whether it needs the whole environment in view, not some files of it.
    pub requires_complete: bool,
    /// The bundles that select it.
    pub bundles: Vec<String>,
    /// Controls of other catalogues that it covers, by catalogue.
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// How to mend what it finds.
    pub remediation: Arc<str>,
    /// Why it proposes no fix, where it proposes none.
    pub no_fix: Option<Arc<str>>,
    /// Where to read more.
    pub references: Vec<String>,
    /// What may be set, by name.
    pub parameters: Vec<Parameter>,
    /// Short examples for readers, as given in METADATA.
    pub examples: Vec<Value>,
    /// The package without `data.`, as `envcheck.network.dedicated_load_balancer`.
    pub package: String,
    /// The rules whose results are findings, by name.
    pub rules: Vec<EntryRule>,
    /// What to ask for the excused rule names (`data.main.exception`), when the package has any.
    pub exception: Option<String>,
    /// What to ask for the things that were judged, when the package says so.
    pub subjects: Option<String>,
    /// What to ask for the things that could not be judged, when the package says so.
    pub not_evaluated: Option<String>,
    /// What to ask for the things that are younger than their grace time, when the package says so.
    pub pending: Option<String>,
    /// Whether it, or anything it refers to, names `data.inventory`.
    pub uses_inventory: bool,
    /// What it, or anything it refers to, reads below `data` of what was observed: `view.services`, `network`,
    /// `digitalocean.vpcs`; `view` alone when a member's name is only known while it runs.
    pub reads: BTreeSet<String>,
    /// Whether it, or anything it refers to, asks for the time by `time.now_ns`.
    pub uses_clock: bool,
    /// The file that declares it: the one with METADATA, else the first with a rule.
    pub source: Arc<SourceText>,
    /// All files of its package.
    pub files: Vec<Arc<SourceText>>,
    /// The contract it follows.
    pub dialect: Dialect,
    /// Whose it is.
    pub provenance: Provenance,
    /// True when a file of it is in the older syntax.
    pub rego_v0: bool,
    /// Index of its [`super::Group`].
    pub group: usize,
}

impl Policy {
    /// True for policies that the user brought.
    pub fn is_foreign(&self) -> bool {
        self.provenance != Provenance::BuiltIn
    }

    /// The declared defaults as an object, what `data.parameters` starts from.
    pub fn default_parameters(&self) -> Value {
        crate::value::object(
            self.parameters
                .iter()
                .filter_map(|parameter| Some((parameter.name.as_str(), parameter.default.clone()?))),
        )
    }
}
