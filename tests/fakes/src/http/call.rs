//! One request, taken apart.

use super::Refusal;
use crate::tokens::Scopes;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request that reached its handler.
#[derive(Debug)]
pub(crate) struct Call {
    /// What the variables of the path stand for, in order, decoded.
    pub(crate) parameters: Vec<String>,
    /// The query, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The body; null when there is none.
    pub(crate) body: Value,
    /// The fake's time.
    pub(crate) now: Timestamp,
    /// What the token may do.
    pub(crate) scopes: Scopes,
}

impl Call {
    /// The path's variable at a position.
    pub(crate) fn parameter(&self, position: usize) -> &str {
        self.parameters.get(position).map_or("", String::as_str)
    }

    /// A value of the query.
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// A number of the query.
    pub(crate) fn asked_number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        self.asked(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Refusal::bad_request(&format!("{name} is not a number")))
            })
            .transpose()
    }

    /// A text of the body.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }

    /// A text of the body that has to be there.
    pub(crate) fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::unprocessable(&format!("{name} is required")))
    }

    /// A list of texts of the body; empty when it is absent.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        texts(&self.body[name])
    }
}

/// The texts of a list.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

/// The pairs of a query.
pub(crate) fn query_of(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decoded(&name.replace('+', " ")),
                decoded(&value.replace('+', " ")),
            )
        })
        .collect()
}

/// A part of a path without its percent signs.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_after_it_is_split() {
        assert_eq!(
            query_of("a=1%262&b=x+y&&c"),
            [("a", "1&2"), ("b", "x y"), ("c", "")].map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
