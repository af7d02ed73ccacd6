//! Projects, Applications, charts and their load balancers.

use super::{declared, listed, made, object, of_repository, refused, text};
use crate::provision::objects::{Material, objects};
use crate::source::SourceText;
use crate::value::ValueExt;

const ARGO: &str = "namespaces: [{name: argocd, role: delivery}, {name: edge, role: ingress}, {name: b2b, role: application, network: {accepts: {}}}]\n";

fn with(values: &str) -> Material {
    let mut material = Material::default();
    material
        .values
        .insert("values.yaml".to_owned(), SourceText::new("values.yaml", values));
    material
}

/// An environment whose ingress-nginx has the values of a file.
fn exposed(exposure: &str) -> String {
    format!(
        "{ARGO}digitalocean: {{token: {{env: T}}, region: fra1}}\nexposure: [{exposure}]\ndelivery:\n  argocd: {{version: v3.5.1, repository: https://git.example.com/deploy.git, path: ./stage/}}\n  charts: [{{name: ingress-nginx, repository: https://kubernetes.github.io/ingress-nginx, version: 4.15.1, namespace: edge, values: values.yaml}}]"
    )
}

#[test]
fn stage_delivers_applications_and_charts_without_wildcards() {
    let (spec, material) = of_repository("stage");
    let desired = objects(&spec, &material).unwrap();
    insta::assert_snapshot!(text(&desired, "AppProject", "argocd/stage"), @"
    apiVersion: argoproj.io/v1alpha1
    kind: AppProject
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: stage
      namespace: argocd
    spec:
      description: The applications of environment stage
      destinations:
        - namespace: b2b
          server: https://kubernetes.default.svc
        - namespace: back
          server: https://kubernetes.default.svc
        - namespace: front-web
          server: https://kubernetes.default.svc
      sourceRepos:
        - https://github.com/acme/deploy.git
    ");
    insta::assert_snapshot!(text(&desired, "AppProject", "argocd/stage-charts"), @"
    apiVersion: argoproj.io/v1alpha1
    kind: AppProject
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: stage-charts
      namespace: argocd
    spec:
      clusterResourceWhitelist:
        - group: admissionregistration.k8s.io
          kind: MutatingWebhookConfiguration
        - group: admissionregistration.k8s.io
          kind: ValidatingWebhookConfiguration
        - group: apiextensions.k8s.io
          kind: CustomResourceDefinition
        - group: networking.k8s.io
          kind: IngressClass
        - group: rbac.authorization.k8s.io
          kind: ClusterRole
        - group: rbac.authorization.k8s.io
          kind: ClusterRoleBinding
      description: The charts of environment stage
      destinations:
        - namespace: ingress-nginx
          server: https://kubernetes.default.svc
        - namespace: kube-system
          server: https://kubernetes.default.svc
        - namespace: prometheus
          server: https://kubernetes.default.svc
      sourceRepos:
        - https://kubernetes.github.io/ingress-nginx
        - https://prometheus-community.github.io/helm-charts
    ");
    insta::assert_snapshot!(text(&desired, "Application", "argocd/back"), @"
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: back
      namespace: argocd
    spec:
      destination:
        namespace: back
        server: https://kubernetes.default.svc
      project: stage
      source:
        path: stage/back
        repoURL: https://github.com/acme/deploy.git
        targetRevision: main
      syncPolicy:
        automated:
          prune: true
          selfHeal: true
        retry:
          backoff:
            duration: 10s
            factor: 2
            maxDuration: 5m
          limit: 10
        syncOptions:
          - ServerSideApply=true
    ");
    insta::assert_snapshot!(text(&desired, "Application", "argocd/ingress-nginx"), @"
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: ingress-nginx
      namespace: argocd
    spec:
      destination:
        namespace: ingress-nginx
        server: https://kubernetes.default.svc
      project: stage-charts
      source:
        chart: ingress-nginx
        helm:
          releaseName: ingress-nginx
          valuesObject:
            controller:
              allowSnippetAnnotations: false
              ingressClassResource:
                default: false
                name: nginx
              replicaCount: 2
              service:
                annotations:
                  service.beta.kubernetes.io/do-loadbalancer-name: stage-ingress-nginx-ingress-nginx-controller
                  service.beta.kubernetes.io/do-loadbalancer-type: REGIONAL_NETWORK
                externalTrafficPolicy: Local
                type: LoadBalancer
        repoURL: https://kubernetes.github.io/ingress-nginx
        targetRevision: 4.15.1
      syncPolicy:
        automated:
          prune: true
          selfHeal: true
        retry:
          backoff:
            duration: 10s
            factor: 2
            maxDuration: 5m
          limit: 10
        syncOptions:
          - ServerSideApply=true
    ");
}

#[test]
fn namespaces_that_are_listed_and_applications_that_are_not_are_delivered() {
    let desired = made(&format!(
        "{ARGO}delivery:\n  argocd: {{version: v3.5.1, repository: https://git.example.com/deploy.git, applications: [edge]}}\n  charts: [{{name: edge, repository: oci://registry.example.com/charts/, version: 1.0.0, namespace: edge}}]"
    ));
    let applications: Vec<_> = listed(&desired)
        .into_iter()
        .filter(|name| name.starts_with("Application "))
        .collect();
    assert_eq!(
        applications,
        [
            "Application argocd/edge",
            "Application argocd/b2b",
            "Application argocd/edge-chart"
        ]
    );
    let source = |name: &str, key: &str| {
        object(&desired, "Application", name)
            .text_at(&["spec", "source", key])
            .unwrap()
            .to_owned()
    };
    assert_eq!(source("argocd/b2b", "path"), "b2b");
    assert_eq!(source("argocd/b2b", "targetRevision"), "HEAD");
    assert_eq!(
        source("argocd/edge-chart", "repoURL"),
        "registry.example.com/charts"
    );
    let release = object(&desired, "Application", "argocd/edge-chart");
    assert_eq!(
        release.text_at(&["spec", "source", "helm", "releaseName"]),
        Some("edge")
    );
    assert!(
        desired.notes[0].contains("chart edge is not known"),
        "{:?}",
        desired.notes
    );
}

#[test]
fn annotations_of_a_load_balancer_join_what_the_values_say() {
    let spec = declared(&exposed(
        "{service: edge/ingress-nginx-controller, loadBalancer: {type: REGIONAL, sizeUnit: 2}}",
    ));
    let values = "controller:\n  replicaCount: 2\n  service:\n    annotations:\n      service.beta.kubernetes.io/do-loadbalancer-type: REGIONAL_NETWORK\n      service.beta.kubernetes.io/do-loadbalancer-name: ours\n      other: kept\n";
    let desired = objects(&spec, &with(values)).unwrap();
    insta::assert_snapshot!(text(&desired, "Application", "argocd/ingress-nginx"), @r#"
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: ingress-nginx
      namespace: argocd
    spec:
      destination:
        namespace: edge
        server: https://kubernetes.default.svc
      project: stage-charts
      source:
        chart: ingress-nginx
        helm:
          releaseName: ingress-nginx
          valuesObject:
            controller:
              replicaCount: 2
              service:
                annotations:
                  other: kept
                  service.beta.kubernetes.io/do-loadbalancer-name: ours
                  service.beta.kubernetes.io/do-loadbalancer-size-unit: "2"
                  service.beta.kubernetes.io/do-loadbalancer-type: REGIONAL
        repoURL: https://kubernetes.github.io/ingress-nginx
        targetRevision: 4.15.1
      syncPolicy:
        automated:
          prune: true
          selfHeal: true
        retry:
          backoff:
            duration: 10s
            factor: 2
            maxDuration: 5m
          limit: 10
        syncOptions:
          - ServerSideApply=true
    "#);
    insta::assert_snapshot!(desired.notes.join("\n"), @r#"values.yaml asks for service.beta.kubernetes.io/do-loadbalancer-type "REGIONAL_NETWORK", and the spec for REGIONAL: Service edge/ingress-nginx-controller gets what the spec says"#);
    // What the file says about the chart's names is followed.
    let renamed = "fullnameOverride: front\ncontroller: {name: edge}\n";
    let desired = objects(&spec, &with(renamed)).unwrap();
    assert!(
        desired.notes[0].contains("belongs to no chart that envcheck knows"),
        "{:?}",
        desired.notes
    );
}

#[test]
fn services_of_nobody_are_told_with_their_lines() {
    let spec = declared(&exposed("{service: b2b/tcp, loadBalancer: {sizeUnit: 3}}"));
    let desired = objects(&spec, &with("")).unwrap();
    insta::assert_snapshot!(desired.notes.join("\n"), @r#"
    Service b2b/tcp belongs to no chart that envcheck knows: its own manifest has to ask for its load balancer
    metadata:
      annotations:
        service.beta.kubernetes.io/do-loadbalancer-name: "stage-b2b-tcp"
        service.beta.kubernetes.io/do-loadbalancer-type: "REGIONAL_NETWORK"
        service.beta.kubernetes.io/do-loadbalancer-size-unit: "3"
    "#);
    let application = object(&desired, "Application", "argocd/ingress-nginx");
    assert!(
        application
            .at(&["spec", "source", "helm", "valuesObject"])
            .is_none()
    );
    assert_eq!(
        object(&desired, "Application", "argocd/b2b").text_at(&["spec", "source", "path"]),
        Some("stage/b2b")
    );
}

#[test]
fn values_that_cannot_be_used_are_named_with_their_place() {
    let spec = declared(&exposed("{service: edge/ingress-nginx-controller}"));
    for (values, words) in [
        (
            "- a\n- b\n",
            "values.yaml:1:3: the values of a chart are no mapping",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "values are one document, and this is a second one",
        ),
        (
            "controller:\n  service: LoadBalancer\n",
            "values.yaml:2:12: controller.service of chart ingress-nginx is no mapping",
        ),
        ("a: [\n", "values.yaml:"),
    ] {
        let problems = refused(&spec, &with(values));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(words), "{problems:?}");
    }
    let problems = refused(&spec, &Material::default());
    assert!(problems[0].starts_with("stage.yaml:"), "{problems:?}");
    assert!(
        problems[0].contains("values of chart ingress-nginx in values.yaml were not read"),
        "{problems:?}"
    );
}

#[test]
fn without_argo_cd_nothing_is_delivered_and_that_is_told() {
    let desired = made(
        "namespaces: [{name: edge, role: ingress}]\ndelivery: {charts: [{name: ingress-nginx, repository: https://x.example.com, version: 1.0.0, namespace: edge}]}",
    );
    assert_eq!(listed(&desired), ["Namespace edge"]);
    assert!(
        desired.notes[0].contains("no Argo CD is declared"),
        "{:?}",
        desired.notes
    );
}
