//! Turns the packages of a group into policies.

use super::catalogue::Group;
use super::dialect::{entry_severity, is_library};
use super::facts::{Form, RuleFacts};
use super::load::Parsed;
use super::metadata::{Block, Declared};
use super::types::{Dialect, EntryRule, Kinds, Policy, Scope, Stage};
use super::{Provenance, Severity};
use crate::source::{Diagnostic, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Ids that are taken, and where.
pub(super) type Taken = BTreeMap<String, Place>;

/// What became of a group.
#[derive(Default)]
pub(super) struct Built {
    pub(super) policies: Vec<Policy>,
    pub(super) problems: Vec<Diagnostic>,
    pub(super) rejected: BTreeSet<String>,
}

/// The policies of the group's own modules.
pub(super) fn build(modules: &[&Parsed], group: &Group, index: usize, taken: &mut Taken) -> Built {
    let mut packages: BTreeMap<&str, Vec<&Parsed>> = BTreeMap::new();
    for parsed in modules
        .iter()
        .filter(|parsed| parsed.module.provenance == group.provenance)
    {
        packages.entry(&parsed.module.package).or_default().push(parsed);
    }
    let mut built = Built::default();
    for (name, files) in packages {
        let mut rules: BTreeMap<&str, Vec<Definition<'_>>> = BTreeMap::new();
        for file in &files {
            for rule in &file.facts.rules {
                let name = rule.name.first().map_or("", String::as_str);
                rules.entry(name).or_default().push((file, rule));
            }
        }
        let package = Package {
            name,
            files,
            rules,
            group: index,
            provenance: group.provenance,
        };
        package.build(&mut built, taken);
    }
    built
}

/// A rule with the file that it stands in.
pub(super) type Definition<'p> = (&'p Parsed, &'p RuleFacts);

pub(super) struct Package<'p> {
    pub(super) name: &'p str,
    pub(super) files: Vec<&'p Parsed>,
    /// All rules by the first part of their name.
    pub(super) rules: BTreeMap<&'p str, Vec<Definition<'p>>>,
    group: usize,
    provenance: Provenance,
}

impl<'p> Package<'p> {
    fn build(&self, built: &mut Built, taken: &mut Taken) {
        let entries = self.entries();
        let known = built.problems.len();
        let ours = self.our_blocks(built);
        // What cannot be read may have declared anything.
        if built.problems.len() > known {
            return;
        }
        match ours.as_slice() {
            [] if self.provenance != Provenance::BuiltIn => {
                for rule in entries {
                    let policy = self.conftest(rule, taken);
                    taken.insert(policy.id.to_string(), package_place(self.files[0]));
                    built.policies.push(policy);
                }
            }
            [] if entries.is_empty() || is_library(&self.files[0].facts.package) => {}
            [] => built.problems.push(
                Diagnostic::new("the policy has no METADATA")
                    .at(package_place(self.files[0]))
                    .hint("put a `# METADATA` comment with title, description and custom above the package"),
            ),
            [(file, block), others @ ..] => {
                for (other, second) in others {
                    built.problems.push(
                        Diagnostic::new(format!("the package `{}` is declared twice", self.name))
                            .at(Place::new(&other.module.source, second.range.clone()))
                            .related(Place::new(&file.module.source, block.range.clone()), "first here")
                            .hint("keep one METADATA block per package"),
                    );
                }
                self.declared(file, block, entries, built, taken);
            }
        }
    }

    fn declared(
        &self,
        file: &Parsed,
        block: &Block,
        entries: Vec<EntryRule>,
        built: &mut Built,
        taken: &mut Taken,
    ) {
        let last = file.facts.package.last().map_or("", String::as_str);
        let mut problems = Vec::new();
        let declared = block.declared(last).map_err(|found| problems.extend(found)).ok();
        if entries.is_empty() {
            problems.push(
                Diagnostic::new("the policy has no `deny` rule")
                    .at(package_place(file))
                    .hint("findings are what `deny contains finding if { … }` says"),
            );
        }
        if let Some(declared) = &declared
            && let Some(first) = taken.get(&declared.id)
        {
            problems.push(
                Diagnostic::new(format!("the id `{}` repeats", declared.id))
                    .at(declared.id_place.clone())
                    .label("second use")
                    .related(first.clone(), "first used here")
                    .hint("give each policy an id of its own"),
            );
        }
        match declared {
            Some(declared) if problems.is_empty() => {
                taken.insert(declared.id.clone(), declared.id_place.clone());
                built.policies.push(self.ours(file, declared, entries));
            }
            _ => built.rejected.extend(block.id()),
        }
        built.problems.extend(problems);
    }

