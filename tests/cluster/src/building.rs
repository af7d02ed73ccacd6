//! Builds the servers with the ordinary Go client from the versions that `tests/cluster/go.mod` pins.

use crate::binaries::{self, Binaries};
use std::fs::File;
use std::path::Path;
use std::process::Command;

/// What is built, and the file or folder (with `/`) it goes to, below the folder of built programs.
const PACKAGES: [(&[&str], &str); 2] = [
    (
        &[
            "k8s.io/kubernetes/cmd/kube-apiserver",
            "k8s.io/kubernetes/cmd/kube-controller-manager",
            "k8s.io/kubernetes/cmd/kubectl",
        ],
        "",
    ),
    (&["go.etcd.io/etcd/server/v3"], "etcd"),
];

impl Binaries {
    /// Builds the programs below `target/cluster/bin`, unless they are there already; `say` is told what happens.
    ///
    /// One process builds at a time; another waits for it and then has nothing left to do.
    ///
    /// # Errors
    /// Go is missing, or what it said did not work went to standard error.
    pub fn build(root: &Path, say: &mut dyn FnMut(&str)) -> Result<Self, String> {
        let folder = binaries::folder(root);
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let _lock = lock(&root.join("target/cluster/lock"), say)?;
        let built = Self::of_stamp(root);
        if let Ok(built) = &built
            && built.helm.is_some()
        {
            return Ok(built.clone());
        }
        let go = binaries::in_path(std::env::var_os("PATH").as_deref(), "go").ok_or(
            "Go is not in PATH: install it, or point KUBEBUILDER_ASSETS to envtest's etcd and kube-apiserver",
        )?;
        if binaries::built_helm(root).is_none() {
            helm(&go, root, &folder, say)?;
        }
        if built.is_ok() {
            return Self::of_stamp(root);
        }
        let stamp = binaries::stamp_of(root)?;
        let stamp_file = binaries::stamp_file(root);
        if let Err(error) = std::fs::remove_file(&stamp_file)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(format!("cannot remove {}: {error}", stamp_file.display()));
        }
        say(
            "building etcd, kube-apiserver, kube-controller-manager and kubectl with Go: 5 to 7 minutes the first \
             time, cached afterwards",
        );
        let version = binaries::version_of(root)?;
        for (packages, output) in PACKAGES {
            go_build(&go, root, &version, packages, &folder.join(output), say)?;
        }
        std::fs::write(&stamp_file, stamp)
            .map_err(|error| format!("cannot write {}: {error}", stamp_file.display()))?;
        Self::of_stamp(root)
    }
}

fn go_build(
    go: &Path,
    root: &Path,
    version: &str,
    packages: &[&str],
    output: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<(), String> {
    say(&format!("go build {}", packages.join(" ")));
    // Without a release's own build script the servers would call themselves v0.0.0-master.
    let linking = format!(
        "-s -w -X k8s.io/component-base/version.gitVersion={version} -X k8s.io/client-go/pkg/version.gitVersion={version}"
    );
    let status = Command::new(go)
        .current_dir(binaries::module(root))
        .env("CGO_ENABLED", "0")
        .args(["build", "-trimpath", "-ldflags", &linking, "-o"])
        .arg(output)
        .args(packages)
        .status()
        .map_err(|error| format!("cannot start {}: {error}", go.display()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`go build {}` failed ({status})", packages.join(" ")))
    }
}

/// Installs Helm as its own module has it, checked against Go's public sums.
fn helm(go: &Path, root: &Path, folder: &Path, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    let package = format!("helm.sh/helm/v3/cmd/helm@{}", binaries::HELM);
    say(&format!("go install {package}"));
    // Where nobody's module is: its own pins the versions.
    let status = Command::new(go)
        .current_dir(folder)
        .env("CGO_ENABLED", "0")
        .env("GOBIN", folder)
        .args(["install", "-trimpath", "-ldflags", "-s -w", &package])
        .status()
        .map_err(|error| format!("cannot start {}: {error}", go.display()))?;
    if !status.success() {
        return Err(format!("`go install {package}` failed ({status})"));
    }
    let stamp = binaries::helm_stamp_file(root);
    std::fs::write(&stamp, binaries::HELM)
        .map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

/// Holds the lock until the file is dropped; the system frees it when a process dies.
fn lock(path: &Path, say: &mut dyn FnMut(&str)) -> Result<File, String> {
    let failed = |error| format!("cannot lock {}: {error}", path.display());
    let file = File::create(path).map_err(failed)?;
    if file.try_lock().is_err() {
        say("another process builds the test cluster's servers: waiting for it");
        file.lock().map_err(failed)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn a_second_builder_waits_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = lock(&path, &mut |_| panic!("nobody to wait for")).unwrap();
        let (said, heard) = mpsc::channel();
        let second = std::thread::spawn(move || {
            let waiting = said.clone();
            let lock = lock(&path, &mut |words| waiting.send(words.to_owned()).unwrap());
            said.send("got it".to_owned()).unwrap();
            lock.is_ok()
        });
        let limit = Duration::from_secs(20);
        assert!(heard.recv_timeout(limit).unwrap().contains("waiting"));
        assert!(heard.try_recv().is_err(), "the lock was given twice");
        drop(first);
        assert_eq!(heard.recv_timeout(limit).unwrap(), "got it");
        assert!(second.join().unwrap());
    }
}
