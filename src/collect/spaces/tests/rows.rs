//! What is read, by whom, and what it looks like.

use super::*;
use secrecy::ExposeSecret;
use serde_json::json;

/// Two buckets as a key with full access sees them; the second has nothing set.
fn answers(line: &str) -> Option<(u16, String)> {
    let ok = |body: &str| Some((200, body.to_owned()));
    let images = line.contains("acme-images");
    if line.starts_with("HEAD") {
        return ok("");
    }
    if line.contains("?acl") {
        let public = "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>";
        let grants = if images { public } else { "" };
        return ok(&format!(
            "<AccessControlPolicy><Owner><ID>9</ID></Owner><AccessControlList>{grants}</AccessControlList></AccessControlPolicy>"
        ));
    }
    if line.contains("?policy") {
        return if images {
            error(404, "NoSuchBucketPolicy")
        } else {
            ok("{\"Statement\": [{\"Effect\": \"Deny\"}]}")
        };
    }
    if line.contains("?versioning") {
        return ok(if images {
            "<VersioningConfiguration/>"
        } else {
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        });
    }
    if line.contains("?lifecycle") {
        return if images {
            error(404, "NoSuchLifecycleConfiguration")
        } else {
            ok(
                "<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>keydb/</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>",
            )
        };
    }
    if line.contains("?cors") {
        return if images {
            error(404, "NoSuchCORSConfiguration")
        } else {
            ok(
                "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>",
            )
        };
    }
    if line.contains("?uploads") {
        let upload = "<Upload><Key>keydb/half</Key><UploadId>u</UploadId><Initiated>2026-11-20T00:00:00.000Z</Initiated></Upload>";
        let uploads = if images { "" } else { upload };
        return ok(&format!(
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{uploads}</ListMultipartUploadsResult>"
        ));
    }
    if line.contains("list-type=2") {
        return ok(
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>keydb/2026-11-26.rdb</Key><Size>7</Size><LastModified>2026-11-26T03:00:00.000Z</LastModified></Contents></ListBucketResult>",
        );
    }
    ok(
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>acme-backups</Name><CreationDate>2026-04-02T10:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>",
    )
}

