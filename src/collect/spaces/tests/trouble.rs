//! What may not or cannot be read: in its row, or as a gap of everything.

use super::*;

fn reasons<'u>(units: &'u [Loaded], collection: &str) -> Vec<(&'u str, &'u str)> {
    rows(units, collection)
        .into_iter()
        .map(|row| {
            let (bucket, reason, _) = unread(row);
            (bucket, reason)
        })
        .collect()
}

#[tokio::test]
async fn a_limited_key_reads_what_it_may() {
    let may = |line: &str| match line {
        _ if line.starts_with("HEAD") => Some((200, String::new())),
        _ if line.contains("?versioning") => Some((200, "<VersioningConfiguration/>".to_owned())),
        _ if line.contains("?uploads") => Some((
            200,
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
                .to_owned(),
        )),
        _ if line.contains("list-type=2") => Some((
            200,
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".to_owned(),
        )),
        _ => error(403, "AccessDenied"),
    };
    let fake = Fake::new(may).await;
    let (units, (done, _)) = read(&plan(&declaring(TWO_BUCKETS), &ALL), open(&fake.url, budget(3))).await;
    assert_eq!((gaps(&units).len(), done), (0, 8));
    for collection in [
        "spaces.acls",
        "spaces.policies",
        "spaces.lifecycles",
        "spaces.cors",
    ] {
        assert_eq!(
            reasons(&units, collection),
            [("acme-backups", "forbidden"), ("acme-images", "forbidden")],
            "{collection}"
        );
    }
    let acl = rows(&units, "spaces.acls")[0];
    assert_eq!(
        unread(acl).2,
        "the Spaces key may not read the ACL of acme-backups (GetBucketAcl); that needs a key with full access"
    );
    assert_eq!(acl.members().count(), 2, "none of the other fields");
    for collection in ["spaces.versionings", "spaces.uploads", "spaces.backups"] {
        assert!(
            reasons(&units, collection)
                .iter()
                .all(|(_, reason)| *reason == "read"),
            "{collection}"
        );
    }
    let bucket = rows(&units, "spaces.buckets")[0];
    assert_eq!(
        (bucket.field("exists"), bucket.field("created")),
        (Some(&Value::from(true)), Some(&Value::Null))
    );
}

#[tokio::test]
async fn each_bucket_has_its_own_trouble() {
    let trouble = |line: &str| match line {
        _ if line.starts_with("HEAD /acme-backups") => Some((404, String::new())),
        _ if line.starts_with("HEAD") => Some((403, String::new())),
        _ if line.starts_with("GET /?") || line.starts_with("GET / ") => error(403, "AccessDenied"),
        _ if line.contains("acme-images/?acl") => error(503, "SlowDown"),
        _ if line.contains("acme-images/?cors") => error(501, "NotImplemented"),
        _ if line.contains("acme-images/?versioning") => None,
        _ if line.contains("acme-images/?policy") => Some((200, "{\"Statement\": ".to_owned())),
        _ => error(404, "NoSuchBucket"),
    };
    let fake = Fake::new(trouble).await;
    let (units, _) = read(&plan(&declaring(TWO_BUCKETS), &ALL), open(&fake.url, budget(1))).await;
    let second = |collection: &str| reasons(&units, collection)[1].1;
    assert_eq!(second("spaces.acls"), "unavailable");
    assert_eq!(second("spaces.cors"), "unsupported");
    assert_eq!(second("spaces.versionings"), "timeout");
    assert_eq!(second("spaces.policies"), "unavailable");
    assert_eq!(reasons(&units, "spaces.acls")[0], ("acme-backups", "missing"));
    let backup = rows(&units, "spaces.backups")[0];
    assert_eq!(
        (unread(backup).1, backup.text_at(&["prefix"])),
        ("missing", Some("keydb/"))
    );
    let exists: Vec<_> = rows(&units, "spaces.buckets")
        .iter()
        .map(|row| row.field("exists").cloned())
        .collect();
    assert_eq!(exists, [Some(Value::from(false)), Some(Value::Null)]);
}

#[tokio::test]
async fn an_unknown_key_is_a_gap_of_everything() {
    for code in ["InvalidAccessKeyId", "SignatureDoesNotMatch"] {
        // Not every question has an answer with words: a HEAD has none.
        let fake = Fake::new(move |_| error(403, code)).await;
        let (units, (done, objects)) =
            read(&plan(&declaring(TWO_BUCKETS), &ALL), open(&fake.url, budget(3))).await;
        let gaps = gaps(&units);
        let subjects: Vec<String> = gaps.iter().map(|gap| gap.subject.to_string()).collect();
        assert_eq!(subjects, ALL);
        assert!(gaps.iter().all(|gap| gap.reason == "unauthorized"));
        assert!(
            gaps[0].detail.contains(code) && gaps[0].detail.contains("digitalocean.spaces.auditor"),
            "{}",
            gaps[0].detail
        );
        assert!(read_whole(&units).is_empty() && rows(&units, "spaces.buckets").is_empty());
        assert_eq!(
            (done, objects, fake.requests()),
            (8, 0, 1),
            "nothing else was asked"
        );
    }
}

#[tokio::test]
async fn spaces_out_of_reach_is_a_gap_of_everything() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let begun = Instant::now();
    let (units, _) = read(&plan(&declaring(TWO_BUCKETS), &ALL), open(&url, budget(5))).await;
    let gaps = gaps(&units);
    assert_eq!(gaps.len(), 8);
    assert!(
        gaps.iter()
            .all(|gap| gap.reason == "unavailable" && gap.detail.contains("refused the connection")),
        "{gaps:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_interrupted_reading_hands_on_nothing() {
    let fake = Fake::new(|_| None).await;
    let budget = Budget {
        attempt: Duration::from_secs(30),
        ..budget(1)
    };
    let cancel = budget.cancel.clone();
    let begun = Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel.cancel();
    });
    let (units, (done, _)) = read(&plan(&declaring(TWO_BUCKETS), &ALL), open(&fake.url, budget)).await;
    assert_eq!((units.len(), done), (0, 0));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn too_many_objects_without_dates_are_not_judged() {
    let endless = |line: &str| {
        let token: usize = line
            .split("continuation-token=")
            .nth(1)
            .and_then(|rest| rest.split(['&', ' ']).next()?.parse().ok())
            .unwrap_or(0);
        let next = token + 1;
        let entry = format!(
            "<Contents><Key>keydb/{next:09}</Key><Size>1</Size><LastModified>2026-11-20T00:00:00.000Z</LastModified></Contents>"
        );
        Some((
            200,
            format!(
                "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>{entry}</ListBucketResult>"
            ),
        ))
    };
    let fake = Fake::new(endless).await;
    let (units, _) = read(
        &plan(&declaring(TWO_BUCKETS), &["spaces.backups"]),
        open(&fake.url, budget(1)),
    )
    .await;
    let row = rows(&units, "spaces.backups")[0];
    assert_eq!((unread(row).1, fake.requests()), ("budget", 100));
    assert!(
        unread(row).2.contains("100000 objects below acme-backups/keydb/"),
        "{}",
        unread(row).2
    );
}
