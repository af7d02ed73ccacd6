//! The tests that need a real API server: its programs are found or built first, so that a machine with Go skips nothing.

use super::given;
use super::groups::one;
use super::{Outcome, Row};
use crate::cluster::{self, Missing};
use crate::tool;
use envcheck_test_cluster::Binaries;
use std::path::Path;

/// Runs the tests of `tests/live`.
pub(crate) fn run(root: &Path, name: &str) -> Vec<Row> {
    let found = cluster::programs(root);
    rows(name, found, || {
        let mut command = tool::cargo(
            root,
            &["test", "--package", "envcheck", "--test", "live", "--locked"],
        );
        command.args(["--", "--show-output"]);
        given::watch(command)
    })
}

fn rows(
    name: &str,
    found: Result<Binaries, Missing>,
    tests: impl FnOnce() -> Result<(given::Seen, bool), String>,
) -> Vec<Row> {
    match found {
        Err(Missing::Here(reason)) => return one(name, Outcome::Skipped(reason)),
        Err(Missing::Broken(reason)) => return one(name, Outcome::Failed(format!("{reason}; see above"))),
        Ok(_) => {}
    }
    match tests() {
        Ok((seen, succeeded)) => {
            let mut rows = one(name, seen.outcome(succeeded));
            rows.extend(seen.said(|_| true));
            rows
        }
        Err(reason) => one(name, Outcome::Failed(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs() -> Binaries {
        Binaries {
            etcd: "etcd".into(),
            kube_apiserver: "kube-apiserver".into(),
            kube_controller_manager: None,
            kubectl: "kubectl".into(),
            helm: None,
        }
    }

    #[test]
    fn without_programs_the_group_is_skipped_with_the_reason_and_no_test_runs() {
        let rows = rows("cluster", Err(Missing::Here("no Go".into())), || {
            panic!("tests ran")
        });
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].outcome, Outcome::Skipped("no Go".into()));
    }

    #[test]
    fn a_build_that_broke_is_a_failure() {
        let rows = rows("cluster", Err(Missing::Broken("go build failed".into())), || {
            panic!("tests ran")
        });
        assert!(matches!(&rows[0].outcome, Outcome::Failed(reason) if reason.contains("go build failed")));
    }

    #[test]
    fn what_the_tests_skipped_is_a_row_beside_what_passed() {
        let rows = rows("cluster", Ok(programs()), || {
            let mut seen = given::Seen::default();
            seen.line("skipped: cluster-controllers: there is no kube-controller-manager");
            seen.line("test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
            Ok((seen, true))
        });
        assert_eq!(rows[0].outcome, Outcome::Passed("7 tests".into()));
        assert_eq!(rows[1].name, "cluster-controllers");
        assert!(matches!(rows[1].outcome, Outcome::Skipped(_)));
    }
}
