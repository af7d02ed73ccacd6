//! The token shows nowhere but in the request to the configured address.

use super::super::{Access, Api, account, clusters, vpcs};
use super::{TOKEN, access, api, budget, error};
use crate::clients::http::scripted::{Server, json};
use secrecy::ExposeSecret;
use std::time::Duration;

#[tokio::test]
async fn no_message_holds_the_token() {
    let echo = format!("bad header: Bearer {TOKEN}");
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "429 Too Many Requests",
        "500 Oops",
    ] {
        let server = Server::with(vec![error(
            status,
            &format!("X-Request-Id: {TOKEN}\r\n"),
            "x",
            &echo,
        )])
        .await;
        let api = api(&server, budget());
        let error = api.one(&account::get()).await.unwrap_err();
        let shown = format!("{error} {error:?} {:?} {api:?}", api.diagnose(&error));
        assert!(!shown.contains(TOKEN) && !shown.contains("canary"), "{shown}");
    }
    let access = access("https://api.example.com");
    assert!(!format!("{access:?}").contains("canary"));
}

#[tokio::test]
async fn no_refusal_repeats_a_credential_that_was_sent() {
    let words = r"cannot use https://key:CANARY@hooks.example.com with password=CANARY";
    let server = Server::with(vec![error("422 Unprocessable Entity", "", "x", words)]).await;
    let api = api(&server, budget());
    let error = api.one(&account::get()).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?}", api.diagnose(&error));
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(shown.contains("@hooks.example.com with password=…"), "{shown}");
}

/// An answer may repeat what it was asked with, anywhere and at any length.
#[tokio::test]
async fn no_part_of_an_answer_that_is_told_holds_the_token() {
    let link = format!("https://api.digitalocean.com/v2/vpcs?page=2&t={TOKEN}");
    let next = format!(r#"{{"vpcs":[],"links":{{"pages":{{"next":"{link}"}}}}}}"#);
    let long = format!("{}{TOKEN}", "x".repeat(285));
    let bodies = [
        next,
        format!(r#"{{"vpcs":[],"meta":{{"total":"{TOKEN}"}}}}"#),
        format!(r#"{{"vpcs":[],"meta":{{"total":"{long}"}}}}"#),
        format!(r#"{{"vpcs":["{TOKEN}"]}}"#),
        format!(r#"{{"vpcs":["{long}"]}}"#),
        format!(r#"{{"vpcs":"{TOKEN}"}}"#),
        format!("\"{TOKEN}\""),
    ];
    for body in bodies {
        let server = Server::with(vec![json(&body)]).await;
        let error = api(&server, budget()).all(&vpcs::list()).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("dop_v1"), "{body}: {shown}");
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_sent() {
    for token in ["", "  ", "can\nary", "canary dop", "canar\u{e4}y"] {
        let access = Access {
            token: token.into(),
            ..access("https://api.example.com")
        };
        let problem = Api::open(&access, budget()).unwrap_err();
        let shown = format!("{problem:?}");
        assert!(!shown.contains("canar") && problem.hint.is_some(), "{shown}");
    }
}

#[tokio::test]
async fn addresses_where_the_token_would_not_be_safe() {
    for (address, words) in [
        (
            "http://api.digitalocean.com",
            "is a plain http address of another machine: the token would be readable on the way",
        ),
        ("https://eve:canary@api.digitalocean.com", "holds a user name"),
        ("ftp://api.digitalocean.com", "is not an http or https address"),
        ("api.digitalocean.com/v2", "is not an http or https address"),
        (
            "https://api.digitalocean.com/?canary",
            "has a query; give the address alone",
        ),
        ("can ary", "is not an address"),
    ] {
        let problem = Api::open(&access(address), budget()).unwrap_err();
        assert_eq!(
            problem.message,
            format!("the address of the DigitalOcean API (DIGITALOCEAN_API_URL) {words}")
        );
        assert!(!format!("{problem:?}").contains("canary"));
    }
    for (address, shown) in [
        ("https://api.digitalocean.com/v2/", "https://api.digitalocean.com"),
        ("http://localhost:4010", "http://localhost:4010"),
        ("http://[::1]:4010/do/", "http://[::1]:4010/do"),
        ("", "https://api.digitalocean.com"),
    ] {
        assert_eq!(Api::open(&access(address), budget()).unwrap().address(), shown);
    }
}

#[tokio::test]
async fn a_path_before_all_paths_is_kept() {
    let server = Server::with(vec![json(r#"{"account":{}}"#)]).await;
    let api = Api::open(&access(&format!("{}/do/", server.url)), budget()).unwrap();
    api.one(&account::get()).await.unwrap();
    assert_eq!(server.lines(), ["GET /do/v2/account"]);
}

#[tokio::test]
async fn credentials_of_a_cluster_do_not_show() {
    let body = r#"{"server":"https://x.k8s.ondigitalocean.com","certificate_authority_data":"Y2FuYXJ5LWNh","token":"canary-token","client_certificate_data":null,"client_key_data":null,"expires_at":"2026-11-23T00:00:00Z"}"#;
    let server = Server::with(vec![json(body)]).await;
    let call = clusters::credentials("bd5f5959", Duration::from_mins(10));
    assert_eq!(call.scope(), "kubernetes:access_cluster");
    let found = api(&server, budget()).one(&call).await.unwrap();
    assert_eq!(found.token.expose_secret(), "canary-token");
    assert_eq!(found.certificate_authority_data.expose_secret(), "Y2FuYXJ5LWNh");
    let shown = format!("{found:?}");
    assert!(!shown.contains("canary") && !shown.contains("Y2Fu"), "{shown}");
    assert_eq!(
        server.lines(),
        ["GET /v2/kubernetes/clusters/bd5f5959/credentials?expiry_seconds=600"]
    );
}

#[tokio::test]
async fn authorities_of_the_variables() {
    let folder = tempfile::tempdir().unwrap();
    let open = |file: &std::path::Path| {
        let variables = [("SSL_CERT_FILE", file)].into_iter().collect();
        let access = Access {
            variables,
            ..access("https://api.example.com")
        };
        Api::open(&access, budget()).map_err(|problem| problem.message)
    };
    let missing = folder.path().join("none.pem");
    let words = open(&missing).unwrap_err();
    assert!(
        words.starts_with("SSL_CERT_FILE (") && words.contains("cannot be read"),
        "{words}"
    );
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate\n").unwrap();
    assert!(open(&empty).unwrap_err().ends_with("holds no certificates"));
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(["api.example.com".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let good = folder.path().join("good.pem");
    std::fs::write(&good, own.pem()).unwrap();
    assert!(open(&good).is_ok());
}
