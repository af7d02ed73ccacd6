//! One request and its whole answer, or why there is none.

use super::error::RequestError;
use super::link::Session;
use super::retry::{Again, Fault};
use super::server::Who;
use super::status::{MAX_STATUS_BODY, Told, without_values};
use crate::clients::http::{Blame, Trouble, retry_after};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT, WARNING};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use jiff::Timestamp;
use kube::client::Body;

/// The largest answer taken, in bytes as they are after decompression.
pub const MAX_BODY: usize = 64 << 20;

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The whole body.
    pub bytes: Bytes,
    /// The `Content-Type`, with its parameters; empty when there is none.
    pub content_type: String,
    /// What the server wants its user to know besides: the texts of `Warning` headers.
    pub warnings: Vec<String>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'q> {
    /// The path with its query.
    pub path: &'q str,
    /// The forms of answers that are understood.
    pub accept: &'q str,
    /// What is to be changed; `None` only reads.
    pub change: Option<&'q Change>,
}

/// A change that is asked of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `POST`, `PATCH` or `DELETE`.
    pub method: Method,
    /// The form of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

/// Asks once.
pub(super) async fn ask(
    session: &Session,
    who: &Who,
    question: Question<'_>,
    limit: usize,
) -> Result<Answer, Fault> {
    let Question { path, accept, change } = question;
    let request = request(session, question).ok_or_else(|| {
        Fault::last(RequestError::Refused {
            status: StatusCode::BAD_REQUEST.as_u16(),
            message: format!("{who} cannot be asked for `{path}`: that is not a path"),
        })
    })?;
    let response = session
        .client
        .send(request)
        .await
        .map_err(|error| unreachable_because(who, &Trouble::of(&error)))?;
    let status = response.status();
    if status.is_success() {
        whole(response, who, path, accept, limit).await
    } else {
        Err(refusal(response, who, path, change).await)
    }
}

fn request(session: &Session, question: Question<'_>) -> Option<Request<Body>> {
    let Question { path, accept, change } = question;
    let mut request = Request::builder()
        .method(change.map_or(Method::GET, |change| change.method.clone()))
        .uri(path)
        .header(ACCEPT, accept)
        .header(USER_AGENT, concat!("envcheck/", env!("CARGO_PKG_VERSION")));
    if let Some(authorization) = &session.authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let body = match change {
        Some(change) => {
            request = request.header(CONTENT_TYPE, change.content_type);
            Body::from(change.body.to_vec())
        }
        None => Body::empty(),
    };
    // Relative to the server's own path: without a slash it would run into the host.
    path.starts_with('/').then(|| request.body(body).ok()).flatten()
}

/// No answer at all.
fn unreachable_because(who: &Who, trouble: &Trouble) -> Fault {
    let sentence = who.out_of_reach(trouble);
    match trouble {
        Trouble::Tls { blame, .. } => Fault {
            hint: Some(mending(*blame)),
            ..Fault::last(RequestError::Unavailable(sentence))
        },
        Trouble::NotHttp => Fault::last(RequestError::NotKubernetes(who.not_kubernetes(&trouble.words()))),
        Trouble::Silent => Fault::passing(RequestError::TimedOut(sentence)),
        _ => Fault::passing(RequestError::Unavailable(sentence)),
    }
}

/// How to mend what TLS did not like.
fn mending(blame: Blame) -> &'static str {
    match blame {
        Blame::Authority => {
            "certificate-authority-data in the kubeconfig is missing or that of another cluster, or something between \
             here and the server replaces certificates; fetch the kubeconfig again"
        }
        Blame::Name => "use the address that the certificate names, or set tls-server-name in the kubeconfig",
        Blame::Time => "compare the clock of this machine with the validity of the server's certificate",
        Blame::Plain => "is it a plain http server? check `server` in the kubeconfig",
        Blame::Alert => "it may want another client certificate, or another tls-server-name",
        Blame::Other => "check `server` and the certificates in the kubeconfig",
    }
}

