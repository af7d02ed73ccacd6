//! Runs at a terminal during which something happens.

use crate::program::{Outcome, at_a_terminal_with};
use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

/// A run at a terminal that is interrupted once it shows these words.
pub(crate) fn at_a_terminal_until(
    command: Command,
    typed: &str,
    words: &'static str,
    patience: Duration,
) -> Outcome {
    let interrupt = |_: &mut File, program: u32| {
        let _ = Command::new("kill").args(["-INT", &program.to_string()]).status();
    };
    at_a_terminal_with(command, typed, Some((words, Box::new(interrupt))), patience)
}

/// One during which something happens once it shows these words, before somebody types the answers.
pub(crate) fn at_a_terminal_meanwhile(
    command: Command,
    words: &'static str,
    happens: impl FnOnce() + Send + 'static,
    typed: &'static str,
    patience: Duration,
) -> Outcome {
    let happens = move |screen: &mut File, _: u32| {
        happens();
        let _ = screen.write_all(typed.as_bytes());
    };
    at_a_terminal_with(command, "", Some((words, Box::new(happens))), patience)
}
