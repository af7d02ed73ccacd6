//! Builders of what runs: containers, controllers of Pods, and what follows from them (ReplicaSets, Pods, Jobs, volumes).

use super::kube::{Author, object, owner};
use super::storage;
use super::world::{WORKERS, World, merge, suffix, text, uid, with};
use envcheck_core::inventory::snapshot::sha256;
use serde_json::{Value, json};

/// A container with ports `(name, port)`, requests and limits and a strict security context; `more` is merged over it.
pub(super) fn container(name: &str, image: &str, ports: &[(&str, u16)], more: &Value) -> Value {
    let ports: Vec<Value> = ports
        .iter()
        .map(|(name, port)| json!({"name": name, "containerPort": port, "protocol": "TCP"}))
        .collect();
    let mut container = json!({"name": name, "image": image, "imagePullPolicy": "IfNotPresent"});
    if !ports.is_empty() {
        container["ports"] = json!(ports);
    }
    let base = json!({
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
    });
    merge(&mut container, &base);
    merge(&mut container, more);
    container
}

/// An HTTP readiness and liveness probe.
pub(super) fn probes(path: &str, port: &str) -> Value {
    let get = json!({
        "httpGet": {"path": path, "port": port, "scheme": "HTTP"},
        "periodSeconds": 10,
        "timeoutSeconds": 2,
    });
    json!({"readinessProbe": get, "livenessProbe": get})
}

/// The Pod spec of a well-behaved program: not root, default seccomp profile; `more` is merged over it.
pub(super) fn pod_spec(containers: &[Value], more: &Value) -> Value {
    let mut spec = json!({
        "containers": containers,
        "serviceAccountName": "default",
        "automountServiceAccountToken": false,
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
    });
    merge(&mut spec, more);
    spec
}

/// The Pod spec of a node agent of DOKS: on the host's network, privileged where it has to be.
pub(super) fn agent_spec(containers: &[Value], account: &str) -> Value {
    json!({
        "containers": containers,
        "serviceAccountName": account,
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "hostNetwork": true,
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
        "securityContext": {},
    })
}

/// A controller of Pods.
pub(super) struct Workload<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) author: Author,
    /// Labels of the controller and of its Pods, beyond the selector's.
    pub(super) labels: Value,
    /// The labels by which it selects its Pods.
    pub(super) selector: Value,
    pub(super) pod: Value,
}

impl Workload<'_> {
    fn template(&self) -> Value {
        json!({"metadata": {"labels": self.pod_labels()}, "spec": self.pod})
    }

    fn pod_labels(&self) -> Value {
        with(self.selector.clone(), &self.labels)
    }

    fn metadata(&self) -> Value {
        json!({"labels": self.pod_labels(), "generation": 1})
    }
}

/// A Deployment with its ReplicaSet and Pods.
pub(super) fn deployment(world: &mut World, replicas: u32, workload: &Workload<'_>) {
    let Workload {
        namespace,
        name,
        author,
        ..
    } = *workload;
    let body = json!({
        "metadata": workload.metadata(),
        "spec": {
            "replicas": replicas,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": workload.selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": workload.template(),
        },
        "status": {
            "observedGeneration": 1,
            "replicas": replicas,
            "updatedReplicas": replicas,
            "readyReplicas": replicas,
            "availableReplicas": replicas,
            "conditions": [
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            ],
        },
    });
    world.add(object("apps/v1", "Deployment", namespace, name, author, &body));

    let hash = suffix(&format!("{namespace}/{name}/template"), 10);
    let set = format!("{name}-{hash}");
    let mark = json!({"pod-template-hash": hash});
    let labels = with(workload.pod_labels(), &mark);
    let body = json!({
        "metadata": {
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": "1"},
            "ownerReferences": owner("apps/v1", "Deployment", namespace, name),
            "generation": 1,
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": with(workload.selector.clone(), &mark)},
            "template": {"metadata": {"labels": labels}, "spec": workload.pod},
        },
        "status": {
            "observedGeneration": 1,
            "replicas": replicas,
            "fullyLabeledReplicas": replicas,
            "readyReplicas": replicas,
            "availableReplicas": replicas,
        },
    });
    world.add(object(
        "apps/v1",
        "ReplicaSet",
        namespace,
        &set,
        Author::Controller,
        &body,
    ));
    for index in 0..replicas {
        let pod = format!("{set}-{}", suffix(&format!("{namespace}/{set}/{index}"), 5));
        let worker = world.next_worker();
        let owner = owner("apps/v1", "ReplicaSet", namespace, &set);
        add_pod(world, namespace, &pod, &labels, &owner, &workload.pod, worker);
    }
}

