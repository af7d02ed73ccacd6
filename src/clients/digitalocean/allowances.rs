//! The allowances of the tokens that a run asks with: whoever asks with a token shares what may be asked with it.

use super::limiter::Limiter;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// One allowance for each token and address. Clones are the same.
#[derive(Clone, Default)]
pub struct Allowances(Arc<Mutex<BTreeMap<[u8; 32], Arc<Limiter>>>>);

impl fmt::Debug for Allowances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Allowances")
    }
}

impl Allowances {
    /// The allowance of a token at an address. `calls` is what the run may make, as who asks first says it.
    pub(super) fn of(&self, address: &str, token: &SecretString, calls: Option<u32>) -> Arc<Limiter> {
        let mut known = Sha256::new();
        known.update(address);
        known.update([0]);
        known.update(token.expose_secret());
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = limiters
            .entry(known.finalize().into())
            .or_insert_with(|| Limiter::new(calls));
        Arc::clone(limiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_allowance_at_one_address() {
        let allowances = Allowances::default();
        let of = |address: &str, token: &str| allowances.clone().of(address, &token.into(), Some(1));
        let one = of("https://a", "t");
        assert!(Arc::ptr_eq(&one, &of("https://a", "t")));
        assert!(!Arc::ptr_eq(&one, &of("https://a", "u")));
        assert!(!Arc::ptr_eq(&one, &of("https://b", "t")));
        assert_eq!(format!("{allowances:?}"), "Allowances");
    }
}
