//! From marks to splices: walks the nodes next to the patched value and hands what changed to the layout it stands in.

use super::super::{Document, Limits, json};
use super::Cannot;
use super::lines::{begins_line, indentation, line_end, line_start, next_line};
use super::splice::Splices;
use super::tree::{Body, Layout, Map, Member, Node, Slot, Tree};
use super::write::{Writer, is_empty};
use crate::value::Value;

/// The splices that make the document say `target`, by the marks on its nodes.
pub(super) fn emit(document: &Document, tree: &Tree, root: usize, target: &Value) -> Result<Splices, Cannot> {
    let text = document.source.text.as_str();
    let part = text.get(document.range.clone()).unwrap_or_default();
    let limits = Limits {
        bytes: usize::MAX,
        ..Limits::default()
    };
    let json = json::load(part, &limits).is_some();
    let first = tree.nodes.iter().find_map(|node| match &node.body {
        Body::Map(map) => map.members.first(),
        _ => None,
    });
    let spaced = |member: &Member| {
        text.as_bytes()
            .get(member.head)
            .is_some_and(u8::is_ascii_whitespace)
    };
    let mut emitter = Emitter {
        document,
        text,
        base: document.range.start,
        tree,
        writer: Writer {
            indentless: tree.indentless > tree.indented,
            final_newline: text.ends_with(['\n', '\r']),
            single: tree.single > tree.double,
            json,
        },
        tight: json && !first.is_none_or(spaced),
        step: None,
        splices: Splices::default(),
    };
    emitter.step = emitter.step(root).filter(|_| json);
    emitter.visit(root, target, Place::Root)?;
    Ok(emitter.splices)
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Root,
    /// After a colon, or after a dash, of a block collection at this column; `head` is the end of colon or dash.
    Block {
        column: usize,
        head: usize,
        dash: bool,
    },
    /// In brackets or braces; `head` is the end of the colon, or where the element begins.
    Flow {
        head: usize,
        quoted: bool,
        member: bool,
    },
}

pub(super) struct Emitter<'d> {
    pub(super) document: &'d Document,
    pub(super) text: &'d str,
    pub(super) base: usize,
    pub(super) tree: &'d Tree,
    pub(super) writer: Writer,
    /// JSON without spaces.
    pub(super) tight: bool,
    /// The indentation of one level, of JSON on several lines.
    pub(super) step: Option<&'d str>,
    pub(super) splices: Splices,
}

impl<'d> Emitter<'d> {
    /// Writes what is marked on a node and below. As deep as the document.
    pub(super) fn visit(&mut self, node: usize, value: &Value, place: Place) -> Result<(), Cannot> {
        let tree = self.tree;
        let Some(here) = tree.node(node) else {
            return Ok(());
        };
        if here.rewrite {
            self.rewrite(node, value, place);
            return Ok(());
        }
        match &here.body {
            Body::Scalar(..) | Body::Alias(_) => Ok(()),
            Body::Map(map) => match map.layout {
                Layout::Block => self.block_map(node, map, value, place),
                Layout::Flow => self.flow_map(node, map, value, place),
                Layout::Pair => self.pair(node, map, value, place),
            },
            Body::List(list) => match list.layout {
                Layout::Block => self.block_list(node, list, value, place),
                Layout::Flow | Layout::Pair => self.flow_list(node, list, value, place),
            },
        }
    }

    pub(super) fn rewrite(&mut self, node: usize, value: &Value, place: Place) {
        let tree = self.tree;
        let Some(here) = tree.node(node) else { return };
        match place {
            Place::Root => self.root(here, value),
            Place::Block { column, head, dash } => self.block_value(node, value, column, head, dash),
            Place::Flow { head, quoted, member } => self.flow_value(here, value, head, quoted, member),
        }
    }

    /// A pair without braces in a list can get no second member.
    fn pair(&mut self, node: usize, map: &Map, value: &Value, place: Place) -> Result<(), Cannot> {
        let marked = |member: &Member| member.removed || member.instead.is_some();
        if map.additions().next().is_some() || map.members.iter().any(marked) {
            self.rewrite(node, value, place);
            return Ok(());
        }
        self.members(map, value, |member| Place::Flow {
            head: member.head,
            quoted: false,
            member: true,
        })
    }

