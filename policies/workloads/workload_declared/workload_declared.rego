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
#   remediation: >-
#     Deliver the workload, or remove it from the spec. Nothing is repaired by itself: the spec names a workload, what it
#     consists of is known to its manifests only.
#   parameters: {}
package envcheck.workloads.workload_declared

import data.envcheck.lib.namespaces
import data.envcheck.lib.roles
import data.envcheck.lib.text

subjects contains wanted.ref if some wanted in expected

deny contains finding if {
	some wanted in expected
	not there[wanted.namespace][wanted.name][wanted.kind]
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
	workload := there[wanted.namespace][wanted.name][wanted.kind]
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

# Namespace → name → kind → workload. A finished Job and a hook exist, though they are nobody's workload.
there[namespace] := found if {
	some namespace, _ in namespaces.listing
	names := {workload.name | some workload in data.view.workloads; workload.namespace == namespace}
	found := {name: of_name(namespace, name) | some name in names}
}

of_name(namespace, name) := {workload.kind: workload |
	some workload in data.view.workloads
	workload.namespace == namespace
	workload.name == name
}

explain(wanted) := sprintf("is declared as a %s, under this name there is %s", [wanted.kind, text.list(kinds)]) if {
	kinds := sort({sprintf("a %s", [kind]) | some kind, _ in there[wanted.namespace][wanted.name]})
	count(kinds) > 0
} else := "is declared and does not exist, nor does its namespace" if {
	not wanted.namespace in {namespace.name | some namespace in data.view.namespaces}
} else := "is declared and does not exist"
