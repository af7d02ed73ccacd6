//! METADATA: what is read from it, and what is wrong with it.

use super::*;

#[test]
fn a_complete_policy_is_read() {
    let (catalogue, problems) = builtin(&[("policies/x.rego", GOOD)]);
    assert_eq!(said(&problems), [""; 0]);
    let policy = catalogue.policy("dedicated-load-balancer").unwrap();
    assert_eq!(policy.title.as_ref(), "One load balancer per exposed service");
    assert_eq!(
        (policy.severity, policy.scope),
        (Severity::Critical, Scope::Environment)
    );
    assert_eq!(policy.category.as_ref(), "network");
    assert_eq!(
        policy
            .kinds
            .patterns()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["v1/Service"]
    );
    assert_eq!(policy.needs, ["digitalocean.load_balancers"]);
    assert_eq!(policy.stages, [Stage::Live]);
    assert!(policy.requires_complete);
    assert_eq!(policy.frameworks["cis-kubernetes"], ["5.3.2"]);
    assert_eq!(policy.references, ["https://example.com"]);
    assert_eq!(policy.default_parameters().to_string(), r#"{"maxAge":"24h"}"#);
    assert_eq!(policy.bundles, ["environment"]);
    assert_eq!(policy.rules.len(), 1);
    assert_eq!(
        policy.rules[0].path,
        "data.envcheck.network.dedicated_load_balancer.deny"
    );
    assert_eq!(
        policy.subjects.as_deref(),
        Some("data.envcheck.network.dedicated_load_balancer.subjects")
    );
    assert!(policy.not_evaluated.is_none());
    assert!(!policy.is_foreign());
    assert_eq!(catalogue.modules_for(policy).len(), 1);
}

#[test]
fn conftest_policies_are_one_per_package_and_rule() {
    let (catalogue, problems) = foreign(&[
        (
            "a.rego",
            "package main\n\ndeny[msg] {\n\tinput.kind == \"Pod\"\n\tmsg := \"no\"\n}\n",
        ),
        (
            "b.rego",
            "package main\n\nimport rego.v1\n\ndeny contains \"b\" if input.b\n\nwarn_latest contains \"w\" if input.w\n",
        ),
    ]);
    assert_eq!(said(&problems), [""; 0]);
    assert_eq!(ids(&catalogue), ["main.deny", "main.warn_latest"]);
    assert_eq!(catalogue.policies()[0].severity, Severity::High);
    assert_eq!(catalogue.policies()[1].severity, Severity::Medium);
    assert!(catalogue.policies()[0].rego_v0);
}
