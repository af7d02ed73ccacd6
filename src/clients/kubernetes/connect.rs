//! From what the user said to a server that answers.

use super::budget::Budget;
use super::context::{self, Chosen};
use super::credentials::{Secret, Source};
use super::error::{ConnectError, RequestError};
use super::identity;
use super::kubeconfig;
use super::link::{Link, Recipe};
use super::plugin::Plugin;
use super::pod;
use super::server::{ApiServer, Who};
use crate::clients::http::{BadProxy, Variables, choose_proxy, shown_address};
use http::Uri;
use secrecy::{ExposeSecret, SecretString};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use tokio::time::timeout_at;

/// How to reach the API server.
#[derive(Debug, Clone)]
pub enum Access {
    /// Through a kubeconfig.
    Kubeconfig {
        /// `--kubeconfig`; without it the files in `KUBECONFIG`, merged; without that `~/.kube/config`.
        file: Option<PathBuf>,
        /// `--context`, or the context of the spec; without it the current one.
        context: Option<String>,
    },
    /// As the service account of the Pod that this runs in.
    InCluster,
    /// With credentials that somebody handed out for this run. They are kept in memory only.
    Granted(Grant),
}

/// Credentials for one cluster, handed out for a short time.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The cluster's name, for messages.
    pub cluster: String,
    /// The address of its API server.
    pub server: String,
    /// The authority that its certificate is from, in PEM; the system's when absent.
    pub authority: Option<Vec<u8>>,
    /// Proves who asks.
    pub token: SecretString,
}

/// What the machine adds to what the user said.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    pub variables: Variables,
    /// Where a Pod finds its service account.
    pub service_account: PathBuf,
}

impl Surroundings {
    fn real() -> Self {
        Self {
            variables: Variables::real(),
            service_account: pod::SERVICE_ACCOUNT.into(),
        }
    }

    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name)
    }

    /// The first of these variables that is set to a text.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.variables.text(names)
    }
}

/// Finds out where the server is and who asks, and asks it for its version: what is wrong shows here, before anything
/// is read. A server that does not tell its version to these credentials (403) is connected all the same.
///
/// # Errors
///
/// No usable kubeconfig or service account, credentials that cannot be had or are refused, a server out of reach or
/// not to be trusted, something that is no Kubernetes, the end of the budget, cancellation.
pub async fn connect(access: &Access, budget: Budget) -> Result<ApiServer, ConnectError> {
    let server = open(access, budget, Surroundings::real()).await?;
    match server.probe().await {
        Ok(_) => Ok(server),
        Err(fault) if matches!(fault.error, RequestError::Forbidden(_)) => Ok(server),
        Err(fault) => Err(server.explained(&fault.error, fault.hint)),
    }
}

/// The same without asking the server anything.
pub(super) async fn open(
    access: &Access,
    budget: Budget,
    around: Surroundings,
) -> Result<ApiServer, ConnectError> {
    let cancel = budget.cancel.clone();
    let deadline = budget.deadline;
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ConnectError::Cancelled),
        opened = timeout_at(deadline, opened(access.clone(), budget, around)) => {
            opened.unwrap_or_else(|_| Err(ConnectError::new("the time ran out before the API server was asked anything")))
        }
    }
}

async fn opened(access: Access, budget: Budget, around: Surroundings) -> Result<ApiServer, ConnectError> {
    let idle = budget.idle;
    // A kubeconfig may be a pipe or lie on a slow disk; reading it must not hold up the cancellation.
    let reading = tokio::task::spawn_blocking(move || match &access {
        Access::InCluster => in_cluster(&around, idle),
        Access::Granted(grant) => granted(grant, &around, idle),
        Access::Kubeconfig { file, context } => {
            from_kubeconfig(file.as_deref(), context.as_deref(), &around, idle)
        }
    });
    let (who, recipe, source) = reading
        .await
        .map_err(|_| ConnectError::new("reading the kubeconfig was interrupted"))??;
    let link = Link::open(recipe, source).await?;
    Ok(ApiServer::new(who, link, budget))
}

type Plan = (Who, Recipe, Source);

fn in_cluster(around: &Surroundings, idle: std::time::Duration) -> Result<Plan, ConnectError> {
    let account = pod::read(around)?;
    let proxy = choose_proxy(None, &account.server, &around.variables).map_err(bad_proxy)?;
    let who = Who {
        context: None,
        called: "this cluster".into(),
        server: shown_address(&account.server),
        proxy: proxy.as_ref().map(shown_address),
        renewal:
            "see whether the service account of this Pod still exists, and whether its token is mounted fresh"
                .into(),
    };
    let recipe = Recipe {
        authorities: Some(account.authorities),
        authorities_file: Some(account.authorities_file),
        proxy,
        ..Recipe::new(account.server, idle)
    };
    Ok((who, recipe, Source::file(account.token_file, None)))
}

