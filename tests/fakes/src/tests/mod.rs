//! The fake as its clients see it: everything here goes over HTTP.

mod contract;
mod faults;
mod kubernetes;
mod money;
mod pulling;
mod refusals;
mod spaces;
mod writes;

use crate::http::forward;
use crate::{Fake, World};
use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::Value;
use std::path::PathBuf;

/// A client of one base URL.
struct Client {
    base: String,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answered {
    status: u16,
    headers: HeaderMap,
    text: String,
    body: Value,
}

impl Client {
    fn new(base: &str, token: &str) -> Self {
        Self {
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    fn of(fake: &Fake) -> Self {
        Self::new(&fake.url(), &fake.token())
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Answered {
        self.with(
            method,
            path,
            body,
            &[("authorization", &format!("Bearer {}", self.token))],
        )
        .unwrap()
    }

    fn get(&self, path: &str) -> Answered {
        self.ask("GET", path, &Value::Null)
    }

    fn with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Result<Answered, String> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            request = request.header("content-type", "application/json");
            Bytes::from(body.to_string())
        };
        let request = request.body(bytes).unwrap();
        let authority = self.base.trim_start_matches("http://").to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let answer = runtime.block_on(forward(&authority, request))?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        Ok(Answered {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        })
    }
}

impl Answered {
    /// The same, after it was seen to be of this status.
    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The environment `stage`.
fn stage() -> (Fake, Client) {
    let fake = Fake::start(World::stage()).unwrap();
    let client = Client::of(&fake);
    (fake, client)
}

/// The repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A value as a path needs it.
fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
