//! What a step changes, as the unified diff that everybody knows.

use super::meaning::meaning;
use super::text::lines;
use crate::inventory::redact::is_credential;
use crate::value::{Value, ValueExt};
use crate::yaml;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;

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
    let name = name
        .trim_start_matches("./")
        .trim_start_matches('/')
        .replace(char::is_control, "?");
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(CONTEXT)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}

/// The lines of such a patch as a plan may show them: what merely stands around a change is hidden where it may be secret.
pub fn file_preview(name: &str, before: &str, after: &str) -> Vec<String> {
    let secret = secret_lines(name, before);
    let diff = text_diff(name, before, after);
    let mut shown = Vec::new();
    let mut number = 0;
    // Of a variable, its name stands on the line before.
    let mut named = false;
    for line in diff.lines() {
        if let Some(start) = line.strip_prefix("@@ -") {
            let end = start.find([',', ' ']).unwrap_or(start.len());
            number = start
                .get(..end)
                .and_then(|digits| digits.parse().ok())
                .unwrap_or(0);
            named = false;
            shown.push(line.to_owned());
            continue;
        }
        let around = line.strip_prefix(' ');
        let entry = line
            .get(1..)
            .unwrap_or_default()
            .trim_start()
            .trim_start_matches("- ");
        let (key, value) = entry
            .split_once(':')
            .map_or((entry, ""), |(key, value)| (key, value.trim()));
        let hidden = secret.contains(&number) || is_credential(key) || named && key == "value";
        named = key == "name" && is_credential(value);
        // In braces, what is changed and what is not share a line.
        let within = entry.split(['{', '[', ',']).skip(1).any(|part| {
            let key = part.split_once(':').map_or("", |(key, _)| key);
            is_credential(key.trim().trim_matches(['"', '\'']))
        });
        match around {
            None if within => {
                let sign = line.get(..1).unwrap_or_default();
                shown.push(format!("{sign}…"));
            }
            Some(text) if (hidden || within) && !text.trim().is_empty() => {
                let depth = text.len() - text.trim_start().len();
                shown.push(format!(" {}…", " ".repeat(depth)));
            }
            _ => shown.push(line.to_owned()),
        }
        if around.is_some() || line.starts_with('-') && !line.starts_with("---") {
            number += 1;
        }
    }
    shown
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
                .is_none_or(|kind| !kind.contains("Secret") && kind != "List"),
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
