//! Claims that a StatefulSet takes away with it: no remediation deletes a PersistentVolumeClaim, not by way of its owner either
//! (safety.md §2). <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention>

use super::autoscaler::{AUTOSCALERS, replicas};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::{Deed, is_foreign};
use crate::value::{Value, ValueExt};

/// Who takes along what nobody deletes unasked, and does not: for the words of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unagreed {
    /// Repairs: never.
    Remediation,
    /// Removing an environment: where it is named.
    Destroying,
}

impl Unagreed {
    /// `it would delete …, which no remediation does`.
    pub fn which(self) -> &'static str {
        match self {
            Self::Remediation => "which no remediation does",
            Self::Destroying => "to which nobody has agreed",
        }
    }
}

/// Why a deed on this StatefulSet would delete claims, in words; `None` where it would not.
pub(super) fn deletes_claims(deed: &Deed, live: &Value) -> Option<String> {
    if deed.target.kind != "StatefulSet" || deed.target.group() != "apps" {
        return None;
    }
    let refused = |when: &str| {
        Some(format!(
            "it would delete PersistentVolumeClaims, which no remediation does: persistentVolumeClaimRetentionPolicy.{when} of {} \
             is Delete",
            deed.target
        ))
    };
    if deed.action == FixAction::KubernetesDelete {
        return deletes(live, "whenDeleted")
            .then(|| refused("whenDeleted"))
            .flatten();
    }
    let after = deed.done_to(Some(live)).ok().flatten()?;
    let fewer = replicas(&after) < replicas(live);
    (fewer && deletes(&after, "whenScaled"))
        .then(|| refused("whenScaled"))
        .flatten()
}

fn deletes(set: &Value, when: &str) -> bool {
    let said = set.text_at(&["spec", "persistentVolumeClaimRetentionPolicy", when]);
    said == Some("Delete") && !set.items_at(&["spec", "volumeClaimTemplates"]).is_empty()
}

/// The StatefulSet whose number of Pods is up to what this deed changes or makes.
pub fn scaled_set(deed: &Deed, live: Option<&Value>) -> Option<ResourceRef> {
    let kind = (deed.target.group(), deed.target.kind.as_str());
    if !AUTOSCALERS.contains(&kind) {
        return None;
    }
    // What it leaves behind when it goes may be fewer, too; annotations may stop it at none.
    let after = deed.done_to(live).ok().flatten().or_else(|| live.cloned())?;
    let target = |key: &str| after.text_at(&["spec", "scaleTargetRef", key]);
    let set = target("kind") == Some("StatefulSet");
    let namespace = deed.target.namespace.as_deref();
    set.then(|| {
        ResourceRef::kubernetes(
            "apps/v1",
            "StatefulSet",
            namespace,
            target("name").unwrap_or_default(),
        )
    })
}

/// The volume of a workload's Pods whose claim goes with the Pod, where this deed makes Pods go.
pub fn ephemeral(deed: &Deed, live: &Value) -> Option<String> {
    let template = template(&deed.target, live)?;
    let volumes = template.items_at(&["volumes"]).iter();
    let mut claimed = volumes.filter(|volume| volume.field("ephemeral").is_some());
    let name = claimed.next()?.text_at(&["name"]).unwrap_or("?").to_owned();
    let after = deed.done_to(Some(live)).ok()?;
    let stays = after.is_some_and(|after| {
        let same = match deed.target.kind.as_str() {
            // Its Pods come and go by themselves.
            "CronJob" | "Job" => true,
            _ => after.at(&["spec", "template"]) == live.at(&["spec", "template"]),
        };
        same && replicas(&after) >= replicas(live)
    });
    (!stays).then_some(name)
}

/// What the Pods of a workload are to be; of a Pod, what it is.
fn template<'v>(target: &ResourceRef, object: &'v Value) -> Option<&'v Value> {
    match (target.group(), target.kind.as_str()) {
        ("", "Pod") => object.field("spec"),
        ("batch", "CronJob") => object.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
        ("apps" | "batch" | "", _) => object.at(&["spec", "template", "spec"]),
        _ => None,
    }
}

/// Whether Pods of this StatefulSet take their claims with them when there are to be fewer.
pub fn shrinks_with_claims(set: &Value) -> bool {
    deletes(set, "whenScaled")
}

