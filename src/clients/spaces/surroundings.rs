//! What the machine adds: the proxy on the way to Spaces, and the authorities that are trusted.
//!
//! The library would read the variables by itself, but sends even this machine's own addresses through a proxy, and panics
//! on certificates that it cannot read; so both are decided here.
//!
//! Honoured are `HTTPS_PROXY` (`HTTP_PROXY` for an endpoint without TLS) as an http or https address with or without a
//! password, `NO_PROXY` with hosts, domains, addresses and networks, without ports, and `SSL_CERT_FILE`, which replaces the
//! system's authorities. Without it `SSL_CERT_DIR` and the system's own are used. SOCKS proxies are beyond the library.

use super::error::ConnectError;
use crate::clients::http::is_local;
use aws_sdk_s3::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use base64::Engine as _;
use http::Uri;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

/// The environment variables of the process, or of a test.
#[derive(Clone, Default)]
pub struct Surroundings {
    variables: BTreeMap<OsString, OsString>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Any variable may be a secret.
        write!(f, "Surroundings({} variables)", self.variables.len())
    }
}

impl Surroundings {
    /// With these variables.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self {
            variables: variables.into_iter().collect(),
        }
    }

    /// Those of this process.
    pub fn real() -> Self {
        Self::new(std::env::vars_os())
    }

    /// The first of these that is set and not empty.
    fn text(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .filter_map(|name| self.variables.get(&OsString::from(name)))
            .map(|value| value.to_string_lossy().trim().to_owned())
            .find(|value| !value.is_empty())
    }

    /// The client that reaches the endpoint.
    pub(super) fn http_client(&self, endpoint: &Uri) -> Result<SharedHttpClient, ConnectError> {
        let proxy = self.proxy(endpoint)?;
        let tls = TlsContext::builder()
            .with_trust_store(self.trusted(endpoint)?)
            .build()
            .map_err(|_| ConnectError::new("TLS cannot be set up", "look at SSL_CERT_FILE"))?;
        Ok(
            Builder::new().build_with_connector_fn(move |settings, components| {
                let mut connector = Connector::builder().proxy_config(proxy.clone());
                connector.set_connector_settings(settings.cloned());
                connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
                connector
                    .tls_provider(Provider::Rustls(CryptoMode::Ring))
                    .tls_context(tls.clone())
                    .build()
            }),
        )
    }

    fn proxy(&self, endpoint: &Uri) -> Result<ProxyConfig, ConnectError> {
        let names = match endpoint.scheme_str() {
            Some("http") => ["HTTP_PROXY", "http_proxy"],
            _ => ["HTTPS_PROXY", "https_proxy"],
        };
        let Some(proxy) = self.text(&names).filter(|_| !is_local(endpoint)) else {
            return Ok(ProxyConfig::disabled());
        };
        let whole = if proxy.contains("://") {
            proxy
        } else {
            format!("http://{proxy}")
        };
        // The address is not shown: it may hold a password.
        let wrong = |words: &str| {
            ConnectError::new(
                format!("{} {words}", names[0]),
                "give the address of an http proxy, as http://proxy.example.com:3128",
            )
        };
        if whole.starts_with("socks") {
            return Err(wrong("is a SOCKS proxy, which is not supported for Spaces"));
        }
        let config = ProxyConfig::all(whole).map_err(|_| wrong("is not the address of an http proxy"))?;
        Ok(match self.text(&["NO_PROXY", "no_proxy"]) {
            Some(exceptions) => config.no_proxy(exceptions),
            None => config,
        })
    }

    /// Whom to trust. An endpoint without TLS asks nobody.
    fn trusted(&self, endpoint: &Uri) -> Result<TrustStore, ConnectError> {
        if endpoint.scheme_str() == Some("http") {
            return Ok(TrustStore::empty());
        }
        let Some(file) = self.text(&["SSL_CERT_FILE"]) else {
            return Ok(TrustStore::empty().with_native_roots(true));
        };
        let pem = authorities(Path::new(&file)).map_err(|words| {
            ConnectError::new(
                format!("SSL_CERT_FILE {file} {words}"),
                "name a file of certificates in PEM, or unset it to trust the system's",
            )
        })?;
        Ok(TrustStore::empty().with_pem_certificate(pem))
    }
}

/// The certificates of a file that can be used, as PEM.
fn authorities(file: &Path) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
    let mut store = RootCertStore::empty();
    let mut pem = String::new();
    for certificate in CertificateDer::pem_slice_iter(&bytes).flatten() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(&certificate);
        if store.add(certificate).is_ok() {
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            pem.push_str(&encoded);
            pem.push_str("\n-----END CERTIFICATE-----\n");
        }
    }
    if pem.is_empty() {
        return Err("holds no certificate that can be used".to_owned());
    }
    Ok(pem.into_bytes())
}
