use super::super::{Unread, View, ViewBuilder};
use super::*;
use crate::inventory::{OwnerIndex, identify};
use rstest::rstest;

/// `manager` of a Deployment `b2b/web` with this metadata, as `type name`.
fn of(metadata: &str) -> String {
    words(&deployment(metadata))
}

fn deployment(metadata: &str) -> Value {
    let text = format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"namespace":"b2b","name":"web"{metadata}}}}}"#
    );
    Value::from_json_str(&text).unwrap()
}

fn words(value: &Value) -> String {
    let (reference, _) = identify(value).unwrap();
    text(&manager(&reference, value))
}

fn text(manager: &Value) -> String {
    let part = |key: &str| manager.text_at(&[key]).unwrap_or("-").to_owned();
    format!("{} {}", part("type"), part("name"))
}

#[rstest]
#[case::itself("shop:apps/Deployment:b2b/web", "argocd shop")]
#[case::another_name("shop:apps/Deployment:b2b/other", "- -")]
#[case::another_namespace("shop:apps/Deployment:back/web", "- -")]
#[case::another_kind("shop:apps/StatefulSet:b2b/web", "- -")]
#[case::another_group("shop:/Deployment:b2b/web", "- -")]
#[case::no_id("shop", "- -")]
#[case::nameless(":apps/Deployment:b2b/web", "- -")]
fn a_tracking_id_counts_when_it_names_the_object(#[case] id: &str, #[case] expected: &str) {
    let metadata = format!(r#","annotations":{{"argocd.argoproj.io/tracking-id":"{id}"}}"#);
    assert_eq!(of(&metadata), expected);
}

#[test]
fn cluster_scoped_objects_are_tracked_under_any_namespace_and_names_may_hold_colons() {
    for id in [
        "rbac:rbac.authorization.k8s.io/ClusterRole:/acme:read",
        "rbac:rbac.authorization.k8s.io/ClusterRole:argocd/acme:read",
    ] {
        let text = format!(
            r#"{{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{{"name":"acme:read","annotations":{{"argocd.argoproj.io/tracking-id":"{id}"}}}}}}"#
        );
        assert_eq!(words(&Value::from_json_str(&text).unwrap()), "argocd rbac");
    }
}

#[test]
fn helm_is_known_by_annotation_or_label() {
    let helm = r#","labels":{"app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/instance":"kps"}"#;
    assert_eq!(of(helm), "helm kps");
    assert_eq!(
        of(r#","annotations":{"meta.helm.sh/release-name":"kps"}"#),
        "helm kps"
    );
    assert_eq!(of(r#","labels":{"app.kubernetes.io/instance":"kps"}"#), "- -");
}

#[rstest]
#[case::the_latest(
    r#"{"manager":"helm","time":"2026-01-02T00:00:00Z"},{"manager":"terraform","time":"2026-01-03T00:00:00Z"},{"manager":"flux","time":"2026-01-01T00:00:00Z"}"#,
    "fieldManager terraform"
)]
#[case::not_of_a_subresource(
    r#"{"manager":"keda","subresource":"scale","time":"2026-01-09T00:00:00Z"},{"manager":"flux","subresource":"","time":"2026-01-01T00:00:00Z"}"#,
    "fieldManager flux"
)]
#[case::no_machinery(
    r#"{"manager":"kube-controller-manager"},{"manager":"kubectl"},{"manager":"kubectl-client-side-apply"},{"manager":"digitalocean-cloud-controller-manager"}"#,
    "- -"
)]
#[case::without_times(r#"{"manager":"a"},{"manager":"b"},{"manager":""},{}"#, "fieldManager b")]
fn the_last_writer_is_a_field_manager(#[case] entries: &str, #[case] expected: &str) {
    assert_eq!(of(&format!(r#","managedFields":[{entries}]"#)), expected);
}

fn tracked(settings: &str, objects: &[&str]) -> String {
    let mut view = ViewBuilder::default();
    let config = format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"namespace":"argocd","name":"argocd-cm"}},"data":{settings}}}"#
    );
    let application = |namespace: &str, name: &str| {
        format!(
            r#"{{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{{"namespace":"{namespace}","name":"{name}"}}}}"#
        )
    };
    let mut texts: Vec<String> = objects.iter().map(|text| (*text).to_owned()).collect();
    texts.extend([application("argocd", "shop"), application("team", "own"), config]);
    for text in texts {
        let value = Value::from_json_str(&text).unwrap();
        let (reference, _) = identify(&value).unwrap();
        view.absorb(&reference, &value, &OwnerIndex::default());
    }
    let View { document, .. } = view.build(&OwnerIndex::default(), &Unread::default());
    let found: Vec<String> = document
        .items_at(&["workloads"])
        .iter()
        .filter_map(|workload| workload.field("manager"))
        .map(text)
        .collect();
    found.join(", ")
}

#[test]
fn a_label_tracks_only_where_argo_cd_is_set_to_labels() {
    let labelled = |key: &str, name: &str| {
        let metadata = format!(r#","labels":{{"{key}":"{name}","app.kubernetes.io/managed-by":"Helm"}}"#);
        deployment(&metadata).to_json_str().unwrap()
    };
    let shop = labelled(INSTANCE_LABEL, "shop");
    let by_label = r#"{"application.resourceTrackingMethod":"label"}"#;
    assert_eq!(tracked(by_label, &[&shop]), "argocd shop");
    assert_eq!(
        tracked(by_label, &[&labelled(INSTANCE_LABEL, "team_own")]),
        "argocd team_own"
    );
    // The label of a release that no application is called after.
    assert_eq!(tracked(by_label, &[&labelled(INSTANCE_LABEL, "kps")]), "helm kps");
    for settings in [
        "{}",
        r#"{"application.resourceTrackingMethod":"annotation+label"}"#,
    ] {
        assert_eq!(tracked(settings, &[&shop]), "helm shop");
    }
    let other =
        r#"{"application.resourceTrackingMethod":"label","application.instanceLabelKey":"acme.com/app"}"#;
    assert_eq!(
        tracked(other, &[&labelled("acme.com/app", "shop")]),
        "argocd shop"
    );
    assert_eq!(tracked(other, &[&shop]), "helm shop");
    let installed = deployment(
        r#","labels":{"app.kubernetes.io/instance":"shop"},"annotations":{"meta.helm.sh/release-name":"shop"}"#,
    );
    assert_eq!(
        tracked(by_label, &[&installed.to_json_str().unwrap()]),
        "helm shop"
    );
}
