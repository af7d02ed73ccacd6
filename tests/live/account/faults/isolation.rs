//! What goes wrong between namespaces.

use super::{Fault, again, alter, delete};

pub(super) const FAULTS: [Fault; 5] = [
    // What should open all of the backend opens KeyDB alone.
    Fault {
        plant: |_, cluster| {
            let selector = ("podSelector: {}", "podSelector: {matchLabels: {app: keydb}}");
            alter(cluster, "NetworkPolicy back/allow-all", &[selector]);
        },
        mend: again,
        findings: &[
            "backend-accepts-all-namespaces critical back/ii[Deployment]",
            "namespace-isolation high back/ii[Deployment]",
        ],
    },
    // What is to be scraped cannot be any more.
    Fault {
        plant: |_, cluster| {
            let peer =
                "\n        - {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: prometheus}}}";
            alter(cluster, "NetworkPolicy front-web/accept-declared", &[(peer, "")]);
        },
        mend: again,
        findings: &["declared-source-blocked high front-web[Namespace]"],
    },
    // A policy selects nothing any more, neither the application nor the Pod that was left behind.
    Fault {
        plant: |_, cluster| {
            let selector = (
                "  podSelector: {}\n",
                "  podSelector: {matchLabels: {app: another}}\n",
            );
            alter(cluster, "NetworkPolicy b2b/accept-declared", &[selector]);
        },
        mend: again,
        findings: &[
            "namespace-isolation high b2b/b2b-web-debug[Pod]",
            "namespace-isolation high b2b/b2b-web[Deployment]",
        ],
    },
    // One application reads the Secrets of another, with rights that were granted for a demonstration.
    Fault {
        plant: |_, cluster| {
            let binding = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b2b-reader, namespace: \
                 back}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}, subjects: [{kind: \
                 ServiceAccount, name: default, namespace: b2b}]}";
            cluster.apply(binding).unwrap();
        },
        mend: |_, cluster| delete(cluster, "back", "rolebinding/b2b-reader"),
        findings: &["cross-namespace-access high back/b2b-reader[RoleBinding]"],
    },
    // An Ingress asks for passwords that another namespace keeps.
    Fault {
        plant: |_, cluster| {
            let secret =
                "namespace: b2b, annotations: {nginx.ingress.kubernetes.io/auth-secret: back/keydb-auth}}";
            alter(cluster, "Ingress b2b/b2b-web", &[("namespace: b2b}", secret)]);
        },
        mend: again,
        findings: &["cross-namespace-access high b2b/b2b-web[Ingress]"],
    },
];
