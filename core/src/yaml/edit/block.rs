//! Splices in block style: whole lines, but for what begins on the line of a dash.

use super::Cannot;
use super::emit::{Emitter, Place, field};
use super::lines::{
    after_spaces, begins_line, column, ending, ends_line, indentation, line_end, line_start, next_line,
    trailing, with_comments,
};
use super::tree::{Body, Item, List, Map, Member, Node, Slot};
use super::write::is_empty;
use crate::value::{Value, ValueExt};
use std::ops::Range;

impl Emitter<'_> {
    pub(super) fn block_map(
        &mut self,
        node: usize,
        map: &Map,
        value: &Value,
        place: Place,
    ) -> Result<(), Cannot> {
        let Some(first) = map.members.first() else {
            return Ok(());
        };
        let mut instead = Vec::new();
        for member in &map.members {
            instead.push(self.instead(member, value)?);
        }
        let gone: Vec<bool> = std::iter::zip(&map.members, &instead)
            .map(|(member, instead)| member.removed || instead.as_ref().is_some_and(Vec::is_empty))
            .collect();
        if gone.iter().all(|gone| *gone) {
            self.rewrite(node, value, place);
            return Ok(());
        }
        let column = column(self.text, self.base, first.start);
        self.members(map, value, |member| Place::Block {
            column,
            head: member.head,
            dash: false,
        })?;
        let parts: Vec<Part> = std::iter::zip(&map.members, &gone)
            .map(|(member, gone)| Part {
                start: member.start,
                after: self.after(member.value, member.head),
                removed: *gone,
            })
            .collect();
        for (member, instead) in std::iter::zip(&map.members, instead) {
            self.in_place_of(member, &instead.unwrap_or_default(), column);
        }
        self.removals(&parts);
        let at = parts.last().map_or(first.start, |part| part.after);
        let mut lines = Vec::new();
        for key in map.additions() {
            if let Some(value) = field(value, key) {
                lines.extend(self.writer.member(key, value, column));
            }
        }
        self.insert_lines(at, &lines);
        Ok(())
    }

    /// Writes members where a merge key stands: the first on its line, of which the comment stays.
    fn in_place_of(&mut self, merge: &Member, members: &[(&str, &Value)], column: usize) {
        let lines = members
            .iter()
            .flat_map(|(key, value)| self.writer.member(key, value, column));
        let mut lines = lines.collect::<Vec<_>>().into_iter();
        if let Some(first) = lines.next() {
            let end = self.tree.member_end(merge);
            self.splices
                .replace(merge.start..end, first.trim_start_matches(' '));
        }
        let rest: Vec<String> = lines.collect();
        self.insert_lines(self.after(merge.value, merge.head), &rest);
    }

    pub(super) fn block_list(
        &mut self,
        node: usize,
        list: &List,
        value: &Value,
        place: Place,
    ) -> Result<(), Cannot> {
        let Some(first) = list.items().next() else {
            return Ok(());
        };
        let inline = !begins_line(self.text, self.base, first.start);
        let stays = |slot: &Slot| matches!(slot, Slot::Old(item) if !item.removed);
        let before_first = list.slots.iter().take_while(|slot| !stays(slot));
        let replaced_inline = inline && first.removed && before_first.into_iter().any(Slot::live);
        if replaced_inline || !list.slots.iter().any(stays) {
            self.rewrite(node, value, place);
            return Ok(());
        }
        let column = column(self.text, self.base, first.start);
        let mut values = value.items().iter();
        let mut previous: Option<&Item> = None;
        for slot in &list.slots {
            match slot {
                Slot::Old(item) => {
                    previous = Some(item);
                    if let Some(value) = (!item.removed).then(|| values.next()).flatten() {
                        let head = item.head;
                        let dash = true;
                        self.visit(item.value, value, Place::Block { column, head, dash })?;
                    }
                }
                Slot::New => {
                    let Some(value) = values.next() else { continue };
                    let lines = self.writer.item(value, column);
                    match previous {
                        Some(item) => self.insert_lines(self.after(item.value, item.head), &lines),
                        None if inline => self.before_inline(first.start, column, &lines),
                        None => {
                            let floor = self.base;
                            let at = with_comments(self.text, self.base, floor, first.start);
                            self.insert_lines(at, &lines);
                        }
                    }
                }
            }
        }
        if !list.items().any(|item| item.removed) {
            return Ok(());
        }
        let parts: Vec<Part> = list
            .items()
            .map(|item| Part {
                start: item.start,
                after: self.after(item.value, item.head),
                removed: item.removed,
            })
            .collect();
        self.removals(&parts);
        Ok(())
    }

    /// Inserts an element before one whose dash stands behind another.
    fn before_inline(&mut self, at: usize, column: usize, lines: &[String]) {
        let ending = ending(self.text, at);
        let text = lines.join(ending);
        let text = text.trim_start_matches(' ');
        self.splices
            .insert(at, format!("{text}{ending}{}", " ".repeat(column)));
    }

    /// Takes members or elements away, of which some stay.
    fn removals(&mut self, parts: &[Part]) {
        let mut rest = parts;
        let mut floor = self.base;
        let leading = parts.iter().take_while(|part| part.removed).count();
        if let (Some(first), Some(stays)) = (parts.first(), parts.get(leading))
            && first.removed
            && !begins_line(self.text, self.base, first.start)
        {
            // What stays moves up behind the dash, its comments first.
            let last = parts.get(leading - 1).map_or(first.start, |part| part.after);
            let comments = with_comments(self.text, self.base, last, stays.start);
            let to = comments + indentation(self.text, self.base, comments).len();
            self.splices.delete(first.start..to.max(first.start));
            rest = parts.get(leading..).unwrap_or_default();
            floor = last;
        }
        for part in rest {
            if part.removed {
                let start = with_comments(self.text, self.base, floor, part.start);
                self.splices.delete(start..part.after);
            }
            floor = part.after;
        }
    }

    /// Writes a value anew after a colon or dash. The comment that ends the line stays.
    pub(super) fn block_value(&mut self, node: usize, value: &Value, column: usize, head: usize, dash: bool) {
        let Some(here) = self.tree.node(node) else { return };
        let style = match &here.body {
            Body::Scalar(style, old) if *old != Value::Null => {
                Some((*style, self.content_column(&here.span)))
            }
            _ => None,
        };
        let mut lines = self.writer.follow(value, column, dash, style);
        if dash && here.anchor.is_some() && !is_empty(value) {
            // Behind the anchor a key would take it over.
            lines = self.writer.block(value, column + 2);
            lines.insert(0, String::new());
        }
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or_default();
        let rest: Vec<String> = lines.collect();
        let lead = here.properties().map_or(head, |range| range.end);
        let gap = self.text.get(head..here.span.start).unwrap_or_default();
        let below = !here.span.is_empty() && gap.contains(['\n', '\r']);
        let after = self.after(node, head);
        let lines_from = |at: usize| {
            let start = next_line(self.text, at);
            (start < after).then_some(start..after)
        };
        if below && !here.is_block_collection() {
            let scalar = value.text().is_some();
            self.scalar_below(here, scalar, (first, rest), head, after);
            return;
        }
        let (end, tail): (usize, Option<Range<usize>>) = if below {
            (lead, lines_from(lead))
        } else if here.is_block_collection() {
            let end = line_end(self.text, here.span.start);
            (end, lines_from(end))
        } else if here.is_block_scalar() {
            let end = self.header_end(&here.span);
            (end, lines_from(end))
        } else {
            (here.span.end.max(lead), None)
        };
        let anchor = here.anchor.clone().and_then(|range| self.text.get(range));
        let content = first.trim_start_matches(' ');
        let start = here.properties().map_or(head, |range| range.start);
        let apart = self.text.get(head..start).unwrap_or_default();
        if self.between_properties(here, &first, end) {
            // The comment between them keeps its line.
        } else if here.tag.is_some() && start < end && apart.contains('#') {
            // The tag stands below a comment, which keeps its line.
            let anchor = anchor.map(|anchor| format!(" {anchor}")).unwrap_or_default();
            self.splices.insert(head, anchor + &first);
            self.splices.delete(start..end);
        } else if here.tag.is_none() && !below && !here.span.is_empty() && !content.is_empty() {
            // Spaces before the value, which may align it with others, stay.
            self.splices.replace(here.span.start..end, content);
        } else if here.tag.is_none() && lead <= end {
            self.splices.replace(lead..end, first);
        } else {
            let anchor = anchor.map(|anchor| format!(" {anchor}")).unwrap_or_default();
            self.splices.replace(head..end, anchor + &first);
        }
        let at = tail
            .as_ref()
            .map_or_else(|| next_line(self.text, end), |tail| tail.end);
        if let Some(tail) = tail {
            self.splices.delete(tail);
        }
        self.insert_lines(at, &rest);
    }

    /// Writes anew what stands on lines of its own, below its key or dash, and is no block of members. Comments above it and
    /// behind it, or behind its header, keep their lines.
    fn scalar_below(
        &mut self,
        here: &Node,
        scalar: bool,
        (first, rest): (String, Vec<String>),
        head: usize,
        after: usize,
    ) {
        let (text, base) = (self.text, self.base);
        // The last line of a value, or its header, may have a comment; the lines of a text follow its header.
        let (end, lines) = if here.is_block_scalar() {
            let end = self.header_end(&here.span);
            (end, next_line(text, end)..after.max(next_line(text, end)))
        } else {
            (here.span.end, after..after)
        };
        if rest.is_empty() || scalar {
            // A scalar takes the place of the one before, and needs no tag.
            if let Some(tag) = &here.tag {
                self.without_tag(tag);
            }
            self.splices
                .replace(here.span.start..end, first.trim_start_matches(' '));
            let at = if lines.is_empty() {
                next_line(text, end)
            } else {
                lines.end
            };
            self.splices.delete(lines);
            self.insert_lines(at, &rest);
            return;
        }
        if self.between_properties(here, &first, end) {
            self.splices.delete(lines);
            self.insert_lines(after, &rest);
            return;
        }
        let apart = |at: usize| text.get(head..at).unwrap_or_default().contains(['\n', '\r']);
        let own = here.properties().map(|range| range.start);
        let own = own.filter(|start| apart(*start));
        let lead = here.properties().map_or(head, |range| range.end);
        let anchor = here.anchor.clone().and_then(|range| text.get(range));
        let anchor = anchor.map(|anchor| format!(" {anchor}")).unwrap_or_default();
        let keeps = here.tag.is_none() && own.is_none();
        let (from, to) = if keeps {
            (lead, lead)
        } else {
            (head, own.map_or(lead, |_| head))
        };
        let first = if keeps { first } else { anchor + &first };
        self.splices.replace(from..to, first);
        let comment = trailing(text, end);
        let words = text.get(comment.clone()).unwrap_or_default();
        let start = own.unwrap_or(here.span.start);
        if words.is_empty() {
            self.splices.delete(line_start(text, base, start)..after);
        } else {
            let words = words.trim_start_matches([' ', '\t']).len();
            self.splices.delete(start..comment.end - words);
            self.splices.delete(lines);
        }
        self.insert_lines(after, &rest);
    }

    /// Writes a first line up to `end` where a comment stands between the anchor and the tag; `false` where none does. The tag goes.
    fn between_properties(&mut self, here: &Node, first: &str, end: usize) -> bool {
        let Some((anchor, tag)) = here.scattered(self.text) else {
            return false;
        };
        if anchor.start < tag.start {
            let first = first.trim_start_matches(' ');
            self.splices.replace(tag.start..end.max(tag.end), first);
        } else {
            self.without_tag(tag);
            self.splices.replace(anchor.end..end.max(anchor.end), first);
        }
        true
    }

    /// Takes away a tag and the spaces it leaves, with its line when nothing else is on it.
    fn without_tag(&mut self, tag: &Range<usize>) {
        let (text, base) = (self.text, self.base);
        let behind = after_spaces(text, tag.end);
        let gone = if !begins_line(text, base, tag.start) {
            let before = text.get(base..tag.start).unwrap_or_default();
            base + before.trim_end_matches([' ', '\t']).len()..tag.end
        } else if ends_line(text, tag.end) && trailing(text, tag.end).is_empty() {
            line_start(text, base, tag.start)..next_line(text, tag.end)
        } else {
            tag.start..behind
        };
        self.splices.delete(gone);
    }

    /// Where the header of a block scalar ends, before its comment.
    fn header_end(&self, span: &Range<usize>) -> usize {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let header = |byte: &u8| matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9');
        span.start + written.bytes().take_while(|byte| header(byte)).count()
    }

    /// The column of a block scalar's content, if it has any and its header does not say.
    fn content_column(&self, span: &Range<usize>) -> Option<usize> {
        let written = self.text.get(span.clone())?;
        let (header, content) = written.split_once(['\n', '\r'])?;
        let says = header
            .split('#')
            .next()?
            .bytes()
            .any(|byte| byte.is_ascii_digit());
        let line = content.lines().find(|line| !line.trim().is_empty())?;
        (!says).then(|| line.len() - line.trim_start_matches(' ').len())
    }
}

/// What a removal needs to know of a member or element.
struct Part {
    start: usize,
    /// Where the next line begins.
    after: usize,
    removed: bool,
}
