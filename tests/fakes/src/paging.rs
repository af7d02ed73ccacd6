//! Pages of a collection, with links as the service writes them.

use crate::http::{Call, Refusal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

const DEFAULT: usize = 20;
const LARGEST: usize = 200;

/// Where a request was sent to, for links that lead back there.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// The base URL that clients know.
    pub(crate) base: &'a str,
    /// The path as it was sent.
    pub(crate) path: &'a str,
}

/// The page of `rows` that was asked for, in its envelope.
pub(crate) fn page(
    call: &Call,
    place: &Place<'_>,
    key: &str,
    rows: Vec<Value>,
    by_token: bool,
) -> Result<Value, Refusal> {
    let number = |name: &str| -> Result<Option<usize>, Refusal> {
        let asked = call.asked_number(name)?;
        Ok(asked.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    };
    let size = number("per_page")?.unwrap_or(DEFAULT);
    if size == 0 || size > LARGEST {
        return Err(Refusal::unprocessable("per_page must be between 1 and 200"));
    }
    let begin = match call
        .asked("page_token")
        .filter(|token| by_token && !token.is_empty())
    {
        Some(token) => offset_of(token).ok_or_else(|| Refusal::bad_request("invalid page token"))?,
        None => match number("page")?.unwrap_or(1).checked_sub(1) {
            Some(before) => before.saturating_mul(size),
            None => return Err(Refusal::unprocessable("page must be at least 1")),
        },
    };
    let total = rows.len();
    let current = begin / size + 1;
    let last = total.div_ceil(size).max(1);
    let mut pages = Map::new();
    let mut link = |name: &str, page: usize| {
        let url = url(call, place, page, size, by_token);
        pages.insert(name.to_owned(), Value::String(url));
    };
    if current > 1 {
        link("first", 1);
        link("prev", (current - 1).min(last));
    }
    if current < last {
        link("next", current + 1);
        link("last", last);
    }
    let links = if pages.is_empty() {
        json!({})
    } else {
        json!({"pages": pages})
    };
    let shown: Vec<Value> = rows.into_iter().skip(begin).take(size).collect();
    let mut body = Map::new();
    body.insert(key.to_owned(), Value::Array(shown));
    body.insert("links".to_owned(), links);
    body.insert("meta".to_owned(), json!({"total": total}));
    Ok(Value::Object(body))
}

fn url(call: &Call, place: &Place<'_>, page: usize, size: usize, by_token: bool) -> String {
    let mut pairs: Vec<(String, String)> = call
        .query
        .iter()
        .filter(|(name, _)| !["page", "per_page", "page_token"].contains(&name.as_str()))
        .cloned()
        .collect();
    pairs.push(("page".to_owned(), page.to_string()));
    if by_token {
        pairs.push(("page_token".to_owned(), token_of((page - 1) * size)));
    }
    pairs.push(("per_page".to_owned(), size.to_string()));
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    format!("{}{}?{}", place.base, place.path, pairs.join("&"))
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn token_of(offset: usize) -> String {
    STANDARD.encode(json!({"offset": offset}).to_string())
}

fn offset_of(token: &str) -> Option<usize> {
    let bytes = STANDARD.decode(token).ok()?;
    let inner: Value = serde_json::from_slice(&bytes).ok()?;
    usize::try_from(inner["offset"].as_u64()?).ok()
}

/// Where a list's next page leads.
pub(crate) fn set_next(body: &mut Value, url: &str) {
    if body.get("meta").is_some() {
        body["links"] = json!({"pages": {"next": url}});
    }
}

/// Where a list's next page leads, if anywhere.
pub(crate) fn next(body: &Value) -> Option<&str> {
    body["links"]["pages"]["next"].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::query_of;
    use crate::tokens::Scopes;

    fn asked(query: &str, by_token: bool) -> Result<Value, Refusal> {
        let call = Call {
            parameters: Vec::new(),
            query: query_of(query),
            body: Value::Null,
            now: jiff::Timestamp::UNIX_EPOCH,
            scopes: Scopes::All,
        };
        let place = Place {
            base: "https://api.example",
            path: "/v2/things",
        };
        page(
            &call,
            &place,
            "things",
            (0..45).map(Value::from).collect(),
            by_token,
        )
    }

    #[test]
    fn links_lead_forward_and_back_and_nowhere_else() {
        let first = asked("", false).unwrap();
        assert_eq!(first["things"].as_array().unwrap().len(), 20);
        assert_eq!(first["meta"]["total"], 45);
        assert_eq!(
            first["links"]["pages"],
            json!({"next": "https://api.example/v2/things?page=2&per_page=20",
                   "last": "https://api.example/v2/things?page=3&per_page=20"})
        );
        let third = asked("page=3&tag=a%3Ab", false).unwrap();
        assert_eq!(third["things"], json!([40, 41, 42, 43, 44]));
        assert_eq!(
            third["links"]["pages"],
            json!({"first": "https://api.example/v2/things?tag=a%3Ab&page=1&per_page=20",
                   "prev": "https://api.example/v2/things?tag=a%3Ab&page=2&per_page=20"})
        );
        assert_eq!(asked("per_page=200", false).unwrap()["links"], json!({}));
        assert_eq!(asked("page=9", false).unwrap()["things"], json!([]));
        for bad in ["per_page=201", "per_page=0", "page=0", "page=x"] {
            assert!(asked(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_stands_for_a_page() {
        let first = asked("per_page=30", true).unwrap();
        let next = next(&first).unwrap();
        let query = next.split_once('?').unwrap().1;
        // The number of the page does not count beside a token.
        let second = asked(&query.replace("page=2", "page=1"), true).unwrap();
        assert_eq!(second["things"][0], 30);
        assert!(asked("page_token=rubbish", true).is_err());
    }
}
