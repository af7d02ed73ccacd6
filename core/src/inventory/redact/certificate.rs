//! What a certificate says: whom it is for, who made it, and from when to when it holds. It is not verified, and what cannot
//! be read says nothing.

use super::base64;
use crate::value::{Value, array, object, text_or_null};
use jiff::Timestamp;
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::oid_registry;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Policies count nanoseconds in 64 bits: times beyond these seconds they could not compare.
const SECONDS: i64 = i64::MAX / 1_000_000_000;

/// `{hosts, subject, issuer, notBefore, notAfter}` of the first certificate in a PEM file; `None` when it cannot be read.
pub(super) fn summary(pem: &[u8]) -> Option<Value> {
    let der = first(std::str::from_utf8(pem).ok()?)?;
    let (rest, certificate) = X509Certificate::from_der(&der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let validity = certificate.validity();
    Some(object([
        ("hosts", array(hosts(&certificate)?.into_iter().map(Value::from))),
        ("subject", name(certificate.subject())),
        ("issuer", name(certificate.issuer())),
        ("notBefore", time(validity.not_before)?),
        ("notAfter", time(validity.not_after)?),
    ]))
}

/// The bytes of the first certificate.
fn first(pem: &str) -> Option<Vec<u8>> {
    let (_, after) = pem.split_once(BEGIN)?;
    let (within, _) = after.split_once(END)?;
    let text: String = within.split_ascii_whitespace().collect();
    base64::decode(&text).filter(|der| !der.is_empty())
}

/// The DNS names, else the common name, in lower case. `None` where they are said twice or cannot be read.
fn hosts(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let names = certificate.subject_alternative_name().ok()?;
    let names = names.into_iter().flat_map(|names| &names.value.general_names);
    let mut hosts: Vec<String> = names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        })
        .collect();
    if hosts.is_empty() {
        let mut common = certificate.subject().iter_common_name();
        let common = common.next().and_then(|name| name.as_str().ok());
        hosts.extend(
            common
                .filter(|name| !name.is_empty())
                .map(str::to_ascii_lowercase),
        );
    }
    Some(hosts)
}

fn name(name: &X509Name<'_>) -> Value {
    text_or_null(name.to_string_with_registry(oid_registry()).ok().as_deref())
}

fn time(time: ASN1Time) -> Option<Value> {
    let seconds = time.timestamp().clamp(-SECONDS, SECONDS);
    let time = Timestamp::from_second(seconds).ok()?;
    Some(Value::from(time.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ValueExt;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    /// A certificate for these names, signed by itself.
    fn pem(names: &[&str], common: Option<&str>, until: i32) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Acme");
        if let Some(common) = common {
            params.distinguished_name.push(DnType::CommonName, common);
        }
        params.not_before = date_time_ymd(2026, 11, 1);
        params.not_after = date_time_ymd(until, 2, 9);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().pem()
    }

    fn of(pem: &str) -> Option<Value> {
        summary(pem.as_bytes())
    }

    #[test]
    fn a_certificate_says_whom_it_is_for_and_how_long() {
        let found = of(&pem(
            &["B2B.example.com", "*.example.com", "10.0.0.1"],
            Some("x"),
            2027,
        ))
        .unwrap();
        let expected = Value::from_json_str(
            r#"{"hosts":["b2b.example.com","*.example.com"],"subject":"O=Acme, CN=x","issuer":"O=Acme, CN=x",
            "notBefore":"2026-11-01T00:00:00Z","notAfter":"2027-02-09T00:00:00Z"}"#,
        );
        assert_eq!(found, expected.unwrap());
    }

    #[test]
    fn the_common_name_counts_where_there_are_no_others() {
        let hosts = |names: &[&str], common| {
            let found = of(&pem(names, common, 2027)).unwrap();
            let hosts = found.items_at(&["hosts"]).iter();
            hosts
                .map(|host| host.text().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(hosts(&[], Some("Old.example.com")), ["old.example.com"]);
        assert_eq!(hosts(&["10.0.0.1"], Some("ip")), ["ip"]);
        assert_eq!(hosts(&[], None), [""; 0]);
    }

    #[test]
    fn the_first_of_several_counts_whatever_stands_before_it() {
        let (own, issuer) = (
            pem(&["a.example.com"], None, 2027),
            pem(&["ca"], Some("ca"), 2040),
        );
        let key = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        let found = of(&format!("# ours\n{key}{own}{issuer}")).unwrap();
        assert_eq!(found, of(&own).unwrap());
        assert_eq!(of(&own.replace('\n', "\r\n")), Some(found));
    }

    #[test]
    fn times_that_policies_cannot_count_are_the_last_that_they_can() {
        let found = of(&pem(&["a"], None, 9999)).unwrap();
        assert_eq!(found.text_at(&["notAfter"]), Some("2262-04-11T23:47:16Z"));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let good = pem(&["a"], None, 2027);
        let body: String = good.lines().skip(1).take(2).collect();
        for bad in [
            String::new(),
            "hunter2".to_owned(),
            BEGIN.to_owned(),
            format!("{BEGIN}{END}"),
            format!("{BEGIN}\nAAAA\n{END}"),
            format!("{BEGIN}\n%%%\n{END}"),
            format!("{BEGIN}\n{body}\n{END}"),
            good.replace(END, "-----END X-----"),
            good.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        ] {
            assert_eq!(of(&bad), None, "{bad}");
        }
        assert_eq!(summary(b"\xff\xfe"), None);
    }

    proptest! {
        /// However it is damaged, it is read or it is not.
        #[test]
        fn damage_is_no_harm(at in 0usize..4096, by in any::<u8>(), cut in 0usize..4096) {
            let mut der = first(GOOD).unwrap();
            let length = der.len();
            der[at % length] = by;
            der.truncate(length - cut % length);
            let damaged = format!("{BEGIN}\n{}\n{END}\n", encoded(&der));
            let _ = of(&damaged);
        }
    }

    /// Made with `openssl req -x509 -newkey ed25519 -subj /CN=shop.example.com -addext subjectAltName=DNS:shop.example.com`.
    const GOOD: &str = include_str!("certificate/shop.pem");

    #[test]
    fn openssls_are_read_as_well() {
        let found = of(GOOD).unwrap();
        assert_eq!(found.text_at(&["subject"]), Some("CN=shop.example.com"));
    }

    fn encoded(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        bytes
            .chunks(3)
            .map(|three| {
                let word = three
                    .iter()
                    .enumerate()
                    .fold(0u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
                let letter = |at: usize| {
                    let six = word >> (18 - 6 * at) & 63;
                    if at > three.len() {
                        '='
                    } else {
                        char::from(LETTERS[six as usize])
                    }
                };
                [letter(0), letter(1), letter(2), letter(3)]
                    .iter()
                    .collect::<String>()
            })
            .collect()
    }
}
