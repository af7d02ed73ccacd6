//! A value as people read it: YAML in block style, for previews. Nothing reads it back.

use crate::value::{Value, ValueExt};
use std::fmt::Write;

/// The lines of a value.
pub(super) fn lines(value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    block(value, 0, "", &mut out);
    out
}

fn block(value: &Value, depth: usize, lead: &str, out: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(_) if value.members().next().is_some() => {
            for (number, (key, member)) in value.members().enumerate() {
                let lead = if number == 0 { lead } else { "" };
                let start = if lead.is_empty() {
                    indent.clone()
                } else {
                    indent_with(depth, lead)
                };
                entry(&format!("{start}{}:", plain(key)), member, depth, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items.iter() {
                match item {
                    Value::Object(_) | Value::Array(_) if !is_empty(item) => {
                        block(item, depth + 1, "- ", out);
                    }
                    _ => out.push(format!("{indent}- {}", scalar(item))),
                }
            }
        }
        _ => out.push(format!("{indent}{lead}{}", scalar(value))),
    }
}

/// The lead takes the place of the last step of the indentation.
fn indent_with(depth: usize, lead: &str) -> String {
    format!("{}{lead}", "  ".repeat(depth.saturating_sub(1)))
}

fn entry(start: &str, value: &Value, depth: usize, out: &mut Vec<String>) {
    match value {
        Value::Object(_) | Value::Array(_) if !is_empty(value) => {
            out.push(start.to_owned());
            block(value, depth + 1, "", out);
        }
        _ => out.push(format!("{start} {}", scalar(value))),
    }
}

fn is_empty(value: &Value) -> bool {
    value.items().is_empty() && value.members().next().is_none()
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        other => other.to_json_str().unwrap_or_default(),
    }
}

/// Plain where nobody could take it for something else; control characters escaped.
fn plain(text: &str) -> String {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@ ".contains(&byte);
    let harmless = text.bytes().all(letters)
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if harmless {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\n' => quoted.push_str("\\n"),
            _ if char.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(char));
            }
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}
