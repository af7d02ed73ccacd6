//! Buckets in an S3 server: those of the environment `stage`, with two backups in them, and whatever a test changes.

use crate::http::forward;
use crate::person::block_on;
use crate::{Spaces, World};
use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};

const REGION: &str = "fra1";
const BACKUPS: &str = World::STAGE_BACKUPS;
const IMAGES: &str = World::STAGE_IMAGES;
/// Names that AWS' documents of XML have.
const XML: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

impl Spaces {
    /// Makes the buckets that `environments/demo.yaml` declares, in an S3 server at a URL that has none of them.
    ///
    /// # Errors
    /// The server refused, or is not there.
    pub fn stock(url: &str) -> Result<(), String> {
        let put = |path: &str, body: &str| Self::ask(url, "PUT", path, body);
        let location = format!(
            "<CreateBucketConfiguration xmlns=\"{XML}\"><LocationConstraint>{REGION}</LocationConstraint>\
             </CreateBucketConfiguration>"
        );
        for bucket in [BACKUPS, IMAGES] {
            put(&format!("/{bucket}"), &location)?;
        }
        Self::version(url, BACKUPS, "Enabled")?;
        for days in [1, 0] {
            Self::back_up(url, days, 9_000)?;
        }
        Ok(())
    }

    /// Puts a backup of so many bytes into the bucket, under the key of the day so many days ago.
    ///
    /// # Errors
    /// See [`Spaces::stock`].
    pub fn back_up(url: &str, days: i64, bytes: usize) -> Result<(), String> {
        let day = Timestamp::now() - SignedDuration::from_hours(24 * days);
        let key = day.strftime("keydb/%Y-%m-%d/dump.rdb").to_string();
        Self::ask(url, "PUT", &format!("/{BACKUPS}/{key}"), &"R".repeat(bytes))
    }

    /// Sets the versioning of a bucket: `Enabled` or `Suspended`.
    ///
    /// # Errors
    /// See [`Spaces::stock`].
    pub fn version(url: &str, bucket: &str, status: &str) -> Result<(), String> {
        let body = format!(
            "<VersioningConfiguration xmlns=\"{XML}\"><Status>{status}</Status></VersioningConfiguration>"
        );
        Self::ask(url, "PUT", &format!("/{bucket}?versioning"), &body)
    }

    /// Lets the objects of a bucket expire after so many days.
    ///
    /// # Errors
    /// See [`Spaces::stock`].
    pub fn expire(url: &str, bucket: &str, days: u32) -> Result<(), String> {
        let body = format!(
            "<LifecycleConfiguration xmlns=\"{XML}\"><Rule><ID>expire-backups</ID><Filter><Prefix></Prefix></Filter>\
             <Status>Enabled</Status><Expiration><Days>{days}</Days></Expiration></Rule></LifecycleConfiguration>"
        );
        Self::ask(url, "PUT", &format!("/{bucket}?lifecycle"), &body)
    }

    /// Sets one of S3's canned ACLs on a bucket: `private`, `public-read`.
    ///
    /// # Errors
    /// See [`Spaces::stock`].
    pub fn allow(url: &str, bucket: &str, acl: &str) -> Result<(), String> {
        Self::send(url, "PUT", &format!("/{bucket}?acl"), "", &[("x-amz-acl", acl)]).map(drop)
    }

    /// Asks the server for anything.
    ///
    /// # Errors
    /// See [`Spaces::stock`].
    pub fn ask(url: &str, method: &str, path: &str, body: &str) -> Result<(), String> {
        Self::send(url, method, path, body, &[]).map(drop)
    }

    /// What the server says of something, as `/bucket?acl`.
    ///
    /// # Errors
    /// See [`Spaces::stock`].
    pub fn answer(url: &str, path: &str) -> Result<String, String> {
        Self::send(url, "GET", path, "", &[])
    }

    /// The names of all buckets.
    ///
    /// # Errors
    /// See [`Spaces::stock`].
    pub fn names(url: &str) -> Result<Vec<String>, String> {
        let listing = Self::answer(url, "/")?;
        let buckets = listing.split("<Bucket>").skip(1);
        let names = buckets.filter_map(|bucket| bucket.split_once("<Name>")?.1.split_once("</Name>"));
        Ok(names.map(|(name, _)| name.to_owned()).collect())
    }

    /// Sends a request, signed by nobody: the server believes whoever names a key.
    fn send(
        url: &str,
        method: &str,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Result<String, String> {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={}/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0",
            Self::ACCESS_KEY_ID
        );
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", scope);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Bytes::from(body.to_owned()))
            .map_err(|error| format!("{path}: {error}"))?;
        let answer = block_on(forward(url.trim_start_matches("http://"), request))?;
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        if answer.status().is_success() {
            Ok(said)
        } else {
            Err(format!("{path}: {}: {said}", answer.status()))
        }
    }
}
