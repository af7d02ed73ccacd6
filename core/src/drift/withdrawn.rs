//! What nobody says any more, and what is live still: whoever delivers the object put it there. What was delivered is known from
//! what the server keeps of server-side applies, and from the annotation of `kubectl apply`. Who updates owns defaults as well, so
//! updates tell nothing.

use super::added::counts;
use super::managers::{Record, Whose, record, whose};
use super::thing::{Said, Thing};
use crate::fields::managed::entries;
use crate::fields::{Compared, Sides, Writer, is_default, leaves};
use crate::findings::drift::Moved;
use crate::inventory::reference::ACCOUNT_API;
use crate::path::{FieldPath, MERGE_KEYS, PathElement, scalar_text};
use crate::plan::MANAGER;
use crate::value::{Value, ValueExt};

/// The label by which Argo CD may know what it delivers; no manifest says it.
const TRACKING: &str = "app.kubernetes.io/instance";
/// Clients that leave the annotation behind.
const ANNOTATING: [&str; 3] = [
    "before-first-apply",
    "kubectl-client-side-apply",
    "kubectl-last-applied",
];

/// A place in an object as it was applied, and what stood there.
type Applied = (FieldPath, Vec<String>, Value);

/// Whether the whole object may tell what was applied. `live` may be without the fields of its record.
pub fn tells_applied(thing: &Thing, live: &Value, marks: &[&str]) -> bool {
    // Without a record there may be the annotation all the same.
    let unrecorded = || record(live) == Record::None && (thing.is_whole() || is_marked(live, marks));
    unrecorded()
        || entries(live).any(|(writer, _)| {
            let applies = writer.operation == "Apply"
                || ANNOTATING.contains(&writer.manager.as_str())
                || writer.manager.starts_with("argocd");
            applies && delivered(&writer, live) && judges(thing, &writer, is_marked(live, marks))
        })
}

/// Which side took back what is found by [`withdrawn`]: that which delivers.
pub(super) fn taken_back(thing: &Thing) -> Moved {
    match (&thing.declared, &thing.committed) {
        (Some(_), Some(_)) => Moved::Several,
        (None, Some(_)) => Moved::Git,
        _ => Moved::Declaration,
    }
}

/// What was applied, is live, and is said no more. `live` is as it is compared, with its `managedFields`; so is `applied`, what the
/// annotation holds.
pub(super) fn withdrawn(
    thing: &Thing,
    live: &Value,
    applied: Option<&Value>,
    sides: &Sides<'_>,
    marks: &[&str],
) -> Vec<Compared> {
    if thing.target.api_version == ACCOUNT_API {
        return Vec::new();
    }
    let is_said = |path: &FieldPath| sides.says(path);
    let mut found: Vec<Compared> = Vec::new();
    let by_record = entries(live)
        .filter(|(writer, _)| writer.operation == "Apply" && delivered(writer, live))
        .filter(|(writer, fields)| {
            let marked = marks.iter().all(|mark| {
                let path = ["f:metadata", "f:labels", &format!("f:{mark}")];
                fields.at(&path).is_some()
            });
            judges(thing, writer, marked)
        })
        .flat_map(|(writer, fields)| {
            let ours = writer.manager == MANAGER;
            leaves(fields, live, &is_said)
                .into_iter()
                .map(move |leaf| (ours, leaf))
        });
    let by_annotation = applied
        .filter(|applied| thing.is_whole() || is_marked(applied, marks))
        .into_iter()
        .flat_map(|applied| still_there(applied, live))
        .map(|leaf| (false, leaf));
    for (ours, (path, pointer, value)) in by_record.chain(by_annotation) {
        let known = || found.iter().any(|one| is_within(&one.path, &path));
        let offered = ours && !is_marked(live, marks) && is_offered(&path);
        let own = counts(&path)
            && !offered
            && !is_mark(&path, marks)
            && !is_default(above(&path), last(&path), &value);
        if is_said(&path) || !own || known() {
            continue;
        }
        found.push(Compared::unsaid(path, pointer, value));
    }
    found
}

/// Whether it is a level of Pod Security that repairs have a Namespace warn of: the spec says it only of its own.
fn is_offered(path: &FieldPath) -> bool {
    let key = last(path);
    let offered = |mode: &str| key.strip_prefix("pod-security.kubernetes.io/") == Some(mode);
    ["audit", "warn"].into_iter().any(offered)
}

