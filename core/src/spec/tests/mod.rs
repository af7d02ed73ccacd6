//! Specs right and wrong.

mod broken;
mod files;
mod mutated;
mod repository;

use super::{Spec, load};
use crate::source::Diagnostic;
use std::collections::BTreeMap;

/// Loads `main.yaml` of a few files that live in memory.
fn load_files(files: &[(&str, &str)]) -> Result<Spec, Vec<Diagnostic>> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    load(files_first(&files), &mut |path| {
        files
            .get(path)
            .map(|text| text.as_bytes().to_vec())
            .ok_or_else(|| "no such file".to_owned())
    })
}

fn files_first<'f>(files: &BTreeMap<&'f str, &'f str>) -> &'f str {
    if files.contains_key("main.yaml") {
        "main.yaml"
    } else {
        "environments/main.yaml"
    }
}

fn repository(path: &str) -> String {
    format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))
}

fn load_repository(path: &str) -> Result<Spec, Vec<Diagnostic>> {
    load(path, &mut |path| {
        std::fs::read(repository(path)).map_err(|error| error.to_string())
    })
}

/// A small spec with one of nearly everything.
const GOOD: &str = r#"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  digitalocean:
    token: {env: DIGITALOCEAN_TOKEN}
    region: fra1
    vpc: {name: stage, ipRange: 10.20.0.0/20}
    cluster:
      name: stage
      version: "1.35"
      clusterSubnet: 10.120.0.0/16
      serviceSubnet: 10.121.0.0/20
      maintenance: {day: sunday, startTime: "03:00"}
      nodePools:
        - {name: general, size: s-4vcpu-8gb, count: 3, autoscale: {min: 2, max: 5}}
    registry: {name: acme, storageLimit: 5GiB}
    spaces:
      buckets: [{name: acme-backups, purpose: databaseBackups}]
      keys: [{name: backup, grants: [{bucket: acme-backups, permission: readwrite}]}]
      backups: [{of: back/keydb, bucket: acme-backups, maxAge: 26h}]
  namespaces:
    - name: back
      role: application
      workloads:
        - {name: keydb, kind: StatefulSet, role: datastore}
        - {name: proxy, kind: Deployment, role: proxy, proxyFor: keydb, uses: [back/keydb]}
      network: {accepts: {fromNamespaces: [ingress-nginx]}}
    - {name: ingress-nginx, role: ingress}
    - {name: argocd, role: delivery}
  exposure: [{service: ingress-nginx/controller}]
  ingress: {controller: ingress-nginx, class: nginx, hosts: {back: [stage.example.com]}}
  delivery:
    argocd: {version: v3.5.1, repository: "https://github.com/acme/deploy.git", applications: [back]}
    charts: [{name: x, repository: "https://example.com", version: 4.15.1, namespace: ingress-nginx}]
  remediation: {mode: plan, window: {cron: "0 3 * * SUN", for: 2h}}
  notify: [{slack: {env: SLACK_WEBHOOK}}]
"#;

/// What is wrong with [`GOOD`] after one replacement, each problem on a line with its hint.
fn problems_after(from: &str, to: &str) -> Vec<Diagnostic> {
    assert!(GOOD.contains(from), "{from} is not in the spec");
    match load_files(&[("main.yaml", &GOOD.replacen(from, to, 1))]) {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    }
}
