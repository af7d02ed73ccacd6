//! From flags to what a run judges by.

use super::args::JudgeArgs;
use super::error::{self, Failure};
use super::terminal::Terminal;
use crate::builtin;
use crate::pipeline::{self, GateOptions, Judging};
use envcheck_core::policy::{Catalogue, Named, Selection};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Puts flags, spec and policies together.
pub(crate) fn judging(
    arguments: &JudgeArgs,
    spec: Option<Spec>,
    allow_empty: bool,
    terminal: &Terminal,
) -> Result<Judging, Failure> {
    super::output::verify(&arguments.output)?;
    let bundles = bundles(arguments, spec.as_ref());
    // Without a bundle and without a name nothing of ours can be selected: it need not be read.
    let with_builtin = bundles.iter().any(|bundle| bundle != "none") || !arguments.only.is_empty();
    let catalogue = pipeline::catalogue(with_builtin, &arguments.policy)?;
    let disabled: Vec<Named> = spec
        .iter()
        .flat_map(|spec| spec.value.items_at(&["policies", "disable"]))
        .filter_map(ValueExt::text)
        .filter(|id| !builtin::PLANNED.contains(id))
        .map(Named::from)
        .collect();
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
        jobs,
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

/// Policies and bundles in the spec that do not exist: a typing error there would silently change nothing.
fn unknown_ids(spec: &Spec, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let bundles = catalogue.bundles();
    let known =
        |id: &str| catalogue.policy(id).is_some() || bundles.contains(id) || builtin::PLANNED.contains(&id);
    spec.policy_references()
        .into_iter()
        .filter(|reference| !known(&reference.id))
        .map(|reference| {
            let problem = Diagnostic::new(format!("no policy is called {}", reference.id))
                .hint("envcheck policy list shows the ids");
            match reference.place {
                Some(place) => problem.at(place),
                None => problem,
            }
        })
        .collect()
}
