//! From the parser's events to nodes with all of their bytes. The parser's spans leave out dashes, colons and
//! properties; they are found in the gaps between the spans, each of which is looked through once.

use super::super::tag::{is_merge, meaning};
use super::super::{Document, Purpose, parser, scalar::Scalar};
use super::Cannot;
use super::lines::column;
use super::tree::{Body, Item, Layout, List, Map, Member, Node, Slot, Tree};
use crate::value::Value;
use granit_parser::{Event, ScalarStyle, StructureStyle, Tag};
use std::ops::Range;

/// The nodes of a document and its root.
pub(super) fn read(document: &Document) -> Result<(Tree, usize), Cannot> {
    let again = || {
        Cannot::at(
            document,
            document.range.clone(),
            "the document cannot be read again",
        )
    };
    let text = document.source.text.get(..document.range.end).ok_or_else(again)?;
    let part = text.get(document.range.start..).ok_or_else(again)?;
    let base = document.range.start;
    let mut reader = Reader {
        text,
        base,
        cursor: base,
        tree: Tree::default(),
        open: Vec::new(),
        anchors: Vec::new(),
        root: None,
    };
    for event in parser(part, 0, Purpose::Locate) {
        let (event, span) = event.map_err(|_| again())?;
        let range = span.byte_range().unwrap_or_default();
        reader.event(event, base + range.start..base + range.end);
    }
    let root = reader.root.ok_or_else(again)?;
    Ok((reader.tree, root))
}

/// A collection being read.
struct Open {
    node: usize,
    key: Option<Key>,
    /// Start and head of the list item that waits for its value.
    item: (usize, usize),
}

/// A key that waits for its value.
struct Key {
    text: Option<Box<str>>,
    start: usize,
    explicit: bool,
    span: Range<usize>,
    node: Option<usize>,
    head: usize,
}

struct Reader<'t> {
    text: &'t str,
    base: usize,
    /// The end of the last token.
    cursor: usize,
    tree: Tree,
    open: Vec<Open>,
    /// Node of each anchor, by the parser's number.
    anchors: Vec<Option<usize>>,
    root: Option<usize>,
}

