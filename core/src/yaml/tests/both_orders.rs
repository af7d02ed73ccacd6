//! Documents as readers of both kinds read them, told apart by nothing but when a merge key counts. Written anew, without a word
//! of the loader.

use super::super::scalar::Scalar;
use super::super::tag::{is_merge, meaning};
use super::super::{Purpose, parser};
use crate::value::{Value, ValueExt, array, object};
use granit_parser::Event;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// go-yaml v2: of a key and a merge key the later one counts.
    Go2,
    /// go-yaml v3: keys count, whatever is merged.
    Go3,
}

enum Raw {
    /// With the key that it is; a merge key is none.
    Scalar(Value, Option<String>),
    List(Vec<Rc<Raw>>),
    Map(Vec<(Rc<Raw>, Rc<Raw>)>),
}

/// What a text of one document says.
pub(super) fn read_by(text: &str, order: Order) -> Value {
    let mut events = parser(text, 0, Purpose::Locate).map(|event| event.unwrap().0);
    let mut anchors = BTreeMap::new();
    while let Some(event) = events.next() {
        if let Some(raw) = node(event, &mut events, &mut anchors) {
            return value(&raw, order);
        }
    }
    Value::Null
}

type Anchors = BTreeMap<usize, Rc<Raw>>;

fn node<'t>(
    event: Event<'t>,
    events: &mut dyn Iterator<Item = Event<'t>>,
    anchors: &mut Anchors,
) -> Option<Rc<Raw>> {
    let (raw, anchor) = match event {
        Event::Scalar(text, style, anchor, tag) => {
            let tag = tag.as_deref();
            let scalar = meaning(&text, style, tag).ok();
            let key = scalar.as_ref().and_then(Scalar::key).map(String::from);
            let said = scalar.and_then(Scalar::value);
            let key = key.filter(|_| !is_merge(&text, style, tag));
            (
                Raw::Scalar(said.unwrap_or_else(|| Value::from(&*text)), key),
                anchor,
            )
        }
        Event::SequenceStart(_, anchor, _) => {
            let mut items = Vec::new();
            while let Some(item) = events.next().and_then(|event| node(event, events, anchors)) {
                items.push(item);
            }
            (Raw::List(items), anchor)
        }
        Event::MappingStart(_, anchor, _) => {
            let mut members = Vec::new();
            while let Some(key) = events.next().and_then(|event| node(event, events, anchors)) {
                let member = events.next().and_then(|event| node(event, events, anchors));
                members.push((key, member.unwrap()));
            }
            (Raw::Map(members), anchor)
        }
        Event::Alias(anchor) => return Some(Rc::clone(&anchors[&anchor])),
        _ => return None,
    };
    let raw = Rc::new(raw);
    anchors.insert(anchor, Rc::clone(&raw));
    Some(raw)
}

fn value(raw: &Raw, order: Order) -> Value {
    match raw {
        Raw::Scalar(said, _) => said.clone(),
        Raw::List(items) => array(items.iter().map(|item| value(item, order))),
        Raw::Map(members) => {
            let mut said: BTreeMap<String, Value> = BTreeMap::new();
            let own = |said: &mut BTreeMap<String, Value>, key: &Raw, member: &Raw| {
                if let Raw::Scalar(_, Some(key)) = key {
                    said.insert(key.clone(), value(member, order));
                }
            };
            for (key, member) in members {
                if let Raw::Scalar(_, None) = **key {
                    let merged = match &**member {
                        Raw::List(items) => items.iter().rev().map(|item| value(item, order)).collect(),
                        other => vec![value(other, order)],
                    };
                    for (key, member) in merged.iter().flat_map(ValueExt::members) {
                        said.insert(key.to_owned(), member.clone());
                    }
                } else if order == Order::Go2 {
                    own(&mut said, key, member);
                }
            }
            if order == Order::Go3 {
                for (key, member) in members {
                    own(&mut said, key, member);
                }
            }
            object(said.iter().map(|(key, member)| (key.as_str(), member.clone())))
        }
    }
}
