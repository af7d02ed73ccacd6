//! What was asked of the fakes, for tests that count and read it. Tokens are never kept.

use std::fmt;

/// Which of the fake's endpoints was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The API.
    Api,
    /// The registry's own, where images are pulled from.
    Registry,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which endpoint was asked.
    pub endpoint: Endpoint,
    /// `GET`, …
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The query as it was sent; empty when there was none.
    pub query: String,
    /// Whether it carried a header `Authorization`.
    pub authorized: bool,
    /// The status of the answer; 0 when the connection was closed without one.
    pub status: u16,
}

/// As a line: `GET /v2/vpcs?page=2 → 200`.
impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.query.is_empty() { "" } else { "?" };
        write!(
            formatter,
            "{} {}{mark}{} → {}",
            self.method, self.path, self.query, self.status
        )
    }
}
