//! Splices in flow style: between brackets and braces, on one line or with an element on each.

use super::super::Comment;
use super::Cannot;
use super::emit::{Emitter, Place, field};
use super::lines::{
    after_spaces, begins_line, ending, ends_line, indentation, line_end, next_line, trailing, with_comments,
};
use super::tree::{Body, List, Map, Node, Slot};
use super::write::Brackets;
use crate::value::{Value, ValueExt};
use granit_parser::ScalarStyle;

/// A member or element as brackets see it.
struct Part {
    start: usize,
    end: usize,
    removed: bool,
}

impl<'d> Emitter<'d> {
    pub(super) fn flow_map(
        &mut self,
        node: usize,
        map: &Map,
        value: &Value,
        place: Place,
    ) -> Result<(), Cannot> {
        let key = |at: usize| self.text.as_bytes().get(at) == Some(&b'"');
        let quoted = self.writer.json
            || map
                .members
                .first()
                .is_some_and(|member| key(member.key_span.start));
        let mut instead = Vec::new();
        for member in &map.members {
            instead.push(self.instead(member, value)?);
        }
        let parts: Vec<Part> = std::iter::zip(&map.members, &instead)
            .map(|(member, instead)| Part {
                start: member.start,
                end: self.tree.member_end(member),
                removed: member.removed || instead.as_ref().is_some_and(Vec::is_empty),
            })
            .collect();
        if self.anew(node, &parts, map.additions().next().is_some(), value, place)? {
            return Ok(());
        }
        self.members(map, value, |member| Place::Flow {
            head: member.head,
            quoted,
            member: true,
        })?;
        self.removals_in_brackets(node, &parts);
        let written_out = instead.iter().flatten().any(|members| !members.is_empty());
        if !written_out && map.additions().next().is_none() {
            return Ok(());
        }
        let (indent, own_lines) = self.indents(node, &parts);
        for (part, instead) in std::iter::zip(&parts, &instead) {
            let members = instead.iter().flatten();
            let pairs: Vec<String> = members
                .map(|(key, value)| self.writer.pair(key, value, self.brackets(quoted), &indent))
                .collect();
            if !pairs.is_empty() {
                let between = if own_lines {
                    format!(",{}{indent}", ending(self.text, part.start))
                } else {
                    self.brackets(quoted).comma().to_owned()
                };
                self.splices.replace(part.start..part.end, pairs.join(&between));
            }
        }
        let new: Vec<String> = map
            .additions()
            .filter_map(|key| field(value, key).map(|value| (key, value)))
            .map(|(key, value)| self.writer.pair(key, value, self.brackets(quoted), &indent))
            .collect();
        self.append(node, &parts, &new);
        Ok(())
    }

    pub(super) fn flow_list(
        &mut self,
        node: usize,
        list: &List,
        value: &Value,
        place: Place,
    ) -> Result<(), Cannot> {
        let last = list
            .items()
            .next_back()
            .and_then(|item| self.tree.node(item.value));
        let texts = matches!(
            last.map(|node| &node.body),
            Some(Body::Scalar(ScalarStyle::DoubleQuoted, _))
        );
        let quoted = self.writer.json || texts || matches!(place, Place::Flow { quoted: true, .. });
        let parts: Vec<Part> = list
            .items()
            .map(|item| Part {
                start: item.start,
                end: self.tree.item_end(item),
                removed: item.removed,
            })
            .collect();
        let grows = list.slots.iter().any(|slot| matches!(slot, Slot::New));
        if self.anew(node, &parts, grows, value, place)? {
            return Ok(());
        }
        let (indent, own_lines) = if grows {
            self.indents(node, &parts)
        } else {
            Default::default()
        };
        let mut values = value.items().iter();
        let mut new = Vec::new();
        for slot in &list.slots {
            match slot {
                Slot::Old(item) => {
                    let before = std::mem::take(&mut new);
                    self.before(item.start, &before, own_lines, &indent);
                    let Some(value) = (!item.removed).then(|| values.next()).flatten() else {
                        continue;
                    };
                    let place = Place::Flow {
                        head: item.head,
                        quoted,
                        member: false,
                    };
                    self.visit(item.value, value, place)?;
                }
                Slot::New => {
                    let value = values.next();
                    new.extend(value.map(|value| self.writer.inline(value, self.brackets(quoted), &indent)));
                }
            }
        }
        self.removals_in_brackets(node, &parts);
        self.append(node, &parts, &new);
        Ok(())
    }

