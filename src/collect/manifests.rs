//! Manifests: files, directories and standard input become units of work that are read while they are judged.

use super::kustomization::of_folder;
use super::patch_files::PatchFiles;
use envcheck_core::inventory::{Content, Gap, GapSubject, Loaded, LoadedObject, Origin, content, identify};
use envcheck_core::source::{Diagnostic, SourceText};
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::{self, Limits, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// Files larger than this are split at their documents, so that several workers share them.
const WHOLE_FILE: u64 = 128 << 10;
/// More than this is no manifest.
const LARGEST: u64 = 1 << 30;
/// The size of such a share.
const SHARE: usize = 256 << 10;
/// How long a pipe may have no writer.
const WRITER: Duration = Duration::from_secs(10);

/// What the paths given by the user hold, in the order in which it is reported.
#[derive(Debug, Default)]
pub struct Manifests {
    units: Vec<Unit>,
    seen: BTreeSet<PathBuf>,
    patches: PatchFiles,
    /// Files found.
    pub files: u64,
    /// Files left alone on purpose, with the reason.
    pub skipped: Vec<(String, String)>,
    /// Files and directories that could not be read.
    pub gaps: Vec<Gap>,
}

#[derive(Debug)]
enum Unit {
    /// A file that is read when its turn comes.
    File { path: PathBuf, name: String },
    /// Some documents of a text that is in memory.
    Share {
        source: Arc<SourceText>,
        parts: Vec<Part>,
    },
}

impl Unit {
    /// The file, as the user named it.
    fn name(&self) -> &str {
        match self {
            Self::File { name, .. } => name,
            Self::Share { source, .. } => &source.name,
        }
    }
}

impl Manifests {
    /// Finds everything below `paths`; `-` is standard input. Directories are walked in name order for `.yaml`, `.yml`
    /// and `.json`; hidden ones are left out. `Err` lists the paths that do not exist.
    pub fn find(paths: &[String]) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Self::default();
        let mut missing = Vec::new();
        for path in paths {
            if path == "-" {
                found.standard_input();
                continue;
            }
            match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => found.directory(Path::new(path), false),
                Ok(metadata) if !metadata.is_file() => found.pipe(Path::new(path)),
                Ok(metadata) => {
                    found.patches.meet(Path::new(path));
                    found.file(Path::new(path), metadata.len());
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(
                    Diagnostic::new(format!("{path} does not exist"))
                        .hint("give files, directories, or - for standard input"),
                ),
                Err(error) => found.unreadable(path, &error),
            }
        }
        found.leave_patches();
        if missing.is_empty() {
            Ok(found)
        } else {
            Err(missing)
        }
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// True when there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Reads a unit.
    pub fn load(&self, unit: usize) -> Loaded {
        let mut loaded = Loaded::default();
        match self.units.get(unit) {
            Some(Unit::File { path, name }) => match fs::read(path) {
                Ok(bytes) => match yaml::decode(name, &bytes) {
                    Ok(source) => {
                        drop(bytes);
                        for part in yaml::split(&source) {
                            load_part(&source, &part, &mut loaded);
                        }
                    }
                    Err(problem) => loaded.gaps.push(unparsable(&problem, name)),
                },
                Err(error) => loaded.gaps.push(unreadable(name, &error)),
            },
            Some(Unit::Share { source, parts }) => {
                for part in parts {
                    load_part(source, part, &mut loaded);
                }
            }
            None => {}
        }
        loaded
    }

    /// Leaves out what is the patch of a kustomization among what was found: it would count as the object that it changes, once
    /// more.
    fn leave_patches(&mut self) {
        if self.patches.is_empty() {
            return;
        }
        let mut reasons: BTreeMap<String, Option<String>> = BTreeMap::new();
        for unit in &self.units {
            let name = unit.name();
            if !reasons.contains_key(name) {
                // What came from standard input has no file.
                let reason = if name == "-" {
                    None
                } else {
                    self.patches.reason(Path::new(name))
                };
                reasons.insert(name.to_owned(), reason);
            }
        }
        self.units
            .retain(|unit| reasons.get(unit.name()).is_none_or(Option::is_none));
        for (name, reason) in reasons {
            if let Some(reason) = reason {
                self.files -= 1;
                self.skipped.push((name, reason));
            }
        }
    }

    fn standard_input(&mut self) {
        self.files += 1;
        match read_all(io::stdin().lock()) {
            Ok(bytes) => self.text("-", &bytes),
            Err(error) => self.unreadable("-", &error),
        }
    }

    fn file(&mut self, path: &Path, size: u64) {
        let name = path.display().to_string();
        // `check all all/a.yaml` names a file twice; it is one file.
        if let Ok(real) = path.canonicalize()
            && !self.seen.insert(real)
        {
            return;
        }
        self.files += 1;
        if size <= WHOLE_FILE {
            self.units.push(Unit::File {
                path: path.to_owned(),
                name,
            });
            return;
        }
        match fs::File::open(path).and_then(read_all) {
            Ok(bytes) => self.text(&name, &bytes),
            Err(error) => self.unreadable(&name, &error),
        }
    }

    /// A pipe by name, as a shell gives it for `<(helm template …)`. Opening one waits for its writer; a writer that does
    /// not come is not waited for.
    fn pipe(&mut self, path: &Path) {
        let name = path.display().to_string();
        self.files += 1;
        let (opened, waiting) = mpsc::channel();
        let wanted = path.to_owned();
        std::thread::spawn(move || opened.send(fs::File::open(wanted)));
        let read = match waiting.recv_timeout(WRITER) {
            Ok(file) => file.and_then(read_all),
            Err(_) => Err(io::Error::other("a pipe that nobody writes into")),
        };
        match read {
            Ok(bytes) => self.text(&name, &bytes),
            Err(error) => self.unreadable(&name, &error),
        }
    }

    fn text(&mut self, name: &str, bytes: &[u8]) {
        let source = match yaml::decode(name, bytes) {
            Ok(source) => source,
            Err(problem) => return self.gaps.push(unparsable(&problem, name)),
        };
        let mut share: Vec<Part> = Vec::new();
        let mut size = 0;
        for part in yaml::split(&source) {
            size += part.range.len();
            share.push(part);
            if size >= SHARE {
                self.units.push(Unit::Share {
                    source: Arc::clone(&source),
                    parts: std::mem::take(&mut share),
                });
                size = 0;
            }
        }
        if !share.is_empty() {
            self.units.push(Unit::Share { source, parts: share });
        }
    }

    fn directory(&mut self, directory: &Path, in_templates: bool) {
        let entries = match fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(&directory.display().to_string(), &error),
        };
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.sort();
        let is_chart = directory.join("Chart.yaml").is_file();
        if let Some(kustomization) = of_folder(directory) {
            self.patches.meet(&kustomization);
        }
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() && link => {
                    // Following it could walk in circles.
                    self.skipped
                        .push((path.display().to_string(), "a link to a directory".to_owned()));
                }
                Ok(metadata) if metadata.is_dir() => {
                    self.directory(&path, in_templates || is_chart && name == "templates");
                }
                Ok(metadata) if is_manifest(&path) => {
                    if !metadata.is_file() {
                        // Reading a pipe that nobody writes into would never end.
                        self.skipped
                            .push((path.display().to_string(), "no plain file".to_owned()));
                    } else if in_templates {
                        let reason = "a chart template; render it: helm template CHART | envcheck check -";
                        self.skipped.push((path.display().to_string(), reason.to_owned()));
                    } else {
                        self.file(&path, metadata.len());
                    }
                }
                Err(error) if is_manifest(&path) => self.unreadable(&path.display().to_string(), &error),
                _ => {}
            }
        }
    }

    fn unreadable(&mut self, name: &str, error: &io::Error) {
        self.gaps.push(unreadable(name, error));
    }
}

