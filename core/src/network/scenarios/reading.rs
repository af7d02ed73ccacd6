//! How policies are read, and what becomes of those that cannot be.

use super::*;

fn from_client(spec: &str) -> String {
    network(&with_policy(spec))
        .connects(&pod("b", "client"), &pod("a", "web"))
        .to_string()
}

#[test]
fn missing_and_empty_lists_differ_only_where_kubernetes_says_so() {
    for all in [
        "{podSelector: {}, ingress: [{}]}",
        "{podSelector: {}, ingress: [{from: [], ports: []}]}",
        "{ingress: [{from: null}]}",
        "{podSelector: {matchLabels: {app: other}}}",
        "{podSelector: {}, policyTypes: [Egress]}",
    ] {
        assert_eq!(from_client(all), "All Connections", "{all}");
    }
    for none in [
        "{podSelector: {}}",
        "{podSelector: {}, ingress: []}",
        "{podSelector: {}, policyTypes: []}",
        "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
        "{podSelector: {}, egress: [{}]}",
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}",
    ] {
        assert_eq!(from_client(none), "", "{none}");
    }
}

#[test]
fn ports_are_read_as_kubernetes_reads_them() {
    let ports = |list: &str| from_client(&format!("{{ingress: [{{ports: [{list}]}}]}}"));
    assert_eq!(ports("{port: 80}"), "TCP 80");
    assert_eq!(ports("{protocol: UDP}"), "UDP 1-65535");
    assert_eq!(ports("{port: 80, endPort: 90, protocol: SCTP}"), "SCTP 80-90");
    assert_eq!(ports("{port: http}, {port: dns}"), "TCP 8080");
    assert_eq!(ports("{port: dns, protocol: UDP}"), "UDP 53");
}

#[test]
fn malformed_pieces_allow_nothing_and_are_named() {
    for (spec, why) in [
        (
            "{ingress: [{ports: [{port: 0}]}]}",
            "spec.ingress[0].ports: 0 is not a port number",
        ),
        (
            "{ingress: [{ports: [{port: 90, endPort: 80}]}]}",
            "endPort 80 is below port 90",
        ),
        (
            "{ingress: [{ports: [{port: http, endPort: 80}]}]}",
            "endPort with a named port",
        ),
        ("{ingress: [{ports: [{endPort: 80}]}]}", "endPort without port"),
        (
            "{ingress: [{ports: [{port: '80'}]}]}",
            "neither a number nor a port name",
        ),
        ("{ingress: [{ports: [{protocol: ICMP}]}]}", "unknown protocol"),
        ("{ingress: [{from: [{}]}]}", "a peer without"),
        (
            "{ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 0.0.0.0/0}}]}]}",
            "both ipBlock and selectors",
        ),
        (
            "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]}",
            "is not a CIDR block",
        ),
        (
            "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: ['::/0']}}]}]}",
            "another address family",
        ),
        ("{ingress: [{from: all}]}", "not a list"),
        ("{ingress: all}", "spec.ingress: not a list"),
        (
            "{policyTypes: [ingress], ingress: [{from: [{}]}]}",
            "unknown type",
        ),
        (
            "{podSelector: {matchLabels: {app: 1}}, ingress: [{}]}",
            "spec.podSelector",
        ),
    ] {
        let (builder, gaps) = builder(&with_policy(spec));
        assert!(
            gaps.len() == 1 && gaps[0].resource == "NetworkPolicy a/p",
            "{spec}"
        );
        assert!(gaps[0].reason.contains(why), "{spec}: {}", gaps[0].reason);
        let network = builder.build();
        let web = network.workload(&pod("a", "web")).unwrap();
        assert!(web.not_evaluated.as_ref().unwrap().contains(why), "{spec}");
        assert_eq!(network.workload(&pod("b", "client")).unwrap().not_evaluated, None);
    }
    let (builder, gaps) = builder(&with_policy(
        "{podSelector: {matchLabels: {app: x}}, ingress: [{from: [{}]}]}",
    ));
    assert_eq!(gaps.len(), 1);
    assert_eq!(
        builder.build().workload(&pod("a", "web")).unwrap().not_evaluated,
        None
    );
}

#[test]
fn other_policies_leave_their_workloads_unevaluated() {
    let policy = "kind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: a}\nspec: {endpointSelector: {}}";
    let network = network(&format!("{PODS}{policy}"));
    let reason = network
        .workload(&pod("a", "web"))
        .unwrap()
        .not_evaluated
        .clone()
        .unwrap();
    assert!(
        reason.starts_with("CiliumNetworkPolicy a/c may select it"),
        "{reason}"
    );
    assert_eq!(network.workload(&pod("b", "client")).unwrap().not_evaluated, None);
}
