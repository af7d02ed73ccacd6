//! What anchors name, and the limit to what aliases may make of it.

use crate::source::{Diagnostic, Place};
use crate::value::Value;
use std::ops::Range;

/// Boxed, so that the many results that are no problem stay small.
pub(super) type Problem = Box<Diagnostic>;

/// A finished value with what limits need to know of it.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) span: Range<usize>,
    /// Values in it as if every alias were written out; long texts count as several.
    pub(super) weight: usize,
    /// Levels of collections in it.
    pub(super) depth: usize,
    pub(super) aliased: bool,
}

impl Node {
    pub(super) fn scalar(value: Value, length: usize, span: Range<usize>) -> Self {
        /// A text counts as one value and one more for each of these.
        const BYTES: usize = 256;
        Self {
            value,
            span,
            weight: 1 + length / BYTES,
            depth: 0,
            aliased: false,
        }
    }
}

/// The anchors of one document.
#[derive(Default)]
pub(super) struct Anchors {
    /// What each names, by the parser's number; nothing while its own value is still being read.
    nodes: Vec<Option<Node>>,
    /// Weight gained through aliases so far.
    aliased: usize,
}

impl Anchors {
    /// Notes what an anchor names; the parser's number 0 is no anchor.
    pub(super) fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            if self.nodes.len() <= anchor {
                self.nodes.resize(anchor + 1, None);
            }
            self.nodes[anchor] = Some(node.clone());
        }
    }

    /// What the alias at `place` stands for, as long as all aliases of the document together weigh at most `limit`.
    pub(super) fn follow(&mut self, anchor: usize, place: Place, limit: usize) -> Result<Node, Problem> {
        let text = &place.source.text;
        let name = text.get(place.span.start + 1..place.span.end).unwrap_or_default();
        let Some(named) = self.nodes.get(anchor).and_then(Option::as_ref) else {
            let problem = Diagnostic::new(format!("the anchor {name} contains itself")).at(place);
            return Err(problem.hint("write the value out once").into());
        };
        let total = self.aliased.saturating_add(named.weight);
        if total <= limit {
            self.aliased = total;
            return Ok(Node {
                span: place.span,
                aliased: true,
                ..named.clone()
            });
        }
        let value = text.get(named.span.clone()).unwrap_or_default();
        let end = named.span.start + value.find('\n').unwrap_or(value.len());
        let first = Place::new(&place.source, named.span.start..end);
        let problem = Diagnostic::new(format!("aliases blow the document up past {limit} values"))
            .label(format!("{name} again"))
            .related(first, format!("{name} stands for {} values", named.weight))
            .hint("aliases that repeat aliases multiply; write fewer of them");
        Err(problem.at(place).into())
    }
}
