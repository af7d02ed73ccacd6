use super::*;
use crate::inventory::{InventoryBuilder, Lineage, Origin, OwnerReference};
use crate::value::ValueExt;
use proptest::prelude::*;

fn reference(kind: &str, name: &str) -> ResourceRef {
    let api_version = if kind == "Pod" { "v1" } else { "apps/v1" };
    ResourceRef::kubernetes(api_version, kind, Some("b2b"), name)
}

/// The Deployment `web` with container `app`, read from a line of a snapshot, and its ReplicaSets.
fn inventory() -> Inventory {
    let mut inventory = InventoryBuilder::new(false);
    let origin = |line| Origin::Snapshot {
        file: "objects/apps/v1/Deployment.ndjson".into(),
        line,
    };
    let lineage = |owner: Option<&str>| Lineage {
        uid: None,
        owner: owner.map(|name| OwnerReference {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            name: name.to_owned(),
            uid: None,
        }),
        containers: vec!["app".to_owned()],
    };
    inventory.learn_owner(&reference("Deployment", "web"), lineage(None), origin(7));
    for name in ["web-1", "web-2"] {
        inventory.learn_owner(&reference("ReplicaSet", name), lineage(Some("web")), Origin::Live);
    }
    inventory.build()
}

/// A finding of `policy` on `resource`, at `path`.
fn finding(
    policy: &str,
    resource: &ResourceRef,
    path: &[&str],
    message: &str,
    severity: Severity,
) -> Finding {
    let steps: Vec<Value> = path.iter().map(|step| Value::from(*step)).collect();
    Finding::new(Draft {
        policy: policy.into(),
        title: "t".into(),
        category: "c".into(),
        severity,
        environment: None,
        resource: Some(resource.clone()),
        path: (!path.is_empty()).then(|| FieldPath::resolve(&steps, &Value::Undefined)),
        key: None,
        message: message.to_owned(),
        owner: None,
        origin: Origin::Live,
        declared: None,
        fix: None,
        foreign: true,
    })
    .unwrap()
}

fn chain_of(resource: &ResourceRef) -> Vec<ResourceRef> {
    match resource.kind.as_str() {
        "Pod" if resource.name.starts_with("bare") => Vec::new(),
        "Pod" => {
            let set = resource.name.rsplit_once('-').map_or("web-1", |(set, _)| set);
            vec![reference("ReplicaSet", set), reference("Deployment", "web")]
        }
        "ReplicaSet" => vec![reference("Deployment", "web")],
        _ => Vec::new(),
    }
}

fn folded(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let owned = findings
        .into_iter()
        .map(|finding| {
            let chain = chain_of(finding.resource());
            (finding, chain)
        })
        .collect();
    let mut folded = fold(owned, &inventory());
    folded.sort_by(|a, b| a.order().cmp(&b.order()));
    folded
}

fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{finding:?}")).collect()
}

#[test]
fn a_finding_that_only_pods_have_is_located_at_the_owner() {
    let pod = reference("Pod", "web-1-abcde");
    let found = folded([finding("p", &pod, &["spec", "hostNetwork"], "no", Severity::Low)]);
    assert_eq!(found[0].resource(), &reference("Deployment", "web"));
    assert!(matches!(&found[0].origin, Origin::Snapshot { line: 7, .. }));
    assert_eq!(
        found[0].path.as_ref().unwrap().to_string(),
        "spec.template.spec.hostNetwork"
    );
    assert_eq!(found[0].message, "no (1 Pod: web-1-abcde)");
    assert_eq!(found[0].owner, None);
}

#[test]
fn random_names_in_paths_and_words_do_not_keep_replicas_apart() {
    let at = |pod: &str, volume: &str| {
        finding(
            "p",
            &reference("Pod", pod),
            &["spec", "volumes", &format!("name={volume}"), "projected"],
            &format!("volume {volume} of {pod}"),
            Severity::Low,
        )
    };
    let found = folded([
        at("web-1-aaaaa", "kube-api-access-q1w2e"),
        at("web-2-bbbbb", "kube-api-access-r3t4z"),
    ]);
    let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "volume kube-api-access-* of web (2 Pods, such as web-1-aaaaa, at spec.volumes[name=kube-api-access-*].projected)"
        ]
    );
    assert_eq!(found[0].path, None);
}

