//! Licences and bans of the dependencies, judged by `deny.toml`: with cargo-deny where it is installed, and always by
//! the two questions that matter most, which need nothing but cargo.

use super::groups::one;
use super::{Outcome, Row};
use crate::tool;
use serde_json::Value;
use std::path::Path;

/// Judges every package of the lock file.
pub(crate) fn run(root: &Path, name: &str) -> Vec<Row> {
    let outcome = match judge(root) {
        Ok((packages, broken)) if broken.is_empty() => Outcome::Passed(format!("{packages} packages")),
        Ok((_, broken)) => {
            for sentence in &broken {
                eprintln!("{sentence}");
            }
            Outcome::Failed(format!("{} packages refused; see above", broken.len()))
        }
        Err(error) => Outcome::Failed(error),
    };
    let mut rows = one(name, outcome);
    if tool::find("cargo-deny").is_some() {
        let checked = tool::run(&mut tool::cargo(root, &["deny", "--locked", "check"]));
        let outcome = match checked {
            Ok(()) => Outcome::Passed("advisories, bans, licences, sources".into()),
            Err(error) => Outcome::Failed(format!("{error}; see above")),
        };
        rows.extend(one("cargo-deny", outcome));
    } else {
        println!(
            "cargo-deny is not installed; advisories were not looked up (`cargo install cargo-deny --locked`)"
        );
    }
    rows
}

fn judge(root: &Path) -> Result<(usize, Vec<String>), String> {
    let rules = tool::read(&root.join("deny.toml"))?;
    let (allowed, banned) = (strings_of(&rules, "allow = ["), strings_of(&rules, "deny = ["));
    if allowed.is_empty() || banned.is_empty() {
        return Err("deny.toml has no list `allow` of licences or no list `deny` of crates".into());
    }
    let (text, _) = tool::output(&mut tool::cargo(
        root,
        &["metadata", "--format-version", "1", "--locked"],
    ))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let mut broken = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        if banned.iter().any(|own| own == name) {
            broken.push(format!(
                "deny.toml bans {name}; see `cargo tree --workspace -i {name}`"
            ));
        }
        match package["license"].as_str() {
            Some(licence) if acceptable(licence, &allowed) => {}
            Some(licence) => broken.push(format!(
                "{name} is licensed {licence}, which deny.toml does not allow"
            )),
            None => broken.push(format!("{name} does not name its licence")),
        }
    }
    Ok((packages.len(), broken))
}

/// The first quoted text of each line of the list that begins with `opening`.
fn strings_of(rules: &str, opening: &str) -> Vec<String> {
    rules
        .lines()
        .skip_while(|line| line.trim() != opening)
        .skip(1)
        .take_while(|line| line.trim() != "]")
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split('"').nth(1).map(str::to_owned))
        .collect()
}

/// Whether a licence expression (SPDX, or the old `A/B` form) can be met with the allowed licences.
fn acceptable(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    any_of(&mut rest, allowed) && rest.is_empty()
}

fn any_of(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = all_of(rest, allowed);
    while let ["OR", tail @ ..] = *rest {
        *rest = tail;
        met |= all_of(rest, allowed);
    }
    met
}

fn all_of(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = licence(rest, allowed);
    while let ["AND", tail @ ..] = *rest {
        *rest = tail;
        met &= licence(rest, allowed);
    }
    met
}

fn licence(rest: &mut &[&str], allowed: &[String]) -> bool {
    match *rest {
        ["(", tail @ ..] => {
            *rest = tail;
            let met = any_of(rest, allowed);
            if let [")", tail @ ..] = *rest {
                *rest = tail;
            }
            met
        }
        // An exception only adds permissions.
        [name, "WITH", _, tail @ ..] | [name, tail @ ..] => {
            let name = *name;
            *rest = tail;
            allowed.iter().any(|own| own == name)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_expressions_are_understood() {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned);
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(acceptable(good, &allowed), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR Apache-2.0) AND GPL-3.0",
            "MIT GPL-3.0",
            "",
        ] {
            assert!(!acceptable(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn lists_are_read_from_the_rules() {
        let rules =
            "[bans]\ndeny = [\n  { crate = \"openssl-sys\", reason = \"x\" },\n  # { crate = \"y\" }\n]\n";
        assert_eq!(strings_of(rules, "deny = ["), ["openssl-sys"]);
    }
}
