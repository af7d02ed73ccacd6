use super::Unread;
use crate::inventory::view::{View, ViewBuilder};
use crate::inventory::{Declared, DeclaredBucket, DeclaredRegistry, Lineage, OwnerIndex, identify};
use crate::value::{Value, ValueExt};
use rstest::rstest;

const ID: &str = "c1";

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
    }
}

/// The view of Kubernetes objects and of rows, each with its collection.
fn view(objects: &[&str], rows: &[(&str, &str)], unread: &[&'static str]) -> Value {
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
    let unread = Unread {
        workloads: Vec::new(),
        collections: unread
            .iter()
            .map(|name| (*name, format!("{name}: gone")))
            .collect(),
    };
    let View { document, .. } = view.build(&owners, &unread);
    document
}

const CLUSTER: (&str, &str) = (
    "digitalocean.kubernetes_clusters",
    r#"{"id":"c1","name":"acme","region":"fra1","registry_enabled":true,"registries":["acme"],"cluster_subnet":"10.244.0.0/16","service_subnet":"10.245.0.0/16",
        "node_pools":[{"name":"main","size":"s-2vcpu-4gb","count":2,"auto_scale":true,"min_nodes":1,"max_nodes":3,"labels":null,"taints":[],"tags":["k8s","k8s:c1","k8s:worker","team"],
        "nodes":[{"name":"main-a","status":{"state":"running"},"droplet_id":"12"},{"name":"main-b","status":{"state":"provisioning"},"droplet_id":""}]}]}"#,
);

fn balancer(id: &str, name: &str, tags: &str) -> (&'static str, String) {
    let row = format!(
        r#"{{"id":"{id}","name":"{name}","tags":[{tags}],"droplet_ids":[12,11],"region":{{"slug":"fra1"}}}}"#
    );
    ("digitalocean.load_balancers", row)
}

fn service(name: &str, annotations: &str, spec: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"{name}","namespace":"ingress","uid":"0a-1b","annotations":{{{annotations}}}}},"spec":{{{spec}}}}}"#
    )
}

fn claimed(found: &Value, index: usize) -> Option<&str> {
    found.items_at(&["services"])[index].text_at(&["loadBalancer", "id"])
}

