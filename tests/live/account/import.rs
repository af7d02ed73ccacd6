//! A spec from an environment that runs: the cluster is found in the account by its Nodes, and an audit by the spec is clean.

use super::delivered::delivered;
use super::provision::{ALL, PATIENCE, joining};
use super::team::{Team, bare_spaces};
use envcheck_test_fakes::Spaces;
use std::collections::BTreeSet;

/// Makes the environment `alone`, with nothing looked at afterwards.
pub(crate) const PROVISION_ALONE: [&str; 6] = [
    "provision",
    "alone",
    "--yes",
    "--journal",
    "journal",
    "--no-audit",
];

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
        "# Clusters pull from it of which nothing says whose they are: dev.",
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
    // Its NetworkPolicies and applications are others', and do what is declared.
    // The account's credentials do not open this cluster, and the spec names a context that does.
    let plan = ["plan", "own"];
    team.run_within(&plan, PATIENCE).exits(0).has(&[
        "Plan for own: nothing to make",
        "NetworkPolicy default-deny of b2b is not made: accept-declared does the same",
    ]);
    let provision = ["provision", "own", "--yes", "--journal", "journal", "--no-audit"];
    team.run_within(&provision, PATIENCE)
        .has(&["Plan for own: nothing to make"]);
    let drift = ["drift", "own", "-o", "json"];
    let told = team.run_within(&drift, PATIENCE).json();
    let missing = told["things"].as_array().unwrap().iter();
    let missing: Vec<_> = missing.filter(|one| one["state"] == "missing").collect();
    assert!(missing.is_empty(), "{told:#}");
}

/// As the cluster alone is imported where there is no token.
const ALONE: &str = "apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: alone}
spec:
  target: {kubernetes: {context: do-fra1-stage}}
  namespaces: [{name: back, role: platform}]
";

#[test]
fn a_cluster_without_an_account_is_planned_and_compared() {
    let Some(team) = Team::reading() else { return };
    team.folder.write("environments/alone.yaml", ALONE);
    let asked = team.fake.count("GET", "/v2");
    let note = "no account is declared (digitalocean): of this environment the cluster alone is looked at";
    let plan = ["plan", "alone", "--detailed-exitcode"];
    team.run(&plan)
        .exits(0)
        .has(&["Plan for alone: nothing to make; 1 stand", note]);
    team.run(&PROVISION_ALONE)
        .exits(0)
        .has(&["nothing to make", note]);
    team.run(&["drift", "alone", "--detailed-exitcode"])
        .exits(0)
        .has(&["Drift of alone: no differences; 1 compared", note]);
    assert_eq!(team.fake.count("GET", "/v2"), asked);
    // Which cluster it is nothing proves: whoever wants something made in it names it.
    team.respecify(
        "alone",
        "role: platform}",
        "role: platform}, {name: tools, role: platform}",
    );
    team.run(&plan).exits(1).has(&[
        "1 thing to make",
        "create Namespace tools",
        "could not be verified",
    ]);
    team.run(&PROVISION_ALONE).exits(2);
    let named = [&plan[..], &["--context", "do-fra1-stage"]].concat();
    team.run(&named).exits(2).has(&["1 thing to make", note]);
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

/// What an audit finds, without how bad the spec says that it is.
fn found(team: &Team) -> BTreeSet<String> {
    let report = team.audit(&[]).report();
    assert_eq!(report.not_evaluated(), [""; 0]);
    let without_severity = |finding: String| {
        let words: Vec<&str> = finding.split(' ').collect();
        [&words[..1], &words[2..]].concat().join(" ")
    };
    report.findings().into_iter().map(without_severity).collect()
}

/// Whether a plan makes something, and what of the standing differs.
fn planned(team: &Team) -> (bool, Vec<String>) {
    let words = ["plan", "stage", "--argocd-manifest", "argocd.yaml"];
    let text = team.run_within(&words, PATIENCE).exits(0).stdout;
    let differs = text.lines().filter(|line| line.starts_with("differs "));
    (
        text.contains("nothing to make"),
        differs.map(str::to_owned).collect(),
    )
}

const LOCATION: &str = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>fra1</LocationConstraint></CreateBucketConfiguration>";
pub(super) const IMPORT: [&str; 7] = [
    "import",
    "stage",
    "--cluster",
    "stage",
    "--out",
    "environments/stage.yaml",
    "--force",
];

#[test]
fn a_provisioned_environment_is_imported_as_it_was_declared() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, [server, _dev])) = delivered(&spaces) else {
        return;
    };
    let (findings, plan) = (found(&team), planned(&team));
    // The key opens a bucket more, which no project holds; and one that nothing names.
    for bucket in ["acme-stage-old", "elsewhere"] {
        Spaces::ask(&spaces.url(), "PUT", &format!("/{bucket}"), LOCATION).unwrap();
    }
    server
        .answer(&[
            "-n",
            "back",
            "set",
            "env",
            "deployment/ii",
            "TO=s3://acme-stage-old/x",
        ])
        .unwrap();
    team.run_within(&IMPORT, PATIENCE).exits(0);
    assert_eq!(planned(&team), plan);
    assert!(plan.0, "{:?}", plan.1);
    let by_import = found(&team);
    assert!(by_import.is_subset(&findings), "{by_import:#?}");
    let text = team.folder.read("environments/stage.yaml");
    for told in [
        "# Not in the project, and not declared; declare what belongs to the environment:",
        "# - {name: acme-stage-old, purpose: other}   # in no project; back/ii[Deployment] writes to it",
        "# Not in the project, not declared, and no workload names them: elsewhere (in no project)",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
}

#[test]
fn of_an_environment_that_nobody_has_filled_yet_the_import_makes_nothing_either() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, _server)) = joining(&spaces) else {
        return;
    };
    team.respecify(
        "base",
        "        accepts: {fromNamespaces: all}",
        "        egress: {toNamespaces: [front-web], networks: [203.0.113.0/24]}\n        accepts: {fromNamespaces: all}",
    );
    team.run_within(
        &[&ALL[..], &["--argocd-manifest", "argocd.yaml"]].concat(),
        PATIENCE,
    )
    .exits(0);
    team.run_within(&IMPORT, PATIENCE).exits(0);
    let text = team.folder.read("environments/stage.yaml");
    for told in [
        "network: {accepts: {fromNamespaces: [ingress-nginx, prometheus]}}   # guessed: by its NetworkPolicies; nothing runs here yet",
        "network: {accepts: {fromNamespaces: all}, egress: {toNamespaces: [front-web], networks: [203.0.113.0/24]}}   # guessed",
        "role: ingress   # guessed: Argo CD installs the chart of an ingress controller into it",
        "role: monitoring   # guessed: Argo CD installs a chart of Prometheus or Grafana into it",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
    assert_eq!(planned(&team), (true, Vec::new()), "{text}");
    let words = [
        "drift",
        "stage",
        "--argocd-manifest",
        "argocd.yaml",
        "--detailed-exitcode",
    ];
    team.run_within(&words, PATIENCE).exits(0);
}
