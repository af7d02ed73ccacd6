//! What `provision --render` writes, built by Kustomize itself.

use super::binaries;
use crate::installing::with_manifest;
use crate::program::{Folder, files, finish};
use envcheck_core::inventory::identify;
use envcheck_core::yaml::{Limits, decode, documents};
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn kustomize_builds_the_same_objects_in_the_same_order() {
    let Some(binaries) = binaries() else { return };
    let folder = Folder::new();
    let ours = with_manifest(&folder, None);
    folder
        .run([
            "provision",
            &ours,
            "--render",
            "out",
            "--argocd-manifest",
            "install.yaml",
        ])
        .exits(0);
    let mut command = Command::new(&binaries.kubectl);
    command.args(["kustomize", "out"]).current_dir(folder.path());
    let built = finish(command, None).exits(0);
    let identities = |text: &str| -> Vec<String> {
        let source = decode("built.yaml", text.as_bytes()).unwrap();
        documents(&source, &Limits::default())
            .map(|document| {
                let (reference, _) = identify(&document.unwrap().value).unwrap();
                format!("{} {}", reference.kind, reference.qualified_name())
            })
            .collect()
    };
    let order = identities(&built.stdout);
    let expected: BTreeSet<String> = files(&folder.path().join("out"))
        .iter()
        .filter(|(path, _)| !path.ends_with("kustomization.yaml"))
        .flat_map(|(_, text)| identities(text))
        .collect();
    assert_eq!(order.iter().cloned().collect::<BTreeSet<_>>(), expected);
    let at = |name: &str| order.iter().position(|one| one == name).unwrap();
    assert!(at("Namespace back") < at("NetworkPolicy back/accept-all-namespaces"));
    assert!(at("NetworkPolicy back/accept-all-namespaces") < at("NetworkPolicy back/default-deny"));
    assert!(at("NetworkPolicy b2b/default-deny") < at("CustomResourceDefinition applications.argoproj.io"));
    assert!(at("AppProject argocd/ours") < at("Application argocd/back"));
}
