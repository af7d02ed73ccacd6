//! A connection to one service: to its host and no other, whatever answers say.

use super::proxy::{choose, is_local};
use super::trouble::Trouble;
use super::variables::Variables;
use super::words::{one_line, shown_address};
use envcheck_core::source::Diagnostic;
use http::{HeaderMap, Method, Uri};
use reqwest::{Certificate, Client, Proxy, Response, Url, redirect, retry};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// How long opening a connection may take, the proxy and TLS included.
const CONNECT: Duration = Duration::from_secs(10);

/// What a connection is made from.
#[derive(Debug)]
pub(in crate::clients) struct Shape<'a> {
    /// The address of the service: `https://api.digitalocean.com`.
    pub address: &'a str,
    /// Where that address is written, for messages.
    pub place: &'a str,
    /// The proxy (`HTTPS_PROXY`, `NO_PROXY`) and the authorities (`SSL_CERT_FILE`).
    pub variables: &'a Variables,
    /// How long an answer may be silent.
    pub idle: Duration,
}

/// A connection to one service. Redirects are not followed, and nothing is asked twice.
#[derive(Clone)]
pub(in crate::clients) struct Connection {
    client: Client,
    base: Url,
    shown: String,
    proxy: Option<String>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.shown)
    }
}

impl Connection {
    /// Prepares a connection; nobody is asked anything yet. Credentials would be readable on the way over plain http, so
    /// only this machine itself is reached like that.
    pub(in crate::clients) fn open(shape: &Shape<'_>) -> Result<Self, Diagnostic> {
        let Shape {
            address,
            place,
            variables,
            idle,
        } = *shape;
        // The address itself is not shown before it is known to hold no password.
        let wrong = |words: &str| Diagnostic::new(format!("{place} {words}"));
        let strange = |words: &str| {
            wrong(words)
                .hint("write it as https://host, or as http://127.0.0.1:8080 for a server on this machine")
        };
        let uri: Uri = address.trim().parse().map_err(|_| strange("is not an address"))?;
        let authority = uri
            .authority()
            .ok_or_else(|| strange("is not an http or https address"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user name").hint("give the address alone: the token is sent as such"));
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_local(&uri) => {}
            Some("http") => {
                return Err(wrong(
                    "is a plain http address of another machine: the token would be readable on the way",
                )
                .hint("use https; plain http is for servers on this machine"));
            }
            _ => return Err(strange("is not an http or https address")),
        }
        if uri.query().is_some() {
            return Err(wrong("has a query; give the address alone"));
        }
        let base = Url::parse(&shown_address(&uri)).map_err(|_| strange("is not an address"))?;
        let proxy = choose(None, &uri, variables).map_err(|bad| {
            let plain = Diagnostic::new(bad.message);
            match bad.hint {
                Some(hint) => plain.hint(hint),
                None => plain,
            }
        })?;
        // Whoever installed one before installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("envcheck/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT)
            .read_timeout(idle);
        if let Some(proxy) = &proxy {
            let unusable = |_| Diagnostic::new("the proxy of the environment's variables cannot be used");
            builder = builder.proxy(Proxy::all(proxy.to_string()).map_err(unusable)?);
        }
        if let Some(file) = variables.file("SSL_CERT_FILE") {
            builder = builder.tls_certs_only(authorities(&file)?);
        }
        let client = builder.build().map_err(|error| {
            Diagnostic::new(format!(
                "no connection can be made to {}: {}",
                shown_address(&uri),
                one_line(&super::root(&error).to_string())
            ))
        })?;
        Ok(Self {
            client,
            base,
            shown: shown_address(&uri),
            proxy: proxy.as_ref().map(shown_address),
        })
    }

    /// The address, without credentials.
    pub(in crate::clients) fn address(&self) -> &str {
        &self.shown
    }

    /// The address, and the proxy on the way.
    pub(in crate::clients) fn way(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("{} through the proxy {proxy}", self.shown),
            None => self.shown.clone(),
        }
    }

    /// Where a path with its query lies at this service; `None` for what leads elsewhere.
    pub(in crate::clients) fn url(&self, path: &str, query: &str) -> Option<Url> {
        let mut url = Url::parse(&format!("{}{path}", self.shown)).ok()?;
        url.set_query((!query.is_empty()).then_some(query));
        (path.starts_with('/') && url.origin() == self.base.origin()).then_some(url)
    }

    /// Where a link in an answer leads, be it absolute or not.
    pub(in crate::clients) fn link(&self, text: &str) -> Option<Url> {
        self.base.join(text).ok()
    }

    /// Whether an address is this service's host.
    pub(in crate::clients) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// Whether this service runs on this machine.
    pub(in crate::clients) fn is_local(&self) -> bool {
        self.shown.parse().is_ok_and(|uri| is_local(&uri))
    }

    /// Sends a request and waits for the beginning of the answer.
    pub(in crate::clients) async fn send(
        &self,
        method: &Method,
        url: Url,
        headers: HeaderMap,
        body: Option<bytes::Bytes>,
    ) -> Result<Response, Trouble> {
        let mut request = self.client.request(method.clone(), url).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        request.send().await.map_err(|error| Trouble::of_reqwest(&error))
    }
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, Diagnostic> {
    let wrong = |words: String| {
        Diagnostic::new(format!("SSL_CERT_FILE ({}) {words}", file.display())).hint(
            "name a file of trusted certificates in PEM, or unset the variable to trust those of the system",
        )
    };
    let pem = std::fs::read(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let found =
        Certificate::from_pem_bundle(&pem).map_err(|_| wrong("holds no usable certificates".to_owned()))?;
    if found.is_empty() {
        return Err(wrong("holds no certificates".to_owned()));
    }
    Ok(found)
}
