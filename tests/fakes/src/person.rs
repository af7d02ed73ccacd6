//! Somebody with a token who changes the account over HTTP, as a person does with the control panel.

use crate::Fake;
use crate::http::forward;
use bytes::Bytes;
use http::Request;
use serde_json::Value;

impl Fake {
    /// Asks the API by the way that clients take: through the contract, where one stands before it. `body` is `null` for
    /// none; the answer's body is `null` when it has none.
    ///
    /// # Errors
    /// The API refused, or did not answer.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let failed = |words: &dyn std::fmt::Display| format!("{method} {path}: {words}");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token()));
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            request = request.header("content-type", "application/json");
            Bytes::from(body.to_string())
        };
        let request = request.body(bytes).map_err(|error| failed(&error))?;
        let base = self.public_url();
        let answer =
            block_on(forward(base.trim_start_matches("http://"), request)).map_err(|error| failed(&error))?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        if answer.status().is_success() {
            Ok(serde_json::from_str(&text).unwrap_or_default())
        } else {
            Err(failed(&format!("{}: {text}", answer.status())))
        }
    }
}

/// Waits for an answer on a runtime of its own.
pub(crate) fn block_on<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start a runtime: {error}"))?
        .block_on(answer)
}
