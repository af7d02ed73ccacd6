//! What a token may not do, and what it may do only so often: named, never a pass, and the rest is judged.

use super::judged::{FOLDERS, found, is_pending, needing, policies};
use super::team::Team;
use crate::program::Report;
use std::time::{Duration, Instant};

/// What `docs/how-to/audit-the-account.md` says that a token needs.
const SCOPES: [&str; 16] = [
    "account:read",
    "actions:read",
    "kubernetes:read",
    "kubernetes:access_cluster",
    "registry:read",
    "vpc:read",
    "firewall:read",
    "load_balancer:read",
    "project:read",
    "tag:read",
    "spaces_key:read",
    "droplet:read",
    "certificate:read",
    "block_storage:read",
    "cdn:read",
    "snapshot:read",
];

/// With a token that has the documented scopes but one.
fn without(scope: &str) -> Option<Team> {
    let mut team = Team::reading().and_then(Team::under_contract)?;
    let scopes: Vec<&str> = SCOPES.into_iter().filter(|own| *own != scope).collect();
    team.token = team.fake.with(|world| world.add_token(&scopes));
    Some(team)
}

/// These were not evaluated, for a reason that holds these words, and everything else was.
#[track_caller]
fn only_these_are_open(report: &Report, ids: &[String], words: &str) {
    let gaps = report.not_evaluated();
    for id in ids {
        assert_eq!(report.verdict(id), "not evaluated", "{id}");
        let said = gaps
            .iter()
            .any(|gap| gap.starts_with(&format!("{id}: ")) && gap.contains(words));
        assert!(said, "{id} does not say {words:?}: {gaps:#?}");
    }
    for id in policies(&FOLDERS) {
        // The controller was retired, whatever is known of the account.
        if !ids.contains(&id) && !is_pending(report, &id) && id != "ingress-controller-supported" {
            assert_eq!(report.verdict(&id), "pass", "{id}");
        }
    }
    assert_eq!(found(report), []);
    assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);
}

#[test]
fn the_documented_scopes_are_enough() {
    let Some(team) = without("none") else { return };
    let report = team.audit(&[]).exits(0).report();
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
}

#[test]
fn without_the_scope_for_registries_what_hangs_on_them_is_not_evaluated() {
    let Some(team) = without("registry:read") else {
        return;
    };
    let report = team.audit(&[]).exits(3).report();
    let open = needing(&[
        "digitalocean.registries",
        "digitalocean.registry_manifests",
        "digitalocean.registry_repositories",
    ]);
    only_these_are_open(&report, &open, "needs the scope registry:read");
}

#[test]
fn without_the_scope_for_cdn_endpoints_what_hangs_on_them_is_not_evaluated() {
    let Some(team) = without("cdn:read") else { return };
    let report = team.audit(&[]).exits(3).report();
    only_these_are_open(
        &report,
        &needing(&["digitalocean.cdn_endpoints"]),
        "needs the scope cdn:read",
    );
}

#[test]
fn with_an_expired_token_nothing_of_the_account_passes_and_the_rest_is_judged() {
    let Some(team) = Team::reading().and_then(Team::under_contract) else {
        return;
    };
    team.fake.with(|world| world.expire_token(&team.token));
    let report = team.audit(&[]).exits(3).report();
    for id in policies(&["account", "network"]) {
        let verdict = report.verdict(&id);
        let alone = [
            "backend-accepts-all-namespaces",
            "backend-closed-to-outside",
            "cross-namespace-access",
            "declared-source-blocked",
            "exposure-undeclared",
            "namespace-isolation",
            "node-port-exposed",
        ];
        let wanted = if alone.contains(&id.as_str()) {
            "pass"
        } else {
            "not evaluated"
        };
        assert_eq!(verdict, wanted, "{id}");
    }
    assert_eq!(report.verdict("no-apps-in-system-namespaces"), "pass");
    assert_eq!(
        report.verdict("backup-fresh"),
        "pass",
        "Spaces have a key of their own"
    );
    assert_eq!(found(&report), []);
    let asked = team.fake.count("GET", "/v2/");
    assert!(asked <= 2, "STAGE and DEV asked once each, not {asked} times");
}

#[test]
fn where_nobody_answers_it_is_soon_over_and_costs_no_calls() {
    let Some(mut team) = Team::reading() else { return };
    // Nobody listens on a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .unwrap()
        .port();
    team.api = Some(format!("http://127.0.0.1:{port}"));
    let begun = Instant::now();
    let report = team.audit(&[]).exits(3).report();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let gaps = report.not_evaluated();
    let said = |gap: &String| gap.starts_with("cluster-running: ") && gap.contains("refused the connection");
    assert!(gaps.iter().any(said), "{gaps:#?}");
    assert_eq!(report.verdict("namespace-isolation"), "pass");
    assert_eq!(found(&report), []);
    assert_eq!(report.0["budget"]["digitalocean"], serde_json::Value::Null);
}

#[test]
fn calls_that_do_not_fit_the_budget_are_not_made_and_what_they_would_tell_is_not_evaluated() {
    let Some(team) = Team::reading().and_then(Team::under_contract) else {
        return;
    };
    // What is asked for DEV counts as well, whose cluster uses the registry as long as it pulls from it.
    team.respecify("stage", "sharedWith: [dev]", "sharedWith: []");
    team.fake.with(|world| {
        for row in world.rows_mut("kubernetes_clusters") {
            if row["name"] == "dev" {
                row["registries"] = serde_json::json!([]);
                row["registry_enabled"] = serde_json::json!(false);
            }
        }
    });
    // What a run learns of the registry saves the next one calls.
    let audit = |options: &[&str]| team.audit(&[&["--state", "none"], options].concat());
    let whole = audit(&[]).exits(0).report();
    let needed = whole.0["budget"]["digitalocean"]["calls"].as_u64().unwrap();
    // One call tells nothing but whose account it is.
    for budget in [2, needed - 2] {
        team.fake.forget_requests();
        let report = audit(&["--do-budget", &budget.to_string()]).exits(3).report();
        let made = team.fake.count("GET", "/v2/") as u64;
        assert!(made <= budget, "{made} calls of {budget}");
        let told = report.0["budget"]["digitalocean"]["calls"].as_u64().unwrap();
        assert!(
            (made..=budget).contains(&told),
            "{told} told, {made} made, {budget} allowed"
        );
        assert_eq!(found(&report), []);
        let gaps = report.not_evaluated();
        assert!(
            gaps.iter()
                .any(|gap| gap.contains(": budget: ") && gap.contains("--do-budget")),
            "{gaps:#?}"
        );
        assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);
    }
    let report = audit(&["--do-budget", &needed.to_string()]).exits(0).report();
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
}
