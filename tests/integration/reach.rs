//! `reach`: what NetworkPolicies allow, exactly; and never a word about what cannot be known.

use crate::program::{Folder, Outcome, environment, finish, program};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn deployment(namespace: &str, name: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: c, image: x, ports: [{{containerPort: 80}}]}}]}}\n"
    )
}

const ONLY_FROM_FRONT: &str = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: only-front, namespace: back}\nspec:\n  \
    podSelector: {}\n  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}}], ports: [{port: 80}]}]\n";

fn three_workloads() -> Folder {
    let folder = Folder::new();
    let workloads = [
        deployment("back", "api"),
        deployment("front", "web"),
        deployment("other", "job"),
    ]
    .concat();
    folder.write("m/all.yaml", workloads + ONLY_FROM_FRONT);
    folder
}

fn verdicts(outcome: &Outcome) -> BTreeSet<String> {
    outcome.json()["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["workload"].as_str().unwrap(),
                row["acceptsFromAllNamespaces"].as_str().unwrap(),
                row["acceptsFromOutside"].as_str().unwrap()
            )
        })
        .collect()
}

fn connections(found: &Value) -> BTreeSet<String> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    found["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} => {} : {}",
                text(row, "src"),
                text(row, "dst"),
                text(row, "conn")
            )
        })
        .collect()
}

