//! Builders of Kubernetes objects as an API server would return them, without the fields nobody reads.

use super::world::{WORKERS, World, merge, number, suffix, text, uid, with};
use envcheck_core::inventory::snapshot::sha256;
use serde_json::{Value, json};

/// Who wrote an object, which decides its labels and its field manager.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// DOKS: field manager `c3`; the text is the component.
    Doks(&'static str),
    /// An Argo CD application, whose name this is.
    Argo(&'static str),
    /// Someone with kubectl.
    Kubectl,
    /// The control plane.
    Controller,
    /// Any other field manager.
    Other(&'static str),
}

/// An object: metadata is built, and `body` (spec, data, further metadata …) merged over it.
pub(super) fn object(
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
    author: Author,
    body: &Value,
) -> Value {
    let created = created(kind, namespace, name, author);
    let (manager, operation) = match author {
        Author::Doks(_) => ("c3", "Apply"),
        Author::Argo(_) => ("argocd-controller", "Apply"),
        Author::Kubectl => ("kubectl-client-side-apply", "Update"),
        Author::Controller => ("kube-controller-manager", "Update"),
        Author::Other(manager) => (manager, "Update"),
    };
    let mut metadata = json!({"name": name});
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    metadata["uid"] = json!(uid(kind, namespace, name));
    let version = 1_000_000 + number(&format!("{kind}/{namespace}/{name}/version"), 60_000_000);
    metadata["resourceVersion"] = json!(version.to_string());
    metadata["creationTimestamp"] = json!(created);
    match author {
        Author::Doks(component) => metadata["labels"] = doks_labels(component),
        Author::Argo(application) => {
            let group = api_version.split_once('/').map_or("", |(group, _)| group);
            let id = format!("{application}:{group}/{kind}:{namespace}/{name}");
            metadata["annotations"] = json!({"argocd.argoproj.io/tracking-id": id});
        }
        _ => {}
    }
    metadata["managedFields"] =
        json!([{"manager": manager, "operation": operation, "apiVersion": api_version, "time": created}]);
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
    merge(&mut object, body);
    object
}

/// The three labels on everything that DOKS manages.
pub(super) fn doks_labels(component: &str) -> Value {
    json!({
        "c3.doks.digitalocean.com/component": component,
        "c3.doks.digitalocean.com/plane": "data",
        "doks.digitalocean.com/managed": "true",
    })
}

/// When an object was made: the cluster first, then the platform, then the applications; Pods live shorter.
fn created(kind: &str, namespace: &str, name: &str, author: Author) -> String {
    let second = number(&format!("{kind}/{namespace}/{name}/created"), 3_000);
    let (minute, second) = (second / 60, second % 60);
    let day = match (kind, namespace, author) {
        ("Pod" | "ReplicaSet", "back" | "b2b" | "front-web", _) => "2026-11-19T09",
        ("Pod" | "ReplicaSet", _, _) => "2026-11-15T03",
        (_, "kube-system" | "kube-public" | "kube-node-lease" | "default", _) | (_, _, Author::Doks(_)) => {
            "2026-03-14T08"
        }
        (_, "back" | "b2b" | "front-web", _) => "2026-04-02T10",
        _ => "2026-03-16T12",
    };
    format!("{day}:{minute:02}:{second:02}Z")
}

/// A reference from an object to what made it.
pub(super) fn owner(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!([{
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": uid(kind, namespace, name),
        "controller": true,
        "blockOwnerDeletion": true,
    }])
}

/// A Namespace with what every Namespace of a DOKS cluster holds: its label, the default ServiceAccount, the cluster's
/// certificate authority, and a copy of the registry's Secret.
pub(super) fn namespace(world: &mut World, name: &str, labels: &Value) {
    let mut all = json!({"kubernetes.io/metadata.name": name});
    merge(&mut all, labels);
    let author = if name.starts_with("kube-") || name == "default" {
        Author::Other("kube-apiserver")
    } else {
        Author::Kubectl
    };
    let body = json!({
        "metadata": {"labels": all}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    });
    world.add(object("v1", "Namespace", "", name, author, &body));
    let pull = json!({"imagePullSecrets": [{"name": "acme"}]});
    world.add(object(
        "v1",
        "ServiceAccount",
        name,
        "default",
        Author::Controller,
        &pull,
    ));
    let certificate =
        "-----BEGIN CERTIFICATE-----\n(the cluster's certificate authority)\n-----END CERTIFICATE-----\n";
    let body = json!({
        "metadata": {"annotations": {
            "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver.",
        }},
        "data": {"ca.crt": certificate},
    });
    world.add(object(
        "v1",
        "ConfigMap",
        name,
        "kube-root-ca.crt",
        Author::Controller,
        &body,
    ));
    // DOKS keeps the registry's credential in kube-system and copies it everywhere else.
    let mark = if name == "kube-system" {
        json!({"annotations": {"digitalocean.com/dosecret-identifier": "acme"}})
    } else {
        json!({"labels": {"digitalocean.com/copy-identifier": "acme"}})
    };
    let body = json!({
        "metadata": mark,
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": digest("registry credential")},
    });
    world.add(object(
        "v1",
        "Secret",
        name,
        "acme",
        Author::Other("dosecret-operator"),
        &body,
    ));
}

/// What stands in a snapshot for a Secret's value: equal values have equal digests, nothing else can be learnt.
pub(super) fn digest(value: &str) -> String {
    format!(
        "digest:{}",
        &sha256(format!("demo capture key/{value}").as_bytes())[..32]
    )
}

/// A Secret of a type, with keys.
pub(super) fn secret(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    type_: &str,
    keys: &[&str],
) {
    let mut data = json!({});
    for key in keys {
        data[*key] = json!(digest(&format!("{namespace}/{name}/{key}")));
    }
    world.add(object(
        "v1",
        "Secret",
        namespace,
        name,
        author,
        &json!({"type": type_, "data": data}),
    ));
}

/// A ConfigMap.
pub(super) fn config_map(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    labels: &Value,
    data: &Value,
) {
    let body = json!({"metadata": {"labels": labels}, "data": data});
    world.add(without_empty_labels(object(
        "v1",
        "ConfigMap",
        namespace,
        name,
        author,
        &body,
    )));
}

/// A ServiceAccount of its own for a component.
pub(super) fn service_account(world: &mut World, namespace: &str, name: &str, author: Author) {
    world.add(object(
        "v1",
        "ServiceAccount",
        namespace,
        name,
        author,
        &json!({}),
    ));
}

/// A ClusterRole of this name bound to a ServiceAccount of this name.
pub(super) fn cluster_role(world: &mut World, namespace: &str, account: &str, author: Author, rules: &Value) {
    let api = "rbac.authorization.k8s.io/v1";
    world.add(object(
        api,
        "ClusterRole",
        "",
        account,
        author,
        &json!({"rules": rules}),
    ));
    let body = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": account},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    world.add(object(api, "ClusterRoleBinding", "", account, author, &body));
}

/// A Role of this name bound to a ServiceAccount of this name, both in one namespace.
pub(super) fn role(world: &mut World, namespace: &str, account: &str, author: Author, rules: &Value) {
    let api = "rbac.authorization.k8s.io/v1";
    world.add(object(
        api,
        "Role",
        namespace,
        account,
        author,
        &json!({"rules": rules}),
    ));
    let body = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    world.add(object(api, "RoleBinding", namespace, account, author, &body));
}

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
    let get = json!({"httpGet": {"path": path, "port": port, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 2});
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
            let repository = repository.rsplit_once(':').map_or(repository, |(name, _)| name);
            json!({
                "name": container["name"],
                "image": image,
                "imageID": format!("{repository}@sha256:{}", sha256(image.as_bytes())),
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

/// A port of a Service: name, port, target (a number or a container port's name).
pub(super) fn port(name: &str, port: u16, target: impl Into<Value>) -> Value {
    json!({"name": name, "port": port, "protocol": "TCP", "targetPort": target.into()})
}

/// A ClusterIP Service; `more` is merged over it.
pub(super) fn service(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    selector: &Value,
    ports: &[Value],
    more: &Value,
) {
    let ip = world.next_cluster_ip();
    let mut body = json!({"spec": {"type": "ClusterIP", "clusterIP": ip, "clusterIPs": [ip]}});
    if !selector.is_null() {
        body["spec"]["selector"] = selector.clone();
    }
    merge(
        &mut body["spec"],
        &json!({
            "ports": ports,
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
        }),
    );
    body["status"] = json!({"loadBalancer": {}});
    merge(&mut body, more);
    if body["spec"]["clusterIP"] == "None" {
        body["spec"]["clusterIPs"] = json!(["None"]);
    }
    world.add(object("v1", "Service", namespace, name, author, &body));
}

/// An Ingress of class nginx with TLS for one host, and one backend.
pub(super) fn ingress(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    host: &str,
    backend: (&str, &str),
    more: &Value,
) {
    let certificate = format!("{}-tls", host.replace('.', "-"));
    let mut body = json!({
        "spec": {
            "ingressClassName": "nginx",
            "rules": [{"host": host, "http": {"paths": [{
                "path": "/",
                "pathType": "Prefix",
                "backend": {"service": {"name": backend.0, "port": {"name": backend.1}}},
            }]}}],
            "tls": [{"hosts": [host], "secretName": certificate}],
        },
        "status": {"loadBalancer": {"ingress": [{"ip": super::account::BALANCER_IP}]}},
    });
    merge(&mut body, more);
    world.add(object(
        "networking.k8s.io/v1",
        "Ingress",
        namespace,
        name,
        author,
        &body,
    ));
    let body = json!({
        "type": "kubernetes.io/tls",
        "data": {
            "tls.crt": digest(&format!("{certificate}/crt")),
            "tls.key": digest(&format!("{certificate}/key")),
        },
        "facts": {"tls.crt": {"certificate": {"dnsNames": [host], "notAfter": "2027-02-09T00:00:00Z"}}},
    });
    world.add(object(
        "v1",
        "Secret",
        namespace,
        &certificate,
        Author::Kubectl,
        &body,
    ));
}

/// A NetworkPolicy; the platform's people apply these by hand.
pub(super) fn network_policy(world: &mut World, namespace: &str, name: &str, spec: &Value) {
    let body = json!({"metadata": {"generation": 1}, "spec": spec});
    world.add(object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        namespace,
        name,
        Author::Kubectl,
        &body,
    ));
}

/// A peer: every Pod of the namespace of this name.
pub(super) fn from_namespace(name: &str) -> Value {
    json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}})
}

/// The EndpointSlices of all Services that select Pods, as the control plane keeps them.
pub(super) fn endpoint_slices(world: &mut World) {
    let mut slices = Vec::new();
    let of_kind = |kind: &'static str| {
        world
            .objects()
            .iter()
            .filter(move |object| object["kind"] == kind)
    };
    for service in of_kind("Service") {
        let namespace = text(&service["metadata"]["namespace"]);
        let Some(selector) = service["spec"]["selector"].as_object() else {
            continue;
        };
        let pods: Vec<&Value> = of_kind("Pod")
            .filter(|pod| {
                let labels = &pod["metadata"]["labels"];
                pod["metadata"]["namespace"] == namespace
                    && pod["status"]["phase"] == "Running"
                    && selector.iter().all(|(key, value)| labels[key] == *value)
            })
            .collect();
        let ports: Vec<Value> = service["spec"]["ports"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|port| {
                let number = target_port(pods.first()?, &port["targetPort"])?;
                Some(json!({"name": port["name"], "port": number, "protocol": port["protocol"]}))
            })
            .collect();
        let endpoints: Vec<Value> = pods
            .iter()
            .map(|pod| {
                json!({
                    "addresses": [pod["status"]["podIP"]],
                    "conditions": {"ready": true, "serving": true, "terminating": false},
                    "nodeName": pod["spec"]["nodeName"],
                    "targetRef": {
                        "kind": "Pod",
                        "namespace": namespace,
                        "name": pod["metadata"]["name"],
                        "uid": pod["metadata"]["uid"],
                    },
                })
            })
            .collect();
        slices.push(endpoint_slice(
            namespace,
            text(&service["metadata"]["name"]),
            &endpoints,
            &ports,
        ));
    }
    for slice in slices {
        world.add(slice);
    }
}

/// One EndpointSlice of a Service.
pub(super) fn endpoint_slice(namespace: &str, service: &str, endpoints: &[Value], ports: &[Value]) -> Value {
    let name = format!("{service}-{}", suffix(&format!("{namespace}/{service}/slice"), 5));
    let body = json!({
        "metadata": {
            "labels": {
                "kubernetes.io/service-name": service,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
            "ownerReferences": owner("v1", "Service", namespace, service),
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    });
    object(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        namespace,
        &name,
        Author::Controller,
        &body,
    )
}

fn target_port(pod: &Value, target: &Value) -> Option<Value> {
    if target.is_number() {
        return Some(target.clone());
    }
    pod["spec"]["containers"]
        .as_array()?
        .iter()
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .find(|port| port["name"] == *target)
        .map(|port| port["containerPort"].clone())
}

fn without_empty_labels(mut object: Value) -> Value {
    if object["metadata"]["labels"]
        .as_object()
        .is_some_and(serde_json::Map::is_empty)
        && let Some(metadata) = object["metadata"].as_object_mut()
    {
        metadata.shift_remove("labels");
    }
    object
}
