//! What a repository is asked with: the password, or a token of the realm that the registry names, if the API's token may go
//! there.

use super::challenge::Challenge;
use super::endpoint::Registry;
use super::fault::{Fault, broken, refusal};
use crate::clients::digitalocean::RequestError;
use crate::clients::http::{is_local, whole};
use http::HeaderValue;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// No token is larger.
const MAX_TOKEN: usize = 1 << 20;

/// What a repository is asked with, once it said what it wants. Whoever hears that meanwhile waits for whoever asks for it.
pub(super) type Credential = tokio::sync::Mutex<Option<HeaderValue>>;

/// What a realm gives.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "access_token")]
    token: SecretString,
}

impl Registry {
    /// The credential that a challenge asks for.
    pub(super) async fn answered(&self, challenge: &str, repository: &str) -> Result<HeaderValue, Fault> {
        let (realm, service, scope) = match Challenge::read(challenge) {
            Some(Challenge::Basic) => return Ok(self.0.basic.clone()),
            Some(Challenge::Bearer {
                realm,
                service,
                scope,
            }) => (realm, service, scope),
            None => {
                return Err(Fault::last(RequestError::Stranger(
                    "the registry asks for credentials of a kind that no registry of DigitalOcean asks for"
                        .to_owned(),
                )));
            }
        };
        let mut url = self.trusted(&realm)?;
        let scope = scope.unwrap_or_else(|| format!("repository:{repository}:pull"));
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let response = self.ask(url, Some(self.0.basic.clone())).await?;
        if !response.status().is_success() {
            return Err(refusal(
                self.address(),
                &response,
                &format!("a token for {repository}"),
            ));
        }
        let bytes = whole(response, MAX_TOKEN)
            .await
            .map_err(|fault| broken(&fault, "a token"))?;
        let header = serde_json::from_slice::<Answer>(&bytes).ok().and_then(|answer| {
            HeaderValue::from_str(&format!("Bearer {}", answer.token.expose_secret())).ok()
        });
        let mut header = header.ok_or_else(|| {
            Fault::last(RequestError::Stranger(
                "the registry's realm gave no token that can be used".to_owned(),
            ))
        })?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// The realm, if the API's token may go there: the registry itself, a host of DigitalOcean over TLS, and this machine
    /// for a registry on this machine.
    fn trusted(&self, realm: &str) -> Result<Url, Fault> {
        let url = Url::parse(realm).ok();
        let own = |url: &Url| self.0.connection.is_own(url);
        let provider = |url: &Url| {
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "https" && (host == "digitalocean.com" || host.ends_with(".digitalocean.com"))
        };
        let local =
            |url: &Url| self.0.connection.is_local() && url.as_str().parse().is_ok_and(|uri| is_local(&uri));
        url.filter(|url| own(url) || provider(url) || local(url)).ok_or_else(|| {
            Fault::last(RequestError::Stranger(format!(
                "the registry asks for the token to be sent to {}, which is no host of DigitalOcean; it was not sent",
                self.shown(realm)
            )))
        })
    }
}
