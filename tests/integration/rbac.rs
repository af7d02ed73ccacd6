//! `envcheck rbac`: the role is exactly what the policies need.

use crate::installing::{MANIFEST, with_manifest, with_manifest_file};
use crate::program::{Folder, run};
use envcheck_core::policy::Scope;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a role lists, as `group/resource`.
fn listed(role: &Value) -> Vec<String> {
    let mut listed = Vec::new();
    for rule in role["rules"].as_array().unwrap() {
        if rule["verbs"] != json!(["list"]) {
            let expected = json!({"apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["kube-system"], "verbs": ["get"]});
            assert_eq!(*rule, expected, "nothing but the cluster's UID is read by name");
            continue;
        }
        for group in rule["apiGroups"].as_array().unwrap() {
            for resource in rule["resources"].as_array().unwrap() {
                listed.push(format!(
                    "{}/{}",
                    group.as_str().unwrap(),
                    resource.as_str().unwrap()
                ));
            }
        }
    }
    listed
}

#[test]
fn the_role_of_one_policy() {
    let outcome = run([
        "rbac",
        "demo",
        "--only",
        "dedicated-load-balancer,exposure-undeclared",
    ])
    .exits(0);
    assert_eq!(outcome.stderr, "");
    assert_eq!(
        outcome.stdout,
        "\
# What an audit reads of the cluster, and nothing else. Each resource names the policies that need it.
# Discovery and /version need no rule: every authenticated client has them by Kubernetes' own roles
# system:discovery and system:public-info-viewer.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: envcheck-audit
rules:
  # the cluster's UID
  - apiGroups: [\"\"]
    resources:
      - namespaces
    resourceNames: [kube-system]
    verbs: [get]
  - apiGroups: [\"\"]
    resources:
      - nodes # that this is the declared cluster
      - services # dedicated-load-balancer, exposure-undeclared
    verbs: [list]
  - apiGroups: [gateway.networking.k8s.io]
    resources:
      - httproutes # exposure-undeclared
    verbs: [list]
  - apiGroups: [networking.k8s.io]
    resources:
      - ingresses # exposure-undeclared
    verbs: [list]
"
    );
}

/// Pods and what may own them, as roles name these kinds.
const WORKLOADS: [&str; 8] = [
    "/pods",
    "/replicationcontrollers",
    "apps/daemonsets",
    "apps/deployments",
    "apps/replicasets",
    "apps/statefulsets",
    "batch/cronjobs",
    "batch/jobs",
];

/// For each policy alone and for all: every needed kind in one rule, and nothing else.
#[test]
fn roles_cover_what_policies_declare_and_nothing_else() {
    let catalogue = envcheck::pipeline::catalogue(true, &[]).unwrap();
    let mut all: BTreeSet<String> = BTreeSet::from(["/nodes".to_owned()]);
    for policy in catalogue.policies() {
        let mut wanted = BTreeSet::from(["/nodes".to_owned()]);
        for kind in policy.kinds.patterns() {
            let plural = envcheck_core::inventory::resource_name::resource_name(&kind.group, &kind.kind);
            wanted.insert(format!("{}/{plural}", kind.group));
        }
        // What is found on a Pod is told of the workload that owns it, whatever kind that is.
        if policy.scope == Scope::Object && wanted.contains("/pods") {
            wanted.extend(WORKLOADS.map(str::to_owned));
        }
        let role = run(["rbac", "--only", &policy.id, "-o", "json"]).exits(0).json();
        let listed = listed(&role);
        assert_eq!(
            listed.len(),
            wanted.len(),
            "{}: no resource stands in two rules: {listed:?}",
            policy.id
        );
        assert_eq!(
            listed.into_iter().collect::<BTreeSet<_>>(),
            wanted,
            "{}",
            policy.id
        );
        all.extend(wanted);
    }
    let role = run(["rbac", "--bundle", "environment", "-o", "json"])
        .exits(0)
        .json();
    assert_eq!(listed(&role).into_iter().collect::<BTreeSet<_>>(), all);
    // The demo declares an account, so that nothing of it is left out.
    let demo = run(["rbac", "demo", "-o", "json"]).exits(0).json();
    assert_eq!(demo, role);
}

#[test]
fn what_does_not_run_is_not_in_the_role() {
    let folder = Folder::with_stage();
    let role = folder
        .run(["rbac", "stage", "--only", "dedicated-load-balancer", "-o", "json"])
        .exits(0);
    assert_eq!(
        listed(&role.json()),
        ["/nodes"],
        "stage declares no account: the policy does not run"
    );
    let role = folder
        .run(["rbac", "stage", "--only", "namespace-isolation", "-o", "json"])
        .exits(0);
    let listed = listed(&role.json());
    assert!(listed.contains(&"/pods".to_owned()), "{listed:?}");
    assert!(
        !listed
            .iter()
            .any(|one| ["/secrets", "/configmaps"].contains(&one.as_str())),
        "{listed:?}"
    );
}

#[test]
fn conftest_policies_widen_the_role_and_say_so() {
    let folder = Folder::new();
    folder.write(
        "kinds/main.rego",
        "package main\n\ndeny contains \"x\" if input.kind in {\"Deployment\", \"Cactus\"}\n",
    );
    folder.write(
        "all/main.rego",
        "package main\n\ndeny contains \"x\" if not input.metadata.labels.team\n",
    );

    let kinds = folder.run(["rbac", "-p", "kinds"]).exits(0);
    kinds.has(&["- deployments # main.deny", "# Left out: Cactus"]);
    kinds.says(&[
        "cannot tell which API group Cactus belongs to",
        "--api-group Cactus=GROUP",
    ]);
    let told = folder
        .run([
            "rbac",
            "-p",
            "kinds",
            "--api-group",
            "Cactus=example.com",
            "-o",
            "json",
        ])
        .exits(0);
    assert_eq!(told.stderr, "");
    assert_eq!(
        listed(&told.json()),
        ["/nodes", "apps/deployments", "example.com/cactuses"]
    );

    let all = folder.run(["rbac", "-p", "all"]).exits(0);
    all.has(&["Secrets too: main.deny"]);
    all.says(&["the role lists everything, Secrets too", "--skip"]);
    let quiet = folder.run(["rbac", "-p", "all", "-q", "-o", "json"]).exits(0);
    assert_eq!(quiet.stderr, "");
    assert_eq!(listed(&quiet.json()), ["*/*"]);
}

#[test]
fn a_binding_is_a_second_document() {
    let arguments = [
        "rbac",
        "demo",
        "--name",
        "stage:audit",
        "--service-account",
        "tools/envcheck",
    ];
    let yaml = run(arguments).exits(0);
    yaml.has(&[
        "\n---\n",
        "kind: ClusterRoleBinding",
        "name: \"stage:audit\"",
        "namespace: tools",
        "    name: envcheck\n",
    ]);
    let json = run(arguments.iter().chain(&["-o", "json"])).exits(0).json();
    assert_eq!(json["kind"], "List");
    let binding = &json["items"][1];
    assert_eq!(binding["roleRef"]["name"], json["items"][0]["metadata"]["name"]);
    assert_eq!(
        binding["subjects"],
        json!([{"kind": "ServiceAccount", "namespace": "tools", "name": "envcheck"}])
    );
}

#[test]
fn what_is_not_said_is_asked_for() {
    run(["rbac"]).refuses(&["nothing says which policies", "envcheck rbac stage"]);
    run(["rbac", "nowhere"]).refuses(&["there is no environment nowhere"]);
    run(["rbac", "demo", "--only", "registry-sice"])
        .refuses(&["registry-sice", "did you mean `registry-size`"]);
    run(["rbac", "demo", "--service-account", "envcheck"]).refuses(&["NAMESPACE/NAME"]);
    run(["rbac", "demo", "--name", "a\nrules: []"]).refuses(&["no name of a role"]);
}

#[test]
fn roles_for_destroying_cover_what_the_manifest_of_argo_cd_holds() {
    let folder = Folder::new();
    let spec = with_manifest(&folder, None);
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: argocd-server}\n";
    folder.write("install.yaml", format!("{MANIFEST}{budget}"));
    let deleted = |more: &[&str]| {
        let words = [&["rbac", spec.as_str(), "--destroys", "-o", "json"], more].concat();
        let printed = folder.run(words).exits(0).json();
        let roles = printed["items"].as_array().unwrap().iter();
        let rules = roles.flat_map(|role| role["rules"].as_array().into_iter().flatten());
        let deleting = rules.filter(|rule| rule["verbs"].to_string().contains("\"delete\""));
        let resources = deleting.flat_map(|rule| rule["resources"].as_array().unwrap());
        resources
            .map(|one| one.as_str().unwrap().to_owned())
            .collect::<BTreeSet<String>>()
    };
    // What is not used is told.
    let unused = ["rbac", spec.as_str(), "--argocd-manifest", "install.yaml"];
    folder
        .run(unused)
        .exits(0)
        .says(&["--argocd-manifest adds nothing here"]);
    let (known, with_it) = (deleted(&[]), deleted(&["--argocd-manifest", "install.yaml"]));
    let more: Vec<&String> = with_it.difference(&known).collect();
    assert_eq!(more, ["poddisruptionbudgets"]);
    assert!(
        known.is_subset(&with_it) && known.contains("deployments"),
        "{known:?}"
    );
    with_manifest_file(&folder, &format!("{MANIFEST}{budget}"));
    assert_eq!(deleted(&[]), with_it, "a declared file needs no flag");
}
