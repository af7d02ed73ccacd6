//! Sees that an answer in XML came to its end. The library's reader takes what is there when a text stops early, and half a
//! listing would look like a whole one.

use aws_sdk_s3::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

/// Fails an answer that ends within its document.
#[derive(Debug)]
pub(super) struct Whole;

/// The answer ended early.
#[derive(Debug, thiserror::Error)]
#[error("the answer ends within its document")]
pub(super) struct Cut;

impl Intercept for Whole {
    fn name(&self) -> &'static str {
        "Whole"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        if context.output_or_error().is_ok() && !is_whole(body) {
            return Err(Cut.into());
        }
        Ok(())
    }
}

/// Whether a document in XML is closed by the element that opened it. Other texts are not judged.
pub(super) fn is_whole(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let mut rest = body;
    while rest.starts_with(b"<?") || rest.starts_with(b"<!") {
        let Some(end) = rest.iter().position(|byte| *byte == b'>') else {
            return false;
        };
        rest = rest[end + 1..].trim_ascii_start();
    }
    if rest.is_empty() {
        return body.is_empty();
    }
    let Some(tag) = rest.strip_prefix(b"<") else {
        return true;
    };
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let Some(length) = tag.iter().position(ends) else {
        return false;
    };
    let (name, after) = tag.split_at(length);
    let closed_at_once =
        || after.iter().position(|byte| *byte == b'>') == Some(after.len() - 1) && after.ends_with(b"/>");
    let closing = body
        .strip_suffix(b">")
        .map(<[u8]>::trim_ascii_end)
        .and_then(|body| body.strip_suffix(name))
        .is_some_and(|body| body.ends_with(b"</"));
    closing || closed_at_once()
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn a_document_ends_with_the_element_that_opened_it() {
        for whole in [
            "",
            "{\"Version\": \"2012-10-17\"}",
            "<A/>",
            "<A xmlns=\"b\"/>",
            "<?xml version=\"1.0\"?>\n<A xmlns=\"b\"><B>1</B></A>\n",
            "<A></A >",
        ] {
            assert!(is_whole(whole.as_bytes()), "{whole}");
        }
        let text = "<?xml version=\"1.0\"?>\n<A xmlns=\"b\"><B>1</B><C/></A>";
        for end in 1..text.len() {
            assert!(!is_whole(&text.as_bytes()[..end]), "{}", &text[..end]);
        }
        assert!(!is_whole(b"<A><A/>"), "the inner one does not close the outer");
    }
}
