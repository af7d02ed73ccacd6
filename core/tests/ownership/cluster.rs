//! A small running cluster, and a run of object policies over it.

use envcheck_core::evaluate::{
    Conclusion, EvaluationPlan, Limits, Run, conclude, judge_environment, judge_objects,
};
use envcheck_core::findings::{Finding, Verb};
use envcheck_core::inventory::{InventoryBuilder, Loaded, LoadedObject, Numbered, Origin, identify};
use envcheck_core::policy::{Catalogue, RegoFile};
use envcheck_core::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A policy about Pods alone.
pub(crate) const ABOUT_PODS: &str = r#"package pods
import rego.v1
deny contains msg if {
	input.kind == "Pod"
	some container in input.spec.containers
	endswith(container.image, ":latest")
	msg := sprintf("container %s of Pod %s runs latest", [container.name, input.metadata.name])
}
"#;

/// A policy about whatever has a pod template, with places.
pub(crate) const ABOUT_TEMPLATES: &str = r#"package templates
import rego.v1
template := ["spec"] if input.kind == "Pod"
template := ["spec", "template", "spec"] if input.kind in {"Deployment", "ReplicaSet", "Job"}
template := ["spec", "jobTemplate", "spec", "template", "spec"] if input.kind == "CronJob"
deny contains {"msg": msg, "path": path} if {
	input.kind in {"Pod", "Deployment", "ReplicaSet", "Job", "CronJob"}
	some list in ["containers", "ephemeralContainers"]
	some index, container in object.get(input, array.concat(template, [list]), [])
	endswith(container.image, ":latest")
	msg := sprintf("%s %s runs %s", [input.kind, input.metadata.name, container.image])
	path := array.concat(template, [list, index, "image"])
}
"#;

/// An object in namespace `b2b`; its uid is `uid-<name>`, and so are those of its owners.
pub(crate) fn object(
    kind: &str,
    name: &str,
    owner: Option<(&str, &str)>,
    containers: &[(&str, &str)],
) -> Value {
    let uid = owner.map(|(_, name)| format!("uid-{name}"));
    let owner = owner.map(|(kind, name)| (kind, name, uid.as_deref().unwrap()));
    object_with_uid(kind, name, owner, containers)
}

/// The same, where the reference names a uid of its own.
pub(crate) fn object_with_uid(
    kind: &str,
    name: &str,
    owner: Option<(&str, &str, &str)>,
    containers: &[(&str, &str)],
) -> Value {
    let version = |kind: &str| match kind {
        "Pod" => "v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "apps/v1",
    };
    let owners = owner.map_or_else(String::new, |(kind, name, uid)| {
        format!(
            r#","ownerReferences":[{{"apiVersion":"{}","kind":"{kind}","name":"{name}","uid":"{uid}","controller":true}}]"#,
            version(kind)
        )
    });
    let containers: Vec<String> = containers
        .iter()
        .map(|(name, image)| format!(r#"{{"name":"{name}","image":"{image}"}}"#))
        .collect();
    let pod = format!(r#"{{"containers":[{}]}}"#, containers.join(","));
    let spec = match kind {
        "Pod" => pod,
        "CronJob" => format!(r#"{{"jobTemplate":{{"spec":{{"template":{{"spec":{pod}}}}}}}}}"#),
        _ => format!(r#"{{"template":{{"spec":{pod}}}}}"#),
    };
    let text = format!(
        r#"{{"apiVersion":"{}","kind":"{kind}","metadata":{{"namespace":"b2b","name":"{name}","uid":"uid-{name}"{owners}}},"spec":{spec}}}"#,
        version(kind)
    );
    Value::from_json_str(&text).unwrap()
}

/// Judges the objects, one unit each, by user policies.
pub(crate) fn run(verb: Verb, policy: &str, objects: &[Value]) -> Conclusion {
    let (catalogue, problems) = Catalogue::load(&[], &[vec![RegoFile::new("policy.rego", policy)]]);
    assert!(problems.is_empty(), "{problems:?}");
    let run = Run {
        verb,
        complete: true,
        environment: None,
        now: "2026-11-23T03:00:00Z".parse().unwrap(),
        parameters: BTreeMap::new(),
        limits: Limits {
            evaluation: Duration::from_secs(30),
            stuck: Duration::from_mins(1),
            jobs: 2,
        },
        clock: None,
    };
    let plan = EvaluationPlan::new(catalogue.policies(), &run);
    let mut inventory = InventoryBuilder::new(false);
    let units = objects.to_vec();
    let loader = move |unit: usize| {
        let value = units[unit].clone();
        let (reference, generated) = identify(&value).unwrap();
        let origin = Origin::Live;
        Loaded {
            objects: vec![LoadedObject {
                reference,
                generated,
                value,
                origin,
            }],
            ..Loaded::default()
        }
    };
    let judged = judge_objects(
        &catalogue,
        &plan,
        &run,
        Arc::new(Numbered::new(objects.len(), loader)),
        &|| false,
        &mut inventory,
        None,
    )
    .unwrap();
    let inventory = inventory.build();
    let facts = Value::new_object();
    let environment = judge_environment(&catalogue, &plan, &run, &inventory, &facts, &|| false).unwrap();
    conclude(&plan, &run, &inventory, judged, environment, &|_| None)
}

/// Each finding in one line: resource, path, message.
pub(crate) fn lines(conclusion: &Conclusion) -> Vec<String> {
    conclusion.findings.iter().map(line).collect()
}

fn line(finding: &Finding) -> String {
    let path = finding
        .path
        .as_ref()
        .map(|path| format!(" {path}"))
        .unwrap_or_default();
    format!("{}{path}: {}", finding.resource(), finding.message)
}
