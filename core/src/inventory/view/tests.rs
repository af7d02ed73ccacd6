use super::*;
use crate::inventory::patience::AT_FIRST;
use crate::inventory::{Lineage, identify};
use crate::value::ValueExt;
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

/// The view of these objects, read in this order, for policies that read these documents.
fn read(objects: &[&str], documents: Option<&[&str]>) -> Value {
    let (mut view, mut owners) = (ViewBuilder::default(), OwnerIndex::default());
    if let Some(documents) = documents {
        let documents = documents.iter().map(|name| (*name).to_owned());
        view.keep(&KeptRows::Of(documents.collect()));
    }
    for text in objects {
        let object = Value::from_json_str(text).unwrap();
        let (reference, _) = identify(&object).unwrap();
        if let Some(lineage) = Lineage::of(&reference, &object) {
            owners.learn(&reference, lineage);
        }
        view.absorb(&reference, &object, &owners);
    }
    view.build(&owners, &Unread::default()).document
}

const SLICES: [&str; 6] = [
    r#"{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"hand","namespace":"front",
    "labels":{"kubernetes.io/service-name":"db"}},"endpoints":[{"addresses":["10.244.0.5"]},{"addresses":["10.245.0.9"]}]}"#,
    r#"{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"own","namespace":"back","labels":{
    "endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io"}},"endpoints":[{"addresses":["10.244.0.5"]}]}"#,
    r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"back","uid":"d"},"spec":{}}"#,
    r#"{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-1","namespace":"back","uid":"r","ownerReferences":[
    {"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"d","controller":true}]},"spec":{}}"#,
    r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1-a","namespace":"back","uid":"p","ownerReferences":[
    {"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"r","controller":true}]},"spec":{},"status":{"podIP":"10.244.0.5"}}"#,
    r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"b2b"},"spec":{"clusterIP":"10.245.0.9"}}"#,
];

proptest! {
    #[test]
    fn hand_made_slices_lead_to_pods_and_services_in_any_order(objects in Just(SLICES.to_vec()).prop_shuffle()) {
        for documents in [None, Some(&["view.endpoint_slices"][..])] {
            let view = read(&objects, documents);
            let slices = view.items_at(&["endpoint_slices"]);
            prop_assert_eq!(slices.len(), 1);
            let endpoints = slices[0].items_at(&["endpoints"]).iter();
            let namespaces: Vec<_> = endpoints.map(|endpoint| endpoint.text_at(&["namespace"])).collect();
            prop_assert_eq!(namespaces, [Some("back"), Some("b2b")]);
        }
    }
}

#[test]
fn addresses_are_kept_for_slices_alone_and_slices_for_who_reads_them() {
    let mut view = ViewBuilder::default();
    view.keep(&KeptRows::Of(["view.services".to_owned()].into()));
    for text in SLICES {
        let object = Value::from_json_str(text).unwrap();
        view.absorb(&identify(&object).unwrap().0, &object, &OwnerIndex::default());
    }
    assert!(view.addresses.is_empty());
    assert!(!view.sections.contains_key(&Section::EndpointSlices));
}

/// A reference to a field of a record is never undefined.
#[test]
fn records_of_one_list_have_the_same_fields_however_little_an_object_says() {
    for (section, name, kinds) in Section::ALL {
        let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
        for kind in kinds {
            let (version, kind) = kind.rsplit_once('/').unwrap();
            for rest in [
                "",
                r#","spec":{},"status":{}"#,
                r#","spec":7,"status":[],"data":1,"facts":2"#,
            ] {
                let text = format!(
                    r#"{{"apiVersion":"{version}","kind":"{kind}","metadata":{{"name":"x","namespace":"a"}}{rest}}}"#
                );
                let view = read(&[&text], None);
                let record = &view.items_at(&[name])[0];
                seen.insert(record.members().map(|(key, _)| key.to_owned()).collect());
            }
        }
        assert_eq!(seen.len(), 1, "{section:?}: {seen:?}");
    }
}