fn granted(grant: &Grant, around: &Surroundings, idle: std::time::Duration) -> Result<Plan, ConnectError> {
    let wrong = |words: &str| {
        ConnectError::new(format!(
            "the credentials that were handed out for cluster `{}` {words}",
            super::status::one_line(&grant.cluster)
        ))
    };
    let server: Uri = grant
        .server
        .parse()
        .ok()
        .filter(|uri: &Uri| uri.scheme_str() == Some("https") && uri.authority().is_some())
        .ok_or_else(|| wrong("name no https address of an API server"))?;
    let authorities = match &grant.authority {
        Some(pem) => Some(
            identity::certificates(pem).ok_or_else(|| wrong("hold an authority that is no certificate"))?,
        ),
        None => None,
    };
    let proxy = choose_proxy(None, &server, &around.variables).map_err(bad_proxy)?;
    let who = Who {
        context: None,
        called: format!("cluster {}", super::status::one_line(&grant.cluster)),
        server: shown_address(&server),
        proxy: proxy.as_ref().map(shown_address),
        renewal: "they are handed out anew for each run: run it again".into(),
    };
    let recipe = Recipe {
        authorities,
        proxy,
        ..Recipe::new(server, idle)
    };
    let secret = Secret::bearer(grant.token.expose_secret(), None)?;
    Ok((who, recipe, Source::Fixed(secret)))
}

fn from_kubeconfig(
    file: Option<&Path>,
    context: Option<&str>,
    around: &Surroundings,
    idle: std::time::Duration,
) -> Result<Plan, ConnectError> {
    let config = kubeconfig::read(file, around)?;
    let chosen = context::choose(&config, context)?;
    let server = context::address(&chosen)?;
    let declared = chosen.cluster.proxy_url.as_deref();
    let declared = declared.map(|url| ("proxy-url in the kubeconfig", url));
    let proxy = choose_proxy(declared, &server, &around.variables).map_err(bad_proxy)?;
    let authorities = identity::authorities(&chosen.cluster, &chosen.cluster_name)?;
    let source = source(&chosen)?;
    let who = Who {
        context: Some(chosen.context.clone()),
        called: format!("context {}", chosen.context),
        server: shown_address(&server),
        proxy: proxy.as_ref().map(shown_address),
        renewal: context::renewal(&chosen),
    };
    let recipe = Recipe {
        authorities,
        accept_any_certificate: chosen.cluster.insecure_skip_tls_verify.unwrap_or(false),
        server_name: chosen.cluster.tls_server_name.clone(),
        plain: chosen.cluster.disable_compression.unwrap_or(false),
        impersonate: chosen.user.clone(),
        proxy,
        ..Recipe::new(server, idle)
    };
    Ok((who, recipe, source))
}

fn bad_proxy(bad: BadProxy) -> ConnectError {
    let error = ConnectError::new(bad.message);
    match bad.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// Where the credentials of a user come from.
fn source(chosen: &Chosen) -> Result<Source, ConnectError> {
    let user = &chosen.user;
    let name = chosen.user_name.as_deref().unwrap_or_default();
    if let Some(provider) = &user.auth_provider {
        return Err(ConnectError::new(format!(
            "user `{name}` of the kubeconfig uses the auth-provider `{}`, which is not supported",
            super::status::one_line(&provider.name)
        ))
        .with_hint("auth-providers were removed from Kubernetes; use an exec plugin or a token instead"));
    }
    let identity = identity::client(user, name)?;
    let token = user.token.as_ref().map(|token| token.expose_secret().to_owned());
    if let Some(file) = &user.token_file {
        return Ok(Source::file(file.into(), token).with_identity(identity));
    }
    if let Some(token) = token {
        return Secret::bearer(&token, identity).map(Source::Fixed);
    }
    if let (Some(user), Some(password)) = (&user.username, &user.password) {
        return Secret::basic(user, password.expose_secret(), identity).map(Source::Fixed);
    }
    match &user.exec {
        Some(exec) => Plugin::new(exec, &chosen.cluster, name).map(Source::Plugin),
        None => Ok(Source::Fixed(Secret::certificate(identity))),
    }
}
