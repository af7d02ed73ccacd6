//! `envcheck provision --render`: the cluster's side as a directory for Git.

use crate::cli::args::ProvisionArgs;
use crate::cli::error::{self, Failure};
use crate::cli::output::to_stdout;
use crate::cli::terminal::Terminal;
use crate::pipeline::{self, Ended, RenderChoice, Rendered};
use std::io::{self, Write};
use std::path::Path;
use tokio_util::sync::CancellationToken;

pub(super) fn run(arguments: &ProvisionArgs, directory: &Path, terminal: &Terminal) -> Result<u8, Failure> {
    if directory.as_os_str() == "-" {
        return Err(Failure::words("a directory cannot go to standard output")
            .hint("name a directory: --render clusters/stage"));
    }
    let spec = pipeline::environment(&arguments.environment)?;
    let choice = RenderChoice {
        directory,
        argocd_manifest: arguments.install.argocd_manifest.as_deref(),
        offline: arguments.install.offline,
    };
    let rendered =
        pipeline::render(&spec, choice, &CancellationToken::new()).map_err(|ended| match ended {
            Ended::Interrupted(unread) => Failure::Interrupted("rendered", unread),
            refused @ Ended::Refused(_) => Failure::from(refused),
        })?;
    to_stdout(&mut |out| changes(&rendered, out))?;
    if !terminal.quiet {
        for note in &rendered.notes {
            error::note(&format!("note: {note}"));
        }
        error::note(&format!(
            "rendered {} into {}: {} created, {} changed, {} removed, {} unchanged",
            spec.name(),
            directory.display(),
            rendered.created.len(),
            rendered.changed.len(),
            rendered.removed.len(),
            rendered.unchanged
        ));
    }
    Ok(0)
}

/// One line per file that is not as it was.
fn changes(rendered: &Rendered, out: &mut dyn Write) -> io::Result<()> {
    let told = [
        ("created", &rendered.created),
        ("changed", &rendered.changed),
        ("removed", &rendered.removed),
    ];
    for (word, paths) in told {
        for path in paths {
            writeln!(out, "{word} {path}")?;
        }
    }
    Ok(())
}
