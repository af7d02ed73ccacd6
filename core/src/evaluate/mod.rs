//! Running policies over what was observed.
//!
//! Object policies run while objects stream through workers; environment policies run once over the joined view. Each
//! package has an engine of its own, so that one that fails takes no other with it. Results are keyed by policy and
//! object and sorted, never by arrival.

mod clock;
mod counterpart;
mod data;
mod engine;
mod environment;
mod fold;
mod generated;
mod judge;
mod merge;
mod objects;
mod plan;
mod pool;
mod raw;
mod rego_tests;
#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use environment::{EnvironmentJudgments, judge_environment};
pub use fold::is_of_owned;
pub use merge::{Conclusion, conclude};
pub use objects::{ObjectJudgments, judge_objects};
pub use plan::{EvaluationPlan, Limits, PlannedPolicy, Run};
pub use pool::Stopped;
pub use rego_tests::{RegoTest, run_rego_tests};
