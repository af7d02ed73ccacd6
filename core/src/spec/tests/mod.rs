//! Specs right and wrong.

mod dump;

use super::{Spec, load};
use crate::source::Diagnostic;
use std::collections::BTreeMap;

/// Loads `main.yaml` of a few files that live in memory.
fn load_files(files: &[(&str, &str)]) -> Result<Spec, Vec<Diagnostic>> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    load(files_first(&files), &mut |path| {
        files.get(path).map(|text| text.as_bytes().to_vec()).ok_or_else(|| "no such file".to_owned())
    })
}

fn files_first<'f>(files: &BTreeMap<&'f str, &'f str>) -> &'f str {
    if files.contains_key("main.yaml") { "main.yaml" } else { "environments/main.yaml" }
}

fn repository(path: &str) -> String {
    format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))
}

fn load_repository(path: &str) -> Result<Spec, Vec<Diagnostic>> {
    load(path, &mut |path| std::fs::read(repository(path)).map_err(|error| error.to_string()))
}
