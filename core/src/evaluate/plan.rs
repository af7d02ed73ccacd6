//! Which policies run in which flow, and why the others do not.

use super::clock::{Clock, Spent};
use crate::findings::{PolicyResult, Verb};
use crate::inventory::observation::ACCOUNT;
use crate::inventory::{Gap, Inventory, KeptRows};
use crate::policy::{Needed, Policy, Scope, Severity, Stage, reads_every_kind};
use crate::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long evaluation may take. Passed in, because nothing here reads a clock.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one rule on one object; the engine stops itself.
    pub evaluation: Duration,
    /// For one object in one package; a worker that is stuck in a single built-in call longer is abandoned.
    pub stuck: Duration,
    /// Worker threads.
    pub jobs: usize,
}

/// What one run judges by.
#[derive(Debug, Clone)]
pub struct Run {
    /// Which flow.
    pub verb: Verb,
    /// True when what was read is the whole environment.
    pub complete: bool,
    /// `data.environment`.
    pub environment: Option<Value>,
    /// The run's time.
    pub now: Timestamp,
    /// Parameters from the command line: policy → name → value.
    pub parameters: BTreeMap<String, BTreeMap<String, Value>>,
    /// How long evaluation may take.
    pub limits: Limits,
    /// By what the time of each policy is measured; `None` when nobody asks for it.
    pub clock: Option<Clock>,
}

impl Run {
    /// True when findings on what workloads own are told of the workloads. Manifests are judged as they are written.
    pub(crate) fn folds(&self) -> bool {
        self.verb == Verb::Audit
    }
}

/// A selected policy and its part in the run.
#[derive(Debug, Clone)]
pub struct PlannedPolicy {
    /// The policy.
    pub policy: Policy,
    /// Its severity after the spec's override.
    pub severity: Severity,
    /// Why it is not run at all; `None` when it is.
    pub not_run: Option<String>,
    pub(crate) spent: Spent,
}

/// The selected policies, by id.
#[derive(Debug, Clone)]
pub struct EvaluationPlan {
    /// Sorted by id.
    pub policies: Vec<PlannedPolicy>,
    /// By what their time is measured.
    pub(crate) clock: Option<Clock>,
}

impl EvaluationPlan {
    /// Sorts out which of the selected policies apply to this run.
    pub fn new<'p>(selected: impl IntoIterator<Item = &'p Policy>, run: &Run) -> Self {
        let mut policies: Vec<PlannedPolicy> = selected
            .into_iter()
            .map(|policy| PlannedPolicy {
                severity: overridden(policy, run),
                not_run: not_run(policy, run),
                spent: Spent::default(),
                policy: policy.clone(),
            })
            .collect();
        policies.sort_by(|a, b| a.policy.id.cmp(&b.policy.id));
        Self {
            policies,
            clock: run.clock.clone(),
        }
    }

    /// True when some policy that runs needs the joined view.
    pub fn needs_view(&self) -> bool {
        self.running(Scope::Environment).next().is_some()
    }

    /// True when some policy that runs reads whole objects.
    pub fn needs_whole_objects(&self) -> bool {
        self.policies
            .iter()
            .any(|planned| planned.not_run.is_none() && planned.policy.uses_inventory)
    }

    /// What the policies that run read of a cluster and an account.
    pub fn needed(&self) -> Needed {
        let running = self.policies.iter().filter(|planned| planned.not_run.is_none());
        Needed::of(running.map(|planned| &planned.policy))
    }

    /// The collections that policies read row by row; what they read through joins needs no rows.
    pub fn kept_rows(&self) -> KeptRows {
        let running = self.running(Scope::Environment);
        let mut read: BTreeSet<String> = running
            .flat_map(|index| &self.policies[index].policy.reads)
            .cloned()
            .collect();
        // No policy reads this one: by it earlier runs on the same account are told from others.
        read.insert(ACCOUNT.to_owned());
        KeptRows::Of(read)
    }

    /// The indexes of the policies of a scope that run.
    pub(crate) fn running(&self, scope: Scope) -> impl Iterator<Item = usize> + '_ {
        self.policies
            .iter()
            .enumerate()
            .filter_map(move |(index, planned)| {
                (planned.not_run.is_none() && planned.policy.scope == scope).then_some(index)
            })
    }
}

fn overridden(policy: &Policy, run: &Run) -> Severity {
    run.environment
        .as_ref()
        .and_then(|spec| spec.text_at(&["policies", "severity", &policy.id]))
        .and_then(|text| text.parse().ok())
        .unwrap_or(policy.severity)
}

fn not_run(policy: &Policy, run: &Run) -> Option<String> {
    let stage = match run.verb {
        Verb::Check => Stage::Manifests,
        Verb::Audit => Stage::Live,
    };
    if !policy.stages.is_empty() && !policy.stages.contains(&stage) {
        return Some(match stage {
            Stage::Manifests => "judges live state: audit runs it".to_owned(),
            _ => "judges manifests: check runs it".to_owned(),
        });
    }
    if policy.requires_complete && !run.complete {
        return Some(PolicyResult::NEEDS_WHOLE_ENVIRONMENT.to_owned());
    }
    if let Some(path) = policy.declares.iter().find(|path| !declares(run, path)) {
        return Some(format!("the environment declares no {path}"));
    }
    let account = policy
        .needs
        .iter()
        .any(|need| need.starts_with("digitalocean.") || need.starts_with("spaces."));
    let declared = run
        .environment
        .as_ref()
        .is_some_and(|spec| spec.at(&["digitalocean"]).is_some());
    if account && !declared {
        return Some("the environment declares no DigitalOcean account".to_owned());
    }
    None
}

fn declares(run: &Run, path: &str) -> bool {
    let path: Vec<&str> = path.split('.').collect();
    let declared = run.environment.as_ref().and_then(|spec| spec.at(&path));
    declared.is_some_and(|value| *value != Value::Null)
}

/// The things a policy needs that were not read: `(reason, detail)` each.
pub(crate) fn missing_inputs(policy: &Policy, inventory: &Inventory) -> Vec<(String, String)> {
    let collections = policy
        .needs
        .iter()
        .filter_map(|need| inventory.collection_gap(need));
    unread_kinds(policy, inventory)
        .into_iter()
        .chain(collections)
        .map(|gap| (gap.reason, gap.detail))
        .collect()
}

/// The kinds that a policy reads and that were not read completely.
pub(crate) fn unread_kinds(policy: &Policy, inventory: &Inventory) -> Vec<Gap> {
    if reads_every_kind(policy) {
        return inventory.kind_gaps("*/*");
    }
    let patterns = policy.kinds.patterns().iter();
    patterns
        .flat_map(|kind| inventory.kind_gaps(&kind.to_string()))
        .collect()
}
