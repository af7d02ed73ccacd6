//! `cargo xtask cluster load`: fills a cluster, owners before what they own, many requests at once.

use super::connection::Connection;
use super::mixture::{Mixture, NAMESPACES, Owner};
use super::workloads::OwnedBy;
use super::{objects, workloads};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// Requests in flight.
const AT_ONCE: usize = 32;

/// Creates `total` objects over forty Namespaces in the cluster of a kubeconfig. The cluster has to be empty, and
/// without controllers: they would make objects of their own.
pub(crate) fn fill(kubeconfig: &Path, total: usize) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start tokio: {error}"))?;
    runtime.block_on(async {
        let loader = Loader {
            connection: Connection::open(kubeconfig).await?,
        };
        let begun = Instant::now();
        loader.everything(Mixture::of(total)).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let number = f64::from(u32::try_from(total).unwrap_or(u32::MAX));
        println!(
            "{total} objects in {seconds:.1} s, {:.0} a second",
            number / seconds.max(1e-9)
        );
        Ok(())
    })
}

struct Loader {
    connection: Connection,
}

impl Loader {
    async fn everything(&self, mixture: Mixture) -> Result<(), String> {
        self.create("namespaces", NAMESPACES, objects::namespace).await?;
        let deployments = self
            .create("deployments", mixture.deployments, move |number| {
                workloads::deployment(number, mixture.replicas(number))
            })
            .await?;
        let replica_sets = self
            .create("replicasets", mixture.deployments, move |number| {
                let owner = OwnedBy {
                    kind: "Deployment",
                    name: &workloads::app(number),
                    uid: deployments.get(number).map_or("", String::as_str),
                };
                workloads::replica_set(number, mixture.replicas(number), &owner)
            })
            .await?;
        let stateful_sets = self
            .create("statefulsets", mixture.stateful_sets, workloads::stateful_set)
            .await?;
        let jobs = self.create("jobs", mixture.jobs, workloads::job).await?;
        self.create("cronjobs", mixture.cron_jobs, workloads::cron_job)
            .await?;
        let owners: Vec<Owner> = mixture.owners().collect();
        let uids = Uids {
            replica_sets,
            stateful_sets,
            jobs,
        };
        self.create("pods", mixture.pods, move |number| {
            uids.pod(number, owners.get(number).copied())
        })
        .await?;
        self.create("services", mixture.services, objects::service)
            .await?;
        self.create("configmaps", mixture.config_maps, objects::config_map)
            .await?;
        self.create("secrets", mixture.secrets, objects::secret).await?;
        self.create("ingresses", mixture.ingresses, objects::ingress)
            .await?;
        self.create(
            "networkpolicies",
            mixture.network_policies,
            objects::network_policy,
        )
        .await?;
        Ok(())
    }

    /// Creates objects number 0 to `count`, and answers the identifiers that the server gave them.
    async fn create(
        &self,
        resource: &'static str,
        count: usize,
        object: impl Fn(usize) -> Value + Send + Sync + 'static,
    ) -> Result<Vec<String>, String> {
        let begun = Instant::now();
        let object = Arc::new(object);
        let mut uids = vec![String::new(); count];
        let mut flying = JoinSet::new();
        let mut next = 0;
        while next < count || !flying.is_empty() {
            while next < count && flying.len() < AT_ONCE {
                let (connection, object, number) = (self.connection.clone(), Arc::clone(&object), next);
                flying.spawn(async move {
                    let object = object(number);
                    let path = collection(resource, object["metadata"]["namespace"].as_str())?;
                    let path = format!("{path}?fieldManager=kubectl-client-side-apply");
                    let answer = connection.post(&path, object.to_string().into_bytes()).await?;
                    uid_of(&answer).map(|uid| (number, uid))
                });
                next += 1;
            }
            if let Some(done) = flying.join_next().await {
                let (number, uid) = done
                    .map_err(|error| format!("a request was lost: {error}"))?
                    .map_err(hint)?;
                if let Some(place) = uids.get_mut(number) {
                    *place = uid;
                }
            }
        }
        println!("{count:>7} {resource} in {:.1} s", begun.elapsed().as_secs_f64());
        Ok(uids)
    }
}

