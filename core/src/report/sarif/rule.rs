//! Policies as SARIF rules.

use super::log::{Configuration, Help, Rule, RuleProperties, Text};
use crate::findings::{Assessment, PolicyResult};
use crate::policy::Severity;
use std::borrow::Cow;
use std::collections::HashMap;

/// The rules of a run: every selected policy, and where each id stands.
pub(super) struct Rules<'a> {
    pub(super) list: Vec<Rule<'a>>,
    index: HashMap<&'a str, usize>,
}

impl<'a> Rules<'a> {
    pub(super) fn of(a: &'a Assessment) -> Self {
        let mut rules = Self {
            list: Vec::with_capacity(a.policies.len()),
            index: HashMap::new(),
        };
        for policy in &a.policies {
            rules.add(&policy.id, || rule(policy));
        }
        // A finding always comes from a selected policy; should one not, its rule is still there to be referred to.
        for finding in &a.findings {
            rules.add(&finding.policy, || {
                bare(&finding.policy, &finding.title, finding.severity)
            });
        }
        rules
    }

    fn add(&mut self, id: &'a str, rule: impl FnOnce() -> Rule<'a>) {
        if !self.index.contains_key(id) {
            self.index.insert(id, self.list.len());
            self.list.push(rule());
        }
    }

    /// The rule's place in the list.
    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }
}

/// SARIF knows three levels.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn rule(policy: &PolicyResult) -> Rule<'_> {
    let mut rule = bare(&policy.id, &policy.title, policy.severity);
    let description = first_filled(&[&policy.description, &policy.title, &policy.id]);
    let mend = first_filled(&[
        &policy.remediation,
        &policy.description,
        &policy.title,
        &policy.id,
    ]);
    rule.full_description = text(description);
    rule.help = Help {
        text: mend.to_owned(),
        markdown: format!(
            "{description}\n\n**How to mend it:** {mend}\n\nPolicy `{}`, severity {}.",
            policy.id, policy.severity
        ),
    };
    // GitHub reads the severity below only of rules tagged security.
    rule.properties.tags = ["security", "kubernetes", &policy.category, policy.scope]
        .into_iter()
        .filter(|tag| !tag.is_empty())
        .collect();
    rule
}

fn bare<'a>(id: &'a str, title: &'a str, severity: Severity) -> Rule<'a> {
    let title = first_filled(&[title, id]);
    Rule {
        id,
        name: pascal(id),
        short_description: text(title),
        full_description: text(title),
        help: Help {
            text: title.to_owned(),
            markdown: title.to_owned(),
        },
        default_configuration: Configuration {
            level: level(severity),
        },
        properties: RuleProperties {
            security_severity: match severity {
                Severity::Critical => "9.5",
                Severity::High => "8.0",
                Severity::Medium => "5.5",
                Severity::Low => "2.5",
            },
            tags: vec!["security", "kubernetes"],
            precision: "very-high",
        },
    }
}

fn text(words: &str) -> Text<'_> {
    Text {
        text: Cow::Borrowed(words),
    }
}

fn first_filled<'a>(texts: &[&'a str]) -> &'a str {
    texts
        .iter()
        .map(|text| text.trim())
        .find(|text| !text.is_empty())
        .unwrap_or("policy")
}

/// `image-from-declared-registry` as `ImageFromDeclaredRegistry`: names of rules are identifiers.
fn pascal(id: &str) -> String {
    id.split(|char: char| !char.is_alphanumeric())
        .filter_map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect::<String>())
        })
        .collect()
}
