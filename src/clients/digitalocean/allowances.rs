//! The allowances of the tokens that a run asks with: whoever asks with a token shares what may be asked with it.

use super::limiter::Limiter;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// One allowance for each token and address. Clones are the same.
#[derive(Clone, Default)]
pub struct Allowances {
    /// How many calls the run may make with a token, attempts counted one by one; none is no limit but the token's own.
    calls: Option<u32>,
    limiters: Arc<Mutex<BTreeMap<[u8; 32], Arc<Limiter>>>>,
}

impl fmt::Debug for Allowances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allowances")
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

impl Allowances {
    /// Of a run that may make so many calls with a token (`--do-budget`).
    pub fn capped(calls: Option<u32>) -> Self {
        Self {
            calls,
            ..Self::default()
        }
    }

    /// The allowance of a token at an address.
    pub(super) fn of(&self, address: &str, token: &SecretString) -> Arc<Limiter> {
        let mut known = Sha256::new();
        known.update(address);
        known.update([0]);
        known.update(token.expose_secret());
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = limiters
            .entry(known.finalize().into())
            .or_insert_with(|| Limiter::new(self.calls));
        Arc::clone(limiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_allowance_at_one_address() {
        let allowances = Allowances::capped(Some(1));
        let of = |address: &str, token: &str| allowances.clone().of(address, &token.into());
        let one = of("https://a", "t");
        assert!(Arc::ptr_eq(&one, &of("https://a", "t")));
        assert!(!Arc::ptr_eq(&one, &of("https://a", "u")));
        assert!(!Arc::ptr_eq(&one, &of("https://b", "t")));
        assert_eq!(one.allowed(), Some(1));
        assert_eq!(format!("{allowances:?}"), "Allowances { calls: Some(1), .. }");
    }
}
