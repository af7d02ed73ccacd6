//! The buckets of the environment `stage`, in an S3 server: made, versioned, with two backups in them.

use crate::Spaces;
use crate::http::forward;
use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};

const REGION: &str = "fra1";
const BACKUPS: &str = "acme-stage-backups";
const IMAGES: &str = "acme-stage-images";
/// Names that AWS' documents of XML have.
const XML: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

impl Spaces {
    /// Makes the buckets that `environments/demo.yaml` declares, in an S3 server at a URL that has none of them.
    ///
    /// # Errors
    /// The server refused, or is not there.
    pub fn stock(url: &str) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start a runtime: {error}"))?;
        runtime.block_on(async {
            let location = format!(
                "<CreateBucketConfiguration xmlns=\"{XML}\"><LocationConstraint>{REGION}</LocationConstraint>\
                 </CreateBucketConfiguration>"
            );
            for bucket in [BACKUPS, IMAGES] {
                put(url, &format!("/{bucket}"), location.clone()).await?;
            }
            let versioning = format!(
                "<VersioningConfiguration xmlns=\"{XML}\"><Status>Enabled</Status></VersioningConfiguration>"
            );
            put(url, &format!("/{BACKUPS}?versioning"), versioning).await?;
            for days in [1, 0] {
                let day = Timestamp::now() - SignedDuration::from_hours(24 * days);
                let key = day.strftime("keydb/%Y-%m-%d/dump.rdb").to_string();
                put(url, &format!("/{BACKUPS}/{key}"), "REDIS0009".repeat(1_000)).await?;
            }
            Ok(())
        })
    }
}

/// Puts something, signed by nobody: the server believes whoever names a key.
async fn put(url: &str, path: &str, body: String) -> Result<(), String> {
    let authority = url.trim_start_matches("http://");
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential={}/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0",
        Spaces::ACCESS_KEY_ID
    );
    let request = Request::put(path)
        .header("authorization", scope)
        .body(Bytes::from(body))
        .map_err(|error| format!("{path}: {error}"))?;
    let answer = forward(authority, request).await?;
    if answer.status().is_success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        Err(format!("{path}: {}: {said}", answer.status()))
    }
}
