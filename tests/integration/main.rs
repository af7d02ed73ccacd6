//! The root package's integration tests: one binary, one module per subject.

mod snapshot;
