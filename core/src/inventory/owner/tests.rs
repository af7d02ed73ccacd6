use super::*;
use proptest::prelude::*;

fn reference(kind: &str, name: &str) -> ResourceRef {
    let api_version = match kind {
        "Pod" => "v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "apps/v1",
    };
    ResourceRef::kubernetes(api_version, kind, Some("b2b"), name)
}

fn owner(kind: &str, name: &str, uid: Option<&str>) -> OwnerReference {
    OwnerReference {
        api_version: reference(kind, name).api_version,
        kind: kind.to_owned(),
        name: name.to_owned(),
        uid: uid.map(ToOwned::to_owned),
    }
}

fn lineage(uid: Option<&str>, owner: Option<OwnerReference>) -> Lineage {
    Lineage {
        uid: uid.map(ToOwned::to_owned),
        owner,
        containers: Vec::new(),
    }
}

fn index(entries: &[(&str, &str, Option<&str>, Option<OwnerReference>)]) -> OwnerIndex {
    let mut index = OwnerIndex::default();
    for (kind, name, uid, owner) in entries {
        index.learn(&reference(kind, name), lineage(*uid, owner.clone()));
    }
    index
}

fn names(chain: &[ResourceRef]) -> Vec<String> {
    chain.iter().map(ToString::to_string).collect()
}

#[test]
fn a_pod_is_led_to_the_top_by_uid() {
    let index = index(&[
        ("Deployment", "web", Some("d"), None),
        (
            "ReplicaSet",
            "web-1",
            Some("r"),
            Some(owner("Deployment", "web", Some("d"))),
        ),
        ("CronJob", "tick", Some("c"), None),
        (
            "Job",
            "tick-1",
            Some("j"),
            Some(owner("CronJob", "tick", Some("c"))),
        ),
    ]);
    let chain = |owner: &OwnerReference| names(&index.chain(&reference("Pod", "p"), Some(owner)));
    assert_eq!(
        chain(&owner("ReplicaSet", "web-1", Some("r"))),
        ["b2b/web-1 (ReplicaSet)", "b2b/web (Deployment)"]
    );
    assert_eq!(
        chain(&owner("Job", "tick-1", Some("j"))),
        ["b2b/tick-1 (Job)", "b2b/tick (CronJob)"]
    );
    // Another object of that name, a kind whose controller makes no Pods, another namespace, nobody.
    assert!(chain(&owner("ReplicaSet", "web-1", Some("x"))).is_empty());
    assert!(chain(&owner("Deployment", "web", Some("d"))).is_empty());
    assert!(chain(&owner("ReplicaSet", "web-2", Some("r"))).is_empty());
    assert!(index.chain(&reference("Pod", "p"), None).is_empty());
    let elsewhere = ResourceRef::kubernetes("v1", "Pod", Some("back"), "p");
    assert!(
        index
            .chain(&elsewhere, Some(&owner("ReplicaSet", "web-1", Some("r"))))
            .is_empty()
    );
}

#[test]
fn a_chain_ends_where_a_uid_differs() {
    let index = index(&[
        ("Deployment", "web", Some("new"), None),
        (
            "ReplicaSet",
            "web-1",
            Some("r"),
            Some(owner("Deployment", "web", Some("old"))),
        ),
    ]);
    let of_pod = owner("ReplicaSet", "web-1", Some("r"));
    assert_eq!(
        names(&index.chain(&reference("Pod", "p"), Some(&of_pod))),
        ["b2b/web-1 (ReplicaSet)"]
    );
    let stale = owner("Deployment", "web", Some("old"));
    assert!(index.contradicts(Some("b2b"), &stale));
    assert!(!index.contradicts(Some("b2b"), &owner("Deployment", "web", Some("new"))));
    assert!(!index.contradicts(Some("b2b"), &owner("Deployment", "web", None)));
    assert!(!index.contradicts(Some("b2b"), &owner("Deployment", "gone", Some("old"))));
}

#[test]
fn where_a_uid_is_unknown_the_name_decides() {
    let known = index(&[("ReplicaSet", "web-1", Some("r"), None)]);
    let unknown = index(&[("ReplicaSet", "web-1", None, None)]);
    let chain = |index: &OwnerIndex, uid| {
        names(&index.chain(&reference("Pod", "p"), Some(&owner("ReplicaSet", "web-1", uid))))
    };
    assert_eq!(chain(&known, None), ["b2b/web-1 (ReplicaSet)"]);
    assert_eq!(chain(&unknown, Some("r")), ["b2b/web-1 (ReplicaSet)"]);
    assert_eq!(chain(&unknown, None), ["b2b/web-1 (ReplicaSet)"]);
}

