//! How a request to the API is answered: faults, token, limits, the operation itself, then the page of it that is shown.

use crate::api::{self, Found};
use crate::faults::{self, Fault};
use crate::http::{Answer, Body, Call, Refusal, Reply, body_of, query_of, response};
use crate::journal::{Endpoint, Request};
use crate::limits::Left;
use crate::paging::{self, Place};
use crate::state::{Shared, State};
use crate::tokens::Scopes;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// Answers one request; None closes the connection.
pub(crate) async fn answer(shared: Shared, request: http::Request<Incoming>) -> Option<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body_of(body).await;
    let met = shared.lock().faults.meet(parts.method.as_str(), parts.uri.path());
    wait(&met).await;
    let mut state = shared.lock();
    for change in state.meanwhile.due(parts.method.as_str(), parts.uri.path()) {
        change(&mut state.world);
    }
    let answered = (!met.contains(&Fault::Closed)).then(|| answered(&mut state, &parts, &body, &met));
    let status = answered.as_ref().map_or(0, |answered| answered.status().as_u16());
    note(&mut state, Endpoint::Api, &parts, status);
    answered.filter(|_| !met.contains(&Fault::ClosedLate))
}

/// Stalls as long as the faults say.
pub(crate) async fn wait(met: &[Fault]) {
    let stalls = met.iter().filter_map(|fault| match fault {
        Fault::Stall(time) => Some(*time),
        _ => None,
    });
    let time: Duration = stalls.sum();
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// Writes a request down.
pub(crate) fn note(state: &mut State, endpoint: Endpoint, parts: &Parts, status: u16) {
    state.journal.push(Request {
        endpoint,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorized: parts.headers.contains_key("authorization"),
        status,
    });
}

/// The token that a request shows.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn answered(state: &mut State, parts: &Parts, body: &[u8], met: &[Fault]) -> Response<Body> {
    state.answered += 1;
    let request = crate::world::id_of("Request", "", &state.answered.to_string());
    let token = bearer(&parts.headers);
    let scopes = token
        .filter(|_| !met.contains(&Fault::ExpiredToken))
        .and_then(|token| state.world.scopes_of(token).cloned());
    let (left, refused) = match (&scopes, token) {
        (Some(_), Some(token)) => state.meter.count(token, SystemTime::now()),
        _ => state.meter.count("", SystemTime::now()),
    };
    let answer = match (refused, scopes) {
        (_, None) => Err(Refusal::unauthorized()),
        (Some(refusal), _) => Err(refusal),
        (None, Some(scopes)) => late(carried_out(state, parts, body, met, scopes), met),
    };
    written(answer, &request, left, met)
}

/// What was done, and told as an error.
fn late(answer: Answer, met: &[Fault]) -> Answer {
    let status = met.iter().find_map(|fault| match fault {
        Fault::ErrorLate(status) => StatusCode::from_u16(*status).ok(),
        _ => None,
    });
    match status {
        Some(status) => answer.and_then(|_| Err(Refusal::server_error(status))),
        None => answer,
    }
}

/// The faults that refuse, then the operation.
fn carried_out(state: &mut State, parts: &Parts, body: &[u8], met: &[Fault], scopes: Scopes) -> Answer {
    for fault in met {
        match fault {
            Fault::TooMany(retry_after) => return Err(Refusal::too_many(*retry_after)),
            Fault::Error(status) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return Err(Refusal::server_error(status));
            }
            _ => {}
        }
    }
    let path = parts.uri.path();
    let (route, parameters) = match api::find(parts.method.as_str(), path) {
        Found::Route(route, parameters) => (route, parameters),
        Found::OtherMethod => return Err(Refusal::method_not_allowed()),
        Found::Nothing => return Err(Refusal::not_found()),
    };
    let allowed = |scope: &&str| {
        scopes.allow(scope)
            && !met
                .iter()
                .any(|fault| matches!(fault, Fault::MissingScope(gone) if gone == scope))
    };
    if !route.scopes.iter().all(allowed) {
        return Err(Refusal::lacking_scope());
    }
    let body = match body {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes).map_err(|_| Refusal::bad_request("the body is not JSON"))?,
    };
    let call = Call {
        parameters,
        query: query_of(parts.uri.query().unwrap_or_default()),
        body,
        now: state.world.now(),
        scopes,
    };
    let base = base(state, &parts.headers);
    let place = Place { base: &base, path };
    let reply = match (route.answer)(&mut state.world, &call)? {
        Reply::Page { key, rows, by_token } => {
            Reply::Json(StatusCode::OK, paging::page(&call, &place, key, rows, by_token)?)
        }
        reply => reply,
    };
    Ok(match reply {
        Reply::Json(status, mut body) => {
            api::hide(&mut body, &call.scopes);
            for fault in met {
                spoil(&mut body, fault, &place, parts);
            }
            Reply::Json(status, body)
        }
        reply => reply,
    })
}

/// The base URL that a client knows.
fn base(state: &State, headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    state
        .public
        .clone()
        .unwrap_or_else(|| format!("http://{}", host.unwrap_or("api.digitalocean.com")))
}

/// The faults that change an answer.
fn spoil(body: &mut Value, fault: &Fault, place: &Place<'_>, parts: &Parts) {
    match fault {
        Fault::RepeatedPage => {
            let query = parts.uri.query().unwrap_or("page=1");
            paging::set_next(body, &format!("{}{}?{query}", place.base, place.path));
        }
        Fault::ForeignPage(host) => {
            let next = paging::next(body).map(|url| url.replacen(place.base, host, 1));
            paging::set_next(
                body,
                &next.unwrap_or_else(|| format!("{host}{}?page=2", place.path)),
            );
        }
        Fault::Without(name) => faults::without(body, name),
        Fault::UnknownValues => faults::unknown_values(body),
        Fault::UnknownFields => faults::unknown_fields(body),
        _ => {}
    }
}

fn written(answer: Answer, request: &str, left: Left, met: &[Fault]) -> Response<Body> {
    let mut headers = vec![
        ("ratelimit-limit", left.limit.to_string()),
        ("ratelimit-remaining", left.remaining.to_string()),
        ("ratelimit-reset", left.reset.to_string()),
        ("x-request-id", request.to_owned()),
    ];
    let (status, kind, body) = match answer {
        Ok(Reply::Json(status, body)) => (status, "application/json", body.to_string().into_bytes()),
        Ok(Reply::Yaml(text)) => (StatusCode::OK, "application/yaml", text.into_bytes()),
        Ok(Reply::Empty(status)) => return response(status, &headers, Vec::new()),
        // Pages were cut above: whole ones have nobody who asked for them.
        Ok(Reply::Page { .. }) => return response(StatusCode::INTERNAL_SERVER_ERROR, &headers, Vec::new()),
        Err(refusal) => {
            if let Some(seconds) = refusal.retry_after {
                headers.push(("retry-after", seconds.to_string()));
            }
            let body = refusal.body(request).to_string().into_bytes();
            (refusal.status, "application/json", body)
        }
    };
    let body = if met.contains(&Fault::Truncated) {
        let half = body.len() / 2;
        body.into_iter().take(half).collect()
    } else {
        body
    };
    headers.push(("content-type", kind.to_owned()));
    response(status, &headers, body)
}
