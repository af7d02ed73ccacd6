//! What another manager applied is seen however it is changed, and what nobody applied is free.

use super::managers::{cautions, taken_over};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::Deed;
use crate::value::Value;

fn value(text: &str) -> Value {
    Value::from_json_str(text).unwrap()
}

const CONTAINERS: &str = r#"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:name":{},"f:image":{},
    "f:args":{},"f:ports":{"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}},
    "f:resources":{"f:limits":{"f:memory":{}}}}}}}}}"#;

/// A Deployment of two containers, of which somebody manages these fields.
fn deployment(manager: &str, operation: &str, fields: &str) -> Value {
    value(&format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment",
        "metadata":{{"name":"web","namespace":"shop","labels":{{"app":"web"}},"annotations":{{"a/b~c":"1"}},"finalizers":["x","y"],
            "managedFields":[{{"manager":"kubectl-edit","operation":"Update","fieldsV1":{{"f:spec":{{"f:replicas":{{}}}}}}}},
                             {{"manager":"{manager}","operation":"{operation}","fieldsV1":{fields}}}]}},
        "spec":{{"replicas":2,"template":{{"spec":{{"containers":[
            {{"name":"side","image":"side:1"}},
            {{"name":"web","image":"web:1","args":["-v","2"],"ports":[{{"containerPort":8080,"protocol":"TCP"}}],
              "resources":{{"limits":{{"memory":"1Gi"}}}}}}]}}}}}}}}"#
    ))
}

fn deed(action: FixAction, data: &str) -> Deed {
    Deed {
        action,
        target: ResourceRef::kubernetes("apps/v1", "Deployment", Some("shop"), "web"),
        data: value(data),
    }
}

fn patch(operations: &str) -> Deed {
    deed(FixAction::KubernetesPatch, operations)
}

#[track_caller]
fn taken(fields: &str, operations: &str, field: &str) {
    let why = taken_over(&patch(operations), &deployment("flux", "Apply", fields));
    let wanted =
        format!("flux applied {field} (server-side apply), which is not taken over: change it there");
    assert_eq!(why, Some(wanted), "{operations}");
}

#[track_caller]
fn free(fields: &str, operations: &str) {
    let why = taken_over(&patch(operations), &deployment("flux", "Apply", fields));
    assert_eq!(why, None, "{operations}");
}

