//! What others say, as it may be shown.

use http::Uri;

/// How much of a message is shown.
const SHOWN: usize = 300;

/// A foreign text as one line without control characters, not longer than an error should be.
pub(in crate::clients) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    for (number, character) in plain.collect::<String>().trim().chars().enumerate() {
        if number == SHOWN {
            line.push('…');
            break;
        }
        line.push(character);
    }
    line
}

/// An address without a user name and password.
pub(in crate::clients) fn shown_address(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("https");
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let path = uri.path().trim_end_matches('/');
    format!("{scheme}://{host}{port}{path}")
}

/// A text as one segment of a path, or as a part of a query.
pub(in crate::clients) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
