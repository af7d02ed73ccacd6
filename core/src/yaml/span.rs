//! Where everything in one document stands, read on demand.

use super::trace::trace;
use crate::source::SourceText;
use crate::value::Value;
use std::ops::Range;
use std::sync::Arc;

/// The places of one document's keys and values. A text that cannot be read has the places up to the error.
#[derive(Debug)]
pub struct SpanTree {
    pub(super) source: Arc<SourceText>,
    /// All values in the order in which they begin.
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<usize>,
    /// The document's bytes.
    pub(super) range: Range<usize>,
}

/// One value.
#[derive(Debug)]
pub(super) struct Node {
    /// As written: quotes and brackets included; block collections from their first child to the end of their last.
    pub(super) span: Range<usize>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Scalar(Value),
    List(Vec<usize>),
    Map(Vec<Member>),
    /// Another node, which an alias names.
    Alias(usize),
}

#[derive(Debug)]
pub(super) struct Member {
    /// `None` for the merge key.
    pub(super) key: Option<Box<str>>,
    pub(super) key_span: Range<usize>,
    pub(super) value: usize,
}

impl SpanTree {
    /// Reads the document at `range` again, with places.
    pub(super) fn new(source: &Arc<SourceText>, range: &Range<usize>) -> Self {
        let text = source.text.get(range.clone()).unwrap_or_default();
        let (mut nodes, root) = trace(text);
        for node in &mut nodes {
            shift(&mut node.span, range.start);
            if let Body::Map(members) = &mut node.body {
                for member in members {
                    shift(&mut member.key_span, range.start);
                }
            }
        }
        Self {
            source: Arc::clone(source),
            nodes,
            root,
            range: range.clone(),
        }
    }
}

fn shift(span: &mut Range<usize>, by: usize) {
    span.start += by;
    span.end += by;
}