fn hint(error: String) -> String {
    if error.contains("already exists") {
        format!(
            "{error}\na cluster is filled once: `cargo xtask cluster down`, `up --no-controllers`, and load again"
        )
    } else {
        error
    }
}

fn uid_of(answer: &[u8]) -> Result<String, String> {
    let object: Value =
        serde_json::from_slice(answer).map_err(|error| format!("the server's answer is no JSON: {error}"))?;
    object["metadata"]["uid"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| "the server created an object without uid".to_owned())
}

/// The identifiers of what owns Pods, by number.
struct Uids {
    replica_sets: Vec<String>,
    stateful_sets: Vec<String>,
    jobs: Vec<String>,
}

impl Uids {
    fn pod(&self, number: usize, owner: Option<Owner>) -> Value {
        let uid = |uids: &[String], number: usize| uids.get(number).cloned().unwrap_or_default();
        match owner {
            Some(Owner::ReplicaSet(deployment, ordinal)) => {
                let owner = OwnedBy {
                    kind: "ReplicaSet",
                    name: &workloads::replica_set_name(deployment),
                    uid: &uid(&self.replica_sets, deployment),
                };
                workloads::pod_of_replica_set(deployment, ordinal, &owner)
            }
            Some(Owner::StatefulSet(set, ordinal)) => {
                let owner = OwnedBy {
                    kind: "StatefulSet",
                    name: &workloads::stateful_set_name(set),
                    uid: &uid(&self.stateful_sets, set),
                };
                workloads::pod_of_stateful_set(set, ordinal, &owner)
            }
            Some(Owner::Job(job)) => {
                let owner = OwnedBy {
                    kind: "Job",
                    name: &workloads::job_name(job),
                    uid: &uid(&self.jobs, job),
                };
                workloads::pod_of_job(job, &owner)
            }
            Some(Owner::Nobody) | None => workloads::pod_of_nobody(number),
        }
    }
}

/// The group and version of each resource that is loaded, as they stand in paths.
pub(crate) const RESOURCES: [(&str, &str); 12] = [
    ("namespaces", "api/v1"),
    ("pods", "api/v1"),
    ("services", "api/v1"),
    ("configmaps", "api/v1"),
    ("secrets", "api/v1"),
    ("deployments", "apis/apps/v1"),
    ("replicasets", "apis/apps/v1"),
    ("statefulsets", "apis/apps/v1"),
    ("jobs", "apis/batch/v1"),
    ("cronjobs", "apis/batch/v1"),
    ("ingresses", "apis/networking.k8s.io/v1"),
    ("networkpolicies", "apis/networking.k8s.io/v1"),
];

/// Where a resource is listed and created; over all Namespaces without one.
pub(crate) fn collection(resource: &str, namespace: Option<&str>) -> Result<String, String> {
    let version = RESOURCES
        .iter()
        .find_map(|(name, version)| (*name == resource).then_some(version))
        .ok_or_else(|| {
            let known: Vec<&str> = RESOURCES.iter().map(|(name, _)| *name).collect();
            format!(
                "no resource is called {resource}; there are: {}",
                known.join(", ")
            )
        })?;
    Ok(match namespace {
        Some(namespace) => format!("/{version}/namespaces/{namespace}/{resource}"),
        None => format!("/{version}/{resource}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        assert_eq!(
            collection("pods", Some("a")).unwrap(),
            "/api/v1/namespaces/a/pods"
        );
        assert_eq!(collection("jobs", None).unwrap(), "/apis/batch/v1/jobs");
        assert!(collection("dogs", None).unwrap_err().contains("dogs"));
    }

    #[test]
    fn an_object_without_uid_is_an_error() {
        assert_eq!(uid_of(br#"{"metadata": {"uid": "u"}}"#).unwrap(), "u");
        assert!(uid_of(b"{}").is_err());
        assert!(hint("pods \"a\" already exists".into()).contains("filled once"));
    }
}
