//! What a run waits for, on standard error while it is a terminal; silent otherwise.

use super::terminal::Terminal;
use crate::pipeline::Awaited;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::cell::RefCell;
use std::fmt::Write;
use std::io::IsTerminal;
use std::time::Duration;

/// How often the line is drawn anew: the time that passes is a part of it.
const TICK: Duration = Duration::from_millis(250);

/// A line about a wait, as long as it goes on.
pub(crate) struct Waiting {
    shown: bool,
    line: RefCell<Option<ProgressBar>>,
}

impl Waiting {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        Self {
            shown: !terminal.quiet && std::io::stderr().is_terminal(),
            line: RefCell::new(None),
        }
    }

    /// Shows what is awaited by the last look; `None` takes the line away.
    pub(crate) fn tell(&self, awaited: Option<&Awaited>, terminal: &Terminal) {
        if !self.shown {
            return;
        }
        let mut line = self.line.borrow_mut();
        let Some(awaited) = awaited else {
            if let Some(bar) = line.take() {
                bar.finish_and_clear();
            }
            return;
        };
        let bar = line.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let bar = bar.with_elapsed(awaited.waited);
            bar.enable_steady_tick(TICK);
            bar
        });
        let limit = awaited.limit;
        let passed = move |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&times(state.elapsed(), limit));
        };
        if let Ok(style) = ProgressStyle::with_template("waiting {passed}: {wide_msg}") {
            bar.set_style(style.with_key("passed", passed));
        }
        bar.set_message(terminal.stderr.clean(&state(awaited)));
    }
}

/// `cluster stage is provisioning`
fn state(awaited: &Awaited) -> String {
    format!("{} is {}", awaited.what, awaited.state)
}

/// `2:05 of 30:00`
fn times(passed: Duration, limit: Duration) -> String {
    let clock = |time: Duration| format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60);
    format!("{} of {}", clock(passed), clock(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_awaited_how_it_is_and_how_long_it_may_take() {
        let awaited = Awaited {
            what: "cluster stage".to_owned(),
            state: "provisioning".to_owned(),
            waited: Duration::from_secs(125),
            limit: Duration::from_mins(30),
        };
        assert_eq!(state(&awaited), "cluster stage is provisioning");
        assert_eq!(times(awaited.waited, awaited.limit), "2:05 of 30:00");
    }
}
