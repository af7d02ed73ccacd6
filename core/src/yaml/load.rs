//! One document from the parser's events to a value, in one pass and without recursion.

use super::json::Keys;
use super::scalar::{self, Scalar};
use super::{Limits, explain};
use crate::source::{Diagnostic, Place, SourceText};
use crate::value::Value;
use granit_parser::{Event, ScalarStyle, Span, StructureStyle, Tag};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The value of the document that stands at `range`.
pub(super) fn load(
    source: &Arc<SourceText>,
    range: &Range<usize>,
    limits: &Limits,
) -> Result<Value, Diagnostic> {
    let text = &source.text[range.clone()];
    let mut loader = Loader {
        source,
        text,
        base: range.start,
        limits,
        keys: Keys::default(),
        stack: Vec::new(),
        anchors: Vec::new(),
        aliased: 0,
        root: None,
    };
    loader.control_characters()?;
    for event in super::parser(text, limits, false) {
        let (event, span) = event.map_err(|error| explain::explain(source, range, &error))?;
        loader.event(event, &span)?;
    }
    Ok(loader.root.unwrap_or(Value::Null))
}

/// Whether a text begins the merge key: plain or tagged so.
pub(super) fn is_merge(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    text == "<<"
        && match tag {
            None => style == ScalarStyle::Plain,
            Some(tag) => full(tag) == "tag:yaml.org,2002:merge",
        }
}

/// The meaning of a scalar event.
pub(super) fn meaning<'t>(
    text: &'t str,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<Scalar<'t>, String> {
    match tag {
        None if style == ScalarStyle::Plain => Ok(scalar::resolve(text)),
        None => Ok(Scalar::Text(text)),
        Some(tag) => scalar::resolve_tagged(&full(tag), text),
    }
}

fn full(tag: &Tag) -> String {
    format!("{}{}", tag.handle(), tag.suffix())
}

/// A finished value with what limits need to know of it.
struct Node {
    value: Value,
    span: Range<usize>,
    /// Values in it as if every alias were written out; long texts count as several.
    weight: usize,
    /// Levels of collections in it.
    depth: usize,
    aliased: bool,
}

/// What an anchor names; nothing while its own value is still being read.
struct Anchor {
    node: Option<(Value, usize, usize)>,
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
    Map(Map),
}

#[derive(Default)]
struct Map {
    /// Members in the order in which they take effect.
    members: Vec<(Arc<str>, Value)>,
    /// Where each member's key stands; empty for merged ones, which may be overridden.
    places: Vec<Range<usize>>,
    pending: Pending,
}

/// What the next value of a mapping is.
#[derive(Default)]
enum Pending {
    #[default]
    Key,
    Member(Arc<str>, Range<usize>),
    Merged,
}

struct Loader<'a> {
    source: &'a Arc<SourceText>,
    text: &'a str,
    base: usize,
    limits: &'a Limits,
    keys: Keys,
    stack: Vec<Frame>,
    anchors: Vec<Anchor>,
    /// Weight gained through aliases so far.
    aliased: usize,
    root: Option<Value>,
}

