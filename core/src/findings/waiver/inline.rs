//! Waivers beside what they waive: annotations of objects, comments in manifests.

use super::file::LONGEST_TEXT;
use super::term::{self, shortened};
use super::{Covers, Terms, WaiverSource, Written};
use crate::findings::Location;
use crate::inventory::{Lineage, Origin, OwnerIndex, OwnerReference, ResourceRef, WAIVER_ANNOTATION};
use crate::path::{FieldPath, PathElement};
use crate::policy::nearest;
use crate::source::{Diagnostic, Place};
use crate::value::{Value, ValueExt};
use crate::yaml::{Comment, Document};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The word that begins a waiver in a comment.
const WORD: &str = "envcheck:waive";
/// So many days ahead ends a waiver that is proposed: long enough to mend what was found.
const EXAMPLE_DAYS: i64 = 90;
const FIELDS: [&str; 3] = ["owner", "ticket", "expires"];
const ANNOTATION: &str = "write it as \"reason; owner=platform team; expires=2026-12-31\"";
const COMMENT: &str = "write it as # envcheck:waive POLICY expires=2026-12-31 owner=… -- reason";

/// What is noted of an object while it streams by.
#[derive(Debug, Clone)]
pub struct Noted {
    /// The object.
    pub resource: ResourceRef,
    /// The owner that it names.
    pub owner: Option<OwnerReference>,
    /// Where it was read.
    pub origin: Origin,
    /// The policies that its annotations waive, each with what is written.
    pub annotations: Vec<(Arc<str>, Arc<str>)>,
    /// Comments of its document may be waivers; said of the first object of a document only.
    pub comments: bool,
}

impl Noted {
    /// What the annotations of an object waive; `None` where they waive nothing.
    pub fn annotated(resource: &ResourceRef, object: &Value, origin: &Origin) -> Option<Self> {
        let annotations = annotations(object);
        (!annotations.is_empty()).then(|| Self {
            resource: resource.clone(),
            owner: Lineage::of(resource, object).and_then(|lineage| lineage.owner),
            origin: origin.clone(),
            annotations,
            comments: false,
        })
    }
}

/// The waivers in an object's annotations: policy and text.
pub fn annotations(object: &Value) -> Vec<(Arc<str>, Arc<str>)> {
    let annotations = object.at(&["metadata", "annotations"]);
    annotations
        .into_iter()
        .flat_map(ValueExt::members)
        .filter_map(|(key, value)| {
            let policy = key.strip_prefix(WAIVER_ANNOTATION)?;
            // Whatever is not text says nothing that a waiver must say.
            Some((Arc::from(policy), Arc::from(value.text().unwrap_or_default())))
        })
        .collect()
}

/// A comment to put above the line of a finding of this policy, for somebody to complete.
pub fn example(policy: &str, now: Timestamp) -> String {
    let expires = term::day(now).saturating_add(Span::new().days(EXAMPLE_DAYS));
    format!("# {WORD} {policy} expires={expires} owner=… -- reason")
}

/// True when a comment of the document may be a waiver.
pub fn mentions(origin: &Origin) -> bool {
    let Origin::Manifest { document, .. } = origin else {
        return false;
    };
    let text = document.source.text.get(document.range.clone());
    text.is_some_and(|text| text.contains(WORD))
}

impl Noted {
    /// All waivers of what was noted, in an order that does not depend on when it was.
    pub fn written(noted: Vec<Self>, owners: &OwnerIndex) -> Vec<Written> {
        let mut written = Vec::new();
        let mut read = BTreeSet::new();
        let mut told = BTreeSet::new();
        for object in noted {
            if let Origin::Manifest { document, .. } = &object.origin
                && object.comments
                && read.insert((document.source.name.clone(), document.range.start))
            {
                written.extend(comments(document));
            }
            let mut chain = owners.chain(&object.resource, object.owner.as_ref());
            let top = chain.pop();
            for (policy, text) in &object.annotations {
                // A template's annotation stands on each of its Pods: it is told once.
                let copy = top.clone().map(|top| (top, policy.clone(), text.clone()));
                if copy.is_none_or(|copy| told.insert(copy)) {
                    written.push(annotation(&object, policy, text, top.clone()));
                }
            }
        }
        written.sort_by(|a, b| (a.source, &a.place, &a.policy).cmp(&(b.source, &b.place, &b.policy)));
        written
    }
}

fn annotation(object: &Noted, policy: &Arc<str>, text: &str, top: Option<ResourceRef>) -> Written {
    let path = ["metadata", "annotations", &format!("{WAIVER_ANNOTATION}{policy}")]
        .map(|key| PathElement::Key(key.to_owned()));
    let at = Location::at(&object.origin, Some(&FieldPath(path.to_vec())));
    let at = at.and_then(|location| location.place);
    let place = at.as_ref().map_or_else(|| object.resource.to_string(), words);
    Written {
        policy: Some(policy.clone()),
        source: WaiverSource::Annotation,
        covers: Covers::Object {
            resource: object.resource.clone(),
            top: top.map(Box::new),
        },
        place,
        terms: in_annotation(text).map_err(|problem| vec![located(problem, at.as_ref())]),
        at,
    }
}

/// `FILE:LINE:COLUMN`
pub(super) fn words(place: &Place) -> String {
    let start = place.start();
    format!("{}:{}:{}", place.source.name, start.line, start.column)
}

