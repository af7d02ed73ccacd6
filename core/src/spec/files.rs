//! Reads a spec's file and those that it extends, and knows where everything in them stands.

use super::secrecy;
use super::wording::article;
use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place, SourceText};
use crate::value::{Value, ValueExt};
use crate::yaml::{self, Document, Limits, SpanTree};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The only version of the format.
pub const API_VERSION: &str = "envcheck.dev/v1";
/// The kind of a spec.
pub const KIND: &str = "Environment";

/// Files that may stand in a chain of `extends`.
const LONGEST_CHAIN: usize = 8;

/// A spec is written by hand: far below what YAML in general may be.
const LIMITS: Limits = Limits {
    nesting: 64,
    alias_nodes: 100_000,
    bytes: 4 << 20,
};

const BEGIN: &str = "a spec begins with `apiVersion: envcheck.dev/v1` and `kind: Environment`";

/// A path to a node from its file's root, shared between siblings.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail(Option<Arc<(Trail, PathElement)>>);

impl Trail {
    pub(super) fn step(&self, element: PathElement) -> Self {
        Self(Some(Arc::new((self.clone(), element))))
    }

    pub(super) fn key(&self, key: &str) -> Self {
        self.step(PathElement::Key(key.to_owned()))
    }

    fn path(&self) -> FieldPath {
        let mut elements = Vec::new();
        let mut here = self;
        while let Some(step) = &here.0 {
            elements.push(step.1.clone());
            here = &step.0;
        }
        elements.reverse();
        FieldPath(elements)
    }
}

/// Where something was written: which file, and its path there.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) file: usize,
    pub(super) trail: Trail,
}

/// One file of the chain.
#[derive(Debug)]
pub(super) struct File {
    /// Its path as shown and as given to `read`.
    pub(super) path: String,
    document: Document,
    spans: OnceLock<SpanTree>,
    shown: OnceLock<Arc<SourceText>>,
}

/// The chain: first the spec itself, then what it extends, each after the one that names it.
#[derive(Debug)]
pub(super) struct Files(Vec<File>);

impl Files {
    /// Reads the whole chain.
    pub(super) fn read(
        path: &str,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut files = Self(Vec::new());
        let mut next = Some((path.to_owned(), None::<Place>));
        while let Some((path, named_at)) = next {
            let at = |diagnostic: Diagnostic| match &named_at {
                Some(place) => diagnostic.at(place.clone()).label("named here"),
                None => diagnostic,
            };
            let bytes = read(&path).map_err(|reason| {
                vec![at(Diagnostic::new(format!("cannot read {path}: {reason}"))).hint(match named_at {
                    Some(_) => "a path under `extends` is relative to the file that names it",
                    None => "an environment NAME is described by environments/NAME.yaml; a path may be given instead",
                })]
            })?;
            let document = document(&path, &bytes)?;
            files.0.push(File {
                path,
                document,
                spans: OnceLock::new(),
                shown: OnceLock::new(),
            });
            next = files.extended()?;
        }
        Ok(files)
    }

