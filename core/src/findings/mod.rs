//! What the policies said: findings with their identity, verdicts, waivers, coverage, and the gate that decides the exit code.

pub mod assessment;
pub mod coverage;
pub mod drift;
pub mod finding;
pub mod fingerprint;
pub mod fix;
pub mod gate;
pub mod location;
pub mod waiver;

pub use assessment::{
    AccountReading, Assessment, ClusterReading, EvaluationError, Heading, KindReading, NotEvaluated,
    PolicyResult, Reading, Suppressed, Verb,
};
pub use coverage::Coverage;
pub use finding::{Draft, Finding, Incomplete, Verdict};
pub use fingerprint::Fingerprint;
pub use fix::{Fix, FixAction};
pub use gate::{FailOn, Gate};
pub use location::Location;
pub use waiver::{Waiver, WaiverResult, WaiverSource, WaiverState};
