//! The bundled demo: every planted fault is found and nothing else, the same bytes whatever the number of workers, and an
//! account that nobody read never passes.

use crate::program::{Folder, Report, copy, environment, root, run};
use std::collections::BTreeMap;
use std::fs;

/// The rows of the tables in the demo's README: `policy severity namespace/name[Kind]`, and why.
fn planted_because() -> Vec<(String, String)> {
    let readme = fs::read_to_string(root().join("environments/demo/README.md")).unwrap();
    let mut rows: Vec<(String, String)> = readme
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            let [policy, severity, resource, because] = cells.as_slice() else {
                return None;
            };
            let policy = policy.strip_prefix('`')?.strip_suffix('`')?;
            let (name, kind) = resource.strip_suffix(')')?.split_once(" (")?;
            Some((
                format!("{policy} {severity} {name}[{kind}]"),
                (*because).to_owned(),
            ))
        })
        .collect();
    rows.sort();
    rows
}

/// What is true of both demos, and waived.
const WAIVED: &str = "ingress-controller-supported medium ingress-nginx/ingress-nginx-controller[Deployment]";

fn planted() -> Vec<String> {
    let because = planted_because().into_iter().map(|(finding, _)| finding);
    let mut all: Vec<String> = because.chain([WAIVED.to_owned()]).collect();
    all.sort();
    all
}

#[test]
fn every_planted_fault_is_found_and_nothing_else() {
    let report = run(["audit", "demo", "-o", "json"]).exits(1).report();
    let planted = planted();
    assert!(planted.len() >= 60, "the README lists the faults: {planted:?}");
    assert_eq!(report.findings(), planted);
    let mut said = report.messages_by_finding();
    for (finding, because) in planted_because() {
        let position = said
            .iter()
            .position(|(other, message)| *other == finding && message.contains(&because));
        let position = position.unwrap_or_else(|| panic!("{finding} does not say {because:?}: {said:?}"));
        said.remove(position);
    }
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(report.errors(), [""; 0]);
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn the_clean_demo_is_clean() {
    let clean = run(["audit", "demo-clean"]).exits(0);
    let report = run(["audit", "demo-clean", "-o", "json"]).exits(0).report();
    assert_eq!(report.findings(), [WAIVED]);
    assert_eq!(report.list("findings")[0]["waiver"]["state"], "active");
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
    assert!(report.list("policies").len() >= 60);
    clean.shows(&["clean: ", "coverage 100 %"]);
}

#[test]
fn equal_input_gives_equal_bytes() {
    for environment in ["demo", "demo-clean"] {
        for format in ["table", "json", "sarif", "junit", "markdown"] {
            let runs: Vec<String> = ["1", "1", "4", "4", "16"]
                .iter()
                .map(|jobs| run(["audit", environment, "-o", format, "--jobs", jobs]).stdout)
                .collect();
            assert!(!runs[0].is_empty());
            assert!(
                runs.iter().all(|other| *other == runs[0]),
                "{environment} as {format} differs between runs"
            );
        }
    }
}

/// Durations are the only thing that may differ, and they appear only when asked for.
#[test]
fn times_of_the_run_are_told_only_when_asked_for() {
    let without = run(["audit", "demo", "-o", "json"]).report();
    assert_eq!(without.0["asOf"], "2026-11-23T03:00:00Z");
    assert!(without.0.get("startedAt").is_none_or(serde_json::Value::is_null));
    let with = run(["audit", "demo", "-o", "json", "--timings"]).report();
    assert!(with.0["startedAt"].is_string() && with.0["finishedAt"].is_string());
    assert_eq!(with.findings(), without.findings());
    let times = |report: &Report| -> Vec<f64> {
        let policies = report.list("policies").iter();
        policies
            .filter_map(|policy| policy["milliseconds"].as_f64())
            .collect()
    };
    let told = times(&with);
    assert!(told.len() > 40 && told.iter().all(|time| *time > 0.0), "{told:?}");
    assert!(times(&without).is_empty());

    let verbose = run(["audit", "demo", "-v", "-o", "json"]);
    assert!(verbose.stderr.contains("longest took "), "{}", verbose.stderr);
    assert!(times(&verbose.report()).is_empty());
}

/// The demo's snapshot, in a folder where it can be spoilt.
fn copied() -> Folder {
    let folder = Folder::new();
    copy(&root().join("environments/demo"), &folder.path().join("copy"));
    folder
}

fn audit(folder: &Folder) -> (i32, Report) {
    let arguments = [
        "audit",
        &environment("demo.yaml"),
        "--snapshot",
        "copy",
        "-o",
        "json",
    ];
    let outcome = folder.run(arguments);
    (outcome.code.unwrap(), outcome.report())
}

/// Policies that need the account, as they declare it themselves: a collection of it that `lost` says is lost.
fn of_the_account(lost: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("policies")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rego") {
                let text = fs::read_to_string(&path).unwrap();
                // A list may go on over several lines, to the next key.
                let lines = text.lines().skip_while(|line| !line.starts_with("#   needs:"));
                let needs: Vec<&str> = lines
                    .enumerate()
                    .take_while(|(number, line)| *number == 0 || line.starts_with("#     "))
                    .flat_map(|(_, line)| line.split(|letter: char| " []-,:".contains(letter)))
                    .collect();
                let mut needs = needs.iter().filter_map(|need| need.strip_prefix("digitalocean."));
                if let Some(id) = text.lines().find_map(|line| line.strip_prefix("#   id:"))
                    && needs.any(&lost)
                {
                    found.push(id.trim().to_owned());
                }
            }
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

fn assert_account_not_evaluated(report: &Report, account: &[String]) {
    for policy in account {
        assert_eq!(report.verdict(policy), "not evaluated", "{policy}");
        let mut told = report.not_evaluated();
        told.retain(|line| line.starts_with(policy.as_str()));
        assert!(!told.is_empty(), "it is told why {policy} was not evaluated");
    }
    let spoilt = |finding: &String| {
        let (policy, _) = finding.split_once(' ').unwrap();
        account.iter().any(|spoilt| spoilt == policy)
    };
    assert!(!report.findings().iter().any(spoilt), "{:?}", report.findings());
    let rest: Vec<String> = planted().into_iter().filter(|row| !spoilt(row)).collect();
    assert_eq!(report.findings(), rest, "the cluster is judged all the same");
    assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);
    assert_eq!(report.0["gate"]["incomplete"], true);
}

