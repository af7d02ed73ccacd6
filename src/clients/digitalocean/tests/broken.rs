//! Connections and answers that break, stall or never come about.

use super::super::{Api, Budget, Call, RequestError, account, vpcs};
use super::{access, api, budget, error};
use crate::clients::http::scripted::{Reply, Server, json};
use http::Method;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::Instant;

const GOOD: &str = r#"{"account":{"uuid":"u"}}"#;
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";

fn raw(text: &str) -> Reply {
    Reply::Bytes(format!("{HEAD}{text}").into_bytes())
}

fn cuts() -> Vec<Reply> {
    vec![
        raw("Content-Length: 100\r\n\r\n{\"account\":{"),
        raw("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"acc\r\n"),
        // Neither length nor chunks: only the JSON tells.
        raw("\r\n{\"account\":{\"uuid\":"),
        raw("\r\n"),
        raw("\r\n{\"account\": nonsense}"),
        Reply::Reset,
        error("500 Internal Server Error", "", "server_error", "Unexpected"),
        error("503 Service Unavailable", "Retry-After: 0\r\n", "x", "y"),
    ]
}

#[tokio::test]
async fn what_may_pass_is_asked_for_again() {
    for cut in cuts() {
        let server = Server::with(vec![cut, json(GOOD)]).await;
        let api = api(&server, budget());
        assert_eq!(api.one(&account::get()).await.unwrap().uuid, "u");
        assert_eq!(server.requests().len(), 2);
        assert_eq!(api.usage().calls, 2, "each attempt counts");
    }
}

#[tokio::test]
async fn it_is_asked_for_only_so_often() {
    for cut in cuts() {
        let server = Server::with(vec![cut]).await;
        let error = api(&server, budget()).one(&account::get()).await.unwrap_err();
        assert!(error.to_string().ends_with("; tried 5 times"), "{error}");
        assert_eq!(server.requests().len(), 5);
        assert_eq!(error.reason(), "unavailable");
    }
}

#[tokio::test]
async fn a_list_cut_short_says_after_how_much() {
    let server = Server::with(vec![raw("\r\n{\"vpcs\":[{\"id\":")]).await;
    let error = api(&server, budget()).all(&vpcs::list()).await.unwrap_err();
    let words = "the DigitalOcean API broke off its answer to GET /v2/vpcs after 15 bytes; tried 5 times";
    assert_eq!(error, RequestError::Cut(words.into()));
}

#[tokio::test]
async fn what_changes_something_is_not_asked_for_again() {
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        for cut in [cuts().remove(0), cuts().remove(5), cuts().remove(6)] {
            let server = Server::with(vec![cut]).await;
            let call: Call<()> = Call::new(method.clone(), "/v2/tags", "tag:create").with_body("{}");
            assert!(api(&server, budget()).send(&call).await.is_err());
            assert_eq!(server.requests().len(), 1, "{method}");
        }
    }
}

#[tokio::test]
async fn silence_ends_an_attempt() {
    for stall in [
        Reply::Stall(Vec::new()),
        Reply::Stall(format!("{HEAD}Content-Length: 99\r\n\r\n{{").into_bytes()),
    ] {
        let server = Server::with(vec![stall, json(GOOD)]).await;
        let quick = Budget {
            idle: Duration::from_millis(80),
            ..budget()
        };
        assert_eq!(api(&server, quick).one(&account::get()).await.unwrap().uuid, "u");
    }
}

#[tokio::test]
async fn an_attempt_has_its_time() {
    let server = Server::with(vec![Reply::Stall(Vec::new())]).await;
    let quick = Budget {
        attempt: Duration::from_millis(50),
        ..budget()
    };
    let error = api(&server, quick).one(&account::get()).await.unwrap_err();
    let words = "the DigitalOcean API did not answer GET /v2/account completely within 50 ms; tried 5 times";
    assert_eq!(error, RequestError::TimedOut(words.into()));
    assert_eq!(error.reason(), "timeout");
}

