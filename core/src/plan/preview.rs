//! What a step changes, as the unified diff that everybody knows.

use super::meaning::meaning;
use super::text::lines;
use crate::inventory::redact::{Redactor, is_credential};
use crate::path::{FieldPath, PathElement};
use crate::value::{Value, ValueExt, object};
use crate::yaml;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;
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

/// The lines of such a patch as a plan may show them: what merely stands around a change is hidden where it may be secret.
pub fn file_preview(name: &str, before: &str, after: &str) -> Vec<String> {
    masked_diff(name, before, after).0
}

/// The same, and how many lines are hidden.
pub fn masked_diff(name: &str, before: &str, after: &str) -> (Vec<String>, usize) {
    let (secret, secret_after) = (secret_lines(name, before), secret_lines(name, after));
    let (leaves, leaves_after) = (credential_lines(name, before), credential_lines(name, after));
    let diff = text_diff(name, before, after);
    let mut shown = Vec::new();
    let mut masked = 0;
    let (mut number, mut number_after) = (0, 0);
    // The depth of an entry whose text goes on in the lines below it.
    let mut goes_on: Option<usize> = None;
    // Of a variable, its name stands on the line before.
    let mut named = false;
    for line in diff.lines() {
        if let Some((old, new)) = line.strip_prefix("@@ -").and_then(|rest| rest.split_once(" +")) {
            let start = |text: &str| {
                let digits = text.split([',', ' ']).next();
                digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
            };
            (number, number_after) = (start(old), start(new));
            named = false;
            goes_on = None;
            shown.push(line.to_owned());
            continue;
        }
        let around = line.strip_prefix(' ');
        // What is commented out is a credential all the same.
        let entry = line
            .get(1..)
            .unwrap_or_default()
            .trim_start_matches([' ', '\t', '#'])
            .trim_start_matches("- ");
        let (key, value) = entry
            .split_once(':')
            .map_or((entry, ""), |(key, value)| (key, value.trim()));
        let text = line.get(1..).unwrap_or_default();
        let depth = text.len() - text.trim_start().len();
        let below = goes_on.is_some_and(|above| depth > above || text.trim().is_empty());
        let credential = is_credential(key.trim_matches(['"', '\''])) || named && key == "value";
        if !below {
            goes_on = credential.then_some(depth);
        }
        let in_secret = if line.starts_with('+') {
            secret_after.contains(&number_after)
        } else {
            secret.contains(&number)
        };
        let in_leaf = if line.starts_with('+') {
            leaves_after.contains(&number_after)
        } else {
            leaves.contains(&number)
        };
        let hidden = in_secret || in_leaf || credential || below || tells(text);
        named = key == "name" && is_credential(value);
        // In braces, what is changed and what is not share a line.
        let within = entry.split(['{', '[', ',']).skip(1).any(|part| {
            let key = part.split_once(':').map_or("", |(key, _)| key);
            is_credential(key.trim().trim_matches(['"', '\'']))
        });
        // A Secret in braces is on the line of what is changed, whatever its keys are called.
        let header = line.starts_with("---") || line.starts_with("+++");
        let within = !header && (within || in_leaf || tells(text)) || in_secret && entry.contains('{');
        match around {
            None if within => {
                masked += 1;
                let sign = line.get(..1).unwrap_or_default();
                shown.push(format!("{sign}…"));
            }
            Some(text) if (hidden || within) && !text.trim().is_empty() => {
                masked += 1;
                shown.push(format!(" {}…", " ".repeat(depth)));
            }
            _ => shown.push(line.to_owned()),
        }
        if around.is_some() || line.starts_with('-') && !line.starts_with("---") {
            number += 1;
        }
        if around.is_some() || line.starts_with('+') && !line.starts_with("+++") {
            number_after += 1;
        }
    }
    (shown, masked)
}

