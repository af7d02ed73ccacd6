//! Reading waiver files.

use super::specs::bounded;
use envcheck_core::findings::waiver::{self, Written};
use envcheck_core::source::{Diagnostic, Place};
use std::io;

/// Why a file gives no waivers.
#[derive(Debug)]
pub enum NoWaivers {
    /// It cannot be read.
    Unreadable(Diagnostic),
    /// It is no waiver file.
    Malformed(Vec<Diagnostic>),
}

/// The waivers of a file. `named` is where the spec names it.
pub fn read(file: &str, named: Option<Place>) -> Result<Vec<Written>, NoWaivers> {
    let bytes = bounded(file).map_err(|error| {
        let words = match error.kind() {
            io::ErrorKind::NotFound => "it does not exist".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        let problem = Diagnostic::new(format!("cannot read the waivers in {file}: {words}"));
        NoWaivers::Unreadable(match named {
            Some(place) => problem.at(place),
            None => problem,
        })
    })?;
    waiver::read(file, &bytes).map_err(NoWaivers::Malformed)
}
