package envcheck.workloads.workload_declared_test

import data.envcheck.workloads.workload_declared as policy

environment := {"namespaces": [
	{"name": "argocd", "role": "delivery", "workloads": null},
	{"name": "back", "role": "application", "workloads": [
		{"name": "ii", "kind": "Deployment"},
		{"name": "keydb-backup", "kind": "CronJob"},
	]},
	{"name": "edge", "role": "application", "workloads": []},
]}

ii := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "back", "name": "ii"}

backup := {"apiVersion": "batch/v1", "kind": "CronJob", "namespace": "back", "name": "keydb-backup"}

workload(reference, changes) := object.union(
	{
		"ref": reference,
		"namespace": reference.namespace,
		"name": reference.name,
		"kind": reference.kind,
		"replicas": null,
		"finished": false,
		"hook": false,
	},
	changes,
)

result(workloads) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as {"workloads": workloads, "namespaces": [{"name": "back"}]}
}

messages(workloads) := {sprintf("%s: %s", [finding.resource.name, finding.message]) | some finding in result(workloads).deny}

test_all_there if {
	result([workload(ii, {"replicas": 2}), workload(backup, {})]) == {"subjects": {ii, backup}, "deny": set()}
}

test_missing if {
	result([workload(ii, {})]) == {
		"subjects": {ii, backup},
		"deny": {{
			"message": "is declared and does not exist",
			"resource": backup,
			"key": "missing",
			"declared": ["namespaces", 1, "workloads", 1],
		}},
	}
}

test_the_namespace_is_missing_too if {
	found := policy.deny with data.environment as environment with data.view as {"workloads": [workload(backup, {})], "namespaces": []}
	{finding.message | some finding in found} == {"is declared and does not exist, nor does its namespace"}
}

test_another_kind if {
	other := object.union(ii, {"kind": "StatefulSet"})
	messages([workload(other, {}), workload(backup, {})]) == {"ii: is declared as a Deployment, under this name there is a StatefulSet"}
	third := object.union(ii, {"kind": "Pod", "apiVersion": "v1"})
	messages([workload(other, {}), workload(third, {}), workload(backup, {})]) == {"ii: is declared as a Deployment, under this name there is a Pod and a StatefulSet"}
}

test_another_namespace if {
	messages([workload(object.union(ii, {"namespace": "edge"}), {}), workload(backup, {})]) == {"ii: is declared and does not exist"}
}

test_scaled_to_zero if {
	result([workload(ii, {"replicas": 0}), workload(backup, {})]).deny == {{
		"message": "is declared and scaled to zero: none of its Pods run",
		"resource": ii,
		"path": ["spec", "replicas"],
		"key": "replicas",
		"severity": "medium",
		"declared": ["namespaces", 1, "workloads", 0],
	}}
}

test_a_job_that_finished_exists if {
	jobs := {"namespaces": [{"name": "back", "role": "application", "workloads": [{"name": "load", "kind": "Job"}]}]}
	load := {"apiVersion": "batch/v1", "kind": "Job", "namespace": "back", "name": "load"}
	every state in [{"finished": true}, {"hook": true}, {}] {
		found := policy.deny with data.environment as jobs with data.view as {"workloads": [workload(load, state)], "namespaces": [{"name": "back"}]}
		found == set()
	}
}

test_no_list_is_not_judged if {
	found := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as {"namespaces": [{"name": "argocd", "role": "delivery", "workloads": null}]}
		with data.view as {"workloads": [workload(ii, {})], "namespaces": []}
	found == {"subjects": set(), "deny": set()}
}
