//! The fault run: between the program and the API server stands a proxy that delays, cuts, resets, repeats and refuses at
//! random. Whatever it does, no run hangs or panics, none says "pass" of what it could not read, and what it finds is true.

use super::deeds::{Asked, Deed};
use super::proxy::Proxy;
use super::stage;
use super::weather::deed;
use crate::program::Report;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The seeds of an ordinary run of the suite.
const ORDINARY: u64 = 20;
/// How many programs run at a time: they mostly wait.
const AT_A_TIME: usize = 4;
/// The time each is given.
const TIMEOUT: Duration = Duration::from_secs(4);
/// What may come on top, for starting, evaluating and writing on a busy machine.
const BESIDES: Duration = Duration::from_secs(8);

/// What an undisturbed run says, to which all others are held.
struct Truth {
    fingerprints: BTreeSet<String>,
    /// Policy → (verdict, counts).
    policies: BTreeMap<String, (String, Value)>,
}

impl Truth {
    fn of(report: &Report) -> Self {
        Self {
            fingerprints: fingerprints(report),
            policies: policies(report),
        }
    }
}

fn fingerprints(report: &Report) -> BTreeSet<String> {
    let findings = report.list("findings").iter();
    findings
        .map(|finding| finding["fingerprint"].as_str().unwrap().to_owned())
        .collect()
}

fn policies(report: &Report) -> BTreeMap<String, (String, Value)> {
    let row = |row: &Value| {
        let verdict = row["verdict"].as_str().unwrap().to_owned();
        (
            row["id"].as_str().unwrap().to_owned(),
            (verdict, row["counts"].clone()),
        )
    };
    report.list("policies").iter().map(row).collect()
}

/// One run that was disturbed.
struct Run {
    seed: u64,
    code: i32,
    report: Option<Report>,
    stderr: String,
    took: Duration,
    /// What was asked and what came of it, in order.
    log: Vec<(Asked, Deed)>,
}

impl Run {
    /// How many answers were disturbed.
    fn disturbed(&self) -> usize {
        self.log.iter().filter(|(_, deed)| *deed != Deed::Pass).count()
    }

    /// The disturbed answers, one a line.
    fn story(&self) -> String {
        self.log
            .iter()
            .filter(|(_, deed)| *deed != Deed::Pass)
            .map(|(asked, deed)| {
                format!(
                    "  {} (asked {} times before): {deed:?}\n",
                    asked.path, asked.times
                )
            })
            .collect()
    }
}

fn run(cluster: &envcheck_test_cluster::Cluster, seed: u64) -> Run {
    let proxy = Proxy::start(cluster, move |asked| deed(seed, asked));
    let timeout = format!("{}s", TIMEOUT.as_secs());
    let begun = Instant::now();
    let outcome = stage::audit(proxy.kubeconfig(), &["-o", "json", "--timeout", &timeout]);
    let took = begun.elapsed();
    let code = outcome
        .code
        .unwrap_or_else(|| panic!("seed {seed}: killed, {}", outcome.stderr));
    Run {
        seed,
        code,
        report: (!outcome.stdout.is_empty()).then(|| outcome.report()),
        stderr: outcome.stderr,
        took,
        log: proxy.log(),
    }
}

