//! What a capture holds answers more than an audit: plans, imports and drift of it say what they say of what runs.

use super::import::IMPORT;
use super::provision::{ALL, PATIENCE, joining};
use super::team::{Team, bare_spaces};
use envcheck_test_fakes::World;
use serde_json::Value;

/// A run that has nothing to tell: no plan with steps, no difference, nothing unread.
fn is_clean(team: &Team, words: &[&str]) {
    let all = [words, &["--detailed-exitcode"]].concat();
    let outcome = team.run_within(&all, PATIENCE);
    assert_eq!(
        outcome.code,
        Some(0),
        "{words:?}\n{}{}",
        outcome.stdout,
        outcome.stderr
    );
}

#[test]
fn a_capture_of_what_runs_is_planned_imported_and_compared_like_it() {
    let Some(team) = Team::reading().and_then(Team::under_contract) else {
        return;
    };
    team.run(&["snapshot", "stage", "--out", "capture.tar.zst"])
        .exits(0);
    let at = ["--snapshot", "capture.tar.zst"];
    let of = |words: &[&'static str]| [words, &at].concat();
    is_clean(&team, &of(&["plan", "stage"]));
    is_clean(&team, &of(&["drift", "stage"]));
    // Nobody says which of the two clusters it is: the capture knows.
    let text = team.run(&of(&["import", "own"])).exits(0).stdout;
    for told in ["project: {name: stage", "name: acme-stage-backups", "keys:"] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
    team.folder.write("environments/own.yaml", &text);
    is_clean(&team, &of(&["plan", "own"]));
    is_clean(&team, &of(&["drift", "own"]));
    is_clean(&team, &["plan", "own", "--context", "do-fra1-stage"]);
    team.run(&of(&["import", "own", "--cluster", "dev"]))
        .exits(2)
        .says(&["cluster stage, and not dev"]);
}

#[test]
fn a_capture_says_of_which_cluster_it_is_and_who_wrote_what() {
    let Some(team) = Team::reading() else { return };
    team.run(&["snapshot", "stage", "--out", "capture"]).exits(0);
    let format: Value = serde_json::from_str(&team.folder.read("capture/format.json")).unwrap();
    assert_eq!(format["cluster"]["id"], World::STAGE_CLUSTER);
    assert_eq!(format["version"], 1);
    let recorded = |kind: &str| {
        let text = team.folder.read(&format!("capture/objects/{kind}.ndjson"));
        text.contains("fieldsV1")
    };
    assert!(recorded("core/v1/Namespace") && recorded("networking.k8s.io/v1/NetworkPolicy"));
    assert!(!recorded("core/v1/Secret") && !recorded("apps/v1/Deployment"));
}

#[test]
fn what_was_provisioned_and_captured_is_whole_before_anything_runs_in_it() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, server)) = joining(&spaces) else {
        return;
    };
    team.respecify(
        "base",
        "    - {name: ingress-nginx, role: ingress}",
        "    - name: later\n      role: application\n      quota: {pods: 20, requests.cpu: \"4\"}\n      limits: {default: {cpu: 500m}}\n      \
         network: {accepts: {fromNamespaces: [back]}, egress: {toNamespaces: [back]}}\n    \
         - {name: ingress-nginx, role: ingress, quota: {pods: 30}}",
    );
    team.respecify(
        "stage",
        "kubernetes: {context: do-fra1-stage}",
        "kubernetes: {fromDigitalOcean: true}",
    );
    let manifest = ["--argocd-manifest", "argocd.yaml"];
    team.run_within(&[&ALL[..], &manifest].concat(), PATIENCE)
        .exits(0);
    let capture = ["snapshot", "stage", "--out", "capture.tar.zst"];
    team.run_within(&capture, PATIENCE).exits(0);
    let at = ["--snapshot", "capture.tar.zst"];
    let [plan, drift] = ["plan", "drift"].map(|verb| [&[verb, "stage"][..], &at].concat());
    is_clean(&team, &[&plan[..], &manifest].concat());
    is_clean(&team, &drift);

    team.run_within(&[&IMPORT[..], &at].concat(), PATIENCE).exits(0);
    let text = team.folder.read("environments/stage.yaml");
    for told in [
        "quota: {pods: \"20\", requests.cpu: \"4\"}",
        "network: {accepts: {fromNamespaces: [back]}, egress: {toNamespaces: [back]}}",
        "quota: {pods: \"30\"}",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
    is_clean(&team, &[&plan[..], &manifest].concat());
    is_clean(&team, &drift);
    team.respecify(
        "stage",
        "# target: {kubernetes: {context: NAME}}",
        "target: {kubernetes: {fromDigitalOcean: true}}",
    );
    is_clean(&team, &[&["plan", "stage"][..], &manifest].concat());

    // Somebody's hand shows in a capture, too.
    let label = ["label", "namespace", "later", "who=me"];
    server.answer(&label).unwrap();
    let capture = ["snapshot", "stage", "--out", "labelled"];
    team.run_within(&capture, PATIENCE).exits(0);
    let drift = ["drift", "stage", "--snapshot", "labelled", "--detailed-exitcode"];
    team.run_within(&drift, PATIENCE)
        .exits(2)
        .has(&["metadata.labels.who", "last written by kubectl-label"]);
}
