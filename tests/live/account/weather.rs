//! Bad weather between envcheck and the API: storms of 429, silence, answers that are cut off or lead nowhere. What could
//! not be read is not evaluated, the rest is judged, and it ends in time.

use super::judged::{found, needing};
use super::team::Team;
use crate::program::Report;
use envcheck_test_fakes::{Fake, Fault, Limits, World};
use std::time::{Duration, Instant};

/// An audit with this fault on a path; how long it took.
fn audited(path: &str, fault: Fault, more: &[&str]) -> Option<(Team, Report, Duration)> {
    let team = Team::reading()?;
    team.fake.fault(path, fault);
    let begun = Instant::now();
    let report = team.audit(more).exits(3).report();
    Some((team, report, begun.elapsed()))
}

/// Nothing was found, and what needs these collections was not evaluated: with a reason that holds one of these words.
#[track_caller]
fn open(report: &Report, collections: &[&str], words: &[&str]) {
    let gaps = report.not_evaluated();
    for id in needing(collections) {
        assert_eq!(report.verdict(&id), "not evaluated", "{id}");
        let said = gaps
            .iter()
            .any(|gap| gap.starts_with(&format!("{id}: ")) && words.iter().any(|word| gap.contains(word)));
        assert!(said, "{id} says none of {words:?}: {gaps:#?}");
    }
    assert_eq!(found(report), []);
    assert_eq!(report.verdict("cluster-running"), "pass", "the rest is judged");
}

#[test]
fn a_storm_that_passes_costs_time_and_nothing_else() {
    let Some(team) = Team::reading().and_then(Team::under_contract) else {
        return;
    };
    team.fake.limit(Limits {
        burst: 12,
        minute: Duration::from_secs(2),
        ..Limits::default()
    });
    let begun = Instant::now();
    let report = team.audit(&[]).exits(0).report();
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
    let refused = team
        .fake
        .requests()
        .iter()
        .filter(|request| request.status == 429)
        .count();
    assert!(refused > 0, "there was a storm");
}

#[test]
fn a_storm_that_goes_on_ends_with_the_patience() {
    for retry_after in [Some(1), Some(3_600), None] {
        let limit = ["--timeout", "8s"];
        let fault = Fault::TooMany(retry_after);
        let Some((_, report, took)) = audited("/v2/load_balancers", fault, &limit) else {
            return;
        };
        let words = [
            "takes no more calls with this token for now (429",
            "the token's calls are used up",
        ];
        open(&report, &["digitalocean.load_balancers"], &words);
        assert!(took < Duration::from_secs(30), "{retry_after:?}: {took:?}");
    }
}

#[test]
fn an_hour_that_is_used_up_is_not_waited_for() {
    let Some(team) = Team::reading() else { return };
    // The clusters of both environments fit, and one call more.
    team.fake.limit(Limits {
        hourly: 3,
        ..Limits::default()
    });
    let begun = Instant::now();
    let report = team.audit(&["--timeout", "8s"]).exits(3).report();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(found(&report), []);
    assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);
    assert_eq!(report.verdict("namespace-isolation"), "pass");
}

#[test]
fn silence_of_half_a_minute_is_borne_as_long_as_the_patience_lasts() {
    let stall = Fault::Stall(Duration::from_secs(30));
    let Some((_, report, took)) = audited("/v2/vpcs", stall, &["--timeout", "5s"]) else {
        return;
    };
    open(&report, &["digitalocean.vpcs"], &["timeout"]);
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn an_account_that_never_answers_leaves_the_time_for_the_cluster() {
    let Some(team) = Team::reading() else { return };
    team.fake
        .fault("/v2/kubernetes/clusters", Fault::Stall(Duration::from_mins(1)));
    let begun = Instant::now();
    let report = team.audit(&["--timeout", "8s"]).exits(3).report();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(found(&report), []);
    assert_eq!(report.verdict("cluster-running"), "not evaluated");
    assert_eq!(report.verdict("namespace-isolation"), "pass");
    assert_eq!(report.verdict("backup-fresh"), "pass");
    let unverified = report.0["source"]["reading"]["unverified"].as_str();
    assert!(
        unverified.is_some_and(|why| why.contains("account was not read")),
        "{unverified:?}"
    );
}

#[test]
fn an_answer_that_is_cut_off_is_no_short_list() {
    let Some((_, report, took)) = audited("/v2/firewalls", Fault::Truncated, &[]) else {
        return;
    };
    open(&report, &["digitalocean.firewalls"], &["broke off"]);
    assert!(took < Duration::from_secs(45), "{took:?}");
}

#[test]
fn a_page_that_leads_to_itself_is_asked_for_once_more_at_most() {
    let Some((team, report, _)) = audited("/v2/load_balancers", Fault::RepeatedPage, &[]) else {
        return;
    };
    open(
        &report,
        &["digitalocean.load_balancers"],
        &["gave the same page of /v2/load_balancers again"],
    );
    assert!(team.fake.count("GET", "/v2/load_balancers") <= 2);
}

#[test]
fn a_page_at_another_host_is_not_asked_for_there() {
    let elsewhere = Fake::start(World::stage()).unwrap();
    let fault = Fault::ForeignPage(elsewhere.url());
    let Some((team, report, _)) = audited("/v2/firewalls", fault, &[]) else {
        return;
    };
    open(
        &report,
        &["digitalocean.firewalls"],
        &["gave the same page of /v2/firewalls again"],
    );
    assert_eq!(
        elsewhere.requests(),
        [],
        "the token stays with the configured host"
    );
    assert!(team.fake.count("GET", "/v2/firewalls") <= 2);
}
