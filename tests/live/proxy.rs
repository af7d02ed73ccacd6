//! An HTTP proxy before the API server: it passes on what it is asked, changes too, with the administrator's credentials, and does to
//! each answer what the test decides. Towards the program it speaks plain HTTP.

use super::deeds::{Asked, Deed, share};
use envcheck_test_cluster::Cluster;
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

type Decide = Box<dyn Fn(&Asked) -> Deed + Send + Sync>;

/// A running proxy; dropping it ends it and its connections.
pub(crate) struct Proxy {
    kubeconfig: PathBuf,
    folder: tempfile::TempDir,
    inner: Arc<Inner>,
    runtime: Option<Runtime>,
}

struct Inner {
    client: kube::Client,
    decide: Decide,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    times: HashMap<String, u64>,
    last: HashMap<String, Vec<u8>>,
    log: Vec<(Asked, Deed)>,
}

impl Proxy {
    /// Starts one that decides by `decide`, which may take its time: other questions are answered meanwhile.
    pub(crate) fn start(cluster: &Cluster, decide: impl Fn(&Asked) -> Deed + Send + Sync + 'static) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (listener, client) = runtime.block_on(async {
            let admin = Kubeconfig::read_from(cluster.kubeconfig()).unwrap();
            let mut config = kube::Config::from_custom_kubeconfig(admin, &KubeConfigOptions::default())
                .await
                .unwrap();
            config.read_timeout = Some(Duration::from_secs(20));
            let client = kube::Client::try_from(config).unwrap();
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), client)
        });
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            client,
            decide: Box::new(decide),
            seen: Mutex::default(),
        });
        let own = Arc::clone(&inner);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&own)));
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = folder.path().join("kubeconfig.yaml");
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: test, clusters: [{{name: test, cluster: {{server: \
             'http://127.0.0.1:{port}'}}}}], users: [{{name: nobody, user: {{}}}}], contexts: [{{name: test, context: \
             {{cluster: test, user: nobody}}}}]}}\n"
        );
        std::fs::write(&kubeconfig, text).unwrap();
        Self {
            kubeconfig,
            folder,
            inner,
            runtime: Some(runtime),
        }
    }

    /// The kubeconfig that leads through it.
    pub(crate) fn kubeconfig(&self) -> &Path {
        debug_assert!(self.folder.path().exists());
        &self.kubeconfig
    }

    /// What was asked, and what was done, in order.
    pub(crate) fn log(&self) -> Vec<(Asked, Deed)> {
        self.inner.seen.lock().unwrap().log.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An answer of the API server.
struct Answer {
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

async fn serve(mut stream: TcpStream, inner: Arc<Inner>) {
    let mut unread = Vec::new();
    while let Some(head) = head(&mut stream, &mut unread).await {
        let Some(body) = body(&mut stream, &mut unread, &head).await else {
            return;
        };
        if answer(&mut stream, &inner, &head, body).await.is_none() {
            return;
        }
    }
}

/// The value of a header.
fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (own, value) = line.split_once(": ")?;
        own.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The body of a request, which says how long it is.
async fn body(stream: &mut TcpStream, unread: &mut Vec<u8>, head: &str) -> Option<Vec<u8>> {
    let length = header(head, "content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    while unread.len() < length {
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => unread.extend_from_slice(&part[..length]),
        }
    }
    Some(unread.drain(..length).collect())
}

/// The next request up to its empty line.
async fn head(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&unread[..end]).into_owned();
            unread.drain(..end + 4);
            return Some(head);
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => unread.extend_from_slice(&part[..length]),
        }
    }
}

