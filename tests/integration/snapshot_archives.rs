//! Snapshots in archives: those of envcheck, those that people pack by hand, and those made to do harm.

use crate::program::{Folder, environment, finish};
use envcheck::collect::snapshot::{Item, SnapshotError, open};
use envcheck_core::source::Diagnostic;
use std::fs;
use std::path::{Path, PathBuf};
use tar::{EntryType, Header};
use tempfile::TempDir;

/// An entry: its kind, path and content.
type Entry = (EntryType, String, Vec<u8>);

fn file(path: &str, content: impl Into<Vec<u8>>) -> Entry {
    (EntryType::Regular, path.to_owned(), content.into())
}

/// The files of the demo, in no particular order, under `prefix`.
fn demo(prefix: &str) -> Vec<Entry> {
    fn walk(root: &Path, dir: &Path, prefix: &str, found: &mut Vec<Entry>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{prefix}{}", path.strip_prefix(root).unwrap().display());
            if path.is_dir() {
                found.push((EntryType::Directory, format!("{name}/"), Vec::new()));
                walk(root, &path, prefix, found);
            } else {
                found.push(file(&name, fs::read(&path).unwrap()));
            }
        }
    }
    let (root, mut found) = (PathBuf::from(environment("demo")), Vec::new());
    walk(&root, &root, prefix, &mut found);
    found
}

