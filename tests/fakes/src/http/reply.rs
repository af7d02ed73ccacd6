//! What a handler answers.

use http::StatusCode;
use serde_json::{Value, json};

/// An answer, or why there is none.
pub(crate) type Answer = Result<Reply, Refusal>;

/// A successful answer.
#[derive(Debug)]
pub(crate) enum Reply {
    /// A body of JSON.
    Json(StatusCode, Value),
    /// A body of YAML.
    Yaml(String),
    /// No body.
    Empty(StatusCode),
    /// A collection, of which a page is sent.
    Page {
        /// The key of the rows.
        key: &'static str,
        /// All rows.
        rows: Vec<Value>,
        /// Whether pages can be asked for by a token, too.
        by_token: bool,
    },
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "handlers end with one of these, and all of them may refuse"
)]
impl Reply {
    /// 200 with a value below a key.
    pub(crate) fn one(key: &str, value: Value) -> Answer {
        Self::with(StatusCode::OK, key, value)
    }

    /// The same with another status.
    pub(crate) fn with(status: StatusCode, key: &str, value: Value) -> Answer {
        let mut body = serde_json::Map::new();
        body.insert(key.to_owned(), value);
        Ok(Self::Json(status, Value::Object(body)))
    }

    /// 200 with a body that has no envelope.
    pub(crate) fn bare(value: Value) -> Answer {
        Ok(Self::Json(StatusCode::OK, value))
    }

    /// 204.
    pub(crate) fn nothing() -> Answer {
        Ok(Self::Empty(StatusCode::NO_CONTENT))
    }

    /// 202 without a body.
    pub(crate) fn accepted() -> Answer {
        Ok(Self::Empty(StatusCode::ACCEPTED))
    }

    /// A collection in pages.
    pub(crate) fn pages(key: &'static str, rows: Vec<Value>) -> Answer {
        Ok(Self::Page {
            key,
            rows,
            by_token: false,
        })
    }
}

/// An error in DigitalOcean's form.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) id: &'static str,
    pub(crate) message: String,
    /// Seconds after which another attempt is worth it.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, id: &'static str, message: &str) -> Self {
        Self {
            status,
            id,
            message: message.to_owned(),
            retry_after: None,
        }
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Unable to authenticate you",
        )
    }

    pub(crate) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// The token lacks a scope. The service does not say which.
    pub(crate) fn lacking_scope() -> Self {
        Self::forbidden("You are not authorized to perform this operation")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "The resource you requested could not be found.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This method is not allowed here.",
        )
    }

    pub(crate) fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    pub(crate) fn precondition_failed(message: &str) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message)
    }

    pub(crate) fn unprocessable(message: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable_entity", message)
    }

    /// 429; only a burst says when to come back.
    pub(crate) fn too_many(retry_after: Option<u64>) -> Self {
        Self {
            retry_after,
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "API Rate limit exceeded.",
            )
        }
    }

    pub(crate) fn server_error(status: StatusCode) -> Self {
        Self::new(status, "server_error", "Unexpected server-side error")
    }

    /// The body.
    pub(crate) fn body(&self, request: &str) -> Value {
        json!({"id": self.id, "message": self.message, "request_id": request})
    }
}
