//! Measuring, wrapping and cutting words that carry no colour yet. Widths are terminal columns: wide characters take two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

fn char_width(char: char) -> usize {
    char.width().unwrap_or(0)
}

/// `text` in lines of at most `limit` columns, broken at spaces, and inside a word only when the word alone is longer.
/// Without a limit only its own line breaks count. Never empty.
pub(super) fn wrap(text: &str, limit: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        match limit {
            None => lines.push(paragraph.trim_end().to_owned()),
            Some(limit) => wrap_paragraph(paragraph, limit.max(1), &mut lines),
        }
    }
    lines
}

fn wrap_paragraph(paragraph: &str, limit: usize, lines: &mut Vec<String>) {
    let (mut line, mut used) = (String::new(), 0);
    for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
        let wide = width(word);
        if used > 0 && used + 1 + wide > limit {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if wide <= limit {
            line.push_str(word);
            used += wide;
            continue;
        }
        for char in word.chars() {
            if used > 0 && used + char_width(char) > limit {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(char);
            used += char_width(char);
        }
    }
    lines.push(line);
}

/// `text` in at most `limit` columns: its middle gives way to `ellipsis`, because both ends tell things apart.
pub(super) fn cut_middle(text: &str, limit: usize, ellipsis: &str) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(width(ellipsis));
    let head = take(text.chars(), room.div_ceil(2));
    let tail: String = take(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}{ellipsis}{tail}")
}

fn take(chars: impl Iterator<Item = char>, limit: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|char| {
            used += char_width(*char);
            used <= limit
        })
        .collect()
}

/// `text` followed by spaces up to `columns`.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_fit_and_no_word_is_lost(text in "[a-z界 \n]{0,80}", limit in 2usize..30) {
            let lines = wrap(&text, Some(limit));
            prop_assert!(lines.iter().all(|line| width(line) <= limit), "{lines:?}");
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(squeezed(&lines.concat()), squeezed(&text));
        }

        #[test]
        fn a_cut_text_fits_and_keeps_its_ends(text in "[a-z界é]{0,60}", limit in 5usize..40) {
            let cut = cut_middle(&text, limit, "…");
            prop_assert!(width(&cut) <= limit);
            if width(&text) > limit {
                prop_assert!(cut.contains('…'));
                prop_assert_eq!(cut.chars().next(), text.chars().next());
            }
        }
    }

    #[test]
    fn words_longer_than_the_line_are_broken() {
        assert_eq!(wrap("ab abcdefgh c", Some(4)), ["ab", "abcd", "efgh", "c"]);
        assert_eq!(wrap("as it is, however long", None), ["as it is, however long"]);
        assert_eq!(pad("界", 4), "界  ");
    }
}
