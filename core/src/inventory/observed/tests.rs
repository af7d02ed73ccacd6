use super::*;
use crate::inventory::DeclaredNamespace;
use crate::spec::Role;
use crate::yaml;
use std::sync::Arc;

fn inventory(gaps: &[&str], read: &[(&str, &str)]) -> Inventory {
    let mut builder = InventoryBuilder::new(false);
    builder.only_named_kinds(true);
    for (group, kind) in read {
        builder.read_kind(group, kind);
    }
    for gap in gaps {
        let subject = match gap.strip_suffix("/*") {
            Some(group) => GapSubject::Group(group.to_owned()),
            None => GapSubject::Kind((*gap).to_owned()),
        };
        builder.gap(Gap {
            subject,
            reason: "unavailable".to_owned(),
            detail: String::new(),
        });
    }
    builder.build()
}

#[test]
fn a_group_that_is_down_concerns_its_own_kinds_and_whoever_judges_all() {
    let found = inventory(
        &["down.example.com/*"],
        &[("", "Service"), ("apps", "Deployment")],
    );
    assert!(found.kind_gaps("v1/Service").is_empty());
    assert!(found.kind_gaps("*/Deployment").is_empty());
    assert_eq!(found.kind_gaps("*/*").len(), 1);
    assert_eq!(found.kind_gaps("down.example.com/v1/Thing").len(), 1);
}

#[test]
fn a_kind_named_without_its_group_was_read_in_any() {
    let found = inventory(&[], &[("apps", "Deployment")]);
    assert!(found.kind_gaps("*/Deployment").is_empty());
    assert_eq!(found.kind_gaps("*/Deploy")[0].reason, "not read");
    assert_eq!(found.kind_gaps("v1/Deployment").len(), 1);
    let gone = inventory(&["apps/v1/Deployment"], &[("apps", "Deployment")]);
    assert_eq!(gone.kind_gaps("*/Deployment")[0].reason, "unavailable");
}

#[test]
fn who_judges_every_kind_needs_every_kind() {
    let mut builder = InventoryBuilder::new(false);
    builder.only_named_kinds(false);
    builder.read_kind("", "Service");
    let some = builder.build();
    assert!(some.kind_gaps("v1/Service").is_empty());
    assert_eq!(some.kind_gaps("*/*")[0].reason, "not read");
    assert!(inventory(&[], &[("", "Service")]).kind_gaps("*/*").is_empty());
}

/// What the view tells of a Secret, a workload and a ConfigMap in a namespace that the spec singles out.
fn told(origin: &Origin) -> Value {
    let namespace = DeclaredNamespace {
        role: Role::Ingress,
        datastore: false,
        with_role: BTreeSet::new(),
    };
    let declared = Declared {
        namespaces: [("in".to_owned(), namespace)].into(),
        ..Declared::default()
    };
    let mut builder = InventoryBuilder::new(false)
        .about(declared)
        .masking(Redactor::new([7; 32]));
    for text in [
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"in"},"stringData":{"password":"admin"},
        "facts":{"other":{"published":true}}}"#,
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"in"},"spec":{"template":{"spec":{
        "containers":[{"env":[{"name":"PASSWORD","value":"hunter2"},{"name":"HOST","value":"db"}]}]}}}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"in"},"data":{"a":"host: db\npassword: hunter2\n"}}"#,
    ] {
        let value = Value::from_json_str(text).unwrap();
        let (reference, _) = crate::inventory::identify(&value).unwrap();
        builder.absorb(&reference, &value, origin.clone());
    }
    builder.build().view.document
}

#[test]
fn manifests_are_made_safe_where_the_view_tells_what_is_in_them() {
    let source = yaml::decode("a.yaml", b"a: 1\n").unwrap();
    let document = yaml::documents(&source, &yaml::Limits::default()).next();
    let manifest = Origin::Manifest {
        document: Arc::new(document.unwrap().unwrap()),
        item: None,
    };
    let told_of = |origin: &Origin| {
        let view = told(origin);
        let published = view.items_at(&["secrets"])[0].items_at(&["published"]).to_vec();
        (view.to_json_str().unwrap(), published)
    };
    let (text, published) = told_of(&manifest);
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(text.matches("masked:").count(), 2, "{text}");
    assert_eq!(text.matches("host: db").count(), 1, "{text}");
    assert_eq!(published, [Value::from("password")]);
    // A cluster's objects were made safe before, and come with what was told of them.
    let (text, published) = told_of(&Origin::Live);
    assert!(text.contains("hunter2") && !text.contains("masked:"), "{text}");
    assert_eq!(published, [Value::from("other")]);
}
