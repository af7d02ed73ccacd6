//! The text of kubeconfig files, with everything embedded. JSON is YAML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// How a user of a kubeconfig shows who it is.
pub(crate) enum Credential<'a> {
    /// Certificate and key, in PEM.
    Certificate { certificate: &'a str, key: &'a str },
    /// A bearer token.
    Token(&'a str),
}

/// A kubeconfig of one context, whose cluster is called as it is.
pub(crate) fn text(
    url: &str,
    ca_pem: &str,
    context: &str,
    user: &str,
    credential: &Credential<'_>,
) -> String {
    let shown = match credential {
        Credential::Certificate { certificate, key } => json!({
            "client-certificate-data": STANDARD.encode(certificate),
            "client-key-data": STANDARD.encode(key),
        }),
        Credential::Token(token) => json!({ "token": token }),
    };
    let config: Value = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": context,
            "cluster": { "server": url, "certificate-authority-data": STANDARD.encode(ca_pem) },
        }],
        "users": [{ "name": user, "user": shown }],
        "contexts": [{ "name": context, "context": { "cluster": context, "user": user } }],
        "current-context": context,
    });
    format!("{config:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_has_its_name_and_data_are_embedded() {
        let text = text(
            "https://127.0.0.1:1",
            "CA",
            "test",
            "jane",
            &Credential::Token("t"),
        );
        let config: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(config["current-context"], "test");
        assert_eq!(config["contexts"][0]["context"]["user"], "jane");
        assert_eq!(
            config["clusters"][0]["cluster"]["certificate-authority-data"],
            "Q0E="
        );
        assert_eq!(config["users"][0]["user"], json!({ "token": "t" }));
    }
}
