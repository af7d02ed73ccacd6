//! What a server says when it does not give what was asked for: the `Status` object in the body, read for its reason
//! and message only.

pub(super) use crate::clients::http::one_line;
use envcheck_core::inventory::redact;
use http::StatusCode;
use serde::Deserialize;

/// How much of the body of an error is read.
pub(super) const MAX_STATUS_BODY: usize = 64 << 10;

/// What is known of an answer that is an error.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// Whether the body is a `Status`, as every error of an API server that has one.
    pub is_status: bool,
    /// `Expired`, `Forbidden`…
    pub reason: String,
    /// In one line, cut to what fits an error.
    pub message: String,
    /// Of a list that expired: with what to go on.
    pub continue_token: Option<String>,
}

#[derive(Default, Deserialize)]
struct ListMeta {
    #[serde(rename = "continue", default)]
    continue_token: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    metadata: Option<ListMeta>,
    kind: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// The words of a server as they may be shown and kept: it repeats what it refuses, and admission may quote whatever an object
/// holds.
pub(super) fn without_values(words: &str) -> String {
    const REPEATS: &str = "Invalid value: ";
    let mut safe = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(at) = rest.find(REPEATS) {
        let (before, value) = rest.split_at(at + REPEATS.len());
        safe.push_str(before);
        rest = value;
        // Of a number or a name it says what is wrong; of an object it repeats all.
        if value
            .split(['"', ' ', ':'])
            .next()
            .is_some_and(|word| word.contains(['{', '[']))
        {
            let end = ["}: ", "]: "].iter().filter_map(|end| value.rfind(end)).max();
            safe.push('…');
            rest = end.map_or("", |end| &value[end + 1..]);
        }
    }
    safe.push_str(rest);
    redact::hidden(&safe)
}

impl Told {
    /// Reads a body, complete or cut.
    pub(super) fn read(body: &[u8], content_type: &str) -> Self {
        if let Ok(status) = serde_json::from_slice::<Status>(body)
            && status.kind == "Status"
        {
            return Self {
                is_status: true,
                reason: status.reason.unwrap_or_default(),
                message: one_line(&without_values(&status.message.unwrap_or_default())),
                continue_token: status
                    .metadata
                    .and_then(|meta| meta.continue_token)
                    .filter(|token| !token.is_empty()),
            };
        }
        // Go's own refusals, as of plain http on a TLS port, come without a type.
        let plain = content_type.is_empty() || content_type.starts_with("text/plain");
        let first = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Self {
            is_status: false,
            reason: String::new(),
            continue_token: None,
            message: if plain {
                one_line(&without_values(&String::from_utf8_lossy(first)))
            } else {
                String::new()
            },
        }
    }

    /// `403 Forbidden: the words of the server`, as far as there are any.
    pub(super) fn describe(&self, status: StatusCode) -> String {
        match (self.message.as_str(), status.canonical_reason()) {
            ("", Some(name)) => format!("{} {name}", status.as_u16()),
            ("", None) => status.as_u16().to_string(),
            (message, _) => format!("{}: {message}", status.as_u16()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_repeats_is_shown_without_credentials() {
        for (words, shown) in [
            (
                r#"Job.batch "j" is invalid: spec.template: Invalid value: core.PodTemplateSpec{Args:["--requirepass","CANARY"]}: field is immutable"#,
                r#"Job.batch "j" is invalid: spec.template: Invalid value: …: field is immutable"#,
            ),
            (
                "denied: api-token is x password=CANARY",
                "denied: api-token is x password=…",
            ),
            (
                r#"Env:[{"Name":"DB_PASSWORD","Value":"CANARY"}]"#,
                r#"Env:[{"Name":"DB_PASSWORD","Value":"…"}]"#,
            ),
            (
                r#"spec.replicas: Invalid value: "a": must be a number"#,
                r#"spec.replicas: Invalid value: "a": must be a number"#,
            ),
        ] {
            assert_eq!(without_values(words), shown);
        }
    }
}
