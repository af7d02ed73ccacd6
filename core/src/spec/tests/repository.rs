//! The environments and the schema that are committed.

use super::*;
use crate::spec::json_schema;
use crate::value::{Value, ValueExt};
use rstest::rstest;

const SCHEMA: &str = "environments/schema/environment.v1.schema.json";

/// The text of a committed file as plain data.
fn plain(path: &str) -> serde_json::Value {
    let bytes = std::fs::read(repository(path)).unwrap();
    let source = crate::yaml::decode(path, &bytes).unwrap();
    let document = crate::yaml::documents(&source, &crate::yaml::Limits::default())
        .next()
        .unwrap()
        .unwrap();
    serde_json::to_value(document.value).unwrap()
}

#[rstest]
#[case("base")]
#[case("dev")]
#[case("stage")]
fn environments_load(#[case] name: &str) {
    match load_repository(&format!("environments/{name}.yaml")) {
        Ok(spec) => assert_eq!(spec.name(), name),
        Err(problems) => panic!(
            "{}",
            problems
                .iter()
                .map(Diagnostic::one_line)
                .collect::<Vec<_>>()
                .join("\n")
        ),
    }
}

#[test]
fn stage_says_what_the_document_states() {
    let spec = load_repository("environments/stage.yaml").unwrap();
    let names = |items: &[Value]| -> Vec<String> {
        items
            .iter()
            .filter_map(|item| item.text_at(&["name"]))
            .map(ToOwned::to_owned)
            .collect()
    };
    assert_eq!(
        names(spec.value.items_at(&["namespaces"])),
        [
            "argocd",
            "b2b",
            "back",
            "front-web",
            "ingress-nginx",
            "prometheus",
        ]
    );
    assert_eq!(
        spec.value
            .at(&["digitalocean", "registry", "storageLimitBytes"])
            .and_then(ValueExt::int),
        Some(5 << 30)
    );
    assert_eq!(
        spec.workload("front-web", "nginx-proxy-server").unwrap().uses[0].as_str(),
        "back/keydb"
    );
    let charts = &spec.environment.spec.delivery.charts;
    assert_eq!(
        charts[0].values.as_ref().unwrap().as_str(),
        "environments/charts/ingress-nginx.yaml"
    );
    for chart in charts {
        let values = chart.values.as_ref().unwrap().as_str();
        assert!(
            std::fs::exists(repository(values)).unwrap(),
            "{values} does not exist"
        );
    }
}

#[test]
fn dev_and_stage_share_no_addresses() {
    let ranges = |name: &str| -> Vec<ipnet::IpNet> {
        let environment = load_repository(&format!("environments/{name}.yaml"))
            .unwrap()
            .environment;
        let account = environment.spec.digitalocean.unwrap();
        let cluster = account.cluster.unwrap();
        [
            account.vpc.unwrap().ip_range,
            cluster.cluster_subnet,
            cluster.service_subnet,
        ]
        .into_iter()
        .flatten()
        .map(|range| *range.meaning())
        .collect()
    };
    let (dev, stage) = (ranges("dev"), ranges("stage"));
    assert_eq!((dev.len(), stage.len()), (3, 3));
    for own in &dev {
        assert!(
            !stage
                .iter()
                .any(|other| own.contains(other) || other.contains(own)),
            "{own}"
        );
    }
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let committed = std::fs::read_to_string(repository(SCHEMA)).unwrap_or_default();
    let generated = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    assert!(
        committed == generated,
        "{SCHEMA} is not what the types say: run `cargo xtask gen` and commit the result"
    );
}

#[test]
fn committed_environments_follow_the_schema() {
    let schema = json_schema();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["base", "dev", "stage"] {
        let errors: Vec<String> = validator
            .iter_errors(&plain(&format!("environments/{name}.yaml")))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    }
    let misspelt = serde_json::json!({"apiVersion": "envcheck.dev/v1", "kind": "Environment", "extends": "base.yaml",
        "metadata": {"name": "x"}, "spec": {"protekt": true}});
    assert!(!validator.is_valid(&misspelt));
}
