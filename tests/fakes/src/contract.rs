//! The published description of the API as a proxy: between envcheck and the fake, neither of which may break it.
//!
//! A request goes from the client to a [`Guarded`] front, which notes what is found wrong; from there to Prism, which
//! judges it and later its answer; from Prism to the back, which knows from a header which fake is meant. One Prism
//! serves any number of fakes: it takes many seconds to start.

use crate::Fake;
use crate::http::{Body, Listening, body_of, forward, response};
use crate::prism::Prism;
use crate::server::Server;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Which fake a request is for, on its way through Prism.
const UPSTREAM: &str = "x-fake-upstream";
/// How Prism's own errors begin.
const PRISM: &str = "https://stoplight.io/prism/errors#";

/// Prism as a proxy that knows the description.
#[derive(Debug)]
pub struct Contract {
    prism: Arc<Server>,
    /// Kept for Prism, which sends everything there.
    _back: Listening,
}

impl Contract {
    /// The description, in `$ENVCHECK_TEST_DATA/contracts`.
    ///
    /// # Errors
    /// A sentence that says what lacks.
    pub fn file() -> Result<PathBuf, String> {
        let folder = std::env::var_os("ENVCHECK_TEST_DATA")
            .filter(|folder| !folder.is_empty())
            .ok_or(
                "ENVCHECK_TEST_DATA is not set: point it to the folder that holds `given` and `contracts`",
            )?;
        let file = Path::new(&folder).join("contracts/digitalocean-openapi.json");
        if file.is_file() {
            Ok(file)
        } else {
            Err("ENVCHECK_TEST_DATA has no contracts/digitalocean-openapi.json".to_owned())
        }
    }

    /// Starts Prism as a proxy and waits until it serves.
    ///
    /// # Errors
    /// It ended, or does not serve: with the last lines of its log.
    pub fn start(prism: &Prism, file: &Path) -> Result<Self, String> {
        let back = Listening::start("contract-back", 0, |request| async move {
            let upstream = request.headers().get(UPSTREAM).cloned();
            let upstream = upstream.and_then(|value| value.to_str().ok().map(str::to_owned));
            let passed = match upstream {
                Some(upstream) => pass(&upstream, request, None).await,
                None => Err("a request that names no fake".to_owned()),
            };
            Some(shown(passed))
        })?;
        let server = serve(prism, "proxy", file, Some(&back.url()))?;
        Ok(Self {
            prism: Arc::new(server),
            _back: back,
        })
    }

    /// Puts the contract before a fake, whose links lead through it from then on.
    ///
    /// # Errors
    /// This machine has no free port.
    pub fn before(&self, fake: &Fake) -> Result<Guarded, String> {
        let upstream = fake.url().trim_start_matches("http://").to_owned();
        let guarded = Guarded::start(Arc::clone(&self.prism), Some(upstream))?;
        fake.appear_as(&guarded.url());
        Ok(guarded)
    }

    /// Starts Prism with nothing behind it: it answers with the examples of the description.
    ///
    /// # Errors
    /// See [`Contract::start`].
    pub fn mock(prism: &Prism, file: &Path) -> Result<Guarded, String> {
        Guarded::start(Arc::new(serve(prism, "mock", file, None)?), None)
    }
}

fn serve(prism: &Prism, mode: &str, file: &Path, upstream: Option<&str>) -> Result<Server, String> {
    let file = file
        .canonicalize()
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let flags = |port: u16| {
        let mut flags = vec![prism.program.to_string_lossy().into_owned(), mode.to_owned()];
        flags.extend(["-h", "127.0.0.1", "-p"].map(str::to_owned));
        flags.push(port.to_string());
        flags.extend(["--errors", "--multiprocess=false"].map(str::to_owned));
        flags.push(file.to_string_lossy().into_owned());
        flags.extend(upstream.map(str::to_owned));
        flags
    };
    Server::start("prism", &prism.node, &flags, &|_, log| {
        log.contains("Prism is listening")
    })
}