    /// How new things in brackets are written.
    pub(super) fn brackets(&self, quoted: bool) -> Brackets<'d> {
        Brackets {
            quoted,
            tight: self.tight,
            lines: self.step.map(|step| (step, ending(self.text, self.base))),
        }
    }

    /// Whether the collection was written anew as a whole: empty braces in a block become a block, and what both loses
    /// and gains members is one change.
    fn anew(
        &mut self,
        node: usize,
        parts: &[Part],
        grows: bool,
        value: &Value,
        place: Place,
    ) -> Result<bool, Cannot> {
        let shrinks = parts.iter().any(|part| part.removed);
        if !grows || (!shrinks && !parts.is_empty()) {
            return Ok(false);
        }
        let span = self
            .tree
            .node(node)
            .map(|node| node.span.clone())
            .unwrap_or_default();
        let inside = |comment: &Comment| span.start <= comment.span.start && comment.span.end <= span.end;
        if self.document.comments().iter().any(inside) {
            let reason = "the brackets hold comments, and members both go and come";
            return Err(Cannot::at(self.document, span, reason));
        }
        if parts.is_empty() && !self.writer.json {
            self.rewrite(node, value, place);
            return Ok(true);
        }
        let quoted = matches!(place, Place::Flow { quoted: true, .. })
            || parts
                .first()
                .is_some_and(|part| self.text.as_bytes().get(part.start) == Some(&b'"'));
        let brackets = self.brackets(self.writer.json || quoted);
        let indent = indentation(self.text, self.base, span.start);
        let new = self.writer.inline(value, brackets, indent);
        self.splices.replace(span, new);
        Ok(true)
    }

    /// The spaces before the elements, and whether each stands on a line of its own.
    fn indents(&self, node: usize, parts: &[Part]) -> (String, bool) {
        let open = self.tree.node(node).map_or(self.base, |node| node.span.start);
        let at = parts.first().map_or(open, |part| part.start);
        let own_lines = at > open && begins_line(self.text, self.base, at);
        (indentation(self.text, self.base, at).to_owned(), own_lines)
    }

    /// The comma after an element.
    fn comma(&self, end: usize) -> Option<usize> {
        let mut at = after_spaces(self.text, end);
        while self.text.as_bytes().get(at) == Some(&b'#') {
            at = after_spaces(self.text, line_end(self.text, at));
        }
        (self.text.as_bytes().get(at) == Some(&b',')).then_some(at)
    }

    fn before(&mut self, start: usize, new: &[String], own_lines: bool, indent: &str) {
        let ending = ending(self.text, start);
        for new in new {
            if own_lines && begins_line(self.text, self.base, start) {
                let at = with_comments(self.text, self.base, self.base, start);
                self.splices.insert(at, format!("{indent}{new},{ending}"));
            } else {
                let comma = if self.tight { "," } else { ", " };
                self.splices.insert(start, format!("{new}{comma}"));
            }
        }
    }

    fn append(&mut self, node: usize, parts: &[Part], new: &[String]) {
        let (Some(last), false) = (parts.last(), new.is_empty()) else {
            return;
        };
        let (indent, own_lines) = self.indents(node, parts);
        if !own_lines {
            let comma = if self.tight { "," } else { ", " };
            self.splices
                .insert(last.end, format!("{comma}{}", new.join(comma)));
            return;
        }
        let ending = ending(self.text, last.end);
        let comma = self.comma(last.end);
        if comma.is_none() {
            self.splices.insert(last.end, ",");
        }
        let end = comma.map_or(last.end, |comma| comma + 1);
        let at = trailing(self.text, end).end;
        let between = format!(",{ending}{indent}");
        let close = if comma.is_some() { "," } else { "" };
        self.splices
            .insert(at, format!("{ending}{indent}{}{close}", new.join(&between)));
    }

    fn removals_in_brackets(&mut self, node: usize, parts: &[Part]) {
        if parts.is_empty() || !parts.iter().any(|part| part.removed) {
            return;
        }
        if parts.iter().all(|part| part.removed) {
            let span = self
                .tree
                .node(node)
                .map(|node| node.span.clone())
                .unwrap_or_default();
            self.splices
                .delete(span.start + 1..span.end.saturating_sub(1).max(span.start + 1));
            return;
        }
        let mut from = 0;
        while let Some(run) = parts.get(from..).filter(|rest| !rest.is_empty()) {
            let length = run.iter().take_while(|part| part.removed).count();
            let before = from.checked_sub(1).and_then(|before| parts.get(before));
            if let Some(gone) = run.get(..length).filter(|gone| !gone.is_empty()) {
                self.run(gone, before, run.get(length));
            }
            from += length + 1;
        }
    }

    /// Takes neighbours away; `before` and `behind` stay.
    fn run(&mut self, gone: &[Part], before: Option<&Part>, behind: Option<&Part>) {
        let (Some(first), Some(last)) = (gone.first(), gone.last()) else {
            return;
        };
        let closed = |part: &Part| self.comma(part.end).map_or(part.end, |comma| comma + 1);
        let own_lines = gone
            .iter()
            .all(|part| begins_line(self.text, self.base, part.start) && ends_line(self.text, closed(part)));
        if own_lines {
            let mut floor = before.map_or(self.base, |part| next_line(self.text, closed(part)));
            let mut ranges = Vec::new();
            for part in gone {
                let after = next_line(self.text, closed(part));
                ranges.push(with_comments(self.text, self.base, floor, part.start)..after);
                floor = after;
            }
            let dangling = before.filter(|_| behind.is_none() && self.comma(last.end).is_none());
            if let Some(comma) = dangling.and_then(|before| self.comma(before.end)) {
                self.splices.delete(comma..comma + 1);
            }
            for range in ranges {
                self.splices.delete(range);
            }
        } else if let Some(behind) = behind {
            self.splices.delete(first.start..behind.start);
        } else if let Some(before) = before {
            self.splices.delete(before.end..last.end);
        }
    }

    /// Writes a value anew within brackets.
    pub(super) fn flow_value(&mut self, here: &Node, value: &Value, head: usize, quoted: bool, member: bool) {
        let indent = indentation(self.text, self.base, head);
        let new = match (&here.body, super::write::is_empty(value)) {
            (Body::Scalar(style, old), true) if *old != Value::Null && !self.writer.json => {
                self.writer.scalar(value, true, Some(*style))
            }
            _ => self
                .writer
                .inline(value, self.brackets(quoted || self.writer.json), indent),
        };
        let anchor = here.anchor.clone().and_then(|range| self.text.get(range));
        if let Some((anchor, tag)) = here.scattered(self.text) {
            let end = here.span.end;
            if anchor.start < tag.start {
                self.splices.replace(tag.start..end.max(tag.end), new);
            } else {
                self.splices.delete(tag.clone());
                self.splices
                    .replace(anchor.end..end.max(anchor.end), format!(" {new}"));
            }
            return;
        }
        match here.properties() {
            // A comment may stand between them and the value.
            Some(properties)
                if self
                    .text
                    .get(properties.end..here.span.start)
                    .is_some_and(|gap| gap.contains('#')) =>
            {
                self.splices.replace(properties, anchor.unwrap_or_default());
                self.splices.replace(here.span.clone(), new);
            }
            Some(properties) => {
                let anchor = anchor.map(|anchor| format!("{anchor} ")).unwrap_or_default();
                let end = here.span.end.max(properties.end);
                self.splices.replace(properties.start..end, anchor + &new);
            }
            None if here.span.is_empty() && member => {
                let colon = self.text.get(..head).is_some_and(|before| before.ends_with(':'));
                self.splices
                    .insert(head, format!("{} {new}", if colon { "" } else { ":" }));
            }
            None => self.splices.replace(here.span.clone(), new),
        }
    }
}
