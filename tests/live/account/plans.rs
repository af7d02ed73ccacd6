//! Plans that nobody may take for more than they are: of a cluster that could not be entered, and files that somebody wrote into.

use super::provision::{PATIENCE, beginning, provision};
use super::team::bare_spaces;
use envcheck_core::inventory::snapshot::sha256;
use envcheck_test_fakes::World;
use serde_json::{Value, json};

#[test]
fn a_cluster_that_cannot_be_entered_was_not_looked_into() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    provision(&team, "stage").exits(0);
    let plan = |more: &[&str]| team.run(&[&["plan", "stage", "--journal", "journal"], more].concat());
    plan(&["--detailed-exitcode"]).exits(0).has(&["nothing to make"]);
    // Nobody stands behind its address, and its authority is none.
    team.respecify(
        "stage",
        "spec:\n",
        "spec:\n  namespaces: [{name: tools, role: platform}]\n",
    );
    let authority =
        "the credentials that were handed out for cluster `stage` hold an authority that is no certificate";
    // What is to be made in the account is told all the same.
    let not_looked = format!("not looked   cluster stage stands and could not be entered ({authority}");
    for (words, code) in [(&["--detailed-exitcode"][..], 1), (&[], 0)] {
        plan(words)
            .exits(code)
            .has(&["1 thing to make", "not all was looked at", &not_looked, "stands "]);
    }
    // What nobody looked into, nothing is made in.
    let yes = [
        "provision",
        "stage",
        "--yes",
        "--no-audit",
        "--journal",
        "journal",
    ];
    team.run(&yes).refuses(&[authority]);
    // What the spec names is tried as well, and both are told.
    let spec = team.folder.read("environments/stage.yaml");
    let own = "spec:\n  target: {kubernetes: {context: nowhere}}\n";
    team.respecify("stage", "spec:\n", own);
    let both = [
        "the cluster cannot be entered with credentials of the account: the credentials that were handed out for cluster `stage` hold an authority",
        "nor with context nowhere, as the spec says: ",
    ];
    plan(&[]).exits(0).has(&both);
    team.run(&yes).refuses(&both);
    // Whoever names the way has named the wrong one.
    assert!(plan(&["--context", "nowhere"]).code != Some(0));
    team.folder.write("environments/stage.yaml", spec);
    team.fake.with(|world| {
        for row in world.rows_mut("kubernetes_clusters") {
            row["status"] = json!({"state": "provisioning", "message": "nobody knows"});
        }
    });
    let words = [
        "1 thing to make",
        "not all was looked at",
        "not looked   cluster stage is provisioning: nobody knows and was not entered",
        "steps may be missing",
    ];
    plan(&["--detailed-exitcode"]).exits(1).has(&words);
    plan(&[]).exits(0).has(&words);
    plan(&["-o", "markdown"]).exits(0).has(&["## Not looked at"]);
    let told = plan(&["-o", "json"]).exits(0).json();
    assert_eq!(told["unseen"].as_array().map(Vec::len), Some(1), "{told:#}");
}

/// Whoever forges a plan's file can forge its digest.
pub(super) fn sealed(plan: &Value) -> Value {
    let mut plan = plan.clone();
    plan.as_object_mut().unwrap().remove("sha256");
    let content = envcheck_core::value::Value::from_json_str(&plan.to_string()).unwrap();
    plan["sha256"] = json!(sha256(serde_json::to_string(&content).unwrap().as_bytes()));
    plan
}

#[test]
fn a_plan_s_file_that_somebody_wrote_into_is_refused() {
    let Some(spaces) = bare_spaces() else { return };
    let team = beginning(&spaces, World::empty()).under_contract();
    let Some(team) = team else { return };
    team.run(&["plan", "stage", "--journal", "journal", "--out", "plan.json"])
        .exits(0);
    let whole: Value = serde_json::from_str(&team.folder.read("plan.json")).unwrap();
    assert!(whole["madeFor"]["account"].is_string(), "{:#}", whole["madeFor"]);
    let carried_out = |plan: &Value| {
        team.folder.write("forged.json", plan.to_string());
        team.run_within(
            &[
                "provision",
                "stage",
                "--plan",
                "forged.json",
                "--yes",
                "--max-risk",
                "disruptive",
                "--no-audit",
                "--journal",
                "journal",
            ],
            PATIENCE,
        )
    };
    let carried = |plan: &Value| carried_out(&sealed(plan));
    // Not a word of what was shown may be another: neither what a step says of itself, nor what is said besides.
    for (pointer, words) in [
        ("/steps/0/preview/0", "+ nothing at all"),
        ("/steps/0/summary", "look at the account"),
        ("/steps/0/undo", "anything"),
        ("/steps/0/risk", "safe for everybody"),
        ("/notes", "nothing is billed"),
        ("/monthlyCents/new", "0"),
    ] {
        let mut altered = whole.clone();
        *altered.pointer_mut(pointer).unwrap() = json!(words);
        carried_out(&altered).exits(2).refuses(&[
            "forged.json is no plan that can be carried out: it was changed after it was written",
            "make it anew: envcheck plan ENV --out FILE",
        ]);
    }
    let mut bare = whole.clone();
    bare.as_object_mut().unwrap().remove("sha256");
    carried_out(&bare)
        .exits(2)
        .refuses(&["it has no sha256 of what it holds"]);
    let mut more = whole.clone();
    let mut forged = whole["steps"][0].clone();
    forged["id"] = json!("0123456789ab");
    forged["deed"]["target"]["name"] = json!("somebody-s");
    more["steps"].as_array_mut().unwrap().push(forged);
    carried(&more).refuses(&[
        "the plan cannot be carried out: its step 0123456789ab is of somebody-s",
        "neither to be made nor stands",
    ]);
    let mut twice = whole.clone();
    let again = whole["steps"][0].clone();
    twice["steps"].as_array_mut().unwrap().push(again);
    carried(&twice).refuses(&["two steps"]);
    let mut removed = whole.clone();
    removed["madeFor"].as_object_mut().unwrap().remove("account");
    carried(&removed).refuses(&["does not say for which account and cluster it was made"]);
    removed["madeFor"]["account"] = Value::Null;
    carried(&removed).refuses(&["does not say for which account it was made, and this one is"]);
    assert_eq!(team.fake.count("POST", "/v2"), 0);
    // As it was written it is carried out, and once more after that: what it agreed to stands by then.
    carried_out(&whole).exits(0);
    let posts = team.fake.count("POST", "/v2");
    carried_out(&whole).exits(0);
    assert_eq!(team.fake.count("POST", "/v2"), posts);
}
