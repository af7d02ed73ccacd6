//! Refusals, in words that help.

use super::super::{Call, RequestError, account, clusters, registries};
use super::{api, budget, error};
use crate::clients::http::scripted::{Reply, Server, answer, json};
use http::Method;

async fn refused(reply: Reply) -> (RequestError, Option<String>) {
    let server = Server::with(vec![reply]).await;
    let api = api(&server, budget());
    let error = api.row(&registries::options()).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "{error}: asked again");
    let hint = api.diagnose(&error).hint;
    (error, hint)
}

#[tokio::test]
async fn a_token_that_expired() {
    let (error, hint) = refused(error(
        "401 Unauthorized",
        "",
        "Unauthorized",
        "Unable to authenticate you",
    ))
    .await;
    let words = "the DigitalOcean API refused the token (401: Unable to authenticate you, request 4d9d8375)";
    assert_eq!(error, RequestError::Unauthorized(words.into()));
    assert_eq!(error.reason(), "unauthorized");
    assert!(
        hint.unwrap()
            .starts_with("create a token at https://cloud.digitalocean.com/")
    );
}

#[tokio::test]
async fn a_scope_that_the_token_lacks() {
    let (error, hint) = refused(error(
        "403 Forbidden",
        "",
        "Forbidden",
        "You are not authorized to perform this operation",
    ))
    .await;
    let message = "the token may not GET /v2/registries/options, which needs the scope registry:read \
                   (403: You are not authorized to perform this operation, request 4d9d8375)";
    assert_eq!(
        error,
        RequestError::Forbidden {
            message: message.into(),
            scope: "registry:read"
        }
    );
    assert_eq!(error.reason(), "forbidden");
    assert!(
        hint.unwrap()
            .starts_with("give the token the scope registry:read")
    );
}

#[tokio::test]
async fn other_refusals_have_kinds_of_their_own() {
    let kind = |error: &RequestError| match error {
        RequestError::NotFound(_) => "not found",
        RequestError::Conflict(_) => "conflict",
        RequestError::Precondition(_) => "precondition",
        RequestError::Unprocessable(_) => "unprocessable",
        RequestError::Refused { .. } => "refused",
        RequestError::Unavailable(_) => "unavailable",
        _ => "?",
    };
    for (status, expected) in [
        ("404 Not Found", "not found"),
        ("409 Conflict", "conflict"),
        ("412 Precondition Failed", "precondition"),
        ("422 Unprocessable Entity", "unprocessable"),
        ("400 Bad Request", "refused"),
        ("501 Not Implemented", "unavailable"),
    ] {
        let (error, _) = refused(error(status, "", "x", "some words.")).await;
        assert_eq!(kind(&error), expected, "{error:?}");
        let words = format!("({}: some words, request 4d9d8375)", &status[..3]);
        assert!(error.to_string().ends_with(&words), "{error}");
    }
}

#[tokio::test]
async fn the_request_id_of_the_header_and_refusals_without_words() {
    let reply = answer("404 Not Found", "X-Request-Id: abc-1\r\n", "");
    let (error, _) = refused(reply).await;
    let words = "the DigitalOcean API does not have what was asked for with GET /v2/registries/options (404 Not Found, request abc-1)";
    assert_eq!(error, RequestError::NotFound(words.into()));
}

#[tokio::test]
async fn strangers() {
    let html = "Content-Type: text/html\r\n";
    for (reply, words) in [
        (
            answer("200 OK", html, "<html>canary</html>"),
            "its answer to GET /v2/registries/options is text/html",
        ),
        (
            answer("200 OK", "", "{}"),
            "its answer to GET /v2/registries/options says no type",
        ),
        (
            answer("403 Forbidden", html, "<html>canary</html>"),
            "its answer to GET /v2/registries/options is a web page (403)",
        ),
        (
            answer("302 Found", "Location: https://evil.example/v2/\r\n", ""),
            "it redirects GET /v2/registries/options to evil.example (302)",
        ),
    ] {
        let (error, hint) = refused(reply).await;
        assert!(
            matches!(&error, RequestError::Stranger(_)) && error.to_string().ends_with(words),
            "{error:?}"
        );
        assert!(hint.unwrap().contains("DIGITALOCEAN_API_URL"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::with(vec![json("{}")]).await;
    let location = format!("Location: {}/v2/account\r\n", elsewhere.url);
    let server = Server::with(vec![answer("307 Temporary Redirect", &location, "")]).await;
    assert!(api(&server, budget()).row(&account::get()).await.is_err());
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn what_was_sent_is_what_the_operation_says() {
    let server = Server::with(vec![
        answer("204 No Content", "", ""),
        json(r#"{"account":{"uuid":"u","status":"active","brand_new":{}}}"#),
    ])
    .await;
    let api = api(&server, budget());
    let call: Call<()> =
        Call::new(Method::POST, "/v2/kubernetes/registries", "kubernetes:update").with_body(r#"{"a":1}"#);
    api.send(&call).await.unwrap();
    assert_eq!(api.one(&account::get()).await.unwrap().uuid, "u");
    let requests = server.requests();
    assert_eq!(requests[0].line, "POST /v2/kubernetes/registries");
    assert_eq!(requests[0].body, r#"{"a":1}"#);
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert_eq!(
        requests[1].header("authorization"),
        Some("Bearer dop_v1_canary7f3c")
    );
    assert_eq!(requests[1].header("accept"), Some("application/json"));
    assert!(requests[1].header("user-agent").unwrap().starts_with("envcheck/"));
    assert!(requests[1].header("content-type").is_none());
}

#[tokio::test]
async fn names_do_not_lead_to_other_paths() {
    assert_eq!(
        clusters::get("../../account?x#y").operation(),
        "GET /v2/kubernetes/clusters/..%2F..%2Faccount%3Fx%23y"
    );
    let server = Server::with(vec![json("{}")]).await;
    let call: Call<()> = Call::new(Method::GET, "@evil.example/", "x:read");
    let error = api(&server, budget()).send(&call).await.unwrap_err();
    assert!(
        matches!(error, RequestError::Refused { status: 400, .. }),
        "{error:?}"
    );
    assert!(server.requests().is_empty());
}
