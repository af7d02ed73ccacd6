//! Texts from a cluster are somebody else's: each format has signs that would act instead of being shown.

use super::super::words::clean;
use std::fmt::Write as _;

/// The text as it is shown, in a format that has no signs of its own.
pub(super) fn plain(text: &str) -> String {
    clean(text, true, false)
}

/// For the text and the attributes of XML and HTML.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in clean(text, true, false).chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Signs that XML does not know at all.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(char),
        }
    }
    out
}

/// For prose in Markdown, in a cell of a table too.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in clean(text, true, false).chars() {
        match char {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                out.push('\\');
                out.push(char);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(char),
        }
    }
    out
}

/// A name in Markdown, as code, in a cell of a table too.
pub(super) fn code(text: &str) -> String {
    let text = clean(text, true, false);
    if text.trim().is_empty() {
        return String::new();
    }
    // The fence is longer than any run of its sign inside.
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    let mut out = String::new();
    let _ = write!(out, "{fence}{space}{}{space}{fence}", text.replace('|', "\\|"));
    out
}

/// For the path of a link in Markdown.
pub(super) fn link(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_acts_that_a_cluster_wrote() {
        let hostile = "</text><script>alert('x')</script>\u{1b}[2J\u{202e}\"&";
        let safe = xml(hostile);
        assert!(
            !safe.contains(['<', '>', '\'', '"', '\u{1b}', '\u{202e}']),
            "{safe}"
        );
        assert_eq!(
            prose("a|b `c` <img> *d* [e](f)"),
            "a\\|b \\`c\\` &lt;img&gt; \\*d\\* \\[e\\](f)"
        );
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`` x `"), "``` `` x ` ```");
        assert_eq!(link("a b/é.svg"), "a%20b%2F%C3%A9.svg");
    }

    proptest! {
        #[test]
        fn a_name_never_leaves_its_fence(text in "[a-z`| \n<>]{0,24}") {
            let shown = code(&text);
            let inner = shown.trim_matches('`');
            let fence = (shown.len() - shown.trim_start_matches('`').len()).max(1);
            prop_assert!(!inner.split(|char| char != '`').any(|run| run.len() >= fence), "{}", shown);
            prop_assert!(!shown.contains('\n'));
        }

        #[test]
        fn xml_is_one_text(text in any::<String>()) {
            let safe = xml(&text);
            prop_assert!(!safe.contains(['<', '>', '"', '\n']));
        }
    }
}
