//! From flags to what a run judges by.

use super::args::JudgeArgs;
use super::error::{self, Failure};
use super::terminal::Terminal;
use crate::builtin;
use crate::collect::rego;
use crate::pipeline::{GateOptions, Judging};
use envcheck_core::evaluate::Limits;
use envcheck_core::policy::{Catalogue, Named, RegoFile, Selection};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long evaluation may take, on one thread.
pub(crate) const LIMITS: Limits = Limits {
    evaluation: Duration::from_secs(5),
    stuck: Duration::from_secs(10),
    jobs: 1,
};

/// Loads the built-in policies and those of the user. A policy that cannot be loaded ends the run: a gate without one of
/// its rules is no gate.
pub(crate) fn catalogue(directories: &[PathBuf]) -> Result<Arc<Catalogue>, Failure> {
    let mut problems = Vec::new();
    let mut foreign = Vec::new();
    for directory in directories {
        match rego::read(directory) {
            Ok(files) => foreign.push(files),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(Failure(problems));
    }
    catalogue_of(&builtin::policies(), &foreign)
}

/// Loads these policies.
pub(crate) fn catalogue_of(
    builtin: &[RegoFile],
    foreign: &[Vec<RegoFile>],
) -> Result<Arc<Catalogue>, Failure> {
    let (catalogue, rejected) = Catalogue::load(builtin, foreign);
    if rejected.is_empty() {
        Ok(Arc::new(catalogue))
    } else {
        Err(Failure(rejected))
    }
}

/// Puts flags, spec and policies together.
pub(crate) fn judging(
    arguments: &JudgeArgs,
    spec: Option<Spec>,
    allow_empty: bool,
    terminal: &Terminal,
) -> Result<Judging, Failure> {
    super::output::verify(&arguments.output)?;
    let catalogue = catalogue(&arguments.policy)?;
    let disabled: Vec<Named> = spec
        .iter()
        .flat_map(|spec| spec.value.items_at(&["policies", "disable"]))
        .filter_map(ValueExt::text)
        .filter(|id| !crate::builtin::PLANNED.contains(id))
        .map(Named::from)
        .collect();
    let bundles = bundles(arguments, spec.as_ref());
    let named = |names: &[String]| {
        names
            .iter()
            .map(|name| Named::from(name.as_str()))
            .collect::<Vec<_>>()
    };
    let selection = Selection {
        bundles: named(&bundles),
        only: named(&arguments.only),
        skip: named(&arguments.skip),
        disabled,
    };
    let selected = catalogue
        .select(&selection)?
        .into_iter()
        .cloned()
        .collect::<Vec<_>>();
    if selected.is_empty() {
        return Err(Failure::words("no policy is selected").hint("envcheck policy list shows what there is"));
    }
    let parameters = parameters(arguments, &catalogue)?;
    let mut warnings = Vec::new();
    if let Some(spec) = &spec {
        error::warn(&unknown_ids(spec, &catalogue), terminal);
        warnings.extend(unknown_ids(spec, &catalogue).iter().map(ToString::to_string));
    }
    let jobs = arguments
        .jobs
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, std::num::NonZero::get);
    Ok(Judging {
        spec,
        catalogue,
        selected,
        parameters,
        gate: GateOptions {
            fail_on: arguments.fail_on,
            min_coverage: arguments.min_coverage.0,
            allow_empty,
            exit_zero: arguments.exit_zero,
        },
        limits: Limits { jobs, ..LIMITS },
        now: arguments.now,
        started: Timestamp::now(),
        warnings,
    })
}

/// `--bundle` replaces the choice; else the spec's; else the environment's when there is one. Foreign policies are always
/// selected besides.
fn bundles(arguments: &JudgeArgs, spec: Option<&Spec>) -> Vec<String> {
    if !arguments.bundle.is_empty() {
        return arguments.bundle.clone();
    }
    let Some(spec) = spec else { return Vec::new() };
    let declared: Vec<String> = spec
        .value
        .items_at(&["policies", "bundles"])
        .iter()
        .filter_map(|name| name.text().map(ToOwned::to_owned))
        .collect();
    if declared.is_empty() {
        vec!["environment".to_owned()]
    } else {
        declared
    }
}

fn parameters(
    arguments: &JudgeArgs,
    catalogue: &Catalogue,
) -> Result<BTreeMap<String, BTreeMap<String, Value>>, Failure> {
    let mut parameters: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for parameter in &arguments.param {
        let Some(policy) = catalogue
            .policies()
            .iter()
            .find(|policy| policy.id.as_ref() == parameter.policy)
        else {
            return Err(Failure::words(format!(
                "--param names {}, but no policy is called so",
                parameter.policy
            ))
            .hint("envcheck policy list shows the ids"));
        };
        if !policy.is_foreign() && !policy.parameters.iter().any(|known| known.name == parameter.key) {
            let known: Vec<&str> = policy
                .parameters
                .iter()
                .map(|known| known.name.as_str())
                .collect();
            let hint = if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has: {}", known.join(", "))
            };
            return Err(
                Failure::words(format!("{} has no parameter {}", parameter.policy, parameter.key))
                    .hint(&hint),
            );
        }
        // A number, a boolean or a list may be meant; anything else is text.
        let value =
            Value::from_json_str(&parameter.value).unwrap_or_else(|_| Value::from(parameter.value.as_str()));
        parameters
            .entry(parameter.policy.clone())
            .or_default()
            .insert(parameter.key.clone(), value);
    }
    Ok(parameters)
}

/// Policy ids in the spec that no policy has: a typing error there would silently change nothing.
fn unknown_ids(spec: &Spec, catalogue: &Catalogue) -> Vec<envcheck_core::source::Diagnostic> {
    let known = |id: &str| catalogue.policies().iter().any(|policy| policy.id.as_ref() == id);
    spec.policy_ids()
        .into_iter()
        .filter(|(id, _)| !known(id) && !crate::builtin::PLANNED.contains(&id.as_str()))
        .map(|(id, place)| {
            let problem = envcheck_core::source::Diagnostic::new(format!("no policy is called {id}"))
                .hint("envcheck policy list shows the ids");
            match place {
                Some(place) => problem.at(place),
                None => problem,
            }
        })
        .collect()
}
