//! Whether a NetworkPolicy allows what is declared: before the ways that stay open are, nothing is closed.

use super::elsewhere::is_going;
use crate::network::selects_every_pod;
use crate::value::{Value, ValueExt, object};
use std::net::IpAddr;

/// In which way a policy that stands allows less than the declared one, for every Pod of its namespace; `None` where it allows all
/// of that, whatever else it allows.
pub fn allows_less(declared: &Value, live: &Value) -> Option<String> {
    if is_going(live) {
        return Some("it is being deleted".to_owned());
    }
    if !selects_every_pod(live) {
        let selector = live.at(&["spec", "podSelector"]).unwrap_or(&Value::Null);
        return Some(format!("it selects only some Pods: {}", words(selector)));
    }
    let types = declared.items_at(&["spec", "policyTypes"]).iter();
    let mut missing = types.filter_map(ValueExt::text).filter_map(|direction| {
        let (rules, peers, way) = match direction {
            "Ingress" => ("ingress", "from", "let in"),
            _ => ("egress", "to", "let out"),
        };
        let own = if applies(live, direction) {
            live.items_at(&["spec", rules])
        } else {
            &[]
        };
        let wanted = declared.items_at(&["spec", rules]);
        let lacks = wanted.iter().find_map(|rule| lacking(rule, own, peers))?;
        Some(format!("{} is not {way}", words(&lacks)))
    });
    missing.next()
}