/// What else goes when an object is deleted, as far as only its own controller knows: in words, or `None` where nothing does. An
/// application of Argo CD takes all with it that it delivered. `unagreed`: as [`Unagreed::which`] has it.
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/>
pub fn cascade(target: &ResourceRef, live: &Value, unagreed: Unagreed) -> Option<String> {
    let finalizers = live.items_at(&["metadata", "finalizers"]).iter();
    let mut foreign = finalizers
        .filter_map(ValueExt::text)
        .filter(|one| is_foreign(one));
    if let Some(finalizer) = foreign.next() {
        return Some(format!(
            "what goes with {target} only its controller knows, which finishes its deletion (finalizer {finalizer}); {}",
            match unagreed {
                Unagreed::Remediation =>
                    "no remediation deletes PersistentVolumeClaims, Namespaces and the like",
                Unagreed::Destroying => "nobody has agreed to that",
            }
        ));
    }
    let sets = target.group() == "argoproj.io" && target.kind == "ApplicationSet";
    let keeps = live.at(&["spec", "syncPolicy", "preserveResourcesOnDeletion"]) == Some(&Value::from(true));
    (sets && !keeps).then(|| {
        let which = match unagreed {
            Unagreed::Remediation => "which no remediation deletes",
            Unagreed::Destroying => unagreed.which(),
        };
        format!("the applications of {target} go with it, and all that they delivered, {which}")
    })
}

