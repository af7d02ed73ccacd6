//! The view and the network facts agree on who owns whom.

use envcheck_core::inventory::{Inventory, InventoryBuilder, Origin, identify};
use envcheck_core::network::Gatherer;
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
