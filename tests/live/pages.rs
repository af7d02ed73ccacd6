//! Lists longer than a page, and lists whose time is over before they end.

use super::deeds::Deed;
use super::proxy::Proxy;
use super::stage::{self, CROWD};
use crate::program::Report;
use std::time::Duration;

/// How many objects of a kind the report says were read.
fn read(report: &Report, kind: &str) -> u64 {
    row(report, kind)["objects"].as_u64().unwrap()
}

fn row<'r>(report: &'r Report, kind: &str) -> &'r serde_json::Value {
    let kinds = report.0["source"]["reading"]["kinds"].as_array().unwrap();
    kinds.iter().find(|row| row["kind"] == kind).unwrap()
}

fn continuations(proxy: &Proxy, path: &str) -> usize {
    let log = proxy.log();
    log.iter()
        .filter(|(asked, _)| asked.path == path && asked.is_continuation())
        .count()
}

#[test]
fn a_list_of_many_pages_is_read_to_its_end_as_of_one_moment() {
    let Some(cluster) = stage::shared() else { return };
    let direct = stage::report(&cluster.kubeconfig(), 1);
    assert_eq!(direct.findings(), stage::FINDINGS);
    assert!(read(&direct, "v1/ConfigMap") > CROWD as u64);

    let proxy = Proxy::start(cluster, |_| Deed::Pass);
    let report = stage::report(proxy.kubeconfig(), 1);
    assert_eq!(report.list("findings"), direct.list("findings"));
    assert_eq!(read(&report, "v1/ConfigMap"), read(&direct, "v1/ConfigMap"));
    assert!(
        continuations(&proxy, "/api/v1/configmaps") >= 5,
        "{:?}",
        proxy.log()
    );
    let versions = row(&report, "v1/ConfigMap")["resourceVersions"]
        .as_array()
        .unwrap();
    assert_eq!(versions.len(), 1, "one moment: {versions:?}");
}

#[test]
fn a_list_whose_time_is_over_goes_on_with_what_is_there_now() {
    let Some(cluster) = stage::shared() else { return };
    let direct = stage::report(&cluster.kubeconfig(), 1);
    // Early, late and several times: after the first page, and after the fourth.
    let proxy = Proxy::start(cluster, |asked| {
        if asked.path == "/api/v1/configmaps" && [1, 5].contains(&asked.times) {
            Deed::Expire
        } else {
            Deed::Pass
        }
    });
    let report = stage::report(proxy.kubeconfig(), 1);
    let expired = proxy
        .log()
        .iter()
        .filter(|(_, deed)| *deed == Deed::Expire)
        .count();
    assert_eq!(expired, 2);
    assert_eq!(report.list("findings"), direct.list("findings"));
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(read(&report, "v1/ConfigMap"), read(&direct, "v1/ConfigMap"));
}

/// The API server's own expiry, without anybody's help: compaction every second, changes meanwhile and a slow reader.
#[test]
fn a_list_that_the_server_itself_forgets_is_read_on() {
    let Some(binaries) = super::binaries() else { return };
    let options = envcheck_test_cluster::Options {
        extra_apiserver_flags: vec![
            "--etcd-compaction-interval=1s".to_owned(),
            // Else pages come from the server's memory, which keeps them longer.
            "--feature-gates=ListFromCacheSnapshot=false".to_owned(),
        ],
        ..envcheck_test_cluster::Options::default()
    };
    let cluster = super::start(&binaries, &options);
    cluster.create(&stage::config_maps("default", 60)).unwrap();
    cluster
        .apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: stray, namespace: kube-system}, data: {a: b}}")
        .unwrap();
    let proxy = Proxy::start(&cluster, |asked| {
        if asked.path == "/api/v1/configmaps" && asked.times == 1 {
            Deed::Delay(Duration::from_secs(5))
        } else {
            Deed::Pass
        }
    });
    let done = std::sync::atomic::AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    return;
                }
                let set = format!("turn={number}");
                cluster
                    .answer(&["annotate", "--overwrite", "configmap", "many-000", &set])
                    .unwrap();
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let only = ["-o", "json", "--only", "no-apps-in-system-namespaces"];
        let outcome = stage::audit(proxy.kubeconfig(), &only);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        outcome.exits(1).report()
    });
    assert_eq!(
        report.findings(),
        ["no-apps-in-system-namespaces critical kube-system/stray[ConfigMap]"]
    );
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert!(read(&report, "v1/ConfigMap") >= 61);
    let versions = row(&report, "v1/ConfigMap")["resourceVersions"]
        .as_array()
        .unwrap();
    assert!(
        versions.len() > 1,
        "the list was read as of several moments: {versions:?}"
    );
}

#[test]
fn of_a_page_that_is_too_large_a_part_is_asked_for() {
    let Some(cluster) = stage::shared() else { return };
    let direct = stage::report(&cluster.kubeconfig(), 1);
    let limit_of = |asked: &super::deeds::Asked| -> usize {
        let pairs = asked.query.split('&');
        pairs
            .filter_map(|pair| pair.strip_prefix("limit="))
            .find_map(|limit| limit.parse().ok())
            .unwrap()
    };
    let proxy = Proxy::start(cluster, move |asked| {
        if asked.path == "/apis/apps/v1/deployments" && limit_of(asked) > 10 {
            Deed::Promise(9 << 20)
        } else {
            Deed::Pass
        }
    });
    let report = stage::report(proxy.kubeconfig(), 1);
    assert_eq!(report.list("findings"), direct.list("findings"));
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(
        read(&report, "apps/v1/Deployment"),
        read(&direct, "apps/v1/Deployment")
    );
    let log = proxy.log();
    assert!(log.iter().any(|(_, deed)| *deed == Deed::Promise(9 << 20)));
    assert!(continuations(&proxy, "/apis/apps/v1/deployments") >= 10);
}
