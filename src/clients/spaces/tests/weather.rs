//! Overload, silence, broken connections and answers: bounded in time, and tried again where that helps.

use super::{Fake, Reply, answer, budget, good, open, refusal, shown};
use crate::clients::spaces::{Ask, Budget, SpacesError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::Instant;

const EMPTY: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

async fn listed(replies: Vec<Reply>, budget: Budget) -> (Result<usize, SpacesError>, usize) {
    let fake = Fake::new(replies).await;
    let read = fake.spaces(budget).objects("b", Ask::default()).await;
    (read.map(|page| page.objects.len()), fake.requests().len())
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again() {
    let slow = || refusal("503 Slow Down", "SlowDown");
    let (read, requests) = listed(vec![slow(), slow(), good(EMPTY)], budget(5)).await;
    assert_eq!((read, requests), (Ok(0), 3));
    let (read, requests) = listed(vec![slow()], budget(3)).await;
    assert_eq!(
        shown(&read.unwrap_err()),
        "Spaces at 127.0.0.1 could not answer for the objects of b (SlowDown, 503, request tx00-fra1); tried 3 times"
    );
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn a_wait_that_outlasts_the_deadline_is_not_begun() {
    let hour = || answer("503 Slow Down", "Retry-After: 3600\r\n", "");
    let begun = Instant::now();
    let (read, requests) = listed(vec![hour()], budget(5)).await;
    assert!(matches!(read, Err(SpacesError::Unavailable(_))), "{read:?}");
    assert!(requests == 1 && begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn broken_connections_and_silence_are_tried_again() {
    let (read, requests) = listed(vec![Reply::Reset, good(EMPTY)], budget(5)).await;
    assert_eq!((read, requests), (Ok(0), 2));
    let stalled = || Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<ListB".to_vec());
    let (read, requests) = listed(vec![stalled(), good(EMPTY)], budget(5)).await;
    assert_eq!((read, requests), (Ok(0), 2));
    let (read, requests) = listed(vec![Reply::Stall(Vec::new())], budget(2)).await;
    assert_eq!(
        shown(&read.unwrap_err()),
        "Spaces at 127.0.0.1 did not answer completely for the objects of b in time; tried 2 times"
    );
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn an_answer_that_ends_early_is_no_answer() {
    let entry = "<Contents><Key>k</Key><Size>9</Size><LastModified>2026-11-22T03:00:00.000Z</LastModified></Contents>";
    let whole = format!(
        "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{entry}{entry}</ListBucketResult>"
    );
    // Between two entries the text looks as good as whole.
    let early = whole.rfind("<Contents>").unwrap();
    for end in [early, early + 12, whole.len() - 1] {
        let (read, requests) = listed(vec![good(&whole[..end]), good(&whole)], budget(2)).await;
        assert_eq!((read, requests), (Ok(2), 2), "cut after {end}");
    }
    let (read, _) = listed(vec![good(&whole[..early])], budget(2)).await;
    assert_eq!(
        shown(&read.unwrap_err()),
        "Spaces at 127.0.0.1 gave no whole answer for the objects of b; tried 2 times"
    );
    // A length that is never reached.
    let short = Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<ListBucketResult>".to_vec());
    let (read, requests) = listed(vec![short, good(&whole)], budget(2)).await;
    assert_eq!((read, requests), (Ok(2), 2));
    for nonsense in ["<html><body>hello</body></html>", "not XML", "{}"] {
        let (read, _) = listed(vec![good(nonsense)], budget(1)).await;
        assert!(
            matches!(read, Err(SpacesError::Broken(_))),
            "{nonsense}: {read:?}"
        );
    }
}

#[tokio::test]
async fn an_address_where_nobody_answers_costs_two_attempts() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let spaces = open(&url, budget(5), &[]).unwrap();
    let error = spaces.acl("b").await.unwrap_err();
    assert_eq!(
        shown(&error),
        "Spaces at 127.0.0.1 refused the connection; tried 2 times"
    );
    assert!(matches!(error, SpacesError::OutOfReach(_)));
    assert_eq!(spaces.calls(), 2);
}

#[tokio::test]
async fn a_name_without_an_address_is_out_of_reach() {
    let spaces = open("https://spaces.invalid", budget(1), &[]).unwrap();
    let error = spaces.acl("b").await.unwrap_err();
    assert!(matches!(error, SpacesError::OutOfReach(_)), "{error:?}");
    assert!(
        shown(&error).starts_with("Spaces at spaces.invalid cannot be found"),
        "{error}"
    );
}

#[tokio::test]
async fn plain_http_is_not_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let spaces = open(&url, budget(3), &[]).unwrap();
    let error = spaces.acl("b").await.unwrap_err();
    assert_eq!(shown(&error), "Spaces at 127.0.0.1 does not speak TLS");
    assert_eq!(spaces.calls(), 1, "it never will");
}

#[tokio::test]
async fn cancelling_and_the_deadline_end_everything() {
    let fake = Fake::new(vec![Reply::Stall(Vec::new())]).await;
    let patient = Budget {
        attempt: Duration::from_secs(30),
        ..budget(5)
    };
    let cancel = patient.cancel.clone();
    let spaces = fake.spaces(patient.clone());
    let begun = Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel.cancel();
    });
    assert_eq!(spaces.acl("b").await, Err(SpacesError::Cancelled));
    let soon = Budget {
        deadline: Instant::now() + Duration::from_millis(200),
        ..budget(5)
    };
    let late = fake.spaces(soon).acl("b").await;
    assert!(matches!(late, Err(SpacesError::TimedOut(_))), "{late:?}");
    let past = Budget {
        deadline: Instant::now(),
        ..budget(5)
    };
    let before = fake.requests().len();
    let never = fake.spaces(past).acl("b").await.unwrap_err();
    assert_eq!(
        shown(&never),
        "the time ran out before Spaces at 127.0.0.1 was asked for the ACL of b"
    );
    assert_eq!(fake.requests().len(), before);
    assert!(begun.elapsed() < Duration::from_secs(3));
}