#[test]
fn what_may_connect_is_told_exactly() {
    let folder = three_workloads();
    let found = folder.run(["reach", "m", "-o", "json"]).exits(0);
    assert_eq!(
        verdicts(&found).into_iter().collect::<Vec<_>>(),
        [
            "back/api[Deployment] none none",
            "front/web[Deployment] all all",
            "other/job[Deployment] all all"
        ]
    );
    let connections = connections(&found.json());
    assert!(
        connections.contains("front/web[Deployment] => back/api[Deployment] : TCP 80"),
        "{connections:?}"
    );
    assert!(
        !connections
            .iter()
            .any(|row| row.starts_with("other/job[Deployment] => back/api")),
        "{connections:?}"
    );
    let text = folder.run(["reach", "m"]).exits(0).stdout;
    // Without trailing blanks, which editors remove.
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    WORKLOAD               FROM ALL NAMESPACES  FROM OUTSIDE  PORTS OPEN TO ALL
    back/api[Deployment]   none                 none
    front/web[Deployment]  all                  all           All Connections
    other/job[Deployment]  all                  all           All Connections

    0.0.0.0-255.255.255.255[External] => front/web[Deployment] : All Connections
    0.0.0.0-255.255.255.255[External] => other/job[Deployment] : All Connections
    back/api[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections
    back/api[Deployment] => front/web[Deployment] : All Connections
    back/api[Deployment] => other/job[Deployment] : All Connections
    front/web[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections
    front/web[Deployment] => back/api[Deployment] : TCP 80
    front/web[Deployment] => other/job[Deployment] : All Connections
    other/job[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections
    other/job[Deployment] => front/web[Deployment] : All Connections
    ");
}

#[test]
fn connections_can_be_asked_for() {
    let folder = three_workloads();
    let ask = |flags: &[&str]| {
        let found = folder
            .run(["reach", "m", "-o", "json"].iter().chain(flags))
            .exits(0)
            .json();
        connections(&found)
    };
    let all = ask(&[]);
    let ends = |row: &String, src: &str, dst: &str| {
        let (from, rest) = row.split_once(" => ").unwrap();
        from.starts_with(src) && rest.starts_with(dst)
    };
    for (flags, src, dst) in [
        (vec!["--from", "front/web"], "front/web", ""),
        (vec!["--to", "back/api"], "", "back/api"),
        (vec!["--to", "back/api[Deployment]"], "", "back/api"),
        (
            vec!["--from", "front/web", "--to", "back/api"],
            "front/web",
            "back/api",
        ),
        (
            vec!["--from", "other/job", "--to", "back/api"],
            "other/job",
            "back/api",
        ),
    ] {
        let expected: BTreeSet<String> = all.iter().filter(|row| ends(row, src, dst)).cloned().collect();
        assert_eq!(ask(&flags), expected, "{flags:?}");
    }
    assert_eq!(ask(&["--accepts-from-all"]), BTreeSet::new());
    for flag in ["--from", "--to"] {
        folder
            .run(["reach", "m", flag, "back/apy"])
            .refuses(&["back/apy", "NAMESPACE/NAME"]);
    }
}

/// A policy of another API may close what Kubernetes' own leave open: nothing is claimed about what it selects.
#[test]
fn policies_of_other_apis_are_not_evaluated() {
    for (api, kind, spec) in [
        (
            "cilium.io/v2",
            "CiliumNetworkPolicy",
            "{endpointSelector: {}, ingress: [{}]}",
        ),
        (
            "crd.projectcalico.org/v1",
            "NetworkPolicy",
            "{selector: all(), types: [Ingress]}",
        ),
        (
            "projectcalico.org/v3",
            "GlobalNetworkPolicy",
            "{selector: all(), types: [Ingress]}",
        ),
        (
            "policy.networking.k8s.io/v1alpha1",
            "AdminNetworkPolicy",
            "{priority: 1, subject: {namespaces: {}}, ingress: []}",
        ),
    ] {
        let folder = three_workloads();
        folder.write(
            "m/foreign.yaml",
            format!(
                "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: p, namespace: back}}\nspec: {spec}\n"
            ),
        );
        let found = folder.run(["reach", "m", "-o", "json"]).exits(3).json();
        let told = found["notEvaluated"].to_string();
        assert!(told.contains(kind), "{kind}: {told}");
        folder
            .run(["reach", "m"])
            .exits(3)
            .shows(&["not evaluated", kind]);
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = three_workloads();
    folder.write("m/broken.yaml", "a: [\n");
    let found = folder.run(["reach", "m", "-o", "json"]).exits(3).json();
    assert!(
        found["notEvaluated"].to_string().contains("m/broken.yaml:1"),
        "{found}"
    );
    folder.run(["reach", "nowhere/m"]).refuses(&["nowhere/m"]);
    folder.run(["reach"]).exits(2);
}

/// The path of a spec is that environment, as for `audit`.
#[test]
fn a_spec_may_be_given_by_its_path() {
    let folder = Folder::with_stage();
    folder
        .run(["reach", "environments/stage.yaml"])
        .refuses(&["snapshot environments/stage/ does not exist"]);
}

/// As a directory of specs given instead of the environment's name.
#[test]
fn an_empty_answer_is_no_answer() {
    let folder = Folder::with_stage();
    let found = folder
        .run(["reach", "environments", "-o", "json"])
        .exits(3)
        .json();
    assert!(
        found["notEvaluated"].to_string().contains("no workload"),
        "{found}"
    );
}

#[test]
fn standard_input_is_read() {
    let folder = three_workloads();
    let text = folder.read("m/all.yaml");
    let piped = folder
        .run_with_input(["reach", "-", "-o", "json"], text.as_bytes())
        .exits(0);
    assert_eq!(piped.stdout, folder.run(["reach", "m", "-o", "json"]).stdout);
}

#[test]
fn an_environment_is_read_from_its_snapshot() {
    let folder = Folder::new();
    let spec = environment("demo.yaml");
    folder.write("environments/demo.yaml", std::fs::read_to_string(&spec).unwrap());
    let link = folder.path().join("environments/demo");
    std::os::unix::fs::symlink(environment("demo"), link).unwrap();
    let found = folder.run(["reach", "demo", "-o", "json"]);
    let verdicts = verdicts(&found);
    assert!(
        verdicts
            .iter()
            .any(|row| row.starts_with("back/ii[Deployment] none")),
        "{verdicts:?}"
    );
    folder.run(["reach", "dem"]).refuses(&["dem", "demo"]);
}

fn given() -> Option<PathBuf> {
    let data = std::env::var_os("ENVCHECK_TEST_DATA");
    if data.is_none() {
        println!("skipped: given network data: ENVCHECK_TEST_DATA is not set");
    }
    data.map(|data| PathBuf::from(data).join("given/netpol"))
}

/// What differs between a given case and what the program says of it.
fn differences(case: &Path) -> Vec<String> {
    let manifests = case.join("manifests");
    let found = finish(
        program([
            "reach".as_ref(),
            manifests.as_os_str(),
            "-o".as_ref(),
            "json".as_ref(),
        ]),
        None,
    );
    assert!(
        matches!(found.code, Some(0 | 3)),
        "{}: {:?}: {}",
        case.display(),
        found.code,
        found.stderr
    );
    let found = found.json();
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(case.join("expected.json")).unwrap()).unwrap();
    let mut differences = Vec::new();
    let mut compare = |expected: BTreeSet<String>, found: BTreeSet<String>| {
        differences.extend(expected.difference(&found).map(|row| format!("missing: {row}")));
        differences.extend(found.difference(&expected).map(|row| format!("extra: {row}")));
    };
    if let Some(verdicts) = expected["acceptsFromAllNamespaces"].as_object() {
        let verdicts = verdicts
            .iter()
            .map(|(id, verdict)| format!("{id} {}", verdict.as_str().unwrap()));
        let rows = found["workloads"].as_array().unwrap().iter();
        let found = rows.map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            format!("{} {}", text("workload"), text("acceptsFromAllNamespaces"))
        });
        compare(verdicts.collect(), found.collect());
    }
    if expected.get("connections").is_some() {
        compare(connections(&expected), connections(&found));
    }
    differences
}

#[test]
fn given_cases_are_answered_through_the_program() {
    let Some(given) = given() else { return };
    let mut cases: Vec<PathBuf> = std::fs::read_dir(given)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|case| case.join("expected.json").is_file());
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in &cases {
        let differences = differences(case);
        if !differences.is_empty() {
            wrong.push(format!(
                "{}: {}",
                case.display(),
                differences[..differences.len().min(10)].join("\n  ")
            ));
        }
    }
    println!("{} of {} cases agree", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
