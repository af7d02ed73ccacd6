//! An environment whose Argo CD is installed from a manifest as small as can be.

use crate::program::{Folder, environment};
use envcheck_core::inventory::snapshot::sha256;

/// A manifest as small as one that installs Argo CD can be.
pub(crate) const MANIFEST: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: applications.argoproj.io}
spec: {group: argoproj.io, scope: Namespaced, names: {kind: Application, plural: applications}, versions: []}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: argocd-server}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: argocd-server}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: argocd-server}
subjects: [{kind: ServiceAccount, name: argocd-server, namespace: argocd}]
";

/// STAGE with a manifest of Argo CD of this sum, or none.
pub(crate) fn with_manifest(folder: &Folder, sum: Option<&str>) -> String {
    let install = sum.map_or("null".to_owned(), |sum| {
        format!("{{url: https://127.0.0.1:9/install.yaml, sha256: {sum}}}")
    });
    folder.write("install.yaml", MANIFEST);
    with_install(folder, &install)
}

/// STAGE with the manifest of Argo CD in a file beside the spec.
pub(crate) fn with_manifest_file(folder: &Folder, manifest: &str) -> String {
    let sum = sha256(manifest.as_bytes());
    folder.write("argocd/pinned.yaml", manifest);
    with_install(
        folder,
        &format!("{{url: null, file: argocd/pinned.yaml, sha256: {sum}}}"),
    )
}

fn with_install(folder: &Folder, install: &str) -> String {
    let spec = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: ours}}\nextends: {}\nspec:\n  \
         digitalocean: {{registry: {{owner: ours}}}}\n  delivery: {{argocd: {{install: {install}}}}}\n",
        environment("stage.yaml")
    );
    folder.write("ours.yaml", spec);
    "ours.yaml".to_owned()
}
