//! The same few texts over and over (keys of objects, labels): one allocation for each.

use std::collections::HashSet;
use std::sync::Arc;

/// The distinct texts of a document, a page or a cluster, so that each is allocated once.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The shared text equal to `text`.
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&new));
        new
    }
}
