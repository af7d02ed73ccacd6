//! A program that serves on a port of loopback and ends with its owner.

use envcheck_test_cluster::Supervisor;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long one may take until it serves; a machine that builds at the same time is slow.
const LIMIT: Duration = Duration::from_mins(3);
/// How often ports are chosen again because another process took one first.
const ATTEMPTS: usize = 5;

/// A server that runs. Dropping it ends the program and removes its folder; so does the death of this process.
#[derive(Debug)]
pub(crate) struct Server {
    folder: PathBuf,
    port: u16,
    supervisor: Supervisor,
}

impl Server {
    /// Starts `program` with the flags for a port, and waits until `ready` says so of its log.
    pub(crate) fn start(
        name: &str,
        program: &Path,
        flags: &dyn Fn(u16) -> Vec<String>,
        ready: &dyn Fn(u16, &str) -> bool,
    ) -> Result<Self, String> {
        for _ in 0..ATTEMPTS {
            let folder = tempfile::Builder::new()
                .prefix("envcheck-fakes-")
                .tempdir()
                .map(tempfile::TempDir::keep)
                .map_err(|error| format!("cannot make a temporary folder: {error}"))?;
            let mut server = Self {
                supervisor: Supervisor::new(&folder)?,
                port: free_port()?,
                folder,
            };
            server.supervisor.start(name, program, &flags(server.port))?;
            match server.wait(name, ready) {
                Ok(()) => return Ok(server),
                Err(log) if is_port_taken(&log) => {}
                Err(log) => return Err(log),
            }
        }
        Err(format!(
            "another process took the port of {name}, {ATTEMPTS} times in a row"
        ))
    }

    fn wait(&self, name: &str, ready: &dyn Fn(u16, &str) -> bool) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            let log = self.log(name);
            if ready(self.port, &log) {
                return Ok(());
            }
            let end = if let Some(code) = self.supervisor.ended(name) {
                format!("{name} ended (exit code {code})")
            } else if begun.elapsed() > LIMIT {
                format!("{name} does not serve after {} s", LIMIT.as_secs())
            } else {
                std::thread::sleep(Duration::from_millis(50));
                continue;
            };
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.get(lines.len().saturating_sub(10)..).unwrap_or_default();
            return Err(format!("{end}\n{}", last.join("\n")));
        }
    }

    fn log(&self, name: &str) -> String {
        let bytes = std::fs::read(self.folder.join(format!("{name}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Where it serves: `127.0.0.1:4010`.
    pub(crate) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// Whether somebody listens on a port.
pub(crate) fn listens(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

fn is_port_taken(log: &str) -> bool {
    [
        "EADDRINUSE",
        "Address already in use",
        "is in use by another program",
    ]
    .iter()
    .any(|words| log.contains(words))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_says_its_last_words() {
        let flags = |_| vec!["-c".to_owned(), "echo no such option; exit 2".to_owned()];
        let reason = Server::start("broken", Path::new("sh"), &flags, &|_, _| false).unwrap_err();
        assert!(
            reason.contains("exit code 2") && reason.contains("no such option"),
            "{reason}"
        );
    }

    #[test]
    fn a_port_that_is_taken_is_chosen_again() {
        let flags = |_| vec!["-c".to_owned(), "echo EADDRINUSE; exit 1".to_owned()];
        let reason = Server::start("unlucky", Path::new("sh"), &flags, &|_, _| false).unwrap_err();
        assert!(reason.contains("5 times"), "{reason}");
    }
}
