//! What can happen to an answer on its way from the API server to the program.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

/// What happens to one answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deed {
    /// Nothing.
    Pass,
    /// It comes, but later.
    Delay(Duration),
    /// The connection is reset instead.
    Reset,
    /// The connection is closed in order, without an answer.
    Close,
    /// No answer, and the connection stays.
    Stall,
    /// It is asked, and the answer is kept back.
    StallAfterwards,
    /// This part of the answer, 0 to 1, then silence.
    StallWithin(f64),
    /// The connection ends after this part of the answer, which had promised its whole length.
    Cut(f64),
    /// The same as an answer without a length, which the end of the connection ends.
    CutWithoutLength(f64),
    /// Only this part, up to a closing brace, with a length that fits it: in HTTP's terms all is well.
    CutInSecret(f64),
    /// This status, with or without Retry-After in seconds.
    Status(u16, Option<u64>),
    /// This text instead, as JSON with status 200.
    Text(&'static str),
    /// An answer that says it will be of this length.
    Promise(usize),
    /// The previous answer to a question about the same list, if there was one.
    Repeat,
    /// The list's continuation is no longer kept: status 410, with a token to go on with what is there now.
    Expire,
    /// It is asked for as JSON and nothing more: a server that has no aggregated discovery answers so.
    Plain,
    /// Another path is asked for.
    Instead(String),
}

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `GET`, `POST`, `PATCH`, …
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The query, empty when there is none.
    pub query: String,
    /// How often this path was asked for before.
    pub times: u64,
}

impl Asked {
    /// Whether this changes something, and is not only tried.
    pub(crate) fn changes(&self) -> bool {
        self.method != "GET" && !self.query.contains("dryRun=All") && !self.path.contains("/leases")
    }

    /// Whether this asks for the rest of a list.
    pub(crate) fn is_continuation(&self) -> bool {
        self.query.contains("continue=")
    }

    /// The token of this question as the API server writes it when a list's time is over: the same place, at no time.
    pub(crate) fn go_on(&self) -> String {
        let token = self
            .query
            .split('&')
            .find_map(|pair| pair.strip_prefix("continue="))
            .unwrap_or_default()
            .replace("%3D", "=");
        let json = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).unwrap();
        let mut value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        value["rv"] = serde_json::json!(-1);
        URL_SAFE_NO_PAD.encode(value.to_string())
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a length is roughly a part"
)]
/// So much of a length.
pub(crate) fn share(length: usize, part: f64) -> usize {
    // Never the whole: that would be no cut.
    ((length as f64 * part) as usize).min(length.saturating_sub(1))
}
