//! Ways to a cluster, and what is said when there is none: one clear sentence each, in bounded time, and never a pass.

use super::deeds::Deed;
use super::proxy::Proxy;
use super::stage::{self, audit};
use crate::program::{Folder, Outcome};
use envcheck_test_cluster::{Cluster, Options};
use envcheck_test_fakes::{furnish, settle};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A kubeconfig with one thing changed.
fn changed(folder: &Folder, cluster: &Cluster, change: impl FnOnce(&mut Value)) -> PathBuf {
    let text = std::fs::read_to_string(cluster.kubeconfig()).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    change(&mut config);
    folder.write("kubeconfig.json", config.to_string())
}

#[test]
fn what_is_wrong_with_the_way_is_said_in_one_sentence() {
    let Some(cluster) = stage::shared() else { return };
    let folder = Folder::new();

    audit(&cluster.kubeconfig(), &["--context", "elsewhere"]).refuses(&["elsewhere", "test", "hint: "]);

    let absent = folder.path().join("absent.yaml");
    audit(&absent, &[]).refuses(&["absent.yaml"]);
    let spec = stage::spec();
    folder.run(["audit", &spec]).refuses(&["kubeconfig", "hint: "]);

    let refused =
        |config: PathBuf| audit(&config, &[]).refuses(&["context test", "refused the credentials (401)"]);
    for token in ["garbage", &forged(cluster)] {
        let config = cluster.kubeconfig_for_token("stale", token).unwrap();
        let outcome = refused(config);
        assert!(!outcome.stderr.contains(token), "{}", outcome.stderr);
    }

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let config = changed(&folder, cluster, |config| {
        config["clusters"][0]["cluster"]["server"] = json!(address);
    });
    let begun = Instant::now();
    audit(&config, &[]).refuses(&["context test", &address, "refused the connection", "hint: "]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    let (_, key) = cluster.client_certificate("somebody", &[]).unwrap();
    let config = changed(&folder, cluster, |config| {
        config["clusters"][0]["cluster"]
            .as_object_mut()
            .unwrap()
            .remove("certificate-authority-data");
    });
    let outcome = audit(&config, &[]).refuses(&["unknown authority", "certificate-authority-data"]);
    assert!(!outcome.stderr.contains(&key));
}

/// A token of this API server whose signature does not fit.
fn forged(cluster: &Cluster) -> String {
    let token = cluster.service_account_token("default", "default").unwrap();
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    format!("{rest}.{turned}")
}

#[test]
fn certificates_tokens_and_plugins_lead_to_the_same_report() {
    let Some(cluster) = stage::shared() else { return };
    let admin = stage::report(&cluster.kubeconfig(), 1);
    let (certificate, key) = cluster
        .client_certificate("auditor", &["system:masters"])
        .unwrap();
    let by_certificate = cluster
        .kubeconfig_for_certificate("auditor", &certificate, &key)
        .unwrap();

    let token = cluster.service_account_token(stage::ACCOUNTS, "plugin").unwrap();
    let by_token = cluster.kubeconfig_for_token("plugin", &token).unwrap();
    let folder = Folder::new();
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token},
    });
    let answer = folder.write("credential.json", credential.to_string());
    let by_plugin = changed(&folder, cluster, |config| {
        config["users"][0]["user"] = json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "cat",
            "args": [answer],
            "interactiveMode": "Never",
        }});
    });
    for kubeconfig in [by_certificate, by_token, by_plugin] {
        let report = stage::report(&kubeconfig, 1);
        assert_eq!(
            report.list("findings"),
            admin.list("findings"),
            "{}",
            kubeconfig.display()
        );
        assert_eq!(report.0["coverage"], admin.0["coverage"]);
    }
}

/// A Service that nobody runs, asked for an API group.
fn api_service(group: &str, version: &str) -> String {
    format!(
        "{{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {{name: {version}.{group}}}, spec: {{group: \
         {group}, version: {version}, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, \
         service: {{name: nobody, namespace: default}}}}}}"
    )
}

