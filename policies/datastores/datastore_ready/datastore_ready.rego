# METADATA
# title: Declared datastores run
# description: >-
#   Every workload that is declared with role datastore exists with the declared kind, is not scaled to zero, and its Pods are
#   ready. One that was just created, or has not been unavailable for long, is pending. Where some of its Pods serve, it is
#   of severity high.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
# custom:
#   id: datastore-ready
#   severity: critical
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
#   stages: [live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Look at its Pods (`kubectl describe pod`, `kubectl logs --previous`) and at its claims.
#   noFix: Why a server does not start, and with how many replicas it should, only people can tell.
#   parameters:
#     grace: {default: 10m, description: "A datastore may take this long to become ready."}
package envcheck.datastores.datastore_ready

import data.envcheck.lib.readiness
import data.envcheck.lib.roles

subjects contains roles.ref(item) if {
	some item in declared
	count(roles.bearers(item, data.view.workloads)) == 0
}

subjects contains entry.workload.ref if some entry in found

not_evaluated contains gap if {
	some entry in found
	entry.state.state == "unknown"
	gap := {"resource": entry.workload.ref, "reason": "readiness unknown", "detail": entry.state.message}
}

pending contains waiting if {
	some entry in found
	entry.state.state == "pending"
	waiting := {"resource": entry.workload.ref, "message": entry.state.message}
}

deny contains finding if {
	some item in declared
	count(roles.bearers(item, data.view.workloads)) == 0
	finding := {
		"message": "is declared as a datastore and does not exist",
		"resource": roles.ref(item),
		"key": "missing",
		"declared": item.path,
	}
}

deny contains finding if {
	some entry in found
	entry.workload.kind != entry.item.kind
	finding := {
		"message": sprintf("is declared as a %s, and there is only this %s", [entry.item.kind, entry.workload.kind]),
		"resource": entry.workload.ref,
		"severity": "high",
		"key": "kind",
		"declared": array.concat(entry.item.path, ["kind"]),
	}
}

deny contains object.union(finding, milder(entry.state)) if {
	some entry in found
	entry.state.state == "unready"
	finding := {
		"message": entry.state.message,
		"resource": entry.workload.ref,
		"key": "ready",
		"declared": entry.item.path,
	}
}

declared := roles.of("datastore")

found contains entry if {
	some item in declared
	some workload in roles.bearers(item, data.view.workloads)
	entry := {"item": item, "workload": workload, "state": readiness.state(workload, data.parameters.graceSeconds)}
}

milder(state) := {"severity": "high"} if {
	state.partly
} else := {}
