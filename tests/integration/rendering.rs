//! `provision --render`: the cluster's side of an environment as a directory that Git keeps and Kustomize builds.

use crate::installing::{MANIFEST, with_manifest, with_manifest_file};
use crate::program::{Folder, Outcome, environment, files};
use envcheck_core::inventory::snapshot::sha256;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// Renders a spec of the repository into a folder, without Argo CD's manifest.
fn rendered(folder: &Folder, name: &str, into: &str) -> Outcome {
    let spec = environment(&format!("{name}.yaml"));
    folder
        .run(["provision", &spec, "--render", into, "--offline"])
        .exits(0)
}

#[test]
fn the_same_spec_gives_the_same_bytes_and_a_second_time_changes_nothing() {
    let folder = Folder::new();
    for name in ["stage", "dev", "demo-clean"] {
        let first = rendered(&folder, name, name);
        assert!(
            first.stdout.lines().all(|line| line.starts_with("created ")),
            "{}",
            first.stdout
        );
        rendered(&folder, name, &format!("{name}-again"));
        let bytes = files(&folder.path().join(name));
        assert_eq!(bytes, files(&folder.path().join(format!("{name}-again"))));
        for (path, text) in &bytes {
            let header = format!("# Rendered by envcheck from environment {name}.\n");
            assert!(text.starts_with(&header), "{path}: {text:.100}");
        }
        let second = rendered(&folder, name, name).says(&[" 0 created, 0 changed, 0 removed, "]);
        assert_eq!(second.stdout, "");
        assert_eq!(bytes, files(&folder.path().join(name)));
    }
}

