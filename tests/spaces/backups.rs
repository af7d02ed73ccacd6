//! Backups: the newest with few calls, and only what is really stored.

use crate::moto::Moto;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

const BACKUPS: [&str; 1] = ["spaces.backups"];

fn section(prefix: &str) -> String {
    format!(
        "
      buckets:
        - {{name: acme-backups, purpose: databaseBackups}}
      backups:
        - {{of: back/keydb, bucket: acme-backups, prefix: \"{prefix}\", maxAge: 26h}}
  namespaces:
    - name: back
      role: application
      network: {{accepts: {{fromNamespaces: all}}}}
      workloads:
        - {{name: keydb, kind: StatefulSet}}"
    )
}

async fn put(owner: &aws_sdk_s3::Client, key: &str) {
    let body = key.as_bytes().to_vec().into();
    owner
        .put_object()
        .bucket("acme-backups")
        .key(key)
        .body(body)
        .send()
        .await
        .unwrap();
}

/// One key for each of so many days until today.
fn daily(days: i64, format: &str) -> Vec<String> {
    let today = Offset::UTC.to_datetime(Timestamp::now()).date();
    (0..days)
        .map(|ago| today.saturating_sub(ago.days()).strftime(format).to_string())
        .collect()
}

fn keys(row: &Value) -> Vec<&str> {
    row["newest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["key"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_of_many_take_few_calls() {
    let Some(moto) = Moto::start() else { return };
    let owner = moto.owner();
    moto.bucket("acme-backups").await;
    for format in [
        "flat/dump-%Y-%m-%dT0300.rdb.gz",
        "nested/%Y/%m/%d/0300.rdb",
        "together/%Y%m%d",
    ] {
        let wanted = daily(1100, format);
        let mut putting = tokio::task::JoinSet::new();
        for share in wanted.chunks(100) {
            let (share, owner) = (share.to_vec(), owner.clone());
            putting.spawn(async move {
                for key in share {
                    put(&owner, &key).await;
                }
            });
        }
        putting.join_all().await;
        let prefix = format.split('/').next().unwrap().to_owned() + "/";
        let (rows, calls) = moto.rows(&section(&prefix), &BACKUPS).await;
        let row = &rows[0].1;
        assert_eq!(
            keys(row),
            wanted[..10],
            "all were written at once: their dates tell"
        );
        assert_eq!(row["oldest"]["key"], wanted[1099].as_str());
        assert_eq!(
            (calls, &row["complete"]),
            (4, &json!(false)),
            "first page, 1, 7 and 31 days"
        );

        // A key without a date: nothing but the whole listing tells, and what was written last is the newest.
        put(&owner, &format!("{prefix}latest.rdb")).await;
        let (rows, calls) = moto.rows(&section(&prefix), &BACKUPS).await;
        let row = &rows[0].1;
        assert_eq!(keys(row)[0], format!("{prefix}latest.rdb"));
        assert_eq!(
            (&row["listed"], &row["complete"], calls),
            (&json!(1101), &json!(true), 3)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_stored_is_a_backup() {
    let Some(moto) = Moto::start() else { return };
    let owner = moto.owner();
    moto.bucket("acme-backups").await;
    let versions = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    let versions = owner
        .put_bucket_versioning()
        .bucket("acme-backups")
        .versioning_configuration(versions);
    versions.send().await.unwrap();
    let [today, yesterday, before] = <[String; 3]>::try_from(daily(3, "keydb/%Y-%m-%d.rdb")).unwrap();
    for key in [&today, &yesterday, &before] {
        put(&owner, key).await;
    }
    // Deleted, but its versions are kept; begun, but never completed; and the mark of a folder.
    owner
        .delete_object()
        .bucket("acme-backups")
        .key(&today)
        .send()
        .await
        .unwrap();
    let half = owner
        .create_multipart_upload()
        .bucket("acme-backups")
        .key("keydb/2026-11-26-half.rdb");
    half.send().await.unwrap();
    owner
        .put_object()
        .bucket("acme-backups")
        .key("keydb/")
        .send()
        .await
        .unwrap();

    let (rows, calls) = moto.rows(&section("keydb/"), &BACKUPS).await;
    let row = &rows[0].1;
    assert_eq!(keys(row), [&yesterday, &before]);
    assert_eq!(row["newest"][0]["size"], yesterday.len());
    assert_eq!(
        (&row["listed"], &row["complete"], calls),
        (&json!(2), &json!(true), 1)
    );

    let (rows, _) = moto.rows(&section("elsewhere/"), &BACKUPS).await;
    assert_eq!(
        rows[0].1,
        json!({"bucket": "acme-backups", "prefix": "elsewhere/", "newest": [], "oldest": null, "listed": 0, "complete": true})
    );
}
