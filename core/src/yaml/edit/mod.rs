//! Changes to one document of a text that leave every byte alone which they need not touch.
//!
//! The flow is `read` (the document as nodes with their bytes) → `replay` (the operations as marks on the nodes) →
//! `block` and `flow` (the marks as splices of the text) → `accept` (read the result again; anything but exactly
//! the patched value is refused). So a mistake in the middle can cost an edit, never a file.
//!
//! It knows nothing of files or of Kubernetes; whoever calls it writes.

mod accept;
mod anchors;
mod block;
mod emit;
mod flow;
mod lines;
mod merges;
mod quote;
mod read;
mod readers;
mod reference;
mod refuse;
mod repeats;
mod replay;
mod splice;
mod tree;
mod whole;
mod write;

pub use reference::reference;
pub use whole::whole;

use super::Document;
use crate::source::{Place, SourceText};
use crate::value::Value;
use crate::value::patch::Operation;
use replay::Aliases;
use std::collections::BTreeSet;
use std::ops::Range;

/// Why a document was not edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cannot {
    /// The reason: lower case, no full stop, no values (they may be secret).
    pub reason: String,
    /// What stands in the way, when it has a place.
    pub place: Option<Place>,
    /// Only how the text is written stands in the way: the change itself could be made beside it.
    pub form: bool,
}

impl Cannot {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            place: None,
            form: false,
        }
    }

    fn at(document: &Document, span: Range<usize>, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            place: Some(Place::new(&document.source, span)),
            form: true,
        }
    }
}

impl std::fmt::Display for Cannot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot, because {}", self.reason)
    }
}

impl std::error::Error for Cannot {}

/// The whole text of `document.source` with the operations done to this document and nothing else changed.
pub fn edit(document: &Document, changes: &[Operation]) -> Result<String, Cannot> {
    edit_without_repeating(document, changes, &BTreeSet::new())
}

/// An edited text with the mark at its beginning that the file has: reading passes over it.
pub fn marked_as(file: &str, edited: String) -> String {
    const BOM: char = '\u{feff}';
    if file.starts_with(BOM) {
        format!("{BOM}{edited}")
    } else {
        edited
    }
}

/// The same, where these scalars, credentials, may not be written more often than they are: what an alias or a merge key stands
/// for is written out only where it holds none of them.
pub fn edit_without_repeating(
    document: &Document,
    changes: &[Operation],
    unrepeated: &BTreeSet<Value>,
) -> Result<String, Cannot> {
    let target = reference(&document.value, changes).map_err(Cannot::new)?;
    if target == document.value {
        return Ok(document.source.text.clone());
    }
    refuse::refuse(document)?;
    readers::agree(document)?;
    together(document, changes, &target, unrepeated)
        .or_else(|cannot| one_by_one(document, changes, &target, unrepeated).ok_or(cannot))
}

/// All operations in one reading of the document.
fn together(
    document: &Document,
    changes: &[Operation],
    target: &Value,
    unrepeated: &BTreeSet<Value>,
) -> Result<String, Cannot> {
    let attempt = |aliases| {
        let mut attempt = attempt(document, changes, target, aliases);
        attempt.result = attempt.result.and_then(|text| {
            repeats::refuse(document, &text, changes, unrepeated)?;
            Ok(text)
        });
        attempt
    };
    let each = attempt(Aliases::WrittenOut);
    if !each.through_alias {
        return each.result;
    }
    // When all users of an anchor are to change alike, its own text changes and they stay aliases.
    match attempt(Aliases::Followed).result {
        Ok(text) => Ok(text),
        Err(_) => each.result,
    }
}

/// Each operation on what the one before left: a way out for a few that get into each other's way.
fn one_by_one(
    document: &Document,
    changes: &[Operation],
    target: &Value,
    unrepeated: &BTreeSet<Value>,
) -> Option<String> {
    const FEW: usize = 16;
    if !(2..=FEW).contains(&changes.len()) {
        return None;
    }
    let mut here = document.clone();
    for change in changes {
        let change = std::slice::from_ref(change);
        let value = reference(&here.value, change).ok()?;
        if value == here.value {
            continue;
        }
        let text = together(&here, change, &value, unrepeated).ok()?;
        let end = (here.range.end + text.len()).checked_sub(here.source.text.len())?;
        here = Document {
            index: here.index,
            value,
            range: here.range.start..end,
            source: SourceText::new(here.source.name.clone(), text),
        };
    }
    (here.value == *target).then(|| here.source.text.clone())
}

struct Attempt {
    result: Result<String, Cannot>,
    /// Whether another treatment of aliases could end differently.
    through_alias: bool,
}

fn attempt(document: &Document, changes: &[Operation], target: &Value, aliases: Aliases) -> Attempt {
    let (mut tree, root) = match read::read(document) {
        Ok(read) => read,
        Err(cannot) => {
            return Attempt {
                result: Err(cannot),
                through_alias: false,
            };
        }
    };
    let replayed = replay::replay(document, &mut tree, root, changes, aliases);
    let result = replayed.result.and_then(|()| {
        if aliases == Aliases::WrittenOut {
            anchors::split(document, &mut tree, root)?;
        }
        let splices = emit::emit(document, &tree, root, target)?;
        accept::accept(document, &splices, target)
    });
    Attempt {
        result,
        through_alias: replayed.through_alias,
    }
}
