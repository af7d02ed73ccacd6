//! Credential plugins that work, fail, hang, are missing or want a terminal.
#![cfg(unix)]

use super::super::connect::open;
use super::super::context;
use super::super::error::RequestError;
use super::super::kubeconfig::read;
use super::super::plugin::Plugin;
use super::{Fake, budget, json, kubeconfig, opened, script, status, surroundings, told};
use std::time::Duration;
use tokio::time::Instant;

const VERSION: &str = "apiVersion: client.authentication.k8s.io/v1";

fn user(command: &str, more: &str) -> String {
    format!("exec: {{{VERSION}, command: '{command}', args: [--token, arg-canary]{more}}}")
}

/// Prints a token that holds how often it ran.
fn counting(folder: &std::path::Path, end: &str) -> String {
    let count = folder.join("count");
    let text = format!(
        "echo x >> {0}\nn=$(wc -l < {0} | tr -d ' ')\n\
         printf '{{\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"token-%s\"{end}}}}}' \"$n\"",
        count.display()
    );
    script(folder, "counting", &text)
}

fn tokens(server: &Fake) -> Vec<String> {
    let token = |request: &String| {
        let at = request
            .find("Bearer ")
            .or_else(|| request.find("bearer "))
            .unwrap();
        request[at + 7..].lines().next().unwrap().to_owned()
    };
    server.requests().iter().map(token).collect()
}

#[tokio::test]
async fn a_plugin_runs_once_and_again_when_its_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let command = counting(folder.path(), "");
    let replies = vec![
        json("200 OK", "{}"),
        json("200 OK", "{}"),
        status(401, "Unauthorized", "no"),
        json("200 OK", "{}"),
        status(401, "Unauthorized", "no"),
    ];
    let server = Fake::new(replies).await;
    let api = opened(
        &format!("server: '{}'", server.url),
        &user(&command, ""),
        budget(3),
    )
    .await
    .unwrap();
    for _ in 0..3 {
        api.get("/api").await.unwrap();
    }
    assert_eq!(tokens(&server), ["token-1", "token-1", "token-1", "token-2"]);
    // Refused with fresh credentials too: once is enough.
    let error = api.get("/api").await.unwrap_err();
    assert!(matches!(error, RequestError::Unauthorized(_)), "{error:?}");
    assert_eq!(tokens(&server)[4..], ["token-2", "token-3"]);
}

#[tokio::test]
async fn many_requests_refused_at_once_renew_once() {
    let folder = tempfile::tempdir().unwrap();
    let command = counting(folder.path(), "");
    let mut replies = vec![status(401, "Unauthorized", "no"); 4];
    replies.push(json("200 OK", "{}"));
    let server = Fake::new(replies).await;
    let api = opened(
        &format!("server: '{}'", server.url),
        &user(&command, ""),
        budget(3),
    )
    .await
    .unwrap();
    let (a, b, c, d) = tokio::join!(api.get("/a"), api.get("/b"), api.get("/c"), api.get("/d"));
    assert!(a.is_ok() && b.is_ok() && c.is_ok() && d.is_ok());
    let runs = std::fs::read_to_string(folder.path().join("count"))
        .unwrap()
        .lines()
        .count();
    assert_eq!(runs, 2);
}

