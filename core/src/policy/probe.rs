//! Asks the engine whether it would evaluate a group of modules at all.

use super::module::Module;
use super::parse::with_stack;
use crate::value::object;
use regorus::{Engine, Value};
use std::sync::Arc;

/// The engine's words for what makes every evaluation of an engine fail, however good the input.
const FATAL: [&str; 6] = [
    "unsafe",
    "undefined variable",
    "could not find function",
    "conflict",
    "internal error",
    "recursion detected",
];

/// Whether an engine of these modules works: each of `rules` (as `data.main.deny`) is evaluated once with nothing to
/// look at. Only what no input could mend counts: an unsafe variable, an undefined function, rules of different types.
///
/// The error names the module at fault, or every module when the engine does not say, with the engine's words.
pub fn probe(modules: &[Arc<Module>], rules: &[String]) -> Result<(), Vec<(String, String)>> {
    let run = || -> Result<(), Vec<(String, String)>> {
        let mut engine = Engine::new();
        for module in modules {
            module
                .add_to(&mut engine)
                .map_err(|error| vec![(module.name().to_owned(), words(&error))])?;
        }
        engine.set_input(Value::new_object());
        let empty = [
            "environment",
            "parameters",
            "view",
            "network",
            "inventory",
            "digitalocean",
            "spaces",
        ];
        let _ = engine.add_data(object(empty.map(|name| (name, Value::new_object()))));
        let mut problems = Vec::new();
        for rule in rules {
            if let Err(error) = engine.eval_rule(rule.clone()) {
                let error = error.to_string();
                if FATAL.iter().any(|fatal| error.contains(fatal)) {
                    let problem = (blamed(&error, modules), words(&error));
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    };
    with_stack(run).unwrap_or_else(|error| Err(vec![(String::new(), error)]))
}

/// The module that an error of the engine points to.
fn blamed(error: &str, modules: &[Arc<Module>]) -> String {
    let file = error.rfind("--> ").map(|arrow| &error[arrow + 4..]);
    let named = file.and_then(|file| {
        modules
            .iter()
            .map(|module| module.name())
            .filter(|name| file.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
            .max_by_key(|name| name.len())
    });
    named.unwrap_or_default().to_owned()
}

/// The last line of an error of the engine: `file:line:column: words`.
fn words(error: &str) -> String {
    let message = error
        .rfind("error: ")
        .map_or(error, |start| &error[start + 7..])
        .lines()
        .next()
        .unwrap_or_default();
    match error
        .rfind("--> ")
        .and_then(|arrow| error[arrow + 4..].lines().next())
    {
        Some(place) => format!("{place}: {message}"),
        None => message.to_owned(),
    }
}