#[test]
fn policies_and_words_and_places_keep_findings_apart() {
    let pod = reference("Pod", "web-1-abcde");
    let low =
        |policy: &str, path: &[&str], message: &str| finding(policy, &pod, path, message, Severity::Low);
    let found = folded([
        low("p", &[], "one"),
        low("p", &[], "two"),
        low("q", &[], "one"),
        low("p", &["spec", "hostPID"], "one"),
        low("p", &["status", "phase"], "one"),
        low("p", &["status", "reason"], "one"),
    ]);
    let fingerprints: BTreeSet<&str> = found
        .iter()
        .map(|finding| finding.fingerprint().as_str())
        .collect();
    assert_eq!((found.len(), fingerprints.len()), (6, 6));
}

#[test]
fn what_nobody_owns_is_left_alone() {
    let findings = [
        finding("p", &reference("Pod", "bare"), &["spec"], "bare", Severity::High),
        finding(
            "p",
            &reference("Deployment", "web"),
            &["spec"],
            "web",
            Severity::Low,
        ),
    ];
    assert_eq!(shown(&folded(findings.clone())), shown(&findings));
}

#[test]
fn a_raised_finding_keeps_its_fix_and_its_fingerprint() {
    let web = reference("Deployment", "web");
    let mut own = Draft::clone(&finding(
        "p",
        &web,
        &["spec", "template", "spec"],
        "no",
        Severity::Low,
    ));
    let advice = r#"{"action":"instructions","risk":"safe","summary":"mend it"}"#;
    own.fix = Some(Fix::from_value(&Value::from_json_str(advice).unwrap()).unwrap());
    let own = Finding::new(own).unwrap();
    let pod = finding(
        "p",
        &reference("Pod", "web-1-abcde"),
        &["spec"],
        "no",
        Severity::High,
    );
    let found = folded([own.clone(), pod]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::High);
    assert_eq!(found[0].fingerprint(), own.fingerprint());
    assert_eq!(
        found[0].fix.as_ref().unwrap().data.text_at(&["summary"]),
        Some("mend it")
    );
}

/// Findings on the Deployment, its ReplicaSets, its Pods and a bare Pod.
fn any_finding() -> impl Strategy<Value = Finding> {
    let resources = [
        reference("Deployment", "web"),
        reference("ReplicaSet", "web-1"),
        reference("ReplicaSet", "web-2"),
        reference("Pod", "web-1-aaaaa"),
        reference("Pod", "web-1-bbbbb"),
        reference("Pod", "web-2-ccccc"),
        reference("Pod", "bare"),
    ];
    let words = ["no limits", "KIND NAME is bad", "NAME"];
    let severities = [Severity::Low, Severity::Medium, Severity::High];
    (
        proptest::sample::select(vec!["p", "q"]),
        proptest::sample::select(resources.to_vec()),
        proptest::option::of(proptest::sample::select(vec!["app", "proxy"])),
        proptest::sample::select(words.to_vec()),
        proptest::sample::select(severities.to_vec()),
    )
        .prop_map(|(policy, resource, container, words, severity)| {
            let template: &[&str] = if resource.kind == "Pod" {
                &["spec"]
            } else {
                &["spec", "template", "spec"]
            };
            let element = format!("name={}", container.unwrap_or_default());
            let mut path = template.to_vec();
            path.extend(["containers", &element]);
            let path = if container.is_some() { path.as_slice() } else { &[] };
            let message = words
                .replace("KIND", &resource.kind)
                .replace("NAME", &resource.name);
            finding(policy, &resource, path, &message, severity)
        })
}

proptest! {
    #[test]
    fn folding_does_not_depend_on_the_order_and_twice_is_once(
        (findings, shuffled) in proptest::collection::vec(any_finding(), 0..14)
            .prop_flat_map(|findings| (Just(findings.clone()), Just(findings).prop_shuffle()))
    ) {
        let once = folded(findings.clone());
        prop_assert_eq!(shown(&once), shown(&folded(shuffled)));
        prop_assert_eq!(shown(&once), shown(&folded(once.clone())));
        // Nothing is lost: each policy's worst stays as bad, and nothing but workloads at the top is named.
        for policy in ["p", "q"] {
            let worst = |findings: &[Finding]| {
                findings.iter().filter(|finding| &*finding.policy == policy).map(|finding| finding.severity).max()
            };
            prop_assert_eq!(worst(&findings), worst(&once));
        }
        prop_assert!(once.iter().all(|finding| chain_of(finding.resource()).is_empty()));
    }
}
