//! What a step changes, as the unified diff that everybody knows.

use super::meaning::meaning;
use super::text::lines;
use crate::value::Value;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The lines that differ between the meanings of two objects, with some around them: each begins with ` `, `-`, `+`, or is a
/// `…` where lines are left out.
pub fn preview(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let side = |value: Option<&Value>| value.map_or_else(Vec::new, |value| lines(&meaning(value)));
    let (before, after) = (side(before), side(after));
    let (before, after): (Vec<&str>, Vec<&str>) = (
        before.iter().map(String::as_str).collect(),
        after.iter().map(String::as_str).collect(),
    );
    let diff = TextDiff::from_slices(&before, &after);
    let mut shown = Vec::new();
    for (number, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if number > 0 {
            shown.push("…".to_owned());
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            shown.push(format!("{sign} {}", change.value()));
        }
    }
    shown
}

/// What differs between two texts of a file, as a patch in the unified format.
pub fn text_diff(name: &str, before: &str, after: &str) -> String {
    // An absolute path is no name below the root of a repository.
    let name = name.trim_start_matches("./").trim_start_matches('/');
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(CONTEXT)
        .header(&git_name(&format!("a/{name}")), &git_name(&format!("b/{name}")))
        .to_string()
}

/// A path as Git writes it in a patch, and reads it there: quoted where it would be taken for something else.
pub fn git_name(path: &str) -> String {
    let plain = |char: char| !char.is_control() && char != '"' && char != '\\';
    if path.chars().all(plain) {
        // Behind a blank something else could follow; behind a tab nothing does.
        return if path.contains(' ') {
            format!("{path}\t")
        } else {
            path.to_owned()
        };
    }
    let mut quoted = String::from('"');
    for char in path.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if char.is_control() => {
                let mut bytes = [0; 4];
                for byte in char.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_git_does_it() {
        assert_eq!(git_name("a/é.yaml"), "a/é.yaml");
        assert_eq!(git_name("a/b c.yaml"), "a/b c.yaml\t");
        assert_eq!(git_name("a/b\tc\n\"\\\u{1b}.yaml"), r#""a/b\tc\n\"\\\033.yaml""#);
    }
}
