//! What the machine adds: the proxy on the way to Spaces, and the authorities that are trusted.
//!
//! The library would read the variables by itself, but sends even this machine's own addresses through a proxy, and panics
//! on certificates that it cannot read; so both are decided here.
//!
//! Honoured are `HTTPS_PROXY` (`HTTP_PROXY` for an endpoint without TLS) as an http or https address with or without a
//! password, `NO_PROXY` with hosts, domains, addresses and networks, without ports, and `SSL_CERT_FILE`, which replaces the
//! system's authorities. Without it `SSL_CERT_DIR` and the system's own are used. SOCKS proxies are beyond the library.

use super::error::ConnectError;
use crate::clients::http::{Variables, is_local};
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
use std::path::Path;

/// The client that reaches the endpoint.
pub(super) fn http_client(variables: &Variables, endpoint: &Uri) -> Result<SharedHttpClient, ConnectError> {
    let proxy = proxy(variables, endpoint)?;
    let tls = TlsContext::builder()
        .with_trust_store(trusted(variables, endpoint)?)
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

fn proxy(variables: &Variables, endpoint: &Uri) -> Result<ProxyConfig, ConnectError> {
    let names = match endpoint.scheme_str() {
        Some("http") => ["HTTP_PROXY", "http_proxy"],
        _ => ["HTTPS_PROXY", "https_proxy"],
    };
    let Some(proxy) = variables.text(&names).filter(|_| !is_local(endpoint)) else {
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
    Ok(match variables.text(&["NO_PROXY", "no_proxy"]) {
        Some(exceptions) => config.no_proxy(exceptions),
        None => config,
    })
}

/// Whom to trust. An endpoint without TLS asks nobody.
fn trusted(variables: &Variables, endpoint: &Uri) -> Result<TrustStore, ConnectError> {
    if endpoint.scheme_str() == Some("http") {
        return Ok(TrustStore::empty());
    }
    let Some(file) = variables.text(&["SSL_CERT_FILE"]) else {
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
