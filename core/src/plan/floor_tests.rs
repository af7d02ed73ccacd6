//! The floor: what a change risks at least, by whatever words a policy asks for it, and what no policy gets.

use super::{Deed, FIRST_PASSWORD, rewrites_credential, risk};
use crate::findings::{Fix, FixAction};
use crate::inventory::ResourceRef;
use crate::policy::Risk;
use crate::value::Value;

fn value(text: &str) -> Value {
    Value::from_json_str(text).unwrap()
}

fn deed(action: FixAction, kind: &str, data: &str) -> Deed {
    Deed {
        action,
        target: ResourceRef::kubernetes("v1", kind, Some("shop"), "it"),
        data: value(data),
    }
}

fn patch(kind: &str, operations: &str) -> Deed {
    deed(FixAction::KubernetesPatch, kind, operations)
}

#[track_caller]
fn never(deed: &Deed, why: &str) {
    let told = risk(deed).unwrap_err().to_string();
    assert!(told.contains(why), "{told}: {deed:?}");
}

#[test]
fn some_kinds_no_remediation_deletes() {
    for kind in [
        "Bucket",
        "CustomResourceDefinition",
        "Namespace",
        "Node",
        "ObjectBucketClaim",
        "PersistentVolume",
        "PersistentVolumeClaim",
    ] {
        never(
            &deed(FixAction::KubernetesDelete, kind, "{}"),
            "no remediation deletes a",
        );
    }
    // Of buckets and what they store, of volumes and whole clusters there is no such action at all.
    for action in [
        "bucket.delete",
        "bucket.delete_object",
        "object.delete",
        "volume.delete",
        "cluster.delete",
        "cluster.upgrade",
        "node_pool.delete",
        "kubernetes.apply",
    ] {
        let fix = format!(r#"{{"action":"{action}","risk":"safe","summary":"s"}}"#);
        assert!(Fix::from_value(&value(&fix)).is_err(), "{action}");
    }
    assert_eq!(
        risk(&deed(FixAction::KubernetesDelete, "Pod", "{}")),
        Ok(Risk::Destructive)
    );
}

#[test]
fn neither_version_nor_availability_of_a_cluster_is_a_setting_to_change() {
    for (action, key) in [
        (FixAction::ClusterUpdate, "version"),
        (FixAction::ClusterUpdate, "ha"),
        (FixAction::ClusterUpdate, "name"),
        (FixAction::ClusterUpdate, "vpc_uuid"),
        (FixAction::ClusterUpdate, "registry_enabled"),
        (FixAction::NodePoolUpdate, "size"),
        (FixAction::NodePoolUpdate, "name"),
    ] {
        let beside = format!(r#"{{"auto_upgrade": true, "{key}": true}}"#);
        never(&deed(action, "Cluster", &beside), "no remediation changes");
    }
    assert_eq!(
        risk(&deed(
            FixAction::NodePoolUpdate,
            "NodePool",
            r#"{"cluster_id": "c", "count": 3}"#
        )),
        Ok(Risk::Disruptive)
    );
}

#[test]
fn an_address_is_not_lost_by_a_word_less_than_destructive() {
    let annotation = "/metadata/annotations/service.beta.kubernetes.io~1do-loadbalancer-type";
    for operations in [
        r#"[{"op":"replace","path":"/spec/type","value":"ClusterIP"}]"#.to_owned(),
        r#"[{"op":"remove","path":"/spec/type"}]"#.to_owned(),
        r#"[{"op":"move","from":"/spec/type","path":"/metadata/labels/type"}]"#.to_owned(),
        r#"[{"op":"copy","from":"/metadata/name","path":"/spec/loadBalancerIP"}]"#.to_owned(),
        r#"[{"op":"replace","path":"/spec","value":{"type":"ClusterIP"}}]"#.to_owned(),
        format!(r#"[{{"op":"add","path":"{annotation}","value":"REGIONAL"}}]"#),
        format!(r#"[{{"op":"move","from":"{annotation}","path":"/metadata/labels/x"}}]"#),
        r#"[{"op":"remove","path":"/metadata/annotations"}]"#.to_owned(),
    ] {
        assert_eq!(
            risk(&patch("Service", &operations)),
            Ok(Risk::Destructive),
            "{operations}"
        );
    }
    for key in [
        "kubernetes.digitalocean.com/load-balancer-id",
        "service.beta.kubernetes.io/do-loadbalancer-name",
        "service.beta.kubernetes.io/do-loadbalancer-network",
        "service.beta.kubernetes.io/do-loadbalancer-type",
        "service.kubernetes.io/do-loadbalancer-disown",
    ] {
        let marks = format!(r#"{{"annotations":{{"harmless":"x","{key}":"y"}}}}"#);
        let annotate = deed(FixAction::KubernetesAnnotate, "Service", &marks);
        assert_eq!(risk(&annotate), Ok(Risk::Destructive), "{key}");
    }
    assert_eq!(
        risk(&deed(FixAction::LoadBalancerDelete, "LoadBalancer", "{}")),
        Ok(Risk::Destructive)
    );
}

#[test]
fn what_restarts_or_reroutes_is_disruptive() {
    for (kind, operations) in [
        (
            "Deployment",
            r#"[{"op":"add","path":"/spec/template/metadata/annotations","value":{}}]"#,
        ),
        (
            "Deployment",
            r#"[{"op":"replace","path":"/spec/replicas","value":0}]"#,
        ),
        (
            "Deployment",
            r#"[{"op":"move","from":"/spec/template/spec/x","path":"/metadata/labels/x"}]"#,
        ),
        ("DaemonSet", r#"[{"op":"replace","path":"/spec","value":{}}]"#),
        (
            "CronJob",
            r#"[{"op":"remove","path":"/spec/jobTemplate/spec/template/spec/x"}]"#,
        ),
        (
            "Ingress",
            r#"[{"op":"replace","path":"/spec/ingressClassName","value":"nginx"}]"#,
        ),
        ("Ingress", r#"[{"op":"add","path":"/spec/tls","value":[]}]"#),
        (
            "Ingress",
            r#"[{"op":"remove","path":"/metadata/annotations/kubernetes.io~1ingress.class"}]"#,
        ),
        ("Ingress", r#"[{"op":"remove","path":"/metadata/annotations"}]"#),
        (
            "Certificate",
            r#"[{"op":"replace","path":"/spec/secretName","value":"x"}]"#,
        ),
        ("Gateway", r#"[{"op":"remove","path":"/spec/listeners/0/tls"}]"#),
        ("NetworkPolicy", r#"[{"op":"remove","path":"/spec/ingress/0"}]"#),
        (
            "Namespace",
            r#"[{"op":"add","path":"/metadata/labels/pod-security.kubernetes.io~1enforce","value":"restricted"}]"#,
        ),
        (
            "Namespace",
            r#"[{"op":"replace","path":"/metadata/labels","value":{}}]"#,
        ),
        (
            "Service",
            r#"[{"op":"add","path":"/spec/loadBalancerSourceRanges","value":["0.0.0.0/0"]}]"#,
        ),
    ] {
        assert_eq!(
            risk(&patch(kind, operations)),
            Ok(Risk::Disruptive),
            "{kind} {operations}"
        );
    }
    let annotate = |kind: &str, key: &str| {
        risk(&deed(
            FixAction::KubernetesAnnotate,
            kind,
            &format!(r#"{{"annotations":{{"{key}":"x"}}}}"#),
        ))
    };
    assert_eq!(
        annotate("Ingress", "kubernetes.io/ingress.class"),
        Ok(Risk::Disruptive)
    );
    assert_eq!(
        annotate("Ingress", "cert-manager.io/cluster-issuer"),
        Ok(Risk::Disruptive)
    );
    assert_eq!(annotate("Ingress", "nginx-proxy-server"), Ok(Risk::Safe));
}

#[test]
fn data_stays_and_whoever_lets_it_go_says_so_by_name() {
    let of = |kind: &str, path: &str, value: &str| {
        risk(&patch(
            kind,
            &format!(r#"[{{"op":"replace","path":"{path}","value":{value}}}]"#),
        ))
    };
    let claims = "/spec/persistentVolumeClaimRetentionPolicy";
    for (kind, path, value, least) in [
        (
            "PersistentVolume",
            "/spec/persistentVolumeReclaimPolicy",
            r#""Delete""#,
            Risk::Destructive,
        ),
        (
            "PersistentVolume",
            "/spec/persistentVolumeReclaimPolicy",
            r#""Retain""#,
            Risk::Safe,
        ),
        ("PersistentVolume", "/spec/claimRef", "{}", Risk::Destructive),
        (
            "StatefulSet",
            claims,
            r#"{"whenDeleted":"Retain","whenScaled":"Delete"}"#,
            Risk::Destructive,
        ),
        (
            "StatefulSet",
            claims,
            r#"{"whenDeleted":"Retain","whenScaled":"Retain"}"#,
            Risk::Safe,
        ),
        (
            "StatefulSet",
            &format!("{claims}/whenScaled"),
            r#""Delete""#,
            Risk::Destructive,
        ),
        (
            "StatefulSet",
            &format!("{claims}/whenScaled"),
            r#""Retain""#,
            Risk::Safe,
        ),
        ("StatefulSet", "/spec", "{}", Risk::Destructive),
        ("StorageClass", "/reclaimPolicy", r#""Delete""#, Risk::Destructive),
        (
            "VolumeSnapshotClass",
            "/deletionPolicy",
            r#""Delete""#,
            Risk::Destructive,
        ),
        (
            "Application",
            "/spec/source/repoURL",
            r#""https://x""#,
            Risk::Destructive,
        ),
        ("Application", "/spec/source", "{}", Risk::Destructive),
        (
            "Application",
            "/spec/source/targetRevision",
            r#""main""#,
            Risk::Disruptive,
        ),
    ] {
        assert_eq!(of(kind, path, value), Ok(least), "{kind} {path} {value}");
    }
    let removed = format!(r#"[{{"op":"remove","path":"{claims}"}}]"#);
    assert_eq!(risk(&patch("StatefulSet", &removed)), Ok(Risk::Destructive));
}

#[test]
fn who_an_object_is_and_with_whom_it_goes_is_never_changed() {
    for (path, value, why) in [
        ("/metadata/ownerReferences", "[]", "metadata.ownerReferences"),
        ("/metadata/ownerReferences/-", "{}", "metadata.ownerReferences"),
        ("/metadata/finalizers", "[]", "metadata.finalizers"),
        ("/metadata/name", r#""x""#, "metadata.name"),
        ("/metadata/namespace", r#""x""#, "metadata.namespace"),
        ("/metadata/uid", r#""x""#, "metadata.uid"),
        ("/metadata", "{}", "all of an object's metadata"),
        ("", "{}", "another object"),
        ("/kind", r#""Pod""#, "another object"),
    ] {
        let operations = format!(r#"[{{"op":"add","path":"{path}","value":{value}}}]"#);
        for kind in ["PersistentVolumeClaim", "Ingress", "Widget"] {
            never(&patch(kind, &operations), why);
        }
    }
    never(
        &patch("Namespace", r#"[{"op":"remove","path":"/spec/finalizers"}]"#),
        "finalizers",
    );
    never(
        &deed(
            FixAction::KubernetesCreate,
            "ConfigMap",
            r#"{"kind":"ConfigMap","metadata":{"name":"it","ownerReferences":[]}}"#,
        ),
        "ownerReferences",
    );
}

#[test]
fn what_nobody_knows_to_be_safe_is_not() {
    for (kind, path, value) in [
        ("CronJob", "/spec/suspend", "true"),
        ("Job", "/spec/suspend", "true"),
        ("Deployment", "/spec/paused", "true"),
        ("Deployment", "/spec/strategy", "{}"),
        ("PodDisruptionBudget", "/spec/minAvailable", "9"),
        ("ResourceQuota", "/spec/hard", "{}"),
        ("ConfigMap", "/data/a", r#""b""#),
        ("Node", "/spec/taints", "[]"),
        ("Widget", "/spec/anything", "1"),
        ("Namespace", "/metadata/labels/istio-injection", r#""disabled""#),
        (
            "Service",
            "/metadata/annotations/service.beta.kubernetes.io~1do-loadbalancer-protocol",
            r#""http""#,
        ),
    ] {
        let operations = format!(r#"[{{"op":"add","path":"{path}","value":{value}}}]"#);
        assert_eq!(
            risk(&patch(kind, &operations)),
            Ok(Risk::Disruptive),
            "{kind} {path}"
        );
    }
    for kind in ["ResourceQuota", "PodDisruptionBudget", "Widget", "Service"] {
        let made = format!(r#"{{"kind":"{kind}","metadata":{{"name":"it"}}}}"#);
        assert_eq!(
            risk(&deed(FixAction::KubernetesCreate, kind, &made)),
            Ok(Risk::Disruptive)
        );
    }
    let warn = r#"{"labels":{"pod-security.kubernetes.io/warn":"baseline","pod-security.kubernetes.io/audit":"baseline"}}"#;
    assert_eq!(
        risk(&deed(FixAction::KubernetesLabel, "Namespace", warn)),
        Ok(Risk::Safe)
    );
    let watched = r#"{"labels":{"release":"prometheus"}}"#;
    assert_eq!(
        risk(&deed(FixAction::KubernetesLabel, "ServiceMonitor", watched)),
        Ok(Risk::Safe)
    );
}

#[test]
fn a_firewall_that_is_widened_is_never_safe() {
    let rules =
        r#"{"inbound_rules":[{"protocol":"tcp","ports":"443","sources":{"addresses":["203.0.113.1"]}}]}"#;
    assert_eq!(
        risk(&deed(FixAction::FirewallAddRules, "Firewall", rules)),
        Ok(Risk::Disruptive)
    );
    assert_eq!(
        risk(&deed(FixAction::FirewallRemoveRules, "Firewall", rules)),
        Ok(Risk::Destructive)
    );
    for key in [
        "kubernetes.digitalocean.com/firewall-managed",
        "service.beta.kubernetes.io/do-loadbalancer-allow-rules",
        "service.beta.kubernetes.io/do-loadbalancer-deny-rules",
    ] {
        let annotate = deed(
            FixAction::KubernetesAnnotate,
            "Service",
            &format!(r#"{{"annotations":{{"{key}":"x"}}}}"#),
        );
        assert_eq!(risk(&annotate), Ok(Risk::Disruptive), "{key}");
    }
}

#[test]
fn the_only_secret_that_goes_is_the_first_password_and_none_is_written() {
    let mut first = deed(FixAction::KubernetesDelete, "Secret", "{}");
    never(&first, "no remediation deletes a Secret but");
    FIRST_PASSWORD.clone_into(&mut first.target.name);
    assert_eq!(risk(&first), Ok(Risk::Destructive));
    for (action, data) in [
        (
            FixAction::KubernetesPatch,
            r#"[{"op":"remove","path":"/data/a"}]"#,
        ),
        (
            FixAction::KubernetesPatch,
            r#"[{"op":"add","path":"/metadata/labels","value":{}}]"#,
        ),
        (
            FixAction::KubernetesCreate,
            r#"{"kind":"Secret","stringData":{}}"#,
        ),
        (FixAction::KubernetesLabel, r#"{"labels":{"a":"b"}}"#),
        (FixAction::KubernetesAnnotate, r#"{"annotations":{"a":"b"}}"#),
    ] {
        never(&deed(action, "Secret", data), "no remediation writes a Secret");
    }
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[test]
fn no_credential_comes_with_a_change() {
    let container = r#"{"name":"a","image":"x","env":[{"name":"A","value":"b"},{"name":"DB_PASSWORD","value":"hunter2"}]}"#;
    let of = |path: &str, value: &str| format!(r#"[{{"op":"add","path":"{path}","value":{value}}}]"#);
    let containers = "/spec/template/spec/containers";
    for (kind, operations) in [
        (
            "Deployment",
            of(
                &format!("{containers}/0/env/-"),
                r#"{"name":"API_TOKEN","value":"x1y2"}"#,
            ),
        ),
        (
            "Deployment",
            of(&format!("{containers}/0/env/0/value"), r#""hunter2""#),
        ),
        (
            "Deployment",
            of(
                &format!("{containers}/0/env"),
                r#"[{"name":"DB_PASSWORD","value":"hunter2"}]"#,
            ),
        ),
        ("Deployment", of(&format!("{containers}/0"), container)),
        ("Deployment", of(containers, &format!("[{container}]"))),
        (
            "Deployment",
            of("/spec/template/spec/initContainers", &format!("[{container}]")),
        ),
        (
            "Deployment",
            of(
                "/spec/template",
                &format!(r#"{{"spec":{{"containers":[{container}]}}}}"#),
            ),
        ),
        (
            "CronJob",
            of(
                "/spec",
                &format!(
                    r#"{{"jobTemplate":{{"spec":{{"template":{{"spec":{{"containers":[{container}]}}}}}}}}}}"#
                ),
            ),
        ),
        (
            "Deployment",
            of(&format!("{containers}/0/args"), r#"["--password=hunter2"]"#),
        ),
        (
            "Deployment",
            of(
                &format!("{containers}/0/command"),
                r#"["redis-server","--requirepass","hunter2"]"#,
            ),
        ),
        ("ConfigMap", of("/data/DB_PASSWORD", r#""hunter2""#)),
        ("ConfigMap", of("/data", r#"{"DB_PASSWORD":"hunter2"}"#)),
        ("ConfigMap", of("", r#"{"data":{"DB_PASSWORD":"hunter2"}}"#)),
        (
            "Deployment",
            of("/metadata/annotations", r#"{"db-password":"hunter2"}"#),
        ),
        // A Secret within something else.
        (
            "Template",
            of(
                "/objects",
                r#"[{"apiVersion":"v1","kind":"Secret","data":{"a":"aHVudGVyMg=="}}]"#,
            ),
        ),
    ] {
        never(&patch(kind, &operations), "credential");
    }
    never(
        &deed(
            FixAction::KubernetesCreate,
            "Deployment",
            &format!(
                r#"{{"kind":"Deployment","spec":{{"template":{{"spec":{{"containers":[{container}]}}}}}}}}"#
            ),
        ),
        "credential",
    );
    never(
        &deed(
            FixAction::KubernetesAnnotate,
            "Service",
            r#"{"annotations":{"db-password":"hunter2"}}"#,
        ),
        "credential",
    );
    // What clients keep repeats whole objects, Secrets included; from it they take what they change next.
    let escaped = LAST_APPLIED.replace('/', "~1");
    for data in [r#""{\"data\":{\"a\":\"b\"}}""#, r#""""#] {
        let annotate = format!(r#"{{"annotations":{{"{LAST_APPLIED}":{data}}}}}"#);
        assert!(risk(&deed(FixAction::KubernetesAnnotate, "ConfigMap", &annotate)).is_err());
        assert!(
            risk(&patch(
                "ConfigMap",
                &of(&format!("/metadata/annotations/{escaped}"), data)
            ))
            .is_err()
        );
    }
    let removed = format!(r#"[{{"op":"remove","path":"/metadata/annotations/{escaped}"}}]"#);
    never(&patch("ConfigMap", &removed), LAST_APPLIED);
}

#[test]
fn what_looks_like_no_credential_may_be_changed() {
    for (kind, operations) in [
        (
            "Deployment",
            r#"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"web:2"}]"#,
        ),
        (
            "Deployment",
            r#"[{"op":"add","path":"/spec/template/spec/containers/0/env/-","value":{"name":"LOG_LEVEL","value":"info"}}]"#,
        ),
        (
            "ConfigMap",
            r#"[{"op":"replace","path":"/data/level","value":"info"}]"#,
        ),
        (
            "Ingress",
            r#"[{"op":"add","path":"/spec/tls","value":[{"hosts":["a.example.com"],"secretName":"web-tls"}]}]"#,
        ),
    ] {
        assert!(risk(&patch(kind, operations)).is_ok(), "{kind} {operations}");
    }
}

/// A Pod template with credentials in all the places where they stand.
const LIVE: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment",
    "metadata":{"name":"it","namespace":"shop","annotations":{
        "kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{}}","harmless":"x"}},
    "spec":{"replicas":1,"template":{"spec":{
        "initContainers":[{"name":"init","image":"i:1","env":[{"name":"SETUP_TOKEN","value":"t0k3n"}]}],
        "containers":[
            {"name":"side","image":"s:1","env":[{"name":"LEVEL","value":"info"}]},
            {"name":"web","image":"w:1","args":["--verbose","--password=hunter2"],
             "envFrom":[{"configMapRef":{"name":"settings"}},{"secretRef":{"name":"web"}}],
             "env":[{"name":"LEVEL","value":"info"},
                    {"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"name":"web","key":"password"}}},
                    {"name":"API_KEY","value":"x1y2z3"}]}]}}}}"#;

#[track_caller]
fn rewrites(operations: &str, wanted: bool) {
    let live = value(LIVE);
    let deed = patch("Deployment", operations);
    assert!(
        deed.done_to(Some(&live)).is_ok(),
        "{operations}: {:?}",
        deed.done_to(Some(&live))
    );
    assert_eq!(rewrites_credential(&deed, &live), wanted, "{operations}");
}

#[test]
fn a_credential_is_seen_to_go_by_whatever_operation() {
    let web = "/spec/template/spec/containers/1";
    for operations in [
        // By an index, which says nothing of the variable's name.
        format!(r#"[{{"op":"remove","path":"{web}/env/2"}}]"#),
        format!(r#"[{{"op":"replace","path":"{web}/env/2/name","value":"OTHER"}}]"#),
        format!(r#"[{{"op":"replace","path":"{web}/env/1/valueFrom/secretKeyRef/name","value":"other"}}]"#),
        format!(r#"[{{"op":"remove","path":"{web}/env/1/valueFrom"}}]"#),
        // By what is above it.
        format!(r#"[{{"op":"remove","path":"{web}/env"}}]"#),
        format!(r#"[{{"op":"replace","path":"{web}/env","value":[]}}]"#),
        format!(r#"[{{"op":"remove","path":"{web}"}}]"#),
        format!(r#"[{{"op":"replace","path":"{web}","value":{{"name":"web","image":"w:1"}}}}]"#),
        r#"[{"op":"remove","path":"/spec/template/spec/initContainers"}]"#.to_owned(),
        r#"[{"op":"remove","path":"/spec/template"}]"#.to_owned(),
        r#"[{"op":"replace","path":"","value":{"kind":"Deployment"}}]"#.to_owned(),
        // By taking it elsewhere, or putting something else in its place.
        format!(
            r#"[{{"op":"move","from":"{web}/env/2","path":"{web}/env/0"}},{{"op":"copy","from":"{web}/env/1/value","path":"{web}/env/0/value"}}]"#
        ),
        format!(r#"[{{"op":"move","from":"{web}/env/2","path":"/spec/template/spec/containers/0/env/-"}}]"#),
        format!(r#"[{{"op":"copy","from":"{web}/env/2/value","path":"/metadata/annotations/api-key"}}]"#),
        format!(r#"[{{"op":"copy","from":"{web}/env/0/value","path":"{web}/env/2/value"}}]"#),
        // Flags, and Secrets that variables are taken from.
        format!(r#"[{{"op":"remove","path":"{web}/args/1"}}]"#),
        format!(r#"[{{"op":"replace","path":"{web}/args","value":[]}}]"#),
        format!(r#"[{{"op":"remove","path":"{web}/envFrom/1"}}]"#),
        format!(r#"[{{"op":"replace","path":"{web}/envFrom/1/secretRef/name","value":"other"}}]"#),
        r#"[{"op":"replace","path":"/metadata/annotations","value":{}}]"#.to_owned(),
    ] {
        rewrites(&operations, true);
    }
}

#[test]
fn what_stands_beside_a_credential_may_change() {
    let web = "/spec/template/spec/containers/1";
    for operations in [
        format!(r#"[{{"op":"replace","path":"{web}/image","value":"w:2"}}]"#),
        format!(r#"[{{"op":"replace","path":"{web}/env/0/value","value":"debug"}}]"#),
        // Where it stands in its list does not matter.
        format!(r#"[{{"op":"remove","path":"{web}/env/0"}}]"#),
        format!(r#"[{{"op":"add","path":"{web}/env/0","value":{{"name":"A","value":"b"}}}}]"#),
        format!(r#"[{{"op":"remove","path":"{web}/args/0"}}]"#),
        format!(r#"[{{"op":"remove","path":"{web}/envFrom/0"}}]"#),
        r#"[{"op":"remove","path":"/spec/template/spec/containers/0"}]"#.to_owned(),
        r#"[{"op":"replace","path":"/spec/replicas","value":2}]"#.to_owned(),
        r#"[{"op":"replace","path":"/metadata/annotations/harmless","value":"y"}]"#.to_owned(),
    ] {
        rewrites(&operations, false);
    }
}

#[test]
fn who_grants_rights_or_starts_pods_is_not_safe() {
    let create = |api: &str, kind: &str| Deed {
        target: ResourceRef::kubernetes(api, kind, None, "it"),
        ..deed(FixAction::KubernetesCreate, kind, "{}")
    };
    for (api, kind) in [
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
        ),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ] {
        assert_eq!(risk(&create(api, kind)), Ok(Risk::Destructive), "{kind}");
    }
    assert_eq!(risk(&create("apps/v1", "DaemonSet")), Ok(Risk::Disruptive));
    assert_eq!(risk(&create("v1", "Namespace")), Ok(Risk::Safe));
}
