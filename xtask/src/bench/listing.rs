//! `cargo xtask bench cluster-raw`: lists a cluster's objects in pages and throws the bytes away. It is the least that
//! any audit of a live cluster has to do, and so what an audit's time is compared with.

use crate::cluster::{Connection, RESOURCES, collection};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Instant;
use tokio::task::JoinSet;

/// Objects in a page.
const PAGE: usize = 500;

/// What is listed, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    kubeconfig: PathBuf,
    /// Resources, as paths have them.
    kinds: Vec<String>,
    /// Lists that are read at the same time.
    at_once: usize,
}

/// Reads the options of the command line.
pub(crate) fn parse(options: &[&str]) -> Result<Wanted, String> {
    let mut kubeconfig = std::env::var_os("KUBECONFIG").map(PathBuf::from);
    let mut kinds: Vec<String> = RESOURCES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut at_once = 1;
    for pair in options.chunks(2) {
        match pair {
            ["--kubeconfig", file] => kubeconfig = Some(PathBuf::from(file)),
            ["--kinds", names] => kinds = names.split(',').map(str::to_owned).collect(),
            ["--at-once", number] => {
                at_once = number
                    .parse()
                    .ok()
                    .filter(|number| *number > 0)
                    .ok_or("--at-once takes a number from 1")?;
            }
            _ => {
                return Err(format!(
                    "unknown or incomplete option of cluster-raw: {}",
                    pair.join(" ")
                ));
            }
        }
    }
    Ok(Wanted {
        kubeconfig: kubeconfig.ok_or("no kubeconfig: give --kubeconfig FILE or set KUBECONFIG")?,
        kinds,
        at_once,
    })
}

/// Lists everything and prints what came, and in what time.
pub(crate) fn run(wanted: &Wanted) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start tokio: {error}"))?;
    runtime.block_on(list(wanted))
}

async fn list(wanted: &Wanted) -> Result<(), String> {
    let begun = Instant::now();
    let connection = Connection::open(&wanted.kubeconfig).await?;
    let mut waiting: VecDeque<String> = wanted.kinds.iter().cloned().collect();
    let mut flying = JoinSet::new();
    let (mut pages, mut bytes) = (0, 0);
    loop {
        while flying.len() < wanted.at_once
            && let Some(resource) = waiting.pop_front()
        {
            flying.spawn(pages_of(connection.clone(), resource));
        }
        let Some(done) = flying.join_next().await else {
            break;
        };
        let listed = done.map_err(|error| format!("a list was lost: {error}"))??;
        println!(
            "{:<16} {:>5} pages {:>12} bytes {:>8.3} s",
            listed.resource, listed.pages, listed.bytes, listed.seconds
        );
        pages += listed.pages;
        bytes += listed.bytes;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{:<16} {pages:>5} pages {bytes:>12} bytes {seconds:>8.3} s",
        "all"
    );
    Ok(())
}

struct Listed {
    resource: String,
    pages: usize,
    bytes: usize,
    seconds: f64,
}

async fn pages_of(connection: Connection, resource: String) -> Result<Listed, String> {
    let begun = Instant::now();
    let path = collection(&resource, None)?;
    let (mut pages, mut bytes) = (0, 0);
    let mut token = String::new();
    loop {
        let page = connection
            .get(&format!("{path}?limit={PAGE}&continue={token}"))
            .await?;
        pages += 1;
        bytes += page.len();
        match continuation(&page) {
            Some(next) => token = next,
            None => break,
        }
    }
    Ok(Listed {
        resource,
        pages,
        bytes,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// Where the next page begins. The server writes a list's metadata before its items, so that no object has to be read.
fn continuation(page: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"\"continue\":\"";
    let items = position(page, b"\"items\":").unwrap_or(page.len());
    let head = page.get(..items)?;
    let rest = head.get(position(head, KEY)? + KEY.len()..)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    // A token is base64 for URLs: nothing in it needs escaping.
    String::from_utf8(rest.get(..end)?.to_vec())
        .ok()
        .filter(|token| !token.is_empty())
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_read_from_the_lists_head_only() {
        let page = br#"{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"eyJ2","remainingItemCount":3},"items":[]}"#;
        assert_eq!(continuation(page).as_deref(), Some("eyJ2"));
        let last = br#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[{"data":{"x":"\"continue\":\"no\""}},{"continue":"no"}]}"#;
        assert_eq!(continuation(last), None);
        assert_eq!(continuation(br#"{"metadata":{"continue":""},"items":[]}"#), None);
    }

    #[test]
    fn options_are_read() {
        let wanted = parse(&["--kubeconfig", "f", "--kinds", "pods,jobs", "--at-once", "4"]).unwrap();
        assert_eq!(
            wanted,
            Wanted {
                kubeconfig: "f".into(),
                kinds: vec!["pods".into(), "jobs".into()],
                at_once: 4,
            }
        );
        assert!(parse(&["--kubeconfig", "f", "--at-once", "0"]).is_err());
        assert!(parse(&["--kinds"]).unwrap_err().contains("--kinds"));
    }
}
