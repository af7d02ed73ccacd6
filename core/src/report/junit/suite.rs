//! The suites and their cases: which case is red, which is green, and what each is called in every run.

use crate::findings::{Assessment, Finding, PolicyResult, Verb, Verdict};
use crate::inventory::ResourceRef;
use crate::report::facts;
use crate::report::standing::Standing;
use crate::report::style::Style;
use std::collections::{BTreeMap, HashSet};

/// The name of a case that stands for whatever a policy would have judged.
const ANYTHING: &str = "all resources";

pub(super) struct Suite {
    pub(super) name: String,
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case>,
    /// Said beside the cases, a line each.
    pub(super) notes: Vec<String>,
}

/// `class` and `name` are the same in every run: readers compare runs by them.
pub(super) struct Case {
    pub(super) class: String,
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    /// What was right, in words.
    Passed(String),
    Failure(Told),
    Error(Told),
    Skipped(Told),
}

/// What a reader is told of a case that did not pass.
pub(super) struct Told {
    pub(super) kind: String,
    /// One line.
    pub(super) message: String,
    /// Everything, a line each; empty when the message says it all.
    pub(super) body: Vec<String>,
}

impl Told {
    fn brief(kind: &str, message: String) -> Self {
        Self {
            kind: kind.to_owned(),
            message,
            body: Vec::new(),
        }
    }
}

/// The run's own suite, then those of policies by id.
pub(super) fn all(a: &Assessment) -> Vec<Suite> {
    let policies: BTreeMap<&str, &PolicyResult> = a
        .policies
        .iter()
        .map(|policy| (policy.id.as_ref(), policy))
        .collect();
    let mut cases: BTreeMap<&str, Vec<(String, Outcome)>> = BTreeMap::new();
    for finding in &a.findings {
        let help = policies
            .get(finding.policy.as_ref())
            .map(|p| p.remediation.trim());
        let case = (identity(finding), found(a, finding, help.unwrap_or("")));
        cases.entry(&finding.policy).or_default().push(case);
    }
    for entry in &a.errors {
        let told = Told::brief("failed to run", format!("failed to run: {}", entry.message));
        // Where the gate accepts what is missing, this is no more than that.
        let outcome = if a.gate.incomplete.is_empty() {
            Outcome::Skipped(told)
        } else {
            Outcome::Error(told)
        };
        let case = (about(entry.resource.as_ref()), outcome);
        cases.entry(&entry.policy).or_default().push(case);
    }
    for entry in &a.not_evaluated {
        let told = Told::brief("not evaluated", format!("not evaluated: {}", facts::why(entry)));
        let case = (about(entry.resource.as_ref()), Outcome::Skipped(told));
        cases.entry(&entry.policy).or_default().push(case);
    }
    for entry in &a.suppressed {
        let kind = if entry.is_pending() {
            "pending"
        } else {
            "suppressed"
        };
        let told = Told::brief(kind, format!("{}: {}", entry.by, entry.message));
        let case = (entry.resource.to_string(), Outcome::Skipped(told));
        cases.entry(&entry.policy).or_default().push(case);
    }
    for policy in a.policies.iter().filter(|policy| policy.passed > 0) {
        let words = format!("{} judged right", Style::PLAIN.count(policy.passed, "resource"));
        let case = ("resources that are right".to_owned(), Outcome::Passed(words));
        cases.entry(&policy.id).or_default().push(case);
    }
    let mut suites = vec![of_run(a)];
    suites.extend(
        cases
            .into_iter()
            .map(|(id, cases)| of_policy(a, id, policies.get(id).copied(), cases)),
    );
    suites
}

fn of_policy(
    a: &Assessment,
    id: &str,
    policy: Option<&PolicyResult>,
    cases: Vec<(String, Outcome)>,
) -> Suite {
    let class = class(a, policy.map_or("", |policy| &policy.category), id);
    let mut taken = HashSet::new();
    let cases = cases
        .into_iter()
        .map(|(name, outcome)| Case {
            class: class.clone(),
            name: unique(&Style::PLAIN.clean(&name), &mut taken),
            outcome,
        })
        .collect();
    let properties = policy.map_or_else(Vec::new, |policy| {
        vec![
            ("title", policy.title.to_string()),
            ("severity", policy.severity.to_string()),
            ("source", policy.source.clone()),
        ]
    });
    Suite {
        name: id.to_owned(),
        properties,
        cases,
        notes: Vec::new(),
    }
}

