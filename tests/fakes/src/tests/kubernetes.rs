//! DOKS: clusters that come up, and what they bring with them.

use super::{Client, id, stage};
use crate::{Credentials, World};
use serde_json::{Value, json};
use std::time::Duration;

fn cluster(client: &Client, id: &str) -> Value {
    client.get(&format!("/v2/kubernetes/clusters/{id}")).is(200).body["kubernetes_cluster"].clone()
}

fn service(name: &str, kind: &str, annotations: &Value) -> Value {
    json!({
        "metadata": {"namespace": "front-web", "name": name, "uid": format!("uid-{name}"), "annotations": annotations},
        "spec": {"type": kind, "ports": [{"protocol": "TCP", "port": 443, "nodePort": 31443}]},
    })
}

#[test]
fn a_cluster_comes_up_with_nodes_firewalls_and_tags_and_leaves_its_balancers_behind() {
    let (fake, client) = stage();
    let body = json!({
        "name": "dev", "region": "fra1", "version": "1.36",
        "node_pools": [{"name": "a", "size": "s-2vcpu-4gb", "count": 2}],
    });
    let made =
        client.ask("POST", "/v2/kubernetes/clusters", &body).is(201).body["kubernetes_cluster"].clone();
    let own = id(&made["id"]);
    assert_eq!(made["status"]["state"], "provisioning");
    assert_eq!(made["ha"], true, "the default since 1.36");
    let path = format!("/v2/kubernetes/clusters/{own}");
    client.get(&format!("{path}/credentials")).is(412);
    fake.advance(Duration::from_mins(5));
    let up = cluster(&client, &own);
    assert_eq!(up["status"]["state"], "running");
    assert_eq!(up["node_pools"][0]["nodes"][1]["status"]["state"], "running");
    let tagged = client.get(&format!("/v2/droplets?tag_name=k8s:{own}")).body;
    assert_eq!(tagged["meta"]["total"], 2);
    assert_eq!(tagged["droplets"][0]["status"], "active");
    let members = client
        .get(&format!("/v2/vpcs/{}/members", id(&up["vpc_uuid"])))
        .body;
    assert_eq!(members["meta"]["total"], 3);
    let names = |wanted: &str| {
        let all = client.get("/v2/firewalls?per_page=200").body;
        let all = all["firewalls"].as_array().unwrap().clone();
        all.into_iter()
            .filter(|row| id(&row["name"]).contains(wanted))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&own).len(), 2);
    assert_eq!(names(&own)[0]["droplet_ids"].as_array().unwrap().len(), 2);
    client.get(&format!("/v2/tags/k8s:{own}")).is(200);

    fake.with(|world| world.services(&own, &[service("web", "LoadBalancer", &json!({}))]));
    let hanging = client
        .get(&format!("{path}/destroy_with_associated_resources"))
        .body;
    assert_eq!(hanging["load_balancers"].as_array().unwrap().len(), 1);
    client.ask("DELETE", &path, &Value::Null).is(204);
    assert_eq!(cluster(&client, &own)["status"]["state"], "deleting");
    fake.advance(Duration::from_mins(3));
    client.get(&path).is(404);
    assert_eq!(names(&own).len(), 2, "they linger");
    fake.advance(Duration::from_mins(6));
    assert_eq!(names(&own).len(), 0);
    let left = client.get("/v2/load_balancers").body;
    assert_eq!(left["meta"]["total"], 2, "the deleted cluster's is an orphan");
}

