//! The walk against a model of ListObjectsV2, and the rows against small servers made here.

mod newest;
mod rows;
mod trouble;

use super::{SpacesPlan, key};
use crate::clients::http::Variables;
use crate::clients::spaces::{Access, Budget, Key, Spaces, connect};
use crate::collect::meter::Meter;
use crate::collect::secrets::Secrets;
use crate::collect::units::queue;
use envcheck_core::inventory::{Feed, Gap, Loaded};
use envcheck_core::policy::{Needed, PolicyIds};
use envcheck_core::spec::{self, Spec};
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use secrecy::SecretString;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const ALL: [&str; 8] = [
    "spaces.buckets",
    "spaces.acls",
    "spaces.policies",
    "spaces.versionings",
    "spaces.lifecycles",
    "spaces.cors",
    "spaces.uploads",
    "spaces.backups",
];

/// The two halves of the key; no row and no gap may hold either.
const ID: &str = "DO00CANARYID";
const SECRET: &str = "canary-secret-2f61";

const TWO_BUCKETS: &str = "
      buckets:
        - {name: acme-backups, purpose: databaseBackups}
        - {name: acme-images, purpose: collectedImages}
      backups:
        - {of: back/keydb, bucket: acme-backups, prefix: keydb/, maxAge: 26h}";

fn environment(spaces: &str) -> Spec {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  digitalocean:\n    region: fra1\n{spaces}\n  \
         namespaces:\n    - name: back\n      role: application\n      network: {{accepts: {{fromNamespaces: all}}}}\n      workloads:\n        - {{name: keydb, kind: StatefulSet}}\n"
    );
    spec::load("stage.yaml", &mut |_| Ok(text.clone().into_bytes()))
        .unwrap_or_else(|problems| panic!("{}", problems.iter().map(ToString::to_string).collect::<String>()))
}

fn declaring(section: &str) -> Spec {
    environment(&format!("    spaces:{section}"))
}

fn needed(collections: &[&str]) -> Needed {
    Needed {
        collections: collections
            .iter()
            .map(|name| ((*name).to_owned(), PolicyIds::new()))
            .collect(),
        ..Needed::default()
    }
}

fn plan(spec: &Spec, collections: &[&str]) -> SpacesPlan {
    SpacesPlan::of(spec, &needed(collections)).unwrap()
}

/// What a server made here does with one request: status, body; nothing for silence.
type Answers = dyn Fn(&str) -> Option<(u16, String)> + Send + Sync;

/// A server that answers by the request line, and keeps what it was asked.
struct Fake {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    async fn new(answers: impl Fn(&str) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answers, noted): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&noted)));
            }
        });
        Self { url, seen }
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

async fn serve(mut stream: TcpStream, answers: Arc<Answers>, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap().to_owned();
    seen.lock().unwrap().push(line.clone());
    let Some((status, body)) = answers(&line) else {
        return tokio::time::sleep(Duration::from_mins(1)).await;
    };
    let length = if line.starts_with("HEAD") { 0 } else { body.len() };
    let shown = &body[..length];
    let answer =
        format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{shown}");
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// An error as S3 servers send it.
#[allow(
    clippy::unnecessary_wraps,
    reason = "it stands among answers that may be silence"
)]
fn error(status: u16, code: &str) -> Option<(u16, String)> {
    let body = format!(
        "<Error><Code>{code}</Code><Message>{SECRET}</Message><AWSAccessKeyId>{ID}</AWSAccessKeyId></Error>"
    );
    Some((status, body))
}

fn budget(attempts: u32) -> Budget {
    Budget {
        attempts,
        attempt: Duration::from_millis(500),
        ..Budget::until(Instant::now() + Duration::from_secs(30), CancellationToken::new())
    }
}

fn open(endpoint: &str, budget: Budget) -> Spaces {
    let access = Access {
        region: "fra1".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        key: Key {
            id: SecretString::from(ID),
            secret: SecretString::from(SECRET),
        },
    };
    connect(&access, budget, &Variables::default()).unwrap()
}

/// Everything that is read, and the counts of the meter: collections done and objects.
async fn read(plan: &SpacesPlan, spaces: Spaces) -> (Vec<Loaded>, (usize, u64)) {
    let meter = Arc::new(Meter::default());
    let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
    let (sender, feed) = queue();
    plan.start(
        &tokio::runtime::Handle::current(),
        spaces,
        now,
        Arc::clone(&meter),
        sender,
    );
    let units =
        tokio::task::spawn_blocking(move || std::iter::from_fn(|| feed.next()).map(|unit| unit()).collect());
    let units: Vec<Loaded> = units.await.unwrap();
    let all = format!("{units:?}");
    assert!(!all.contains(ID) && !all.contains(SECRET), "{all}");
    let look = meter.look();
    (units, (look.done, look.objects))
}

/// The rows of a collection.
fn rows<'u>(units: &'u [Loaded], collection: &str) -> Vec<&'u Value> {
    let all = units.iter().flat_map(|unit| &unit.collections);
    all.filter(|(name, ..)| name == collection)
        .map(|(_, row, _)| row)
        .collect()
}

fn gaps(units: &[Loaded]) -> Vec<&Gap> {
    units.iter().flat_map(|unit| &unit.gaps).collect()
}

fn read_whole(units: &[Loaded]) -> Vec<&str> {
    units
        .iter()
        .flat_map(|unit| &unit.read_collections)
        .map(String::as_str)
        .collect()
}

/// Bucket, reason and detail of a row that could not be read.
fn unread(row: &Value) -> (&str, &str, &str) {
    let text = |path: &[&str]| row.text_at(path).unwrap_or_default();
    (
        row.text_at(&["bucket"]).unwrap_or_default(),
        text_or(row, &["unread", "reason"]),
        text(&["unread", "detail"]),
    )
}

fn text_or<'r>(row: &'r Value, path: &[&str]) -> &'r str {
    row.text_at(path).unwrap_or("read")
}

fn variables(pairs: &[(&str, &str)]) -> Secrets {
    Secrets::new(pairs.iter().copied().collect(), false)
}

async fn key_of(spec: &Spec, pairs: &[(&str, &str)]) -> Result<Key, (String, String)> {
    let found = key(spec, &variables(pairs)).await;
    let shown = format!("{found:?}");
    assert!(!shown.contains(SECRET) && !shown.contains(ID), "{shown}");
    found.map_err(|none| (none.to_string(), none.hint().to_owned()))
}
