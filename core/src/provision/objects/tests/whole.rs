//! Namespaces, limits and NetworkPolicies; and all of them together.

use super::{listed, made, object, of_repository, text};
use crate::provision::objects::{Part, objects};
use crate::value::ValueExt;

#[test]
fn everything_comes_in_the_order_in_which_it_can_be_applied() {
    let (spec, material) = of_repository("stage");
    let desired = objects(&spec, &material).unwrap();
    insta::assert_snapshot!(listed(&desired).join("\n"), @"
    Namespace argocd
    Namespace b2b
    Namespace back
    Namespace front-web
    Namespace ingress-nginx
    Namespace prometheus
    NetworkPolicy b2b/accept-declared
    NetworkPolicy back/accept-all-namespaces
    NetworkPolicy front-web/accept-declared
    NetworkPolicy b2b/default-deny
    NetworkPolicy back/default-deny
    NetworkPolicy front-web/default-deny
    AppProject argocd/stage
    AppProject argocd/stage-charts
    Application argocd/b2b
    Application argocd/back
    Application argocd/front-web
    Application argocd/ingress-nginx
    Application argocd/kube-prometheus-stack
    ");
    assert_eq!(desired.notes, Vec::<String>::new());
    assert!(desired.objects.is_sorted_by_key(|object| object.part));
    for made in &desired.objects {
        let label = |key: &str| made.value.text_at(&["metadata", "labels", key]);
        assert_eq!(label("envcheck.dev/environment"), Some("stage"));
        assert_eq!(label("app.kubernetes.io/managed-by"), Some("envcheck"));
    }
    assert_eq!(desired, objects(&spec, &material).unwrap());
}

#[test]
fn namespaces_enforce_and_tell_of_the_declared_pod_security() {
    let desired =
        made("namespaces: [{name: a, role: platform, podSecurity: restricted}, {name: b, role: platform}]");
    insta::assert_snapshot!(text(&desired, "Namespace", "a"), @"
    apiVersion: v1
    kind: Namespace
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
        pod-security.kubernetes.io/audit: restricted
        pod-security.kubernetes.io/enforce: restricted
        pod-security.kubernetes.io/warn: restricted
      name: a
    ");
    assert!(!text(&desired, "Namespace", "b").contains("pod-security"));
}

#[test]
fn namespaces_of_kubernetes_itself_are_not_made() {
    let desired = made(
        "namespaces:\n- {name: default, role: platform, podSecurity: baseline}\n- {name: kube-flannel, role: platform, quota: {pods: 5}}",
    );
    assert_eq!(listed(&desired), ["ResourceQuota kube-flannel/declared"]);
    assert_eq!(desired.notes.len(), 1);
    assert!(
        desired.notes[0].contains("namespace default is Kubernetes' own"),
        "{:?}",
        desired.notes
    );
}

#[test]
fn quotas_and_limits_are_written_as_the_api_server_does() {
    let desired = made(
        "namespaces:\n- name: a\n  role: platform\n  quota: {requests.cpu: \"4\", pods: 20}\n  limits: {default: {memory: 256Mi}, max: {cpu: 2}}\n- {name: b, role: platform, quota: {}, limits: {}}",
    );
    assert_eq!(listed(&desired).len(), 4);
    insta::assert_snapshot!(text(&desired, "ResourceQuota", "a/declared"), @r#"
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: declared
      namespace: a
    spec:
      hard:
        pods: "20"
        requests.cpu: "4"
    "#);
    insta::assert_snapshot!(text(&desired, "LimitRange", "a/declared"), @r#"
    apiVersion: v1
    kind: LimitRange
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: declared
      namespace: a
    spec:
      limits:
        - default:
            memory: 256Mi
          max:
            cpu: "2"
          type: Container
    "#);
}

#[test]
fn all_namespaces_are_a_selector_and_never_an_empty_rule() {
    let desired =
        made("namespaces: [{name: back, role: application, network: {accepts: {fromNamespaces: all}}}]");
    assert_eq!(
        listed(&desired)[1..],
        [
            "NetworkPolicy back/accept-all-namespaces",
            "NetworkPolicy back/default-deny"
        ]
    );
    insta::assert_snapshot!(text(&desired, "NetworkPolicy", "back/accept-all-namespaces"), @"
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: accept-all-namespaces
      namespace: back
    spec:
      ingress:
        - from:
            - namespaceSelector: {}
      podSelector: {}
      policyTypes:
        - Ingress
    ");
    insta::assert_snapshot!(text(&desired, "NetworkPolicy", "back/default-deny"), @"
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: default-deny
      namespace: back
    spec:
      podSelector: {}
      policyTypes:
        - Ingress
    ");
}

#[test]
fn declared_sources_and_destinations_are_peers_and_dns_stays_open() {
    let desired = made(
        "namespaces:\n- {name: web, role: application, network: {accepts: {fromNamespaces: [web, edge, kube-system], outside: true}, egress: {toNamespaces: [back], networks: [192.0.2.0/24]}}}\n- {name: edge, role: ingress}\n- {name: back, role: platform}",
    );
    insta::assert_snapshot!(text(&desired, "NetworkPolicy", "web/accept-declared"), @r#"
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: accept-declared
      namespace: web
    spec:
      ingress:
        - from:
            - namespaceSelector:
                matchLabels:
                  kubernetes.io/metadata.name: edge
            - namespaceSelector:
                matchLabels:
                  kubernetes.io/metadata.name: kube-system
            - podSelector: {}
            - ipBlock:
                cidr: 0.0.0.0/0
            - ipBlock:
                cidr: "::/0"
      podSelector: {}
      policyTypes:
        - Ingress
    "#);
    insta::assert_snapshot!(text(&desired, "NetworkPolicy", "web/reach-declared"), @"
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      labels:
        app.kubernetes.io/managed-by: envcheck
        envcheck.dev/environment: stage
      name: reach-declared
      namespace: web
    spec:
      egress:
        - to:
            - namespaceSelector:
                matchLabels:
                  kubernetes.io/metadata.name: back
            - podSelector: {}
            - ipBlock:
                cidr: 192.0.2.0/24
        - ports:
            - port: 53
              protocol: UDP
            - port: 53
              protocol: TCP
          to:
            - namespaceSelector:
                matchLabels:
                  kubernetes.io/metadata.name: kube-system
              podSelector:
                matchLabels:
                  k8s-app: kube-dns
      podSelector: {}
      policyTypes:
        - Egress
    ");
    let types = object(&desired, "NetworkPolicy", "web/default-deny").items_at(&["spec", "policyTypes"]);
    assert_eq!(types.len(), 2);
    let parts: Vec<Part> = desired.objects.iter().map(|object| object.part).collect();
    assert_eq!(parts[3..], [Part::Allowing, Part::Allowing, Part::Denying]);
}

#[test]
fn who_accepts_nobody_has_the_denying_policy_alone() {
    let desired =
        made("namespaces: [{name: a, role: application, network: {accepts: {sameNamespace: false}}}]");
    assert_eq!(listed(&desired)[1..], ["NetworkPolicy a/default-deny"]);
}

#[test]
fn only_applications_get_policies() {
    let desired = made("namespaces: [{name: a, role: platform, network: {accepts: {fromNamespaces: all}}}]");
    assert_eq!(listed(&desired), ["Namespace a"]);
    assert!(
        desired.notes[0].contains("namespace a is no application"),
        "{:?}",
        desired.notes
    );
}
