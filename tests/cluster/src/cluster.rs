//! A running cluster: asked, disturbed, and gone when it is dropped.

use crate::certificates::Authority;
use crate::kubeconfig::{self, Credential};
use crate::supervisor::Supervisor;
use crate::{Standing, User};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a killed server may take to end.
const LIMIT: Duration = Duration::from_secs(20);

/// A real API server with its own folder, ports and certificates. Dropping it ends all its processes and removes the
/// folder; so does the death of this process.
pub struct Cluster {
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
    pub(crate) url: String,
    pub(crate) authority: Authority,
    pub(crate) users: Vec<User>,
    pub(crate) kubectl: PathBuf,
    pub(crate) context: String,
    pub(crate) supervisor: Supervisor,
}

impl Cluster {
    /// The administrator's kubeconfig; its context is called as the options say, else `test`.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig.yaml")
    }

    /// The API server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The authority that signed the server's certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// The same, in PEM.
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// The cluster's folder: logs (`kube-apiserver.log`, …), keys, kubeconfig files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// kubectl as the administrator. It leaves nothing in the home folder.
    pub fn kubectl(&self) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .env("KUBERC", "off")
            .arg("--kubeconfig")
            .arg(self.kubeconfig())
            .arg("--cache-dir")
            .arg(self.folder.join("kubectl-cache"))
            .arg("--request-timeout=20s");
        command
    }

    /// What kubectl prints for these arguments.
    ///
    /// # Errors
    /// What kubectl said instead.
    pub fn answer(&self, arguments: &[&str]) -> Result<String, String> {
        self.kubectl_with(arguments, "")
    }

    /// Applies documents of YAML, on the server's side, as the field manager `kubectl`, over whatever others wrote.
    ///
    /// # Errors
    /// What kubectl said.
    pub fn apply(&self, yaml: &str) -> Result<(), String> {
        self.kubectl_with(&["apply", "--server-side", "--force-conflicts", "-f", "-"], yaml)
            .map(drop)
    }

    /// Applies the statuses of objects in documents of YAML, as whoever they are the business of would.
    ///
    /// # Errors
    /// What kubectl said.
    pub fn apply_status(&self, yaml: &str) -> Result<(), String> {
        let arguments = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "--subresource=status",
            "-f",
            "-",
        ];
        self.kubectl_with(&arguments, yaml).map(drop)
    }

    /// Creates documents of YAML that do not exist yet; quicker than applying where there are many.
    ///
    /// # Errors
    /// What kubectl said.
    pub fn create(&self, yaml: &str) -> Result<(), String> {
        self.kubectl_with(&["create", "--validate=false", "-o", "name", "-f", "-"], yaml)
            .map(drop)
    }

    fn kubectl_with(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let failed = |error| format!("cannot run {}: {error}", self.kubectl.display());
        let mut child = self
            .kubectl()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut stdin = child.stdin.take();
        let input = input.to_owned();
        // Beside the reading below: both pipes may fill. A kubectl that stops reading says why itself.
        let writer =
            std::thread::spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().map_err(failed)?;
        drop(writer.join());
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!(
            "`kubectl {}` failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }

    /// A client certificate and its key, both in PEM.
    ///
    /// # Errors
    /// More than two groups.
    pub fn client_certificate(&self, user: &str, groups: &[&str]) -> Result<(String, String), String> {
        let made = self.authority.client(user, groups)?;
        Ok((made.certificate, made.key))
    }

    /// The token of a user of [`Options::users`](crate::Options::users).
    ///
    /// # Errors
    /// The cluster was started without this user.
    pub fn token(&self, user: &str) -> Result<&str, String> {
        self.users
            .iter()
            .find(|own| own.name == user)
            .and_then(|own| own.token.as_deref())
            .ok_or_else(|| format!("the test cluster was started without a user {user}"))
    }

    /// A fresh token of a service account, which has to exist.
    ///
    /// # Errors
    /// What kubectl said.
    pub fn service_account_token(&self, namespace: &str, name: &str) -> Result<String, String> {
        self.answer(&["create", "token", name, "--namespace", namespace])
            .map(|token| token.trim().to_owned())
    }

    /// Writes a kubeconfig for a token, with the cluster's context and the user `name`, into the cluster's folder.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn kubeconfig_for_token(&self, name: &str, token: &str) -> Result<PathBuf, String> {
        self.kubeconfig_of(name, &Credential::Token(token))
    }

    /// The same for a client certificate.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn kubeconfig_for_certificate(
        &self,
        name: &str,
        certificate: &str,
        key: &str,
    ) -> Result<PathBuf, String> {
        self.kubeconfig_of(name, &Credential::Certificate { certificate, key })
    }

    fn kubeconfig_of(&self, name: &str, credential: &Credential<'_>) -> Result<PathBuf, String> {
        let text = kubeconfig::text(&self.url, &self.authority.pem(), &self.context, name, credential);
        self.write(
            &format!("kubeconfig-{}.yaml", name.replace([':', '/'], "-")),
            &text,
        )
    }

    /// Kills the API server: connections break and new ones are refused.
    ///
    /// # Errors
    /// It has ended already.
    pub fn stop_api_server(&self) -> Result<(), String> {
        self.supervisor.signal("kube-apiserver", "KILL")?;
        self.wait_for_end("kube-apiserver")
    }

    fn wait_for_end(&self, name: &str) -> Result<(), String> {
        let begun = Instant::now();
        while self.supervisor.ended(name).is_none() {
            if begun.elapsed() > LIMIT {
                return Err(format!("{name} does not end"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Halts the API server: it accepts connections and says nothing.
    ///
    /// # Errors
    /// It has ended.
    pub fn pause_api_server(&self) -> Result<(), String> {
        self.supervisor.signal("kube-apiserver", "STOP")
    }

    /// Lets a halted API server go on.
    ///
    /// # Errors
    /// It has ended.
    pub fn resume_api_server(&self) -> Result<(), String> {
        self.supervisor.signal("kube-apiserver", "CONT")
    }

    /// Leaves the cluster running when this process ends.
    ///
    /// # Errors
    /// The cluster is not there any more.
    pub fn leave_running(self) -> Result<Standing, String> {
        self.write("url", &self.url)?;
        let Self {
            folder, supervisor, ..
        } = self;
        supervisor.stay()?;
        Standing::find(&folder).ok_or_else(|| "the test cluster ended as it was left".to_owned())
    }

    /// Writes a file into the cluster's folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let file = self.folder.join(name);
        std::fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        Ok(file)
    }
}
