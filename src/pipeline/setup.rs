//! What a run needs before it reads anything: the environment, the policies, and where its report goes.

use crate::apply::files::{self, Readers, write_atomically};
use crate::builtin;
use crate::builtin::examples::Examples;
use crate::collect::{fixture, rego, specs, texts};
use envcheck_core::policy::{Catalogue, Policy, RegoFile};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The environment of this name (`environments/NAME.yaml`) or path, with all its problems at once.
pub fn environment(name: &str) -> Result<Spec, Vec<Diagnostic>> {
    specs::load(name)
}

/// The same with settings by hand over it (`PATH=VALUE`).
pub fn environment_with(name: &str, settings: &[String]) -> Result<Spec, Vec<Diagnostic>> {
    specs::load_with(name, settings)
}

/// Where the spec of an environment is looked for, by its name.
pub fn spec_file(name: &str) -> PathBuf {
    specs::path_of(name)
}

/// True for a file that is a spec rather than a manifest.
pub fn is_environment(path: &Path) -> bool {
    specs::is_spec(path)
}

/// The built-in policies, when wanted, and those of the user's directories. A policy that cannot be loaded ends the run:
/// a gate without one of its rules is no gate.
pub fn catalogue(with_builtin: bool, directories: &[PathBuf]) -> Result<Arc<Catalogue>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut foreign = Vec::new();
    for directory in directories {
        match rego::read(directory) {
            Ok(files) => foreign.push(files),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let builtin = if with_builtin {
        builtin::policies()
    } else {
        Vec::new()
    };
    load(&builtin, &foreign)
}

/// The policies of a directory: in place of the built-in ones when they are ours (packages below `envcheck`), else beside
/// them. The flag says which.
pub(super) fn catalogue_to_test(directory: &Path) -> Result<(Arc<Catalogue>, bool), Vec<Diagnostic>> {
    if !directory.exists() {
        let problem = Diagnostic::new(format!("{} does not exist", directory.display()))
            .hint("give the directory of the policies: envcheck policy test DIR");
        return Err(vec![problem]);
    }
    let mut files = rego::read(directory)?;
    let ours = files.iter().any(|file| below(file, "package envcheck."));
    let catalogue = if ours {
        if !files.iter().any(|file| below(file, LIBRARY)) {
            files.extend(library_of(directory)?);
        }
        load(&files, &[])?
    } else {
        load(&builtin::policies(), &[files])?
    };
    Ok((catalogue, ours))
}

/// How files of the library begin, which all of our policies share.
const LIBRARY: &str = "package envcheck.lib.";

fn below(file: &RegoFile, package: &str) -> bool {
    file.source.text.lines().any(|line| line.starts_with(package))
}

/// The library beside a category or a policy that is tested alone, without its own tests; the embedded one where none is there.
fn library_of(directory: &Path) -> Result<Vec<RegoFile>, Vec<Diagnostic>> {
    let mut files = match rego::library(directory) {
        Some(path) => rego::read(&path)?,
        None => builtin::policies(),
    };
    files.retain(|file| below(file, LIBRARY) && !file.source.name.ends_with("_test.rego"));
    Ok(files)
}

fn load(builtin: &[RegoFile], foreign: &[Vec<RegoFile>]) -> Result<Arc<Catalogue>, Vec<Diagnostic>> {
    let (catalogue, rejected) = Catalogue::load(builtin, foreign);
    if rejected.is_empty() {
        Ok(Arc::new(catalogue))
    } else {
        Err(rejected)
    }
}

/// What shows a policy at work: of a built-in one what was embedded, else what stands beside it.
pub(crate) fn examples(policy: &Policy) -> Examples {
    if !policy.is_foreign() {
        return builtin::examples_of(&policy.source.name);
    }
    let fixtures = fixture::texts_beside(Path::new(&policy.source.name));
    let rego: Vec<&str> = policy.files.iter().map(|file| file.text.as_str()).collect();
    builtin::examples::of(&fixtures, &rego.join("\n"), &[])
}

/// Writes a report to a file, whole or not at all.
pub fn save(file: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    write_atomically(file, Readers::Usual, write)
}

/// The same with what may hold secrets: a new file is the user's alone.
pub fn save_secret(file: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    write_atomically(file, Readers::Owner, write)
}

/// Whether there is something of this name already, were it a link that leads nowhere.
pub fn is_taken(file: &Path) -> bool {
    files::is_taken(file)
}

/// The text of a file that a flag names.
pub fn text_of(file: &Path) -> io::Result<String> {
    texts::text(file)
}
