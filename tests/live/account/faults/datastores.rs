//! What goes wrong with the proxy and with KeyDB.

use super::ingress::ingress;
use super::{Fault, alter, delete, replace, unready};

/// How KeyDB asks for its volume.
const CLAIMS: &str = "  volumeClaimTemplates:
    - metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        storageClassName: do-block-storage
        resources: {requests: {storage: 10Gi}}";

pub(super) const FAULTS: [Fault; 4] = [
    // A shortcut past the proxy.
    Fault {
        plant: |_, cluster| {
            cluster
                .apply(&ingress(
                    "front-web",
                    "static",
                    "nginx",
                    "stage.example.com",
                    "/static",
                    "web",
                ))
                .unwrap();
        },
        mend: |_, cluster| delete(cluster, "front-web", "ingress/static"),
        findings: &["proxy-layer high front-web/static[Ingress]"],
    },
    // The proxy may talk to its own namespace alone.
    Fault {
        plant: |_, cluster| {
            let policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: proxy-egress, namespace: \
                 front-web}, spec: {podSelector: {matchLabels: {app: nginx-proxy-server}}, policyTypes: [Egress], egress: [{to: \
                 [{podSelector: {}}]}]}}";
            cluster.apply(policy).unwrap();
        },
        mend: |_, cluster| delete(cluster, "front-web", "networkpolicy/proxy-egress"),
        findings: &[
            "declared-source-blocked high back/keydb[StatefulSet]",
            "proxy-reaches-datastore medium front-web/nginx-proxy-server[Deployment]",
        ],
    },
    // KeyDB was made anew in a hurry: without its volume, and for everybody.
    Fault {
        plant: |_, cluster| {
            delete(cluster, "back", "statefulset/keydb");
            let changes = [
                (", --requirepass, $(KEYDB_PASSWORD)", ""),
                (CLAIMS, "      volumes: [{name: data, emptyDir: {}}]"),
            ];
            alter(cluster, "StatefulSet back/keydb", &changes);
        },
        mend: |_, cluster| delete(cluster, "back", "statefulset/keydb"),
        findings: &[
            "datastore-authenticated high back/keydb[StatefulSet]",
            "datastore-persistent high back/keydb[StatefulSet]",
        ],
    },
    // And does not come up.
    Fault {
        plant: |_, cluster| unready(cluster, "back", "app=keydb"),
        mend: |_, cluster| replace(cluster, "back", "app=keydb"),
        findings: &["datastore-ready critical back/keydb[StatefulSet]"],
    },
];
