//! Asks the engine whether it would evaluate a group of modules at all.

use super::module::Module;
use super::parse::with_stack;
use crate::value::object;
use regorus::{Engine, Value};
use std::sync::Arc;

/// A module of which nothing can be wrong: when its rule fails, the engine cannot be prepared.
const SENTINEL: (&str, &str, &str) = (
    "<probe>",
    "package envcheck_probe\nok := true\n",
    "data.envcheck_probe.ok",
);
/// The engine's words for what no input could mend.
const FATAL: [&str; 6] = [
    "is unsafe",
    "could not find function",
    "conflicts with",
    "is not an object",
    "internal error",
    "recursion detected",
];

/// Whether an engine of these modules works: it can be prepared, and each of `rules` (as `data.main.deny`) is evaluated
/// once with nothing to look at. Only what no input could mend counts: an unsafe variable, rules of different types.
///
/// The error names the modules at fault (empty when the engine does not say), each with the engine's words.
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
        engine.set_rego_v0(false);
        let prepared = engine
            .add_policy(SENTINEL.0.to_owned(), SENTINEL.1.to_owned())
            .and_then(|_| engine.eval_rule(SENTINEL.2.to_owned()));
        if let Err(error) = prepared {
            let error = error.to_string();
            return Err(vec![(blamed(&error, modules), words(&error))]);
        }
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
