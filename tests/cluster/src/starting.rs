//! Starting a cluster: folder, port, files, servers one after another, each waited for.

use crate::certificates::{self, Authority};
use crate::kubeconfig::{self, Credential};
use crate::standing::SERVERS;
use crate::supervisor::Supervisor;
use crate::{Binaries, Cluster, Options, User, servers};
use std::fmt::Write as _;
use std::fs::Permissions;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a cluster may take until it answers.
const LIMIT: Duration = Duration::from_mins(1);
/// How often ports are chosen again because another process took one first.
const ATTEMPTS: usize = 5;

/// Why an attempt to start failed.
enum Failure {
    /// Another process took the port: worth another attempt.
    PortTaken,
    Other(String),
}

impl From<String> for Failure {
    fn from(words: String) -> Self {
        Self::Other(words)
    }
}

impl Cluster {
    /// Starts an API server alone.
    ///
    /// # Errors
    /// See [`Cluster::start_with`].
    pub fn start(binaries: &Binaries) -> Result<Self, String> {
        Self::start_with(binaries, &Options::default())
    }

    /// Starts a cluster and waits until it is ready.
    ///
    /// # Errors
    /// A server ended, or is not ready after a minute: with the last lines of its log.
    pub fn start_with(binaries: &Binaries, options: &Options) -> Result<Self, String> {
        for _ in 0..ATTEMPTS {
            match Self::attempt(binaries, options) {
                Ok(cluster) => return Ok(cluster),
                Err(Failure::PortTaken) => {}
                Err(Failure::Other(words)) => return Err(words),
            }
        }
        Err(format!(
            "another process took the test cluster's port, {ATTEMPTS} times in a row"
        ))
    }

    fn attempt(binaries: &Binaries, options: &Options) -> Result<Self, Failure> {
        let folder = folder_for(options)?;
        // From here on the supervisor removes the folder, whatever goes wrong.
        let supervisor = Supervisor::new(&folder)?;
        let port = free_port()?;
        let mut cluster = Self {
            port,
            url: format!("https://127.0.0.1:{port}"),
            authority: Authority::new()?,
            users: with_tokens(&options.users)?,
            kubectl: binaries.kubectl.clone(),
            context: options.context.clone().unwrap_or_else(|| "test".to_owned()),
            supervisor,
            folder,
        };
        cluster.write_files()?;
        let deadline = Instant::now() + LIMIT;
        cluster
            .supervisor
            .start("etcd", &binaries.etcd, &servers::etcd())?;
        let socket = cluster.folder.join("etcd.sock");
        cluster.wait_for("etcd", deadline, || socket.exists())?;
        let flags = servers::kube_apiserver(port, &options.extra_apiserver_flags);
        cluster
            .supervisor
            .start("kube-apiserver", &binaries.kube_apiserver, &flags)?;
        cluster.wait_for("kube-apiserver", deadline, || cluster.is_ready())?;
        if options.controller_manager {
            let program = binaries
                .kube_controller_manager
                .as_ref()
                .ok_or_else(|| "KUBEBUILDER_ASSETS has no kube-controller-manager".to_owned())?;
            cluster.supervisor.start(
                "kube-controller-manager",
                program,
                &servers::kube_controller_manager(),
            )?;
            // Its first visible deed; before that nothing else is controlled either.
            cluster.wait_for("kube-controller-manager", deadline, || {
                cluster
                    .answer(&[
                        "get",
                        "--raw",
                        "/api/v1/namespaces/default/serviceaccounts/default",
                    ])
                    .is_ok()
            })?;
        }
        Ok(cluster)
    }

