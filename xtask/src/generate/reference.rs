//! Texts taken from the program itself: the command line reference from its help, the README's picture from the demo.

use super::File;
use crate::tool;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

const BEGIN: &str = "<!-- demo:begin -->";
const END: &str = "<!-- demo:end -->";
/// Lines of the demo shown before the rest is left out; the summary at its end is always shown.
const SHOWN: usize = 24;

/// `docs/reference/cli.md`: the help of every verb.
pub(crate) fn command_line(root: &Path) -> Result<Vec<File>, String> {
    let top = help(root, &[])?;
    if top.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut page =
        "# Command line\n\nGenerated from the program's own help by `cargo xtask gen`.\n".to_owned();
    let mut verbs = vec![Vec::new()];
    while !verbs.is_empty() {
        let path: Vec<String> = verbs.remove(0);
        let text = help(root, &path)?;
        let name = std::iter::once("envcheck")
            .chain(path.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ");
        let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", text.trim_end());
        let below: Vec<Vec<String>> = verbs_of(&text)
            .into_iter()
            .map(|verb| path.iter().cloned().chain([verb]).collect())
            .collect();
        // Verbs of a verb follow it directly.
        verbs.splice(0..0, below);
    }
    Ok(vec![("docs/reference/cli.md".to_owned(), page)])
}

/// `docs/reference/policies/`: a page for each built-in policy, and the list of all.
pub(crate) fn policies(root: &Path) -> Result<Vec<File>, String> {
    let (listed, code) = envcheck(root, &["policy", "list", "-o", "json"])?;
    if code != Some(0) {
        return Err(format!("`envcheck policy list` ended with {code:?}"));
    }
    let listed: Value = serde_json::from_str(&listed).map_err(|error| format!("policy list: {error}"))?;
    let mut list = "# Policies\n\nGenerated from the policies' own METADATA by `cargo xtask gen`.\n\n\
                    | policy | severity | judges | what holds |\n|---|---|---|---|\n"
        .to_owned();
    let mut files = Vec::new();
    for policy in listed.as_array().map_or(&[][..], Vec::as_slice) {
        let text = |field: &str| policy[field].as_str().unwrap_or_default();
        let id = text("id");
        let (page, code) = envcheck(root, &["policy", "explain", id])?;
        if code != Some(0) {
            return Err(format!("`envcheck policy explain {id}` ended with {code:?}"));
        }
        let scope = if text("scope") == "object" {
            "each object"
        } else {
            "the environment"
        };
        let title = text("title").replace('|', "\\|");
        let _ = writeln!(
            list,
            "| [{id}]({id}.md) | {} | {scope} | {title} |",
            text("severity")
        );
        files.push((format!("docs/reference/policies/{id}.md"), page));
    }
    files.push(("docs/reference/policies/README.md".to_owned(), list));
    Ok(files)
}

/// `README.md` with the demo's real output between its markers.
pub(crate) fn readme(root: &Path) -> Result<Vec<File>, String> {
    let readme = tool::read(&root.join("README.md"))?;
    if !root.join("environments/demo.yaml").is_file() {
        return Ok(Vec::new());
    }
    let (text, code) = envcheck(root, &["audit", "demo"])?;
    if code != Some(1) {
        return Err(format!(
            "`envcheck audit demo` should find planted faults and exit with 1, not {code:?}"
        ));
    }
    let block = format!(
        "```console\n$ cargo run --release -- audit demo\n{}\n```",
        abridged(&text)
    );
    Ok(vec![("README.md".to_owned(), between_markers(&readme, &block)?)])
}

fn between_markers(page: &str, block: &str) -> Result<String, String> {
    let (before, rest) = page
        .split_once(BEGIN)
        .ok_or_else(|| format!("README.md has no marker {BEGIN}"))?;
    let (_, after) = rest
        .split_once(END)
        .ok_or_else(|| format!("README.md has no marker {END}"))?;
    Ok(format!("{before}{BEGIN}\n{block}\n{END}{after}"))
}

/// The first findings and the summary; what is left out is counted.
fn abridged(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    // Findings are separated by blank lines: cut at one, and keep the last paragraph.
    let paragraphs: Vec<&[&str]> = lines
        .split(|line| line.is_empty())
        .filter(|lines| !lines.is_empty())
        .collect();
    let Some((last, first)) = paragraphs.split_last() else {
        return String::new();
    };
    let mut kept = Vec::new();
    let mut count = 0;
    for paragraph in first {
        count += paragraph.len() + 1;
        if count > SHOWN {
            break;
        }
        kept.push(paragraph.join("\n"));
    }
    let left = first.len() - kept.len();
    if left > 0 {
        kept.push(format!("… {left} more …"));
    }
    kept.push(last.join("\n"));
    kept.join("\n\n")
}

/// The verbs that a help text lists under `Commands:`.
fn verbs_of(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| line.trim_end() != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .map(str::to_owned)
        .collect()
}

fn help(root: &Path, path: &[String]) -> Result<String, String> {
    let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let (text, code) = envcheck(root, &words)?;
    match code {
        Some(0) => Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")),
        _ => Err(format!("`envcheck {}` ended with {code:?}", words.join(" "))),
    }
}

/// Runs the program as it is in this tree, without a terminal and without anything the environment may say to it.
fn envcheck(root: &Path, arguments: &[&str]) -> Result<(String, Option<i32>), String> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            tool::run(&mut tool::cargo(
                root,
                &["build", "--quiet", "--locked", "--package", "envcheck"],
            ))
        })
        .clone()?;
    let program = tool::built(root, "debug").join(format!("envcheck{}", std::env::consts::EXE_SUFFIX));
    let mut command = tool::program(root, program);
    command.args(arguments).env_remove("COLUMNS");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ENVCHECK_") {
            command.env_remove(name);
        }
    }
    tool::output(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_read_from_help() {
        let help = "Audits\n\nUsage: envcheck\n\nCommands:\n  check   Checks\n          files\n  policy  Rules\n  help    Print\n\nOptions:\n  -q\n";
        assert_eq!(verbs_of(help), ["check", "policy"]);
        assert!(verbs_of("Options:\n  -q\n").is_empty());
    }

    #[test]
    fn the_picture_replaces_what_stands_between_the_markers() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        assert_eq!(
            between_markers(&page, "new").unwrap(),
            format!("a\n{BEGIN}\nnew\n{END}\nb\n")
        );
        assert!(between_markers("a", "new").is_err());
    }

    #[test]
    fn a_long_demo_is_cut_between_findings_and_keeps_its_summary() {
        let finding = "HIGH  a\n      b\n\n";
        let text = format!("demo\n\n{}10 findings\n", finding.repeat(10));
        let short = abridged(&text);
        assert!(
            short.starts_with("demo\n\nHIGH") && short.ends_with("b\n\n… 3 more …\n\n10 findings"),
            "{short}"
        );
    }
}
