//! Words that several messages share.

/// The candidate that was probably meant: equal but for case, `-` and `_`, or a few letters away.
pub(super) fn meant<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = |text: &str| -> Vec<char> {
        text.chars()
            .filter(|character| !matches!(character, '-' | '_'))
            .flat_map(char::to_lowercase)
            .take(64)
            .collect()
    };
    let written = plain(written);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    // `sun` for `sunday`: the beginning of exactly one.
    let mut begun = candidates
        .iter()
        .filter(|candidate| written.len() > 2 && plain(candidate).starts_with(&written));
    if let (Some(one), None) = (begun.next(), begun.next()) {
        return Some(one);
    }
    candidates
        .into_iter()
        .map(|candidate| (distance(&written, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().min(written.len()) / 3).min(2))
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, remove, replace or swap with a neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let mut best = (above[j] + usize::from(left != right))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == *right {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// `a`, `b` and `c`.
pub(super) fn listed<'w>(words: impl IntoIterator<Item = &'w str>, and: &str) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} {and} {last}", rest.join(", ")),
    }
}

/// The words with the indefinite article that they take.
pub(super) fn article(words: &str) -> String {
    let first = words
        .trim_start_matches('`')
        .chars()
        .next()
        .unwrap_or(' ')
        .to_ascii_lowercase();
    let article = if "aeiou".contains(first) { "an" } else { "a" };
    format!("{article} {words}")
}

/// What one element of a list field is called: `nodePools` → `node pool`.
pub(super) fn singular(field: &str) -> String {
    let mut words = String::new();
    for character in field.chars() {
        if character.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    match words.as_str() {
        "inbound rules" | "outbound rules" => "rule".to_owned(),
        "sizes" | "addresses" => words.trim_end_matches("es").to_owned(),
        _ => words.strip_suffix('s').unwrap_or(&words).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        assert_eq!(meant("ip_range", ["name", "ipRange"]), Some("ipRange"));
        assert_eq!(meant("namspaces", ["namespaces", "notify"]), Some("namespaces"));
        assert_eq!(meant("nmae", ["name"]), Some("name"));
        assert_eq!(meant("colour", ["name", "kind"]), None);
        assert_eq!(meant("x", ["y"]), None);
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(listed(["a", "b", "c"], "or"), "`a`, `b` or `c`");
        assert_eq!(singular("nodePools"), "node pool");
        assert_eq!(article("`Ingress`"), "an `Ingress`");
    }
}
