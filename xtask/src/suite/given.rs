//! The cargo tests, watched: what they count, which of them say that they skipped something, and the parts of the
//! suite that need public test data from outside the repository.
//!
//! A test that cannot run prints `skipped: PART: REASON` and returns; the line becomes a row of the summary.

use super::groups::one;
use super::{Outcome, Row};
use crate::{playground, tool};
use envcheck_test_fakes::Moto;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A part of the tests that reads test data from outside.
pub(crate) struct Part {
    /// Its name in the summary.
    pub(crate) name: &'static str,
    /// The folder of the data that it reads.
    folder: &'static str,
    /// Words that the names of its tests hold, by which they are counted.
    words: [&'static str; 2],
}

/// The parts that read test data.
pub(crate) const PARTS: &[Part] = &[
    Part {
        name: "given-network-data",
        folder: "given/netpol",
        words: ["network", "given"],
    },
    Part {
        name: "given-api-contract",
        folder: "contracts",
        words: ["contract", "given"],
    },
];

/// The part of the tests that looks at pages in a browser.
pub(crate) const BROWSER: &str = "browser";

/// What the names of the tests begin with that need a real API server; they are a group of their own.
const LIVE: &str = "live::";

/// Where the test data is, or why it cannot be used.
pub(crate) fn data(root: &Path) -> Result<PathBuf, String> {
    let Some(folder) = std::env::var_os("ENVCHECK_TEST_DATA").filter(|folder| !folder.is_empty()) else {
        return Err(
            "ENVCHECK_TEST_DATA is not set: point it to the folder that holds `given` and `contracts`".into(),
        );
    };
    let folder = root.join(folder);
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(format!(
            "ENVCHECK_TEST_DATA names {}, which is no folder",
            folder.display()
        ))
    }
}

/// Runs all cargo tests but those that need a cluster, repeating their output, and reports what they say about
/// themselves.
pub(crate) fn run(root: &Path, name: &str) -> Vec<Row> {
    // What cannot be installed is named by the tests that lack it.
    if let Err(reason) = playground::prepare(root) {
        println!("{reason}");
    }
    let mut command = tool::cargo(root, &["test", "--workspace", "--locked", "--no-fail-fast", "--"]);
    command.args(["--show-output", "--skip", LIVE]);
    if let Ok(moto) = Moto::find(root) {
        command.env("MOTO_SERVER", moto.program());
    }
    let data = data(root);
    if let Ok(folder) = &data {
        command.env("ENVCHECK_TEST_DATA", folder);
    }
    match watch(command) {
        Ok((seen, succeeded)) => {
            let mut rows = one(name, seen.outcome(succeeded));
            rows.extend(seen.parts(&data));
            rows
        }
        Err(reason) => one(name, Outcome::Failed(reason)),
    }
}

/// Runs cargo tests, repeating their output; what they said, and whether all succeeded.
pub(crate) fn watch(mut command: Command) -> Result<(Seen, bool), String> {
    let mut seen = Seen::default();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            seen.line(&line);
        }
    }
    let succeeded = child.wait().is_ok_and(|status| status.success());
    Ok((seen, succeeded))
}

/// What the tests' output says.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    passed: u64,
    failed: u64,
    ignored: u64,
    /// Tests that ran, by part.
    ran: BTreeMap<&'static str, u64>,
    /// Part → reason.
    skipped: BTreeMap<String, String>,
}