/// Whether a comment tells a credential: `# password: …`, `# token=…`.
fn tells(line: &str) -> bool {
    let Some((_, comment)) = line.split_once('#') else {
        return false;
    };
    let holder = object([
        ("kind", Value::from("ConfigMap")),
        ("data", object([("text", Value::from(comment))])),
    ]);
    if Redactor::new([0; 32]).redacted(&holder) != holder {
        return true;
    }
    let comment = [" :", " ="].iter().fold(comment.to_owned(), |text, apart| {
        text.replace(apart, apart.trim_start())
    });
    let mut words = comment
        .split(|char: char| char.is_whitespace() || char == ',')
        .peekable();
    while let Some(word) = words.next() {
        let (key, value) = match word.split_once([':', '=']) {
            Some((key, value)) => (key, !value.is_empty() || words.peek().is_some()),
            None => continue,
        };
        if value && is_credential(key) {
            return true;
        }
    }
    false
}

/// The lines, from 1, on which stands what captures of a cluster do not show, either: values of variables and arguments that are
/// credentials, tokens within texts.
fn credential_lines(name: &str, text: &str) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let Ok(source) = yaml::decode(name, text.as_bytes()) else {
        return lines;
    };
    // A variable that is commented out, its name on the line before.
    let mut named = false;
    for (number, line) in source.text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix('#') else {
            named = false;
            continue;
        };
        let entry = comment
            .trim_start_matches([' ', '\t', '#'])
            .trim_start_matches("- ");
        let (key, value) = entry.split_once(':').unwrap_or((entry, ""));
        if named && key == "value" {
            lines.insert(number + 1);
        }
        named = key == "name" && is_credential(value.trim());
    }
    // Only what is hidden matters, and not by which digest.
    let redactor = Redactor::new([0; 32]);
    for part in yaml::split(&source) {
        let Ok(Some(document)) = yaml::load_part(&source, &part, &yaml::Limits::default()) else {
            continue;
        };
        let mut paths = Vec::new();
        let harmless = redactor.redacted(&document.value);
        differing(&document.value, &harmless, &mut Vec::new(), &mut paths);
        if paths.is_empty() {
            continue;
        }
        let spans = document.spans();
        let line_of = |at: usize| 1 + source.text.get(..at).map_or(0, |text| text.matches('\n').count());
        for path in paths {
            let span = spans.locate(&FieldPath(path)).span;
            // The end of a block of text is the beginning of the line after it.
            let last = span.end.saturating_sub(1).max(span.start);
            lines.extend(line_of(span.start)..=line_of(last));
        }
    }
    lines
}

/// The places at which two values differ, as deep as they can be told apart.
fn differing(one: &Value, other: &Value, path: &mut Vec<PathElement>, found: &mut Vec<Vec<PathElement>>) {
    if let (Ok(ours), Ok(theirs)) = (one.as_array(), other.as_array())
        && ours.len() == theirs.len()
    {
        for (at, (ours, theirs)) in ours.iter().zip(theirs.iter()).enumerate() {
            path.push(PathElement::Index(at));
            differing(ours, theirs, path, found);
            path.pop();
        }
    } else if one.as_object().is_ok() && other.as_object().is_ok() {
        for (key, ours) in one.members() {
            path.push(PathElement::Key(key.to_owned()));
            differing(ours, other.field(key).unwrap_or(&Value::Undefined), path, found);
            path.pop();
        }
    } else if one != other {
        found.push(path.clone());
    }
}

