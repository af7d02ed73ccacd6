//! The proxy on the way to a server: the one declared for it, else the variables that Go programs honour.
//!
//! Libraries differ in how they read `NO_PROXY` (kube compares it with the proxy instead of the server, and fails on a
//! list that ends with a comma); so this is decided here, and they are told the outcome.

use super::variables::Variables;
use http::Uri;
use ipnet::IpNet;
use std::net::IpAddr;

/// Why a proxy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::clients) struct BadProxy {
    /// One line, which names where the proxy is written and never what is written.
    pub message: String,
    /// How to mend it.
    pub hint: Option<&'static str>,
}

impl BadProxy {
    fn with_hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }
}

/// The proxy to use; none goes straight there. What is declared for one server (where, and what) is not subject to
/// `NO_PROXY`.
pub(in crate::clients) fn choose(
    declared: Option<(&str, &str)>,
    server: &Uri,
    variables: &Variables,
) -> Result<Option<Uri>, BadProxy> {
    if let Some((place, declared)) = declared {
        return parse(declared, place).map(Some);
    }
    let names = match server.scheme_str() {
        Some("http") => ["HTTP_PROXY", "http_proxy"],
        _ => ["HTTPS_PROXY", "https_proxy"],
    };
    let Some(proxy) = variables.text(&names) else {
        return Ok(None);
    };
    let exceptions = variables.text(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
    if is_local(server) || excepted(server, &exceptions) {
        return Ok(None);
    }
    parse(&proxy, names[0]).map(Some)
}

/// True for this machine itself, which no variable sends through a proxy.
pub(in crate::clients) fn is_local(server: &Uri) -> bool {
    let host = host(server);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|own| own.is_loopback())
}

fn host(server: &Uri) -> String {
    let host = server.host().unwrap_or_default();
    host.trim_matches(['[', ']'])
        .trim_end_matches('.')
        .to_ascii_lowercase()
}

fn port(server: &Uri) -> u16 {
    let usual = if server.scheme_str() == Some("http") {
        80
    } else {
        443
    };
    server.port_u16().unwrap_or(usual)
}

/// The URL is not shown: it may hold a password.
fn parse(url: &str, place: &str) -> Result<Uri, BadProxy> {
    let whole = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    // Names are resolved by the proxy in any case, which is what the `h` asks for.
    let whole = match whole.strip_prefix("socks5h://") {
        Some(rest) => format!("socks5://{rest}"),
        None => whole,
    };
    let wrong = |words: &str| BadProxy {
        message: format!("{place} {words}"),
        hint: None,
    };
    let uri: Uri = whole
        .parse()
        .map_err(|_| wrong("is not the address of a proxy"))?;
    let signed_in = uri.authority().is_some_and(|own| own.as_str().contains('@'));
    match uri.scheme_str() {
        Some("socks5") if signed_in => Err(wrong(
            "holds a user name for a SOCKS proxy, which is not supported",
        )
        .with_hint("use a proxy that lets this machine in, or an http proxy")),
        Some("http" | "socks5") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri),
        // kube would greet it as if it were the cluster: with the cluster's authority and our certificate.
        Some("https") => Err(
            wrong("is a proxy that is itself reached over TLS, which is not supported").with_hint(
                "give an http:// or socks5:// address; what passes through is encrypted all the same",
            ),
        ),
        _ => Err(wrong("is not the address of an http or socks5 proxy")),
    }
}

/// Whether `NO_PROXY` names a server: addresses, networks, hosts with all below them, `.below.only`, each with an
/// optional port; `*` names all.
fn excepted(server: &Uri, exceptions: &str) -> bool {
    let (host, port) = (host(server), port(server));
    let address: Option<IpAddr> = host.parse().ok();
    exceptions.split(',').map(str::trim).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        if entry == "*" {
            return true;
        }
        if let Ok(network) = entry.parse::<IpNet>() {
            return address.is_some_and(|own| network.contains(&own));
        }
        let (name, wanted) = split_port(&entry);
        if name.is_empty() || wanted.is_some_and(|wanted| wanted != port) {
            return false;
        }
        if let Ok(single) = name.parse::<IpAddr>() {
            return address == Some(single);
        }
        if address.is_some() {
            return false;
        }
        let below = name.strip_prefix('*').unwrap_or(name);
        match below.strip_prefix('.') {
            Some(_) => host.ends_with(below),
            None => host == below || host.ends_with(&format!(".{below}")),
        }
    })
}

fn split_port(entry: &str) -> (&str, Option<u16>) {
    if entry.parse::<IpAddr>().is_ok() {
        return (entry, None);
    }
    let split = entry
        .rsplit_once(':')
        .and_then(|(name, port)| Some((name, port.parse().ok()?)));
    let (name, port) = split.map_or((entry, None), |(name, port)| (name, Some(port)));
    (name.trim_matches(['[', ']']), port)
}
