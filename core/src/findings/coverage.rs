//! How much of what was asked was really looked at.

use super::assessment::PolicyResult;

/// The mean over the selected, applicable policies of evaluated ÷ (evaluated + not evaluated + error).
///
/// A mean of policies, not of objects: otherwise 100,000 Pods would hide one blind policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// Policy × resource pairs that were judged.
    pub evaluated: u64,
    /// Pairs that were not, errors among them.
    pub not_evaluated: u64,
    /// Of these, the pairs that a waiver accepts: the ratio leaves them out.
    pub waived: u64,
    /// The mean, between 0 and 1, floored to a thousandth so that 100 % is never claimed too early.
    pub ratio: f64,
}

impl Coverage {
    /// From what each selected policy judged, could not judge, and is excused from judging by waivers.
    pub fn of_policies(policies: &[PolicyResult]) -> Self {
        let unseen = |policy: &PolicyResult| policy.errors + policy.not_evaluated;
        let waived = policies.iter().map(|policy| policy.waived).sum();
        let coverage = Self::of(policies.iter().map(|policy| {
            (
                policy.passed + policy.failed,
                unseen(policy).saturating_sub(policy.waived),
            )
        }));
        Self {
            not_evaluated: coverage.not_evaluated + waived,
            waived,
            ..coverage
        }
    }

    /// From `(evaluated, not evaluated + errors)` of each selected, applicable policy.
    /// Without any such policy nothing is missing: what has no subject does not lower coverage. Whether anything was there
    /// to be judged at all is the gate's question.
    pub fn of(policies: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let (mut evaluated, mut missing, mut sum, mut count) = (0u64, 0u64, 0f64, 0u32);
        for (seen, unseen) in policies {
            if seen + unseen == 0 {
                continue;
            }
            evaluated += seen;
            missing += unseen;
            #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
            {
                sum += seen as f64 / (seen + unseen) as f64;
            }
            count += 1;
        }
        let floored = if missing == 0 {
            1.0
        } else {
            (sum / f64::from(count) * 1000.0).floor() / 1000.0
        };
        Self {
            evaluated,
            not_evaluated: missing,
            waived: 0,
            ratio: floored.min(if missing > 0 { 0.999 } else { 1.0 }),
        }
    }

    /// As people read it: `98.7 %`, `100 %`.
    pub fn percent(&self) -> String {
        let tenths = (self.ratio * 1000.0).floor() / 10.0;
        if tenths.fract() == 0.0 {
            format!("{tenths:.0} %")
        } else {
            format!("{tenths:.1} %")
        }
    }
}
