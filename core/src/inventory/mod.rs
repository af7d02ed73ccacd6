//! What was found: objects of clusters, files and the account.

pub mod snapshot;
