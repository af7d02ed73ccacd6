//! What a server serves, however it says so.

use super::deeds::Deed;
use super::proxy::Proxy;
use super::{binaries, start};
use crate::program::Folder;
use envcheck_test_cluster::Options;

/// A kind that its group serves in one version alone.
fn definition(kind: &str, version: &str) -> String {
    let singular = kind.to_lowercase();
    format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {singular}s.example.test}}
spec:
  group: example.test
  scope: Cluster
  names: {{kind: {kind}, plural: {singular}s, singular: {singular}}}
  versions:
    - name: {version}
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
    )
}

const OBJECT: &str = "{apiVersion: example.test/v1alpha1, kind: Old, metadata: {name: one}}";
/// What it does not judge is said, and counts.
const OTHER: &str = "kinds: [example.test/v1/Old]";
const POLICY: &str = r#"# METADATA
# title: There is none
# description: There is none.
# scope: package
# custom:
#   id: none-of-it
#   severity: high
#   evaluates: object
#   kinds: ['*/Old']
#   stages: [live]
#   remediation: Remove it.
package own.none_of_it

deny contains {"message": "is there"}
"#;

#[test]
fn kinds_of_every_served_version_are_read_whether_discovery_is_aggregated_or_not() {
    let Some(binaries) = binaries() else { return };
    let cluster = start(&binaries, &Options::default());
    // The server prefers v1, in which Old is not served.
    let definitions = [definition("Old", "v1alpha1"), definition("New", "v1")];
    cluster.apply(&definitions.join("---\n")).unwrap();
    let established = [
        "wait",
        "--for=condition=Established",
        "crd",
        "--all",
        "--timeout=30s",
    ];
    cluster.answer(&established).unwrap();
    cluster.apply(OBJECT).unwrap();
    let folder = Folder::new();
    folder.write("policies/own/none_of_it/none_of_it.rego", POLICY);
    folder.write(
        "environments/bare.yaml",
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: bare}\nspec: {}\n",
    );
    for plain in [false, true] {
        let proxy = Proxy::start(&cluster, move |asked| match asked.path.as_str() {
            "/api" | "/apis" if plain => Deed::Plain,
            _ => Deed::Pass,
        });
        let kubeconfig = proxy.kubeconfig().display().to_string();
        let words = [
            "audit",
            "bare",
            "--bundle",
            "none",
            "-p",
            "policies",
            "-o",
            "json",
            "--kubeconfig",
        ];
        let report = folder
            .run(words.iter().copied().chain([kubeconfig.as_str()]))
            .exits(1)
            .report();
        assert_eq!(report.list("findings").len(), 1, "aggregated: {}", !plain);
        let policy = "policies/own/none_of_it/none_of_it.rego";
        folder.write(policy, POLICY.replace("kinds: ['*/Old']", OTHER));
        let report = folder
            .run(words.iter().copied().chain([kubeconfig.as_str()]))
            .exits(3)
            .report();
        let message = report.list("errors")[0]["message"].as_str().unwrap();
        assert!(
            message.contains("it was read as example.test/v1alpha1"),
            "{message}"
        );
        folder.write(policy, POLICY);
        let asked = proxy
            .log()
            .iter()
            .any(|(asked, _)| asked.path == "/apis/example.test/v1");
        assert_eq!(asked, plain, "version by version only where it has to be");
    }
}
