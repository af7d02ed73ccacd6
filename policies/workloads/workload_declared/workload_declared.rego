# METADATA
# title: Declared workloads exist
# description: >-
#   Every workload that a namespace lists exists there, by its name and kind, and is not scaled to zero. A workload of another
#   kind under this name is not the declared one. Whether it is ready is not asked here. A Job that finished and was cleaned
#   up cannot be told from one that never ran, so it counts as missing. Scaled to zero is medium: it may be meant for a while,
#   and an autoscaler may have done it.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/
# custom:
#   id: workload-declared
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - v1/Namespace
#     - v1/Pod
#     - v1/ReplicationController
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Deliver the workload, or remove it from the spec.
#   noFix: >-
#     The spec names a workload, what it consists of is known to its manifests only; and what is scaled to zero may be meant to
#     be.
#   parameters: {}
package envcheck.workloads.workload_declared

import data.envcheck.lib.namespaces
import data.envcheck.lib.roles
import data.envcheck.lib.text

subjects contains wanted.ref if some wanted in expected

deny contains finding if {
	some wanted in expected
	count(found(wanted)) == 0
	message := explain(wanted)
	finding := {
		"message": message,
		"resource": wanted.ref,
		"key": "missing",
		"declared": wanted.declared,
	}
}

deny contains finding if {
	some wanted in expected
	some workload in found(wanted)
	workload.replicas == 0
	finding := {
		"message": "is declared and scaled to zero: none of its Pods run",
		"resource": workload.ref,
		"path": ["spec", "replicas"],
		"key": "replicas",
		"severity": "medium",
		"declared": wanted.declared,
	}
}

expected contains wanted if {
	some namespace, listed in namespaces.listing
	some index, workload in listed.workloads
	item := {"namespace": namespace, "name": workload.name, "kind": workload.kind}
	wanted := {
		"namespace": namespace,
		"name": workload.name,
		"kind": workload.kind,
		"ref": roles.ref(item),
		"declared": ["namespaces", listed.index, "workloads", index],
	}
}

# A finished Job and a hook exist, though they are nobody's workload.
found(wanted) := {workload | some workload in bearers(wanted); workload.kind == wanted.kind}

# What bears the name, of whatever kind.
bearers(wanted) := object.get(by_name, [wanted.namespace, wanted.name], set())

by_name[workload.namespace][workload.name] contains workload if some workload in data.view.workloads

explain(wanted) := sprintf("is declared as a %s, under this name there is %s", [wanted.kind, text.list(kinds)]) if {
	kinds := sort({sprintf("a %s", [workload.kind]) | some workload in bearers(wanted)})
	count(kinds) > 0
} else := "is declared and does not exist, nor does its namespace" if {
	not wanted.namespace in {namespace.name | some namespace in data.view.namespaces}
} else := "is declared and does not exist"
