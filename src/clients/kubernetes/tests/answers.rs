//! What becomes of the statuses that servers answer with.

use super::super::error::RequestError;
use super::{Fake, Reply, answer, asking, budget, json, status};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test]
async fn a_good_answer_is_handed_over_whole() {
    let server = Fake::new(vec![json("200 OK", "{\"kind\":\"PodList\"}\n")]).await;
    let api = asking(&server, budget(1)).await;
    let body = api.get("/api/v1/pods?limit=500").await.unwrap();
    assert_eq!(body, "{\"kind\":\"PodList\"}\n");
    let request = server.requests().remove(0).to_lowercase();
    assert!(
        request.starts_with("get /api/v1/pods?limit=500 http/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: bearer s3cr3t-canary\r\n"),
        "{request}"
    );
    assert!(request.contains("accept: application/json\r\n"), "{request}");
    assert!(request.contains("user-agent: envcheck/"), "{request}");
    assert!(
        !request.contains("accept-encoding"),
        "loopback is not compressed: {request}"
    );
    assert_eq!(api.context(), Some("do-fra1-stage"));
    assert_eq!(api.server(), server.url);
    assert!(!format!("{api:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn another_form_is_asked_for_and_its_type_told() {
    let form = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let server = Fake::new(vec![answer("200 OK", &format!("Content-Type: {form}\r\n"), "{}")]).await;
    let api = asking(&server, budget(1)).await;
    let answer = api.get_as("/api/v1/secrets", form).await.unwrap();
    assert_eq!(
        (answer.content_type.as_str(), answer.bytes.as_ref()),
        (form, &b"{}"[..])
    );
    assert!(server.requests()[0].contains(form));
}

#[tokio::test]
async fn passing_trouble_is_tried_again() {
    for passing in [429, 500, 502, 503, 504] {
        let replies = vec![status(passing, "Busy", "wait a little"), json("200 OK", "{}")];
        let server = Fake::new(replies).await;
        let body = asking(&server, budget(2)).await.get("/api").await;
        assert_eq!(body.unwrap(), "{}", "{passing}");
        assert_eq!(server.requests().len(), 2, "{passing}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_tried_once() {
    for (code, reason) in [
        (400, "BadRequest"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (410, "Gone"),
        (501, "No"),
    ] {
        let server = Fake::new(vec![status(code, reason, "no"), json("200 OK", "{}")]).await;
        let result = asking(&server, budget(3)).await.get("/api").await;
        assert!(result.is_err(), "{code}");
        assert_eq!(server.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_told() {
    let server = Fake::new(vec![status(503, "ServiceUnavailable", "etcd is away")]).await;
    let error = asking(&server, budget(3))
        .await
        .get("/api/v1/pods?continue=x")
        .await
        .unwrap_err();
    assert_eq!(
        error,
        RequestError::Unavailable(
            "the API server of context do-fra1-stage could not answer /api/v1/pods: 503: etcd is away; tried 3 times".into()
        )
    );
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    let busy = answer("429 Too Many Requests", "Retry-After: 1\r\n", "");
    let server = Fake::new(vec![busy, json("200 OK", "{}")]).await;
    let started = Instant::now();
    asking(&server, budget(2)).await.get("/api").await.unwrap();
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_wait_longer_than_the_budget_is_not_waited_out() {
    let busy = answer("429 Too Many Requests", "Retry-After: 3600\r\n", "");
    let server = Fake::new(vec![busy]).await;
    let started = Instant::now();
    let error = asking(&server, budget(5)).await.get("/api").await.unwrap_err();
    assert!(matches!(error, RequestError::Unavailable(_)), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn each_refusal_has_its_kind_and_its_words() {
    let told = "the API server of context do-fra1-stage";
    let forbidden = r"pods is forbidden: User \\u0022eve\\u0022 cannot list".replace("\\\\", "\\");
    let cases = [
        (
            status(403, "Forbidden", &forbidden),
            RequestError::Forbidden(format!(
                "{told} forbids reading /api (403: pods is forbidden: User \"eve\" cannot list)"
            )),
        ),
        (
            answer(
                "404 Not Found",
                "Content-Type: text/plain; charset=utf-8\r\n",
                "404 page not found\n",
            ),
            RequestError::NotFound(format!("{told} does not have /api (404: 404 page not found)")),
        ),
        (
            status(410, "Expired", "The provided continue parameter is too old"),
            RequestError::Gone {
                message: format!(
                    "{told} no longer has /api (410: The provided continue parameter is too old)"
                ),
                continue_token: None,
            },
        ),
        (
            status(400, "Expired", "too old"),
            RequestError::Gone {
                message: format!("{told} no longer has /api (400: too old)"),
                continue_token: None,
            },
        ),
        (
            super::json(
                "410 Gone",
                r#"{"kind":"Status","reason":"Expired","message":"too old","metadata":{"continue":"later"}}"#,
            ),
            RequestError::Gone {
                message: format!("{told} no longer has /api (410: too old)"),
                continue_token: Some("later".to_owned()),
            },
        ),
        (
            answer("406 Not Acceptable", "", ""),
            RequestError::Refused {
                status: 406,
                message: format!("{told} refused /api (406 Not Acceptable)"),
            },
        ),
        (
            Reply::Bytes(
                b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n".into(),
            ),
            RequestError::Refused {
                status: 400,
                message: format!(
                    "{told} refused /api (400: Client sent an HTTP request to an HTTPS server.)"
                ),
            },
        ),
        (
            status(401, "Unauthorized", "Unauthorized"),
            RequestError::Unauthorized(format!("{told} refused the credentials (401)")),
        ),
    ];
    for (reply, expected) in cases {
        let server = Fake::new(vec![reply]).await;
        assert_eq!(
            asking(&server, budget(3)).await.get("/api").await.unwrap_err(),
            expected
        );
    }
}

#[tokio::test]
async fn the_message_of_a_server_is_one_short_line() {
    let long = format!("a\\nb\\u001b[31m{}", "x".repeat(1000));
    let server = Fake::new(vec![status(403, "Forbidden", &long)]).await;
    let error = asking(&server, budget(1))
        .await
        .get("/api")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.len() < 450 && error.contains("a b [31mxxx"), "{error}");
    assert!(!error.chars().any(char::is_control), "{error}");
}

#[tokio::test]
async fn version_is_asked_once() {
    let body = r#"{"major":"1","gitVersion":"v1.35.6","platform":"linux/amd64"}"#;
    let server = Fake::new(vec![json("200 OK", body)]).await;
    let api = asking(&server, budget(1)).await;
    for _ in 0..2 {
        let version = api.version().await.unwrap();
        assert_eq!(
            (version.git_version.as_str(), version.platform.as_str()),
            ("v1.35.6", "linux/amd64")
        );
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stranger_is_known_by_its_answers() {
    let web = "Content-Type: text/html\r\n";
    let cases = [
        (answer("200 OK", web, "<html>"), "its answer is text/html"),
        (answer("200 OK", "", "hello"), "its answer says no type"),
        (
            answer("404 Not Found", web, "<html>"),
            "its answer to /version is a web page (404)",
        ),
        (
            answer("403 Forbidden", web, "<html>"),
            "its answer to /version is a web page (403)",
        ),
        (status(404, "NotFound", ""), "it has no /version"),
        (json("200 OK", "{}"), "its /version names no gitVersion"),
        (
            answer(
                "302 Found",
                "Location: https://login.example.com/?token=abc\r\n",
                "",
            ),
            "it redirects to login.example.com (302)",
        ),
        (
            Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
            "answers with something that is not HTTP",
        ),
    ];
    for (reply, words) in cases {
        let server = Fake::new(vec![reply]).await;
        let error = asking(&server, budget(2)).await.version().await.unwrap_err();
        let expected = format!(
            "{} answers, but not as a Kubernetes API server: {words}",
            server.url
        );
        assert_eq!(error, RequestError::NotKubernetes(expected));
        assert_eq!(server.requests().len(), 1, "{words}");
    }
}