#[test]
fn what_somebody_applied_is_named_with_the_field() {
    let image = r#"[{"op":"replace","path":"/spec/template/spec/containers/1/image","value":"web:2"}]"#;
    taken(CONTAINERS, image, "spec.template.spec.containers[name=web].image");
    // Written, not applied: nobody says that it is to stay.
    assert_eq!(
        taken_over(&patch(image), &deployment("flux", "Update", CONTAINERS)),
        None
    );
    // Our own wish is ours to change.
    assert_eq!(
        taken_over(&patch(image), &deployment("envcheck", "Apply", CONTAINERS)),
        None
    );
    // What others once wrote is in the same list.
    free(
        CONTAINERS,
        r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#,
    );
    // An object of which the server keeps no record.
    let unmanaged = value(r#"{"metadata":{"name":"web"},"spec":{"replicas":1}}"#);
    let scale = patch(r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#);
    assert_eq!(taken_over(&scale, &unmanaged), None);
}

#[test]
fn items_of_keyed_lists_are_known_by_their_keys_wherever_they_stand() {
    // The other container, before it and behind it, and one more.
    free(
        CONTAINERS,
        r#"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"side:2"}]"#,
    );
    free(
        CONTAINERS,
        r#"[{"op":"remove","path":"/spec/template/spec/containers/0"}]"#,
    );
    free(
        CONTAINERS,
        r#"[{"op":"add","path":"/spec/template/spec/containers/0","value":{"name":"new","image":"n"}}]"#,
    );
    free(
        CONTAINERS,
        r#"[{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"new","image":"n"}}]"#,
    );
    // Moved, with what it says: the same.
    free(
        CONTAINERS,
        r#"[{"op":"move","from":"/spec/template/spec/containers/1","path":"/spec/template/spec/containers/0"}]"#,
    );
    // A field of it that nobody applied.
    free(
        CONTAINERS,
        r#"[{"op":"add","path":"/spec/template/spec/containers/1/tty","value":true}]"#,
    );
    // It is gone, or it has another name: then what was applied is gone.
    let web = "spec.template.spec.containers[name=web]";
    taken(
        CONTAINERS,
        r#"[{"op":"remove","path":"/spec/template/spec/containers/1"}]"#,
        web,
    );
    taken(
        CONTAINERS,
        r#"[{"op":"replace","path":"/spec/template/spec/containers/1/name","value":"w"}]"#,
        web,
    );
    // Keys of two members, of which one is a default that the object leaves out.
    let ports =
        r#"[{"op":"replace","path":"/spec/template/spec/containers/1/ports/0/containerPort","value":9090}]"#;
    taken(
        CONTAINERS,
        ports,
        &format!("{web}.ports[containerPort=8080,protocol=TCP]"),
    );
    let bare = r#"[{"op":"remove","path":"/spec/template/spec/containers/1/ports/0/protocol"}]"#;
    free(CONTAINERS, bare);
}

#[test]
fn what_is_replaced_as_a_whole_belongs_to_who_applied_it_as_a_whole() {
    let args = "spec.template.spec.containers[name=web].args";
    taken(
        CONTAINERS,
        r#"[{"op":"replace","path":"/spec/template/spec/containers/1/args/1","value":"3"}]"#,
        args,
    );
    taken(
        CONTAINERS,
        r#"[{"op":"add","path":"/spec/template/spec/containers/1/args/-","value":"-x"}]"#,
        args,
    );
    taken(
        CONTAINERS,
        r#"[{"op":"remove","path":"/spec/template/spec/containers/1/args"}]"#,
        args,
    );
    // One operation above that takes it along.
    taken(
        CONTAINERS,
        r#"[{"op":"replace","path":"/spec/template/spec/containers","value":[{"name":"web","image":"web:1"}]}]"#,
        args,
    );
    taken(
        CONTAINERS,
        r#"[{"op":"remove","path":"/spec/template"}]"#,
        "spec.template.spec.containers[name=web]",
    );
    // Replaced by what says the same.
    free(
        CONTAINERS,
        r#"[{"op":"replace","path":"/spec/template/spec/containers/1/args","value":["-v","2"]}]"#,
    );
    // And a number deep in it.
    taken(
        CONTAINERS,
        r#"[{"op":"copy","from":"/spec/replicas","path":"/spec/template/spec/containers/1/resources/limits/memory"}]"#,
        "spec.template.spec.containers[name=web].resources.limits.memory",
    );
}

#[test]
fn items_of_sets_are_known_by_their_value_and_others_by_their_place() {
    let set = r#"{"f:metadata":{"f:finalizers":{".":{},"v:\"y\"":{}}}}"#;
    free(set, r#"[{"op":"remove","path":"/metadata/finalizers/0"}]"#);
    free(
        set,
        r#"[{"op":"add","path":"/metadata/finalizers/0","value":"z"}]"#,
    );
    taken(
        set,
        r#"[{"op":"remove","path":"/metadata/finalizers/1"}]"#,
        "metadata.finalizers[\"y\"]",
    );
    taken(
        set,
        r#"[{"op":"remove","path":"/metadata/finalizers"}]"#,
        "metadata.finalizers",
    );
    let place = r#"{"f:metadata":{"f:finalizers":{"i:1":{}}}}"#;
    taken(
        place,
        r#"[{"op":"replace","path":"/metadata/finalizers/1","value":"z"}]"#,
        "metadata.finalizers[1]",
    );
    free(
        place,
        r#"[{"op":"replace","path":"/metadata/finalizers/0","value":"z"}]"#,
    );
}

#[test]
fn names_that_a_pointer_escapes_are_plain_in_the_record() {
    let annotation = r#"{"f:metadata":{"f:annotations":{"f:a/b~c":{}}}}"#;
    taken(
        annotation,
        r#"[{"op":"replace","path":"/metadata/annotations/a~1b~0c","value":"2"}]"#,
        "metadata.annotations[a/b~c]",
    );
    taken(
        annotation,
        r#"[{"op":"remove","path":"/metadata/annotations"}]"#,
        "metadata.annotations[a/b~c]",
    );
    free(
        annotation,
        r#"[{"op":"add","path":"/metadata/annotations/a~1b","value":"2"}]"#,
    );
}

#[test]
fn parents_that_are_created_are_nobodys() {
    let labels = r#"{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}"#;
    let both = r#"[{"op":"add","path":"/spec/strategy","value":{}},{"op":"add","path":"/spec/strategy/type","value":"Recreate"}]"#;
    free(labels, both);
    free(
        labels,
        r#"[{"op":"add","path":"/metadata/labels/new","value":"x"}]"#,
    );
    // An empty map that somebody applied is not all that it comes to hold; a map that is one value is.
    free(
        r#"{"f:metadata":{"f:labels":{}}}"#,
        r#"[{"op":"add","path":"/metadata/labels/new","value":"x"}]"#,
    );
    taken(
        r#"{"f:metadata":{"f:labels":{}}}"#,
        r#"[{"op":"remove","path":"/metadata/labels"}]"#,
        "metadata.labels",
    );
    taken(
        r#"{"f:spec":{"f:selector":{}}}"#,
        r#"[{"op":"add","path":"/spec/selector","value":{"a":"b"}}]"#,
        "spec.selector",
    );
    // As are all the parents of what is removed.
    taken(
        labels,
        r#"[{"op":"remove","path":"/metadata/labels/app"}]"#,
        "metadata.labels.app",
    );
}

#[test]
fn labels_and_annotations_are_held_to_it_as_well() {
    let fields = r#"{"f:metadata":{"f:labels":{"f:app":{}},"f:annotations":{"f:a/b~c":{}}}}"#;
    let live = deployment("argocd-controller", "Apply", fields);
    let label = |data: &str| taken_over(&deed(FixAction::KubernetesLabel, data), &live);
    let annotate = |data: &str| taken_over(&deed(FixAction::KubernetesAnnotate, data), &live);
    let why = label(r#"{"labels":{"app":"other"}}"#).unwrap();
    assert!(
        why.starts_with("argocd-controller applied metadata.labels.app "),
        "{why}"
    );
    assert!(annotate(r#"{"annotations":{"a/b~c":"2"}}"#).is_some());
    assert_eq!(label(r#"{"labels":{"app":"web"}}"#), None, "it says the same");
    assert_eq!(label(r#"{"labels":{"tier":"front"}}"#), None);
    assert_eq!(annotate(r#"{"annotations":{"d":"2"}}"#), None);
}

#[test]
fn a_record_that_makes_no_sense_is_no_reason_to_stop_short() {
    let scale = r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#;
    for fields in [
        "null",
        "[]",
        r#""text""#,
        r#"{"f:spec":{"nonsense":{},"k:{":{},"i:x":{},"v:{":{},"z:1":{}}}"#,
    ] {
        free(fields, scale);
    }
    // A step that does not fit changes nothing.
    free(
        r#"{"f:spec":{"f:replicas":{}}}"#,
        r#"[{"op":"remove","path":"/spec/nothing"}]"#,
    );
}

#[test]
fn all_who_applied_one_field_are_named() {
    let entry = |manager: &str, operation: &str| {
        format!(
            r#"{{"manager":"{manager}","operation":"{operation}","fieldsV1":{{"f:metadata":{{"f:labels":{{"f:enforce":{{}}}}}}}}}}"#
        )
    };
    let namespace = |entries: &[String]| {
        let entries = entries.join(",");
        value(&format!(
            r#"{{"metadata":{{"name":"b2b","labels":{{"enforce":"privileged"}},"managedFields":[{entries}]}}}}"#
        ))
    };
    let label = deed(FixAction::KubernetesLabel, r#"{"labels":{"enforce":"baseline"}}"#);
    let written = namespace(&[entry("kubectl-label", "Update")]);
    assert_eq!(taken_over(&label, &written), None);
    assert_eq!(
        cautions(&label, &written, false),
        ["kubectl-label (Update) wrote another enforce, and may do so again"]
    );
    // One wish is enough, whoever wrote it besides.
    let both = namespace(&[
        entry("kubectl-label", "Update"),
        entry("flux", "Apply"),
        entry("team", "Apply"),
    ]);
    let why = taken_over(&label, &both).unwrap();
    assert!(
        why.starts_with("flux and team applied metadata.labels.enforce (server-side apply)"),
        "{why}"
    );
    // What it is already nobody takes from them.
    let same = deed(
        FixAction::KubernetesLabel,
        r#"{"labels":{"enforce":"privileged"}}"#,
    );
    assert_eq!(taken_over(&same, &both), None);
    assert!(cautions(&same, &written, true).is_empty());
}
