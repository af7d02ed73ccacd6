//! A fixed-length set of small numbers, one bit each.

/// A set of numbers below a fixed length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Bits {
    words: Vec<u64>,
    length: usize,
}

impl Bits {
    /// The empty set below `length`.
    pub(super) fn none(length: usize) -> Self {
        Self {
            words: vec![0; length.div_ceil(64)],
            length,
        }
    }

    /// All numbers below `length`.
    pub(super) fn all(length: usize) -> Self {
        let mut bits = Self {
            words: vec![u64::MAX; length.div_ceil(64)],
            length,
        };
        bits.trim();
        bits
    }

    fn trim(&mut self) {
        let used = self.length % 64;
        if used != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }

    pub(super) fn insert(&mut self, index: usize) {
        if index < self.length {
            self.words[index / 64] |= 1 << (index % 64);
        }
    }

    pub(super) fn remove(&mut self, index: usize) {
        if index < self.length {
            self.words[index / 64] &= !(1 << (index % 64));
        }
    }

    pub(super) fn contains(&self, index: usize) -> bool {
        index < self.length && self.words[index / 64] >> (index % 64) & 1 == 1
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    pub(super) fn keep(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= theirs;
        }
    }

    /// Everything below the length that was not in the set.
    #[must_use]
    pub(super) fn complement(mut self) -> Self {
        for word in &mut self.words {
            *word = !*word;
        }
        self.trim();
        self
    }

    /// Below what number the members are.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The members in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(position, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    position * 64 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_survive_word_boundaries() {
        let mut bits = Bits::none(130);
        for index in [0, 63, 64, 129, 130, 500] {
            bits.insert(index);
        }
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert_eq!(bits.clone().complement().count(), 126);
        bits.remove(63);
        bits.remove(500);
        assert!(!bits.contains(63) && bits.contains(64) && !bits.contains(130));
        assert_eq!(Bits::all(130).count(), 130);
        assert!(Bits::all(0).is_empty());
    }
}
