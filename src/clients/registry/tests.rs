//! Against small servers made here, whose answers are scripted.

use super::{Access, Registry};
use crate::clients::digitalocean::{Budget, Pauses, RequestError};
use crate::clients::http::Variables;
use crate::clients::http::scripted::{Asked, Reply, Server, answer};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "dop_v1_canary7f3c";
/// `TOKEN:TOKEN` in base64.
const BASIC: &str = "Basic ZG9wX3YxX2NhbmFyeTdmM2M6ZG9wX3YxX2NhbmFyeTdmM2M=";
const INDEX: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:aa","size":1,"platform":{"os":"linux"}},
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:bb","size":1,"annotations":{"vnd.docker.reference.type":"attestation-manifest"}}]}"#;
const IMAGE: &str =
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[]}"#;

fn registry(server: &Server) -> Registry {
    let budget = Budget {
        pauses: Pauses {
            shortest: Duration::from_millis(1),
            longest: Duration::from_millis(2),
            draw: || 0.5,
        },
        idle: Duration::from_millis(200),
        ..Budget::until(Instant::now() + Duration::from_secs(20), CancellationToken::new())
    };
    let access = Access {
        address: Some(server.url.clone()),
        token: TOKEN.into(),
        variables: Variables::default(),
    };
    Registry::open(&access, budget).unwrap()
}

fn digest(body: &str) -> String {
    format!("sha256:{:x}", Sha256::digest(body))
}

fn manifest(body: &str) -> Reply {
    answer(
        "200 OK",
        "Content-Type: application/vnd.oci.image.index.v1+json\r\n",
        body,
    )
}

fn wants(challenge: &str) -> Reply {
    answer(
        "401 Unauthorized",
        &format!("WWW-Authenticate: {challenge}\r\n"),
        "{}",
    )
}