/// Whose an object is, each with its uid: what goes with it.
pub fn owners(object: &Value) -> Vec<(ResourceRef, String)> {
    let namespace = object.text_at(&["metadata", "namespace"]);
    let owners = object.items_at(&["metadata", "ownerReferences"]).iter();
    let owner = |owner: &Value| {
        let text = |key: &str| owner.text_at(&[key]);
        let reference = ResourceRef::kubernetes(text("apiVersion")?, text("kind")?, namespace, text("name")?);
        Some((reference, text("uid")?.to_owned()))
    };
    owners.filter_map(owner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    fn deed(action: FixAction, data: &str) -> Deed {
        Deed {
            action,
            target: ResourceRef::kubernetes("apps/v1", "StatefulSet", Some("back"), "keydb"),
            data: value(data),
        }
    }

    #[test]
    fn what_takes_others_along_is_not_deleted() {
        let of = |kind: &str, live: &str| {
            let target = ResourceRef::kubernetes("argoproj.io/v1alpha1", kind, Some("argocd"), "b2b");
            cascade(&target, &value(live), Unagreed::Remediation).unwrap_or_default()
        };
        let cascading = r#"{"metadata": {"finalizers": ["orphan", "resources-finalizer.argocd.argoproj.io/background"]}}"#;
        assert!(
            of("Application", cascading)
                .contains("finalizer resources-finalizer.argocd.argoproj.io/background")
        );
        assert_eq!(
            of(
                "Application",
                r#"{"metadata": {"finalizers": ["foregroundDeletion"]}}"#
            ),
            ""
        );
        assert!(
            of(
                "ConfigMap",
                r#"{"metadata": {"finalizers": ["orphan.example.com/y"]}}"#
            )
            .contains("orphan.example.com/y")
        );
        let set = r#"{"spec": {"syncPolicy": {}}}"#;
        assert!(of("ApplicationSet", set).ends_with("all that they delivered, which no remediation deletes"));
        // Where an environment is removed, that can be agreed to.
        for (kind, live) in [("ApplicationSet", set), ("Application", cascading)] {
            let target = ResourceRef::kubernetes("argoproj.io/v1alpha1", kind, Some("argocd"), "b2b");
            let why = cascade(&target, &value(live), Unagreed::Destroying).unwrap();
            assert!(why.contains("agreed") && !why.contains("remediation"), "{why}");
        }
        assert_eq!(
            of(
                "ApplicationSet",
                r#"{"spec": {"syncPolicy": {"preserveResourcesOnDeletion": true}}}"#
            ),
            ""
        );
    }

    #[test]
    fn a_claim_goes_neither_with_its_set_nor_with_its_pod() {
        let set = |scaled: &str, deleted: &str| {
            value(&format!(
                r#"{{"metadata":{{"name":"keydb"}},"spec":{{"replicas":2,"volumeClaimTemplates":[{{}}],
                    "persistentVolumeClaimRetentionPolicy":{{"whenScaled":"{scaled}","whenDeleted":"{deleted}"}}}}}}"#
            ))
        };
        let to = |replicas: u8| {
            let data = format!(r#"[{{"op":"replace","path":"/spec/replicas","value":{replicas}}}]"#);
            deed(FixAction::KubernetesPatch, &data)
        };
        let gone = deed(FixAction::KubernetesDelete, "null");
        assert!(deletes_claims(&to(1), &set("Delete", "Retain")).is_some());
        assert!(deletes_claims(&gone, &set("Retain", "Delete")).is_some());
        for (deed, set) in [
            (to(3), set("Delete", "Delete")),
            (to(1), set("Retain", "Delete")),
            (gone, set("Delete", "Retain")),
            (to(1), value(r#"{"spec":{"replicas":2}}"#)),
        ] {
            assert_eq!(deletes_claims(&deed, &set), None, "{deed:?}");
        }
        let unset = deed(
            FixAction::KubernetesPatch,
            r#"[{"op":"add","path":"/spec/replicas","value":0}]"#,
        );
        let one = r#"{"spec":{"volumeClaimTemplates":[{}],"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}}}"#;
        assert!(
            deletes_claims(&unset, &value(one)).is_some(),
            "one Pod unless it says"
        );
    }

    #[test]
    fn an_autoscaler_decides_over_the_set_that_it_aims_at() {
        let live = value(
            r#"{"spec":{"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"StatefulSet","name":"keydb"}}}"#,
        );
        let on = |api: &str, kind: &str, data: &str| Deed {
            action: FixAction::KubernetesPatch,
            target: ResourceRef::kubernetes(api, kind, Some("back"), "auto"),
            data: value(data),
        };
        let fewer = r#"[{"op":"replace","path":"/spec/maxReplicas","value":1}]"#;
        let set = ResourceRef::kubernetes("apps/v1", "StatefulSet", Some("back"), "keydb");
        for (api, kind) in [
            ("autoscaling/v2", "HorizontalPodAutoscaler"),
            ("keda.sh/v1alpha1", "ScaledObject"),
        ] {
            assert_eq!(scaled_set(&on(api, kind, fewer), Some(&live)), Some(set.clone()));
        }
        let elsewhere = r#"[{"op":"replace","path":"/spec/scaleTargetRef/kind","value":"Deployment"}]"#;
        let hpa = ("autoscaling/v2", "HorizontalPodAutoscaler");
        assert_eq!(scaled_set(&on(hpa.0, hpa.1, elsewhere), Some(&live)), None);
        assert_eq!(scaled_set(&on("apps/v1", "Deployment", fewer), Some(&live)), None);
    }

    #[test]
    fn claims_that_are_their_pods_own_stop_a_rollout() {
        let web = |action: FixAction, data: &str| Deed {
            action,
            target: ResourceRef::kubernetes("apps/v1", "Deployment", Some("b2b"), "web"),
            data: value(data),
        };
        let live = value(
            r#"{"metadata":{"labels":{"a":"b"}},"spec":{"replicas":2,"template":{"spec":{"containers":[{"image":"a"}],
                "volumes":[{"name":"scratch","ephemeral":{}}]}}}}"#,
        );
        for operations in [
            r#"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"b"}]"#,
            r#"[{"op":"replace","path":"/spec/replicas","value":1}]"#,
        ] {
            let deed = web(FixAction::KubernetesPatch, operations);
            assert_eq!(
                ephemeral(&deed, &live).as_deref(),
                Some("scratch"),
                "{operations}"
            );
        }
        assert!(ephemeral(&web(FixAction::KubernetesDelete, "null"), &live).is_some());
        for operations in [
            r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#,
            r#"[{"op":"remove","path":"/metadata/labels/a"}]"#,
        ] {
            assert_eq!(
                ephemeral(&web(FixAction::KubernetesPatch, operations), &live),
                None
            );
        }
    }

    #[test]
    fn owners_are_named_with_their_uid() {
        let claim = value(
            r#"{"metadata":{"namespace":"back","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"web","uid":"u"},{}]}}"#,
        );
        let pod = ResourceRef::kubernetes("v1", "Pod", Some("back"), "web");
        assert_eq!(owners(&claim), [(pod, "u".to_owned())]);
        assert_eq!(owners(&value("{}")), []);
    }
}
