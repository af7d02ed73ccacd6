//! What the built-in policies may ask to be changed in a cluster: a closed list, for which `envcheck rbac --writes` prints the
//! rights, and of which no part is more than safety allows.

use crate::program::{root, run};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a fix needs: group, resource, verb, and the object where only one is meant.
type Right = (&'static str, &'static str, &'static str, Option<&'static str>);

const INGRESSES: Right = ("networking.k8s.io", "ingresses", "patch", None);
const ROUTES: Right = ("gateway.networking.k8s.io", "httproutes", "patch", None);
const POLICIES: Right = ("networking.k8s.io", "networkpolicies", "create", None);
const UNDONE: Right = ("networking.k8s.io", "networkpolicies", "delete", None);
const SERVICES: Right = ("", "services", "patch", None);
const FIRST: Right = ("", "secrets", "delete", Some("argocd-initial-admin-secret"));

/// The rules that change something in a cluster, with what they need. Whoever adds one sees to `core/src/report/cluster_role`.
const CHANGING: [(&str, &[Right]); 17] = [
    (
        "datastores/datastore_persistent/datastore_persistent.rego",
        &[("apps", "statefulsets", "patch", None)],
    ),
    (
        "delivery/argocd_initial_secret/argocd_initial_secret.rego",
        &[FIRST],
    ),
    (
        "delivery/argocd_project_scope/argocd_project_scope.rego",
        &[("argoproj.io", "appprojects", "patch", None)],
    ),
    (
        "delivery/argocd_source_declared/argocd_source_declared.rego",
        &[("argoproj.io", "applications", "patch", None)],
    ),
    ("ingress/ingress_class/ingress_class.rego", &[INGRESSES]),
    ("lib/services.rego", &[SERVICES]),
    (
        "monitoring/monitor_selected/monitor_selected.rego",
        &[
            ("monitoring.coreos.com", "podmonitors", "patch", None),
            ("monitoring.coreos.com", "prometheusrules", "patch", None),
            ("monitoring.coreos.com", "servicemonitors", "patch", None),
        ],
    ),
    (
        "network/backend_accepts_all_namespaces/backend_accepts_all_namespaces.rego",
        &[POLICIES, UNDONE],
    ),
    (
        "network/declared_source_blocked/repairs.rego",
        &[POLICIES, UNDONE],
    ),
    (
        "network/load_balancer_as_declared/load_balancer_as_declared.rego",
        &[SERVICES],
    ),
    (
        "network/namespace_isolation/namespace_isolation.rego",
        &[POLICIES, UNDONE],
    ),
    ("proxy/proxy_layer/proxy_layer.rego", &[INGRESSES, ROUTES]),
    (
        "proxy/proxy_reaches_datastore/proxy_reaches_datastore.rego",
        &[POLICIES, UNDONE],
    ),
    (
        "workloads/namespace_declared/namespace_declared.rego",
        &[("", "namespaces", "create", None)],
    ),
    (
        "workloads/pod_security_level/pod_security_level.rego",
        &[("", "namespaces", "patch", None)],
    ),
    (
        "workloads/registry_copy_unused/registry_copy_unused.rego",
        &[
            ("apps", "daemonsets", "patch", None),
            ("apps", "deployments", "patch", None),
            ("apps", "statefulsets", "patch", None),
            ("batch", "cronjobs", "patch", None),
        ],
    ),
    // Whom it lets in, no rule of its own says: it is made of these.
    ("lib/network.rego", &[POLICIES]),
];

fn rules(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            rules(&path, found);
        } else if path.extension().is_some_and(|own| own == "rego") && !name.ends_with("_test.rego") {
            found.push(path);
        }
    }
}

/// The text of each rule that changes something in a cluster, by its path.
fn changing() -> BTreeMap<String, String> {
    let policies = root().join("policies");
    let mut found = Vec::new();
    rules(&policies, &mut found);
    let texts = found.into_iter().map(|path| {
        let name = path
            .strip_prefix(&policies)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        (name, fs::read_to_string(path).unwrap())
    });
    texts
        .filter(|(_, text)| {
            text.contains("\"action\": \"kubernetes.") || text.contains("\"kind\": \"NetworkPolicy\"")
        })
        .collect()
}

#[test]
fn what_fixes_change_is_known_and_the_printed_rights_cover_it() {
    let names: Vec<String> = changing().into_keys().collect();
    let mut known: Vec<&str> = CHANGING.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(names, known);

    let list = run(["rbac", "demo", "--writes", "-o", "json"]).exits(0).json();
    let items = list["items"].as_array().unwrap();
    let rules: Vec<&Value> = items
        .iter()
        .flat_map(|item| item["rules"].as_array().into_iter().flatten())
        .collect();
    for (name, rights) in CHANGING {
        for (group, resource, verb, object) in rights {
            let allows = |rule: &&&Value| {
                let has = |list: &str, one: &str| rule[list].as_array().unwrap().contains(&json!(one));
                let objects = object.map_or(Value::Null, |object| json!([object]));
                has("apiGroups", group)
                    && has("resources", resource)
                    && has("verbs", verb)
                    && rule["resourceNames"] == objects
            };
            assert!(
                rules.iter().any(|rule| allows(&rule)),
                "{name}: {verb} {resource}"
            );
        }
    }
    // Without the word nothing but reading is allowed.
    let role = run(["rbac", "demo", "-o", "json"]).exits(0).json();
    for rule in role["rules"].as_array().unwrap() {
        assert!(
            rule["verbs"] == json!(["list"]) || rule["verbs"] == json!(["get"]),
            "{rule}"
        );
    }
    // Of an environment its own Lease alone.
    let lease = rules.iter().filter(|rule| rule["resources"] == json!(["leases"]));
    let named: Vec<&Value> = lease.map(|rule| &rule["resourceNames"]).collect();
    assert_eq!(named, [&Value::Null, &json!(["envcheck-demo"])]);
}

#[test]
fn network_policies_are_made_for_applications_and_close_one_way_only() {
    let made: Vec<(String, String)> = changing()
        .into_iter()
        .filter(|(_, text)| text.contains("\"kind\": \"NetworkPolicy\""))
        .collect();
    assert_eq!(
        made.len(),
        2,
        "{:?}",
        made.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    for (name, text) in made {
        assert!(text.contains("\"policyTypes\": [\"Ingress\"]"), "{name}");
        assert!(!text.contains("\"Egress\"]"), "{name}");
        assert!(text.contains("role == \"application\""), "{name}");
    }
}
