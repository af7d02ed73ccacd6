//! Holds the code to ARCHITECTURE.md: who may import whom, read with `syn` from every source file, and the conventions
//! of the repository that no compiler knows. A failure is a sentence that says which rule and what to do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    unreachable_pub,
    reason = "all of this is test code: what cannot be read fails the test"
)]

#[path = "architecture/conventions.rs"]
mod conventions;
#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/snippets.rs"]
mod snippets;

use rules::Place;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that would give the deciding half a runtime, a network, a database, a terminal or chance.
const WORLDLY: [&str; 24] = [
    "async-std",
    "aws",
    "axum",
    "clap",
    "crossterm",
    "dirs",
    "futures",
    "getrandom",
    "hyper",
    "indicatif",
    "k8s-openapi",
    "kube",
    "mimalloc",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "sqlx",
    "tempfile",
    "tokio",
    "tower",
    "ureq",
    "walkdir",
];
/// Crates that the whole project does without, and why.
const BANNED: [(&str, &str); 4] = [
    ("aws-lc-sys", "needs a C toolchain; TLS uses ring"),
    ("openssl-sys", "needs the system's OpenSSL; TLS uses ring"),
    (
        "native-tls",
        "behaves differently on each platform; TLS uses rustls",
    ),
    ("serde_yaml", "is no longer maintained; `yaml_serde` continues it"),
];

#[test]
fn everyone_imports_only_what_the_architecture_allows() {
    let mut broken = Vec::new();
    for side in ["core", "src"] {
        let folder = root().join(if side == "core" { "core/src" } else { "src" });
        let mut files = Vec::new();
        let mut test_code: Vec<Vec<String>> = Vec::new();
        for path in files_below(&folder, "rs") {
            let module = module_of(path.strip_prefix(&folder).unwrap());
            let reach = imports::read(&fs::read_to_string(&path).unwrap(), &module)
                .unwrap_or_else(|error| panic!("{}: {error}", shown(&path)));
            test_code.extend(reach.test_modules.iter().cloned());
            let place = Place {
                side,
                module,
                file: shown(&path),
            };
            files.push((place, reach));
        }
        files.retain(|(place, _)| !test_code.iter().any(|test| place.module.starts_with(test)));
        assert!(!files.is_empty(), "no source files below {}", shown(&folder));
        broken.extend(
            files
                .iter()
                .flat_map(|(place, reach)| rules::broken(place, reach)),
        );
    }
    report(broken);
}

#[test]
fn the_deciding_half_depends_on_nothing_worldly() {
    let manifest = fs::read_to_string(root().join("core/Cargo.toml")).unwrap();
    report(worldly_dependencies(&manifest));
}

#[test]
fn the_lock_file_holds_no_banned_crate() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    report(banned_crates(&lock));
}

/// The dependencies of a manifest that core may not have.
fn worldly_dependencies(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            // `[dependencies.tokio]` names the crate in the section itself.
            if let Some((_, name)) = line.trim_matches(['[', ']']).split_once("dependencies.") {
                found.push(name);
            }
        } else if section.ends_with("dependencies]") && !section.contains("dev-dependencies") {
            found.extend(line.split(['=', '.', ' ']).next().filter(|name| !name.is_empty()));
        }
    }
    let worldly = |name: &&str| {
        WORLDLY
            .iter()
            .any(|barred| *name == *barred || name.starts_with(&format!("{barred}-")))
    };
    found
        .into_iter()
        .filter(worldly)
        .map(|name| format!("core/Cargo.toml may not depend on `{name}`: core is pure; do it in `src` and pass the data in"))
        .collect()
}

fn banned_crates(lock: &str) -> Vec<String> {
    BANNED
        .iter()
        .filter(|(name, _)| lock.lines().any(|line| line == format!("name = \"{name}\"")))
        .map(|(name, reason)| {
            format!("Cargo.lock may not hold `{name}`: it {reason}; see `cargo tree -i {name}`")
        })
        .collect()
}

/// The module path of a file below a crate's `src`.
fn module_of(relative: &Path) -> Vec<String> {
    let mut module: Vec<String> = relative
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
        module.pop();
    }
    module
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A path as messages show it: from the repository, with slashes.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

/// All files with an extension (or any, with `*`) below a folder, sorted; none when the folder is absent.
pub fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if extension == "*" || path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Fails with one sentence per line.
#[track_caller]
pub fn report(mut broken: Vec<String>) {
    broken.sort();
    broken.dedup();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
