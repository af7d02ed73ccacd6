//! What is kept between runs, as users meet it. That audits of a running environment keep it is shown where they are made.

use crate::program::{Folder, environment};
use std::fs;

/// A capture has observations of its own: what is kept here is neither read nor written, not even looked at.
#[test]
fn a_snapshot_is_judged_without_what_is_kept_here() {
    let folder = Folder::new();
    let damaged = folder.write("state.sqlite", "damaged");
    let demo = environment("demo.yaml");
    let with = |state: &[&str]| {
        let arguments = ["audit", &demo, "-o", "json"]
            .into_iter()
            .chain(state.iter().copied());
        folder.run(arguments).exits(1)
    };
    let plain = with(&[]);
    for state in [
        &["--state", "state.sqlite"][..],
        &["--state", "none"],
        &["--state", "no/such/file"],
    ] {
        let outcome = with(state);
        assert_eq!((&outcome.stdout, &outcome.stderr), (&plain.stdout, &plain.stderr));
    }
    assert_eq!(fs::read(damaged).unwrap(), b"damaged");
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["state.sqlite"]);
}

const POLICY: &str = r#"# METADATA
# title: A load balancer is attached
# description: The second run that sees it without a Service calls it an orphan.
# scope: package
# custom:
#   id: lonely
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.load_balancers, digitalocean.observations]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Delete it.
package envcheck.account.lonely

subjects contains record.ref if some record in data.view.load_balancers

deny contains finding if {
	some record in data.view.load_balancers
	record.unattachedRuns > 1
	since := sprintf("unattached since %s in %d runs", [record.unattachedSince, record.unattachedRuns])
	finding := {"message": since, "resource": record.ref}
}
"#;

const FIXTURE: &str = r#"apiVersion: envcheck.dev/v1
kind: Fixture
environment:
  apiVersion: envcheck.dev/v1
  kind: Environment
  metadata: {name: stage}
  spec:
      target: {kubernetes: {inCluster: true}}
      digitalocean: {region: fra1}
account:
  load_balancers:
    - {id: known, name: known, tags: []}
    - {id: fresh, name: fresh, tags: []}
    - {id: attached, name: attached, tags: []}
  observations:
    - {kind: LoadBalancer, id: known, fact: unattached, since: "2026-11-22T03:00:00Z", last: "2026-11-23T03:00:00Z", runs: 2}
    - {kind: LoadBalancer, id: fresh, fact: unattached, since: "2026-11-23T03:00:00Z", last: "2026-11-23T03:00:00Z", runs: 1}
expect:
  findings:
    - {resource: known (LoadBalancer), message: "unattached since 2026-11-22T03:00:00Z in 2 runs"}
"#;

/// The rows that a capture or a fixture brings reach policies through the view.
#[test]
fn policies_read_what_earlier_runs_saw() {
    let folder = Folder::new();
    let policy = "policies/account/lonely";
    folder.write(&format!("{policy}/lonely.rego"), POLICY);
    folder.write(&format!("{policy}/fixtures/fail_known.yaml"), FIXTURE);
    let outcome = folder.run(["policy", "test", "policies"]);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("1 passed"), "{}", outcome.stdout);
}