/// The name of what a place is in.
fn above(path: &FieldPath) -> &str {
    let within = path.0.iter().rev().skip(1);
    let mut names = within.filter_map(|element| match element {
        PathElement::Key(key) => Some(key.as_str()),
        _ => None,
    });
    names.next().unwrap_or_default()
}

fn last(path: &FieldPath) -> &str {
    match path.0.last() {
        Some(PathElement::Key(key)) => key,
        _ => "",
    }
}

/// Whether one place is the other, or in it.
pub(super) fn is_within(one: &FieldPath, other: &FieldPath) -> bool {
    one.0.starts_with(&other.0) || other.0.starts_with(&one.0)
}

/// Written to the object itself by who delivers it.
fn delivered(writer: &Writer, live: &Value) -> bool {
    writer.subresource.is_empty() && whose(writer, live) == Whose::Deliverer
}

/// Whether what this writer applied is to be found in what is said. The spec says of some objects only a part, and somebody else the
/// rest, unless they were rendered from it, which their marks show.
fn judges(thing: &Thing, writer: &Writer, marked: bool) -> bool {
    if writer.manager == MANAGER {
        thing.declared.as_ref().is_some_and(Said::is_spoken_by_spec)
    } else {
        marked || thing.is_whole()
    }
}

fn is_marked(object: &Value, marks: &[&str]) -> bool {
    let is = |mark: &&str| object.at(&["metadata", "labels", mark]).is_some();
    !marks.is_empty() && marks.iter().all(is)
}

fn is_mark(path: &FieldPath, marks: &[&str]) -> bool {
    match path.0.as_slice() {
        [
            PathElement::Key(metadata),
            PathElement::Key(labels),
            PathElement::Key(key),
        ] => {
            metadata == "metadata" && labels == "labels" && (key == TRACKING || marks.contains(&key.as_str()))
        }
        _ => false,
    }
}

/// What an applied object says and a live one has, whatever it is by now.
fn still_there(applied: &Value, live: &Value) -> Vec<Applied> {
    let mut found = Vec::new();
    descend(applied, live, &mut Vec::new(), &mut Vec::new(), &mut found);
    found
}

fn descend(
    applied: &Value,
    live: &Value,
    path: &mut Vec<PathElement>,
    pointer: &mut Vec<String>,
    found: &mut Vec<Applied>,
) {
    let mut below: Vec<(PathElement, String, &Value, &Value)> = Vec::new();
    match (applied, live) {
        (Value::Object(_), Value::Object(_)) => {
            for (key, own) in applied.members() {
                if let Some(there) = live.field(key) {
                    below.push((PathElement::Key(key.to_owned()), key.to_owned(), own, there));
                }
            }
        }
        (Value::Array(_), Value::Array(_)) => below = items(applied, live),
        _ => {}
    }
    if below.is_empty() {
        if !path.is_empty() && !matches!((applied, live), (Value::Object(_), Value::Object(_))) {
            found.push((FieldPath(path.clone()), pointer.clone(), live.clone()));
        }
        return;
    }
    for (element, token, applied, live) in below {
        path.push(element);
        pointer.push(token);
        descend(applied, live, path, pointer, found);
        path.pop();
        pointer.pop();
    }
}

/// Items that both have, by a key that all of them have; none where there is no such key.
fn items<'v>(applied: &'v Value, live: &'v Value) -> Vec<(PathElement, String, &'v Value, &'v Value)> {
    let has = |key: &&&str| {
        let mut all = applied.items().iter().chain(live.items());
        all.all(|item| item.field(key).is_some())
    };
    let Some(key) = MERGE_KEYS.iter().find(has) else {
        return Vec::new();
    };
    let mut both = Vec::new();
    for own in applied.items() {
        let id = own.field(key).map(scalar_text);
        let mut there = live.items().iter().enumerate();
        let same = there.find(|(_, item)| item.field(key).map(scalar_text) == id);
        if let (Some(value), Some((index, item))) = (id, same) {
            let element = PathElement::Where {
                key: (*key).to_owned(),
                value,
            };
            both.push((element, index.to_string(), own, item));
        }
    }
    both
}
