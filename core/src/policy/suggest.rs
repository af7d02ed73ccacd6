//! "Did you mean …?"

/// The candidate nearest to `word`, when it is near enough to be a slip.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let most = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean `x`?`, or else the words for when nothing is near.
pub(super) fn hint<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest(word, candidates).map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) =
        (left.chars().take(80).collect(), right.chars().take(80).collect());
    let mut rows = vec![vec![0usize; right.len() + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        let (this, before, twice) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        rows[this][0] = i;
        for j in 1..=right.len() {
            let replaced = rows[before][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replaced.min(rows[before][j] + 1).min(rows[this][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[twice][j - 2] + 1);
            }
            rows[this][j] = best;
        }
    }
    rows[left.len() % 3][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        assert_eq!(nearest("severty", ["severity", "stages"]), Some("severity"));
        assert_eq!(nearest("stagse", ["severity", "stages"]), Some("stages"));
        assert_eq!(nearest("x", ["severity", "stages"]), None);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abcd", ""), 4);
    }
}
