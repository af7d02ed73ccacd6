//! Small environments, each for one rule of reading them.

mod reading;

use serde::Deserialize;

use super::*;
use crate::value::{Value, ValueExt};

/// The objects of a YAML text.
fn objects(text: &str) -> Vec<Value> {
    yaml_serde::Deserializer::from_str(text)
        .map(|document| serde_json::Value::deserialize(document).unwrap())
        .map(|document| Value::from_json_str(&document.to_string()).unwrap())
        .collect()
}

fn builder(text: &str) -> (NetworkBuilder, Vec<Gap>) {
    let objects = objects(text);
    let (mut builder, mut gaps) = (NetworkBuilder::new(), Vec::new());
    for endpoint in resolve_owners(&objects) {
        builder.endpoint(endpoint);
    }
    for object in &objects {
        match object.text_at(&["kind"]).unwrap() {
            "Namespace" => builder.namespace(object),
            "NetworkPolicy" => gaps.extend(builder.policy(object).err()),
            "Service" => builder.service(object),
            "Ingress" => builder.ingress(object),
            kind if kind.ends_with("NetworkPolicy") => builder.foreign_policy(object),
            _ => {}
        }
    }
    (builder, gaps)
}

pub(crate) fn network(text: &str) -> Network {
    let (builder, gaps) = builder(text);
    assert_eq!(gaps, []);
    builder.build()
}

pub(super) fn pod(namespace: &str, name: &str) -> WorkloadId {
    WorkloadId {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        kind: "Pod".to_owned(),
    }
}

const PODS: &str = "
kind: Pod
metadata: {name: web, namespace: a, labels: {app: web}}
spec: {containers: [{ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}]}
---
kind: Pod
metadata: {name: client, namespace: b, labels: {app: client}}
---
";

/// A policy in namespace `a` that selects `web`.
fn with_policy(spec: &str) -> String {
    format!("{PODS}\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: a}}\nspec: {spec}")
}

#[test]
fn every_possible_pod_is_more_than_the_ones_there_are() {
    let facts = |spec: &str| {
        network(&with_policy(spec))
            .workload(&pod("a", "web"))
            .unwrap()
            .clone()
    };
    let listed = facts(
        "{ingress: [{from: [{namespaceSelector: {matchExpressions: [
        {key: kubernetes.io/metadata.name, operator: In, values: [a, b]}]}}]}]}",
    );
    assert_eq!(
        (listed.accepts_from_all, listed.explicitly_accepts.is_empty()),
        (Acceptance::None, true)
    );
    let together = facts("{ingress: [
        {from: [{namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}}]},
        {ports: [{port: 80}], from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}]}");
    assert_eq!(
        (together.accepts_from_all, together.ports.to_string()),
        (Acceptance::Partial, "TCP 80".to_owned())
    );
    assert_eq!(together.explicitly_accepts, together.ports);
    let open = facts("{ingress: [{}]}");
    assert_eq!(
        (open.accepts_from_all, open.explicitly_accepts.is_empty()),
        (Acceptance::All, true)
    );
}

#[test]
fn the_clusters_own_addresses_are_not_outside() {
    let outside = |spec: &str| {
        let (mut builder, _) = builder(&with_policy(spec));
        builder.cluster_subnets(["10.0.0.0/8".parse().unwrap()]);
        let facts = builder.build().workload(&pod("a", "web")).unwrap().clone();
        (facts.accepts_from_outside, facts.outside_ports.to_string())
    };
    let block = |cidr: &str| format!("{{ingress: [{{from: [{{ipBlock: {{cidr: '{cidr}'}}}}]}}]}}");
    assert_eq!(outside(&block("10.1.0.0/16")), (Acceptance::None, String::new()));
    assert_eq!(
        outside(&block("8.0.0.0/6")),
        (Acceptance::Partial, "All Connections".to_owned())
    );
    assert_eq!(
        outside(&block("0.0.0.0/0")),
        (Acceptance::All, "All Connections".to_owned())
    );
    assert_eq!(
        outside(&block("::/0")),
        (Acceptance::Partial, "All Connections".to_owned())
    );
    assert_eq!(
        outside("{ingress: [{ports: [{port: 80}]}]}"),
        (Acceptance::Partial, "TCP 80".to_owned())
    );
    assert_eq!(
        outside("{ingress: [{from: [{namespaceSelector: {}}]}]}"),
        (Acceptance::None, String::new())
    );
}

