//! One request and its whole answer, or why there is none.

use super::call::Request;
use super::error::RequestError;
use super::limiter;
use super::outlook::Reach;
use super::told::{MAX_ERROR_BODY, Told};
use crate::clients::http::{Blame, BodyFault, Connection, Trouble, beginning, retry_after, whole};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// The largest answer taken, in bytes as they are after decompression.
pub const MAX_BODY: usize = 32 << 20;

/// An attempt that failed.
#[derive(Debug)]
pub(super) struct Fault {
    /// What is told when it is the last one.
    pub error: RequestError,
    pub again: Again,
    /// False when nobody was there to be asked: no call was made.
    pub reached: bool,
    /// False when nothing came back: nobody was there, or somebody who says nothing.
    pub answered: bool,
}

/// What may be done about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing.
    Never,
    /// Ask once more. Whether the request was carried out is not known.
    Later(Option<Duration>),
    /// Ask once more; the request was not carried out. Not before this long when the API says so.
    Limited(Option<Duration>),
}

impl Fault {
    /// How far the attempt came.
    pub(super) fn reach(&self) -> Reach {
        Reach {
            reached: self.reached,
            answered: self.answered,
        }
    }

    pub(super) fn last(error: RequestError) -> Self {
        Self {
            error,
            again: Again::Never,
            reached: true,
            answered: true,
        }
    }

    /// One that may have passed by the next attempt.
    pub(super) fn passing(error: RequestError) -> Self {
        Self {
            error,
            again: Again::Later(None),
            reached: true,
            answered: true,
        }
    }
}

/// Everything that an attempt goes out with.
pub(super) struct Line<'a> {
    pub connection: &'a Connection,
    pub token: &'a SecretString,
    pub authorization: &'a HeaderValue,
    /// The largest answer taken.
    pub limit: usize,
}

/// An attempt: how it ended, and what the answer said of the token's allowance.
pub(super) type Outcome = (Result<Bytes, Fault>, limiter::Told);

/// Asks once.
pub(super) async fn ask(line: &Line<'_>, request: &Request) -> Outcome {
    let silent = limiter::Told::default();
    let Some(url) = line.connection.url(&request.path, &request.query) else {
        let words = format!(
            "the DigitalOcean API cannot be asked for `{}`: that is not a path",
            request.path
        );
        let error = RequestError::Refused {
            status: StatusCode::BAD_REQUEST.as_u16(),
            message: words,
        };
        return (Err(Fault::last(error)), silent);
    };
    let sent = line
        .connection
        .send(&request.method, url, line.headers(request), request.body.clone())
        .await;
    let response = match sent {
        Ok(response) => response,
        Err(trouble) => return (Err(line.out_of_reach(&trouble)), silent),
    };
    let told = limiter::Told::read(response.headers());
    let answer = if response.status().is_success() {
        line.whole(response, request).await
    } else {
        Err(line.refusal(response, request).await)
    };
    (answer, told)
}

