//! temporary
use super::severity::Severity;
use super::types::*;
use crate::source::{Diagnostic, Place};
use crate::value::{Value, ValueExt};
use std::sync::Arc;

/// x
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// x
    pub bundles: Vec<String>,
    /// x
    pub only: Vec<String>,
    /// x
    pub skip: Vec<String>,
    /// x
    pub disabled: Vec<String>,
}

/// x
#[derive(Debug, Clone)]
pub struct Catalogue {
    policies: Vec<Policy>,
    modules: Vec<Module>,
}

impl Catalogue {
    /// x
    pub fn load(builtin: &[RegoFile], foreign: &[Vec<RegoFile>]) -> (Self, Vec<Diagnostic>) {
        let mut c = Self {
            policies: vec![],
            modules: vec![],
        };
        let mut problems = vec![];
        for f in builtin {
            c.file(f, Provenance::BuiltIn, &mut problems);
        }
        for (set, files) in foreign.iter().enumerate() {
            for f in files {
                c.file(f, Provenance::Foreign { set }, &mut problems);
            }
        }
        c.policies.sort_by(|a, b| a.id.cmp(&b.id));
        (c, problems)
    }
    fn file(&mut self, file: &RegoFile, provenance: Provenance, problems: &mut Vec<Diagnostic>) {
        let mut engine = regorus::Engine::new();
        let mut v0 = false;
        if engine
            .add_policy(file.source.name.clone(), file.source.text.clone())
            .is_err()
        {
            engine = regorus::Engine::new();
            engine.set_rego_v0(true);
            v0 = true;
            if let Err(e) = engine.add_policy(file.source.name.clone(), file.source.text.clone()) {
                problems.push(Diagnostic::new(e.to_string()));
                return;
            }
        }
        let package = engine
            .get_packages()
            .unwrap_or_default()
            .first()
            .cloned()
            .unwrap_or_default();
        let package = package.strip_prefix("data.").unwrap_or(&package).to_owned();
        let mut names = vec![];
        for m in engine.get_modules() {
            for r in &m.policy {
                let refr = match r.as_ref() {
                    regorus::unstable::Rule::Spec { head, .. } => match head {
                        regorus::unstable::RuleHead::Compr { refr, .. }
                        | regorus::unstable::RuleHead::Set { refr, .. }
                        | regorus::unstable::RuleHead::Func { refr, .. } => refr.clone(),
                    },
                    regorus::unstable::Rule::Default { refr, .. } => refr.clone(),
                };
                let text = refr.span().text().to_owned();
                let n = text.split(['[', '.', '(']).next().unwrap_or("").to_owned();
                if !names.contains(&n) {
                    names.push(n);
                }
            }
        }
        self.modules.push(Module {
            name: file.source.name.clone(),
            text: file.source.text.clone(),
            v0,
            package: package.clone(),
            provenance,
        });
        let meta: String = file
            .source
            .text
            .lines()
            .skip_while(|l| l.trim() != "# METADATA")
            .skip(1)
            .take_while(|l| l.starts_with('#'))
            .map(|l| {
                l.trim_start_matches('#')
                    .strip_prefix(' ')
                    .unwrap_or("")
                    .to_owned()
                    + "\n"
            })
            .collect();
        let meta = Value::from_yaml_str(&meta).unwrap_or(Value::Null);
        let place = Place::new(&file.source, 0..0);
        let texts = |v: Option<&Value>| {
            v.map(|v| {
                v.items()
                    .iter()
                    .filter_map(|i| i.text().map(ToOwned::to_owned))
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default()
        };
        if let Some(id) = meta.text_at(&["custom", "id"]) {
            let custom = meta.field("custom").cloned().unwrap_or(Value::Null);
            let severity: Severity = custom
                .text_at(&["severity"])
                .and_then(|s| s.parse().ok())
                .unwrap_or(Severity::High);
            let kinds = texts(custom.field("kinds"));
            self.policies.push(Policy {
                id: Arc::from(id),
                title: Arc::from(meta.text_at(&["title"]).unwrap_or("")),
                description: Arc::from(meta.text_at(&["description"]).unwrap_or("")),
                remediation: Arc::from(custom.text_at(&["remediation"]).unwrap_or("")),
                category: Arc::from(package.split('.').nth(1).unwrap_or("")),
                severity,
                scope: if custom.text_at(&["evaluates"]) == Some("object") {
                    Scope::Object
                } else {
                    Scope::Environment
                },
                kinds: Kinds(Some(kinds)),
                needs: texts(custom.field("needs")),
                stages: texts(custom.field("stages"))
                    .iter()
                    .map(|s| match s.as_str() {
                        "spec" => Stage::Spec,
                        "manifests" => Stage::Manifests,
                        _ => Stage::Live,
                    })
                    .collect(),
                requires_complete: custom.text_at(&["requires"]) == Some("complete"),
                bundles: texts(custom.field("bundles")),
                references: vec![],
                parameters: custom
                    .field("parameters")
                    .into_iter()
                    .flat_map(|p| {
                        p.members()
                            .map(|(k, v)| Parameter {
                                name: k.to_owned(),
                                default: v.field("default").cloned().unwrap_or(Value::Null),
                                description: v.text_at(&["description"]).unwrap_or("").to_owned(),
                            })
                            .collect::<Vec<_>>()
                    })
                    .collect(),
                package,
                rules: vec![EntryRule {
                    name: "deny".into(),
                    severity,
                }],
                has_exception: false,
                defined: names,
                uses_inventory: file.source.text.contains("data.inventory"),
                provenance,
                place,
            });
        } else if provenance != Provenance::BuiltIn {
            for n in &names {
                let severity = if n == "warn" || n.starts_with("warn_") {
                    Severity::Medium
                } else if n == "deny"
                    || n == "violation"
                    || n.starts_with("deny_")
                    || n.starts_with("violation_")
                {
                    Severity::High
                } else {
                    continue;
                };
                let id = format!("{package}.{n}");
                if self.policies.iter().any(|p| p.id.as_ref() == id) {
                    continue;
                }
                self.policies.push(Policy {
                    id: Arc::from(id.as_str()),
                    title: Arc::from(id.as_str()),
                    description: Arc::from(""),
                    remediation: Arc::from(""),
                    category: Arc::from(package.as_str()),
                    severity,
                    scope: Scope::Object,
                    kinds: Kinds(None),
                    needs: vec![],
                    stages: vec![],
                    requires_complete: false,
                    bundles: vec![],
                    references: vec![],
                    parameters: vec![],
                    package: package.clone(),
                    rules: vec![EntryRule {
                        name: n.clone(),
                        severity,
                    }],
                    has_exception: names.iter().any(|n| n == "exception"),
                    defined: names.clone(),
                    uses_inventory: false,
                    provenance,
                    place: place.clone(),
                });
            }
        }
    }
    /// x
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }
    /// x
    pub fn select(&self, s: &Selection) -> Result<Vec<&Policy>, Vec<Diagnostic>> {
        Ok(self
            .policies
            .iter()
            .filter(|p| {
                (p.is_foreign() || p.bundles.iter().any(|b| s.bundles.contains(b)))
                    && (s.only.is_empty() || s.only.iter().any(|o| **o == *p.id))
                    && !s.skip.iter().any(|o| **o == *p.id)
                    && !s.disabled.iter().any(|o| **o == *p.id)
            })
            .collect())
    }
    /// x
    pub fn group_of(&self, policy: &Policy) -> Vec<&Module> {
        self.modules
            .iter()
            .filter(|m| {
                m.provenance == policy.provenance
                    && (m.package == policy.package
                        || m.package.starts_with("envcheck.lib")
                        || m.package.starts_with(&policy.package)
                        || policy.is_foreign())
            })
            .collect()
    }
    /// x
    pub fn tests(&self) -> &[TestModule] {
        &[]
    }
    /// x
    pub fn group_of_test(&self, _t: &TestModule) -> Vec<&Module> {
        vec![]
    }
}
/// x
#[derive(Debug, Clone)]
pub struct TestModule {
    /// x
    pub file: String,
    /// x
    pub package: String,
    /// x
    pub rules: Vec<String>,
}
