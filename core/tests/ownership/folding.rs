//! In an audit workloads are reported once.

use super::cluster::{ABOUT_PODS, ABOUT_TEMPLATES, lines, object, object_with_uid, run};
use envcheck_core::evaluate::Conclusion;
use envcheck_core::findings::Verb;
use envcheck_core::policy::Severity;
use envcheck_core::value::Value;

const LATEST: &[(&str, &str)] = &[("app", "web:latest")];
const PINNED: &[(&str, &str)] = &[("app", "web:1")];

/// A Deployment with its ReplicaSet and this many Pods.
fn web(template: &[(&str, &str)], pods: &[&str], in_pods: &[(&str, &str)]) -> Vec<Value> {
    let mut objects = vec![
        object("Deployment", "web", None, template),
        object("ReplicaSet", "web-7d9f", Some(("Deployment", "web")), template),
    ];
    for pod in pods {
        let name = format!("web-7d9f-{pod}");
        objects.push(object("Pod", &name, Some(("ReplicaSet", "web-7d9f")), in_pods));
    }
    objects
}

fn audit(policy: &str, objects: &[Value]) -> Conclusion {
    run(Verb::Audit, policy, objects)
}

fn fingerprints(conclusion: &Conclusion) -> Vec<String> {
    conclusion
        .findings
        .iter()
        .map(|finding| finding.fingerprint().to_string())
        .collect()
}

#[test]
fn what_the_owner_has_itself_is_told_once_and_unchanged() {
    let alone = audit(ABOUT_TEMPLATES, &[object("Deployment", "web", None, LATEST)]);
    let all = audit(ABOUT_TEMPLATES, &web(LATEST, &["a1b2c", "d3e4f"], LATEST));
    assert_eq!(
        lines(&all),
        [
            "b2b/web (Deployment) spec.template.spec.containers[name=app].image: Deployment web runs web:latest"
        ]
    );
    assert_eq!(lines(&all), lines(&alone));
    assert_eq!(fingerprints(&all), fingerprints(&alone));
    assert!(all.findings[0].owner.is_none());
    // What was judged stays what was judged: four objects, all of them wrong.
    assert_eq!((all.policies[0].passed, all.policies[0].failed), (0, 4));
    assert_eq!(all.coverage.evaluated, 4);
}

#[test]
fn what_only_pods_have_is_told_of_the_owner_with_their_number() {
    let three = audit(ABOUT_PODS, &web(LATEST, &["a1b2c", "d3e4f", "g5h6i"], LATEST));
    assert_eq!(
        lines(&three),
        ["b2b/web (Deployment): container app of Pod web runs latest \
             (3 Pods, such as web-7d9f-a1b2c)"]
    );
    // Other Pods, another number of them: the same finding.
    let one = audit(ABOUT_PODS, &web(LATEST, &["zzzzz"], LATEST));
    assert_eq!(
        lines(&one),
        ["b2b/web (Deployment): container app of Pod web runs latest (1 Pod: web-7d9f-zzzzz)"]
    );
    assert_eq!(fingerprints(&three), fingerprints(&one));
    let other = audit(
        ABOUT_PODS,
        &web(LATEST, &["a1b2c"], &[("app", "web:1"), ("proxy", "p:latest")]),
    );
    assert_ne!(fingerprints(&other), fingerprints(&one));
}

