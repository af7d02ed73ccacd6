//! What a kubelet says of Pods. They are on no node, so that nobody misses the node's kubelet and deletes them.

use crate::api::items;
use crate::world::{sha256, text};
use envcheck_test_cluster::Cluster;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The status of a Pod whose containers have all started, where it does not say so itself.
pub fn running(pod: &Value) -> Option<Value> {
    if tells_ready(pod).is_some() || !pod["metadata"]["deletionTimestamp"].is_null() {
        return None;
    }
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let conditions = [
        "Initialized",
        "PodReadyToStartContainers",
        "ContainersReady",
        "Ready",
    ]
    .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": now}));
    let containers: Vec<Value> = items(&pod["spec"]["containers"])
        .iter()
        .map(|container| {
            json!({
                "name": container["name"], "image": container["image"], "imageID": "", "ready": true,
                "started": true, "restartCount": 0, "state": {"running": {"startedAt": now}},
            })
        })
        .collect();
    let address = address(text(&pod["metadata"]["uid"]));
    Some(json!({
        "phase": "Running",
        "startTime": now,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": conditions,
        "containerStatuses": containers,
    }))
}

/// Whether a Pod is ready, where somebody said so.
pub(super) fn tells_ready(pod: &Value) -> Option<bool> {
    let conditions = items(&pod["status"]["conditions"]);
    let told = conditions.iter().find(|condition| condition["type"] == "Ready")?;
    Some(told["status"] == "True")
}

/// One of the addresses that STAGE's Pods have.
fn address(uid: &str) -> String {
    let digits = sha256(uid.as_bytes());
    let part = |at: usize| {
        let digits = digits.get(at..at + 2).unwrap_or_default();
        u8::from_str_radix(digits, 16).unwrap_or(1)
    };
    format!("10.120.{}.{}", part(0), part(2))
}

/// Says of all Pods of a cluster that they run.
pub(super) fn run_pods(cluster: &Cluster) -> Result<(), String> {
    let answer = cluster.answer(&["get", "pods", "--all-namespaces", "-o", "json"])?;
    let list: Value =
        serde_json::from_str(&answer).map_err(|error| format!("kubectl's list of Pods: {error}"))?;
    let told: Vec<Value> = items(&list["items"])
        .iter()
        .filter_map(|pod| {
            let own = &pod["metadata"];
            Some(json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": own["namespace"], "name": own["name"]},
                "status": running(pod)?,
            }))
        })
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": told});
    match cluster.apply_status(&list.to_string()) {
        // Somebody deleted one meanwhile.
        Err(why) if why.contains("NotFound") => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_runs_once_and_not_while_it_is_deleted() {
        let mut pod = json!({
            "metadata": {"uid": "4b1f", "name": "web-1"},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.29"}]},
            "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False"}]},
        });
        let status = running(&pod).unwrap();
        assert_eq!(status["containerStatuses"][0]["image"], "nginx:1.29");
        assert_eq!(status["podIP"], status["podIPs"][0]["ip"]);
        pod["metadata"]["deletionTimestamp"] = json!("2026-11-23T03:00:00Z");
        assert_eq!(running(&pod), None);
        pod["metadata"] = json!({"name": "web-1"});
        pod["status"] = status;
        assert_eq!(running(&pod), None, "what somebody says of it holds");
    }
}
