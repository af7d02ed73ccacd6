//! The last word: a result counts only if it reads as exactly what was asked for.

use super::super::{Document, Limits, json, load_part, split};
use super::Cannot;
use super::readers;
use super::splice::Splices;
use crate::source::SourceText;
use crate::value::Value;

/// The text with the splices done, if this document then says `target`, is JSON if it was, and every other document
/// has the bytes it had.
pub(super) fn accept(document: &Document, splices: &Splices, target: &Value) -> Result<String, Cannot> {
    let old = &document.source;
    let failed = |reason: &str| Cannot::at(document, document.range.clone(), reason);
    if !splices.within(&document.range) {
        return Err(failed("the change would reach outside its document"));
    }
    let text = splices
        .apply(&old.text)
        .ok_or_else(|| failed("parts of the change would overlap in the text"))?;
    let limits = Limits {
        bytes: usize::MAX,
        ..Limits::default()
    };
    let was_json = old
        .text
        .get(document.range.clone())
        .and_then(|part| json::load(part, &limits));
    let new = SourceText::new(old.name.clone(), text);
    let (before, after) = (split(old), split(&new));
    let end = (document.range.end + new.text.len()).checked_sub(old.text.len());
    let apart = before.len() == after.len()
        && before.iter().zip(&after).all(|(before, after)| {
            if before.range == document.range {
                return after.range.start == document.range.start && Some(after.range.end) == end;
            }
            old.text.get(before.range.clone()) == new.text.get(after.range.clone())
        });
    let part = after
        .iter()
        .find(|part| part.range.start == document.range.start && Some(part.range.end) == end);
    let Some(part) = part.filter(|_| apart) else {
        return Err(failed("the change would move the borders between documents"));
    };
    let read = load_part(&new, part, &limits).map_err(|_| failed("the text would no longer be readable"))?;
    if read.as_ref().map_or(&Value::Null, |read| &read.value) != target {
        return Err(failed("the changed text would say something else"));
    }
    if let Some(read) = &read
        && readers::agree(read).is_err()
    {
        return Err(failed(
            "kubectl and Kustomize would read the changed text differently: a key would stand above a merge key (`<<`) that brings it too",
        ));
    }
    let container = matches!(target, Value::Object(_) | Value::Array(_));
    if was_json.is_some()
        && container
        && new
            .text
            .get(part.range.clone())
            .and_then(|part| json::load(part, &limits))
            .is_none()
    {
        return Err(failed("the text would no longer be JSON"));
    }
    Ok(new.text.clone())
}
