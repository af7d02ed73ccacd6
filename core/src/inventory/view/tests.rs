use super::*;
use crate::inventory::patience::AT_FIRST;
use crate::inventory::{Lineage, identify};
use proptest::prelude::*;

/// What a cluster may hold: owners that are there, absent, forged, of another uid; Pods with labels of their own; objects
/// that are read twice with something else in them.
fn objects() -> Vec<Value> {
    let mut texts = Vec::new();
    let mut add = |version: &str,
                   kind: &str,
                   name: &str,
                   uid: &str,
                   owner: Option<(&str, &str, &str)>,
                   label: &str| {
        let owner = owner.map_or_else(String::new, |(kind, name, uid)| {
            let group = if kind == "Job" || kind == "CronJob" { "batch/v1" } else { "apps/v1" };
            format!(
                r#","ownerReferences":[{{"apiVersion":"{group}","kind":"{kind}","name":"{name}","uid":"{uid}","controller":true}}]"#
            )
        });
        let metadata = format!(
            r#"{{"name":"{name}","namespace":"a","uid":"{uid}","labels":{{"app":"{label}"}}{owner}}}"#
        );
        let pod = r#"{"containers":[{"name":"c","ports":[{"containerPort":80,"name":"http"}]}]}"#;
        let spec = match kind {
            "Pod" => pod.to_owned(),
            "Service" => {
                format!(r#"{{"selector":{{"app":"{label}"}},"ports":[{{"port":80,"targetPort":"http"}}]}}"#)
            }
            _ => format!(r#"{{"template":{{"metadata":{{"labels":{{"app":"{label}"}}}},"spec":{pod}}}}}"#),
        };
        texts.push(format!(
            r#"{{"apiVersion":"{version}","kind":"{kind}","metadata":{metadata},"spec":{spec}}}"#
        ));
    };
    add("apps/v1", "Deployment", "web", "d", None, "web");
    add(
        "apps/v1",
        "ReplicaSet",
        "web-1",
        "r",
        Some(("Deployment", "web", "d")),
        "web",
    );
    add(
        "v1",
        "Pod",
        "web-1-a",
        "p1",
        Some(("ReplicaSet", "web-1", "r")),
        "web",
    );
    add(
        "v1",
        "Pod",
        "web-1-b",
        "p2",
        Some(("ReplicaSet", "web-1", "r")),
        "canary",
    );
    add(
        "v1",
        "Pod",
        "web-1-c",
        "p3",
        Some(("ReplicaSet", "web-1", "other")),
        "forged",
    );
    add(
        "v1",
        "Pod",
        "gone-1-a",
        "p4",
        Some(("ReplicaSet", "gone-1", "g")),
        "gone",
    );
    add("v1", "Pod", "odd", "p5", Some(("Deployment", "web", "d")), "odd");
    add(
        "apps/v1",
        "Deployment",
        "low",
        "w",
        Some(("Deployment", "web", "d")),
        "low",
    );
    add("batch/v1", "Job", "once", "j", None, "once");
    add("v1", "Pod", "once-a", "p6", Some(("Job", "once", "j")), "once");
    // The same Pod again: its owner or its labels have changed.
    add("v1", "Pod", "web-1-a", "p1", None, "orphan");
    add("v1", "Pod", "once-a", "p6", Some(("Job", "once", "j")), "later");
    add(
        "v1",
        "Pod",
        "gone-1-a",
        "p4",
        Some(("Job", "once", "j")),
        "adopted",
    );
    for label in [
        "web", "canary", "forged", "gone", "odd", "once", "orphan", "later", "adopted",
    ] {
        add("v1", "Service", label, label, None, label);
    }
    texts
        .iter()
        .map(|text| Value::from_json_str(text).unwrap())
        .collect()
}

/// The view of objects in this order. `early` makes known at once who owns what, else all records are kept to the end.
fn view(objects: &[Value], early: bool) -> (Value, Vec<(ResourceRef, ResourceRef)>) {
    let (mut view, mut owners, unknown) = (
        ViewBuilder::default(),
        OwnerIndex::default(),
        OwnerIndex::default(),
    );
    for object in objects {
        let (reference, _) = identify(object).unwrap();
        if let Some(lineage) = Lineage::of(&reference, object) {
            owners.learn(&reference, lineage);
        }
        view.absorb(&reference, object, if early { &owners } else { &unknown });
    }
    let view = view.build(&owners, &Unread::default());
    let owned = view.owners.iter().map(|(owned, top)| (owned, top.clone()));
    let mut owned: Vec<_> = owned.collect();
    owned.sort();
    (view.document, owned)
}

proptest! {
    #[test]
    fn what_is_dropped_early_is_missed_by_nobody(objects in Just(objects()).prop_shuffle()) {
        prop_assert_eq!(view(&objects, true), view(&objects, false));
    }
}

#[test]
fn pods_that_come_before_their_owners_do_not_pile_up() {
    let all = objects();
    let (deployment, replica_set, pod) = (&all[0], &all[1], &all[2]);
    let renamed = |object: &Value, name: &str| {
        let text = object
            .to_json_str()
            .unwrap()
            .replace("\"web-1-a\"", &format!("\"{name}\""));
        Value::from_json_str(&text).unwrap()
    };
    let mut stream: Vec<Value> = (0..AT_FIRST)
        .map(|number| renamed(pod, &format!("p{number}")))
        .collect();
    stream.extend([deployment.clone(), replica_set.clone()]);
    stream.push(renamed(pod, "last"));
    let (mut builder, mut owners) = (ViewBuilder::default(), OwnerIndex::default());
    for object in &stream {
        let (reference, _) = identify(object).unwrap();
        if let Some(lineage) = Lineage::of(&reference, object) {
            owners.learn(&reference, lineage);
        }
        builder.absorb(&reference, object, &owners);
    }
    builder.absorb(&identify(&all[5]).unwrap().0, &all[5], &owners);
    // Once more than the threshold: the next look finds that their owner has come.
    let records = &builder.sections[&Section::Workloads];
    let kept: Vec<String> = records.iter().map(|(reference, _)| reference.name).collect();
    assert_eq!(kept, ["web", "gone-1-a"]);
    assert_eq!(builder.patience.waiting(), 1);
    let view = builder.build(&owners, &Unread::default());
    assert_eq!(view.owners.iter().count(), AT_FIRST + 2);
}