    /// The METADATA blocks above the package that follow our contract; unreadable ones are problems.
    fn our_blocks(&self, built: &mut Built) -> Vec<(&'p Parsed, &'p Block)> {
        let mut ours = Vec::new();
        for file in &self.files {
            for (block, code) in &file.blocks {
                let above_package = *code == file.facts.package_span.start;
                match block {
                    Ok(block)
                        if above_package
                            && (block.is_ours()
                                || self.provenance == Provenance::BuiltIn
                                    && !is_library(&file.facts.package)) =>
                    {
                        ours.push((*file, block));
                    }
                    Err(problem) if above_package => built.problems.push(*problem.clone()),
                    _ => {}
                }
            }
        }
        ours
    }

    pub(super) fn named(&self, name: &str) -> &[Definition<'p>] {
        self.rules.get(name).map_or(&[], Vec::as_slice)
    }

    fn path(&self, rule: &str) -> String {
        format!("data.{}.{rule}", self.name)
    }

    /// The rules whose results are findings, by name, with conftest's severities.
    fn entries(&self) -> Vec<EntryRule> {
        let is_entry = |(_, rule): &Definition<'_>| rule.name.len() == 1 && rule.form == Form::Value;
        self.rules
            .iter()
            .filter(|(_, definitions)| definitions.iter().any(is_entry))
            .filter_map(|(name, _)| {
                Some(EntryRule {
                    name: (*name).to_owned(),
                    path: self.path(name),
                    severity: entry_severity(name)?,
                })
            })
            .collect()
    }

    /// What to ask for a rule that the package may define.
    fn optional(&self, name: &str) -> Option<String> {
        let is_value = |(_, rule): &Definition<'_>| rule.form != Form::Function;
        self.named(name).iter().any(is_value).then(|| self.path(name))
    }

    fn ours(&self, file: &Parsed, declared: Declared, mut entries: Vec<EntryRule>) -> Policy {
        for entry in &mut entries {
            entry.severity = match entry_severity(&entry.name) {
                Some(Severity::Medium) => declared.severity.min(Severity::Medium),
                _ => declared.severity,
            };
        }
        let built_in = self.provenance == Provenance::BuiltIn;
        let category = match file.facts.package.as_slice() {
            [.., category, _] => category.as_str(),
            _ => "custom",
        };
        let default_bundles = || {
            if built_in {
                vec!["environment".to_owned()]
            } else {
                Vec::new()
            }
        };
        Policy {
            id: declared.id.into(),
            title: declared.title.into(),
            description: declared.description.into(),
            severity: declared.severity,
            category: category.into(),
            scope: declared.scope,
            kinds: declared.kinds,
            needs: declared.needs,
            declares: declared.declares,
            stages: declared.stages,
            requires_complete: declared.requires_complete,
            bundles: declared.bundles.unwrap_or_else(default_bundles),
            frameworks: declared.frameworks,
            remediation: declared.remediation.into(),
            no_fix: declared.no_fix.map(Into::into),
            references: declared.references,
            parameters: declared.parameters,
            examples: declared.examples,
            dialect: Dialect::Envcheck,
            subjects: self.optional("subjects"),
            not_evaluated: self.optional("not_evaluated"),
            pending: self.optional("pending"),
            source: Arc::clone(&file.module.source),
            ..self.bare(entries)
        }
    }

    /// What all policies of this package share, with the values of conftest's contract.
    pub(super) fn bare(&self, rules: Vec<EntryRule>) -> Policy {
        Policy {
            id: "".into(),
            title: "".into(),
            description: "".into(),
            severity: Severity::High,
            category: "custom".into(),
            scope: Scope::Object,
            kinds: Kinds::All,
            needs: Vec::new(),
            declares: Vec::new(),
            stages: vec![Stage::Manifests, Stage::Live],
            requires_complete: false,
            bundles: Vec::new(),
            frameworks: BTreeMap::new(),
            remediation: "".into(),
            no_fix: None,
            references: Vec::new(),
            parameters: Vec::new(),
            examples: Vec::new(),
            package: self.name.to_owned(),
            rules,
            exception: self.optional("exception"),
            subjects: None,
            not_evaluated: None,
            pending: None,
            uses_inventory: false,
            reads: BTreeSet::new(),
            uses_clock: false,
            source: Arc::clone(&self.files[0].module.source),
            files: self
                .files
                .iter()
                .map(|file| Arc::clone(&file.module.source))
                .collect(),
            dialect: Dialect::Conftest,
            provenance: self.provenance,
            rego_v0: self.files.iter().any(|file| file.module.rego_v0),
            group: self.group,
        }
    }
}

/// The package statement of a file.
fn package_place(file: &Parsed) -> Place {
    Place::new(&file.module.source, file.facts.package_span.clone())
}
