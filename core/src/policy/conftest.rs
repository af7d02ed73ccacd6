//! Policies of conftest: one per package and rule name, with what their contract leaves unsaid.

use super::facts::Form;
use super::kinds::KindTest;
use super::load::Parsed;
use super::metadata::MAX_ID;
use super::policies::{Definition, Package, Taken};
use super::types::{EntryRule, KindPattern, Kinds, Policy};
use std::collections::BTreeSet;
use std::sync::Arc;

impl<'p> Package<'p> {
    /// The policy of one rule name.
    pub(super) fn conftest(&self, entry: EntryRule, taken: &Taken) -> Policy {
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

    /// Title and description from METADATA above the rule when it says one thing only, else above the package.
    fn words(&self, defining: &[Definition<'p>]) -> (Option<String>, Option<String>) {
        let above = |file: &'p Parsed, offset: usize, field: &'static str| {
            // Blocks and the code after them stand in the same order.
            let from = file.blocks.partition_point(|(_, code)| *code < offset);
            let mut above = file.blocks[from..].iter().take_while(|(_, code)| *code == offset);
            above.find_map(|(block, _)| Some(block.as_ref().ok()?.text(field)?.to_owned()))
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
