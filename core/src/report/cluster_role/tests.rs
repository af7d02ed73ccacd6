use super::{ClusterRole, Destroys, Naming, Writes};
use crate::policy::{Needed, NeededKind};
use std::collections::{BTreeMap, BTreeSet};

fn naming() -> Naming {
    Naming {
        name: "envcheck-audit".to_owned(),
        service_account: None,
        groups: BTreeMap::new(),
    }
}

fn bare(kind: &str) -> NeededKind {
    NeededKind {
        group: None,
        kind: kind.to_owned(),
    }
}

fn needed(kinds: &[(NeededKind, &str)]) -> Needed {
    let mut needed = Needed::default();
    for (kind, id) in kinds {
        needed.kinds.entry(kind.clone()).or_default().insert((*id).into());
    }
    needed
}

fn yaml(role: &ClusterRole) -> String {
    let mut out = Vec::new();
    role.yaml(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The documents of the YAML, and those of the JSON.
fn parsed(role: &ClusterRole) -> (Vec<serde_json::Value>, serde_json::Value) {
    use serde::Deserialize;
    let documents = yaml_serde::Deserializer::from_str(&yaml(role))
        .map(|document| serde_json::Value::deserialize(document).unwrap())
        .collect();
    let mut out = Vec::new();
    role.json(&mut out).unwrap();
    (documents, serde_json::from_slice(&out).unwrap())
}

#[test]
fn a_role_says_who_needs_what() {
    let needed = needed(&[
        (NeededKind::of("apps", "Deployment"), "one"),
        (bare("Deployment"), "two"),
        (NeededKind::of("", "Secret"), "one"),
        (NeededKind::of("", "Node"), "one"),
        (NeededKind::of("example.com", "Cactus"), "one"),
    ]);
    let mut naming = naming();
    naming.service_account = Some(("tools".to_owned(), "007".to_owned()));
    let role = ClusterRole::new(&needed, naming);
    assert_eq!(
        yaml(&role),
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
      - nodes # that this is the declared cluster; one
      - secrets # one; only metadata and key names are kept
    verbs: [list]
  - apiGroups: [apps]
    resources:
      - deployments # one, two
    verbs: [list]
  - apiGroups: [example.com]
    resources:
      - cactuses # one; the plural is guessed from the kind
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: envcheck-audit
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: envcheck-audit
subjects:
  - kind: ServiceAccount
    namespace: tools
    name: \"007\"
"
    );
    let (documents, json) = parsed(&role);
    assert_eq!(json["items"], serde_json::Value::from(documents));
}

#[test]
fn with_a_policy_for_every_kind_one_rule_lists_all() {
    let mut needed = needed(&[(NeededKind::of("", "Secret"), "one"), (bare("Cactus"), "one")]);
    needed.any = BTreeSet::from(["main.deny".into()]);
    let role = ClusterRole::new(&needed, naming());
    let text = yaml(&role);
    assert!(
        text.contains("  # every kind, Secrets too: main.deny may judge objects of any;"),
        "{text}"
    );
    let (documents, json) = parsed(&role);
    assert_eq!(documents[0], json);
    assert_eq!(
        json["rules"],
        serde_json::json!([
            {"apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["kube-system"], "verbs": ["get"]},
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["list"]},
        ])
    );
    assert_eq!(role.unplaced().count(), 0, "nothing is left out");
    assert_eq!(role.for_every_kind(), &needed.any);
}

#[test]
fn a_kind_of_an_unknown_group_is_left_out_and_told() {
    let needed = needed(&[(bare("Cactus"), "main.deny"), (bare("Event"), "main.deny")]);
    let role = ClusterRole::new(&needed, naming());
    let left: Vec<&str> = role.unplaced().map(|(kind, _)| kind).collect();
    assert_eq!(left, ["Cactus"]);
    let text = yaml(&role);
    assert!(
        text.contains("# Left out: Cactus, whose API group is not known (main.deny)\n"),
        "{text}"
    );
    assert!(!text.contains("cactuses"), "{text}");
    assert!(
        text.contains("events.k8s.io"),
        "a kind of two groups is listed in both\n{text}"
    );

    let mut named = naming();
    named.groups.insert("Cactus".to_owned(), "example.com".to_owned());
    let role = ClusterRole::new(&needed, named);
    assert_eq!(role.unplaced().count(), 0);
    assert!(yaml(&role).contains("- apiGroups: [example.com]"));
}

#[test]
fn what_a_policy_compares_with_cannot_add_rules() {
    let hostile = "X\n  - apiGroups: [\"*\"]\n    resources: [\"*\"]\n    verbs: [\"*\"]\n";
    let needed = needed(&[(bare(hostile), "main.deny"), (NeededKind::of("", "Ye"), "one")]);
    let role = ClusterRole::new(&needed, naming());
    assert_eq!(role.unplaced().count(), 1);
    let (documents, json) = parsed(&role);
    assert_eq!(documents, std::slice::from_ref(&json));
    assert_eq!(json["rules"][1]["resources"], serde_json::json!(["nodes", "yes"]));
    assert_eq!(json["rules"].as_array().unwrap().len(), 2);
}

#[test]
fn the_rights_of_remediation_are_closed_and_secrets_are_not_among_them() {
    for (lease, account) in [
        (Some("envcheck-stage"), Some(("tools", "007"))),
        (Some("envcheck-no"), None),
        (None, Some(("tools", "envcheck"))),
        (None, None),
    ] {
        let mut naming = naming();
        naming.service_account = account.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()));
        let role = ClusterRole::new(&Needed::default(), naming).with_writes(Writes {
            lease: lease.map(ToOwned::to_owned),
        });
        let (documents, json) = parsed(&role);
        assert_eq!(
            json["items"],
            serde_json::Value::from(documents),
            "{lease:?} {account:?}"
        );
        let items = json["items"].as_array().unwrap();
        assert_eq!(items.len(), if account.is_some() { 6 } else { 3 });
        for rule in items
            .iter()
            .flat_map(|item| item["rules"].as_array().into_iter().flatten())
        {
            let has = |list: &str, one: &str| rule[list].as_array().unwrap().iter().any(|own| own == one);
            for list in ["apiGroups", "resources", "verbs"] {
                assert!(!has(list, "*"), "{rule}");
            }
            // What is read by list is metadata to this program; what may be changed is one, and only by deleting it.
            if has("resources", "secrets") {
                let deletes = serde_json::json!({
                    "apiGroups": [""], "resources": ["secrets"],
                    "resourceNames": ["argocd-initial-admin-secret"], "verbs": ["delete"],
                });
                assert!(
                    *rule == deletes || rule["verbs"] == serde_json::json!(["list"]),
                    "{rule}"
                );
            }
            for never in ["escalate", "bind", "impersonate", "deletecollection"] {
                assert!(!has("verbs", never), "{rule}");
            }
            for kept in [
                "namespaces",
                "nodes",
                "persistentvolumes",
                "persistentvolumeclaims",
                "customresourcedefinitions",
            ] {
                assert!(!has("resources", kept) || !has("verbs", "delete"), "{rule}");
            }
        }
    }
}

