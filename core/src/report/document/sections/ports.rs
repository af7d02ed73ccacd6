//! Ports, as Services write them and as the network's facts do.

use super::super::observed::{scalar, text};
use crate::value::{Value, ValueExt};

/// The ports of a Service: `http 80/TCP → 8080`, with the port of the nodes where there is one.
pub(super) fn of_service(service: &Value) -> Vec<String> {
    let ports = service.items_at(&["ports"]).iter();
    ports
        .map(|port| {
            let field = |key: &str| port.field(key).map(scalar).unwrap_or_default();
            let (number, target, node) = (field("port"), field("targetPort"), field("nodePort"));
            let mut words = String::new();
            if let Some(name) = port.text_at(&["name"]) {
                words.push_str(name);
                words.push(' ');
            }
            words.push_str(&number);
            words.push('/');
            words.push_str(text(port, "protocol"));
            if !target.is_empty() && target != number {
                words.push_str(" → ");
                words.push_str(&target);
            }
            if !node.is_empty() {
                words.push_str(", node ");
                words.push_str(&node);
            }
            words
        })
        .collect()
}

/// A set of ports of `data.network`: `8080/TCP`, `8000-8010/UDP`, `every port`, or nothing.
pub(super) fn of_facts(ports: &[Value]) -> String {
    let number = |port: &Value, key: &str| port.field(key).and_then(ValueExt::int).unwrap_or_default();
    let whole = |port: &&Value| number(port, "from") == 1 && number(port, "to") == 65535;
    if ports.len() == 3 && ports.iter().filter(whole).count() == 3 {
        return "every port".to_owned();
    }
    let words: Vec<String> = ports
        .iter()
        .map(|port| {
            let (from, to, protocol) = (number(port, "from"), number(port, "to"), text(port, "protocol"));
            if whole(&port) {
                format!("every {protocol} port")
            } else if from == to {
                format!("{from}/{protocol}")
            } else {
                format!("{from}-{to}/{protocol}")
            }
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_as_people_write_them() {
        let facts = |text: &str| of_facts(Value::from_json_str(text).unwrap().items());
        assert_eq!(facts("[]"), "");
        let all = ["TCP", "UDP", "SCTP"]
            .map(|protocol| format!(r#"{{"protocol": "{protocol}", "from": 1, "to": 65535}}"#));
        assert_eq!(facts(&format!("[{}]", all.join(","))), "every port");
        assert_eq!(facts(&format!("[{}]", all[0])), "every TCP port");
        let some = r#"[{"protocol": "TCP", "from": 80, "to": 80}, {"protocol": "UDP", "from": 1, "to": 9}]"#;
        assert_eq!(facts(some), "80/TCP, 1-9/UDP");
        let service = r#"{"ports": [{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP", "nodePort": 30080},
            {"name": null, "port": 53, "targetPort": 53, "protocol": "UDP", "nodePort": null}]}"#;
        let service = Value::from_json_str(service).unwrap();
        assert_eq!(of_service(&service), ["http 80/TCP → web, node 30080", "53/UDP"]);
    }
}
