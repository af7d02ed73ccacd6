//! Patch files of Kustomize among manifests: they look like objects, and are none.

use crate::program::Folder;
use crate::repairing_files::{SPEC, WRITE};

/// An Ingress of another class than the declared one.
pub(crate) const INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: web}
spec:
  ingressClassName: traefik
  tls: [{hosts: [example.com], secretName: t}]
  rules: [{host: example.com}]
";

/// Looks like the object, but says less.
const PATCH: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: web, annotations: {a: b}}
spec: {ingressClassName: other}
";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("environments/stage.yaml", SPEC);
    folder.write("app/base/web.yaml", INGRESS);
    folder.write("app/base/kustomization.yaml", "resources: [web.yaml]\n");
    folder
}

#[test]
fn a_patch_is_no_second_object() {
    // One that sets the class again would keep the edit from being made.
    let patch = PATCH.replace("spec: {ingressClassName: other}\n", "");
    for entry in [
        "patches: [{path: web-patch.yaml}]",
        "patches: [{path: ./web-patch.yaml, target: {kind: Ingress}}]",
        "patchesStrategicMerge: [web-patch.yaml]",
        "patchesJson6902: [{path: ../stage/web-patch.yaml, target: {version: v1, kind: Ingress, name: web}}]",
        "kind: Component\npatches: [{patch: 'a: b'}, {path: web-patch.yaml}]",
    ] {
        for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
            let folder = folder();
            folder.write("app/stage/web-patch.yaml", &patch);
            folder.write(
                &format!("app/stage/{name}"),
                format!("resources: [../base]\n{entry}\n"),
            );
            let words = format!(
                "skipped app/stage/web-patch.yaml: a patch of app/stage/{name}; render it: kubectl kustomize app/stage |"
            );
            folder
                .run(WRITE)
                .exits(0)
                .says(&["1 edit in 1 file repair 1 of 1 finding", &words]);
            assert_eq!(folder.read("app/stage/web-patch.yaml"), patch);
            assert_eq!(
                folder.read("app/base/web.yaml"),
                INGRESS.replace("traefik", "nginx")
            );
            folder.run(["check", "app", "-e", "stage"]).exits(0);
        }
    }
}

#[test]
fn what_is_nobody_s_patch_or_an_object_as_well_is_read() {
    let folder = folder();
    folder.write("app/stage/web-patch.yaml", PATCH);
    let twice = "stands in app/base/web.yaml and in app/stage/web-patch.yaml: only a person can choose";
    for kustomization in [
        "resources: [../base]\n",
        "resources: [../base]\npatches: [{path: other.yaml}]\n",
        "resources: [../base, web-patch.yaml]\npatches: [{path: web-patch.yaml}]\n",
        "patches: web-patch.yaml\n",
        "patches: [web-patch.yaml]\n",
        "patches: [{path: [",
    ] {
        folder.write("app/stage/kustomization.yaml", kustomization);
        folder.run(WRITE).exits(1).says(&[twice]);
    }
    // Alone, nothing that was named says that it is a patch.
    folder.write(
        "app/stage/kustomization.yaml",
        "patches: [{path: web-patch.yaml}]\n",
    );
    folder
        .run(["check", "app/stage/web-patch.yaml", "-e", "stage"])
        .exits(1)
        .shows(&["is of class other"]);
    folder
        .run([
            "check",
            "app/stage/web-patch.yaml",
            "app/stage/kustomization.yaml",
            "-e",
            "stage",
        ])
        .exits(3)
        .shows(&["there was no Kubernetes object to judge"]);
}

/// A patch that is read in shares, and one that a link leads to.
#[test]
fn large_patches_and_links_to_patches_are_patches() {
    let folder = folder();
    let large = format!(
        "{PATCH}# {}\n---\n{}",
        "x".repeat(300 << 10),
        PATCH.replace("name: web", "name: web2")
    );
    folder.write("shared/large.yaml", &large);
    folder.write(
        "app/stage/kustomization.yaml",
        "resources: [../base]\npatches: [{path: link.yaml}]\n",
    );
    std::os::unix::fs::symlink(
        "../../shared/large.yaml",
        folder.path().join("app/stage/link.yaml"),
    )
    .unwrap();
    folder.run(WRITE).exits(0).says(&[
        "1 edit in 1 file repair 1 of 1 finding",
        "skipped app/stage/link.yaml: a patch of",
    ]);
    assert_eq!(folder.read("shared/large.yaml"), large);
}