fn words(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Whether a policy says anything of a direction. Without a list it does of what comes in, and of what goes out where it has rules.
fn applies(live: &Value, direction: &str) -> bool {
    let types = live.items_at(&["spec", "policyTypes"]);
    if types.is_empty() {
        return direction == "Ingress" || !live.items_at(&["spec", "egress"]).is_empty();
    }
    types.iter().any(|one| one.text() == Some(direction))
}

/// A peer of a declared rule that none of these rules admits on all of its ports; the rule itself where it is for everybody.
fn lacking(rule: &Value, own: &[Value], peers: &str) -> Option<Value> {
    let admits = |peer: Option<&Value>| {
        let mut own = own.iter();
        own.any(|one| {
            let theirs = one.items_at(&[peers]);
            let all = theirs.is_empty();
            let named = || peer.is_some_and(|peer| theirs.iter().any(|other| covers(other, peer)));
            on_ports(one, rule) && (all || named())
        })
    };
    let wanted = rule.items_at(&[peers]);
    if wanted.is_empty() {
        return (!admits(None)).then(|| rule.clone());
    }
    wanted.iter().find(|peer| !admits(Some(peer))).cloned()
}

/// Whether a rule is for all ports of another one.
fn on_ports(own: &Value, wanted: &Value) -> bool {
    let ports = |rule: &Value| rule.items_at(&["ports"]).iter().map(port).collect::<Vec<_>>();
    let (own, wanted) = (ports(own), ports(wanted));
    own.is_empty() || !wanted.is_empty() && wanted.iter().all(|one| own.contains(one))
}

fn port(port: &Value) -> (String, String, String) {
    let said = |key: &str| port.field(key).map(words).unwrap_or_default();
    let protocol = port.text_at(&["protocol"]).unwrap_or("TCP");
    (protocol.to_owned(), said("port"), said("endPort"))
}

/// Whether one peer holds all that another one does.
fn covers(own: &Value, wanted: &Value) -> bool {
    if let (Some(own), Some(wanted)) = (own.field("ipBlock"), wanted.field("ipBlock")) {
        return own.items_at(&["except"]).is_empty() && holds(own, wanted);
    }
    if own.field("ipBlock").is_some() || wanted.field("ipBlock").is_some() {
        return false;
    }
    let none = object::<&str>([]);
    // A peer without a selector of Pods is of all; without one of namespaces, of its own.
    let pods = |peer: &'_ Value| peer.field("podSelector").cloned().unwrap_or_else(|| none.clone());
    let place = match (own.field("namespaceSelector"), wanted.field("namespaceSelector")) {
        (Some(own), Some(wanted)) => selects(own, wanted),
        (Some(own), None) => plain(own) == none,
        (None, wanted) => wanted.is_none(),
    };
    place && selects(&pods(own), &pods(wanted))
}

/// Whether a selector selects all that another one does, as far as the labels tell which that one asks for.
fn selects(own: &Value, wanted: &Value) -> bool {
    if !wanted.items_at(&["matchExpressions"]).is_empty() {
        return plain(own) == plain(wanted);
    }
    let wanted_labels = wanted.field("matchLabels");
    let label = |key: &str| wanted_labels.and_then(|labels| labels.text_at(&[key]));
    let own_labels = own.field("matchLabels");
    let mut labels = own_labels.into_iter().flat_map(ValueExt::members);
    let mut expressions = own.items_at(&["matchExpressions"]).iter();
    labels.all(|(key, value)| label(key) == value.text())
        && expressions.all(|one| {
            let Some(value) = one.text_at(&["key"]).and_then(label) else {
                return false;
            };
            let mut values = one.items_at(&["values"]).iter().filter_map(ValueExt::text);
            match one.text_at(&["operator"]) {
                Some("In") => values.any(|own| own == value),
                Some("NotIn") => values.all(|own| own != value),
                Some("Exists") => true,
                _ => false,
            }
        })
}

/// A selector without members that say nothing.
fn plain(selector: &Value) -> Value {
    let said = selector.members().filter(|(_, member)| {
        let names = member.members().next().is_some();
        names || !member.items().is_empty()
    });
    object(said.map(|(key, member)| (key, member.clone())))
}

/// Whether a block of addresses holds another one.
fn holds(own: &Value, wanted: &Value) -> bool {
    let block = |peer: &Value| {
        let text = peer.text_at(&["cidr"])?;
        let block = text.parse::<ipnet::IpNet>().ok();
        block.or_else(|| text.parse::<IpAddr>().ok().map(ipnet::IpNet::from))
    };
    block(own)
        .zip(block(wanted))
        .is_some_and(|(own, wanted)| own.contains(&wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::value_of as read;

    fn policy(spec: &str) -> Value {
        read(&format!(
            "{{kind: NetworkPolicy, metadata: {{name: accept-declared}}, spec: {{{spec}}}}}"
        ))
    }

    const WEB: &str = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}";
    const EDGE: &str = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}}";

    #[test]
    fn what_lets_in_all_that_is_declared_may_let_in_more() {
        let of = |rules: &str| {
            policy(&format!(
                "podSelector: {{}}, policyTypes: [Ingress], ingress: {rules}"
            ))
        };
        let declared = of(&format!("[{{from: [{EDGE}, {WEB}, {{podSelector: {{}}}}]}}]"));
        for rules in [
            format!("[{{from: [{WEB}, {{podSelector: {{}}}}, {EDGE}]}}]"),
            format!("[{{from: [{WEB}]}}, {{from: [{EDGE}, {{podSelector: {{matchLabels: {{}}}}}}]}}]"),
            format!(
                "[{{from: [{WEB}, {EDGE}, {{podSelector: {{}}}}]}}, {{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}]"
            ),
            "[{from: [{namespaceSelector: {}}, {podSelector: {}}]}]".to_owned(),
            "[{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [web, edge, \
              more]}]}}, {podSelector: {}}]}]"
                .to_owned(),
            "[{}]".to_owned(),
        ] {
            assert_eq!(allows_less(&declared, &of(&rules)), None, "{rules}");
        }
        for (rules, why) in [
            (
                format!("[{{from: [{WEB}, {EDGE}]}}]"),
                r#"{"podSelector":{}} is not let in"#,
            ),
            (format!("[{{from: [{WEB}, {{podSelector: {{}}}}]}}]"), "edge"),
            (
                format!("[{{from: [{WEB}, {EDGE}, {{podSelector: {{}}}}], ports: [{{port: 80}}]}}]"),
                "is not let in",
            ),
            (
                format!("[{{from: [{WEB}, {EDGE}, {{podSelector: {{matchLabels: {{app: a}}}}}}]}}]"),
                r#"{"podSelector":{}}"#,
            ),
            ("[]".to_owned(), "edge"),
        ] {
            let told = allows_less(&declared, &of(&rules)).unwrap();
            assert!(told.contains(why), "{rules}: {told}");
        }
    }

    #[test]
    fn what_selects_some_pods_or_says_nothing_of_the_direction_or_goes_allows_less() {
        let rules = format!("ingress: [{{from: [{WEB}]}}]");
        let declared = policy(&format!("podSelector: {{}}, policyTypes: [Ingress], {rules}"));
        for (live, why) in [
            (
                format!("podSelector: {{matchLabels: {{app: x}}}}, policyTypes: [Ingress], {rules}"),
                "it selects only some Pods",
            ),
            (
                format!("podSelector: {{}}, policyTypes: [Egress], {rules}"),
                "is not let in",
            ),
        ] {
            let told = allows_less(&declared, &policy(&live)).unwrap();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(
            allows_less(&declared, &policy(&format!("podSelector: {{}}, {rules}"))),
            None
        );
        let going = object(
            declared
                .members()
                .filter(|(key, _)| *key != "metadata")
                .map(|(key, member)| (key, member.clone()))
                .chain([("metadata", read("{deletionTimestamp: '2026-01-01T00:00:00Z'}"))]),
        );
        assert_eq!(
            allows_less(&declared, &going).as_deref(),
            Some("it is being deleted")
        );
    }

    #[test]
    fn what_goes_out_is_held_to_its_ports_and_addresses() {
        let of = |rules: &str| {
            policy(&format!(
                "podSelector: {{}}, policyTypes: [Egress], egress: {rules}"
            ))
        };
        let dns = "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}";
        let declared = of(&format!("[{{to: [{{ipBlock: {{cidr: 10.1.0.0/16}}}}]}}, {dns}]"));
        let open = of(&format!(
            "[{{to: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}, {}]",
            dns.replace(", protocol: TCP", "")
        ));
        assert_eq!(allows_less(&declared, &open), None);
        for rules in [
            format!("[{{to: [{{ipBlock: {{cidr: 10.1.0.0/17}}}}]}}, {dns}]"),
            format!("[{{to: [{{ipBlock: {{cidr: 10.0.0.0/8, except: [10.1.1.0/24]}}}}]}}, {dns}]"),
            format!(
                "[{{to: [{{ipBlock: {{cidr: 10.1.0.0/16}}}}]}}, {}]",
                dns.replace(", {port: 53, protocol: TCP}", "")
            ),
        ] {
            assert!(allows_less(&declared, &of(&rules)).is_some(), "{rules}");
        }
    }
}
