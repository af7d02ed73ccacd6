//! What a finding means for the gate. The one place where renderers ask, so that all of them call the same findings red.

use crate::findings::{Assessment, Finding};

/// What a finding does to the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It fails the run.
    Fails,
    /// It is told, and does not fail the run: why, in words.
    Noted(String),
}

impl Standing {
    pub(super) fn of(a: &Assessment, finding: &Finding) -> Self {
        if let Some(waiver) = &finding.waiver {
            return Self::Noted(waiver.words());
        }
        if a.gate.fail_on.includes(finding.severity) {
            return Self::Fails;
        }
        Self::Noted(format!("does not fail the run: --fail-on {}", a.gate.fail_on))
    }
}
