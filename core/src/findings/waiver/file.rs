//! Waiver files: who accepts what, until when.
//!
//! ```yaml
//! apiVersion: envcheck.dev/v1
//! kind: Waivers
//! waivers:
//!   - policy: ingress-controller-supported
//!     resources: [ingress-nginx/ingress-nginx-controller (Deployment)]
//!     reason: we move to a gateway this winter
//!     owner: platform team
//!     ticket: OPS-212
//!     expires: 2027-01-31
//! ```
//!
//! The list alone is a waiver file, too. A file that is none is refused as a whole; an entry that is wrong is a malformed
//! waiver, and the others hold.

use super::inline::words;
use super::pattern::Pattern;
use super::term::{self, shortened};
use super::{Covers, Terms, WaiverSource, Written};
use crate::path::{FieldPath, PathElement};
use crate::policy::nearest;
use crate::source::{Diagnostic, Place};
use crate::value::{Value, ValueExt};
use crate::yaml::{self, Document, Limits, SpanTree};
use std::sync::Arc;

/// The only version of the format.
pub(super) const API_VERSION: &str = "envcheck.dev/v1";
/// The kind of a waiver file.
pub(super) const KIND: &str = "Waivers";

/// A waiver file is written by hand.
const LIMITS: Limits = Limits {
    nesting: 16,
    alias_nodes: 10_000,
    bytes: 4 << 20,
};
/// More than anyone can answer for.
pub(super) const MOST_WAIVERS: usize = 2_000;
/// Characters of a reason, an owner or a ticket.
pub(super) const LONGEST_TEXT: usize = 1_000;

const BEGIN: &str = "a waiver file begins with `apiVersion: envcheck.dev/v1`, `kind: Waivers` and `waivers:`";
const ROOT: [&str; 3] = ["apiVersion", "kind", "waivers"];
const FIELDS: [&str; 6] = ["policy", "resources", "reason", "owner", "ticket", "expires"];

/// The waivers of a file; an empty one has none. The errors say why it is no waiver file.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Written>, Vec<Diagnostic>> {
    let source = yaml::decode(name, bytes).map_err(|problem| vec![problem])?;
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for document in yaml::documents(&source, &LIMITS) {
        match document {
            Ok(document) => documents.push(document),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut documents = documents.into_iter();
    let Some(document) = documents.next() else {
        return Ok(Vec::new());
    };
    if let Some(second) = documents.next() {
        let start = second.range.start;
        return Err(vec![
            Diagnostic::new(format!(
                "{name} holds several documents where a waiver file is one"
            ))
            .at(Place::new(&second.source, start..start))
            .hint("put all waivers into one list"),
        ]);
    }
    let file = File {
        spans: document.spans(),
        document,
    };
    let (list, below) = file.list(name)?;
    if list.len() > MOST_WAIVERS {
        let message = format!("{name} holds {} waivers, more than {MOST_WAIVERS}", list.len());
        return Err(vec![
            Diagnostic::new(message)
                .at(file.key(&[]))
                .hint("a pattern as back/* covers many resources"),
        ]);
    }
    let waivers = list.iter().enumerate();
    Ok(waivers
        .map(|(index, item)| file.waiver(below, index, item))
        .collect())
}

struct File {
    document: Document,
    spans: SpanTree,
}

impl File {
    /// The list of waivers, and whether it stands below `waivers:`.
    fn list(&self, name: &str) -> Result<(&[Value], bool), Vec<Diagnostic>> {
        let root = &self.document.value;
        let refused = |problem: Diagnostic| Err(vec![problem]);
        if let Value::Array(items) = root {
            return Ok((items.as_slice(), false));
        }
        let Value::Object(_) = root else {
            let problem = Diagnostic::new(format!("{name} is not a waiver file"));
            return refused(problem.at(self.key(&[])).hint(BEGIN));
        };
        for (field, wanted) in [("apiVersion", API_VERSION), ("kind", KIND)] {
            match root.text_at(&[field]) {
                Some(own) if own == wanted => {}
                Some(own) => {
                    let message = format!("{field} {:?} is not one that a waiver file has", shortened(own));
                    let problem = Diagnostic::new(message).at(self.value(&[key(field)]));
                    return refused(problem.hint(format!("write `{field}: {wanted}`")));
                }
                None => {
                    let problem = Diagnostic::new(format!("{name} has no {field}"));
                    return refused(problem.at(self.key(&[])).hint(BEGIN));
                }
            }
        }
        let unknown: Vec<Diagnostic> = root
            .members()
            .filter(|(field, _)| !ROOT.contains(field))
            .map(|(field, _)| self.unknown(&[], field, &ROOT))
            .collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        match root.field("waivers") {
            Some(Value::Array(items)) => Ok((items.as_slice(), true)),
            Some(Value::Null) | None => Ok((&[], true)),
            Some(_) => refused(
                Diagnostic::new("`waivers` is not a list")
                    .at(self.key(&[key("waivers")]))
                    .hint("write `- policy: …` below it"),
            ),
        }
    }

    fn waiver(&self, below: bool, index: usize, item: &Value) -> Written {
        let mut path: Vec<PathElement> = Vec::new();
        if below {
            path.push(key("waivers"));
        }
        path.push(PathElement::Index(index));
        let mut entry = Entry {
            file: self,
            item,
            path,
            problems: Vec::new(),
        };
        let policy = entry.text("policy", true).map(Arc::from);
        let covers = Covers::Resources(entry.resources());
        let terms = entry.terms();
        let place = self.key(&entry.path);
        Written {
            policy,
            source: WaiverSource::File,
            covers,
            place: words(&place),
            at: Some(place),
            terms: match terms {
                Some(terms) if entry.problems.is_empty() => Ok(terms),
                _ => Err(entry.problems),
            },
        }
    }

    /// Where a value stands.
    fn value(&self, path: &[PathElement]) -> Place {
        self.one_line(&self.spans.locate(&FieldPath(path.to_vec())))
    }

    /// Where its key stands, or for an item of a list its beginning.
    fn key(&self, path: &[PathElement]) -> Place {
        let path = FieldPath(path.to_vec());
        let place = self
            .spans
            .locate_key(&path)
            .unwrap_or_else(|| self.spans.locate(&path));
        self.one_line(&place)
    }

    /// The first line of a place: an excerpt of a whole list would show too much.
    fn one_line(&self, place: &Place) -> Place {
        let text = self.document.source.text.get(place.span.clone());
        let length = text.and_then(|text| text.lines().next()).map_or(0, str::len);
        Place::new(&place.source, place.span.start..place.span.start + length)
    }

    fn unknown(&self, path: &[PathElement], field: &str, known: &[&str]) -> Diagnostic {
        let place = self.key(&[path, &[key(field)]].concat());
        let hint = match nearest(field, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("the fields are {}", known.join(", ")),
        };
        Diagnostic::new(format!("no field is called {:?}", shortened(field)))
            .at(place)
            .hint(hint)
    }
}

/// One item of the list, being read.
struct Entry<'f> {
    file: &'f File,
    item: &'f Value,
    path: Vec<PathElement>,
    problems: Vec<Diagnostic>,
}

