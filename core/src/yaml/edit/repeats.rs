//! What aliases and merge keys stand for is written only once. Writing it out writes it again, and some things are better not.

use super::super::Document;
use super::Cannot;
use super::read::read;
use super::tree::Body;
use crate::source::SourceText;
use crate::value::patch::Operation;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// How often each of some scalars is written.
type Counts<'v> = BTreeMap<&'v Value, usize>;

/// Refuses a text in which one of these scalars is written more often than in the document and in what the changes bring.
pub(super) fn refuse(
    document: &Document,
    text: &str,
    changes: &[Operation],
    unrepeated: &BTreeSet<Value>,
) -> Result<(), Cannot> {
    if unrepeated.is_empty() {
        return Ok(());
    }
    let mut before = written(document, unrepeated)?;
    for value in changes.iter().filter_map(|change| change.value.as_ref()) {
        brought(value, unrepeated, &mut before);
    }
    let end = (document.range.end + text.len()).saturating_sub(document.source.text.len());
    let after = Document {
        index: document.index,
        value: Value::Null,
        range: document.range.start..end,
        source: SourceText::new(document.source.name.clone(), text),
    };
    let more = |(value, count): (&&Value, &usize)| *count > before.get(*value).copied().unwrap_or(0);
    if written(&after, unrepeated)?.iter().any(more) {
        let reason = "a credential would be written once more: an alias or a merge key (`<<`) stands for it";
        return Err(Cannot::at(document, document.range.clone(), reason));
    }
    Ok(())
}

fn written<'v>(document: &Document, wanted: &'v BTreeSet<Value>) -> Result<Counts<'v>, Cannot> {
    let (tree, _) = read(document)?;
    let mut counts = Counts::new();
    for node in &tree.nodes {
        if let Body::Scalar(_, value) = &node.body {
            count(value, wanted, &mut counts);
        }
    }
    Ok(counts)
}

fn count<'v>(value: &Value, wanted: &'v BTreeSet<Value>, counts: &mut Counts<'v>) {
    if let Some(value) = wanted.get(value) {
        *counts.entry(value).or_default() += 1;
    }
}

fn brought<'v>(value: &Value, wanted: &'v BTreeSet<Value>, counts: &mut Counts<'v>) {
    count(value, wanted, counts);
    value
        .items()
        .iter()
        .for_each(|item| brought(item, wanted, counts));
    value
        .members()
        .for_each(|(_, member)| brought(member, wanted, counts));
}