#[tokio::test]
async fn rows_are_as_policies_read_them() {
    let fake = Fake::new(answers).await;
    let (units, (done, objects)) =
        read(&plan(&declaring(TWO_BUCKETS), &ALL), open(&fake.url, budget(1))).await;
    assert_eq!(gaps(&units), Vec::<&Gap>::new());
    assert_eq!(read_whole(&units), ALL);
    assert_eq!((done, objects), (8, 15));
    // One list of buckets, seven questions about each of two, one backup.
    assert_eq!(fake.requests(), 1 + 7 * 2 + 1);
    let shown = |collection: &str| {
        let all = rows(&units, collection);
        all.iter()
            .map(|row| row.to_json_str().unwrap())
            .collect::<Vec<_>>()
    };
    let same = |collection: &str, wanted: &[serde_json::Value]| {
        let found = shown(collection);
        let read: Vec<serde_json::Value> = found
            .iter()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect();
        assert_eq!(read, wanted, "{collection}");
    };
    same(
        "spaces.buckets",
        &[
            json!({"name": "acme-backups", "region": "fra1", "exists": true, "created": "2026-04-02T10:00:00Z"}),
            json!({"name": "acme-images", "region": "fra1", "exists": true, "created": null}),
        ],
    );
    same(
        "spaces.acls",
        &[
            json!({"bucket": "acme-backups", "owner": "9", "grants": []}),
            json!({"bucket": "acme-images", "owner": "9", "grants": [{"permission": "READ", "grantee": {
            "type": "Group", "id": null, "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}]}),
        ],
    );
    same(
        "spaces.policies",
        &[
            json!({"bucket": "acme-backups", "policy": {"Statement": [{"Effect": "Deny"}]}}),
            json!({"bucket": "acme-images", "policy": null}),
        ],
    );
    same(
        "spaces.versionings",
        &[
            json!({"bucket": "acme-backups", "status": "Enabled"}),
            json!({"bucket": "acme-images", "status": null}),
        ],
    );
    same(
        "spaces.lifecycles",
        &[
            json!({"bucket": "acme-backups", "rules": [{"id": "r", "status": "Enabled", "prefix": "keydb/", "expiration_days": 30,
            "expiration_date": null, "noncurrent_days": null, "abort_multipart_days": null}]}),
            json!({"bucket": "acme-images", "rules": []}),
        ],
    );
    same(
        "spaces.cors",
        &[
            json!({"bucket": "acme-backups", "rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": [],
            "expose_headers": [], "max_age_seconds": 60}]}),
            json!({"bucket": "acme-images", "rules": []}),
        ],
    );
    same(
        "spaces.uploads",
        &[
            json!({"bucket": "acme-backups", "uploads": [{"key": "keydb/half", "initiated": "2026-11-20T00:00:00Z"}], "truncated": false}),
            json!({"bucket": "acme-images", "uploads": [], "truncated": false}),
        ],
    );
    let backup = json!({"key": "keydb/2026-11-26.rdb", "size": 7, "modified": "2026-11-26T03:00:00Z"});
    same(
        "spaces.backups",
        &[
            json!({"bucket": "acme-backups", "prefix": "keydb/", "newest": [backup], "oldest": backup, "listed": 1, "complete": true}),
        ],
    );
}

#[tokio::test]
async fn only_what_is_needed_is_read() {
    let spec = declaring(TWO_BUCKETS);
    assert_eq!(SpacesPlan::of(&spec, &needed(&["digitalocean.vpcs"])), None);
    let fake = Fake::new(answers).await;
    let (units, _) = read(
        &plan(&spec, &["spaces.acls", "digitalocean.vpcs"]),
        open(&fake.url, budget(1)),
    )
    .await;
    assert_eq!((read_whole(&units), fake.requests()), (vec!["spaces.acls"], 2));
}

#[tokio::test]
async fn what_declares_nothing_is_read_without_asking() {
    for spec in [declaring(" {buckets: []}"), environment("")] {
        let nothing = plan(&spec, &ALL);
        assert!(!nothing.asks());
        let (units, _) = read(&nothing, open("http://127.0.0.1:9", budget(1))).await;
        assert_eq!(
            (read_whole(&units), rows(&units, "spaces.buckets").len()),
            (ALL.to_vec(), 0)
        );
    }
    assert_eq!(plan(&declaring("\n      region: nyc3"), &ALL).region(), "nyc3");
    assert_eq!(plan(&environment(""), &ALL).region(), "fra1");
}

#[tokio::test]
async fn the_key_comes_from_the_auditor_or_by_convention() {
    let both = [
        ("SPACES_ACCESS_KEY_ID", ID),
        ("SPACES_SECRET_ACCESS_KEY", SECRET),
        ("OWN_ID", "x"),
        ("OWN_SECRET", "y"),
    ];
    let auditor = "\n      auditor: {accessKeyId: {env: OWN_ID}, secretAccessKey: {env: OWN_SECRET}}";
    let own = key_of(&declaring(auditor), &both).await.unwrap();
    assert_eq!((own.id.expose_secret(), own.secret.expose_secret()), ("x", "y"));
    let usual = key_of(&declaring(TWO_BUCKETS), &both).await.unwrap();
    assert_eq!(
        (usual.id.expose_secret(), usual.secret.expose_secret()),
        (ID, SECRET)
    );

    let (words, hint) = key_of(&declaring(auditor), &both[..2]).await.unwrap_err();
    assert_eq!(
        words,
        "there is no key for Spaces: the variable OWN_ID is not set"
    );
    assert!(hint.contains("OWN_ID"), "{hint}");
    for some in [&both[..1], &both[1..2], &[]] {
        let (words, hint) = key_of(&declaring(TWO_BUCKETS), some).await.unwrap_err();
        assert!(
            words.contains("the spec declares no auditor") && hint.contains("export both"),
            "{words} {hint}"
        );
    }
    let spec = declaring(TWO_BUCKETS);
    let none = key(&spec, &variables(&[])).await.unwrap_err();
    let gaps = plan(&spec, &["spaces.acls", "spaces.backups"]).gaps_without_key(&none);
    let shown: Vec<String> = gaps
        .iter()
        .map(|gap| format!("{} {}", gap.subject, gap.reason))
        .collect();
    assert_eq!(shown, ["spaces.acls unauthorized", "spaces.backups unauthorized"]);
    assert!(gaps[0].detail.contains("export both"), "{}", gaps[0].detail);
}