impl Loader<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Diagnostic> {
        let span = self.range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::SequenceStart(style, anchor, _) => self.open(anchor, span, style, Body::List(Vec::new())),
            Event::MappingStart(style, anchor, _) => {
                self.open(anchor, span, style, Body::Map(Map::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(..) if self.root.is_some() => Err(self
                .problem("a second document begins here", span)
                .hint("begin it with `---` on a line of its own")),
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
    ) -> Result<(), Diagnostic> {
        let wants_key = self.pending_key();
        if wants_key {
            self.no_tab_before(span.start)?;
        }
        if wants_key && is_merge(text, style, tag) {
            self.set_pending(Pending::Merged);
            return self.remember(anchor, &Value::from(text), 1, 0);
        }
        let scalar = meaning(text, style, tag).map_err(|message| self.problem(message, span.clone()))?;
        if wants_key {
            let Some(key) = scalar.key() else {
                return Err(self
                    .problem(format!("{} cannot be a key", scalar.kind()), span)
                    .hint("put it in quotes"));
            };
            let key = self.keys.share(&key);
            if anchor != 0 {
                let value = scalar.value().unwrap_or_else(|| Value::from(text));
                self.remember(anchor, &value, 1, 0)?;
            }
            self.set_pending(Pending::Member(key, span));
            return Ok(());
        }
        let Some(value) = scalar.value() else {
            return Err(self
                .problem(format!("`{text}` is not a number that JSON knows"), span)
                .hint("put it in quotes if it is text"));
        };
        let weight = weight(text.len());
        self.remember(anchor, &value, weight, 0)?;
        self.value(Node {
            value,
            span,
            weight,
            depth: 0,
            aliased: false,
        })
    }

    fn open(
        &mut self,
        anchor: usize,
        span: Range<usize>,
        style: StructureStyle,
        body: Body,
    ) -> Result<(), Diagnostic> {
        if self.pending_key() {
            return Err(self
                .problem("a mapping or list cannot be a key", span)
                .hint("put the key in quotes if it is text"));
        }
        if self.stack.len() >= self.limits.nesting {
            return Err(self.too_deep(span));
        }
        if anchor != 0 {
            *self.anchor(anchor) = Anchor { node: None };
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

    fn close(&mut self, end: usize) -> Result<(), Diagnostic> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let value = match frame.body {
            Body::List(items) => Value::from(items),
            Body::Map(map) => self.object(map)?,
        };
        let depth = frame.depth + 1;
        self.remember(frame.anchor, &value, frame.weight, depth)?;
        self.value(Node {
            value,
            span: frame.start..end,
            weight: frame.weight,
            depth,
            aliased: false,
        })
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), Diagnostic> {
        let name = self.source.text.get(span.start + 1..span.end).unwrap_or_default();
        let known = self.anchors.get(anchor).and_then(|anchor| anchor.node.as_ref());
        let Some((value, weight, depth)) = known else {
            return Err(self
                .problem(format!("the anchor {name} contains itself"), span)
                .hint("write the value out once"));
        };
        if self.pending_key() {
            let key = match value {
                Value::String(text) => Arc::clone(text),
                Value::Bool(_) | Value::Number(_) => self.keys.share(&value.to_string()),
                _ => {
                    return Err(self.problem("only text, a number or a boolean can be a key", span));
                }
            };
            let key = self.keys.share(&key);
            self.set_pending(Pending::Member(key, span));
            return Ok(());
        }
        let node = Node {
            value: value.clone(),
            span,
            weight: *weight,
            depth: *depth,
            aliased: true,
        };
        self.aliased = self.aliased.saturating_add(node.weight);
        if self.aliased > self.limits.alias_nodes {
            return Err(self
                .problem(
                    format!(
                        "the document grows past {} values here by repeating the anchor {name}",
                        self.limits.alias_nodes
                    ),
                    node.span,
                )
                .hint("aliases that repeat aliases multiply; write fewer of them"));
        }
        if self.stack.len() + node.depth > self.limits.nesting {
            return Err(self.too_deep(node.span));
        }
        self.value(node)
    }

    /// Puts a finished value where it belongs.
    fn value(&mut self, node: Node) -> Result<(), Diagnostic> {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node.value);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(node.weight);
        frame.depth = frame.depth.max(node.depth);
        match &mut frame.body {
            Body::List(items) => items.push(node.value),
            Body::Map(map) => match std::mem::take(&mut map.pending) {
                Pending::Member(key, place) => {
                    map.members.push((key, node.value));
                    map.places.push(place);
                }
                Pending::Merged => return self.merge(node),
                Pending::Key => {}
            },
        }
        Ok(())
    }

    /// What `<<` names: a mapping, or a list of mappings of which the first to name a key decides.
    fn merge(&mut self, node: Node) -> Result<(), Diagnostic> {
        let wrong = self.problem(
            "`<<` merges a mapping or a list of mappings, and this is neither",
            node.span.clone(),
        );
        let Some(Frame {
            body: Body::Map(map), ..
        }) = self.stack.last_mut()
        else {
            return Ok(());
        };
        let sources = match &node.value {
            Value::Object(_) => std::slice::from_ref(&node.value),
            // As in go-yaml, the list itself cannot be an alias.
            Value::Array(items) if !node.aliased => items.as_slice(),
            _ => return Err(wrong),
        };
        for source in sources.iter().rev() {
            let Value::Object(object) = source else {
                return Err(wrong);
            };
            for (key, value) in object.iter() {
                let Value::String(key) = key else { continue };
                map.members.push((self.keys.share(key), value.clone()));
                map.places.push(0..0);
            }
        }
        Ok(())
    }

    fn object(&self, map: Map) -> Result<Value, Diagnostic> {
        if let Some((first, second)) = duplicate(&map) {
            let key = &map.members[second].0;
            return Err(self
                .problem(
                    format!("the key {key} stands twice in this mapping"),
                    map.places[second].clone(),
                )
                .label("again here")
                .related(Place::new(self.source, map.places[first].clone()), "first here")
                .hint("remove one of the two"));
        }
        let object: BTreeMap<Value, Value> = map
            .members
            .into_iter()
            .map(|(key, value)| (Value::String(key), value))
            .collect();
        Ok(Value::from(object))
    }

    fn pending_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Frame {
                body: Body::Map(Map {
                    pending: Pending::Key,
                    ..
                }),
                ..
            })
        )
    }

    fn set_pending(&mut self, pending: Pending) {
        if let Some(Frame {
            body: Body::Map(map), ..
        }) = self.stack.last_mut()
        {
            map.pending = pending;
        }
    }

    fn anchor(&mut self, anchor: usize) -> &mut Anchor {
        if self.anchors.len() <= anchor {
            self.anchors.resize_with(anchor + 1, || Anchor { node: None });
        }
        &mut self.anchors[anchor]
    }

    #[expect(clippy::unnecessary_wraps, reason = "so that callers can end with it")]
    fn remember(
        &mut self,
        anchor: usize,
        value: &Value,
        weight: usize,
        depth: usize,
    ) -> Result<(), Diagnostic> {
        if anchor != 0 {
            *self.anchor(anchor) = Anchor {
                node: Some((value.clone(), weight, depth)),
            };
        }
        Ok(())
    }

    fn too_deep(&self, span: Range<usize>) -> Diagnostic {
        self.problem(
            format!("more than {} levels of nesting", self.limits.nesting),
            span,
        )
    }

    /// The parser lets tabs before the keys of block mappings pass; kubectl does not.
    fn no_tab_before(&self, start: usize) -> Result<(), Diagnostic> {
        if !self.stack.last().is_some_and(|frame| frame.block) {
            return Ok(());
        }
        let before = &self.source.text.as_bytes()[self.base..start];
        let spaces = before
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b' ' | b'\t'));
        match spaces.enumerate().find(|(_, byte)| **byte == b'\t') {
            None => Ok(()),
            Some((back, _)) => Err(self
                .problem("a tab stands in the indentation", start - back - 1..start - back)
                .hint("tabs cannot indent YAML; use spaces")),
        }
    }

    /// YAML allows no control characters but tab and line breaks, not even in quotes. The breaks of old (next line,
    /// line and paragraph separator) end lines and comments for kubectl but not for the parser: what follows one could
    /// hide from an audit, so they are refused too.
    fn control_characters(&self) -> Result<(), Diagnostic> {
        let bytes = self.text.as_bytes();
        let control = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F;
        let mut found = bytes.iter().position(|byte| control(*byte));
        if found.is_none() && !self.text.is_ascii() {
            let odd = ['\u{80}'..='\u{9F}', '\u{2028}'..='\u{2029}'];
            found = self
                .text
                .find(|character| odd.iter().any(|range| range.contains(&character)));
        }
        let Some(character) = found.and_then(|at| self.text[at..].chars().next()) else {
            return Ok(());
        };
        let at = self.base + found.unwrap_or_default();
        Err(self
            .problem(
                format!(
                    "the control character U+{:04X} is not allowed in YAML",
                    u32::from(character)
                ),
                at..at + character.len_utf8(),
            )
            .hint("remove it, or write it as an escape in double quotes"))
    }
}

/// What a text counts as: one, and more when it is long.
fn weight(length: usize) -> usize {
    1 + length / 256
}

/// Two members that the document itself writes under one key. Keys are shared, so that comparing addresses is enough.
fn duplicate(map: &Map) -> Option<(usize, usize)> {
    let address = |index: usize| Arc::as_ptr(&map.members[index].0).cast::<u8>().addr();
    let own = |index: &usize| !map.places[*index].is_empty();
    let count = map.members.len();
    if count <= 12 {
        return (1..count).filter(own).find_map(|second| {
            (0..second)
                .filter(own)
                .find(|first| address(*first) == address(second))
                .map(|first| (first, second))
        });
    }
    let mut order: Vec<(usize, usize)> = (0..count)
        .filter(own)
        .map(|index| (address(index), index))
        .collect();
    order.sort_unstable();
    order
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| (pair[0].1, pair[1].1))
        .min_by_key(|(_, second)| *second)
}
