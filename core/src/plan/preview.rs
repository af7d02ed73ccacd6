//! What a step changes, as the unified diff that everybody knows.

use super::meaning::meaning;
use super::text::lines;
use crate::value::{Value, ValueExt, array, object};
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
    fn names_are_quoted_as_git_does_it() {
        assert_eq!(git_name("a/é.yaml"), "a/é.yaml");
        assert_eq!(git_name("a/b c.yaml"), "a/b c.yaml\t");
        assert_eq!(git_name("a/b\tc\n\"\\\u{1b}.yaml"), r#""a/b\tc\n\"\\\033.yaml""#);
    }
}
