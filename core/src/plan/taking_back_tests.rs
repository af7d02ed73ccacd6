//! What a journal says is not believed: forged ones take nothing away, and honest ones still take back.

use super::journal::{Ended, Intent, Recorded};
use super::{Deed, TakenBack, Undo, taking_back};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::policy::Risk;
use crate::value::patch::operations;
use crate::value::{Value, ValueExt};

fn value(text: &str) -> Value {
    Value::from_json_str(text).unwrap()
}

fn target(api_version: &str, kind: &str) -> ResourceRef {
    ResourceRef::kubernetes(api_version, kind, Some("shop"), "it")
}

fn recorded(deed: Deed, undo: Undo, before: Option<&str>, ended: Option<Ended>) -> Recorded {
    Recorded {
        intent: Intent {
            step: "s".to_owned(),
            summary: "it".to_owned(),
            deed,
            before: before.map(str::to_owned),
            after: Some("after".to_owned()),
            undo,
        },
        ended,
    }
}

fn done(uid: Option<&str>) -> Ended {
    Ended::Done {
        after: Some("after".to_owned()),
        uid: uid.map(str::to_owned),
    }
}

/// As the server has it: who wrote it, and its uid.
fn live(manager: &str) -> Value {
    value(&format!(
        r#"{{"metadata": {{"name": "it", "uid": "u1", "managedFields": [{{"manager": "{manager}", "operation": "Update"}}]}}}}"#
    ))
}

fn of_creation(api_version: &str, kind: &str, ended: Option<Ended>, manager: &str) -> Result<Risk, String> {
    let deed = Deed {
        action: FixAction::KubernetesCreate,
        target: target(api_version, kind),
        data: value(&format!(
            r#"{{"apiVersion": "{api_version}", "kind": "{kind}", "metadata": {{"name": "it"}}}}"#
        )),
    };
    let there = live(manager);
    let taken = taking_back(
        &recorded(deed, Undo::Delete, None, ended),
        Some(&there),
        Some(&there),
    );
    taken.map(|taken| taken.risk)
}

