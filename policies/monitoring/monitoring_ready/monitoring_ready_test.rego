package envcheck.monitoring.monitoring_ready_test

import data.envcheck.monitoring.monitoring_ready as policy

environment(declared) := {
	"monitoring": declared,
	"namespaces": [{"name": "back", "role": "application"}, {"name": "prometheus", "role": "monitoring"}],
}

ref(kind, namespace, name) := {"apiVersion": "apps/v1", "kind": kind, "namespace": namespace, "name": name}

workload(part, namespace, ready) := {
	"ref": ref("Deployment", namespace, part),
	"kind": "Deployment",
	"namespace": namespace,
	"name": part,
	"longRunning": true,
	"hook": false,
	"labels": {"app.kubernetes.io/name": part},
	"podLabels": {},
	"containers": [],
	"created": "2026-11-01T00:00:00Z",
	"unreadySince": null,
	"ready": {"desired": 1, "ready": ready, "updated": 1, "current": true},
}

resource := {
	"ref": {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "namespace": "prometheus", "name": "main"},
	"namespace": "prometheus",
	"created": "2026-11-01T00:00:00Z",
}

result(declared, workloads, resources) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated, "pending": policy.pending} with data.environment as environment(declared)
		with data.view as {"workloads": workloads, "prometheuses": resources}
		with data.parameters as {"grace": "10m", "graceSeconds": 600}
		with data.now as "2026-11-23T03:00:00Z"
}

only_grafana := {"prometheus": false, "grafana": true}

only_prometheus := {"prometheus": true, "grafana": false}

quiet(subjects) := {"subjects": subjects, "deny": set(), "not_evaluated": set(), "pending": set()}

test_both_run if {
	prometheus := workload("prometheus", "prometheus", 1)
	grafana := workload("grafana", "prometheus", 1)
	result({"prometheus": true, "grafana": true}, [prometheus, grafana], [resource]) == quiet({prometheus.ref, grafana.ref})
}

namespace := {"apiVersion": "v1", "kind": "Namespace", "name": "prometheus"}

absent(part, message) := object.union(quiet({namespace}), {"deny": {{
	"message": message,
	"resource": namespace,
	"key": part,
	"declared": ["monitoring", part],
}}})

test_none if {
	result(only_grafana, [workload("prometheus", "prometheus", 1)], []) == absent("grafana", "no Grafana runs in it")
	result(only_prometheus, [], []) == absent("prometheus", "no Prometheus runs in it")
}

test_elsewhere if {
	result(only_grafana, [workload("grafana", "tools", 1), workload("grafana", "broken", 0)], []) == absent("grafana", "no Grafana runs in it, one runs in tools")
}

test_the_operator_does_nothing if {
	result(only_prometheus, [], [resource]) == object.union(quiet({resource.ref}), {"deny": {{
		"message": "the operator has made no StatefulSet of it",
		"resource": resource.ref,
		"key": "prometheus",
		"declared": ["monitoring", "prometheus"],
	}}})
	fresh := object.union(resource, {"created": "2026-11-23T02:58:00Z"})
	result(only_prometheus, [], [fresh]) == object.union(quiet({resource.ref}), {"pending": {{
		"resource": resource.ref,
		"message": "the operator has made no StatefulSet of it",
	}}})
}

test_not_ready if {
	down := workload("grafana", "prometheus", 0)
	result(only_grafana, [down], []).deny == {{
		"message": "its Pod is not ready",
		"resource": down.ref,
		"key": "grafana",
		"declared": ["monitoring", "grafana"],
	}}
}

test_some_ready if {
	part := object.union(workload("prometheus", "prometheus", 1), {"ready": {"desired": 2, "ready": 1, "updated": 2, "current": true}})
	some finding in result(only_prometheus, [part], []).deny
	finding.severity == "medium"
	finding.message == "1 of its 2 Pods is ready"
}

test_put_aside if {
	old := object.union(workload("grafana", "prometheus", 0), {"ref": ref("Deployment", "prometheus", "old"), "ready": {"desired": 0, "ready": 0, "updated": 0, "current": true}})
	result(only_grafana, [old], []).deny != set()
	result(only_grafana, [old, workload("grafana", "prometheus", 1)], []).deny == set()
}

test_rolling_out if {
	waiting := object.union(workload("grafana", "prometheus", 0), {"unreadySince": "2026-11-23T02:57:00Z"})
	result(only_grafana, [waiting], []) == object.union(quiet({waiting.ref}), {"pending": {{
		"resource": waiting.ref,
		"message": "its Pod is not ready, for 3 min now",
	}}})
}

test_no_status if {
	silent := object.union(workload("grafana", "prometheus", 0), {"ready": null})
	result(only_grafana, [silent], []) == object.union(quiet({silent.ref}), {"not_evaluated": {{
		"resource": silent.ref,
		"reason": "readiness unknown",
		"detail": "its status does not say how many of its Pods are ready",
	}}})
}

test_nothing_declared if {
	result({"prometheus": false, "grafana": false}, [], []) == quiet(set())
}
