//! What a step changes, as the unified diff that everybody knows.

use super::meaning::meaning;
use super::text::lines;
use crate::value::Value;
use similar::{ChangeTag, TextDiff};

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
