//! A spec from an environment that runs: the cluster is found in the account by its Nodes, and an audit by the spec is clean.

use super::team::Team;
use std::collections::BTreeSet;

#[test]
fn a_running_environment_is_imported_and_clean_by_its_own_spec() {
    let Some(team) = Team::reading() else { return };
    let import = ["import", "own", "--context", "do-fra1-stage"];
    let text = team.run(&import).exits(0).stdout;
    for told in [
        "kubernetes: {context: do-fra1-stage}",
        "vpc: {name: stage, ipRange: 10.20.0.0/20}",
        "{name: acme-stage-backups, purpose: databaseBackups, versioning: true}",
        "{name: keydb, kind: StatefulSet, role: datastore}",
        "- service: ingress-nginx/ingress-nginx-controller",
        "network: {accepts: {fromNamespaces: all}}",
        "sharedWith: [dev]",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
    assert_eq!(team.run(&import).exits(0).stdout, text);
    team.folder.write("environments/own.yaml", &text);
    let audit = [
        "audit",
        "own",
        "-o",
        "json",
        "--state",
        "none",
        "--fail-on",
        "never",
        "--min-coverage",
        "0%",
    ];
    let report = team.run(&audit).exits(0).report();
    let findings: BTreeSet<String> = report.findings().into_iter().collect();
    let grave: Vec<&String> = findings
        .iter()
        .filter(|finding| finding.contains(" critical ") || finding.contains(" high "))
        .filter(|finding| !finding.starts_with("ingress-controller-supported "))
        .collect();
    assert_eq!(grave, [""; 0], "{text}");
}

#[test]
fn the_cluster_of_another_account_is_refused() {
    let Some(team) = Team::reading() else { return };
    let refused = team
        .run(&["import", "own", "--context", "do-fra1-stage", "--cluster", "dev"])
        .exits(2);
    assert!(refused.stderr.contains("dev"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
}
