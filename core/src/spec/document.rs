//! The one document of a spec's file, or clear words about what the file is instead.

use super::secrecy;
use super::wording::article;
use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place};
use crate::value::{Value, ValueExt};
use crate::yaml::{self, Document, Limits};

/// The only version of the format.
pub const API_VERSION: &str = "envcheck.dev/v1";
/// The kind of a spec.
pub const KIND: &str = "Environment";

/// A spec is written by hand: far below what YAML in general may be.
const LIMITS: Limits = Limits {
    nesting: 64,
    alias_nodes: 100_000,
    bytes: 4 << 20,
};

const BEGIN: &str = "a spec begins with `apiVersion: envcheck.dev/v1` and `kind: Environment`";

/// The one document of a spec's file.
pub(super) fn document(path: &str, bytes: &[u8]) -> Result<Document, Vec<Diagnostic>> {
    let source = yaml::decode(path, bytes).map_err(|problem| vec![concealed(problem)])?;
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for document in yaml::documents(&source, &LIMITS) {
        match document {
            Ok(document) => documents.push(document),
            Err(problem) => problems.push(concealed(problem)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut documents = documents.into_iter();
    let Some(document) = documents.next() else {
        return Err(vec![Diagnostic::new(format!("{path} is empty")).hint(BEGIN)]);
    };
    let root = |document: &Document| concealed(Diagnostic::new("").at(first_line(document))).place;
    if let Some(second) = documents.next() {
        let message = format!(
            "{path} holds {} documents where a spec is one",
            documents.count() + 2
        );
        let mut problem = Diagnostic::new(message).hint("give each environment a file of its own");
        problem.place = root(&second);
        return Err(vec![problem]);
    }
    match not_a_spec(path, &document.value) {
        None => Ok(document),
        Some((message, hint, field)) => {
            let mut problem = Diagnostic::new(message).hint(hint);
            problem.place = match field {
                Some(field) => {
                    let place = document.locate(&FieldPath(vec![PathElement::Key(field.to_owned())]));
                    concealed(Diagnostic::new("").at(place)).place
                }
                None => root(&document),
            };
            Err(vec![problem])
        }
    }
}

/// Why a document is no spec at all: message, hint, and the field at fault.
fn not_a_spec(path: &str, value: &Value) -> Option<(String, String, Option<&'static str>)> {
    let Value::Object(_) = value else {
        return Some((
            format!("{path} is not an environment spec"),
            BEGIN.to_owned(),
            None,
        ));
    };
    match (value.text_at(&["apiVersion"]), value.text_at(&["kind"])) {
        (Some(API_VERSION), Some(KIND)) => None,
        (Some(version), Some(KIND)) => Some((
            format!(
                "apiVersion {} is not one that this envcheck reads",
                secrecy::shown(version)
            ),
            format!("write `apiVersion: {API_VERSION}`, or use the envcheck that this spec was written for"),
            Some("apiVersion"),
        )),
        (Some(API_VERSION), Some(kind)) => Some((
            format!(
                "kind {} is not one that this envcheck reads",
                secrecy::shown(kind)
            ),
            format!("write `kind: {KIND}`"),
            Some("kind"),
        )),
        (Some(_), Some(kind)) => Some((
            format!(
                "{path} is {}, not an environment spec",
                article(&secrecy::shown(kind))
            ),
            format!("{BEGIN}; manifests are given as paths: envcheck check {path} -e NAME"),
            Some("kind"),
        )),
        (_, Some(_)) => Some((
            format!("{path} has no apiVersion"),
            BEGIN.to_owned(),
            Some("kind"),
        )),
        (Some(_), None) => Some((
            format!("{path} has no kind"),
            BEGIN.to_owned(),
            Some("apiVersion"),
        )),
        (None, None) => Some((
            format!("{path} is not an environment spec: it has neither apiVersion nor kind"),
            BEGIN.to_owned(),
            None,
        )),
    }
}

fn first_line(document: &Document) -> Place {
    let place = document.locate(&FieldPath::default());
    let text = document.source.text.get(place.span.clone()).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default().len();
    Place::new(&document.source, place.span.start..place.span.start + line)
}

/// The same problem in texts without what looks like a secret.
fn concealed(mut problem: Diagnostic) -> Diagnostic {
    let related = problem.related.as_mut().map(|(place, _)| place);
    for place in problem.place.iter_mut().chain(related) {
        place.source = secrecy::conceal(&place.source, &[]);
    }
    problem
}
