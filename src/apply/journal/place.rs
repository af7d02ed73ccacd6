//! Where journals are kept, as the user says it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// How a place in Spaces is written.
const SCHEME: &str = "s3://";

/// A folder, or a part of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalPlace {
    /// On a disk.
    Folder(PathBuf),
    /// In Spaces, or whatever else `SPACES_ENDPOINT_URL` names.
    Bucket {
        /// Its name.
        bucket: String,
        /// What keys begin with: empty, or a path without `/` at its ends.
        prefix: String,
        /// `?region=fra1`; without it the endpoint says where the bucket is.
        region: Option<String>,
    },
}

impl FromStr for JournalPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return match text.split_once("://") {
                Some((scheme, _)) => Err(format!(
                    "{scheme} is not known here: a folder, or s3://BUCKET/PREFIX?region=REGION"
                )),
                None if text.is_empty() => Err("it is empty".to_owned()),
                None => Ok(Self::Folder(text.into())),
            };
        };
        let (path, query) = rest
            .split_once('?')
            .map_or((rest, None), |(path, query)| (path, Some(query)));
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let region = match query.map(|query| query.split_once('=')) {
            None => None,
            Some(Some(("region", region))) if !region.is_empty() && !region.contains('&') => {
                Some(region.to_owned())
            }
            Some(_) => return Err("behind the ? stands region=REGION and nothing else".to_owned()),
        };
        if bucket.is_empty() {
            return Err("it names no bucket: s3://BUCKET/PREFIX?region=REGION".to_owned());
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            region,
        })
    }
}

impl fmt::Display for JournalPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Bucket { bucket, prefix, .. } if prefix.is_empty() => write!(f, "{SCHEME}{bucket}"),
            Self::Bucket { bucket, prefix, .. } => write!(f, "{SCHEME}{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_buckets_are_told_apart() {
        let read = |text: &str| text.parse::<JournalPlace>();
        assert_eq!(
            read("reports/out"),
            Ok(JournalPlace::Folder("reports/out".into()))
        );
        let bucket = |bucket: &str, prefix: &str, region: Option<&str>| {
            Ok(JournalPlace::Bucket {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
                region: region.map(ToOwned::to_owned),
            })
        };
        assert_eq!(read("s3://audit"), bucket("audit", "", None));
        assert_eq!(
            read("s3://audit/a/b/?region=fra1"),
            bucket("audit", "a/b", Some("fra1"))
        );
        assert_eq!(
            read("s3://audit/a?region=fra1").unwrap().to_string(),
            "s3://audit/a"
        );
        for wrong in [
            "",
            "s3://",
            "s3:///a",
            "gs://audit",
            "s3://a?region=",
            "s3://a?zone=1",
            "s3://a?region=b&c=d",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
