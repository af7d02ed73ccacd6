//! Journals in a bucket: a folder for each run, a numbered object for each line, which is never written twice with another
//! content once it was acknowledged.

use crate::clients::spaces::{Ask, Spaces};
use envcheck_core::plan::journal::{Head, Record};

/// Where journals are in Spaces.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) spaces: Spaces,
    pub(super) name: String,
    /// Empty, or a path without `/` at its ends.
    pub(super) prefix: String,
}

/// The journal of a run that is under way.
#[derive(Debug)]
pub(super) struct Journal {
    bucket: Bucket,
    run: String,
    /// The number of the next line.
    next: u32,
}

impl Bucket {
    fn folder(&self, run: &str) -> String {
        self.key(&format!("{run}/"))
    }

    /// A key below the prefix.
    pub(super) fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.prefix)
        }
    }

    /// Begins the journal of a run. One of that name must not be there.
    pub(super) async fn begin(&self, head: &Head) -> Result<Journal, String> {
        if !self.keys(&self.folder(&head.run)).await?.is_empty() {
            return Err(format!("there is a run {} already", head.run));
        }
        let mut journal = Journal {
            bucket: self.clone(),
            run: head.run.clone(),
            next: 0,
        };
        journal.line(&head.line()).await?;
        Ok(journal)
    }

    /// The text of a run's journal; `None` when there is no such run.
    pub(super) async fn text(&self, run: &str) -> Result<Option<String>, String> {
        let folder = self.folder(run);
        let keys = self.keys(&folder).await?;
        if keys.is_empty() {
            return Ok(None);
        }
        let mut text = String::new();
        for (number, key) in (0..).zip(&keys) {
            if *key != format!("{folder}{}", object(number)) {
                return Err(format!("line {} of the journal is missing", number + 1));
            }
            let line = self
                .spaces
                .object(&self.name, key)
                .await
                .map_err(|error| error.to_string())?;
            text.push_str(
                std::str::from_utf8(&line).map_err(|_| "a line of the journal is no text".to_owned())?,
            );
        }
        Ok(Some(text))
    }

    /// The names of all runs, in order.
    pub(super) async fn runs(&self) -> Result<Vec<String>, String> {
        let below = self.folder("");
        let below = below.trim_end_matches('/');
        let below = if below.is_empty() {
            String::new()
        } else {
            format!("{below}/")
        };
        let keys = self.keys(&below).await?;
        let run = |key: &String| {
            let (run, line) = key.strip_prefix(below.as_str())?.split_once('/')?;
            (line == object(0)).then(|| run.to_owned())
        };
        let mut runs: Vec<String> = keys.iter().filter_map(run).collect();
        runs.sort();
        Ok(runs)
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, String> {
        let mut keys = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let ask = Ask {
                prefix,
                after: None,
                token: token.as_deref(),
            };
            let page = self
                .spaces
                .objects(&self.name, ask)
                .await
                .map_err(|error| error.to_string())?;
            keys.extend(page.objects.into_iter().map(|object| object.key));
            match page.next {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        keys.sort();
        Ok(keys)
    }
}

impl Journal {
    /// Where it is.
    pub(super) fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket.name, self.bucket.folder(&self.run))
    }

    /// Adds a record. Once this returns it is kept.
    pub(super) async fn add(&mut self, record: &Record) -> Result<(), String> {
        self.line(&record.line()).await
    }

    async fn line(&mut self, line: &str) -> Result<(), String> {
        let key = format!("{}{}", self.bucket.folder(&self.run), object(self.next));
        let put = self
            .bucket
            .spaces
            .put_object(&self.bucket.name, &key, line.as_bytes().to_vec());
        put.await.map_err(|error| error.to_string())?;
        self.next += 1;
        Ok(())
    }
}

/// Sorts by number.
fn object(number: u32) -> String {
    format!("{number:08}.json")
}
