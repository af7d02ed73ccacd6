//! The S3 server in the place of Spaces.

use super::{Client, root};
use crate::{Moto, Spaces, World};
use serde_json::Value;

#[test]
fn buckets_are_made_and_listed() {
    let moto = match Moto::find(&root()) {
        Ok(moto) => moto,
        Err(reason) => return println!("skipped: spaces: {reason}"),
    };
    let spaces = Spaces::start(&moto).unwrap();
    let client = Client::new(&spaces.url(), "");
    // moto believes everybody, but reads the service and the region from the signature's scope.
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential={}/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
        Spaces::ACCESS_KEY_ID
    );
    let ask = |method: &str, path: &str| {
        client
            .with(method, path, &Value::Null, &[("authorization", &scope)])
            .unwrap()
    };
    ask("PUT", "/acme-stage-backups").is(200);
    let listed = ask("GET", "/").is(200);
    assert!(
        listed.text.contains("<Name>acme-stage-backups</Name>"),
        "{}",
        listed.text
    );
    ask("GET", "/acme-nothing").is(404);
}

#[test]
fn the_stages_buckets_are_there_with_backups() {
    let moto = match Moto::find(&root()) {
        Ok(moto) => moto,
        Err(reason) => return println!("skipped: spaces: {reason}"),
    };
    let spaces = Spaces::start(&moto).unwrap();
    Spaces::stock(&spaces.url()).unwrap();
    let client = Client::new(&spaces.url(), "");
    let scope =
        "AWS4-HMAC-SHA256 Credential=A/20261123/fra1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let get = |path: &str| {
        client
            .with("GET", path, &Value::Null, &[("authorization", scope)])
            .unwrap()
            .is(200)
    };
    assert!(
        get("/acme-stage-backups?versioning")
            .text
            .contains("<Status>Enabled</Status>")
    );
    let listed = get("/acme-stage-backups?list-type=2&prefix=keydb/").text;
    assert_eq!(listed.matches("/dump.rdb</Key>").count(), 2, "{listed}");
    assert!(get("/").text.contains("<Name>acme-stage-images</Name>"));
    let mut names = Spaces::names(&spaces.url()).unwrap();
    names.sort();
    assert_eq!(names, [World::STAGE_BACKUPS, World::STAGE_IMAGES]);
    assert!(Spaces::stock("http://127.0.0.1:1").is_err());
}
