//! A file on the web, whole: for what a spec pins by its sum. Nothing secret is sent, so redirects may lead to another host;
//! what comes is only believed when its sum is right, which is for the caller to say.

use super::http::{BodyFault, Connection, Shape, Variables, whole};
use bytes::Bytes;
use envcheck_core::source::Diagnostic;
use http::{HeaderMap, Method, header};
use reqwest::Url;
use std::time::Duration;

/// Far more than a manifest is large.
const LARGEST: usize = 32 << 20;
/// How long a server may be silent.
const IDLE: Duration = Duration::from_secs(30);
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// A file behind more redirects than this is not looked for.
const HOPS: usize = 5;

/// Fetches what is at `url`; `place` is where that address is written, for messages.
pub async fn download(url: &str, place: &str, variables: &Variables) -> Result<Bytes, Diagnostic> {
    let all = fetched(url, place, variables, LARGEST);
    tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| {
        Err(Diagnostic::new(format!(
            "{url} did not come within {} minutes",
            PATIENCE.as_secs() / 60
        )))
    })
}

async fn fetched(
    address: &str,
    place: &str,
    variables: &Variables,
    largest: usize,
) -> Result<Bytes, Diagnostic> {
    let mut url = Url::parse(address).map_err(|_| Diagnostic::new(format!("{place} is not an address")))?;
    for _ in 0..=HOPS {
        let connection = Connection::open(&Shape {
            address: &url.origin().ascii_serialization(),
            place,
            variables,
            idle: IDLE,
        })?;
        let way = connection.way();
        let response = connection
            .send(&Method::GET, url.clone(), HeaderMap::new(), None)
            .await
            .map_err(|trouble| {
                Diagnostic::new(format!("cannot fetch {address}: {way} {}", trouble.words()))
            })?;
        let status = response.status();
        if status.is_success() {
            return whole(response, largest).await.map_err(|fault| {
                let words = match fault {
                    BodyFault::Cut(bytes) => format!("the answer ended early, after {bytes} bytes"),
                    BodyFault::Silent => "the server fell silent".to_owned(),
                    BodyFault::TooLarge => format!("it is larger than {} MiB", largest >> 20),
                };
                Diagnostic::new(format!("cannot fetch {address}: {words}"))
            });
        }
        let location = response.headers().get(header::LOCATION);
        let next = location
            .filter(|_| status.is_redirection())
            .and_then(|location| connection.link(location.to_str().ok()?));
        url =
            next.ok_or_else(|| Diagnostic::new(format!("cannot fetch {address}: {way} answers {status}")))?;
    }
    Err(Diagnostic::new(format!(
        "cannot fetch {address}: it leads from one address to the next, more than {HOPS} times"
    )))
}

#[cfg(test)]
mod tests {
    use super::super::http::scripted::{Reply, Server, answer};
    use super::*;

    async fn from(server: &Server, largest: usize) -> Result<Bytes, String> {
        let variables = Variables::default();
        let url = format!("{}/install.yaml?raw=1", server.url);
        fetched(&url, "delivery.argocd.install.url", &variables, largest)
            .await
            .map_err(|problem| problem.message)
    }

    #[tokio::test]
    async fn a_file_comes_whole_through_redirects() {
        let server = Server::new(|_, asked| match asked.line.as_str() {
            "GET /install.yaml?raw=1" => answer("302 Found", "Location: /elsewhere\r\n", ""),
            _ => answer("200 OK", "", "kind: Thing\n"),
        })
        .await;
        assert_eq!(from(&server, 100).await.unwrap(), "kind: Thing\n");
        assert!(server.requests()[0].header("authorization").is_none());
    }

    #[tokio::test]
    async fn what_does_not_come_is_said_with_its_address() {
        for (reply, words) in [
            (answer("404 Not Found", "", "no"), "answers 404 Not Found"),
            (answer("200 OK", "", &"x".repeat(101)), "it is larger than"),
            (
                answer("302 Found", "Location: /install.yaml\r\n", ""),
                "more than 5 times",
            ),
            (
                answer("302 Found", "Location: http://example.com/x\r\n", ""),
                "plain http address",
            ),
            (
                Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec()),
                "ended early",
            ),
            (Reply::Reset, "cannot fetch http://127.0.0.1"),
        ] {
            let server = Server::with(vec![reply]).await;
            let message = from(&server, 100).await.unwrap_err();
            assert!(message.contains(words), "{message}");
        }
    }
}
