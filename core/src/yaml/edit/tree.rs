//! A document as nodes: where each stands in the text, and what the operations marked on it.

use crate::value::Value;
use granit_parser::ScalarStyle;
use std::ops::Range;

/// All values of a document; a node is known by its index.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// Block lists that are values of mappings: with dashes at their key's column, and indented.
    pub(super) indentless: usize,
    pub(super) indented: usize,
    /// Scalars in single and in double quotes.
    pub(super) single: usize,
    pub(super) double: usize,
}

#[derive(Debug)]
pub(super) struct Node {
    /// The anchor and the tag before it.
    pub(super) anchor: Option<Range<usize>>,
    pub(super) tag: Option<Range<usize>>,
    /// As written, without these: quotes, brackets and the header of block scalars included, blank lines after it not.
    pub(super) span: Range<usize>,
    /// Where the next line begins after the blank lines that a `|+` scalar keeps.
    pub(super) tail: Option<usize>,
    pub(super) body: Body,
    /// Marked to be written anew.
    pub(super) rewrite: bool,
    /// Then it says what it said: its users need not know.
    pub(super) same: bool,
}

#[derive(Debug)]
pub(super) enum Body {
    Scalar(ScalarStyle, Value),
    Map(Map),
    List(List),
    /// Another node, which an alias names.
    Alias(usize),
}

/// How a collection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Block,
    /// In braces or brackets.
    Flow,
    /// A single pair in a flow list, without braces.
    Pair,
}

#[derive(Debug)]
pub(super) struct Map {
    pub(super) layout: Layout,
    pub(super) members: Vec<Member>,
    /// Keys marked to be added, in order; their values come from the patched value.
    pub(super) added: Vec<String>,
    /// The same of keys that a merge key brought so far: what the mapping says stays.
    pub(super) kept: Vec<String>,
    /// What it says is another thing now for a reason that no member shows.
    pub(super) changed: bool,
}

#[derive(Debug)]
pub(super) struct Member {
    /// `None` for the merge key.
    pub(super) key: Option<Box<str>>,
    /// Where it begins: its `?`, its key's properties or its key.
    pub(super) start: usize,
    /// Whether `?` announces the key.
    pub(super) explicit: bool,
    pub(super) key_span: Range<usize>,
    /// The key as a value of its own, when it has an anchor.
    pub(super) key_node: Option<usize>,
    /// The end of the colon, or of the key that has none.
    pub(super) head: usize,
    pub(super) value: usize,
    pub(super) removed: bool,
    /// Of a merge key: the keys marked to be written in its place.
    pub(super) instead: Option<Vec<String>>,
    /// The key is an alias, marked to be written as what it stands for.
    pub(super) respelt: bool,
}

#[derive(Debug)]
pub(super) struct List {
    pub(super) layout: Layout,
    pub(super) slots: Vec<Slot>,
}

#[derive(Debug)]
pub(super) enum Slot {
    Old(Item),
    /// Marked to be inserted; its value comes from the patched value.
    New,
}

#[derive(Debug)]
pub(super) struct Item {
    /// Its dash, or in brackets its own beginning.
    pub(super) start: usize,
    /// The end of its dash, or in brackets its own beginning.
    pub(super) head: usize,
    pub(super) value: usize,
    pub(super) removed: bool,
}

impl Map {
    /// The keys that come at its end.
    pub(super) fn additions(&self) -> impl Iterator<Item = &String> {
        self.added.iter().chain(&self.kept)
    }
}

impl Slot {
    pub(super) fn live(&self) -> bool {
        match self {
            Slot::Old(item) => !item.removed,
            Slot::New => true,
        }
    }
}

impl List {
    /// The place among the slots of the element that has this index now.
    pub(super) fn slot(&self, index: usize) -> Option<usize> {
        let mut live = self.slots.iter().enumerate().filter(|(_, slot)| slot.live());
        live.nth(index).map(|(at, _)| at)
    }

    pub(super) fn items(&self) -> impl DoubleEndedIterator<Item = &Item> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Old(item) => Some(item),
            Slot::New => None,
        })
    }
}

impl Node {
    /// The end of its properties, when it has any.
    pub(super) fn properties(&self) -> Option<Range<usize>> {
        match (&self.anchor, &self.tag) {
            (Some(anchor), Some(tag)) => Some(anchor.start.min(tag.start)..anchor.end.max(tag.end)),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }

    /// The anchor and the tag, where a comment stands between them.
    pub(super) fn scattered(&self, text: &str) -> Option<(&Range<usize>, &Range<usize>)> {
        let (anchor, tag) = self.anchor.as_ref().zip(self.tag.as_ref())?;
        let between = anchor.end.min(tag.end)..anchor.start.max(tag.start);
        text.get(between)?.contains('#').then_some((anchor, tag))
    }

    pub(super) fn is_block_collection(&self) -> bool {
        match &self.body {
            Body::Map(map) => map.layout == Layout::Block,
            Body::List(list) => list.layout == Layout::Block,
            Body::Scalar(..) | Body::Alias(_) => false,
        }
    }

    pub(super) fn is_block_scalar(&self) -> bool {
        matches!(
            self.body,
            Body::Scalar(ScalarStyle::Literal | ScalarStyle::Folded, _)
        )
    }
}

impl Tree {
    pub(super) fn node(&self, node: usize) -> Option<&Node> {
        self.nodes.get(node)
    }

    /// The end of a node with its properties; `head` is where it would begin.
    pub(super) fn end(&self, node: usize, head: usize) -> usize {
        let Some(node) = self.node(node) else {
            return head;
        };
        let properties = node.properties().map_or(head, |range| range.end);
        node.span.end.max(properties).max(head)
    }

    pub(super) fn member_end(&self, member: &Member) -> usize {
        self.end(member.value, member.head)
    }

    pub(super) fn item_end(&self, item: &Item) -> usize {
        self.end(item.value, item.head)
    }

    pub(super) fn tail(&self, node: usize) -> Option<usize> {
        self.node(node).and_then(|node| node.tail)
    }
}
