//! Where the servers' programs are: `$KUBEBUILDER_ASSETS`, or what this repository built itself.

use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The files that say which versions are built.
const PINNED: [&str; 3] = ["go.mod", "go.sum", "tools.go"];

/// Counts up when the same versions are built in another way.
const RECIPE: [u8; 1] = [1];

/// The programs of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The store below the API server.
    pub etcd: PathBuf,
    /// The API server.
    pub kube_apiserver: PathBuf,
    /// What turns Deployments into ReplicaSets and these into Pods, and collects garbage; envtest's assets lack it.
    pub kube_controller_manager: Option<PathBuf>,
    /// The client.
    pub kubectl: PathBuf,
    /// What renders charts; envtest's assets lack it.
    pub helm: Option<PathBuf>,
}

/// The version of Helm that is built beside the servers. It is no part of their module, whose dependencies it would change.
pub(crate) const HELM: &str = "v3.19.0";

impl Binaries {
    /// Finds the programs without building anything.
    ///
    /// `$KUBEBUILDER_ASSETS`, when set, is the only place looked at (kubectl may also be in PATH); else what
    /// [`Binaries::build`] made of the present `tests/cluster/go.mod`, `go.sum` and `tools.go`.
    ///
    /// # Errors
    /// A sentence that says what lacks and how to get it.
    pub fn find(root: &Path) -> Result<Self, String> {
        match std::env::var_os("KUBEBUILDER_ASSETS").filter(|folder| !folder.is_empty()) {
            Some(folder) => Self::of_assets(&root.join(folder), std::env::var_os("PATH").as_deref()),
            None => Self::of_stamp(root),
        }
    }

    fn of_assets(folder: &Path, path: Option<&OsStr>) -> Result<Self, String> {
        let needed = |name: &str| {
            let file = folder.join(name);
            file.is_file().then_some(file).ok_or_else(|| {
                format!(
                    "KUBEBUILDER_ASSETS names {}, which has no {name}: unset it to use the servers of `cargo xtask \
                     cluster build`",
                    folder.display()
                )
            })
        };
        let manager = folder.join("kube-controller-manager");
        Ok(Self {
            etcd: needed("etcd")?,
            kube_apiserver: needed("kube-apiserver")?,
            kube_controller_manager: manager.is_file().then_some(manager),
            kubectl: needed("kubectl").or_else(|reason| in_path(path, "kubectl").ok_or(reason))?,
            helm: needed("helm").ok().or_else(|| in_path(path, "helm")),
        })
    }

    pub(crate) fn of_stamp(root: &Path) -> Result<Self, String> {
        let folder = folder(root);
        let hint = if in_path(std::env::var_os("PATH").as_deref(), "go").is_some() {
            "run `cargo xtask cluster build`"
        } else {
            "install Go and run `cargo xtask cluster build`, or point KUBEBUILDER_ASSETS to envtest's binaries"
        };
        match std::fs::read_to_string(stamp_file(root)) {
            Ok(stamp) if stamp == stamp_of(root)? => {}
            Ok(_) => {
                return Err(format!(
                    "the test cluster's servers were built from other versions than tests/cluster/go.mod has: {hint}"
                ));
            }
            Err(_) => return Err(format!("the test cluster's servers are not built: {hint}")),
        }
        let built = |name: &str| {
            let file = folder.join(name);
            file.is_file()
                .then_some(file)
                .ok_or_else(|| format!("{} has no {name}: {hint}", folder.display()))
        };
        Ok(Self {
            etcd: built("etcd")?,
            kube_apiserver: built("kube-apiserver")?,
            kube_controller_manager: Some(built("kube-controller-manager")?),
            kubectl: built("kubectl")?,
            helm: built_helm(root),
        })
    }
}

/// Where the Go module is.
pub(crate) fn module(root: &Path) -> PathBuf {
    root.join("tests/cluster")
}

/// Where built programs go.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("target/cluster/bin")
}

/// What the programs there were built from; written last.
pub(crate) fn stamp_file(root: &Path) -> PathBuf {
    root.join("target/cluster/built-from")
}

/// Helm, where the wanted version was built.
pub(crate) fn built_helm(root: &Path) -> Option<PathBuf> {
    let helm = folder(root).join("helm");
    let version = std::fs::read_to_string(helm_stamp_file(root)).ok()?;
    (version.trim() == HELM && helm.is_file()).then_some(helm)
}

/// The version of Helm that was built; written last.
pub(crate) fn helm_stamp_file(root: &Path) -> PathBuf {
    root.join("target/cluster/helm-version")
}