impl<'f> Entry<'f> {
    fn terms(&mut self) -> Option<Terms> {
        let Value::Object(_) = self.item else {
            let place = self.file.value(&self.path);
            let problem = Diagnostic::new("a waiver is a map").at(place);
            self.problems = vec![problem.hint(format!("its fields are {}", FIELDS.join(", ")))];
            return None;
        };
        for (field, _) in self.item.members().filter(|(field, _)| !FIELDS.contains(field)) {
            let problem = self.file.unknown(&self.path, field, &FIELDS);
            self.problems.push(problem);
        }
        let reason = self.text("reason", true);
        let owner = self.text("owner", true);
        let ticket = self.text("ticket", false);
        let expires = self
            .text("expires", true)
            .and_then(|text| match term::date(text) {
                Ok(date) => Some(date),
                Err(problem) => {
                    self.say("expires", problem);
                    None
                }
            });
        Some(Terms {
            reason: reason?.to_owned(),
            owner: owner?.to_owned(),
            ticket: ticket.map(ToOwned::to_owned),
            expires: expires?,
        })
    }

    /// A text of one line or more; what is wrong with it is noted.
    fn text(&mut self, field: &str, required: bool) -> Option<&'f str> {
        let item = self.item;
        let wrong = match item.field(field) {
            None | Some(Value::Null) if !required => return None,
            None => {
                let problem = Diagnostic::new(format!("the waiver has no {field}"))
                    .at(self.file.key(&self.path))
                    .hint(match field {
                        "expires" => {
                            "each waiver ends: write the last day, as expires: 2026-12-31".to_owned()
                        }
                        _ => format!("write `{field}: …`"),
                    });
                self.problems.push(problem);
                return None;
            }
            Some(value) => match value.text().map(str::trim) {
                Some("") => format!("{field} is empty"),
                Some(text) if text.chars().count() > LONGEST_TEXT => {
                    format!("{field} is longer than {LONGEST_TEXT} characters")
                }
                Some(text) => return Some(text),
                None => format!("{field} is not text"),
            },
        };
        self.say(
            field,
            Diagnostic::new(wrong).hint("write text; what looks like a number goes in quotes"),
        );
        None
    }

    fn resources(&mut self) -> Vec<Pattern> {
        let hint = "write a list, as resources: [back/ii (Deployment)]; [\"*\"] for all that the policy says";
        let items = match self.item.field("resources") {
            Some(Value::Array(items)) if !items.is_empty() => items.as_slice(),
            None if !matches!(self.item, Value::Object(_)) => return Vec::new(),
            None => {
                let place = self.file.key(&self.path);
                let problem = Diagnostic::new("the waiver has no resources").at(place);
                self.problems.push(problem.hint(hint));
                return Vec::new();
            }
            Some(_) => {
                let problem = Diagnostic::new("resources is not a list of resources");
                self.say("resources", problem.hint(hint));
                return Vec::new();
            }
        };
        let mut patterns = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let parsed = match item.text() {
                Some(text) => Pattern::parse(text),
                None => Err(Diagnostic::new("a resource is text").hint(hint)),
            };
            match parsed {
                Ok(pattern) => patterns.push(pattern),
                Err(problem) => {
                    let path = [
                        self.path.as_slice(),
                        &[key("resources"), PathElement::Index(index)],
                    ]
                    .concat();
                    self.problems.push(problem.at(self.file.value(&path)));
                }
            }
        }
        patterns
    }

    fn say(&mut self, field: &str, problem: Diagnostic) {
        let path = [self.path.as_slice(), &[key(field)]].concat();
        self.problems.push(problem.at(self.file.value(&path)));
    }
}

fn key(name: &str) -> PathElement {
    PathElement::Key(name.to_owned())
}