/// The properties found before a node.
#[derive(Default)]
struct Lead {
    anchor: Option<Range<usize>>,
    tag: Option<Range<usize>>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::DocumentStart(true, _) => self.cursor = range.end,
            Event::Scalar(text, style, anchor, tag) => {
                if self.wants_key() {
                    self.key(&text, style, anchor, tag.as_deref(), range);
                } else {
                    self.scalar(&text, style, anchor, tag.as_deref(), &range);
                }
            }
            Event::SequenceStart(style, anchor, tag) => {
                let layout = layout(style, &range);
                let list = List {
                    layout,
                    slots: Vec::new(),
                };
                self.start(range, anchor, tag.is_some(), Body::List(list));
            }
            Event::MappingStart(style, anchor, tag) => {
                let map = Map {
                    layout: layout(style, &range),
                    members: Vec::new(),
                    added: Vec::new(),
                    kept: Vec::new(),
                    changed: false,
                };
                self.start(range, anchor, tag.is_some(), Body::Map(map));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range),
            Event::Alias(anchor) => self.alias(anchor, range),
            _ => {}
        }
    }

    /// Whether the innermost collection is a mapping that waits for a key.
    fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| {
            let map = matches!(
                self.tree.node(open.node),
                Some(Node {
                    body: Body::Map(_),
                    ..
                })
            );
            map && open.key.is_none()
        })
    }

    fn layout(&self, node: usize) -> Option<Layout> {
        match &self.tree.node(node)?.body {
            Body::Map(map) => Some(map.layout),
            Body::List(list) => Some(list.layout),
            Body::Scalar(..) | Body::Alias(_) => None,
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The next byte that is neither space nor comment.
    fn next(&self) -> usize {
        let mut at = self.cursor;
        let mut comment = false;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'\n' | b'\r' => comment = false,
                _ if comment => {}
                b' ' | b'\t' => {}
                b'#' => comment = true,
                0xEF if self
                    .text
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with('\u{FEFF}')) =>
                {
                    at += 2;
                }
                _ => return at,
            }
            at += 1;
        }
        at
    }

    /// Steps over an indicator if it comes next; where it was.
    fn pass(&mut self, indicator: u8) -> Option<usize> {
        let at = self.next();
        (self.byte(at) == Some(indicator)).then(|| {
            self.cursor = at + 1;
            at
        })
    }

    /// Steps over anchor and tag, as many as the event says there are.
    fn properties(&mut self, anchor: bool, tag: bool) -> Lead {
        let mut lead = Lead::default();
        while (anchor && lead.anchor.is_none()) || (tag && lead.tag.is_none()) {
            let start = self.next();
            let rest = self.text.get(start..).unwrap_or_default();
            let space =
                |character: char| matches!(character, ' ' | '\t' | '\n' | '\r' | ',' | '[' | ']' | '{' | '}');
            let length = match rest.strip_prefix("!<") {
                Some(uri) => uri.find('>').map_or(rest.len(), |at| at + 3),
                None => rest.find(space).unwrap_or(rest.len()),
            };
            let token = start..start + length;
            match rest.bytes().next() {
                Some(b'&') if anchor && lead.anchor.is_none() => lead.anchor = Some(token.clone()),
                Some(b'!') if tag && lead.tag.is_none() => lead.tag = Some(token.clone()),
                _ => break,
            }
            self.cursor = token.end;
        }
        lead
    }

    /// What stands before a value: its dash, comma or colon, and its properties.
    fn lead(&mut self, anchor: bool, tag: bool) -> Lead {
        if let Some(node) = self.open.last().map(|open| open.node) {
            let mut item = (self.cursor, self.cursor);
            let mut head = None;
            match (self.tree.node(node).map(|node| &node.body), self.layout(node)) {
                (Some(Body::List(_)), Some(Layout::Block)) => {
                    let dash = self.pass(b'-').unwrap_or(self.cursor);
                    item = (dash, self.cursor);
                }
                (Some(Body::List(_)), _) => {
                    self.pass(b',');
                    let at = self.next();
                    item = (at, at);
                }
                _ => {
                    self.pass(b':');
                    head = Some(self.cursor);
                }
            }
            if let Some(open) = self.open.last_mut() {
                open.item = item;
                if let (Some(key), Some(head)) = (&mut open.key, head) {
                    key.head = head;
                }
            }
        }
        self.properties(anchor, tag)
    }

    fn key(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>, range: Range<usize>) {
        let merge = is_merge(text, style, tag);
        let scalar = meaning(text, style, tag);
        let name = (!merge).then(|| {
            let key = scalar.as_ref().ok().and_then(Scalar::key);
            Box::from(key.as_deref().unwrap_or(text))
        });
        let (start, explicit, lead) = self.before_key(anchor != 0, tag.is_some(), &range);
        self.cursor = range.end;
        let node = (anchor != 0).then(|| {
            let value = scalar.ok().filter(|_| !merge).and_then(Scalar::value);
            let value = value.unwrap_or_else(|| Value::from(text));
            let node = self.add(lead, range.clone(), None, Body::Scalar(style, value));
            self.remember(anchor, node);
            node
        });
        self.pend(name, start, explicit, range, node);
    }

    fn before_key(&mut self, anchor: bool, tag: bool, range: &Range<usize>) -> (usize, bool, Lead) {
        let flow = self.open.last().and_then(|open| self.layout(open.node)) == Some(Layout::Flow);
        if flow {
            self.pass(b',');
        }
        let at = self.next();
        let space = matches!(self.byte(at + 1), None | Some(b' ' | b'\t' | b'\n' | b'\r'));
        let explicit = at < range.start && space && self.pass(b'?').is_some();
        let lead = self.properties(anchor, tag);
        let start = match (&lead.anchor, &lead.tag) {
            _ if explicit => at,
            (Some(anchor), Some(tag)) => anchor.start.min(tag.start),
            (Some(one), None) | (None, Some(one)) => one.start,
            (None, None) => range.start,
        };
        (start, explicit, lead)
    }

    fn pend(
        &mut self,
        text: Option<Box<str>>,
        start: usize,
        explicit: bool,
        span: Range<usize>,
        node: Option<usize>,
    ) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some(Key {
                text,
                start,
                explicit,
                head: span.end,
                span,
                node,
            });
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: &Range<usize>,
    ) {
        let value = meaning(text, style, tag).ok().and_then(Scalar::value);
        let value = value.unwrap_or_else(|| Value::from(text));
        let lead = self.lead(anchor != 0, tag.is_some());
        let mut tail = None;
        let span = if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            let start = self.next();
            let written = self.text.get(start..range.end).unwrap_or_default();
            let span = start..start + written.trim_end().len();
            let keeps = written.bytes().skip(1).take(2).any(|byte| byte == b'+');
            let lines = written.ends_with(['\n', '\r']);
            tail = (keeps && lines).then_some(range.end);
            self.cursor = range.end.max(span.end);
            span
        } else if range.is_empty() {
            self.cursor..self.cursor
        } else {
            self.cursor = range.end;
            range.clone()
        };
        match style {
            ScalarStyle::SingleQuoted => self.tree.single += 1,
            ScalarStyle::DoubleQuoted => self.tree.double += 1,
            _ => {}
        }
        let node = self.add(lead, span, tail, Body::Scalar(style, value));
        self.remember(anchor, node);
        self.place(node);
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) {
        let target = self.anchors.get(anchor).copied().flatten();
        if self.wants_key() {
            let text = match target.and_then(|target| self.tree.node(target)) {
                Some(Node {
                    body: Body::Scalar(_, value),
                    ..
                }) => crate::path::scalar_text(value),
                _ => String::new(),
            };
            let (start, explicit, lead) = self.before_key(false, false, &range);
            self.cursor = range.end;
            let node = target.map(|target| self.add(lead, range.clone(), None, Body::Alias(target)));
            self.pend(Some(text.into()), start, explicit, range, node);
            return;
        }
        let lead = self.lead(false, false);
        self.cursor = range.end;
        let body = target.map_or(Body::Scalar(ScalarStyle::Plain, Value::Undefined), Body::Alias);
        let node = self.add(lead, range, None, body);
        self.place(node);
    }

    fn start(&mut self, range: Range<usize>, anchor: usize, tag: bool, body: Body) {
        let lead = self.lead(anchor != 0, tag);
        // Block collections have no token of their own, and the span of some lies past their first dash.
        let bracketed = matches!(
            &body,
            Body::Map(Map {
                layout: Layout::Flow,
                ..
            }) | Body::List(List {
                layout: Layout::Flow,
                ..
            })
        );
        if bracketed {
            self.cursor = self.cursor.max(range.end);
        }
        let node = self.add(lead, range, None, body);
        self.remember(anchor, node);
        self.open.push(Open {
            node,
            key: None,
            item: (self.cursor, self.cursor),
        });
    }

    fn close(&mut self, range: &Range<usize>) {
        let Some(open) = self.open.pop() else { return };
        let Some(node) = self.tree.node(open.node) else {
            return;
        };
        let bracketed = self.layout(open.node) == Some(Layout::Flow);
        let (first, last, tail) = match &node.body {
            Body::Map(map) => (
                map.members.first().map(|member| member.start),
                map.members.last().map(|member| self.tree.member_end(member)),
                map.members.last().and_then(|member| self.tree.tail(member.value)),
            ),
            Body::List(list) => (
                list.items().next().map(|item| item.start),
                list.items().next_back().map(|item| self.tree.item_end(item)),
                list.items()
                    .next_back()
                    .and_then(|item| self.tree.tail(item.value)),
            ),
            Body::Scalar(..) | Body::Alias(_) => (None, None, None),
        };
        let span = if bracketed {
            self.cursor = range.end;
            node.span.start..range.end
        } else {
            let start = first.unwrap_or(node.span.start);
            start..last.unwrap_or(start).max(start)
        };
        if let Some(node) = self.tree.nodes.get_mut(open.node) {
            node.span = span;
            node.tail = if bracketed { None } else { tail };
        }
        self.place(open.node);
    }

    fn add(&mut self, lead: Lead, span: Range<usize>, tail: Option<usize>, body: Body) -> usize {
        self.tree.nodes.push(Node {
            anchor: lead.anchor,
            tag: lead.tag,
            span,
            tail,
            body,
            rewrite: false,
            same: false,
        });
        self.tree.nodes.len() - 1
    }

    fn remember(&mut self, anchor: usize, node: usize) {
        if anchor != 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            if let Some(slot) = self.anchors.get_mut(anchor) {
                *slot = Some(node);
            }
        }
    }

    /// Puts a finished node into the collection that it belongs to.
    fn place(&mut self, node: usize) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        let (key, item) = (open.key.take(), open.item);
        if let Some(key) = &key {
            self.count(key.start, node);
        }
        let Some(parent) = self
            .open
            .last()
            .and_then(|open| self.tree.nodes.get_mut(open.node))
        else {
            return;
        };
        match (&mut parent.body, key) {
            (Body::Map(map), Some(key)) => map.members.push(Member {
                key: key.text,
                start: key.start,
                explicit: key.explicit,
                key_span: key.span,
                key_node: key.node,
                head: key.head,
                value: node,
                removed: false,
                instead: None,
                respelt: false,
            }),
            (Body::List(list), _) => list.slots.push(Slot::Old(Item {
                start: item.0,
                head: item.1,
                value: node,
                removed: false,
            })),
            _ => {}
        }
    }

    /// Notes how the document indents lists.
    fn count(&mut self, key: usize, value: usize) {
        let Some(node) = self.tree.node(value) else { return };
        let Body::List(list) = &node.body else { return };
        let Some(first) = list.items().next().filter(|_| list.layout == Layout::Block) else {
            return;
        };
        if column(self.text, self.base, first.start) > column(self.text, self.base, key) {
            self.tree.indented += 1;
        } else {
            self.tree.indentless += 1;
        }
    }
}

fn layout(style: StructureStyle, range: &Range<usize>) -> Layout {
    match (style, range.is_empty()) {
        (StructureStyle::Block, _) => Layout::Block,
        (_, false) => Layout::Flow,
        (_, true) => Layout::Pair,
    }
}
