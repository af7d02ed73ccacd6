//! The quick way to the most asked-for place: an object's name in a document in block style.
//!
//! Thousands of findings point at nothing finer than the object. Reading each document again for that would cost as much
//! as loading it.

use std::ops::Range;

/// The bytes (relative to `text`) of the plain or quoted scalar at `metadata.name` when the document is a block mapping
/// in which it can be found line by line; `None` means that the document must be read properly.
pub(super) fn metadata_name(text: &str) -> Option<Range<usize>> {
    let mut offset = 0;
    let mut inside: Option<usize> = None;
    let mut found = None;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let body = line.trim_end_matches(['\n', '\r']);
        let indent = body.len() - body.trim_start_matches(' ').len();
        let content = &body[indent..];
        // Anything that could change what lines mean: leave it to the parser.
        if content.starts_with(['{', '[', '&', '*', '!', '?', '"', '\'', '|', '>', '\t']) {
            return None;
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if indent == 0 {
            if found.is_some() {
                return found;
            }
            if content.starts_with("<<") {
                return None;
            }
            inside = (content.trim_end() == "metadata:").then_some(0);
            continue;
        }
        match inside {
            Some(0) => inside = Some(indent),
            None => continue,
            Some(_) => {}
        }
        if inside != Some(indent) || found.is_some() {
            continue;
        }
        if content.starts_with("<<") {
            return None;
        }
        if let Some(value) = content.strip_prefix("name:") {
            let scalar = value.trim_start_matches(' ');
            if scalar.len() == value.len() {
                continue;
            }
            let at = start + indent + "name:".len() + (value.len() - scalar.len());
            found = Some(at..at + plain_length(scalar)?);
        }
    }
    found
}

/// The length of a scalar of the characters of Kubernetes names; anything else (quotes, tags, anchors) is not ours.
fn plain_length(scalar: &str) -> Option<usize> {
    let length = scalar
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        .count();
    let rest = scalar[length..].trim_start_matches(' ');
    (length > 0 && (rest.is_empty() || rest.starts_with('#') && rest.len() < scalar.len() - length))
        .then_some(length)
}

#[cfg(test)]
mod tests {
    use super::metadata_name;
    use crate::path::{FieldPath, PathElement};
    use crate::source::SourceText;
    use crate::yaml::{Limits, documents};

    #[test]
    fn the_quick_way_and_the_parser_agree_or_it_gives_way() {
        let texts = [
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a-b.c # the name\n  labels:\n    name: x\nspec: {}\n",
            "metadata:\n  labels:\n    name: x\n  name: real\n",
            "metadata:\n    labels: {name: x}\n    name: real\nspec:\n  name: other\n",
            "kind: X\r\nmetadata:\r\n  name: crlf\r\n",
            "spec:\n  metadata:\n    name: inner\nmetadata:\n  name: outer\n",
            "metadata:\n  name: \"quoted\"\n",
            "metadata: {name: flow}\n",
            "data: |\n  metadata:\n    name: text\nmetadata:\n  name: real",
            "metadata:\n  annotations:\n    x: |\n  name: dedented\n",
        ];
        let path = FieldPath(
            ["metadata", "name"]
                .map(|key| PathElement::Key(key.to_owned()))
                .to_vec(),
        );
        for text in texts {
            let source = SourceText::new("t", text);
            let Some(Ok(document)) = documents(&source, &Limits::default()).next() else {
                panic!("{text}")
            };
            let parsed = document.spans().locate(&path).span;
            if let Some(quick) = metadata_name(text) {
                assert_eq!(quick, parsed, "{text}");
            }
            assert_eq!(document.locate(&path).span, parsed, "{text}");
        }
        assert!(metadata_name(texts[0]).is_some());
    }
}
