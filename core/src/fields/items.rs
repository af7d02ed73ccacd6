//! Lists of maps, item by item: by a merge key, by what the items say where their order means nothing, else by their places.

use super::compare::{ABSENT, Said, Walk};
use super::lists::{find, id, is_in_order, is_unordered, known_by, merge_key};
use super::pairs::paired;
use crate::path::{FieldPath, PathElement};
use crate::value::{Value, ValueExt};
use std::borrow::Cow;

impl Walk {
    /// False when the items do not correspond, so that the list is one thing.
    pub(super) fn items(
        &mut self,
        declared: Said<'_>,
        committed: Said<'_>,
        live: &Value,
        exact: bool,
    ) -> bool {
        let lists: Vec<&Value> = declared.into_iter().chain(committed).chain([live]).collect();
        let all = |wanted: fn(&Value) -> bool| lists.iter().flat_map(|list| list.items()).all(wanted);
        if !all(|item| matches!(item, Value::Object(_) | Value::Array(_))) {
            return false;
        }
        if let Some(key) = merge_key(&self.kind, self.name(0), &lists) {
            if is_in_order(self.name(0)) && !one_order(&lists, key) {
                return false;
            }
            self.keyed(declared, committed, live, exact, key);
            return true;
        }
        let length = live.items().len();
        if lists.iter().any(|list| list.items().len() != length) {
            return false;
        }
        let places = [declared, committed].map(|side| self.places(side?, live, exact));
        for index in 0..length {
            let [at_declared, at_committed] =
                [&places[0], &places[1]].map(|places| places.as_ref().map_or(index, |places| places[index]));
            let of = |side: Said<'_>, at: usize| side.and_then(|side| side.items().get(at)).cloned();
            let (one, other) = (of(declared, at_declared), of(committed, at_committed));
            let steps = [at_declared, at_committed, index].map(|at| Some(at.to_string()));
            self.enter(PathElement::Index(index), steps);
            self.value(
                one.as_ref(),
                other.as_ref(),
                live.items().get(index).unwrap_or(&ABSENT),
                exact,
            );
            self.leave();
        }
        true
    }

    fn keyed(&mut self, declared: Said<'_>, committed: Said<'_>, live: &Value, exact: bool, key: &str) {
        let mut ids: Vec<String> = Vec::new();
        let lists = declared.into_iter().chain(committed).chain([live]);
        for item in lists.flat_map(ValueExt::items) {
            ids.extend(id(item, key).filter(|id| !ids.contains(id)));
        }
        for id in ids {
            let (one, at_declared) = found(declared, key, &id);
            let (other, at_committed) = found(committed, key, &id);
            let (is, at_live) = found(Some(live), key, &id);
            let steps = [at_declared, at_committed, at_live];
            self.enter(
                PathElement::Where {
                    key: key.to_owned(),
                    value: id,
                },
                steps,
            );
            self.value(
                one.as_ref(),
                other.as_ref(),
                is.as_ref().unwrap_or(&ABSENT),
                exact,
            );
            self.leave();
        }
    }

    /// Where a side says what stands at each place of the live list, of the same length; `None` where that is the same place.
    fn places(&self, side: &Value, live: &Value, exact: bool) -> Option<Vec<usize>> {
        let own = matches!(self.path.last(), Some(PathElement::Key(_)));
        (own && is_unordered(&self.kind, self.name(0))).then(|| {
            let agrees = |said: &Value, there: &Value| self.agrees(said, there, exact);
            paired(side.items(), live.items(), &agrees, known_by(self.name(0)))
        })
    }
}

/// What another side has where a path leads to in the live object: of lists whose order means nothing, the item that corresponds.
/// `None` where none does; absence is a value.
pub fn corresponding<'v>(
    kind: &str,
    path: &FieldPath,
    live: &Value,
    other: &'v Value,
) -> Option<Cow<'v, Value>> {
    let (mut there, mut here) = (live, other);
    for (at, element) in path.0.iter().enumerate() {
        let list = match (element, at.checked_sub(1).and_then(|above| path.0.get(above))) {
            (PathElement::Index(index), Some(PathElement::Key(key))) if is_unordered(kind, key) => {
                Some((*index, &path.0[..at], known_by(key)))
            }
            _ => None,
        };
        let next = match list {
            Some((index, above, known_by)) => {
                if here.items().len() != there.items().len() {
                    return None;
                }
                let above = FieldPath(above.to_vec());
                let agrees = |said: &Value, there: &Value| super::compare::agrees(kind, &above, said, there);
                let places = paired(here.items(), there.items(), &agrees, known_by);
                here.items().get(*places.get(index)?)
            }
            None => element.step(here),
        };
        let Some(next) = next else {
            return Some(Cow::Owned(ABSENT));
        };
        here = next;
        there = element.step(there).unwrap_or(&ABSENT);
    }
    Some(Cow::Borrowed(here))
}

/// Whether what all lists have stands in one order.
fn one_order(lists: &[&Value], key: &str) -> bool {
    let ids =
        |list: &Value| -> Vec<String> { list.items().iter().filter_map(|item| id(item, key)).collect() };
    let all: Vec<Vec<String>> = lists.iter().map(|list| ids(list)).collect();
    let shared = |own: &[String]| -> Vec<String> {
        let is = |id: &&String| all.iter().all(|other| other.contains(id));
        own.iter().filter(is).cloned().collect()
    };
    all.windows(2).all(|two| shared(&two[0]) == shared(&two[1]))
}

/// The item on a side that says something of the list, and where it stands there.
fn found(side: Said<'_>, key: &str, id: &str) -> (Option<Value>, Option<String>) {
    let Some(list) = side else {
        return (None, None);
    };
    match find(list, key, id) {
        Some((index, item)) => (Some(item.clone()), Some(index.to_string())),
        None => (Some(ABSENT), None),
    }
}
