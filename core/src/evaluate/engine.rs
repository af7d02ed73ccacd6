//! Engines: one for each package, with just the modules that it uses, so that none can spoil another.

use super::plan::Limits;
use crate::policy::Module;
use crate::value::{Value, ValueExt, object};
use jiff::Timestamp;
use regorus::Engine;
use regorus::utils::limits::ExecutionTimerConfig;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The engine's words for a rule that it stopped.
pub(crate) const OUT_OF_TIME: &str = "time limit";

/// Work units between two looks at the engine's timer.
const TIMER_INTERVAL: NonZeroU32 = match NonZeroU32::new(4096) {
    Some(interval) => interval,
    None => NonZeroU32::MIN,
};

/// Builds an engine over `modules` with `documents` under `data`. `Err` holds the engine's words.
///
/// Built-in errors are strict: an error is an error, never a silently missing finding. `time.now_ns` is the run's time.
pub(crate) fn build(
    modules: &[Arc<Module>],
    documents: Vec<(&'static str, Value)>,
    now: Timestamp,
    limits: &Limits,
) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: limits.evaluation,
        check_interval: TIMER_INTERVAL,
    });
    let nanoseconds = now.as_nanosecond();
    engine
        .add_extension(
            "time.now_ns".to_owned(),
            0,
            Box::new(move |_| Ok(Value::from(nanoseconds))),
        )
        .map_err(|error| words(&error))?;
    for (name, arguments) in [("numbers.range", 2u8), ("numbers.range_step", 3)] {
        engine
            .add_extension(
                name.to_owned(),
                arguments,
                Box::new(move |given| bounded_range(name, &given)),
            )
            .map_err(|error| words(&error))?;
    }
    for module in modules {
        module.add_to(&mut engine).map_err(|error| words(&error))?;
    }
    engine
        .add_data(object(documents))
        .map_err(|error| words(&error))?;
    Ok(engine)
}

/// More members than this no policy about an environment needs; the built-in function would take all memory first.
const LONGEST_RANGE: i64 = 1_000_000;

/// `numbers.range` and `numbers.range_step` as OPA has them, with an end.
fn bounded_range(name: &str, given: &[Value]) -> anyhow::Result<Value> {
    let numbers: Option<Vec<i64>> = given.iter().map(ValueExt::int).collect();
    let (from, to, step) = match numbers.as_deref() {
        Some([from, to]) => (*from, *to, 1),
        Some([from, to, step]) if *step > 0 => (*from, *to, *step),
        Some([_, _, _]) => anyhow::bail!("{name}: the step must be a positive whole number"),
        _ => anyhow::bail!("{name}: all arguments must be whole numbers"),
    };
    if from.abs_diff(to) / step.unsigned_abs() >= LONGEST_RANGE.unsigned_abs() {
        anyhow::bail!("{name}({from}, {to}) has more than {LONGEST_RANGE} members");
    }
    let signed = if from <= to { step } else { -step };
    let mut members = Vec::new();
    let mut here = from;
    while if from <= to { here <= to } else { here >= to } {
        members.push(Value::from(here));
        here += signed;
    }
    Ok(Value::from(members))
}

/// An engine error in one line: `file:line:column: what`. The engine prints an excerpt in between, which says nothing
/// without the file at hand.
pub(crate) fn words(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let place = text.lines().find_map(|line| line.trim().strip_prefix("--> "));
    let what = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("error: "))
        .map_or_else(
            || text.lines().map(str::trim).collect::<Vec<_>>().join(" "),
            ToOwned::to_owned,
        );
    match place {
        Some(place) => format!("{place}: {}", what.trim()),
        None => what.trim().to_owned(),
    }
}
