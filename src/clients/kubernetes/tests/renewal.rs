//! Credentials that age, and the first question.
#![cfg(unix)]

use super::super::connect::connect;
use super::super::credentials::Source;
use super::super::error::ConnectError;
use super::super::link::{Link, Recipe};
use super::{Fake, answer, budget, json, kubeconfig, opened, script, status, told};
use std::time::Duration;

/// Lets a minute pass for everything but the machine.
async fn a_minute() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_file_is_read_again_every_minute() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "first\n").unwrap();
    let recipe = Recipe::new("http://127.0.0.1:1".parse().unwrap(), Duration::from_secs(1));
    let link = Link::open(recipe, Source::file(file.clone(), None))
        .await
        .unwrap();
    let token = async || {
        let session = link.session().await.unwrap();
        session.authorization.unwrap().to_str().unwrap().to_owned()
    };
    std::fs::write(&file, "second\n").unwrap();
    assert_eq!(token().await, "Bearer first");
    a_minute().await;
    assert_eq!(token().await, "Bearer second");
    std::fs::remove_file(&file).unwrap();
    a_minute().await;
    assert_eq!(token().await, "Bearer second", "the last one stays in use");
}

#[tokio::test]
async fn a_plugin_runs_again_when_its_token_ends() {
    for (end, runs) in [("2020-01-01T00:00:00Z", 2), ("2999-01-01T00:00:00Z", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let text = format!(
            "echo x >> {}\necho '{{\"status\":{{\"token\":\"t\",\"expirationTimestamp\":\"{end}\"}}}}'",
            count.display()
        );
        let command = script(folder.path(), "plugin", &text);
        let server = Fake::new(vec![json("200 OK", "{}")]).await;
        let user =
            format!("exec: {{apiVersion: client.authentication.k8s.io/v1beta1, command: '{command}'}}");
        let mut long = budget(1);
        long.deadline += Duration::from_mins(10);
        let api = opened(&format!("server: '{}'", server.url), &user, long)
            .await
            .unwrap();
        api.get("/api").await.unwrap();
        a_minute().await;
        api.get("/api").await.unwrap();
        assert_eq!(
            std::fs::read_to_string(&count).unwrap().lines().count(),
            runs,
            "{end}"
        );
    }
}

#[tokio::test]
async fn connecting_asks_for_the_version() {
    let version = json("200 OK", r#"{"gitVersion":"v1.35.6"}"#);
    let server = Fake::new(vec![version, json("200 OK", "{}")]).await;
    let (_folder, access) = kubeconfig(&format!("server: '{}'", server.url), "token: abc");
    let api = connect(&access, budget(1)).await.unwrap();
    assert_eq!(api.version().await.unwrap().git_version, "v1.35.6");
    assert_eq!(server.requests().len(), 1);

    let shy = Fake::new(vec![status(403, "Forbidden", "no")]).await;
    let (_folder, access) = kubeconfig(&format!("server: '{}'", shy.url), "token: abc");
    assert!(
        connect(&access, budget(1)).await.is_ok(),
        "its version is not everything"
    );
}

#[tokio::test]
async fn connecting_fails_early_and_says_what_to_do() {
    let refusing = Fake::new(vec![status(401, "Unauthorized", "no")]).await;
    let stranger = Fake::new(vec![answer("200 OK", "Content-Type: text/html\r\n", "<html>")]).await;
    let broken = Fake::new(vec![status(503, "ServiceUnavailable", "etcd is away")]).await;
    let cases = [
        (
            &refusing,
            "refused the credentials (401)",
            "renew them with `doctl kubernetes cluster kubeconfig save stage`",
        ),
        (
            &stranger,
            "answers, but not as a Kubernetes API server: its answer is text/html",
            "check `server`",
        ),
        (
            &broken,
            "could not answer /version: 503: etcd is away; tried 2 times",
            "see whether http://127.0.0.1:",
        ),
    ];
    for (server, words, hint) in cases {
        let (_folder, access) = kubeconfig(&format!("server: '{}'", server.url), "token: abc");
        let (message, advice) = told(&connect(&access, budget(5)).await.unwrap_err());
        assert!(message.ends_with(words), "{message}");
        assert!(advice.starts_with(hint), "{advice}");
    }
    let cancelled = budget(1);
    cancelled.cancel.cancel();
    let (_folder, access) = kubeconfig(&format!("server: '{}'", broken.url), "token: abc");
    assert_eq!(
        connect(&access, cancelled).await.unwrap_err(),
        ConnectError::Cancelled
    );
}
