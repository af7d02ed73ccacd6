//! From the parser's events to places, with the corrections that its spans need.

use super::span::{Body, Member, Node};
use super::tag::{is_merge, meaning};
use super::{Purpose, parser};
use crate::value::Value;
use granit_parser::{Event, ScalarStyle, Span, StructureStyle};
use std::ops::Range;

/// The values of a document in the order in which they begin, and which of them is its root; up to the first error.
pub(super) fn trace(text: &str) -> (Vec<Node>, Option<usize>) {
    let mut builder = Builder {
        text,
        nodes: Vec::new(),
        open: Vec::new(),
        anchors: Vec::new(),
        root: None,
        last: 0,
    };
    for event in parser(text, 0, Purpose::Locate) {
        match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(_) => break,
        }
    }
    while !builder.open.is_empty() {
        builder.close(builder.last..builder.last);
    }
    (builder.nodes, builder.root)
}

/// A collection being read.
struct Open {
    node: usize,
    /// Whether its own events say where it ends, as brackets do.
    bracketed: bool,
    /// The key that waits for its value.
    key: Option<(Option<Box<str>>, Range<usize>)>,
}

struct Builder<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    open: Vec<Open>,
    /// Node of each anchor, by the parser's number.
    anchors: Vec<Option<usize>>,
    root: Option<usize>,
    /// End of the last token with content.
    last: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) {
        let range = self.bounded(span.byte_range().unwrap_or_default());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.written(range, style);
                let scalar = meaning(&text, style, tag.as_deref());
                if let Some(open) = self.waiting() {
                    let merge = is_merge(&text, style, tag.as_deref());
                    let key = if merge {
                        None
                    } else {
                        let key = scalar.as_ref().ok().and_then(super::scalar::Scalar::key);
                        Some(Box::from(key.as_deref().unwrap_or(&text)))
                    };
                    open.key = Some((key, span.clone()));
                    if anchor != 0 {
                        // An alias names the value, not how it is written: `&k y: …` names true.
                        let value = scalar
                            .ok()
                            .filter(|_| !merge)
                            .and_then(super::scalar::Scalar::value)
                            .unwrap_or_else(|| Value::from(text.as_ref()));
                        let node = self.add(span, Body::Scalar(value));
                        self.anchor(anchor, node);
                    }
                    return;
                }
                let value = scalar
                    .ok()
                    .and_then(super::scalar::Scalar::value)
                    .unwrap_or_else(|| Value::from(text.as_ref()));
                let node = self.add(span, Body::Scalar(value));
                self.anchor(anchor, node);
                self.place(node);
            }
            Event::SequenceStart(style, anchor, _) => {
                self.start(range, style, anchor, Body::List(Vec::new()));
            }
            Event::MappingStart(style, anchor, _) => {
                self.start(range, style, anchor, Body::Map(Vec::new()));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            Event::Alias(anchor) => {
                self.last = self.last.max(range.end);
                let Some(target) = self.anchors.get(anchor).copied().flatten() else {
                    return;
                };
                let text = match &self.nodes[target].body {
                    Body::Scalar(value) => crate::path::scalar_text(value),
                    _ => String::new(),
                };
                if let Some(open) = self.waiting() {
                    open.key = Some((Some(text.into()), range));
                    return;
                }
                let node = self.add(range, Body::Alias(target));
                self.place(node);
            }
            _ => {}
        }
    }

    /// A span within the text and between characters, whatever the parser says.
    fn bounded(&self, range: Range<usize>) -> Range<usize> {
        let floor = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(range.start);
        start..floor(range.end).max(start)
    }

    /// The span of a scalar as written. The parser's spans of block scalars begin after the header and take the blank
    /// lines after them in.
    fn written(&mut self, range: Range<usize>, style: ScalarStyle) -> Range<usize> {
        let mut span = range;
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            let gap_start = self.last.min(span.start);
            let start =
                header(&self.text[gap_start..span.start]).map_or(span.start, |offset| gap_start + offset);
            let end = start + self.text[start..span.end].trim_end().len();
            span = start..end;
        }
        self.last = self.last.max(span.end);
        span
    }

    fn start(&mut self, range: Range<usize>, style: StructureStyle, anchor: usize, body: Body) {
        let bracketed = style == StructureStyle::Flow && !range.is_empty();
        self.last = self.last.max(range.end);
        // A collection as a key is an error of loading; here its place is all that counts.
        let node = self.add(range, body);
        self.anchor(anchor, node);
        self.open.push(Open {
            node,
            bracketed,
            key: None,
        });
    }

    fn close(&mut self, range: Range<usize>) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let node = &self.nodes[open.node];
        let span = if open.bracketed {
            self.last = self.last.max(range.end);
            node.span.start..range.end.max(node.span.end)
        } else {
            let (first, last) = match &node.body {
                Body::List(items) => (
                    items.first().map(|item| self.nodes[*item].span.start),
                    items.last().map(|item| self.nodes[*item].span.end),
                ),
                Body::Map(members) => (
                    members.first().map(|member| member.key_span.start),
                    members
                        .last()
                        .map(|member| self.nodes[member.value].span.end.max(member.key_span.end)),
                ),
                Body::Scalar(_) | Body::Alias(_) => (None, None),
            };
            let start = first.unwrap_or(node.span.start);
            start..last.unwrap_or(start).max(start)
        };
        self.nodes[open.node].span = span;
        self.place(open.node);
    }

    /// The mapping that waits for a key.
    fn waiting(&mut self) -> Option<&mut Open> {
        let open = self.open.last_mut()?;
        let map = matches!(self.nodes[open.node].body, Body::Map(_));
        (map && open.key.is_none()).then_some(open)
    }

    fn add(&mut self, span: Range<usize>, body: Body) -> usize {
        self.nodes.push(Node { span, body });
        self.nodes.len() - 1
    }

    fn anchor(&mut self, anchor: usize, node: usize) {
        if anchor != 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            self.anchors[anchor] = Some(node);
        }
    }

    /// Puts a finished node into the collection that it belongs to.
    fn place(&mut self, node: usize) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut self.nodes[open.node].body {
            Body::List(items) => items.push(node),
            Body::Map(members) => match open.key.take() {
                Some((key, key_span)) => members.push(Member {
                    key,
                    key_span,
                    value: node,
                }),
                // A collection as a key.
                None => open.key = Some((Some(Box::default()), 0..0)),
            },
            Body::Scalar(_) | Body::Alias(_) => {}
        }
    }
}

/// Where the header of a block scalar begins in the text before its content: past keys' colons, anchors and tags.
fn header(gap: &str) -> Option<usize> {
    let mut before = ' ';
    let mut comment = false;
    for (offset, character) in gap.char_indices() {
        match character {
            '\n' | '\r' => comment = false,
            _ if comment => {}
            '#' if before.is_whitespace() => comment = true,
            '|' | '>' if before.is_whitespace() => return Some(offset),
            _ => {}
        }
        before = character;
    }
    None
}
