//! Endpoints, proxies and authorities.

use super::{Fake, budget, good, open, shown};
use crate::clients::spaces::SpacesError;

#[test]
fn endpoints_are_addresses_of_servers() {
    for right in [
        "http://127.0.0.1:5000",
        "https://fra1.digitaloceanspaces.com/",
        " https://x:8443 ",
    ] {
        assert!(open(right, budget(1), &[]).is_ok(), "{right}");
    }
    for wrong in [
        "fra1.digitaloceanspaces.com",
        "ftp://x",
        "https://u:p@x",
        "https://x/bucket",
        "https://x?y",
        "https://",
    ] {
        let error = open(wrong, budget(1), &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "SPACES_ENDPOINT_URL is not the address of a server",
            "{wrong}"
        );
        assert!(!error.hint().is_empty() && !format!("{error:?}").contains("u:p"));
    }
    let spaces = open("  ", budget(1), &[]).unwrap();
    assert_eq!(
        (spaces.host(), spaces.region()),
        ("fra1.digitaloceanspaces.com", "fra1")
    );
}

#[tokio::test]
async fn requests_go_through_the_proxy() {
    let empty = "<VersioningConfiguration/>";
    let proxy = Fake::new(vec![good(empty)]).await;
    let with_password = proxy.url.replace("http://", "http://user:word@");
    let variables = [
        ("HTTP_PROXY", with_password.as_str()),
        ("NO_PROXY", "other.example"),
    ];
    let spaces = open("http://spaces.invalid", budget(1), &variables).unwrap();
    assert_eq!(spaces.versioning("b").await, Ok(None));
    let request = proxy.requests().remove(0).to_lowercase();
    assert!(
        request.starts_with("get http://spaces.invalid/b/?versioning"),
        "{request}"
    );
    assert!(
        request.contains("proxy-authorization: basic dxnlcjp3b3jk"),
        "{request}"
    );

    // Neither this machine nor an exception goes through it.
    let own = Fake::new(vec![good(empty)]).await;
    let straight = open(&own.url, budget(1), &variables).unwrap();
    assert_eq!(straight.versioning("b").await, Ok(None));
    let excepted = [("HTTP_PROXY", with_password.as_str()), ("NO_PROXY", ".invalid")];
    let excepted = open("http://spaces.invalid", budget(1), &excepted).unwrap();
    assert!(matches!(
        excepted.versioning("b").await,
        Err(SpacesError::OutOfReach(_))
    ));
    assert_eq!((proxy.requests().len(), own.requests().len()), (1, 1));
}

#[tokio::test]
async fn tls_goes_through_a_tunnel() {
    let proxy = Fake::new(vec![super::answer("403 Forbidden", "", "")]).await;
    let spaces = open(
        "https://spaces.invalid",
        budget(1),
        &[("HTTPS_PROXY", &proxy.url)],
    )
    .unwrap();
    assert!(spaces.versioning("b").await.is_err());
    let request = proxy.requests().remove(0);
    assert!(request.starts_with("CONNECT spaces.invalid:443"), "{request}");
}

#[test]
fn proxies_that_cannot_be_used_are_named() {
    for (proxy, words) in [
        (
            "socks5://user:word@x",
            "HTTPS_PROXY is a SOCKS proxy, which is not supported for Spaces",
        ),
        (
            "http://user:word@",
            "HTTPS_PROXY is not the address of an http proxy",
        ),
    ] {
        let error = open("https://spaces.invalid", budget(1), &[("HTTPS_PROXY", proxy)]).unwrap_err();
        assert_eq!(error.to_string(), words);
        assert!(!format!("{error:?}").contains("word@"));
    }
}

#[tokio::test]
async fn only_named_authorities_are_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("authorities.pem");
    let name = file.to_str().unwrap();
    let opened = || open("https://spaces.invalid", budget(1), &[("SSL_CERT_FILE", name)]);
    let refused = |words: &str| {
        let error = opened().unwrap_err();
        assert_eq!(error.to_string(), format!("SSL_CERT_FILE {name} {words}"));
    };
    assert!(opened().unwrap_err().to_string().contains("cannot be read"));
    for useless in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        std::fs::write(&file, useless).unwrap();
        refused("holds no certificate that can be used");
    }
    let trusted = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&file, trusted.cert.pem()).unwrap();
    assert!(opened().is_ok());

    // The same server, once trusted and once not.
    let url = tls_server(&trusted, "<VersioningConfiguration/>").await;
    let known = open(&url, budget(1), &[("SSL_CERT_FILE", name)]).unwrap();
    assert_eq!(known.versioning("b").await, Ok(None));
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&file, other.cert.pem()).unwrap();
    let unknown = open(&url, budget(3), &[("SSL_CERT_FILE", name)]).unwrap();
    let error = unknown.versioning("b").await.unwrap_err();
    assert_eq!(
        shown(&error),
        "Spaces at 127.0.0.1 shows a certificate from an unknown authority; SSL_CERT_FILE names others to trust"
    );
    assert_eq!(unknown.calls(), 1);
}

/// A server over TLS that gives one answer.
async fn tls_server(own: &rcgen::CertifiedKey<rcgen::KeyPair>, body: &'static str) -> String {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut read = [0; 4096];
                let _ = stream.read(&mut read).await;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    url
}
