//! Attempts that failed, in sentences that name what was asked for.

use crate::clients::digitalocean::RequestError;
use crate::clients::http::{BodyFault, Trouble, retry_after};
use http::header::RETRY_AFTER;
use http::{HeaderName, StatusCode};
use jiff::Timestamp;
use reqwest::Response;
use std::time::Duration;

/// What the token of the API needs, so that the registry takes it.
const SCOPE: &str = "registry:read";

/// Whether another attempt may do better.
pub(super) enum Again {
    Never,
    /// Not before this long when the server says so.
    Later(Option<Duration>),
}

/// An attempt that failed, and whether another may do better.
pub(super) struct Fault {
    pub error: RequestError,
    pub again: Again,
}

impl Fault {
    pub(super) fn last(error: RequestError) -> Self {
        Self {
            error,
            again: Again::Never,
        }
    }

    pub(super) fn passing(error: RequestError) -> Self {
        Self {
            error,
            again: Again::Later(None),
        }
    }
}

/// No answer at all. `way` leads to the registry.
pub(super) fn out_of_reach(way: &str, trouble: &Trouble) -> Fault {
    let sentence = format!("the registry ({way}) {}", trouble.words());
    match trouble {
        Trouble::Tls { .. } => Fault::last(RequestError::Unavailable(sentence)),
        Trouble::NotHttp => Fault::last(RequestError::Stranger(sentence)),
        Trouble::Silent => Fault::passing(RequestError::TimedOut(sentence)),
        _ => Fault::passing(RequestError::Unavailable(sentence)),
    }
}

/// An answer that says no.
pub(super) fn refusal(address: &str, response: &Response, what: &str) -> Fault {
    let status = response.status();
    let code = status.as_u16();
    let wait = retry_after(&text(response, &RETRY_AFTER), Timestamp::now());
    match status {
        StatusCode::UNAUTHORIZED => Fault::last(RequestError::Unauthorized(format!(
            "the registry refused the token for {what} ({code})"
        ))),
        StatusCode::FORBIDDEN => Fault::last(RequestError::Forbidden {
            message: format!(
                "the token may not read {what} in the registry, which needs the scope {SCOPE} ({code})"
            ),
            scope: SCOPE,
        }),
        StatusCode::NOT_FOUND => Fault::last(RequestError::NotFound(format!(
            "the registry does not have {what} ({code})"
        ))),
        StatusCode::TOO_MANY_REQUESTS => Fault {
            error: RequestError::RateLimited(format!("the registry takes no more calls for now ({code})")),
            again: Again::Later(wait),
        },
        _ if status.is_server_error() => Fault {
            error: RequestError::Unavailable(format!("the registry could not give {what} ({code})")),
            again: Again::Later(wait),
        },
        _ if status.is_redirection() => Fault::last(RequestError::Stranger(format!(
            "{address} answers, but not as a registry: it redirects {what} ({code})"
        ))),
        _ => Fault::last(RequestError::Refused {
            status: code,
            message: format!("the registry refused {what} ({code})"),
        }),
    }
}

/// A body that did not come to its end.
pub(super) fn broken(fault: &BodyFault, what: &str) -> Fault {
    match fault {
        BodyFault::Silent => Fault::passing(RequestError::TimedOut(format!(
            "the registry fell silent in the middle of {what}"
        ))),
        BodyFault::Cut(length) => Fault::passing(RequestError::Cut(format!(
            "the registry broke off {what} after {length} bytes"
        ))),
        BodyFault::TooLarge => Fault::last(RequestError::TooLarge(format!(
            "the registry's {what} is larger than any manifest"
        ))),
    }
}

/// A header as text; empty when it is not there.
pub(super) fn text(response: &Response, name: &HeaderName) -> String {
    let value = response.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}