/// Holds a run to the truth.
fn judge(run: &Run, truth: &Truth) {
    let seed = run.seed;
    assert!((0..=3).contains(&run.code), "seed {seed}: exit {}", run.code);
    assert!(!run.stderr.contains("panicked"), "seed {seed}: {}", run.stderr);
    assert!(run.took < TIMEOUT + BESIDES, "seed {seed} took {:?}", run.took);
    let Some(report) = &run.report else {
        assert_eq!(run.code, 2, "seed {seed} reports nothing: {}", run.stderr);
        assert!(run.stderr.starts_with("error"), "seed {seed}: {}", run.stderr);
        return;
    };
    assert_ne!(run.code, 2, "seed {seed} reports and refuses");
    let found = fingerprints(report);
    let untrue: Vec<_> = found.difference(&truth.fingerprints).collect();
    assert!(
        untrue.is_empty(),
        "seed {seed} finds what is not there: {:#?}\n{}",
        report.messages_by_finding(),
        run.story()
    );
    let own = policies(report);
    assert_eq!(
        own.keys().collect::<Vec<_>>(),
        truth.policies.keys().collect::<Vec<_>>()
    );
    let mut incomplete = false;
    for (id, (verdict, counts)) in &own {
        let (right, right_counts) = &truth.policies[id];
        match verdict.as_str() {
            "pass" => assert_eq!(
                (verdict, counts),
                (right, right_counts),
                "seed {seed}: {id} passes"
            ),
            "not applicable" => assert_eq!(verdict, right, "seed {seed}: {id}"),
            "fail" if counts["notEvaluated"] == 0 => {
                assert_eq!(
                    (verdict, counts),
                    (right, right_counts),
                    "seed {seed}: {id} fails"
                );
            }
            "fail" | "not evaluated" => incomplete = true,
            other => panic!("seed {seed}: {id} is {other}: {:?}", report.errors()),
        }
    }
    let ratio = report.0["coverage"]["ratio"].as_f64().unwrap();
    assert_eq!(incomplete, ratio < 1.0, "seed {seed}: coverage {ratio}");
    assert_eq!(incomplete, !report.not_evaluated().is_empty(), "seed {seed}");
    if found != truth.fingerprints {
        assert!(incomplete, "seed {seed} misses findings and does not say so");
    }
    let expected = if !found.is_empty() {
        1
    } else if incomplete {
        3
    } else {
        0
    };
    assert_eq!(run.code, expected, "seed {seed}");
    assert_eq!(report.exit_code(), i64::from(run.code));
}

#[test]
fn no_fault_on_the_way_makes_a_report_wrong() {
    let Some(cluster) = stage::shared() else { return };
    let undisturbed = stage::report(&cluster.kubeconfig(), 1);
    assert_eq!(undisturbed.findings(), stage::FINDINGS);
    let truth = Truth::of(&undisturbed);
    let runs: u64 = std::env::var("ENVCHECK_FAULT_RUNS").map_or(ORDINARY, |number| number.parse().unwrap());

    let begun = Instant::now();
    let first: u64 = std::env::var("ENVCHECK_FAULT_SEED").map_or(0, |number| number.parse().unwrap());
    let next = AtomicU64::new(first);
    let done: Mutex<Vec<Run>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + runs {
                        return;
                    }
                    let run = run(cluster, seed);
                    done.lock().unwrap().push(run);
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    assert_eq!(done.len() as u64, runs);
    for run in &done {
        judge(run, &truth);
    }
    tell(&done, begun.elapsed());
    let incomplete = done.iter().filter(|run| is_incomplete(run)).count();
    let whole = done
        .iter()
        .filter(|run| run.report.is_some() && !is_incomplete(run))
        .count();
    assert!(
        incomplete > 0 && whole > 0,
        "the faults must hurt some runs and not all"
    );
}

fn is_incomplete(run: &Run) -> bool {
    run.report
        .as_ref()
        .is_some_and(|report| !report.not_evaluated().is_empty())
}

/// The figures of a fault run.
fn tell(runs: &[Run], elapsed: Duration) {
    let mut codes: BTreeMap<i32, usize> = BTreeMap::new();
    for run in runs {
        *codes.entry(run.code).or_default() += 1;
    }
    let whole = runs
        .iter()
        .filter(|run| run.report.is_some() && !is_incomplete(run))
        .count();
    let sum = |of: fn(&Run) -> usize| runs.iter().map(of).sum::<usize>();
    let longest = runs.iter().map(|run| run.took).max().unwrap_or_default();
    println!(
        "{} runs in {} s: {} of {} answers disturbed; exit codes {codes:?}; {whole} complete in spite of it; longest {} ms",
        runs.len(),
        elapsed.as_secs(),
        sum(Run::disturbed),
        sum(|run| run.log.len()),
        longest.as_millis()
    );
}