fn located(problem: Diagnostic, at: Option<&Place>) -> Diagnostic {
    match at {
        Some(place) => problem.at(place.clone()),
        None => problem,
    }
}

/// `reason; owner=platform team; expires=2026-12-31`
fn in_annotation(text: &str) -> Result<Terms, Diagnostic> {
    let mut fields = Fields::default();
    let mut reason: Vec<&str> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            // `a=b c` may be part of a sentence only after it began.
            Some((name, value)) if is_name(name) => fields.set(name, value)?,
            _ => reason.push(part),
        }
    }
    fields.terms(&reason.join("; "), ANNOTATION)
}

fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The waivers in a document's comments.
fn comments(document: &Document) -> Vec<Written> {
    let comments = document.comments();
    let lines: Vec<usize> = comments
        .iter()
        .map(|comment| document.source.position(comment.span.start).line)
        .collect();
    let alone: BTreeSet<usize> = comments
        .iter()
        .zip(&lines)
        .filter(|(comment, _)| comment.alone)
        .map(|(_, line)| *line)
        .collect();
    let waivers = comments.iter().zip(&lines);
    waivers
        .filter_map(|(comment, line)| {
            let rest = comment.text.strip_prefix(WORD)?;
            if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
                return None;
            }
            // One that stands alone speaks of the line below it, and below other comments.
            let mut covered = *line;
            while comment.alone && alone.contains(&covered) {
                covered += 1;
            }
            Some(comment_waiver(document, comment, rest, covered))
        })
        .collect()
}

fn comment_waiver(document: &Document, comment: &Comment, rest: &str, line: usize) -> Written {
    let place = Place::new(&document.source, comment.span.clone());
    let (policy, terms) = in_comment(rest);
    Written {
        policy: policy.map(Arc::from),
        source: WaiverSource::Comment,
        covers: Covers::Line {
            file: document.source.name.clone(),
            line,
        },
        place: words(&place),
        terms: terms.map_err(|problem| vec![problem.at(place.clone())]),
        at: Some(place),
    }
}

/// `POLICY expires=2026-12-31 owner="platform team" -- reason`
fn in_comment(text: &str) -> (Option<&str>, Result<Terms, Diagnostic>) {
    let (head, reason) = match text.split_once(" -- ") {
        Some((head, reason)) => (head, reason.trim()),
        None => (text, ""),
    };
    let head = head.trim();
    let policy = head.split_whitespace().next().filter(|word| !word.contains('='));
    let Some(policy) = policy else {
        let problem = Diagnostic::new("the comment names no policy to waive").hint(COMMENT);
        return (None, Err(problem));
    };
    let terms = || {
        let mut fields = Fields::default();
        for word in between_spaces(head[policy.len()..].trim()) {
            match word.split_once('=') {
                Some((name, value)) if is_name(name) => {
                    fields.set(name, value.trim().trim_matches('"'))?;
                }
                _ => {
                    let message = format!("{:?} is neither a field nor behind `--`", shortened(word));
                    return Err(Diagnostic::new(message).hint(COMMENT));
                }
            }
        }
        fields.terms(reason, COMMENT)
    };
    (Some(policy), terms())
}

/// Words between spaces; quotes hold several together.
fn between_spaces(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |letter: char| {
        quoted ^= letter == '"';
        letter.is_whitespace() && !quoted
    })
    .filter(|word| !word.is_empty())
}

#[derive(Default)]
struct Fields<'t> {
    owner: Option<&'t str>,
    ticket: Option<&'t str>,
    expires: Option<Date>,
}

impl<'t> Fields<'t> {
    fn set(&mut self, name: &str, value: &'t str) -> Result<(), Diagnostic> {
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            return Err(Diagnostic::new(format!("{name} is empty")));
        }
        let twice = match name {
            "owner" => self.owner.replace(value).is_some(),
            "ticket" => self.ticket.replace(value).is_some(),
            "expires" => self.expires.replace(term::date(value)?).is_some(),
            other => {
                let hint = match nearest(other, FIELDS) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("the fields are {}", FIELDS.join(", ")),
                };
                let message = format!("no field is called {:?}", shortened(other));
                return Err(Diagnostic::new(message).hint(hint));
            }
        };
        if twice {
            return Err(Diagnostic::new(format!("{name} stands twice")));
        }
        Ok(())
    }

    fn terms(self, reason: &str, hint: &str) -> Result<Terms, Diagnostic> {
        let missing = |what: &str| Diagnostic::new(format!("the waiver has no {what}")).hint(hint);
        let expires = self.expires.ok_or_else(|| missing("expires"))?;
        let owner = self.owner.ok_or_else(|| missing("owner"))?;
        if reason.is_empty() {
            return Err(missing("reason"));
        }
        for (name, text) in [
            ("reason", Some(reason)),
            ("owner", Some(owner)),
            ("ticket", self.ticket),
        ] {
            if text.is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
                let message = format!("{name} is longer than {LONGEST_TEXT} characters");
                return Err(Diagnostic::new(message));
            }
        }
        Ok(Terms {
            reason: reason.to_owned(),
            owner: owner.to_owned(),
            ticket: self.ticket.map(ToOwned::to_owned),
            expires,
        })
    }
}
