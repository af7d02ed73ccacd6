package envcheck.workloads.workload_undeclared_test

import data.envcheck.workloads.workload_undeclared as policy

environment := {"namespaces": [
	{"name": "argocd", "role": "delivery", "workloads": null},
	{"name": "back", "role": "application", "workloads": [{"name": "ii", "kind": "Deployment"}]},
	{"name": "edge", "role": "application", "workloads": []},
]}

ref(kind, namespace, name) := {"apiVersion": "v1", "kind": kind, "namespace": namespace, "name": name}

workload(kind, namespace, name, changes) := object.union(
	{
		"ref": ref(kind, namespace, name),
		"namespace": namespace,
		"name": name,
		"kind": kind,
		"owner": null,
		"finished": false,
		"hook": false,
		"manager": {"type": null, "name": null},
	},
	changes,
)

result(workloads) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as {"workloads": workloads}
}

messages(workloads) := {sprintf("%s: %s", [finding.resource.name, finding.message]) | some finding in result(workloads).deny}

test_declared if {
	result([workload("Deployment", "back", "ii", {})]) == {"subjects": {ref("Deployment", "back", "ii")}, "deny": set()}
}

test_undeclared if {
	result([workload("Pod", "back", "debug", {})]) == {
		"subjects": {ref("Pod", "back", "debug")},
		"deny": {{
			"message": "is not among the declared workloads of back",
			"resource": ref("Pod", "back", "debug"),
			"declared": ["namespaces", 1, "workloads"],
		}},
	}
}

test_an_empty_list_declares_none if {
	messages([workload("Deployment", "edge", "web", {})]) == {"web: is not among the declared workloads of edge"}
}

test_no_list_is_not_judged if {
	result([workload("Deployment", "argocd", "x", {}), workload("Deployment", "other", "x", {})]) == {"subjects": set(), "deny": set()}
}

test_another_kind if {
	messages([workload("StatefulSet", "back", "ii", {})]) == {"ii: is a StatefulSet, declared is a Deployment of this name"}
}

test_who_delivers_it_is_said if {
	messages([workload("Deployment", "back", "x", {"manager": {"type": "helm", "name": "x"}})]) == {"x: is not among the declared workloads of back: it belongs to Helm release x"}
}

test_nobodys if {
	challenge := {"apiVersion": "acme.cert-manager.io/v1", "kind": "Challenge", "namespace": "back", "name": "x"}
	result([
		workload("Job", "back", "done", {"finished": true}),
		workload("Job", "back", "hook", {"hook": true}),
		workload("Pod", "back", "cm-acme-http-solver-x", {"owner": challenge}),
	]) == {"subjects": set(), "deny": set()}
	count(result([workload("Deployment", "back", "x", {"owner": challenge})]).deny) == 1
}
