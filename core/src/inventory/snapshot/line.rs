//! One line of a capture's file: one record, which says what it is.

use super::{Entry, MAX_LINE, Subject, sha256};
use crate::value::{Value, ValueExt};

/// What is wrong with one line, said of that line ("is not JSON …").
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Longer than [`MAX_LINE`].
    #[error("is longer than {} MiB", MAX_LINE / 1024 / 1024)]
    TooLong,
    /// Not text.
    #[error("is not UTF-8: the byte at column {0} is no character's")]
    NotUtf8(usize),
    /// Not one JSON value.
    #[error("is not JSON: {0}")]
    NotJson(String),
    /// A JSON value other than an object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// An object of another kind than the file's.
    #[error("is {found}, in the file of {expected}")]
    OtherKind {
        /// The file's kind.
        expected: Subject,
        /// What the object says it is.
        found: String,
    },
    /// An object without `metadata.name`.
    #[error("has no metadata.name")]
    Unnamed,
}

/// Reads one line (without its line feed) of the file of `subject`.
pub fn parse_line(subject: &Subject, line: &[u8]) -> Result<Value, LineFault> {
    if line.len() > MAX_LINE {
        return Err(LineFault::TooLong);
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| LineFault::NotUtf8(error.valid_up_to().saturating_add(1)))?;
    let value = crate::inventory::page::json(text).map_err(|error| {
        LineFault::NotJson(error.to_string().replace(" at line 1 column ", " at column "))
    })?;
    verify(subject, &value)?;
    Ok(value)
}

/// Whether a record may stand in the file of `subject`.
fn verify(subject: &Subject, value: &Value) -> Result<(), LineFault> {
    if !matches!(value, Value::Object(_)) {
        return Err(LineFault::NotAnObject);
    }
    if let Subject::Kind { .. } = subject {
        let api_version = value.text_at(&["apiVersion"]).unwrap_or_default();
        let kind = value.text_at(&["kind"]).unwrap_or_default();
        if Subject::of(api_version, kind).as_ref() != Some(subject) {
            return Err(LineFault::OtherKind {
                expected: subject.clone(),
                found: match (api_version, kind) {
                    ("", "") => "an object without apiVersion and kind".to_owned(),
                    _ => format!("{api_version}/{kind}"),
                },
            });
        }
        if value.text_at(&["metadata", "name"]).is_none_or(str::is_empty) {
            return Err(LineFault::Unnamed);
        }
    }
    Ok(())
}

/// One record on its way into a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// What files are sorted by: the namespace (empty for cluster-scoped and account objects).
    pub namespace: String,
    /// Then the name, or the id of an account object.
    pub name: String,
    /// The record as JSON on one line, without line feed.
    pub json: String,
}

impl Row {
    /// The record of an object; `Err` when no reader would accept it in the file of `subject`.
    pub fn of(subject: &Subject, value: &Value) -> Result<Self, LineFault> {
        verify(subject, value)?;
        let json = serde_json::to_string(value).map_err(|error| LineFault::NotJson(error.to_string()))?;
        if json.len() > MAX_LINE {
            return Err(LineFault::TooLong);
        }
        let text = |path: &[&str]| value.text_at(path).unwrap_or_default().to_owned();
        let (namespace, name) = match (subject, value.field("id")) {
            (Subject::Kind { .. }, _) => (text(&["metadata", "namespace"]), text(&["metadata", "name"])),
            (_, Some(id)) => (
                String::new(),
                id.text().map_or_else(|| id.to_string(), str::to_owned),
            ),
            (_, None) => (String::new(), text(&["name"])),
        };
        Ok(Self {
            namespace,
            name,
            json,
        })
    }
}

/// The file of one subject: its bytes, and its line in the manifest. Rows are sorted, so equal contents give equal bytes.
pub fn write_file(subject: &Subject, mut rows: Vec<Row>) -> (Entry, Vec<u8>) {
    rows.sort();
    let mut bytes = Vec::with_capacity(rows.iter().map(|row| row.json.len() + 1).sum());
    for row in &rows {
        bytes.extend_from_slice(row.json.as_bytes());
        bytes.push(b'\n');
    }
    let entry = Entry {
        path: subject.path(),
        count: rows.len() as u64,
        bytes: bytes.len() as u64,
        sha256: sha256(&bytes),
        resource_versions: Vec::new(),
    };
    (entry, bytes)
}
