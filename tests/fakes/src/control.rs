//! The control endpoint, for people and scripts in another process than the fake's: time, faults, requests, Services.
//!
//! `POST /advance {"seconds": 60}`, `POST /faults {"path", "fault", "times"}`, `DELETE /faults`, `GET` and
//! `DELETE /requests`, `GET /world`, `GET /time`, `POST /clusters/<id>/services` with a list of Services.

use crate::faults::Fault;
use crate::http::{Body, body_of, response};
use crate::state::{Shared, State};
use http::{Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::time::Duration;

/// Answers one request.
pub(crate) async fn answer(shared: Shared, request: http::Request<Incoming>) -> Option<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body_of(body).await;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let done = done(&mut shared.lock(), parts.method.as_str(), parts.uri.path(), &body);
    let (status, body) = match done {
        Ok(body) => (StatusCode::OK, body),
        Err(message) => (StatusCode::BAD_REQUEST, json!({"error": message})),
    };
    let headers = [("content-type", "application/json".to_owned())];
    Some(response(status, &headers, format!("{body}\n")))
}

fn done(state: &mut State, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", ["time"]) => {}
        ("POST", ["advance"]) => {
            let seconds = body["seconds"].as_u64().ok_or("`seconds` is a number")?;
            state.world.advance(Duration::from_secs(seconds));
        }
        ("POST", ["faults"]) => {
            let path = body["path"].as_str().ok_or("`path` is a text")?;
            let times = body["times"]
                .as_u64()
                .and_then(|times| usize::try_from(times).ok());
            state.faults.plant(path, fault(&body["fault"])?, times);
        }
        ("DELETE", ["faults"]) => state.faults.clear(),
        ("GET", ["requests"]) => {
            let lines: Vec<String> = state.journal.iter().map(ToString::to_string).collect();
            return Ok(json!(lines));
        }
        ("DELETE", ["requests"]) => state.journal.clear(),
        ("GET", ["world"]) => return Ok(state.world.to_json()),
        ("POST", ["clusters", id, "services"]) => {
            let services = body["items"]
                .as_array()
                .or(body.as_array())
                .ok_or("a list of Services is needed")?;
            let attached: Vec<Value> = state
                .world
                .services(id, services)
                .into_iter()
                .map(|own| {
                    json!({"namespace": own.namespace, "name": own.name, "load_balancer": own.balancer, "ip": own.ip})
                })
                .collect();
            return Ok(json!(attached));
        }
        _ => return Err(format!("there is no {method} {path}")),
    }
    Ok(json!({"now": state.world.now().to_string()}))
}

/// A fault by its name, with its value where it has one: `"truncated"`, `{"stall": 30}`.
fn fault(value: &Value) -> Result<Fault, String> {
    let (name, with) = match value {
        Value::String(name) => (name.as_str(), &Value::Null),
        Value::Object(members) => members
            .iter()
            .next()
            .map(|(name, with)| (name.as_str(), with))
            .ok_or("`fault` is empty")?,
        _ => return Err("`fault` is a name, or a name with a value".to_owned()),
    };
    let number = || with.as_u64().ok_or_else(|| format!("{name} needs a number"));
    let words = || {
        with.as_str()
            .map(str::to_owned)
            .ok_or_else(|| format!("{name} needs a text"))
    };
    Ok(match name {
        "stall" => Fault::Stall(Duration::from_secs(number()?)),
        "truncated" => Fault::Truncated,
        "closed" => Fault::Closed,
        "too-many" => Fault::TooMany(with.as_u64()),
        "error" => Fault::Error(u16::try_from(number()?).map_err(|_| "that is no status".to_owned())?),
        "repeated-page" => Fault::RepeatedPage,
        "foreign-page" => Fault::ForeignPage(words()?),
        "without" => Fault::Without(words()?),
        "expired-token" => Fault::ExpiredToken,
        "missing-scope" => Fault::MissingScope(words()?),
        "unknown-values" => Fault::UnknownValues,
        "unknown-fields" => Fault::UnknownFields,
        _ => return Err(format!("no fault is called {name}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_known_by_their_names() {
        assert_eq!(fault(&json!("truncated")), Ok(Fault::Truncated));
        assert_eq!(
            fault(&json!({"stall": 30})),
            Ok(Fault::Stall(Duration::from_secs(30)))
        );
        assert_eq!(fault(&json!({"too-many": null})), Ok(Fault::TooMany(None)));
        assert!(fault(&json!("stall")).is_err());
        assert!(fault(&json!("earthquake")).unwrap_err().contains("earthquake"));
    }
}
