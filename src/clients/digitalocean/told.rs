//! What the API says when it does not give what was asked for: `{"id", "message", "request_id"}`.

use crate::clients::http::one_line;
use envcheck_core::inventory::redact;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// How much of the body of an error is read.
pub(super) const MAX_ERROR_BODY: usize = 64 << 10;

/// What is known of an answer that is an error.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// Whether the body is an error of the API.
    pub is_own: bool,
    /// In one line, cut to what fits an error.
    pub message: String,
    /// With what the support of DigitalOcean finds the request.
    pub request_id: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    id: String,
    message: String,
    #[serde(default)]
    request_id: Option<String>,
}

impl Told {
    /// Reads a body, complete or cut. What repeats `secret`, or a credential that was sent, does not show it.
    pub(super) fn read(body: &[u8], headers: &HeaderMap, secret: &str) -> Self {
        let clean = |text: &str| one_line(&text.replace(secret, "…"));
        let header = headers
            .get("x-request-id")
            .and_then(|id| id.to_str().ok())
            .filter(|id| !id.is_empty());
        match serde_json::from_slice::<Body>(body) {
            Ok(told) => Self {
                is_own: !told.id.is_empty(),
                message: redact::hidden(&clean(&told.message)),
                request_id: told.request_id.as_deref().or(header).map(clean),
            },
            Err(_) => Self {
                is_own: false,
                message: String::new(),
                request_id: header.map(clean),
            },
        }
    }

    /// `403: the words of the API, request 4d9d8375`, as far as there are any.
    pub(super) fn describe(&self, status: StatusCode) -> String {
        let code = status.as_u16();
        let words = match (self.message.as_str(), status.canonical_reason()) {
            ("", Some(name)) => format!("{code} {name}"),
            ("", None) => code.to_string(),
            (message, _) => format!("{code}: {}", message.trim_end_matches('.')),
        };
        match &self.request_id {
            Some(id) => format!("{words}, request {id}"),
            None => words,
        }
    }
}
