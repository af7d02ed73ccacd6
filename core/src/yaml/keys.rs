//! The same few keys over and over: one allocation for each.

use std::collections::HashSet;
use std::sync::Arc;

/// The distinct keys of one document or page, so that each is allocated once.
#[derive(Default)]
pub(crate) struct Keys(HashSet<Arc<str>>);

impl Keys {
    /// The shared text equal to `key`.
    pub(crate) fn share(&mut self, key: &str) -> Arc<str> {
        if let Some(known) = self.0.get(key) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(key);
        self.0.insert(Arc::clone(&new));
        new
    }
}
