//! The time that controllers take until a cluster is as its objects say.

use super::pods::{run_pods, tells_ready};
use crate::api::items;
use crate::world::text;
use envcheck_test_cluster::Cluster;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long that may be.
const LIMIT: Duration = Duration::from_mins(1);

/// Waits until the controllers have done their work, and does the kubelet's meanwhile: each workload has its Pods, each Pod
/// runs unless somebody says otherwise, workloads know about it, and each namespace has its certificate.
///
/// # Errors
/// What kubectl said, or what is not done after a minute.
pub fn settle(cluster: &Cluster) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        run_pods(cluster)?;
        let Some(why) = unsettled(cluster)? else {
            return Ok(());
        };
        if begun.elapsed() > LIMIT {
            return Err(format!("after a minute {why}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What is not done yet, the first of it.
fn unsettled(cluster: &Cluster) -> Result<Option<String>, String> {
    let own = [
        "get",
        "configmaps",
        "-A",
        "-o",
        "name",
        "--field-selector=metadata.name=kube-root-ca.crt",
    ];
    let certificates = cluster.answer(&own)?.lines().count();
    let kinds = "namespaces,deployments,statefulsets,pods";
    let answer = cluster.answer(&["get", kinds, "-A", "-o", "json"])?;
    let list: Value = serde_json::from_str(&answer).map_err(|error| format!("kubectl's list: {error}"))?;
    let of = |kind: &str| -> Vec<&Value> {
        let all = items(&list["items"]).iter();
        all.filter(|object| object["kind"] == kind).collect()
    };
    if certificates != of("Namespace").len() {
        return Ok(Some(format!(
            "only {certificates} namespaces have their certificate"
        )));
    }
    let pods = of("Pod");
    let workloads = [of("Deployment"), of("StatefulSet")].concat();
    Ok(workloads
        .into_iter()
        .find(|workload| !is_done(workload, &pods))
        .map(|workload| {
            let own = |name: &str| text(&workload["metadata"][name]);
            format!(
                "{} {}/{} is not done",
                text(&workload["kind"]),
                own("namespace"),
                own("name")
            )
        }))
}

/// Whether a workload has the Pods that it should have, and knows how many of them are ready.
fn is_done(workload: &Value, pods: &[&Value]) -> bool {
    let (spec, status) = (&workload["spec"], &workload["status"]);
    let number = |name: &str| status[name].as_u64().unwrap_or(0);
    let own: Vec<&&Value> = pods.iter().filter(|pod| belongs(pod, workload)).collect();
    let ready = own.iter().filter(|pod| tells_ready(pod) == Some(true)).count();
    let wanted = spec["replicas"].as_u64();
    let all = [number("replicas"), number("updatedReplicas"), own.len() as u64];
    status["observedGeneration"] == workload["metadata"]["generation"]
        && all.iter().all(|count| Some(*count) == wanted)
        && own.iter().all(|pod| tells_ready(pod).is_some())
        && number("readyReplicas") == ready as u64
}

/// Whether a controller made a Pod for a workload: a Deployment's are of a ReplicaSet of its name.
fn belongs(pod: &Value, workload: &Value) -> bool {
    let owner = &pod["metadata"]["ownerReferences"][0];
    let [own, name] = [&owner["name"], &workload["metadata"]["name"]].map(text);
    let made = match owner["kind"].as_str() {
        Some("ReplicaSet") => {
            workload["kind"] == "Deployment" && own.rsplit_once('-').is_some_and(|(start, _)| start == name)
        }
        kind => kind == workload["kind"].as_str() && own == name,
    };
    made && pod["metadata"]["namespace"] == workload["metadata"]["namespace"]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_workload_is_done_once_it_counts_its_pods_as_they_are() {
        let mut workload = json!({
            "kind": "Deployment", "metadata": {"namespace": "back", "name": "ii", "generation": 2},
            "spec": {"replicas": 1},
            "status": {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1},
        });
        let pod = |owner: &str, ready: &str| {
            json!({
                "metadata": {"namespace": "back", "ownerReferences": [{"kind": "ReplicaSet", "name": owner}]},
                "status": {"conditions": [{"type": "Ready", "status": ready}]},
            })
        };
        let (own, other) = (pod("ii-74c5", "True"), pod("ii-old-74c5", "True"));
        assert!(is_done(&workload, &[&own, &other]));
        assert!(!is_done(&workload, &[&other]));
        assert!(!is_done(&workload, &[&pod("ii-74c5", "False")]));
        workload["metadata"]["generation"] = json!(3);
        assert!(!is_done(&workload, &[&own]));
    }
}
