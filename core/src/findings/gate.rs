//! The gate: what the exit code says.

use super::coverage::Coverage;
use crate::policy::Severity;
use std::str::FromStr;

/// From which severity on findings fail the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// At or above this severity.
    AtLeast(Severity),
    /// Findings never fail the run.
    Never,
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self::Never),
            _ => text.parse().map(Self::AtLeast).map_err(|_| {
                format!("{text:?} is not a threshold; use low, medium, high, critical or never")
            }),
        }
    }
}

/// What the exit code rests on. Both facts are told even when one hides the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// There are findings at or above the threshold.
    pub findings: bool,
    /// Why the run is incomplete, each reason in words; empty when it is complete.
    pub incomplete: Vec<String>,
    /// 0 clean, 1 findings, 3 incomplete without findings.
    pub exit_code: u8,
}

impl Gate {
    /// Decides. `nothing_evaluated` says that there was no object or no policy at all; `unreadable` names sources that
    /// could not be read at all.
    pub fn decide(
        fail_on: FailOn,
        severities: impl IntoIterator<Item = Severity>,
        coverage: &Coverage,
        min_coverage: f64,
        other_reasons: Vec<String>,
        exit_zero: bool,
    ) -> Self {
        let findings = match fail_on {
            FailOn::Never => false,
            FailOn::AtLeast(threshold) => severities.into_iter().any(|severity| severity >= threshold),
        };
        let mut incomplete = other_reasons;
        if incomplete.is_empty() && coverage.ratio < min_coverage {
            incomplete.push(format!(
                "coverage {} is below the required {}",
                coverage.percent(),
                Coverage {
                    ratio: min_coverage,
                    ..*coverage
                }
                .percent()
            ));
        }
        let exit_code = match (findings, incomplete.is_empty()) {
            _ if exit_zero => 0,
            (true, _) => 1,
            (false, false) => 3,
            (false, true) => 0,
        };
        Self {
            findings,
            incomplete,
            exit_code,
        }
    }
}