/// The hash of the pinned versions.
pub(crate) fn stamp_of(root: &Path) -> Result<String, String> {
    let mut hash = Sha256::new();
    for name in PINNED {
        let file = module(root).join(name);
        let bytes =
            std::fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        hash.update(bytes);
    }
    hash.update(RECIPE);
    Ok(format!("{:x}\n", hash.finalize()))
}

/// The version of Kubernetes that is pinned, as releases are called: `v1.36.3`.
pub(crate) fn version_of(root: &Path) -> Result<String, String> {
    let file = module(root).join("go.mod");
    let text =
        std::fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    text.lines()
        .filter_map(|line| {
            let words = line.trim().strip_prefix("require ").unwrap_or(line.trim());
            words.strip_prefix("k8s.io/kubernetes ")
        })
        .find_map(|version| version.split_whitespace().next())
        .map(str::to_owned)
        .ok_or_else(|| format!("{} does not require k8s.io/kubernetes", file.display()))
}

/// A program in a list of folders as PATH has it.
pub(crate) fn in_path(path: Option<&OsStr>, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path?)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(module(root.path())).unwrap();
        std::fs::create_dir_all(folder(root.path())).unwrap();
        for name in PINNED {
            std::fs::write(module(root.path()).join(name), name).unwrap();
        }
        for name in ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] {
            std::fs::write(folder(root.path()).join(name), "").unwrap();
        }
        root
    }

    #[test]
    fn only_what_was_built_from_the_present_versions_counts() {
        let root = repository();
        let root = root.path();
        let reason = Binaries::of_stamp(root).unwrap_err();
        assert!(reason.contains("are not built"), "{reason}");

        std::fs::write(stamp_file(root), stamp_of(root).unwrap()).unwrap();
        let found = Binaries::of_stamp(root).unwrap();
        assert_eq!(found.etcd, folder(root).join("etcd"));

        std::fs::remove_file(folder(root).join("kubectl")).unwrap();
        let reason = Binaries::of_stamp(root).unwrap_err();
        assert!(reason.contains("has no kubectl"), "{reason}");

        std::fs::write(module(root).join("go.sum"), "another").unwrap();
        let reason = Binaries::of_stamp(root).unwrap_err();
        assert!(reason.contains("other versions"), "{reason}");
    }

    #[test]
    fn helm_counts_once_its_version_was_written() {
        let root = repository();
        let root = root.path();
        std::fs::write(folder(root).join("helm"), "").unwrap();
        assert_eq!(built_helm(root), None);
        std::fs::write(helm_stamp_file(root), format!("{HELM}\n")).unwrap();
        assert_eq!(built_helm(root), Some(folder(root).join("helm")));
        std::fs::write(helm_stamp_file(root), "v0.1.0").unwrap();
        assert_eq!(built_helm(root), None);
    }

    #[test]
    fn the_servers_version_is_the_one_required() {
        let root = repository();
        let go_mod = module(root.path()).join("go.mod");
        for text in [
            "module x\n\nrequire (\n\tk8s.io/kubernetes v1.36.3\n\tk8s.io/kubernetes-other v2.0.0 // indirect\n)\n",
            "require k8s.io/kubernetes v1.36.3 // why\n",
        ] {
            std::fs::write(&go_mod, text).unwrap();
            assert_eq!(version_of(root.path()).unwrap(), "v1.36.3");
        }
        std::fs::write(&go_mod, "module x\n").unwrap();
        assert!(version_of(root.path()).unwrap_err().contains("go.mod"));
    }

    #[test]
    fn assets_need_a_store_and_a_server_and_may_take_kubectl_from_path() {
        let root = repository();
        let assets = folder(root.path());
        for name in ["kubectl", "kube-controller-manager"] {
            std::fs::remove_file(assets.join(name)).unwrap();
        }
        let reason = Binaries::of_assets(&assets, None).unwrap_err();
        assert!(reason.contains("has no kubectl"), "{reason}");

        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(elsewhere.path().join("kubectl"), "").unwrap();
        let found = Binaries::of_assets(&assets, Some(elsewhere.path().as_os_str())).unwrap();
        assert_eq!(found.kubectl, elsewhere.path().join("kubectl"));
        assert_eq!(found.kube_controller_manager, None);

        std::fs::remove_file(assets.join("etcd")).unwrap();
        let reason = Binaries::of_assets(&assets, Some(elsewhere.path().as_os_str())).unwrap_err();
        assert!(reason.contains("has no etcd"), "{reason}");
    }
}