/// With the ordinary patience: the clock jumps from one wait to the next.
#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_bounded_time() {
    let server = Server::with(vec![Reply::Stall(Vec::new())]).await;
    let far = Instant::now() + Duration::from_hours(1);
    let ordinary = Budget::until(far, tokio_util::sync::CancellationToken::new());
    let api = api(&server, ordinary);
    tokio::time::pause();
    let started = Instant::now();
    let error = api.one(&account::get()).await.unwrap_err();
    assert!(
        matches!(&error, RequestError::TimedOut(_) | RequestError::Unavailable(_)),
        "{error:?}"
    );
    assert!(
        started.elapsed() <= Duration::from_mins(3),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn everything_ends_at_the_deadline() {
    let server = Server::with(vec![Reply::Stall(Vec::new())]).await;
    let short = Budget {
        deadline: Instant::now() + Duration::from_millis(100),
        ..budget()
    };
    let started = Instant::now();
    let api = api(&server, short);
    let error = api.one(&account::get()).await.unwrap_err();
    assert!(matches!(error, RequestError::TimedOut(_)), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(3));
    let late = api.one(&account::get()).await.unwrap_err();
    let words = "the time ran out before the DigitalOcean API was asked for GET /v2/account";
    assert_eq!(late, RequestError::TimedOut(words.into()));
}

#[tokio::test]
async fn who_takes_requests_in_silence_costs_little_time() {
    let server = Server::with(vec![Reply::Stall(Vec::new())]).await;
    let patient = Budget {
        idle: Duration::from_millis(50),
        ..budget()
    };
    let api = api(&server, patient);
    let mut asked = Vec::new();
    for _ in 0..4 {
        let error = api.one(&account::get()).await.unwrap_err();
        assert!(matches!(error, RequestError::TimedOut(_)), "{error:?}");
        asked.push(server.requests().len());
    }
    assert_eq!(asked, [3, 4, 4, 4]);
}

#[tokio::test]
async fn cancelling_ends_everything_at_once() {
    let server = Server::with(vec![Reply::Stall(Vec::new())]).await;
    let patient = budget();
    let cancel = patient.cancel.clone();
    let api = api(&server, patient);
    let call = account::get();
    let started = Instant::now();
    let (result, ()) = tokio::join!(api.one(&call), async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        cancel.cancel();
    });
    assert_eq!(result.unwrap_err(), RequestError::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let once = Budget {
        attempts: 1,
        ..budget()
    };
    let api = Api::open(&access(&format!("http://{free}")), once.clone()).unwrap();
    let error = api.one(&account::get()).await.unwrap_err();
    let words = format!("the DigitalOcean API (http://{free}) refused the connection");
    assert_eq!(error, RequestError::Unavailable(words));
    let hint = api.diagnose(&error).hint.unwrap();
    assert_eq!(
        hint,
        format!("see whether http://{free} can be reached from this machine")
    );

    let api = Api::open(&access("https://no-such-host.invalid"), once).unwrap();
    let error = api.one(&account::get()).await.unwrap_err();
    let words =
        "the DigitalOcean API (https://no-such-host.invalid) cannot be found: its host has no address";
    assert_eq!(error, RequestError::Unavailable(words.into()));
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = Server::with(vec![json(&format!("{{\"account\":{{}}{}}}", " ".repeat(2000)))]).await;
    let limited = |limit| Api::with_max_body(&access(&server.url), budget(), limit).unwrap();
    assert!(limited(2014).one(&account::get()).await.is_ok());
    let error = limited(2013).one(&account::get()).await.unwrap_err();
    assert!(matches!(error, RequestError::TooLarge(_)), "{error:?}");

    // The body of an error is not read to its end: this one has none.
    let head =
        "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n";
    let endless = Reply::Stall(format!("{head}{}", "x".repeat(100_000)).into_bytes());
    let server = Server::with(vec![endless]).await;
    let error = api(&server, budget()).one(&account::get()).await.unwrap_err();
    assert!(matches!(error, RequestError::Forbidden { .. }), "{error:?}");
}
