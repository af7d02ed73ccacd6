use super::*;
use crate::value::{Value, ValueExt};

fn format() -> Format {
    Format {
        format: FORMAT.into(),
        version: VERSION,
        captured_at: "2026-11-23T03:00:00Z".parse().unwrap(),
        environment: "demo".into(),
        cluster: None,
        tool: Tool {
            name: "envcheck".into(),
            version: "0.1.0".into(),
        },
    }
}

fn manifest_of(path: &str) -> Manifest {
    let entry = Entry {
        path: path.into(),
        count: 0,
        bytes: 0,
        sha256: sha256(b""),
        resource_versions: Vec::new(),
    };
    Manifest {
        format_sha256: sha256(&format().to_bytes()),
        files: vec![entry],
        not_served: vec!["argoproj.io/v1alpha1/Application".parse().unwrap()],
        gaps: vec![Gap {
            subject: "spaces.buckets".parse().unwrap(),
            namespace: None,
            reason: reason::FORBIDDEN.into(),
            detail: "the Spaces key may not list buckets".into(),
        }],
        all_kinds: false,
        read_seconds: None,
    }
}

fn verified(manifest: &Manifest) -> Result<Manifest, SnapshotFault> {
    Manifest::parse(&manifest.to_bytes(), &format().to_bytes())
}

#[test]
fn both_records_survive_writing_and_reading() {
    assert_eq!(Format::parse(&format().to_bytes()), Ok(format()));
    let manifest = manifest_of("objects/core/v1/Pod.ndjson");
    assert_eq!(verified(&manifest), Ok(manifest));
}

