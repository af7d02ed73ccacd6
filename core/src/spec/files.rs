//! Reads a spec's file and those that it extends, and knows where everything in them stands.

use super::document::document;
use super::secrecy;
use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place, SourceText};
use crate::value::{Value, ValueExt};
use crate::yaml::{Document, SpanTree};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Files that may stand in a chain of `extends`.
const LONGEST_CHAIN: usize = 8;

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
#[derive(Debug, Clone)]
pub(super) struct Files(Vec<Arc<File>>);

impl Files {
    /// Reads the whole chain.
    pub(super) fn read(
        path: &str,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut files = Self(Vec::new());
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let bytes = read(&path).map_err(|reason| vec![files.unreadable(&path, &reason)])?;
            let document = document(&path, &bytes)?;
            files.0.push(Arc::new(File {
                path,
                document,
                spans: OnceLock::new(),
                shown: OnceLock::new(),
            }));
            next = files.extended()?;
        }
        Ok(files)
    }

    /// The `extends` of the file read last.
    fn last_extends(&self) -> Option<Origin> {
        Some(Origin {
            file: self.0.len().checked_sub(1)?,
            trail: Trail::default().key("extends"),
        })
    }

    fn unreadable(&self, path: &str, reason: &str) -> Diagnostic {
        let problem = Diagnostic::new(format!("cannot read {path}: {reason}"));
        match self.last_extends() {
            Some(origin) => problem
                .at(self.value_place(&origin))
                .hint("a path under `extends` is relative to the file that names it"),
            None => problem.hint(
                "an environment NAME is described by environments/NAME.yaml; a path may be given instead",
            ),
        }
    }

    /// The path of the file that the one read last extends.
    fn extended(&self) -> Result<Option<String>, Vec<Diagnostic>> {
        let (Some(last), Some(origin)) = (self.0.last(), self.last_extends()) else {
            return Ok(None);
        };
        let named = match last.document.value.field("extends") {
            None | Some(Value::Null) => return Ok(None),
            Some(named) => named,
        };
        let wrong = |message: String, hint: &str| {
            vec![Diagnostic::new(message).at(self.value_place(&origin)).hint(hint)]
        };
        let Some(named) = named.text().filter(|named| !named.trim().is_empty()) else {
            return Err(wrong(
                "`extends` must be the path of one file".to_owned(),
                "write `extends: base.yaml`; that file may extend another",
            ));
        };
        let path = join(&last.path, named);
        let same = |file: &Arc<File>| join("", &file.path) == path;
        if let Some(start) = self.0.iter().position(same) {
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
        Ok(Some(path))
    }

    /// The paths of the files, the spec's own first.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|file| file.path.as_str())
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

/// `path` as written in the file at `from`, without `.` and `..` where they can be resolved.
fn join(from: &str, path: &str) -> String {
    let directory = match from.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => "",
    };
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{directory}/{path}")
    };
    let absolute = path.starts_with('/') || directory.starts_with('/');
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
