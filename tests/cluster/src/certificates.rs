//! The cluster's own certificate authority, and the keys and certificates that the API server and its users need.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use std::fmt::{Display, Write as _};

/// Signs the server's certificate and those of users.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its private key, both in PEM.
pub(crate) struct Certified {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, String> {
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params
            .distinguished_name
            .push(DnType::CommonName, "envcheck test cluster");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().map_err(failed)?;
        CertifiedIssuer::self_signed(params, key)
            .map(|issuer| Self { issuer })
            .map_err(failed)
    }

    /// The authority's certificate.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// For the server at 127.0.0.1 and `localhost`.
    pub(crate) fn serving(&self) -> Result<Certified, String> {
        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params
            .distinguished_name
            .push(DnType::CommonName, "kube-apiserver");
        self.sign(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// For a user, whom Kubernetes reads from the common name, and groups, from the organisations.
    pub(crate) fn client(&self, user: &str, groups: &[&str]) -> Result<Certified, String> {
        // A name of rcgen holds each type of attribute once; the same attribute spelled by its number is a second type.
        let organisations = [DnType::OrganizationName, DnType::CustomDnType(vec![2, 5, 4, 10])];
        if groups.len() > organisations.len() {
            return Err(format!(
                "a test certificate takes at most {} groups",
                organisations.len()
            ));
        }
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, user);
        for (organisation, group) in organisations.into_iter().zip(groups) {
            params.distinguished_name.push(organisation, *group);
        }
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(
        &self,
        mut params: CertificateParams,
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Certified, String> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(Certified {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}

/// A key pair for signing service accounts' tokens: (private, public), in PEM.
pub(crate) fn signing_keys() -> Result<(String, String), String> {
    let key = KeyPair::generate().map_err(failed)?;
    Ok((key.serialize_pem(), key.public_key_pem()))
}

/// Thirty-two hexadecimal digits that nobody can guess: part of a fresh key's public half.
pub(crate) fn random_digits() -> Result<String, String> {
    let key = KeyPair::generate().map_err(failed)?;
    // The first byte only names the encoding.
    let bytes = key.public_key_raw().iter().skip(1).take(16);
    Ok(bytes.fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    }))
}

fn failed(error: impl Display) -> String {
    format!("cannot make the test cluster's certificates: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_groups_than_a_name_holds_are_refused_rather_than_dropped() {
        let authority = Authority::new().unwrap();
        assert!(authority.client("jane", &["a", "b"]).is_ok());
        assert!(authority.client("jane", &["a", "b", "c"]).is_err());
    }

    #[test]
    fn random_digits_differ() {
        let digits = random_digits().unwrap();
        assert_eq!(digits.len(), 32);
        assert_ne!(digits, random_digits().unwrap());
    }
}
