# METADATA
# title: Every workload is declared
# description: >-
#   In a namespace that lists its workloads there is no other: what nothing else owns is judged by name and kind, a Pod for
#   debugging too. A namespace without such a list is not judged. What a workload owns belongs to it, as a CronJob's Jobs do;
#   finished Jobs and Pods, hooks of Helm and Argo CD and Pods by which cert-manager answers a challenge are nobody's.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/
# custom:
#   id: workload-undeclared
#   severity: medium
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - v1/Pod
#     - v1/ReplicationController
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Declare the workload in its namespace, or remove it.
#   noFix: Only people know which of the two is meant, and what is deleted with a workload does not come back.
#   parameters: {}
package envcheck.workloads.workload_undeclared

import data.envcheck.lib.namespaces
import data.envcheck.lib.objects
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains workload.ref if some workload in judged

deny contains finding if {
	some workload in judged
	listed := namespaces.listing[workload.namespace]
	kinds := declared_kinds(listed.workloads, workload.name)
	not workload.kind in kinds
	message := sprintf("%s%s", [explain(workload, kinds), whose(workload)])
	finding := {
		"message": message,
		"resource": workload.ref,
		"declared": ["namespaces", listed.index, "workloads"],
	}
}

judged contains workload if {
	some workload in data.view.workloads
	namespaces.listing[workload.namespace]
	workloads.judged(workload)
	not solves_challenge(workload)
}

# cert-manager puts them where the Ingress is, for minutes.
solves_challenge(workload) if {
	workload.kind == "Pod"
	workload.owner.kind == "Challenge"
	is_string(workload.owner.apiVersion)
	startswith(workload.owner.apiVersion, "acme.cert-manager.io/")
}

declared_kinds(listed, name) := {workload.kind | some workload in listed; workload.name == name}

explain(workload, kinds) := sprintf("is not among the declared workloads of %s", [workload.namespace]) if count(kinds) == 0

explain(workload, kinds) := sprintf("is a %s, declared is %s of this name", [workload.kind, words]) if {
	count(kinds) > 0
	words := text.list(sort({sprintf("a %s", [kind]) | some kind in kinds}))
}

whose(workload) := sprintf(": %s", [belongs]) if {
	belongs := objects.belongs(workload)
} else := ""
