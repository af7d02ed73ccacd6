//! One Rego file, before and after loading.

use crate::source::{Place, SourceText};
use regorus::{Engine, PolicyLengthConfig};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

/// One Rego file as given.
#[derive(Debug, Clone)]
pub struct RegoFile {
    /// Its text under the name shown: `policies/network/…/x.rego`, or the user's path.
    pub source: Arc<SourceText>,
}

impl RegoFile {
    /// A file of this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            source: SourceText::new(name, text),
        }
    }
}

/// Whose a module or policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// Ours.
    BuiltIn,
    /// The user's.
    Foreign {
        /// Which `-p` argument, from 0.
        set: usize,
    },
}

/// A module that passed the checks of loading.
#[derive(Debug)]
pub struct Module {
    /// The file as given; its name is the module's.
    pub source: Arc<SourceText>,
    /// The package without `data.`.
    pub package: String,
    /// What the engine gets: the same lines, with function calls in heads of partial sets moved into the bodies.
    /// `None` when that is the file as given.
    pub(super) rewritten: Option<String>,
    /// True for the older syntax.
    pub rego_v0: bool,
    /// Whose it is.
    pub provenance: Provenance,
}

impl Module {
    /// The name shown in messages.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The text for the engine; [`Module::add_to`] adds it as it must be.
    pub fn text(&self) -> &str {
        self.rewritten.as_deref().unwrap_or(&self.source.text)
    }

    /// Adds it to an engine, in its syntax and with our limits.
    pub fn add_to(&self, engine: &mut Engine) -> Result<(), String> {
        engine.set_policy_length_config(policy_length());
        engine.set_rego_v0(self.rego_v0);
        let mut add = |text: &str| engine.add_policy(self.name().to_owned(), text.to_owned());
        let added = match &self.rewritten {
            // Should the rewriting be wrong, the file as given is right.
            Some(rewritten) => add(rewritten).or_else(|_| add(&self.source.text)),
            None => add(&self.source.text),
        };
        added.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// The lengths that the engine is to accept. More than a file may have: moving a head's call lengthens a line.
pub fn policy_length() -> PolicyLengthConfig {
    PolicyLengthConfig {
        max_col: NonZeroU32::new(64 * 1024).unwrap_or(NonZeroU32::MIN),
        max_file_bytes: NonZeroUsize::new(4 << 20).unwrap_or(NonZeroUsize::MIN),
        max_lines: NonZeroUsize::new(100_000).unwrap_or(NonZeroUsize::MIN),
    }
}

/// A module of tests: never a policy.
#[derive(Debug)]
pub struct TestModule {
    /// The module.
    pub module: Arc<Module>,
    /// Its test rules in the order of the file.
    pub rules: Vec<TestRule>,
    /// Index of the [`super::Group`] whose modules it tests.
    pub group: usize,
}

/// A rule named `test_…`.
#[derive(Debug, Clone)]
pub struct TestRule {
    /// Its name.
    pub name: String,
    /// What to ask the engine for.
    pub path: String,
    /// Its head.
    pub place: Place,
    /// True for `todo_test_…`, which is not run.
    pub todo: bool,
}