#[tokio::test]
async fn a_plugin_is_told_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let text = format!(
        "printf '%s\\n%s\\n%s' \"$KUBERNETES_EXEC_INFO\" \"$OWN\" \"$1\" > {}\n\
         if read -r line; then exit 9; fi\n\
         echo '{{\"status\":{{\"token\":\"t\"}}}}'",
        told.display()
    );
    let command = script(folder.path(), "telling", &text);
    let more = ", provideClusterInfo: true, env: [{name: OWN, value: own}]";
    opened(
        "server: 'https://10.0.0.1', tls-server-name: k",
        &user(&command, more),
        budget(1),
    )
    .await
    .unwrap();
    let told = std::fs::read_to_string(told).unwrap();
    let (info, rest) = told.split_once('\n').unwrap();
    assert_eq!(rest, "own\n--token");
    let info: serde_json::Value = serde_json::from_str(info).unwrap();
    assert_eq!(info["kind"], "ExecCredential");
    assert_eq!(info["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(info["spec"]["interactive"], false);
    assert_eq!(info["spec"]["cluster"]["server"], "https://10.0.0.1");
    assert_eq!(info["spec"]["cluster"]["tls-server-name"], "k");
}

#[tokio::test]
async fn plugins_that_fail_are_named_and_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (
            "echo out-canary; echo err-canary >&2; exit 3",
            "failed with exit code 3",
        ),
        ("kill -9 $$", "was killed"),
        ("echo out-canary", "did not print an ExecCredential in JSON"),
        (
            "echo '{\"kind\":\"ExecCredential\"}'",
            "printed no status, so no credentials",
        ),
        (
            "echo '{\"status\":{\"token\":\"\"}}'",
            "printed neither a token nor a certificate",
        ),
        (
            "echo '{\"status\":{\"token\":\"out-canary\",\"expirationTimestamp\":\"tomorrow\"}}'",
            "printed an expirationTimestamp that is none",
        ),
        (
            "echo '{\"status\":{\"clientCertificateData\":\"out-canary\",\"clientKeyData\":\"out-canary\"}}'",
            "printed a certificate or key that is not PEM",
        ),
        ("yes out-canary", "said more than 1 MiB"),
    ];
    for (number, (text, words)) in cases.into_iter().enumerate() {
        let command = script(folder.path(), &format!("plugin-{number}"), text);
        let error = opened("server: 'https://10.0.0.1'", &user(&command, ""), budget(1))
            .await
            .unwrap_err();
        let (message, hint) = told(&error);
        assert_eq!(
            message,
            format!("the credential plugin `{command}` of user `u` {words}")
        );
        assert!(hint.starts_with("run it by hand to see what it says"), "{hint}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn plugins_that_cannot_start() {
    let missing = opened("server: x", &user("no-such-doctl", ""), budget(1))
        .await
        .unwrap_err();
    assert_eq!(
        told(&missing),
        (
            "the credential plugin `no-such-doctl` of user `u` cannot be found".into(),
            "install it, or put its folder into PATH".into()
        )
    );
    let hinted = opened(
        "server: x",
        &user("no-such-doctl", ", installHint: \"get it\\nhere\""),
        budget(1),
    )
    .await;
    assert_eq!(told(&hinted.unwrap_err()).1, "get it here");
    let cases = [
        (
            user("doctl", ", interactiveMode: Always"),
            "the credential plugin `doctl` of user `u` wants a terminal (interactiveMode: Always)",
        ),
        (
            "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: doctl}".to_owned(),
            "exec of user `u` in the kubeconfig has the apiVersion `client.authentication.k8s.io/v1alpha1`, which is not supported",
        ),
        (
            format!("exec: {{{VERSION}}}"),
            "exec of user `u` in the kubeconfig names no command",
        ),
    ];
    for (user, message) in cases {
        let error = opened("server: x", &user, budget(1)).await.unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[tokio::test]
async fn a_plugin_that_hangs_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let started_by_it = folder.path().join("child");
    let hangs = format!("sleep 60 &\necho $! > {}\nwait", started_by_it.display());
    let command = script(folder.path(), "hanging", &hangs);
    let (_config, access) = kubeconfig("server: x", &user(&command, ""));
    let config = read(super::file_of(&access), &surroundings(&[])).unwrap();
    let chosen = context::choose(&config, None).unwrap();
    let plugin = Plugin::new(chosen.user.exec.as_ref().unwrap(), &chosen.cluster, "u").unwrap();
    assert!(!format!("{plugin:?}").contains("canary"));
    let started = Instant::now();
    let error = plugin.patient(Duration::from_secs(1)).run().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the credential plugin `{command}` of user `u` did not finish within 1 s")
    );
    assert!(started.elapsed() < Duration::from_secs(10));
    let child = std::fs::read_to_string(&started_by_it).unwrap();
    let running =
        || std::fs::read(format!("/proc/{}/cmdline", child.trim())).is_ok_and(|words| !words.is_empty());
    while running() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "what it started still runs"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let hurried = super::super::budget::Budget {
        deadline: Instant::now() + Duration::from_millis(200),
        ..budget(1)
    };
    let error = open(&access, hurried, surroundings(&[])).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the time ran out before the API server was asked anything"
    );
}
