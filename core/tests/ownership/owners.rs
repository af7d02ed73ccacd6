//! The view and the network facts agree on who owns whom.

use envcheck_core::inventory::{Inventory, InventoryBuilder, KeptRows, Origin, OwnerIndex, identify};
use envcheck_core::network::{Acceptance, Gatherer};
use envcheck_core::value::{Value, ValueExt};

fn observed(objects: &[String]) -> (Inventory, Vec<String>) {
    let mut inventory = InventoryBuilder::new(false);
    let mut network = Gatherer::new(false);
    for object in objects {
        let value = Value::from_json_str(object).unwrap();
        let (reference, _) = identify(&value).unwrap();
        inventory.absorb(&reference, &value, Origin::Live);
        network.absorb(&value, inventory.owners());
    }
    let endpoints = network
        .build(inventory.owners())
        .0
        .workloads()
        .map(|workload| workload.id.to_string())
        .collect();
    (inventory.build(), endpoints)
}

fn ids(inventory: &Inventory) -> Vec<&str> {
    inventory
        .view
        .document
        .items_at(&["workloads"])
        .iter()
        .filter_map(|workload| workload.text_at(&["id"]))
        .collect()
}

fn object(kind: &str, name: &str, uid: &str, owner: Option<(&str, &str, &str)>) -> String {
    let api_version = if kind == "Pod" { "v1" } else { "apps/v1" };
    let owners = owner.map_or_else(String::new, |(kind, name, uid)| {
        format!(
            r#","ownerReferences":[{{"apiVersion":"apps/v1","kind":"{kind}","name":"{name}","uid":"{uid}","controller":true}}]"#
        )
    });
    let spec = r#"{"containers":[{"name":"app","ports":[{"containerPort":80}]}]}"#;
    let spec = match kind {
        "Pod" => spec.to_owned(),
        _ => format!(r#"{{"template":{{"spec":{spec}}}}}"#),
    };
    format!(
        r#"{{"apiVersion":"{api_version}","kind":"{kind}","metadata":{{"namespace":"b2b","name":"{name}","uid":"{uid}"{owners}}},"spec":{spec}}}"#
    )
}

#[test]
fn the_view_and_the_network_follow_the_same_owners() {
    let (inventory, endpoints) = observed(&[
        object("Pod", "web-1-a", "p", Some(("ReplicaSet", "web-1", "r"))),
        object("Pod", "miner", "m", Some(("ReplicaSet", "web-1", "forged"))),
        object("ReplicaSet", "web-1", "r", Some(("Deployment", "web", "d"))),
        object(
            "ReplicaSet",
            "web-0",
            "s",
            Some(("Deployment", "web", "of the one before")),
        ),
        object("Deployment", "web", "d", None),
    ]);
    let expected = ["b2b/web[Deployment]", "b2b/web-0[ReplicaSet]", "b2b/miner[Pod]"];
    assert_eq!(ids(&inventory), expected);
    let mut sorted = expected.map(ToOwned::to_owned).to_vec();
    sorted.sort();
    let mut endpoints = endpoints;
    endpoints.sort();
    assert_eq!(endpoints, sorted);
    let miner = &inventory.view.document.items_at(&["workloads"])[2];
    assert_eq!(miner.text_at(&["ownerUid"]), Some("forged"));
    assert_eq!(miner.text_at(&["owner", "name"]), Some("web-1"));
    let owners: Vec<(String, String)> = inventory
        .view
        .owners
        .iter()
        .map(|(owned, top)| (owned.name, top.name.clone()))
        .collect();
    let owned = |name: &str| (name.to_owned(), "web".to_owned());
    assert_eq!(owners, [owned("web-1"), owned("web-1-a")]);
}

#[test]
fn owners_are_known_in_any_order_whatever_lists_policies_read() {
    let pod = object("Pod", "web-1-a", "p", Some(("ReplicaSet", "web-1", "r")));
    let owner = object("ReplicaSet", "web-1", "r", None);
    let known = |objects: [&str; 2]| {
        let mut inventory = InventoryBuilder::new(false).keeping(KeptRows::Of(["network".to_owned()].into()));
        for object in objects {
            let value = Value::from_json_str(object).unwrap();
            let (reference, _) = identify(&value).unwrap();
            inventory.absorb(&reference, &value, Origin::Live);
        }
        let inventory = inventory.build();
        assert_eq!(ids(&inventory), [""; 0], "nobody reads workloads");
        let owners = inventory.view.owners.iter();
        owners
            .map(|(reference, owner)| format!("{reference} of {owner}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(known([&pod, &owner]), known([&owner, &pod]));
    assert_eq!(known([&pod, &owner]).len(), 1);
}

#[test]
fn what_opens_one_replica_shows_whoever_asks() {
    let pod_spec = r#"{"containers":[{"name":"c","ports":[{"containerPort":80}]}]}"#;
    let template = format!(r#"{{"template":{{"metadata":{{"labels":{{"app":"web"}}}},"spec":{pod_spec}}}}}"#);
    let owned = |kind: &str, name: &str, uid: &str| {
        format!(
            r#""ownerReferences":[{{"apiVersion":"apps/v1","kind":"{kind}","name":"{name}","uid":"{uid}","controller":true}}]"#
        )
    };
    let policy = |name: &str, labels: &str, ingress: &str| {
        format!(
            r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{"name":"{name}","namespace":"x"}},
            "spec":{{"podSelector":{{"matchLabels":{labels}}},"policyTypes":["Ingress"],"ingress":{ingress}}}}}"#
        )
    };
    let objects = [
        format!(
            r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"web","namespace":"x","uid":"d"}},"spec":{template}}}"#
        ),
        format!(
            r#"{{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{{"name":"web-1","namespace":"x","uid":"r",{}}},"spec":{template}}}"#,
            owned("Deployment", "web", "d")
        ),
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"web-1-a","namespace":"x","uid":"p",
            "labels":{{"app":"web","debug":"yes"}},{}}},"spec":{pod_spec}}}"#,
            owned("ReplicaSet", "web-1", "r")
        ),
        policy("deny", r#"{"app":"web"}"#, "[]"),
        policy("debug", r#"{"debug":"yes"}"#, "[{}]"),
    ];
    for by_absent_owner in [false, true] {
        let (mut network, mut owners) = (Gatherer::new(by_absent_owner), OwnerIndex::default());
        for object in &objects {
            let value = Value::from_json_str(object).unwrap();
            owners.absorb(&value);
            network.absorb(&value, &owners);
        }
        let (network, _) = network.build(&owners);
        let found: Vec<_> = network
            .workloads()
            .map(|workload| (workload.id.to_string(), workload.accepts_from_all))
            .collect();
        assert_eq!(found, [("x/web[Deployment]".to_owned(), Acceptance::Partial)]);
    }
}
