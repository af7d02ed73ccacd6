//! Field by field: what is declared and what is committed against what is live.
//!
//! A side that says nothing of a field has no opinion of it: what the server adds to what somebody wrote is no difference. A list
//! is said as a whole: an item that it lacks is not to be there. Of selectors, and of the rules of a NetworkPolicy or a role, the
//! same holds for maps, as there what is not said means everything.

use super::lists::is_set;
use super::same::{is_absent, is_nothing, is_said_empty, same};
use crate::path::{FieldPath, PathElement};
use crate::value::{Value, ValueExt};

/// The sides of one thing, without what belongs to the server. `None` on a side that does not know it at all.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'v> {
    /// What the spec, or a given manifest, says.
    pub declared: Option<&'v Value>,
    /// What Git renders.
    pub committed: Option<&'v Value>,
    /// What is there.
    pub live: &'v Value,
}

impl Sides<'_> {
    /// Whether somebody says something of a field, beside what is live.
    pub fn says(&self, path: &FieldPath) -> bool {
        let mut all = self.declared.into_iter().chain(self.committed);
        all.any(|side| says(side, path))
    }
}

/// A field of which not all sides say the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The field.
    pub path: FieldPath,
    /// What is declared; `None` where nothing is said of it, `Undefined` where it is said that it is not there.
    pub declared: Option<Value>,
    /// What is committed, alike.
    pub committed: Option<Value>,
    /// What is there; `Undefined` when it is absent.
    pub live: Value,
    /// The field as JSON pointers, by the indexes of each side: declared, committed, live.
    pub pointers: [Vec<String>; 3],
}

impl Compared {
    /// What is live, and nobody says.
    pub const fn unsaid(path: FieldPath, pointer: Vec<String>, live: Value) -> Self {
        Self {
            path,
            declared: None,
            committed: None,
            live,
            pointers: [Vec::new(), Vec::new(), pointer],
        }
    }

    /// Whether it is the field at a pointer, or below it, by the indexes of any side.
    pub fn is_at(&self, pointer: &[String]) -> bool {
        self.pointers.iter().any(|own| own.starts_with(pointer))
    }
}

/// All fields in which the sides do not agree, in the order of their paths.
pub fn compare(sides: Sides<'_>) -> Vec<Compared> {
    let kind = [sides.declared, sides.committed, Some(sides.live)];
    let kind = kind
        .into_iter()
        .flatten()
        .find_map(|side| side.text_at(&["kind"]));
    let mut walk = Walk::of(kind.unwrap_or_default(), &[]);
    walk.value(sides.declared, sides.committed, sides.live, false);
    walk.found
}

/// Whether a side says something of a field, if only by a list above it.
pub(super) fn says(side: &Value, path: &FieldPath) -> bool {
    let mut here = side;
    for element in &path.0 {
        match (element, element.step(here)) {
            (_, Some(below)) => here = below,
            // What is no map is said as a whole.
            (PathElement::Key(_), None) => return !matches!(here, Value::Object(_) | Value::Null),
            (_, None) => return here.as_array().is_ok(),
        }
    }
    true
}

/// Whether this field of an object of a kind is, on the other side, all that is said of it on one.
pub fn agrees(kind: &str, path: &FieldPath, said: &Value, other: &Value) -> bool {
    let exact = path.0.iter().any(|element| match element {
        PathElement::Key(key) => is_exact_below(kind, key),
        _ => false,
    });
    // A null is nobody's word, and absence is one.
    let said = if is_absent(said) { &ABSENT } else { said };
    let mut walk = Walk::of(kind, &path.0);
    walk.value(Some(said), None, other, exact);
    walk.found.is_empty()
}

pub(super) struct Walk {
    pub(super) kind: String,
    pub(super) path: Vec<PathElement>,
    pointers: [Vec<String>; 3],
    found: Vec<Compared>,
}

/// What a NetworkPolicy allows: without such a member nothing, and with an empty rule in it everything.
const RULES: [&str; 2] = ["egress", "ingress"];

pub(super) type Said<'v> = Option<&'v Value>;

pub(super) const ABSENT: Value = Value::Undefined;

impl Walk {
    /// From a place in an object of a kind.
    fn of(kind: &str, path: &[PathElement]) -> Self {
        Self {
            kind: kind.to_owned(),
            path: path.to_vec(),
            pointers: Default::default(),
            found: Vec::new(),
        }
    }

    /// Whether what is said of an item of the list that the walk is at is so.
    pub(super) fn agrees(&self, said: &Value, live: &Value, exact: bool) -> bool {
        let mut walk = Self::of(&self.kind, &self.path);
        walk.value(Some(said), None, live, exact);
        walk.found.is_empty()
    }

