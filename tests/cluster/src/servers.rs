//! The flags of the servers. All paths are relative: each server runs in the cluster's folder.

/// The store. Its clients come through a socket in the folder, so that no other cluster can be taken for it.
pub(crate) fn etcd() -> Vec<String> {
    owned(&[
        "--name=test",
        "--data-dir=etcd-data",
        "--listen-client-urls=unix://etcd.sock",
        "--listen-peer-urls=http://127.0.0.1:0",
        // Nobody is told these; they only have to be well formed.
        "--advertise-client-urls=http://127.0.0.1:1",
        "--initial-advertise-peer-urls=http://127.0.0.1:1",
        "--initial-cluster=test=http://127.0.0.1:1",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ])
}

/// The API server on a port of loopback.
pub(crate) fn kube_apiserver(port: u16, extra: &[String]) -> Vec<String> {
    let mut flags = owned(&[
        "--etcd-servers=unix://etcd.sock",
        "--bind-address=127.0.0.1",
        // Machines without a route to anywhere have no address of their own; this one is reserved for documentation.
        "--advertise-address=192.0.2.1",
        "--external-hostname=127.0.0.1",
        "--cert-dir=certificates",
        "--tls-cert-file=serving.crt",
        "--tls-private-key-file=serving.key",
        "--client-ca-file=ca.crt",
        "--token-auth-file=tokens.csv",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--service-account-key-file=service-accounts.pub",
        "--service-account-signing-key-file=service-accounts.key",
        "--service-cluster-ip-range=10.96.0.0/12",
        "--allow-privileged=true",
        "--disable-admission-plugins=ServiceAccount",
    ]);
    flags.push(format!("--secure-port={port}"));
    flags.extend(extra.iter().cloned());
    flags
}

/// The controllers: workloads, namespaces, service accounts, garbage.
pub(crate) fn kube_controller_manager() -> Vec<String> {
    owned(&[
        "--kubeconfig=kubeconfig.yaml",
        "--service-account-private-key-file=service-accounts.key",
        "--root-ca-file=ca.crt",
        "--use-service-account-credentials=false",
        "--leader-elect=false",
        "--secure-port=0",
    ])
}

fn owned(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|&flag| flag.to_owned()).collect()
}
