//! The token's allowance and the run's own.

use super::super::limiter::{Limiter, Told, Turn};
use super::super::{Allowances, Budget, Pauses, RequestError, account};
use super::{api, budget, error};
use crate::clients::http::scripted::{Server, answer, json};
use http::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const GOOD: &str = r#"{"account":{"uuid":"u"}}"#;

/// Makes a call and ends it at once.
fn made(limiter: &Arc<Limiter>, now: Instant) -> bool {
    matches!(limiter.turn(now), Turn::Go(_))
}

/// How long the next call has to wait.
fn wait(limiter: &Arc<Limiter>, now: Instant) -> Duration {
    match limiter.turn(now) {
        Turn::Go(_) => Duration::ZERO,
        Turn::Wait(until) => until - now,
        Turn::Spent => Duration::MAX,
    }
}

#[test]
fn a_minute_slides() {
    let (limiter, start) = (Limiter::new(None), Instant::now());
    for number in 0..250_u64 {
        assert!(made(&limiter, start + Duration::from_millis(100 * number)));
    }
    let now = start + Duration::from_secs(25);
    assert_eq!(
        wait(&limiter, now),
        Duration::from_secs(35),
        "until the first no longer counts"
    );
    assert!(made(&limiter, start + Duration::from_mins(1)));
    let now = start + Duration::from_mins(1);
    assert_eq!(
        wait(&limiter, now),
        Duration::from_millis(100),
        "one came free, not all"
    );
    assert_eq!(limiter.usage().calls, 251);
}

#[test]
fn an_hour_slides_too() {
    let (limiter, start) = (Limiter::new(None), Instant::now());
    for number in 0..5000_u64 {
        assert!(
            made(&limiter, start + Duration::from_millis(300 * number)),
            "{number}"
        );
    }
    let now = start + Duration::from_mins(25);
    assert_eq!(wait(&limiter, now), Duration::from_mins(35));
    assert!(made(&limiter, start + Duration::from_hours(1)));
}

#[test]
fn what_the_api_says_is_left_counts() {
    let (limiter, now) = (Limiter::new(None), Instant::now());
    let told = |remaining, reset| Told {
        limit: Some(5000),
        remaining: Some(remaining),
        reset: Some(reset),
    };
    let Turn::Go(first) = limiter.turn(now) else {
        panic!("must wait")
    };
    let Turn::Go(second) = limiter.turn(now) else {
        panic!("must wait")
    };
    // Others use the token as well: 3 are left, one of which the second call takes.
    limiter.heard(told(3, 1090), now, 1000);
    assert_eq!(limiter.usage().left, Some(2));
    drop(first);
    limiter.heard(told(2, 1090), now, 1000);
    drop(second);
    assert!(made(&limiter, now) && made(&limiter, now));
    assert_eq!(
        wait(&limiter, now),
        Duration::from_secs(90),
        "until the oldest call ends to count"
    );
    let later = now + Duration::from_secs(90);
    assert!(made(&limiter, later), "then one may ask how many are left");
    limiter.heard(told(700, 1190), later, 1090);
    assert!(made(&limiter, later));

    // A time in the past tells nothing; a time beyond the window is not waited for.
    limiter.heard(told(0, 5), later, 1090);
    assert_eq!(wait(&limiter, later), Duration::ZERO);
    limiter.heard(told(0, i64::MAX), later, 1090);
    assert_eq!(wait(&limiter, later), Duration::from_hours(1));
}

#[test]
fn with_nothing_left_one_call_at_a_time_asks() {
    let (limiter, now) = (Limiter::new(None), Instant::now());
    let Turn::Go(permit) = limiter.turn(now) else {
        panic!("must wait")
    };
    limiter.heard(
        Told {
            remaining: Some(0),
            ..Told::default()
        },
        now,
        1000,
    );
    assert_eq!(wait(&limiter, now), Duration::from_millis(200));
    drop(permit);
    assert!(made(&limiter, now));
}

#[test]
fn headers_are_read_if_they_are_numbers() {
    let mut headers = HeaderMap::new();
    assert_eq!(Told::read(&headers), Told::default());
    headers.insert("ratelimit-limit", "5000".parse().unwrap());
    headers.insert("ratelimit-remaining", "-1".parse().unwrap());
    headers.insert("ratelimit-reset", "1444931833".parse().unwrap());
    let told = Told {
        limit: Some(5000),
        remaining: None,
        reset: Some(1_444_931_833),
    };
    assert_eq!(Told::read(&headers), told);
}

