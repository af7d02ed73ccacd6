//! Rego's own tests: rules named `test_…` in `*_test.rego`, run as OPA runs them.

use super::engine::words;
use crate::policy::Catalogue;
use regorus::Engine;
use regorus::utils::limits::ExecutionTimerConfig;
use std::num::NonZeroU32;
use std::time::Duration;

/// One test and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegoTest {
    /// The file.
    pub file: String,
    /// The package.
    pub package: String,
    /// The rule.
    pub name: String,
    /// True when the rule is true; an error when it could not be evaluated.
    pub result: Result<bool, String>,
}

/// Runs every test of the catalogue, each within `limit`. Built-in errors are not strict, as in OPA.
pub fn run_rego_tests(catalogue: &Catalogue, limit: Duration) -> Vec<RegoTest> {
    let mut results = Vec::new();
    for test in catalogue.tests() {
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(false);
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit,
            check_interval: NonZeroU32::MIN.saturating_add(4095),
        });
        let modules = catalogue
            .groups()
            .get(test.group)
            .map_or(&[][..], |group| &group.modules);
        let loaded = modules
            .iter()
            .chain(std::iter::once(&test.module))
            .try_for_each(|module| module.add_to(&mut engine).map_err(|error| words(&error)));
        for rule in test.rules.iter().filter(|rule| !rule.todo) {
            let result = match &loaded {
                Ok(()) => engine
                    .eval_rule(rule.path.clone())
                    .map(|value| value == regorus::Value::from(true))
                    .map_err(|error| words(&error)),
                Err(error) => Err(error.clone()),
            };
            results.push(RegoTest {
                file: test.module.name().to_owned(),
                package: test.module.package.clone(),
                name: rule.name.clone(),
                result,
            });
        }
    }
    results
}
