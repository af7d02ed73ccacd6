//! The two programs compared: how each is called, and how the findings in its answer are counted by rule.

use crate::tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The policies, in conftest's own dialect.
const POLICIES: &str = "benches/conftest/policy";

/// A program that is measured.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    program: PathBuf,
}

/// Builds envcheck as it is shipped.
pub(crate) fn envcheck(root: &Path) -> Result<Contender, String> {
    tool::run(&mut tool::cargo(
        root,
        &["build", "--profile", "dist", "--locked", "--package", "envcheck"],
    ))?;
    Ok(Contender {
        name: "envcheck",
        program: tool::built(root, "dist").join("envcheck"),
    })
}

/// Finds conftest: `$CONFTEST`, what an earlier run installed, PATH.
pub(crate) fn conftest(root: &Path) -> Option<Contender> {
    let installed = root.join("target/bench/bin/conftest");
    std::env::var_os("CONFTEST")
        .map(PathBuf::from)
        .or_else(|| installed.is_file().then_some(installed))
        .or_else(|| tool::find("conftest"))
        .map(|program| Contender {
            name: "conftest",
            program,
        })
}

/// Builds conftest with the ordinary Go client.
pub(crate) fn install_conftest(root: &Path) -> Result<(), String> {
    let mut command = tool::program(root, "go");
    command.args(["install", "github.com/open-policy-agent/conftest@latest"]);
    command.env("GOBIN", root.join("target/bench/bin"));
    tool::run(&mut command)
}

impl Contender {
    /// The command that judges a file of manifests.
    pub(crate) fn judging(&self, file: &Path) -> Vec<String> {
        let file = file.to_string_lossy();
        let rest: &[&str] = match self.name {
            "envcheck" => &["check", &file, "-p", POLICIES, "--bundle", "none", "-o", "json"],
            _ => &["test", &file, "-p", POLICIES, "-o", "json"],
        };
        self.words(rest)
    }

    /// The command that does nothing but start and end.
    pub(crate) fn starting(&self) -> Vec<String> {
        self.words(if self.name == "envcheck" {
            &["version"]
        } else {
            &["--version"]
        })
    }

    fn words(&self, rest: &[&str]) -> Vec<String> {
        std::iter::once(self.program.to_string_lossy().into_owned())
            .chain(rest.iter().map(|&word| word.to_owned()))
            .collect()
    }

    /// Findings by rule in the answer; a rule is what stands before the colon of a message.
    pub(crate) fn findings(&self, answer: &str) -> Result<BTreeMap<String, usize>, String> {
        let answer: Value = serde_json::from_str(answer)
            .map_err(|error| format!("the answer of {} is no JSON: {error}", self.name))?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let messages: Vec<Value> = match self.name {
            "envcheck" => list(&answer["findings"])
                .iter()
                .map(|finding| finding["message"].clone())
                .collect(),
            _ => list(&answer)
                .iter()
                .flat_map(|file| [list(&file["failures"]), list(&file["warnings"])].concat())
                .map(|failure| failure["msg"].clone())
                .collect(),
        };
        let mut counts = BTreeMap::new();
        for message in messages {
            let rule = message
                .as_str()
                .and_then(|text| text.split(':').next())
                .unwrap_or("?");
            *counts.entry(rule.to_owned()).or_default() += 1;
        }
        Ok(counts)
    }
}

/// Says which rules two programs count differently.
pub(crate) fn compare(
    first: (&str, &BTreeMap<String, usize>),
    second: (&str, &BTreeMap<String, usize>),
) -> Result<(), String> {
    let rules: std::collections::BTreeSet<&String> = first.1.keys().chain(second.1.keys()).collect();
    let different: Vec<String> = rules
        .into_iter()
        .filter_map(|rule| {
            let count = |counts: &BTreeMap<String, usize>| counts.get(rule).copied().unwrap_or(0);
            let (one, other) = (count(first.1), count(second.1));
            (one != other).then(|| format!("{rule}: {} {one}, {} {other}", first.0, second.0))
        })
        .collect();
    if different.is_empty() {
        Ok(())
    } else {
        Err(format!("the two do not find the same: {}", different.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted_by_rule() {
        let contender = |name| Contender {
            name,
            program: PathBuf::from(name),
        };
        let ours = r#"{"findings": [{"message": "a: x"}, {"message": "a: y"}, {"message": "b: z"}]}"#;
        let theirs = r#"[{"failures": [{"msg": "a: x"}], "warnings": [{"msg": "a: y"}]}, {"successes": 3}]"#;
        let ours = contender("envcheck").findings(ours).unwrap();
        let theirs = contender("conftest").findings(theirs).unwrap();
        assert_eq!((ours["a"], theirs["a"]), (2, 2));
        assert!(
            compare(("envcheck", &ours), ("conftest", &theirs))
                .unwrap_err()
                .contains("b: envcheck 1, conftest 0")
        );
        assert!(compare(("envcheck", &ours), ("envcheck", &ours)).is_ok());
    }
}
