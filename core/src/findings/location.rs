//! The one place where a symbolic location (resource and path) becomes a file, a line and a column.

use super::finding::Finding;
use crate::inventory::Origin;
use crate::path::{FieldPath, PathElement};
use crate::source::Place;

/// Where a finding stands in a text. All numbers count from 1; columns are characters; the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file as the user named it.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
    /// The text and span, for an excerpt; `None` for a line of a snapshot.
    pub place: Option<Place>,
}

impl Location {
    /// The location of a finding; `None` when it was read from an API.
    pub fn of(finding: &Finding) -> Option<Self> {
        Self::at(&finding.origin, finding.path.as_ref())
    }

    /// The location of a field of what was read at `origin`, or without one of its name; `None` when it was read from an
    /// API.
    pub fn at(origin: &Origin, path: Option<&FieldPath>) -> Option<Self> {
        match origin {
            Origin::Manifest { document, item } => {
                let mut elements = Vec::new();
                if let Some(index) = item {
                    elements.push(PathElement::Key("items".to_owned()));
                    elements.push(PathElement::Index(*index));
                }
                match path {
                    Some(path) => elements.extend(path.0.iter().cloned()),
                    // Without a field the finding is about the object: its name is where people look.
                    None => {
                        elements.extend(["metadata", "name"].map(|key| PathElement::Key(key.to_owned())));
                    }
                }
                Some(Self::from_place(document.locate(&FieldPath(elements))))
            }
            Origin::Snapshot { file, line } => Some(Self {
                file: file.to_string(),
                line: *line,
                column: 1,
                end_line: *line,
                end_column: 1,
                place: None,
            }),
            Origin::Declared(place) => Some(Self::from_place(place.clone())),
            Origin::Live => None,
        }
    }

    /// The location of a stretch of text.
    pub fn from_place(place: Place) -> Self {
        let (start, end) = (place.start(), place.end());
        Self {
            file: place.source.name.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            place: Some(place),
        }
    }
}
