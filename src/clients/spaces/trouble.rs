//! Why a connection failed, found in the chain of errors that it left, in words for people.

use rustls::{CertificateError, Error as TlsError};
use std::error::Error;
use std::io;

/// What went wrong on the way; each is said after "Spaces at HOST".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nobody was reached; the next attempt may.
    Away(&'static str),
    /// TLS failed; trying again changes nothing.
    Tls(&'static str),
    /// The connection broke.
    Broke(&'static str),
}

impl Trouble {
    /// Reads a chain of errors, the outermost first; the deepest that is known says most.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut found = None;
        read(error, &mut found, 0);
        found
    }
}

fn read(error: &(dyn Error + 'static), found: &mut Option<Trouble>, depth: usize) {
    // No chain is this long, unless it goes in circles.
    if depth > 24 {
        return;
    }
    if let Some(tls) = error.downcast_ref::<TlsError>() {
        *found = Some(of_tls(tls));
    } else if let Some(io) = error.downcast_ref::<io::Error>() {
        *found = of_io(io).or(*found);
        // An `io::Error` hides what it wraps: its own source is that of the wrapped error.
        if let Some(inner) = io.get_ref() {
            read(inner, found, depth + 1);
        }
    } else if error.to_string() == "dns error" {
        *found = Some(Trouble::Away("cannot be found: its host has no address"));
    }
    if let Some(source) = error.source() {
        read(source, found, depth + 1);
    }
}

fn of_io(error: &io::Error) -> Option<Trouble> {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Some(Trouble::Away("refused the connection")),
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof
        | Kind::NotConnected => Some(Trouble::Broke("closed the connection before it answered")),
        Kind::TimedOut | Kind::HostUnreachable | Kind::NetworkUnreachable => {
            Some(Trouble::Away("cannot be reached from this machine"))
        }
        _ => None,
    }
}

fn of_tls(error: &TlsError) -> Trouble {
    Trouble::Tls(match error {
        TlsError::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "shows a certificate from an unknown authority; SSL_CERT_FILE names others to trust"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "shows a certificate that has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "shows a certificate that is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "shows a certificate for another host"
            }
            _ => "shows a certificate that cannot be trusted",
        },
        TlsError::InvalidMessage(_) => "does not speak TLS",
        _ => "cannot be reached over TLS",
    })
}
