//! Against small servers made here, for what a real S3 server does not do when it is asked to: refuse, stall, break off.

mod answers;
mod changes;
mod pieces;
mod weather;

use super::budget::Budget;
use super::client::Spaces;
use super::connect::{Access, Key, connect};
use super::error::ConnectError;
use crate::clients::http::Variables;
use secrecy::SecretString;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The two halves of the key in all tests; no message may hold either.
const ID: &str = "DO00CANARYID";
const SECRET: &str = "canary-secret-2f61";

/// What a server does with one request.
#[derive(Clone)]
enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Sends these bytes and says nothing more.
    Stall(Vec<u8>),
}

fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(
        format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .into_bytes(),
    )
}

fn good(body: &str) -> Reply {
    answer("200 OK", "", body)
}

/// An error as S3 servers send it.
fn refusal(status: &str, code: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{SECRET} is wrong</Message><AWSAccessKeyId>{ID}</AWSAccessKeyId></Error>"
    );
    answer(status, "x-amz-request-id: tx00-fra1\r\n", &body)
}

/// A server that replies as scripted, the last reply again and again, and keeps what it was asked.
struct Fake {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    async fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let replies = Arc::new(Mutex::new(VecDeque::from(replies)));
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&replies), Arc::clone(&noted)));
            }
        });
        Self { url, seen }
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn spaces(&self, budget: Budget) -> Spaces {
        open(&self.url, budget, &[]).unwrap()
    }
}

async fn serve(mut stream: TcpStream, replies: Arc<Mutex<VecDeque<Reply>>>, seen: Arc<Mutex<Vec<String>>>) {
    let head = head(&mut stream).await;
    if head.is_empty() {
        return;
    }
    seen.lock().unwrap().push(head);
    let reply = {
        let mut replies = replies.lock().unwrap();
        if replies.len() == 1 {
            replies[0].clone()
        } else {
            replies.pop_front().unwrap()
        }
    };
    match reply {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Reset => stream.set_zero_linger().unwrap(),
        Reply::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    }
}

/// A request up to its empty line.
async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => return String::new(),
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn budget(attempts: u32) -> Budget {
    Budget {
        attempts,
        attempt: Duration::from_millis(500),
        ..Budget::until(Instant::now() + Duration::from_secs(20), CancellationToken::new())
    }
}

fn open(endpoint: &str, budget: Budget, variables: &[(&str, &str)]) -> Result<Spaces, ConnectError> {
    let access = Access {
        region: "fra1".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        key: Key {
            id: SecretString::from(ID),
            secret: SecretString::from(SECRET),
        },
    };
    let variables: Variables = variables.iter().copied().collect();
    let opened = connect(&access, budget, &variables);
    let shown = format!("{access:?} {opened:?}");
    assert!(!shown.contains(ID) && !shown.contains(SECRET), "{shown}");
    opened
}

/// What people read of an error; never a part of the key.
fn shown(error: &(impl std::fmt::Display + std::fmt::Debug)) -> String {
    let all = format!("{error} {error:?}");
    assert!(!all.contains(ID) && !all.contains(SECRET), "{all}");
    error.to_string()
}
