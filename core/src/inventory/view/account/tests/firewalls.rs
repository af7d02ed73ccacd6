use super::{CLUSTER, service, view};
use crate::value::{Value, ValueExt};
use rstest::rstest;

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
        r#"{"addresses":["10.0.0.0/8"],"dropletIds":[3],"kubernetesIds":["k"],"loadBalancers":[],"ports":null,"protocol":"icmp","service":null,"tags":["t"],"text":"0","world":false}"#
    );
    assert_eq!(
        public.items_at(&["inbound"])[6]
            .field("ports")
            .unwrap()
            .to_string(),
        r#"{"from":30000,"to":32767}"#
    );
    let out = &public.items_at(&["outbound"])[0];
    assert!(out.field("world").unwrap().is_true() && out.field("service").is_none());
    assert!(public.field("pending").unwrap().is_true());
    assert_eq!(own.items_at(&["inbound"])[0].field("service"), Some(&Value::Null));
    assert!(!own.field("pending").unwrap().is_true());
}