impl Seen {
    /// Takes in one line of output.
    pub(crate) fn line(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            for part in counts.split(['.', ';']) {
                let words: Vec<&str> = part.split_whitespace().collect();
                if let [number, what] = words[..]
                    && let Ok(number) = number.parse::<u64>()
                {
                    match what {
                        "passed" => self.passed += number,
                        "failed" => self.failed += number,
                        "ignored" => self.ignored += number,
                        _ => {}
                    }
                }
            }
        } else if let Some(said) = line.trim_start().strip_prefix("skipped: ") {
            let (part, reason) = said.split_once(": ").unwrap_or(("tests", said));
            self.skipped.insert(part.to_owned(), reason.to_owned());
        } else if let Some(test) = line
            .strip_prefix("test ")
            .and_then(|line| line.strip_suffix(" ... ok"))
        {
            // Modules do not count: only the test itself says what it reads.
            let own = test.rsplit("::").next().unwrap_or(test);
            for part in PARTS
                .iter()
                .filter(|part| part.words.iter().all(|word| own.contains(word)))
            {
                *self.ran.entry(part.name).or_default() += 1;
            }
        }
    }

    /// One outcome for all of them.
    pub(crate) fn outcome(&self, succeeded: bool) -> Outcome {
        let ignored = if self.ignored > 0 {
            format!(", {} ignored", self.ignored)
        } else {
            String::new()
        };
        if succeeded {
            Outcome::Passed(format!("{} tests{ignored}", self.passed))
        } else {
            Outcome::Failed(format!(
                "{} passed, {} failed{ignored}; see above",
                self.passed, self.failed
            ))
        }
    }

    /// Rows for the parts that need test data, then for whatever else tests said they skipped.
    fn parts(&self, data: &Result<PathBuf, String>) -> Vec<Row> {
        let known = PARTS.iter().map(|part| {
            let ran = self.ran.get(part.name).copied().unwrap_or(0);
            let outcome = match data {
                Err(reason) => Outcome::Skipped(reason.clone()),
                Ok(folder) if !folder.join(part.folder).is_dir() => {
                    Outcome::Skipped(format!("ENVCHECK_TEST_DATA has no folder {}", part.folder))
                }
                Ok(_) if ran == 0 => Outcome::Absent(format!(
                    "no test that passed has `{}` in its name",
                    part.words.join("` and `")
                )),
                Ok(_) => Outcome::Passed(format!("{ran} tests, counted above")),
            };
            Row {
                name: part.name.to_owned(),
                outcome,
            }
        });
        let mut rows: Vec<Row> = known.collect();
        rows.extend(self.said(|reason| data.is_ok() || !reason.contains("ENVCHECK_TEST_DATA")));
        rows
    }

    /// Rows for what tests said they skipped, of the reasons that are wanted, and for what is marked as ignored.
    pub(crate) fn said(&self, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
        let said = self.skipped.iter().filter(|(_, reason)| wanted(reason));
        said.map(|(part, reason)| Row {
            name: part.clone(),
            outcome: Outcome::Skipped(reason.clone()),
        })
        .chain((self.ignored > 0).then(|| Row {
            name: "ignored-tests".to_owned(),
            outcome: Outcome::Skipped(format!("{} tests are marked #[ignore]", self.ignored)),
        }))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Seen {
        let mut seen = Seen::default();
        text.lines().for_each(|line| seen.line(line));
        seen
    }

    #[test]
    fn results_of_several_binaries_are_added() {
        let seen = seen(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.19s\n\
             test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        );
        assert_eq!((seen.passed, seen.failed, seen.ignored), (15, 2, 1));
        assert_eq!(
            seen.outcome(false),
            Outcome::Failed("15 passed, 2 failed, 1 ignored; see above".into())
        );
    }

    #[test]
    fn what_a_test_says_it_skipped_becomes_a_row() {
        let seen = seen(
            "skipped: browser: chromium is not installed\n  skipped: given-network-data: ENVCHECK_TEST_DATA is not set",
        );
        let rows = seen.parts(&Err("ENVCHECK_TEST_DATA is not set".into()));
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["given-network-data", "given-api-contract", "browser"]);
        assert!(rows.iter().all(|row| matches!(row.outcome, Outcome::Skipped(_))));
    }

    #[test]
    fn only_tests_named_after_the_data_count() {
        let seen = seen(
            "test network_agrees_with_the_given_cases ... ok\n\
             test suite::given::tests::network_of_numbers ... ok\n\
             test network_with_given_labels ... FAILED",
        );
        assert_eq!(seen.ran.get("given-network-data"), Some(&1));
    }

    #[test]
    fn data_without_tests_is_not_called_passed() {
        let here = std::env::temp_dir();
        let rows = seen("test network::given_cases ... ok").parts(&Ok(here));
        assert!(matches!(&rows[0].outcome, Outcome::Skipped(reason) if reason.contains("given/netpol")));
    }
}
