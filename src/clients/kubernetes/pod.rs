//! The service account of the Pod that envcheck runs in.

use super::connect::Surroundings;
use super::error::ConnectError;
use super::identity;
use http::Uri;
use std::net::IpAddr;
use std::path::PathBuf;

/// Where the kubelet mounts it.
pub(super) const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What a Pod has to reach its API server.
#[derive(Debug)]
pub(super) struct ServiceAccount {
    pub server: Uri,
    pub authorities: Vec<Vec<u8>>,
    /// Read again by the connection when the authority changes.
    pub authorities_file: PathBuf,
    /// Read again while it is used: the kubelet replaces it.
    pub token_file: PathBuf,
}

/// Finds the service account.
pub(super) fn read(around: &Surroundings) -> Result<ServiceAccount, ConnectError> {
    let variable = |name: &str| {
        around.text(&[name]).ok_or_else(|| {
            ConnectError::new(format!(
                "envcheck does not run inside a cluster: {name} is not set"
            ))
            .with_hint("use a kubeconfig instead: --kubeconfig FILE, --context NAME")
        })
    };
    let host = variable("KUBERNETES_SERVICE_HOST")?;
    let port = variable("KUBERNETES_SERVICE_PORT")?;
    let host = match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(own)) => format!("[{own}]"),
        _ => host,
    };
    let server = format!("https://{host}:{port}").parse().map_err(|_| {
        ConnectError::new("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not make an address")
    })?;
    let mounted = |name: &str| {
        let file = around.service_account.join(name);
        std::fs::read(&file)
            .map(|bytes| (file.clone(), bytes))
            .map_err(|error| {
                ConnectError::new(format!(
                    "the service account of this Pod cannot be read: {}: {error}",
                    file.display()
                ))
                .with_hint("the Pod needs a service account with automountServiceAccountToken")
            })
    };
    let (token_file, _) = mounted("token")?;
    let (authorities_file, pem) = mounted("ca.crt")?;
    let authorities = identity::certificates(&pem)
        .ok_or_else(|| ConnectError::new(format!("{} holds no certificate", authorities_file.display())))?;
    Ok(ServiceAccount {
        server,
        authorities,
        authorities_file,
        token_file,
    })
}