#[test]
fn what_is_never_deleted_no_rollback_deletes() {
    for (api_version, kind) in [
        ("v1", "PersistentVolumeClaim"),
        ("v1", "PersistentVolume"),
        ("v1", "Node"),
        ("v1", "Secret"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ] {
        let why = of_creation(api_version, kind, Some(done(Some("u1"))), "envcheck").unwrap_err();
        assert!(why.contains("no remediation"), "{kind}: {why}");
    }
}

#[test]
fn only_what_the_run_made_is_deleted() {
    let of = |ended, manager| of_creation("networking.k8s.io/v1", "NetworkPolicy", ended, manager);
    assert_eq!(of(Some(done(Some("u1"))), "envcheck"), Ok(Risk::Disruptive));
    assert!(
        of(Some(done(Some("u2"))), "envcheck")
            .unwrap_err()
            .contains("made anew")
    );
    assert!(
        of(Some(done(None)), "envcheck")
            .unwrap_err()
            .contains("does not say which")
    );
    assert!(
        of(Some(done(Some("u1"))), "helm")
            .unwrap_err()
            .contains("says that envcheck made it")
    );
    // The run was killed before it could say which: by its name only.
    assert_eq!(of(None, "envcheck"), Ok(Risk::Destructive));
    // Its own Namespace stays, with what others put there.
    for ended in [Some(done(Some("u1"))), None] {
        let why = of_creation("v1", "Namespace", ended, "envcheck").unwrap_err();
        assert!(why.contains("kubectl delete namespace it"), "{why}");
    }
    let binding = of_creation(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        Some(done(Some("u1"))),
        "envcheck",
    );
    assert_eq!(binding, Ok(Risk::Destructive));
}

fn of_patch(
    target: ResourceRef,
    did: &str,
    undo: &str,
    before: Option<&str>,
    now: &str,
) -> Result<TakenBack, String> {
    let deed = Deed {
        action: FixAction::KubernetesPatch,
        target,
        data: value(did),
    };
    let undo = Undo::Patch(operations(value(undo).items()).unwrap());
    let now = value(now);
    taking_back(
        &recorded(deed, undo, before, Some(done(None))),
        Some(&now),
        Some(&now),
    )
}

#[test]
fn a_patch_is_taken_back_with_the_risk_of_what_that_changes() {
    let ingress = target("networking.k8s.io/v1", "Ingress");
    let class = r#"[{"op":"replace","path":"/spec/ingressClassName","value":"nginx"}]"#;
    let other = class.replace("nginx", "other");
    let now = r#"{"metadata":{"name":"it"},"spec":{"ingressClassName":"nginx"}}"#;
    let taken = of_patch(ingress.clone(), class, &other, Some("b"), now).unwrap();
    assert_eq!((taken.risk, taken.caution), (Risk::Disruptive, None));
    // More than what was done.
    let more = other.replace(
        "}]",
        r#"},{"op":"add","path":"/spec/defaultBackend","value":{"service":{"name":"eve"}}}]"#,
    );
    let taken = of_patch(ingress, class, &more, Some("b"), now).unwrap();
    assert_eq!(taken.risk, Risk::Destructive);
    assert!(taken.caution.is_some());
    let binding = target("rbac.authorization.k8s.io/v1", "ClusterRoleBinding");
    let subjects = r#"[{"op":"add","path":"/subjects","value":[{"kind":"User","name":"eve"}]}]"#;
    let taken = of_patch(binding, "[]", subjects, Some("b"), r#"{"metadata":{}}"#).unwrap();
    assert_eq!(taken.risk, Risk::Destructive);
    for (kind, undo, why) in [
        (
            "Secret",
            r#"[{"op":"add","path":"/data/a","value":"eA=="}]"#,
            "writes a Secret",
        ),
        (
            "PersistentVolumeClaim",
            r#"[{"op":"add","path":"/metadata/ownerReferences","value":[]}]"#,
            "metadata.ownerReferences",
        ),
    ] {
        let told = of_patch(target("v1", kind), "[]", undo, Some("b"), r#"{"metadata":{}}"#).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn an_undo_of_something_else_is_none() {
    let ingress = target("networking.k8s.io/v1", "Ingress");
    let patched = Deed {
        action: FixAction::KubernetesPatch,
        target: ingress.clone(),
        data: value("[]"),
    };
    let to = |action, target: ResourceRef, data: &str| {
        Undo::Deed(Box::new(Deed {
            action,
            target,
            data: value(data),
        }))
    };
    let claim = target("v1", "PersistentVolumeClaim");
    let cluster = target("digitalocean.com/v2", "Cluster");
    let there = live("envcheck");
    for undo in [
        Undo::Delete,
        to(FixAction::KubernetesDelete, claim, "{}"),
        to(FixAction::KubernetesDelete, ingress, "{}"),
        to(FixAction::ClusterUpdate, cluster.clone(), r#"{"ha": false}"#),
    ] {
        let of = recorded(patched.clone(), undo, Some("b"), Some(done(None)));
        let why = taking_back(&of, Some(&there), Some(&there)).unwrap_err();
        assert!(why.contains("does not say how it is undone"), "{why}");
    }
    let update = Deed {
        action: FixAction::ClusterUpdate,
        target: cluster.clone(),
        data: value(r#"{"auto_upgrade": true}"#),
    };
    let row = value(r#"{"auto_upgrade": true, "surge_upgrade": true, "ha": true}"#);
    let of = |data: &str| {
        let undo = to(FixAction::ClusterUpdate, cluster.clone(), data);
        let of = recorded(update.clone(), undo, Some("b"), Some(done(None)));
        taking_back(&of, Some(&row), Some(&row)).map(|taken| taken.risk)
    };
    assert_eq!(of(r#"{"auto_upgrade": false}"#), Ok(Risk::Disruptive));
    assert_eq!(
        of(r#"{"auto_upgrade": false, "surge_upgrade": false}"#),
        Ok(Risk::Destructive)
    );
    assert!(of(r#"{"ha": false}"#).unwrap_err().contains("the cluster's ha"));
    // What was there already was not made.
    let create = Deed {
        action: FixAction::KubernetesCreate,
        target: target("networking.k8s.io/v1", "NetworkPolicy"),
        data: value(r#"{"kind": "NetworkPolicy", "metadata": {"name": "it"}}"#),
    };
    let of = recorded(create, Undo::Delete, Some("b"), Some(done(Some("u1"))));
    assert!(taking_back(&of, Some(&there), Some(&there)).is_err());
}
