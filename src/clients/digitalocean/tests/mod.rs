//! Against small servers made here, whose answers are scripted.

mod answers;
mod broken;
mod limits;
mod lists;
mod secrets;
mod types;

use super::{Access, Api, Budget, Pauses};
use crate::clients::http::Variables;
use crate::clients::http::scripted::{Reply, Server, answer};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What no output may hold.
const TOKEN: &str = "dop_v1_canary7f3c";

/// A patience that is short but otherwise the ordinary one.
fn budget() -> Budget {
    Budget {
        pauses: Pauses {
            shortest: Duration::from_millis(1),
            longest: Duration::from_millis(4),
            draw: || 0.5,
        },
        ..Budget::until(Instant::now() + Duration::from_secs(20), CancellationToken::new())
    }
}

fn access(address: &str) -> Access {
    Access {
        address: Some(address.to_owned()),
        token: TOKEN.into(),
        variables: Variables::default(),
    }
}

fn api(server: &Server, budget: Budget) -> Api {
    Api::open(&access(&server.url), budget).unwrap()
}

/// An error as the API writes it.
fn error(status: &str, headers: &str, id: &str, message: &str) -> Reply {
    let body = format!(r#"{{"id":"{id}","message":"{message}","request_id":"4d9d8375"}}"#);
    answer(
        status,
        &format!("Content-Type: application/json\r\n{headers}"),
        &body,
    )
}
