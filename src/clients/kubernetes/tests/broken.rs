//! Connections that break, stall or never come about.

use super::super::attempt::{Question, ask};
use super::super::budget::Budget;
use super::super::credentials::{Secret, Source};
use super::super::error::{ConnectError, RequestError};
use super::super::link::{Link, Recipe};
use super::super::server::Who;
use super::{Fake, Reply, answer, asking, budget, json, opened};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const QUESTION: Question<'static> = Question {
    path: "/api",
    accept: "application/json",
    change: None,
};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

fn raw(text: &str) -> Reply {
    Reply::Bytes(format!("{HEAD}{text}").into_bytes())
}

#[tokio::test]
async fn an_answer_cut_short_is_asked_for_again() {
    let cuts = [
        raw("Content-Length: 100\r\n\r\n{\"items\":["),
        raw("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n"),
        // Neither length nor chunks: only the JSON tells.
        raw("Connection: close\r\n\r\n{\"items\":["),
        Reply::Reset,
    ];
    for cut in cuts {
        let server = Fake::new(vec![cut, json("200 OK", "{\"items\":[]}")]).await;
        let body = asking(&server, budget(2)).await.get("/api").await.unwrap();
        assert_eq!(body, "{\"items\":[]}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn an_answer_cut_each_time_is_an_error() {
    let server = Fake::new(vec![raw("Content-Length: 100\r\n\r\n{\"items\":[")]).await;
    let error = asking(&server, budget(2)).await.get("/api?x").await.unwrap_err();
    let words =
        "the API server of context do-fra1-stage broke off its answer to /api after 10 bytes; tried 2 times";
    assert_eq!(error, RequestError::Cut(words.into()));
}

#[tokio::test]
async fn a_reset_each_time_is_out_of_reach() {
    let server = Fake::new(vec![Reply::Reset]).await;
    let error = asking(&server, budget(2)).await.get("/api").await.unwrap_err();
    assert!(
        matches!(&error, RequestError::Unavailable(words) if words.ends_with("closed the connection before it answered; tried 2 times")),
        "{error:?}"
    );
}

#[tokio::test]
async fn silence_ends_an_attempt() {
    for stall in [
        Reply::Stall(Vec::new()),
        Reply::Stall(format!("{HEAD}Content-Length: 9\r\n\r\n{{").into_bytes()),
    ] {
        let server = Fake::new(vec![stall, json("200 OK", "{}")]).await;
        let quick = Budget {
            idle: Duration::from_millis(100),
            ..budget(2)
        };
        assert_eq!(asking(&server, quick).await.get("/api").await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn an_attempt_has_its_time_and_so_has_everything() {
    let server = Fake::new(vec![Reply::Stall(Vec::new())]).await;
    let quick = Budget {
        attempt: Duration::from_millis(100),
        ..budget(2)
    };
    let error = asking(&server, quick).await.get("/api").await.unwrap_err();
    let words =
        "the API server of context do-fra1-stage did not answer /api completely within 100 ms; tried 2 times";
    assert_eq!(error, RequestError::TimedOut(words.into()));

    let short = Budget {
        deadline: Instant::now() + Duration::from_millis(300),
        ..budget(100)
    };
    let started = Instant::now();
    let api = asking(&server, short).await;
    let error = api.get("/api").await.unwrap_err();
    assert!(matches!(error, RequestError::TimedOut(_)), "{error:?}");
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    let late = api.get("/api").await.unwrap_err();
    let words = "the time ran out before the API server of context do-fra1-stage was asked for /api";
    assert_eq!(late, RequestError::TimedOut(words.into()));
}

#[tokio::test]
async fn cancelling_ends_everything_at_once() {
    let server = Fake::new(vec![Reply::Stall(Vec::new())]).await;
    let patient = budget(5);
    let cancel = patient.cancel.clone();
    let api = asking(&server, patient).await;
    let started = Instant::now();
    let (result, ()) = tokio::join!(api.get("/api"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        cancel.cancel();
    });
    assert_eq!(result.unwrap_err(), RequestError::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(2));

    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let gone = Budget {
        cancel: cancelled,
        ..budget(1)
    };
    let error = opened("server: 'http://127.0.0.1:1'", "", gone)
        .await
        .unwrap_err();
    assert_eq!(error, ConnectError::Cancelled);
}

#[tokio::test]
async fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let api = opened(&format!("server: 'https://{free}'"), "", budget(1))
        .await
        .unwrap();
    let error = api.get("/api").await.unwrap_err();
    let words = format!("the API server of context do-fra1-stage (https://{free}) refused the connection");
    assert_eq!(error, RequestError::Unavailable(words));
    let hint = api.diagnose(&error).hint.unwrap();
    assert_eq!(
        hint,
        format!("see whether https://{free} can be reached from this machine")
    );
}

#[tokio::test]
async fn no_such_host() {
    let api = opened("server: 'https://no-such-host.invalid'", "", budget(1))
        .await
        .unwrap();
    let error = api.get("/api").await.unwrap_err();
    let words = "the API server of context do-fra1-stage (https://no-such-host.invalid) cannot be found: \
                 its host has no address";
    assert_eq!(error, RequestError::Unavailable(words.into()));
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = Fake::new(vec![json("200 OK", &format!("[{}]", " ".repeat(2000)))]).await;
    let who = Who {
        context: Some("x".into()),
        called: "context x".into(),
        server: server.url.clone(),
        proxy: None,
        renewal: String::new(),
    };
    let recipe = Recipe::new(server.url.parse().unwrap(), Duration::from_secs(5));
    let link = Link::open(recipe, Source::Fixed(Secret::default()))
        .await
        .unwrap();
    let session = link.session().await.unwrap();
    assert!(ask(&session, &who, QUESTION, 2002).await.is_ok());
    let fault = ask(&session, &who, QUESTION, 2001).await.unwrap_err();
    assert!(matches!(fault.error, RequestError::TooLarge(_)), "{fault:?}");

    // The body of an error is not read to its end: this one has none.
    let head =
        "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n";
    let server = Fake::new(vec![Reply::Stall(
        format!("{head}{}", "x".repeat(100_000)).into_bytes(),
    )])
    .await;
    let error = asking(&server, budget(1)).await.get("/api").await.unwrap_err();
    let words = "the API server of context do-fra1-stage forbids reading /api (403 Forbidden)";
    assert_eq!(error, RequestError::Forbidden(words.into()));
}

#[tokio::test]
async fn a_path_is_a_path() {
    let server = Fake::new(vec![answer("200 OK", "", "")]).await;
    let api = asking(&server, budget(2)).await;
    for path in ["api", "@example.com/", "/a b", ""] {
        let error = api.get(path).await.unwrap_err();
        assert!(
            matches!(error, RequestError::Refused { status: 400, .. }),
            "{path}: {error:?}"
        );
    }
    assert!(server.requests().is_empty());
}
