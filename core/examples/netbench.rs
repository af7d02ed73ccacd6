//! Measures the network module on generated environments: `cargo run --release -p envcheck-core --example netbench -- pairs 1000 200`.
//!
//! `pairs` expands every connection into a writer that counts bytes; `accepts` asks only what each workload accepts;
//! `facts` builds the document for policies. The same numbers make the same environment.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool")]

use std::io::Write;
use std::time::Instant;

use envcheck_core::network::{ContainerPort, Endpoint, NetworkBuilder, Protocol, WorkloadId};
use envcheck_core::value::{Value, ValueExt};

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Namespaces of about fifty workloads; half of the policies isolate single applications, a few whole namespaces; peers
/// are applications, tiers, teams of other namespaces, everything, or addresses.
fn generate(workloads: u64, policies: u64) -> NetworkBuilder {
    let mut dice = Dice(workloads * 31 + policies);
    let mut builder = NetworkBuilder::new();
    let namespaces = (workloads / 50).max(1);
    for namespace in 0..namespaces {
        let team = namespace % 7;
        let text = format!(
            r#"{{"kind":"Namespace","metadata":{{"name":"ns{namespace}","labels":{{"team":"t{team}","env":"e{}"}}}}}}"#,
            namespace % 3
        );
        builder.namespace(&Value::from_json_str(&text).unwrap());
    }
    for number in 0..workloads {
        let labels = [
            ("app".to_owned(), format!("app{}", number / namespaces)),
            ("tier".to_owned(), format!("tier{}", dice.below(4))),
            ("pod-template-hash".to_owned(), format!("{number:x}")),
        ];
        builder.endpoint(Endpoint {
            workload: WorkloadId {
                namespace: format!("ns{}", number % namespaces),
                name: format!("workload-{number}"),
                kind: "Deployment".to_owned(),
            },
            labels: labels.into_iter().collect(),
            ports: vec![ContainerPort {
                name: Some("http".to_owned()),
                number: 8080 + u16::try_from(dice.below(4)).unwrap(),
                protocol: Protocol::Tcp,
            }],
            host_network: dice.below(100) == 0,
        });
    }
    for number in 0..policies {
        let namespace = dice.below(namespaces);
        let app = dice.below(50);
        let selector = match dice.below(4) {
            0 => "{}".to_owned(),
            1 => format!(r#"{{"matchLabels":{{"tier":"tier{}"}}}}"#, dice.below(4)),
            _ => format!(r#"{{"matchLabels":{{"app":"app{app}"}}}}"#),
        };
        let direction = if dice.below(3) == 0 {
            ("Egress", "egress", "to")
        } else {
            ("Ingress", "ingress", "from")
        };
        let peers: Vec<String> = (0..=dice.below(3)).map(|_| peer(&mut dice)).collect();
        let port = ["\"http\"", "8080", "443", "9090"][usize::try_from(dice.below(4)).unwrap()];
        let text = format!(
            r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{"name":"p{number}","namespace":"ns{namespace}"}},
            "spec":{{"podSelector":{selector},"policyTypes":["{}"],"{}":[{{"{}":[{}],"ports":[{{"port":{port}}}]}}]}}}}"#,
            direction.0,
            direction.1,
            direction.2,
            peers.join(",")
        );
        builder.policy(&Value::from_json_str(&text).unwrap()).unwrap();
    }
    builder
}

fn peer(dice: &mut Dice) -> String {
    let (team, app, tier) = (dice.below(7), dice.below(50), dice.below(4));
    match dice.below(8) {
        0 => format!(r#"{{"ipBlock":{{"cidr":"10.{app}.0.0/16","except":["10.{app}.{tier}.0/24"]}}}}"#),
        1 => r#"{"namespaceSelector":{}}"#.to_owned(),
        2 => format!(r#"{{"namespaceSelector":{{"matchLabels":{{"team":"t{team}"}}}}}}"#),
        3 => format!(
            r#"{{"namespaceSelector":{{"matchExpressions":[{{"key":"env","operator":"NotIn","values":["e{}"]}}]}}}}"#,
            team % 3
        ),
        4 => format!(
            r#"{{"namespaceSelector":{{"matchLabels":{{"team":"t{team}"}}}},"podSelector":{{"matchLabels":{{"tier":"tier{tier}"}}}}}}"#
        ),
        5 => r#"{"podSelector":{"matchExpressions":[{"key":"tier","operator":"Exists"}]}}"#.to_owned(),
        _ => format!(r#"{{"podSelector":{{"matchLabels":{{"app":"app{app}"}}}}}}"#),
    }
}

struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |place: usize| arguments[place].parse::<u64>().unwrap();
    let start = Instant::now();
    let builder = generate(number(2), number(3));
    let generated = start.elapsed();
    let start = Instant::now();
    let network = builder.build();
    let built = start.elapsed();
    let result = match arguments[1].as_str() {
        "pairs" => {
            let mut counter = Counter(0);
            let mut rows = 0;
            for row in network.connections() {
                writeln!(
                    counter,
                    r#"{{"src":"{}","dst":"{}","conn":"{}"}},"#,
                    row.src, row.dst, row.ports
                )
                .unwrap();
                rows += 1;
            }
            format!("{rows} connections, {} bytes", counter.0)
        }
        "facts" => format!("{} parts of facts", network.facts().members().count()),
        _ => {
            let accepting = network
                .workloads()
                .filter(|facts| !facts.ports.is_empty())
                .count();
            format!("{accepting} accept something from all")
        }
    };
    let classes = network.classes().count();
    println!(
        "generated {generated:?}, built {built:?}, in all {:?}, {classes} classes: {result}",
        start.elapsed()
    );
}
