//! Argo CD's own manifest.

use super::{declared, listed, object, refused, text};
use crate::provision::objects::{Material, objects};
use crate::source::SourceText;
use crate::spec::Spec;

fn spec(home: &str) -> Spec {
    declared(&format!(
        "namespaces: [{{name: {home}, role: delivery}}]\ndelivery: {{argocd: {{version: v3.5.1, repository: https://git.example.com/deploy.git}}}}"
    ))
}

fn manifest(text: &str) -> Material {
    Material {
        argocd: Some(SourceText::new("install.yaml", text)),
        ..Material::default()
    }
}

const MANIFEST: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-server, labels: {app.kubernetes.io/part-of: argocd}}
spec: {template: {metadata: {labels: {a: b}}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: gitops}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.argoproj.io}
spec: {group: argoproj.io, scope: Cluster, names: {kind: Thing}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: argocd-server}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: argocd-server}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: argocd-server}
subjects:
- {kind: ServiceAccount, name: argocd-server, namespace: argocd}
- {kind: ServiceAccount, name: somebody, namespace: argocd}
---
apiVersion: argoproj.io/v1
kind: Thing
metadata: {name: t}
";

#[test]
fn its_objects_are_where_argo_cd_is_declared() {
    let desired = objects(&spec("gitops"), &manifest(MANIFEST)).unwrap();
    assert_eq!(
        listed(&desired),
        [
            "Namespace gitops",
            "CustomResourceDefinition things.argoproj.io",
            "Deployment gitops/argocd-server",
            "ServiceAccount gitops/argocd-server",
            "ClusterRoleBinding argocd-server",
            "Thing t"
        ]
    );
    insta::assert_snapshot!(text(&desired, "ClusterRoleBinding", "argocd-server"), @"
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: argocd-server
    roleRef:
      apiGroup: rbac.authorization.k8s.io
      kind: ClusterRole
      name: argocd-server
    subjects:
      - kind: ServiceAccount
        name: argocd-server
        namespace: gitops
      - kind: ServiceAccount
        name: somebody
        namespace: argocd
    ");
    insta::assert_snapshot!(text(&desired, "Deployment", "gitops/argocd-server"), @"
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        app.kubernetes.io/part-of: argocd
        envcheck.dev/environment: stage
      name: argocd-server
      namespace: gitops
    spec:
      template:
        metadata:
          labels:
            a: b
    ");
}

#[test]
fn without_it_everything_else_is_made() {
    let desired = objects(&spec("argocd"), &Material::default()).unwrap();
    assert_eq!(listed(&desired), ["Namespace argocd"]);
}

#[test]
fn what_is_no_manifest_is_refused_with_its_place() {
    for (manifest_text, words) in [
        (
            "<html>404: Not Found</html>\n",
            "install.yaml:1:1: this is no Kubernetes object",
        ),
        ("", "install.yaml holds no Kubernetes object"),
        (
            "apiVersion: v1\nkind: ConfigMap\n",
            "the ConfigMap has no metadata.name",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n",
            "has no name of its own",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: [b]}\n",
            "install.yaml:3:",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: elsewhere\n",
            "install.yaml:5:14: ConfigMap a is for namespace elsewhere, and Argo CD is declared in argocd",
        ),
    ] {
        let problems = refused(&spec("argocd"), &manifest(manifest_text));
        assert!(problems[0].contains(words), "{problems:?}");
    }
    let problems = refused(&spec("argocd"), &manifest("a: [\n---\nb: c\n---\nd: }\n"));
    assert_eq!(problems.len(), 3, "{problems:?}");
}

#[test]
fn nothing_of_it_is_lost() {
    let desired = objects(&spec("argocd"), &manifest(MANIFEST)).unwrap();
    let template = object(&desired, "Deployment", "argocd/argocd-server");
    assert_eq!(
        crate::value::ValueExt::text_at(template, &["spec", "template", "metadata", "labels", "a"]),
        Some("b")
    );
    assert!(
        crate::value::ValueExt::at(
            template,
            &[
                "spec",
                "template",
                "metadata",
                "labels",
                "envcheck.dev/environment"
            ]
        )
        .is_none()
    );
}