/// A DaemonSet with a Pod on every worker.
pub(super) fn daemon_set(world: &mut World, workload: &Workload<'_>) {
    let Workload {
        namespace,
        name,
        author,
        ..
    } = *workload;
    let count = WORKERS.len();
    let body = json!({
        "metadata": workload.metadata(),
        "spec": {
            "selector": {"matchLabels": workload.selector},
            "revisionHistoryLimit": 10,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            "template": workload.template(),
        },
        "status": {
            "observedGeneration": 1,
            "desiredNumberScheduled": count,
            "currentNumberScheduled": count,
            "updatedNumberScheduled": count,
            "numberReady": count,
            "numberAvailable": count,
            "numberMisscheduled": 0,
        },
    });
    world.add(object("apps/v1", "DaemonSet", namespace, name, author, &body));
    let labels = with(workload.pod_labels(), &json!({"pod-template-generation": "1"}));
    for worker in 0..count {
        let pod = format!("{name}-{}", suffix(&format!("{namespace}/{name}/{worker}"), 5));
        let owner = owner("apps/v1", "DaemonSet", namespace, name);
        add_pod(world, namespace, &pod, &labels, &owner, &workload.pod, worker);
    }
}

/// A StatefulSet of one with its Pod; `more` (serviceName, volumeClaimTemplates …) is merged into its spec.
pub(super) fn stateful_set(world: &mut World, workload: &Workload<'_>, more: &Value) {
    let Workload {
        namespace,
        name,
        author,
        ..
    } = *workload;
    let mut body = json!({
        "metadata": workload.metadata(),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": workload.selector},
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate"},
            "template": workload.template(),
        },
        "status": {
            "observedGeneration": 1,
            "replicas": 1,
            "currentReplicas": 1,
            "updatedReplicas": 1,
            "readyReplicas": 1,
            "availableReplicas": 1,
        },
    });
    merge(&mut body["spec"], more);
    let claims = body["spec"]["volumeClaimTemplates"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    world.add(object("apps/v1", "StatefulSet", namespace, name, author, &body));
    let pod = format!("{name}-0");
    for claim in claims {
        let volume = text(&claim["metadata"]["name"]);
        volume_claim(world, namespace, &format!("{volume}-{pod}"), &claim["spec"]);
    }
    let labels = with(
        workload.pod_labels(),
        &json!({"statefulset.kubernetes.io/pod-name": pod, "apps.kubernetes.io/pod-index": "0"}),
    );
    let worker = world.next_worker();
    let owner = owner("apps/v1", "StatefulSet", namespace, name);
    add_pod(world, namespace, &pod, &labels, &owner, &workload.pod, worker);
}

/// A bound claim and its volume on block storage.
fn volume_claim(world: &mut World, namespace: &str, name: &str, spec: &Value) {
    let volume = format!("pvc-{}", uid("PersistentVolumeClaim", namespace, name));
    let size = &spec["resources"]["requests"]["storage"];
    let body = json!({
        "metadata": {"finalizers": ["kubernetes.io/pvc-protection"]},
        "spec": with(spec.clone(), &json!({"volumeName": volume, "volumeMode": "Filesystem"})),
        "status": {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": {"storage": size}},
    });
    world.add(object(
        "v1",
        "PersistentVolumeClaim",
        namespace,
        name,
        Author::Controller,
        &body,
    ));
    let body = json!({
        "metadata": {"annotations": {"pv.kubernetes.io/provisioned-by": "dobs.csi.digitalocean.com"}},
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": size},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": namespace,
                "name": name,
                "uid": uid("PersistentVolumeClaim", namespace, name),
            },
            "csi": {
                "driver": "dobs.csi.digitalocean.com",
                "fsType": "ext4",
                "volumeHandle": uid("Volume", namespace, name),
            },
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec["storageClassName"],
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound"},
    });
    world.add(object(
        "v1",
        "PersistentVolume",
        "",
        &volume,
        Author::Other("csi-provisioner"),
        &body,
    ));
}

