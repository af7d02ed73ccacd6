//! Deployments, ReplicaSets, StatefulSets, Jobs and their Pods, as controllers and people write them: the same on every
//! machine, and now and then with something for a policy to find.

use super::objects::metadata;
use super::pods::{pod, pod_spec};
use serde_json::{Value, json};

/// Salts that keep the faults of different objects apart.
const STATEFUL: usize = 500_000;
const BATCH: usize = 700_000;

/// Who owns an object.
#[derive(Debug, Clone)]
pub(crate) struct OwnedBy<'a> {
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    /// The identifier that the server gave.
    pub(crate) uid: &'a str,
}

/// The name of a Deployment; Services, ConfigMaps and Ingresses of the same number bear it too.
pub(crate) fn app(number: usize) -> String {
    format!("app-{number:05}")
}

/// The name of a Deployment's ReplicaSet.
pub(crate) fn replica_set_name(number: usize) -> String {
    format!("{}-{}", app(number), letters(number + 1, 10))
}

/// The name of a StatefulSet.
pub(crate) fn stateful_set_name(number: usize) -> String {
    format!("store-{number:04}")
}

/// The name of a Job.
pub(crate) fn job_name(number: usize) -> String {
    format!("migrate-{number:04}")
}

/// Letters as Kubernetes appends them to names: a number's own.
fn letters(number: usize, length: usize) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut rest = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..length)
        .map(|_| {
            rest = rest.rotate_left(7).wrapping_mul(0x2545_f491_4f6c_dd1d);
            let index = usize::try_from((rest >> 33) % 27).unwrap_or(0);
            char::from(ALPHABET[index])
        })
        .collect()
}

/// A Deployment and its number of replicas.
pub(crate) fn deployment(number: usize, replicas: usize) -> Value {
    let name = app(number);
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(&name, number),
        "spec": {
            "replicas": replicas,
            "revisionHistoryLimit": 3,
            "selector": { "matchLabels": { "app.kubernetes.io/name": name } },
            "template": { "metadata": { "labels": labels(&name, number) }, "spec": pod_spec(&name, number) },
        },
    })
}

/// The ReplicaSet of a Deployment.
pub(crate) fn replica_set(number: usize, replicas: usize, owner: &OwnedBy<'_>) -> Value {
    let mut template_labels = labels(&app(number), number);
    template_labels["pod-template-hash"] = json!(letters(number + 1, 10));
    let mut metadata = metadata(&replica_set_name(number), number);
    metadata["labels"] = template_labels.clone();
    metadata["annotations"] = json!({
        "deployment.kubernetes.io/desired-replicas": replicas.to_string(),
        "deployment.kubernetes.io/max-replicas": (replicas + 1).to_string(),
        "deployment.kubernetes.io/revision": "1",
    });
    own(&mut metadata, "apps/v1", owner);
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": template_labels },
            "template": { "metadata": { "labels": template_labels }, "spec": pod_spec(&app(number), number) },
        },
    })
}

/// A Pod of a Deployment's ReplicaSet.
pub(crate) fn pod_of_replica_set(number: usize, ordinal: usize, owner: &OwnedBy<'_>) -> Value {
    let name = format!("{}-{}", owner.name, letters(number * 1_000 + ordinal, 5));
    let mut template_labels = labels(&app(number), number);
    template_labels["pod-template-hash"] = json!(letters(number + 1, 10));
    pod(
        &name,
        number,
        ordinal,
        &template_labels,
        pod_spec(&app(number), number),
        Some(("apps/v1", owner)),
    )
}

/// A StatefulSet of three replicas.
pub(crate) fn stateful_set(number: usize) -> Value {
    let name = stateful_set_name(number);
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(&name, number),
        "spec": {
            "replicas": 3,
            "serviceName": name,
            "selector": { "matchLabels": { "app.kubernetes.io/name": name } },
            "template": {
                "metadata": { "labels": labels(&name, number) },
                "spec": pod_spec(&name, STATEFUL + number),
            },
            "volumeClaimTemplates": [{
                "metadata": { "name": "data" },
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "do-block-storage",
                    "resources": { "requests": { "storage": "10Gi" } },
                },
            }],
        },
    })
}

