//! The groups of the test suite, in the order in which they run: what is cheap to mend comes first.

use super::{Outcome, Row, given, live, supply_chain};
use crate::{generate, tool};
use std::path::Path;

/// One group of tests.
pub(crate) struct Group {
    /// Its name on the command line and in the summary.
    pub(crate) name: &'static str,
    /// What it shows.
    pub(crate) about: &'static str,
    /// Runs it; given the repository and the group's name.
    pub(crate) run: fn(&Path, &str) -> Vec<Row>,
}

/// Every group.
pub(crate) const ALL: &[Group] = &[
    Group {
        name: "format",
        about: "the code is formatted",
        run: format,
    },
    Group {
        name: "lints",
        about: "clippy has nothing to say",
        run: lints,
    },
    Group {
        name: "tests",
        about: "unit, integration, property and architecture tests",
        run: given::run,
    },
    Group {
        name: "cluster",
        about: "audits of a real Kubernetes API server",
        run: live::run,
    },
    Group {
        name: "docs",
        about: "the API documentation builds and its links lead somewhere",
        run: docs,
    },
    Group {
        name: "generated",
        about: "generated files are up to date",
        run: generated,
    },
    Group {
        name: "policies",
        about: "tests and fixtures of the policies",
        run: policies,
    },
    Group {
        name: "contracts",
        about: "sample reports satisfy the published schemas",
        run: contracts,
    },
    Group {
        name: "supply-chain",
        about: "licences and bans of the dependencies",
        run: supply_chain::run,
    },
];

fn format(root: &Path, name: &str) -> Vec<Row> {
    if !tool::works(&mut tool::cargo(root, &["fmt", "--version"])) {
        return one(
            name,
            Outcome::Skipped("rustfmt is not installed: `rustup component add rustfmt`".into()),
        );
    }
    let checked = tool::run(&mut tool::cargo(root, &["fmt", "--all", "--check"]));
    one(name, judged(checked, "", "run `cargo fmt --all`"))
}

fn lints(root: &Path, name: &str) -> Vec<Row> {
    if !tool::works(&mut tool::cargo(root, &["clippy", "--version"])) {
        return one(
            name,
            Outcome::Skipped("clippy is not installed: `rustup component add clippy`".into()),
        );
    }
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    let clean = judged(tool::run(&mut tool::cargo(root, &arguments)), "", "see above");
    // The fuzz targets are a workspace of their own, which nothing else here builds.
    let fuzz = [
        "fetch",
        "--quiet",
        "--locked",
        "--manifest-path",
        "fuzz/Cargo.toml",
    ];
    let locked = judged(
        tool::run(&mut tool::cargo(root, &fuzz)),
        "",
        "run `cargo update --workspace --manifest-path fuzz/Cargo.toml` if the lock file is out of date",
    );
    [("", clean), (" of fuzz targets: locked", locked)]
        .into_iter()
        .flat_map(|(part, outcome)| one(&format!("{name}{part}"), outcome))
        .collect()
}

fn docs(root: &Path, name: &str) -> Vec<Row> {
    let mut command = tool::cargo(root, &["doc", "--workspace", "--no-deps", "--locked", "--quiet"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    one(name, judged(tool::run(&mut command), "", "see above"))
}

fn generated(root: &Path, name: &str) -> Vec<Row> {
    let outcome = match generate::check(root) {
        Ok(()) => Outcome::Passed(String::new()),
        Err(sentence) => {
            eprintln!("{sentence}");
            Outcome::Failed(sentence)
        }
    };
    one(name, outcome)
}

fn policies(root: &Path, name: &str) -> Vec<Row> {
    if !root.join("policies").is_dir() {
        return one(name, Outcome::Absent("there is no folder policies".into()));
    }
    let arguments = [
        "run",
        "--quiet",
        "--locked",
        "--package",
        "envcheck",
        "--",
        "policy",
        "test",
        "policies",
    ];
    one(
        name,
        judged(tool::run(&mut tool::cargo(root, &arguments)), "", "see above"),
    )
}

/// Which published format a sample is in, by its name; none for those without an outside contract.
fn contract_of(file: &str) -> Option<&'static str> {
    ["sarif", "junit", "gitlab", "policyreport", "openreports"]
        .into_iter()
        .find(|format| file.contains(format))
        .map(|format| {
            if format == "openreports" {
                "policyreport"
            } else {
                format
            }
        })
}

fn contracts(root: &Path, name: &str) -> Vec<Row> {
    let samples = match tool::files_below(&root.join("reports/samples")) {
        Ok(samples) => samples,
        Err(error) => return one(name, Outcome::Failed(error)),
    };
    let judged: Vec<_> = samples
        .iter()
        .filter_map(|file| Some((file, contract_of(&file.file_name()?.to_string_lossy())?)))
        .collect();
    if judged.is_empty() {
        return one(
            name,
            Outcome::Absent("there are no samples in reports/samples".into()),
        );
    }
    let validator = match given::data(root) {
        Ok(data) => data.join("contracts/validate_reports.py"),
        Err(reason) => return one(name, Outcome::Skipped(reason)),
    };
    if !validator.is_file() {
        return one(
            name,
            Outcome::Skipped("ENVCHECK_TEST_DATA has no contracts/validate_reports.py".into()),
        );
    }
    let python = std::env::var("ENVCHECK_PYTHON").unwrap_or_else(|_| "python3".into());
    if !tool::works(tool::program(root, &python).args(["-c", "import jsonschema, xmlschema, yaml"])) {
        let hint = format!(
            "`{python}` lacks one of jsonschema, xmlschema, pyyaml: `pip install` them, or set ENVCHECK_PYTHON"
        );
        return one(name, Outcome::Skipped(hint));
    }
    let mut failed = Vec::new();
    for (file, format) in &judged {
        let mut command = tool::program(root, &python);
        command.arg(&validator).arg(format).arg(file);
        if tool::run(&mut command).is_err() {
            failed.push(
                file.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
    if failed.is_empty() {
        one(name, Outcome::Passed(format!("{} samples", judged.len())))
    } else {
        one(name, Outcome::Failed(format!("invalid: {}", failed.join(", "))))
    }
}

/// A group that has one line in the summary.
pub(crate) fn one(name: &str, outcome: Outcome) -> Vec<Row> {
    vec![Row {
        name: name.to_owned(),
        outcome,
    }]
}

fn judged(result: Result<(), String>, passed: &str, hint: &str) -> Outcome {
    match result {
        Ok(()) => Outcome::Passed(passed.to_owned()),
        Err(error) => Outcome::Failed(format!("{error}; {hint}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_matched_to_their_contracts() {
        assert_eq!(contract_of("demo.sarif.json"), Some("sarif"));
        assert_eq!(contract_of("demo.openreports.yaml"), Some("policyreport"));
        assert_eq!(contract_of("demo.junit.xml"), Some("junit"));
        assert_eq!(contract_of("demo.md"), None);
    }

    #[test]
    fn group_names_are_single_words() {
        for group in ALL {
            assert!(!group.name.contains([' ', ',']), "{}", group.name);
            assert_ne!(group.name, "all");
        }
    }
}
