//! A cluster that was left running by a process that has ended: found again by its folder, and stopped.

use crate::supervisor;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a cluster may take to end.
const LIMIT: Duration = Duration::from_secs(20);

/// Everything that may run in a cluster.
pub(crate) const SERVERS: [&str; 3] = ["etcd", "kube-apiserver", "kube-controller-manager"];

/// A cluster in a folder, alive or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    folder: PathBuf,
}

impl Standing {
    /// What was left in a folder; None when there is nothing.
    pub fn find(folder: &Path) -> Option<Self> {
        folder.join("supervisor.pid").is_file().then(|| Self {
            folder: folder.to_owned(),
        })
    }

    /// Whether its API server can be reached, its supervisor lives and none of its servers has ended.
    pub fn is_alive(&self) -> bool {
        if SERVERS
            .iter()
            .any(|name| self.folder.join(format!("{name}.ended")).exists())
        {
            return false;
        }
        let listens = self
            .url()
            .and_then(|url| url.strip_prefix("https://")?.parse::<SocketAddr>().ok())
            .is_some_and(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok());
        listens
            && self
                .process("supervisor")
                .is_some_and(|pid| is_called(&pid, "sh"))
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig.yaml")
    }

    /// The API server's address.
    pub fn url(&self) -> Option<String> {
        std::fs::read_to_string(self.folder.join("url")).ok()
    }

    /// The process ids of its servers, by name; of those that have one.
    pub fn processes(&self) -> Vec<(&'static str, String)> {
        SERVERS
            .into_iter()
            .filter_map(|name| Some((name, self.process(name)?)))
            .collect()
    }

    fn process(&self, name: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.folder.join(format!("{name}.pid"))).ok()?;
        Some(text.trim().to_owned()).filter(|pid| !pid.is_empty())
    }

    /// Ends what is still alive and removes the folder.
    ///
    /// # Errors
    /// It does not end, or the folder cannot be removed.
    pub fn stop(self) -> Result<(), String> {
        let supervised = self
            .process("supervisor")
            .is_some_and(|pid| is_called(&pid, "sh"));
        if supervised {
            std::fs::write(self.folder.join("stop"), "")
                .map_err(|error| format!("cannot write into {}: {error}", self.folder.display()))?;
            let begun = Instant::now();
            while self.folder.exists() {
                if begun.elapsed() > LIMIT {
                    return Err(format!("the cluster in {} does not end", self.folder.display()));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            return Ok(());
        }
        for (name, pid) in self.processes() {
            // After a restart of the machine the number may be another's.
            if is_called(&pid, name) {
                supervisor::send("KILL", &pid);
            }
        }
        std::fs::remove_dir_all(&self.folder)
            .map_err(|error| format!("cannot remove {}: {error}", self.folder.display()))
    }
}

/// Whether a process lives and runs this program.
fn is_called(pid: &str, name: &str) -> bool {
    let text = if cfg!(target_os = "linux") {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default()
    } else {
        Command::new("ps")
            .args(["-o", "comm=", "-p", pid])
            .stdin(Stdio::null())
            .output()
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default()
    };
    // Linux keeps fifteen letters of a name; elsewhere it is a path.
    let own = text.trim().rsplit('/').next().unwrap_or_default();
    !own.is_empty() && (own == name || (own.len() == 15 && name.starts_with(own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_clusters_folder_is_found_dead_and_removed() {
        let folder = tempfile::tempdir().unwrap().keep();
        assert_eq!(Standing::find(&folder), None);
        // This process lives, but is no shell: the number was given away.
        let own = std::process::id().to_string();
        for name in ["supervisor", "etcd"] {
            std::fs::write(folder.join(format!("{name}.pid")), &own).unwrap();
        }
        std::fs::write(folder.join("url"), "https://127.0.0.1:1").unwrap();
        let standing = Standing::find(&folder).unwrap();
        assert!(!standing.is_alive());
        standing.stop().unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn a_process_is_known_by_its_name() {
        let mut child = Command::new("sleep").arg("100").spawn().unwrap();
        let pid = child.id().to_string();
        let begun = Instant::now();
        // Until it has become another program it bears this one's name.
        while !is_called(&pid, "sleep") && begun.elapsed() < LIMIT {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(is_called(&pid, "sleep"));
        assert!(!is_called(&pid, "sh"));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_called(&pid, "sleep"));
    }
}
