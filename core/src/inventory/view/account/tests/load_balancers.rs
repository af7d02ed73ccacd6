use super::{CLUSTER, service, view};
use crate::value::{Value, ValueExt};
use rstest::rstest;

fn balancer(id: &str, name: &str, tags: &str) -> (&'static str, String) {
    let row = format!(
        r#"{{"id":"{id}","name":"{name}","tags":[{tags}],"droplet_ids":[12,11],"region":{{"slug":"fra1"}}}}"#
    );
    ("digitalocean.load_balancers", row)
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
    assert_eq!(record.field("dropletIds").unwrap().to_string(), "[11,12]");
    assert_eq!(record.text_at(&["region"]), Some("fra1"));
}

#[test]
fn what_belongs_to_the_cluster_has_its_tag_or_goes_with_it_or_stands_before_its_nodes() {
    let with_droplets = |id: &str, tags: &str, droplets: &str| {
        let row = format!(r#"{{"id":"{id}","name":"{id}","tags":[{tags}],"droplet_ids":[{droplets}]}}"#);
        ("digitalocean.load_balancers", row)
    };
    let rows = [
        with_droplets("a", r#""k8s:c1""#, ""),
        with_droplets("b", "", ""),
        with_droplets("c", "", "12"),
        with_droplets("d", "", "12,7"),
        with_droplets("e", r#""k8s:c9""#, "12"),
        with_droplets("f", r#""k8s:c9""#, ""),
        with_droplets("g", "", ""),
    ];
    let mut rows: Vec<(&str, &str)> = rows.iter().map(|(name, row)| (*name, row.as_str())).collect();
    rows.push((
        "digitalocean.kubernetes_associated_resources",
        r#"{"cluster_id":"c1","load_balancers":[{"id":"b"},{"id":"f"}],"volumes":null}"#,
    ));
    rows.push((
        "digitalocean.kubernetes_associated_resources",
        r#"{"cluster_id":"c9","load_balancers":[{"id":"g"}]}"#,
    ));
    let ours = |rows: &[(&str, &str)]| -> Vec<String> {
        let found = view(&[], rows, &[]);
        let records = found.items_at(&["load_balancers"]).iter();
        let shown = records.map(|record| {
            format!(
                "{} {}",
                record.text_at(&["id"]).unwrap(),
                record.field("ours").unwrap()
            )
        });
        shown.collect()
    };
    assert_eq!(ours(&rows)[0], "a null", "which cluster is ours is not known");
    rows.push(CLUSTER);
    assert_eq!(
        ours(&rows),
        [
            "a true", "b true", "c true", "d false", "e false", "f true", "g false"
        ]
    );
}
