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