#[test]
fn what_version_1_gained_is_written_and_may_be_absent() {
    let mut manifest = manifest_of("objects/core/v1/Pod.ndjson");
    let text = String::from_utf8(manifest.to_bytes()).unwrap();
    assert!(
        !text.contains("resourceVersion") && !text.contains("readSeconds"),
        "{text}"
    );
    manifest.files[0].resource_versions = vec!["4711".into()];
    manifest.read_seconds = Some(42);
    let text = String::from_utf8(manifest.to_bytes()).unwrap();
    assert!(
        text.contains(r#""resourceVersion": "4711""#) && text.contains(r#""readSeconds": 42"#),
        "{text}"
    );
    assert_eq!(verified(&manifest), Ok(manifest));
}

#[test]
fn a_row_is_sorted_by_what_its_object_is_called() {
    let row = |subject: &str, json: &str| {
        let subject: Subject = subject.parse().unwrap();
        let row = Row::of(&subject, &Value::from_json_str(json).unwrap())?;
        assert_eq!(parse_line(&subject, row.json.as_bytes()).map(|_| ()), Ok(()));
        Ok::<_, LineFault>((row.namespace, row.name))
    };
    let named = |namespace: &str, name: &str| Ok((namespace.to_owned(), name.to_owned()));
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"b"}}"#;
    assert_eq!(row("v1/Pod", pod), named("b", "a"));
    assert_eq!(
        row("digitalocean.vpcs", r#"{"id":"x","name":"n"}"#),
        named("", "x")
    );
    assert_eq!(row("digitalocean.droplets", r#"{"id":42}"#), named("", "42"));
    assert_eq!(row("spaces.buckets", r#"{"name":"n"}"#), named("", "n"));
    assert_eq!(
        row("v1/Pod", "{}").unwrap_err().to_string(),
        "is an object without apiVersion and kind, in the file of v1/Pod"
    );
    assert!(matches!(row("v1/Service", pod), Err(LineFault::OtherKind { .. })));
    let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(MAX_LINE));
    assert_eq!(row("digitalocean.vpcs", &long), Err(LineFault::TooLong));
}

#[test]
fn additions_to_version_1_are_ignored() {
    let text = r#"{"format":"envcheck.dev/snapshot","version":1,"capturedAt":"2026-11-23T03:00:00Z",
        "environment":"demo","tool":{"name":"envcheck","version":"9"},"later":{"x":1}}"#;
    assert_eq!(Format::parse(text.as_bytes()).unwrap().environment, "demo");
}

#[test]
fn another_version_is_refused_whatever_else_is_in_it() {
    let newer = br#"{"format":"envcheck.dev/snapshot","version":2,"when":"?"}"#;
    assert_eq!(
        Format::parse(newer).unwrap_err().to_string(),
        "is snapshot format version 2; this envcheck reads up to version 1"
    );
    for bad in [
        &br#"{"format":"envcheck.dev/snapshot","version":0}"#[..],
        br#"{"format":"envcheck.dev/snapshot","version":"1"}"#,
        br#"{"format":"envcheck.dev/snapshot","version":1.5}"#,
        br#"{"format":"velero/backup","version":1}"#,
        br#"{"format":"envcheck.dev/snapshot","version":1}"#,
        b"",
        b"\xff",
    ] {
        assert!(Format::parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
    }
}

#[test]
fn subjects_have_one_path_and_one_text() {
    for (text, path) in [
        ("v1/Secret", "objects/core/v1/Secret.ndjson"),
        ("apps/v1/Deployment", "objects/apps/v1/Deployment.ndjson"),
        (
            "rbac.authorization.k8s.io/v1/Role",
            "objects/rbac.authorization.k8s.io/v1/Role.ndjson",
        ),
        ("digitalocean.load_balancers", "account/load_balancers.ndjson"),
        ("spaces.buckets", "spaces/buckets.ndjson"),
    ] {
        let subject: Subject = text.parse().unwrap();
        assert_eq!(subject.to_string(), text);
        assert_eq!(subject.path(), path);
        assert_eq!(Subject::from_path(path), Some(subject));
    }
}

#[test]
fn a_manifest_cannot_name_files_outside_the_capture() {
    for path in [
        "../secret.ndjson",
        "objects/../../etc/v1/Pod.ndjson",
        "objects/core/v1/../Pod.ndjson",
        "objects/core/../Pod.ndjson",
        "/etc/passwd",
        "/objects/core/v1/Pod.ndjson",
        "objects//v1/Pod.ndjson",
        "objects/core/v1/Pod.json",
        "objects\\core\\v1\\Pod.ndjson",
        "account/.hidden.ndjson",
        "account/a/b.ndjson",
        "account/\0.ndjson",
        "format.json",
        "manifest.json",
    ] {
        let fault = verified(&manifest_of(path)).unwrap_err();
        assert_eq!(fault, SnapshotFault::Path(path.into()));
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    let mut twice = manifest_of("account/vpcs.ndjson");
    twice.files.push(twice.files[0].clone());
    assert_eq!(
        verified(&twice),
        Err(SnapshotFault::Twice("account/vpcs.ndjson".into()))
    );

    let both = manifest_of("objects/argoproj.io/v1alpha1/Application.ndjson");
    assert!(matches!(verified(&both), Err(SnapshotFault::Contradiction(_))));

    let mut digest = manifest_of("account/vpcs.ndjson");
    digest.files[0].sha256 = "E3B0".into();
    assert_eq!(verified(&digest), Err(SnapshotFault::Digest("E3B0".into())));

    let mut other = manifest_of("account/vpcs.ndjson");
    other.format_sha256 = sha256(b"another");
    assert!(matches!(
        verified(&other),
        Err(SnapshotFault::OtherCapture { .. })
    ));
}

#[test]
fn what_has_a_gap_is_not_complete() {
    let mut manifest = manifest_of("spaces/buckets.ndjson");
    assert_eq!(manifest.complete().count(), 0);
    manifest.gaps.clear();
    assert_eq!(manifest.complete().count(), 1);
}

#[test]
fn lines_are_objects_of_their_files_kind() {
    let pod: Subject = "v1/Pod".parse().unwrap();
    let good = br#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#;
    assert_eq!(
        parse_line(&pod, good).unwrap().text_at(&["metadata", "name"]),
        Some("a")
    );

    let said = |subject: &Subject, line: &[u8]| parse_line(subject, line).unwrap_err().to_string();
    assert_eq!(
        said(
            &pod,
            br#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}"#
        ),
        "is apps/v1/Deployment, in the file of v1/Pod"
    );
    assert_eq!(
        said(&pod, b"{}"),
        "is an object without apiVersion and kind, in the file of v1/Pod"
    );
    assert_eq!(
        said(&pod, br#"{"apiVersion":"v1","kind":"Pod","metadata":{}}"#),
        "has no metadata.name"
    );
    assert_eq!(said(&pod, b"[]"), "is not a JSON object");
    assert_eq!(
        said(&pod, b"{\"a\":\"\xff\"}"),
        "is not UTF-8: the byte at column 7 is no character's"
    );
    assert!(said(&pod, b"{\"a\":").starts_with("is not JSON: "));
    assert!(said(&pod, b"").starts_with("is not JSON: "));
    assert!(said(&pod, br#"{"a":1}{"b":2}"#).starts_with("is not JSON: "));
    assert!(said(&pod, "[".repeat(100_000).as_bytes()).starts_with("is not JSON: "));

    let vpcs = Subject::Account("vpcs".into());
    assert!(parse_line(&vpcs, br#"{"id":"x"}"#).is_ok());
}

#[test]
fn rows_are_sorted_by_namespace_and_name() {
    let row = |namespace: &str, name: &str| Row {
        namespace: namespace.into(),
        name: name.into(),
        json: format!(r#"{{"n":"{namespace}/{name}"}}"#),
    };
    let subject: Subject = "v1/Pod".parse().unwrap();
    let (entry, bytes) = write_file(&subject, vec![row("b", "a"), row("a", "z"), row("a", "b")]);
    assert_eq!(
        String::from_utf8(bytes.clone()).unwrap(),
        "{\"n\":\"a/b\"}\n{\"n\":\"a/z\"}\n{\"n\":\"b/a\"}\n"
    );
    assert_eq!((entry.count, entry.bytes), (3, bytes.len() as u64));
    assert_eq!(entry.sha256, sha256(&bytes));
}