/// Something behind the contract. Whoever drops it without having asked for its violations panics when there are any.
#[derive(Debug)]
pub struct Guarded {
    front: Listening,
    violations: Arc<Mutex<Vec<String>>>,
    /// Kept as long as anything is behind it.
    _prism: Arc<Server>,
}

impl Guarded {
    fn start(prism: Arc<Server>, upstream: Option<String>) -> Result<Self, String> {
        let violations = Arc::new(Mutex::new(Vec::new()));
        let (noted, authority) = (Arc::clone(&violations), prism.authority());
        let front = Listening::start("contract-front", 0, move |request| {
            let (noted, authority, upstream) = (Arc::clone(&noted), authority.clone(), upstream.clone());
            async move {
                let what = format!("{} {}", request.method(), request.uri());
                let passed = pass(&authority, request, upstream).await;
                if let Some(violation) = violation(&passed) {
                    noted
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(format!("{what}: {violation}"));
                }
                Some(shown(passed))
            }
        })?;
        Ok(Self {
            front,
            violations,
            _prism: prism,
        })
    }

    /// The base URL, for `DIGITALOCEAN_API_URL`.
    pub fn url(&self) -> String {
        self.front.url()
    }

    /// What broke the contract so far, one sentence a request; asked for, it is forgotten.
    pub fn violations(&self) -> Vec<String> {
        std::mem::take(&mut *self.violations.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let violations = self.violations();
        assert!(
            violations.is_empty() || std::thread::panicking(),
            "the contract of the API was broken:\n{}",
            violations.join("\n")
        );
    }
}

/// Passes a request on, with the header that names the fake.
async fn pass(
    authority: &str,
    request: Request<Incoming>,
    upstream: Option<String>,
) -> Result<Response<Bytes>, String> {
    let (mut parts, body) = request.into_parts();
    let body = body_of(body).await;
    parts.headers.remove(UPSTREAM);
    if let Some(upstream) = upstream.and_then(|upstream| HeaderValue::from_str(&upstream).ok()) {
        parts.headers.insert(UPSTREAM, upstream);
    }
    forward(authority, Request::from_parts(parts, body)).await
}

fn shown(passed: Result<Response<Bytes>, String>) -> Response<Body> {
    match passed {
        Ok(answer) => answer.map(Body::new),
        Err(reason) => response(StatusCode::BAD_GATEWAY, &[], reason),
    }
}

/// What Prism found wrong, of a request or of its answer.
fn violation(passed: &Result<Response<Bytes>, String>) -> Option<String> {
    let answer = match passed {
        Ok(answer) => answer,
        Err(reason) => return Some(reason.clone()),
    };
    let header = answer.headers().get("sl-violations");
    let listed = header.and_then(|header| serde_json::from_slice(header.as_bytes()).ok());
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let kind = body["type"].as_str().and_then(|kind| kind.strip_prefix(PRISM));
    let list: Value = match (listed, kind) {
        (Some(listed), _) => listed,
        (None, Some(_)) => body["validation"].clone(),
        (None, None) => return None,
    };
    let sentences: Vec<&str> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["message"].as_str())
        .collect();
    let detail = body["detail"].as_str().unwrap_or_default();
    Some(if sentences.is_empty() {
        format!("{} {detail}", kind.unwrap_or("violated"))
    } else {
        sentences.join("; ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_prism_says_is_a_violation() {
        let answer = |body: &str| Ok(Response::new(Bytes::from(body.to_owned())));
        assert_eq!(violation(&answer(r#"{"id": "not_found", "message": "m"}"#)), None);
        let refused = r#"{"type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY", "detail": "d",
                          "validation": [{"message": "per_page must be <= 200"}]}"#;
        assert_eq!(violation(&answer(refused)).unwrap(), "per_page must be <= 200");
        let lost =
            r#"{"type": "https://stoplight.io/prism/errors#NO_PATH_MATCHED_ERROR", "detail": "no route"}"#;
        assert_eq!(
            violation(&answer(lost)).unwrap(),
            "NO_PATH_MATCHED_ERROR no route"
        );
        assert!(violation(&Err("gone".to_owned())).is_some());
    }
}
