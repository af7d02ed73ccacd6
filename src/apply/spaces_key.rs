//! A key for Spaces, whose secret is shown once: it goes from the answer into the declared Secret and nowhere else.

use super::kubernetes::{NotMade, json};
use crate::clients::digitalocean::{Api, spaces_keys};
use crate::clients::kubernetes::ApiServer;
use envcheck_core::plan::Deed;
use envcheck_core::value::{Value, ValueExt, object};
use http::Method;
use secrecy::ExposeSecret;

/// Creates the key and the Secret (`path` is that of the list in which it lies, `labels` say whose it is); the public half. A key
/// whose secret cannot be kept is deleted again: nobody could use it. `held` tells which key the Secret holds, if it is there and
/// holds one.
pub async fn make(
    account: &Api,
    cluster: &ApiServer,
    path: &str,
    labels: &Value,
    deed: &Deed,
    held: impl AsyncFn() -> Result<Option<String>, String>,
) -> Result<String, NotMade> {
    let settings = object([
        (
            "grants",
            deed.data.field("grants").cloned().unwrap_or(Value::Null),
        ),
        ("name", Value::from(deed.target.name.as_str())),
    ]);
    let body = settings.to_json_str().unwrap_or_default().into_bytes();
    let key = account.one(&spaces_keys::create(body)).await?;
    let text = |key: &str| deed.data.text_at(&["secret", key]).unwrap_or_default();
    let secret = object([
        ("apiVersion", Value::from("v1")),
        ("kind", Value::from("Secret")),
        (
            "metadata",
            object([
                ("labels", labels.clone()),
                ("name", Value::from(text("name"))),
                ("namespace", Value::from(text("namespace"))),
            ]),
        ),
        ("type", Value::from("Opaque")),
        (
            "stringData",
            object([
                ("AWS_ACCESS_KEY_ID", Value::from(key.access_key.as_str())),
                (
                    "AWS_SECRET_ACCESS_KEY",
                    Value::from(key.secret_key.expose_secret()),
                ),
            ]),
        ),
    ]);
    let written = cluster
        .change(
            &format!("{path}?fieldManager=envcheck"),
            &json(Method::POST, &secret),
        )
        .await;
    let Err(error) = written else {
        return Ok(key.access_key);
    };
    let unkept = NotMade::from(error);
    // The answer may have been lost, and a second attempt have met what the first one wrote.
    match held().await {
        Ok(Some(held)) if held == key.access_key => return Ok(key.access_key),
        Err(why) if matches!(unkept, NotMade::Unknown(_) | NotMade::Cancelled) => {
            return Err(NotMade::Unknown(format!(
                "whether its Secret was written cannot be told ({unkept}; {why}); the key {} stays",
                key.access_key
            )));
        }
        Ok(_) | Err(_) => {}
    }
    match account.send(&spaces_keys::delete(&key.access_key)).await {
        Ok(()) => Err(NotMade::Refused(format!(
            "its Secret cannot be written: {unkept}"
        ))),
        Err(deleting) => Err(NotMade::Unknown(format!(
            "its Secret cannot be written ({unkept}), and the key {} could not be deleted again: {deleting}",
            key.access_key
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::digitalocean;
    use crate::clients::http::Variables;
    use crate::clients::http::scripted::{Reply, Server, answer};
    use crate::clients::kubernetes;
    use envcheck_core::findings::FixAction;
    use envcheck_core::inventory::ResourceRef;
    use std::time::Duration;
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    const KEY: &str = "DO00EXAMPLE";

    /// What became of it, and how often a key was deleted.
    async fn made(written: Reply, held: Result<Option<String>, String>) -> (Result<String, NotMade>, usize) {
        let account = Server::new(|_, asked| {
            if asked.line.starts_with("DELETE") {
                return answer("204 No Content", "", "");
            }
            let key = format!(r#"{{"key":{{"name":"k","access_key":"{KEY}","secret_key":"canary"}}}}"#);
            answer("201 Created", "Content-Type: application/json\r\n", &key)
        })
        .await;
        let cluster = Server::new(move |_, asked| {
            if asked.line.contains("/version") {
                said("200 OK", r#"{"major":"1","minor":"33","gitVersion":"v1.33.1"}"#)
            } else {
                written.clone()
            }
        })
        .await;
        let until = Instant::now() + Duration::from_secs(3);
        let access = digitalocean::Access {
            address: Some(account.url.clone()),
            token: "dop_v1_canary".into(),
            variables: Variables::default(),
        };
        let budget = digitalocean::Budget::until(until, CancellationToken::new());
        let api = Api::open(&access, budget).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: c, user: u}}}}], \
             clusters: [{{name: c, cluster: {{server: '{}'}}}}], users: [{{name: u, user: {{token: canary}}}}]}}",
            cluster.url
        );
        std::fs::write(&file, text).unwrap();
        let access = kubernetes::Access::Kubeconfig {
            file: Some(file),
            context: None,
        };
        let budget = kubernetes::Budget::until(until, CancellationToken::new());
        let server = kubernetes::connect(&access, budget).await.unwrap();
        let deed = Deed {
            action: FixAction::SpacesKeyCreate,
            target: ResourceRef::kubernetes("digitalocean.com/v2", "SpacesKey", None, "k"),
            data: Value::from_json_str(r#"{"grants":[],"secret":{"namespace":"back","name":"s3"}}"#).unwrap(),
        };
        let path = "/api/v1/namespaces/back/secrets";
        let result = make(&api, &server, path, &Value::new_object(), &deed, async || {
            held.clone()
        })
        .await;
        let lines = account.lines();
        (
            result,
            lines.iter().filter(|line| line.starts_with("DELETE")).count(),
        )
    }

    fn said(status: &str, body: &str) -> Reply {
        answer(status, "Content-Type: application/json\r\n", body)
    }

    #[tokio::test]
    async fn a_key_whose_secret_was_written_without_an_answer_is_kept() {
        let (result, deleted) = made(Reply::Reset, Ok(Some(KEY.to_owned()))).await;
        assert_eq!((result.unwrap().as_str(), deleted), (KEY, 0));
    }

    #[tokio::test]
    async fn a_key_whose_secret_is_not_there_goes_again() {
        let denied = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden","code":403}"#;
        for held in [
            Ok(None),
            Ok(Some("DO00ANOTHER".to_owned())),
            Err("nobody may list Secrets".to_owned()),
        ] {
            let (result, deleted) = made(said("403 Forbidden", denied), held).await;
            assert!(matches!(result, Err(NotMade::Refused(_))), "{result:?}");
            assert_eq!(deleted, 1);
        }
        let (result, deleted) = made(Reply::Reset, Ok(None)).await;
        assert!(matches!(result, Err(NotMade::Refused(_))), "{result:?}");
        assert_eq!(deleted, 1);
    }

    #[tokio::test]
    async fn where_nobody_can_tell_the_key_stays_and_is_told() {
        let (result, deleted) = made(Reply::Reset, Err("no answer either".to_owned())).await;
        let Err(NotMade::Unknown(why)) = result else {
            panic!("{result:?}")
        };
        assert!(why.contains(KEY) && !why.contains("canary"), "{why}");
        assert_eq!(deleted, 0);
    }
}