#[test]
fn the_rights_of_removing_are_roles_of_their_own() {
    for account in [None, Some(("tools".to_owned(), "envcheck".to_owned()))] {
        let mut naming = naming();
        naming.service_account = account;
        let kinds = [("", "Namespace"), ("", "Secret"), ("apps", "DaemonSet")];
        let role = ClusterRole::new(&Needed::default(), naming).with_destroys(Destroys {
            kinds: kinds
                .map(|(group, kind)| (group.to_owned(), kind.to_owned()))
                .into(),
            lease: Some("envcheck-dev".to_owned()),
        });
        let (documents, json) = parsed(&role);
        assert_eq!(json["items"], serde_json::Value::from(documents));
        let roles = json["items"].as_array().unwrap();
        let own = roles.iter().find(|one| {
            one["kind"] == "ClusterRole" && one["metadata"]["name"] == "envcheck-audit-destruction"
        });
        assert_eq!(
            own.unwrap()["rules"],
            serde_json::json!([
                {"apiGroups": ["*"], "resources": ["*"], "verbs": ["list"]},
                {"apiGroups": [""], "resources": ["namespaces", "secrets"], "verbs": ["get", "delete"]},
                {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["get", "delete"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
                {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["get"]},
                {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]},
            ])
        );
        // Who audits may delete nothing.
        assert!(!roles[0].to_string().contains("delete"), "{}", roles[0]);
    }
}

#[test]
fn what_captures_hold_besides_is_listed_with_its_reason() {
    let needed = needed(&[(NeededKind::of("", "Service"), "one")]);
    let besides = Needed::of_kinds(["v1/Service", "v1/ResourceQuota"]);
    let text = yaml(&ClusterRole::new(&needed, naming()).with_captures(&besides));
    for line in [
        "# What an audit and a capture read of the cluster, and nothing else.",
        "      - resourcequotas # captured for plan, import and drift\n",
        "      - services # one\n",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}
