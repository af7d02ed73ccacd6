//! What a policy is.

use super::severity::Severity;
use crate::source::{Place, SourceText};
use crate::value::Value;
use std::sync::Arc;

/// One Rego file as given.
#[derive(Debug, Clone)]
pub struct RegoFile {
    /// Its text and the name shown.
    pub source: Arc<SourceText>,
}

/// Whose a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// It came with the program.
    BuiltIn,
    /// The user brought it, with the n-th set.
    Foreign {
        /// Which set.
        set: usize,
    },
}

/// What a policy judges at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Each object by itself.
    Object,
    /// The environment as a whole.
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

/// In which flows a policy runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On the spec alone.
    Spec,
    /// On manifests.
    Manifests,
    /// On a cluster or a capture of one.
    Live,
}

/// The kinds a policy is about: `v1/Service`, `apps/v1/Deployment`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds(pub Option<Vec<String>>);

impl Kinds {
    /// The kinds named; none when it is about all.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    /// True for a kind that it is about.
    pub fn matches(&self, group: &str, kind: &str) -> bool {
        let Some(kinds) = &self.0 else { return true };
        kinds.iter().any(|known| {
            let (prefix, name) = known.rsplit_once('/').unwrap_or(("*", known));
            let known_group = prefix
                .rsplit_once('/')
                .map_or(if prefix == "*" { "*" } else { "" }, |(group, _)| group);
            name == kind && (known_group == "*" || known_group == group)
        })
    }
}

/// A rule that gives findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRule {
    /// `deny`, `warn_latest_tag`.
    pub name: String,
    /// The severity of what it finds.
    pub severity: Severity,
}

/// A parameter that a policy declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value when nobody sets it.
    pub default: Value,
    /// What it is for.
    pub description: String,
}

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The id.
    pub id: Arc<str>,
    /// The title.
    pub title: Arc<str>,
    /// What and why.
    pub description: Arc<str>,
    /// How to mend what it finds.
    pub remediation: Arc<str>,
    /// The folder it lives in.
    pub category: Arc<str>,
    /// Its default severity.
    pub severity: Severity,
    /// What it judges at a time.
    pub scope: Scope,
    /// The kinds it is about.
    pub kinds: Kinds,
    /// Collections it needs.
    pub needs: Vec<String>,
    /// Where it runs; empty means everywhere.
    pub stages: Vec<Stage>,
    /// It needs the whole environment in view.
    pub requires_complete: bool,
    /// Bundles it is in.
    pub bundles: Vec<String>,
    /// References.
    pub references: Vec<String>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Its package without `data.`.
    pub package: String,
    /// Its rules.
    pub rules: Vec<EntryRule>,
    /// Its package defines `exception`.
    pub has_exception: bool,
    /// Rules that its package defines.
    pub defined: Vec<String>,
    /// It reads `data.inventory`.
    pub uses_inventory: bool,
    /// Whose it is.
    pub provenance: Provenance,
    /// Where it is declared.
    pub place: Place,
}

impl Policy {
    /// True for policies that the user brought.
    pub fn is_foreign(&self) -> bool {
        self.provenance != Provenance::BuiltIn
    }

    /// True when its package defines a rule of this name.
    pub fn defines(&self, rule: &str) -> bool {
        self.defined.iter().any(|name| name == rule)
    }

    /// The file it is declared in.
    pub fn source_name(&self) -> &str {
        &self.place.source.name
    }
}

/// A module as an engine gets it.
#[derive(Debug, Clone)]
pub struct Module {
    /// The file.
    pub name: String,
    /// The text.
    pub text: String,
    /// In the syntax before Rego v1.
    pub v0: bool,
    /// Its package.
    pub package: String,
    /// Whose.
    pub provenance: Provenance,
}
