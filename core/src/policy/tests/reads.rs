//! What a policy reads is declared, or it is refused.

use super::{GOOD, builtin, foreign, ids, said};
use std::collections::BTreeSet;

/// A policy that declares the lists and reads what the body says.
fn policy(kinds: &str, needs: &str, body: &str) -> String {
    let (head, _) = GOOD.split_once("deny contains").unwrap();
    let head = head
        .replace("kinds: [v1/Service]", &format!("kinds: [{kinds}]"))
        .replace(
            "needs: [digitalocean.load_balancers]",
            &format!("needs: [{needs}]"),
        );
    format!("{head}deny contains {{\"message\": \"m\", \"resource\": {{}}}} if {{\n\t{body}\n}}\n")
}

fn problems(kinds: &str, needs: &str, body: &str) -> Vec<String> {
    said(&builtin(&[("p.rego", &policy(kinds, needs, body))]).1)
}

const ADD: &str =
    "only what is declared is read of a cluster, and the policy would pass without having looked";

#[test]
fn a_list_of_the_view_needs_its_kinds() {
    assert_eq!(
        problems("v1/Service", "", "some x in data.view.services"),
        [""; 0]
    );
    assert_eq!(
        problems("'*/Service'", "", "some x in data.view.services"),
        [""; 0]
    );
    assert_eq!(
        problems(
            "networking.k8s.io/*/Ingress, v1/Secret",
            "",
            "some x in data.view.ingresses"
        ),
        [""; 0],
        "another version is the same kind"
    );
    assert_eq!(
        problems("v1/Service", "", "some x in data.view.config_maps"),
        [format!(
            "p.rego:18:1: dedicated-load-balancer reads data.view.config_maps, but does not declare v1/ConfigMap | add to `kinds`: {ADD}"
        )]
    );
    let all = "apps/v1/DaemonSet, apps/v1/Deployment, apps/v1/ReplicaSet, apps/v1/StatefulSet, batch/v1/CronJob, batch/v1/Job, v1/Pod";
    let missing = problems(all, "", "some x in data.view.workloads");
    assert!(
        missing[0].contains("does not declare v1/ReplicationController |"),
        "{missing:?}"
    );
}

#[test]
fn images_need_workloads_and_joined_lists_of_the_account_their_collection() {
    let all = "apps/v1/DaemonSet, apps/v1/Deployment, apps/v1/ReplicaSet, apps/v1/StatefulSet, batch/v1/CronJob, batch/v1/Job, v1/ReplicationController";
    let images = "some x in data.view.images";
    assert!(problems(all, "", images)[0].contains("does not declare v1/Pod |"));
    assert_eq!(problems(&format!("{all}, v1/Pod"), "", images), [""; 0]);
    for (list, collection) in [
        ("firewalls", "digitalocean.firewalls"),
        ("buckets", "spaces.buckets"),
    ] {
        let body = format!("some x in data.view.{list}");
        let missing = problems("v1/Service", "", &body);
        assert!(
            missing[0].contains(&format!("does not declare {collection} | add to `needs`")),
            "{missing:?}"
        );
        assert_eq!(problems("v1/Service", collection, &body), [""; 0]);
    }
    let misspelt = problems("v1/Service", "", "some x in data.view.image");
    assert!(misspelt[0].contains("did you mean `images`?"), "{misspelt:?}");
}

#[test]
fn reachability_needs_policies_of_every_api_namespaces_and_workloads() {
    let found = problems("v1/Service", "", "data.network.workloads[\"x\"]");
    for kind in [
        "apps/v1/Deployment",
        "v1/Pod",
        "networking.k8s.io/v1/NetworkPolicy",
        "cilium.io/v2/CiliumNetworkPolicy",
        "v1/Namespace",
    ] {
        assert!(found[0].contains(kind), "{kind}: {found:?}");
    }
    assert!(
        !found[0].contains("Ingress") && !found[0].contains("v1/Service"),
        "{found:?}"
    );
}

#[test]
fn collections_are_needs() {
    assert_eq!(
        problems("", "digitalocean.registries", "some x in data.view.registries"),
        [""; 0]
    );
    for (body, collection) in [
        ("some x in data.view.registries", "digitalocean.registries"),
        ("data.view.cluster.id", "digitalocean.kubernetes_clusters"),
        ("some x in data.digitalocean.vpcs", "digitalocean.vpcs"),
        ("some x in data.spaces.buckets", "spaces.buckets"),
    ] {
        let found = problems("", "", body);
        assert!(
            found[0].ends_with(&format!("does not declare {collection} | add to `needs`: {ADD}")),
            "{found:?}"
        );
    }
}

#[test]
fn a_list_that_does_not_exist_is_a_slip() {
    assert_eq!(
        problems("v1/Service", "", "some x in data.view.servces"),
        [
            "p.rego:18:1: dedicated-load-balancer reads data.view.servces, which does not exist | did you mean `services`?"
        ]
    );
}

#[test]
fn a_list_named_while_running_may_be_any() {
    let found = problems(
        "v1/Service",
        "",
        "some list in [\"services\"]\n\tsome x in data.view[list]",
    );
    assert!(
        found[0].contains("reads data.view, but does not declare") && found[0].contains("v1/Secret"),
        "{found:?}"
    );
    assert!(found[0].contains("name the lists that it reads"), "{found:?}");
    // A constant name is as good as a dot, and so is object.get.
    for body in [
        "some x in data.view[\"services\"]",
        "object.get(data.view, \"complete\", true)",
        "some x in object.get(data.view, \"services\", [])",
    ] {
        assert_eq!(problems("v1/Service", "", body), [""; 0], "{body}");
    }
    let got = problems("v1/Service", "", "object.get(data.view, \"secrets\", [])");
    assert!(got[0].contains("does not declare v1/Secret"), "{got:?}");
}

#[test]
fn what_libraries_read_counts_too() {
    let text = policy("v1/Service", "", "network.open").replace(
        "\ndeny contains",
        "\nimport data.envcheck.lib.network\n\ndeny contains",
    );
    let library = "package envcheck.lib.network\n\nopen if some x in data.view.secrets\n";
    let (catalogue, problems) = builtin(&[("p.rego", &text), ("lib.rego", library)]);
    assert!(
        said(&problems)[0].contains("does not declare v1/Secret"),
        "{problems:?}"
    );
    assert!(catalogue.policies().is_empty());
    assert!(catalogue.rejected_ids().contains("dedicated-load-balancer"));
}

#[test]
fn what_is_read_is_known_of_every_policy() {
    let (catalogue, problems) = builtin(&[("p.rego", GOOD)]);
    assert_eq!(said(&problems), [""; 0]);
    assert_eq!(
        catalogue.policies()[0].reads,
        BTreeSet::from(["view.services".to_owned()])
    );
    // Object policies and conftest's judge what they are given.
    let (catalogue, problems) = foreign(&[(
        "m.rego",
        "package main\n\ndeny contains \"m\" if data.view.services\n",
    )]);
    assert_eq!(said(&problems), [""; 0]);
    assert_eq!(ids(&catalogue), ["main.deny"]);
}

#[test]
fn where_objects_are_judged_one_by_one_there_is_nothing_joined() {
    for document in [
        "view.secrets",
        "network.workloads",
        "digitalocean.vpcs",
        "inventory.namespace",
    ] {
        let text = policy("v1/Service", "", &format!("some x in data.{document}"))
            .replace("evaluates: environment", "evaluates: object");
        let problems = said(&builtin(&[("p.rego", &text)]).1);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].contains("judges objects one by one, where data."),
            "{problems:?}"
        );
    }
}
