//! From a path to the place of its value or key.

use super::span::{Body, Member, SpanTree};
use crate::path::{FieldPath, PathElement, scalar_text};
use crate::source::Place;
use std::collections::HashSet;
use std::ops::Range;

/// One step done.
struct Step {
    node: usize,
    /// The key of the member, or the member that selected a list element, or nothing for an index.
    named: Option<Range<usize>>,
}

/// One thing to look at in search of a key.
enum Visit<'t> {
    Map(usize),
    Found(&'t Member),
}

impl SpanTree {
    /// The place of the value at `path`. A value that an alias stands for is at the alias; its members are at the
    /// anchor, and merged members in the mapping they come from. An empty value is at its key. When the value does not
    /// exist, the place is the key of its deepest existing ancestor, or for a list element what names it.
    pub fn locate(&self, path: &FieldPath) -> Place {
        let (step, complete) = self.walk(path);
        let span = match step {
            None => self.range.start..self.range.start,
            Some(step) => {
                let value = self.nodes[step.node].span.clone();
                match step.named {
                    Some(named) if !complete || value.is_empty() => named,
                    None if !complete => self.beginning(step.node),
                    _ => value,
                }
            }
        };
        Place::new(&self.source, span)
    }

    /// The same, but what an alias stands for is at its anchor.
    pub fn locate_written(&self, path: &FieldPath) -> Place {
        let (step, complete) = self.walk(path);
        match step {
            Some(step) if complete && self.target(step.node) != step.node => {
                Place::new(&self.source, self.nodes[self.target(step.node)].span.clone())
            }
            _ => self.locate(path),
        }
    }

    /// The place of the key of the member at `path`; `None` when there is no such member or it is a list element.
    pub fn locate_key(&self, path: &FieldPath) -> Option<Place> {
        match (self.walk(path), path.0.last()) {
            (
                (
                    Some(Step {
                        named: Some(named), ..
                    }),
                    true,
                ),
                Some(PathElement::Key(_)),
            ) => Some(Place::new(&self.source, named)),
            _ => None,
        }
    }

    /// The deepest existing step of a path and whether that is all of it.
    fn walk(&self, path: &FieldPath) -> (Option<Step>, bool) {
        let Some(root) = self.root else {
            return (None, path.0.is_empty());
        };
        let mut here = Step {
            node: root,
            named: None,
        };
        for element in &path.0 {
            match self.step(here.node, element) {
                Some(step) => here = step,
                None => return (Some(here), false),
            }
        }
        (Some(here), true)
    }

    fn step(&self, node: usize, element: &PathElement) -> Option<Step> {
        let node = self.target(node);
        match (element, &self.nodes[node].body) {
            (PathElement::Key(key), Body::Map(_)) => {
                let member = self.member(node, key)?;
                Some(Step {
                    node: member.value,
                    named: Some(member.key_span.clone()),
                })
            }
            (PathElement::Index(index), Body::List(items)) => Some(Step {
                node: *items.get(*index)?,
                named: None,
            }),
            (PathElement::Where { key, value }, Body::List(items)) => items.iter().find_map(|item| {
                let member = self.member(self.target(*item), key)?;
                let Body::Scalar(found) = &self.nodes[self.target(member.value)].body else {
                    return None;
                };
                let end = self.nodes[member.value].span.end.max(member.key_span.end);
                (scalar_text(found) == *value).then_some(Step {
                    node: *item,
                    named: Some(member.key_span.start..end),
                })
            }),
            _ => None,
        }
    }

    /// The node itself, or what the alias stands for.
    fn target(&self, node: usize) -> usize {
        match self.nodes[node].body {
            // Anchors are never on aliases, so one step is all.
            Body::Alias(target) => target,
            _ => node,
        }
    }

    /// The member that decides about a key: the last one written, merged ones counting as written at their `<<`.
    fn member(&self, node: usize, key: &str) -> Option<&Member> {
        let mut seen = HashSet::new();
        let mut stack = vec![Visit::Map(node)];
        while let Some(visit) = stack.pop() {
            let node = match visit {
                Visit::Found(member) => return Some(member),
                Visit::Map(node) => node,
            };
            let Body::Map(members) = &self.nodes[node].body else {
                continue;
            };
            if !seen.insert(node) {
                continue;
            }
            for member in members {
                match &member.key {
                    Some(own) if **own == *key => stack.push(Visit::Found(member)),
                    Some(_) => {}
                    None => {
                        let merged = self.target(member.value);
                        match &self.nodes[merged].body {
                            Body::List(items) => {
                                stack.extend(items.iter().rev().map(|item| Visit::Map(self.target(*item))));
                            }
                            _ => stack.push(Visit::Map(merged)),
                        }
                    }
                }
            }
        }
        None
    }

    /// Where a value begins, for people: the first key of a mapping, the first element of a list.
    fn beginning(&self, node: usize) -> Range<usize> {
        match &self.nodes[node].body {
            Body::Map(members) => members.first().map(|member| member.key_span.clone()),
            Body::List(items) => items.first().map(|item| match &self.nodes[*item].body {
                Body::Map(members) if !members.is_empty() => members[0].key_span.clone(),
                _ => self.nodes[*item].span.clone(),
            }),
            Body::Scalar(_) | Body::Alias(_) => None,
        }
        .unwrap_or_else(|| self.nodes[node].span.clone())
    }
}
