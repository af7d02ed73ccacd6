//! What a kubelet says of Pods. They are on no node, so that nobody misses the node's kubelet and deletes them.

use crate::api::items;
use crate::world::{World, sha256, text};
use envcheck_test_cluster::Cluster;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::OnceLock;

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
                "name": container["name"], "image": container["image"], "imageID": image_id(text(&container["image"])), "ready": true,
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

/// The image that a node pulls for this reference: what the registry of STAGE and DEV names by its tag, else one of its own.
fn image_id(image: &str) -> String {
    static WORLD: OnceLock<World> = OnceLock::new();
    let (named, digest) = image
        .split_once('@')
        .map_or((image, None), |(named, digest)| (named, Some(digest)));
    let path = named.rfind('/').map_or(0, |slash| slash + 1);
    let tag = named.get(path..).and_then(|last| last.split_once(':'));
    let (repository, tag) = tag.map_or((named, "latest"), |(last, tag)| {
        (named.get(..path + last.len()).unwrap_or(named), tag)
    });
    let pushed = || {
        let own = repository.strip_prefix("registry.digitalocean.com/acme/")?;
        WORLD
            .get_or_init(World::stage_and_dev)
            .digest_of("acme", own, tag)
    };
    let digest = digest.map(str::to_owned).or_else(pushed);
    let digest = digest.unwrap_or_else(|| format!("sha256:{}", sha256(image.as_bytes())));
    format!("{repository}@{digest}")
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
    fn a_node_pulls_what_the_registry_has() {
        let pushed = World::stage_and_dev()
            .digest_of("acme", "b2b-web", "2.8.1")
            .unwrap();
        let web = "registry.digitalocean.com/acme/b2b-web";
        assert_eq!(image_id(&format!("{web}:2.8.1")), format!("{web}@{pushed}"));
        assert_eq!(
            image_id(&format!("{web}:2.8.1@sha256:ab")),
            format!("{web}@sha256:ab")
        );
        assert!(image_id("localhost:5000/web").starts_with("localhost:5000/web@sha256:"));
    }

    #[test]
    fn a_pod_runs_once_and_not_while_it_is_deleted() {
        let mut pod = json!({
            "metadata": {"uid": "4b1f", "name": "web-1"},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.29"}]},
            "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False"}]},
        });
        let status = running(&pod).unwrap();
        assert_eq!(status["containerStatuses"][0]["image"], "nginx:1.29");
        let id = text(&status["containerStatuses"][0]["imageID"]);
        assert!(id.starts_with("nginx@sha256:"), "{id}");
        assert_eq!(status["podIP"], status["podIPs"][0]["ip"]);
        pod["metadata"]["deletionTimestamp"] = json!("2026-11-23T03:00:00Z");
        assert_eq!(running(&pod), None);
        pod["metadata"] = json!({"name": "web-1"});
        pod["status"] = status;
        assert_eq!(running(&pod), None, "what somebody says of it holds");
    }
}