#[test]
fn stage_is_rendered_as_its_files_say() {
    let folder = Folder::new();
    let shown = rendered(&folder, "stage", "stage");
    insta::assert_snapshot!(shown.stdout, @"
    created argocd/application-b2b.yaml
    created argocd/application-back.yaml
    created argocd/application-front-web.yaml
    created argocd/application-ingress-nginx.yaml
    created argocd/application-kube-prometheus-stack.yaml
    created argocd/appproject-stage-charts.yaml
    created argocd/appproject-stage.yaml
    created argocd/kustomization.yaml
    created kustomization.yaml
    created namespaces/argocd/namespace.yaml
    created namespaces/b2b/namespace.yaml
    created namespaces/b2b/networkpolicy-accept-declared.yaml
    created namespaces/b2b/networkpolicy-default-deny.yaml
    created namespaces/back/namespace.yaml
    created namespaces/back/networkpolicy-accept-all-namespaces.yaml
    created namespaces/back/networkpolicy-default-deny.yaml
    created namespaces/front-web/namespace.yaml
    created namespaces/front-web/networkpolicy-accept-declared.yaml
    created namespaces/front-web/networkpolicy-default-deny.yaml
    created namespaces/ingress-nginx/namespace.yaml
    created namespaces/kustomization.yaml
    created namespaces/prometheus/namespace.yaml
    ");
    insta::assert_snapshot!(folder.read("stage/kustomization.yaml"), @"
    # Rendered by envcheck from environment stage.
    # Changes belong into the spec: the next rendering overwrites this file.
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
      - namespaces
      - argocd
    sortOptions:
      order: fifo
    ");
    insta::assert_snapshot!(folder.read("stage/namespaces/kustomization.yaml"), @"
    # Rendered by envcheck from environment stage.
    # Changes belong into the spec: the next rendering overwrites this file.
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
      - argocd/namespace.yaml
      - b2b/namespace.yaml
      - back/namespace.yaml
      - front-web/namespace.yaml
      - ingress-nginx/namespace.yaml
      - prometheus/namespace.yaml
      - b2b/networkpolicy-accept-declared.yaml
      - back/networkpolicy-accept-all-namespaces.yaml
      - front-web/networkpolicy-accept-declared.yaml
      - b2b/networkpolicy-default-deny.yaml
      - back/networkpolicy-default-deny.yaml
      - front-web/networkpolicy-default-deny.yaml
    ");
    insta::assert_snapshot!(folder.read("stage/argocd/kustomization.yaml"), @"
    # Rendered by envcheck from environment stage.
    # Changes belong into the spec: the next rendering overwrites this file.
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    labels:
      - pairs:
          app.kubernetes.io/managed-by: envcheck
          envcheck.dev/environment: stage
    namespace: argocd
    resources:
      - https://raw.githubusercontent.com/argoproj/argo-cd/v3.5.1/manifests/install.yaml
      - appproject-stage.yaml
      - appproject-stage-charts.yaml
      - application-b2b.yaml
      - application-back.yaml
      - application-front-web.yaml
      - application-ingress-nginx.yaml
      - application-kube-prometheus-stack.yaml
    ");
    insta::assert_snapshot!(shown.stderr, @"
    note: nothing is fetched with --offline: argocd/kustomization.yaml refers to https://raw.githubusercontent.com/argoproj/argo-cd/v3.5.1/manifests/install.yaml, whose sum Kustomize does not check; with --argocd-manifest FILE it would be part of the directory
    rendered stage into stage: 22 created, 0 changed, 0 removed, 0 unchanged
    ");
}

#[test]
fn what_is_rendered_satisfies_the_policies() {
    let folder = Folder::new();
    for name in ["stage", "dev", "demo-clean"] {
        rendered(&folder, name, name);
        let spec = environment(&format!("{name}.yaml"));
        let part = folder
            .run(["check", name, "-e", &spec, "-o", "json"])
            .exits(0)
            .report();
        assert_eq!(part.messages_by_finding(), []);
        // What Argo CD delivers is not in the directory: all that is missing is said of that.
        let whole = folder.run(["check", name, "-e", &spec, "--complete", "-o", "json"]);
        let report = whole.report();
        let policies: BTreeSet<&str> = report
            .list("findings")
            .iter()
            .map(|finding| finding["policy"].as_str().unwrap())
            .collect();
        let delivered = BTreeSet::from(["workload-declared", "proxy-layer"]);
        assert_eq!(policies, delivered);
        let skipped = [
            "check",
            name,
            "-e",
            &spec,
            "--complete",
            "--skip",
            "workload-declared,proxy-layer",
        ];
        folder.run(skipped).exits(0);
        for policy in [
            "namespace-declared",
            "argocd-covers-namespace",
            "argocd-project-scope",
            "argocd-source-declared",
            "pod-security-level",
        ] {
            assert_eq!(report.verdict(policy), "pass", "{policy}");
        }
    }
}

#[test]
fn who_reaches_whom_is_what_the_spec_declares() {
    let folder = Folder::new();
    rendered(&folder, "stage", "stage");
    let workloads: String = [
        ("back", "ii"),
        ("b2b", "b2b-web"),
        ("front-web", "web"),
        ("ingress-nginx", "controller"),
        ("prometheus", "prometheus"),
        ("argocd", "argocd-server"),
        ("elsewhere", "job"),
    ]
    .iter()
    .map(|(namespace, name)| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  \
             template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: c, image: x, ports: [{{containerPort: 80}}]}}]}}\n"
        )
    })
    .collect();
    folder.write("workloads.yaml", workloads);
    let found = folder
        .run(["reach", "stage", "workloads.yaml", "-o", "json"])
        .exits(0)
        .json();
    let accepted = |name: &str| {
        let rows = found["workloads"].as_array().unwrap();
        let row = rows.iter().find(|row| row["workload"] == name).unwrap();
        (
            row["acceptsFromAllNamespaces"].as_str().unwrap().to_owned(),
            row["acceptsFromOutside"].as_str().unwrap().to_owned(),
        )
    };
    let words = |all: &str, outside: &str| (all.to_owned(), outside.to_owned());
    assert_eq!(accepted("back/ii[Deployment]"), words("all", "none"));
    assert_eq!(accepted("b2b/b2b-web[Deployment]"), words("none", "none"));
    let sources = |to: &str| -> BTreeSet<String> {
        found["connections"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["dst"] == to && row["src"] != to)
            .map(|row: &Value| row["src"].as_str().unwrap().to_owned())
            .collect()
    };
    let only = BTreeSet::from([
        "ingress-nginx/controller[Deployment]".to_owned(),
        "prometheus/prometheus[Deployment]".to_owned(),
    ]);
    assert_eq!(sources("b2b/b2b-web[Deployment]"), only);
    assert_eq!(sources("front-web/web[Deployment]"), only);
    assert_eq!(sources("back/ii[Deployment]").len(), 6);
}

