//! Loading, set by set: read the files, link them, leave out what may not be loaded, build the policies.

use super::catalogue::{Catalogue, Group};
use super::dialect::{is_reserved, is_test};
use super::facts::{Facts, facts};
use super::link::{Linked, Links, link};
use super::metadata::{Block, FoundBlock, blocks};
use super::module::{Module, Provenance, RegoFile, TestModule, TestRule};
use super::parse::parse;
use super::policies::{Taken, build};
use super::{heads, reads, scan};
use crate::source::{Diagnostic, Place, SourceText};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A file that was parsed.
pub(super) struct Parsed {
    pub(super) module: Arc<Module>,
    pub(super) facts: Facts,
    pub(super) is_test: bool,
    /// METADATA with the offset of the code after it.
    pub(super) blocks: Vec<FoundBlock>,
}

/// The state of loading.
#[derive(Default)]
pub(super) struct Loading {
    catalogue: Catalogue,
    problems: Vec<Diagnostic>,
}

impl Loading {
    pub(super) fn run(
        mut self,
        builtin: &[RegoFile],
        foreign: &[Vec<RegoFile>],
    ) -> (Catalogue, Vec<Diagnostic>) {
        let owners = (0..foreign.len()).map(|set| Provenance::Foreign { set });
        let sets: Vec<Vec<Parsed>> = std::iter::once((builtin, Provenance::BuiltIn))
            .chain(foreign.iter().map(Vec::as_slice).zip(owners))
            .map(|(files, provenance)| {
                files
                    .iter()
                    .filter_map(|file| self.file(file, provenance))
                    .collect()
            })
            .collect();
        let mut taken = Taken::new();
        for (index, set) in sets.iter().enumerate() {
            let provenance = match index.checked_sub(1) {
                None => Provenance::BuiltIn,
                Some(set) => Provenance::Foreign { set },
            };
            self.group(index, set, &sets, provenance, &mut taken);
        }
        self.catalogue
            .policies
            .sort_by(|left, right| left.id.cmp(&right.id));
        let mut problems = self.problems;
        problems.sort_by_key(|problem| {
            problem
                .place
                .as_ref()
                .map(|place| (place.source.name.clone(), place.span.start))
        });
        problems.dedup();
        (self.catalogue, problems)
    }

    fn file(&mut self, file: &RegoFile, provenance: Provenance) -> Option<Parsed> {
        match read(&file.source, provenance) {
            Ok(parsed) => Some(parsed),
            Err(problem) => {
                for (block, _) in blocks(&file.source) {
                    self.reject_id(block.as_ref().ok());
                }
                self.problems.push(*problem);
                None
            }
        }
    }

    fn reject_id(&mut self, block: Option<&Block>) {
        self.catalogue.rejected.extend(block.and_then(Block::id));
    }

    /// Links one set, and adds what is left of it.
    fn group(
        &mut self,
        index: usize,
        set: &[Parsed],
        sets: &[Vec<Parsed>],
        provenance: Provenance,
        taken: &mut Taken,
    ) {
        let own: Vec<&Parsed> = set.iter().filter(|parsed| !parsed.is_test).collect();
        let mut modules = own.clone();
        modules.extend(imported(&own, index, sets));
        let mut inventory = BTreeSet::new();
        let mut clock = BTreeSet::new();
        let mut needs = Vec::new();
        let mut documents = Vec::new();
        // What refers to a module that may not be loaded may not be loaded either, and so on.
        while !modules.is_empty() {
            let links = link_all(&modules);
            if links.problems.is_empty() {
                (needs, inventory, clock) = (links.needs, links.inventory, links.clock);
                documents = links.documents;
                break;
            }
            let mut bad: BTreeMap<usize, Vec<Diagnostic>> = links.problems;
            dependents(&modules, &links.needs, &mut bad);
            for (position, problems) in &bad {
                if modules[*position].module.provenance == provenance {
                    self.problems.extend(problems.iter().cloned());
                    for (block, _) in &modules[*position].blocks {
                        self.reject_id(block.as_ref().ok());
                    }
                }
            }
            let mut position = 0;
            modules.retain(|_| {
                position += 1;
                !bad.contains_key(&(position - 1))
            });
        }
        let group = Group {
            provenance,
            modules: modules.iter().map(|parsed| Arc::clone(&parsed.module)).collect(),
            needs,
        };
        let mut built = build(&modules, &group, index, taken);
        for policy in &mut built.policies {
            let closure = group.closure(&policy.package);
            policy.uses_inventory = !closure.is_disjoint(&inventory);
            policy.uses_clock = !closure.is_disjoint(&clock);
            let read = closure.iter().filter_map(|module| documents.get(*module));
            policy.reads = read.flatten().cloned().collect();
        }
        built.policies.retain(|policy| {
            let problems = reads::undeclared(policy);
            let complete = problems.is_empty();
            if !complete {
                built.rejected.insert(policy.id.to_string());
            }
            built.problems.extend(problems);
            complete
        });
        self.catalogue.policies.append(&mut built.policies);
        self.catalogue.rejected.append(&mut built.rejected);
        self.problems.append(&mut built.problems);
        self.catalogue.groups.push(group);
        self.tests(index, set, &modules);
    }

    fn tests(&mut self, index: usize, set: &[Parsed], modules: &[&Parsed]) {
        let tests: Vec<&Parsed> = set.iter().filter(|parsed| parsed.is_test).collect();
        if tests.is_empty() {
            return;
        }
        let all: Vec<&Parsed> = modules.iter().copied().chain(tests.iter().copied()).collect();
        let mut links = link_all(&all);
        for (position, test) in tests.into_iter().enumerate() {
            if let Some(problems) = links.problems.remove(&(modules.len() + position)) {
                self.problems.extend(problems);
                continue;
            }
            self.catalogue.tests.push(test_module(test, index));
        }
    }
}

