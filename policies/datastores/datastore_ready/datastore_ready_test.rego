package envcheck.datastores.datastore_ready_test

import data.envcheck.datastores.datastore_ready as policy

environment := {"namespaces": [{"name": "argocd", "role": "delivery"}, {"name": "back", "role": "application", "workloads": [
	{"name": "ii", "kind": "Deployment"},
	{"name": "keydb", "kind": "StatefulSet", "role": "datastore"},
]}]}

declared := ["namespaces", 1, "workloads", 1]

ref := {"apiVersion": "apps/v1", "kind": "StatefulSet", "namespace": "back", "name": "keydb"}

workload(ready, changes) := object.union(
	{
		"ref": ref,
		"kind": "StatefulSet",
		"namespace": "back",
		"name": "keydb",
		"hook": false,
		"created": "2026-11-01T00:00:00Z",
		"unreadySince": null,
		"ready": object.union({"desired": 2, "ready": 2, "updated": 2, "current": true}, ready),
	},
	changes,
)

result(workloads) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated, "pending": policy.pending} with data.environment as environment
		with data.view as {"workloads": workloads, "complete": true}
		with data.parameters as {"grace": "10m", "graceSeconds": 600}
		with data.now as "2026-11-23T03:00:00Z"
}

nothing := {"subjects": {ref}, "deny": set(), "not_evaluated": set(), "pending": set()}

test_ready if {
	result([workload({}, {})]) == nothing
}

test_missing if {
	result([workload({}, {"namespace": "b2b"})]) == object.union(nothing, {"deny": {{
		"message": "is declared as a datastore and does not exist",
		"resource": ref,
		"key": "missing",
		"declared": declared,
	}}})
}

test_another_kind if {
	other := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "back", "name": "keydb"}
	result([workload({}, {"ref": other, "kind": "Deployment"})]) == object.union(nothing, {"subjects": {other}, "deny": {{
		"message": "is declared as a StatefulSet, and there is only this Deployment",
		"resource": other,
		"severity": "high",
		"key": "kind",
		"declared": ["namespaces", 1, "workloads", 1, "kind"],
	}}})
}

test_down if {
	result([workload({"ready": 0}, {})]).deny == {{
		"message": "none of its 2 Pods is ready",
		"resource": ref,
		"key": "ready",
		"declared": declared,
	}}
	result([workload({"desired": 0, "ready": 0}, {})]).deny == {{
		"message": "is scaled to zero",
		"resource": ref,
		"key": "ready",
		"declared": declared,
	}}
}

test_some_serve if {
	result([workload({"ready": 1}, {})]).deny == {{
		"message": "1 of its 2 Pods is ready",
		"resource": ref,
		"severity": "high",
		"key": "ready",
		"declared": declared,
	}}
}

test_just_created if {
	result([workload({"ready": 0}, {"created": "2026-11-23T02:55:00Z"})]) == object.union(nothing, {"pending": {{
		"resource": ref,
		"message": "none of its 2 Pods is ready, created 5 min ago",
	}}})
}

test_no_status if {
	result([workload({}, {"ready": null})]) == object.union(nothing, {"not_evaluated": {{
		"resource": ref,
		"reason": "readiness unknown",
		"detail": "its status does not say how many of its Pods are ready",
	}}})
}

test_nothing_declared if {
	answer := policy.subjects with data.environment as {"namespaces": []} with data.view as {"workloads": [workload({}, {})]}
	answer == set()
}
