//! When to look again whether what waits for its owner can go: seldom enough that looking costs little in all.

/// So many may wait before it is looked for the first time.
pub(crate) const AT_FIRST: usize = 2048;

/// Counts what waits. It is looked again once twice as many wait as were left.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    waiting: usize,
    limit: usize,
}

impl Patience {
    /// One more waits.
    pub(crate) fn wait(&mut self) {
        self.waiting += 1;
    }

    /// How many wait.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// It is time to look.
    pub(crate) fn is_over(&self) -> bool {
        self.waiting > self.limit.max(AT_FIRST)
    }

    /// It was looked, and so many still wait.
    pub(crate) fn left(&mut self, waiting: usize) {
        *self = Self {
            waiting,
            limit: waiting.saturating_mul(2),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_again_when_twice_as_many_wait() {
        let mut patience = Patience::default();
        let mut until_over = || {
            let mut count = 0;
            while !patience.is_over() {
                patience.wait();
                count += 1;
            }
            patience.left(AT_FIRST);
            count
        };
        assert_eq!((until_over(), until_over()), (AT_FIRST + 1, AT_FIRST + 1));
        patience.left(0);
        assert!(!patience.is_over());
    }
}
