//! Certificates: whom we trust, and who we are.

use super::error::ConnectError;
use super::status::one_line;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, Cluster};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};

/// A client certificate with its key, both PEM.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub certificate: String,
    pub key: SecretString,
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.certificate == other.certificate && self.key.expose_secret() == other.key.expose_secret()
    }
}

impl Identity {
    /// Both, seen to be what they should be; otherwise which of the two is not.
    pub(super) fn new(certificate: &[u8], key: &[u8]) -> Result<Self, &'static str> {
        certificates(certificate).ok_or("certificate")?;
        PrivateKeyDer::from_pem_slice(key).map_err(|_| "key")?;
        Ok(Self {
            certificate: String::from_utf8(certificate.to_vec()).map_err(|_| "certificate")?,
            key: String::from_utf8(key.to_vec()).map_err(|_| "key")?.into(),
        })
    }
}

/// The certificates in a PEM text; none when there are none, or a broken one.
pub(super) fn certificates(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.ok().filter(|found| !found.is_empty())?;
    let whole = found.iter().all(|own| super::expiry::is_certificate(own));
    let found = whole.then_some(found)?;
    Some(found.iter().map(|own| own.as_ref().to_vec()).collect())
}

/// The authorities of a cluster; none leaves it to those of the system (or `SSL_CERT_FILE`).
pub(super) fn authorities(cluster: &Cluster, name: &str) -> Result<Option<Vec<Vec<u8>>>, ConnectError> {
    let field = Field {
        owner: format!("cluster `{}`", one_line(name)),
        name: "certificate-authority",
    };
    let pem = field.read(
        cluster.certificate_authority_data.as_deref(),
        cluster.certificate_authority.as_deref(),
    )?;
    pem.map(|pem| certificates(&pem).ok_or_else(|| field.wrong("holds no PEM certificate")))
        .transpose()
}

/// The certificate of a user, when there is one.
pub(super) fn client(user: &AuthInfo, name: &str) -> Result<Option<Identity>, ConnectError> {
    let owner = format!("user `{}`", one_line(name));
    let certificate_field = Field {
        owner: owner.clone(),
        name: "client-certificate",
    };
    let key_field = Field {
        owner,
        name: "client-key",
    };
    let certificate = certificate_field.read(
        user.client_certificate_data.as_deref(),
        user.client_certificate.as_deref(),
    )?;
    let key = key_field.read(
        user.client_key_data.as_ref().map(ExposeSecret::expose_secret),
        user.client_key.as_deref(),
    )?;
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(key_field.wrong("is missing, but there is a client-certificate")),
        (None, Some(_)) => Err(certificate_field.wrong("is missing, but there is a client-key")),
        (Some(certificate), Some(key)) => {
            Identity::new(&certificate, &key)
                .map(Some)
                .map_err(|part| match part {
                    "key" => key_field.wrong("holds no PEM private key"),
                    _ => certificate_field.wrong("holds no PEM certificate"),
                })
        }
    }
}

/// A field of the kubeconfig that exists as `X-data` and, as a path, as `X`.
struct Field {
    owner: String,
    name: &'static str,
}

impl Field {
    /// What it holds; the data wins over the path.
    fn read(&self, data: Option<&str>, path: Option<&str>) -> Result<Option<Vec<u8>>, ConnectError> {
        if let Some(data) = data {
            let bare: String = data.split_ascii_whitespace().collect();
            return match STANDARD.decode(bare) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(_) => Err(self.wrong("is not base64")),
            };
        }
        let Some(path) = path else { return Ok(None) };
        std::fs::read(path).map(Some).map_err(|error| {
            self.wrong(&format!("cannot be read: {path}: {error}"))
                .with_hint("the path is relative to the kubeconfig that it stands in")
        })
    }

    fn wrong(&self, words: &str) -> ConnectError {
        ConnectError::new(format!(
            "{} of {} in the kubeconfig {words}",
            self.name, self.owner
        ))
    }
}
