//! What the terminal is and may show.

use super::args::{ColorChoice, Global};
use envcheck_core::report::Style;
use std::io::IsTerminal;

/// The terminal, as far as output depends on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// For standard output.
    pub stdout: Style,
    /// For standard error.
    pub stderr: Style,
    /// Say only errors.
    pub quiet: bool,
}

impl Terminal {
    pub(crate) fn new(global: &Global) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let unicode = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| variable(name))
            .is_none_or(|locale| {
                locale.to_ascii_lowercase().replace('-', "").contains("utf8") || locale.starts_with("C.UTF")
            });
        let colored = |is_terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                is_terminal && variable("NO_COLOR").is_none() && variable("TERM").as_deref() != Some("dumb")
            }
        };
        let style = |is_terminal: bool| Style {
            color: colored(is_terminal),
            width: is_terminal.then(width),
            // What goes into a file or pipe is UTF-8 whatever the locale says, unless it says plainly that it is not.
            unicode,
        };
        Self {
            stdout: style(std::io::stdout().is_terminal()),
            stderr: style(std::io::stderr().is_terminal()),
            quiet: global.quiet,
        }
    }
}

/// The width of the terminal: COLUMNS, else what the terminal says, else 100.
fn width() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
        .unwrap_or(100)
}