    fn write_files(&self) -> Result<(), String> {
        let serving = self.authority.serving()?;
        let admin = self.authority.client("test-admin", &["system:masters"])?;
        let (private, public) = certificates::signing_keys()?;
        self.write("ca.crt", &self.authority.pem())?;
        self.write("serving.crt", &serving.certificate)?;
        self.write("serving.key", &serving.key)?;
        self.write("service-accounts.key", &private)?;
        self.write("service-accounts.pub", &public)?;
        self.write("tokens.csv", &tokens_file(&self.users))?;
        let shown = Credential::Certificate {
            certificate: &admin.certificate,
            key: &admin.key,
        };
        let user = format!("{}-admin", self.context);
        let text = kubeconfig::text(&self.url, &self.authority.pem(), &self.context, &user, &shown);
        self.write("kubeconfig.yaml", &text).map(drop)
    }

    /// Waits until `holds`; gives up when a server that runs so far ends, or at the deadline.
    fn wait_for(&self, name: &str, deadline: Instant, holds: impl Fn() -> bool) -> Result<(), Failure> {
        loop {
            if holds() {
                return Ok(());
            }
            for server in SERVERS {
                let Some(code) = self.supervisor.ended(server) else {
                    continue;
                };
                let log = self.last_words(server);
                return Err(if log.contains("address already in use") {
                    Failure::PortTaken
                } else {
                    Failure::Other(format!(
                        "{server} of the test cluster ended (exit code {code})\n{log}"
                    ))
                });
            }
            if Instant::now() > deadline {
                return Err(Failure::Other(format!(
                    "{name} of the test cluster is not ready after {} s\n{}",
                    LIMIT.as_secs(),
                    self.last_words(name)
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn last_words(&self, name: &str) -> String {
        let log = std::fs::read(self.folder.join(format!("{name}.log"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(15);
        let shown = lines.get(from..).unwrap_or_default();
        // One line may hold a whole stack.
        let short = |line: &&str| format!("  {}", line.chars().take(400).collect::<String>());
        shown.iter().map(short).collect::<Vec<_>>().join("\n")
    }

    fn is_ready(&self) -> bool {
        // Opening a connection costs nothing; kubectl is asked only when somebody listens.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
            && ["/readyz", "/api/v1/namespaces/default"]
                .iter()
                .all(|path| self.answer(&["get", "--raw", path]).is_ok())
    }
}

fn folder_for(options: &Options) -> Result<PathBuf, String> {
    let Some(folder) = &options.directory else {
        return tempfile::Builder::new()
            .prefix("envcheck-cluster-")
            .tempdir()
            .map(tempfile::TempDir::keep)
            .map_err(|error| format!("cannot make a temporary folder: {error}"));
    };
    let failed = |error| format!("cannot make {}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(format!(
            "{} holds something already; a test cluster's folder is removed with it",
            folder.display()
        ));
    }
    // Keys lie in it.
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(failed)?;
    folder.canonicalize().map_err(failed)
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

fn with_tokens(users: &[User]) -> Result<Vec<User>, String> {
    let mut users = users.to_vec();
    for user in &mut users {
        if user.token.is_none() {
            user.token = Some(certificates::random_digits()?);
        }
    }
    Ok(users)
}

/// One line a user: token, name, uid, groups.
fn tokens_file(users: &[User]) -> String {
    let mut text = String::new();
    for user in users {
        let (token, name) = (user.token.as_deref().unwrap_or_default(), &user.name);
        let _ = writeln!(text, "{token},{name},{name},\"{}\"", user.groups.join(","));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_something_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        std::fs::write(&precious, "").unwrap();
        let options = Options {
            directory: Some(folder.path().to_owned()),
            ..Options::default()
        };
        let reason = folder_for(&options).unwrap_err();
        assert!(reason.contains("holds something already"), "{reason}");
        assert!(precious.is_file());
    }

    #[test]
    fn users_are_written_as_the_server_reads_them() {
        let users = [User::new("jane", &["a", "b"]).with_token("t")];
        assert_eq!(tokens_file(&users), "t,jane,jane,\"a,b\"\n");
        let made = with_tokens(&[User::new("jane", &[])]).unwrap();
        assert_eq!(made[0].token.as_ref().map(String::len), Some(32));
    }
}