/// The body of a good answer.
async fn whole(
    response: Response<Body>,
    who: &Who,
    path: &str,
    accept: &str,
    limit: usize,
) -> Result<Answer, Fault> {
    let content_type = text(response.headers(), &CONTENT_TYPE);
    let warnings = warnings(response.headers());
    let json = content_type.contains("json");
    if accept.contains("json") && !json {
        let words = match content_type.split(';').next() {
            None | Some("") => "its answer says no type".to_owned(),
            Some(own) => format!("its answer is {own}"),
        };
        return Err(Fault::last(RequestError::NotKubernetes(
            who.not_kubernetes(&words),
        )));
    }
    let mut body = response.into_body();
    let too_large = || {
        Fault::last(RequestError::TooLarge(format!(
            "the answer of {who} to {} is larger than {} MiB",
            bare(path),
            limit >> 20
        )))
    };
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    // Put together once their length is known: a buffer that grows takes up to three times as much.
    let (mut parts, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match Trouble::of(&error) {
            Trouble::Silent => Fault::passing(RequestError::TimedOut(format!(
                "{who} fell silent in the middle of its answer to {}",
                bare(path)
            ))),
            _ => cut(who, path, length),
        })?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length > limit {
            return Err(too_large());
        }
        parts.push(data);
    }
    let bytes = whole_of(parts, length);
    // An answer without a length that ends early looks complete; its last byte tells.
    if json && !matches!(bytes.trim_ascii_end().last(), Some(b'}' | b']')) {
        return Err(cut(who, path, length));
    }
    Ok(Answer {
        bytes,
        content_type,
        warnings,
    })
}

/// `299 - "would violate PodSecurity"`: what stands in quotes.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let all = headers
        .get_all(WARNING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let quoted =
        all.filter_map(|text| Some(text.split_once('"')?.1.trim_end().strip_suffix('"')?.to_owned()));
    quoted
        .map(|text| without_values(&text.replace("\\\"", "\"")))
        .collect()
}

/// The parts as one.
fn whole_of(parts: Vec<Bytes>, length: usize) -> Bytes {
    match <[Bytes; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => {
            let mut whole = Vec::with_capacity(length);
            for part in parts {
                whole.extend_from_slice(&part);
            }
            whole.into()
        }
    }
}

fn cut(who: &Who, path: &str, length: usize) -> Fault {
    Fault::passing(RequestError::Cut(format!(
        "{who} broke off its answer to {} after {length} bytes",
        bare(path)
    )))
}

/// An answer that says no.
async fn refusal(response: Response<Body>, who: &Who, path: &str, change: Option<&Change>) -> Fault {
    let status = response.status();
    let content_type = text(response.headers(), &CONTENT_TYPE);
    let wait = retry_after(&text(response.headers(), &RETRY_AFTER), Timestamp::now());
    let location = text(response.headers(), &LOCATION);
    let told = Told::read(&beginning(response.into_body()).await, &content_type);
    let path = bare(path);
    let words = told.describe(status);

    if status.is_redirection() {
        let target = location
            .parse::<http::Uri>()
            .ok()
            .and_then(|uri| uri.host().map(|host| format!(" to {host}")));
        let words = format!("it redirects{} ({})", target.unwrap_or_default(), status.as_u16());
        return Fault::last(RequestError::NotKubernetes(who.not_kubernetes(&words)));
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        // 501 and the like will not change.
        let again = match status.as_u16() {
            429 | 500 | 502 | 503 | 504 => Again::Later(wait),
            _ => Again::Never,
        };
        let sentence = format!("{who} could not answer {path}: {words}");
        return Fault::new(RequestError::Unavailable(sentence), again);
    }
    if status == StatusCode::UNAUTHORIZED {
        let sentence = format!("{who} refused the credentials (401)");
        return Fault::new(RequestError::Unauthorized(sentence), Again::Renewed);
    }
    if !told.is_status && content_type.contains("html") {
        let words = format!("its answer to {path} is a web page ({})", status.as_u16());
        return Fault::last(RequestError::NotKubernetes(who.not_kubernetes(&words)));
    }
    let sentence = |verb: &str| format!("{who} {verb} {path} ({words})");
    Fault::last(match status {
        _ if status == StatusCode::GONE || told.reason == "Expired" => RequestError::Gone {
            message: sentence("no longer has"),
            continue_token: told.continue_token.clone(),
        },
        StatusCode::FORBIDDEN if change.is_some() => {
            RequestError::Forbidden(sentence("forbids the change of"))
        }
        StatusCode::FORBIDDEN => RequestError::Forbidden(sentence("forbids reading")),
        StatusCode::NOT_FOUND => RequestError::NotFound(sentence("does not have")),
        _ => RequestError::Refused {
            status: status.as_u16(),
            message: sentence("refused"),
        },
    })
}

/// As much of a body as is worth reading for an error.
async fn beginning(mut body: Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(data) = frame.into_data() {
            let room = MAX_STATUS_BODY - bytes.len();
            bytes.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() >= room {
                break;
            }
        }
    }
    bytes
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// A path without its query: continuation tokens are long and tell nobody anything.
pub(super) fn bare(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}
