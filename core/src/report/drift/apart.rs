//! The sides of a field in one line each. On a terminal long ones are cut, and what is shown of them is where they differ: two sides
//! that read the same tell nothing.

use super::super::layout::cut_middle;

/// The same texts, each in at most `columns`. Without a limit nothing is cut.
pub(super) fn cut(texts: &mut [String], columns: Option<usize>, ellipsis: &str) {
    let Some(columns) = columns else { return };
    let all: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
    let before = alike(&all, &|text, at| text.get(at).copied());
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
    let after = alike(&all, &|text, at| {
        text.len().checked_sub(at + 1).map(|at| text[at])
    });
    // What is alike from both ends may overlap: `aa` and `aaa`.
    let after = after.min(shortest - before);
    for (text, chars) in texts.iter_mut().zip(&all) {
        if chars.len() > columns {
            *text = window(chars, (before, chars.len() - after), columns, ellipsis);
        }
    }
}

/// How many places, counted by `at`, are the same in all texts; none where there is but one.
fn alike(all: &[Vec<char>], at: &dyn Fn(&[char], usize) -> Option<char>) -> usize {
    let [first, others @ ..] = all else { return 0 };
    if others.is_empty() {
        return 0;
    }
    let same = |place: &usize| {
        let char = at(first, *place);
        char.is_some() && others.iter().all(|other| at(other, *place) == char)
    };
    (0..first.len()).take_while(same).count()
}

/// What is between these places, with as much around it as there is room for; where that is too long, its beginning and its end.
fn window(text: &[char], (from, to): (usize, usize), columns: usize, ellipsis: &str) -> String {
    let marks = 2 * ellipsis.chars().count();
    let room = columns.saturating_sub(marks).max(1);
    let own = to - from;
    if own >= room {
        let differs: String = text[from..to].iter().collect();
        let open = if from > 0 { ellipsis } else { "" };
        let close = if to < text.len() { ellipsis } else { "" };
        return format!("{open}{}{close}", cut_middle(&differs, room, ellipsis));
    }
    let spare = room - own;
    let mut start = from.saturating_sub(spare / 2);
    let mut end = (start + room).min(text.len());
    start = start.min(end.saturating_sub(room));
    // A sign that stands for as much as it hides, or less, hides nothing.
    if start <= marks / 2 {
        start = 0;
        end = (columns - marks / 2).min(text.len());
    } else if text.len() - end <= marks / 2 {
        end = text.len();
        start = end.saturating_sub(columns - marks / 2);
    }
    let open = if start > 0 { ellipsis } else { "" };
    let close = if end < text.len() { ellipsis } else { "" };
    let shown: String = text[start..end].iter().collect();
    format!("{open}{shown}{close}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(texts: &[&str], columns: usize) -> Vec<String> {
        let mut texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        cut(&mut texts, Some(columns), "…");
        texts
    }

    #[test]
    fn what_differs_is_what_is_shown() {
        let rule = |more: &str| {
            format!(
                r#"[{{"from":[{}{{"podSelector":{{"matchLabels":{{"app":"web"}}}}}}{more}],"ports":[{}]}}]"#,
                r#"{"ipBlock":{"cidr":"192.0.2.0/24"}},"#.repeat(9),
                r#"{"port":8080,"protocol":"TCP"},"#.repeat(9)
            )
        };
        let (declared, live) = (rule(""), rule(r#",{"namespaceSelector":{}}"#));
        let both = shown(&[&declared, &live], 60);
        assert!(both[1].contains(r#"{"namespaceSelector":{}}"#), "{both:?}");
        assert!(!both[0].contains("namespaceSelector"), "{both:?}");
        for side in &both {
            assert!(side.starts_with('…') && side.ends_with('…'), "{side}");
            assert!(side.chars().count() <= 60, "{side}");
        }
        // Whatever the room, they never read the same.
        for columns in 8..200 {
            let both = shown(&[&declared, &live], columns);
            assert_ne!(both[0], both[1], "{columns}");
            assert!(
                both.iter().all(|side| side.chars().count() <= columns),
                "{columns}: {both:?}"
            );
        }
    }

    #[test]
    fn both_ends_of_what_is_long_and_differs_are_shown_and_what_fits_is_left() {
        let (one, other) = ("a".repeat(80), format!("{}b", "c".repeat(90)));
        assert_eq!(
            shown(&[&one, &other], 21),
            ["aaaaaaaaa…aaaaaaaaa", "ccccccccc…ccccccccb"]
        );
        assert_eq!(shown(&["web:1", "web:2"], 20), ["web:1", "web:2"]);
        assert_eq!(shown(&["aa", "aaa"], 20), ["aa", "aaa"]);
        assert_eq!(shown(&[&one], 21), ["aaaaaaaaa…aaaaaaaaa"]);
        assert_eq!(shown(&[], 21), [""; 0]);
        // At an end there is one sign.
        let begins = format!("b{}", "a".repeat(60));
        assert_eq!(shown(&[&begins, &one], 20)[0], format!("b{}…", "a".repeat(18)));
    }

    #[test]
    fn without_a_terminal_nothing_is_cut() {
        let mut texts = ["x".repeat(1000), "y".repeat(900)];
        let before = texts.clone();
        cut(&mut texts, None, "…");
        assert_eq!(texts, before);
    }
}