    /// `exact`: what a map does not say is said not to be there.
    pub(super) fn value(&mut self, declared: Said<'_>, committed: Said<'_>, live: &Value, exact: bool) {
        // A null that somebody wrote leaves it to the server.
        let [declared, committed] =
            [declared, committed].map(|side| side.filter(|side| !matches!(side, Value::Null)));
        let said: Vec<&Value> = declared.into_iter().chain(committed).collect();
        if said.is_empty() {
            return;
        }
        let one_sided = || said.iter().any(|side| is_absent(side) != is_absent(live));
        if is_said_empty(self.name(1), self.name(0)) && one_sided() {
            return self.leaf(declared, committed, live);
        }
        let all = || said.iter().copied().chain([live]);
        if all().all(|side| matches!(side, Value::Object(_)) || is_absent(side))
            && said.iter().any(|side| is_map(side))
        {
            let whole = is_absent(live) && !self.is_of_marks() || said.iter().any(|side| is_absent(side));
            if !whole || said.iter().all(|side| is_nothing(side)) {
                return self.members(declared, committed, live, exact);
            }
        } else if all().all(|side| matches!(side, Value::Array(_)) || is_absent(side))
            && !said.iter().any(|side| is_absent(side))
            && self.items(declared, committed, live, exact)
        {
            return;
        }
        self.leaf(declared, committed, live);
    }

    /// Labels and annotations are told one by one.
    fn is_of_marks(&self) -> bool {
        let last = self.path.last();
        self.path.is_empty()
            || matches!(last, Some(PathElement::Key(key)) if ["annotations", "labels", "metadata"].contains(&key.as_str()))
    }

    /// Whether the walk is at what a NetworkPolicy says.
    fn is_of_rules(&self) -> bool {
        let spec = matches!(self.path.as_slice(), [PathElement::Key(key)] if key == "spec");
        spec && self.kind == "NetworkPolicy"
    }

    fn members(&mut self, declared: Said<'_>, committed: Said<'_>, live: &Value, exact: bool) {
        let mut keys: Vec<&str> = Vec::new();
        let own = exact.then_some(live);
        for side in declared.into_iter().chain(committed).chain(own) {
            keys.extend(side.members().map(|(key, _)| key));
        }
        // Of a policy that says no rules of a direction, none may be there.
        let rules = self.is_of_rules();
        keys.extend(RULES.iter().filter(|key| rules && live.field(key).is_some()));
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let is = live.field(key).unwrap_or(&ABSENT);
            let default = is_default(self.name(0), key, is);
            let of = |side: Said<'_>| -> Option<Value> {
                let side = side?;
                match side.field(key) {
                    Some(value) => Some(value.clone()),
                    None if (exact || rules && RULES.contains(&key)) && !default => Some(ABSENT),
                    None => None,
                }
            };
            let (declared, committed) = (of(declared), of(committed));
            let exact = exact || is_exact_below(&self.kind, key);
            self.enter(
                PathElement::Key(key.to_owned()),
                [Some(key.to_owned()), Some(key.to_owned()), Some(key.to_owned())],
            );
            self.value(declared.as_ref(), committed.as_ref(), is, exact);
            self.leave();
        }
    }

    pub(super) fn enter(&mut self, element: PathElement, steps: [Option<String>; 3]) {
        self.path.push(element);
        for (pointer, step) in self.pointers.iter_mut().zip(steps) {
            // An item that a side lacks has no pointer there.
            pointer.push(step.unwrap_or_else(|| "-".to_owned()));
        }
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
        for pointer in &mut self.pointers {
            pointer.pop();
        }
    }

    fn leaf(&mut self, declared: Said<'_>, committed: Said<'_>, live: &Value) {
        let (above, key) = (self.name(1), self.name(0));
        let set = is_set(key);
        let same = |one: &Value, other: &Value| {
            if set {
                same(above, key, &sorted(one), &sorted(other))
            } else {
                same(above, key, one, other)
            }
        };
        let as_live = |side: Said<'_>| side.is_none_or(|side| same(side, live));
        let agreed = match (declared, committed) {
            (Some(declared), Some(committed)) => same(declared, committed),
            _ => true,
        };
        if as_live(declared) && as_live(committed) && agreed {
            return;
        }
        self.found.push(Compared {
            path: FieldPath(self.path.clone()),
            declared: declared.cloned(),
            committed: committed.cloned(),
            live: live.clone(),
            pointers: self.pointers.clone(),
        });
    }

    /// The last name on the path, or the one that many names before it.
    pub(super) fn name(&self, back: usize) -> &str {
        let names = self.path.iter().rev().filter_map(|element| match element {
            PathElement::Key(key) => Some(key.as_str()),
            _ => None,
        });
        names.into_iter().nth(back).unwrap_or_default()
    }
}

/// Whether below this member absence is said: there it would mean everything.
fn is_exact_below(kind: &str, key: &str) -> bool {
    let rules = match kind {
        "NetworkPolicy" => RULES.contains(&key),
        "Role" | "ClusterRole" => key == "rules",
        _ => false,
    };
    rules || key.ends_with("elector")
}

fn is_map(value: &Value) -> bool {
    matches!(value, Value::Object(_))
}

/// What the server adds even where everything is said, as this member of what is called `above`.
pub fn is_default(above: &str, key: &str, live: &Value) -> bool {
    let says = is_said_empty(above, key) && !is_absent(live);
    is_nothing(live) && !says || key == "protocol" && live.text() == Some("TCP")
}

fn sorted(value: &Value) -> Value {
    let mut items = value.items().to_vec();
    items.sort();
    if value.as_array().is_ok() {
        Value::from(items)
    } else {
        value.clone()
    }
}