/// Answers one request. None: the connection is over.
async fn answer(stream: &mut TcpStream, inner: &Inner, head: &str, body: Vec<u8>) -> Option<()> {
    let mut words = head.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let accept = header(head, "accept").unwrap_or("*/*");
    let asked = inner.note(&method, &target);
    let deed = tokio::task::block_in_place(|| (inner.decide)(&asked));
    inner.seen.lock().unwrap().log.push((asked.clone(), deed.clone()));
    match deed {
        Deed::Reset => {
            stream.set_zero_linger().ok()?;
            return None;
        }
        Deed::Close => return None,
        Deed::Stall => std::future::pending().await,
        Deed::Delay(time) => tokio::time::sleep(time).await,
        Deed::Status(status, retry_after) => return refuse(stream, status, retry_after, "{}").await,
        Deed::Expire => {
            let token = asked.go_on();
            let body = format!(
                "{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{{\"continue\":{token:?}}},\"status\":\"Failure\",\
                 \"reason\":\"Expired\",\"message\":\"The provided continue parameter is too old\",\"code\":410}}"
            );
            return refuse(stream, 410, None, &body).await;
        }
        Deed::Text(text) => return send(stream, 200, "application/json", text.as_bytes(), None).await,
        Deed::Promise(length) => {
            send(stream, 200, "application/json", b"{", Some(length)).await?;
            std::future::pending::<()>().await;
        }
        _ => {}
    }
    let target = match &deed {
        Deed::Instead(other) => other,
        _ => &target,
    };
    let accept = match deed {
        Deed::Plain => "application/json",
        _ => accept,
    };
    let sent = Sent {
        method: &method,
        content_type: header(head, "content-type"),
        body,
    };
    let mut answer = ask(&inner.client, target, accept, sent).await?;
    if deed == Deed::StallAfterwards {
        std::future::pending::<()>().await;
    }
    if deed == Deed::Repeat
        && let Some(previous) = inner.seen.lock().unwrap().last.get(&asked.path)
    {
        answer.body.clone_from(previous);
    }
    let own = answer.body.clone();
    inner.seen.lock().unwrap().last.insert(asked.path.clone(), own);
    let Answer {
        status,
        content_type,
        body,
    } = answer;
    let length = body.len();
    match deed {
        Deed::Cut(part) => {
            send(
                stream,
                status,
                &content_type,
                &body[..share(length, part)],
                Some(length),
            )
            .await?;
            None
        }
        Deed::CutWithoutLength(part) => {
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(&body[..share(length, part)]).await.ok()?;
            None
        }
        Deed::CutInSecret(part) => {
            let until = share(length, part);
            let brace = body[..until]
                .iter()
                .rposition(|&byte| byte == b'}')
                .map_or(until, |at| at + 1);
            send(stream, status, &content_type, &body[..brace], None).await
        }
        Deed::StallWithin(part) => {
            send(
                stream,
                status,
                &content_type,
                &body[..share(length, part)],
                Some(length),
            )
            .await?;
            std::future::pending().await
        }
        _ => send(stream, status, &content_type, &body, None).await,
    }
}

impl Inner {
    fn note(&self, method: &str, target: &str) -> Asked {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut seen = self.seen.lock().unwrap();
        let times = seen.times.entry(path.to_owned()).or_default();
        let asked = Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            times: *times,
        };
        *times += 1;
        asked
    }
}

/// What a request brings.
struct Sent<'h> {
    method: &'h str,
    content_type: Option<&'h str>,
    body: Vec<u8>,
}

async fn ask(client: &kube::Client, target: &str, accept: &str, sent: Sent<'_>) -> Option<Answer> {
    let mut request = http::Request::builder()
        .method(sent.method)
        .uri(target)
        .header("accept", accept);
    if let Some(content_type) = sent.content_type {
        request = request.header("content-type", content_type);
    }
    let request = request.body(Body::from(sent.body)).ok()?;
    let response = client.send(request).await.ok()?;
    let status = response.status().as_u16();
    let content_type = response.headers().get("content-type")?.to_str().ok()?.to_owned();
    let body = response.into_body().collect().await.ok()?.to_bytes().to_vec();
    Some(Answer {
        status,
        content_type,
        body,
    })
}

async fn refuse(stream: &mut TcpStream, status: u16, retry_after: Option<u64>, body: &str) -> Option<()> {
    let wait = retry_after.map_or_else(String::new, |seconds| format!("retry-after: {seconds}\r\n"));
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{wait}\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.ok()
}

/// Sends an answer; `promised` is the length that it claims when that is not its own.
async fn send(
    stream: &mut TcpStream,
    status: u16,
    content_type: &str,
    body: &[u8],
    promised: Option<usize>,
) -> Option<()> {
    let length = promised.unwrap_or(body.len());
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()
}
