//! What an audit reads of a cluster, before it reads any.

use super::judge::LIMITS;
use envcheck_core::evaluate::{EvaluationPlan, Run};
use envcheck_core::findings::Verb;
use envcheck_core::policy::{Needed, Policy, Stage};
use envcheck_core::spec::Spec;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What an audit of this environment with these policies reads. Without an environment: what one may read whose spec
/// leaves none of them out.
pub fn needed(policies: &[Policy], spec: Option<&Spec>) -> Needed {
    let Some(spec) = spec else {
        let live = |policy: &&Policy| policy.stages.is_empty() || policy.stages.contains(&Stage::Live);
        return Needed::of(policies.iter().filter(live));
    };
    let run = Run {
        verb: Verb::Audit,
        complete: true,
        environment: Some(spec.value.clone()),
        // What is read does not depend on when.
        now: Timestamp::UNIX_EPOCH,
        parameters: BTreeMap::new(),
        limits: LIMITS,
        clock: None,
    };
    EvaluationPlan::new(policies, &run).needed()
}
