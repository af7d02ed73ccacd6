//! What goes wrong with namespaces and what they hold.

use super::{Fault, again, delete};

/// What the spec says of the last namespace, and with another one behind it.
const DECLARED: [&str; 2] = [
    "- {name: prometheus, role: monitoring}",
    "- {name: prometheus, role: monitoring}\n    - {name: cert-manager, role: platform}",
];

pub(super) const FAULTS: [Fault; 6] = [
    // A namespace was declared and never made.
    Fault {
        plant: |team, _| team.respecify("base", DECLARED[0], DECLARED[1]),
        mend: |team, _| team.respecify("base", DECLARED[1], DECLARED[0]),
        findings: &["namespace-declared high cert-manager[Namespace]"],
    },
    // Somebody tries something out.
    Fault {
        plant: |_, cluster| {
            cluster
                .apply("{apiVersion: v1, kind: Namespace, metadata: {name: sandbox}}")
                .unwrap();
        },
        mend: |_, cluster| delete(cluster, "default", "namespace/sandbox"),
        findings: &["namespace-undeclared medium sandbox[Namespace]"],
    },
    // The backup is gone.
    Fault {
        plant: |_, cluster| delete(cluster, "back", "cronjob/keydb-backup"),
        mend: again,
        findings: &["workload-declared high back/keydb-backup[CronJob]"],
    },
    // A Pod for a look around was left behind.
    Fault {
        plant: |_, cluster| {
            let pod = "{apiVersion: v1, kind: Pod, metadata: {name: b2b-web-debug, namespace: b2b}, spec: {containers: \
                 [{name: debug, image: 'docker.io/library/busybox:1.37'}]}}";
            cluster.apply(pod).unwrap();
        },
        mend: |_, cluster| delete(cluster, "b2b", "pod/b2b-web-debug"),
        findings: &[
            "image-from-declared-registry high b2b/b2b-web-debug[Pod]",
            "workload-undeclared medium b2b/b2b-web-debug[Pod]",
        ],
    },
    // It did not start, so Pod Security was turned off.
    Fault {
        plant: |_, cluster| {
            let labels = "{pod-security.kubernetes.io/audit: baseline, pod-security.kubernetes.io/enforce: privileged, \
                 pod-security.kubernetes.io/warn: baseline}";
            let namespace =
                format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: b2b, labels: {labels}}}}}");
            cluster.apply(&namespace).unwrap();
        },
        mend: again,
        findings: &["pod-security-level high b2b[Namespace]"],
    },
    // Settings of an application where only Kubernetes should be.
    Fault {
        plant: |_, cluster| {
            cluster
                .apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: headlamp, namespace: kube-public}, data: {theme: dark}}")
                .unwrap();
        },
        mend: |_, cluster| delete(cluster, "kube-public", "configmap/headlamp"),
        findings: &["no-apps-in-system-namespaces critical kube-public/headlamp[ConfigMap]"],
    },
];
