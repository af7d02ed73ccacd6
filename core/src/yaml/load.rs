//! One document from the parser's events to a value, in one pass and without recursion.

use super::anchor::{Anchors, Node, Problem};
use super::check::{control_characters, no_tab_before};
use super::mapping::{Mapping, Merges, Next};
use super::tag::{is_merge, meaning};
use super::{Limits, Purpose, explain, parser};
use crate::source::{Diagnostic, Place, SourceText};
use crate::value::Value;
use crate::value::texts::Texts;
use granit_parser::{Event, ScalarStyle, Span, StructureStyle, Tag};
use std::ops::Range;
use std::sync::Arc;

/// The value of the document that stands at `range`, by one way of merging.
pub(super) fn load(
    source: &Arc<SourceText>,
    range: &Range<usize>,
    limits: &Limits,
    merges: Merges,
) -> Result<Value, Problem> {
    control_characters(source, range)?;
    let text = &source.text[range.clone()];
    let mut loader = Loader {
        source,
        base: range.start,
        limits,
        merges,
        keys: Texts::default(),
        stack: Vec::new(),
        anchors: Anchors::default(),
        root: None,
    };
    for event in parser(text, limits.nesting, Purpose::Load) {
        let (event, span) = event.map_err(|error| explain::explain(source, range, &error))?;
        loader.event(event, &span)?;
    }
    Ok(loader.root.unwrap_or(Value::Null))
}

/// A collection being read.
struct Frame {
    anchor: usize,
    start: usize,
    block: bool,
    weight: usize,
    depth: usize,
    body: Body,
}

enum Body {
    List(Vec<Value>),
    Map(Mapping),
}

struct Loader<'a> {
    source: &'a Arc<SourceText>,
    base: usize,
    limits: &'a Limits,
    merges: Merges,
    keys: Texts,
    stack: Vec<Frame>,
    anchors: Anchors,
    root: Option<Value>,
}

impl Loader<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Problem> {
        let span = self.range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::SequenceStart(style, anchor, _) => self.open(anchor, span, style, Body::List(Vec::new())),
            Event::MappingStart(style, anchor, _) => {
                self.open(anchor, span, style, Body::Map(Mapping::new(self.merges)))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(..) if self.root.is_some() => {
                let problem = self.problem("a second document begins here", span);
                Err(problem.hint("begin it with `---` on a line of its own").into())
            }
            _ => Ok(()),
        }
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or_default();
        self.base + range.start..self.base + range.end
    }

    #[cold]
    fn problem(&self, message: impl Into<String>, span: Range<usize>) -> Diagnostic {
        Diagnostic::new(message).at(Place::new(self.source, span))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Range<usize>,
    ) -> Result<(), Problem> {
        if self.wants_key().is_some() {
            return self.key(text, style, anchor, tag, span);
        }
        let scalar = meaning(text, style, tag).map_err(|message| self.problem(message, span.clone()))?;
        let Some(value) = scalar.value() else {
            let problem = self.problem(format!("`{text}` is not a number that JSON knows"), span);
            return Err(problem.hint("put it in quotes if it is text").into());
        };
        let node = Node::scalar(value, text.len(), span);
        self.anchors.remember(anchor, &node);
        self.value(node)
    }

    fn key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Range<usize>,
    ) -> Result<(), Problem> {
        if self.stack.last().is_some_and(|frame| frame.block) {
            no_tab_before(self.source, self.base, span.start)?;
        }
        let node = |value| Node::scalar(value, text.len(), span.clone());
        if is_merge(text, style, tag) {
            self.anchors.remember(anchor, &node(Value::from(text)));
            self.set_next(Next::Merged);
            return Ok(());
        }
        let scalar = meaning(text, style, tag).map_err(|message| self.problem(message, span.clone()))?;
        let Some(key) = scalar.key().map(|key| self.keys.share(&key)) else {
            let problem = self.problem(format!("{} cannot be a key", scalar.kind()), span);
            return Err(problem.hint("put it in quotes").into());
        };
        if anchor != 0 {
            let value = scalar.value().unwrap_or_else(|| Value::from(text));
            self.anchors.remember(anchor, &node(value));
        }
        self.set_next(Next::Member(key, span));
        Ok(())
    }

    fn open(
        &mut self,
        anchor: usize,
        span: Range<usize>,
        style: StructureStyle,
        body: Body,
    ) -> Result<(), Problem> {
        if self.wants_key().is_some() {
            let problem = self.problem("a mapping or list cannot be a key", span);
            return Err(problem.hint("put the key in quotes if it is text").into());
        }
        if self.stack.len() >= self.limits.nesting {
            return Err(self.too_deep(span));
        }
        self.stack.push(Frame {
            anchor,
            start: span.start,
            block: style == StructureStyle::Block,
            weight: 1,
            depth: 0,
            body,
        });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Problem> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let value = match frame.body {
            Body::List(items) => Value::from(items),
            Body::Map(map) => map.finish().map_err(|twice| {
                let key = &twice.key;
                self.problem(
                    format!("the key {key} stands twice in this mapping"),
                    twice.second,
                )
                .label("again here")
                .related(Place::new(self.source, twice.first), "first here")
                .hint("remove one of the two")
            })?,
        };
        let node = Node {
            value,
            span: frame.start..end,
            weight: frame.weight,
            depth: frame.depth + 1,
            aliased: false,
        };
        self.anchors.remember(frame.anchor, &node);
        self.value(node)
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), Problem> {
        let as_key = self.wants_key().is_some();
        let limit = if as_key {
            usize::MAX
        } else {
            self.limits.alias_nodes
        };
        let node = self
            .anchors
            .follow(anchor, Place::new(self.source, span), limit)?;
        if as_key {
            let key = match &node.value {
                Value::String(text) => self.keys.share(text),
                Value::Bool(_) | Value::Number(_) => self.keys.share(&node.value.to_string()),
                _ => {
                    let problem = self.problem("only text, a number or a boolean can be a key", node.span);
                    return Err(problem.into());
                }
            };
            self.set_next(Next::Member(key, node.span));
            return Ok(());
        }
        if self.stack.len() + node.depth > self.limits.nesting {
            return Err(self.too_deep(node.span));
        }
        self.value(node)
    }

    /// Puts a finished value where it belongs.
    fn value(&mut self, node: Node) -> Result<(), Problem> {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node.value);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(node.weight);
        frame.depth = frame.depth.max(node.depth);
        match &mut frame.body {
            Body::List(items) => items.push(node.value),
            Body::Map(map) => match std::mem::take(&mut map.next) {
                Next::Key => {}
                Next::Member(key, place) => map.push(key, place, node.value),
                Next::Merged => {
                    if !map.merge(&node.value, node.aliased, &mut self.keys) {
                        return Err(self
                            .problem(
                                "`<<` merges a mapping or a list of mappings, and this is neither",
                                node.span,
                            )
                            .into());
                    }
                }
            },
        }
        Ok(())
    }

    /// The mapping that is to get a key next.
    fn wants_key(&mut self) -> Option<&mut Mapping> {
        match self.stack.last_mut() {
            Some(Frame {
                body: Body::Map(map), ..
            }) if matches!(map.next, Next::Key) => Some(map),
            _ => None,
        }
    }

    fn set_next(&mut self, next: Next) {
        if let Some(map) = self.wants_key() {
            map.next = next;
        }
    }

    fn too_deep(&self, span: Range<usize>) -> Problem {
        let message = format!("more than {} levels of nesting", self.limits.nesting);
        self.problem(message, span).into()
    }
}