#[test]
fn pauses_double_and_stay_within_their_bounds() {
    let pauses = |draw| Pauses {
        draw,
        ..Budget::until(Instant::now(), tokio_util::sync::CancellationToken::new()).pauses
    };
    let seconds = |pauses: Pauses| -> Vec<u64> {
        (1..=6)
            .map(|failed| pauses.after(failed, None).as_secs())
            .collect()
    };
    assert_eq!(seconds(pauses(|| 0.0)), [1; 6]);
    assert_eq!(seconds(pauses(|| 1.0)), [2, 4, 8, 16, 30, 30]);
    assert_eq!(
        pauses(|| 0.5).after(u32::MAX, None),
        Duration::from_millis(15_500)
    );
    assert_eq!(
        pauses(|| 0.5).after(1, Some(Duration::from_secs(7))),
        Duration::from_millis(7500)
    );
    assert_eq!(pauses(|| 0.5).after(1, Some(Duration::MAX)), Duration::MAX);
    let ordinary = Budget::until(Instant::now(), tokio_util::sync::CancellationToken::new());
    assert_eq!(
        (ordinary.attempt, ordinary.attempts),
        (Duration::from_secs(30), 5)
    );
    let drawn: Vec<Duration> = (0..50).map(|_| ordinary.pauses.after(3, None)).collect();
    assert!(
        drawn.iter().any(|pause| *pause != drawn[0]),
        "all the same: {drawn:?}"
    );
}

#[tokio::test]
async fn usage_is_what_the_api_told() {
    let headers = "Content-Type: application/json\r\nratelimit-limit: 5000\r\nratelimit-remaining: 4816\r\nratelimit-reset: 1444931833\r\n";
    let server = Server::with(vec![answer("200 OK", headers, GOOD)]).await;
    let api = api(&server, budget());
    assert_eq!(api.usage().left, None);
    api.clone().one(&account::get()).await.unwrap();
    let usage = api.usage();
    assert_eq!((usage.calls, usage.left, usage.limit), (1, Some(4816), 5000));
}

#[tokio::test]
async fn a_burst_is_waited_out_by_everybody() {
    let limited = error(
        "429 Too Many Requests",
        "Retry-After: 1\r\n",
        "too_many_requests",
        "API Rate limit exceeded.",
    );
    let server = Server::with(vec![limited, json(GOOD)]).await;
    let api = api(&server, budget());
    let started = Instant::now();
    let call = account::get();
    let late = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        api.one(&call).await
    };
    let (first, second) = tokio::join!(api.one(&call), late);
    assert!(first.is_ok() && second.is_ok());
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(server.requests().len(), 3);
    assert!(
        api.usage().waited >= Duration::from_millis(500),
        "{:?}",
        api.usage()
    );
}

#[tokio::test]
async fn without_a_time_to_wait_it_is_tried_now_and_then() {
    let limited = error(
        "429 Too Many Requests",
        "",
        "too_many_requests",
        "API Rate limit exceeded.",
    );
    let server = Server::with(vec![limited.clone(), json(GOOD)]).await;
    assert!(api(&server, budget()).one(&account::get()).await.is_ok());

    let server = Server::with(vec![limited]).await;
    let error = api(&server, budget()).one(&account::get()).await.unwrap_err();
    let words = "the DigitalOcean API takes no more calls with this token for now \
                 (429: API Rate limit exceeded, request 4d9d8375); tried 5 times";
    assert_eq!(error, RequestError::RateLimited(words.into()));
    assert_eq!((error.reason(), server.requests().len()), ("budget", 5));
}

#[tokio::test]
async fn an_allowance_that_returns_too_late_is_not_waited_for() {
    let reset = jiff::Timestamp::now().as_second() + 1800;
    let headers = format!(
        "Content-Type: application/json\r\nratelimit-limit: 5000\r\nratelimit-remaining: 0\r\nratelimit-reset: {reset}\r\n"
    );
    let server = Server::with(vec![answer("200 OK", &headers, GOOD)]).await;
    let api = api(&server, budget());
    api.one(&account::get()).await.unwrap();
    let started = Instant::now();
    let error = api.one(&account::get()).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(matches!(error, RequestError::RateLimited(_)), "{error:?}");
    let words = error.to_string();
    let start = "the token's calls are used up: the next one, GET /v2/account, is possible at 20";
    assert!(
        words.starts_with(start) && words.ends_with(", after this run's time"),
        "{words}"
    );
    assert_eq!(server.requests().len(), 1, "it is not asked in vain");
    // The retry that a 429 asks for may be too late as well.
    let limited = super::error("429 Too Many Requests", "Retry-After: 1800\r\n", "x", "y");
    let server = Server::with(vec![limited]).await;
    let error = super::api(&server, budget())
        .one(&account::get())
        .await
        .unwrap_err();
    assert!(matches!(error, RequestError::RateLimited(_)), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_run_makes_no_more_calls_than_it_may() {
    let server = Server::with(vec![json(GOOD)]).await;
    let frugal = Budget {
        allowances: Allowances::capped(Some(2)),
        ..budget()
    };
    let api = api(&server, frugal);
    let clone = api.clone();
    assert!(api.one(&account::get()).await.is_ok() && clone.one(&account::get()).await.is_ok());
    let error = api.one(&account::get()).await.unwrap_err();
    let words = "the 2 calls that this run may make (--do-budget) were spent before GET /v2/account";
    assert_eq!(error, RequestError::Budget(words.into()));
    assert_eq!((error.reason(), server.requests().len()), ("budget", 2));
}
