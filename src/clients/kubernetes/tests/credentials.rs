//! Tokens, passwords and token files, and what happens when they are refused.

use super::super::connect::open;
use super::super::credentials::Secret;
use super::super::error::RequestError;
use super::{Fake, asking, budget, json, kubeconfig, opened, status, surroundings};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn authorization(request: &str) -> String {
    let line = request
        .lines()
        .find(|line| line.to_lowercase().starts_with("authorization:"));
    line.map(|line| line[14..].trim().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn each_kind_goes_into_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "from-file\n").unwrap();
    let file = file.to_str().unwrap();
    let cases = [
        ("token: abc".to_owned(), "Bearer abc"),
        ("username: eve, password: pw".to_owned(), "Basic ZXZlOnB3"),
        (format!("tokenFile: '{file}'"), "Bearer from-file"),
        (format!("tokenFile: '{file}', token: inline"), "Bearer from-file"),
        ("tokenFile: /no/such, token: inline".to_owned(), "Bearer inline"),
        (String::new(), ""),
    ];
    for (user, expected) in cases {
        let server = Fake::new(vec![json("200 OK", "{}")]).await;
        let api = opened(&format!("server: '{}'", server.url), &user, budget(1))
            .await
            .unwrap();
        api.get("/api").await.unwrap();
        assert_eq!(authorization(&server.requests()[0]), expected, "{user}");
    }
}

#[tokio::test]
async fn impersonation_is_kept() {
    let server = Fake::new(vec![json("200 OK", "{}")]).await;
    let user = "token: abc, as: eve, as-groups: [auditors]";
    let api = opened(&format!("server: '{}'", server.url), user, budget(1))
        .await
        .unwrap();
    api.get("/api").await.unwrap();
    let request = server.requests()[0].to_lowercase();
    assert!(
        request.contains("impersonate-user: eve") && request.contains("impersonate-group: auditors"),
        "{request}"
    );
}

#[tokio::test]
async fn the_path_of_the_server_is_kept() {
    let server = Fake::new(vec![json("200 OK", "{}")]).await;
    let api = opened(&format!("server: '{}/k8s/c/'", server.url), "", budget(1))
        .await
        .unwrap();
    api.get("/api/v1/pods").await.unwrap();
    assert!(server.requests()[0].starts_with("GET /k8s/c/api/v1/pods HTTP/1.1"));
    assert_eq!(api.server(), format!("{}/k8s/c", server.url));
}

#[tokio::test]
async fn a_replaced_token_file_is_read_again_after_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "old").unwrap();
    let server = Fake::new(vec![
        status(401, "Unauthorized", "no"),
        json("200 OK", "{}"),
        status(401, "Unauthorized", "no"),
    ])
    .await;
    let (_config, access) = kubeconfig(
        &format!("server: '{}'", server.url),
        &format!("tokenFile: '{}'", file.display()),
    );
    let api = open(&access, budget(3), surroundings(&[])).await.unwrap();
    std::fs::write(&file, "new").unwrap();
    api.get("/api").await.unwrap();
    let seen: Vec<String> = server
        .requests()
        .iter()
        .map(|request| authorization(request))
        .collect();
    assert_eq!(seen, ["Bearer old", "Bearer new"]);
    // The same token is not tried twice.
    let error = api.get("/api").await.unwrap_err();
    assert!(matches!(error, RequestError::Unauthorized(_)), "{error:?}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn refused_credentials_say_how_they_are_renewed() {
    let save = "renew them with `doctl kubernetes cluster kubeconfig save stage`, or let envcheck fetch its own: \
                target: {kubernetes: {fromDigitalOcean: true}}";
    let server = Fake::new(vec![status(401, "Unauthorized", "Unauthorized")]).await;
    let api = asking(&server, budget(3)).await;
    let error = api.get("/api").await.unwrap_err();
    let shown = api.diagnose(&error);
    assert_eq!(
        shown.message,
        "the API server of context do-fra1-stage refused the credentials (401)"
    );
    assert_eq!(shown.hint.as_deref(), Some(save));
    assert_eq!(server.requests().len(), 1);

    let three_days_ago = jiff::Timestamp::now().as_second() - 3 * 86_400 - 60;
    let token = format!(
        "h.{}.s",
        URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{three_days_ago}}}"))
    );
    let api = opened(
        &format!("server: '{}'", server.url),
        &format!("token: {token}"),
        budget(1),
    )
    .await
    .unwrap();
    let error = api.get("/api").await.unwrap_err();
    assert_eq!(
        api.diagnose(&error).hint.unwrap(),
        format!("they expired 3 days ago; {save}")
    );
}

#[test]
fn secrets_do_not_show() {
    let secret = Secret::bearer("s3cr3t-canary", None).unwrap();
    assert!(!format!("{secret:?} {:?}", secret.authorization).contains("canary"));
    let basic = Secret::basic("eve", "canary", None).unwrap();
    assert!(!format!("{basic:?} {:?}", basic.authorization).contains("ZXZl"));
}
