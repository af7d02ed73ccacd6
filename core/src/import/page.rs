//! The page that a spec is written on: lines of YAML with what has to be said beside them.

use crate::value::{Value, ValueExt};
use std::fmt::Write as _;

/// Words that YAML reads as something else than text.
const NO_TEXT: [&str; 11] = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
];

/// A text under construction, and what could not be seen while it was written.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    pub(super) notes: Vec<String>,
}

impl Page {
    /// A line at a depth.
    pub(super) fn line(&mut self, depth: usize, text: &str) {
        self.indent(depth);
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// How many lines say something to the program.
    pub(super) fn lines(&self) -> usize {
        let lines = self.text.lines().map(str::trim_start);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .count()
    }

    /// A line, and why it is written so.
    pub(super) fn guess(&mut self, depth: usize, text: &str, why: &str) {
        self.line(depth, &format!("{text}   # guessed: {}", harmless(why)));
    }

    /// A line that is only said.
    pub(super) fn say(&mut self, depth: usize, words: &str) {
        self.line(depth, &format!("# {}", harmless(words)));
    }

    /// What could not be seen, said here and to whoever asked for the spec.
    pub(super) fn unseen(&mut self, depth: usize, words: &str) {
        self.say(depth, words);
        self.notes.push(harmless(words));
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// The finished text.
    pub(super) fn text(self) -> (String, Vec<String>) {
        (self.text, self.notes)
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.text.push_str("  ");
        }
    }
}

/// Without what would end a comment or hide what stands in it.
fn harmless(words: &str) -> String {
    let is_hidden = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}');
    words
        .chars()
        .map(|char| if is_hidden(char) { ' ' } else { char })
        .collect()
}

/// A text as a scalar that YAML reads as this text again.
pub(super) fn word(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in double quotes. What YAML does not take as it is goes as its number: JSON escapes fewer.
pub(super) fn quoted(text: &str) -> String {
    let json = Value::from(text).to_json_str().unwrap_or_default();
    json.chars()
        .fold(String::with_capacity(json.len()), |mut safe, char| {
            match char {
                '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                    let _ = write!(safe, "\\u{:04x}", u32::from(char));
                }
                _ => safe.push(char),
            }
            safe
        })
}

fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let allowed = |char: char| char.is_ascii_alphanumeric() || "._-/@:".contains(char);
    let number = first.is_ascii_digit() && !text.contains('/') && text.matches('.').count() < 2;
    let time = first.is_ascii_digit() && text.contains(':');
    let other = NO_TEXT.contains(&text.to_ascii_lowercase().as_str());
    let spoilt = number || time || other || text.ends_with(':');
    first.is_ascii_alphanumeric() && text.chars().all(allowed) && !spoilt
}

/// A map on one line; values are written already.
pub(super) fn map<'k>(members: impl IntoIterator<Item = (&'k str, String)>) -> String {
    let members: Vec<String> = members
        .into_iter()
        .map(|(key, value)| format!("{}: {value}", word(key)))
        .collect();
    format!("{{{}}}", members.join(", "))
}

/// A list of texts on one line.
pub(super) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| word(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// The text of a field, empty when it has none.
pub(super) fn text<'v>(record: &'v Value, key: &str) -> &'v str {
    record.text_at(&[key]).unwrap_or_default()
}

/// The texts of a list.
pub(super) fn texts<'v>(record: &'v Value, path: &[&str]) -> impl Iterator<Item = &'v str> {
    record.items_at(path).iter().filter_map(ValueExt::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_read_as_the_text_that_it_was() {
        for text in [
            "stage",
            "1.35",
            "03:00",
            "10.20.0.0/20",
            "4.15.1",
            "no",
            "0x1f",
            "1e3",
            "",
            "a b",
            "a: b",
            "# x",
            "*",
            "[x]",
            "git@github.com:acme/deploy.git",
            "https://charts/x",
            "-",
            "\"quoted\"",
            "line\nbreak",
            "ends:",
            "2b7f",
            "~",
            "ü",
        ] {
            let yaml = format!("a: {{b: {}, c: [{0}]}}\n", word(text));
            let source = crate::yaml::decode("word.yaml", yaml.as_bytes()).unwrap();
            let limits = crate::yaml::Limits::default();
            let read = crate::yaml::documents(&source, &limits).next().unwrap().unwrap();
            assert_eq!(read.value.text_at(&["a", "b"]), Some(text), "{yaml}");
            assert_eq!(read.value.items_at(&["a", "c"])[0].text(), Some(text), "{yaml}");
        }
    }

    #[test]
    fn a_comment_stays_one() {
        let mut page = Page::default();
        page.say(1, "a\nb: c");
        assert_eq!(page.text().0, "  # a b: c\n");
    }
}
