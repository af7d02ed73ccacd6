//! One package on one input: rules run strictly; what an error would hide is salvaged.

use super::engine;
use super::plan::{EvaluationPlan, Run};
use super::raw::{RawFinding, members, read_finding};
use crate::policy::{Catalogue, Policy, Severity};
use crate::value::{Value, ValueExt};
use regorus::Engine;

/// What one policy said about one input.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Said {
    /// Findings, each with the severity its rule gives.
    pub findings: Vec<(RawFinding, Severity)>,
    /// Findings that an `exception` rule excused, with the excuse.
    pub excused: Vec<(RawFinding, String)>,
    /// Why the verdict is an error.
    pub error: Option<String>,
    /// Engine errors of a foreign policy whose other results were kept.
    pub warnings: Vec<String>,
}

/// A package's engine and those of the selected policies that live in it.
#[derive(Clone)]
pub(crate) struct Seat {
    /// Indexes into the plan.
    pub policies: Vec<usize>,
    package: String,
    exception: Option<String>,
    /// The time for one rule, in words.
    limit: String,
    engine: Result<Engine, String>,
}

/// The seats for the policies at `indexes`, one per package. `documents` gives `data` for a policy.
pub(crate) fn seats(
    catalogue: &Catalogue,
    plan: &EvaluationPlan,
    indexes: impl Iterator<Item = usize>,
    run: &Run,
    documents: &dyn Fn(&Policy) -> Vec<(&'static str, Value)>,
) -> Vec<Seat> {
    let mut seats: Vec<Seat> = Vec::new();
    for index in indexes {
        let policy = &plan.policies[index].policy;
        let modules = catalogue.closure_of(policy);
        if let Some(seat) = seats.iter_mut().find(|seat| {
            seat.package == policy.package
                && plan.policies[seat.policies[0]].policy.provenance == policy.provenance
        }) {
            seat.policies.push(index);
            continue;
        }
        let engine = engine::build(&modules, documents(policy), run.now, &run.limits);
        seats.push(Seat {
            policies: vec![index],
            package: policy.package.clone(),
            exception: policy.exception.clone(),
            limit: format!("{} s", run.limits.evaluation.as_secs_f32()),
            engine,
        });
    }
    seats
}

impl Seat {
    /// Runs the policies at this seat for which `applies` on `input`.
    pub(crate) fn run(
        &mut self,
        plan: &EvaluationPlan,
        input: &Value,
        applies: &dyn Fn(usize) -> bool,
    ) -> Vec<(usize, Said)> {
        let chosen: Vec<usize> = self
            .policies
            .iter()
            .copied()
            .filter(|index| applies(*index))
            .collect();
        if chosen.is_empty() {
            return Vec::new();
        }
        if let Ok(engine) = &mut self.engine {
            engine.set_input(input.clone());
        }
        let exceptions = self.exceptions();
        chosen
            .into_iter()
            .map(|index| {
                let planned = &plan.policies[index];
                let run = || self.run_policy(&planned.policy, input, &exceptions);
                (index, planned.spent.during(plan.clock.as_ref(), run))
            })
            .collect()
    }

    fn run_policy(
        &mut self,
        policy: &Policy,
        input: &Value,
        exceptions: &Result<Vec<String>, String>,
    ) -> Said {
        let mut said = Said::default();
        let excused_rules = match exceptions {
            Ok(rules) => rules.as_slice(),
            Err(error) => {
                // A broken exception excuses nothing.
                said.warnings.push(format!("exception: {error}"));
                &[]
            }
        };
        for rule in &policy.rules {
            let (items, error) = self.eval(&rule.path);
            if let Some(error) = error {
                if policy.is_foreign() && !items.is_empty() {
                    said.warnings.push(error);
                } else {
                    said.error.get_or_insert(error);
                }
            }
            let excuse = excused_rules
                .iter()
                .any(|name| name == rule_suffix(&rule.name) || *name == rule.name);
            for item in items {
                match read_finding(&item, input) {
                    Ok(finding) if excuse => said
                        .excused
                        .push((finding, format!("exception in {}", self.package))),
                    Ok(finding) => {
                        let severity = finding
                            .severity
                            .map_or(rule.severity, |own| own.min(rule.severity));
                        said.findings.push((finding, severity));
                    }
                    Err(error) => {
                        said.error.get_or_insert(error);
                    }
                }
            }
        }
        said
    }

    /// The rule's members and, when strict evaluation failed, why; the members are then what evaluation without strict
    /// built-ins still gives (OPA's semantics).
    fn eval(&mut self, path: &str) -> (Vec<Value>, Option<String>) {
        let engine = match &mut self.engine {
            Ok(engine) => engine,
            Err(error) => return (Vec::new(), Some(error.clone())),
        };
        let strict = match engine.eval_rule(path.to_owned()) {
            Ok(result) => return split(members(&result)),
            Err(error) => engine::words(&error),
        };
        // Nothing is salvaged by waiting once more; and the engine's words hold nanoseconds, which differ from run to run.
        if strict.contains(engine::OUT_OF_TIME) {
            return (
                Vec::new(),
                Some(format!("took longer than the {} allowed", self.limit)),
            );
        }
        engine.set_strict_builtin_errors(false);
        let salvaged = engine
            .eval_rule(path.to_owned())
            .ok()
            .and_then(|result| members(&result).ok())
            .unwrap_or_default();
        engine.set_strict_builtin_errors(true);
        (salvaged, Some(strict))
    }

    /// A set-valued rule that the contract allows to be absent, by what to ask the engine for.
    pub(crate) fn optional_set(&mut self, path: Option<&str>) -> Result<Option<Vec<Value>>, String> {
        match path.map(|path| self.eval(path)) {
            None => Ok(None),
            Some((items, None)) => Ok(Some(items)),
            Some((_, Some(error))) => Err(error),
        }
    }

    /// conftest's exceptions: sets of lists of rule names without their prefix.
    fn exceptions(&mut self) -> Result<Vec<String>, String> {
        let path = self.exception.clone();
        let items = self.optional_set(path.as_deref())?.unwrap_or_default();
        Ok(items
            .iter()
            .flat_map(ValueExt::items)
            .filter_map(|name| name.text().map(ToOwned::to_owned))
            .collect())
    }
}

fn split(result: Result<Vec<Value>, String>) -> (Vec<Value>, Option<String>) {
    match result {
        Ok(items) => (items, None),
        Err(error) => (Vec::new(), Some(error)),
    }
}

/// `deny_run_as_root` → `run_as_root`; a bare `deny` is the empty name.
fn rule_suffix(rule: &str) -> &str {
    ["deny", "violation", "warn"]
        .iter()
        .find_map(|prefix| rule.strip_prefix(prefix))
        .map_or(rule, |rest| rest.strip_prefix('_').unwrap_or(rest))
}