/// Reads to the end; an input that does not end (`/dev/zero`, `yes |`) is an error.
fn read_all(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 1 GiB; give it in parts"));
    }
    Ok(bytes)
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .and_then(|kind| kind.to_str())
        .is_some_and(|kind| matches!(kind, "yaml" | "yml" | "json"))
}

fn unreadable(name: &str, error: &io::Error) -> Gap {
    let words = match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "it does not exist (a broken link?)".to_owned(),
        _ => error.to_string(),
    };
    Gap {
        subject: GapSubject::Document {
            file: name.to_owned(),
            line: None,
        },
        reason: "cannot be read".to_owned(),
        detail: format!("{name}: {words}"),
    }
}

fn unparsable(problem: &Diagnostic, name: &str) -> Gap {
    let hint = problem
        .hint
        .as_ref()
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default();
    let line = problem.place.as_ref().map(|place| place.start().line);
    let prefix = if problem.place.is_some() {
        String::new()
    } else {
        format!("{name}: ")
    };
    Gap {
        subject: GapSubject::Document {
            file: name.to_owned(),
            line,
        },
        reason: "cannot be parsed".to_owned(),
        detail: format!("{prefix}{}{hint}", problem.one_line()),
    }
}

fn load_part(source: &Arc<SourceText>, part: &Part, loaded: &mut Loaded) {
    let mut document = match yaml::load_part(source, part, &Limits::default()) {
        Ok(Some(document)) => document,
        Ok(None) => return,
        Err(problem) => return loaded.gaps.push(unparsable(&problem, &source.name)),
    };
    // The document stays as the place of its objects; its value lives on only in them.
    let value = std::mem::replace(&mut document.value, Value::Null);
    let document = Arc::new(document);
    let Content::Objects(objects) = content(value) else {
        loaded.not_kubernetes += 1;
        return;
    };
    for (item, value) in objects {
        match identify(&value) {
            Ok((reference, generated)) => loaded.objects.push(LoadedObject {
                reference,
                generated,
                value,
                origin: Origin::Manifest {
                    document: Arc::clone(&document),
                    item,
                },
            }),
            // A file for a tool (a kustomization), not an object for the API server.
            Err(_) if item.is_none() && value.field("metadata").is_none() => loaded.not_kubernetes += 1,
            Err(words) => {
                let line = source.position(part.range.start).line;
                loaded.gaps.push(Gap {
                    subject: GapSubject::Document {
                        file: source.name.clone(),
                        line: Some(line),
                    },
                    reason: "has no name".to_owned(),
                    detail: format!("{}:{line}: {words}", source.name),
                });
            }
        }
    }
}
