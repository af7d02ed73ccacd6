//! Fixes that belong into Git: where Argo CD takes an object from, and what has to be changed there, so that what it delivers
//! is what the step for the running object would have made of it.
//!
//! It decides alone. Checkouts, renderers and branches are the pipeline's affair; each edit is believed only after rendering
//! showed that the target changes as wanted and nothing else does.

mod kustomize;
mod shown;
#[cfg(test)]
mod tests;
mod translate;
mod values;

pub use kustomize::{comes_out_as, with_patch, without_each};
pub use shown::{Shows, first_place, is_shown, is_shown_at, shows};
pub use translate::{Differs, Way, changes, rendered_as, translate};
pub use values::{Candidate, candidates, laid_over, set};
