//! The context: which cluster as which user.

use super::error::ConnectError;
use super::status::one_line;
use http::Uri;
use kube::config::{AuthInfo, Cluster, Kubeconfig};

/// How many names an error lists.
const LISTED: usize = 20;

/// A context, resolved. It has no `Debug`: plugins carry secrets in their arguments.
pub(super) struct Chosen {
    pub context: String,
    pub cluster_name: String,
    pub cluster: Cluster,
    /// None for a context without a user, who is anonymous.
    pub user_name: Option<String>,
    pub user: AuthInfo,
}

/// Resolves the wanted context, or the current one.
pub(super) fn choose(config: &Kubeconfig, wanted: Option<&str>) -> Result<Chosen, ConnectError> {
    let Some(name) = wanted.or(config.current_context.as_deref()) else {
        return Err(ConnectError::new("the kubeconfig names no current context")
            .with_hint(format!("{}; choose one with --context", contexts(config))));
    };
    let found = config.contexts.iter().find(|named| named.name == name);
    let Some(context) = found.and_then(|named| named.context.as_ref()) else {
        return Err(
            ConnectError::new(format!("the kubeconfig has no context `{}`", one_line(name)))
                .with_hint(contexts(config)),
        );
    };
    let missing = |what: &str, own: &str, names: Vec<&str>| {
        ConnectError::new(format!(
            "context `{}` of the kubeconfig names the {what} `{}`, which is not there",
            one_line(name),
            one_line(own)
        ))
        .with_hint(has(&names))
    };
    let cluster_name = context.cluster.clone();
    let found = config.clusters.iter().find(|named| named.name == cluster_name);
    let Some(cluster) = found.and_then(|named| named.cluster.clone()) else {
        let names = config.clusters.iter().map(|named| named.name.as_str());
        return Err(missing("cluster", &cluster_name, names.collect()));
    };
    let user_name = context.user.clone().filter(|user| !user.is_empty());
    let user = match &user_name {
        None => AuthInfo::default(),
        Some(user) => {
            let found = config.auth_infos.iter().find(|named| named.name == *user);
            let Some(own) = found.and_then(|named| named.auth_info.clone()) else {
                let names = config.auth_infos.iter().map(|named| named.name.as_str());
                return Err(missing("user", user, names.collect()));
            };
            own
        }
    };
    Ok(Chosen {
        context: name.to_owned(),
        cluster_name,
        cluster,
        user_name,
        user,
    })
}

/// The address of the chosen cluster.
pub(super) fn address(chosen: &Chosen) -> Result<Uri, ConnectError> {
    let cluster = one_line(&chosen.cluster_name);
    let Some(server) = &chosen.cluster.server else {
        return Err(ConnectError::new(format!(
            "cluster `{cluster}` of the kubeconfig has no `server`"
        )));
    };
    let whole = if server.contains("://") {
        server.clone()
    } else {
        format!("https://{server}")
    };
    // The address itself is not shown: it may hold a password.
    let wrong = |words: &str| {
        ConnectError::new(format!(
            "`server` of cluster `{cluster}` of the kubeconfig {words}"
        ))
    };
    let uri: Uri = whole.parse().map_err(|_| wrong("is not an address"))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(authority)) if authority.as_str().contains('@') => {
            Err(wrong("holds a user name").with_hint("credentials belong to `users` in the kubeconfig"))
        }
        (Some("http" | "https"), Some(_)) => Ok(uri),
        _ => Err(wrong("is neither an http nor an https address")),
    }
}

/// How the credentials of a context are renewed.
pub(super) fn renewal(chosen: &Chosen) -> String {
    // doctl names its contexts `do-REGION-NAME`.
    let of_doctl = chosen
        .context
        .strip_prefix("do-")
        .and_then(|rest| rest.split_once('-'))
        .filter(|(region, name)| region.ends_with(|last: char| last.is_ascii_digit()) && !name.is_empty());
    match (of_doctl, &chosen.user_name) {
        (Some((_, name)), _) => format!(
            "renew them with `doctl kubernetes cluster kubeconfig save {}`, or let envcheck fetch its own: \
             target: {{kubernetes: {{fromDigitalOcean: true}}}}",
            one_line(name)
        ),
        (None, Some(user)) => format!(
            "renew the credentials of user `{}` in the kubeconfig, or choose another context with --context",
            one_line(user)
        ),
        (None, None) => "the context names no user; give it one in the kubeconfig".into(),
    }
}

fn contexts(config: &Kubeconfig) -> String {
    let names: Vec<&str> = config.contexts.iter().map(|named| named.name.as_str()).collect();
    match &config.current_context {
        Some(current) if !names.is_empty() => format!("{} (current: {})", has(&names), one_line(current)),
        _ => has(&names),
    }
}

fn has(names: &[&str]) -> String {
    if names.is_empty() {
        return "it has none at all".into();
    }
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| one_line(name)).collect();
    let rest = match names.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("it has: {}{rest}", shown.join(", "))
}