#[test]
fn what_the_spec_no_longer_asks_for_is_removed_and_nothing_else() {
    let folder = Folder::new();
    let spec = |more: &str| {
        format!(
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: small}}\nspec:\n  namespaces:\n  - {{name: a, role: platform}}\n{more}"
        )
    };
    folder.write(
        "small.yaml",
        spec("  - {name: b, role: platform, quota: {pods: 5}}\n"),
    );
    folder
        .run(["provision", "small.yaml", "--render", "out"])
        .exits(0)
        .shows(&["created namespaces/b/resourcequota-declared.yaml"]);
    folder.write("small.yaml", spec("  - {name: c, role: platform}\n"));
    let second = folder
        .run(["provision", "small.yaml", "--render", "out"])
        .exits(0);
    assert_eq!(
        second.stdout,
        "created namespaces/c/namespace.yaml\nchanged namespaces/kustomization.yaml\nremoved namespaces/b/namespace.yaml\n\
         removed namespaces/b/resourcequota-declared.yaml\n"
    );
    assert!(!folder.path().join("out/namespaces/b").exists());
}

#[test]
fn directories_that_are_not_its_own_are_refused() {
    let folder = Folder::new();
    folder.write("mine/values.yaml", "a: 1\n");
    let spec = environment("stage.yaml");
    let into = |directory: &str| folder.run(["provision", &spec, "--render", directory, "--offline"]);
    into("mine").refuses(&[
        "mine holds what envcheck did not write: values.yaml",
        "new or empty directory",
    ]);
    rendered(&folder, "stage", "stage");
    let before = files(&folder.path().join("stage"));
    folder.write("stage/argocd/note.txt", "mine\n");
    into("stage").refuses(&["argocd/note.txt"]);
    fs::remove_file(folder.path().join("stage/argocd/note.txt")).unwrap();
    assert_eq!(files(&folder.path().join("stage")), before);
    let dev = environment("dev.yaml");
    folder
        .run(["provision", &dev, "--render", "stage", "--offline"])
        .refuses(&["stage was rendered from environment stage, not dev"]);
    folder.write("file", "");
    into("file").refuses(&["it is no directory"]);
    into("-").refuses(&["cannot go to standard output"]);
}

#[test]
fn argo_cds_manifest_is_part_of_the_directory_when_its_sum_is_right() {
    let folder = Folder::new();
    let ours = with_manifest(&folder, Some(&sha256(MANIFEST.as_bytes())));
    let arguments = [
        "provision",
        &ours,
        "--render",
        "out",
        "--argocd-manifest",
        "install.yaml",
    ];
    folder
        .run(arguments)
        .exits(0)
        .shows(&["created argocd/install.yaml"]);
    let install = folder.read("out/argocd/install.yaml");
    assert!(install.contains("namespace: argocd"), "{install}");
    let listed = folder.read("out/argocd/kustomization.yaml");
    assert!(
        listed.contains("- install.yaml") && !listed.contains("https://"),
        "{listed}"
    );
    folder.write("install.yaml", format!("{MANIFEST}# more\n"));
    folder
        .run(arguments)
        .refuses(&["install.yaml has the SHA-256 sum", "declared is", "ours.yaml:7:"]);
    let ours = with_manifest(&folder, None);
    folder
        .run(["provision", &ours, "--render", "none"])
        .exits(0)
        .says(&["what installs Argo CD is not rendered"]);
    folder.write("install.yaml", "<html>\n");
    folder
        .run([
            "provision",
            &ours,
            "--render",
            "out",
            "--argocd-manifest",
            "install.yaml",
        ])
        .refuses(&["this is no Kubernetes object", "install.yaml:1:1"]);
}