/// Takes entries out of the manifest, as a capture would that never asked for them.
fn forget(folder: &Folder, prefix: &str) {
    let mut manifest: serde_json::Value = serde_json::from_str(&folder.read("copy/manifest.json")).unwrap();
    let files = manifest["files"].as_array_mut().unwrap();
    files.retain(|file| !file["path"].as_str().unwrap().starts_with(prefix));
    folder.write("copy/manifest.json", manifest.to_string());
}

#[test]
fn an_account_that_nobody_read_is_not_evaluated() {
    let folder = copied();
    fs::remove_dir_all(folder.path().join("copy/account")).unwrap();
    forget(&folder, "account/");
    let (code, report) = audit(&folder);
    let account = of_the_account(|_| true);
    assert_account_not_evaluated(&report, &account);
    assert_eq!(code, 1, "what was found in the cluster still fails");
    let only = account.join(",");
    let blind = folder
        .run([
            "audit",
            &environment("demo.yaml"),
            "--snapshot",
            "copy",
            "--only",
            &only,
        ])
        .exits(3);
    assert!(!blind.stdout.contains("clean"), "{}", blind.stdout);
}

#[test]
fn an_account_whose_files_were_deleted_is_not_evaluated() {
    let folder = copied();
    fs::remove_dir_all(folder.path().join("copy/account")).unwrap();
    let (code, report) = audit(&folder);
    assert_account_not_evaluated(&report, &of_the_account(|_| true));
    assert_eq!(code, 1);
    let told = report.not_evaluated().join("\n");
    assert!(
        told.contains("missing") && told.contains("does not exist"),
        "{told}"
    );
}

#[test]
fn an_account_emptied_by_hand_is_not_evaluated() {
    let folder = copied();
    let mut emptied = Vec::new();
    for entry in fs::read_dir(folder.path().join("copy/account")).unwrap() {
        let path = entry.unwrap().path();
        // What was empty before is as it was.
        if fs::metadata(&path).unwrap().len() > 0 {
            emptied.push(path.file_stem().unwrap().display().to_string());
            fs::write(path, "").unwrap();
        }
    }
    let (code, report) = audit(&folder);
    let lost = |collection: &str| emptied.iter().any(|own| own == collection);
    assert_account_not_evaluated(&report, &of_the_account(lost));
    assert_eq!(code, 1);
}