const ROUTES: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
    metadata:\n  name: httproutes.gateway.networking.k8s.io\n  annotations: {api-approved.kubernetes.io: https://github.com/kubernetes-sigs/gateway-api/pull/1}\n\
    spec:\n  group: gateway.networking.k8s.io\n  scope: Namespaced\n\
    \x20 names: {kind: HTTPRoute, listKind: HTTPRouteList, plural: httproutes, singular: httproute}\n\
    \x20 versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n";

const ROUTE: &str = "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: shop, namespace: b2b}, \
    spec: {parentRefs: [{name: public}], hostnames: [shop.example.com]}}";

fn exposure(cluster: &Cluster, code: i32) -> Outcome {
    audit(
        &cluster.kubeconfig(),
        &["-o", "json", "--only", "exposure-undeclared"],
    )
    .exits(code)
}

/// Asks until the API server has caught up with what it was told.
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_mins(1), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A capture says what could not be named, so that who judges it later knows as much as who judged the cluster.
fn captured_with_what_is_down(cluster: &Cluster) {
    let folder = Folder::new();
    let (spec, kubeconfig) = (stage::spec(), cluster.kubeconfig().display().to_string());
    for (more, subject) in [
        (
            ["--only", "exposure-undeclared"].as_slice(),
            "gateway.networking.k8s.io/v1/HTTPRoute",
        ),
        (&["--all-kinds"], "gateway.networking.k8s.io/v1/unknown"),
    ] {
        let out = format!("capture{}", more.len());
        let words = ["snapshot", &spec, "--kubeconfig", &kubeconfig, "--out", &out];
        folder.run(words.iter().chain(more)).exits(3);
        let manifest = std::fs::read(folder.path().join(&out).join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let gaps = manifest["gaps"].as_array().unwrap();
        assert!(
            gaps.iter().any(|gap| gap["subject"] == subject),
            "{subject}: {gaps:?}"
        );
        let judge = [
            "audit",
            &spec,
            "--snapshot",
            &out,
            "-o",
            "json",
            "--only",
            "exposure-undeclared",
        ];
        let report = folder.run(judge).exits(3).report();
        // Nobody proved whose cluster it is, and the capture says so as the cluster's audit did.
        let warnings = report.0["warnings"].to_string();
        assert!(warnings.contains("could not be verified"), "{warnings}");
        assert_ne!(report.verdict("exposure-undeclared"), "pass");
        assert!(
            report
                .not_evaluated()
                .iter()
                .any(|gap| gap.contains("gateway.networking.k8s.io")),
            "{:?}",
            report.not_evaluated()
        );
    }
}

#[test]
fn an_absent_api_is_no_gap_one_that_is_down_is_and_one_that_is_there_is_read() {
    let Some(binaries) = super::binaries() else { return };
    let cluster = super::start(&binaries, &Options::default());
    furnish(&cluster).unwrap();
    let report = exposure(&cluster, 0).report();
    assert_eq!(report.verdict("exposure-undeclared"), "pass");
    assert_eq!(report.not_evaluated(), [""; 0]);

    let aggregated = || cluster.answer(&["get", "--raw", "/apis"]).unwrap();
    cluster
        .apply(&api_service("gateway.networking.k8s.io", "v1"))
        .unwrap();
    until("the group that is down", || {
        aggregated().contains("gateway.networking.k8s.io")
    });
    let report = exposure(&cluster, 3).report();
    let gaps = report.not_evaluated();
    assert!(
        gaps.iter()
            .any(|gap| gap.contains("HTTPRoute") && gap.contains("\"gateway.networking.k8s.io\"")),
        "{gaps:?}"
    );
    assert_ne!(report.verdict("exposure-undeclared"), "pass");
    captured_with_what_is_down(&cluster);

    cluster
        .answer(&["delete", "apiservice", "v1.gateway.networking.k8s.io"])
        .unwrap();
    cluster.apply(ROUTES).unwrap();
    until("the new kind", || cluster.apply(ROUTE).is_ok());
    let report = exposure(&cluster, 1).report();
    assert_eq!(
        report.findings(),
        ["exposure-undeclared critical b2b/shop[HTTPRoute]"]
    );
    assert_eq!(report.not_evaluated(), [""; 0]);
}

/// Runs the program and says how long it took.
fn timed(kubeconfig: &Path, more: &[&str]) -> (Outcome, Duration) {
    let begun = Instant::now();
    let outcome = audit(kubeconfig, more);
    (outcome, begun.elapsed())
}

#[test]
fn a_server_that_halts_or_dies_costs_bounded_time_and_makes_nothing_a_pass() {
    let Some(binaries) = super::binaries_with_controllers() else {
        return;
    };
    let cluster = Arc::new(stage::mended(&binaries));
    cluster.apply(stage::PLANTED).unwrap();
    settle(&cluster).unwrap();
    cluster.create(&stage::config_maps("argocd", 60)).unwrap();
    let truth = stage::report(&cluster.kubeconfig(), 1);
    assert_eq!(truth.findings(), stage::FINDINGS);

    cluster.pause_api_server().unwrap();
    let (outcome, took) = timed(&cluster.kubeconfig(), &["--timeout", "1s"]);
    cluster.resume_api_server().unwrap();
    outcome.refuses(&["context test", "hint: "]);
    assert!(took < Duration::from_secs(5), "{took:?}");

    // In the middle of the ConfigMaps: halted first, killed at last.
    for kill in [false, true] {
        let own = Arc::clone(&cluster);
        // Asked for last: when it arrives, all others have been answered or soon will be.
        let last = AtomicBool::new(false);
        let proxy = Proxy::start(&cluster, move |asked| {
            if asked.path == "/api/v1/services" {
                last.store(true, Ordering::Relaxed);
            }
            if asked.path == "/api/v1/configmaps" && asked.times == 1 {
                until("the last kind", || last.load(Ordering::Relaxed));
                std::thread::sleep(Duration::from_millis(300));
                let done = if kill {
                    own.stop_api_server()
                } else {
                    own.pause_api_server()
                };
                done.unwrap();
            }
            Deed::Pass
        });
        let (outcome, took) = timed(proxy.kubeconfig(), &["-o", "json", "--timeout", "5s"]);
        if !kill {
            cluster.resume_api_server().unwrap();
        }
        assert!(took < Duration::from_secs(10), "{took:?}");
        let report = outcome.exits(1).report();
        let gaps = report.not_evaluated();
        assert!(!gaps.is_empty());
        assert!(gaps.iter().all(|gap| gap.contains("configmaps")), "{gaps:?}");
        let known = truth.findings();
        assert!(
            report.findings().iter().all(|finding| known.contains(finding)),
            "{:?}",
            report.findings()
        );
        assert!(report.0["coverage"]["ratio"].as_f64() < Some(1.0));
    }
    let (outcome, took) = timed(&cluster.kubeconfig(), &[]);
    outcome.refuses(&["context test", "refused the connection", "hint: "]);
    assert!(took < Duration::from_secs(10), "{took:?}");
}