/// Writes headers as they are, whatever they say: the library would refuse most of what is tried here.
fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (kind, path, content) in entries {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, content.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

struct Packed {
    folder: TempDir,
    path: PathBuf,
}

impl Packed {
    fn new(bytes: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("s.tar.zst");
        fs::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        open(&self.path).unwrap().for_each(&mut |item| items.push(item));
        items
    }

    /// The refusal: its kind, and its message without the folder.
    fn error(&self) -> (SnapshotError, String) {
        let error = open(&self.path).unwrap_err();
        let prefix = format!("{}/", self.folder.path().display());
        let said = error.to_string().replace(&prefix, "");
        assert!(!error.hint().is_empty());
        (error, said)
    }

    #[track_caller]
    fn is_refused(&self, why: &str) {
        let (error, said) = self.error();
        assert!(matches!(error, SnapshotError::Hostile { .. }), "{said}");
        assert_eq!(said, format!("snapshot s.tar.zst is refused: {why}"));
    }
}

#[test]
fn archives_packed_by_hand_read_as_the_directory() {
    let mut expected = Vec::new();
    open(Path::new(&environment("demo")))
        .unwrap()
        .for_each(&mut |item| expected.push(item));
    for prefix in ["", "./", "stage/", "./stage-2026-11-23/"] {
        let entries = demo(prefix);
        assert_eq!(Packed::new(zst(&tar(&entries))).items(), expected, "{prefix}");
        assert_eq!(
            Packed::new(tar(&entries)).items(),
            expected,
            "{prefix} without zstd"
        );
        let backwards: Vec<Entry> = entries.into_iter().rev().collect();
        assert_eq!(
            Packed::new(zst(&tar(&backwards))).items(),
            expected,
            "{prefix} backwards"
        );
    }
}

#[test]
fn files_beside_the_formats_are_ignored() {
    let mut entries = demo("");
    entries.push(file("notes/README", "x"));
    entries.push(file("objects/core/v1/Pod.txt", "x"));
    entries.push(file(".hidden", "x"));
    Packed::new(zst(&tar(&entries))).items();
}

#[test]
fn long_names_of_either_style_are_read() {
    let group = format!("{}.example.com", "a".repeat(60));
    let long = format!("objects/{group}/v1/{}.ndjson", "K".repeat(63));
    let long_of = |kind: EntryType, content: Vec<u8>| {
        let mut entries = demo("");
        entries.push((kind, "long".into(), content));
        entries.push(file("short", "{}\n"));
        Packed::new(zst(&tar(&entries))).items()
    };
    let gnu = long_of(EntryType::GNULongName, format!("{long}\0").into_bytes());
    let line = format!(" path={long}\n");
    let pax = long_of(
        EntryType::XHeader,
        format!("{}{line}", line.len() + 3).into_bytes(),
    );
    for items in [gnu, pax] {
        let unlisted = items.iter().any(|item| match item {
            Item::Gap(gap) => gap.reason == "unlisted" && gap.detail.contains(&long),
            _ => false,
        });
        assert!(unlisted, "{:?}", items.last());
    }
}

#[test]
fn nothing_in_an_archive_leads_elsewhere() {
    let folder = TempDir::new().unwrap();
    let outside = folder.path().join("format.json").display().to_string();
    for (entry, why) in [
        (file(&outside, "x"), format!("`{outside}` in it leads outside")),
        (
            file("../format.json", "x"),
            "`../format.json` in it leads outside".into(),
        ),
        (
            file("objects/../../format.json", "x"),
            "`objects/../../format.json` in it leads outside".into(),
        ),
        (file("../README", "x"), "`../README` in it leads outside".into()),
        (
            (EntryType::Directory, "../x/".into(), Vec::new()),
            "`../x/` in it leads outside".into(),
        ),
        (
            (EntryType::Symlink, "format.json".into(), Vec::new()),
            "`format.json` in it is no plain file but a link".into(),
        ),
        (
            (EntryType::Link, "README".into(), Vec::new()),
            "`README` in it is no plain file but a link".into(),
        ),
        (
            (EntryType::Char, "README".into(), Vec::new()),
            "`README` in it is no plain file but a device".into(),
        ),
        (
            (EntryType::Fifo, "README".into(), Vec::new()),
            "`README` in it is no plain file but a pipe".into(),
        ),
        (
            (EntryType::GNUSparse, "README".into(), Vec::new()),
            "`README` in it is no plain file but something else".into(),
        ),
        (
            file("format.json", "{}"),
            "`format.json` in it stands there twice".into(),
        ),
        (
            file("./format.json", "{}"),
            "`./format.json` in it stands there twice".into(),
        ),
        (
            file("other/manifest.json", "{}"),
            "`other/manifest.json` in it belongs to another snapshot than the files before it".into(),
        ),
        (
            (EntryType::XHeader, "x".into(), b"12 size=99\n\n".to_vec()),
            "a header in it gives a size of its own".into(),
        ),
        (
            (EntryType::GNULongName, "x".into(), vec![b'a'; 100_000]),
            "a header in it is far too long".into(),
        ),
    ] {
        let mut entries = demo("");
        entries.push(entry);
        entries.push(file("last", "x"));
        Packed::new(zst(&tar(&entries))).is_refused(&why);
        assert!(!folder.path().join("format.json").exists());
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut entries = demo("");
    entries.push(file("README", vec![b' '; 70 * 1024 * 1024]));
    let bytes = zst(&tar(&entries));
    let allowed = (bytes.len() * 1000).max(64 * 1024 * 1024) / 1024 / 1024;
    if allowed == 64 {
        Packed::new(bytes).is_refused("it unpacks to more than 64 MiB");
    } else {
        // The demo itself is what fills the archive: the bomb alone is refused.
        let bomb = zst(&tar(&[file("README", vec![b' '; 70 * 1024 * 1024])]));
        Packed::new(bomb).is_refused("it unpacks to more than 64 MiB");
    }
}

#[test]
fn endless_entries_are_refused() {
    let entries = vec![file("x", ""); 100_001];
    Packed::new(zst(&tar(&entries))).is_refused("it has more than 100000 entries");
}

#[test]
fn an_archive_that_was_cut_short_is_never_half_a_snapshot() {
    let whole = zst(&tar(&demo("")));
    for part in 1..40 {
        let cut = Packed::new(&whole[..whole.len() * part / 40]);
        let (error, said) = cut.error();
        assert!(
            matches!(error, SnapshotError::Damaged { .. }),
            "{part} of 40: {said}"
        );
    }
    let (_, said) = Packed::new(&whole[..whole.len() - 1]).error();
    assert_eq!(said, "snapshot s.tar.zst cannot be unpacked: it was cut short");
    let mut longer = whole.clone();
    longer.extend_from_slice(b"and more");
    assert!(matches!(
        Packed::new(longer).error().0,
        SnapshotError::Damaged { .. }
    ));
    assert!(Packed::new(whole).items().len() > 100);
}

#[test]
fn what_is_no_archive_is_said_to_be_none() {
    for bytes in [
        &b""[..],
        b"hello",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        b"PK\x03\x04",
        b"{\"format\":\"envcheck.dev/snapshot\"}",
    ] {
        let (error, said) = Packed::new(bytes).error();
        assert!(matches!(error, SnapshotError::NotASnapshot(_)));
        assert_eq!(
            said,
            "s.tar.zst is not a snapshot: it is neither a directory nor a .tar.zst archive"
        );
    }
    let (error, said) = Packed::new(zst(b"hello")).error();
    assert!(
        matches!(error, SnapshotError::NoFormat(_) | SnapshotError::Damaged { .. }),
        "{said}"
    );
    let (_, said) = Packed::new(zst(&tar(&[file("README", "x")]))).error();
    assert_eq!(said, "s.tar.zst is not a snapshot: it has no format.json");
}

/// What is wrong inside is told of the archive, not of a directory that nobody has seen.
#[test]
fn messages_name_the_archive() {
    let mut entries = demo("");
    for (_, path, content) in &mut entries {
        if path == "objects/core/v1/Node.ndjson" {
            content.push(b'x');
        }
    }
    let packed = Packed::new(zst(&tar(&entries)));
    let gap = packed
        .items()
        .into_iter()
        .find_map(|item| match item {
            Item::Gap(gap) => Some(gap),
            _ => None,
        })
        .unwrap();
    let file = packed.path.join("objects/core/v1/Node.ndjson");
    assert!(
        gap.detail.starts_with(&format!("{} was changed", file.display())),
        "{}",
        gap.detail
    );

    let mut entries = demo("");
    entries.retain(|(_, path, _)| path != "manifest.json");
    let (error, said) = Packed::new(zst(&tar(&entries))).error();
    assert_eq!(
        said,
        "snapshot s.tar.zst is incomplete: it has no manifest.json, which is written last"
    );
    assert!(Diagnostic::from(error).hint.is_some());
}

/// Every verb that takes a snapshot takes an archive; the report names it, and nothing unpacked stays.
#[test]
fn an_audit_of_an_archive_is_that_of_its_directory() {
    let folder = Folder::new();
    folder.write("s.tar.zst", zst(&tar(&demo("stage/"))));
    fs::create_dir(folder.path().join("tmp")).unwrap();
    let spec = environment("demo.yaml");
    let run = |arguments: &[&str]| {
        let mut command = folder.program(arguments);
        command.env("TMPDIR", folder.path().join("tmp"));
        let outcome = finish(command, None);
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
        outcome
    };
    let of = |snapshot: &str| run(&["audit", &spec, "--snapshot", snapshot, "-o", "json"]).exits(1);
    let (packed, plain) = (of("s.tar.zst"), of(&environment("demo")));
    assert!(packed.stdout.contains("s.tar.zst"));
    // The spec lies beside the directory, and its name begins like it.
    let plain = plain.stdout.replace(&environment("demo.yaml"), "SPEC");
    assert_eq!(
        packed
            .stdout
            .replace(&environment("demo.yaml"), "SPEC")
            .replace("s.tar.zst", "SNAPSHOT"),
        plain.replace(&environment("demo"), "SNAPSHOT")
    );
    run(&["audit", &spec, "--snapshot", "s.tar.zst"])
        .exits(1)
        .shows(&["snapshot s.tar.zst of 2026-11-23 03:00 UTC"]);

    folder.write(
        "service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: keydb-debug, namespace: back}\nspec: {type: ClusterIP, ports: [{port: 6379}]}\n",
    );
    run(&["check", "service.yaml", "-e", &spec, "--on", "s.tar.zst"])
        .exits(1)
        .has(&["ii"]);

    folder.write(
        "environments/packed.yaml",
        fs::read_to_string(&spec)
            .unwrap()
            .replace("snapshot: demo/", "snapshot: ../s.tar.zst"),
    );
    let waivers = fs::read(environment("waivers.yaml")).unwrap();
    folder.write("environments/waivers.yaml", waivers);
    run(&["audit", "packed"]).exits(1);

    folder.write("cut.tar.zst", &zst(&tar(&demo("")))[..5000]);
    run(&["audit", &spec, "--snapshot", "cut.tar.zst"]).refuses(&[
        "snapshot cut.tar.zst cannot be unpacked: it was cut short",
        "zstd -t",
    ]);
}
