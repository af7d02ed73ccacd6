//! What a large account costs: calls against the fewest that the API allows.

use super::team::{AUDIT, Team, clusters, shared_spaces};
use envcheck_test_fakes::{Endpoint, Size, World};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a debug build takes with all else that this machine does at the same time is less.
const LIMIT: Duration = Duration::from_mins(4);
/// The largest page that the API gives.
const PAGE: u64 = 200;

/// The fewest calls for a path: one for every 200 of its rows, of which it has `meta.total`; one for what is no list.
fn fewest(team: &Team, path: &str) -> u64 {
    let answer = team.fake.ask("GET", path, &Value::Null).unwrap();
    answer["meta"]["total"]
        .as_u64()
        .unwrap_or(1)
        .div_ceil(PAGE)
        .max(1)
}

#[test]
fn a_large_account_is_read_with_the_fewest_calls_that_the_api_allows() {
    let (Some([stage, dev]), Some(spaces)) = (clusters(), shared_spaces()) else {
        return;
    };
    let team = Team::new([stage, dev], spaces, World::large(Size::default()));
    // DEV's account is not in it.
    team.respecify("stage", "sharedWith: [dev]", "sharedWith: []");
    let begun = Instant::now();
    let report = team.run_within(&AUDIT, LIMIT).report();
    let took = begun.elapsed();
    assert_eq!(report.not_evaluated(), [""; 0]);

    let mut made: BTreeMap<String, u64> = BTreeMap::new();
    let mut pulls = 0;
    for request in team.fake.requests() {
        match request.endpoint {
            Endpoint::Api => *made.entry(request.path).or_default() += 1,
            Endpoint::Registry => pulls += 1,
        }
    }
    let needed: BTreeMap<&str, u64> = made
        .keys()
        .map(|path| (path.as_str(), fewest(&team, path)))
        .collect();
    for (path, calls) in &made {
        assert_eq!(*calls, needed[path.as_str()], "{path}");
    }
    let (calls, least) = (made.values().sum::<u64>(), needed.values().sum::<u64>());
    println!("{took:?}: {calls} calls, at least {least}; {pulls} documents of the registry");
    assert_eq!(report.0["budget"]["digitalocean"]["calls"], calls);

    // What an index consists of never changes, and the registry says of every repository what it said before.
    let before = team.fake.requests().len();
    let again = team.run_within(&AUDIT, LIMIT).report();
    let asked = team.fake.requests().split_off(before);
    let of_registry = asked
        .iter()
        .filter(|request| request.endpoint == Endpoint::Registry);
    assert_eq!(of_registry.count(), 0);
    let digests = asked.iter().filter(|request| request.path.ends_with("/digests"));
    assert_eq!(digests.count(), 0);
    assert_eq!(again.findings(), report.findings());
    println!("again: {} calls", asked.len());
}
