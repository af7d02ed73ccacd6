//! The registry's own endpoint, where images are pulled from: manifests by tag and by digest, and tokens for them.

use crate::answering::{bearer, note, wait};
use crate::faults::Fault;
use crate::http::{Body, decoded, response};
use crate::journal::Endpoint;
use crate::state::{Shared, State};
use crate::world::text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

/// Answers one request; None closes the connection.
pub(crate) async fn answer(shared: Shared, request: http::Request<Incoming>) -> Option<Response<Body>> {
    let (parts, _) = request.into_parts();
    let met = shared.lock().faults.meet(parts.method.as_str(), parts.uri.path());
    wait(&met).await;
    let mut state = shared.lock();
    let answered = (!met.contains(&Fault::Closed)).then(|| answered(&mut state, &parts, &met));
    let status = answered.as_ref().map_or(0, |answered| answered.status().as_u16());
    note(&mut state, Endpoint::Registry, &parts, status);
    answered
}

fn answered(state: &mut State, parts: &Parts, met: &[Fault]) -> Response<Body> {
    for fault in met {
        match fault {
            Fault::TooMany(seconds) => {
                let headers: Vec<_> = seconds
                    .map(|own| ("retry-after", own.to_string()))
                    .into_iter()
                    .collect();
                return refused(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", &headers);
            }
            Fault::Error(status) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return refused(status, "UNKNOWN", &[]);
            }
            _ => {}
        }
    }
    if !is_authorized(state, &parts.headers) || met.contains(&Fault::ExpiredToken) {
        let host = parts.headers.get("host").and_then(|host| host.to_str().ok());
        let realm = format!(
            "Bearer realm=\"http://{}/auth\",service=\"registry.digitalocean.com\"",
            host.unwrap_or("registry.digitalocean.com")
        );
        return refused(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            &[("www-authenticate", realm)],
        );
    }
    let path = parts.uri.path();
    if path == "/auth" {
        let token = state.world.add_token(&["registry:pull"]);
        let body = json!({"token": token, "expires_in": 300}).to_string();
        return response(
            StatusCode::OK,
            &[("content-type", "application/json".to_owned())],
            body,
        );
    }
    if path == "/v2/" || path == "/v2" {
        return response(
            StatusCode::OK,
            &[("content-type", "application/json".to_owned())],
            "{}",
        );
    }
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return refused(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", &[]);
    }
    match named(path) {
        Some((registry, repository, reference)) => {
            let cut = met.contains(&Fault::Truncated);
            manifest(state, parts, [&registry, &repository, &reference], cut)
        }
        None => refused(StatusCode::NOT_FOUND, "NAME_UNKNOWN", &[]),
    }
}

/// Registry, repository and reference of `/v2/<registry>/<repository>/manifests/<reference>`.
fn named(path: &str) -> Option<(String, String, String)> {
    let (name, reference) = path.strip_prefix("/v2/")?.split_once("/manifests/")?;
    let (registry, repository) = name.split_once('/')?;
    Some((decoded(registry), decoded(repository), decoded(reference)))
}

/// By a token of the API or of the registry: as a bearer, or as the password (or the user) of Basic.
fn is_authorized(state: &State, headers: &HeaderMap) -> bool {
    let known = |token: &str| {
        state
            .world
            .scopes_of(token)
            .is_some_and(|scopes| scopes.allow("registry:read") || scopes.allow("registry:pull"))
    };
    if let Some(token) = bearer(headers) {
        return known(token);
    }
    let basic = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|value| String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok());
    basic.is_some_and(|pair| {
        let (user, password) = pair.split_once(':').unwrap_or((&pair, ""));
        known(password) || known(user)
    })
}

fn manifest(state: &State, parts: &Parts, named: [&str; 3], cut: bool) -> Response<Body> {
    let [registry, repository, reference] = named;
    let meant = |row: &&Value| {
        row["registry_name"] == registry
            && row["repository"] == repository
            && (row["digest"] == reference || crate::api::holds(&row["tags"], reference))
    };
    let rows = state.world.rows("registry_manifests");
    let at = state.world.content.places.get(reference);
    let row = at.and_then(|at| rows.get(*at)).filter(meant);
    let Some(row) = row.or_else(|| rows.iter().find(meant)) else {
        return refused(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", &[]);
    };
    let (media, mut document) = state.world.document(row);
    let accepted: Vec<&str> = parts
        .headers
        .get_all("accept")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let accepted = accepted.join(",");
    if !accepted.is_empty() && !accepted.contains(media) && !accepted.contains("*/*") {
        // A registry has no other form of it.
        return refused(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", &[]);
    }
    let headers = [
        ("content-type", media.to_owned()),
        ("docker-content-digest", text(&row["digest"]).to_owned()),
        ("docker-distribution-api-version", "registry/2.0".to_owned()),
    ];
    if cut {
        document.truncate(document.len() / 2);
    }
    response(StatusCode::OK, &headers, document)
}

fn refused(status: StatusCode, code: &str, more: &[(&str, String)]) -> Response<Body> {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(more.iter().cloned());
    let body = json!({"errors": [{"code": code, "message": code.to_lowercase().replace('_', " ")}]});
    response(status, &headers, body.to_string())
}
