//! Why a connection failed, found in the chain of errors that it left, in words for people.

use super::words::one_line;
use rustls::{CertificateError, Error as TlsError};
use std::error::Error;
use std::io;

/// What went wrong between us and the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::clients) enum Trouble {
    /// The host has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// The connection ended before a complete answer.
    Closed,
    /// Silence.
    Silent,
    /// Not even a connection came about in time.
    Unreachable,
    /// TLS failed; trying again changes nothing.
    Tls {
        /// After "the API server …".
        words: String,
        /// What is to blame, for who knows how to mend it.
        blame: Blame,
    },
    /// The answer is not HTTP.
    NotHttp,
    /// The proxy did not open a way.
    Proxy(String),
    /// Anything else.
    Other(String),
}

/// What TLS did not like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clients) enum Blame {
    /// The authority behind the certificate is not one that is trusted.
    Authority,
    /// The certificate is for another host.
    Name,
    /// The certificate is not valid now.
    Time,
    /// There is no TLS.
    Plain,
    /// The server refused the handshake.
    Alert,
    /// Anything else.
    Other,
}

impl Trouble {
    /// Reads a chain of errors, the outermost first.
    pub(in crate::clients) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut found = Vec::new();
        read(error, &mut found, 0);
        // The deepest says most: a refused connection is also a failed tunnel.
        let rank = |trouble: &Self| match trouble {
            Self::Tls { .. } => 0,
            Self::Dns => 1,
            Self::Proxy(_) => 2,
            Self::Refused => 3,
            Self::Unreachable => 4,
            Self::Silent => 5,
            Self::NotHttp => 6,
            Self::Closed => 7,
            Self::Other(_) => 8,
        };
        found
            .into_iter()
            .min_by_key(rank)
            .unwrap_or_else(|| Self::Other(one_line(&root(error).to_string())))
    }

    /// The same for reqwest, which keeps some of its own reasons apart.
    pub(in crate::clients) fn of_reqwest(error: &reqwest::Error) -> Self {
        match Self::of(error) {
            Self::Other(_) | Self::Silent if error.is_timeout() && error.is_connect() => Self::Unreachable,
            other @ Self::Other(_) if !error.is_timeout() => other,
            Self::Other(_) => Self::Silent,
            found => found,
        }
    }

    /// After "the API server …".
    pub(in crate::clients) fn words(&self) -> String {
        match self {
            Self::Dns => "cannot be found: its host has no address".into(),
            Self::Refused => "refused the connection".into(),
            Self::Closed => "closed the connection before it answered".into(),
            Self::Silent => "did not answer in time".into(),
            Self::Unreachable => "cannot be reached: no connection came about in time".into(),
            Self::Tls { words, .. } => words.clone(),
            Self::NotHttp => "answers with something that is not HTTP".into(),
            Self::Proxy(words) => format!("is out of reach: the proxy says {words}"),
            Self::Other(words) => format!("is out of reach: {words}"),
        }
    }
}

fn read(error: &(dyn Error + 'static), found: &mut Vec<Trouble>, depth: usize) {
    if depth > 16 {
        return;
    }
    if let Some(tls) = error.downcast_ref::<TlsError>() {
        found.push(of_tls(tls));
    } else if let Some(io) = error.downcast_ref::<io::Error>() {
        found.extend(of_io(io));
        // An `io::Error` hides what it wraps: its own source is that of the wrapped error.
        if let Some(inner) = io.get_ref() {
            read(inner, found, depth + 1);
        }
    } else if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
        if hyper.is_parse() {
            found.push(Trouble::NotHttp);
        } else if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled() {
            found.push(Trouble::Closed);
        }
    } else {
        // These types are private to the crate that makes them; their words are all there is.
        let words = error.to_string();
        if words == "dns error" {
            found.push(Trouble::Dns);
        } else if let Some(rest) = words.strip_prefix("tunnel error: ") {
            if !rest.starts_with("failed to create") && !rest.starts_with("io error") {
                found.push(Trouble::Proxy(one_line(rest)));
            }
        } else if let Some(rest) = words.strip_prefix("SOCKS error: ") {
            found.push(Trouble::Proxy(one_line(rest)));
        }
    }
    if let Some(source) = error.source() {
        read(source, found, depth + 1);
    }
}

fn of_io(error: &io::Error) -> Option<Trouble> {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Some(Trouble::Refused),
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof
        | Kind::NotConnected => Some(Trouble::Closed),
        Kind::TimedOut => Some(Trouble::Silent),
        _ => None,
    }
}

fn of_tls(error: &TlsError) -> Trouble {
    let (words, blame): (String, _) = match error {
        TlsError::InvalidCertificate(reason) => return of_certificate(reason),
        TlsError::InvalidMessage(_) => ("does not speak TLS".into(), Blame::Plain),
        TlsError::AlertReceived(alert) => (format!("ended the TLS handshake with {alert:?}"), Blame::Alert),
        other => (
            format!("cannot be reached over TLS: {}", one_line(&other.to_string())),
            Blame::Other,
        ),
    };
    Trouble::Tls { words, blame }
}

fn of_certificate(reason: &CertificateError) -> Trouble {
    let (words, blame): (String, _) = match reason {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "shows a certificate from an unknown authority".into(),
            Blame::Authority,
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("shows a certificate that has expired".into(), Blame::Time)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("shows a certificate that is not valid yet".into(), Blame::Time)
        }
        CertificateError::NotValidForName => ("shows a certificate for another host".into(), Blame::Name),
        CertificateError::NotValidForNameContext { expected, presented } => (
            format!(
                "shows a certificate for another host than {}{}",
                expected.to_str(),
                names(presented)
            ),
            Blame::Name,
        ),
        other => (
            format!(
                "shows a certificate that cannot be trusted: {}",
                one_line(&other.to_string())
            ),
            Blame::Authority,
        ),
    };
    Trouble::Tls { words, blame }
}

/// The names in a certificate; rustls writes them as `DnsName("a")` and `IpAddress(10.0.0.1)`.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    let shown: Vec<String> = presented.iter().take(5).map(bare).collect();
    if shown.is_empty() {
        return String::new();
    }
    let more = if presented.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    one_line(&format!(": it names {}{more}", shown.join(", ")))
}

/// The error that the others wrap.
pub(in crate::clients) fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest
}
