//! What can be asked: one operation of the published API, with what it needs and what its answer is.

use bytes::Bytes;
use http::Method;
use std::fmt;
use std::marker::PhantomData;

/// Rows asked for at once: the most that the API gives.
pub const PAGE: u32 = 200;

/// One operation, whose answer holds one `T` or a list of them.
pub struct Call<T> {
    pub(super) request: Request,
    answer: PhantomData<fn() -> T>,
}

/// What is sent, whatever the answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub body: Option<Bytes>,
    /// The member of the answer that holds what was asked for; none for an answer without an envelope.
    pub root: Option<&'static str>,
    pub scope: &'static str,
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            request: self.request.clone(),
            answer: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.request.method, self.request.path)
    }
}

impl<T> Call<T> {
    /// Any operation. `scope` is what the token needs for it.
    pub fn new(method: Method, path: impl Into<String>, scope: &'static str) -> Self {
        Self {
            request: Request {
                method,
                path: path.into(),
                query: String::new(),
                body: None,
                root: None,
                scope,
            },
            answer: PhantomData,
        }
    }

    /// Reads something.
    pub(super) fn get(path: impl Into<String>, scope: &'static str) -> Self {
        Self::new(Method::GET, path, scope)
    }

    /// Reads a list page by page.
    pub(super) fn list(path: impl Into<String>, root: &'static str, scope: &'static str) -> Self {
        Self::get(path, scope)
            .with_query("per_page", &PAGE.to_string())
            .below(root)
    }

    /// The same, with what was asked for below a member of the answer.
    #[must_use]
    pub fn below(mut self, root: &'static str) -> Self {
        self.request.root = Some(root);
        self
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        let query = &mut self.request.query;
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.push_str(&crate::clients::http::encode(value));
        self
    }

    /// The same with a body, which is JSON.
    #[must_use]
    pub fn with_body(mut self, json: impl Into<Bytes>) -> Self {
        self.request.body = Some(json.into());
        self
    }

    /// The scope that the token needs: `registry:read`.
    pub fn scope(&self) -> &'static str {
        self.request.scope
    }

    /// What is asked: `GET /v2/registries`.
    pub fn operation(&self) -> String {
        self.request.operation()
    }
}

impl Request {
    pub(super) fn operation(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
