//! Small servers for tests: what they answer is decided request by request, and what they were asked is kept.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with one request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Sends these bytes and says nothing more.
    Stall(Vec<u8>),
}

/// An answer with a status line, headers (each with its line end) and a body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
            .into_bytes(),
    )
}

/// A good answer.
pub(crate) fn json(body: &str) -> Reply {
    answer("200 OK", "Content-Type: application/json\r\n", body)
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `GET /v2/account?x=y`.
    pub line: String,
    /// All header lines in lower case.
    pub headers: String,
    pub body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// A server on this machine.
pub(crate) struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// One that answers as `reply` says, which is given the number of the request, from 0.
    pub(crate) async fn new(reply: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (noted, reply) = (Arc::clone(&seen), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, reply) = (Arc::clone(&noted), Arc::clone(&reply));
                tokio::spawn(async move { serve(stream, &*reply, &noted).await });
            }
        });
        Self { url, seen }
    }

    /// One that gives these replies one after the other, the last again and again.
    pub(crate) async fn with(replies: Vec<Reply>) -> Self {
        Self::new(move |number, _| replies[number.min(replies.len() - 1)].clone()).await
    }

    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|asked| asked.line).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    reply: &(dyn Fn(usize, &Asked) -> Reply + Sync),
    seen: &Mutex<Vec<Asked>>,
) {
    let Some(asked) = read(&mut stream).await else {
        return;
    };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(asked.clone());
        seen.len() - 1
    };
    match reply(number, &asked) {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Reset => stream.set_zero_linger().unwrap(),
        Reply::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_hours(10)).await;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap();
    let mut asked = Asked {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: headers.replace("\r\n", "\n"),
        body: String::new(),
    };
    asked.headers = asked
        .headers
        .lines()
        .map(|line| match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}\n", name.to_lowercase()),
            None => String::new(),
        })
        .collect();
    if let Some(length) = asked.header("content-length") {
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.ok()?;
        asked.body = String::from_utf8(body).unwrap();
    }
    Some(asked)
}
