//! What a step changes, as the unified diff that everybody knows.

use super::meaning::meaning;
use super::text::lines;
use crate::value::{Value, ValueExt, array, object};
use similar::udiff::UnifiedHunkHeader;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Where commands stand in Pods: of containers, of probes and of hooks.
const COMMANDS: [&str; 2] = ["args", "command"];

/// The lines that differ between the meanings of two objects, with some around them: each begins with ` `, `-`, `+`, or is a
/// `…` where lines are left out.
///
/// Commands that stay are not shown: they hold credentials in more ways than anybody can know.
pub fn preview(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let (old, new) = (commands(before), commands(after));
    let staying: BTreeSet<&Value> = old.intersection(&new).copied().collect();
    let side = |value: Option<&Value>| {
        value.map_or_else(Vec::new, |value| lines(&without(&meaning(value), &staying)))
    };
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
            shown.push(format!("{} {}", sign(change.tag()), change.value()));
        }
    }
    shown
}

/// The commands and their arguments in an object, wherever they stand.
fn commands(object: Option<&Value>) -> BTreeSet<&Value> {
    let (mut found, mut next) = (BTreeSet::new(), Vec::from_iter(object));
    while let Some(value) = next.pop() {
        for (key, member) in value.members() {
            if COMMANDS.contains(&key) && !member.items().is_empty() {
                found.insert(member);
            } else {
                next.push(member);
            }
        }
        next.extend(value.items());
    }
    found
}

/// The object with these commands left out.
fn without(value: &Value, staying: &BTreeSet<&Value>) -> Value {
    let kept = |key: &str, member: &Value| {
        if COMMANDS.contains(&key) && staying.contains(member) {
            array([Value::from("… (as it is)")])
        } else {
            without(member, staying)
        }
    };
    match value {
        Value::Object(_) => object(
            value
                .members()
                .map(|(key, member)| (key.to_owned(), kept(key, member))),
        ),
        Value::Array(_) => array(value.items().iter().map(|item| without(item, staying))),
        other => other.clone(),
    }
}

/// What differs between two texts of a file, as a patch in the unified format. A line ends with a line feed, as for Git: a carriage
/// return alone is part of it.
pub fn text_diff(name: &str, before: &str, after: &str) -> String {
    // An absolute path is no name below the root of a repository.
    let name = name.trim_start_matches("./").trim_start_matches('/');
    let (old, new): (Vec<&str>, Vec<&str>) = (
        before.split_inclusive('\n').collect(),
        after.split_inclusive('\n').collect(),
    );
    let diff = TextDiff::from_slices(&old, &new);
    let mut patch = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        let _ = writeln!(patch, "{}", UnifiedHunkHeader::new(&group));
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let line = change.value();
            let _ = write!(patch, "{}{line}", sign(change.tag()));
            if !line.ends_with('\n') {
                patch.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    if patch.is_empty() {
        return patch;
    }
    let [old, new] = ["a", "b"].map(|side| git_name(&format!("{side}/{name}")));
    format!("--- {old}\n+++ {new}\n{patch}")
}

fn sign(tag: ChangeTag) -> char {
    match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    }
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
    fn commands_that_stay_are_not_shown() {
        let pod = |image: &str, first: &str| {
            Value::from_json_str(&format!(
                r#"{{"spec":{{"containers":[{{"args":["{first}"],"command":["login","hunter2"],"image":"{image}","name":"a"}}]}}}}"#
            ))
            .unwrap()
        };
        let shown = |before: &Value, after: &Value| preview(Some(before), Some(after)).join("\n");
        let same = shown(&pod("a", "x"), &pod("b", "x"));
        assert!(
            same.contains("+     image: b") || same.contains("image: b"),
            "{same}"
        );
        assert!(!same.contains("hunter2") && same.contains("as it is"), "{same}");
        let other = shown(&pod("a", "x"), &pod("a", "y"));
        assert!(other.contains("- \"y\"") && !other.contains("hunter2"), "{other}");
    }

    #[test]
    fn lines_end_where_they_end_for_git() {
        let diff = |before: &str, after: &str| text_diff("./a", before, after);
        assert_eq!(diff("a\n", "a\n"), "");
        assert_eq!(
            diff("x\ry\nb\r\nc", "x\ry\nd\r\nc"),
            "--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n x\ry\n-b\r\n+d\r\n c\n\\ No newline at end of file\n"
        );
        assert_eq!(
            diff("a\r", "b"),
            "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\r\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
        );
        assert_eq!(diff("", "a\n"), "--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+a\n");
    }

    #[test]
    fn names_are_quoted_as_git_does_it() {
        assert_eq!(git_name("a/é.yaml"), "a/é.yaml");
        assert_eq!(git_name("a/b c.yaml"), "a/b c.yaml\t");
        assert_eq!(git_name("a/b\tc\n\"\\\u{1b}.yaml"), r#""a/b\tc\n\"\\\033.yaml""#);
    }
}