/// A Pod of a StatefulSet.
pub(crate) fn pod_of_stateful_set(number: usize, ordinal: usize, owner: &OwnedBy<'_>) -> Value {
    let name = format!("{}-{ordinal}", owner.name);
    let mut labels = labels(owner.name, number);
    labels["statefulset.kubernetes.io/pod-name"] = json!(name);
    let mut spec = pod_spec(owner.name, STATEFUL + number);
    if let Some(volumes) = spec["volumes"].as_array_mut() {
        volumes.push(
            json!({ "name": "data", "persistentVolumeClaim": { "claimName": format!("data-{name}") } }),
        );
    }
    pod(&name, number, ordinal, &labels, spec, Some(("apps/v1", owner)))
}

/// A Job that runs once.
pub(crate) fn job(number: usize) -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(&job_name(number), number),
        "spec": { "backoffLimit": 2, "template": { "spec": batch_spec(number) } },
    })
}

/// A Job that runs every night.
pub(crate) fn cron_job(number: usize) -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata(&format!("nightly-{number:04}"), number),
        "spec": {
            "schedule": format!("{} 3 * * *", number % 60),
            "jobTemplate": { "spec": { "template": { "spec": batch_spec(number) } } },
        },
    })
}

/// A Pod of a Job.
pub(crate) fn pod_of_job(number: usize, owner: &OwnedBy<'_>) -> Value {
    let name = format!("{}-{}", owner.name, letters(number, 5));
    let labels = json!({ "batch.kubernetes.io/job-name": owner.name, "job-name": owner.name });
    pod(
        &name,
        number,
        0,
        &labels,
        batch_spec(number),
        Some(("batch/v1", owner)),
    )
}

/// A Pod that nobody owns.
pub(crate) fn pod_of_nobody(number: usize) -> Value {
    let name = format!("alone-{number:05}");
    pod(
        &name,
        number,
        0,
        &labels(&name, number),
        pod_spec(&name, number),
        None,
    )
}

fn batch_spec(number: usize) -> Value {
    let mut spec = pod_spec("batch", BATCH + number);
    spec["restartPolicy"] = json!("OnFailure");
    spec
}

fn labels(name: &str, number: usize) -> Value {
    let component = ["web", "worker", "api"][number % 3];
    json!({
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/part-of": format!("suite-{}", number % 7),
        "app.kubernetes.io/component": component,
    })
}

/// Makes an object one of its owner's.
pub(crate) fn own(metadata: &mut Value, version: &str, owner: &OwnedBy<'_>) {
    metadata["ownerReferences"] = json!([{
        "apiVersion": version,
        "kind": owner.kind,
        "name": owner.name,
        "uid": owner.uid,
        "controller": true,
        "blockOwnerDeletion": true,
    }]);
}

#[cfg(test)]
mod tests {
    use super::super::objects::namespace_of;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_of_siblings_differ_and_are_the_same_every_time() {
        let owner = OwnedBy {
            kind: "ReplicaSet",
            name: "app-00001-x",
            uid: "u",
        };
        let name = |ordinal| pod_of_replica_set(1, ordinal, &owner)["metadata"]["name"].to_string();
        let names: BTreeSet<_> = (0..500).map(name).collect();
        assert_eq!(names.len(), 500);
        assert_eq!(name(3), name(3));
        let sets: BTreeSet<_> = (0..20_000).map(replica_set_name).collect();
        assert_eq!(sets.len(), 20_000);
    }

    #[test]
    fn every_policy_of_the_benchmark_has_something_to_find() {
        let text: String = (0..300).map(|number| deployment(number, 1).to_string()).collect();
        for wanted in [
            ":latest\"",
            "docker.io/",
            "\"privileged\":true",
            "\"hostNetwork\":true",
        ] {
            assert!(text.contains(wanted), "{wanted}");
        }
        let without = |what: &str| (0..300).any(|number| !deployment(number, 1).to_string().contains(what));
        assert!(without("limits") && without("livenessProbe") && without("runAsNonRoot"));
    }

    #[test]
    fn a_pod_names_its_owner_as_the_server_knows_it() {
        let owner = OwnedBy {
            kind: "StatefulSet",
            name: "store-0001",
            uid: "4711",
        };
        let pod = pod_of_stateful_set(1, 2, &owner);
        assert_eq!(pod["metadata"]["name"], "store-0001-2");
        assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], "4711");
        assert_eq!(pod["metadata"]["namespace"], namespace_of(1));
    }
}