#[test]
fn replicas_that_differ_accept_what_each_of_them_accepts() {
    let replica = |name: &str, app: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: {name}, namespace: a, labels: {{app: {app}}}, ownerReferences: \
             [{{kind: ReplicaSet, name: r, controller: true}}]}}\n---\n"
        )
    };
    let policy = "kind: NetworkPolicy\nmetadata: {name: p, namespace: a}\nspec: {podSelector: {matchLabels: {app: y}}}";
    let network = network(&format!(
        "{}{}{PODS}{policy}",
        replica("one", "x"),
        replica("two", "y")
    ));
    let id = WorkloadId {
        kind: "ReplicaSet".to_owned(),
        ..pod("a", "r")
    };
    let facts = network.workload(&id).unwrap();
    assert_eq!(
        (facts.accepts_from_all, facts.classes.len()),
        (Acceptance::Partial, 2)
    );
    assert!(facts.ports.is_empty() && !facts.isolated_ingress);
    assert!(network.connects(&pod("b", "client"), &id).is_empty());
    assert_eq!(facts.selected_by.ingress, ["p"]);
}

#[test]
fn sources_tell_existing_pods_from_possible_ones() {
    let network = network(&with_policy(
        "{ingress: [{ports: [{port: 80}], from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}},
          {podSelector: {matchLabels: {app: nobody}}}]}]}",
    ));
    let sources = network.sources_of(&pod("a", "web"));
    assert!(!sources.any_namespace);
    let text: Vec<_> = sources
        .namespaces
        .iter()
        .map(|source| {
            let names: Vec<_> = source.workloads.iter().map(ToString::to_string).collect();
            format!(
                "{} {names:?} {} {} {}",
                source.namespace, source.ports, source.every_pod, source.possible_ports
            )
        })
        .collect();
    assert_eq!(
        text,
        ["a []  false TCP 80", r#"b ["b/client[Pod]"] TCP 80 true TCP 80"#]
    );
    assert!(network.sources_of(&pod("b", "client")).any_namespace);
}

#[test]
fn host_network_is_marked_and_no_source() {
    let text = with_policy("{ingress: [{}]}").replace(
        "labels: {app: client}}",
        "labels: {app: client}}\nspec: {hostNetwork: true}",
    );
    let network = network(&text);
    assert!(network.workload(&pod("b", "client")).unwrap().host_network);
    let sources = network.sources_of(&pod("a", "web"));
    assert!(
        sources
            .namespaces
            .iter()
            .all(|source| source.workloads.is_empty())
    );
    assert_eq!(
        network
            .connections()
            .filter(|row| row.dst.to_string() == "a/web[Pod]")
            .count(),
        2
    );
}

#[test]
fn ingress_objects_reach_declared_ports_that_policies_leave_open() {
    let objects = "
kind: Service
metadata: {name: web, namespace: a}
spec: {selector: {app: web}, ports: [{name: main, port: 80, targetPort: http}]}
---
kind: Ingress
metadata: {name: i, namespace: a}
spec: {rules: [{http: {paths: [{backend: {service: {name: web, port: {PORT}}}}]}}]}
---
";
    let rows = |port: &str, spec: &str| {
        let text = format!("{}{}", objects.replace("PORT", port), with_policy(spec));
        let network = network(&text);
        let rows = network
            .connections()
            .filter(|row| row.src == Node::IngressController);
        rows.map(|row| format!("{} {}", row.dst, row.ports))
            .collect::<Vec<_>>()
    };
    for port in ["number: 80", "name: main"] {
        assert_eq!(rows(port, "{ingress: [{}]}"), ["a/web[Pod] TCP 8080"]);
    }
    assert!(rows("name: http", "{ingress: [{}]}").is_empty());
    assert!(rows("number: 80", "{ingress: [{from: [{podSelector: {}}]}]}").is_empty());
}

#[test]
fn the_document_for_policies_has_its_members() {
    let network = network(&with_policy(
        "{ingress: [{ports: [{port: 80}], from: [{namespaceSelector: {}}]}]}",
    ));
    let facts = network.facts();
    let web = facts.at(&["workloads", "a/web[Pod]"]).unwrap();
    assert_eq!(web.text_at(&["acceptsFromAllNamespaces"]), Some("partial"));
    assert_eq!(
        web.items_at(&["explicitlyAccepts"])[0].to_string(),
        r#"{"from":80,"protocol":"TCP","to":80}"#
    );
    assert_eq!(web.items_at(&["selectedBy", "ingress"])[0].text(), Some("p"));
    let sources: Vec<_> = web
        .items_at(&["sources"])
        .iter()
        .map(|source| source.text_at(&["namespace"]))
        .collect();
    assert_eq!(sources, [Some("a"), Some("b")]);
    let client = facts.at(&["workloads", "b/client[Pod]"]).unwrap();
    let (from, to) = (
        client.text_at(&["class"]).unwrap(),
        web.text_at(&["class"]).unwrap(),
    );
    assert_eq!(
        facts.items_at(&["allowed", from, to])[0]
            .field("to")
            .and_then(ValueExt::int),
        Some(80)
    );
    assert_eq!(
        facts.items_at(&["classes", to, "workloads"])[0].text(),
        Some("a/web[Pod]")
    );
}
