//! What goes wrong with Argo CD.

use super::{Fault, again, alter, delete, replace, unready};

pub(super) const FAULTS: [Fault; 5] = [
    // An Application follows a branch of somebody's.
    Fault {
        plant: |_, cluster| {
            let revision = ("targetRevision: main", "targetRevision: try-another-queue");
            alter(cluster, "Application argocd/back", &[revision]);
        },
        mend: again,
        findings: &[
            "argocd-covers-namespace high back[Namespace]",
            "argocd-source-declared high argocd/back[Application]",
        ],
    },
    // A sync failed, and what runs is not what the repository says.
    Fault {
        plant: |_, cluster| {
            let changes = [
                ("status: Synced", "status: OutOfSync"),
                ("phase: Succeeded", "phase: Failed"),
            ];
            alter(cluster, "Application argocd/b2b", &changes);
        },
        mend: again,
        findings: &["argocd-synced high argocd/b2b[Application]"],
    },
    // The project admits every namespace.
    Fault {
        plant: |_, cluster| {
            alter(
                cluster,
                "AppProject argocd/stage",
                &[("namespace: b2b}", "namespace: '*'}")],
            );
        },
        mend: again,
        findings: &["argocd-project-scope high argocd/stage[AppProject]"],
    },
    // The first password was never deleted.
    Fault {
        plant: |_, cluster| {
            let secret = "{apiVersion: v1, kind: Secret, metadata: {name: argocd-initial-admin-secret, namespace: argocd}, \
                 stringData: {password: canary-of-argo}}";
            cluster.apply(secret).unwrap();
        },
        mend: |_, cluster| delete(cluster, "argocd", "secret/argocd-initial-admin-secret"),
        findings: &["argocd-initial-secret medium argocd/argocd-initial-admin-secret[Secret]"],
    },
    // What reads the repository does not come up.
    Fault {
        plant: |_, cluster| unready(cluster, "argocd", "app.kubernetes.io/name=argocd-repo-server"),
        mend: |_, cluster| replace(cluster, "argocd", "app.kubernetes.io/name=argocd-repo-server"),
        findings: &["argocd-ready critical argocd/argocd-repo-server[Deployment]"],
    },
];
