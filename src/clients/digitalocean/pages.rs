//! A list, page by page, to its end or to the reason why it has none.

use super::api::Api;
use super::call::{Call, Request};
use super::envelope::{Envelope, content};
use super::error::RequestError;
use bytes::Bytes;
use envcheck_core::inventory::page;
use envcheck_core::value::{Value, ValueExt};
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

/// Rows on the largest page.
const MOST_ON_A_PAGE: u64 = 200;

/// One page as it came.
pub struct Page<T> {
    api: Api,
    bytes: Bytes,
    root: &'static str,
    rows: u64,
    last: bool,
    answer: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({} rows of {})", self.rows, self.root)
    }
}

impl<T> Page<T> {
    /// How many rows it has.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// True for a page without rows, as the only page of an empty list.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// True for the page that ends the list.
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// How much it weighs, in bytes.
    pub fn weight(&self) -> usize {
        self.bytes.len()
    }

    /// The API's own objects.
    ///
    /// # Errors
    ///
    /// A row that is no object.
    pub fn rows(&self) -> Result<Vec<Value>, RequestError> {
        let whole = page::document(&self.bytes).map_err(|fault| self.strange(&fault.to_string()))?;
        let rows = whole.items_at(&[self.root]);
        if rows.iter().all(|row| matches!(row, Value::Object(_))) {
            Ok(rows.to_vec())
        } else {
            Err(self.strange("a row is no object"))
        }
    }

    fn strange(&self, words: &str) -> RequestError {
        RequestError::Stranger(format!(
            "the DigitalOcean API's list of {} cannot be used: {}",
            self.root,
            self.api.shown(words)
        ))
    }
}

impl<T: DeserializeOwned> Page<T> {
    /// The rows as far as code itself reads them.
    ///
    /// # Errors
    ///
    /// A row without what every such row has.
    pub fn typed(&self) -> Result<Vec<T>, RequestError> {
        let rows = content::<Option<Vec<T>>>(&self.bytes, Some(self.root));
        rows.map(Option::unwrap_or_default).map_err(|fault| {
            let words = match fault {
                super::envelope::Malformed::Cut => "it ends early".to_owned(),
                super::envelope::Malformed::Other(words) => words,
            };
            self.strange(&words)
        })
    }
}

/// The pages of a list, asked for one by one.
#[derive(Debug)]
pub struct Pages<T> {
    api: Api,
    request: Request,
    root: &'static str,
    /// The query of the next page; `None` after the last.
    next: Option<String>,
    asked: HashSet<String>,
    seen: HashSet<u64>,
    rows: u64,
    answer: PhantomData<fn() -> T>,
}

impl<T> Pages<T> {
    pub(super) fn new(api: Api, call: &Call<T>) -> Self {
        let request = call.request.clone();
        Self {
            api,
            root: request.root.unwrap_or_default(),
            next: Some(request.query.clone()),
            request,
            asked: HashSet::new(),
            seen: HashSet::new(),
            rows: 0,
            answer: PhantomData,
        }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Those of any request. A page that comes twice, and a list that ends before all of its rows came, is
    /// [`RequestError::Cut`].
    pub async fn next(&mut self) -> Result<Option<Page<T>>, RequestError> {
        let Some(query) = self.next.take() else {
            return Ok(None);
        };
        self.asked.insert(query.clone());
        self.request.query = query;
        let (bytes, envelope) = self.api.page(&self.request, self.root).await?;
        self.rows += envelope.rows;
        if envelope.rows > 0 && !self.seen.insert(envelope.fingerprint) {
            return Err(self.endless(&self.request.query));
        }
        self.next = self.following(&envelope)?;
        Ok(Some(Page {
            api: self.api.clone(),
            bytes,
            root: self.root,
            rows: envelope.rows,
            last: self.next.is_none(),
            answer: PhantomData,
        }))
    }

    /// The query of the page after this one. Only the query of the link counts: who sends it has no say in the host.
    fn following(&self, envelope: &Envelope) -> Result<Option<String>, RequestError> {
        let path = &self.request.path;
        let Some(link) = &envelope.next else {
            return match envelope.total {
                Some(total) if total > self.rows => Err(RequestError::Cut(format!(
                    "the DigitalOcean API says that {path} has {total} rows, gave {} and no next page",
                    self.rows
                ))),
                _ => Ok(None),
            };
        };
        let url = self.api.link(link);
        let query = url.as_ref().and_then(|url| url.query()).unwrap_or_default();
        if query.is_empty() {
            return Err(RequestError::Cut(format!(
                "the DigitalOcean API's link to the next page of {path} leads to no page"
            )));
        }
        if self.asked.contains(query) {
            return Err(self.endless(query));
        }
        // While a list is read, rows may come and go: a page more is nothing strange.
        if let Some(total) = envelope.total
            && self.rows > total.saturating_add(MOST_ON_A_PAGE)
        {
            return Err(RequestError::Cut(format!(
                "the DigitalOcean API says that {path} has {total} rows, gave {} and goes on",
                self.rows
            )));
        }
        Ok(Some(query.to_owned()))
    }

    fn endless(&self, query: &str) -> RequestError {
        RequestError::Cut(format!(
            "the DigitalOcean API gave the same page of {} again, without end: {}",
            self.request.path,
            self.api.shown(query)
        ))
    }
}

impl<T: DeserializeOwned> Pages<T> {
    /// All rows that are left, as far as code itself reads them.
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next) and of [`Page::typed`].
    pub async fn all(mut self) -> Result<Vec<T>, RequestError> {
        let mut rows = Vec::new();
        while let Some(page) = self.next().await? {
            rows.extend(page.typed()?);
        }
        Ok(rows)
    }
}
