//! Commands that fetch credentials (`users[].user.exec` in the kubeconfig), as `doctl kubernetes cluster kubeconfig
//! exec-credential`. Messages name the command and nothing that it was given or said: both may hold secrets.

use super::credentials::Secret;
use super::error::ConnectError;
use super::expiry;
use super::identity::{Identity, certificates};
use super::status::one_line;
use crate::clients::program::Group;
use jiff::Timestamp;
use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use std::fmt;
use std::io::ErrorKind;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

/// How long a plugin may take: it may ask a slow service, but it may not ask a person.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How much a plugin may say.
const MAX_OUTPUT: u64 = 1 << 20;

/// A command that prints an `ExecCredential`.
pub(super) struct Plugin {
    command: String,
    args: Vec<String>,
    variables: Vec<(String, String)>,
    /// What the command is told of the cluster and of us.
    info: String,
    install_hint: Option<String>,
    user: String,
    patience: Duration,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({})", self.command)
    }
}

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

impl Plugin {
    /// A plugin of the kubeconfig, for one of its clusters and users.
    pub(super) fn new(exec: &ExecConfig, cluster: &Cluster, user: &str) -> Result<Self, ConnectError> {
        let user = one_line(user);
        let Some(command) = exec.command.clone().filter(|command| !command.is_empty()) else {
            return Err(ConnectError::new(format!(
                "exec of user `{user}` in the kubeconfig names no command"
            )));
        };
        let shown = one_line(&command);
        if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
            return Err(ConnectError::new(format!(
                "the credential plugin `{shown}` of user `{user}` wants a terminal (interactiveMode: Always)"
            ))
            .with_hint("sign in with it beforehand and set interactiveMode: IfAvailable, or use a token"));
        }
        let version = exec.api_version.as_deref().unwrap_or_default();
        if !matches!(
            version,
            "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1"
        ) {
            return Err(ConnectError::new(format!(
                "exec of user `{user}` in the kubeconfig has the apiVersion `{}`, which is not supported",
                one_line(version)
            ))
            .with_hint("update the plugin; client.authentication.k8s.io/v1 and v1beta1 are supported"));
        }
        let mut spec = serde_json::json!({"interactive": false});
        if exec.provide_cluster_info {
            let told = ExecAuthCluster::try_from(cluster).ok();
            spec["cluster"] = serde_json::to_value(told).unwrap_or_default();
        }
        let pair = |own: &std::collections::HashMap<String, String>| {
            Some((own.get("name")?.clone(), own.get("value")?.clone()))
        };
        Ok(Self {
            args: exec.args.clone().unwrap_or_default(),
            variables: exec.env.iter().flatten().filter_map(pair).collect(),
            info: serde_json::json!({"apiVersion": version, "kind": "ExecCredential", "spec": spec})
                .to_string(),
            install_hint: exec.install_hint.as_deref().map(one_line),
            command,
            user,
            patience: PATIENCE,
        })
    }

    /// The same with another patience.
    #[cfg(test)]
    pub(super) fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Runs it.
    pub(super) async fn run(&self) -> Result<Secret, ConnectError> {
        let mut command = Command::new(&self.command);
        command
            .args(&self.args)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("KUBERNETES_EXEC_INFO", &self.info)
            // A question on a terminal nobody watches would hang; with no input it fails at once.
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let mut group = Group::of(&child);
        let Some(stdout) = child.stdout.take() else {
            return Err(self.failed("has no output"));
        };
        let mut output = Vec::new();
        let talk = async {
            let mut limited = stdout.take(MAX_OUTPUT + 1);
            limited.read_to_end(&mut output).await?;
            // Whoever says too much would wait for a reader.
            if output.len() as u64 > MAX_OUTPUT {
                child.start_kill()?;
            }
            child.wait().await
        };
        let status = match timeout(self.patience, talk).await {
            Err(_) => {
                let words = format!("did not finish within {} s", self.patience.as_secs());
                return Err(self.failed(&words));
            }
            Ok(Err(error)) => return Err(self.failed(&format!("cannot be run: {error}"))),
            Ok(Ok(status)) => status,
        };
        if output.len() as u64 > MAX_OUTPUT {
            return Err(self.failed("said more than 1 MiB"));
        }
        if !status.success() {
            return Err(self.failed(&match status.code() {
                Some(code) => format!("failed with exit code {code}"),
                None => "was killed".into(),
            }));
        }
        let secret = self.read(&output)?;
        // What a plugin that did its work leaves running (an agent) is its own affair.
        group.0 = None;
        Ok(secret)
    }

    /// Takes the credentials from its output.
    fn read(&self, output: &[u8]) -> Result<Secret, ConnectError> {
        let parsed: ExecCredential = serde_json::from_slice(output)
            .map_err(|_| self.failed("did not print an ExecCredential in JSON"))?;
        let Some(status) = parsed.status else {
            return Err(self.failed("printed no status, so no credentials"));
        };
        let identity = match (status.client_certificate_data, status.client_key_data) {
            (Some(certificate), Some(key)) if !certificate.is_empty() && !key.is_empty() => {
                let words = "printed a certificate or key that is not PEM";
                let own = Identity::new(certificate.as_bytes(), key.as_bytes());
                Some(own.map_err(|_| self.failed(words))?)
            }
            _ => None,
        };
        let token = status.token.filter(|token| !token.trim().is_empty());
        let end = status.expiration_timestamp.filter(|end| !end.is_empty());
        let told: Option<Timestamp> = end
            .map(|end| {
                end.parse()
                    .map_err(|_| self.failed("printed an expirationTimestamp that is none"))
            })
            .transpose()?;
        let secret = match token {
            Some(token) => Secret::bearer(&token, identity)?,
            None if identity.is_some() => Secret {
                expires: identity
                    .as_ref()
                    .and_then(|own| certificates(own.certificate.as_bytes()))
                    .and_then(|der| expiry::of_certificate(der.first()?)),
                identity,
                authorization: None,
            },
            None => return Err(self.failed("printed neither a token nor a certificate")),
        };
        Ok(Secret {
            expires: told.or(secret.expires),
            ..secret
        })
    }

    fn not_started(&self, error: &std::io::Error) -> ConnectError {
        match (error.kind(), &self.install_hint) {
            (ErrorKind::NotFound, Some(hint)) => self.failed("cannot be found").with_hint(hint.clone()),
            (ErrorKind::NotFound, None) => self
                .failed("cannot be found")
                .with_hint("install it, or put its folder into PATH"),
            _ => self.failed(&format!("cannot be run: {error}")),
        }
    }

    fn failed(&self, words: &str) -> ConnectError {
        let command = one_line(&self.command);
        ConnectError::new(format!(
            "the credential plugin `{command}` of user `{}` {words}",
            self.user
        ))
        .with_hint(format!(
            "run it by hand to see what it says: the kubeconfig has its arguments under `users`, `{}`, `exec`",
            self.user
        ))
    }
}
