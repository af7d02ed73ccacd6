//! YAML and JSON as Kubernetes reads them, with places for people.
//!
//! The flow is [`decode`] (bytes to text) → [`split`] (the documents of a stream, cheaply) → [`load_part`] (one
//! document to a [`Value`]). Loading keeps no positions; [`Document::spans`] reads the one document again when someone
//! asks where a field stands. What `kubectl` makes of a text (`sigs.k8s.io/yaml` over go-yaml v2) is the measure.
//!
//! [`edit`] changes a text without touching more of it than it must. Nothing here knows of files or of Kubernetes objects.

#![allow(
    clippy::result_large_err,
    reason = "the API speaks in plain diagnostics, once per document"
)]

mod anchor;
mod check;
mod comment;
mod decode;
pub mod edit;
mod explain;
mod json;
mod load;
mod locate;
mod mapping;
mod name;
mod scalar;
mod span;
mod split;
mod tag;
mod template;
mod trace;

#[cfg(test)]
mod tests;

pub use comment::Comment;
pub use decode::decode;
pub use span::SpanTree;
pub use split::{Part, split};
pub use template::looks_like_template;

use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place, SourceText};
use crate::value::Value;
use granit_parser::{Parser, StrInput};
use mapping::Merges;
use std::ops::Range;
use std::sync::Arc;

/// How much a document may ask of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of mappings and lists inside one another, counted through aliases. Everything that walks values may
    /// recurse this deep, so raise it with care.
    pub nesting: usize,
    /// Values that a document may gain through aliases and merges, counted as if each were written out.
    pub alias_nodes: usize,
    /// Bytes of one document.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nesting: 255,
            alias_nodes: 1_000_000,
            bytes: 256 << 20,
        }
    }
}

/// One document of a stream.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its place in the stream from 0, empty documents counted.
    pub index: usize,
    /// What it says.
    pub value: Value,
    /// The text that it stands in.
    pub source: Arc<SourceText>,
    /// Its bytes there, with its `---` line and the comments up to the next one.
    pub range: Range<usize>,
}

impl Document {
    /// Where everything in it stands: reads the document again. For more than one question, ask the tree.
    pub fn spans(&self) -> SpanTree {
        SpanTree::new(&self.source, &self.range)
    }

    /// The place of the value at `path`; when it does not exist, that of its deepest existing ancestor's key.
    pub fn locate(&self, path: &FieldPath) -> Place {
        let name = |element: &PathElement, key: &str| matches!(element, PathElement::Key(own) if own == key);
        if let [first, second] = path.0.as_slice()
            && name(first, "metadata")
            && name(second, "name")
            && let Some(span) = self
                .source
                .text
                .get(self.range.clone())
                .and_then(name::metadata_name)
        {
            return Place::new(
                &self.source,
                self.range.start + span.start..self.range.start + span.end,
            );
        }
        self.spans().locate(path)
    }

    /// The place of the key of the member at `path`.
    pub fn locate_key(&self, path: &FieldPath) -> Option<Place> {
        self.spans().locate_key(path)
    }

    /// The comments of the document in order: reads it again.
    pub fn comments(&self) -> Vec<Comment> {
        comment::comments(&self.source, &self.range)
    }
}

/// Loads one part of a text; `None` when it holds nothing but null.
pub fn load_part(
    source: &Arc<SourceText>,
    part: &Part,
    limits: &Limits,
) -> Result<Option<Document>, Diagnostic> {
    let range = part.range.clone();
    let Some(text) = source.text.get(range.clone()) else {
        return Err(Diagnostic::new("the part lies outside its text"));
    };
    if text.len() > limits.bytes {
        let first_line = text.lines().next().map_or(0, str::len);
        let place = Place::new(source, range.start..range.start + first_line);
        return Err(Diagnostic::new(format!(
            "the document is {} bytes long, more than the {} allowed",
            text.len(),
            limits.bytes
        ))
        .at(place));
    }
    let value = match json::load(text, limits) {
        Some(value) => value,
        None => load::load(source, &range, limits, Merges::WhereTheyStand)
            .map_err(|problem| template::hint(*problem, text))?,
    };
    Ok((value != Value::Null).then(|| Document {
        index: part.index,
        value,
        source: Arc::clone(source),
        range,
    }))
}

/// All documents of a text in order, loaded as they are asked for; a broken one is an error and the rest still comes.
pub fn documents<'a>(
    source: &'a Arc<SourceText>,
    limits: &'a Limits,
) -> impl Iterator<Item = Result<Document, Diagnostic>> + 'a {
    split(source)
        .into_iter()
        .filter_map(move |part| load_part(source, &part, limits).transpose())
}

/// What a reading is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Values, with everything checked.
    Load,
    /// Places in what was loaded, perhaps as JSON, which allows longer keys and other limits.
    Locate,
    /// Comments in what was loaded.
    Comment,
}

/// The parser for all readings here, so that each sees the same events.
fn parser(text: &str, nesting: usize, purpose: Purpose) -> Parser<'_, StrInput<'_>> {
    /// As libyaml: a key longer than this is none.
    const KEY: usize = 1024;
    let loaded = purpose != Purpose::Load;
    // Nothing here recurses, so what was loaded may be as deep as it is.
    let nesting = if loaded { nesting.max(1 << 16) } else { nesting };
    let options = granit_parser::options! {
        emit_comments: purpose == Purpose::Comment,
        max_buffered_comment_events: usize::MAX,
        // As libyaml and go-yaml: the last line of a text without final newline gains none.
        block_scalar_eof_without_line_feed: true,
        simple_key_max_lookahead: if loaded { KEY << 10 } else { KEY },
        flow_nesting_limit: nesting,
        block_nesting_limit: nesting,
    };
    Parser::new_from_str_with_options(text, options)
}

/// What the first document of a text says, for tests.
#[cfg(test)]
pub(crate) fn value_of(text: &str) -> crate::value::Value {
    let source = decode("test.yaml", text.as_bytes()).unwrap();
    let limits = Limits::default();
    let first = documents(&source, &limits).next();
    first.map_or(crate::value::Value::Null, |document| document.unwrap().value)
}