/// The lines, from 1, of the documents that are Secrets or cannot be read.
fn secret_lines(name: &str, text: &str) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let Ok(source) = yaml::decode(name, text.as_bytes()) else {
        return (1..=text.lines().count()).collect();
    };
    for part in yaml::split(&source) {
        let read = yaml::load_part(&source, &part, &yaml::Limits::default());
        let harmless = match &read {
            Ok(None) => true,
            Ok(Some(document)) => document
                .value
                .text_at(&["kind"])
                .is_none_or(|kind| !kind.contains("Secret") && !kind.ends_with("List")),
            Err(_) => false,
        };
        if !harmless {
            let until = |end: usize| {
                source
                    .text
                    .get(..end)
                    .map_or(0, |text| text.matches('\n').count())
            };
            lines.extend(until(part.range.start) + 1..=until(part.range.end) + 1);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_list_of_one_line_is_hidden_and_counted() {
        let list = r#"{"kind":"List","items":[{"kind":"Secret","data":{"x":"aHVudGVyMg=="}},{"kind":"Ingress","class":"a"}]}"#;
        let after = list.replace(r#""a""#, r#""b""#);
        let (shown, masked) = masked_diff("l.json", list, &after);
        assert!(!shown.join("\n").contains("aHVudGVy"), "{shown:?}");
        assert_eq!(masked, 2);
        let beside =
            "metadata:\n  annotations:\n    auth-token: |\n      hunter2\n      hunter3\n    class: a\n";
        let (shown, masked) = masked_diff("l.yaml", beside, &beside.replace("class: a", "class: b"));
        assert!(!shown.join("\n").contains("hunter"), "{shown:?}");
        assert!(shown.contains(&"+    class: b".to_owned()), "{shown:?}");
        assert_eq!(masked, 3);
        let plain = "kind: A\nclass: a\n";
        assert_eq!(masked_diff("l.yaml", plain, "kind: A\nclass: b\n").1, 0);
    }

    #[test]
    fn credentials_of_all_shapes_are_hidden_wherever_they_stand() {
        let before = r"apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: b}
spec:
  template:
    spec:
      containers:
        - name: web
          env:
            - {name: REDIS_PASSWORD, value: CANARYa}
            - value: CANARYb
              name: DB_PASSWORD
            - name: API_TOKEN

              value: CANARYc
            - name: SMTP_PASSWORD
              value: >-
                CANARYd
            - name: DATABASE_URL
              value: postgres://u:CANARYe@db/x
          args:
            - --requirepass
            - CANARYf
          command: [redis-server, --requirepass, CANARYg]
          # - name: DB_PASSWORD
          #   value: CANARYi
          # - {name: REDIS_PASSWORD, value: CANARYj}
          # postgres://u:CANARYk@db/x
          image: old # password : CANARYh
";
        for from in [
            "old",
            "name: web",
            "redis-server",
            "--requirepass\n",
            "REDIS",
            "{name: a",
        ] {
            let after = before.replace(from, &from.replacen(|char: char| char.is_alphabetic(), "x", 1));
            assert_ne!(before, after);
            let (shown, masked) = masked_diff("a.yaml", before, &after);
            assert!(!shown.join("\n").contains("CANARY"), "{from}: {shown:#?}");
            assert!(masked > 0 || from == "{name: a", "{from}");
        }
    }

    #[test]
    fn names_are_quoted_as_git_does_it() {
        assert_eq!(git_name("a/é.yaml"), "a/é.yaml");
        assert_eq!(git_name("a/b c.yaml"), "a/b c.yaml\t");
        assert_eq!(git_name("a/b\tc\n\"\\\u{1b}.yaml"), r#""a/b\tc\n\"\\\033.yaml""#);
    }

    #[test]
    fn what_stands_around_a_change_may_be_secret() {
        let before = "kind: Secret\nstringData:\n  other: hunter1\n---\nkind: Deployment\nspec:\n  env:\n  - name: DB_PASSWORD\n    value: hunter2\n  \
                      image: a\n  token: hunter3\n";
        let after = before
            .replace("image: a", "image: b")
            .replace("kind: Deployment", "kind: StatefulSet");
        let shown = file_preview("a.yaml", before, &after).join("\n");
        assert!(!shown.contains("hunter"), "{shown}");
        let flow = "env: {DB_PASSWORD: hunter4, image: a}\nnext: {'api-token': hunter5}\n";
        let shown = file_preview("a.yaml", flow, &flow.replace("image: a", "image: b")).join("\n");
        assert!(!shown.contains("hunter") && shown.contains("-…\n+…"), "{shown}");
        let shown = file_preview("a.yaml", before, &after).join("\n");
        assert!(
            shown.contains("-  image: a\n+  image: b") && shown.contains("- name: DB_PASSWORD"),
            "{shown}"
        );
    }
}
