//! From flags to what a run judges by.

use super::args::{EvaluateArgs, JudgeArgs, SelectArgs};
use super::error::{self, Failure};
use super::terminal::Terminal;
use super::values::ReportOutput;
use crate::pipeline::{self, Clock, GateOptions, Judging};
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::policy::{Catalogue, Named, Policy, Selection};
use envcheck_core::source::{Diagnostic, Place};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Puts flags, spec and policies together.
pub(crate) fn judging(
    arguments: &JudgeArgs,
    spec: Option<Spec>,
    allow_empty: bool,
    terminal: &Terminal,
) -> Result<Judging, Failure> {
    super::output::verify(&arguments.output, "-o table -o sarif=report.sarif")?;
    // The table shows what is doubtful itself; other formats leave standard error to people.
    let shows_table =
        arguments.output.iter().any(ReportOutput::is_table_on_stdout) || arguments.output.is_empty();
    Ok(Judging {
        gate: GateOptions {
            fail_on: arguments.fail_on,
            min_coverage: arguments.min_coverage.0,
            allow_empty,
            exit_zero: arguments.exit_zero,
        },
        clock: (arguments.timings || terminal.verbose).then(clock),
        ..evaluating(&arguments.evaluate, spec, (!shows_table).then_some(terminal))?
    })
}

/// What is judged by, whatever becomes of it. `warn`: where what is doubtful is told at once.
pub(crate) fn evaluating(
    arguments: &EvaluateArgs,
    spec: Option<Spec>,
    warn: Option<&Terminal>,
) -> Result<Judging, Failure> {
    let (catalogue, selected) = selected(&arguments.select, !arguments.param.is_empty(), spec.as_ref())?;
    let parameters = parameters(arguments, &catalogue)?;
    if let Some(spec) = &spec {
        declared_parameters(spec, &catalogue)?;
    }
    let waivers = pipeline::waivers(spec.as_ref(), &arguments.waivers)?;
    let doubts = spec
        .as_ref()
        .map_or_else(Vec::new, |spec| doubts(spec, &catalogue));
    if let Some(terminal) = warn {
        error::warn(&doubts, terminal);
    }
    let warnings = doubts.iter().map(ToString::to_string).collect();
    let jobs = arguments
        .jobs
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, std::num::NonZero::get);
    Ok(Judging {
        spec,
        catalogue,
        selected,
        parameters,
        waivers,
        gate: GateOptions::OPEN,
        jobs,
        now: arguments.now,
        clock: None,
        started: Timestamp::now(),
        warnings,
        interrupt: CancellationToken::new(),
    })
}

fn clock() -> Clock {
    let start = Instant::now();
    Clock::new(move || start.elapsed())
}

/// What a capture needs: which policies will judge it.
pub(crate) fn capturing(arguments: &SelectArgs, spec: Spec) -> Result<Judging, Failure> {
    let (catalogue, selected) = selected(arguments, false, Some(&spec))?;
    Ok(Judging {
        spec: Some(spec),
        catalogue,
        selected,
        parameters: BTreeMap::new(),
        waivers: Vec::new(),
        gate: GateOptions::OPEN,
        jobs: 1,
        now: None,
        clock: None,
        started: Timestamp::now(),
        warnings: Vec::new(),
        interrupt: CancellationToken::new(),
    })
}

/// All policies at hand, and those that flags and spec select. `names_builtin`: other flags name built-in policies.
pub(super) fn selected(
    arguments: &SelectArgs,
    names_builtin: bool,
    spec: Option<&Spec>,
) -> Result<(Arc<Catalogue>, Vec<Policy>), Failure> {
    let selection = selection(arguments, spec);
    // Without a bundle and without a name nothing of ours can be selected: it need not be read.
    let named_on_the_command_line = !arguments.only.is_empty() || !arguments.skip.is_empty() || names_builtin;
    let with_builtin =
        selection.bundles.iter().any(|bundle| bundle.name != "none") || named_on_the_command_line;
    let catalogue = pipeline::catalogue(with_builtin, &arguments.policy)?;
    let selected = of(&catalogue, &selection)?;
    if selected.is_empty() {
        let bundles: Vec<&str> = selection
            .bundles
            .iter()
            .map(|bundle| bundle.name.as_str())
            .collect();
        let hint = match bundles.as_slice() {
            [] | ["none"] => {
                "name policies with -p DIR, or a bundle: envcheck policy list shows what there is".to_owned()
            }
            names => format!(
                "this version has no policy in {}: envcheck policy list shows what there is",
                names.join(", ")
            ),
        };
        return Err(Failure::words("no policy is selected").hint(&hint));
    }
    Ok((catalogue, selected))
}

/// All policies by which the environment is judged, those that were asked for among them: `--only` says what is looked at, not
/// what may be broken.
pub(super) fn witnesses(arguments: &SelectArgs, judging: &Judging) -> Result<Vec<Policy>, Failure> {
    if arguments.only.is_empty() {
        return Ok(judging.selected.clone());
    }
    let all = Selection {
        only: Vec::new(),
        ..selection(arguments, judging.spec.as_ref())
    };
    let mut witnesses = of(&judging.catalogue, &all)?;
    witnesses.extend(judging.selected.iter().cloned());
    witnesses.sort_by(|one, other| one.id.cmp(&other.id));
    witnesses.dedup_by(|one, other| one.id == other.id);
    Ok(witnesses)
}

