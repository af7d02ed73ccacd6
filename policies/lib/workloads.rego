# What counts as a workload, and where its fields are.
package envcheck.lib.workloads

# Finished Jobs and Pods, and hooks of Helm and Argo CD, are nobody's workload.
judged(workload) if {
	not workload.finished
	not workload.hook
}

# The path to the Pod's spec in an object of this kind.
pod_spec("Pod") := ["spec"]

pod_spec("CronJob") := ["spec", "jobTemplate", "spec", "template", "spec"]

pod_spec(kind) := ["spec", "template", "spec"] if not kind in {"Pod", "CronJob"}

# Labels that controllers add to their Pods: they name one generation or one Pod, not the workload.
generated_labels := {
	"apps.kubernetes.io/pod-index",
	"batch.kubernetes.io/controller-uid",
	"batch.kubernetes.io/job-completion-index",
	"batch.kubernetes.io/job-name",
	"controller-revision-hash",
	"controller-uid",
	"job-name",
	"pod-template-generation",
	"pod-template-hash",
	"statefulset.kubernetes.io/pod-name",
}

# The labels by which a selector finds the Pods of this workload, today and after the next rollout.
lasting_labels(workload) := {key: value |
	some key, value in workload.podLabels
	not key in generated_labels
}

# What an object in hand belongs to, by what it says of itself: itself, its controller, and what its controller's
# generated name tells of the one above. Names of ReplicaSets end in a hash that is also a label, those of a CronJob's Jobs
# in a number.
lineage(it) := {{"kind": it.kind, "name": it.metadata.name}} | {one |
	some owner in controllers(it)
	some one in [{"kind": owner.kind, "name": owner.name}, above(it, owner)]
}

controllers(it) := [owner |
	is_array(it.metadata.ownerReferences)
	some owner in it.metadata.ownerReferences
	owner.controller == true
	is_string(owner.kind)
	is_string(owner.name)
]

above(it, owner) := {"kind": "Deployment", "name": trim_suffix(owner.name, ending)} if {
	owner.kind == "ReplicaSet"
	ending := sprintf("-%s", [it.metadata.labels["pod-template-hash"]])
	endswith(owner.name, ending)
} else := {"kind": "CronJob", "name": regex.replace(owner.name, "-[0-9]+$", "")} if {
	owner.kind == "Job"
} else := {"kind": owner.kind, "name": owner.name}

# Finished Jobs and Pods, hooks of Helm and Argo CD, and earlier revisions, as objects say it of themselves.
nobodys(it) if hook(it)

nobodys(it) if {
	it.kind == "Pod"
	it.status.phase in {"Succeeded", "Failed"}
}

nobodys(it) if {
	it.kind == "Job"
	is_array(it.status.conditions)
	some condition in it.status.conditions
	condition.type in {"Complete", "Failed"}
	condition.status == "True"
}

# What a rollout has replaced is kept for the way back, and runs nothing.
nobodys(it) if {
	it.kind == "ReplicaSet"
	it.spec.replicas == 0
	some owner in controllers(it)
	owner.kind == "Deployment"
}

# Hooks are Jobs and Pods, which finish by themselves: what goes on running is no hook, whatever it calls itself. Pods that
# another controller than a Job made are the controller's.
hook(it) if {
	it.kind in {"Job", "Pod"}
	every owner in controllers(it) {
		owner.kind == "Job"
	}
	some key, known in hooks
	written := it.metadata.annotations[key]
	is_string(written)
	every one in split(written, ",") {
		trim_space(one) in known
	}
}

hooks := {
	"helm.sh/hook": {
		"post-delete",
		"post-install",
		"post-rollback",
		"post-upgrade",
		"pre-delete",
		"pre-install",
		"pre-rollback",
		"pre-upgrade",
		"test",
		"test-success",
	},
	"argocd.argoproj.io/hook": {"PostDelete", "PostSync", "PreDelete", "PreSync", "Skip", "Sync", "SyncFail"},
}

# A Pod by which cert-manager answers a challenge of ACME: it stands where the Ingress is, for minutes.
solver(it) if {
	it.kind == "Pod"
	it.metadata.labels["acme.cert-manager.io/http01-solver"] == "true"
	some owner in controllers(it)
	owner.kind == "Challenge"
	is_string(owner.apiVersion)
	startswith(owner.apiVersion, "acme.cert-manager.io/")
}
