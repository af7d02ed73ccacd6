//! Buckets with everything set, with nothing set, and not there.

use crate::moto::Moto;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketCannedAcl, BucketLifecycleConfiguration, BucketVersioningStatus,
    CorsConfiguration, CorsRule, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    VersioningConfiguration,
};
use serde_json::{Value, json};

const SECTION: &str = "
      buckets:
        - {name: acme-set, purpose: databaseBackups}
        - {name: acme-bare, purpose: other}
        - {name: acme-absent, purpose: other}";

const ALL: [&str; 7] = [
    "spaces.buckets",
    "spaces.acls",
    "spaces.policies",
    "spaces.versionings",
    "spaces.lifecycles",
    "spaces.cors",
    "spaces.uploads",
];

async fn filled(moto: &Moto) {
    let owner = moto.owner();
    for name in ["acme-set", "acme-bare"] {
        moto.bucket(name).await;
    }
    let public = owner
        .put_bucket_acl()
        .bucket("acme-set")
        .acl(BucketCannedAcl::PublicRead);
    public.send().await.unwrap();
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-set/*"}]}"#;
    owner
        .put_bucket_policy()
        .bucket("acme-set")
        .policy(policy)
        .send()
        .await
        .unwrap();
    let versions = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    let versions = owner
        .put_bucket_versioning()
        .bucket("acme-set")
        .versioning_configuration(versions);
    versions.send().await.unwrap();
    let rule = LifecycleRule::builder()
        .id("old")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("keydb/").build())
        .expiration(LifecycleExpiration::builder().days(30).build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder()
                .days_after_initiation(3)
                .build(),
        )
        .build()
        .unwrap();
    let rules = BucketLifecycleConfiguration::builder()
        .rules(rule)
        .build()
        .unwrap();
    let rules = owner
        .put_bucket_lifecycle_configuration()
        .bucket("acme-set")
        .lifecycle_configuration(rules);
    rules.send().await.unwrap();
    let rule = CorsRule::builder()
        .allowed_origins("https://acme.example")
        .allowed_methods("GET")
        .build()
        .unwrap();
    let rules = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    let rules = owner
        .put_bucket_cors()
        .bucket("acme-set")
        .cors_configuration(rules);
    rules.send().await.unwrap();
    let begun = owner
        .create_multipart_upload()
        .bucket("acme-set")
        .key("keydb/half.rdb");
    begun.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_are_read_as_they_are() {
    let Some(moto) = Moto::start() else { return };
    filled(&moto).await;
    let (rows, calls) = moto.rows(SECTION, &ALL).await;
    assert_eq!(calls, 1 + 7 * 3, "{rows:?}");
    let row = |collection: &str, index: usize| -> &Value {
        let mut own = rows.iter().filter(|(name, _)| name == collection);
        &own.nth(index).unwrap().1
    };
    let set = row("spaces.buckets", 0);
    assert_eq!(
        (&set["name"], &set["region"], &set["exists"]),
        (&json!("acme-set"), &json!("fra1"), &json!(true))
    );
    let created: jiff::Timestamp = set["created"].as_str().unwrap().parse().unwrap();
    assert!(
        created.duration_until(jiff::Timestamp::now()).as_secs() < 600,
        "{created}"
    );
    assert_eq!(
        row("spaces.buckets", 2),
        &json!({"name": "acme-absent", "region": "fra1", "exists": false, "created": null})
    );

    let public = row("spaces.acls", 0)["grants"].as_array().unwrap();
    assert!(
        public.iter().any(|grant| grant["permission"] == "READ"
            && grant["grantee"]["type"] == "Group"
            && grant["grantee"]["uri"] == "http://acs.amazonaws.com/groups/global/AllUsers"),
        "{public:?}"
    );
    let private = row("spaces.acls", 1)["grants"].as_array().unwrap();
    assert!(
        private
            .iter()
            .all(|grant| grant["grantee"]["type"] == "CanonicalUser"),
        "{private:?}"
    );

    assert_eq!(
        row("spaces.policies", 0)["policy"]["Statement"][0]["Principal"],
        "*"
    );
    assert_eq!(
        row("spaces.policies", 1),
        &json!({"bucket": "acme-bare", "policy": null})
    );
    assert_eq!(row("spaces.versionings", 0)["status"], "Enabled");
    assert_eq!(
        row("spaces.versionings", 1),
        &json!({"bucket": "acme-bare", "status": null})
    );
    assert_eq!(
        row("spaces.lifecycles", 0)["rules"],
        json!([{"id": "old", "status": "Enabled", "prefix": "keydb/", "expiration_days": 30, "expiration_date": null,
            "noncurrent_days": null, "abort_multipart_days": 3}])
    );
    assert_eq!(
        row("spaces.lifecycles", 1),
        &json!({"bucket": "acme-bare", "rules": []})
    );
    assert_eq!(
        row("spaces.cors", 0)["rules"][0]["allowed_origins"],
        json!(["https://acme.example"])
    );
    assert_eq!(
        row("spaces.cors", 1),
        &json!({"bucket": "acme-bare", "rules": []})
    );
    assert_eq!(row("spaces.uploads", 0)["uploads"][0]["key"], "keydb/half.rdb");
    assert_eq!(
        row("spaces.uploads", 1),
        &json!({"bucket": "acme-bare", "uploads": [], "truncated": false})
    );
    for collection in &ALL[1..] {
        let absent = row(collection, 2);
        assert_eq!(absent["unread"]["reason"], "missing", "{collection}: {absent}");
        assert_eq!(
            absent["unread"]["detail"],
            "there is no bucket acme-absent in fra1"
        );
    }
}