fn of(catalogue: &Catalogue, selection: &Selection) -> Result<Vec<Policy>, Failure> {
    Ok(catalogue.select(selection)?.into_iter().cloned().collect())
}

/// What flags and spec say of which policies judge.
fn selection(arguments: &SelectArgs, spec: Option<&Spec>) -> Selection {
    let named = |names: &[String]| names.iter().map(|name| Named::from(name.as_str())).collect();
    Selection {
        bundles: bundles(arguments, spec),
        only: named(&arguments.only),
        skip: named(&arguments.skip),
        disabled: spec.map_or_else(Vec::new, |spec| written(spec, "disable")),
    }
}

/// `--bundle` replaces the choice; else the spec's, which is the environment's by default. Foreign policies are always
/// selected besides.
fn bundles(arguments: &SelectArgs, spec: Option<&Spec>) -> Vec<Named> {
    if !arguments.bundle.is_empty() {
        return arguments
            .bundle
            .iter()
            .map(|name| Named::from(name.as_str()))
            .collect();
    }
    spec.map_or_else(Vec::new, |spec| written(spec, "bundles"))
}

/// The names in a list below `policies`, each with its place.
fn written(spec: &Spec, list: &str) -> Vec<Named> {
    let names = spec.value.items_at(&["policies", list]).iter().enumerate();
    names
        .filter_map(|(index, name)| {
            let path = [
                PathElement::Key("policies".to_owned()),
                PathElement::Key(list.to_owned()),
                PathElement::Index(index),
            ];
            Some(Named {
                name: name.text()?.to_owned(),
                place: spec.place(&FieldPath(path.to_vec())),
            })
        })
        .collect()
}

fn parameters(
    arguments: &EvaluateArgs,
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
        if let Some(Err(words)) = policy
            .parameters
            .iter()
            .find(|known| known.name == parameter.key)
            .map(|known| known.check(&value))
        {
            return Err(
                Failure::words(format!("--param {}.{} {words}", parameter.policy, parameter.key)).hint(
                    &format!(
                        "envcheck policy explain {} shows what may be set",
                        parameter.policy
                    ),
                ),
            );
        }
        parameters
            .entry(parameter.policy.clone())
            .or_default()
            .insert(parameter.key.clone(), value);
    }
    Ok(parameters)
}

/// A value that a policy cannot use would leave it with nothing to say.
fn declared_parameters(spec: &Spec, catalogue: &Catalogue) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let declared = spec.value.at(&["policies", "parameters"]);
    for (id, parameters) in declared.into_iter().flat_map(ValueExt::members) {
        let Some(policy) = catalogue.policy(id) else {
            continue;
        };
        for (name, value) in parameters.members() {
            let known = policy.parameters.iter().find(|known| known.name == name);
            if let Some(Err(words)) = known.map(|known| known.check(value)) {
                let path = ["policies", "parameters", id, name].map(|key| PathElement::Key(key.to_owned()));
                let problem = Diagnostic::new(format!("{name} of {id} {words}"))
                    .hint(format!("envcheck policy explain {id} shows what may be set"));
                problems.push(match spec.place(&FieldPath(path.to_vec())) {
                    Some(place) => problem.at(place),
                    None => problem,
                });
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// What a spec says that has no effect in this run: a typing error there would silently change nothing.
fn doubts(spec: &Spec, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let bundles = catalogue.bundles();
    // With none of ours selected ours were not read: whether a name is one of them cannot be told.
    let unread = catalogue.policies().iter().all(Policy::is_foreign);
    let known = |id: &str| unread || catalogue.policy(id).is_some() || bundles.contains(id);
    let at = |problem: Diagnostic, place: Option<Place>| match place {
        Some(place) => problem.at(place),
        None => problem,
    };
    let mut doubts: Vec<Diagnostic> = spec
        .policy_references()
        .into_iter()
        .filter(|reference| !known(&reference.id))
        .map(|reference| {
            let problem = Diagnostic::new(format!("no policy is called {}", reference.id))
                .hint("envcheck policy list shows the ids");
            at(problem, reference.place)
        })
        .collect();
    let declared = spec.value.at(&["policies", "parameters"]);
    for (id, parameters) in declared.into_iter().flat_map(ValueExt::members) {
        let Some(policy) = catalogue.policy(id).filter(|policy| !policy.is_foreign()) else {
            continue;
        };
        for (name, _) in parameters.members() {
            if !policy.parameters.iter().any(|known| known.name == name) {
                let path = ["policies", "parameters", id, name].map(|key| PathElement::Key(key.to_owned()));
                let problem = Diagnostic::new(format!("{id} has no parameter {name}"))
                    .hint(format!("envcheck policy explain {id} shows what may be set"));
                doubts.push(at(problem, spec.key_place(&FieldPath(path.to_vec()))));
            }
        }
    }
    doubts
}