/// Whether everything was looked at, and the policies that had no part in the run.
fn of_run(a: &Assessment) -> Suite {
    let class = class(a, "", "run");
    let complete = if a.gate.incomplete.is_empty() {
        Outcome::Passed(format!("coverage {}", a.coverage.percent()))
    } else {
        Outcome::Error(Told {
            kind: "incomplete".to_owned(),
            message: format!("the run is incomplete: {}", a.gate.incomplete.join("; ")),
            body: vec![
                "what is missing stands as skipped or as an error in the suites of the policies".to_owned(),
            ],
        })
    };
    let mut cases = vec![Case {
        class: class.clone(),
        name: "the run is complete".to_owned(),
        outcome: complete,
    }];
    let mut notes = Vec::new();
    let idle = a.policies.iter().filter(|p| p.verdict == Verdict::NotApplicable);
    for policy in idle {
        match &policy.reason {
            Some(reason) => cases.push(Case {
                class: class.clone(),
                name: policy.id.to_string(),
                outcome: Outcome::Skipped(Told::brief("not run", format!("not run: {reason}"))),
            }),
            None => notes.push(format!("{}: nothing to judge", policy.id)),
        }
    }
    notes.extend(a.warnings.iter().map(|warning| format!("warning: {warning}")));
    let verb = match a.verb {
        Verb::Check => "check",
        Verb::Audit => "audit",
    };
    let mut properties = vec![("version", a.tool_version.clone()), ("verb", verb.to_owned())];
    properties.extend(a.heading.environment.clone().map(|name| ("environment", name)));
    properties.push(("asOf", a.as_of.to_string()));
    properties.push(("coverage", a.coverage.percent()));
    properties.push(("failOn", a.gate.fail_on.to_string()));
    properties.push(("exitCode", a.gate.exit_code.to_string()));
    Suite {
        name: "envcheck".to_owned(),
        properties,
        cases,
        notes,
    }
}

fn found(a: &Assessment, finding: &Finding, help: &str) -> Outcome {
    let mut body = facts::of(a, finding);
    body.push(finding.message.clone());
    body.extend(
        finding
            .fix
            .as_ref()
            .map(|fix| format!("fix: {}", facts::fix(fix))),
    );
    if !help.is_empty() {
        body.push(format!("to mend it: {help}"));
    }
    if !finding.foreign {
        body.push(format!("why: envcheck policy explain {}", finding.policy));
    }
    let mut told = Told {
        kind: finding.severity.to_string(),
        message: finding.message.clone(),
        body,
    };
    match Standing::of(a, finding) {
        Standing::Fails => Outcome::Failure(told),
        Standing::Noted(why) => {
            told.message = format!("{} ({}, {why})", told.message, finding.severity);
            Outcome::Skipped(told)
        }
    }
}

/// The resource, the field and the key: what identifies a finding in every run. Its message may change.
fn identity(finding: &Finding) -> String {
    let mut name = finding.resource().to_string();
    if let Some(path) = &finding.path {
        name.push(' ');
        name.push_str(&path.to_string());
    }
    if let Some(key) = &finding.key {
        name.push_str(": ");
        name.push_str(key);
    }
    name
}

fn about(resource: Option<&ResourceRef>) -> String {
    resource.map_or_else(|| ANYTHING.to_owned(), ToString::to_string)
}

/// `envcheck.stage.network.namespace-isolation`: readers show what stands before the last dot as a package.
fn class(a: &Assessment, category: &str, id: &str) -> String {
    let environment = a.heading.environment.as_deref().unwrap_or("");
    ["envcheck", environment, category, id]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(".")
}

/// Readers take two cases of one name for one: later ones are numbered.
fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !taken.insert(candidate.clone()) {
        number += 1;
        candidate = format!("{name} #{number}");
    }
    candidate
}