#[test]
fn groups_tell_apart_kinds_of_one_name() {
    let mut index = index(&[("Job", "train", None, None)]);
    let volcano = OwnerReference {
        api_version: "batch.volcano.sh/v1alpha1".to_owned(),
        ..owner("Job", "train", None)
    };
    assert!(index.chain(&reference("Pod", "p"), Some(&volcano)).is_empty());
    // Versions do not: an owner may be named in one and read in another.
    let beta = OwnerReference {
        api_version: "batch/v1beta1".to_owned(),
        ..owner("Job", "train", None)
    };
    assert_eq!(index.chain(&reference("Pod", "p"), Some(&beta)).len(), 1);
    index.learn(&reference("Pod", "p"), lineage(None, None));
    assert!(
        !index.nodes.keys().any(|key| key.kind == "Pod"),
        "Pods are not kept"
    );
}

#[test]
fn circles_end() {
    // No table of controllers allows a circle; an object that owns itself is the nearest to one.
    let index = index(&[
        (
            "ReplicaSet",
            "a",
            Some("a"),
            Some(owner("ReplicaSet", "a", Some("a"))),
        ),
        (
            "Deployment",
            "b",
            Some("b"),
            Some(owner("ReplicaSet", "a", Some("a"))),
        ),
    ]);
    let chain = index.chain(
        &reference("ReplicaSet", "c"),
        Some(&owner("Deployment", "b", Some("b"))),
    );
    assert_eq!(names(&chain), ["b2b/b (Deployment)"]);
    let chain = index.chain(
        &reference("ReplicaSet", "a"),
        Some(&owner("ReplicaSet", "a", Some("a"))),
    );
    assert!(chain.is_empty());
}

#[test]
fn lineage_is_read_from_an_object() {
    let value = Value::from_json_str(
        r#"{"metadata":{"uid":"r","ownerReferences":[
            {"apiVersion":"v1","kind":"ConfigMap","name":"first","uid":"x"},
            {"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"d","controller":true}]},
          "spec":{"template":{"spec":{"containers":[{"name":"app"}],"initContainers":[{"name":"wait"}]}}}}"#,
    )
    .unwrap();
    let found = Lineage::of(&reference("ReplicaSet", "web-1"), &value).unwrap();
    assert_eq!(found.uid.as_deref(), Some("r"));
    assert_eq!(found.owner, Some(owner("Deployment", "web", Some("d"))));
    assert_eq!(found.containers, ["wait", "app"]);
    let service = ResourceRef::kubernetes("v1", "Service", Some("b2b"), "web");
    assert_eq!(Lineage::of(&service, &value), None);
}

proptest! {
    #[test]
    fn the_order_in_which_objects_are_learned_does_not_matter(
        entries in proptest::collection::vec((0usize..3, 0usize..2, proptest::option::of(0usize..3), proptest::option::of(0usize..3)), 0..8),
        shift in 0usize..8,
    ) {
        const KINDS: [&str; 3] = ["Deployment", "ReplicaSet", "StatefulSet"];
        const NAMES: [&str; 2] = ["a", "b"];
        const UIDS: [&str; 3] = ["x", "y", "z"];
        let entries: Vec<_> = entries
            .into_iter()
            .map(|(kind, name, uid, of)| {
                let of = of.map(|uid| owner("Deployment", NAMES[name], Some(UIDS[uid])));
                (KINDS[kind], NAMES[name], uid.map(|uid| UIDS[uid]), of)
            })
            // One object is read once: of one uid there is one.
            .map(|entry| ((entry.0, entry.1, entry.2), entry))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect();
        let mut turned = entries.clone();
        turned.rotate_left(shift % entries.len().max(1));
        let (one, other) = (index(&entries), index(&turned));
        for name in NAMES {
            for uid in UIDS.into_iter().map(Some).chain([None]) {
                let of = owner("ReplicaSet", name, uid);
                let pod = reference("Pod", "p");
                let chain = one.chain(&pod, Some(&of));
                prop_assert_eq!(&chain, &other.chain(&pod, Some(&of)));
                prop_assert!(chain.len() <= 2);
            }
        }
    }
}
