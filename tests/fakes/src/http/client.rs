//! Passing a request on to another server of this machine.

use super::{Body, body_of};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Headers that concern one connection, not the request.
const OF_A_CONNECTION: [&str; 5] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "host",
];

/// Sends a request to `authority` (`127.0.0.1:80`) and answers what came back, read to its end.
pub(crate) async fn forward(authority: &str, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{authority}: {error}");
    let stream = TcpStream::connect(authority)
        .await
        .map_err(|error| failed(&error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(&error))?;
    let driver = tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    for name in OF_A_CONNECTION {
        parts.headers.remove(name);
    }
    if let Ok(host) = authority.parse() {
        parts.headers.insert("host", host);
    }
    // Some servers want to hear even that there is nothing.
    if body.is_empty() && [Method::PUT, Method::POST].contains(&parts.method) {
        parts
            .headers
            .insert("content-length", HeaderValue::from_static("0"));
    }
    let answered = sender
        .send_request(Request::from_parts(parts, Body::new(body)))
        .await;
    let (mut parts, body) = answered.map_err(|error| failed(&error))?.into_parts();
    for name in OF_A_CONNECTION {
        parts.headers.remove(name);
    }
    let body = body_of(body).await;
    driver.abort();
    Ok(Response::from_parts(parts, body))
}