    /// The file that the last one extends, and where it says so.
    fn extended(&self) -> Result<Option<(String, Option<Place>)>, Vec<Diagnostic>> {
        let Some(last) = self.0.last() else {
            return Ok(None);
        };
        let origin = Origin {
            file: self.0.len() - 1,
            trail: Trail::default().key("extends"),
        };
        let named = match last.document.value.field("extends") {
            None | Some(Value::Null) => return Ok(None),
            Some(named) => named,
        };
        let place = self.value_place(&origin);
        let wrong = |message: String, hint: &str| vec![Diagnostic::new(message).at(place.clone()).hint(hint)];
        let Some(named) = named.text().filter(|named| !named.trim().is_empty()) else {
            return Err(wrong(
                "`extends` must be the path of one file".to_owned(),
                "write `extends: base.yaml`; that file may extend another",
            ));
        };
        let path = join(&last.path, named);
        if let Some(start) = self.0.iter().position(|file| file.path == path) {
            let mut circle: Vec<&str> = self.0[start..].iter().map(|file| file.path.as_str()).collect();
            circle.push(&path);
            return Err(wrong(
                format!("a spec cannot extend itself: {}", circle.join(" → ")),
                "remove one `extends` of this circle",
            ));
        }
        if self.0.len() >= LONGEST_CHAIN {
            return Err(wrong(
                format!("more than {LONGEST_CHAIN} files extend one another"),
                "put what they share into fewer files",
            ));
        }
        Ok(Some((path, Some(place.clone()))))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What the file says, without its `extends`.
    pub(super) fn value(&self, file: usize) -> Option<&Value> {
        self.0.get(file).map(|file| &file.document.value)
    }

    /// A path written in a file, from where the file itself is.
    pub(super) fn resolve(&self, file: usize, path: &str) -> String {
        self.0
            .get(file)
            .map_or_else(|| path.to_owned(), |file| join(&file.path, path))
    }

    /// The stretch of a value, at most the rest of its first line.
    pub(super) fn value_place(&self, origin: &Origin) -> Place {
        self.place(origin, SpanTree::locate)
    }

    /// The stretch of the key that names a value, else of the value.
    pub(super) fn key_place(&self, origin: &Origin) -> Place {
        self.place(origin, |spans, path| {
            spans.locate_key(path).unwrap_or_else(|| spans.locate(path))
        })
    }

    /// The text of a value as it was written.
    pub(super) fn written(&self, origin: &Origin) -> Option<&str> {
        let file = self.0.get(origin.file)?;
        let place = file.spans().locate(&origin.trail.path());
        file.document.source.text.get(place.span)
    }

    fn place(&self, origin: &Origin, locate: impl Fn(&SpanTree, &FieldPath) -> Place) -> Place {
        let Some(file) = self.0.get(origin.file) else {
            return Place::new(&SourceText::new("", ""), 0..0);
        };
        let span = locate(file.spans(), &origin.trail.path()).span;
        let text = file.document.source.text.get(span.clone()).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().len();
        let shown = file
            .shown
            .get_or_init(|| secrecy::conceal(&file.document.source, &[]));
        Place::new(shown, span.start..span.start + line)
    }

    /// Points all places into texts in which the values at `secrets` are starred out.
    pub(super) fn conceal(&self, problems: &mut [Diagnostic], secrets: &[Origin]) {
        for (index, file) in self.0.iter().enumerate() {
            let hidden: Vec<Range<usize>> = secrets
                .iter()
                .filter(|origin| origin.file == index)
                .map(|origin| file.spans().locate(&origin.trail.path()).span)
                .collect();
            if hidden.is_empty() {
                continue;
            }
            let shown = secrecy::conceal(&file.document.source, &hidden);
            for problem in problems.iter_mut() {
                let related = problem.related.as_mut().map(|(place, _)| place);
                for place in problem.place.iter_mut().chain(related) {
                    if place.source.name == shown.name {
                        place.source = Arc::clone(&shown);
                    }
                }
            }
        }
    }
}

impl File {
    fn spans(&self) -> &SpanTree {
        self.spans.get_or_init(|| self.document.spans())
    }
}

/// The one document of a spec's file.
fn document(path: &str, bytes: &[u8]) -> Result<Document, Vec<Diagnostic>> {
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

/// `path` as written in the file at `from`, without `.` and `..` where they can be resolved.
fn join(from: &str, path: &str) -> String {
    let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
    let absolute = path.starts_with('/') || (directory.is_empty() && from.starts_with('/'));
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{directory}/{path}")
    };
    let absolute = absolute || directory.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let slash = if absolute { "/" } else { "" };
    // A final slash says that a directory is meant; it is kept.
    let end = if path.ends_with('/') && !parts.is_empty() {
        "/"
    } else {
        ""
    };
    format!("{slash}{}{end}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("environments/stage.yaml", "base.yaml", "environments/base.yaml")]
    #[case("environments/stage.yaml", "../x/./y/", "x/y/")]
    #[case("stage.yaml", "../base.yaml", "../base.yaml")]
    #[case("./stage.yaml", "base.yaml", "base.yaml")]
    #[case("/e/stage.yaml", "../../base.yaml", "/base.yaml")]
    #[case("/stage.yaml", "base.yaml", "/base.yaml")]
    #[case("a/stage.yaml", "/base.yaml", "/base.yaml")]
    fn paths_are_relative_to_their_file(#[case] from: &str, #[case] path: &str, #[case] joined: &str) {
        assert_eq!(join(from, path), joined);
    }
}
