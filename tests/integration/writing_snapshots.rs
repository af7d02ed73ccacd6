//! Captures that are written: the same objects give the same bytes, and nothing is left of one that was given up.

use envcheck::apply::snapshot::{SnapshotWriteError, SnapshotWriter, Summary};
use envcheck::collect::snapshot::{Item, open};
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::snapshot::{FORMAT, Format, Gap, Subject, Tool, VERSION, reason};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn format() -> Format {
    Format {
        format: FORMAT.into(),
        version: VERSION,
        captured_at: "2026-11-23T03:00:00Z".parse().unwrap(),
        environment: "stage".into(),
        cluster: None,
        tool: Tool {
            name: "envcheck".into(),
            version: "0.1.0".into(),
        },
    }
}

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

fn pod(namespace: &str, name: &str, note: &str) -> Value {
    Value::from_json_str(&format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"{namespace}"}},"note":"{note}"}}"#
    ))
    .unwrap()
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("environments/demo")
}

/// What a snapshot yields, and the subject of each object.
fn items(path: &Path) -> Vec<Item> {
    let mut items = Vec::new();
    open(path).unwrap().for_each(&mut |item| items.push(item));
    items
}

/// Writes what is in one snapshot into another.
fn copy(from: &Path, to: &Path) -> Summary {
    let reader = open(from).unwrap();
    let mut writer = SnapshotWriter::create(to, reader.format().clone()).unwrap();
    reader.for_each(&mut |item| match item {
        Item::Object { value, .. } => {
            let of = Subject::of(
                value.text_at(&["apiVersion"]).unwrap(),
                value.text_at(&["kind"]).unwrap(),
            );
            writer.add(&of.unwrap(), &value).unwrap();
        }
        Item::Account {
            collection, value, ..
        } => writer.add(&Subject::Account(collection), &value).unwrap(),
        Item::Spaces {
            collection, value, ..
        } => writer.add(&Subject::Spaces(collection), &value).unwrap(),
        Item::Read { subject, .. } => writer.read(subject, Vec::new()),
        Item::NotServed(subject) => writer.not_served(subject),
        Item::Gap(gap) => writer.gap(gap),
    });
    writer.finish(&|| false).unwrap().unwrap()
}

