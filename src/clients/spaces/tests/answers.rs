//! What each answer means.

use super::{Fake, Reply, answer, budget, good, refusal, shown};
use crate::clients::spaces::{Ask, Found, SpacesError};

async fn asked(reply: Reply) -> Result<(), SpacesError> {
    let fake = Fake::new(vec![reply]).await;
    fake.spaces(budget(1)).acl("backups").await.map(|_| ())
}

#[tokio::test]
async fn refusals_say_what_is_missing() {
    use SpacesError as E;
    let forbidden = asked(refusal("403 Forbidden", "AccessDenied")).await.unwrap_err();
    assert_eq!(
        shown(&forbidden),
        "the Spaces key may not read the ACL of backups (GetBucketAcl); that needs a key with full access"
    );
    assert!(matches!(forbidden, E::Forbidden(_)));

    let fake = Fake::new(vec![refusal("403 Forbidden", "AccessDenied")]).await;
    let limited = fake.spaces(budget(1)).versioning("backups").await.unwrap_err();
    assert_eq!(
        shown(&limited),
        "the Spaces key may not read the versioning of backups (GetBucketVersioning); that needs a key with Read on backups or full access"
    );

    let missing = asked(refusal("404 Not Found", "NoSuchBucket")).await.unwrap_err();
    assert_eq!(shown(&missing), "there is no bucket backups in fra1");
    assert!(matches!(missing, E::NoSuchBucket(_)));

    for (status, code) in [
        ("501 Not Implemented", "NotImplemented"),
        ("405 Method Not Allowed", "MethodNotAllowed"),
    ] {
        let unsupported = asked(refusal(status, code)).await.unwrap_err();
        assert_eq!(shown(&unsupported), "Spaces at 127.0.0.1 has no GetBucketAcl");
        assert!(matches!(unsupported, E::Unsupported(_)));
    }
    for (code, words) in [
        (
            "InvalidAccessKeyId",
            "does not know the Spaces key (InvalidAccessKeyId, 403)",
        ),
        (
            "SignatureDoesNotMatch",
            "was given another secret than that of the Spaces key (SignatureDoesNotMatch, 403)",
        ),
        (
            "RequestTimeTooSkewed",
            "has another time than this machine (RequestTimeTooSkewed, 403): set its clock",
        ),
    ] {
        let unauthorized = asked(refusal("403 Forbidden", code)).await.unwrap_err();
        assert_eq!(shown(&unauthorized), format!("Spaces at 127.0.0.1 {words}"));
        assert!(matches!(unauthorized, E::Unauthorized(_)));
    }
    let elsewhere = asked(refusal("301 Moved Permanently", "PermanentRedirect"))
        .await
        .unwrap_err();
    assert_eq!(
        shown(&elsewhere),
        "Spaces at 127.0.0.1 sends us elsewhere for the ACL of backups (PermanentRedirect, 301): the bucket may be in another region"
    );
    let odd = asked(refusal("409 Conflict", "<&Odd canary-secret-2f61"))
        .await
        .unwrap_err();
    assert!(
        shown(&odd).starts_with("Spaces at 127.0.0.1 refused the ACL of backups ("),
        "{odd}"
    );
}

#[tokio::test]
async fn what_a_bucket_does_not_have_is_nothing() {
    let absent = |code: &str| vec![refusal("404 Not Found", code)];
    let fake = Fake::new(absent("NoSuchBucketPolicy")).await;
    assert_eq!(fake.spaces(budget(1)).policy("b").await, Ok(None));
    let fake = Fake::new(absent("NoSuchLifecycleConfiguration")).await;
    assert_eq!(fake.spaces(budget(1)).lifecycle("b").await, Ok(Vec::new()));
    let fake = Fake::new(absent("NoSuchCORSConfiguration")).await;
    assert_eq!(fake.spaces(budget(1)).cors("b").await, Ok(Vec::new()));
    // Of a bucket that is not there, nothing is known.
    let fake = Fake::new(absent("NoSuchBucket")).await;
    let missing = fake.spaces(budget(1)).policy("b").await;
    assert!(
        matches!(missing, Err(SpacesError::NoSuchBucket(_))),
        "{missing:?}"
    );
}

#[tokio::test]
async fn heads_have_no_words() {
    for (reply, found) in [
        (answer("200 OK", "", ""), Found::There { region: None }),
        (
            answer("200 OK", "x-amz-bucket-region: nyc3\r\n", ""),
            Found::There {
                region: Some("nyc3".to_owned()),
            },
        ),
        (answer("404 Not Found", "", ""), Found::Absent),
        (answer("403 Forbidden", "", ""), Found::Hidden),
    ] {
        let fake = Fake::new(vec![reply]).await;
        assert_eq!(fake.spaces(budget(1)).head("b").await, Ok(found));
        let request = fake.requests().remove(0);
        assert!(request.starts_with("HEAD /b"), "path style: {request}");
    }
}