/// The clean demo without its account is not clean: exit 3, not 0.
#[test]
fn half_an_audit_is_no_clean_audit() {
    let folder = Folder::new();
    copy(
        &root().join("environments/demo-clean"),
        &folder.path().join("copy"),
    );
    fs::remove_dir_all(folder.path().join("copy/account")).unwrap();
    let arguments = ["audit", &environment("demo-clean.yaml"), "--snapshot", "copy"];
    folder
        .run(arguments)
        .exits(3)
        .shows(&["not evaluated", "incomplete"]);
    forget(&folder, "account/");
    folder
        .run(arguments)
        .exits(3)
        .shows(&["not evaluated", "incomplete"]);
    let accepted = arguments.into_iter().chain(["--min-coverage", "0%"]);
    folder.run(accepted).exits(0);
    let zero = arguments.into_iter().chain(["--exit-zero"]);
    folder.run(zero).exits(0);
}

/// One flipped byte costs one kind: no policy that reads it may pass.
#[test]
fn a_damaged_kind_is_not_evaluated() {
    let folder = copied();
    let services = folder.path().join("copy/objects/core/v1/Service.ndjson");
    let mut bytes = fs::read(&services).unwrap();
    let at = bytes.iter().position(|byte| *byte == b'L').unwrap();
    bytes[at] = b'l';
    fs::write(&services, bytes).unwrap();
    let (_, report) = audit(&folder);
    for policy in ["dedicated-load-balancer", "backend-closed-to-outside"] {
        assert_eq!(report.verdict(policy), "not evaluated", "{policy}");
    }
    // Of Ingresses it can speak, of Services it cannot.
    assert_eq!(report.verdict("exposure-undeclared"), "fail");
    let told = report.not_evaluated();
    assert!(
        told.iter()
            .any(|line| line.starts_with("exposure-undeclared: corrupt: ")),
        "{told:?}"
    );
    assert_eq!(
        report
            .findings()
            .iter()
            .filter(|finding| finding.contains("[Service]"))
            .count(),
        0
    );
}

/// Counts by policy, for one golden view of the whole.
#[test]
fn the_demo_at_a_glance() {
    let report = run(["audit", "demo", "-o", "json"]).report();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for finding in report.findings() {
        let (policy, _) = finding.rsplit_once(' ').unwrap();
        *counts.entry(policy.to_owned()).or_default() += 1;
    }
    let shown: Vec<String> = counts
        .iter()
        .map(|(policy, count)| format!("{count} {policy}"))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    1 argocd-covers-namespace high
    1 argocd-initial-secret medium
    1 argocd-project-scope high
    1 argocd-ready critical
    1 argocd-source-declared high
    1 argocd-synced high
    1 backend-accepts-all-namespaces critical
    1 backend-closed-to-outside high
    1 backup-fresh critical
    1 backup-retention high
    1 cluster-as-declared medium
    1 control-plane-firewall high
    1 cross-namespace-access high
    1 datastore-authenticated high
    1 datastore-not-exposed critical
    1 datastore-persistent medium
    1 datastore-ready critical
    3 declared-source-blocked high
    4 dedicated-load-balancer critical
    3 exposure-undeclared critical
    2 firewall-open-to-world critical
    1 firewall-undeclared high
    2 grafana-not-public high
    1 image-in-use high
    1 ingress-backend-exists high
    1 ingress-class high
    1 ingress-controller-ready medium
    1 ingress-controller-supported medium
    1 ingress-controller-vulnerable critical
    1 ingress-host-conflict high
    1 ingress-risky-annotation high
    1 ingress-tls medium
    1 load-balancer-orphan medium
    1 monitor-selected medium
    1 monitoring-ready high
    1 namespace-declared high
    2 namespace-isolation high
    1 namespace-undeclared medium
    2 no-apps-in-system-namespaces critical
    1 no-apps-in-system-namespaces low
    1 no-apps-in-system-namespaces medium
    1 node-pool-as-declared medium
    1 node-port-exposed high
    1 pod-security-level high
    1 proxy-layer high
    1 proxy-reaches-datastore medium
    1 registry-garbage low
    1 registry-size high
    1 space-key-scope medium
    1 space-lifecycle low
    1 space-private critical
    1 vpc-membership high
    1 workload-declared high
    1 workload-undeclared medium
    ");
}
