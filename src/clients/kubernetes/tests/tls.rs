//! Servers whose certificate is not to be trusted, or only just.

use super::super::credentials::Secret;
use super::super::error::RequestError;
use super::super::identity::Identity;
use super::{budget, head, opened};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for a name, with its key.
    fn sign(&self, name: &str, last_year: Option<i32>) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        if let Some(year) = last_year {
            params.not_before = date_time_ymd(year - 1, 1, 1);
            params.not_after = date_time_ymd(year, 1, 1);
        }
        (
            params.signed_by(&key, &self.issuer).unwrap().pem(),
            key.serialize_pem(),
        )
    }

    fn data(&self) -> String {
        format!("certificate-authority-data: {}", STANDARD.encode(&self.pem))
    }
}

/// A server with this certificate, which wants one of `clients` when given. Gives its port.
async fn serving((certificate, key): (String, String), clients: Option<&Authority>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap())
                .unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let config = builder.with_single_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                head(&mut stream).await;
                let answer =
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    port
}

async fn asked(port: u16, cluster: &str, user: &str) -> Result<(), String> {
    let cluster = format!("server: 'https://127.0.0.1:{port}', {cluster}");
    let api = opened(&cluster, user, budget(3))
        .await
        .map_err(|error| error.to_string())?;
    api.get("/api").await.map(|_| ()).map_err(|error| match &error {
        RequestError::Unavailable(words) => {
            let start = format!("the API server of context do-fra1-stage (https://127.0.0.1:{port}) ");
            words.strip_prefix(&start).unwrap_or(words).to_owned()
        }
        other => format!("{other:?}"),
    })
}

#[tokio::test]
async fn a_server_of_the_declared_authority_is_trusted() {
    let authority = Authority::new();
    let port = serving(authority.sign("127.0.0.1", None), None).await;
    assert_eq!(asked(port, &authority.data(), "").await, Ok(()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    assert_eq!(
        asked(port, &format!("certificate-authority: '{}'", file.display()), "").await,
        Ok(())
    );
}

#[tokio::test]
async fn other_servers_are_not() {
    let (authority, other) = (Authority::new(), Authority::new());
    let port = serving(authority.sign("127.0.0.1", None), None).await;
    let unknown = "shows a certificate from an unknown authority";
    assert_eq!(asked(port, &other.data(), "").await, Err(unknown.into()));
    let strange = serving(other.sign("127.0.0.1", None), None).await;
    assert_eq!(asked(strange, &authority.data(), "").await, Err(unknown.into()));

    let expired = serving(authority.sign("127.0.0.1", Some(2020)), None).await;
    let words = "shows a certificate that has expired";
    assert_eq!(asked(expired, &authority.data(), "").await, Err(words.into()));
    let early = serving(authority.sign("127.0.0.1", Some(2090)), None).await;
    let words = "shows a certificate that is not valid yet";
    assert_eq!(asked(early, &authority.data(), "").await, Err(words.into()));
    let named = serving(authority.sign("k.example.com", None), None).await;
    let words = "shows a certificate for another host than 127.0.0.1: it names k.example.com";
    assert_eq!(asked(named, &authority.data(), "").await, Err(words.into()));

    let told = format!("{}, tls-server-name: k.example.com", authority.data());
    assert_eq!(asked(named, &told, "").await, Ok(()));
    for port in [expired, named, strange] {
        assert_eq!(asked(port, "insecure-skip-tls-verify: true", "").await, Ok(()));
    }
}

#[tokio::test]
async fn a_hint_goes_with_each() {
    let (authority, other) = (Authority::new(), Authority::new());
    let port = serving(authority.sign("127.0.0.1", None), None).await;
    let cluster = format!("server: 'https://127.0.0.1:{port}', {}", other.data());
    let api = opened(&cluster, "", budget(1)).await.unwrap();
    let fault = api.probe().await.unwrap_err();
    assert!(
        fault.hint.unwrap().contains("certificate-authority-data"),
        "{fault:?}"
    );
}

#[tokio::test]
async fn a_plain_server_where_tls_is_expected() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    assert_eq!(
        asked(port, "insecure-skip-tls-verify: true", "").await,
        Err("does not speak TLS".into())
    );
}

#[tokio::test]
async fn the_client_certificate_is_shown() {
    let authority = Authority::new();
    let port = serving(authority.sign("127.0.0.1", None), Some(&authority)).await;
    let user = |certificate: &str, key: &str| {
        let (certificate, key) = (STANDARD.encode(certificate), STANDARD.encode(key));
        format!("client-certificate-data: {certificate}, client-key-data: {key}")
    };
    let (certificate, key) = authority.sign("eve", None);
    assert_eq!(
        asked(port, &authority.data(), &user(&certificate, &key)).await,
        Ok(())
    );
    let refused = asked(port, &authority.data(), "").await.unwrap_err();
    assert_eq!(refused, "ended the TLS handshake with CertificateRequired");

    let (_, foreign) = authority.sign("eve", None);
    let error = asked(port, &authority.data(), &user(&certificate, &foreign))
        .await
        .unwrap_err();
    assert!(
        error.starts_with("no connection can be made with the certificates that were given: "),
        "{error}"
    );
    let error = asked(port, &authority.data(), &user(&certificate, &certificate))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        "client-key of user `u` in the kubeconfig holds no PEM private key"
    );
}

#[test]
fn the_end_of_a_client_certificate_is_known() {
    let (certificate, key) = Authority::new().sign("eve", Some(2020));
    let identity = Identity::new(certificate.as_bytes(), key.as_bytes()).unwrap();
    assert!(!format!("{identity:?}").contains("PRIVATE"));
    let expires = Secret::certificate(Some(identity)).expires.unwrap();
    assert_eq!(expires.to_string(), "2020-01-01T00:00:00Z");
}
