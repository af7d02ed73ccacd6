//! Finding and reading specs: `stage` is `environments/stage.yaml`.

use envcheck_core::source::Diagnostic;
use envcheck_core::spec::{self, Spec};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How large a spec may be: far more than anyone writes.
const LARGEST: u64 = 16 << 20;

/// The file of an environment: the path itself when it looks like one, else `environments/NAME.yaml`.
pub fn path_of(name: &str) -> PathBuf {
    let looks_like_path = name.contains(['/', '\\'])
        || Path::new(name)
            .extension()
            .is_some_and(|kind| kind == "yaml" || kind == "yml");
    if looks_like_path {
        PathBuf::from(name)
    } else {
        Path::new("environments").join(format!("{name}.yaml"))
    }
}

/// Loads an environment by name or path, with all its problems at once.
pub fn load(name: &str) -> Result<Spec, Vec<Diagnostic>> {
    let path = path_of(name);
    if !path.exists() {
        return Err(vec![missing(name, &path)]);
    }
    spec::load(&path.display().to_string(), &mut read)
}

/// The same with settings by hand, as if a file beside it extended it.
pub fn load_with(name: &str, settings: &[String]) -> Result<Spec, Vec<Diagnostic>> {
    let below = load(name)?;
    if settings.is_empty() {
        return Ok(below);
    }
    let path = path_of(name);
    let beside = path.file_name().unwrap_or_default().to_string_lossy();
    let text = spec::extending(&beside, &below, settings)?;
    let above = path.with_file_name("--set").display().to_string();
    spec::load(&above, &mut |file| {
        if file == above {
            Ok(text.clone().into_bytes())
        } else {
            read(file)
        }
    })
}

/// The other environments that lie beside a spec's file, and the files of those that cannot be read. What one of them extends
/// is a part of it, and no environment.
pub fn beside(spec: &Spec) -> (Vec<Spec>, Vec<String>) {
    let own = Path::new(spec.files().next().unwrap_or_default());
    let folder = own.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut files: Vec<PathBuf> = fs::read_dir(folder.unwrap_or_else(|| Path::new(".")))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|kind| kind == "yaml" || kind == "yml")
                && is_spec(path)
        })
        .filter(|path| path.file_name() != own.file_name())
        .collect();
    files.sort();
    let (mut specs, mut unread) = (Vec::new(), Vec::new());
    for file in files {
        let file = file.display().to_string();
        match spec::load(&file, &mut read) {
            Ok(spec) => specs.push(spec),
            Err(_) => unread.push(file),
        }
    }
    let parts = specs.iter().chain([spec]).flat_map(Spec::files);
    let parts: Vec<&Path> = parts.map(Path::new).collect();
    unread.retain(|file| !parts.contains(&Path::new(file)));
    (specs, unread)
}

/// The environments of which a spec lies in the folder of a file, by the names of their files; the file itself is none of them.
pub fn beside_of(file: &Path) -> BTreeSet<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or_else(|| Path::new("."))).into_iter();
    entries
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.file_name() != file.file_name())
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml") && is_spec(path))
        .filter(|path| spec::load(&path.display().to_string(), &mut read).is_ok())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect()
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    bounded(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    })
}

/// Reads a file, but not one that never ends.
pub(super) fn bounded(file: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!(
            "it is larger than {} MiB",
            LARGEST >> 20
        )));
    }
    Ok(bytes)
}

fn missing(name: &str, path: &Path) -> Diagnostic {
    let mut known: Vec<String> = fs::read_dir("environments")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml") && is_spec(path))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    known.sort();
    let hint = if known.is_empty() {
        "run it where environments/ is, or give the path of the spec".to_owned()
    } else {
        format!("environments here: {}", known.join(", "))
    };
    Diagnostic::new(format!(
        "there is no environment {name}: {} does not exist",
        path.display()
    ))
    .hint(hint)
}

/// How much of a file is looked at to tell a spec from a manifest.
const BEGINNING: u64 = 64 << 10;

/// True for a plain file that says it is an Environment.
pub fn is_spec(path: &Path) -> bool {
    let read = || -> io::Result<String> {
        if !fs::metadata(path)?.is_file() {
            return Ok(String::new());
        }
        let mut text = Vec::new();
        fs::File::open(path)?.take(BEGINNING).read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    };
    read().is_ok_and(|text| {
        let ours = text
            .lines()
            .any(|line| line.starts_with("apiVersion: envcheck.dev/"));
        ours && text.lines().any(|line| line.trim_end() == "kind: Environment")
    })
}
