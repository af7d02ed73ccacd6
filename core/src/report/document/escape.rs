//! Texts from a cluster are somebody else's: each format has signs that would act instead of being shown.

use super::super::prose;
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

/// A name in Markdown, as code, in a cell of a table too.
pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    if text.trim().is_empty() {
        return String::new();
    }
    prose::code(&text)
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
        assert_eq!(code("a|b"), "`a`&#124;`b`");
        assert_eq!(code("`` x `"), "``` `` x ` ```");
        assert_eq!(link("a b/é.svg"), "a%20b%2F%C3%A9.svg");
    }

    proptest! {
        #[test]
        fn a_name_never_leaves_its_fence(text in "[a-z`| \n<>]{0,24}") {
            let shown = code(&text);
            prop_assert!(!shown.contains('|'), "{}", shown);
            for piece in shown.split("&#124;") {
                let inner = piece.trim_matches('`');
                let fence = (piece.len() - piece.trim_start_matches('`').len()).max(1);
                prop_assert!(!inner.split(|char| char != '`').any(|run| run.len() >= fence), "{}", shown);
            }
            prop_assert!(!shown.contains('\n'));
        }

        #[test]
        fn xml_is_one_text(text in any::<String>()) {
            let safe = xml(&text);
            prop_assert!(!safe.contains(['<', '>', '"', '\n']));
        }
    }
}
