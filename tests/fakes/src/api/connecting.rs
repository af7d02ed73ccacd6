//! How a cluster is reached: credentials and kubeconfig.

use super::{Route, clusters};
use crate::World;
use crate::clock::after;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{Credentials, sha256, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/credentials",
        &["kubernetes:access_cluster"],
        credentials,
    ),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/kubeconfig",
        &["kubernetes:access_cluster"],
        kubeconfig,
    ),
];

/// What 0 and nothing mean: seven days.
const DEFAULT_EXPIRY: u64 = 7 * 24 * 3600;

/// How the cluster that a path names is reached.
fn reach(world: &World, call: &Call) -> Result<(Value, Credentials), Refusal> {
    let row = clusters::cluster(world, call)?.clone();
    let id = text(&row["id"]);
    if text(&row["endpoint"]).is_empty() {
        return Err(Refusal::precondition_failed("the cluster is not running yet"));
    }
    let made_up = || Credentials {
        server: text(&row["endpoint"]).to_owned(),
        ca_pem: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
        token: sha256(format!("credentials/{id}/{}", call.now).as_bytes()),
    };
    let credentials = world.credentials.get(id).cloned().unwrap_or_else(made_up);
    Ok((row, credentials))
}

fn credentials(world: &mut World, call: &Call) -> Answer {
    let (_, credentials) = reach(world, call)?;
    let seconds = match call.asked_number("expiry_seconds")? {
        None | Some(0) => DEFAULT_EXPIRY,
        Some(seconds) => seconds,
    };
    // Certificates are believed or not at the real time: so are their tokens.
    let expires = after(jiff::Timestamp::now(), Duration::from_secs(seconds));
    Reply::bare(json!({
        "server": credentials.server,
        "certificate_authority_data": STANDARD.encode(&credentials.ca_pem),
        "client_certificate_data": null,
        "client_key_data": null,
        "token": credentials.token,
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }))
}

fn kubeconfig(world: &mut World, call: &Call) -> Answer {
    let (row, credentials) = reach(world, call)?;
    let name = format!("do-{}-{}", text(&row["region"]), text(&row["name"]));
    let authority = STANDARD.encode(&credentials.ca_pem);
    let Credentials { server, token, .. } = credentials;
    Ok(Reply::Yaml(format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: {authority}\n    \
         server: {server}\n  name: {name}\ncontexts:\n- context:\n    cluster: {name}\n    user: {name}-admin\n  \
         name: {name}\ncurrent-context: {name}\npreferences: {{}}\nusers:\n- name: {name}-admin\n  user:\n    \
         token: {token}\n"
    )))
}
