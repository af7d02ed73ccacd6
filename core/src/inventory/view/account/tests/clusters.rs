use super::{CLUSTER, view};
use crate::value::{Value, ValueExt};

#[test]
fn nodes_belong_to_the_pool_that_the_account_or_else_their_label_says() {
    let node = |name: &str, provider: &str, label: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Node","metadata":{{"name":"{name}","labels":{{{label}}}}},"spec":{{{provider}}}}}"#
        )
    };
    let label = r#""doks.digitalocean.com/node-pool":"says""#;
    let objects = [
        node("a", r#""providerID":"digitalocean://12""#, label),
        node("b", r#""providerID":"digitalocean://13""#, label),
        node("c", r#""providerID":"kind://docker/x""#, ""),
    ];
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    let found = view(&objects, &[CLUSTER], &[]);
    let shown: Vec<String> = found
        .items_at(&["nodes"])
        .iter()
        .map(|node| {
            format!(
                "{} {}",
                node.field("pool").unwrap(),
                node.field("dropletId").unwrap()
            )
        })
        .collect();
    assert_eq!(shown, ["\"main\" 12", "\"says\" 13", "null null"]);
    let cluster = found.field("cluster").unwrap();
    assert_eq!(cluster.field("dropletIds").unwrap().to_string(), "[12]");
    let pool = &cluster.items_at(&["pools"])[0];
    assert_eq!(pool.field("labels"), Some(&Value::new_object()));
    assert_eq!(
        pool.items_at(&["nodes"])[1].field("dropletId"),
        Some(&Value::Null)
    );
    assert_eq!(
        pool.items_at(&["nodes"])[1].text_at(&["state"]),
        Some("provisioning")
    );
    assert_eq!(cluster.text_at(&["clusterSubnet"]), Some("10.244.0.0/16"));
    assert_eq!(cluster.field("registries").unwrap().to_string(), "[\"acme\"]");
}

#[test]
fn a_cluster_is_found_in_its_region_first() {
    let elsewhere = (
        "digitalocean.kubernetes_clusters",
        r#"{"id":"c0","name":"acme","region":"ams3"}"#,
    );
    let id = |rows: &[(&str, &str)]| {
        let found = view(&[], rows, &[]);
        found.text_at(&["cluster", "id"]).map(ToOwned::to_owned)
    };
    assert_eq!(id(&[elsewhere, CLUSTER]).as_deref(), Some("c1"));
    assert_eq!(id(&[elsewhere]).as_deref(), Some("c0"));
    assert_eq!(id(&[]), None);
}
