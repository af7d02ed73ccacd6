//! METADATA: the YAML in comments by which a policy says what it is.

mod lists;
mod read;

pub(super) use read::Declared;
pub use read::MAX_ID;

use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place, SourceText};
use crate::value::{Value, ValueExt};
use crate::yaml::{Document, Limits, Part, SpanTree, load_part};
use read::Reader;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

/// Those by which a foreign file shows that it follows our contract.
const OURS: [&str; 4] = ["id", "severity", "evaluates", "kinds"];
/// A METADATA block and what it says.
pub(super) struct Block {
    source: Arc<SourceText>,
    /// The bytes of the comment lines, `# METADATA` included.
    pub(super) range: Range<usize>,
    document: Option<Document>,
    spans: OnceCell<Option<SpanTree>>,
}

/// A block, or why it cannot be read, with the offset of the code after it.
pub(super) type FoundBlock = (Result<Block, Box<Diagnostic>>, usize);

/// The METADATA blocks of a text in order, each with the offset of the code after it. A block that is no YAML is an
/// error; whether that matters is the caller's to say.
pub(super) fn blocks(source: &Arc<SourceText>) -> Vec<FoundBlock> {
    let text = source.text.as_str();
    if !text.contains("METADATA") {
        return Vec::new();
    }
    let lines: Vec<Range<usize>> = lines(text).collect();
    let comment = |line: &Range<usize>| text[line.clone()].trim_start().strip_prefix('#');
    // From the end: where the next code begins.
    let mut code = text.len();
    let mut code_after = vec![code; lines.len()];
    for (line, after) in lines.iter().zip(&mut code_after).rev() {
        *after = code;
        let words = text[line.clone()].trim_start();
        if !words.is_empty() && !words.starts_with('#') {
            code = line.end - words.len();
        }
    }
    let mut found = Vec::new();
    let mut number = 0;
    while let Some(line) = lines.get(number) {
        let first = number;
        number += 1;
        if comment(line).map(str::trim) == Some("METADATA") {
            while lines.get(number).is_some_and(|next| comment(next).is_some()) {
                number += 1;
            }
            found.push((first, number - 1));
        }
    }
    let mut blanked = String::with_capacity(text.len());
    for (first, last) in &found {
        blanked.push_str(&text[blanked.len()..lines[*first].end]);
        for line in &lines[first + 1..=*last] {
            blanked.push_str(&text[blanked.len()..line.start]);
            blanked.push_str(&text[line.clone()].replacen('#', " ", 1));
        }
    }
    let blanked = SourceText::new(source.name.clone(), blanked);
    found
        .into_iter()
        .map(|(first, last)| {
            let range = lines[first].start..lines[last].end;
            (
                Block::read(source, &blanked, range, lines[first].end),
                code_after[last],
            )
        })
        .collect()
}

/// The byte ranges of the lines, without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + Clone + '_ {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end + 1;
        range
    })
}

impl Block {
    /// Reads the YAML of a block. It is read in place: with the comment signs blanked, offsets are those of the file.
    fn read(
        source: &Arc<SourceText>,
        blanked: &Arc<SourceText>,
        range: Range<usize>,
        first_line_end: usize,
    ) -> Result<Self, Box<Diagnostic>> {
        let part = Part {
            index: 0,
            range: first_line_end..range.end,
        };
        let limits = Limits {
            nesting: 32,
            alias_nodes: 10_000,
            bytes: 64 << 10,
        };
        match load_part(blanked, &part, &limits) {
            Ok(document) => Ok(Self {
                source: Arc::clone(source),
                range,
                document,
                spans: OnceCell::new(),
            }),
            Err(mut problem) => {
                let moved = |place: Place| Place::new(source, place.span);
                problem.place = problem.place.map(moved).or(Some(Place::new(source, range)));
                problem.related = problem.related.map(|(place, words)| (moved(place), words));
                problem.message = format!("the METADATA cannot be read: {}", problem.message);
                Err(Box::new(problem))
            }
        }
    }

    /// What it says, null when it says nothing.
    pub(super) fn value(&self) -> &Value {
        self.document
            .as_ref()
            .map_or(&Value::Null, |document| &document.value)
    }

    /// Whether it follows our contract: it has one of the keys that only we define.
    pub(super) fn is_ours(&self) -> bool {
        OURS.iter().any(|key| self.value().at(&["custom", key]).is_some())
    }

    /// The id that it declares, right or wrong.
    pub(super) fn id(&self) -> Option<String> {
        self.value().text_at(&["custom", "id"]).map(str::to_owned)
    }

    /// A text of it, as `title`.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.value()
            .text_at(&[field])
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// The words of its scope; `None` when it does not say.
    pub(super) fn scope(&self) -> Option<&str> {
        self.value().text_at(&["scope"])
    }

    fn header(&self) -> Place {
        let text = &self.source.text[self.range.clone()];
        let end = text.find('\n').unwrap_or(text.len());
        let start = text.find('#').unwrap_or(0);
        Place::new(
            &self.source,
            self.range.start + start..self.range.start + text[..end].trim_end().len(),
        )
    }

    /// Where everything in it stands; `None` when it says nothing.
    fn spans(&self) -> Option<&SpanTree> {
        let read = || self.document.as_ref().map(Document::spans);
        self.spans.get_or_init(read).as_ref()
    }

    fn place(&self, path: &[&str]) -> Place {
        let path = FieldPath(path.iter().map(|key| element(key)).collect());
        self.spans().map_or_else(
            || self.header(),
            |spans| Place::new(&self.source, spans.locate(&path).span),
        )
    }

    fn key_place(&self, path: &[&str]) -> Place {
        let fields = FieldPath(path.iter().map(|key| element(key)).collect());
        self.spans()
            .and_then(|spans| spans.locate_key(&fields))
            .map_or_else(|| self.place(path), |place| Place::new(&self.source, place.span))
    }

    /// Reads a block that must be complete; all that is wrong with it is said at once. `last` is the last part of the
    /// package.
    pub(super) fn declared(&self, last: &str) -> Result<Declared, Vec<Diagnostic>> {
        Reader::declared(self, last)
    }
}

fn element(step: &str) -> PathElement {
    match step.parse() {
        Ok(index) => PathElement::Index(index),
        Err(_) => PathElement::Key(step.to_owned()),
    }
}
