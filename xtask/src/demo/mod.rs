//! The demo: two snapshots of one invented environment, `environments/demo/` with planted faults and
//! `environments/demo-clean/` without. They are generated, so that both stay credible and differ only by the faults.

mod account;
mod applications;
mod argocd;
mod components;
mod edge;
mod faults;
mod kube;
mod monitoring;
mod network;
mod readme;
mod storage;
mod system;
mod workload;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use world::World;

/// Where the two snapshots are, below the repository's root.
const FAULTY: &str = "environments/demo";
const CLEAN: &str = "environments/demo-clean";

/// Writes both snapshots below `root`, the repository.
pub(crate) fn generate(root: &Path) -> Result<(), String> {
    for (folder, files) in both()? {
        let folder = root.join(folder);
        for path in present(&folder)? {
            if !files.contains_key(&path) {
                let path = folder.join(path);
                fs::remove_file(&path)
                    .map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
            }
        }
        for (path, bytes) in files {
            let path = folder.join(path);
            write(&path, &bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Says whether the files below `root` are the generated ones; the error names each that is not.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut wrong = Vec::new();
    for (folder, files) in both()? {
        let directory = root.join(folder);
        let extra = present(&directory)?
            .into_iter()
            .filter(|path| !files.contains_key(path));
        wrong.extend(extra.map(|path| format!("{folder}/{path} is not generated")));
        for (path, bytes) in &files {
            match fs::read(directory.join(path)) {
                Ok(found) if found == *bytes => {}
                Ok(_) => wrong.push(format!("{folder}/{path} differs from what is generated")),
                Err(error) => wrong.push(format!("{folder}/{path}: {error}")),
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\nrun `cargo xtask gen demo` and commit the result",
        wrong.join("\n")
    ))
}

type Files = BTreeMap<String, Vec<u8>>;

fn both() -> Result<[(&'static str, Files); 2], String> {
    let mut faulty = clean();
    for fault in faults::all() {
        (fault.apply)(&mut faulty)?;
    }
    let mut demo = captured(faulty, "demo")?;
    demo.insert("README.md".to_owned(), readme::text().into_bytes());
    Ok([(FAULTY, demo), (CLEAN, captured(clean(), "demo-clean")?)])
}

fn clean() -> World {
    let mut world = World::new();
    system::build(&mut world);
    argocd::build(&mut world);
    edge::build(&mut world);
    monitoring::build(&mut world);
    applications::build(&mut world);
    storage::build(&mut world);
    world.cloud_controller();
    world
}

fn captured(mut world: World, environment: &str) -> Result<Files, String> {
    network::endpoint_slices(&mut world);
    world.capture(environment)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

/// The files below a folder, as paths from it with `/`.
fn present(folder: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let failed = |error: io::Error| format!("cannot read {}: {error}", next.display());
        let entries = match fs::read_dir(&next) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(path) = path.strip_prefix(folder) {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn the_committed_demo_is_the_generated_one() {
        check(&repository()).unwrap();
    }

    #[test]
    fn generating_twice_gives_equal_bytes() {
        assert_eq!(both().unwrap(), both().unwrap());
    }

    #[test]
    fn expected_findings_name_objects_of_the_demo() {
        let mut world = clean();
        for fault in faults::all() {
            (fault.apply)(&mut world).unwrap();
            assert!(!fault.findings.is_empty(), "{}", fault.what);
        }
        for finding in faults::all().flat_map(|fault| fault.findings) {
            let Some((reference, kind)) = finding.resource.trim_end_matches(')').split_once(" (") else {
                continue;
            };
            // A backup is named by its bucket and prefix, and what does not exist is not there.
            if kind != "Backup"
                && !finding.says.contains("does not exist")
                && let Some((namespace, name)) = reference.split_once('/')
            {
                world.object(kind, namespace, name).unwrap();
            }
        }
    }

    #[test]
    fn both_snapshots_stay_small() {
        for (folder, files) in both().unwrap() {
            let size: usize = files.values().map(Vec::len).sum();
            assert!(size < 800_000, "{folder} has {size} bytes");
        }
    }
}
