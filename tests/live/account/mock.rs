//! The published examples of the API and nothing of ours behind them: everything that is said of the account is in them.

use crate::live::{binaries, skip, start};
use crate::program::{Folder, finish_within, root};
use envcheck_test_cluster::Options;
use envcheck_test_fakes::{Contract, Prism};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

/// Prism makes up an answer for every call.
const PATIENCE: Duration = Duration::from_mins(3);

/// The cluster of the examples, and what they name beside it.
const SPEC: &str = r#"
apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: examples}
spec:
  target: {kubernetes: {context: do-nyc1-prod-cluster-01}}
  digitalocean:
    token: {env: DIGITALOCEAN_TOKEN}
    region: nyc1
    project: {name: my-web-api}
    vpc: {name: env.prod-vpc, ipRange: 10.10.10.0/24}
    cluster:
      name: prod-cluster-01
      version: "1.18"
      autoUpgrade: true
      nodePools:
        - {name: frontend-pool, size: s-1vcpu-2gb, count: 3}
        - {name: backend-pool, size: g-4vcpu-16gb, count: 2}
    registry: {name: example, tier: basic, storageLimit: 5GiB, warnAt: 80%}
  namespaces:
    - {name: default, role: platform}
"#;
/// The Droplets of its node pools, which are what its Nodes run on.
const DROPLETS: std::ops::RangeInclusive<u32> = 205_545_370..=205_545_374;

/// Ten days after the cluster of the examples was made.
const NOW: &str = "2018-11-25T16:00:11Z";
/// What follows from the examples, the policies' parameters and the time.
const DERIVED: [&str; 2] = ["10", "30m"];

fn node(droplet: u32) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": format!("node-{droplet}"),
            "labels": {"topology.kubernetes.io/region": "nyc1"},
        },
        "spec": {"providerID": format!("digitalocean://{droplet}")},
    })
}

/// Names, ids, addresses and numbers of a text.
fn figures(text: &str) -> BTreeSet<&str> {
    text.split(|letter: char| letter.is_whitespace() || "\"'(),;".contains(letter))
        .map(|word| word.trim_matches(['.', ':']))
        .filter(|word| word.contains(|letter: char| letter.is_ascii_digit()))
        .collect()
}

#[test]
fn what_is_said_of_the_account_of_the_published_examples_is_in_them() {
    let Some(binaries) = binaries() else { return };
    let found = Contract::file().and_then(|file| Ok((Prism::find(root())?, file)));
    let (prism, file) = match found {
        Ok(found) => found,
        Err(reason) => return skip("api-contract", &reason),
    };
    let mock = Contract::mock(&prism, &file).unwrap();
    let cluster = start(
        &binaries,
        &Options {
            context: Some("do-nyc1-prod-cluster-01".to_owned()),
            ..Options::default()
        },
    );
    let nodes: Vec<String> = DROPLETS.map(|droplet| node(droplet).to_string()).collect();
    cluster.apply(&nodes.join("\n---\n")).unwrap();

    let folder = Folder::new();
    folder.write("environments/examples.yaml", SPEC);
    let mut command = folder.program(["audit", "examples", "-o", "json", "--now", NOW]);
    command
        .env("KUBECONFIG", cluster.kubeconfig())
        .env("DIGITALOCEAN_API_URL", mock.url())
        // The examples are none of the registry's own.
        .env("DIGITALOCEAN_REGISTRY_URL", "http://127.0.0.1:9")
        .env("DIGITALOCEAN_TOKEN", "canary-of-the-token");
    let outcome = finish_within(command, None, PATIENCE);
    assert!(!outcome.stdout.contains("canary") && !outcome.stderr.contains("canary"));
    let report = outcome.exits(1).report();

    let known = format!("{SPEC}{}", fs::read_to_string(&file).unwrap());
    let findings = report.list("findings");
    let of_account = findings
        .iter()
        .filter(|finding| finding["resource"]["apiVersion"] == "digitalocean.com/v2");
    let mut count = 0;
    for finding in of_account {
        count += 1;
        println!("{}: {}", finding["resource"]["name"], finding["message"]);
        for field in [
            &finding["message"],
            &finding["resource"]["name"],
            &finding["resource"]["id"],
        ] {
            for figure in figures(field.as_str().unwrap_or_default()) {
                let told = known.contains(figure) || DERIVED.contains(&figure);
                assert!(told, "{figure} of {finding:#} is in no example");
            }
        }
    }
    assert!(count >= 5, "{findings:#?}");
    // The answers are examples, each by itself: that one of them has the other's page is seen, and nothing is concluded.
    let violations = mock.violations();
    assert!(violations.is_empty(), "{violations:#?}");
}
