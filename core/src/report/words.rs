//! Words for people: what came from outside made harmless, counts grouped, nouns in the plural.

/// `text` without anything a terminal would act on. Control characters and the marks that reverse the direction of
/// writing become visible as `\u{1b}`; tabs become spaces; line breaks stay only where `lines` allows them. Without
/// `unicode`, known signs get their ASCII form and all others are shown by number.
pub(super) fn clean(text: &str, unicode: bool, lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.trim_end().chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' if lines => out.push('\n'),
            '\n' => out.push(' '),
            _ => push_clean(&mut out, char, unicode),
        }
    }
    out
}

/// One character of `clean`.
pub(super) fn push_clean(out: &mut String, char: char, unicode: bool) {
    match char {
        '\t' => out.push_str("    "),
        _ if acts(char) => out.extend(char.escape_unicode()),
        _ if unicode || char.is_ascii() => out.push(char),
        _ => match ascii(char) {
            Some(plain) => out.push_str(plain),
            None => out.extend(char.escape_unicode()),
        },
    }
}

/// True for what a terminal or an editor would act on instead of showing: C0, DEL, C1, direction marks, line and
/// paragraph separators, tags, and the private sign by which excerpts mark their column.
pub(super) fn acts(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{e000}' | '\u{e0000}'..='\u{e007f}')
}

fn ascii(char: char) -> Option<&'static str> {
    Some(match char {
        '…' => "...",
        '·' | '•' | '–' | '—' | '−' => "-",
        '→' => "->",
        '←' => "<-",
        '×' => "x",
        '≥' => ">=",
        '≤' => "<=",
        '‘' | '’' => "'",
        '“' | '”' | '«' | '»' => "\"",
        '\u{a0}' | '\u{2009}' | '\u{202f}' => " ",
        _ => return None,
    })
}

/// `1284567` as `1 284 567` with the separator given; four digits are grouped too, so that columns agree.
pub(super) fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// The noun after a count.
pub(super) fn plural(number: u64, noun: &str) -> String {
    if number == 1 {
        return noun.to_owned();
    }
    // `Ingress`, `NetworkPolicy`: kinds are nouns too; `Gateway` keeps its y.
    let vowel_before_y = ["ay", "ey", "oy", "uy"].iter().any(|end| noun.ends_with(end));
    match noun.strip_suffix('y') {
        Some(stem) if !vowel_before_y => format!("{stem}ies"),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_acts_on_survives() {
        let hostile = "a\u{1b}[31mred\u{9b}2J\u{7f}\u{202e}x\r\ny\rz\tend\n";
        let clean = clean(hostile, true, false);
        assert_eq!(clean, "a\\u{1b}[31mred\\u{9b}2J\\u{7f}\\u{202e}x y\\u{d}z    end");
        assert!(!clean.chars().any(acts));
    }

    #[test]
    fn without_unicode_everything_is_ascii() {
        let clean = clean("a → b … 界 · “q”", false, false);
        assert_eq!(clean, "a -> b ... \\u{754c} - \"q\"");
        assert!(clean.is_ascii());
    }

    #[test]
    fn numbers_and_nouns() {
        let numbers: Vec<_> = [0, 7, 999, 1284, 1_284_567]
            .map(|number| grouped(number, ' '))
            .into();
        assert_eq!(numbers, ["0", "7", "999", "1 284", "1 284 567"]);
        let nouns: Vec<_> = ["policy", "Ingress", "Gateway", "NetworkPolicy", "bucket", "box"]
            .map(|noun| plural(2, noun))
            .into();
        assert_eq!(
            nouns,
            [
                "policies",
                "Ingresses",
                "Gateways",
                "NetworkPolicies",
                "buckets",
                "boxes"
            ]
        );
        assert_eq!(plural(1, "policy"), "policy");
    }
}
