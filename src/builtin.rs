//! The policies that come with the program, embedded when it is built.

use envcheck_core::policy::RegoFile;
use envcheck_core::source::SourceText;

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// The built-in policy files, named from the project's root (`policies/…`).
pub fn policies() -> Vec<RegoFile> {
    FILES
        .iter()
        .map(|(name, text)| RegoFile {
            source: SourceText::new(*name, *text),
        })
        .collect()
}

/// Ids that the description of the environment names and that a later version brings; a spec may already mention them.
pub const PLANNED: &[&str] = &[];