#[tokio::test]
async fn lifecycle_rules_have_their_prefix_in_one_of_three_places() {
    let rules = "<LifecycleConfiguration>\
        <Rule><ID>a</ID><Status>Enabled</Status><Prefix>old/</Prefix><Expiration><Days>30</Days></Expiration></Rule>\
        <Rule><ID>b</ID><Status>Disabled</Status><Filter><Prefix>new/</Prefix></Filter>\
        <Expiration><Date>2027-01-01T00:00:00.000Z</Date></Expiration></Rule>\
        <Rule><Status>Enabled</Status><Filter><And><Prefix>and/</Prefix></And></Filter>\
        <NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration></Rule>\
        <Rule><Status>Enabled</Status><Filter/>\
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>\
        </LifecycleConfiguration>";
    let fake = Fake::new(vec![good(rules)]).await;
    let read = fake.spaces(budget(1)).lifecycle("b").await.unwrap();
    let prefixes: Vec<&str> = read.iter().map(|rule| rule.prefix.as_str()).collect();
    assert_eq!(prefixes, ["old/", "new/", "and/", ""]);
    assert_eq!(
        (read[0].id.as_deref(), read[0].expiration_days),
        (Some("a"), Some(30))
    );
    assert_eq!(read[1].status, "Disabled");
    assert_eq!(
        read[1].expiration_date.unwrap().to_string(),
        "2027-01-01T00:00:00Z"
    );
    assert_eq!(read[2].noncurrent_days, Some(7));
    assert_eq!(read[3].abort_multipart_days, Some(3));
}

#[tokio::test]
async fn listings_say_where_they_end() {
    let entry = "<Contents><Key>k/2026-11-22</Key><Size>9</Size><LastModified>2026-11-22T03:00:00.000Z</LastModified></Contents>";
    let page = |more: &str| good(&format!("<ListBucketResult>{more}{entry}</ListBucketResult>"));
    let ask = Ask {
        prefix: "k/",
        after: Some("k/2026-11-21~"),
        token: None,
    };

    let fake = Fake::new(vec![page(
        "<IsTruncated>true</IsTruncated><NextContinuationToken>t+/=</NextContinuationToken>",
    )])
    .await;
    let spaces = fake.spaces(budget(1));
    let read = spaces.objects("b", ask).await.unwrap();
    assert_eq!(read.next.as_deref(), Some("t+/="));
    assert_eq!(
        (read.objects[0].key.as_str(), read.objects[0].size),
        ("k/2026-11-22", 9)
    );
    let request = fake.requests().remove(0);
    assert!(
        request.contains("prefix=k%2F") && request.contains("start-after=k%2F2026-11-21~"),
        "{request}"
    );

    // The same page again would never end.
    let again = Ask {
        token: Some("t+/="),
        after: None,
        ..ask
    };
    let same = spaces.objects("b", again).await;
    assert!(matches!(same, Err(SpacesError::Broken(_))), "{same:?}");

    for silent in ["", "<IsTruncated>true</IsTruncated>"] {
        let fake = Fake::new(vec![page(silent)]).await;
        let read = fake.spaces(budget(1)).objects("b", ask).await;
        assert!(matches!(read, Err(SpacesError::Broken(_))), "{read:?}");
    }
}

#[tokio::test]
async fn versioning_has_two_names() {
    for (document, status) in [
        (
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
            Some("Enabled"),
        ),
        ("<VersioningConfiguration/>", None),
        (
            "<GetBucketVersioningResponse><Status>Suspended</Status></GetBucketVersioningResponse>",
            Some("Suspended"),
        ),
        ("<GetBucketVersioningResponse/>", None),
    ] {
        let fake = Fake::new(vec![good(document)]).await;
        let read = fake.spaces(budget(1)).versioning("b").await.unwrap();
        assert_eq!(
            (read.as_deref(), fake.requests().len()),
            (status, 1),
            "{document}"
        );
    }
    for other in [
        "<GetBucketVersioningResponse><Status>Enabled</Status>",
        "<Other/>",
    ] {
        let fake = Fake::new(vec![good(other)]).await;
        let read = fake.spaces(budget(1)).versioning("b").await;
        assert!(matches!(read, Err(SpacesError::Broken(_))), "{other}: {read:?}");
    }
}

#[tokio::test]
async fn a_grant_that_is_not_understood_is_not_lost() {
    let acl = "<AccessControlPolicy><Owner><ID>1</ID></Owner><AccessControlList><Grant><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>";
    let broken = asked(good(acl)).await;
    assert!(matches!(broken, Err(SpacesError::Broken(_))), "{broken:?}");
}