    /// Visits the members that stay.
    pub(super) fn members(
        &mut self,
        map: &Map,
        value: &Value,
        place: impl Fn(&Member) -> Place,
    ) -> Result<(), Cannot> {
        for member in map.members.iter().filter(|member| !member.removed) {
            let Some(key) = &member.key else { continue };
            let Some(value) = field(value, key) else { continue };
            if member.respelt {
                let flow = map.layout != Layout::Block;
                self.splices
                    .replace(member.key_span.clone(), self.writer.key(key, flow));
            }
            let rewritten = self.tree.node(member.value).is_some_and(|node| node.rewrite);
            if rewritten && member.explicit {
                return Err(self.cannot(
                    member,
                    "the key is written with `?`, after which values are not edited",
                ));
            }
            self.visit(member.value, value, place(member))?;
        }
        Ok(())
    }

    /// The members that take the place of a merge key, with their values; `None` where it stays.
    pub(super) fn instead<'v>(
        &self,
        member: &'v Member,
        value: &'v Value,
    ) -> Result<Option<Vec<(&'v str, &'v Value)>>, Cannot> {
        let Some(keys) = &member.instead else {
            return Ok(None);
        };
        let written = member.start..self.tree.member_end(member);
        let comments = self.document.comments();
        let inside = |at: usize| written.contains(&at);
        if comments.iter().any(|comment| inside(comment.span.start)) {
            let reason = "the merge key (`<<`) would be written out, and comments stand within it";
            return Err(self.cannot(member, reason));
        }
        let members = keys
            .iter()
            .filter_map(|key| Some((key.as_str(), field(value, key)?)));
        Ok(Some(members.collect()))
    }

    pub(super) fn cannot(&self, member: &Member, reason: &str) -> Cannot {
        Cannot::at(self.document, member.key_span.clone(), reason)
    }

    fn root(&mut self, here: &Node, value: &Value) {
        let start = here.properties().map_or(here.span.start, |range| range.start);
        let blocks = here.is_block_collection() || here.is_block_scalar();
        let end = match here.tail {
            Some(tail) => tail,
            None if blocks => line_end(self.text, here.span.end),
            None => here.span.end.max(start),
        };
        let flow = matches!(&here.body, Body::Map(map) if map.layout == Layout::Flow)
            || matches!(&here.body, Body::List(list) if list.layout == Layout::Flow);
        let ending = super::lines::ending(self.text, start);
        let new = if is_empty(value) {
            let style = match &here.body {
                Body::Scalar(style, _) => Some(*style),
                _ => None,
            };
            self.writer.scalar(value, false, style)
        } else if self.writer.json || flow {
            let brackets = self.brackets(self.writer.json);
            self.writer
                .inline(value, brackets, indentation(self.text, self.base, start))
        } else {
            let lines = self.writer.block(value, 0).join(ending);
            let alone =
                begins_line(self.text, self.base, start) && line_start(self.text, self.base, start) == start;
            if alone { lines } else { format!("{ending}{lines}") }
        };
        let new = if here.tail.is_some() { new + ending } else { new };
        self.splices.replace(start..end, new);
    }

    /// Where the line after a value begins.
    pub(super) fn after(&self, node: usize, head: usize) -> usize {
        let end = self.tree.end(node, head);
        self.tree.tail(node).unwrap_or_else(|| next_line(self.text, end))
    }

    /// Inserts whole lines before `at`, which begins a line or ends a text without final newline.
    pub(super) fn insert_lines(&mut self, at: usize, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let ending = super::lines::ending(self.text, at);
        let before = self.text.get(self.base..at).unwrap_or_default();
        let text = lines.join(ending);
        if before.is_empty() || before.ends_with(['\n', '\r']) {
            self.splices.insert(at, text + ending);
        } else {
            self.splices.insert(at, format!("{ending}{text}"));
        }
    }

    /// The indentation that the members of a collection in brackets have beyond its own.
    fn step(&self, node: usize) -> Option<&'d str> {
        let here = self.tree.node(node)?;
        let first = match &here.body {
            Body::Map(map) => map.members.first().map(|member| member.start),
            Body::List(list) => list.slots.first().and_then(|slot| match slot {
                Slot::Old(item) => Some(item.start),
                Slot::New => None,
            }),
            Body::Scalar(..) | Body::Alias(_) => None,
        }?;
        let own_line = begins_line(self.text, self.base, first) && first > here.span.start;
        let inner = indentation(self.text, self.base, first);
        let outer = indentation(self.text, self.base, here.span.start);
        let step = inner.strip_prefix(outer).filter(|step| !step.is_empty());
        step.filter(|_| own_line)
    }
}

/// A member of an object by its key.
pub(super) fn field<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(&Value::from(key)),
        _ => None,
    }
}
