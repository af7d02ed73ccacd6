//! An environment without an account: what was made in its cluster goes, where that is named, and nothing else.

use super::{destroy, preview, step_of};
use crate::live::account::import::PROVISION_ALONE;
use crate::live::account::provision::{PATIENCE, joining_alone};
use crate::live::account::team::bare_spaces;
use serde_json::json;

const ALONE: &str = "apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: alone}
spec:
  target: {kubernetes: {context: test}}
  namespaces: [{name: spare, role: platform}]
";

#[test]
fn without_an_account_what_was_made_in_the_cluster_goes() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, server)) = joining_alone(&spaces) else {
        return;
    };
    team.folder.write("environments/alone.yaml", ALONE);
    let file = server.kubeconfig().display().to_string();
    let entered = ["--kubeconfig", file.as_str(), "--context", "test"];
    team.run_within(&[&PROVISION_ALONE[..], &entered].concat(), PATIENCE)
        .exits(0);
    let by_hand = ["create", "configmap", "by-hand", "-n", "spare"];
    server.answer(&by_hand).unwrap();

    // Nobody has said which cluster it is.
    let unseen = preview(&team, "alone", &[]);
    assert_eq!(unseen["steps"], json!([]), "{unseen:#}");
    let staying = unseen["staying"].to_string();
    assert!(staying.contains("could not be looked at"), "{unseen:#}");

    // By the journals of another cluster this is the wrong one.
    let runs = team.folder.path().join("journal");
    let elsewhere = team.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let uid = [
        "get",
        "namespace",
        "kube-system",
        "-o",
        "jsonpath={.metadata.uid}",
    ];
    let uid = server.answer(&uid).unwrap();
    for run in std::fs::read_dir(&runs).unwrap().map(Result::unwrap) {
        if run.file_type().unwrap().is_file() {
            let text = std::fs::read_to_string(run.path()).unwrap();
            std::fs::write(
                elsewhere.join(run.file_name()),
                text.replace(uid.trim(), "another"),
            )
            .unwrap();
        }
    }
    // What bears the mark proves that it is not the wrong one; the other one is told.
    let wrong = ["destroy", "alone", "--journal", "elsewhere"];
    let wrong = [&wrong[..], &entered].concat();
    team.run(&wrong).exits(1).has(&[
        "alone in test (kube-system another), which is another cluster than",
        "--gone another",
    ]);
    // Whoever knows that it is no more says so.
    let gone = |uid: &str| team.run(&[&wrong[..], &["--gone", uid]].concat());
    gone("another").has(&["what was made in the cluster another went with it, by --gone"]);
    gone(uid.trim())
        .exits(2)
        .says(&["no journal tells of things made for alone"]);
    let this = ["destroy", "alone", "--journal", "journal", "--gone", uid.trim()];
    let this = [&this[..], &entered].concat();
    team.run(&this)
        .exits(2)
        .says(&["is there, and --gone says that it is no more"]);

    let shown = preview(&team, "alone", &entered);
    let note = "no account is declared (digitalocean): of this environment the cluster alone is looked at";
    assert_eq!(shown["notes"], json!([note]), "{shown:#}");
    assert_eq!(shown["steps"], json!([]), "{shown:#}");
    let step = step_of(&shown, "Namespace", "spare");
    let named = [&entered[..], &["--step", step.as_str()]].concat();
    let shown = preview(&team, "alone", &named);
    let told = "everything in it would go with it, also what others made there: at the moment 1 ConfigMap";
    assert_eq!(shown["steps"][0]["cautions"], json!([told]), "{shown:#}");
    destroy(&team, "alone", &named)
        .exits(0)
        .has(&["delete Namespace spare: removed"]);
    assert!(server.answer(&["get", "namespace", "spare"]).is_err());
    // Whoever says the same again goes on where there is something left.
    let again = destroy(&team, "alone", &named).exits(0);
    again.has(&[
        &format!("step {step} is none of this plan"),
        "(delete Namespace spare)",
    ]);
    server.answer(&["get", "namespace", "default"]).unwrap();
    let refused = team.run(&wrong).exits(2);
    for words in ["is another cluster", "--context", "--gone another"] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    gone("another").exits(0);
    // Nor is anything made in a cluster without a word where journals tell of another one.
    let plan = ["plan", "alone", "--journal", "elsewhere"];
    let word = "by its journals what was made for alone is in test (kube-system another), and test";
    team.run(&[&plan[..], &entered].concat()).exits(0).has(&[word]);
    assert_eq!(team.fake.count("GET", "/v2"), 0);
}
