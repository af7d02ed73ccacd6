use super::*;

pub(super) const GOOD: &str = r#"apiVersion: envcheck.dev/v1
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

#[test]
fn dump() {
    for name in ["base", "dev", "stage"] {
        match load_repository(&format!("environments/{name}.yaml")) {
            Ok(_) => {}
            Err(problems) => problems.iter().for_each(|p| println!("{p}   // {:?}", p.hint)),
        }
    }
    for (from, to) in [
        ("", ""),
        ("region: fra1", "regoin: fra1"),
        ("role: ingress}", "role: ingres}"),
        ("role: ingress}", "rolle: ingress}"),
        ("{name: argocd, role: delivery}", "{name: no, role: delivery}"),
        ("{name: argocd, role: delivery}", "{name: argocd}"),
        ("{name: argocd, role: delivery}", "{name: back, role: delivery}"),
        ("{name: argocd, role: delivery}", "{name: kube-system, role: delivery}"),
        ("{name: argocd, role: delivery}", "argocd"),
        ("{name: argocd, role: delivery}", ""),
        ("version: \"1.35\"", "version: 1.35"),
        ("version: \"1.35\"", "version: latest"),
        ("count: 3", "count: three"),
        ("count: 3", "count: 0"),
        ("count: 3", "count: 2.5"),
        ("count: 3", "count: 9"),
        ("{min: 2, max: 5}", "{min: 6, max: 5}"),
        ("{min: 2, max: 5}", "true"),
        ("token: {env: DIGITALOCEAN_TOKEN}", "token: dop_v1_abcdef"),
        ("token: {env: DIGITALOCEAN_TOKEN}", "token: {env: dop_v1_abcdef}"),
        ("token: {env: DIGITALOCEAN_TOKEN}", "token: {value: hunter2}"),
        ("token: {env: DIGITALOCEAN_TOKEN}", "token: {env: A, file: b}"),
        ("token: {env: DIGITALOCEAN_TOKEN}", "token: {}"),
        ("token: {env: DIGITALOCEAN_TOKEN}", "token:"),
        ("token: {env: DIGITALOCEAN_TOKEN}", "token: {command: []}"),
        ("10.121.0.0/20", "10.120.16.0/20"),
        ("      serviceSubnet: 10.121.0.0/20\n", ""),
        ("10.20.0.0/20", "10.20.0.1/20"),
        ("10.20.0.0/20", "11.20.0.0/20"),
        ("10.20.0.0/20", "10.0.0.0/8"),
        ("\"03:00\"", "\"3am\""),
        ("day: sunday", "day: sun"),
        ("storageLimit: 5GiB", "storageLimit: 5"),
        ("storageLimit: 5GiB", "storageLimit: 5 GB of space"),
        ("storageLimit: 5GiB", "owner: dev, storageLimit: 5GiB"),
        ("storageLimit: 5GiB", "owner: stage, sharedWith: [stage], storageLimit: 5GiB"),
        ("maxAge: 26h", "maxAge: 26 hours"),
        ("maxAge: 26h", ""),
        ("of: back/keydb", "of: back/keydbb"),
        ("of: back/keydb", "of: keydb"),
        ("bucket: acme-backups, maxAge", "bucket: other, maxAge"),
        ("permission: readwrite", "permission: fullaccess"),
        ("proxyFor: keydb", "proxyFor: web"),
        ("proxyFor: keydb, ", ""),
        ("uses: [back/keydb]", "uses: [front/keydb]"),
        ("[ingress-nginx]}}", "[ingress, ingress-nginx]}}"),
        ("[ingress-nginx]}}", "everyone}}"),
        ("[ingress-nginx]}}", "[ingress-nginx, ingress-nginx]}}"),
        ("      network: {accepts: {fromNamespaces: [ingress-nginx]}}\n", ""),
        ("service: ingress-nginx/controller", "service: nginx/controller"),
        ("hosts: {back:", "hosts: {bakc:"),
        ("stage.example.com", "https://stage.example.com"),
        ("applications: [back]", "applications: [front]"),
        ("v3.5.1", "3.5"),
        ("https://github.com/acme/deploy.git", "https://x:y@github.com/acme/deploy.git"),
        ("namespace: ingress-nginx}]", "namespace: nginx}]"),
        ("mode: plan, window: {cron: \"0 3 * * SUN\", for: 2h}", "mode: apply"),
        ("0 3 * * SUN", "0 3 * *"),
        ("{slack: {env: SLACK_WEBHOOK}}", "{events: [new]}"),
        ("spec:\n", "spec:\n  target: {snapshot: a, kubernetes: {inCluster: true}}\n"),
        ("spec:\n", "spec:\n  target: {kubernetes: {inCluster: false}}\n"),
        ("spec:\n", "spec:\n  policies: {inlineWaivers: nobody}\n"),
        ("spec:\n", "spec:\n  policies: {severity: {a: highest}}\n"),
        ("spec:\n", "spec:\n  on: 1\n"),
        ("spec:\n", "spec:\n  monitoring: {prometheus: \"true\", grafana: 1}\n"),
        ("spec:\n", "spec:\n  monitoring: {prometheus: true, grafana: true}\n"),
        ("metadata: {name: stage}", "metadata: {}"),
        ("metadata: {name: stage}", "metadata: {name: Stage}"),
        ("kind: Environment", "kind: Deployment"),
        ("apiVersion: envcheck.dev/v1", "apiVersion: apps/v1"),
        ("apiVersion: envcheck.dev/v1", "apiVersion: envcheck.dev/v2"),
        ("spec:\n", "---\nspec:\n"),
        ("spec:\n", "spec: [\n"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        println!("\n### {from}  →  {to}");
        match load_files(&[("main.yaml", &text)]) {
            Ok(_) => println!("ok"),
            Err(problems) => {
                for p in &problems {
                    println!("{p}\n    | {}\n    label {:?} related {:?}\n    hint: {}", p.place.as_ref().map_or("", |p| p.source.text.lines().nth(p.start().line-1).unwrap_or("")), p.label, p.related.as_ref().map(|(p, w)| (p.start(), w)), p.hint.as_deref().unwrap_or("NONE"));
                }
            }
        }
    }
}
#[test]
fn dump_schema() {
    std::fs::write("/tmp/whole.json", serde_json::to_string_pretty(&*super::super::schema::WHOLE).unwrap()).unwrap();
    std::fs::write("/tmp/published.json", serde_json::to_string_pretty(&super::super::json_schema()).unwrap()).unwrap();
}
