//! The digests of what a plan is made of: the spec, the waivers, the policies, and what these found.

use crate::pipeline::judge::Judging;
use envcheck_core::findings::waiver::Written;
use envcheck_core::findings::{Assessment, Finding};
use envcheck_core::plan::{Inputs, OfPolicy, digest_of};
use envcheck_core::policy::Policy;
use envcheck_core::value::{Value, array, object, text_or_null};

/// What a plan is made of that rests on this assessment.
pub(super) fn inputs(judging: &Judging, assessment: &Assessment) -> Inputs {
    let policies = judging.selected.iter().map(|policy| {
        let of_it = |finding: &&Finding| finding.policy == policy.id;
        let found = assessment.open().filter(of_it);
        let digests = OfPolicy {
            rules: rules(judging, policy),
            findings: digest_of(found.map(|finding| finding.fingerprint().as_str().to_owned())),
        };
        (policy.id.to_string(), digests)
    });
    Inputs {
        spec: digest_of(judging.spec.iter().map(|spec| json(&spec.value))),
        waivers: digest_of(judging.waivers.iter().map(|written| json(&waiver(written)))),
        policies: policies.collect(),
    }
}

/// Its files with all that they refer to, and what the command line sets; what the spec sets is the spec's.
fn rules(judging: &Judging, policy: &Policy) -> String {
    let modules = judging.catalogue.closure_of(policy);
    let texts = modules.iter().map(|module| module.source.text.clone());
    let set = judging.parameters.get(policy.id.as_ref());
    let set = set.map(|set| json(&object(set.iter().map(|(name, value)| (name, value.clone())))));
    digest_of(texts.chain(set))
}

/// What a waiver says, wherever it stands.
fn waiver(written: &Written) -> Value {
    let terms = written.terms.as_ref().map_or(Value::Null, |terms| {
        object([
            ("reason", Value::from(terms.reason.as_str())),
            ("owner", Value::from(terms.owner.as_str())),
            ("ticket", text_or_null(terms.ticket.as_deref())),
            ("expires", Value::from(terms.expires.to_string())),
        ])
    });
    object([
        ("policy", text_or_null(written.policy.as_deref())),
        (
            "covers",
            array(written.covers.words().into_iter().map(Value::from)),
        ),
        ("terms", terms),
    ])
}

fn json(value: &Value) -> String {
    value.to_json_str().unwrap_or_default()
}