#[test]
fn argo_cds_manifest_in_a_declared_file_needs_neither_a_flag_nor_the_web() {
    let folder = Folder::new();
    let ours = with_manifest_file(&folder, MANIFEST);
    for more in [&[][..], &["--offline"]] {
        let words = [&["provision", ours.as_str(), "--render", "out"], more].concat();
        folder.run(words).exits(0);
        let listed = folder.read("out/argocd/kustomization.yaml");
        assert!(
            listed.contains("- install.yaml") && !listed.contains("https://"),
            "{listed}"
        );
    }
    folder.write("argocd/pinned.yaml", format!("{MANIFEST}# more\n"));
    folder
        .run(["provision", &ours, "--render", "out"])
        .refuses(&["argocd/pinned.yaml has the SHA-256 sum", "ours.yaml:7:"]);
    fs::remove_file(folder.path().join("argocd/pinned.yaml")).unwrap();
    folder.run(["provision", &ours, "--render", "out"]).refuses(&[
        "cannot read Argo CD's manifest in argocd/pinned.yaml: it does not exist",
        "ours.yaml:7:",
        "relative to the spec",
    ]);
}

#[test]
fn a_manifest_that_cannot_be_fetched_is_told_with_what_to_do() {
    let folder = Folder::new();
    let ours = with_manifest(&folder, Some(&sha256(MANIFEST.as_bytes())));
    folder.run(["provision", &ours, "--render", "out"]).refuses(&[
        "cannot fetch https://127.0.0.1:9/install.yaml",
        "refused the connection",
        "--offline",
    ]);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn what_is_set_by_hand_is_checked_like_a_spec() {
    let folder = Folder::with_stage();
    for (setting, words) in [
        ("spec.digitalocean.cluster.hah=true", "has no field `hah`"),
        ("digitalocean.cluster", "--set digitalocean.cluster: it has no ="),
        ("namespaces[0].role=backend", "[0] is no name"),
        ("digitalocean.vpc.ipRange=10.20.0.0/99", "--set:"),
        (
            "digitalocean.cluster.nodePools[general].count=-5",
            "has no node pool called `general`",
        ),
        (
            "digitalocean.cluster.nodePools[general]={size: s-1vcpu-2gb, count: 0}",
            "`0` is out of range",
        ),
        (
            "digitalocean.cluster.nodePools[general]={size: s-1vcpu-2gb, count: 2, autoscale: {min: -1, max: 5}}",
            "`-1` is out of range",
        ),
    ] {
        folder.run(["plan", "stage", "--set", setting]).refuses(&[words]);
    }
    let kept = ["plan", "stage", "--set", "protect=true", "--out", "plan.json"];
    folder
        .run(kept)
        .refuses(&["plan.json is not written: provision makes what the spec says"]);
}

/// Whoever has a token must not make the bundled demo in their account by a slip.
#[test]
fn what_is_read_from_a_snapshot_is_not_made() {
    let folder = Folder::new();
    let demo = crate::program::root()
        .join("environments/demo.yaml")
        .display()
        .to_string();
    let refused = folder
        .run(["provision", &demo, "--yes", "--journal", "journal"])
        .exits(2);
    let told = "demo is read from a snapshot, and nothing of that can be made";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
    // What would be, it shows all the same.
    folder
        .run(["plan", &demo])
        .exits(0)
        .has(&["create Namespace tools", "this plan cannot be carried out"]);
    folder.run(["plan", &demo, "--detailed-exitcode"]).exits(2);
}
