//! A key for Spaces, whose secret is shown once: it goes from the answer into the declared Secret and nowhere else.

use super::kubernetes::{NotMade, json};
use crate::clients::digitalocean::{Api, spaces_keys};
use crate::clients::kubernetes::ApiServer;
use envcheck_core::plan::Deed;
use envcheck_core::value::{Value, ValueExt, object};
use http::Method;
use secrecy::ExposeSecret;

/// Creates the key and the Secret (`path` is that of the list in which it lies, `labels` say whose it is); the public half. A key
/// whose secret cannot be kept is deleted again: nobody could use it.
pub async fn make(
    account: &Api,
    cluster: &ApiServer,
    path: &str,
    labels: &Value,
    deed: &Deed,
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