/// A registry whose realm gives a token, and that realm. `named`: what the challenge says besides.
async fn with_realm(token: &'static str, named: &'static str) -> (Server, Server) {
    let realm = Server::new(move |_, asked| {
        assert_eq!(asked.header("authorization"), Some(BASIC));
        answer("200 OK", "Content-Type: application/json\r\n", token)
    })
    .await;
    let url = realm.url.clone();
    let server = Server::new(move |_, asked| {
        if asked.header("authorization") == Some("Bearer short-lived") {
            manifest(INDEX)
        } else {
            wants(&format!(r#"Bearer realm="{url}/auth",{named}"#))
        }
    })
    .await;
    (server, realm)
}

/// Asks for the password, takes it, and gives `body`.
fn guarded(asked: &Asked, body: &str) -> Reply {
    if asked.header("authorization") == Some(BASIC) {
        manifest(body)
    } else {
        wants("Basic realm=\"registry\"")
    }
}

#[tokio::test]
async fn the_children_of_an_index() {
    let server = Server::new(|_, asked| guarded(asked, INDEX)).await;
    let registry = registry(&server);
    assert_eq!(
        registry.children("acme/team/web", &digest(INDEX)).await.unwrap(),
        ["sha256:aa", "sha256:bb"]
    );
    registry.children("acme/team/web", "v1").await.unwrap();
    let lines = server.lines();
    assert_eq!(
        lines[0],
        format!("GET /v2/acme/team/web/manifests/{}", digest(INDEX))
    );
    assert_eq!(lines.len(), 3, "what a repository wants is remembered");
    let accept = server.requests()[0].header("accept").unwrap().to_owned();
    assert!(accept.contains(
        "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json"
    ));
    assert!(server.requests()[0].header("authorization").is_none());
}

#[tokio::test]
async fn what_is_not_what_its_digest_names_is_not_believed() {
    let server = Server::new(|_, asked| guarded(asked, INDEX)).await;
    let error = registry(&server)
        .children("acme/web", &digest(IMAGE))
        .await
        .unwrap_err();
    assert!(matches!(error, RequestError::Mismatch(_)), "{error}");
    assert_eq!(server.lines().len(), 2, "asking again changes nothing");
}

#[tokio::test]
async fn what_is_whole_and_no_manifest_is_the_trouble_of_this_one() {
    for body in ["<html>", r#"{"schemaVersion":1}"#, r#"{"schemaVersion":2,"#] {
        let server = Server::new(move |_, asked| guarded(asked, body)).await;
        let error = registry(&server)
            .children("acme/web", &digest(body))
            .await
            .unwrap_err();
        assert!(matches!(error, RequestError::Mismatch(_)), "{body}: {error}");
        assert_eq!(server.lines().len(), 2, "asking again changes nothing");
    }
}

#[tokio::test]
async fn nobody_is_asked_again_where_nobody_ever_answered() {
    let server = Server::new(|_, _| Reply::Reset).await;
    let registry = registry(&server);
    let error = registry.children("acme/web", "v1").await.unwrap_err();
    assert!(error.to_string().ends_with("tried 3 times"), "{error}");
    assert_eq!(registry.children("acme/api", "v2").await.unwrap_err(), error);
    assert_eq!(server.lines().len(), 3);
}

#[tokio::test]
async fn what_the_registry_repeats_of_the_token_is_not_told() {
    let body = format!(r#"{{"schemaVersion":"{TOKEN} {BASIC}"}}"#);
    let server = Server::new(move |_, asked| guarded(asked, &body)).await;
    let error = registry(&server).children("acme/web", "v1").await.unwrap_err();
    let encoded = BASIC.trim_start_matches("Basic ");
    let shown = format!("{error:?}");
    assert!(!shown.contains(TOKEN) && !shown.contains(encoded), "{shown}");
}

#[tokio::test]
async fn several_that_are_told_to_ask_for_a_token_ask_once() {
    let (server, realm) = with_realm(r#"{"token":"short-lived"}"#, r#"service="do""#).await;
    let registry = registry(&server);
    let mut asking = JoinSet::new();
    for tag in ["a", "b", "c", "d"] {
        let registry = registry.clone();
        asking.spawn(async move { registry.children("acme/web", tag).await.unwrap().len() });
    }
    assert_eq!(asking.join_all().await, [2; 4]);
    assert_eq!(realm.lines().len(), 1);
}

#[tokio::test]
async fn a_single_image_has_none() {
    let server = Server::new(|_, asked| guarded(asked, IMAGE)).await;
    assert!(
        registry(&server)
            .children("acme/web", &digest(IMAGE))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_token_of_the_realm() {
    let named = r#"service="do",scope="repository:acme/web:pull""#;
    let (server, realm) = with_realm(r#"{"access_token":"short-lived"}"#, named).await;
    assert_eq!(
        registry(&server).children("acme/web", "v1").await.unwrap().len(),
        2
    );
    assert_eq!(
        realm.lines(),
        ["GET /auth?scope=repository%3Aacme%2Fweb%3Apull&service=do"]
    );
}

#[tokio::test]
async fn the_token_goes_to_no_other_host() {
    for realm in [
        "https://evil.example/auth",
        "https://digitalocean.com.evil.example/auth",
        "https://evildigitalocean.com/auth",
        "http://api.digitalocean.com/auth",
        "nonsense",
    ] {
        let server = Server::new(move |_, _| wants(&format!("Bearer realm=\"{realm}\""))).await;
        let error = registry(&server).children("acme/web", "v1").await.unwrap_err();
        assert!(
            matches!(&error, RequestError::Stranger(words) if words.ends_with("it was not sent")),
            "{error:?}"
        );
        assert!(
            server
                .requests()
                .iter()
                .all(|asked| asked.header("authorization").is_none())
        );
    }
}

#[tokio::test]
async fn refusals_and_what_passes() {
    let last = |status: &'static str| async move {
        let server = Server::new(move |_, _| answer(status, "", "")).await;
        let registry = registry(&server);
        let error = registry.children("acme/web", "v1").await.unwrap_err();
        let shown = format!("{error} {error:?} {registry:?}");
        assert!(!shown.contains("canary") && !shown.contains("ZG9w"), "{shown}");
        (error, server.requests().len())
    };
    let (error, asked) = last("401 Unauthorized").await;
    assert!(
        matches!(error, RequestError::Unauthorized(_)) && asked == 2,
        "{error:?} {asked}"
    );
    let (error, asked) = last("403 Forbidden").await;
    assert!(
        matches!(
            error,
            RequestError::Forbidden {
                scope: "registry:read",
                ..
            }
        ) && asked == 1
    );
    let (error, asked) = last("404 Not Found").await;
    assert!(matches!(error, RequestError::NotFound(_)) && asked == 1);
    let (error, asked) = last("503 Service Unavailable").await;
    assert!(matches!(error, RequestError::Unavailable(_)) && asked == 5);
    let (error, asked) = last("429 Too Many Requests").await;
    assert!(matches!(error, RequestError::RateLimited(_)) && asked == 5);
    let (error, asked) = last("302 Found").await;
    assert!(matches!(error, RequestError::Stranger(_)) && asked == 1);

    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    for broken in [
        Reply::Bytes(format!("{head}{}", &INDEX[..100]).into_bytes()),
        Reply::Stall(format!("{head}{{").into_bytes()),
        Reply::Reset,
    ] {
        let server = Server::with(vec![broken, manifest(INDEX)]).await;
        assert_eq!(
            registry(&server).children("acme/web", "v1").await.unwrap().len(),
            2
        );
    }
    for strange in ["<html>", r#"{"schemaVersion":1}"#, "[]"] {
        let server = Server::with(vec![manifest(strange)]).await;
        let error = registry(&server).children("acme/web", "v1").await.unwrap_err();
        assert!(matches!(error, RequestError::Mismatch(_)), "{error:?}");
    }
}

#[tokio::test]
async fn only_a_few_are_asked_for_at_a_time() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let most = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (now, counted) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (now, most) = (Arc::clone(&now), Arc::clone(&counted));
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(30)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                let body = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{IMAGE}",
                    IMAGE.len()
                );
                let _ = stream.write_all(body.as_bytes()).await;
            });
        }
    });
    let server = Server::with(vec![manifest(IMAGE)]).await;
    let access = Access {
        address: Some(url),
        token: TOKEN.into(),
        variables: Variables::default(),
    };
    let budget = Budget::until(Instant::now() + Duration::from_secs(20), CancellationToken::new());
    let registry = Registry::open(&access, budget).unwrap();
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..24 {
        let registry = registry.clone();
        asking.spawn(async move { registry.children("acme/web", &format!("v{number}")).await });
    }
    while let Some(done) = asking.join_next().await {
        assert!(done.unwrap().unwrap().is_empty());
    }
    assert!((2..=8).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    drop(server);
}
