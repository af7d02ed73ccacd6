//! Against small servers made here: scripted answers, TLS, proxies and credential plugins.

mod answers;
mod broken;
mod credentials;
mod kubeconfigs;
mod pieces;
mod plugins;
mod proxies;
mod renewal;
mod tls;

use super::budget::Budget;
use super::connect::{Access, Surroundings, open};
use super::error::ConnectError;
use super::server::ApiServer;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

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

/// An answer with a status line, headers and a body.
fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
            .into_bytes(),
    )
}

fn json(status: &str, body: &str) -> Reply {
    answer(status, "Content-Type: application/json\r\n", body)
}

/// A `Status` as API servers send it.
fn status(code: u16, reason: &str, message: &str) -> Reply {
    json(
        &format!("{code} {reason}"),
        &format!(
            r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{message}","reason":"{reason}","code":{code}}}"#
        ),
    )
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
                let (noted, replies) = (Arc::clone(&noted), Arc::clone(&replies));
                tokio::spawn(serve(stream, replies, noted));
            }
        });
        Self { url, seen }
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
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
        let last = replies.len() == 1;
        if last {
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
async fn head(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
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
        ..Budget::until(Instant::now() + Duration::from_secs(20), CancellationToken::new())
    }
}

fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
    Surroundings {
        variables: variables.iter().copied().collect(),
        service_account: PathBuf::from("/nonexistent"),
    }
}

/// A kubeconfig with one context, `do-fra1-stage`, whose cluster and user say this (in YAML's flow form).
fn kubeconfig(cluster: &str, user: &str) -> (TempDir, Access) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: do-fra1-stage\n\
         contexts: [{{name: do-fra1-stage, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{{cluster}}}}}]\n\
         users: [{{name: u, user: {{{user}}}}}]\n"
    );
    std::fs::write(&file, text).unwrap();
    (folder, at(&file))
}

fn at(file: &Path) -> Access {
    in_context(file, None)
}

/// The kubeconfig that it leads through.
fn file_of(access: &Access) -> Option<&Path> {
    match access {
        Access::Kubeconfig { file, .. } => file.as_deref(),
        Access::InCluster | Access::Granted(_) => None,
    }
}

fn in_context(file: &Path, context: Option<&str>) -> Access {
    Access::Kubeconfig {
        file: Some(file.into()),
        context: context.map(str::to_owned),
    }
}

async fn opened(cluster: &str, user: &str, budget: Budget) -> Result<ApiServer, ConnectError> {
    let (_folder, access) = kubeconfig(cluster, user);
    open(&access, budget, surroundings(&[])).await
}

/// A connection to a scripted server, with a token.
async fn asking(server: &Fake, budget: Budget) -> ApiServer {
    let cluster = format!("server: '{}'", server.url);
    opened(&cluster, "token: s3cr3t-canary", budget).await.unwrap()
}

/// A connection to a server at this address, for tests elsewhere. It is asked for everything once.
pub(crate) async fn reached(url: &str) -> ApiServer {
    let cluster = format!("server: '{url}'");
    opened(&cluster, "token: s3cr3t-canary", budget(1)).await.unwrap()
}

/// The message and the hint of an error.
fn told(error: &ConnectError) -> (String, String) {
    let hint = match error {
        ConnectError::Failed { hint, .. } => hint.clone().unwrap_or_default(),
        ConnectError::Cancelled => String::new(),
    };
    (error.to_string(), hint)
}

/// An executable script; its path.
#[cfg(unix)]
fn script(folder: &Path, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    // Written by another process: a file that this one has open for writing cannot be run by its children.
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "cat > \"$0\""])
        .arg(&path)
        .stdin(std::process::Stdio::piped());
    let mut child = shell.spawn().unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("#!/bin/sh\n{text}\n").as_bytes(),
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}