#[test]
fn an_injected_sidecar_and_a_debug_container_have_no_path_in_the_owner() {
    let mut objects = web(
        PINNED,
        &["a1b2c", "d3e4f"],
        &[("app", "web:1"), ("proxy", "istio:latest")],
    );
    let mut debugged = objects.pop().unwrap();
    let debug = Value::from_json_str(r#"[{"name":"debug","image":"sh:latest"}]"#).unwrap();
    if let Ok(members) = debugged.as_object_mut() {
        let spec = members.get_mut(&Value::from("spec")).unwrap();
        spec.as_object_mut()
            .unwrap()
            .insert(Value::from("ephemeralContainers"), debug);
    }
    objects.push(debugged);
    assert_eq!(
        lines(&audit(ABOUT_TEMPLATES, &objects)),
        [
            "b2b/web (Deployment): Pod web runs istio:latest \
             (2 Pods, such as web-7d9f-a1b2c, at spec.containers[name=proxy].image)",
            "b2b/web (Deployment): Pod web runs sh:latest \
             (1 Pod: web-7d9f-d3e4f, at spec.ephemeralContainers[name=debug].image)",
        ]
    );
}

#[test]
fn the_template_of_an_older_replica_set_is_told_apart() {
    let mut objects = web(PINNED, &["a1b2c"], PINNED);
    let of_web = Some(("Deployment", "web"));
    objects.push(object("ReplicaSet", "web-1111", of_web, LATEST));
    objects.push(object("ReplicaSet", "web-2222", of_web, &[("app", "old:latest")]));
    objects.push(object("ReplicaSet", "web-3333", of_web, LATEST));
    let found = audit(ABOUT_TEMPLATES, &objects);
    let place = "b2b/web (Deployment) spec.template.spec.containers[name=app].image: ReplicaSet web runs";
    assert_eq!(
        lines(&found),
        [
            format!("{place} old:latest (1 ReplicaSet: web-2222)"),
            format!("{place} web:latest (2 ReplicaSets, such as web-1111)"),
        ]
    );
    let fingerprints = fingerprints(&found);
    assert_ne!(fingerprints[0], fingerprints[1]);
    assert_eq!((found.policies[0].passed, found.policies[0].failed), (3, 3));
}

#[test]
fn jobs_and_their_pods_are_their_cron_jobs() {
    let objects = [
        object("CronJob", "tick", None, LATEST),
        object("Job", "tick-291", Some(("CronJob", "tick")), LATEST),
        object("Pod", "tick-291-x", Some(("Job", "tick-291")), LATEST),
    ];
    assert_eq!(
        lines(&audit(ABOUT_TEMPLATES, &objects)),
        [
            "b2b/tick (CronJob) spec.jobTemplate.spec.template.spec.containers[name=app].image: \
             CronJob tick runs web:latest"
        ]
    );
    assert_eq!(
        lines(&audit(ABOUT_TEMPLATES, &objects[1..])),
        ["b2b/tick-291 (Job) spec.template.spec.containers[name=app].image: Job tick-291 runs web:latest"]
    );
}

#[test]
fn forged_stale_and_absent_owners_answer_for_nothing() {
    let objects = [
        object("Deployment", "web", None, PINNED),
        object("ReplicaSet", "web-7d9f", Some(("Deployment", "web")), PINNED),
        object_with_uid("Pod", "miner", Some(("ReplicaSet", "web-7d9f", "forged")), LATEST),
        object_with_uid("Pod", "sly", Some(("Deployment", "web", "uid-web")), LATEST),
        object("Pod", "orphan", Some(("ReplicaSet", "gone")), LATEST),
        object("Pod", "bare", None, LATEST),
    ];
    assert_eq!(
        lines(&audit(ABOUT_PODS, &objects)),
        [
            "b2b/bare (Pod): container app of Pod bare runs latest",
            "b2b/miner (Pod): container app of Pod miner runs latest",
            "b2b/orphan (Pod): container app of Pod orphan runs latest",
            "b2b/sly (Pod): container app of Pod sly runs latest",
        ]
    );
}

#[test]
fn the_highest_severity_is_told() {
    let policy = r#"package levels
import rego.v1
deny contains {"msg": "no limits", "path": ["spec"], "severity": "low"} if input.kind == "ReplicaSet"
deny contains {"msg": "no limits", "path": ["spec", "template", "spec"], "severity": "medium"} if input.kind == "Deployment"
deny contains {"msg": "no limits", "path": ["spec"], "severity": "high"} if {
	input.kind == "Pod"
	endswith(input.metadata.name, "d3e4f")
}
"#;
    let found = audit(policy, &web(PINNED, &["a1b2c", "d3e4f"], PINNED));
    let told: Vec<(Severity, String)> = found
        .findings
        .iter()
        .zip(lines(&found))
        .map(|(finding, line)| (finding.severity, line))
        .collect();
    assert_eq!(
        told,
        [
            (
                Severity::High,
                "b2b/web (Deployment) spec.template.spec: no limits".to_owned()
            ),
            (
                Severity::Low,
                "b2b/web (Deployment) spec: no limits (1 ReplicaSet: web-7d9f)".to_owned()
            ),
        ]
    );
}

#[test]
fn a_policy_that_fails_on_a_pod_stays_visible() {
    let policy = r#"package broken
import rego.v1
deny contains msg if {
	input.kind in {"Pod", "Deployment"}
	some container in input.spec.containers
	msg := sprintf("%d", [to_number(container.image)])
}
"#;
    let found = audit(policy, &web(PINNED, &["a1b2c", "d3e4f"], PINNED));
    let broken: Vec<String> = found
        .errors
        .iter()
        .filter_map(|error| Some(error.resource.as_ref()?.to_string()))
        .collect();
    assert_eq!(broken, ["b2b/web-7d9f-a1b2c (Pod)", "b2b/web-7d9f-d3e4f (Pod)"]);
    assert_eq!(found.policies[0].errors, 2);
    assert!(found.coverage.ratio < 1.0);
}

#[test]
fn manifests_are_judged_as_they_are_written() {
    let objects = web(LATEST, &["a1b2c", "d3e4f"], LATEST);
    let found = run(Verb::Check, ABOUT_PODS, &objects);
    assert_eq!(
        lines(&found),
        [
            "b2b/web-7d9f-a1b2c (Pod): container app of Pod web-7d9f-a1b2c runs latest",
            "b2b/web-7d9f-d3e4f (Pod): container app of Pod web-7d9f-d3e4f runs latest",
        ]
    );
}

#[test]
fn a_fix_for_a_pod_becomes_advice() {
    let policy = r#"package fixed
import rego.v1
deny contains {"msg": "wrong", "path": ["spec", "hostNetwork"], "fix": fix} if {
	input.kind == "Pod"
	fix := {"action": "kubernetes.patch", "risk": "safe", "summary": "leave the host's network", "patch": [{"op": "remove", "path": "/spec/hostNetwork"}]}
}
"#;
    let found = audit(policy, &web(PINNED, &["a1b2c"], PINNED));
    let fix = found.findings[0].fix.as_ref().unwrap();
    assert_eq!(fix.action.as_str(), "instructions");
    assert_eq!(fix.summary, "leave the host's network");
    assert_eq!(fix.data.as_object().unwrap().len(), 3);
}
