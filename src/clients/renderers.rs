//! Kustomize and Helm, through the user's own programs.

use super::program::{self, Call, ProgramError};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Remote bases and charts take their time.
const PATIENCE: Duration = Duration::from_mins(2);

/// What Kustomize makes of a folder: `kustomize`, or else the one in `kubectl`.
pub async fn kustomize(folder: &Path, interrupt: &CancellationToken) -> Result<Vec<u8>, ProgramError> {
    let own = run(
        "kustomize",
        [OsString::from("build"), folder.into()].into(),
        interrupt,
    )
    .await;
    match own {
        Err(ProgramError::Missing(_)) => {}
        other => return other,
    }
    let inside = run(
        "kubectl",
        [OsString::from("kustomize"), folder.into()].into(),
        interrupt,
    )
    .await;
    match inside {
        Err(ProgramError::Missing(_)) => Err(ProgramError::Missing(
            "kustomize (or kubectl, which has it)".to_owned(),
        )),
        other => other,
    }
}

/// What Helm makes of a chart.
pub async fn helm(arguments: Vec<OsString>, interrupt: &CancellationToken) -> Result<Vec<u8>, ProgramError> {
    run("helm", arguments, interrupt).await
}

async fn run(
    program: &str,
    arguments: Vec<OsString>,
    interrupt: &CancellationToken,
) -> Result<Vec<u8>, ProgramError> {
    let call = Call {
        program,
        arguments,
        folder: None,
        variables: vec![("GIT_TERMINAL_PROMPT", "0".into())],
        input: Vec::new(),
        patience: PATIENCE,
    };
    program::run(call, interrupt).await
}
