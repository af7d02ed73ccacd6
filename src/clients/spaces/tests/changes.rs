//! What is sent to change a bucket, and how often.

use super::{Fake, Reply, answer, budget, good, refusal, shown};
use crate::clients::spaces::{Acl, LifecycleRule, SpacesError};

/// The value of a header of a request.
fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| {
        let (own, value) = line.split_once(':')?;
        own.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

const NONE: &str =
    "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LifecycleConfiguration>";

#[tokio::test]
async fn a_digest_that_spaces_knows_goes_with_all_that_is_written() {
    let fake = Fake::new(vec![good("")]).await;
    let spaces = fake.spaces(budget(3));
    spaces.create("b", false).await.unwrap();
    spaces.make_private("b").await.unwrap();
    let acl = Acl {
        owner: Some("o".to_owned()),
        grants: Vec::new(),
    };
    spaces.put_acl("b", &acl).await.unwrap();
    spaces.put_versioning("b", true).await.unwrap();
    let requests = fake.requests();
    assert_eq!(requests.len(), 4);
    for request in &requests {
        assert!(request.starts_with("PUT /b"), "{request}");
        let digest = header(request, "content-md5").unwrap();
        assert_eq!(digest.len(), 24, "{request}");
        let signed = header(request, "authorization").unwrap();
        assert!(signed.contains("content-md5"), "{signed}");
        assert!(
            !request.to_ascii_lowercase().contains("x-amz-checksum"),
            "{request}"
        );
        assert!(
            !request.to_ascii_lowercase().contains("x-amz-sdk-checksum"),
            "{request}"
        );
    }
    // Of nothing, since a canned ACL has no body.
    assert_eq!(
        header(&requests[1], "content-md5"),
        Some("1B2M2Y8AsgTpgAmY7PhCfg==")
    );
    assert_eq!(header(&requests[1], "x-amz-acl"), Some("private"));
}

#[tokio::test]
async fn what_changes_something_is_sent_once() {
    for reply in [
        refusal("503 Slow Down", "SlowDown"),
        refusal("500 Internal Server Error", "InternalError"),
        Reply::Reset,
        Reply::Stall(Vec::new()),
        answer("200 OK", "", "<A>"),
    ] {
        let fake = Fake::new(vec![reply]).await;
        let error = fake.spaces(budget(3)).put_versioning("b", true).await;
        if let Err(error) = error {
            assert!(
                matches!(
                    error,
                    SpacesError::Unavailable(_) | SpacesError::TimedOut(_) | SpacesError::Broken(_)
                ),
                "{}",
                shown(&error)
            );
        }
        assert_eq!(fake.requests().len(), 1);
    }
    let fake = Fake::new(vec![refusal("403 Forbidden", "AccessDenied")]).await;
    let error = fake.spaces(budget(3)).make_private("b").await.unwrap_err();
    assert_eq!(
        shown(&error),
        "the Spaces key may not change the ACL of b (PutBucketAcl); that needs a key with full access"
    );
}

#[tokio::test]
async fn a_lifecycle_that_somebody_changed_meanwhile_is_not_written() {
    let there = NONE.replace(
        "></LifecycleConfiguration>",
        "><Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix/></Filter><Expiration><Days>9</Days></Expiration>\
         </Rule></LifecycleConfiguration>",
    );
    let fake = Fake::new(vec![good(&there)]).await;
    let rule = LifecycleRule {
        id: Some("ours".to_owned()),
        status: "Enabled".to_owned(),
        abort_multipart_days: Some(7),
        ..LifecycleRule::default()
    };
    let error = fake.spaces(budget(3)).put_lifecycle("b", &[], &[rule]).await;
    assert_eq!(
        shown(&error.unwrap_err()),
        "somebody has just changed the lifecycle rules of b"
    );
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn a_lifecycle_without_rules_is_taken_away() {
    let fake = Fake::new(vec![good(NONE), answer("204 No Content", "", "")]).await;
    fake.spaces(budget(3)).put_lifecycle("b", &[], &[]).await.unwrap();
    let requests = fake.requests();
    assert!(requests[1].starts_with("DELETE /b/?lifecycle"), "{}", requests[1]);
}
