//! The merged spec as a tree in which every node remembers where it was written.
//!
//! Merging follows the rules of the format: maps merge, lists whose items all have a name merge by name, other lists
//! and scalars replace, null removes.

use super::files::{Files, Origin, Trail};
use crate::path::{FieldPath, PathElement, scalar_text};
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// A node of the merged spec.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) origin: Origin,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar(Value),
    List(Vec<Node>),
    Map(Map),
}

/// A map without its null members, which it remembers apart: they remove what a file below says, and explain why a
/// required member is absent.
#[derive(Debug, Default, Clone)]
pub(super) struct Map {
    pub(super) members: BTreeMap<String, Node>,
    pub(super) emptied: BTreeMap<String, Origin>,
}

/// The whole chain as one tree.
pub(super) fn merged(files: &Files) -> Node {
    let mut tree: Option<Node> = None;
    for file in (0..files.len()).rev() {
        let Some(value) = files.value(file) else {
            continue;
        };
        let node = Node::new(
            value,
            &Origin {
                file,
                trail: Trail::default(),
            },
        );
        tree = Some(match tree {
            None => node,
            Some(below) => overlaid(below, node),
        });
    }
    tree.unwrap_or_else(|| Node {
        content: Content::Map(Map::default()),
        origin: Origin {
            file: 0,
            trail: Trail::default(),
        },
    })
}

impl Node {
    fn new(value: &Value, origin: &Origin) -> Self {
        let below = |element: PathElement| Origin {
            file: origin.file,
            trail: origin.trail.step(element),
        };
        let content = match value {
            Value::Object(_) => {
                let mut map = Map::default();
                for (key, member) in value.members() {
                    let origin = below(PathElement::Key(key.to_owned()));
                    if matches!(member, Value::Null) {
                        map.emptied.insert(key.to_owned(), origin);
                    } else {
                        map.members.insert(key.to_owned(), Self::new(member, &origin));
                    }
                }
                Content::Map(map)
            }
            Value::Array(items) => Content::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| Self::new(item, &below(PathElement::Index(index))))
                    .collect(),
            ),
            scalar => Content::Scalar(scalar.clone()),
        };
        Self {
            content,
            origin: origin.clone(),
        }
    }

    /// The member `key` of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.content {
            Content::Map(map) => map.members.get(key),
            _ => None,
        }
    }

    /// The node at a path of keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The items of a list; none when this is not a list.
    pub(super) fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The items of the list at a path of keys.
    pub(super) fn items_at(&self, keys: &[&str]) -> &[Node] {
        self.at(keys).map_or(&[], Node::items)
    }

    /// The members of a map.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Node)> {
        let map = match &self.content {
            Content::Map(map) => Some(map),
            _ => None,
        };
        map.into_iter()
            .flat_map(|map| map.members.iter().map(|(key, node)| (key.as_str(), node)))
    }

    /// A text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(value) => value.text(),
            _ => None,
        }
    }

    /// The text of the member `key`.
    pub(super) fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// The whole number of the member `key`.
    pub(super) fn int_at(&self, key: &str) -> Option<i64> {
        match &self.get(key)?.content {
            Content::Scalar(value) => value.int(),
            _ => None,
        }
    }

    /// Where the value at `path` was written, and whether the path could be followed to its end.
    pub(super) fn find(&self, path: &FieldPath) -> (&Node, bool) {
        let mut here = self;
        for element in &path.0 {
            let next = match element {
                PathElement::Key(key) => here.get(key),
                PathElement::Index(index) => here.items().get(*index),
                PathElement::Where { key, value } => here.items().iter().find(|item| {
                    item.get(key).is_some_and(
                        |member| matches!(&member.content, Content::Scalar(found) if scalar_text(found) == *value),
                    )
                }),
            };
            match next {
                Some(next) => here = next,
                None => return (here, false),
            }
        }
        (here, true)
    }

    /// As plain data for the typed reading.
    pub(super) fn plain(&self) -> serde_json::Value {
        match &self.content {
            Content::Scalar(value) => serde_json::to_value(value).unwrap_or(serde_json::Value::Null),
            Content::List(items) => items.iter().map(Node::plain).collect(),
            Content::Map(map) => map
                .members
                .iter()
                .map(|(key, node)| (key.clone(), node.plain()))
                .collect(),
        }
    }
}

/// Lists whose items have a name that is not theirs but that of an object which they speak about.
const REPLACED: [&str; 1] = ["ignoreDifferences"];

/// `above` as written over `below`.
fn overlaid(below: Node, above: Node) -> Node {
    let content = match (below.content, above.content) {
        (Content::Map(below), Content::Map(above)) => Content::Map(overlaid_map(below, above)),
        (Content::List(below), Content::List(above)) if named(&below) && named(&above) => {
            Content::List(overlaid_list(below, above))
        }
        (_, above) => above,
    };
    Node {
        content,
        origin: above.origin,
    }
}

fn overlaid_map(below: Map, above: Map) -> Map {
    let mut merged = below;
    for (key, origin) in above.emptied {
        merged.members.remove(&key);
        merged.emptied.insert(key, origin);
    }
    for (key, node) in above.members {
        merged.emptied.remove(&key);
        let node = match merged.members.remove(&key) {
            Some(below) if !REPLACED.contains(&key.as_str()) => overlaid(below, node),
            _ => node,
        };
        merged.members.insert(key, node);
    }
    merged
}

/// Whether a list is not empty and all its items have a name. An empty list replaces, so that a list can be emptied.
fn named(list: &[Node]) -> bool {
    !list.is_empty() && list.iter().all(|item| item.text_at("name").is_some())
}

/// Items of the list below in their order, each with what the first of that name above says, then the others above. A
/// second item of one name stays apart, so that it is reported.
fn overlaid_list(below: Vec<Node>, above: Vec<Node>) -> Vec<Node> {
    let mut rest: Vec<Option<Node>> = above.into_iter().map(Some).collect();
    let mut merged: Vec<Node> = Vec::with_capacity(below.len() + rest.len());
    for item in below {
        let same = rest.iter_mut().find(|other| {
            other
                .as_ref()
                .is_some_and(|other| other.text_at("name") == item.text_at("name"))
        });
        merged.push(match same.and_then(Option::take) {
            Some(other) => overlaid(item, other),
            None => item,
        });
    }
    merged.extend(rest.into_iter().flatten());
    merged
}
