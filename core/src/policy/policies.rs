//! Turns the packages of a group into policies.

use super::catalogue::{Group, Parsed};
use super::dialect::{entry_severity, is_library};
use super::facts::{Form, RuleFacts};
use super::kinds::KindTest;
use super::metadata::{Block, Declared, MAX_ID};
use super::types::{Dialect, EntryRule, KindPattern, Kinds, Policy, Scope, Stage};
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
type Definition<'p> = (&'p Parsed, &'p RuleFacts);

struct Package<'p> {
    name: &'p str,
    files: Vec<&'p Parsed>,
    /// All rules by the first part of their name.
    rules: BTreeMap<&'p str, Vec<Definition<'p>>>,
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

    fn named(&self, name: &str) -> &[Definition<'p>] {
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
            stages: declared.stages,
            requires_complete: declared.requires_complete,
            bundles: declared.bundles.unwrap_or_else(default_bundles),
            frameworks: declared.frameworks,
            remediation: declared.remediation.into(),
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

    fn conftest(&self, entry: EntryRule, taken: &Taken) -> Policy {
        let defining = self.named(&entry.name);
        let (title, description) = self.words(defining);
        Policy {
            id: free_id(&format!("{}.{}", self.name, entry.name), taken).into(),
            title: title
                .unwrap_or_else(|| format!("{} of package {}", entry.name, self.name))
                .into(),
            description: description.unwrap_or_default().into(),
            severity: entry.severity,
            kinds: self.inferred_kinds(defining),
            source: Arc::clone(
                &defining
                    .first()
                    .map_or(self.files[0], |(file, _)| *file)
                    .module
                    .source,
            ),
            ..self.bare(vec![entry])
        }
    }

    /// What all policies of this package share, with the values of conftest's contract.
    fn bare(&self, rules: Vec<EntryRule>) -> Policy {
        Policy {
            id: "".into(),
            title: "".into(),
            description: "".into(),
            severity: Severity::High,
            category: "custom".into(),
            scope: Scope::Object,
            kinds: Kinds::All,
            needs: Vec::new(),
            stages: vec![Stage::Manifests, Stage::Live],
            requires_complete: false,
            bundles: Vec::new(),
            frameworks: BTreeMap::new(),
            remediation: "".into(),
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

    /// Title and description from METADATA above the rule when it says one thing only, else above the package.
    fn words(&self, defining: &[Definition<'p>]) -> (Option<String>, Option<String>) {
        let above = |file: &'p Parsed, offset: usize, field: &'static str| {
            file.blocks.iter().find_map(|(block, code)| {
                let text = block.as_ref().ok().filter(|_| *code == offset)?.text(field)?;
                Some(text.to_owned())
            })
        };
        let pick = |field: &'static str| {
            let own: BTreeSet<String> = defining
                .iter()
                .filter_map(|(file, facts)| above(file, facts.span.start, field))
                .collect();
            let mut own = own.into_iter();
            match (own.next(), own.next()) {
                (Some(only), None) if defining.len() == 1 => Some(only),
                _ => self
                    .files
                    .iter()
                    .find_map(|file| above(file, file.facts.package_span.start, field)),
            }
        };
        (pick("title"), pick("description"))
    }

    /// The union of the kinds that the bodies ask for; all when some body asks for none.
    fn inferred_kinds(&self, defining: &[Definition<'_>]) -> Kinds {
        let mut kinds = BTreeSet::new();
        for (_, rule) in defining {
            let Some(tests) = &rule.kinds else {
                return Kinds::All;
            };
            for test in tests {
                match test {
                    KindTest::OneOf(names) => kinds.extend(names.iter().cloned()),
                    KindTest::Rule(helper) => match self.helper_kinds(helper) {
                        Some(names) => kinds.extend(names),
                        None => return Kinds::All,
                    },
                }
            }
        }
        Kinds::Only(kinds.iter().map(|kind| KindPattern::any_group(kind)).collect())
    }

    /// The kinds for which a rule of this package can be true.
    fn helper_kinds(&self, helper: &str) -> Option<BTreeSet<String>> {
        let mut kinds = BTreeSet::new();
        let mut defined = false;
        for (_, rule) in self.named(helper) {
            if rule.form == (Form::Default { is_false: true }) {
                continue;
            }
            if rule.name.len() > 1 || rule.form != Form::Value {
                return None;
            }
            defined = true;
            for test in rule.kinds.as_ref()? {
                match test {
                    KindTest::OneOf(names) => kinds.extend(names.iter().cloned()),
                    KindTest::Rule(_) => return None,
                }
            }
        }
        defined.then_some(kinds)
    }
}

/// The package statement of a file.
fn package_place(file: &Parsed) -> Place {
    Place::new(&file.module.source, file.facts.package_span.clone())
}

/// An id from a package and rule that nothing else has: at most [`MAX_ID`] letters, digits, `.`, `-` and `_`.
fn free_id(name: &str, taken: &Taken) -> String {
    let clean: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "._-".contains(letter) {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let clean = clean.trim_matches(['.', '-', '_']);
    let fit = |suffix: &str| {
        let room = MAX_ID - suffix.len();
        // The end says more than the beginning: it names the rule.
        let start = clean.len().saturating_sub(room);
        format!("{}{suffix}", clean[start..].trim_start_matches(['.', '-', '_']))
    };
    // One more name than are taken is always enough.
    std::iter::once(fit(""))
        .chain((2..taken.len() + 3).map(|number| fit(&format!("-{number}"))))
        .find(|id| !taken.contains_key(id))
        .unwrap_or_default()
}
