//! The lock beside journals in a bucket: one run has it, on a server that knows conditions and on one that does not.

use crate::moto::{Moto, spaces};
use envcheck::apply::journal::{Journals, Lock};
use jiff::{SignedDuration, Timestamp};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

fn at(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-27T03:00:00Z".parse().unwrap();
    begin + SignedDuration::from_mins(minutes)
}

async fn take(journals: &Journals, run: &str, minutes: i64) -> Result<Lock, String> {
    let token = format!("token-of-{run}");
    let taken = journals.lock("stage", run, &token, at(minutes)).await;
    taken.map_err(|why| why.to_string())
}

/// A server that hears no conditions: it forwards everything else.
fn without_conditions(server: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = server.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let server = server.clone();
            std::thread::spawn(move || forward(&client.unwrap(), &server));
        }
    });
    url
}

/// One request, and the end of the connection.
fn forward(client: &TcpStream, server: &str) {
    let mut reader = BufReader::new(client);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return;
        }
        let name = line.split(':').next().unwrap().to_ascii_lowercase();
        match name.as_str() {
            "if-match" | "if-none-match" | "connection" => continue,
            "content-length" => length = line.split(':').nth(1).unwrap().trim().parse().unwrap(),
            _ => {}
        }
        if line == "\r\n" {
            head.push_str("connection: close\r\n\r\n");
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut upstream = TcpStream::connect(server).unwrap();
    upstream.write_all(head.as_bytes()).unwrap();
    upstream.write_all(&body).unwrap();
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).unwrap();
    let mut client = client;
    let _ = client.write_all(&answer);
}

/// What the object holds.
async fn held(moto: &Moto) -> String {
    let object = moto
        .owner()
        .get_object()
        .bucket("journals")
        .key("a/envcheck-stage.lock");
    let body = object.send().await.unwrap().body.collect().await.unwrap();
    String::from_utf8(body.into_bytes().to_vec()).unwrap()
}

/// A server with a bucket for journals.
async fn beginning() -> Option<Moto> {
    let moto = Moto::start()?;
    moto.bucket("journals").await;
    Some(moto)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_has_it_until_it_gives_it_back_or_does_not_renew_it() {
    let Some(moto) = beginning().await else { return };
    for url in [moto.url.clone(), without_conditions(&moto.url)] {
        let journals = Journals::in_bucket(spaces(&url), "journals", "a");
        let mut first = take(&journals, "r1", 0).await.unwrap();
        let refused = take(&journals, "r2", 4).await.unwrap_err();
        assert!(
            refused.contains(
                "run r1 changes stage: it has s3://journals/a/envcheck-stage.lock until 2026-11-27T03:05:00Z"
            ),
            "{refused}"
        );
        // Another environment is another lock, and a lock is no run.
        let other = journals.lock("dev", "r3", "t", at(0)).await.unwrap();
        other.release().await;
        assert_eq!(journals.runs().await, Ok(Vec::new()));
        // Renewed when it is due, and not before.
        first.renew(at(0)).await.unwrap();
        assert!(held(&moto).await.contains("03:05:00"));
        first.renew(at(4)).await.unwrap();
        assert!(held(&moto).await.contains("03:09:00"));
        assert!(take(&journals, "r2", 6).await.is_err());
        // Whoever was killed does not renew it.
        let mut second = take(&journals, "r2", 10).await.unwrap();
        let lost = first.renew(at(11)).await.unwrap_err();
        assert!(
            lost.contains("is not this run's any more: run r2 changes stage"),
            "{lost}"
        );
        // Giving back what one does not have takes it from nobody.
        first.release().await;
        second.renew(at(12)).await.unwrap();
        second.release().await;
        assert!(held(&moto).await.contains("\"holder\":null"));
        take(&journals, "r4", 12).await.unwrap().release().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_that_take_it_at_once_one_gets_it() {
    let Some(moto) = beginning().await else { return };
    for (round, url) in [moto.url.clone(), without_conditions(&moto.url)]
        .iter()
        .enumerate()
    {
        // The second round takes over what has run out.
        let minutes = i64::try_from(round).unwrap() * 10;
        let runs: Vec<_> = (0..4)
            .map(|number| {
                let journals = Journals::in_bucket(spaces(url), "journals", "a");
                let run = format!("r{number}");
                tokio::spawn(async move { take(&journals, &run, minutes).await.is_ok() })
            })
            .collect();
        let mut winners = 0;
        for run in runs {
            winners += u32::from(run.await.unwrap());
        }
        assert_eq!(winners, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_lock_is_not_taken() {
    let Some(moto) = beginning().await else { return };
    let put = moto
        .owner()
        .put_object()
        .bucket("journals")
        .key("a/envcheck-stage.lock");
    put.body(b"mine".to_vec().into()).send().await.unwrap();
    let journals = Journals::in_bucket(spaces(&moto.url), "journals", "a");
    let refused = take(&journals, "r1", 0).await.unwrap_err();
    assert!(refused.contains("is no lock: move it away"), "{refused}");
    assert_eq!(held(&moto).await, "mine");
    let gone = Journals::in_bucket(spaces(&moto.url), "nowhere", "a");
    assert!(
        take(&gone, "r1", 0)
            .await
            .unwrap_err()
            .contains("who has s3://nowhere/a/envcheck-stage.lock cannot be told")
    );
}
