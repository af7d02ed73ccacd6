//! Requests to a cluster by kubeconfig: a path in, bytes out.

use http::{Method, Request};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::Path;
use std::time::Duration;

/// A client of one cluster, for many requests at once.
#[derive(Clone)]
pub(crate) struct Connection {
    client: Client,
}

impl Connection {
    /// Reads the kubeconfig; nothing is asked of the server yet.
    pub(crate) async fn open(kubeconfig: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("cannot use {}: {error}", kubeconfig.display());
        let file = Kubeconfig::read_from(kubeconfig).map_err(|error| failed(&error))?;
        let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
            .await
            .map_err(|error| failed(&error))?;
        config.read_timeout = Some(Duration::from_mins(1));
        Client::try_from(config)
            .map(|client| Self { client })
            .map_err(|error| failed(&error))
    }

    /// What the server answers to GET.
    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        self.ask(Method::GET, path, Vec::new()).await
    }

    /// What the server answers to POST.
    pub(crate) async fn post(&self, path: &str, json: Vec<u8>) -> Result<Vec<u8>, String> {
        self.ask(Method::POST, path, json).await
    }

    /// Merges something into an object.
    pub(crate) async fn patch(&self, path: &str, merged: &serde_json::Value) -> Result<Vec<u8>, String> {
        self.ask(Method::PATCH, path, merged.to_string().into_bytes())
            .await
    }

    async fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Vec<u8>, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{path}: {error}");
        let kind = match method {
            Method::PATCH => "application/merge-patch+json",
            _ => "application/json",
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .header("accept", "application/json")
            .body(Body::from(body))
            .map_err(|error| failed(&error))?;
        let response = self.client.send(request).await.map_err(|error| failed(&error))?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| failed(&error))?;
        let bytes = Vec::from(body.to_bytes());
        if status.is_success() {
            Ok(bytes)
        } else {
            Err(format!("{path}: {status}: {}", message_of(&bytes)))
        }
    }
}

/// The words of a Status object.
fn message_of(bytes: &[u8]) -> String {
    let status: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    status["message"].as_str().unwrap_or("no reason given").to_owned()
}
