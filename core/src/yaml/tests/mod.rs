//! What the module promises, by theme.

mod both_orders;
mod edit;
mod edit_given;
mod edit_properties;
mod errors;
mod oracle;
mod places;
mod properties;
mod semantics;

use super::{Document, Limits, documents};
use crate::source::{Diagnostic, SourceText};
use crate::value::Value;

/// All documents of a text, or the first problem.
fn all(text: &str) -> Result<Vec<Document>, Diagnostic> {
    documents(&SourceText::new("test.yaml", text), &Limits::default()).collect()
}

/// The first document's value, null when there is none.
fn load(text: &str) -> Result<Value, Diagnostic> {
    Ok(all(text)?
        .into_iter()
        .next()
        .map_or(Value::Null, |document| document.value))
}
