//! The gate: what the exit code says.

use super::coverage::Coverage;
use crate::policy::Severity;
use std::fmt;
use std::str::FromStr;

/// From which severity on findings fail the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// At or above this severity.
    AtLeast(Severity),
    /// Findings never fail the run.
    Never,
}

impl FailOn {
    /// True when a finding of this severity fails the run.
    pub fn includes(self, severity: Severity) -> bool {
        match self {
            Self::AtLeast(threshold) => severity >= threshold,
            Self::Never => false,
        }
    }
}

impl fmt::Display for FailOn {
    /// As it is written on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(threshold) => write!(f, "{threshold}"),
            Self::Never => f.write_str("never"),
        }
    }
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
    /// From which severity on findings fail the run.
    pub fail_on: FailOn,
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
        let findings = severities.into_iter().any(|severity| fail_on.includes(severity));
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
            fail_on,
            findings,
            incomplete,
            exit_code,
        }
    }
}