/// A CronJob with the last Job it made, finished, and that Job's Pod.
pub(super) fn cron_job(world: &mut World, workload: &Workload<'_>, schedule: &str, last_run: &str) {
    let Workload {
        namespace,
        name,
        author,
        ..
    } = *workload;
    let spec = json!({"backoffLimit": 2, "activeDeadlineSeconds": 1800, "template": workload.template()});
    let body = json!({
        "metadata": workload.metadata(),
        "spec": {
            "schedule": schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "suspend": false,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {"spec": spec},
        },
        "status": {"lastScheduleTime": last_run, "lastSuccessfulTime": last_run},
    });
    world.add(object("batch/v1", "CronJob", namespace, name, author, &body));

    let job = format!("{name}-29928720");
    let labels = with(
        workload.pod_labels(),
        &json!({"batch.kubernetes.io/job-name": job, "job-name": job}),
    );
    let body = json!({
        "metadata": {
            "labels": labels,
            "creationTimestamp": last_run,
            "ownerReferences": owner("batch/v1", "CronJob", namespace, name),
        },
        "spec": with(spec, &json!({
            "completions": 1,
            "parallelism": 1,
            "selector": {"matchLabels": {"batch.kubernetes.io/job-name": job}},
        })),
        "status": {
            "startTime": last_run,
            "completionTime": last_run,
            "succeeded": 1,
            "conditions": [
                {"type": "SuccessCriteriaMet", "status": "True"},
                {"type": "Complete", "status": "True"},
            ],
        },
    });
    world.add(object(
        "batch/v1",
        "Job",
        namespace,
        &job,
        Author::Controller,
        &body,
    ));
    let pod = format!("{job}-{}", suffix(&format!("{namespace}/{job}"), 5));
    let worker = world.next_worker();
    let owner = owner("batch/v1", "Job", namespace, &job);
    add_pod(world, namespace, &pod, &labels, &owner, &workload.pod, worker);
    if let Ok(pod) = world.object("Pod", namespace, &pod) {
        pod["status"]["phase"] = json!("Succeeded");
        pod["status"]["conditions"] = json!([{"type": "Ready", "status": "False", "reason": "PodCompleted"}]);
        for status in pod["status"]["containerStatuses"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            status["ready"] = json!(false);
            status["state"] = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
        }
    }
}

/// A running Pod that nothing owns.
pub(super) fn lone_pod(world: &mut World, namespace: &str, name: &str, labels: &Value, spec: &Value) {
    let worker = world.next_worker();
    add_pod(world, namespace, name, labels, &Value::Null, spec, worker);
    if let Ok(pod) = world.object("Pod", namespace, name)
        && let Some(metadata) = pod["metadata"].as_object_mut()
    {
        metadata.shift_remove("ownerReferences");
    }
}

/// A running Pod.
fn add_pod(
    world: &mut World,
    namespace: &str,
    name: &str,
    labels: &Value,
    owner: &Value,
    spec: &Value,
    worker: usize,
) {
    let host = &WORKERS[worker];
    let ip = if spec["hostNetwork"] == true {
        host.private.to_owned()
    } else {
        world.next_pod_ip(worker)
    };
    let mut spec = spec.clone();
    spec["nodeName"] = json!(host.name);
    if spec["serviceAccountName"] == "default" {
        spec["imagePullSecrets"] = json!([{"name": "acme"}]);
    }
    let statuses: Vec<Value> = spec["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|container| {
            let image = text(&container["image"]);
            let repository = image.split('@').next().unwrap_or(image);
            let (repository, tag) = repository.rsplit_once(':').unwrap_or((repository, "latest"));
            let digest = match repository.strip_prefix("registry.digitalocean.com/acme/") {
                Some(own) => storage::digest(own, tag),
                None => format!("sha256:{}", sha256(image.as_bytes())),
            };
            json!({
                "name": container["name"],
                "image": image,
                "imageID": format!("{repository}@{digest}"),
                "ready": true,
                "started": true,
                "restartCount": 0,
                "state": {"running": {"startedAt": "2026-11-19T09:58:00Z"}},
            })
        })
        .collect();
    let body = json!({
        "metadata": {"labels": labels, "ownerReferences": owner},
        "spec": spec,
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "hostIP": host.private,
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "qosClass": "Burstable",
            "containerStatuses": statuses,
        },
    });
    world.add(object("v1", "Pod", namespace, name, Author::Controller, &body));
}