/// All files below a directory, by path.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, dir: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(dir, dir, &mut found);
    found
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_demo_survives_being_written_and_read() {
    let folder = TempDir::new().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let archive = folder.path().join("demo.tar.zst");
    let summary = copy(&demo(), &first);
    copy(&first, &second);
    copy(&first, &archive);
    assert_eq!(items(&demo()), items(&first));
    assert_eq!(items(&first), items(&archive));
    assert_eq!(files(&first), files(&second));
    assert_eq!(names(folder.path()), ["demo.tar.zst", "first", "second"]);

    let listed = open(&demo()).unwrap().manifest().clone();
    let written = open(&first).unwrap().manifest().clone();
    let counts = |manifest: &envcheck_core::inventory::snapshot::Manifest| {
        manifest
            .files
            .iter()
            .map(|entry| (entry.path.clone(), entry.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(counts(&listed), counts(&written));
    assert_eq!(summary.path, first);
    assert_eq!(summary.kinds + summary.collections, written.files.len());
    assert_eq!(
        summary.bytes,
        written.files.iter().map(|entry| entry.bytes).sum::<u64>()
    );
    assert!(summary.objects > 250, "{summary:?}");
}

/// In an ordinary cluster nothing is masked that policies read: only Secrets change.
#[test]
fn redacting_the_demo_changes_secrets_only() {
    let redactor = Redactor::new([1; 32]);
    let mut secrets = 0;
    open(&demo()).unwrap().for_each(&mut |item| {
        let Item::Object { value, .. } = item else {
            return;
        };
        let mut redacted = value.clone();
        redactor.redact(&mut redacted);
        match value.text_at(&["kind"]) {
            Some("Secret") => {
                secrets += 1;
                let keys = |value: &Value| {
                    let data = value.field("data").unwrap();
                    data.members().map(|(key, _)| key.to_owned()).collect::<Vec<_>>()
                };
                assert_eq!(keys(&redacted), keys(&value));
                assert_eq!(redacted.field("metadata"), value.field("metadata"));
            }
            _ => assert_eq!(redacted, value),
        }
    });
    assert!(secrets > 5);
}

#[test]
fn order_of_arrival_does_not_show() {
    let folder = TempDir::new().unwrap();
    let pods = [
        pod("b", "a", "1"),
        pod("a", "z", "2"),
        pod("a", "b", "3"),
        // Two of one name: both stay, in an order of their own.
        pod("a", "b", "1"),
        pod("a", "b", "2"),
    ];
    let gaps = ["v1/Secret", "spaces.buckets"].map(|of| Gap {
        subject: subject(of),
        namespace: None,
        reason: reason::FORBIDDEN.into(),
        detail: "no".into(),
    });
    let write = |name: &str, backwards: bool| {
        let path = folder.path().join(name);
        let mut writer = SnapshotWriter::create(&path, format()).unwrap();
        let mut order: Vec<usize> = (0..pods.len()).collect();
        if backwards {
            order.reverse();
            writer.gap(gaps[1].clone());
            writer.read(subject("batch/v1/Job"), Vec::new());
        }
        for number in order {
            writer.add(&subject("v1/Pod"), &pods[number]).unwrap();
        }
        writer.gap(gaps[0].clone());
        writer.gap(gaps[1].clone());
        writer.read(subject("v1/Pod"), vec!["17".to_owned()]);
        writer.read(subject("batch/v1/Job"), Vec::new());
        writer.not_served(subject("b.example.com/v1/B"));
        writer.not_served(subject("a.example.com/v1/A"));
        writer.took(42);
        writer.finish(&|| false).unwrap();
        path
    };
    assert_eq!(files(&write("one", false)), files(&write("two", true)));
    let (one, two) = (write("one.tar.zst", false), write("two.tar.zst", true));
    assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap());

    let written = files(&folder.path().join("one"));
    let lines = String::from_utf8(written["objects/core/v1/Pod.ndjson"].clone()).unwrap();
    let notes: Vec<&str> = lines
        .lines()
        .map(|line| &line[line.find(r#""note":""#).unwrap() + 8..][..1])
        .collect();
    assert_eq!(notes, ["1", "2", "3", "2", "1"]);

    let manifest = open(&folder.path().join("one")).unwrap().manifest().clone();
    assert_eq!(manifest.read_seconds, Some(42));
    let entry = |path: &str| manifest.files.iter().find(|entry| entry.path == path).unwrap();
    let pods = entry("objects/core/v1/Pod.ndjson");
    assert_eq!(
        (pods.count, pods.resource_versions.as_slice()),
        (5, ["17".to_owned()].as_slice())
    );
    assert_eq!(entry("objects/batch/v1/Job.ndjson").count, 0);
    assert_eq!(manifest.gaps.len(), 2);
    assert_eq!(
        manifest.not_served,
        [subject("a.example.com/v1/A"), subject("b.example.com/v1/B")]
    );
}

#[test]
fn an_archive_has_plain_headers_in_a_fixed_order() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s.tar.zst");
    copy(&demo(), &path);
    let decoder = zstd::Decoder::new(fs::File::open(&path).unwrap()).unwrap();
    let mut archive = tar::Archive::new(decoder);
    let mut paths = Vec::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!(header.entry_type(), tar::EntryType::Regular);
        assert_eq!(
            (
                header.mode().unwrap(),
                header.uid().unwrap(),
                header.gid().unwrap()
            ),
            (0o644, 0, 0)
        );
        assert_eq!(header.mtime().unwrap(), 1_795_402_800, "the time of the capture");
        paths.push(entry.path().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(paths.first().map(String::as_str), Some("format.json"));
    assert_eq!(paths.last().map(String::as_str), Some("manifest.json"));
    let mut between = paths[1..paths.len() - 1].to_vec();
    between.sort();
    assert_eq!(between, paths[1..paths.len() - 1]);
}

#[test]
fn what_was_given_up_leaves_nothing() {
    for name in ["s", "s.tar.zst"] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        let mut writer = SnapshotWriter::create(&path, format()).unwrap();
        for number in 0..2000 {
            let pod = pod("a", &format!("p{number}"), "x");
            writer.add(&subject("v1/Pod"), &pod).unwrap();
        }
        assert_eq!(names(folder.path()).len(), 1);
        assert!(names(folder.path())[0].starts_with(&format!(".{name}.partial-")));
        drop(writer);
        assert_eq!(names(folder.path()), [""; 0]);

        // A capture that contradicts itself is not written either.
        let mut writer = SnapshotWriter::create(&path, format()).unwrap();
        writer.read(subject("v1/Pod"), Vec::new());
        writer.not_served(subject("v1/Pod"));
        let error = writer.finish(&|| false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the capture contradicts itself: its manifest lists v1/Pod as read and as not served"
        );
        assert_eq!(names(folder.path()), [""; 0]);
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let folder = TempDir::new().unwrap();
    let refused = |name: &str| {
        let error = SnapshotWriter::create(&folder.path().join(name), format()).unwrap_err();
        let diagnostic = Diagnostic::from(error);
        let prefix = format!("{}/", folder.path().display());
        (diagnostic.message.replace(&prefix, ""), diagnostic.hint.unwrap())
    };
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("file.tar.zst"), "kept").unwrap();
    let before = names(folder.path());
    for name in ["empty", "file.tar.zst"] {
        let (message, hint) = refused(name);
        assert_eq!(message, format!("{name} exists already"));
        assert!(hint.starts_with("a capture is never written over"), "{hint}");
    }
    for name in ["s.tar", "s.tar.gz", "s.tgz", "s.zip", "s.zst"] {
        let (message, hint) = refused(name);
        assert!(
            message.starts_with(&format!("{name} is no name for a snapshot")),
            "{message}"
        );
        assert!(hint.starts_with("end the name in .tar.zst"), "{hint}");
    }
    assert_eq!(
        refused("nowhere/s").1,
        "create the directory first, or check the path"
    );
    assert!(matches!(
        SnapshotWriter::create(Path::new(".."), format()).unwrap_err(),
        SnapshotWriteError::NoName(_)
    ));
    assert_eq!(names(folder.path()), before);
    assert_eq!(fs::read(folder.path().join("file.tar.zst")).unwrap(), b"kept");

    // What appears while a capture is made is not written over either.
    let path = folder.path().join("late");
    let writer = SnapshotWriter::create(&path, format()).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(
        writer.finish(&|| false).unwrap_err(),
        SnapshotWriteError::Exists(_)
    ));
    assert_eq!(names(folder.path()).len(), before.len() + 1);
}

#[test]
fn what_was_begun_and_not_ended_is_a_gap() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s");
    let mut writer = SnapshotWriter::create(&path, format()).unwrap();
    writer.add(&subject("v1/Pod"), &pod("a", "a", "")).unwrap();
    let summary = writer.finish(&|| false).unwrap().unwrap();
    assert_eq!((summary.objects, summary.kinds, summary.gaps), (1, 0, 1));
    let found = items(&path);
    let gaps: Vec<_> = found
        .iter()
        .filter_map(|item| match item {
            Item::Gap(gap) => Some((gap.subject.to_string(), gap.detail.clone())),
            _ => None,
        })
        .collect();
    let said = "the reading ended before all of it was read";
    assert_eq!(gaps, [("v1/Pod".to_owned(), said.to_owned())]);
    assert!(!found.iter().any(|item| matches!(item, Item::Read { .. })));
}

#[test]
fn what_no_reader_would_accept_is_not_written() {
    let folder = TempDir::new().unwrap();
    let mut writer = SnapshotWriter::create(&folder.path().join("s"), format()).unwrap();
    let error = writer
        .add(&subject("v1/Service"), &pod("a", "a", ""))
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(
        error.to_string(),
        "an object of v1/Service is v1/Pod, in the file of v1/Service"
    );
}

#[cfg(unix)]
#[test]
fn a_capture_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s");
    let writer = SnapshotWriter::create(&path, format()).unwrap();
    assert_eq!(mode(&folder.path().join(&names(folder.path())[0])), 0o700);
    drop(writer);
    copy(&demo(), &path);
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&path.join("objects/core/v1")), 0o700);
    assert_eq!(mode(&path.join("objects/core/v1/Secret.ndjson")), 0o600);
    copy(&demo(), &folder.path().join("s.tar.zst"));
    assert_eq!(mode(&folder.path().join("s.tar.zst")), 0o600);
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_is_named_with_a_hint() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let out = folder.path().join("s");
    // The superuser may write into any directory of a disk, and nobody into one that the kernel makes up.
    let refused = SnapshotWriter::create(&out, format())
        .err()
        .or_else(|| SnapshotWriter::create(Path::new("/sys/envcheck"), format()).err());
    assert!(
        matches!(refused, Some(SnapshotWriteError::Io { .. })),
        "{refused:?}"
    );
    let error = SnapshotWriteError::io(&out, io::Error::from(io::ErrorKind::PermissionDenied));
    let diagnostic = Diagnostic::from(error);
    assert_eq!(
        diagnostic.message,
        format!("cannot write {}: permission denied", out.display())
    );
    assert_eq!(
        diagnostic.hint.as_deref(),
        Some("check that you may create files in the directory around it")
    );
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
