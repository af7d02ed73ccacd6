//! The comments of a document, for waivers.

use super::{Purpose, parser};
use crate::source::SourceText;
use granit_parser::Event;
use std::ops::Range;
use std::sync::Arc;

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its words, without `#` and the spaces around.
    pub text: String,
    /// Its bytes in the source, from `#` to the end of the line.
    pub span: Range<usize>,
    /// Whether nothing but spaces stands before it on its line.
    pub alone: bool,
}

/// The comments of the document at `range` in order; of one that cannot be read, those before the error.
pub(super) fn comments(source: &Arc<SourceText>, range: &Range<usize>) -> Vec<Comment> {
    let text = source.text.get(range.clone()).unwrap_or_default();
    let mut found: Vec<Comment> = parser(text, 0, Purpose::Comment)
        .map_while(Result::ok)
        .filter_map(|(event, span)| {
            let (Event::Comment(..), Some(span)) = (event, span.byte_range()) else {
                return None;
            };
            let words = text.get(span.clone())?;
            let line = text[..span.start].rfind(['\n', '\r']).map_or(0, |end| end + 1);
            Some(Comment {
                text: words.trim_start_matches('#').trim().to_owned(),
                alone: text[line..span.start].trim().is_empty(),
                span: range.start + span.start..range.start + span.end,
            })
        })
        .collect();
    found.sort_by_key(|comment| comment.span.start);
    found
}
