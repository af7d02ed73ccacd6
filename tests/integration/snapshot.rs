//! Snapshots on disk: what is read, and that no damage passes for an answer.

use envcheck::collect::snapshot::{Item, SnapshotError, open};
use envcheck_core::inventory::snapshot::{
    FORMAT, FORMAT_FILE, Format, Gap, MANIFEST_FILE, MAX_LINE, Manifest, Row, Subject, Tool, VERSION, reason,
    sha256, write_file,
};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::ValueExt;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A small capture: two Pods, no Job, one VPC, Secrets not readable, no Argo CD.
struct Capture {
    dir: TempDir,
    format: Vec<u8>,
    manifest: Manifest,
}

impl Capture {
    fn new() -> Self {
        let format = Format {
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
        .to_bytes();
        let mut capture = Self {
            dir: TempDir::new().unwrap(),
            manifest: Manifest {
                format_sha256: sha256(&format),
                not_served: vec![subject("argoproj.io/v1alpha1/Application")],
                gaps: vec![Gap {
                    subject: subject("v1/Secret"),
                    namespace: None,
                    reason: reason::FORBIDDEN.into(),
                    detail: "secrets is forbidden".into(),
                }],
                ..Manifest::default()
            },
            format,
        };
        capture.add("digitalocean.vpcs", &[r#"{"id":"v","name":"stage"}"#]);
        capture.add("batch/v1/Job", &[]);
        capture.add("v1/Pod", &[&pod("a"), &pod("b")]);
        capture.finish();
        capture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn add(&mut self, name: &str, lines: &[&str]) {
        let subject = subject(name);
        let rows = lines
            .iter()
            .enumerate()
            .map(|(index, line)| Row {
                namespace: String::new(),
                name: format!("{index:08}"),
                json: (*line).to_owned(),
            })
            .collect();
        let (entry, bytes) = write_file(&subject, rows);
        let path = self.path(&entry.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self.manifest.files.push(entry);
    }

    fn finish(&self) {
        fs::write(self.path(FORMAT_FILE), &self.format).unwrap();
        fs::write(self.path(MANIFEST_FILE), self.manifest.to_bytes()).unwrap();
    }

    fn error(&self) -> SnapshotError {
        open(self.dir.path()).unwrap_err()
    }

    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        open(self.dir.path())
            .unwrap()
            .for_each(&mut |item| items.push(item));
        items
    }

    /// The gaps that are not in the manifest: reason and detail, the directory cut away.
    fn found_gaps(&self) -> Vec<(String, String)> {
        let prefix = format!("{}/", self.dir.path().display());
        self.items()
            .into_iter()
            .filter_map(|item| match item {
                Item::Gap(gap) if gap.reason != reason::FORBIDDEN => {
                    Some((gap.reason, gap.detail.replace(&prefix, "")))
                }
                _ => None,
            })
            .collect()
    }

    fn read(&self, name: &str) -> Option<u64> {
        let wanted = subject(name);
        self.items().into_iter().find_map(|item| match item {
            Item::Read { subject, count } if subject == wanted => Some(count),
            _ => None,
        })
    }

    fn pods(&self) -> usize {
        let is_pod = |item: &Item| matches!(item, Item::Object { .. });
        self.items().iter().filter(|item| is_pod(item)).count()
    }
}

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

fn pod(name: &str) -> String {
    format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}"}}}}"#)
}

const PODS: &str = "objects/core/v1/Pod.ndjson";

#[test]
fn everything_is_read_with_its_place() {
    let capture = Capture::new();
    let items = capture.items();
    let Item::Object { value, file, line } = &items[3] else {
        unreachable!("{items:?}")
    };
    assert_eq!(value.text_at(&["metadata", "name"]), Some("a"));
    assert_eq!(file, PODS);
    assert_eq!(*line, 1);
    assert!(matches!(&items[0], Item::Account { collection, .. } if collection == "vpcs"));
    assert_eq!(capture.found_gaps(), []);
    assert_eq!(capture.read("v1/Pod"), Some(2));
}

#[test]
fn read_and_empty_differs_from_not_read_and_not_served() {
    let capture = Capture::new();
    assert_eq!(capture.read("batch/v1/Job"), Some(0));
    assert_eq!(capture.read("v1/Secret"), None);
    assert_eq!(capture.read("argoproj.io/v1alpha1/Application"), None);
    let items = capture.items();
    assert!(items.contains(&Item::NotServed(subject("argoproj.io/v1alpha1/Application"))));
    assert!(items.contains(&Item::Gap(capture.manifest.gaps[0].clone())));
}

#[test]
fn a_kind_with_a_gap_in_one_namespace_is_not_completely_read() {
    let mut capture = Capture::new();
    capture.manifest.gaps.push(Gap {
        subject: subject("v1/Pod"),
        namespace: Some("back".into()),
        reason: reason::FORBIDDEN.into(),
        detail: "pods is forbidden in back".into(),
    });
    capture.finish();
    assert_eq!(capture.pods(), 2);
    assert_eq!(capture.read("v1/Pod"), None);
}

#[test]
fn a_damaged_file_costs_its_own_kind_only() {
    let two_pods = format!("{}\n{}\n", pod("a"), pod("b"));
    let cases = [
        (
            two_pods.replace("\"b\"", "\"c\""),
            "was changed after the capture: its SHA-256 is ",
        ),
        (
            format!("{two_pods}{}\n", pod("c")),
            "was changed after the capture: its SHA-256 is ",
        ),
        (
            format!("{}\n", pod("a")),
            "was cut short: 57 of 114 bytes are left",
        ),
        (String::new(), "was cut short: 0 of 114 bytes are left"),
    ];
    for (content, said) in cases {
        let capture = Capture::new();
        fs::write(capture.path(PODS), content).unwrap();
        let gaps = capture.found_gaps();
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(gaps[0].0, reason::CORRUPT);
        assert!(gaps[0].1.starts_with(&format!("{PODS} {said}")), "{}", gaps[0].1);
        assert!(gaps[0].1.ends_with("nothing in it is believed"));
        assert_eq!((capture.pods(), capture.read("v1/Pod")), (0, None));
        assert_eq!(capture.read("digitalocean.vpcs"), Some(1));
    }
}

#[test]
fn a_wrong_length_is_told_as_such_where_the_digest_is_right() {
    for wrong in [113, 115] {
        let mut capture = Capture::new();
        capture.manifest.files[2].bytes = wrong;
        capture.finish();
        let said = format!("{PODS} has 114 bytes, the manifest says {wrong}; nothing in it is believed");
        assert_eq!(capture.found_gaps(), [(reason::CORRUPT.to_owned(), said)]);
        assert_eq!(capture.pods(), 0);
    }
}

#[test]
fn a_wrong_count_is_damage_even_with_the_right_digest() {
    let mut capture = Capture::new();
    capture.manifest.files[2].count = 3;
    capture.finish();
    let said = format!("{PODS} has 2 lines, the manifest says 3; nothing in it is believed");
    assert_eq!(capture.found_gaps(), [(reason::CORRUPT.to_owned(), said)]);
    assert_eq!(capture.pods(), 0);
}

#[test]
fn missing_and_unlisted_files_are_gaps() {
    let capture = Capture::new();
    fs::remove_file(capture.path(PODS)).unwrap();
    fs::write(capture.path("objects/core/v1/Service.ndjson"), "{}\n").unwrap();
    fs::write(capture.path("objects/core/v1/notes.txt"), "not of the format").unwrap();
    fs::write(capture.path("README.md"), "not of the format").unwrap();
    let unlisted =
        "objects/core/v1/Service.ndjson is not listed in manifest.json, so nothing in it is believed";
    assert_eq!(
        capture.found_gaps(),
        [
            (reason::MISSING.to_owned(), format!("{PODS} does not exist")),
            (reason::UNLISTED.to_owned(), unlisted.to_owned()),
        ]
    );
}

#[test]
fn bad_lines_are_named_and_make_the_kind_incomplete() {
    let mut capture = Capture::new();
    capture.manifest.files.pop();
    capture.add(
        "v1/Pod",
        &[
            "{",
            &pod("a"),
            "null",
            "",
            "{}",
            "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}",
        ],
    );
    capture.finish();
    let details: Vec<String> = capture
        .found_gaps()
        .into_iter()
        .map(|(_, detail)| detail)
        .collect();
    assert_eq!(details.len(), 4, "{details:?}");
    assert!(
        details[0].starts_with(&format!("{PODS}:1 is not JSON: ")),
        "{}",
        details[0]
    );
    assert_eq!(details[1], format!("{PODS}:3 is not a JSON object"));
    assert!(
        details[2].starts_with(&format!("{PODS}:4 is not JSON: ")),
        "{}",
        details[2]
    );
    assert_eq!(details[3], format!("{PODS} has 2 more such lines"));
    assert_eq!((capture.pods(), capture.read("v1/Pod")), (1, None));
}

#[test]
fn lines_that_are_not_text_or_far_too_long_are_gaps() {
    let mut capture = Capture::new();
    let bytes = b"{\"a\":\"\xff\"}\n";
    fs::write(capture.path(PODS), bytes).unwrap();
    let entry = &mut capture.manifest.files[2];
    (entry.count, entry.bytes, entry.sha256) = (1, bytes.len() as u64, sha256(bytes));
    capture.finish();
    let said = format!("{PODS}:1 is not UTF-8: the byte at column 7 is no character's");
    assert_eq!(capture.found_gaps(), [(reason::INVALID.to_owned(), said)]);

    let long = format!("\"{}\"", "x".repeat(MAX_LINE));
    capture.manifest.files.pop();
    capture.add("v1/Pod", &[&long]);
    capture.finish();
    let said = format!("{PODS} has a line that is longer than 16 MiB; nothing in it is believed");
    assert_eq!(capture.found_gaps(), [(reason::CORRUPT.to_owned(), said)]);
}

#[test]
fn what_is_no_snapshot_is_refused_with_a_hint() {
    let capture = Capture::new();
    let said = |error: SnapshotError| {
        let diagnostic = Diagnostic::from(error);
        let prefix = capture.dir.path().display().to_string();
        (
            diagnostic.message.replace(&prefix, "DIR"),
            diagnostic.hint.unwrap(),
        )
    };

    let (message, hint) = said(open(&capture.path("nowhere")).unwrap_err());
    assert_eq!(message, "snapshot DIR/nowhere does not exist");
    assert!(hint.starts_with("check the path"));

    let (message, hint) = said(open(&capture.path(PODS)).unwrap_err());
    assert_eq!(
        message,
        format!("DIR/{PODS} is not a snapshot: it is neither a directory nor a .tar.zst archive")
    );
    assert!(hint.starts_with("give what `envcheck snapshot` wrote"));

    let (message, _) = said(open(&capture.path("objects")).unwrap_err());
    assert_eq!(message, "DIR/objects is not a snapshot: it has no format.json");

    fs::remove_file(capture.path(MANIFEST_FILE)).unwrap();
    let (message, hint) = said(capture.error());
    assert_eq!(
        message,
        "snapshot DIR is incomplete: it has no manifest.json, which is written last"
    );
    assert!(hint.starts_with("the capture was interrupted"));

    fs::write(capture.path(MANIFEST_FILE), "{").unwrap();
    let (message, _) = said(capture.error());
    assert!(
        message.starts_with("DIR/manifest.json is not as the format says: EOF"),
        "{message}"
    );

    let newer = r#"{"format":"envcheck.dev/snapshot","version":2}"#;
    fs::write(capture.path(FORMAT_FILE), newer).unwrap();
    let (message, hint) = said(capture.error());
    assert_eq!(
        message,
        "DIR/format.json is snapshot format version 2; this envcheck reads up to version 1"
    );
    assert_eq!(hint, "update envcheck, or capture again with this version");
}

#[test]
fn a_manifest_of_another_capture_is_refused() {
    let capture = Capture::new();
    let later = String::from_utf8(capture.format.clone())
        .unwrap()
        .replace("2026-11-23", "2026-11-24");
    fs::write(capture.path(FORMAT_FILE), later).unwrap();
    assert!(matches!(capture.error(), SnapshotError::Fault { .. }));
}

#[test]
fn a_manifest_cannot_reach_outside() {
    let mut capture = Capture::new();
    capture.manifest.files[2].path = "objects/core/v1/../../../../secret.ndjson".into();
    capture.finish();
    let error = capture.error().to_string();
    assert!(error.ends_with("which is no path of a snapshot"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_snapshot_are_refused() {
    use std::os::unix::fs::symlink;
    let outside = TempDir::new().unwrap();
    let pods = format!("{}\n{}\n", pod("a"), pod("b"));
    fs::create_dir(outside.path().join("v1")).unwrap();
    fs::write(outside.path().join("v1/Pod.ndjson"), pods).unwrap();

    let capture = Capture::new();
    fs::remove_file(capture.path(PODS)).unwrap();
    symlink(outside.path().join("v1/Pod.ndjson"), capture.path(PODS)).unwrap();
    assert!(matches!(capture.error(), SnapshotError::Outside { .. }));

    let capture = Capture::new();
    fs::remove_dir_all(capture.path("objects/core")).unwrap();
    symlink(outside.path(), capture.path("objects/core")).unwrap();
    let error = capture.error().to_string();
    assert!(
        error.contains("is a link to") && error.ends_with("outside the snapshot"),
        "{error}"
    );

    let capture = Capture::new();
    let format = outside.path().join("format.json");
    fs::rename(capture.path(FORMAT_FILE), &format).unwrap();
    symlink(&format, capture.path(FORMAT_FILE)).unwrap();
    assert!(matches!(capture.error(), SnapshotError::Outside { .. }));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_a_gap_not_an_absence() {
    // A directory in the file's place: unreadable for everyone, root included.
    let capture = Capture::new();
    fs::remove_file(capture.path(PODS)).unwrap();
    fs::create_dir(capture.path(PODS)).unwrap();
    let said = format!("{PODS} cannot be read: it is not a plain file");
    assert_eq!(capture.found_gaps(), [(reason::UNREADABLE.to_owned(), said)]);
}

#[test]
fn equal_input_gives_equal_items() {
    let capture = Capture::new();
    assert_eq!(capture.items(), capture.items());
}

#[test]
fn the_demos_are_whole() {
    for environment in ["demo", "demo-clean"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("environments")
            .join(environment);
        let reader = open(&dir).unwrap();
        assert_eq!(reader.format().environment, environment);
        let (mut objects, mut read) = (0, 0);
        reader.for_each(&mut |item| match item {
            Item::Object { value, .. } => {
                objects += 1;
                let fields = value.at(&["metadata", "managedFields"]).unwrap();
                assert!(
                    fields
                        .items()
                        .iter()
                        .all(|entry| entry.field("fieldsV1").is_none())
                );
                if value.text_at(&["kind"]) == Some("Secret") {
                    let digests = value.field("data").unwrap();
                    assert!(
                        digests
                            .members()
                            .all(|(_, digest)| digest.text().unwrap().starts_with("digest:"))
                    );
                }
            }
            Item::Read { count, .. } => read += count,
            Item::Gap(gap) => panic!("{gap:?}"),
            Item::Account { .. } | Item::Spaces { .. } | Item::NotServed(_) => {}
        });
        let listed: u64 = reader.manifest().files.iter().map(|entry| entry.count).sum();
        assert_eq!(read, listed);
        assert!(
            (250..400).contains(&objects),
            "{environment} has {objects} objects"
        );
    }
}

#[test]
fn a_large_file_is_read_in_shares_and_no_line_is_lost() {
    let events = "objects/core/v1/Event.ndjson";
    let mut capture = Capture::new();
    let lines: Vec<String> = (0..2500)
        .map(|number| pod(&format!("p{number}")).replace("Pod", "Event"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    capture.add("v1/Event", &lines);
    capture.finish();
    let items = capture.items();
    let numbers: Vec<usize> = items
        .iter()
        .filter_map(|item| match item {
            Item::Object { file, line, value } if file == events => {
                assert_eq!(
                    value.text_at(&["metadata", "name"]),
                    Some(format!("p{}", line - 1).as_str())
                );
                Some(*line)
            }
            _ => None,
        })
        .collect();
    assert_eq!(numbers, (1..=2500).collect::<Vec<_>>());
    assert_eq!(capture.read("v1/Event"), Some(2500));
}