#[rstest]
#[case::by_id(r#""kubernetes.digitalocean.com/load-balancer-id":"b""#, Some("b"))]
#[case::by_an_id_that_is_gone(r#""kubernetes.digitalocean.com/load-balancer-id":"x","service.beta.kubernetes.io/do-loadbalancer-name":"edge""#, None)]
#[case::by_custom_name(r#""service.beta.kubernetes.io/do-loadbalancer-name":"edge""#, Some("e2"))]
#[case::a_name_of_another_cluster(r#""service.beta.kubernetes.io/do-loadbalancer-name":"theirs""#, None)]
#[case::by_default_name("", Some("a"))]
fn a_service_claims_by_id_and_else_by_name(#[case] annotations: &str, #[case] id: Option<&str>) {
    let rows = [
        balancer("a", "a0a1b", ""),
        balancer("b", "b", r#""k8s:c1""#),
        balancer("e1", "edge", ""),
        balancer("e2", "edge", r#""k8s:c1""#),
        balancer("t", "theirs", r#""k8s:c9""#),
    ];
    let mut rows: Vec<(&str, &str)> = rows.iter().map(|(name, row)| (*name, row.as_str())).collect();
    rows.push(CLUSTER);
    let service = service("edge", annotations, r#""type":"LoadBalancer""#);
    let found = view(&[&service], &rows, &[]);
    assert_eq!(claimed(&found, 0), id);
    for record in found.items_at(&["load_balancers"]) {
        let own = record.text_at(&["id"]);
        let services: Vec<&str> = record
            .items_at(&["services"])
            .iter()
            .filter_map(|service| service.text_at(&["name"]))
            .collect();
        assert_eq!(
            services,
            if own == id { vec!["edge"] } else { vec![] },
            "{record}"
        );
    }
}

#[test]
fn only_services_of_type_load_balancer_claim_and_two_may_claim_one() {
    let id = r#""kubernetes.digitalocean.com/load-balancer-id":"b""#;
    let objects = [
        service("one", id, r#""type":"LoadBalancer""#),
        service("plain", id, r#""type":"ClusterIP""#),
        service("two", id, r#""type":"LoadBalancer""#),
        service(
            "foreign",
            "",
            r#""type":"LoadBalancer","loadBalancerClass":"metallb""#,
        ),
    ];
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    let (collection, row) = balancer("b", "a0a1b", "");
    let found = view(&objects, &[(collection, &row)], &[]);
    let services: Vec<&str> = found.items_at(&["load_balancers"])[0]
        .items_at(&["services"])
        .iter()
        .filter_map(|service| service.text_at(&["name"]))
        .collect();
    assert_eq!(services, ["one", "two"]);
}

#[test]
fn whose_a_load_balancer_is_and_since_when_nobodys() {
    let rows = [
        balancer("a", "a", r#""k8s","k8s:c1""#),
        balancer("b", "b", r#""k8s:c9""#),
        balancer("c", "c", r#""k8s:c8""#),
        balancer("d", "d", r#""web""#),
        balancer("e", "e", r#""k8s:c7""#),
    ];
    let mut rows: Vec<(&str, &str)> = rows.iter().map(|(name, row)| (*name, row.as_str())).collect();
    let lookup = "digitalocean.kubernetes_cluster_lookups";
    rows.extend([
        (lookup, r#"{"cluster_id":"c9","exists":false}"#),
        (lookup, r#"{"cluster_id":"c8","exists":true}"#),
        (
            "digitalocean.observations",
            r#"{"kind":"LoadBalancer","id":"b","fact":"unattached","since":"2026-11-22T03:00:00Z","runs":2}"#,
        ),
        (
            "digitalocean.observations",
            r#"{"kind":"LoadBalancer","id":"c","fact":"other","since":"2026-11-22T03:00:00Z","runs":7}"#,
        ),
    ]);
    let facts = |rows: &[(&str, &str)], unread: &[&'static str]| -> Vec<String> {
        view(&[], rows, unread)
            .items_at(&["load_balancers"])
            .iter()
            .map(|record| {
                let text = |key: &str| record.text_at(&[key]).unwrap_or("-");
                let exists = record.field("clusterExists").unwrap();
                let runs = record.field("unattachedRuns").unwrap();
                format!(
                    "{} {} {exists} {} {runs}",
                    text("id"),
                    text("ofCluster"),
                    text("unattachedSince")
                )
            })
            .collect()
    };
    let unknown = facts(&rows, &["digitalocean.kubernetes_clusters"]);
    assert_eq!(unknown[0], "a - null - 0", "which cluster is ours is not known");
    rows.push(CLUSTER);
    assert_eq!(
        facts(&rows, &[]),
        [
            "a declared true - 0",
            "b other false 2026-11-22T03:00:00Z 2",
            "c other true - 0",
            "d none null - 0",
            "e other null - 0",
        ]
    );
    let found = view(&[], &rows, &[]);
    let record = &found.items_at(&["load_balancers"])[0];
    assert_eq!(record.field("dropletIds").unwrap().to_string(), "[11, 12]");
    assert_eq!(record.text_at(&["region"]), Some("fra1"));
}

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

fn firewall(name: &str, more: &str) -> (&'static str, String) {
    (
        "digitalocean.firewalls",
        format!(r#"{{"id":"{name}","name":"{name}"{more}}}"#),
    )
}

#[rstest]
#[case::every_cluster(r#","tags":["k8s"]"#, "true", "true")]
#[case::workers(r#","tags":["k8s:worker"]"#, "true", "true")]
#[case::this_cluster(r#","tags":["k8s:c1"]"#, "true", "null")]
#[case::a_tag_of_the_pool(r#","tags":["team"]"#, "true", "null")]
#[case::a_tag_of_a_droplet(r#","tags":["hand"]"#, "true", "null")]
#[case::a_droplet(r#","tags":[],"droplet_ids":[12]"#, "true", "null")]
#[case::another_cluster(r#","tags":["k8s:c9"]"#, "false", "null")]
#[case::another_droplet(r#","droplet_ids":[99]"#, "false", "null")]
fn a_firewall_reaches_nodes_by_tag_or_droplet(
    #[case] more: &str,
    #[case] known: &str,
    #[case] unknown: &str,
) {
    let (collection, row) = firewall("fw", more);
    let droplet = ("digitalocean.droplets", r#"{"id":12,"tags":["hand"]}"#);
    let reaches = |rows: &[(&str, &str)]| {
        let found = view(&[], rows, &[]);
        found.items_at(&["firewalls"])[0]
            .field("reachesNodes")
            .unwrap()
            .to_string()
    };
    assert_eq!(reaches(&[(collection, &row), droplet, CLUSTER]), known);
    assert_eq!(reaches(&[(collection, &row), droplet]), unknown);
}

#[test]
fn the_firewalls_of_doks_are_known_by_their_exact_names() {
    let names = [
        "k8s-c1-worker",
        "k8s-public-access-c1",
        "k8s-c9-worker",
        "k8s-public-access-c1-old",
    ];
    let rows = names.map(|name| firewall(name, r#","pending_changes":[]"#));
    let mut rows: Vec<(&str, &str)> = rows.iter().map(|(name, row)| (*name, row.as_str())).collect();
    rows.push(CLUSTER);
    let found = view(&[], &rows, &[]);
    let shown: Vec<String> = found
        .items_at(&["firewalls"])
        .iter()
        .map(|record| {
            format!(
                "{} {}",
                record.text_at(&["name"]).unwrap(),
                record.field("doks").unwrap()
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "k8s-c1-worker \"worker\"",
            "k8s-c9-worker null",
            "k8s-public-access-c1 \"public-access\"",
            "k8s-public-access-c1-old null"
        ]
    );
}

#[test]
fn rules_of_public_access_are_attributed_to_the_service_that_caused_them() {
    let network = r#""service.beta.kubernetes.io/do-loadbalancer-type":"REGIONAL_NETWORK""#;
    let port =
        |port: u16, node: u16| format!(r#""ports":[{{"port":{port},"nodePort":{node},"protocol":"TCP"}}]"#);
    let objects = [
        service("np", "", &format!(r#""type":"NodePort",{}"#, port(80, 30080))),
        service(
            "edge",
            &format!(r#"{network},"kubernetes.digitalocean.com/load-balancer-id":"b""#),
            &format!(r#""type":"LoadBalancer",{}"#, port(443, 30443)),
        ),
        service(
            "inner",
            &format!(r#"{network},"service.beta.kubernetes.io/do-loadbalancer-network":"INTERNAL""#),
            &format!(r#""type":"LoadBalancer",{}"#, port(5432, 30432)),
        ),
        service(
            "regional",
            "",
            &format!(r#""type":"LoadBalancer",{}"#, port(8443, 30843)),
        ),
    ];
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    let world = r#""sources":{"addresses":["0.0.0.0/0","::/0"]}"#;
    let rules = [
        format!(r#"{{"protocol":"tcp","ports":"30080",{world}}}"#),
        format!(r#"{{"protocol":"udp","ports":"30080",{world}}}"#),
        format!(r#"{{"protocol":"tcp","ports":"443",{world}}}"#),
        r#"{"protocol":"tcp","ports":"10256","sources":{"load_balancer_uids":["b"]}}"#.to_owned(),
        format!(r#"{{"protocol":"tcp","ports":"5432",{world}}}"#),
        format!(r#"{{"protocol":"tcp","ports":"8443",{world}}}"#),
        format!(r#"{{"protocol":"tcp","ports":"30000-32767",{world}}}"#),
        r#"{"protocol":"icmp","ports":"0","sources":{"addresses":["10.0.0.0/8"],"droplet_ids":[3],"tags":["t"],"kubernetes_ids":["k"]}}"#.to_owned(),
    ];
    let rows = [
        firewall(
            "k8s-public-access-c1",
            &format!(
                r#","inbound_rules":[{}],"outbound_rules":[{{"protocol":"tcp","ports":"all","destinations":{{"addresses":["::/0"]}}}}],"pending_changes":[{{}}]"#,
                rules.join(",")
            ),
        ),
        firewall("own", &format!(r#","inbound_rules":[{}]"#, rules[0])),
    ];
    let mut rows: Vec<(&str, &str)> = rows.iter().map(|(name, row)| (*name, row.as_str())).collect();
    rows.push(CLUSTER);
    let found = view(&objects, &rows, &[]);
    let [public, own] = found.items_at(&["firewalls"]) else {
        panic!("{found}");
    };
    let shown: Vec<String> = public
        .items_at(&["inbound"])
        .iter()
        .map(|rule| {
            let text = |path: &[&str]| rule.text_at(path).unwrap_or("-");
            format!(
                "{} {} {}",
                text(&["text"]),
                rule.field("world").unwrap(),
                text(&["service", "name"])
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "30080 true np",
            "30080 true -",
            "443 true edge",
            "10256 false edge",
            "5432 true -",
            "8443 true -",
            "30000-32767 true -",
            "0 false -"
        ]
    );
    assert_eq!(
        public.items_at(&["inbound"])[7].to_string(),
        r#"{"addresses": ["10.0.0.0/8"], "dropletIds": [3], "kubernetesIds": ["k"], "loadBalancers": [], "ports": null, "protocol": "icmp", "service": null, "tags": ["t"], "text": "0", "world": false}"#
    );
    assert_eq!(
        public.items_at(&["inbound"])[6]
            .field("ports")
            .unwrap()
            .to_string(),
        r#"{"from": 30000, "to": 32767}"#
    );
    let out = &public.items_at(&["outbound"])[0];
    assert!(out.field("world").unwrap().is_true() && out.field("service").is_none());
    assert!(public.field("pending").unwrap().is_true());
    assert_eq!(own.items_at(&["inbound"])[0].field("service"), Some(&Value::Null));
    assert!(!own.field("pending").unwrap().is_true());
}

#[test]
fn a_registry_tells_its_repositories_and_whether_the_cluster_pulls_from_it() {
    let rows = [
        (
            "digitalocean.registries",
            r#"{"name":"acme","storage_usage_bytes":7,"subscription":{"tier":{"slug":"basic"}}}"#,
        ),
        ("digitalocean.registries", r#"{"name":"other"}"#),
        (
            "digitalocean.registry_repositories",
            r#"{"registry_name":"acme","name":"web"}"#,
        ),
        ("digitalocean.registry_repositories", r#"{"name":"api"}"#),
        (
            "digitalocean.registry_manifests",
            r#"{"registry_name":"other","repository":"x","digest":"sha256:00"}"#,
        ),
        CLUSTER,
    ];
    let found = view(&[], &rows, &[]);
    let [acme, other] = found.items_at(&["registries"]) else {
        panic!("{found}");
    };
    assert_eq!(
        acme.field("repositories").unwrap().to_string(),
        r#"["api", "web"]"#
    );
    assert_eq!(acme.field("integrated"), Some(&Value::from(true)));
    assert_eq!(acme.field("manifests"), Some(&Value::from(0)));
    assert_eq!(acme.text_at(&["tier"]), Some("basic"));
    assert_eq!(other.field("repositories").unwrap().to_string(), "[]");
    assert_eq!(other.field("integrated"), Some(&Value::from(false)));
    assert_eq!(other.field("manifests"), Some(&Value::Null));
    assert_eq!(other.field("garbage"), Some(&Value::Null));
    let alone = view(&[], &rows[..1], &[]);
    assert_eq!(
        alone.items_at(&["registries"])[0].field("integrated"),
        Some(&Value::Null)
    );
}

#[rstest]
#[case::known(&[r#"{"environment":"dev","image":"registry.digitalocean.com/acme/web:v1","digest":null,"workload":"back/web[Deployment]"}"#], &[], &[])]
#[case::uses_nothing(&[r#"{"environment":"dev","image":null}"#], &[], &[])]
#[case::never_heard_of(&[], &[], &["nothing is known of what dev uses"])]
#[case::partly_unread(&[r#"{"environment":"dev","image":"nginx"}"#, r#"{"environment":"dev","unread":{"reason":"forbidden","detail":"list pods"}}"#], &[], &["what dev uses could not be read: forbidden: list pods"])]
#[case::unread(&[], &["digitalocean.registry_uses"], &["digitalocean.registry_uses: gone"])]
fn garbage_is_certain_only_when_every_environment_was_read(
    #[case] uses: &[&str],
    #[case] unread: &[&'static str],
    #[case] why: &[&str],
) {
    let mut rows = vec![("digitalocean.registries", r#"{"name":"acme"}"#)];
    rows.extend(uses.iter().map(|row| ("digitalocean.registry_uses", *row)));
    let found = view(&[], &rows, unread);
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    let found: Vec<&str> = garbage
        .items_at(&["why"])
        .iter()
        .filter_map(ValueExt::text)
        .collect();
    assert_eq!(found, why);
    assert_eq!(garbage.field("complete").unwrap().is_true(), why.is_empty());
}

#[test]
fn what_other_environments_use_is_kept_by_tag_and_by_digest() {
    let digest = |byte: &str| format!("sha256:{}", byte.repeat(32));
    let manifest = |byte: &str, tags: &str, day: u8| {
        format!(
            r#"{{"registry_name":"acme","repository":"web","digest":"{}","updated_at":"2026-11-{day:02}T00:00:00Z","tags":[{tags}],"blobs":[],"children":[]}}"#,
            digest(byte)
        )
    };
    let manifests = [
        manifest("aa", r#""v1""#, 1),
        manifest("bb", "", 2),
        manifest("cc", r#""v3""#, 3),
        manifest("dd", r#""v4""#, 4),
        manifest("ee", r#""v5""#, 5),
    ];
    let in_use = format!(
        r#"{{"environment":"dev","image":"registry.digitalocean.com/acme/web:v1","digest":"{}"}}"#,
        digest("bb")
    );
    let mut rows = vec![
        ("digitalocean.registries", r#"{"name":"acme"}"#),
        ("digitalocean.registry_uses", in_use.as_str()),
    ];
    rows.extend(
        manifests
            .iter()
            .map(|row| ("digitalocean.registry_manifests", row.as_str())),
    );
    let found = view(&[], &rows, &[]);
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    let candidates: Vec<&str> = garbage
        .items_at(&["candidates"])
        .iter()
        .filter_map(|one| one.text_at(&["digest"]))
        .collect();
    // One tag for each of two environments is kept besides: v5 and v4.
    assert_eq!(candidates, [digest("cc")]);
}

#[test]
fn workloads_write_to_buckets_by_secret_by_name_and_as_declared() {
    let cron = |name: &str, container: &str, volumes: &str| {
        format!(
            r#"{{"apiVersion":"batch/v1","kind":"CronJob","metadata":{{"name":"{name}","namespace":"back"}},"spec":{{"jobTemplate":{{"spec":{{"template":{{"spec":{{"containers":[{{"name":"c",{container}}}],"volumes":[{volumes}]}}}}}}}}}}}}"#
        )
    };
    let config = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"s3","namespace":"back"},"data":{"url":"https://dumps.fra1.digitaloceanspaces.com","other":"x"}}"#;
    let objects = [
        cron("env", r#""env":[{"name":"K","valueFrom":{"secretKeyRef":{"name":"dumps-key","key":"id"}}}]"#, ""),
        cron("from", r#""envFrom":[{"secretRef":{"name":"dumps-key"}}]"#, ""),
        cron("volume", r#""image":"x""#, r#"{"name":"v","secret":{"secretName":"dumps-key"}}"#),
        cron("projected", r#""image":"x""#, r#"{"name":"v","projected":{"sources":[{"secret":{"name":"dumps-key"}}]}}"#),
        cron("args", r#""args":["--to","s3://dumps/db"]"#, ""),
        cron("longer", r#""command":["cp","s3://acme-dumps/x"]"#, ""),
        cron("map", r#""envFrom":[{"configMapRef":{"name":"s3"}}]"#, ""),
        cron("key", r#""env":[{"name":"U","valueFrom":{"configMapKeyRef":{"name":"s3","key":"url"}}}]"#, ""),
        cron("other-key", r#""env":[{"name":"U","valueFrom":{"configMapKeyRef":{"name":"s3","key":"other"}}}]"#, ""),
        cron("unrelated", r#""env":[{"name":"U","value":"dumpsters"}]"#, ""),
        config.to_owned(),
        r#"{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"keydb","namespace":"back"},"spec":{"template":{"spec":{"containers":[]}}}}"#.to_owned(),
    ];
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    let rows = [
        (
            "spaces.buckets",
            r#"{"name":"dumps","region":"ams3","exists":true}"#,
        ),
        (
            "spaces.buckets",
            r#"{"bucket":"stray","unread":{"reason":"forbidden","detail":""}}"#,
        ),
        (
            "digitalocean.spaces_keys",
            r#"{"name":"k1","grants":[{"bucket":"dumps","permission":"read"},{"bucket":"dumps","permission":"readwrite"}]}"#,
        ),
        (
            "digitalocean.spaces_keys",
            r#"{"name":"k2","grants":[{"bucket":"","permission":"fullaccess"}]}"#,
        ),
        (
            "digitalocean.spaces_keys",
            r#"{"name":"k3","grants":[{"bucket":"dumps","permission":""}]}"#,
        ),
    ];
    let found = view(&objects, &rows, &[]);
    let [longer, dumps, stray] = found.items_at(&["buckets"]) else {
        panic!("{found}");
    };
    let workloads = |bucket: &Value| -> Vec<String> {
        let ids = bucket.items_at(&["workloads"]).iter().filter_map(ValueExt::text);
        ids.map(|id| id[5..].replace("[CronJob]", "")).collect()
    };
    assert_eq!(
        workloads(dumps),
        [
            "args",
            "env",
            "from",
            "key",
            "keydb[StatefulSet]",
            "map",
            "projected",
            "volume"
        ]
    );
    assert_eq!(workloads(longer), ["keydb[StatefulSet]", "longer"]);
    assert_eq!(
        dumps.field("keys").unwrap().to_string(),
        r#"[{"name": "k1", "permission": "readwrite"}, {"name": "k2", "permission": "fullaccess"}]"#
    );
    assert_eq!(dumps.text_at(&["region"]), Some("ams3"));
    assert_eq!(dumps.field("exists"), Some(&Value::from(true)));
    assert_eq!(dumps.text_at(&["purpose"]), Some("databaseBackups"));
    assert_eq!(longer.field("exists"), Some(&Value::Null));
    assert_eq!(longer.text_at(&["region"]), Some("fra1"));
    assert_eq!(stray.field("purpose"), Some(&Value::Null));
    assert_eq!(stray.text_at(&["ref", "kind"]), Some("Bucket"));
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
    assert_eq!(id(&[elsewhere, CLUSTER]).as_deref(), Some(ID));
    assert_eq!(id(&[elsewhere]).as_deref(), Some("c0"));
    assert_eq!(id(&[]), None);
}
