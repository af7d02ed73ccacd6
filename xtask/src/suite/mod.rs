//! `cargo xtask test`: every group of tests in order, then one table that says what passed, failed and was skipped.
//! A group that cannot run here is named with the reason; `ENVCHECK_REQUIRE` turns such a skip into a failure.

mod given;
mod groups;
mod live;
mod supply_chain;

use std::path::Path;
use std::time::Instant;

/// How a group, or a part of one, came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran and everything held; what ran, in a few words.
    Passed(String),
    /// What did not hold.
    Failed(String),
    /// Why it could not run here, and how to make it run.
    Skipped(String),
    /// Its subject does not exist in this tree yet.
    Absent(String),
}

/// One line of the summary.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The group's name, as `ENVCHECK_REQUIRE` takes it.
    pub(crate) name: String,
    /// How it came out.
    pub(crate) outcome: Outcome,
}

/// Runs the groups (all of them when none is named) and prints the summary.
pub(crate) fn run(root: &Path, wanted: &[&str]) -> Result<(), String> {
    let known: Vec<&str> = groups::ALL.iter().map(|group| group.name).collect();
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        return Err(format!(
            "no group of tests is called {unknown}; there are: {}",
            known.join(", ")
        ));
    }
    let required = Required::from(std::env::var("ENVCHECK_REQUIRE").ok().as_deref(), &known)?;
    let mut rows = Vec::new();
    for group in groups::ALL {
        if !wanted.is_empty() && !wanted.contains(&group.name) {
            continue;
        }
        println!("== {}: {}", group.name, group.about);
        let begun = Instant::now();
        let outcomes = (group.run)(root, group.name);
        println!("== {}: {:.1} s\n", group.name, begun.elapsed().as_secs_f32());
        rows.extend(outcomes);
    }
    summary(&rows, &required)
}

/// Prints the table; an error when something failed or a required group was skipped.
fn summary(rows: &[Row], required: &Required) -> Result<(), String> {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let mut failed = Vec::new();
    for row in rows {
        let (word, detail) = match &row.outcome {
            Outcome::Passed(detail) => ("passed", detail),
            Outcome::Failed(detail) => ("FAILED", detail),
            Outcome::Skipped(detail) => ("skipped", detail),
            Outcome::Absent(detail) => ("nothing yet", detail),
        };
        let line = format!("{:width$}  {word:<11}  {detail}", row.name);
        println!("{}", line.trim_end());
        let refused = matches!(row.outcome, Outcome::Skipped(_)) && required.demands(&row.name);
        if refused {
            failed.push(format!("{} (skipped, but required)", row.name));
        } else if matches!(row.outcome, Outcome::Failed(_)) {
            failed.push(row.name.clone());
        }
    }
    println!();
    if failed.is_empty() {
        let skipped = rows
            .iter()
            .filter(|row| matches!(row.outcome, Outcome::Skipped(_)))
            .count();
        println!("all groups that could run here passed; {skipped} skipped");
        Ok(())
    } else {
        Err(format!("not everything passed: {}", failed.join(", ")))
    }
}

/// Which groups may not be skipped.
#[derive(Debug, PartialEq, Eq)]
enum Required {
    All,
    Named(Vec<String>),
}

impl Required {
    fn from(text: Option<&str>, known: &[&str]) -> Result<Self, String> {
        let names: Vec<String> = text
            .unwrap_or_default()
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        if names == ["all"] {
            return Ok(Self::All);
        }
        let part_of_tests =
            |name: &String| given::PARTS.iter().any(|part| part.name == name) || name == given::BROWSER;
        match names
            .iter()
            .find(|name| !known.contains(&name.as_str()) && !part_of_tests(name))
        {
            Some(unknown) => Err(format!(
                "ENVCHECK_REQUIRE names {unknown}, which is no group of tests"
            )),
            None => Ok(Self::Named(names)),
        }
    }

    fn demands(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|own| own == name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, outcome: Outcome) -> Row {
        Row {
            name: name.to_owned(),
            outcome,
        }
    }

    #[test]
    fn a_skip_is_a_failure_only_where_it_is_required() {
        let rows = [
            row("tests", Outcome::Passed(String::new())),
            row("docs", Outcome::Skipped("no rustdoc".into())),
        ];
        let known = ["tests", "docs"];
        let judged = |text: Option<&str>| summary(&rows, &Required::from(text, &known).unwrap());
        assert!(judged(None).is_ok());
        assert!(judged(Some("tests")).is_ok());
        assert!(
            judged(Some("tests, docs"))
                .unwrap_err()
                .contains("docs (skipped, but required)")
        );
        assert!(judged(Some("all")).is_err());
        assert!(Required::from(Some("dogs"), &known).unwrap_err().contains("dogs"));
    }

    #[test]
    fn a_failure_is_a_failure() {
        let rows = [row("tests", Outcome::Failed("2 failed".into()))];
        assert!(summary(&rows, &Required::Named(Vec::new())).is_err());
    }
}
