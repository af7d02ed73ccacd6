//! Certificates for the hosts of Ingresses, made when they are needed: nothing of them lies anywhere, and none runs out.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::json;
use std::fmt::Display;

/// A Secret with a certificate for a host and its key, valid from and until so many days from today.
///
/// # Errors
/// No certificate can be made for such a host.
pub fn tls_secret(namespace: &str, name: &str, host: &str, from: i64, until: i64) -> Result<String, String> {
    let failed = |error: &dyn Display| format!("cannot make a certificate for {host}: {error}");
    let mut params = CertificateParams::new([host.to_owned()]).map_err(|error| failed(&error))?;
    params.distinguished_name.push(DnType::CommonName, host);
    let day = |days: i64| {
        let moment = Timestamp::now() + SignedDuration::from_hours(24 * days);
        let date = TimeZone::UTC.to_datetime(moment).date();
        rcgen::date_time_ymd(
            date.year().into(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    params.not_before = day(from);
    params.not_after = day(until);
    let key = KeyPair::generate().map_err(|error| failed(&error))?;
    let certificate = params.self_signed(&key).map_err(|error| failed(&error))?;
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"namespace": namespace, "name": name},
        "type": "kubernetes.io/tls",
        "data": {
            "tls.crt": BASE64_STANDARD.encode(certificate.pem()),
            "tls.key": BASE64_STANDARD.encode(key.serialize_pem()),
        },
    });
    Ok(secret.to_string())
}
