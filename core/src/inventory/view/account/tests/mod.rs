mod buckets;
mod clusters;
mod firewalls;
mod load_balancers;
mod registries;

use super::Unread;
use crate::inventory::view::{View, ViewBuilder};
use crate::inventory::{Declared, DeclaredBucket, DeclaredRegistry, Lineage, OwnerIndex, identify};
use crate::value::Value;

fn declared() -> Declared {
    let bucket = |name: &str, secret: &str| DeclaredBucket {
        name: name.to_owned(),
        region: "fra1".to_owned(),
        purpose: "databaseBackups",
        secrets: [("back".to_owned(), secret.to_owned())].into(),
        backed_up: [("back".to_owned(), "keydb".to_owned())].into(),
    };
    Declared {
        cluster: Some("acme".to_owned()),
        region: Some("fra1".to_owned()),
        registry: Some(DeclaredRegistry {
            name: "acme".to_owned(),
            keep_tags: 1,
            others: ["dev".to_owned()].into(),
        }),
        buckets: vec![bucket("dumps", "dumps-key"), bucket("acme-dumps", "none")],
        namespaces: [].into(),
    }
}

/// The view of Kubernetes objects and of rows, each with its collection.
fn view(objects: &[&str], rows: &[(&str, &str)], unread: &[&'static str]) -> Value {
    let unread = Unread {
        collections: unread
            .iter()
            .map(|name| (*name, format!("{name}: gone")))
            .collect(),
        ..Unread::default()
    };
    built(objects, rows, &unread)
}

/// The view of rows, of a cluster that nobody verified.
fn view_of(unverified: &str, rows: &[(&str, &str)]) -> Value {
    let unread = Unread {
        cluster: Some(unverified.to_owned()),
        ..Unread::default()
    };
    built(&[], rows, &unread)
}

fn built(objects: &[&str], rows: &[(&str, &str)], unread: &Unread) -> Value {
    let mut view = ViewBuilder::default();
    view.declare(declared());
    let mut owners = OwnerIndex::default();
    for text in objects {
        let object = Value::from_json_str(text).unwrap();
        let (reference, _) = identify(&object).unwrap();
        if let Some(lineage) = Lineage::of(&reference, &object) {
            owners.learn(&reference, lineage);
        }
        view.absorb(&reference, &object, &owners);
    }
    for (collection, row) in rows {
        view.absorb_account(collection, &Value::from_json_str(row).unwrap());
    }
    let View { document, .. } = view.build(&owners, unread);
    document
}

const CLUSTER: (&str, &str) = (
    "digitalocean.kubernetes_clusters",
    r#"{"id":"c1","name":"acme","region":"fra1","registry_enabled":true,"registries":["acme"],"cluster_subnet":"10.244.0.0/16","service_subnet":"10.245.0.0/16",
        "node_pools":[{"name":"main","size":"s-2vcpu-4gb","count":2,"auto_scale":true,"min_nodes":1,"max_nodes":3,"labels":null,"taints":[],"tags":["k8s","k8s:c1","k8s:worker","team"],
        "nodes":[{"name":"main-a","status":{"state":"running"},"droplet_id":"12"},{"name":"main-b","status":{"state":"provisioning"},"droplet_id":""}]}]}"#,
);

fn service(name: &str, annotations: &str, spec: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"{name}","namespace":"ingress","uid":"0a-1b","annotations":{{{annotations}}}}},"spec":{{{spec}}}}}"#
    )
}