impl Line<'_> {
    fn headers(&self, request: &Request) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if request.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers
    }

    /// No answer at all.
    fn out_of_reach(&self, trouble: &Trouble) -> Fault {
        let replaced = match trouble {
            Trouble::Tls {
                blame: Blame::Authority,
                ..
            } => "; if something on the way replaces certificates, name its authority with SSL_CERT_FILE",
            _ => "",
        };
        let sentence = format!(
            "the DigitalOcean API ({}) {}{replaced}",
            self.connection.way(),
            trouble.words()
        );
        let fault = match trouble {
            Trouble::Tls { .. } => Fault::last(RequestError::Unavailable(sentence)),
            Trouble::NotHttp => Fault::last(RequestError::Stranger(sentence)),
            Trouble::Silent => Fault::passing(RequestError::TimedOut(sentence)),
            _ => Fault::passing(RequestError::Unavailable(sentence)),
        };
        let reached = !matches!(
            trouble,
            Trouble::Dns | Trouble::Refused | Trouble::Unreachable | Trouble::Tls { .. } | Trouble::Proxy(_)
        );
        Fault {
            reached,
            answered: reached && *trouble != Trouble::Silent,
            ..fault
        }
    }

    fn stranger(&self, words: &str) -> RequestError {
        RequestError::Stranger(format!(
            "{} answers, but not as the DigitalOcean API: {words}",
            self.connection.address()
        ))
    }

    /// The body of a good answer.
    async fn whole(&self, response: Response, request: &Request) -> Result<Bytes, Fault> {
        let status = response.status();
        let content_type = text(response.headers(), &CONTENT_TYPE);
        let operation = request.operation();
        if status != StatusCode::NO_CONTENT && !content_type.contains("json") {
            let words = match content_type.split(';').next() {
                None | Some("") => format!("its answer to {operation} says no type"),
                Some(own) => format!("its answer to {operation} is {own}"),
            };
            return Err(Fault::last(self.stranger(&words)));
        }
        whole(response, self.limit).await.map_err(|fault| match fault {
            BodyFault::Silent => Fault::passing(RequestError::TimedOut(format!(
                "the DigitalOcean API fell silent in the middle of its answer to {operation}"
            ))),
            BodyFault::Cut(length) => Fault::passing(RequestError::Cut(format!(
                "the DigitalOcean API broke off its answer to {operation} after {length} bytes"
            ))),
            BodyFault::TooLarge => Fault::last(RequestError::TooLarge(format!(
                "the answer of the DigitalOcean API to {operation} is larger than {} MiB",
                self.limit >> 20
            ))),
        })
    }

    /// An answer that says no.
    async fn refusal(&self, response: Response, request: &Request) -> Fault {
        let status = response.status();
        let headers = response.headers().clone();
        let wait = retry_after(&text(&headers, &RETRY_AFTER), Timestamp::now());
        let body = beginning(response, MAX_ERROR_BODY).await;
        let told = Told::read(&body, &headers, self.token.expose_secret());
        let operation = request.operation();
        let words = told.describe(status);

        if status.is_redirection() {
            let target = self.connection.link(&text(&headers, &LOCATION));
            let host = target.as_ref().and_then(|url| url.host_str());
            let to = host.map(|host| format!(" to {host}")).unwrap_or_default();
            return Fault::last(
                self.stranger(&format!("it redirects {operation}{to} ({})", status.as_u16())),
            );
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Fault {
                error: RequestError::RateLimited(format!(
                    "the DigitalOcean API takes no more calls with this token for now ({words})"
                )),
                again: Again::Limited(wait),
                reached: true,
                answered: true,
            };
        }
        if status.is_server_error() {
            let error = RequestError::Unavailable(format!(
                "the DigitalOcean API could not answer {operation} ({words})"
            ));
            // 501 and the like will not change.
            let again = match status.as_u16() {
                500 | 502 | 503 | 504 => Again::Later(wait),
                _ => Again::Never,
            };
            return Fault {
                error,
                again,
                reached: true,
                answered: true,
            };
        }
        if !told.is_own && text(&headers, &CONTENT_TYPE).contains("html") {
            let words = format!("its answer to {operation} is a web page ({})", status.as_u16());
            return Fault::last(self.stranger(&words));
        }
        let sentence = |verb: &str| format!("the DigitalOcean API {verb} {operation} ({words})");
        Fault::last(match status {
            StatusCode::UNAUTHORIZED => {
                RequestError::Unauthorized(format!("the DigitalOcean API refused the token ({words})"))
            }
            StatusCode::FORBIDDEN => RequestError::Forbidden {
                message: format!(
                    "the token may not {operation}, which needs the scope {} ({words})",
                    request.scope
                ),
                scope: request.scope,
            },
            StatusCode::NOT_FOUND if request.method == Method::GET => {
                RequestError::NotFound(sentence("does not have what was asked for with"))
            }
            StatusCode::NOT_FOUND => RequestError::NotFound(sentence("does not have the object of")),
            StatusCode::CONFLICT => RequestError::Conflict(sentence("has a conflict with")),
            StatusCode::PRECONDITION_FAILED => RequestError::Precondition(sentence("cannot do")),
            StatusCode::UNPROCESSABLE_ENTITY => RequestError::Unprocessable(sentence("does not accept")),
            _ => RequestError::Refused {
                status: status.as_u16(),
                message: sentence("refused"),
            },
        })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}
