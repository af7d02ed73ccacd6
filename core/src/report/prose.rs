//! Words from outside as Markdown that shows them as they are. Escaping sign by sign does not hold: hosts make links of
//! bare addresses, names and numbers, also of escaped ones. So a word that is more than letters or a number becomes code,
//! in which nothing is looked for.

use super::style::Style;

/// A line break inside a cell.
pub(super) const BREAK: &str = "<br>";
/// Signs that stand alone between words and mean nothing to any host.
const SIGNS: [&str; 8] = ["%", "→", "←", "·", "…", "–", "—", "×"];
/// Hosts look for a commit in hexadecimal words from this length on.
const SHORTEST_COMMIT: usize = 7;

/// For headings, sentences and cells; each line of `text` on its own.
pub(super) fn prose(text: &str) -> String {
    let text = Style::PLAIN.clean_lines(text);
    let lines: Vec<String> = text.lines().map(words).collect();
    lines.join(BREAK)
}

/// For what policies advise, whose authors put code in backquotes: that is code as a whole.
pub(super) fn advice(text: &str) -> String {
    let text = Style::PLAIN.clean_lines(text);
    let lines: Vec<String> = text.lines().map(advised).collect();
    lines.join(BREAK)
}

fn advised(line: &str) -> String {
    let pieces: Vec<&str> = line.split('`').collect();
    let inner = pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default();
    let paired = pieces.len() > 1 && pieces.len() % 2 == 1;
    if paired && inner.iter().all(|piece| !piece.trim().is_empty()) {
        quoted(&pieces)
    } else {
        words(line)
    }
}

/// Pieces of which every other one is code.
fn quoted(pieces: &[&str]) -> String {
    let mut out = String::new();
    for (number, piece) in pieces.iter().enumerate() {
        if number % 2 == 1 {
            out.push_str(&code(piece));
            continue;
        }
        if piece.starts_with(char::is_whitespace) && !out.is_empty() {
            out.push(' ');
        }
        let plain = words(piece);
        out.push_str(&plain);
        if piece.ends_with(char::is_whitespace) && !plain.is_empty() {
            out.push(' ');
        }
    }
    out
}

fn words(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(word).collect();
    words.join(" ")
}

/// A word, with the punctuation around it left outside.
fn word(text: &str) -> String {
    let core = text.trim_start_matches(['(', '"', '\'']);
    let before = &text[..text.len() - core.len()];
    let mut bare = core.trim_end_matches([',', '.', ';', ':', '!', '?', ')', '"', '\'']);
    // `f(x)` keeps its parenthesis.
    if bare.contains('(') && core[bare.len()..].starts_with(')') {
        bare = &core[..=bare.len()];
    }
    let after = &core[bare.len()..];
    if bare.is_empty() && after.is_empty() && before.is_empty() {
        return String::new();
    }
    if bare.is_empty() || is_plain(bare) {
        text.to_owned()
    } else {
        format!("{before}{}{after}", code(bare))
    }
}

/// Letters with hyphens between them, or a number.
fn is_plain(word: &str) -> bool {
    if word.len() >= SHORTEST_COMMIT && word.chars().all(|char| char.is_ascii_hexdigit()) {
        return false;
    }
    let made_of = |whole: fn(char) -> bool, joint: &[char]| {
        word.split(joint)
            .all(|part| !part.is_empty() && part.chars().all(whole))
    };
    made_of(char::is_alphabetic, &['-', '\'', '’'])
        || made_of(|char| char.is_ascii_digit(), &['-', '.', ':'])
        || SIGNS.contains(&word)
}

/// Words as code: a name as it is, with what is in it. A pipe ends a cell even there, in some readers also an escaped one: it
/// stands between two pieces.
pub(super) fn code(words: &str) -> String {
    let pieces: Vec<String> = words.split('|').map(span).collect();
    pieces.join("&#124;")
}

fn span(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A space on both sides is taken off again.
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn sentences_stay_readable() {
        for (text, shown) in [
            (
                "port 8080 is closed: only back/default-deny selects it, back/allow-all selects app=keydb",
                "port 8080 is closed: only `back/default-deny` selects it, `back/allow-all` selects `app=keydb`",
            ),
            ("5.21 of 5.00 GiB (104 %)", "5.21 of 5.00 GiB (104 %)"),
            ("back/ii (Deployment)", "`back/ii` (Deployment)"),
            (
                "ask @team, see #12 or https://x.y.",
                "ask `@team`, see `#12` or `https://x.y`.",
            ),
            ("a `b` <i>c</i> d|e", "a `` `b` `` `<i>c</i>` `d`&#124;`e`"),
            (
                "text.past(now) is undefined\nhere",
                "`text.past(now)` is undefined<br>here",
            ),
            ("commit 7c1e0d52 deadbeef", "commit `7c1e0d52` `deadbeef`"),
        ] {
            assert_eq!(prose(text), shown);
        }
    }
}