/// Scans and parses one file.
fn read(source: &Arc<SourceText>, provenance: Provenance) -> Result<Parsed, Box<Diagnostic>> {
    let scan = scan::scan(source)?;
    let (module, rego_v0) = parse(source, &scan)?;
    let facts = facts(&module, &source.text, &scan, rego_v0);
    drop(module);
    let root = facts.package.first().map_or("", String::as_str);
    if provenance != Provenance::BuiltIn && is_reserved(root) {
        let name = facts.package.join(".");
        return Err(Box::new(
            Diagnostic::new(format!("the package `{name}` may not begin with `{root}`"))
                .at(Place::new(source, facts.package_span.clone()))
                .label("reserved")
                .hint(format!(
                    "`data.{root}` is what policies read; put another name in front"
                )),
        ));
    }
    let rewritten = (!facts.edits.is_empty())
        .then(|| heads::apply(&source.text, &facts.edits))
        .flatten();
    debug_assert!(
        rewritten
            .as_ref()
            .is_none_or(|text| { parse(&SourceText::new(source.name.clone(), text.clone()), &scan).is_ok() }),
        "the rewritten text of {source:?} cannot be parsed: {rewritten:?}"
    );
    Ok(Parsed {
        module: Arc::new(Module {
            source: Arc::clone(source),
            package: facts.package.join("."),
            rewritten,
            rego_v0,
            provenance,
        }),
        is_test: is_test(&source.name, &facts.package),
        blocks: blocks(source),
        facts,
    })
}

fn link_all(modules: &[&Parsed]) -> Links {
    let linked: Vec<Linked<'_>> = modules
        .iter()
        .map(|parsed| Linked {
            source: &parsed.module.source,
            facts: &parsed.facts,
        })
        .collect();
    link(&linked)
}

/// Adds to the modules that may not be loaded those that refer to them.
fn dependents(modules: &[&Parsed], needs: &[BTreeSet<usize>], bad: &mut BTreeMap<usize, Vec<Diagnostic>>) {
    loop {
        let more: Vec<(usize, usize)> = (0..modules.len())
            .filter(|position| !bad.contains_key(position))
            .filter_map(|position| {
                let needed = needs[position].iter().find(|needed| bad.contains_key(needed))?;
                Some((position, *needed))
            })
            .collect();
        if more.is_empty() {
            return;
        }
        for (position, needed) in more {
            let module = modules[position];
            let problem = Diagnostic::new(format!(
                "the file needs `{}`, which cannot be loaded",
                modules[needed].module.name()
            ))
            .at(Place::new(
                &module.module.source,
                module.facts.package_span.clone(),
            ))
            .hint("mend that file first");
            bad.insert(position, vec![problem]);
        }
    }
}

/// Modules of other sets that define packages to which `own` refers and that its set does not define itself.
fn imported<'p>(own: &[&'p Parsed], index: usize, sets: &'p [Vec<Parsed>]) -> Vec<&'p Parsed> {
    let mut have: BTreeSet<&[String]> = own.iter().map(|parsed| parsed.facts.package.as_slice()).collect();
    let mut found: Vec<&Parsed> = Vec::new();
    if index == 0 {
        return found;
    }
    // Other sets in the order given, ours last.
    let others: Vec<&Parsed> = (1..sets.len())
        .chain([0])
        .filter(|other| *other != index)
        .flat_map(|other| &sets[other])
        .filter(|parsed| !parsed.is_test)
        .collect();
    let mut open: Vec<&Parsed> = own.to_vec();
    while let Some(parsed) = open.pop() {
        let rules = &parsed.facts.rules;
        let mentions = rules
            .iter()
            .flat_map(|rule| rule.references.iter().map(|mention| &mention.path));
        let calls = rules
            .iter()
            .flat_map(|rule| rule.calls.iter().flat_map(|call| &call.candidates));
        let paths: BTreeSet<&Vec<String>> = mentions
            .chain(calls)
            .filter(|path| !path.is_empty() && !path.starts_with(&parsed.facts.package))
            .collect();
        for path in paths {
            let wanted = |package: &[String]| path.starts_with(package) || package.starts_with(path);
            if have.iter().any(|package| path.starts_with(package)) {
                continue;
            }
            let mut fresh: BTreeMap<&[String], Provenance> = BTreeMap::new();
            for other in others
                .iter()
                .copied()
                .filter(|other| wanted(&other.facts.package))
            {
                let package = other.facts.package.as_slice();
                let from = *fresh.entry(package).or_insert(other.module.provenance);
                if !have.contains(package) && from == other.module.provenance {
                    found.push(other);
                    open.push(other);
                }
            }
            have.extend(fresh.into_keys());
        }
    }
    found
}

fn test_module(test: &Parsed, group: usize) -> TestModule {
    let mut seen = BTreeSet::new();
    let rules = test
        .facts
        .rules
        .iter()
        .filter_map(|rule| {
            let [name] = rule.name.as_slice() else {
                return None;
            };
            let todo = name.starts_with("todo_test_");
            ((todo || name.starts_with("test_")) && seen.insert(name)).then(|| TestRule {
                name: name.clone(),
                path: format!("data.{}.{name}", test.module.package),
                place: Place::new(&test.module.source, rule.name_span.clone()),
                todo,
            })
        })
        .collect();
    TestModule {
        module: Arc::clone(&test.module),
        rules,
        group,
    }
}