#[test]
fn services_get_balancers_and_open_ports_and_lose_them() {
    let (fake, client) = stage();
    let own = World::STAGE_CLUSTER;
    let kept = "7c1e0d52-3f4b-4a86-b1c9-5d20e6f7a831";
    let ingress = json!({
        "metadata": {"namespace": "ingress-nginx", "name": "ingress-nginx-controller", "uid": "u",
                     "annotations": {"kubernetes.digitalocean.com/load-balancer-id": kept}},
        "spec": {"type": "LoadBalancer", "ports": [{"protocol": "TCP", "port": 443}]},
    });
    let kind = json!({"service.beta.kubernetes.io/do-loadbalancer-type": "REGIONAL"});
    let mut all = vec![
        ingress,
        service("old", "LoadBalancer", &kind),
        service("open", "NodePort", &json!({})),
        service(
            "shut",
            "NodePort",
            &json!({"kubernetes.digitalocean.com/firewall-managed": "false"}),
        ),
        service("inside", "ClusterIP", &json!({})),
    ];
    // The stage's own Service is another object of the same balancer.
    let attached = fake.with(|world| world.services(own, &all));
    assert_eq!(attached.len(), 2);
    assert_eq!(
        (attached[0].balancer.as_str(), attached[0].ip.as_deref()),
        (kept, Some("192.0.2.17"))
    );
    assert_eq!(attached[1].ip, None, "it is new");
    fake.advance(Duration::from_mins(2));
    let attached = fake.with(|world| world.services(own, &all));
    assert!(attached[1].ip.is_some());
    let made = client
        .get(&format!("/v2/load_balancers/{}", attached[1].balancer))
        .body["load_balancer"]
        .clone();
    assert_eq!(
        (&made["name"], &made["type"]),
        (&json!("auidold"), &json!("REGIONAL"))
    );
    assert_eq!(made["forwarding_rules"][0]["target_port"], 31443);
    assert_eq!(made["tags"], json!([format!("k8s:{own}")]));
    let public = fake.with(|world| {
        world
            .named("firewalls", &format!("k8s-public-access-{own}"))
            .unwrap()
            .clone()
    });
    let ports: Vec<String> = public["inbound_rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| id(&rule["ports"]))
        .collect();
    assert_eq!(ports, ["443", "10256", "31443"]);

    all.remove(1);
    fake.with(|world| world.services(own, &all));
    client
        .get(&format!("/v2/load_balancers/{}", attached[1].balancer))
        .is(404);
    // Made anew, a Service that names its balancer has it again.
    all[0]["metadata"]["uid"] = json!("uid-anew");
    all[0]["metadata"]["annotations"]["kubernetes.digitalocean.com/load-balancer-id"] = json!(kept);
    let again = fake.with(|world| world.services(own, &all));
    assert_eq!(again[0].balancer, kept);
    // Disowned, a Service can go without its balancer.
    all[0]["metadata"]["annotations"]["service.kubernetes.io/do-loadbalancer-disown"] = json!("true");
    fake.with(|world| {
        world.services(own, &all);
        world.services(own, &[]);
    });
    client.get(&format!("/v2/load_balancers/{kept}")).is(200);
}

#[test]
fn pools_grow_shrink_and_replace_their_nodes() {
    let (fake, client) = stage();
    let own = cluster(&client, World::STAGE_CLUSTER);
    let pool = format!(
        "/v2/kubernetes/clusters/{}/node_pools/{}",
        World::STAGE_CLUSTER,
        id(&own["node_pools"][0]["id"])
    );
    let count = || {
        client.get(&pool).body["node_pool"]["nodes"]
            .as_array()
            .unwrap()
            .len()
    };
    client
        .ask("PUT", &pool, &json!({"name": "general", "count": 5}))
        .is(202);
    assert_eq!(count(), 5);
    assert_eq!(client.get("/v2/droplets").body["meta"]["total"], 5);
    fake.advance(Duration::from_mins(10));
    let nodes = client.get(&pool).body["node_pool"]["nodes"].clone();
    assert!(
        nodes
            .as_array()
            .unwrap()
            .iter()
            .all(|node| node["status"]["state"] == "running")
    );
    let first = id(&nodes[0]["id"]);
    client
        .ask("DELETE", &format!("{pool}/nodes/{first}"), &Value::Null)
        .is(202);
    assert_eq!(
        client.get(&pool).body["node_pool"]["nodes"][0]["status"]["state"],
        "draining"
    );
    fake.advance(Duration::from_mins(3));
    assert_eq!(count(), 4);
    client
        .ask("DELETE", &format!("{pool}/nodes/{first}"), &Value::Null)
        .is(404);
    let balancer = client.get("/v2/load_balancers").body["load_balancers"][0].clone();
    assert_eq!(balancer["droplet_ids"].as_array().unwrap().len(), 4);
}

#[test]
fn credentials_are_those_of_the_cluster_that_was_named() {
    let (fake, client) = stage();
    let path = format!("/v2/kubernetes/clusters/{}", World::STAGE_CLUSTER);
    fake.with(|world| {
        world.reach_cluster(
            World::STAGE_CLUSTER,
            Credentials {
                server: "https://127.0.0.1:6443".to_owned(),
                ca_pem: "PEM".to_owned(),
                token: "of-the-cluster".to_owned(),
            },
        );
    });
    let given = client
        .get(&format!("{path}/credentials?expiry_seconds=600"))
        .is(200)
        .body;
    assert_eq!(
        (&given["server"], &given["token"]),
        (&json!("https://127.0.0.1:6443"), &json!("of-the-cluster"))
    );
    assert_eq!(given["certificate_authority_data"], "UEVN");
    let file = client.get(&format!("{path}/kubeconfig?type=token")).is(200);
    assert_eq!(file.header("content-type"), Some("application/yaml"));
    assert!(
        file.text.contains("server: https://127.0.0.1:6443"),
        "{}",
        file.text
    );
    let token = fake.with(|world| world.add_token(&["kubernetes:read"]));
    Client::new(&fake.url(), &token)
        .get(&format!("{path}/credentials"))
        .is(403);
}
